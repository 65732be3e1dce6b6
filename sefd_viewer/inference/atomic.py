"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from sefd_viewer.errors import SefdError


def write_file(path: Path, data: bytes) -> Path:
    """Write `data` under a temporary name and rename it to `path`; raises SefdError where that is refused."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise _refused(path, error) from error
    return path


def writable_folder(folder: Path) -> Path:
    """Make `folder` if necessary and see that files can be written there; raises SefdError with words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(folder, error) from error
    return folder


def _refused(path: Path, error: OSError) -> SefdError:
    reason = error.strerror or str(error)
    return SefdError(f"cannot be written ({reason})", where=path, remedy="Choose another output folder")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
