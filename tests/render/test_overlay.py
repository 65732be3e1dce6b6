"""The shaded overlay: solid inside, clear outside, coloured by person, hidden by depth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render import shading
from sefd_viewer.render.overlay import shaded_overlay
from sefd_viewer.render.zbuffer import render_buffers

CAMERA, SIZE = PinholeCamera(np.array([150.0, 150.0]), np.array([63.5, 63.5])), (128, 128)
COLORS = np.array([[230, 60, 0], [0, 60, 230]], np.uint8)


def test_two_bodies_are_solid_and_hide_each_other(body_in_view: NDArray[np.float32], open_body) -> None:
    meshes = [body_in_view + np.float32([0.15, 0, 1]), body_in_view]
    picture = shaded_overlay(meshes, open_body.faces, COLORS, CAMERA, SIZE)
    owner = render_buffers(meshes, open_body.faces, CAMERA, SIZE).person_id
    assert picture.shape == (128, 128, 4)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture[..., 3], np.where(owner > 0, 255, 0))
    assert not picture[owner == 0].any()
    red, blue = picture[..., 0].astype(int), picture[..., 2].astype(int)
    assert (red > blue)[owner == 1].all()
    assert (red < blue)[owner == 2].all()


def test_form_reads_and_is_smooth(body_in_view: NDArray[np.float32], open_body) -> None:
    camera, size = PinholeCamera(np.array([600.0, 600.0]), np.array([127.5, 127.5])), (256, 256)
    picture = shaded_overlay([body_in_view], open_body.faces, COLORS[:1], camera, size)
    solid = render_buffers([body_in_view], open_body.faces, camera, size)
    inside = solid.person_id > 0
    smooth, flat = picture[..., 0].astype(float) / 230, solid.shade
    assert np.ptp(smooth[inside]) > 0.3
    depth = np.where(inside, solid.depth, 0)
    beside = inside[:, 1:] & inside[:, :-1] & (np.abs(np.diff(depth, axis=1)) < 0.01)
    assert np.abs(np.diff(smooth, axis=1))[beside].mean() < np.abs(np.diff(flat, axis=1))[beside].mean()


def test_as_many_colours_as_bodies_are_needed(body_in_view: NDArray[np.float32], open_body) -> None:
    with pytest.raises(ValueError, match="2 colours for 1 meshes"):
        shaded_overlay([body_in_view], open_body.faces, COLORS, CAMERA, SIZE)


def test_nobody_is_a_clear_picture(open_body) -> None:
    assert not shaded_overlay([], open_body.faces, COLORS[:0], CAMERA, SIZE).any()


def test_normals_run_across_a_slanted_face_as_they_do_in_space() -> None:
    """By hand: the ray of a pixel meets the face; its place among the corners weighs their normals."""
    corners = np.array([[-0.6, -0.5, 2.0], [0.9, -0.4, 4.0], [-0.2, 0.8, 3.0]])
    normals = np.array([[-0.8, -0.3, -0.5], [0.7, -0.2, -0.7], [0.1, 0.9, -0.4]], np.float32)
    camera, size, color = (
        PinholeCamera(np.array([60.0, 60.0]), np.array([20.0, 20.0])),
        (40, 40),
        np.array([120, 90, 60], np.uint8),
    )
    screen = np.column_stack([camera.project_camera(corners), 1 / corners[:, 2]])
    faces = np.array([[0, 1, 2]], np.int32)
    buffers = render_buffers([corners], faces, camera, size)
    seen, first = buffers.person_id == 1, np.zeros((40, 40), np.int32)
    painted = np.zeros((40, 40, 4), np.uint8)
    shading.paint_mesh(screen, faces, normals, 1, color, buffers.person_id, first, painted)
    sampled, near = np.zeros((40, 40, 4), np.uint8), np.zeros((40, 40), np.float32)
    nearness = np.where(seen, 1 / buffers.depth, 0).astype(np.float32)
    every = np.tile(color, (3, 1))
    shading.shade_samples(screen, faces, normals, every, nearness, first, 1, sampled, near)
    for y, x in np.argwhere(seen)[::37]:
        ray = np.array([(x - 20) / 60, (y - 20) / 60, 1.0])
        weights = np.linalg.solve(corners.T, ray)
        normal = weights @ normals
        normal *= (-1 if normal[2] > 0 else 1) / np.linalg.norm(normal)
        key, fill = (max(0.0, normal @ light) for light in (shading._KEY, shading._FILL))
        tone = shading._AMBIENT + np.array(shading._KEY_TONE) * key + np.array(shading._FILL_TONE) * fill
        by_hand = np.minimum(color * tone + shading._GLOSS * key**16, 255)
        assert painted[y, x, :3] == pytest.approx(by_hand, abs=1.1)
        assert sampled[y, x, :3] == pytest.approx(by_hand, abs=1.6)
