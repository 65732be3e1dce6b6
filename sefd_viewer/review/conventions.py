"""Ways to read a stated camera, and the camera that each way makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]
Size = tuple[int, int]
Extrinsics = Literal["world to camera", "camera to world", "R transposed", "t is the place"]
Axes = Literal["OpenCV", "OpenGL"]
Mirror = Literal["no", "x", "y", "x and y"]
Distortion = Literal["on", "off", "negated"]


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


@dataclass(frozen=True)
class Convention:
    """One way to read one camera; the defaults are this program's own (PinholeCamera).

    `unit`: metres per unit of t. `scale`: pixels of the pictures per unit of the intrinsics. `turn`:
    degrees by which the pictures were turned clockwise after calibration. `mirror`: axes along which the
    principal point lies on the other side. `intrinsics_of`: whose intrinsics these are, if not its own.
    `later`: by how many moments the view's pictures are late. `shift`, `zoom`: the picture was moved by
    so many pixels and enlarged about its centre after calibration.
    """

    extrinsics: Extrinsics = "world to camera"
    axes: Axes = "OpenCV"
    unit: float = 1.0
    scale: float = 1.0
    turn: int = 0
    mirror: Mirror = "no"
    distortion: Distortion = "on"
    intrinsics_of: str | None = None
    later: int = 0
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0

    def changes(self) -> dict[str, Any]:
        """The fields that differ from the defaults."""
        plain = Convention()
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != getattr(plain, one.name)
        }


def read_camera(
    view: str, convention: Convention, stated: Mapping[str, StatedCamera], size: Size
) -> PinholeCamera:
    """The camera of `view` read this way, for pictures of `size` (width, height)."""
    own, lens = stated[view], stated[convention.intrinsics_of or view]
    R, t = _world_to_camera(own, convention)
    coefficients = {"on": 1.0, "off": 0.0, "negated": -1.0}[convention.distortion] * lens.distortion
    camera = PinholeCamera(lens.focal, lens.principal_point, R, t, coefficients).resized(convention.scale)
    for width in _widths(convention.turn, size):
        camera = _quarter_turned(camera, width)
    return _moved(_mirrored(camera, convention.mirror, size), convention, size)


def _world_to_camera(stated: StatedCamera, convention: Convention) -> tuple[Array, Array]:
    """R (3, 3) and t (3,) in metres, OpenCV's axes."""
    R, t = stated.R, stated.t * convention.unit
    if convention.extrinsics in ("camera to world", "R transposed"):
        R = R.T
    if convention.extrinsics in ("camera to world", "t is the place"):
        t = -R @ t
    flip = np.diag([1.0, -1.0, -1.0]) if convention.axes == "OpenGL" else np.eye(3)
    return flip @ R, flip @ t


def _widths(turn: int, size: Size) -> list[int]:
    """The pictures' width after each quarter turn that leads to `size`."""
    turns = turn // 90
    return [size[(turns - 1 - i) % 2] for i in range(turns)]


def _quarter_turned(camera: PinholeCamera, width: int) -> PinholeCamera:
    """The camera of the picture turned by 90 degrees clockwise, which makes it `width` wide."""
    about_z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    k1, k2, p1, p2, k3 = camera.distortion
    return PinholeCamera(
        camera.focal[::-1],
        np.array([width - 1 - camera.principal_point[1], camera.principal_point[0]]),
        about_z @ camera.R,
        about_z @ camera.t,
        np.array([k1, k2, p2, -p1, k3]),
    )


def _mirrored(camera: PinholeCamera, mirror: Mirror, size: Size) -> PinholeCamera:
    there = np.array(size) - 1 - camera.principal_point
    axes = np.array(["x" in mirror, "y" in mirror])
    return replace(camera, principal_point=np.where(axes, there, camera.principal_point))


def _moved(camera: PinholeCamera, convention: Convention, size: Size) -> PinholeCamera:
    centre = (np.array(size) - 1) / 2
    point = centre + convention.zoom * (camera.principal_point - centre) + np.array(convention.shift)
    return replace(camera, focal=camera.focal * convention.zoom, principal_point=point)


def words_for(name: str, value: Any) -> str:
    """One changed field of a convention in plain words."""
    if name == "shift":
        return f"the picture is shifted by ({value[0]:+.1f}, {value[1]:+.1f}) px against its calibration"
    if name == "zoom":
        return f"the picture is {'larger' if value > 1 else 'smaller'} by {100 * abs(value - 1):.1f} %"
    if name == "unit":
        return "t is in millimetres" if value == 0.001 else f"one unit of t is {value:g} m"
    if name == "scale":
        return f"a unit of the intrinsics is {value:.6g} px of these pictures"
    if name == "later":
        return f"the pictures are {abs(value)} moment(s) {'late' if value > 0 else 'early'}"
    return _WORDS[name][value] if name in _WORDS else f"the intrinsics are those of {value}"


_WORDS: dict[str, dict[Any, str]] = {
    "extrinsics": {
        "world to camera": "R x + t leads from the world to the camera",
        "camera to world": "R and t lead from the camera to the world: the inverse is needed",
        "R transposed": "R is transposed",
        "t is the place": "t is the camera's place in the world",
    },
    "axes": {
        "OpenCV": "the camera's axes are OpenCV's (y down, z forward)",
        "OpenGL": "the camera's axes are OpenGL's (y up, z backward)",
    },
    "turn": {
        0: "the pictures are not turned",
        **{
            angle: f"the pictures were turned by {angle} degrees after calibration"
            for angle in (90, 180, 270)
        },
    },
    "mirror": {
        "no": "the principal point is as stated",
        **{axis: f"the principal point is mirrored in {axis}" for axis in ("x", "y", "x and y")},
    },
    "distortion": {
        "on": "the distortion is as stated",
        "off": "the pictures are free of the stated distortion",
        "negated": "the distortion has the opposite sign",
    },
}
