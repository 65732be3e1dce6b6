"""A film of a sequence: its frames one after the other, each as a whole."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.provenance import film_provenance
from sefd_viewer.errors import SefdError
from sefd_viewer.features.playback.playing import Reel
from sefd_viewer.gui.films import HEIGHT, Film, Sheet, film_dialog, in_one_line
from sefd_viewer.gui.time_left import time_left

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.gui.main_window import MainWindow

LOOK_MS = 10
"""How often a frame that is on its way is looked for."""


def film_sequence(window: MainWindow, controller: Controller, path: str) -> None:
    """Begin to film the frames that are played; a dialog tells how far it is, and can cancel it."""
    assert window.stack is not None
    film = SequenceFilm(window, controller, Path(path), window.stack.sheet(HEIGHT))
    film.ended.connect(controller.say)
    window.closed.connect(film.cancel)


class SequenceFilm(QObject):
    """Films the frames that are played, each as a whole, with a dialog; what was in view comes back.

    `ended(words)` comes when the film is there, was cancelled, or could not be written. Raises SefdError when
    it cannot be begun.
    """

    ended = Signal(str)

    def __init__(self, window: QWidget, controller: Controller, path: Path, sheet: Sheet) -> None:
        super().__init__(window)
        self._controller, self._path = controller, path
        self._reel = Reel(controller)
        about = film_provenance(controller, self._reel.keys, float(self._reel.rate))
        self._sheet = sheet
        try:
            self._film = Film(path, self._sheet.size, self._reel.rate, about)
        except SefdError:
            self._sheet.close()
            raise
        self._about, self._missing, self._over = about, 0, False
        self._dialog = film_dialog(window, "", len(self._reel.keys))
        self._dialog.canceled.connect(self.cancel)
        self._began = time.monotonic()
        self._look = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._look.timeout.connect(self._film_when_complete)
        self._reel.go_on()
        self._wait()

    def cancel(self) -> None:
        """Stop; no film is left."""
        if not self._over:
            self._film.discard()
            self._end("The film was cancelled")

    # ---- inside

    def _film_when_complete(self) -> None:
        if not self._reel.complete:
            self._look.start()
            return
        frame = self._controller.frame
        self._missing += frame.photo.image is None
        try:
            self._sheet.show(self._line())
            self._film.add(self._sheet.picture())
            if self._reel.go_on():
                self._wait()
            else:
                self._film.finish()
                self._end(self._words())
        except SefdError as error:
            self._end(str(error))

    def _wait(self) -> None:
        """Tell how far the film is, and look for the next frame soon."""
        done, count = self._reel.place, len(self._reel.keys)
        left = (time.monotonic() - self._began) / done * (count - done) if done else None
        words = f"Filming frame {done + 1:,} of {count:,}"
        self._dialog.setLabelText(" · ".join(filter(None, (words, time_left(left)))))
        self._dialog.setValue(done)  # lets Qt handle events: a person may cancel here
        if not self._over:
            self._look.start()

    def _line(self) -> str:
        reel = self._reel
        place = f"{reel.names[reel.place]}   ·   {reel.place + 1:,} of {len(reel.keys):,}"
        return in_one_line({**self._about, "record": place})

    def _words(self) -> str:
        count = f"{len(self._reel.keys):,} frames, {float(self._reel.rate):g} each second"
        missing = f"; {self._missing:,} of them could not be read" if self._missing else ""
        return f"Saved {self._path} ({count}{missing})"

    def _end(self, words: str) -> None:
        self._over = True
        self._look.stop()
        self._dialog.canceled.disconnect(self.cancel)
        self._dialog.close()
        self._dialog.deleteLater()
        self._sheet.close()
        self._reel.close()
        self.ended.emit(words)
        self.deleteLater()
