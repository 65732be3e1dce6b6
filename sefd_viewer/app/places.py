"""Where the program keeps things on this machine, how large its caches are, and emptying them."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sefd_viewer.app.cache import FileStamp, file_stamp
from sefd_viewer.app.settings import settings_path
from sefd_viewer.errors import SefdError
from sefd_viewer.resources import resource_path


@dataclass(frozen=True)
class Place:
    """A folder or file of the program, and what lies there."""

    title: str
    path: Path
    words: str


@dataclass(frozen=True)
class CachePlace:
    """A folder whose contents are made again when they are needed; `size` in bytes."""

    title: str
    path: Path
    size: int

    def empty(self) -> None:
        """Remove what lies in the folder; what is in use stays."""
        for one in self.path.iterdir() if self.path.is_dir() else ():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            else:
                try:
                    one.unlink()
                except OSError:
                    continue


def places() -> tuple[Place, ...]:
    """All places, those that people look for first."""
    import platformdirs

    from sefd_viewer.datasets.index.cache import cache_folder
    from sefd_viewer.evaluation.runs.store import runs_folder
    from sefd_viewer.plugin_code import plugin_folders

    data = Path(platformdirs.user_data_path("sefd-viewer"))
    log = platformdirs.user_log_path("sefd-viewer", appauthor=False) / "sefd-viewer.log"
    return (
        Place("Runs", runs_folder(), "Errors of methods over whole sets (SEFD_VIEWER_RUNS)."),
        Place("Verdicts", data / "verdicts", "Of sets that cannot be written; else beside the data."),
        Place("Plugins", plugin_folders()[-1], "Your own; a plugin is a folder with a plugin.toml."),
        Place("Preferences", settings_path(), "This page as a file (SEFD_VIEWER_SETTINGS)."),
        Place("Indexes", cache_folder(), "Of large sets, so that they open at once; made again when needed."),
        Place("Log", log, "What the program did, for questions about it."),
    )


def caches() -> tuple[CachePlace, ...]:
    """What is kept on the disk to save time, with its size now."""
    import platformdirs

    from sefd_viewer.app.method_commands import commands_folder
    from sefd_viewer.datasets.index.cache import cache_folder

    home = Path(platformdirs.user_cache_path("sefd-viewer"))
    found = (
        ("Networks' answers", home / "answers"),
        ("Small pictures of people", home / "people"),
        ("Indexes of sets", cache_folder()),
        ("Scans of annotations", home / "scans"),
        ("What methods' commands wrote", commands_folder()),
    )
    return tuple(CachePlace(title, path, _size(path)) for title, path in found)


def home_words(path: str | Path) -> str:
    """A path as people read it: `~` for their own folder."""
    home, words = str(Path.home()), str(path)
    return f"~{words[len(home) :]}" if Path(words).is_relative_to(home) else words


def size_words(size: int) -> str:
    """A number of bytes as people say it: 7.4 MB."""
    for unit, step in (("GB", 1e9), ("MB", 1e6)):
        if size >= 0.95 * step:
            return f"{size / step:.1f} {unit}"
    return f"{round(size / 1e3)} kB" if size else "empty"


def weights_words(role: str, file: str | None) -> str:
    """Whose weights a role uses, how large the file is and how its hash begins; two lines."""
    try:
        path = resource_path(f"weights/{role}.safetensors") if file is None else Path(file)
    except SefdError:
        return "missing: install\nsefd-viewer again"
    stamp = file_stamp(path)
    if stamp is None:
        return f"{path.name}\nnot there now"
    name = "shipped" if file is None else path.name
    return f"{name}, {size_words(stamp[1])}\nsha {_digest(path, stamp)}"


@cache
def _digest(path: Path, _stamp: FileStamp) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            stamp = file_stamp(Path(parent) / name)
            total += stamp[1] if stamp is not None else 0
    return total
