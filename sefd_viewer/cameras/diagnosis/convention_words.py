"""What a chosen convention means, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
