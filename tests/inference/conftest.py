"""Compact networks with seeded random weights, and a picture of two people with ground truth."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.inference.messages import ROLES, PersonInput, PredictRequest

SIZE = (320, 240)
CAMERA = PinholeCamera(np.array([300.0, 300.0]), np.array([160.0, 120.0]))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One weights file for each role."""
    import torch

    from sefd_viewer.networks.cards import NetworkCard
    from sefd_viewer.networks.checkpoints import save_weights
    from sefd_viewer.networks.mesh_network import build_network

    folder = tmp_path_factory.mktemp("weights")
    files = {}
    for seed, role in enumerate(ROLES):
        torch.manual_seed(seed)
        edges = None if role == "baseline" else EdgeSettings(dilation="adaptive").to_dict()
        card = NetworkCard("compact", role, "open-body-1", edges=edges)
        path = folder / f"{role}.safetensors"
        save_weights(path, build_network("compact", role), card)
        files[role] = str(path)
    return files


@pytest.fixture(scope="session")
def people(open_body: BodyModel, sample_poses: np.ndarray) -> tuple[PersonInput, ...]:
    """Two people side by side, 4 m away, with 2D poses that fit their bodies."""
    return tuple(_person(open_body, sample_poses[i], i) for i in range(2))


@pytest.fixture(scope="session")
def image() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)


@pytest.fixture
def request_for(image: np.ndarray, people: tuple[PersonInput, ...], weights: dict[str, str]):
    """Make a request for these people; the options are the request's fields."""

    def make(number: int = 1, **options: object) -> PredictRequest:
        fields = {
            "image": image,
            "people": people,
            "roles": ROLES,
            "edges": EdgeSettings(),
            "scene_camera": CAMERA,
            "weights": weights,
        }
        return PredictRequest(number, **(fields | options))

    return make


def _person(body: BodyModel, pose: np.ndarray, number: int) -> PersonInput:
    turned = np.concatenate([[np.pi, 0, 0], pose[3:]])
    smpl = SmplParameters.from_pose(body.id, turned, np.zeros(10), [number - 0.5, 0.0, 4.0])
    output = body.forward(smpl)
    points = CAMERA.project_camera(body.joints(output.vertices, output.joints, "coco17"))
    box = bbox_from_points(points, np.ones(17, bool), scale=1.0)
    keypoints = np.column_stack([points, np.ones(17)])
    return PersonInput(f"p{number}", Pose2D("coco17", keypoints, box, 1.0, "annotation"), smpl)
