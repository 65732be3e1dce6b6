"""Where the maps of a run are put: files, or one ZIP file, with a list of their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sefd_viewer.edge_maps.archive import MapArchive
from sefd_viewer.edge_maps.hashes import HashLog, digest
from sefd_viewer.errors import SefdError


@dataclass(frozen=True)
class MadeMap:
    """A map that was made: its hash, and its file's bytes where these are not written yet."""

    path: PurePosixPath
    hash: str
    data: bytes | None = None


@dataclass(frozen=True)
class Shelf:
    """Where maps are put and found: files below `folder`, or `archive`; their hashes are noted."""

    folder: Path
    hashes: HashLog
    archive: MapArchive | None

    def has(self, path: PurePosixPath) -> bool:
        """Whether a map is there; one that a killed run did not note gets its hash now."""
        there = (self.folder / path).exists() if self.archive is None else path in self.archive
        if there and path not in self.hashes:
            self.hashes.add(path, digest(self._read(path)))
        return there

    def put(self, maps: Iterable[MadeMap]) -> None:
        """Note maps, and store those that are not written yet."""
        for made in maps:
            if made.data is not None and self.archive is not None:
                self._pack(made.path, made.data, self.archive)
            elif not (self.folder / made.path).exists():
                remedy = "Name a folder that all machines of the cluster share, or use --packed"
                raise SefdError(
                    "a map was written where this machine sees nothing", where=self.folder, remedy=remedy
                )
            self.hashes.add(made.path, made.hash)

    @staticmethod
    def _pack(path: PurePosixPath, data: bytes, archive: MapArchive) -> None:
        if path not in archive:
            archive.add(path, data)

    def _read(self, path: PurePosixPath) -> bytes:
        return (self.folder / path).read_bytes() if self.archive is None else self.archive.read(path)


@contextmanager
def open_shelf(folder: Path, hashes: Path, archive: Path | None, *, prefix: str) -> Iterator[Shelf]:
    """A shelf whose hashes are listed in the file `hashes`; with maps in `archive`, if that is given.

    `prefix` begins the names of the maps' files.
    """
    with ExitStack() as stack:
        packed = None if archive is None else stack.enter_context(MapArchive(archive, prefix=prefix))
        yield Shelf(folder, stack.enter_context(HashLog(hashes)), packed)
