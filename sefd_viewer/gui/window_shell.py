"""The window as commands see it: file dialogs, clipboard, pages, full screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtWidgets import QApplication, QFileDialog

from sefd_viewer.app.feature import made_of
from sefd_viewer.app.methods import network_words
from sefd_viewer.app.sessions import ENDING as SESSION_ENDING
from sefd_viewer.app.settings import Theme
from sefd_viewer.app.shell import Page
from sefd_viewer.app.story import ENDING as SHOW_ENDING
from sefd_viewer.gui.screen_fit import fit_to_screen
from sefd_viewer.gui.theme import DARK, apply_theme, current_colors

if TYPE_CHECKING:
    from sefd_viewer.gui.main_window import MainWindow

_ALL = "All files (*)"


class PeopleView(Protocol):
    """What the workspace "People" does for commands."""

    def focus_filter(self) -> None:
        """Give the keyboard to the filter."""

    def open_tags(self) -> None:
        """Ask for tags."""


class WindowShell:
    """Asks with Qt's dialogs and does what only a window can."""

    def __init__(self, window: MainWindow) -> None:
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

    def ask_session(self) -> str | None:
        """Let a person choose a session that was saved."""
        return self._ask_file("Open session", f"Sessions (*{SESSION_ENDING});;{_ALL}")

    def ask_session_export(self) -> str | None:
        """Let a person choose where a session goes."""
        kind = f"Session (*{SESSION_ENDING})"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save session", self._folder, kind)
        return (name if name.endswith(".json") else name + SESSION_ENDING) if name else None

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

    def ask_poses(self) -> str | None:
        """Let a person choose a file of 2D poses."""
        return self._ask_file(
            "Open 2D poses", f"2D poses (*.json *.gz *.txt *.csv *.xml *.h5 *.slp *.mat);;{_ALL}"
        )

    def ask_bodies(self) -> list[str]:
        """Let a person choose body models."""
        kinds = f"Bodies (*.pkl *.npz *.pt);;{_ALL}"
        names, _ = QFileDialog.getOpenFileNames(self._window, "Choose body models", self._folder, kinds)
        return [self._remember(name) for name in names]

    def ask_weights(self, method: str) -> str | None:
        """Let a person choose weights."""
        return self._ask_file(
            f"Weights of {network_words(method)}", f"Weights (*.safetensors *.tar *.pth *.pt);;{_ALL}"
        )

    def ask_calibration(self) -> str | None:
        """Let a person choose a calibration."""
        endings = (
            "*.json *.toml *.txt *.xml *.yml *.yaml *.xcp *.mcal *.pkl *.pickle *.mat *.h5 *.bin *.calib*"
        )
        return self._ask_file("Open another calibration", f"Calibrations ({endings});;{_ALL}")

    def ask_cases(self) -> str | None:
        """Let a person choose a list of cases to present."""
        return self._ask_file("Open cases to present", f"Cases (*{SHOW_ENDING});;{_ALL}")

    def ask_cases_export(self) -> str | None:
        """Let a person choose where a list of cases goes."""
        kind = f"Cases (*{SHOW_ENDING})"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save cases to present", self._folder, kind)
        return with_ending(name, kind) if name else None

    def ask_report(self) -> str | None:
        """Let a person choose where a report goes."""
        kind = "Page (*.html)"
        name, _ = QFileDialog.getSaveFileName(self._window, "Report of these cases", self._folder, kind)
        return with_ending(name, kind) if name else None

    def ask_votes(self) -> str | None:
        """Let a person choose where the votes of a blind test go."""
        kind = "Table (*.csv)"
        name, _ = QFileDialog.getSaveFileName(self._window, "Where the votes go", self._folder, kind)
        return with_ending(name, kind) if name else None

    def ask_verdict_export(self) -> str | None:
        """Let a person choose where verdicts go; the ending tells the format."""
        kinds = ("Table (*.csv)", "JSON (*.json)", "List of what is bad (*.txt)")
        name, kind = QFileDialog.getSaveFileName(
            self._window, "Export verdicts", self._folder, ";;".join(kinds)
        )
        return with_ending(name, kind) if name else None

    def ask_verdicts(self) -> str | None:
        """Let a person choose another reviewer's verdicts."""
        return self._ask_file("Merge verdicts", f"Verdicts (*.sqlite);;{_ALL}")

    def ask_screenshot(self) -> str | None:
        """Let a person choose a file to write."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Save a picture of the window", "", "PNG (*.png)")
        return name or None

    def save_screenshot(self, path: str) -> None:
        """Save a picture of the window."""
        from sefd_viewer.gui.screenshot import save_picture

        save_picture(self._window, Path(path))
        self._window.controller.say(f"Saved {path}")

    def ask_figure(self) -> str | None:
        """Let a person choose where a figure goes; the ending tells the kind."""
        kinds = ("Picture (*.png)", "Drawing (*.svg)", "Film around the bodies (*.mp4)")
        name, kind = QFileDialog.getSaveFileName(
            self._window, "Export a figure", self._folder, ";;".join(kinds)
        )
        return with_ending(name, kind) if name else None

    def ask_film(self) -> str | None:
        """Let a person choose where a film of the sequence goes."""
        kind = "Film of the sequence (*.mp4)"
        name, _ = QFileDialog.getSaveFileName(self._window, "Film the sequence", self._folder, kind)
        return with_ending(name, kind) if name else None

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
