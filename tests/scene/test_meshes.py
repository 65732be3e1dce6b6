"""Normals and refusals of body meshes; the floor below them; what lies under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sefd_viewer.scene.cameras import Bounds, OrbitPose, bounds_of, orbit_camera
from sefd_viewer.scene.floor import contact_shadow, floor_grid
from sefd_viewer.scene.meshes import body_at, vertex_normals


def test_normals_of_an_octahedron_point_outwards(solid):
    body = solid("a", (0, 0, 0), 1.0)
    np.testing.assert_allclose(vertex_normals(body.vertices, body.faces), body.vertices, atol=1e-6)


def test_unused_vertices_have_no_normal(solid):
    body = solid("a", (0, 0, 0))
    normals = vertex_normals(np.concatenate([body.vertices, [[9, 9, 9]]]), body.faces)
    assert not normals[-1].any()


def test_bodies_with_nan_or_without_faces_are_not_drawable(solid):
    body = solid("a", (0, 0, 3))
    broken = body.vertices.copy()
    broken[2, 1] = np.nan
    assert body.is_drawable
    assert not replace(body, vertices=broken).is_drawable
    assert not replace(body, faces=np.empty((0, 3), int)).is_drawable


def test_grid_lies_on_the_floor_and_fades(solid):
    bounds = bounds_of([solid("a", (0.2, -0.1, 3)).vertices], (0.1, -1, 0.05))
    points, segments, strength = floor_grid(bounds)
    np.testing.assert_allclose(points @ bounds.up, bounds.floor, atol=1e-5)
    lengths = np.linalg.norm(points[segments[:, 0]] - points[segments[:, 1]], axis=1)
    np.testing.assert_allclose(lengths, 0.5, atol=1e-5)
    assert strength.max() == 1
    assert strength.min() == 0


def test_shadow_is_darkest_below_the_lowest_point(solid):
    body = solid("a", (0.2, -0.1, 3))
    bounds = bounds_of([body.vertices])
    points, faces, darkness = contact_shadow(bounds, body.vertices)
    darkest = points[darkness.argmax()]
    np.testing.assert_allclose(darkest[[0, 2]], (0.2, 3.0), atol=0.06)
    assert len(faces) > 0
    assert darkness.min() >= 0


def test_the_foremost_body_is_picked(solid):
    bodies = [solid("far", (0, 0, 5)), solid("near", (0, 0, 4)), solid("aside", (1, 0, 4))]
    bounds = bounds_of([body.vertices for body in bodies])
    camera = orbit_camera(OrbitPose(0, 0), bounds, bounds.radius, (400, 400))
    for body, expected in zip(bodies, ("near", "near", "aside"), strict=True):
        x, y, _depth = camera.project(body.vertices.mean(axis=0) + 0.01, (400, 400))
        assert body_at(bodies, camera, (400, 400), (x, y)) == expected
    assert body_at(bodies, camera, (400, 400), (2, 2)) is None


def test_the_floor_of_a_world_of_kilometres_stays_small() -> None:
    bounds = Bounds(np.zeros(3), 8000.0, -1.0, np.array([0.0, 1.0, 0.0]))
    points, segments, strength = floor_grid(bounds)
    assert len(points) == len(strength) < 40_000
    assert np.ptp(points[:, 0]) > 2 * 8000
    assert len(segments)
    shadow, _, _ = contact_shadow(bounds, np.zeros((4, 3)))
    assert len(shadow) < 700_000
