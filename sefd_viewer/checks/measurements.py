"""What a scan measured: columns of values that thresholds filter afterwards, without scanning again."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer import __version__
from sefd_viewer.atomic import new_file, writable_folder
from sefd_viewer.checks.detector import Detector, Finding
from sefd_viewer.datasets.inputs import inputs_of, stamp_of
from sefd_viewer.datasets.records import Dataset

if TYPE_CHECKING:
    import polars

    from sefd_viewer.datasets.exclude_list import ExcludeList

Row = tuple[int, int, str, str | None, float, str]
"""The detector's place, the record's position and key, the person's key, the value, the detail."""


@dataclass(frozen=True, eq=False)
class Rows:
    """M rows as columns: `code`, `position`, `record`, `person`, `value`, `detail`, each (M,)."""

    code: NDArray[np.uint16]
    position: NDArray[np.int32]
    record: NDArray[np.object_]
    person: NDArray[np.object_]
    value: NDArray[np.float32]
    detail: NDArray[np.object_]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Rows:
        """Columns out of rows."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * 6
        return cls(
            np.array(columns[0], np.uint16),
            np.array(columns[1], np.int32),
            objects(columns[2]),
            objects(columns[3]),
            np.array(columns[4], np.float32),
            objects(columns[5]),
        )

    @classmethod
    def joined(cls, parts: Iterable[Rows]) -> Rows:
        """All parts in one, by position, then by detector."""
        listed = [cls.of([]), *parts]
        whole = [np.concatenate([getattr(part, field.name) for part in listed]) for field in fields(cls)]
        order = np.lexsort((whole[0], whole[1]))
        return cls(*(column[order] for column in whole))

    def __len__(self) -> int:
        return len(self.code)


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """A column of any values."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


Thresholds = Mapping[str, float]
"""Thresholds by a detector's id; those that are not named keep their default."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """M measurements, one per row of each column, and what could not be measured.

    `code` (M,) is the row's place in `detectors`, `position` (M,) the record's place in the data set,
    `record` and `person` (M,) the keys of the case (person None: the whole record), `value` (M,) float32 in
    the detector's unit, `detail` (M,) words. `scanned` counts the records that were looked at, `state` is the
    word of everything that they were measured from (see `state_of`).
    """

    detectors: tuple[Detector, ...]
    code: NDArray[np.uint16]
    position: NDArray[np.int32]
    record: NDArray[np.object_]
    person: NDArray[np.object_]
    value: NDArray[np.float32]
    detail: NDArray[np.object_]
    problems: tuple[str, ...] = ()
    scanned: int = 0
    state: str = ""

    @classmethod
    def of(
        cls, detectors: Sequence[Detector], rows: Rows, *, problems: Sequence[str] = (), scanned: int = 0
    ) -> Measurements:
        """What these detectors measured; the rows' codes are the detectors' places."""
        columns = (rows.code, rows.position, rows.record, rows.person, rows.value, rows.detail)
        return cls(tuple(detectors), *columns, tuple(problems), scanned)

    def __len__(self) -> int:
        return len(self.code)

    def detector(self, id: str) -> Detector:
        """The detector with this id; raises KeyError when it took no part in the scan."""
        found = [one for one in self.detectors if one.id == id]
        if not found:
            raise KeyError(id)
        return found[0]

    def has(self, id: str) -> bool:
        """Whether the detector took part in the scan."""
        return any(one.id == id for one in self.detectors)

    def values(self, id: str) -> NDArray[np.float32]:
        """All values of one detector, in the order of the records."""
        return self.value[self.code == self._code(id)]

    def flagged(self, thresholds: Thresholds | None = None) -> NDArray[np.intp]:
        """The rows (K,) that are findings at these thresholds."""
        limits = np.array([self._limit(one, thresholds) for one in self.detectors] or [0.0], np.float32)
        below = np.array([one.direction == "below" for one in self.detectors] or [False])
        limit, is_below = limits[self.code], below[self.code]
        return np.flatnonzero(np.where(is_below, self.value < limit, self.value > limit))

    def finding(self, row: int, thresholds: Thresholds | None = None) -> Finding:
        """One row as a finding in words."""
        detector, value = self.detectors[self.code[row]], float(self.value[row])
        return Finding(
            detector.id,
            int(self.position[row]),
            self.record[row],
            self.person[row],
            value,
            self._limit(detector, thresholds),
            detector.say(value, self.detail[row]),
        )

    def findings(self, thresholds: Thresholds | None = None) -> tuple[Finding, ...]:
        """Everything beyond its threshold, in the order of the records."""
        return tuple(self.finding(int(row), thresholds) for row in self.flagged(thresholds))

    def counts(self, thresholds: Thresholds | None = None) -> dict[str, int]:
        """How many findings each detector has, by id, detectors in order."""
        found = Counter(self.code[self.flagged(thresholds)].tolist())
        return {one.id: found.get(code, 0) for code, one in enumerate(self.detectors)}

    def worst(self, id: str, count: int = 10) -> list[int]:
        """The rows of a detector's worst values, worst first."""
        rows = np.flatnonzero(self.code == self._code(id))
        values = self.value[rows]
        order = np.argsort(values if self.detector(id).direction == "below" else -values, kind="stable")
        return rows[order[:count]].tolist()

    def of_case(self, record: str, person: str | None = None) -> NDArray[np.intp]:
        """The rows (K,) about a record, or about one person in it."""
        rows = self.record == record
        return np.flatnonzero(rows if person is None else rows & (self.person == person))

    def only(self, detectors: Sequence[Detector]) -> Measurements:
        """What some of the detectors measured, in their order; those that took no part are left out."""
        kept = [one for one in detectors if self.has(one.id)]
        rows = self._rows({self._code(one.id): code for code, one in enumerate(kept)})
        found = Measurements.of(kept, Rows.joined([rows]), problems=self.problems, scanned=self.scanned)
        return replace(found, state=self.state)

    def without(self, exclude: ExcludeList) -> Measurements:
        """What was measured of everybody but those whom a list leaves out."""
        cases = zip(self.record.tolist(), self.person.tolist(), strict=True)
        kept = np.array([not exclude.leaves_out(record, person) for record, person in cases], bool)
        columns = ("code", "position", "record", "person", "value", "detail")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def joined(self, other: Measurements) -> Measurements:
        """Both scans in one; what `other` measured with the same detector replaces what is here."""
        kept = [code for code, one in enumerate(self.detectors) if not other.has(one.id)]
        detectors = (*(self.detectors[code] for code in kept), *other.detectors)
        mine = self._rows({old: new for new, old in enumerate(kept)})
        theirs = other._rows({code: len(kept) + code for code in range(len(other.detectors))})
        problems = dict.fromkeys((*self.problems, *other.problems))
        return Measurements.of(
            detectors,
            Rows.joined([mine, theirs]),
            problems=tuple(problems),
            scanned=max(self.scanned, other.scanned),
        )

    def to_polars(self) -> polars.DataFrame:
        """The columns as a table: detector, position, record, person, value, detail."""
        import polars

        ids = [one.id for one in self.detectors]
        columns: dict[str, Any] = {
            "detector": [ids[code] for code in self.code.tolist()],
            "position": self.position,
            "record": self.record.tolist(),
            "person": self.person.tolist(),
            "value": self.value,
            "detail": self.detail.tolist(),
        }
        text = dict.fromkeys(("detector", "record", "person", "detail"), polars.String)
        return polars.DataFrame(columns, schema_overrides=text)

    def _code(self, id: str) -> int:
        return self.detectors.index(self.detector(id))

    def _limit(self, detector: Detector, thresholds: Thresholds | None) -> float:
        return (thresholds or {}).get(detector.id, detector.threshold)

    def _rows(self, codes: Mapping[int, int]) -> Rows:
        """The rows of some detectors, from their old codes to new ones."""
        new = np.zeros(max(len(self.detectors), 1), np.uint16)
        new[list(codes)] = list(codes.values())
        kept = np.isin(self.code, list(codes))
        return Rows(
            new[self.code[kept]],
            self.position[kept],
            self.record[kept],
            self.person[kept],
            self.value[kept],
            self.detail[kept],
        )


_ANNOTATIONS = frozenset([".json", ".pkl", ".npz", ".npy", ".txt", ".toml", ".csv", ".mat"])
_DEPTH = 3


def state_of(dataset: Dataset, bodies: Iterable[str | Path] = ()) -> str:
    """A word that changes with whatever measurements are made from.

    The program's version, and all of `inputs_of`; besides the files that the data set was read from all
    others that may be annotations, for readers of plugins do not say which theirs are.
    """
    return f"{__version__} {inputs_of(dataset, bodies, also=_annotation_files(dataset))}"


def identity_of(detector: Detector) -> str:
    """A word that changes when a detector measures something else: its version, and the file of its code."""
    measures = (detector.measure, detector.measure_track, detector.measure_moment)
    code = next((one for one in measures if one is not None), None)
    while isinstance(code, partial):
        code = code.func
    try:
        file = None if code is None else inspect.getsourcefile(code)
    except TypeError:  # a callable object: its class says where it is from
        file = inspect.getsourcefile(type(code))
    return f"{detector.id}\t{detector.version}\t{None if file is None else stamp_of(Path(file))}"


def _annotation_files(dataset: Dataset) -> Iterator[Path]:
    """Files with annotations at the root and a little below it; folders of pictures are not walked."""
    for part in dataset.parts:
        yield from _annotation_files(part)
    if dataset.root is None or not dataset.root.is_dir():
        return
    for folder, below, files in os.walk(dataset.root):
        depth = len(Path(folder).relative_to(dataset.root).parts)
        below[:] = [] if depth >= _DEPTH else [name for name in below if not _holds_pictures(name)]
        yield from (Path(folder) / name for name in files if Path(name).suffix.lower() in _ANNOTATIONS)


def _holds_pictures(name: str) -> bool:
    return name.startswith(".") or name.lower() in ("images", "imagefiles", "train2017", "val2017")


_NONE = "\x01"
"""Stands for no person; keys are words of files and never this."""


def measurements_path(dataset: Dataset, *, folder: Path | None = None) -> Path:
    """Where a data set's finished scan is kept: in `folder`, else in the user's cache."""
    import platformdirs

    home = Path(platformdirs.user_cache_path("sefd-viewer")) / "scans" if folder is None else folder
    place = "sample" if dataset.root is None else str(dataset.root.resolve())
    return home / f"{hashlib.sha256(os.fsencode(f'{place} {dataset.format}')).hexdigest()[:24]}.npz"


def save_measurements(measurements: Measurements, path: Path) -> None:
    """Write a scan; a finished file takes the old one's place. Raises SefdError when that is impossible."""
    arrays: dict[str, Any] = {
        "state": np.array(measurements.state),
        "detectors": np.array([identity_of(one) for one in measurements.detectors], dtype=str),
        "code": measurements.code,
        "position": measurements.position,
        "value": measurements.value,
        "scanned": np.array(measurements.scanned),
        "record": _packed(measurements.record),
        "person": _packed([_NONE if key is None else key for key in measurements.person]),
        "detail": _packed(measurements.detail),
        "problems": _packed(measurements.problems),
    }
    writable_folder(path.parent)
    with new_file(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def load_measurements(path: Path, detectors: Sequence[Detector], *, state: str) -> Measurements | None:
    """What the stored scan holds of these detectors; None where there is none, or of another state.

    Detectors that were not there yet, or are of another version now, are missing in the result.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["state"]) != state:
                return None
            return _read(arrays, detectors)
    except Exception:  # NumPy raises whatever a damaged archive leads it to; the set is scanned again
        return None


def _read(arrays: Any, detectors: Sequence[Detector]) -> Measurements:
    known = {identity_of(one): one for one in detectors}
    stored = [str(name) for name in arrays["detectors"]]
    kept = [code for code, name in enumerate(stored) if name in known]
    remade = tuple(f"{one.title} failed: " for name, one in known.items() if name not in stored)
    problems = (words for words in _unpacked(arrays["problems"]) if not words.startswith(remade))
    code = arrays["code"]
    rows = np.isin(code, kept)
    number = np.zeros(max(len(stored), 1), np.uint16)
    number[kept] = np.arange(len(kept))
    person = _unpacked(arrays["person"])
    person[person == _NONE] = None
    return Measurements(
        tuple(known[stored[one]] for one in kept),
        number[code[rows]],
        arrays["position"][rows],
        _unpacked(arrays["record"])[rows],
        person[rows],
        arrays["value"][rows],
        _unpacked(arrays["detail"])[rows],
        tuple(problems),
        int(arrays["scanned"]),
        str(arrays["state"]),
    )


def _packed(words: Sequence[str] | NDArray[np.object_]) -> NDArray[np.uint8]:
    """Words as bytes, each with a zero byte behind it."""
    text = "".join(f"{word}\0" for word in words)
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> NDArray[np.object_]:
    words = packed.tobytes().decode("utf-8", "surrogatepass").split("\0")[:-1]
    column = np.empty(len(words), object)
    column[:] = words
    return column
