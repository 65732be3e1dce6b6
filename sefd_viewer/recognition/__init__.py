"""What a file is, what it holds, and what can be done with it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sefd_viewer.body.catalog import BodyCatalog

SOME = 4
"""So many names of a list are told, and so many of its problems."""


@dataclass(frozen=True)
class Recognised:
    """One thing that a file is: `what` it is, what it `holds`, what is `missing` for its use, and `notes`.

    `uses` are what a command is for, and the command.
    """

    what: str
    holds: tuple[str, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Look = Callable[[Path, BodyCatalog], Recognised | None]
"""What a path is of one kind, None where it is not of it; SefdError where it is, and is damaged."""


def many(found: Any, one: str, several: str) -> str:
    """How many there are, with the word for one or for several."""
    return f"{len(found)} {one if len(found) == 1 else several}"


def some(names: Any) -> str:
    """The first of several names."""
    listed = [str(name) for name in names]
    return ", ".join(listed[:SOME]) + (", ..." if len(listed) > SOME else "")
