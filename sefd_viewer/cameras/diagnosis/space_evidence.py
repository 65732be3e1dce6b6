"""Evidence in space: joints against what pictures show of them, and bodies against measured joints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sefd_viewer.cameras.diagnosis.bodies import PosedBodies, Solid
from sefd_viewer.cameras.diagnosis.camera_reading import (
    LENS_UNITS,
    TURNS,
    distortions,
    normal,
    read_camera,
    rotations,
    scales,
    times,
)
from sefd_viewer.cameras.diagnosis.conventions import (
    Array,
    Axes,
    BodyConvention,
    Convention,
    Conventions,
    Extrinsics,
    Mirror,
    Size,
    Stated,
    StatedCamera,
    Translation,
    Up,
)
from sefd_viewer.cameras.diagnosis.evidence import Choice, Unit, by_limb, cap_of, middle
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode

SeenAs = Literal["joints", "boxes"]

UNITS = (1.0, 1000.0, 0.001)
_WELL = {"joints": 0.005, "boxes": 0.03}
_POOR = {"joints": 0.045, "boxes": 0.15}
_ROUGH_PX = 5.0
"""Joints in pictures are no more exact than this, however small the person."""
_LEAST_MARGIN, _MOST_MARGIN = -0.02, 0.15
_BEHIND = 1e9


@dataclass(frozen=True, eq=False)
class Sightings:
    """One person seen by one camera at N of the moments of `solid`.

    `moments` (N,) are rows of the solid; `pixels` (N, 17, 2) the joints seen, nan where not, or (N, 2, 2) the
    corners of boxes around the person. `view` names the camera; `stated` holds its numbers; `who` says in
    words who it is, where people are told apart.
    """

    view: str
    stated: StatedCamera
    size: Size
    solid: Solid
    moments: Array
    pixels: Array
    seen_as: SeenAs = "joints"
    who: str = ""

    @property
    def height(self) -> float:
        """Median height (px) of the person."""
        with np.errstate(all="ignore"):
            known = self.pixels[np.isfinite(self.pixels[..., 1]).any(axis=1), :, 1]
        return float(np.median(np.nanmax(known, axis=1) - np.nanmin(known, axis=1))) if len(known) else np.nan


class PointEvidence:
    """Sightings of people whose place in space is known; readings are measured in px."""

    unit: Unit = "px"
    shared = False

    def __init__(self, sightings: Sequence[Sightings], donors: Stated | None = None) -> None:
        self.sightings = tuple(sightings)
        self.views = tuple(dict.fromkeys(one.view for one in sightings))
        self.sizes = {one.view: one.size for one in sightings}
        self.stated = {**(donors or {}), **{one.view: one.stated for one in sightings}}
        self.cap = 3 * cap_of(self.sizes)
        self.enough = float(np.median([_WELL[one.seen_as] * one.height for one in sightings]))
        self.poor = float(np.median([_POOR[one.seen_as] * one.height for one in sightings]))

        self.witnesses = 1
        self._known: dict[tuple[int, Convention, BodyConvention], Array] = {}
        self.moments = max(len(np.unique(one.moments)) for one in sightings)
        self.basis = self._basis()

    def _basis(self) -> str:
        kinds = dict.fromkeys(one.seen_as for one in self.sightings)
        if all(one.who for one in self.sightings):
            seen = {"joints": "2D joints", "boxes": "boxes"}
            people = f"{len(self.sightings)} people, each with a camera of their own"
            return f"{' and '.join(seen[kind] for kind in kinds)} of {people}"
        found = {"joints": "joints found in pictures", "boxes": "boxes"}
        views, moments = (
            f"{count} {what}{'' if count == 1 else 's'}"
            for count, what in ((len(self.views), "view"), (self.moments, "moment"))
        )
        where = f"{views} at {moments}, against joints in space"
        return f"{' and '.join(found[kind] for kind in kinds)} of {where}"

    def cameras(self, conventions: Conventions) -> dict[str, PinholeCamera]:
        """A camera of every view read this way."""
        return {one.view: self._camera(one, conventions) for one in self.sightings}

    def of_those_who_fit(self, _conventions: Conventions, /) -> PointEvidence:
        """The same: everybody's place in space is known."""
        return self

    def explains(self, conventions: Conventions) -> bool:
        """Whether people are where they are seen, in every view."""
        return self.remaining(conventions) <= max(self.poor, _ROUGH_PX)

    def losses(self, conventions: Conventions) -> Array:
        """Mean capped distances (px) of the limbs of every sighting, or of the corners of every box."""
        return np.concatenate([self._losses(row, conventions) for row in range(len(self.sightings))])

    def error(self, conventions: Conventions) -> float:
        """Median distance (px) of the joints or corners seen, mean over the views."""
        return float(np.nanmean(list(self.by_view(conventions).values())))

    def remaining(self, conventions: Conventions) -> float:
        """The same of the worst view."""
        return float(np.nanmax(list(self.by_view(conventions).values())))

    def by_view(self, conventions: Conventions) -> dict[str, float]:
        """Median distance (px) of the joints or corners seen by every view; huge behind the camera."""
        found: dict[str, list[Array]] = {}
        for one in self.sightings:
            found.setdefault(one.view, []).append(_distances(self._offsets(one, conventions)).ravel())
        return {view: middle(np.concatenate(values)) for view, values in found.items()}

    def people(self, conventions: Conventions) -> dict[str, float]:
        """The median error (px) of everybody who is named."""
        return {
            one.who: middle(_distances(self._offsets(one, conventions)).ravel())
            for one in self.sightings
            if one.who
        }

    def residuals_near(self, _conventions: Conventions, /) -> Callable[[Conventions], Array]:
        """Offsets (px) (R, 2) of all joints for a fit; zero where nothing is seen."""

        def residuals(near: Conventions) -> Array:
            flat = np.concatenate([self._offsets(one, near).reshape(-1, 2) for one in self.sightings])
            return np.asarray(np.clip(np.nan_to_num(flat, nan=0.0), -self.cap, self.cap))

        return residuals

    def possible(self, _conventions: Conventions, /) -> bool:
        """Always: joints behind a camera are far from where it sees them."""
        return True

    def normal(self, conventions: Conventions) -> Conventions:
        """See Evidence.normal."""
        return normal(conventions, self.views, self.stated, self.sizes)

    def gross(self) -> list[Choice]:
        """What throws people far away."""
        axes = Choice("camera.axes", get_args(Axes))
        if self._in_world:
            ups = Choice("body.up" if self._has_bodies else "camera.up", get_args(Up))
            form = Choice("camera.extrinsics", get_args(Extrinsics))
            return [form, axes, Choice("camera.unit", UNITS), ups]
        return [axes, Choice("body.unit", UNITS)] if self._has_bodies else [axes]

    def choices(self) -> list[Choice]:
        """Everything that moves joints in the pictures."""
        lens = [
            Choice("camera.lens_unit", LENS_UNITS),
            Choice("camera.scale", scales(self.stated, self.sizes)),
            Choice("camera.turn", TURNS),
            Choice("camera.rotation", rotations(self.stated)),
            Choice("camera.mirror", get_args(Mirror)),
            Choice("camera.distortion", distortions(self.stated, self.sizes)),
        ]
        return [*self.gross(), *lens, *self._swaps(), *self._body_choices()]

    def _swaps(self) -> list[Choice]:
        """Numbers of other cameras, and other moments."""
        names = ("camera.intrinsics_of", "camera.extrinsics_of") if len(self.stated) > 1 else ()
        swaps = [Choice(name, tuple(self.stated), "each") for name in names]
        return [*swaps, Choice("camera.later", times(self.moments))] if self._in_world else swaps

    def _body_choices(self) -> list[Choice]:
        solids = [one.solid for one in self.sightings if isinstance(one.solid, PosedBodies)]
        if not solids:
            return []
        choices = [
            Choice("body.gender", max((one.genders for one in solids), key=len)),
            Choice("body.unit", UNITS),
            Choice("body.translation", get_args(Translation)),
        ]
        return [*choices, Choice("body.mode", get_args(ExtrinsicMode))] if self._in_world else choices

    @property
    def _in_world(self) -> bool:
        return any(one.solid.in_world for one in self.sightings)

    @property
    def _has_bodies(self) -> bool:
        return any(isinstance(one.solid, PosedBodies) for one in self.sightings)

    def _camera(self, one: Sightings, conventions: Conventions) -> PinholeCamera:
        stated: Mapping[str, StatedCamera] = {**self.stated, one.view: one.stated}
        return read_camera(one.view, conventions.of(one.view), stated, one.size)

    def _offsets(self, one: Sightings, conventions: Conventions) -> Array:
        """Projected minus seen, of joints (N, 17, 2) or box corners (N, 2, 2) px; nan: not seen."""
        camera, convention = self._camera(one, conventions), conventions.of(one.view)
        points = one.solid.seen_by(camera, conventions.body, one.moments - convention.later)
        if not one.solid.in_world and convention.axes == "OpenGL":
            points = points * [1, -1, -1]
        pixels = camera.project_camera(points)
        pixels = np.where(
            np.isfinite(points).all(axis=-1, keepdims=True) & ~np.isfinite(pixels), _BEHIND, pixels
        )
        if one.seen_as == "boxes":
            pixels = _corners(pixels, one.pixels, one.size)
        return np.asarray(pixels - one.pixels)

    def _losses(self, row: int, conventions: Conventions) -> Array:
        """The losses of some sightings, remembered: other views do not change them."""
        one = self.sightings[row]
        key = (row, conventions.of(one.view), conventions.body)
        if key not in self._known:
            distances = _distances(self._offsets(one, conventions))
            boxes = one.seen_as == "boxes"
            capped = np.minimum(distances, self.cap).mean(axis=1) if boxes else by_limb(distances, self.cap)
            self._known[key] = np.asarray(capped)
        return self._known[key]


def _corners(pixels: Array, seen: Array, size: Size) -> Array:
    """Corners (N, 2, 2) of boxes, within the picture, around bodies with these joints (N, 17, 2).

    Flesh, hair and feet reach beyond joints: how far, on each side, is told by the boxes `seen` (N, 2, 2).
    """
    known = np.where(np.isfinite(pixels), pixels, np.nan)
    empty = ~np.isfinite(known).any(axis=(1, 2))
    known[empty] = 0
    low, high = np.nanmin(known, axis=1), np.nanmax(known, axis=1)
    side = np.max(high - low, axis=1)[:, None, None] + 1e-9
    outward = np.array([[-1.0], [1.0]])
    tight = np.stack([low, high], axis=1)
    margin = np.median(outward * (seen - tight) / side, axis=0).clip(_LEAST_MARGIN, _MOST_MARGIN)
    corners = np.clip(tight + outward * margin * side, 0, size)
    corners[empty] = np.nan
    return np.asarray(corners)


def _distances(offsets: Array) -> Array:
    return np.asarray(np.linalg.norm(offsets, axis=-1))


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
