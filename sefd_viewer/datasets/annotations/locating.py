"""Where the files of a data set lie: its root, in the layouts in which people have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from sefd_viewer.datasets.reader import natural

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


def find_folder(
    annotations: Path, names: Iterable[str], pictures: Sequence[str], probe: Callable[[Path], None]
) -> Path:
    """The folder of pictures for a file of annotations: one of `names` beside it or above it.

    The first that has one of the first `pictures`, else the first that is there, else the first of all, so
    that problems can name it. `probe` is told of each path that makes a difference.
    """
    folder = annotations.parent
    above = folder.parent if folder.name in ("annotations", "json") else folder
    candidates = [base / name for name in names for base in dict.fromkeys((above, folder))]

    def is_there(path: Path) -> bool:
        probe(path)
        return path.exists()

    probes = pictures[:_LOOKED_AT]
    holding = (one for one in candidates if any(is_there(one / picture) for picture in probes))
    present = (one for one in candidates if is_there(one) and one.is_dir())
    return next(chain(holding, present), candidates[0])


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return [file for file in folder.glob(pattern) if file.is_file()]
    except OSError:
        return []
