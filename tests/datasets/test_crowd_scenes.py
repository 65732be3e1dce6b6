"""Crowds in streets and rooms: feet on the floor, nobody inside another, truth as the picture shows it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.synthetic.crowd import CROWDS, everyday_pose, generate_crowd, standing_people
from sefd_viewer.datasets.synthetic.scene import Scene, pose_people
from sefd_viewer.geometry import SMPL24
from sefd_viewer.render.visibility import Visibility

SEED = 5
SETTINGS = replace(CROWDS, people=(4, 4))


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [generate_crowd(SEED, index, SETTINGS) for index in range(2)]


def test_everybody_stands_on_the_floor(open_body: BodyModel) -> None:
    people, places = standing_people(open_body, CROWDS, np.random.default_rng(SEED))
    vertices, _ = pose_people(open_body, people)
    assert np.allclose((vertices + places[:, None])[..., 1].min(axis=1), 0, atol=1e-5)


def winding(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """How often a closed surface (F, 3, 3) winds around points (N, 3): 1 inside, 0 outside (solid angles)."""
    a, b, c = np.moveaxis(triangles[None] - points[:, None, None], 2, 0)
    la, lb, lc = (np.linalg.norm(side, axis=-1) for side in (a, b, c))
    above = np.einsum("nfk,nfk->nf", a, np.cross(b, c))
    below = la * lb * lc + (a * b).sum(-1) * lc + (b * c).sum(-1) * la + (c * a).sum(-1) * lb
    return np.asarray(np.arctan2(above, below).sum(1) / (2 * np.pi))


def test_nobody_is_inside_another(scenes: list[Scene], open_body: BodyModel) -> None:
    """By winding numbers, which know nothing of how people were placed."""
    for scene in scenes:
        bodies = [person.vertices.astype(np.float64) for person in scene.people]
        for one, other in permutations(bodies, 2):
            within = ((one > other.min(0)) & (one < other.max(0))).all(1)
            close = one[within][::60]
            if len(close):
                assert (winding(close, other[open_body.faces]) > 0.5).sum() <= 1


def test_people_hide_each_other_and_stand_within_arms_reach(scenes: list[Scene]) -> None:
    states = np.concatenate([person.states for scene in scenes for person in scene.people])
    assert 0.1 < (states == Visibility.OTHER_PERSON).mean() < 0.7
    for scene in scenes:
        roots = np.stack([person.joints[0] for person in scene.people])
        apart = np.linalg.norm(roots[:, None] - roots, axis=-1) + 9 * np.eye(len(roots))
        assert (apart.min(axis=1) < 1.3).all()


def test_the_same_seed_is_the_same_picture(scenes: list[Scene]) -> None:
    again = generate_crowd(SEED, 0, SETTINGS)
    assert again.image.shape == (CROWDS.size[1], CROWDS.size[0], 3)
    assert np.array_equal(again.image, scenes[0].image)


def test_everyday_poses_are_upright_with_arms_mostly_down(open_body: BodyModel) -> None:
    rng = np.random.default_rng(1)
    poses = np.stack([everyday_pose(rng) for _ in range(200)])
    output = open_body.forward_batch(poses[:, :3], poses[:, 3:], np.zeros((200, 10)), np.zeros((200, 3)))
    heights = output.joints[..., 1]
    height = {name: heights[:, SMPL24.index(name)] for name in ("Head", "Pelvis", "L_Wrist", "L_Shoulder")}
    assert (height["Head"] > height["Pelvis"] + 0.4).all()
    assert (height["L_Wrist"] < height["L_Shoulder"]).mean() > 0.8
