"""The controller as its parts see it; each adds what only it asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from sefd_viewer.app.bodies import Bodies
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.feature import Service
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.store import Store
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.orders import WantedCase


class DeskHost(Protocol):
    """State and content to read, a store to change the state, and words for the status line."""

    store: Store

    @property
    def state(self) -> ViewerState:
        """The state in view."""

    @property
    def content(self) -> Content:
        """What is known."""

    def say(self, words: str) -> None:
        """Show a sentence in the status line."""


class FilesHost(DeskHost, Protocol):
    """What opening files asks besides."""

    settings: Settings
    bodies: Bodies
    services: dict[str, Service]

    def know(self, **changes: Any) -> None:
        """Replace fields of the content."""

    def refresh(self, *, soon: bool = False) -> None:
        """Start what is missing and show what is there."""

    def forget_set(self) -> None:
        """Forget all that was made from the data set that was open."""

    def position(self, key: str | None) -> int | None:
        """Where a record is in the data set."""

    def change_settings(self, *, merge: str | None = None, **changes: Any) -> None:
        """Change remembered choices."""


class Running(Protocol):
    """What makes pages about people of the run in view."""

    busy: bool

    def run(self, methods: Sequence[Method], *, poses: str) -> None:
        """Measure methods over the open data set, with 2D poses from a file or the "annotation"."""

    def write_page_about(self, path: str, cases: Sequence[WantedCase], title: str = "") -> None:
        """Write a page about people of the run in view."""


class PeopleWork(Protocol):
    """What goes on about people, as other features know it."""

    runs: Running


def people_work(controller: FilesHost) -> PeopleWork:
    """What goes on about people."""
    return cast("PeopleWork", controller.services["people"])
