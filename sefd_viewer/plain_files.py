"""Reading files that end: devices, pipes and sockets are told, not waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_KINDS = ((stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"), (stat.S_ISFIFO, "a pipe"))


def read_file(path: Path) -> bytes:
    """All that a file holds; raises OSError, also for what is no file and might never end."""
    require_file(path)
    return path.read_bytes()


def require_file(path: Path) -> None:
    """Raise OSError where there is nothing, or a device, a pipe or a socket; a folder passes."""
    mode = path.stat().st_mode
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
