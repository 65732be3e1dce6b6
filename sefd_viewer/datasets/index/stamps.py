"""Whether files are still what they were: their size and the time of their last change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

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
