"""What a data set is made of, as one word: results that are kept are void when they have another one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from sefd_viewer.body.files import files_of_bodies
from sefd_viewer.datasets.index.stamps import stamp_of
from sefd_viewer.datasets.records import Dataset


def inputs_of(
    dataset: Dataset,
    bodies: Iterable[str | Path] = (),
    *,
    also: Iterable[Path] = (),
) -> str:
    """A word that changes with whatever results about a data set are made from.

    These are the records' keys, the files of annotations, of the licensed `bodies` (files or folders), of all
    pictures, and those named in `also`: of each its absolute path, size and time of change.
    """
    state = hashlib.sha256(f"{dataset.format} {len(dataset.records)}".encode())
    for key in dataset.keys:
        state.update(_bytes(f"{key}\0"))
    for file in (*_sources(dataset), *files_of_bodies(bodies), *_pictures(dataset), *sorted(also)):
        state.update(_bytes(f"{file.absolute()} {stamp_of(file)}\0"))
    return state.hexdigest()


def annotations_of(dataset: Dataset) -> str:
    """A word that changes with the files of annotations alone: of each its path, size and time of change."""
    words = "".join(f"{file.absolute()} {stamp_of(file)}\0" for file in _sources(dataset))
    return hashlib.sha256(_bytes(words)).hexdigest()


def _sources(dataset: Dataset) -> Iterator[Path]:
    yield from dataset.sources
    for part in dataset.parts:
        yield from _sources(part)


def _pictures(dataset: Dataset) -> Iterator[Path]:
    """The pictures' files, and the file that a data set itself is, where it is one."""
    yield from (one.root / one.name for one in (dataset, *dataset.parts) if one.root is not None)
    paths = (dataset.image_path(position) for position in range(len(dataset.records)))
    yield from (path for path in paths if path is not None)


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")
