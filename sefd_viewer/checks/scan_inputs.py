"""All that a scan depends on, as one word: a kept scan with another word is void."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from sefd_viewer import __version__
from sefd_viewer.checks.detector import Detector
from sefd_viewer.datasets.index.stamps import stamp_of
from sefd_viewer.datasets.inputs import inputs_of
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
