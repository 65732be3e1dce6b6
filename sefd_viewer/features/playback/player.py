"""Plays: the next frame is asked for when the one in view is shown, and not sooner than the rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from sefd_viewer.features.playback.moving import at_frame, following, with_playback

if TYPE_CHECKING:
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.predictions import Timer
    from sefd_viewer.app.store import Store


class Host(Protocol):
    """The controller as the player needs it."""

    store: Store
    frame: Frame


class Player:
    """Follows the frames that are shown; `apply` after each."""

    def __init__(self, host: Host, timer: Timer, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._timer, self._clock = host, timer, clock
        self._left: str | None = None
        self._due = 0.0

    def apply(self, frame: Frame) -> None:
        """Take note of what is shown now; wait for the next frame's time when this one is complete."""
        playback = frame.playback
        if not playback.playing:
            if self._left is not None:
                self._timer.stop()
            self._left = None
        elif playback.ready and self._left != self._host.store.state.record:
            self._left = self._host.store.state.record
            self._timer.start(round(max(self._due - self._clock(), 0.0) * 1000), self._go_on)

    def _go_on(self) -> None:
        playback, store = self._host.frame.playback, self._host.store
        if not playback.playing:
            return
        self._due = self._clock() + 1.0 / playback.state.rate
        key = following(playback)
        changed = with_playback(store.state, playing=False) if key is None else at_frame(store.state, key)
        store.set(changed, remember=False)
