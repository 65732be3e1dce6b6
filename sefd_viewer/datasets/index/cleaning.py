"""Keeping the cache small: indexes of data that is gone leave first, then those not used for longest."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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
