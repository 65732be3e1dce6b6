"""The window and the controller, as commands and the parts of the controller see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

if TYPE_CHECKING:
    from sefd_viewer.app.bodies import Bodies
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.feature import Service
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.store import Store
    from sefd_viewer.evaluation.runs.methods import Method, WantedCase


class StateHost(Protocol):
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


class FilesHost(StateHost, Protocol):
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


Page = Literal[
    "add_method",
    "start",
    "palette",
    "preferences",
    "keys",
    "plugins",
    "about",
    "shortcuts",
    "problems",
    "cases",
    "corrections",
]
File = Literal[
    "session", "poses", "weights", "calibration", "cases", "verdicts",
    "session export", "cases export", "report", "votes", "verdict export", "screenshot", "figure", "film",
]  # fmt: skip
"""What is opened; and what is written, where the ending tells the format."""


class Shell(Protocol):
    """The window as commands see it; tests give one that answers at once."""

    def ask_images(self) -> list[str]:
        """Let a person choose pictures or videos; an empty list when he leaves it."""

    def ask_folder(self) -> str | None:
        """Let a person choose a folder or data set."""

    def ask(self, file: File, about: str = "") -> str | None:
        """Let a person choose a file of this kind; `about` is whose weights."""

    def ask_moved(self, path: str) -> str | None:
        """Let a person say where a file or folder is that is not at `path` any more."""

    def ask_bodies(self) -> list[str]:
        """Let a person choose body model files; an empty list when he leaves it."""

    def save_screenshot(self, path: str) -> None:
        """Save a picture of the window."""

    def call(self, place: str, path: str) -> None:
        """Have the views of a feature ("module:function", given window and controller) write to a file."""

    def layout(self) -> dict[str, str]:
        """How the window and its parts are arranged, in Qt's words (base64)."""

    def restore_layout(self, layout: Mapping[str, str]) -> None:
        """Arrange the window as it was."""

    def size(self) -> tuple[int, int]:
        """Width and height of the window in pixels."""

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""

    def show_page(self, page: Page) -> None:
        """Show one of the pages that lie over the window."""

    def pointer(self) -> tuple[float, float] | None:
        """The pixel of the photo under the pointer, None when it is elsewhere."""

    def focus_filter(self) -> None:
        """Give the keyboard to the filter of the rows under review."""

    def tag_people(self) -> None:
        """Ask for tags of the people chosen in the table of Results, and give or take them."""

    def fit(self) -> None:
        """Show the whole photo and all bodies."""

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""

    def is_dark(self) -> bool:
        """Whether the colours are dark now."""

    def quit(self) -> None:
        """Close the window."""
