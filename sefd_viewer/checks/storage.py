"""Finished scans on disk: there again at the next start, until anything changes that they were made from."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer import __version__
from sefd_viewer.atomic import new_file, writable_folder
from sefd_viewer.checks.detector import Detector
from sefd_viewer.checks.measurements import Measurements
from sefd_viewer.datasets.inputs import inputs_of, stamp_of
from sefd_viewer.datasets.records import Dataset

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
