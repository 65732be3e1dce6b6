"""The parameters of one SMPL-format body, its hands, and bodies of which only their surface is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.errors import DAMAGED, BodyError

_SIZES = {"global_orient": 3, "transl": 3}
_NAMES = ("global_orient", "body_pose", "betas", "transl")
_SMPL_POSE = 69
_POSES = (_SMPL_POSE, 153, 162)
"""Numbers in the poses of SMPL, SMPL-H and SMPL-X without the root."""
_SMPL_BETAS = 10
_MOST_BETAS, _MOST_EXPRESSIONS = 300, 100


@dataclass(frozen=True, eq=False)
class SmplParameters:
    """Pose, shape and place of a body, under smplx's names, float32.

    `body_id` says for which body the betas are; `global_orient` (3,) and `body_pose` are axis-angle in
    radians, `transl` (3,) metres. `body_pose` holds every joint but the root in the body's order: (69,) of
    SMPL, (153,) of SMPL-H, (162,) of SMPL-X, with the bends of the hands as they are (no principal
    components, no mean left out). `betas` are (10,), of SMPL-H and SMPL-X (1,) to (300,), and only these
    have an `expression` (0,) to (100,). Raises BodyError for other shapes and values not finite.
    """

    body_id: str
    global_orient: np.ndarray
    body_pose: np.ndarray
    betas: np.ndarray
    transl: np.ndarray
    expression: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        for name, size in _SIZES.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), size))
        pose = _checked("body_pose", self.body_pose, *_POSES)
        plain = len(pose) == _SMPL_POSE
        betas = (_SMPL_BETAS,) if plain else range(1, _MOST_BETAS + 1)
        expressions = (0,) if plain else range(_MOST_EXPRESSIONS + 1)
        object.__setattr__(self, "body_pose", pose)
        object.__setattr__(self, "betas", _checked("betas", self.betas, *betas))
        object.__setattr__(self, "expression", _checked("expression", self.expression, *expressions))

    @classmethod
    def from_pose(cls, body_id: str, pose: ArrayLike, betas: ArrayLike, transl: ArrayLike) -> SmplParameters:
        """Parameters from all rotations in one vector, the root's first: (72,) of SMPL, (156,) or (165,)."""
        whole = _checked("pose", pose, *(size + 3 for size in _POSES))
        return cls(body_id, whole[:3], whole[3:], np.asarray(betas), np.asarray(transl))

    @property
    def pose(self) -> np.ndarray:
        """All rotations in one vector, (72,) of SMPL, axis-angle, the root's first."""
        return np.concatenate([self.global_orient, self.body_pose])

    def to_dict(self) -> dict[str, Any]:
        """The body's id and plain lists under the field names."""
        names = (*_NAMES, "expression") if len(self.expression) else _NAMES
        return {"body_id": self.body_id} | {name: getattr(self, name).tolist() for name in names}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SmplParameters:
        """The parameters that `to_dict` wrote; BodyError when one is missing."""
        missing = [name for name in ("body_id", *_NAMES) if name not in values]
        if missing:
            raise BodyError(
                f"the body parameters lack {', '.join(missing)}",
                remedy="Write them too; docs/formats.md lists what a body needs",
            )
        known = [name for name in (*_NAMES, "expression") if name in values]
        return cls(values["body_id"], **{name: values[name] for name in known})


@dataclass(frozen=True, eq=False)
class StoredSurface:
    """A body without parameters: its `vertices` (V, 3) as they lie, metres, float32, of the body `body_id`.

    Raises BodyError for other shapes and values not finite.
    """

    body_id: str
    vertices: np.ndarray

    def __post_init__(self) -> None:
        points = np.asarray(self.vertices, np.float32)
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise BodyError(
                f"the surface is {points.shape} instead of (V, 3) finite numbers",
                remedy="Give x, y, z in metres for each vertex",
            )
        object.__setattr__(self, "vertices", points)

    def moved(self, turn: NDArray[np.floating], shift: NDArray[np.floating]) -> StoredSurface:
        """The same turned by (3, 3), then shifted by (3,) metres."""
        return StoredSurface(self.body_id, self.vertices @ np.asarray(turn).T + shift)


TrueParameters = SmplParameters | StoredSurface
"""What is known of somebody's true body: pose and shape, or the surface alone."""


def _checked(name: str, value: ArrayLike, *sizes: int) -> np.ndarray:
    """The values (one of `sizes`,) as float32; BodyError for others."""
    try:
        array = np.array(value, dtype=np.float32)
    except DAMAGED as error:
        raise BodyError(
            f"the body parameter {name} is not {_told(sizes)} numbers",
            remedy="See docs/formats.md for the numbers a body takes",
        ) from error
    if array.ndim != 1 or len(array) not in sizes:
        raise BodyError(
            f"the body parameter {name} has shape {array.shape} instead of ({_told(sizes)},)",
            remedy="See docs/formats.md for the numbers a body takes",
        )
    if not np.all(np.isfinite(array)):
        raise BodyError(
            f"the body parameter {name} holds values that are not finite",
            remedy="Replace NaN and infinity, or leave this person out",
        )
    return array


def _told(sizes: tuple[int, ...]) -> str:
    return " or ".join(map(str, sizes)) if len(sizes) < 4 else f"{sizes[0]} to {sizes[-1]}"


BENDS = 45
"""Numbers of the 15 joints of a hand, axis-angle."""


@dataclass(frozen=True, eq=False)
class Hands:
    """What a body's file says about hands, left first: relaxed `mean` (2, 45), `components` (2, C, 45)."""

    mean: NDArray[np.float32]
    components: NDArray[np.float32]


def hand_bends(
    hands: Hands | None, left: ArrayLike, right: ArrayLike, *, flat_mean: bool = False
) -> NDArray[np.float32]:
    """The bends (90,) of both hands in radians, left first, as skinning takes them.

    `left` and `right` are 45 bends, or fewer coefficients of the principal components, or nothing (0,),
    each relative to the relaxed hand, or to the flat one with `flat_mean` (smplx's `flat_hand_mean`).
    Raises BodyError where the body's file does not say what is needed for that.
    """
    sides = [np.asarray(side, np.float32).ravel() for side in (left, right)]
    return np.concatenate([_bends(hands, side, values, flat_mean) for side, values in enumerate(sides)])


def _bends(
    hands: Hands | None, side: int, values: NDArray[np.float32], flat_mean: bool
) -> NDArray[np.float32]:
    if len(values) not in (0, BENDS):
        values = _of_components(hands, side, values)
    bends = values if len(values) else np.zeros(BENDS, np.float32)
    if flat_mean:
        return bends
    if hands is None:
        raise BodyError(
            "these hands are relative to the relaxed hand, which the body's file does not describe",
            remedy="Use a body file with hands_meanl and hands_meanr",
        )
    return bends + hands.mean[side]


def _of_components(hands: Hands | None, side: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
    if hands is None or len(values) > len(hands.components[side]):
        known = 0 if hands is None else len(hands.components[side])
        raise BodyError(
            f"these hands are {len(values)} principal components, the body's file describes {known}",
            remedy="Use a body file with hands_componentsl and hands_componentsr",
        )
    return values @ hands.components[side, : len(values)]
