"""Who and what the stage is about: the person, every method's bodies, and what all are seen by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.errors_in_mm import Measured
from sefd_viewer.app.methods import TRUTH, MethodChoice, MethodInfo
from sefd_viewer.features.inspect.model import SIDES, Box, Look, framed, kept_in, on_photo
from sefd_viewer.features.inspect.work import Eye, box_of

if TYPE_CHECKING:
    from sefd_viewer.app.stages import PlacedBody, Stage
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.turning import Turn


@dataclass(frozen=True)
class Cast:
    """Who and what the stage is about: the person, every method's bodies, and what all are seen by.

    `anchor` is the body about whose pelvis all turn; `against` the truth or, without one, the baseline.
    `given_mm` is the error of the network `given` with edges other than its own, None where it has these.
    """

    person: str
    choice: MethodChoice
    shown: tuple[MethodInfo, ...]
    stages: Mapping[str, Stage]
    bodies: Mapping[str, PlacedBody]
    camera: PinholeCamera
    anchor: PlacedBody
    up: tuple[float, float, float]
    others: Mapping[str, tuple[PlacedBody, ...]]
    size: tuple[int, int]
    given: str = ""
    given_mm: float | None = None

    @cached_property
    def truth(self) -> PlacedBody | None:
        """The true body."""
        return self.bodies.get(TRUTH)

    def measured(self, method: str) -> Measured | None:
        """A method's errors against the truth, else its distance from the baseline."""
        against = self.truth if self.truth is not None else self.bodies.get(self.choice.baseline)
        body = self.bodies.get(method)
        if body is None or against is None or body is against or method == TRUTH:
            return None
        return Measured(method, body, against)

    def eye(self, turn: Turn | None) -> Eye:
        """The eye at the photo's camera, or turned."""
        return self._own_eye if turn is None else Eye(self.camera, turn, self.anchor, self.up)

    @cached_property
    def _own_eye(self) -> Eye:
        return Eye(self.camera)

    def turn(self, look: Look) -> Turn:
        """How far the bodies are turned."""
        from sefd_viewer.geometry.turning import seen_from

        return look.turn or seen_from(*SIDES[look.side or "side"], self.up)

    def box(self, turn: Turn | None, pane: tuple[int, int]) -> Box:
        """What a pane (width, height) frames: the bodies, and as little as it can beside the photo."""
        around = self.around(turn)
        return around if turn is not None else on_photo(around, pane, self.size)

    def around(self, turn: Turn | None) -> Box:
        """The box around the truth and every method that is shown, as they are seen."""
        return self._framing if turn is None else self._box(self.eye(turn), turned=True)

    @cached_property
    def _framing(self) -> Box:
        return self._box(self.eye(None), turned=False)

    def _box(self, eye: Eye, *, turned: bool) -> Box:
        shown = [self.bodies[info.id] for info in self.shown if info.id in self.bodies]
        bodies = [*shown, *([self.truth] if self.truth is not None else [])] or [self.anchor]
        seen = [box for body in bodies if (box := box_of(body, eye)) is not None]
        if not seen:  # all are behind the camera: about the whole photo
            return framed(0 * self.camera.principal_point, 2 * self.camera.principal_point)
        lows, highs = zip(*seen, strict=True)
        around = framed(min_of(lows), max_of(highs))
        return around if turned else kept_in(around, self.size)


def min_of(points: Sequence[Any]) -> Any:
    """The lowest of each coordinate."""
    import numpy as np

    return np.min(points, axis=0)


def max_of(points: Sequence[Any]) -> Any:
    """The highest of each coordinate."""
    import numpy as np

    return np.max(points, axis=0)
