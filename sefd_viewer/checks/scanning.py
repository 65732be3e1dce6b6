"""A scan of a data set by detectors, in one process or shared by several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.body.model import BodyModel
from sefd_viewer.checks.boxes import BOX_BODY, BOX_KEYPOINTS, MASK
from sefd_viewer.checks.depth_order import DEPTH_ORDER
from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import FindBody, Inspection
from sefd_viewer.checks.joint_limits import JOINT_LIMITS
from sefd_viewer.checks.keypoints import OKS, REPROJECTION
from sefd_viewer.checks.measurements import Measurements, Row, Rows
from sefd_viewer.checks.orientation import SWAP, UPSIDE_DOWN
from sefd_viewer.checks.outline import OUTLINE
from sefd_viewer.checks.parameters import NOT_FINITE, TWINS
from sefd_viewer.checks.penetration import DEPTH, PENETRATION
from sefd_viewer.checks.picture_order import PICTURE_ORDER
from sefd_viewer.checks.pictures import MISSING, SIZE, TURNED
from sefd_viewer.checks.sequences import JUMP, OFFSET
from sefd_viewer.checks.sets import OF_SETS, measure_sets
from sefd_viewer.checks.shape import BUILD, CHANGE, SHAPE, VOLUME, WAIST
from sefd_viewer.checks.traces import Trace, by_moment, traces_of, tracks
from sefd_viewer.checks.views import VIEWS
from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.pool import run_in_threads, run_jobs


def built_in_detectors(*, pictures: bool = True) -> tuple[Detector, ...]:
    """All of them; without `pictures` those that need no more than annotations and file headers."""
    return tuple(one for one in _BUILT_IN if pictures or one.reads != "picture")


def detectors_named(ids: Sequence[str], known: Sequence[Detector] | None = None) -> tuple[Detector, ...]:
    """The detectors with these ids, in this order; raises SefdError for an unknown one."""
    by_id = {one.id: one for one in (_BUILT_IN if known is None else known)}
    unknown = [id for id in ids if id not in by_id]
    if unknown:
        remedy = f"There are {', '.join(by_id)}"
        raise SefdError(f"there is no detector {', '.join(unknown)}", remedy=remedy)
    return tuple(by_id[id] for id in ids)


_BUILT_IN: tuple[Detector, ...] = (
    REPROJECTION,
    OKS,
    SWAP,
    UPSIDE_DOWN,
    BOX_KEYPOINTS,
    BOX_BODY,
    MASK,
    OUTLINE,
    SHAPE,
    VOLUME,
    WAIST,
    BUILD,
    CHANGE,
    JOINT_LIMITS,
    TWINS,
    PENETRATION,
    DEPTH,
    DEPTH_ORDER,
    PICTURE_ORDER,
    VIEWS,
    OFFSET,
    JUMP,
    NOT_FINITE,
    MISSING,
    SIZE,
    TURNED,
    *OF_SETS,
)


Progress = Callable[[int, int], None]

_BATCH = 16


@dataclass
class Seen:
    """What looks at some records gave: rows, traces for later, and problems with how often they came."""

    rows: list[Row] = field(default_factory=list)
    packed: list[Rows] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    problems: dict[str, int] = field(default_factory=dict)
    scanned: int = 0

    def note(self, problem: str, times: int = 1) -> None:
        """Remember a problem."""
        self.problems[problem] = self.problems.get(problem, 0) + times

    def measured(self, code: int, detector: Detector, position: int, record: str, one: Measurement) -> None:
        """Remember a measurement; its words only where some sensible threshold makes it a finding."""
        detail = one.detail if detector.could_be_found(one.value) else ""
        self.rows.append((code, position, record, one.person, one.value, detail))

    def pack(self) -> None:
        """Turn rows into columns."""
        if self.rows:
            self.packed.append(Rows.of(self.rows))
            self.rows = []

    def add(self, other: Seen) -> None:
        """Take in what another look gave."""
        other.pack()
        self.packed += other.packed
        self.traces += other.traces
        self.scanned += other.scanned
        for problem, times in other.problems.items():
            self.note(problem, times)


def scan(
    dataset: Dataset,
    *,
    detectors: Sequence[Detector] | None = None,
    positions: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    workers: int = 1,
    find_body: FindBody | None = None,
) -> Measurements:
    """Measure the records at `positions` (None: all) with these detectors (None: all built-in ones).

    `progress(done, total)` and `cancelled()` are called from this thread; after cancelling, what was
    measured so far is the result. `find_body` gives the model of a body's id, else only the open body is
    known. A broken record or detector is noted in the result's problems. Pictures are opened only for
    detectors that read them, and none is kept.
    """
    chosen = tuple(built_in_detectors() if detectors is None else detectors)
    places = range(len(dataset.records)) if positions is None else positions
    look = partial(look_at, dataset, chosen, find_body or only_open_body)
    seen = Seen()
    batches = (places[start : start + _BATCH] for start in range(0, len(places), _BATCH))
    for part in run_in_threads(look, batches, workers=workers, name="scan"):
        seen.add(part)
        if progress is not None:
            progress(seen.scanned, len(places))
        if cancelled is not None and cancelled():
            return finished(dataset, chosen, seen)
    seen.add(look_at_set(dataset, chosen, find_body or only_open_body, places))
    return finished(dataset, chosen, seen)


def look_at(
    dataset: Dataset, detectors: Sequence[Detector], find_body: FindBody, positions: Iterable[int]
) -> Seen:
    """Measure some records one after the other; never raises for a broken record or detector."""
    seen, find_masks = Seen(), partial(masks_of, dataset)
    for position in positions:
        seen.scanned += 1
        record = _record(dataset, position, seen)
        if record is not None:
            inspection = Inspection(record, find_body, position=position, find_masks=find_masks)
            _inspect(inspection, detectors, seen)
    seen.pack()
    return seen


def look_at_set(
    dataset: Dataset, detectors: Sequence[Detector], find_body: FindBody, positions: Sequence[int]
) -> Seen:
    """Measure what only the records together tell; never raises for a broken set."""
    seen = Seen()
    try:
        for code, one in measure_sets(dataset, detectors, find_body, positions):
            assert one.position is not None
            seen.measured(code, detectors[code], one.position, dataset.keys[one.position], one)
    except Exception as error:
        seen.note(f"the check of whole sequences failed: {type(error).__name__}: {error}")
    seen.pack()
    return seen


def finished(dataset: Dataset, detectors: Sequence[Detector], seen: Seen) -> Measurements:
    """The measurements, once tracks and moments are looked at too."""
    seen.pack()
    late = Seen()
    if seen.traces:
        _compare(dataset, detectors, seen.traces, late)
    counts = (*seen.problems.items(), *late.problems.items())
    problems = [f"{words} ({times} times)" if times > 1 else words for words, times in counts]
    rows = Rows.joined([*seen.packed, *late.packed])
    return Measurements.of(detectors, rows, problems=problems, scanned=seen.scanned)


def _compare(dataset: Dataset, detectors: Sequence[Detector], traces: Sequence[Trace], late: Seen) -> None:
    """Measure each person's frames, and everyone in all views of a moment."""
    keys, people, moments = dataset.keys, tracks(traces), by_moment(traces)
    for code, detector in enumerate(detectors):
        for groups, measure in ((people, detector.measure_track), (moments, detector.measure_moment)):
            if measure is None:
                continue
            for group in groups:
                for one in _measured(detector, partial(measure, group), late):
                    place = group[0].position if one.position is None else one.position
                    late.measured(code, detector, place, keys[place], one)
    late.pack()


def only_open_body(body_id: str) -> BodyModel:
    """The open body; BodyError for every other id."""
    return catalog_at(()).get(body_id)


def _record(dataset: Dataset, position: int, seen: Seen) -> Record | None:
    try:
        return dataset.records[position]
    except (SefdError, ValueError, KeyError, OSError, TypeError) as error:
        seen.note(f"photo {position + 1} cannot be read: {error}")
        return None


def _inspect(inspection: Inspection, detectors: Sequence[Detector], seen: Seen) -> None:
    key, position = inspection.record.key, inspection.position
    for code, detector in enumerate(detectors):
        if detector.measure is None:
            continue
        for one in _measured(detector, partial(detector.measure, inspection), seen):
            seen.measured(code, detector, position, key, one)
    if any(one.needs_traces for one in detectors):
        seen.traces += traces_of(inspection)
    for note in dict.fromkeys(inspection.notes):
        seen.note(note)


def _measured(
    detector: Detector, measure: Callable[[], Iterable[Measurement]], seen: Seen
) -> list[Measurement]:
    """What a detector measures; its failure, of whatever kind (it may be a plugin's), becomes a problem."""
    try:
        return list(measure())
    except SefdError as error:
        seen.note(f"{detector.title}: {error.what}")
    except Exception as error:
        seen.note(f"{detector.title} failed: {type(error).__name__}: {error}")
    return []


_OF_A_JOB = 8


class Source(Protocol):
    """What a process needs to do its share: small, sent to it, equal to others with the same content."""

    def __hash__(self) -> int: ...

    def open(self) -> Dataset:
        """Open the data set."""

    def detectors(self) -> tuple[Detector, ...]:
        """The detectors of the scan, always in the same order."""

    def find_body(self, body_id: str) -> BodyModel:
        """The model of a body's id; raises BodyError."""


@dataclass(frozen=True)
class _Job:
    source: Source
    positions: tuple[int, ...]


def scan_in_processes(
    dataset: Dataset,
    source: Source,
    *,
    workers: int,
    positions: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> Measurements:
    """As `scan`, on `workers` processes, each of which opens the set once. Raises SefdError when one dies."""
    places = range(len(dataset.records)) if positions is None else positions
    seen = Seen()
    for part in run_jobs(_work, _jobs(source, places), workers=workers):
        seen.add(part)
        if progress is not None:
            progress(seen.scanned, len(places))
    seen.add(look_at_set(dataset, source.detectors(), source.find_body, places))
    return finished(dataset, source.detectors(), seen)


def _jobs(source: Source, places: Sequence[int]) -> Iterator[_Job]:
    for start in range(0, len(places), _OF_A_JOB):
        yield _Job(source, tuple(places[start : start + _OF_A_JOB]))


def _work(job: _Job) -> Seen:
    dataset, detectors = _opened(job.source)
    return look_at(dataset, detectors, job.source.find_body, job.positions)


@lru_cache(maxsize=1)
def _opened(source: Source) -> tuple[Dataset, tuple[Detector, ...]]:
    return source.open(), source.detectors()
