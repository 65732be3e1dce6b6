"""Rendering a set: every picture once, whole or not at all, on from where a killed run was; films of it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import cv2
import numpy as np
import orjson

from sefd_viewer import __version__
from sefd_viewer.atomic import is_written, writable_folder, write_file
from sefd_viewer.cameras.renders.pictures import (
    Image,
    PictureJob,
    PictureMaker,
    Rendered,
    RenderSettings,
    picture_path,
    plan_pictures,
    safe_name,
)
from sefd_viewer.cameras.renders.sheets import SheetMaker, plan_sheet
from sefd_viewer.datasets.images import load_image
from sefd_viewer.datasets.records import STILLS, Dataset, series_of
from sefd_viewer.edge_maps.jobs import Selection
from sefd_viewer.edge_maps.making import remove_leftovers, write_in_folder
from sefd_viewer.errors import DAMAGED, SefdError, shown
from sefd_viewer.jobs.pool import run_jobs

J = TypeVar("J")
Progress = Callable[[str, int, int], None]
"""Told what is made, how many are done, and of how many."""


@dataclass(frozen=True)
class Wanted:
    """What is made: pictures; contact sheets of `moments` instants (0: none); films at `rate` (0: none).

    `only` are words of which one has to be in a sequence's name, at the start of a word there.
    """

    pictures: bool = True
    moments: int = 3
    rate: float = 0
    only: tuple[str, ...] = ()


@dataclass
class RenderReport:
    """How a run went: files made and kept by kind, records without bodies, what failed and what was noted.

    `unseen` counts pictures on which no body is in view.
    """

    made: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    without_bodies: int = 0
    unseen: int = 0
    failures: list[Rendered] = field(default_factory=list)
    notes: list[Rendered] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether something could not be made."""
        return bool(self.failures)

    def add(self, kind: str, result: Rendered) -> None:
        """Count a file of a kind."""
        if result.failure is not None:
            self.failures.append(result)
            return
        self.made[kind] = self.made.get(kind, 0) + 1
        self.unseen += result.nobody_in_view
        if result.note is not None:
            self.notes.append(result)

    def keep(self, kind: str) -> None:
        """Count a file that was there."""
        self.kept[kind] = self.kept.get(kind, 0) + 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "made": self.made,
            "kept": self.kept,
            "records_without_bodies": self.without_bodies,
            "pictures_without_a_body_in_view": self.unseen,
            "failures": [{"name": one.key, "reason": one.failure} for one in self.failures],
            "notes": [{"name": one.key, "note": one.note} for one in self.notes],
        }


def render_set(
    dataset: Dataset,
    out: Path,
    settings: RenderSettings,
    wanted: Wanted | None = None,
    *,
    selection: Selection | None = None,
    bodies: tuple[str, ...] = (),
    workers: int = 1,
    cluster: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> RenderReport:
    """Make what is missing in `out`, and tell how it went.

    The data set has to be read with the extrinsics of `settings.mode`. A shard is a part of the sequences.
    `bodies` are files of licensed bodies; `cluster` is the address of a Dask scheduler. Raises SefdError when
    `out` cannot be used, holds renders of another set, or nothing is selected.
    """
    wanted = wanted or Wanted()
    folder = writable_folder(out)
    _check_set(folder, dataset, settings)
    remove_leftovers(folder)
    sequences = _selected(dataset, wanted.only, selection or Selection())
    run = _Run(
        dataset, folder, settings, wanted, sequences, RenderReport(), bodies, workers, cluster, progress
    )
    if wanted.moments:
        run.sheets()
    if wanted.pictures:
        run.pictures()
    if wanted.rate:
        run.films()
    run.report.failures.sort(key=lambda one: one.key)
    return run.report


def sequences_of(dataset: Dataset) -> dict[str, list[int]]:
    """Positions of the records by sequence: the moments' names without their number, else the folder."""
    found: dict[str, list[int]] = {}
    for position, key in enumerate(dataset.keys):
        moment, _view = dataset.instant(position)
        name = series_of(moment) if moment is not None else PurePosixPath(key).parent.as_posix()
        found.setdefault(name if name not in ("", ".") else dataset.name, []).append(position)
    return found


@dataclass(frozen=True, eq=False)
class _Run:
    """One run over the `sequences` of a set."""

    dataset: Dataset
    out: Path
    settings: RenderSettings
    wanted: Wanted
    sequences: dict[str, list[int]]
    report: RenderReport
    bodies: tuple[str, ...]
    workers: int
    cluster: str | None
    progress: Progress

    def sheets(self) -> None:
        """Make the contact sheets."""
        jobs = (
            job
            for name, positions in self.sequences.items()
            if (path := self._new("sheets", PurePosixPath("sheets") / self._named(name, "jpg"))) is not None
            and (job := plan_sheet(self.dataset, name, positions, path, self.wanted.moments)) is not None
        )
        self._make("sheets", SheetMaker(self.out, self.settings.what, self.bodies), jobs, len(self.sequences))

    def pictures(self) -> None:
        """Make the pictures."""
        positions = [position for found in self.sequences.values() for position in found]
        maker = PictureMaker(self.out, self.settings, self.bodies)
        self._make("pictures", maker, self._missing(positions), len(positions))

    def films(self) -> None:
        """Make the films; pictures that are no frames make none."""
        if self.dataset.format in STILLS:
            reason = f"{self.dataset.format} has single pictures, no frames"
            self.report.failures.append(Rendered("films", PurePosixPath("films"), reason))
            return
        jobs = list(self._films())
        self._make("films", FilmMaker(self.out), jobs, len(jobs))

    def _missing(self, positions: Sequence[int]) -> Iterator[PictureJob]:
        for job in plan_pictures(self.dataset, self.settings, positions):
            if job.crowd.fault is None and not job.crowd.paths:
                self.report.without_bodies += 1
            elif not job.crowd.paths or self._new("pictures", job.crowd.paths[0]) is not None:
                yield job

    def _films(self) -> Iterator[FilmJob]:
        for name, positions in self.sequences.items():
            views: dict[str, list[PurePosixPath]] = {}
            for record in (self.dataset.records[position] for position in positions):
                picture = PurePosixPath(self.settings.name) / picture_path(record, self.dataset.root)
                views.setdefault(record.view or "", []).append(picture)
            for view, pictures in views.items():
                stem = f"{name}_{view}_{self.settings.mode}" if view else f"{name}_{self.settings.mode}"
                path = self._new("films", PurePosixPath("films") / self._named(stem, "mp4"))
                if path is not None:
                    yield FilmJob(path, tuple(pictures), self.wanted.rate)

    def _named(self, stem: str, suffix: str) -> str:
        return f"{safe_name(stem)}_{self.settings.what}.{suffix}"

    def _new(self, kind: str, path: PurePosixPath) -> PurePosixPath | None:
        """The path of a file that is not there yet; one that is there is counted."""
        if not is_written(self.out / path):
            return path
        self.report.keep(kind)
        return None

    def _make(self, kind: str, maker: Callable[[J], Rendered], jobs: Iterable[J], total: int) -> None:
        self.progress(kind, 0, total)
        done = run_jobs(maker, jobs, workers=self.workers, cluster=self.cluster)
        for number, result in enumerate(done, start=1):
            if result.failure is None and not (self.out / result.path).exists():
                remedy = "Name a folder that all machines of the cluster share"
                raise SefdError(
                    "a worker wrote a file to a place that this machine cannot see",
                    where=self.out,
                    remedy=remedy,
                )
            self.report.add(kind, result)
            self.progress(kind, number + self.report.kept.get(kind, 0), total)


def _selected(dataset: Dataset, only: Sequence[str], selection: Selection) -> dict[str, list[int]]:
    """The sequences of a shard whose names hold one of the words, the first `limit` records of them."""
    found = sequences_of(dataset)
    starts = [re.compile(rf"(?<![a-zA-Z0-9]){re.escape(word)}") for word in only]  # act_02 is no subact_02
    named = [name for name in found if not only or any(start.search(name) for start in starts)]
    if not named:
        some = ", ".join(list(found)[:3])
        raise SefdError(
            f"no sequence's name holds {', '.join(only) or 'anything'}", remedy=f"There are {some} ..."
        )
    chosen: dict[str, list[int]] = {}
    left = selection.limit if selection.limit is not None else len(dataset.records)
    for name in named[selection.shard - 1 :: selection.shards]:
        if left > 0:
            chosen[name] = found[name][:left]
            left -= len(chosen[name])
    return chosen


def _check_set(folder: Path, dataset: Dataset, settings: RenderSettings) -> None:
    """Note whose renders these are; raise SefdError where the folder holds those of another set."""
    path = folder / f"{settings.name}.json"
    about = {
        "program": {"name": "sefd-viewer", "version": __version__},
        "dataset": {"name": dataset.name, "format": dataset.format, "root": shown(str(dataset.root))},
        "mode": settings.mode,
        "what": settings.what,
    }
    try:
        there = orjson.loads(path.read_bytes())["dataset"] if path.exists() else about["dataset"]
    except (OSError, *DAMAGED) as error:
        raise SefdError("this cannot be read", where=path, remedy="Name another folder") from error
    if there != about["dataset"]:
        raise SefdError(
            f"the renders here are of another set ({there})", where=folder, remedy="Name another folder"
        )
    write_file(path, orjson.dumps(about, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@dataclass(frozen=True)
class FilmJob:
    """A film at `path` of `pictures` in order, both relative to the output folder."""

    path: PurePosixPath
    pictures: tuple[PurePosixPath, ...]
    rate: float


@dataclass(frozen=True)
class FilmMaker:
    """Writes MP4 (H.264) films below `out`; travels to worker processes."""

    out: Path

    def __call__(self, job: FilmJob) -> Rendered:
        """Write the film of the pictures that are there; a note tells how many are not.

        Raises SefdError where writing fails.
        """
        there = [self.out / picture for picture in job.pictures if (self.out / picture).is_file()]
        if not there:
            return Rendered(job.path.stem, job.path, "none of its pictures is there")
        try:
            film = _film(there, job.rate)
        except SefdError as error:
            return Rendered(job.path.stem, job.path, str(error))
        write_in_folder(self.out / job.path, film)
        missing = len(job.pictures) - len(there)
        note = f"{missing} of {len(job.pictures)} pictures are not there" if missing else None
        return Rendered(job.path.stem, job.path, note=note)


def _film(pictures: Sequence[Path], rate: float) -> bytes:
    """The file of a film; raises ImageError for a picture that cannot be read."""
    import av

    file = io.BytesIO()
    first = load_image(pictures[0])
    size = max(first.shape[1] // 2 * 2, 2), max(first.shape[0] // 2 * 2, 2)
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.thread_count = 1  # other workers fill the other cores
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(_of_size(load_image(picture), size), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return file.getvalue()


def _of_size(picture: Image, size: tuple[int, int]) -> Image:
    """Cut off an odd row and column (H.264 needs even sides); a picture of another size is resized."""
    if abs(picture.shape[1] - size[0]) > 1 or abs(picture.shape[0] - size[1]) > 1:
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    cut = picture[: size[1], : size[0]]
    if cut.shape[:2] != (size[1], size[0]):
        cut = np.asarray(cv2.resize(cut, size), np.uint8)
    return np.ascontiguousarray(cut)
