"""Cameras against annotated boxes: the measured joints, seen by each camera, lie inside the person's box.

Boxes are there for every record and need no pictures. Where they were made with the very cameras in question
they agree, and say nothing; where they do not agree, the numbers of the cameras were changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sefd_viewer.cameras.diagnosis.bodies import AnnotatedJoints
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.convention_search import Confidence
from sefd_viewer.cameras.diagnosis.conventions import Array, Convention, Conventions, Size, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose_points
from sefd_viewer.cameras.diagnosis.evidence import Choice
from sefd_viewer.cameras.diagnosis.space_evidence import PointEvidence, Sightings
from sefd_viewer.cameras.sequences.reading import FileCamera, SequenceFrames, SubjectFrames
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

LOOKED_AT = 40
"""Frames of a sequence by which a camera is judged."""

UNLIKE = 0.012
"""Part of the box's long side from which boxes and joints are unlike, where boxes are about exact."""

EXACT = 0.003
"""The same where every box is drawn around the very joints: then small errors of a camera show, too."""

_TIMES_NOISE = 10.0

_FAR = 9.99
_BEHIND = 1e9
_PLAUSIBLE = 0.2
_ENOUGH = 0.3
_NOISY = 0.0075
_MOST = 400
_LEAST_SCALE, _LEAST_TURN, _MOST_TURN, _ALONG = 0.005, 0.2, 20.0, 0.98
"""Factors (logarithm) and degrees that are worth telling; from which share on a turn is about one axis."""

_FREE = ("camera.shift", "camera.zoom")
"""Steps whose values are made to fit."""

_MIRRORS = tuple((side, axis) for side in ("row", "column") for axis in range(3))


@dataclass(frozen=True, eq=False)
class Boxed:
    """M frames of one camera: joints of the world (M, J, 3) metres, and corners (M, 2, 2) of the boxes."""

    joints: Array
    corners: Array

    @classmethod
    def of(
        cls,
        subject: SubjectFrames,
        sequence: SequenceFrames,
        camera: int,
        joints: Array,
        *,
        two_corners: bool = False,
    ) -> Boxed:
        """Some frames of a sequence, evenly spread, whose boxes lie inside the picture.

        With `two_corners` what is stored is read as x y of two corners and not as x y width height.
        """
        boxes, size = subject.boxes(sequence, camera), subject.size(camera)
        second = boxes[:, 2:] if two_corners else boxes[:, :2] + boxes[:, 2:]
        corners = np.stack([boxes[:, :2], second], axis=1)
        inside = (corners[:, 0] > 1).all(axis=1) & (corners[:, 1] < np.array(size) - 2).all(axis=1)
        rows = np.flatnonzero(inside & np.isfinite(joints).all(axis=(1, 2)))
        chosen = rows[np.unique(np.linspace(0, len(rows) - 1, LOOKED_AT).astype(int))] if len(rows) else rows
        return cls(joints[chosen], corners[chosen])

    def apart(self, camera: PinholeCamera) -> tuple[Array, Array]:
        """By how much (px) each box (M, 2) lies beside the joints, and reaches beyond them, in x and y."""
        pixels = camera.project(self.joints)
        seen = np.isfinite(pixels).all(axis=(1, 2))
        pixels[~seen] = 0
        low, high = pixels.min(axis=1), pixels.max(axis=1)
        aside = self.corners.mean(axis=1) - (low + high) / 2
        beyond = ((self.corners[:, 1] - self.corners[:, 0]) - (high - low)) / 2
        aside[~seen] = beyond[~seen] = _BEHIND
        return aside, beyond

    @property
    def sides(self) -> Array:
        """The long side (M, 1) of each box in pixels."""
        return np.asarray(np.max(self.corners[:, 1] - self.corners[:, 0], axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Margins:
    """How boxes lie around joints in a set: `aside` (2,) and `beyond` (2,) in x and y.

    They are pixels, or with `relative` parts of the box's long side. `noise` is how much single boxes differ
    from that, as a part of their long side.
    """

    aside: Array
    beyond: Array
    relative: bool
    noise: float = _NOISY

    @classmethod
    def of(cls, found: Sequence[tuple[Boxed, PinholeCamera]]) -> Margins | None:
        """By the half whose boxes lie best around the joints; None where hardly any could be right."""
        measured = [(*one.apart(camera), one.sides) for one, camera in found if len(one.joints)]
        if not measured:
            return None
        beside = [float(np.median(np.abs(aside) / sides)) for aside, _, sides in measured]
        middle_one = float(np.median(beside))
        measured = [one for one, far in zip(measured, beside, strict=True) if far <= middle_one]
        aside, beyond, sides = (np.concatenate(parts) for parts in zip(*measured, strict=True))
        good = (np.maximum(np.abs(aside), np.abs(beyond)) < _PLAUSIBLE * sides).all(axis=1)
        if good.mean() < _ENOUGH:
            return None
        aside, beyond, sides = aside[good], beyond[good], sides[good]
        parts = beyond / sides
        relative = _spread(parts) / _middle(parts) < _spread(beyond) / _middle(beyond)
        unit = sides if relative else 1.0
        middle = np.median(aside / unit, axis=0), np.median(beyond / unit, axis=0)
        apart = np.abs(aside - unit * middle[0]) + np.abs(beyond - unit * middle[1])
        return cls(*middle, relative, float(np.quantile(apart / sides, 0.25)))

    @property
    def unlike_from(self) -> float:
        """From which unlikeness on boxes and joints do not belong together, at the least."""
        return float(np.clip(_TIMES_NOISE * self.noise, EXACT, UNLIKE))

    def corners(self, low: Array, high: Array, sides: Array) -> Array:
        """Boxes (M, 2, 2) around joints that reach from `low` to `high` (M, 2)."""
        unit = sides if self.relative else 1.0
        outward = np.array([[-1.0], [1.0]])
        tight = np.stack([low, high], axis=1)
        return np.asarray(
            tight + (unit * self.aside)[..., None, :] + outward * (unit * self.beyond)[..., None, :]
        )

    def unlike(self, boxed: Boxed, camera: PinholeCamera) -> float:
        """How unlike boxes and joints are, as a part of the box's long side; nan: nothing to compare."""
        if not len(boxed.joints):
            return float("nan")
        unit = boxed.sides if self.relative else 1.0
        aside, beyond = boxed.apart(camera)
        apart = [aside - unit * self.aside, beyond - unit * self.beyond]
        worst = max(float(np.median(np.abs(part) / boxed.sides, axis=0).max()) for part in apart)
        return min(worst, _FAR)


def _spread(values: Array) -> float:
    return float(np.median(np.abs(values - np.median(values, axis=0))))


def _middle(values: Array) -> float:
    return max(float(np.abs(np.median(values, axis=0)).max()), 1e-9)


@dataclass(frozen=True, eq=False)
class CameraFault:
    """What is wrong with one camera of a subject; `camera` is the right one, None where it is not known.

    `before` and `after` are typical distances of the boxes' corners in pixels.
    """

    words: str
    confidence: Confidence
    before: float
    after: float
    camera: PinholeCamera | None


class _BoxEvidence(PointEvidence):
    """Boxes that reach beyond the joints as far on one side as on the other, as is usual in the set."""

    def __init__(
        self,
        sightings: Sequence[Sightings],
        donors: Mapping[str, StatedCamera],
        margins: Margins | None,
        lenses: bool,
    ) -> None:
        super().__init__(sightings, donors)
        noise = _NOISY if margins is None else margins.noise
        self.enough = float(np.clip(2 * noise, 0.002, 0.015)) * sightings[0].height
        self.poor = float(np.clip(6 * noise, 0.004, 0.04)) * sightings[0].height
        self._margins, self._lenses = margins, lenses

    def choices(self) -> list[Choice]:
        """Everything but time: the frames do not follow each other."""
        return [one for one in super().choices() if one.step != "camera.later"]

    def _swaps(self) -> list[Choice]:
        """Numbers of other cameras; lenses of other subjects only where they are asked for."""
        own = tuple(name for name in self.stated if self._lenses or not name.startswith("S"))
        lenses = Choice("camera.intrinsics_of", own, "each")
        return [lenses, Choice("camera.extrinsics_of", tuple(self.stated), "each")]

    def _offsets(self, one: Sightings, conventions: Conventions) -> Array:
        camera = self._camera(one, conventions)
        points = one.solid.seen_by(camera, conventions.body, one.moments)
        pixels = camera.project_camera(points)
        behind = ~np.isfinite(pixels).all(axis=(1, 2))
        pixels = np.where(np.isfinite(pixels), pixels, 0)
        low, high = pixels.min(axis=1), pixels.max(axis=1)
        sides = np.max(one.pixels[:, 1] - one.pixels[:, 0], axis=1, keepdims=True)
        margins = self._margins or _fitting(low, high, one.pixels, sides)
        corners = margins.corners(low, high, sides)
        corners[behind] = _BEHIND
        return np.asarray(corners - one.pixels)


def _fitting(low: Array, high: Array, seen: Array, sides: Array) -> Margins:
    """Margins that are the same on both sides, where the set does not tell what is usual."""
    beyond = ((seen[:, 1] - seen[:, 0]) - (high - low)) / 2
    return Margins(np.zeros(2), np.median(beyond / sides, axis=0).clip(0, 0.15), True)


def camera_fault(
    view: str,
    file: FileCamera,
    size: Size,
    boxed: Sequence[Boxed],
    donors: Mapping[str, StatedCamera],
    margins: Margins | None,
) -> CameraFault:
    """Why boxes and joints are unlike before one camera; `donors` are other cameras by words."""
    assert file.stated is not None
    stated = replace(file.stated, size=size)
    joints = np.concatenate([one.joints for one in boxed])
    corners = np.concatenate([one.corners for one in boxed])
    rows = np.unique(np.linspace(0, len(joints) - 1, _MOST).astype(int))
    whole = Boxed(joints[rows], corners[rows])

    def evidence(camera: StatedCamera, *, lenses: bool = False) -> _BoxEvidence:
        solid = AnnotatedJoints(whole.joints)
        sightings = Sightings(
            view, camera, size, solid, np.arange(len(rows), dtype=float), whole.corners, "boxes"
        )
        return _BoxEvidence([sightings], donors, margins, lenses)

    before = _error_px(whole, stated, margins) if file.fault else evidence(stated).error(Conventions())
    for made in (_rotations(stated, file.fault), _lenses(stated)):
        tried = [(evidence(camera).error(Conventions()), words, camera) for words, camera in made]
        after, words, changed = min(tried, key=lambda one: one[0], default=(np.inf, "", stated))
        if after <= evidence(stated).enough and after < before / 2:
            right = read_camera(view, Convention(), {view: changed}, size)
            return CameraFault(words, "sure", before, after, right)
    for lenses in (False, True):
        found = diagnose_points(evidence(stated, lenses=lenses))
        explained = bool(found.named) and found.after <= evidence(stated).poor
        if explained and not any(one.change.step in _FREE for one in found.named):
            return named_fault(found, before, view, evidence(stated).enough)
    copied = next(
        (words for words, donor in donors.items() if words.startswith("S") and _alike(donor, stated)), ""
    )
    if copied:
        return CameraFault(f"these are the numbers of {copied}", "sure", before, float("nan"), None)
    fitted = _fitted(stated, evidence)
    if fitted is not None:
        return replace(fitted, before=before)
    own = {words: one for words, one in donors.items() if not words.startswith("S")}
    for name in ("R", "t"):
        if words := next((words for words, one in own.items() if _equal(one, stated, name)), ""):
            return CameraFault(f"{name} is that of {words}", "likely", before, float("nan"), None)
    if explained:
        return named_fault(found, before, view, evidence(stated).enough)
    if found.named and found.after < before / 2:
        partly = named_fault(found, before, view, 0.0)
        words = f"{partly.words}, but that explains only a part: {found.after:.0f} px remain"
        return replace(partly, words=words, confidence="a guess", camera=None)
    words = file.fault or "the camera does not see the measured joints where the boxes are"
    return CameraFault(words, "likely", before, float("nan"), None)


def _alike(one: StatedCamera, other: StatedCamera) -> bool:
    """Whether two cameras have the very same numbers, as only a copy has."""
    return all(_equal(one, other, name) for name in ("R", "t", "focal", "principal_point"))


def _equal(one: StatedCamera, other: StatedCamera, name: str) -> bool:
    return np.array_equal(getattr(one, name), getattr(other, name))


def named_fault(found: Diagnosis, before: float, view: str, enough: float) -> CameraFault:
    """What the search for conventions says, as sure as what explains most of it."""
    main = max(found.named, key=lambda one: np.nan_to_num(one.without, posinf=1e12))
    words = "; and ".join(one.words.split(": ", 1)[-1] for one in found.named)
    others = f"; it could also be that {' or '.join(main.alike)}" if main.alike else ""
    right = found.cameras[view]
    clean = found.after <= enough
    confidence: Confidence = main.confidence if clean or main.confidence != "sure" else "likely"
    return CameraFault(words + others, confidence, before, found.after, right)


def _rotations(stated: StatedCamera, fault: str) -> list[tuple[str, StatedCamera]]:
    """Rotations for an R that is none."""
    made = []
    for side, axis in _MIRRORS if "mirrors" in fault else ():
        flip = np.eye(3)
        flip[axis, axis] = -1
        R = flip @ stated.R if side == "row" else stated.R @ flip
        words = f"R mirrors: the {'xyz'[axis]} {side} of R has the opposite sign"
        made.append((words, replace(stated, R=R)))
    if fault and "mirrors" not in fault:
        U, _, V = np.linalg.svd(stated.R)
        turned = U @ np.diag([1, 1, np.sign(np.linalg.det(U @ V))]) @ V
        made.append((f"{fault}; the nearest rotation fits", replace(stated, R=turned)))
    return made


def _lenses(stated: StatedCamera) -> list[tuple[str, StatedCamera]]:
    """Exchanged and mirrored numbers; pictures are mirrored about their border or their last pixel."""
    made = []
    for axis in (0, 1):
        there = stated.principal_point.copy()
        there[axis] = stated.size[axis] - there[axis]
        words = f"the principal point is mirrored in {'xy'[axis]}"
        made.append((words, replace(stated, principal_point=there)))
    point, focal = stated.principal_point, stated.focal
    made.append(("c holds y before x", replace(stated, principal_point=point[::-1])))
    made.append(("f holds y before x", replace(stated, focal=focal[::-1])))
    made.append(("t has the opposite sign", replace(stated, t=-stated.t)))
    return made


def _error_px(boxed: Boxed, stated: StatedCamera, margins: Margins | None) -> float:
    """How far (px) boxes are from joints seen with the numbers just as they are, whatever R does."""
    camera = PinholeCamera(stated.focal, stated.principal_point, stated.R, stated.t)
    unlike = (margins or Margins(np.zeros(2), np.full(2, 0.05), True)).unlike(boxed, camera)
    return unlike * float(np.median(boxed.sides))


def _fitted(stated: StatedCamera, evidence: Callable[[StatedCamera], _BoxEvidence]) -> CameraFault | None:
    """One thing made to fit, that which does best: t, or f, is too long by a factor, or R is turned."""
    faults = [*_scaled(stated, evidence), _turned(stated, evidence)]
    best = min((one for one in faults if one is not None), key=lambda one: one.after, default=None)
    return best if best is not None and best.after <= 2 * evidence(stated).enough else None


def _scaled(
    stated: StatedCamera, evidence: Callable[[StatedCamera], _BoxEvidence]
) -> Iterator[CameraFault | None]:
    from scipy.optimize import minimize_scalar

    for words, changed in (
        ("t is {} times too {}", lambda s: replace(stated, t=stated.t * s)),
        ("f is {} times too {}", lambda s: replace(stated, focal=stated.focal * s)),
    ):

        def error(power: float, changed: Callable[[float], StatedCamera] = changed) -> float:
            return evidence(changed(np.exp(power))).error(Conventions())

        grid = np.linspace(-2.5, 2.5, 41)
        start = grid[int(np.argmin([error(one) for one in grid]))]
        best = minimize_scalar(error, bounds=(start - 0.15, start + 0.15), method="bounded")
        if abs(best.x) > _LEAST_SCALE:
            factor = words.format(f"{np.exp(abs(best.x)):.3g}", "short" if best.x > 0 else "long")
            yield _made(factor, changed(np.exp(best.x)), float(best.fun))


def _turned(stated: StatedCamera, evidence: Callable[[StatedCamera], _BoxEvidence]) -> CameraFault | None:
    """R turned by some degrees, as a wrong digit or a calibration that slipped turns it."""
    from scipy.optimize import minimize

    def changed(turn: Array) -> StatedCamera:
        return replace(stated, R=axis_angle_to_matrix(turn) @ stated.R)

    def error(turn: Array) -> float:
        return evidence(changed(turn)).error(Conventions())

    steps = np.vstack([np.zeros(3), 0.03 * np.eye(3)])
    options = {"initial_simplex": steps, "xatol": 1e-4, "fatol": 1e-3, "maxiter": 200}
    best = minimize(error, np.zeros(3), method="Nelder-Mead", options=options)
    angle = float(np.degrees(np.linalg.norm(best.x)))
    if not _LEAST_TURN < angle < _MOST_TURN:
        return None
    axis = np.abs(best.x) / np.linalg.norm(best.x)
    about = f" about the camera's {'xyz'[int(axis.argmax())]} axis" if axis.max() > _ALONG else ""
    return _made(f"R is turned by {angle:.1f} degrees{about}", changed(best.x), float(best.fun))


def _made(words: str, camera: StatedCamera, after: float) -> CameraFault:
    right = PinholeCamera(camera.focal, camera.principal_point, camera.R, camera.t)
    return CameraFault(words, "likely", 0.0, after, right)
