"""The body that is optimised is the body that is shown, and its prior knows which way joints bend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sefd_viewer.body.files import open_body
from sefd_viewer.fitting.differentiable import MeasuredBody, TorchCameras, axis_angle_to_matrix
from sefd_viewer.fitting.objective import PosePrior
from sefd_viewer.geometry.joints import COCO17, SMPL24
from tests.fitting.fit_rig import actor, cameras


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)


@pytest.mark.parametrize("licensed", [False, True])
def test_joints_and_vertices_equal_the_bodys_own(*, licensed: bool) -> None:
    """Also of a body as licensed ones are: with pose correctives, and without a measure of COCO's joints."""
    model, one, chosen = open_body(), actor(), np.array([7, 6000])
    if licensed:
        directions = np.random.default_rng(1).normal(scale=1e-3, size=(model.vertex_count, 3, 207))
        model = replace(model, posedirs=directions.astype(np.float32), regressors={})
    pose = np.concatenate([one.global_orient, one.body_pose], axis=1).reshape(-1, 24, 3)
    body = MeasuredBody(model, more=chosen)
    joints, chain, vertices = body(axis_angle_to_matrix(tensor(pose)), tensor(one.betas), tensor(one.transl))
    betas = np.tile(one.betas, (len(pose), 1))
    truth = model.forward_batch(one.global_orient, one.body_pose, betas, one.transl)
    np.testing.assert_allclose(joints, model.joints(truth.vertices, truth.joints, COCO17), atol=1e-5)
    np.testing.assert_allclose(chain, truth.joints, atol=1e-5)
    np.testing.assert_allclose(vertices[:, -2:], truth.vertices[:, chosen], atol=1e-5)


def test_cameras_project_as_the_library_does() -> None:
    given, points = cameras(), actor().joints()
    found = TorchCameras.of(list(given.values()), torch.float64).project(torch.from_numpy(points).double())
    for pixels, camera in zip(found, given.values(), strict=True):
        np.testing.assert_allclose(pixels, camera.project(points), atol=1e-6)


def test_knees_and_elbows_bend_one_way() -> None:
    pose = torch.zeros(1, 23, 3)
    assert PosePrior.against_hinges(pose) == 0
    for name, axis, right in (("L_Knee", 0, 1.0), ("R_Elbow", 1, 1.0), ("L_Elbow", 1, -1.0)):
        bent = pose.clone()
        bent[0, SMPL24.index(name) - 1, axis] = right
        assert PosePrior.against_hinges(bent) == 0
        assert PosePrior.against_hinges(-bent) == 1


def test_the_mean_pose_is_the_likeliest() -> None:
    prior = PosePrior()
    mean = prior.mean.reshape(1, 23, 3)
    assert prior(mean) < 1e-6
    assert prior(mean + 0.2) > 1
