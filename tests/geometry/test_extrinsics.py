"""Only the exact mode equals posing in the world and moving every vertex by R v + t."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.geometry import ExtrinsicMode, axis_angle_to_matrix, smpl_to_camera

SEEDS = range(5)


def person(seed: int) -> tuple[SmplParameters, np.ndarray, np.ndarray]:
    """Random world parameters and the R (3, 3) and t (3,) of a random camera."""
    generator = np.random.default_rng(seed)
    parameters = SmplParameters.from_pose(
        "open-body-1",
        generator.normal(scale=0.5, size=72),
        generator.normal(size=10),
        generator.normal(size=3),
    )
    return parameters, axis_angle_to_matrix(generator.normal(size=3)), generator.normal(size=3) + [0, 0, 4]


def in_camera(body: BodyModel, seed: int, mode: ExtrinsicMode) -> tuple[np.ndarray, np.ndarray]:
    """Vertices through the mode's parameters, and the vertices that they should be."""
    world, R, t = person(seed)
    orient, transl = smpl_to_camera(
        world.global_orient, world.transl, R, t, mode=mode, root_joint=body.root_joint(world.betas)
    )
    camera = SmplParameters(body.id, orient, world.body_pose, world.betas, transl)
    return body.forward(camera).vertices, body.forward(world).vertices @ R.T + t


@pytest.mark.parametrize("seed", SEEDS)
def test_exact_equals_moving_the_vertices(open_body: BodyModel, seed: int) -> None:
    found, expected = in_camera(open_body, seed, "exact")
    assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_paper_is_off_by_the_turned_root_joint(open_body: BodyModel, seed: int) -> None:
    world, R, _ = person(seed)
    offset = (R - np.eye(3)) @ open_body.root_joint(world.betas)
    found, expected = in_camera(open_body, seed, "paper")
    assert_allclose(expected - found, np.broadcast_to(offset, found.shape), atol=1e-5)


def test_the_difference_is_visible_when_the_root_lies_off_the_origin() -> None:
    root = np.array([0.0, -0.25, 0.03])
    R = axis_angle_to_matrix([np.pi / 2, 0, 0])
    _, paper = smpl_to_camera(np.zeros(3), np.zeros(3), R, np.zeros(3), mode="paper", root_joint=root)
    _, exact = smpl_to_camera(np.zeros(3), np.zeros(3), R, np.zeros(3), mode="exact", root_joint=root)
    assert np.linalg.norm(exact - paper) > 0.3


def test_raw_changes_nothing(open_body: BodyModel) -> None:
    world, R, t = person(0)
    orient, transl = smpl_to_camera(
        world.global_orient, world.transl, R, t, mode="raw", root_joint=open_body.root_joint(world.betas)
    )
    assert_allclose(orient, world.global_orient)
    assert_allclose(transl, world.transl)
