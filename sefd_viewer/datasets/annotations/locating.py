"""Where the files of a data set lie: its root, in the layouts in which people have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sefd_viewer.datasets.records import natural
from sefd_viewer.plain_files import is_there
from sefd_viewer.pose2d.pose_file import endings

FOLDERS = ("", "annotations", "data", "data/annotations", "json")
"""Where annotations lie below the root of a set, the first that has any."""

_LOOKED_AT = 16


def find_files(path: Path, patterns: Iterable[str]) -> list[Path]:
    """Files whose names fit a pattern, in natural order: in `path`, or in its usual subfolders.

    A `path` that is such a file itself is the only one found. The first folder that has any counts.
    """
    patterns = tuple(patterns)
    if path.is_file():
        return [path] if any(path.match(pattern) for pattern in patterns) else []
    for folder in FOLDERS:
        found = {file for pattern in patterns for file in _glob(path / folder, pattern)}
        if found:
            return sorted(found, key=lambda file: natural(file.name))
    return []


def find_pictures(
    annotations: Path, names: Iterable[str], pictures: Sequence[str], probe: Callable[[Path], None]
) -> tuple[Path, Sequence[str]]:
    """The folder of pictures for a file of annotations, and the pictures' names in it.

    It is one of `names` beside the file or above it: the first that has one of the first `pictures`, by its
    whole name or, if need be, without as many of its first folders as it takes (names from other machines);
    else the first that is there, else the first of all, so that problems can name it. `probe` is told of each
    path that makes a difference.
    """
    folder = annotations.parent
    above = folder.parent if folder.name in ("annotations", "json") else folder
    candidates = [base / name for name in names for base in dict.fromkeys((above, folder))]

    def found(path: Path) -> bool:
        probe(path)
        return is_there(path)

    first = pictures[:_LOOKED_AT]
    for one in candidates:
        if any(found(one / picture) for picture in first):
            return one, pictures
    for dropped in range(max((len(endings(picture)) for picture in first), default=0)):
        shorter = {_without_folders(picture, dropped) for picture in first} - set(first)
        for one in (*candidates, above):
            if any(found(one / picture) for picture in shorter):
                return one, [_without_folders(picture, dropped) for picture in pictures]
    present = (one for one in candidates if found(one) and one.is_dir())
    return next(present, candidates[0]), pictures


def _without_folders(picture: str, count: int) -> str:
    """A picture's path without its first folders, at least its name."""
    shorter = endings(picture)
    return shorter[min(count, len(shorter) - 1)] if shorter else picture


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return [file for file in folder.glob(pattern) if file.is_file()]
    except OSError:
        return []
