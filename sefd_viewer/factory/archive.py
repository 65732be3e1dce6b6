"""Maps packed into one ZIP file: uncompressed entries, readable by anything, repaired after a killed run."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO

from sefd_viewer.errors import SefdError

_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"


class MapArchive:
    """A ZIP file that grows by whole maps; a context manager.

    A run that was killed leaves the file without its directory. Opening it again finds the whole maps by
    their headers and checksums, cuts off what follows, and goes on.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises SefdError where that is refused."""
        try:
            self._file = path.open("r+b" if path.exists() else "w+b")
        except OSError as error:
            raise SefdError(f"this cannot be written ({error.strerror})", where=path) from error
        found = [] if zipfile.is_zipfile(self._file) else list(_whole_entries(self._file))
        self._zip = zipfile.ZipFile(self._file, "a", zipfile.ZIP_STORED)
        for entry in found:
            self._zip.filelist.append(entry)
            self._zip.NameToInfo[entry.filename] = entry

    def __enter__(self) -> MapArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the directory and close the file, also after an error: what is in it stays."""
        self._zip.close()
        self._file.close()

    def __contains__(self, path: PurePosixPath) -> bool:
        return str(path) in self._zip.NameToInfo

    def read(self, path: PurePosixPath) -> bytes:
        """The file of a map that is there."""
        return self._zip.read(str(path))

    def add(self, path: PurePosixPath, data: bytes) -> None:
        """Append a map; it is in the file when this returns."""
        self._zip.writestr(zipfile.ZipInfo(str(path)), data)
        self._file.flush()


def _whole_entries(file: BinaryIO) -> Iterator[zipfile.ZipInfo]:
    """The entries from the start of the file that are whole; the file is cut behind the last one."""
    end = 0
    file.seek(0)
    while (entry := _entry_at(file, end)) is not None:
        end = file.tell()
        yield entry
    file.truncate(end)


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
    entry = zipfile.ZipInfo(words.decode("utf-8" if flags & 0x800 else "cp437"))
    entry.header_offset, entry.CRC, entry.flag_bits = offset, checksum, flags
    entry.compress_size = entry.file_size = size
    return entry
