"""A film of a sequence, without Qt: its frames come into view one after the other, each as a whole."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.features.playback.moving import at_frame, with_playback

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.datasets.records import Dataset


class Reel:
    """The frames (`keys`) of the part that is played; `place` is the one in view, -1 before the first.

    `rate` is in frames each second: a video's own, else the one chosen for playing.
    """

    def __init__(self, controller: Controller) -> None:
        playback = controller.frame.playback
        assert playback.track is not None
        assert controller.content.dataset is not None
        first, last = playback.span
        self.keys, self.names = playback.track.keys[first : last + 1], playback.track.names[first : last + 1]
        self.rate = frame_rate(controller.content.dataset, playback.state.rate)
        self.place = -1
        self._controller, self._before = controller, controller.state

    def go_on(self) -> bool:
        """Bring the next frame into view; False after the last one."""
        if self.place + 1 == len(self.keys):
            return False
        self.place += 1
        controller = self._controller
        state = with_playback(at_frame(controller.state, self.keys[self.place]), playing=False)
        controller.store.set(state, remember=False)
        return True

    @property
    def complete(self) -> bool:
        """Whether everything that the frame in view shows is there, or cannot come."""
        frame, content = self._controller.frame, self._controller.content
        here = frame.record == self.keys[self.place]
        return here and frame.playback.ready and not content.running and not content.inference.busy

    def close(self) -> None:
        """Show what was in view before."""
        self._controller.store.set(self._before, remember=False)


def frame_rate(dataset: Dataset, chosen: float) -> Fraction:
    """Frames each second of a data set that is a video; others do not say theirs: the `chosen` ones."""
    if dataset.format == VideoReader.name and dataset.root is not None:
        import av

        with av.open(str(dataset.root / dataset.name)) as video:
            rate = video.streams.video[0].average_rate
        if rate:
            return Fraction(rate)
    return Fraction(chosen).limit_denominator(1000)
