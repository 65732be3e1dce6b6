"""Where the verdicts about a data set lie."""

from __future__ import annotations

import hashlib
import os
import re
from itertools import count
from pathlib import Path

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.resources import resource_path

FILE_NAME = "sefd-verdicts.sqlite"
VIDEO = VideoReader.name


def verdict_path(dataset: Dataset) -> Path:
    """`sefd-verdicts.sqlite` in the data set's folder where one may write there, else in the user's folder.

    A single picture shares it with the folder that it lies in; a video has its own, named after it, because
    its records are numbers. What is shipped with the program and several inputs opened as one have no folder.
    """
    beside = _beside(dataset)
    if beside is None:
        return _in_users_folder(dataset)
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    return beside if writable and os.access(beside.parent, os.W_OK) else _in_users_folder(dataset)


def verdicts_of_others(dataset: Dataset) -> Path | None:
    """Verdicts that lie beside the data where one may not write them, None where there are none."""
    beside = _beside(dataset)
    if beside is None or not beside.is_file() or verdict_path(dataset) == beside:
        return None
    return beside


def rescue_path(path: Path) -> Path:
    """A free name in the user's folder for verdicts that could not be written to `path`."""
    import platformdirs

    folder = Path(platformdirs.user_data_path("sefd-viewer"), "verdicts")
    numbers = (f"-{number}" if number else "" for number in count())
    names = (folder / f"{path.parent.name}-{path.stem}-rescued{number}.sqlite" for number in numbers)
    return next(name for name in names if not name.exists())


def _beside(dataset: Dataset) -> Path | None:
    root = dataset.root
    if root is None or not root.is_dir() or root.resolve().is_relative_to(resource_path(".").resolve()):
        return None
    return root / (f"{dataset.name}.{FILE_NAME}" if dataset.format == VIDEO else FILE_NAME)


def _in_users_folder(dataset: Dataset) -> Path:
    """A file named after the folder or the video, and after its place so that namesakes stay apart."""
    import platformdirs

    place = os.path.realpath(dataset.root) if dataset.root is not None else dataset.format
    own_name = dataset.root is None or dataset.format == VIDEO
    called = dataset.name if own_name or dataset.root is None else dataset.root.name
    digest = hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", called).strip("-.") or "data"
    return Path(platformdirs.user_data_path("sefd-viewer"), "verdicts", f"{name}-{digest}.sqlite")
