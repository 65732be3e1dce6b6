"""One predicted body as a file of another program holds it, and how it comes before a picture's camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.anny import AnnyBody
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters, hand_bends
from sefd_viewer.body.skel import SkelBody
from sefd_viewer.body.surface import surface_body
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import SMPL24, SMPLX55
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle

Size = tuple[int, int]
CameraOf = Callable[[Size], PinholeCamera]
"""The camera of a picture of (width, height) pixels."""

Place = Literal["smplx", "root", "origin"]
"""What a `transl` is: smplx's, added to the posed body; where the root joint comes to lie; or what is added
to a body that was turned about the origin instead of its root joint."""

FAR = 500.0
"""Metres at which bodies of weak perspective stand: so far away that depth within a body does not count."""
IN_A_WORLD = "its bodies stand in a world: the set's cameras have to stand in the same one"
SAME_BODY_MM = 5.0
"""Mean millimetres between vertices of a file and those that a body makes of its parameters, below which it
is that body."""
BY_VERTICES = {6890: "smpl-neutral", 10475: "smplx-neutral"}
"""The body that a surface of so many vertices is taken for."""
_BODY_JOINTS = 22
"""Joints that SMPL, SMPL-H and SMPL-X begin with."""


def apart_mm(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Mean distance in millimetres of vertices (V, 3) in metres, wherever the two bodies stand."""
    apart = one - other
    return 1000 * float(np.linalg.norm(apart - apart.mean(axis=0), axis=1).mean())


@dataclass(frozen=True, eq=False)
class BodyPose:
    """Pose and shape as a file has them: axis-angle `rotations` (K, 3), the root's first.

    K is the body's number of joints, or 22 or more of those that all bodies share; then `hands` are left and
    right, each (45,), principal components, or (0,), relative to the flat hand with `flat_hands`; `face` (9,)
    is jaw and eyes. `transl` (3,) is meant as `place` says.
    """

    rotations: NDArray[np.floating]
    betas: NDArray[np.floating]
    transl: NDArray[np.floating] = field(default_factory=lambda: np.zeros(3))
    hands: tuple[ArrayLike, ArrayLike] = ((), ())
    flat_hands: bool = False
    face: NDArray[np.floating] = field(default_factory=lambda: np.zeros(9))
    expression: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    place: Place = "smplx"

    def parameters(self, body: BodyModel) -> SmplParameters:
        """The parameters of `body`, with as many betas as it has; raises BodyError for hands it lacks."""
        count = body.joint_set.count
        pose = np.zeros((count, 3))
        if len(self.rotations) == count:
            pose[:] = self.rotations
        else:
            shared = min(_BODY_JOINTS, len(self.rotations))
            pose[:shared] = self.rotations[:shared]
            if body.joint_set == SMPLX55:
                pose[22:25] = self.face.reshape(3, 3)
            if body.joint_set != SMPL24:
                bends = hand_bends(body.hands, *self.hands, flat_mean=self.flat_hands)
                pose[-30:] = bends.reshape(30, 3)
        betas = np.zeros(max(min(len(self.betas), body.betas_count), 10))
        kept = self.betas[: len(betas)]
        betas[: len(kept)] = kept
        transl = self._smplx_transl(body, betas)
        parts = body.id, pose[0], pose[1:].ravel(), betas, transl, self.expression[: body.expressions]
        return SmplParameters(*parts)

    def vertices(self, body: BodyModel) -> NDArray[np.float32]:
        """Vertices (V, 3) of `body` in this pose; raises BodyError."""
        return np.asarray(body.forward(self.parameters(body)).vertices, np.float32)

    def _smplx_transl(self, body: BodyModel, betas: NDArray[np.floating]) -> NDArray[np.floating]:
        if self.place == "smplx":
            return self.transl
        root = body.root_joint(betas, self.expression[: body.expressions]).astype(np.float64)
        if self.place == "root":
            return self.transl - root
        return axis_angle_to_matrix(np.asarray(self.rotations[0], np.float64)) @ root + self.transl - root


@dataclass(frozen=True, eq=False)
class RigPose:
    """The `angles` (46,) of SKEL's bones, and `betas` (10,)."""

    angles: NDArray[np.floating]
    betas: NDArray[np.floating]

    def vertices(self, body: BodyModel) -> NDArray[np.float32]:
        """Vertices (V, 3) of SKEL in this pose; raises BodyError for another body."""
        if not isinstance(body, SkelBody):
            raise BodyError(
                f"these are the angles of SKEL, which {body.id} does not have",
                remedy="Name a SKEL body (--body)",
            )
        return body.posed(self.angles, self.betas)


@dataclass(frozen=True, eq=False)
class AnnyPose:
    """Anny's six `phenotypes` (6,) and the transforms (104, 4, 4) of its bones."""

    phenotypes: NDArray[np.floating]
    transforms: NDArray[np.floating]
    betas: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))

    def vertices(self, body: BodyModel) -> NDArray[np.float32]:
        """Vertices (V, 3) of Anny in this pose; raises BodyError for another body."""
        if not isinstance(body, AnnyBody):
            raise BodyError(
                f"these are bones of Anny, which {body.id} does not have",
                remedy="Name Anny's body (#body=anny)",
            )
        return body.posed(self.phenotypes, self.transforms)


@dataclass(frozen=True, eq=False)
class FoundPerson:
    """A body of one picture in a file: of `body` (`smpl-neutral`), by `pose` or as `vertices` (V, 3).

    Where there are both, the vertices count. The picture is called `picture`, or is number `frame` of the
    video or folder, from 0. Metres; `turn` (3, 3) and then `shift` (3,) bring the body before `camera`.
    Without a camera nothing is projected, but bodies that are `before_set` are by the record's camera, and
    `in_world` ones stand in its world.
    `annotation` is the id of the person's annotation in the set, or `bbox_xywh` (4,) the box in the picture,
    where nothing else says who it is. `joints` (J, 3) come beside vertices of bodies without regressor,
    `faces` (F, 3) beside those of a mesh that no body here may have. `inside` is the path of the file below
    what was opened, without ending: it may say which camera or sequence the person is of.
    """

    person: str
    body: str
    picture: str = ""
    frame: int | None = None
    pose: BodyPose | RigPose | AnnyPose | None = None
    vertices: NDArray[np.floating] | None = None
    joints: NDArray[np.floating] | None = None
    turn: NDArray[np.floating] = field(default_factory=lambda: np.eye(3))
    shift: NDArray[np.floating] = field(default_factory=lambda: np.zeros(3))
    camera: CameraOf | None = None
    in_world: bool = False
    before_set: bool = False
    bbox_xywh: NDArray[np.floating] | None = None
    score: float = 1.0
    annotation: str = ""
    faces: NDArray[np.integer] | None = None
    inside: str = ""

    def __post_init__(self) -> None:
        """Raise BodyError for faces of vertices that are not there."""
        if self.faces is None or self.vertices is None or not self.faces.size:
            return
        count, first, last = len(self.vertices), int(self.faces.min()), int(self.faces.max())
        if first < 0 or last >= count:
            raise BodyError(
                f"its faces are of the vertices {first} to {last}, and it has 0 to {count - 1}",
                remedy="Count the vertices in faces from 0",
            )

    @property
    def brings_faces(self) -> bool:
        """Whether nothing else is needed to draw this person."""
        return self.faces is not None and self.vertices is not None

    @cached_property
    def surface(self) -> BodyModel | None:
        """The mesh of these faces, which is nobody's body; None where they are lacking."""
        if self.faces is None or self.vertices is None:
            return None
        return surface_body(self.faces, len(self.vertices))


@dataclass(frozen=True, eq=False)
class FoundFile:
    """Everybody in a file of a format, and what a person should know about it.

    `world` says that people's `turn` and `shift` are a camera's place in a world; `up` is the direction away
    from the ground there, where the format states it. `asks` are the kinds of bodies (`smplh`, `smplx`) among
    which nothing in the file decides: which it is has to be said. Pictures whose camera says so are stored
    `lying`: they are looked at turned clockwise.
    """

    format: str
    people: Sequence[FoundPerson]
    notes: Sequence[str] = ()
    world: bool = False
    up: tuple[float, float, float] | None = None
    asks: tuple[str, ...] = ()
    lying: bool = False


@dataclass(frozen=True)
class PredictionFormat:
    """A kind of file: which programs write it, for which body, how its pictures are told, how it is read.

    `holds` says by the content whether a file is one; `read` raises KeyError, ValueError and the like for a
    damaged one, and SefdError with words for one that cannot be used.
    """

    name: str
    programs: str
    files: str
    body: str
    pictures: str
    camera: str
    holds: Callable[[Any], bool]
    read: Callable[[Any, Path], FoundFile]


def numbers(values: Any, *shape: int, name: str = "an array") -> NDArray[np.float64]:
    """The values as float64 of a shape, where -1 is any length; ValueError with its `name` for others."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} holds no numbers")
    fits = array.ndim == len(shape) and all(w in (-1, h) for w, h in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if axis < 0 else str(axis) for axis in shape)
        raise ValueError(f"{name} is {array.shape}, not ({wanted})")
    return array.astype(np.float64)


def bends(values: Any, *, name: str = "pose") -> NDArray[np.float64]:
    """Rotations (N, J, 3) from axis-angle (N, 3 J) or (N, J, 3) or matrices (N, J, 3, 3)."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.ndim not in (2, 3, 4):
        raise ValueError(f"{name} is {array.shape} and not rotations")
    if array.ndim == 4:
        return matrix_to_axis_angle(numbers(array, -1, -1, 3, 3, name=name))
    if array.ndim == 2 and array.shape[1] % 3:
        raise ValueError(f"{name} is {array.shape} and not rotations")
    return numbers(array.reshape(len(array), -1, 3), -1, -1, 3, name=name)


def row_of(values: Any, row: int, count: int, name: str) -> NDArray[np.float64]:
    """The numbers of a row of an array with as many as there are bodies, or of one for all."""
    array = np.asarray(values)
    own = array[row] if array.ndim > 1 and len(array) == count else array
    return numbers(own.ravel(), -1, name=name)


def gender_of(value: Any) -> str:
    """neutral, male or female of words, letters, bytes, SPIN's numbers, also in an array."""
    one = np.asarray(value).ravel()[0]
    word = (one.decode() if isinstance(one, bytes) else str(one)).strip().lower()
    words = {"m": "male", "f": "female", "n": "neutral", "0": "male", "1": "female", "-1": "neutral"}
    return words.get(word, words.get(word[:1], "neutral"))


def of_names(content: Any, *names: str) -> bool:
    """Whether this is a dictionary that has all these names."""
    return isinstance(content, dict) and all(name in content for name in names)


# ---- cameras


def focal_camera(focal: float | ArrayLike, centre: ArrayLike | None = None) -> CameraOf:
    """A camera of this focal length in the picture's pixels; its centre is the picture's, unless told."""

    def camera(size: Size) -> PinholeCamera:
        middle = np.array(size) / 2 if centre is None else np.asarray(centre, float)
        return PinholeCamera(np.broadcast_to(np.asarray(focal, float), 2), middle)

    return camera


def longer_side_camera(per_pixel: float) -> CameraOf:
    """A camera whose focal length is so many times the longer side, in the picture's centre."""
    return lambda size: focal_camera(per_pixel * max(size))(size)


def diagonal_camera(size: Size) -> PinholeCamera:
    """A camera whose focal length is the picture's diagonal, in its centre (CLIFF, WHAM)."""
    return focal_camera(float(np.hypot(*size)))(size)


def weak_camera(scale: ArrayLike, place: ArrayLike) -> PinholeCamera:
    """Weak perspective, pixels = scale * (x, y) + place, as a camera before which bodies stand FAR away."""
    return PinholeCamera(np.broadcast_to(np.asarray(scale, float), 2) * FAR, np.asarray(place, float))


def matrix_camera(matrix: Any) -> CameraOf:
    """The camera of a matrix K (3, 3)."""
    K = numbers(matrix, 3, 3, name="the camera's matrix")
    return focal_camera((K[0, 0], K[1, 1]), K[:2, 2])


def fitted_camera(points_camera: NDArray[np.floating], points_image: NDArray[np.floating]) -> CameraOf:
    """The camera that projects points (J, 3) to pixels (J, 2): straight lines through both axes.

    Raises SefdError when none does within two pixels.
    """
    plane = points_camera[:, :2] / points_camera[:, 2:]
    lines = [np.polyfit(plane[:, axis], points_image[:, axis], 1) for axis in (0, 1)]
    focal, centre = np.array(lines).T
    apart = np.abs(plane * focal + centre - points_image).max()
    if not apart < 2:
        raise SefdError(
            f"no camera projects its 3D points to its 2D points (they are up to {apart:.0f} px apart)",
            remedy="The file mixes points of different people or pictures",
        )
    return focal_camera(focal, centre)
