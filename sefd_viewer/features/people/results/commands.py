"""The commands of the workspace "Results"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.features.people.results.derive import is_open, lines_of

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller


def results_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [
        Command(
            "tag_people",
            "Tag people…",
            lambda d: d.shell.tag_people(),
            ("T",),
            "Give the people chosen in the table of Results tags, or take them",
            _has_rows,
        )
    ]


def _has_rows(controller: Controller) -> bool:
    """Rows are listed, in the workspace "Results"."""
    return is_open(controller.state) and lines_of(controller.state, controller.content) is not None
