"""The chain SMPL -> world -> camera -> lens -> picture as a table: what can be chosen at every step.

A window builds its cards from `convention_steps(...)`, in order; each choice is passed on to
`Conventions.with_option(step.id, option.value, view)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.bodies import genders_of
from sefd_viewer.cameras.diagnosis.conventions import Size, Stated

Stage = Literal["body", "world", "camera", "lens", "picture", "time"]


@dataclass(frozen=True)
class StepOption:
    """One choice: the `value` for `Conventions.with_option`, and a title for a list."""

    value: Any
    title: str


@dataclass(frozen=True)
class NumberRange:
    """A step that takes numbers in place of options: `count` of them (2: a tuple x, y) in a range."""

    lowest: float
    highest: float
    step: float
    count: int = 1


@dataclass(frozen=True)
class ConventionStep:
    """One step of the chain.

    `id` is what `Conventions.option` and `with_option` take. `unit` says units and signs in a few words,
    `help` what the step does in a sentence. `options` are the choices, the default first; a step with a
    `number` takes numbers as well. `per_camera`: whether a single camera can differ. `unavailable` says why
    nothing can be chosen here, if so.
    """

    id: str
    stage: Stage
    title: str
    unit: str
    help: str
    options: tuple[StepOption, ...]
    per_camera: bool = True
    number: NumberRange | None = None
    unavailable: str | None = None

    @property
    def default(self) -> Any:
        """The value of this program's own convention."""
        return self.options[0].value


def convention_steps(
    stated: Stated,
    *,
    sizes: dict[str, Size] | None = None,
    bodies: Sequence[BodyModel] = (),
    has_bodies: bool = True,
    bodies_in_world: bool = True,
) -> tuple[ConventionStep, ...]:
    """The steps for these cameras, pictures (`sizes` by view) and the body models that are here."""
    table = [*_BODY_STEPS, *_CAMERA_STEPS]
    return tuple(
        _without_choice(_fitted(step, stated, sizes or {}, bodies), has_bodies, bodies_in_world)
        for step in table
    )


def _fitted(
    step: ConventionStep, stated: Stated, sizes: dict[str, Size], bodies: Sequence[BodyModel]
) -> ConventionStep:
    """The step with the options that depend on the data."""
    if step.id in ("camera.intrinsics_of", "camera.extrinsics_of"):
        others = tuple(StepOption(view, f"of {view}") for view in stated)
        alone = None if len(stated) > 1 else "There is no other camera."
        return replace(step, options=(*step.options, *others), unavailable=alone)
    if step.id == "body.gender":
        titles = tuple(StepOption(gender, str(gender)) for gender in genders_of(bodies))
        alone = None if len(titles) > 2 else _one_body(bodies)
        return replace(step, options=titles, unavailable=alone)
    if step.id == "camera.rotation":
        alone = None if any(not one.is_rigid for one in stated.values()) else "Every R is a rotation."
        return replace(step, unavailable=alone)
    if step.id == "camera.scale":
        same = all(sizes.get(view, one.size) == one.size for view, one in stated.items())
        return replace(step, options=tuple(o for o in step.options if o.value != "fit")) if same else step
    return step


def _one_body(bodies: Sequence[BodyModel]) -> str:
    names = ", ".join(body.name for body in bodies)
    return f"Only one body model is here ({names})." if names else "No body model is here."


def _without_choice(step: ConventionStep, has_bodies: bool, in_world: bool) -> ConventionStep:
    if step.per_camera:
        return step
    if not has_bodies:
        return replace(step, unavailable="There are no SMPL parameters.")
    if step.id in ("body.mode", "body.up") and not in_world:
        return replace(step, unavailable="The parameters are in the camera's frame already.")
    return step


def _options(*pairs: tuple[Any, str]) -> tuple[StepOption, ...]:
    return tuple(StepOption(value, title) for value, title in pairs)


_UNITS = _options((1.0, "as read"), (0.001, "mm read as m"), (0.01, "cm read as m"), (1000.0, "m read as mm"))
_UPS = _options(
    ("same", "same up axis"), ("y up", "y up, not z"), ("z up", "z up, not y"), ("y down", "y down, not up")
)

_BODY_STEPS = (
    ConventionStep(
        "body.gender",
        "body",
        "Body model",
        "gender of the SMPL file",
        "The same betas mean another shape in another gender's model.",
        _options(("as stated", "as stated")),
        per_camera=False,
    ),
    ConventionStep(
        "body.unit",
        "body",
        "Unit of the translation",
        "metres per unit of trans",
        "SMPL's vertices are in metres; a translation in millimetres throws the body kilometres away.",
        _UNITS,
        per_camera=False,
    ),
    ConventionStep(
        "body.translation",
        "body",
        "What is translated",
        "metres",
        "SMPL's trans moves the body's origin; some files hold the place of the root joint instead.",
        _options(("of the body", "the body's origin"), ("of the root joint", "the root joint")),
        per_camera=False,
    ),
    ConventionStep(
        "body.up",
        "world",
        "Up axis of the bodies",
        "axis of the world",
        "Turns the bodies about the world's x axis where their world is not that of the cameras.",
        _UPS,
        per_camera=False,
    ),
    ConventionStep(
        "body.mode",
        "world",
        "Root compensation",
        "R T + t, with or without J0",
        "SMPL turns about its root joint J0, not about the origin; only the exact mode allows for that.",
        _options(
            ("exact", "exact: R (T + J0) + t - J0"), ("paper", "paper: R T + t"), ("raw", "raw: as stored")
        ),
        per_camera=False,
    ),
    ConventionStep(
        "body.later",
        "time",
        "Bodies shifted in time",
        "moments, late is positive",
        "The bodies are those of earlier (late) or later (early) moments than the annotated joints.",
        _options((0.0, "in step")),
        per_camera=False,
        number=NumberRange(-50.0, 50.0, 0.25),
    ),
)

_CAMERA_STEPS = (
    ConventionStep(
        "camera.up",
        "world",
        "Up axis of the cameras",
        "axis of the world",
        "Turns the world of R and t about x where it is not that of the people.",
        _UPS,
    ),
    ConventionStep(
        "camera.extrinsics_of",
        "camera",
        "Whose R and t",
        "another camera's",
        "R and t may have been swapped between two cameras.",
        _options((None, "its own")),
    ),
    ConventionStep(
        "camera.extrinsics",
        "camera",
        "R and t",
        "x_camera = R x_world + t",
        "Whether R and t lead into the camera, out of it, or are mixed.",
        _options(
            ("world to camera", "world to camera: R x + t"),
            ("camera to world", "camera to world (inverse)"),
            ("R transposed", "R is transposed"),
            ("t is the place", "t is the camera's place"),
        ),
    ),
    ConventionStep(
        "camera.rotation",
        "camera",
        "R as a rotation",
        "its determinant is 1",
        "Some files state an R that mirrors or scales; which rotation was meant has to be chosen.",
        _options(
            ("nearest", "the nearest rotation"),
            *((f"{axis} of R", f"camera's {axis} axis reversed") for axis in "yz"),
            *((f"{axis} and t", f"camera's {axis} axis reversed, with t") for axis in "xyz"),
            *((f"world {axis}", f"world's {axis} axis reversed") for axis in "xyz"),
            ("-R", "opposite sign of R"),
            ("R and t scaled", "t is scaled as well"),
            ("as stated", "as stated: it mirrors or scales"),
        ),
    ),
    ConventionStep(
        "camera.axes",
        "camera",
        "Axes of the camera",
        "signs of y and z",
        "OpenCV: y down, z forward. OpenGL: y up, z backward.",
        _options(("OpenCV", "OpenCV: y down, z forward"), ("OpenGL", "OpenGL: y up, z backward")),
    ),
    ConventionStep(
        "camera.unit",
        "camera",
        "Unit of t",
        "metres per unit of t",
        "Human3.6M holds t in millimetres, most programs want metres.",
        _UNITS,
    ),
    ConventionStep(
        "camera.intrinsics_of",
        "lens",
        "Whose intrinsics",
        "own or shared",
        "Focal length, principal point and distortion of this camera or of another one.",
        _options((None, "its own")),
    ),
    ConventionStep(
        "camera.lens_unit",
        "lens",
        "Unit of the intrinsics",
        "pixels per unit",
        "Focal length and principal point are in pixels; Qualisys writes 64ths of a pixel.",
        _options((1.0, "pixels"), (1 / 64, "64ths of a pixel")),
    ),
    ConventionStep(
        "camera.scale",
        "lens",
        "Size of the pictures",
        "pictures / calibration",
        "Intrinsics hold for one picture size; resized pictures need them resized.",
        _options((1.0, "as calibrated"), ("fit", "resized to the pictures"), (0.5, "half"), (2.0, "double")),
        number=NumberRange(0.05, 20.0, 0.05),
    ),
    ConventionStep(
        "camera.distortion",
        "lens",
        "Distortion",
        "k1 k2 p1 p2 k3",
        "Whether the lens bends the pictures as stated, not at all, or by numbers in another unit.",
        _options(
            ("on", "as stated"),
            ("off", "off: pictures are undistorted"),
            ("negated", "opposite sign"),
            ("half width", "radii in half widths"),
            ("half diagonal", "radii in half diagonals"),
            ("resized", "was rescaled with the pictures"),
            ("k3 third", "order k1 k2 k3 p1 p2"),
        ),
    ),
    ConventionStep(
        "camera.turn",
        "picture",
        "Pictures turned",
        "degrees clockwise",
        "The pictures may have been turned after the calibration.",
        _options((0, "not turned"), (90, "90 degrees"), (180, "180 degrees"), (270, "270 degrees")),
    ),
    ConventionStep(
        "camera.mirror",
        "picture",
        "Principal point mirrored",
        "axis of the picture",
        "A picture turned after calibration leaves the principal point on the wrong side.",
        _options(
            ("no", "as stated"), ("x", "mirrored in x"), ("y", "mirrored in y"), ("x and y", "in x and y")
        ),
    ),
    ConventionStep(
        "camera.shift",
        "picture",
        "Picture shifted",
        "pixels, right and down",
        "The picture was cut or moved after calibration, as a crop does.",
        _options(((0.0, 0.0), "not shifted")),
        number=NumberRange(-2000.0, 2000.0, 0.5, count=2),
    ),
    ConventionStep(
        "camera.zoom",
        "picture",
        "Picture enlarged",
        "factor about the centre",
        "The picture was enlarged about its centre after calibration.",
        _options((1.0, "not enlarged")),
        number=NumberRange(0.2, 5.0, 0.005),
    ),
    ConventionStep(
        "camera.later",
        "time",
        "Camera shifted in time",
        "moments, late is positive",
        "The view's picture shows an earlier (late) or later (early) moment than those of the others.",
        _options((0.0, "in step")),
        number=NumberRange(-50.0, 50.0, 0.25),
    ),
)
