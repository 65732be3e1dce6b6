"""One command: what it is called, its keys, when it makes sense and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sefd_viewer.app import effects
from sefd_viewer.app.effects import Ask, Run


@dataclass(frozen=True)
class Command:
    """One thing that a person can do; `checked` is given for those that are on or off.

    With `let_go` it lasts while its key is held, and that ends it. One that is `paced` is done again by a
    held key only when the photo in view is drawn.
    """

    id: str
    title: str
    run: Run = field(compare=False)
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    enabled: Ask = field(default=effects.always, compare=False)
    checked: Ask | None = field(default=None, compare=False)
    let_go: Run | None = field(default=None, compare=False)
    paced: bool = False

    def keys(self, chosen: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Its keys: those that a person chose for it, else its own."""
        return chosen.get(self.id, self.shortcuts)
