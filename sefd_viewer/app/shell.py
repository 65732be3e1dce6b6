"""What commands need from the window: asking a person (apart from doing), and what only a window has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

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


class Shell(Protocol):
    """The window as commands see it; tests give one that answers at once."""

    def ask_images(self) -> list[str]:
        """Let a person choose pictures or videos; an empty list when he leaves it."""

    def ask_folder(self) -> str | None:
        """Let a person choose a folder or data set."""

    def ask_moved(self, path: str) -> str | None:
        """Let a person say where a file or folder is that is not at `path` any more."""

    def ask_poses(self) -> str | None:
        """Let a person choose a file of 2D poses."""

    def ask_bodies(self) -> list[str]:
        """Let a person choose body model files; an empty list when he leaves it."""

    def ask_weights(self, method: str) -> str | None:
        """Let a person choose the weights of one of the program's networks."""

    def ask_calibration(self) -> str | None:
        """Let a person choose a file with other cameras."""

    def ask_cases(self) -> str | None:
        """Let a person choose a list of cases to present."""

    def ask_cases_export(self) -> str | None:
        """Let a person choose where a list of cases goes."""

    def ask_report(self) -> str | None:
        """Let a person choose where a report goes."""

    def ask_votes(self) -> str | None:
        """Let a person choose where the votes of a blind test go."""

    def ask_verdict_export(self) -> str | None:
        """Let a person choose where verdicts go; the ending tells the format."""

    def ask_verdicts(self) -> str | None:
        """Let a person choose another reviewer's verdicts."""

    def ask_screenshot(self) -> str | None:
        """Let a person choose where a picture of the window goes."""

    def save_screenshot(self, path: str) -> None:
        """Save a picture of the window."""

    def ask_figure(self) -> str | None:
        """Let a person choose where a figure goes; the ending tells the kind."""

    def ask_film(self) -> str | None:
        """Let a person choose where a film of the sequence goes."""

    def call(self, place: str, path: str) -> None:
        """Have the views of a feature ("module:function", given window and controller) write to a file."""

    def ask_session(self) -> str | None:
        """Let a person choose a session that was saved."""

    def ask_session_export(self) -> str | None:
        """Let a person choose where a session goes."""

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
