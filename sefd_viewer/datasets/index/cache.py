"""The cache of what annotation files said: a folder per file, kept while the files stay as they are."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sefd_viewer import __version__
from sefd_viewer.datasets.annotations.picture_part import KeyPlaces, ReadPart
from sefd_viewer.datasets.index.part_files import ArrayFolder, load_rows, save_rows
from sefd_viewer.datasets.inputs import Stamps

LIMIT_BYTES = 8 << 30
_DAY = 86400.0
_FORGOTTEN_DAYS = 30
_UNFINISHED_DAYS = 1


@dataclass(frozen=True)
class Kept:
    """An index: its folder and size, when it was last used (seconds), and whether its data is still there."""

    folder: Path
    size: int
    used: float
    alive: bool


def clean(folder: Path, limit_bytes: int, *, now: float | None = None) -> None:
    """Remove what is forgotten: data gone for a month, work that broke off, and what is above the limit."""
    now = time.time() if now is None else now
    kept = [_kept(entry) for entry in folder.iterdir() if entry.is_dir()]
    excess = sum(one.size for one in kept) - limit_bytes
    for one in sorted(kept, key=lambda one: (one.alive, one.used)):
        days = (now - one.used) / _DAY
        unfinished = one.folder.name.startswith("unfinished-")
        if unfinished and days < _UNFINISHED_DAYS:
            continue
        if excess > 0 or unfinished or (not one.alive and days > _FORGOTTEN_DAYS):
            shutil.rmtree(one.folder, ignore_errors=True)
            excess -= one.size


def _kept(folder: Path) -> Kept:
    about = folder / "about.json"
    size, used, alive = 0, 0.0, False
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        used = folder.stat().st_mtime
        size = sum(file.stat().st_size for file in folder.iterdir())
        used = max(used, about.stat().st_mtime)
        alive = Path(json.loads(about.read_text("utf-8"))["file"]).exists()
    return Kept(folder, size, used, alive)


VERSION = 7
"""Rises whenever readers say something else about the same files, or an index is laid out in another way."""

LEAST_ROWS = 5000
"""Parts with fewer pictures and people are read anew each time: that is as fast."""

ABOUT = "about.json"
_BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


def cache_folder() -> Path:
    """Where indexes lie: in `SEFD_VIEWER_CACHE`, else in the user's cache folder."""
    import platformdirs

    chosen = os.environ.get("SEFD_VIEWER_CACHE")
    return (Path(chosen) if chosen else Path(platformdirs.user_cache_path("sefd-viewer"))) / "index"


@dataclass(frozen=True)
class IndexCache:
    """Indexes in `folder`, together at most `limit_bytes`, of parts with at least `least_rows`."""

    folder: Path = field(default_factory=cache_folder)
    limit_bytes: int = LIMIT_BYTES
    least_rows: int = LEAST_ROWS

    def load(self, format: str, file: Path) -> ReadPart | None:
        """The part that was made of a file, None when there is none that holds."""
        for entry in self._entries(format, file):
            with suppress(*_BROKEN):
                about = json.loads((entry / ABOUT).read_text("utf-8"))
                part = _load(entry, about)
                if part.looked_at.hold():
                    with suppress(OSError):
                        os.utime(entry / ABOUT)
                    return part
        return None

    def keep(self, format: str, file: Path, part: ReadPart) -> ReadPart:
        """Keep a part that was just read of a file; the part as kept, or the same when it is not worth it."""
        pictures, people = part.rows.pictures, part.rows.people
        if len(pictures.keys) + len(people.ids) < self.least_rows or not part.looked_at.hold():
            return part
        old = self._entries(format, file)
        try:
            with self._new_entry(format, file) as unfinished:
                _save(unfinished, file, part)
        except OSError as error:
            words = f"The index of {file.name} cannot be kept ({error.strerror}): it is made anew each time"
            return replace(part, problems=(*part.problems, words))
        for entry in old:  # before loading: what they were made of may still be as it was
            shutil.rmtree(entry, ignore_errors=True)
        kept = self.load(format, file)
        clean(self.folder, self.limit_bytes)
        return part if kept is None else kept

    def _entries(self, format: str, file: Path) -> list[Path]:
        """The folders made for a file, there should be one at most."""
        return sorted(self.folder.glob(f"{self._key(format, file)}-*"), reverse=True)

    def _key(self, format: str, file: Path) -> str:
        words = f"{__version__} {VERSION}\n{format}\n{file.absolute()}".encode("utf-8", "surrogatepass")
        return sha256(words).hexdigest()[:24]

    @contextmanager
    def _new_entry(self, format: str, file: Path) -> Iterator[Path]:
        """A folder to fill, in its place at the end; nothing is left when that fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=self.folder))
        try:
            yield unfinished
            own = unfinished.name.removeprefix("unfinished-")
            unfinished.rename(self.folder / f"{self._key(format, file)}-{own}")
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _save(folder: Path, file: Path, part: ReadPart) -> None:
    from sefd_viewer.datasets.index.part_tables import save_tables

    arrays = ArrayFolder(folder)
    layout = save_rows(part.rows, arrays)
    arrays.put_order("order", save_tables(part.rows, folder))
    about = {
        "file": str(file.absolute()),
        "layout": layout,
        "sizes": {one.name: one.stat().st_size for one in folder.iterdir()},
        "problems": part.problems,
        "sources": _listed(part.sources),
        "looked_at": _listed(part.looked_at),
    }
    (folder / ABOUT).write_text(json.dumps(about), "utf-8")


def _load(folder: Path, about: dict[str, Any]) -> ReadPart:
    """The part in a folder; raises one of many errors when it is broken."""
    for name, size in about["sizes"].items():
        if (folder / name).stat().st_size != size:
            raise ValueError(f"{name} is broken")
    arrays = ArrayFolder(folder)
    rows = load_rows(about["layout"], arrays)
    return ReadPart(
        rows,
        tuple(about["problems"]),
        _stamps(about["sources"]),
        _stamps(about["looked_at"]),
        KeyPlaces(rows.pictures.keys, arrays.get("order")),
        folder,
    )


def _listed(stamps: Stamps) -> list[tuple[str, Any]]:
    return [(str(path.absolute()), stamp) for path, stamp in stamps.by_path.items()]


def _stamps(listed: list[tuple[str, Any]]) -> Stamps:
    return Stamps({Path(path): None if stamp is None else (stamp[0], stamp[1]) for path, stamp in listed})
