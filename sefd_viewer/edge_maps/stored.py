"""Maps that were made: in files, or packed."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from sefd_viewer.edge_maps.drawing import Map
from sefd_viewer.edge_maps.jobs import Size
from sefd_viewer.errors import ImageError, SefdError


def read_map(data: bytes, size: Size) -> Map:
    """The map (H,W) in a file's bytes; raises ImageError when it is not whole, or not grey of `size`."""
    picture = None if not _is_whole(data) else cv2.imdecode(np.frombuffer(data, np.uint8), -1)
    if picture is None:
        raise ImageError("is no whole picture")
    if picture.ndim != 2 or picture.dtype != np.uint8:
        raise ImageError("is not grey with 8 bits")
    if picture.shape != (size[1], size[0]):
        there = f"{picture.shape[1]} x {picture.shape[0]}"
        raise ImageError(f"has {there} pixels, the photo {size[0]} x {size[1]}")
    return np.asarray(picture, np.uint8)


def _is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG ends as it must: decoders fill up what is missing without a word."""
    if data.startswith(b"\xff\xd8"):
        return data.endswith(b"\xff\xd9")
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")


_READING = threading.Lock()
_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class StoredMaps:
    """The maps below `folder`, as files or in the ZIP files `archives`; travels to worker processes."""

    folder: Path
    archives: tuple[Path, ...] = ()

    @staticmethod
    def of(folder: Path, stem: str) -> StoredMaps:
        """Maps whose archives, if there are any, are called `<stem>*.zip`."""
        return StoredMaps(folder, tuple(sorted(folder.glob(f"{stem}*.zip"))))

    def find(self, path: PurePosixPath) -> PurePosixPath | None:
        """The name under which a map is there, in whichever format; None when it is not."""
        return next((name for name in _names(path) if self._has(name)), None)

    def files(self, path: PurePosixPath) -> list[Path]:
        """Where a map's own file may be, in whichever format."""
        return [self.folder / name for name in _names(path)]

    def read(self, path: PurePosixPath) -> bytes:
        """The bytes of a map's file; raises ImageError when it is not there or cannot be read."""
        for archive in self.archives:
            opened = _opened(archive)
            if str(path) in opened.NameToInfo:
                return _packed(opened, path, archive)
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            words = "is not there" if missing else f"cannot be read ({error.strerror})"
            raise ImageError(words, where=self.folder / path) from None

    def _has(self, path: PurePosixPath) -> bool:
        packed = any(str(path) in _opened(archive).NameToInfo for archive in self.archives)
        return packed or (self.folder / path).is_file()


def _names(path: PurePosixPath) -> Iterator[PurePosixPath]:
    return (path.with_suffix(suffix) for suffix in dict.fromkeys((path.suffix, *_SUFFIXES)))


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return _opened_as_of(archive, archive.stat().st_mtime_ns)
    except Exception as error:  # a file that is none of ours may raise anything
        remedy = "Give the command that made it again: it goes on where it was"
        raise SefdError("this archive of maps is not finished", where=archive, remedy=remedy) from error


@lru_cache(maxsize=64)
def _opened_as_of(archive: Path, _changed_ns: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(archive)


def _packed(opened: zipfile.ZipFile, path: PurePosixPath, archive: Path) -> bytes:
    try:
        with _READING:
            return opened.read(str(path))
    except Exception as error:  # a file that is none of ours may raise anything
        raise ImageError(f"cannot be read ({error})", where=f"{archive}: {path}") from error
