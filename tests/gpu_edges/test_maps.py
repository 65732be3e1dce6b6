"""Edge maps in torch, on the CPU here, against the maps of `edges.mesh_edges` and a ray caster."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sefd_viewer.body import SmplParameters
from sefd_viewer.edge_maps.auditing import agreement
from sefd_viewer.edge_maps.jobs import MapKind, maps_of_kind
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.gpu_edges import maps, rasterise
from sefd_viewer.gpu_edges.canny import Windows
from sefd_viewer.gpu_edges.maps import Crowd, crowd_maps
from sefd_viewer.gpu_edges.rasterise import Meshes, render_layers
from sefd_viewer.render.zbuffer import render_buffers
from tests.render.rays import CAMERA, SIZE, away_from_boundaries, cast_rays, tangle

CPU = torch.device("cpu")
WIDE_ANGLE = np.array([-0.25, 0.08, 0.004, -0.003, 0.0])


@pytest.fixture(scope="module")
def crowds(open_body, sample_poses: NDArray[np.float32]) -> list[Crowd]:
    """Pictures of several sizes: people hidden, cut by a border, outside, behind and at the camera."""
    ideal = PinholeCamera(np.array([190.0, 190.0]), np.array([99.5, 79.5]))
    lens = PinholeCamera(np.array([160.0, 170.0]), np.array([70.0, 110.0]), distortion=WIDE_ANGLE)
    places = {
        (ideal, (200, 160)): [(0, 0, 2.6), (0.15, 0, 4), (-1.4, 0.2, 2.8), (0, 0, -3), (50, 0, 3)],
        (lens, (150, 210)): [(0.2, 0.1, 0.9), (-0.4, 0.3, 3.5), (0, 0.4, 0.2), (0.5, -0.6, 9)],
        (ideal, (40, 30)): [],
        (lens, (120, 100)): [(0.1, -0.5, 30), (-0.3, 0.2, 3)],
    }
    poses = iter(np.tile(sample_poses, (3, 1)))
    return [
        Crowd.of([body_at(open_body, next(poses), place) for place in own], open_body.faces, *seen, CPU)
        for seen, own in places.items()
    ]


def body_at(open_body, pose: NDArray[np.float32], place: tuple[float, float, float]) -> NDArray[np.float32]:
    upright = np.concatenate([[np.pi, 0, 0], pose[3:]]).astype(np.float32)
    zero = np.zeros(10, np.float32)
    output = open_body.forward(SmplParameters.from_pose(open_body.id, upright, zero, zero[:3]))
    return (output.vertices - output.joints[0] + np.float32(place)).astype(np.float32)


def numpy_crowd(crowd: Crowd) -> tuple[list[NDArray[np.float32]], list[NDArray[np.int64]]]:
    return [v.numpy() for v, _ in crowd.bodies], [f.numpy() for _, f in crowd.bodies]


@pytest.mark.parametrize("kind", get_args(MapKind))
@pytest.mark.parametrize(
    "settings",
    [
        EdgeSettings(dilation="adaptive"),
        EdgeSettings(dilation="fixed", kernel=3, sigma=2.0, gaussian_size=9),
        EdgeSettings(dilation="none"),
        EdgeSettings(dilation="adaptive", variant="binary"),
    ],
    ids=lambda settings: f"{settings.variant}-{settings.dilation}",
)
def test_every_kind_of_map_equals_the_cpu_s(
    crowds: list[Crowd], settings: EdgeSettings, kind: MapKind
) -> None:
    for crowd, drawn in zip(crowds, crowd_maps(crowds, kind, settings), strict=True):
        edges = mesh_edges(*numpy_crowd(crowd), crowd.camera, crowd.size, settings)
        expected = maps_of_kind(edges, kind)
        assert len(drawn) == len(expected)
        for ours, theirs in zip(drawn, expected, strict=True):
            assert ours.dtype == np.uint8
            assert ours.shape == theirs.shape
            assert (np.abs(ours.astype(int) - theirs) <= 1).mean() >= 0.995
            assert agreement(ours, theirs) > 0.99  # empty parts do not count here
            assert bool(ours.any()) == bool(theirs.any())


def test_the_size_of_the_portions_changes_nothing(
    crowds: list[Crowd], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EdgeSettings(dilation="adaptive")
    whole = crowd_maps(crowds, "occluded", settings)
    monkeypatch.setattr(maps, "_CELLS", 1)
    monkeypatch.setattr(maps, "_PIXELS", 1)
    monkeypatch.setattr(rasterise, "_BODIES", 2)
    monkeypatch.setattr(rasterise, "_TRIALS", 5_000)
    for (one,), (other,) in zip(whole, crowd_maps(crowds, "occluded", settings), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_people_and_depths_are_the_cpu_s_but_at_boundaries(crowds: list[Crowd]) -> None:
    crowd = crowds[0]
    vertices, faces = numpy_crowd(crowd)
    buffers = render_buffers(vertices, faces, crowd.camera, crowd.size, front_only=True)
    bodies = (torch.stack(part) for part in zip(*crowd.bodies, strict=True))
    meshes = Meshes.seen_by([crowd.camera] * len(vertices), *bodies)
    windows = Windows.of([(0, 0, *crowd.size)], [crowd.size], CPU)
    layers = render_layers(meshes, torch.zeros(len(vertices), dtype=torch.long), windows)
    sure = away_from_boundaries(buffers.person_id)
    assert len(np.unique(buffers.person_id)) == 4
    np.testing.assert_array_equal(layers.body[0].numpy()[sure] + 1, buffers.person_id[sure])
    np.testing.assert_allclose(layers.depth[0].numpy()[sure], buffers.depth[sure], rtol=1e-5)


def test_a_batch_agrees_with_a_ray_caster() -> None:
    """Four pictures at once; triangles have a face on either side, as only faces to the camera are drawn."""
    tangles = [tangle(seed) for seed in range(4)]
    vertices = np.stack([mesh for meshes, _ in tangles for mesh in meshes])
    faces = np.stack([np.concatenate([f, f[:, ::-1]]) for _, own in tangles for f in own])
    meshes = Meshes.seen_by([CAMERA] * 12, torch.from_numpy(vertices), torch.from_numpy(faces))
    windows = Windows.of([(0, 0, *SIZE)] * 4, [SIZE] * 4, CPU)
    layers = render_layers(meshes, torch.arange(12) // 3, windows)
    for index, (bodies, triangles) in enumerate(tangles):
        depth, hit = cast_rays(bodies, triangles)
        seen = np.isfinite(depth)
        sure = away_from_boundaries(np.where(seen, hit, -1))
        expected = np.where(seen, 3 * index + hit // 4, -1)
        np.testing.assert_array_equal(layers.body[index].numpy()[sure], expected[sure])
        np.testing.assert_allclose(layers.depth[index].numpy()[sure], depth[sure], rtol=1e-5)
