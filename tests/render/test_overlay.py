"""The shaded overlay: solid inside, clear outside, coloured by person, hidden by depth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
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
