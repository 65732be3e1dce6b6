"""Ways to read cameras and bodies as plain values: one combination of every convention that can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode, is_rotation

_R = "camera.rotation"
_WHOLE = {
    "nearest": "the nearest rotation is meant",
    "-R": "R has the opposite sign",
    "R and t scaled": "R and t are multiplied by one number",
    "as stated": "R is meant as it is stated",
}


def words_for(step: str, value: Any) -> str:
    """One value of a step such as "camera.unit" as a clause, such as "t is in millimetres"."""
    words = _WORDS[step]
    return words(value) if callable(words) else words.get(value, f"{step} is {value}")


def fault_words(step: str, before: Any, found: Any) -> str:
    """What is wrong when a step was read as `before` and `found` explains the data."""
    if step == "body.mode" and found == "exact":
        missing = {"paper": "missing root compensation", "raw": "the bodies were left in the world's frame"}
        return missing[before]
    return words_for(step, found)


def rotation_words(R: NDArray[np.float64], value: Any) -> str:
    """What is wrong with an R (3, 3) that is no rotation, and which one is meant."""
    if (determinant := float(np.linalg.det(R))) < 0:
        meant = words_for(_R, "x of R" if value == "nearest" else value)
        return f"the camera is mirrored (the determinant of R is {determinant:.3g}): {meant}"
    lengths = np.linalg.norm(R, axis=1)
    words = f"R is not a rotation (its rows are {', '.join(f'{one:.3g}' for one in lengths)} long)"
    return f"{words}: {words_for(_R, value)}"


def _rotation(value: str) -> str:
    """Which rotation is meant."""
    axis = next((name for name in "xyz" if name in value.split()), "x")
    if value.startswith("world"):
        return f"the world's {axis} axis is reversed in R"
    if value.endswith("and t"):
        return f"the camera's {axis} axis is reversed in R and t"
    return _WHOLE.get(value, f"the camera's {axis} axis is reversed in R")


def _unit(value: float) -> str:
    if value == 1000.0:
        return "t is in metres, but is read as millimetres"
    return {1.0: "t is in metres", 0.001: "t is in millimetres", 0.01: "t is in centimetres"}.get(
        value, f"one unit of t is {value:g} m"
    )


def _body_unit(value: float) -> str:
    return _unit(value).replace("t is", "the bodies' translation is").replace("of t", "of the translation")


def _lens_unit(value: float) -> str:
    if value == 1.0:
        return "the intrinsics are in pixels"
    return f"the intrinsics are in {1 / value:.6g}ths of a pixel"


def _scale(value: Any) -> str:
    if value == "fit":
        return "the intrinsics are those of the calibration's picture size: they must be resized"
    return f"the intrinsics are for pictures of another size: times {value:.6g}"


def _bodies_later(value: float) -> str:
    return _later(value).replace("the pictures are", "the bodies are")


def _shift(value: tuple[float, float]) -> str:
    return f"the picture is shifted by ({value[0]:+.1f}, {value[1]:+.1f}) px against its calibration"


def _zoom(value: float) -> str:
    return f"the picture is {'larger' if value > 1 else 'smaller'} by {100 * abs(value - 1):.1f} %"


def _later(value: float) -> str:
    if value == 0:
        return "the pictures are in step"
    amount = f"{abs(value):.2f}".rstrip("0").rstrip(".")
    moments = "moment" if amount == "1" else "moments"
    return f"the pictures are {amount} {moments} {'late' if value > 0 else 'early'}"


_UP = {
    "same": "the {} world is that of the {}",
    "y up": "the {} world has y up, where that of the {} has z up",
    "z up": "the {} world has z up, where that of the {} has y up",
    "y down": "the {} world has y down, where that of the {} has y up",
}

_WORDS: Mapping[str, Mapping[Any, str] | Callable[[Any], str]] = {
    "body.gender": {
        "as stated": "the bodies are of the stated gender",
        **{gender: f"the bodies are of the {gender} model" for gender in ("neutral", "female", "male")},
    },
    "body.unit": _body_unit,
    "body.translation": {
        "of the body": "the bodies' translation is SMPL's own",
        "of the root joint": "the bodies' translation is the place of the root joint",
    },
    "body.up": {value: words.format("bodies'", "cameras") for value, words in _UP.items()},
    "body.mode": {
        "exact": "the root joint is compensated (exact)",
        "paper": "the root joint is not compensated (mode 'paper')",
        "raw": "the bodies are in the camera's frame already (mode 'raw')",
    },
    "body.later": _bodies_later,
    "camera.up": {value: words.format("cameras'", "people") for value, words in _UP.items()},
    "camera.rig": lambda rig: f"the cameras are those of {rig}",
    "camera.extrinsics_of": lambda view: f"R and t are those of {view}",
    "camera.extrinsics": {
        "world to camera": "R x + t leads from the world to the camera",
        "camera to world": "R and t lead from the camera to the world: the inverse is needed",
        "R transposed": "R is transposed",
        "t is the place": "t is the camera's place in the world",
    },
    "camera.rotation": _rotation,
    "camera.axes": {
        "OpenCV": "the camera's axes are OpenCV's (y down, z forward)",
        "OpenGL": "the camera's axes are OpenGL's (y up, z backward)",
    },
    "camera.unit": _unit,
    "camera.intrinsics_of": lambda view: f"the intrinsics are those of {view}",
    "camera.lens_unit": _lens_unit,
    "camera.scale": _scale,
    "camera.distortion": {
        "on": "the distortion is as stated",
        "off": "the pictures are free of the stated distortion",
        "negated": "the distortion has the opposite sign",
        "half width": "the distortion is for radii in half picture widths, not in focal lengths",
        "half diagonal": "the distortion is for radii in half picture diagonals, not in focal lengths",
        "resized": "the distortion was rescaled with the pictures, which must not be",
        "k3 third": "the distortion is in the order k1 k2 k3 p1 p2",
    },
    "camera.turn": {
        0: "the pictures are not turned",
        **{
            angle: f"the pictures were turned by {angle} degrees after calibration"
            for angle in (90, 180, 270)
        },
    },
    "camera.mirror": {
        "no": "the principal point is as stated",
        **{axis: f"the principal point is mirrored in {axis}" for axis in ("x", "y", "x and y")},
    },
    "camera.shift": _shift,
    "camera.zoom": _zoom,
    "camera.later": _later,
}


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

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> StatedCamera:
        """A camera from plain values by the fields' names; raises ValueError for other numbers or shapes."""
        shapes = {"focal": (2,), "principal_point": (2,), "distortion": (5,), "R": (3, 3), "t": (3,)}
        arrays = {name: np.asarray(values[name], np.float64) for name in shapes}
        wrong = [
            name for name, one in arrays.items() if one.shape != shapes[name] or not np.isfinite(one).all()
        ]
        width, height = map(int, values["size"])
        if wrong or min(width, height) < 1:
            raise ValueError(f"these are not the numbers of a camera ({', '.join(wrong) or 'its size'})")
        return cls(**arrays, size=(width, height))

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
        """The combination that `to_dict` wrote; raises ValueError for what no convention has."""
        views = values.get("views", {})
        try:
            made = cls(
                BodyConvention(**values.get("body", {})),
                _convention(values.get("cameras", {})),
                tuple((view, _convention(own)) for view, own in views.items()),
            )
            made.differences()  # there are words for all that can be
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"these are not conventions ({error})") from error
        return made


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
