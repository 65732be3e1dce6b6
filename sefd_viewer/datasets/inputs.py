"""Whether what was read is still the same: size and time of change of files, and one word for a whole set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

from sefd_viewer.body.files import files_of_bodies
from sefd_viewer.datasets.records import Dataset

Stamp = tuple[int, int] | None
"""Size in bytes and time in nanoseconds; (-1, 0) is any folder, None is nothing at all."""

_FOLDER = (-1, 0)


def stamp_of(path: Path) -> Stamp:
    """What a path is now."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return _FOLDER if S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class Stamps:
    """Everything that a reading looked at, as it was before."""

    by_path: Mapping[Path, Stamp] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Stamps:
        """The paths as they are now."""
        return cls({path: stamp_of(path) for path in paths})

    def hold(self) -> bool:
        """Whether everything is as it was."""
        return all(stamp_of(path) == stamp for path, stamp in self.by_path.items())

    def files(self) -> Stamps:
        """Those that were files."""
        return Stamps({path: stamp for path, stamp in self.by_path.items() if stamp not in (None, _FOLDER)})

    def changed_files(self) -> list[Path]:
        """The files that are other ones now, or gone."""
        return [path for path, stamp in self.by_path.items() if stamp_of(path) != stamp]


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
