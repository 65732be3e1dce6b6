"""Films for a talk: once around the bodies in view, or the frames of a sequence one after the other."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QProgressBar, QProgressDialog, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.provenance import film_provenance
from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect.plans import cast_of
from sefd_viewer.features.inspect.views.figures import Sheet, in_one_line, refused
from sefd_viewer.features.playback.filming import Reel
from sefd_viewer.geometry.turning import UP, seen_from
from sefd_viewer.gui.time_left import time_left

HEIGHT = 640
"""Pixels of a panel's height in a film."""
RATE, TURN_S = 25, 6
ABOVE = 12.0
"""Degrees over the horizon from which a film looks."""
LOOK_MS = 10
"""How often a frame that is on its way is looked for."""


class _DiscardedError(Exception):
    """A film is not wanted any more."""


Tell = Callable[[float], bool]
"""Told the share that is done; False stops."""


class Film:
    """An MP4 (H.264) that appears at `path` when it is complete; `about` is written into it.

    All pictures have the `size`, both even numbers of pixels. Raises SefdError when it cannot be written.
    """

    def __init__(self, path: Path, size: QSize, rate: Fraction, about: Mapping[str, Any]) -> None:
        import av

        self._path, self._errors = path, (OSError, av.error.FFmpegError)
        self._place = new_file(path)
        part = self._place.__enter__()
        try:
            self._film = av.open(str(part), "w", format="mp4")
            self._film.metadata.update(title=in_one_line(about), comment=json.dumps(about))
            self._stream = self._film.add_stream("libx264", rate=rate)
            self._stream.width, self._stream.height = size.width(), size.height()
            self._stream.pix_fmt = "yuv420p"
            self._film.start_encoding()
        except self._errors as error:
            self._leave_nothing()
            raise refused(path, error) from error

    def add(self, picture: QImage) -> None:
        """Add the next picture, 8-bit RGB."""
        import av

        self._write(av.VideoFrame.from_ndarray(_pixels(picture), format="rgb24"))

    def finish(self) -> None:
        """Write what is left; the film is there now."""
        self._write(None)
        try:
            self._film.close()
        except self._errors as error:
            self.discard()
            raise refused(self._path, error) from error
        self._place.__exit__(None, None, None)

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(*self._errors):
            self._film.close()
        self._leave_nothing()

    def _leave_nothing(self) -> None:
        with contextlib.suppress(_DiscardedError):
            self._place.__exit__(_DiscardedError, _DiscardedError(), None)

    def _write(self, picture: Any) -> None:
        try:
            self._film.mux(self._stream.encode(picture))
        except self._errors as error:
            self.discard()
            raise refused(self._path, error) from error


def film_around(window: QWidget, path: Path, controller: Controller, about: Mapping[str, Any]) -> bool:
    """Film the bodies on the stage from all sides, with a dialog; False when a person cancelled it.

    Raises SefdError when the film cannot be written.
    """
    wait = _dialog(window, "Filming the bodies from all sides…", 100)

    def tell(share: float) -> bool:
        wait.setValue(round(100 * share))
        return not wait.wasCanceled()

    try:
        return write_film_around(path, controller, about, tell)
    finally:
        wait.close()
        wait.deleteLater()


def write_film_around(path: Path, controller: Controller, about: Mapping[str, Any], tell: Tell) -> bool:
    """Once around the bodies of the stage; False when `tell` stopped it."""
    sheet = Sheet(controller, height=HEIGHT, screen=True)
    cast = cast_of(controller.state, controller.content)
    film = Film(path, sheet.size, Fraction(RATE), about)
    count = RATE * TURN_S
    try:
        for number in range(count):
            if not tell(number / count):
                film.discard()
                return False
            turn = seen_from(360.0 * number / count, ABOVE, UP if cast is None else cast.up)
            sheet.show(in_one_line(about), turn=turn)
            film.add(sheet.picture())
        film.finish()
    finally:
        sheet.close()
    return True


class SequenceFilm(QObject):
    """Films the frames that are played, each as a whole, with a dialog; what was in view comes back.

    `ended(words)` comes when the film is there, was cancelled, or could not be written. Raises SefdError when
    it cannot be begun.
    """

    ended = Signal(str)

    def __init__(self, window: QWidget, controller: Controller, path: Path) -> None:
        super().__init__(window)
        self._controller, self._path = controller, path
        self._reel = Reel(controller)
        about = film_provenance(controller, self._reel)
        self._sheet = Sheet(controller, height=HEIGHT, screen=True)
        try:
            self._film = Film(path, self._sheet.size, self._reel.rate, about)
        except SefdError:
            self._sheet.close()
            raise
        self._about, self._missing, self._over = about, 0, False
        self._dialog = _dialog(window, "", len(self._reel.keys))
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


def _dialog(window: QWidget, words: str, count: int) -> QProgressDialog:
    """A dialog that keeps the window waiting and can be cancelled; it stays until it is closed."""
    dialog = QProgressDialog(words, "Cancel", 0, count, window)
    dialog.setWindowTitle("Film")
    bar = QProgressBar(dialog)
    bar.setTextVisible(False)
    dialog.setBar(bar)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(0)
    dialog.setMinimumWidth(360)
    return dialog


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of an image in that format."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3))
