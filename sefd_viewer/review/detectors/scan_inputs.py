"""All that a scan depends on, as one word: a kept scan with another word is void."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from sefd_viewer import __version__
from sefd_viewer.body.files import files_of_bodies
from sefd_viewer.datasets.index.stamps import stamp_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.review.detectors.detector import Detector

_ANNOTATIONS = frozenset([".json", ".pkl", ".npz", ".npy", ".txt", ".toml", ".csv", ".mat"])
_DEPTH = 3


def state_of(dataset: Dataset, bodies: Iterable[str | Path] = ()) -> str:
    """A word that changes with whatever measurements are made from.

    The program's version, the records' keys, the annotation files, every picture, and the files of the
    licensed `bodies`: of each file its name, size and time of change.
    """
    state = hashlib.sha256(f"{__version__} {dataset.format} {len(dataset.records)}".encode())
    for key in dataset.keys:
        state.update(_bytes(f"{key}\0"))
    for file in (*sorted(_annotation_files(dataset)), *files_of_bodies(bodies), *_pictures(dataset)):
        state.update(_bytes(f"{file} {stamp_of(file)}\0"))
    return state.hexdigest()


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


def _pictures(dataset: Dataset) -> Iterator[Path]:
    """The pictures' files, and the file that a data set itself is, where it is one."""
    yield from (one.root / one.name for one in (dataset, *dataset.parts) if one.root is not None)
    paths = (dataset.image_path(position) for position in range(len(dataset.records)))
    yield from (path for path in paths if path is not None)


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


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")
