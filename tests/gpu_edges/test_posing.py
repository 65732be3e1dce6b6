"""Bodies of other cameras before the picture's, against `body_before_camera`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sefd_viewer.body.files import load_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.edge_maps.jobs import MapPerson
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.gpu_edges.drawer import Poser, before_cameras
from tests.owners_files import expressive_arrays, write_body


def test_bodies_come_before_the_picture_s_camera_as_in_numpy() -> None:
    picture = PinholeCamera(np.array([500.0, 480.0]), np.array([99.5, 79.5]))
    other = PinholeCamera(np.array([1500.0, 1490.0]), np.array([60.0, 90.0]))
    lens = PinholeCamera(other.focal, other.principal_point, distortion=np.array([-0.2, 0.05, 0.01, 0, 0]))
    vertices = np.random.default_rng(0).normal((0, 0, 4), 0.3, (4, 50, 3)).astype(np.float32)
    vertices[2, :5, 2] = -1
    own = [picture, other, other, lens]
    moved = before_cameras(torch.from_numpy(vertices.copy()), own, [picture] * 4).numpy()
    for body, camera, ours in zip(vertices, own, moved, strict=True):
        expected = body_before_camera(body, camera, picture)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


def test_people_of_smplx_are_posed_as_in_numpy(tmp_path: Path) -> None:
    """Fingers, face and expression too."""
    body = load_body(write_body(tmp_path / "SMPLX_NEUTRAL.npz", expressive_arrays("smplx")))
    rng = np.random.default_rng(5)
    camera = PinholeCamera(np.array([500.0, 480.0]), np.array([99.5, 79.5]))
    people = [
        SmplParameters(body.id, *(rng.normal(scale=0.2, size=n) for n in (3, 162, betas, 3, 10)))
        for betas in (10, 16)
    ]
    ours = Poser(body, torch.device("cpu"))(
        [MapPerson(str(n), one, camera) for n, one in enumerate(people)], [camera] * 2
    )
    for found, one in zip(ours, people, strict=True):
        np.testing.assert_allclose(found.numpy(), body.forward(one).vertices, atol=2e-4)
