"""Where maps are kept: files in folders, or one ZIP file that is whole after a kill."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, NamedTuple

from sefd_viewer.atomic import is_written, lock, told
from sefd_viewer.edge_maps.manifest import HashLog, digest
from sefd_viewer.errors import SefdError

_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED = 0x1
_ENDINGS = (".png", ".jpg", ".jpeg")


class MapArchive:
    """A ZIP file that grows by whole maps; a context manager.

    The directory behind the maps is cut off before the first map is added and written again at the end:
    what a killed run leaves are whole maps, and perhaps a part of one. Opening it again finds the whole ones
    by their headers and checksums, and goes on behind the last.
    """

    def __init__(self, path: Path, *, prefix: str = "") -> None:
        """Open or make the file of maps whose names begin with `prefix`.

        Raises SefdError where that is refused, another run writes into it, or it holds something else.
        """
        self._path = path
        with told(path):
            found = _found(path, prefix) if path.exists() else _Found([], 0, has_directory=False)
            self._file = path.open("r+b" if path.exists() else "x+b", buffering=0)
        self._entries = {entry.filename: entry for entry in found.entries}
        self._end, self._has_directory = found.end, found.has_directory
        if lock(self._file.fileno()) is False:
            self._file.close()
            raise SefdError("another run writes into this", where=path, remedy="Wait until it has ended")

    def __enter__(self) -> MapArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the directory and close the file, also after an error: what is in it stays."""
        try:
            if not self._has_directory:
                self._write_directory()
        except SefdError:
            if error is None:
                raise
        finally:
            self._file.close()

    def __contains__(self, path: PurePosixPath) -> bool:
        return str(path) in self._entries

    def read(self, path: PurePosixPath) -> bytes:
        """The file of a map that is there."""
        entry = self._entries[str(path)]
        self._file.seek(entry.header_offset)
        *_, name, extra = _HEADER.unpack(self._file.read(_HEADER.size))
        self._file.seek(name + extra, os.SEEK_CUR)
        return self._file.read(entry.file_size)

    def add(self, path: PurePosixPath, data: bytes) -> None:
        """Append a map; it is in the file when this returns. Raises SefdError where that is refused."""
        entry = zipfile.ZipInfo(str(path))
        entry.header_offset, entry.CRC = self._end, zlib.crc32(data)
        entry.compress_size = entry.file_size = len(data)
        whole = entry.FileHeader(zip64=False) + data
        with self._cut_after_errors():
            self._file.truncate(self._end)
            self._has_directory = False
            self._file.seek(self._end)
            left = memoryview(whole)
            while left:
                left = left[self._file.write(left) :]
        self._entries[entry.filename] = entry
        self._end += len(whole)

    def _write_directory(self) -> None:
        with self._cut_after_errors():
            self._file.truncate(self._end)
            with self._path.open("r+b") as file, zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as pack:
                pack.filelist += self._entries.values()
                pack._didModify = True  # type: ignore[attr-defined]  # no file was added by it
            os.fsync(self._file.fileno())

    @contextmanager
    def _cut_after_errors(self) -> Iterator[None]:
        """Leave whole maps alone when something cannot be written, and tell it in words."""
        with told(self._path):
            try:
                yield
            except OSError:
                with suppress(OSError):
                    self._file.truncate(self._end)
                raise


class _Found(NamedTuple):
    """The maps of a file, where they end, and whether the directory is there."""

    entries: list[zipfile.ZipInfo]
    end: int
    has_directory: bool


def _found(path: Path, prefix: str) -> _Found:
    """What is in a file; raises SefdError for one that holds something else than maps."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as pack:
                found = _Found(pack.infolist(), pack.start_dir, has_directory=True)
        except Exception:  # a file that is none of ours may raise anything
            found = _scanned(file)
        file.seek(0)
        begun = found.entries or found.has_directory or _begins_a_map(file, prefix)
        whole = file.read(len(_SIGNATURE)) == _SIGNATURE or not found.entries
    if not begun or not whole or not all(_is_map(entry, prefix) for entry in found.entries):
        remedy = "Move it away or name another folder; nothing is written over it"
        raise SefdError("this is in the way: it is not an archive of such maps", where=path, remedy=remedy)
    return found


def _scanned(file: BinaryIO) -> _Found:
    """The entries from the start of a file that are whole."""
    found, end = [], 0
    file.seek(0)
    while (entry := _entry_at(file, end)) is not None:
        end = file.tell()
        found.append(entry)
    return _Found(found, end, has_directory=False)


def _begins_a_map(file: BinaryIO, prefix: str) -> bool:
    """Whether a file is empty or begins like a first map, which a kill may have cut anywhere."""
    header = file.read(_HEADER.size)
    file.seek(0)
    if len(header) < _HEADER.size:
        return header[: len(_SIGNATURE)] == _SIGNATURE[: len(header)]
    signature, *_, method, _time, _date, _crc, _size, _full, name, _extra = _HEADER.unpack(header)
    words = file.read(_HEADER.size + name)[_HEADER.size :]
    file.seek(0)
    if signature != _SIGNATURE or method != zipfile.ZIP_STORED:
        return False
    return len(words) < name or _is_map(zipfile.ZipInfo(words.decode("utf-8", "replace")), prefix)


def _is_map(entry: zipfile.ZipInfo, prefix: str) -> bool:
    path = PurePosixPath(entry.filename)
    plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & _ENCRYPTED
    return plain and path.suffix in _ENDINGS and path.name.startswith(prefix)


def _entry_at(file: BinaryIO, offset: int) -> zipfile.ZipInfo | None:
    """The entry whose header is at `offset`, None when it is not whole; the file stands behind it."""
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    signature, _version, flags, method, _time, _date, checksum, size, full, name, extra = _HEADER.unpack(
        header
    )
    if signature != _SIGNATURE or method != zipfile.ZIP_STORED or not size or size != full:
        return None
    words = file.read(name + extra)[:name]
    data = file.read(size)
    if len(data) < size or zlib.crc32(data) != checksum:
        return None
    entry = zipfile.ZipInfo(words.decode("utf-8" if flags & 0x800 else "cp437", "replace"))
    entry.header_offset, entry.CRC, entry.flag_bits = offset, checksum, flags
    entry.compress_size = entry.file_size = size
    return entry


@dataclass(frozen=True)
class MadeMap:
    """A map that was made: its hash, and its file's bytes where these are not written yet."""

    path: PurePosixPath
    hash: str
    data: bytes | None = None


@dataclass(frozen=True)
class MapStore:
    """Where maps are put and found: files below `folder`, or `archive`; their hashes are noted."""

    folder: Path
    hashes: HashLog
    archive: MapArchive | None

    def has(self, path: PurePosixPath) -> bool:
        """Whether a map is there; one that a killed run did not note gets its hash now."""
        there = is_written(self.folder / path) if self.archive is None else path in self.archive
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
                    "a worker wrote a map to a place that this machine cannot see",
                    where=self.folder,
                    remedy=remedy,
                )
            self.hashes.add(made.path, made.hash)

    @staticmethod
    def _pack(path: PurePosixPath, data: bytes, archive: MapArchive) -> None:
        if path not in archive:
            archive.add(path, data)

    def _read(self, path: PurePosixPath) -> bytes:
        return (self.folder / path).read_bytes() if self.archive is None else self.archive.read(path)


@contextmanager
def open_map_store(folder: Path, hashes: Path, archive: Path | None, *, prefix: str) -> Iterator[MapStore]:
    """A store whose hashes are listed in the file `hashes`; with maps in `archive`, if that is given.

    `prefix` begins the names of the maps' files.
    """
    with ExitStack() as stack:
        packed = None if archive is None else stack.enter_context(MapArchive(archive, prefix=prefix))
        yield MapStore(folder, stack.enter_context(HashLog(hashes)), packed)
