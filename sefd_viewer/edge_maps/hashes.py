"""The list of the maps' hashes beside the manifest, in the format of `sha256sum`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from types import TracebackType

from sefd_viewer.atomic import told, write_file
from sefd_viewer.errors import SefdError

_NAMES = "surrogateescape"
"""How names that are not UTF-8 are kept as they are."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def digest(data: bytes) -> str:
    """The SHA-256 of a map's file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_hashes(path: Path) -> dict[str, str]:
    """Hash by map; lines that a killed run left unfinished are passed over."""
    try:
        lines = path.read_text("utf-8", _NAMES).splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SefdError("this list of hashes cannot be read", where=path, remedy="Remove it") from error
    return {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match is not None}


class HashLog:
    """The list while it grows, a line for each map as it is made; `finish` puts it in order."""

    def __init__(self, path: Path) -> None:
        """Go on with the list at `path`; raises SefdError where that is refused."""
        self._path = path
        self._known = read_hashes(path)
        with told(path):
            self._file = path.open("ab", buffering=0)
            self._file.write(b"\n")  # ends a line that a killed run left unfinished

    def __enter__(self) -> HashLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, path: PurePosixPath) -> bool:
        return str(path) in self._known

    def add(self, path: PurePosixPath, hash: str) -> None:
        """Note a map. Raises SefdError where that is refused."""
        self._known[str(path)] = hash
        with told(self._path):
            self._file.write(_line(str(path), hash))

    def finish(self) -> str:
        """Write the list in order, and return its own hash."""
        self._file.close()
        content = b"".join(_line(path, self._known[path]) for path in sorted(self._known))
        write_file(self._path, content)
        return digest(content)


def _line(path: str, hash: str) -> bytes:
    return f"{hash}  {path}\n".encode("utf-8", _NAMES)
