"""Making the maps of a data set: each once, whole or not at all, and on from where a killed run was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sefd_viewer.atomic import remove_leftovers, writable_folder
from sefd_viewer.body.shelf import shelf_at
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.drawing import CpuDrawer, Drawer
from sefd_viewer.edge_maps.jobs import MapJob, Selection, plan_jobs
from sefd_viewer.edge_maps.layout import MapLayout
from sefd_viewer.edge_maps.maker import Made, MapMaker, run_batches
from sefd_viewer.edge_maps.manifest import (
    archive_path,
    check_inputs,
    check_settings,
    hashes_path,
    manifest_content,
    manifest_path,
    read_renderers,
    write_manifest,
)
from sefd_viewer.edge_maps.settings import FactorySettings
from sefd_viewer.edge_maps.shelf import Shelf, open_shelf
from sefd_viewer.edge_maps.workers import run_jobs

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
    check_inputs(folder, dataset, settings, shelf_at(bodies).find)
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
    with open_shelf(folder, hashes_path(*about), archive, prefix=layout.prefix) as shelf:
        missing = _missing(jobs, shelf, report, done, bodies)
        if drawer is None:
            results = run_jobs(maker, missing, workers=workers, cluster=cluster)
        else:
            results = run_batches(maker, missing, threads=workers)
        for result in results:
            shelf.put(result.maps)
            _count(result, report)
            done.add()
        report.hashes = shelf.hashes.finish()
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
    jobs: Iterator[MapJob], shelf: Shelf, report: MakingReport, done: _Counter, bodies: tuple[str, ...]
) -> Iterator[MapJob]:
    """The jobs that have something to make; the others are counted here."""
    find_body = shelf_at(bodies).find
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
        elif all(map(shelf.has, job.paths)):
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
