"""The controller as every desk needs it; desks add what only they ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.store import Store


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
