"""Files that are either whole or not there, whatever happens meanwhile: a kill, a full disk, a power cut.

What is written lies under a name of its own (`.NAME.<8 hexadecimal digits>.part`) in the same folder, goes
onto the disk, and takes its place. A part file is locked while somebody writes it: one that a killed program
left is known by that, and removed by the next who writes there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sefd_viewer.errors import SefdError

_PART = re.compile(r"\..{1,40}\.[0-9a-f]{8}\.part", re.DOTALL)
_LETTERS = 40
"""Of a name that begins a part file's, which must not become longer than file systems take."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The errors of a disk without room."""
_PATIENCE_S, _NAP_S = 5.0, 0.02
_OLD_S = 600.0
"""A part file lives for moments; where there are no locks one this old was left."""


def write_file(path: Path, data: bytes, *, one_of_many: bool = False) -> Path:
    """Write `data` to `path` as a whole; raises SefdError where that is refused, and leaves nothing then.

    With `one_of_many` nobody waits for the disk, and nobody looks for what a killed program left.
    """
    with new_file(path, one_of_many=one_of_many) as part:
        part.write_bytes(data)
    return path


def is_written(path: Path) -> bool:
    """Whether a file of many is there with its content: a power cut can leave the name alone."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


@contextmanager
def new_file(path: Path, *, one_of_many: bool = False) -> Iterator[Path]:
    """A file to fill by its name, which becomes `path` when the block ends well and is gone when it does not.

    A pipe or a device is filled as it is. Raises SefdError where writing is refused.
    """
    with told(path):
        path = path.resolve() if path.is_symlink() else path
        if path.exists() and not path.is_file():
            yield path
            return
        if not one_of_many:
            remove_leftovers(path.parent, of=path.name)
        with _part(path) as (stream, part):
            yield part
            if not one_of_many:
                os.fsync(stream.fileno())
            if sys.platform == "win32":  # where an open file cannot be renamed
                stream.close()
            os.replace(part, path)
        if not one_of_many:
            _keep_names(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `path` when the block ends well and is gone when it does not.

    `path` may be an empty folder. Raises SefdError when it is there otherwise, or writing is refused.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise SefdError("this exists already", where=path, remedy="Name a new or an empty folder")
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent, of=path.name)
        part = _part_name(path)
        part.mkdir()
        try:
            with _held(part):
                yield part
                _keep_below(part)
            if path.exists():
                path.rmdir()
            os.replace(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _keep_names(path.parent)


def writable_folder(folder: Path) -> Path:
    """Make `folder` if necessary, see that files can be written there, and remove what killed programs left.

    Raises SefdError with words.
    """
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        remove_leftovers(folder)
    return folder


def remove_leftovers(folder: Path, *, of: str | None = None, below: bool = False) -> None:
    """Remove the part files and folders that nobody fills any more, of one name only if it is given.

    Folders `below` are looked through where that is wanted.
    """
    start = "." if of is None else f".{of[:_LETTERS]}."
    for path in (folder.rglob if below else folder.glob)(".*.part"):
        if path.name.startswith(start) and _PART.fullmatch(path.name):
            with contextlib.suppress(OSError):
                _remove_if_left(path)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only program that changes the shared files of a folder: read, merge and write inside the block.

    Raises SefdError when another one does not come to its end, or the folder is not there. Where a file
    system knows no locks the block runs without one.
    """
    with told(folder):
        handle = _lockable(folder)
    try:
        for _ in range(round(_PATIENCE_S / _NAP_S)):
            if lock(handle) is not False:
                break
            time.sleep(_NAP_S)
        else:
            raise SefdError("another program is writing here", where=folder, remedy="Close it, or try again")
        yield
    finally:
        _unlock(handle)
        os.close(handle)


@contextmanager
def _part(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A new part file for `path`, open and locked; gone at the end if it is still there."""
    stream, part = _begun(path)
    try:
        with stream:
            yield stream, part
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _part_name(path: Path) -> Path:
    return path.with_name(f".{path.name[:_LETTERS]}.{secrets.token_hex(4)}.part")


def _begun(path: Path) -> tuple[IO[bytes], Path]:
    while True:
        part = _part_name(path)
        stream = part.open("xb")
        if lock(stream.fileno()) is not False and os.fstat(stream.fileno()).st_nlink:
            return stream, part
        stream.close()  # somebody took it for a leftover in this very moment


def _remove_if_left(path: Path) -> None:
    old = time.time() - path.stat().st_mtime > _OLD_S
    if path.is_dir():
        with _held(path) as free:
            if free or (free is None and old):
                shutil.rmtree(path, ignore_errors=True)
    elif sys.platform == "win32":
        path.unlink()  # which is refused while it is open
    else:
        with path.open("ab") as stream:
            free = lock(stream.fileno())
            if free or (free is None and old):
                path.unlink()


@contextmanager
def _held(folder: Path) -> Iterator[bool | None]:
    """A folder that is locked while somebody fills it; whether it is: see `lock`."""
    if sys.platform == "win32":
        yield None
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield lock(handle)
    finally:
        os.close(handle)


def _keep_below(folder: Path) -> None:
    """Have all files below a folder on the disk, and their names."""
    for place, _folders, names in os.walk(folder, topdown=False):
        for name in names:
            if not os.path.islink(path := os.path.join(place, name)):
                _keep(path)
        _keep_names(Path(place))


def _keep_names(folder: Path) -> None:
    """Have a folder's names on the disk, where that can be asked for."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            _keep(folder)


def _keep(path: Path | str) -> None:
    handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    _BEHIND_ALL = 1 << 40

    def _lockable(folder: Path) -> int:
        return os.open(folder / ".sefd-viewer.lock", os.O_CREAT | os.O_RDWR)

    def lock(handle: int) -> bool | None:
        """Whether it is locked for us now: False where another has it, None where there are no locks."""
        place = os.lseek(handle, 0, os.SEEK_CUR)
        os.lseek(handle, _BEHIND_ALL, os.SEEK_SET)  # what is locked cannot be read there
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, place, os.SEEK_SET)
        return True

    def _unlock(handle: int) -> None:
        with contextlib.suppress(OSError):
            os.lseek(handle, _BEHIND_ALL, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lockable(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def lock(handle: int) -> bool | None:
        """Whether it is locked for us now: False where another has it, None where there are no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True

    def _unlock(handle: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system refuses when a file is written into words: SefdError."""
    try:
        yield
    except OSError as error:
        remedy = "Make room on the disk" if error.errno in FULL else "Choose another output folder"
        words = f"cannot be written ({error.strerror or error})"
        raise SefdError(words, where=path, remedy=remedy) from error
