"""SMPL bodies against annotated joints of the same people in space: evidence in millimetres about bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from sefd_viewer.cameras.diagnosis.bodies import PosedBodies
from sefd_viewer.cameras.diagnosis.camera_reading import times
from sefd_viewer.cameras.diagnosis.conventions import Array, Conventions, Translation, Up
from sefd_viewer.cameras.diagnosis.evidence import Choice, Unit, by_limb, middle
from sefd_viewer.cameras.diagnosis.point_evidence import UNITS
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode

_CAP_MM = 1000.0
_ENOUGH_MM = 5.0
_POOR_MM = 80.0


@dataclass(frozen=True, eq=False)
class BodyPair:
    """Bodies and annotated COCO joints (M, 17, 3) of one person, metres, the joints before `camera`.

    `camera` is the one through which both came to the record; `who` says in words whose each is.
    """

    view: str
    camera: PinholeCamera
    bodies: PosedBodies
    joints: Array
    who: tuple[str, ...] = ()


class BodyEvidence:
    """Bodies and joints of the same people; readings are measured in mm."""

    unit: Unit = "mm"
    enough = _ENOUGH_MM
    poor = _POOR_MM
    cap = _CAP_MM
    witnesses = 1
    shared = True

    def __init__(self, pairs: Sequence[BodyPair]) -> None:
        self.pairs = tuple(pairs)
        self.views = tuple(dict.fromkeys(one.view for one in pairs))

    def losses(self, conventions: Conventions) -> Array:
        """Mean capped distances (mm) of the limbs of every person."""
        return np.concatenate([by_limb(self._errors(one, conventions), _CAP_MM) for one in self.pairs])

    def error(self, conventions: Conventions) -> float:
        """Median distance (mm) of the joints."""
        return middle(np.concatenate([self._errors(one, conventions).ravel() for one in self.pairs]))

    def remaining(self, conventions: Conventions) -> float:
        """The typical error (mm) of the person who fits worst."""
        return float(np.nanmax([middle(self._errors(one, conventions)) for one in self.pairs]))

    def people(self, conventions: Conventions) -> dict[str, float]:
        """The median error (mm) of everybody who is named."""
        errors: dict[str, Array] = {}
        for one in self.pairs:
            errors |= dict(zip(one.who, self._errors(one, conventions), strict=False))
        return {who: middle(found) for who, found in errors.items() if who}

    def possible(self, _conventions: Conventions, /) -> bool:
        """Always: nothing is projected."""
        return True

    def normal(self, conventions: Conventions) -> Conventions:
        """See Evidence.normal: bodies have nothing to write in two ways."""
        return conventions

    def gross(self) -> list[Choice]:
        """Everything but the gender."""
        choices = [Choice("body.unit", UNITS), Choice("body.translation", get_args(Translation))]
        if any(one.bodies.in_world for one in self.pairs):
            choices += [Choice("body.up", get_args(Up)), Choice("body.mode", get_args(ExtrinsicMode))]
        return choices

    def choices(self) -> list[Choice]:
        """What moves bodies without their joints."""
        genders = max((one.bodies.genders for one in self.pairs), key=len)
        in_time = Choice("body.later", times(max(len(one.joints) for one in self.pairs)))
        return [*self.gross(), Choice("body.gender", genders), in_time]

    def _errors(self, one: BodyPair, conventions: Conventions) -> Array:
        moments = np.arange(len(one.joints), dtype=np.float64)
        found = one.bodies.seen_by(one.camera, conventions.body, moments)
        return np.asarray(1000 * np.linalg.norm(found - one.joints, axis=-1))
