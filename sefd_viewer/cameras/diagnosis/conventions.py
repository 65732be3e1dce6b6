"""Ways to read cameras and bodies as plain values: one combination of every convention that can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.convention_words import words_for
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode, is_rotation

Array = NDArray[np.float64]
Size = tuple[int, int]
Extrinsics = Literal["world to camera", "camera to world", "R transposed", "t is the place"]
Axes = Literal["OpenCV", "OpenGL"]
Up = Literal["same", "y up", "z up", "y down"]
Mirror = Literal["no", "x", "y", "x and y"]
Rotation = Literal[
    "nearest", "y of R", "z of R", "x and t", "y and t", "z and t", "world x", "world y", "world z", "-R",
    "R and t scaled", "as stated",
]  # fmt: skip
Distortion = Literal["on", "off", "negated", "half width", "half diagonal", "resized", "k3 third"]
Gender = Literal["as stated", "neutral", "female", "male"]
Translation = Literal["of the body", "of the root joint"]


@dataclass(frozen=True, eq=False)
class StatedCamera:
    """A camera's numbers as a file states them, in the file's own units and axes.

    `focal` (2,), `principal_point` (2,), `distortion` (5,) k1 k2 p1 p2 k3, `R` (3, 3), `t` (3,); `size` is
    (width, height) of the pictures that it was calibrated for.
    """

    focal: Array
    principal_point: Array
    distortion: Array
    R: Array
    t: Array
    size: Size

    @classmethod
    def of(cls, camera: PinholeCamera, size: Size) -> StatedCamera:
        """A camera of this program as if a file had stated it."""
        return cls(camera.focal, camera.principal_point, camera.distortion, camera.R, camera.t, size)

    @property
    def is_rigid(self) -> bool:
        """Whether R is a rotation."""
        return is_rotation(self.R)


Stated = Mapping[str, StatedCamera]


@dataclass(frozen=True)
class Convention:
    """One way to read one camera; the defaults are this program's own (PinholeCamera).

    In the order of the chain from the world to the pixel:
    `up`: which axis is up in the camera's world, where it is not that of the people's world.
    `extrinsics_of`, `intrinsics_of`: whose numbers these are, if not its own.
    `rotation`: which rotation is meant by an R that mirrors or scales; of any other R itself.
    `unit`: metres per unit of t. `lens_unit`: pixels per unit of the intrinsics (Qualisys: 1/64).
    `scale`: how many times larger the pictures are than those of the calibration; "fit": as the sizes say.
    `turn`: degrees by which the pictures were turned clockwise after calibration.
    `mirror`: axes along which the principal point lies on the other side.
    `shift`, `zoom`: the picture was moved by so many pixels, and enlarged about its centre, since then.
    `later`: by how many moments the view's pictures are late; parts of a moment are allowed.
    """

    up: Up = "same"
    extrinsics_of: str | None = None
    rotation: Rotation = "nearest"
    extrinsics: Extrinsics = "world to camera"
    axes: Axes = "OpenCV"
    unit: float = 1.0
    intrinsics_of: str | None = None
    lens_unit: float = 1.0
    scale: float | Literal["fit"] = 1.0
    distortion: Distortion = "on"
    turn: int = 0
    mirror: Mirror = "no"
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    later: float = 0.0

    def changes(self) -> dict[str, Any]:
        """The fields that differ from the defaults."""
        return _changes(self, Convention())


@dataclass(frozen=True)
class BodyConvention:
    """One way to read SMPL parameters; the defaults are this program's own.

    `gender`: which body model. `unit`: metres per unit of the translation. `translation`: whether it is
    SMPL's own or the place of the root joint. `up`: which axis is up in the bodies' world, where it is not
    that of the cameras' world. `mode`: how a body of the world comes before the camera (Eq. 5-6).
    `later`: by how many moments the bodies are late against the annotated joints.
    """

    gender: Gender = "as stated"
    unit: float = 1.0
    translation: Translation = "of the body"
    up: Up = "same"
    mode: ExtrinsicMode = "exact"
    later: float = 0.0

    def changes(self) -> dict[str, Any]:
        """The fields that differ from the defaults."""
        return _changes(self, BodyConvention())


@dataclass(frozen=True)
class Conventions:
    """One combination: how bodies are read, how every camera is, and which cameras are read otherwise.

    `camera_reading.read_camera` gives the camera to draw with, `body_reading.read_person` what is done to
    people. The options that a person can choose from are the table of `convention_steps`; `with_option` takes
    a step's id and an option's value.
    """

    body: BodyConvention = field(default_factory=BodyConvention)
    every: Convention = field(default_factory=Convention)
    views: tuple[tuple[str, Convention], ...] = ()

    @classmethod
    def of_views(cls, reading: Mapping[str, Convention], body: BodyConvention | None = None) -> Conventions:
        """The combination that reads each of these views so; what all views share is said once."""
        every = Convention()
        for one in fields(Convention):
            values = [getattr(convention, one.name) for convention in reading.values()]
            if values and all(value == values[0] for value in values):
                every = replace(every, **{one.name: values[0]})
        own = tuple((view, convention) for view, convention in reading.items() if convention != every)
        return cls(body or BodyConvention(), every, own)

    def of(self, view: str) -> Convention:
        """How this view's camera is read."""
        return dict(self.views).get(view, self.every)

    def option(self, step: str, view: str | None = None) -> Any:
        """The value chosen for a step (see `convention_steps`), for one camera or for every other one."""
        part, name = step.split(".")
        if part == "body":
            return getattr(self.body, name)
        return getattr(self.every if view is None else self.of(view), name)

    def with_option(self, step: str, value: Any, view: str | None = None) -> Conventions:
        """The combination with another value of one step, for one camera or, without `view`, for all."""
        part, name = step.split(".")
        if part == "body":
            return replace(self, body=replace(self.body, **{name: value}))
        own = dict(self.views)
        if view is not None:
            own[view] = replace(self.of(view), **{name: value})
            return replace(self, views=_differing(own, self.every))
        every = replace(self.every, **{name: value})
        changed = {one: replace(convention, **{name: value}) for one, convention in own.items()}
        return replace(self, every=every, views=_differing(changed, every))

    def differences(self) -> tuple[str, ...]:
        """What is read otherwise than by default, in words; empty when nothing is."""
        lines = [words_for(f"body.{name}", value) for name, value in self.body.changes().items()]
        lines += [
            f"all cameras: {words_for(f'camera.{name}', value)}"
            for name, value in self.every.changes().items()
        ]
        for view, convention in self.views:
            lines += [
                f"{view}: {words_for(f'camera.{name}', value)}"
                for name, value in _changes(convention, self.every).items()
            ]
        return tuple(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; only what differs from the defaults."""
        return {
            "body": _plain(self.body.changes()),
            "cameras": _plain(self.every.changes()),
            "views": {view: _plain(asdict(convention)) for view, convention in self.views},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Conventions:
        """The combination that `to_dict` wrote; raises ValueError for names that no convention has."""
        views = values.get("views", {})
        try:
            return cls(
                BodyConvention(**values.get("body", {})),
                _convention(values.get("cameras", {})),
                tuple((view, _convention(own)) for view, own in views.items()),
            )
        except TypeError as error:
            raise ValueError(f"these are not conventions ({error})") from error


def _convention(values: Mapping[str, Any]) -> Convention:
    shift: Sequence[float] = values.get("shift", (0.0, 0.0))
    return Convention(**{**values, "shift": (float(shift[0]), float(shift[1]))})


def _differing(own: Mapping[str, Convention], every: Convention) -> tuple[tuple[str, Convention], ...]:
    return tuple((view, convention) for view, convention in own.items() if convention != every)


def _changes(one: Any, plain: Any) -> dict[str, Any]:
    return {
        each.name: getattr(one, each.name)
        for each in fields(one)
        if getattr(one, each.name) != getattr(plain, each.name)
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
