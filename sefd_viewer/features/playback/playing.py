"""Plays and films: the next frame is asked for when the one in view is shown as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.errors import SefdError
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, at_frame, following, with_playback

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.predictions import Timer
    from sefd_viewer.app.store import Store
    from sefd_viewer.datasets.records import Dataset


class Host(Protocol):
    """The controller as the player needs it."""

    store: Store
    frame: Frame


class Player:
    """Follows the frames that are shown, not faster than the rate; `apply` after each."""

    def __init__(self, host: Host, timer: Timer, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._timer, self._clock = host, timer, clock
        self._left: str | None = None
        self._due = 0.0

    def apply(self, frame: Frame) -> None:
        """Take note of what is shown now; wait for the next frame's time when this one is complete."""
        playback = PLAYBACK_FRAME.of(frame)
        if not playback.playing:
            if self._left is not None:
                self._timer.stop()
            self._left = None
        elif playback.ready and playback.next_ready and self._left != self._host.store.state.record:
            self._left = self._host.store.state.record
            self._timer.start(round(max(self._due - self._clock(), 0.0) * 1000), self._go_on)

    def _go_on(self) -> None:
        playback, store = PLAYBACK_FRAME.of(self._host.frame), self._host.store
        if not playback.playing:
            return
        self._due = self._clock() + 1.0 / playback.state.rate
        key = following(playback)
        changed = with_playback(store.state, playing=False) if key is None else at_frame(store.state, key)
        store.set(changed, remember=False)


class Reel:
    """The frames (`keys`) of the part that is played; `place` is the one in view, -1 before the first.

    `rate` is in frames each second: a video's own, else the one chosen for playing.
    """

    def __init__(self, controller: Controller) -> None:
        playback = PLAYBACK_FRAME.of(controller.frame)
        assert playback.track is not None
        assert controller.content.dataset is not None
        first, last = playback.span
        self.keys, self.names = playback.track.keys[first : last + 1], playback.track.names[first : last + 1]
        self.rate = frame_rate(controller.content.dataset, playback.state.rate)
        self.place = -1
        self._controller, self._before = controller, controller.state
        self._dataset = controller.content.dataset

    def go_on(self) -> bool:
        """Bring the next frame into view; False after the last one."""
        if self.place + 1 == len(self.keys):
            return False
        self.place += 1
        self._show()
        return True

    @property
    def complete(self) -> bool:
        """Whether everything that the frame in view shows is there, or cannot come.

        Whoever went elsewhere is brought back. Raises SefdError where another data set was opened.
        """
        frame, content = self._controller.frame, self._controller.content
        if content.dataset is not self._dataset:
            raise SefdError("another data set was opened before the film was whole", remedy="Film again")
        key = self.keys[self.place]
        if self._controller.state.record != key:
            self._show()
        here = frame.record == key
        return here and PLAYBACK_FRAME.of(frame).ready and not content.running and not content.inference.busy

    def close(self) -> None:
        """Show what was in view before, unless another data set is."""
        if self._controller.content.dataset is self._dataset:
            self._controller.store.set(self._before, remember=False)

    def _show(self) -> None:
        controller = self._controller
        state = with_playback(at_frame(controller.state, self.keys[self.place]), playing=False)
        controller.store.set(state, remember=False)


def frame_rate(dataset: Dataset, chosen: float) -> Fraction:
    """Frames each second of a data set that is a video; others do not say theirs: the `chosen` ones."""
    if dataset.format == VideoReader.name and dataset.root is not None:
        import av

        with av.open(str(dataset.root / dataset.name), metadata_errors="replace") as video:
            rate = video.streams.video[0].average_rate
        if rate:
            return Fraction(rate)
    return Fraction(chosen).limit_denominator(1000)
