"""Making the maps of a data set: each once, whole or not at all, and on from where a killed run was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sefd_viewer.atomic import is_written, remove_leftovers, writable_folder, write_file
from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.archive import MadeMap, MapStore, open_map_store
from sefd_viewer.edge_maps.jobs import (
    CpuDrawer,
    Drawer,
    Drawn,
    FactorySettings,
    Map,
    MapJob,
    MapLayout,
    Selection,
    Size,
    encoded,
    plan_jobs,
)
from sefd_viewer.edge_maps.manifest import (
    archive_path,
    check_inputs,
    check_settings,
    digest,
    hashes_path,
    manifest_content,
    manifest_path,
    read_renderers,
    write_manifest,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.pool import batched, in_order, run_jobs
from sefd_viewer.jobs.pool import threads as thread_pool

_BATCHES_AHEAD = 2


@dataclass(frozen=True)
class Made:
    """What became of one job."""

    record: str
    maps: tuple[MadeMap, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class MapMaker:
    """Makes the maps of a job; travels to worker processes where its drawer does.

    Maps are written below `out`, or come back as bytes where they are to be `packed`.
    """

    out: Path
    settings: FactorySettings
    drawer: Drawer
    packed: bool = False

    def __call__(self, job: MapJob) -> Made:
        """Make the maps that are not there; a job that cannot be drawn is told, not raised.

        Raises SefdError where writing is refused: that will not be better with the next record.
        """
        (drawn,) = self.draw([self.measure(job)])
        return self.store(drawn)

    def measure(self, job: MapJob) -> tuple[MapJob, Size | Exception]:
        """The job with its photo's size, or why that cannot be had."""
        try:
            return job, job.photo_size()
        except Exception as error:  # whatever is wrong with one record must not stop the others
            return job, error

    def draw(self, jobs: Sequence[tuple[MapJob, Size | Exception]]) -> list[tuple[MapJob, Drawn]]:
        """The jobs with their maps, drawn at once."""
        sized = [(job, size) for job, size in jobs if not isinstance(size, Exception)]
        drawn = iter(self.drawer(sized))
        return [(job, size if isinstance(size, Exception) else next(drawn)) for job, size in jobs]

    def store(self, drawn: tuple[MapJob, Drawn]) -> Made:
        """Encode the maps of a job that are not there; write them where they are not to be packed."""
        job, maps = drawn
        if isinstance(maps, Exception):
            reason = str(maps) if isinstance(maps, SefdError) else f"{type(maps).__name__}: {maps}"
            return Made(job.key, failure=reason)
        missing = [(p, m) for p, m in zip(job.paths, maps, strict=True) if not is_written(self.out / p)]
        return Made(job.key, tuple(self._made(path, picture) for path, picture in missing))

    def _made(self, path: PurePosixPath, picture: Map) -> MadeMap:
        data = encoded(picture, self.settings.file_format)
        if self.packed:
            return MadeMap(path, digest(data), data)
        write_in_folder(self.out / path, data)
        return MadeMap(path, digest(data))


def run_batches(maker: MapMaker, jobs: Iterable[MapJob], *, threads: int) -> Iterator[Made]:
    """What becomes of every job, in order, where the drawer takes many at once and stays in this process.

    While one thread draws, `threads` others read the photos' sizes, encode and write; a few batches are under
    way, so memory does not grow with the number of jobs.
    """
    most = _BATCHES_AHEAD * maker.drawer.at_once
    with thread_pool(threads) as pool, thread_pool(1) as drawing:
        sized = in_order(pool, maker.measure, jobs, most=most)
        batches = in_order(drawing, maker.draw, batched(sized, maker.drawer.at_once), most=_BATCHES_AHEAD)
        yield from in_order(pool, maker.store, (one for batch in batches for one in batch), most=most)


def write_in_folder(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, and make its folder; raises SefdError where that is refused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SefdError(
            f"this folder cannot be made ({error.strerror})",
            where=path.parent,
            remedy="Choose a folder you may write to",
        ) from error
    write_file(path, data, one_of_many=True)


Progress = Callable[[int, int], None]
"""Told how many records are done, and of how many."""


@dataclass(frozen=True)
class Failure:
    """A record without maps, and why."""

    record: str
    reason: str


@dataclass
class MakingReport:
    """How a run went, counted in records except for `maps` (files written now) and people.

    `complete` says that it came to its end, `hashes` is the hash of the list of hashes; `renderers` drew the
    maps that are there now, those of earlier runs included. `people_by_annotated_box` are dilated by the
    annotated tight box, the other people by the box of their projected vertices.
    """

    complete: bool = False
    made: int = 0
    kept: int = 0
    without_bodies: int = 0
    maps: int = 0
    people: int = 0
    people_by_annotated_box: int = 0
    people_without_body: int = 0
    seconds: float = 0.0
    hashes: str | None = None
    bodies: set[str] = field(default_factory=set)
    renderers: set[str] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a record could not be drawn."""
        return bool(self.failures)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        people = ("people", "people_by_annotated_box", "people_without_body")
        numbers = ("made", "kept", "without_bodies", "maps", *people)
        return {
            "complete": self.complete,
            "bodies": sorted(self.bodies),
            "renderers": sorted(self.renderers),
            "counts": {name: getattr(self, name) for name in numbers} | {"failed": len(self.failures)},
            "hashes": self.hashes,
            "seconds": round(self.seconds, 3),
            "failures": [{"record": one.record, "reason": one.reason} for one in self.failures],
        }


def make_maps(
    dataset: Dataset,
    out: Path,
    settings: FactorySettings,
    *,
    selection: Selection | None = None,
    bodies: tuple[str, ...] = (),
    workers: int = 1,
    cluster: str | None = None,
    packed: bool = False,
    drawer: Drawer | None = None,
    progress: Progress | None = None,
) -> MakingReport:
    """Make the maps that are missing in `out`, write the manifest, and tell how it went.

    `bodies` are files of licensed bodies; `cluster` is the address of a Dask scheduler; `packed` puts
    the maps into one ZIP file. `drawer` draws in this process, with `workers` threads that read and write;
    without it the CPU draws, in `workers` processes or on the cluster. Raises SefdError when `out` cannot be
    used, or holds maps of this kind with other settings, of other annotations or bodies; ValueError for a
    drawer and a cluster.
    """
    if drawer is not None and cluster is not None:
        raise ValueError("a drawer works in this process, not on a cluster")
    selection = selection or Selection()
    folder = writable_folder(out)
    check_settings(folder, dataset.format, settings)
    check_inputs(folder, dataset, settings, catalog_at(bodies).find)
    remove_leftovers(folder, below=True)
    report, begun = MakingReport(), time.monotonic()
    about = (folder, dataset.format, settings, selection)
    maker = MapMaker(folder, settings, drawer or CpuDrawer(settings, bodies), packed)
    earlier = read_renderers(manifest_path(*about))
    report.renderers = earlier | {maker.drawer.name}
    _write(manifest_path(*about), dataset, settings, selection, report)
    positions = selection.positions(dataset)
    layout = MapLayout(dataset.format, dataset.root, settings)
    jobs = plan_jobs(dataset, layout, positions)
    done = _Counter(len(positions), progress)
    archive = archive_path(*about) if packed else None
    with open_map_store(folder, hashes_path(*about), archive, prefix=layout.prefix) as store:
        missing = _missing(jobs, store, report, done, bodies)
        if drawer is None:
            results = run_jobs(maker, missing, workers=workers, cluster=cluster)
        else:
            results = run_batches(maker, missing, threads=workers)
        for result in results:
            store.put(result.maps)
            _count(result, report)
            done.add()
        report.hashes = store.hashes.finish()
    if not report.maps:
        report.renderers = earlier
    report.seconds = time.monotonic() - begun
    report.failures.sort(key=lambda failure: failure.record)
    report.complete = True
    _write(manifest_path(*about), dataset, settings, selection, report)
    return report


class _Counter:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def add(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _missing(
    jobs: Iterator[MapJob], store: MapStore, report: MakingReport, done: _Counter, bodies: tuple[str, ...]
) -> Iterator[MapJob]:
    """The jobs that have something to make; the others are counted here."""
    find_body = catalog_at(bodies).find
    for job in jobs:
        report.people += len(job.people)
        report.people_by_annotated_box += sum(person.box is not None for person in job.people)
        report.people_without_body += job.bodiless
        for body in map(find_body, {person.smpl.body_id for person in job.people}):
            report.bodies.update(() if body is None else (body.id,))
        if job.fault is not None:
            report.failures.append(Failure(job.key, job.fault))
        elif not job.paths:
            report.without_bodies += 1
        elif all(map(store.has, job.paths)):
            report.kept += 1
        else:
            yield job
            continue
        done.add()


def _count(result: Made, report: MakingReport) -> None:
    if result.failure is not None:
        report.failures.append(Failure(result.record, result.failure))
    else:
        report.made += 1
        report.maps += len(result.maps)


def _write(
    path: Path,
    dataset: Dataset,
    settings: FactorySettings,
    selection: Selection,
    report: MakingReport,
) -> None:
    write_manifest(path, manifest_content(dataset, settings, selection, report.to_dict()))
