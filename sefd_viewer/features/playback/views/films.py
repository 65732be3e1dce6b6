"""A film of a sequence: its frames one after the other, each as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from sefd_viewer.app.provenance import film_provenance, with_hashes
from sefd_viewer.features.playback.playing import Reel
from sefd_viewer.gui.films import HEIGHT, Saving, Sheet, film_scenes, in_one_line, new_film

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.gui.main_window import MainWindow
    from sefd_viewer.jobs.background import Task

Shot = tuple[Any, str]
"""A scene, and the line below it."""
LOOK_MS = 10
"""How often a frame that is on its way is looked for."""


def film_sequence(window: MainWindow, controller: Controller, path: str) -> Saving:
    """Begin to film the frames that are played, each as a whole; what was in view comes back at the end.

    The window shows what is filmed, so hands have to wait; a dialog tells how far it is, and can cancel it.
    """
    assert window.stack is not None
    frames = Frames(controller, window.stack.sheet(HEIGHT))
    saving = Saving(window, window.closed, controller.surroundings.post, "film")
    saving.ended.connect(controller.say)
    saving.start(lambda task: frames.film(task, Path(path)), frames.close, modal=True)
    return saving


class Frames(QObject):
    """The frames that are played, one after the other; while one is drawn the next one comes into view.

    All but `film` belongs to Qt's thread.
    """

    def __init__(self, controller: Controller, sheet: Sheet) -> None:
        super().__init__()
        self._controller, self._sheet, self._reel = controller, sheet, Reel(controller)
        self._about = film_provenance(controller, self._reel.keys, float(self._reel.rate))
        self._missing = 0
        self._coming: Future[Shot] = Future()
        self._look = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._look.timeout.connect(self._take_when_complete)

    def film(self, task: Task, path: Path) -> str:
        """Film them in the thread of a job; returns the words at the end. Raises SefdError."""
        count = len(self._reel.keys)
        with new_film(path, self._sheet.size, self._reel.rate, with_hashes(self._about)) as add:
            task.fetch(self._go_on)
            scenes: Iterator[Shot] = (task.fetch(self._next) for _ in range(count))
            film_scenes(task, self._sheet, add, scenes, count)
        words = f"{count:,} frames, {float(self._reel.rate):g} each second"
        missing = f"; {self._missing:,} of them could not be read" if self._missing else ""
        return f"Saved {path} ({words}{missing})"

    def close(self) -> None:
        """Show what was in view before."""
        self._look.stop()
        self._sheet.close()
        self._reel.close()
        self.deleteLater()

    # ---- inside

    def _next(self) -> Future[Shot]:
        """The scene in view with its line, as soon as it is complete; then the next one comes into view."""
        coming = self._coming
        coming.add_done_callback(lambda done: None if done.exception() else self._go_on())
        return coming

    def _go_on(self) -> None:
        self._coming = Future()
        if self._reel.go_on():
            self._look.start()

    def _take_when_complete(self) -> None:
        """What goes wrong is told to the job: it waits for the frame, and its dialog for the job."""
        try:
            if not self._reel.complete:
                self._look.start()
                return
            self._missing += self._controller.frame.photo.image is None
            shot = self._sheet.scene(), self._line()
        except Exception as error:
            self._coming.set_exception(error)
        else:
            self._coming.set_result(shot)

    def _line(self) -> str:
        reel = self._reel
        place = f"{reel.names[reel.place]}   ·   {reel.place + 1:,} of {len(reel.keys):,}"
        return in_one_line({**self._about, "record": place})
