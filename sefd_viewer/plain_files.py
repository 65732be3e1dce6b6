"""Reading files that end: devices, pipes and sockets are told, not waited for."""

from __future__ import annotations

import errno
import os
import stat
from hashlib import sha256
from pathlib import Path

from sefd_viewer.errors import shown

_LONGEST_ENDING, _MARK = 10, 8

_KINDS = ((stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"), (stat.S_ISFIFO, "a pipe"))


def read_file(path: Path) -> bytes:
    """All that a file holds; raises OSError, also for what is no file and might never end."""
    require_file(path)
    return path.read_bytes()


def require_file(path: Path) -> None:
    """Raise OSError where there is nothing, or a device, a pipe or a socket; a folder passes."""
    try:
        mode = path.stat().st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file can have this name", str(path)) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "a socket")
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))


def is_file(path: Path) -> bool:
    """Whether this is a file; a name that no file system takes is none, where Path.is_file raises."""
    return os.path.isfile(path)


def is_there(path: Path) -> bool:
    """Whether there is something under this name; a name that no file system takes has nothing."""
    return os.path.exists(path)


def is_folder(path: Path) -> bool:
    """Whether this is a folder; a name that no file system takes is none."""
    return os.path.isdir(path)


def possible_name(name: str, *, most: int = 255) -> str:
    """A name as file systems take it: at most so many bytes, the last a mark of the whole, and no zero byte.

    Almost every name is possible as it is.
    """
    plain = name.replace("\0", "_")
    try:
        data = os.fsencode(plain)
    except UnicodeEncodeError:  # half a pair, which JSON can write
        plain = shown(plain)
        data = plain.encode()
    if len(data) <= most:
        return plain
    ending = Path(plain).suffix if len(os.fsencode(Path(plain).suffix)) <= _LONGEST_ENDING else ""
    mark = f"-{sha256(data).hexdigest()[:_MARK]}{ending}"
    return os.fsdecode(data[: most - len(os.fsencode(mark))].decode("utf-8", "ignore").encode()) + mark


def possible_path(path: str) -> str:
    """A path with forward slashes, each part of which is possible."""
    return "/".join(map(possible_name, path.split("/")))
