"""The window as commands see it: file dialogs, clipboard, pages, full screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from PySide6.QtWidgets import QApplication, QFileDialog

from sefd_viewer.app.feature import made_of
from sefd_viewer.app.host import File, Page
from sefd_viewer.app.methods import network_words
from sefd_viewer.app.sessions import ENDING as SESSION_ENDING
from sefd_viewer.app.settings import Theme
from sefd_viewer.app.story import ENDING as SHOW_ENDING
from sefd_viewer.gui.screen_fit import ShellWindow, fit_to_screen
from sefd_viewer.gui.theme import DARK, apply_theme, current_colors

_ALL = "All files (*)"
OPENED: dict[File, tuple[str, str]] = {
    "session": ("Open session", f"Sessions (*{SESSION_ENDING})"),
    "poses": ("Open 2D poses", "2D poses (*.json *.gz *.txt *.csv *.xml *.h5 *.slp *.mat)"),
    "weights": ("Weights of {}", "Weights (*.safetensors *.tar *.pth *.pt)"),
    "calibration": (
        "Open another calibration",
        "Calibrations (*.json *.toml *.txt *.xml *.yml *.yaml *.xcp *.mcal *.pkl *.pickle *.mat *.h5 *.bin"
        " *.calib*)",
    ),
    "cases": ("Open cases to present", f"Cases (*{SHOW_ENDING})"),
    "verdicts": ("Merge verdicts", "Verdicts (*.sqlite)"),
}
"""The title of each dialog that opens something, and the kinds of files."""
WRITTEN: dict[File, tuple[str, ...]] = {
    "session export": ("Save session", f"Session (*{SESSION_ENDING})"),
    "cases export": ("Save cases to present", f"Cases (*{SHOW_ENDING})"),
    "report": ("Report of these cases", "Page (*.html)"),
    "votes": ("Where the votes go", "Table (*.csv)"),
    "verdict export": ("Export verdicts", "Table (*.csv)", "JSON (*.json)", "List of what is bad (*.txt)"),
    "screenshot": ("Save a picture of the window", "PNG (*.png)"),
    "figure": (
        *("Export a figure", "Picture (*.png)", "Drawing (*.svg)"),
        "Film around the bodies (*.mp4)",
    ),
    "film": ("Film the sequence", "Film of the sequence (*.mp4)"),
}
"""The title of each dialog that writes something, and the formats, the usual one first."""


class PeopleView(Protocol):
    """What the workspace "People" does for commands."""

    def focus_filter(self) -> None:
        """Give the keyboard to the filter."""

    def open_tags(self) -> None:
        """Ask for tags."""


class WindowShell:
    """Asks with Qt's dialogs and does what only a window can."""

    def __init__(self, window: ShellWindow) -> None:
        self._window = window
        self._folder = ""

    def ask_images(self) -> list[str]:
        """Let a person choose pictures or videos."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open", self._folder, f"{_pictures()};;{_ALL}")
        return [self._remember(name) for name in names]

    def ask_folder(self) -> str | None:
        """Let a person choose a folder."""
        name = QFileDialog.getExistingDirectory(self._window, "Open a folder", self._folder)
        return self._remember(name) if name else None

    def ask(self, file: File, about: str = "") -> str | None:
        """Let a person choose a file to open, or where one is written."""
        if file in OPENED:
            title, kinds = OPENED[file]
            return self._ask_file(title.format(about and network_words(about)), f"{kinds};;{_ALL}")
        title, *endings = WRITTEN[file]
        name, kind = QFileDialog.getSaveFileName(self._window, title, self._folder, ";;".join(endings))
        if file == "session export" and name and not name.endswith(".json"):
            return name + SESSION_ENDING
        return with_ending(name, kind or endings[0]) if name else None

    def layout(self) -> dict[str, str]:
        """How the window and its parts are arranged."""
        self._window.remember()
        return {"geometry": self._window.controller.settings.geometry}

    def restore_layout(self, layout: Mapping[str, str]) -> None:
        """Arrange the window as it was, within the screen there is."""
        self._window.arrange(str(layout.get("geometry", "")))
        fit_to_screen(self._window)

    def size(self) -> tuple[int, int]:
        """Width and height of the window in pixels."""
        return self._window.width(), self._window.height()

    def ask_moved(self, path: str) -> str | None:
        """Let a person say where a file or folder is that is not at `path` any more."""
        near = next((str(one) for one in Path(path).parents if one.exists()), self._folder)
        if Path(path).suffix:
            title = f"Where is {Path(path).name}?"
            name, _ = QFileDialog.getOpenFileName(self._window, title, near, _ALL)
        else:
            title = f"Where is the folder {Path(path).name}?"
            name = QFileDialog.getExistingDirectory(self._window, title, near)
        return self._remember(name) if name else None

    def ask_bodies(self) -> list[str]:
        """Let a person choose body models."""
        kinds = f"Bodies (*.pkl *.npz *.pt);;{_ALL}"
        names, _ = QFileDialog.getOpenFileNames(self._window, "Choose body models", self._folder, kinds)
        return [self._remember(name) for name in names]

    def save_screenshot(self, path: str) -> None:
        """Save a picture of the window as it is now; another thread writes it."""
        from sefd_viewer.gui.screenshot import save_image
        from sefd_viewer.jobs.runner import attempt

        save = partial(save_image, self._window.grab().toImage(), Path(path))
        say = self._window.controller.say
        self._window.aside(partial(attempt, path, save), lambda done: say(done.problem or f"Saved {path}"))

    def call(self, place: str, path: str) -> None:
        """Have the views of a feature ("module:function", given window and controller) write to a file."""
        made_of(place)(self._window, self._window.controller, path)

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        QApplication.clipboard().setText(text)

    def show_page(self, page: Page) -> None:
        """Open a page over the window, or close it."""
        self._window.toggle_card(page)

    def pointer(self) -> tuple[float, float] | None:
        """The pixel of the photo under the pointer."""
        return None if self._window.stack is None else self._window.stack.pointer

    def focus_filter(self) -> None:
        """Give the keyboard to the filter of the people."""
        if self._window.stack is not None:
            self._people().focus_filter()

    def tag_people(self) -> None:
        """Open the page of tags over the people."""
        if self._window.stack is not None:
            self._people().open_tags()

    def _people(self) -> PeopleView:
        assert self._window.stack is not None
        return cast("PeopleView", self._window.stack.view("people"))

    def fit(self) -> None:
        """Show the whole photo and all bodies."""
        if self._window.stack is not None:
            self._window.stack.fit()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    def is_dark(self) -> bool:
        """Whether the colours are dark now."""
        return current_colors() is DARK

    def apply_theme(self, theme: Theme, text: int) -> None:
        """Show other colours, and text of another size in percent."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme, text_percent=text)
        self._window.refresh_icons()

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def _ask_file(self, title: str, kinds: str) -> str | None:
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._folder, kinds)
        return self._remember(name) if name else None

    def _remember(self, name: str) -> str:
        self._folder = str(Path(name).parent)
        return name


def with_ending(name: str, kind: str) -> str:
    """A file's name with the ending of the chosen `kind`, "Table (*.csv)", where it has none of its own."""
    return name if Path(name).suffix else name + kind.rpartition("*")[2].rstrip(")")


def _pictures() -> str:
    """The kinds of files that are pictures or videos, for a dialog."""
    from sefd_viewer.datasets.images import IMAGE_SUFFIXES
    from sefd_viewer.datasets.video import VIDEO_SUFFIXES

    endings = " ".join(f"*{ending}" for ending in sorted(IMAGE_SUFFIXES | VIDEO_SUFFIXES))
    return f"Pictures and videos ({endings})"
