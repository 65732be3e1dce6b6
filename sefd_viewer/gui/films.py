"""Films as files, what they are made of, and the job that writes them while the window answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QProgressBar, QProgressDialog, QWidget

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.labels import time_left
from sefd_viewer.jobs.background import Background, Stage, Task

if TYPE_CHECKING:
    from sefd_viewer.jobs.runner import Outcome, Post

HEIGHT = 640
"""Pixels of a panel's height in a film."""


class Sheet(Protocol):
    """What a workspace shows, as a picture of `size` for a film or a figure."""

    @property
    def size(self) -> QSize:
        """Width and height in pixels, both even."""

    def scene(self) -> Any:
        """What is in view now. It belongs to Qt's thread."""

    def draw(self, scene: Any) -> Any:
        """The scene with its bodies drawn: on any thread, for it takes a while."""

    def picture(self, scene: Any, line: str) -> QImage:
        """A drawn scene with its words and marks over a `line`, 8-bit RGB. It belongs to Qt's thread."""

    def close(self) -> None:
        """Let go of what paints it."""


class Saving(QObject):
    """Writes a film or a figure (`what`) in a job, with a dialog that can cancel it; the window goes on.

    `ended(words)` comes when the file is there, was cancelled, or could not be written; when `closed` comes
    it is given up.
    """

    ended = Signal(str)

    def __init__(self, window: QWidget, closed: SignalInstance, post: Post, what: str) -> None:
        super().__init__(window)
        self._what, self._began = what, time.monotonic()
        self._close: Callable[[], None] | None = None
        self._job = Background(post, news=self._tell, done=self._done)
        self._dialog = _dialog(window, what.capitalize())
        self._dialog.canceled.connect(self.cancel)
        closed.connect(self._leave)

    def start(self, work: Callable[[Task], str], close: Callable[[], None], *, modal: bool = False) -> None:
        """Begin `work`, which returns words; `close` is called at the end.

        Where it is `modal` hands cannot change what the window shows meanwhile.
        """
        self._close = close
        if modal:
            self._dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self._job.start(work)

    def cancel(self) -> None:
        """Have it end soon; no file is left."""
        self._job.stop()

    # ---- inside

    def _tell(self, stage: Stage) -> None:
        spent, share = time.monotonic() - self._began, stage.share or 0.0
        left = spent / share * (1.0 - share) if share else None
        self._dialog.setLabelText(" · ".join(filter(None, (stage.words, time_left(left)))))
        self._dialog.setValue(round(100 * share))  # where it is modal Qt handles events here

    def _done(self, outcome: Outcome[str]) -> None:
        words = outcome.problem or outcome.value or f"The {self._what} was cancelled"
        self._leave()
        self.ended.emit(words)

    def _leave(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            self._job.close()
            close()
            self._dialog.canceled.disconnect(self.cancel)
            self._dialog.close()
            self._dialog.deleteLater()
            self.deleteLater()


def film_scenes(
    task: Task, sheet: Sheet, add: Callable[[QImage], None], scenes: Iterable[tuple[Any, str]], count: int
) -> None:
    """Bring `count` scenes with their lines to a film, in the thread of a job.

    Bodies are drawn and pictures encoded there; words and marks are painted by Qt's thread, one picture in a
    turn of its event loop. Raises StoppedError.
    """
    for number, (scene, line) in enumerate(scenes):
        task.stage(f"Filming frame {number + 1:,} of {count:,}", number, count)
        drawn = sheet.draw(scene)
        add(task.fetch(partial(sheet.picture, drawn, line)))


@contextmanager
def new_film(
    path: Path, size: QSize, rate: Fraction, about: Mapping[str, Any]
) -> Iterator[Callable[[QImage], None]]:
    """An MP4 (H.264) to `add` pictures to, which is there when the block ends well, else nothing is.

    `about` is written into it. Pictures are 8-bit RGB and have the `size`, both even numbers of pixels.
    Raises SefdError when it cannot be written.
    """
    import av

    try:
        with new_file(path) as part, av.open(str(part), "w", format="mp4") as film:
            film.metadata.update(title=in_one_line(about), comment=json.dumps(about))
            stream = film.add_stream("libx264", rate=rate)
            stream.width, stream.height = size.width(), size.height()
            stream.pix_fmt = "yuv420p"

            def add(picture: QImage) -> None:
                film.mux(stream.encode(av.VideoFrame.from_ndarray(_pixels(picture), format="rgb24")))

            film.start_encoding()
            yield add
            film.mux(stream.encode(None))
    except (OSError, av.error.FFmpegError) as error:
        raise refused(path, error) from error


def in_one_line(about: Mapping[str, Any]) -> str:
    """Where a figure comes from, for its foot."""
    keys = ("data set", "record", "program")
    return "   ·   ".join(str(about[key]) for key in keys if about.get(key))


def refused(path: Path, error: Exception) -> SefdError:
    """What to tell when a file cannot be written."""
    return SefdError(
        f"the file cannot be written: {getattr(error, 'strerror', None) or error}",
        where=path,
        remedy="Choose a folder you may write to",
    )


def _dialog(window: QWidget, title: str) -> QProgressDialog:
    """A dialog that stays until it is closed."""
    dialog = QProgressDialog("", "Cancel", 0, 100, window)
    dialog.setWindowTitle(title)
    bar = QProgressBar(dialog)
    bar.setTextVisible(False)
    dialog.setBar(bar)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(0)
    dialog.setMinimumWidth(360)
    return dialog


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of an image in that format."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3))
