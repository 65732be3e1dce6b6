"""Bodies for a pane: smooth at the rim, faded as asked, coloured by vertex, outlined as they are seen."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.bodies import BodyLayer, DrawnBody, draw_layers, outline
from sefd_viewer.render.zbuffer import render_buffers

CAMERA, SIZE = PinholeCamera(np.array([300.0, 300.0]), np.array([63.5, 63.5])), (128, 128)
RED, BLUE = np.array([230, 40, 40], np.uint8), np.array([40, 40, 230], np.uint8)


def _body(vertices: NDArray[np.floating], faces: NDArray[np.integer], color: NDArray[np.uint8]) -> DrawnBody:
    return DrawnBody(vertices, faces, color)


def test_a_body_covers_what_the_z_buffer_covers(body_in_view: NDArray[np.float32], open_body) -> None:
    picture = draw_layers([BodyLayer([_body(body_in_view, open_body.faces, RED)])], CAMERA, SIZE)
    solid = render_buffers([body_in_view], open_body.faces, CAMERA, SIZE).person_id > 0
    alpha = picture[..., 3].astype(float) / 255
    assert alpha.sum() == pytest.approx(solid.sum(), rel=0.01)
    assert (alpha[solid] > 0.05).all()
    rim = (alpha > 0) & (alpha < 1)
    assert rim.sum() > 100
    assert (picture[..., :3] <= picture[..., 3:]).all()  # premultiplied


def test_a_pixel_of_a_draft_is_seen_or_not(body_in_view: NDArray[np.float32], open_body) -> None:
    picture = draw_layers([BodyLayer([_body(body_in_view, open_body.faces, RED)])], CAMERA, SIZE, samples=1)
    assert set(np.unique(picture[..., 3])) == {0, 255}


def test_the_camera_may_stand_elsewhere(body_in_view: NDArray[np.float32], open_body) -> None:
    move = np.array([0.1, 0.05, 0.6])
    moved = PinholeCamera(CAMERA.focal, CAMERA.principal_point, t=move)
    there = draw_layers([BodyLayer([_body(body_in_view + move, open_body.faces, RED)])], CAMERA, SIZE)
    np.testing.assert_array_equal(
        draw_layers([BodyLayer([_body(body_in_view, open_body.faces, RED)])], moved, SIZE) > 0, there > 0
    )


def test_a_faded_body_before_another_is_seen_through(body_in_view: NDArray[np.float32], open_body) -> None:
    near = _body(body_in_view - np.float32([0, 0, 0.8]), open_body.faces, BLUE)
    far = _body(body_in_view, open_body.faces, RED)
    alone = draw_layers([BodyLayer([far])], CAMERA, SIZE).astype(float)
    both = draw_layers([BodyLayer([far]), BodyLayer([near], opacity=0.25)], CAMERA, SIZE).astype(float)
    veil = draw_layers([BodyLayer([near])], CAMERA, SIZE).astype(float)
    inside = (alone[..., 3] == 255) & (veil[..., 3] == 255)
    np.testing.assert_allclose(both[inside], alone[inside] * 0.75 + veil[inside] * 0.25, atol=1.5)


def test_what_is_behind_lies_under_even_what_stands_farther(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    near = _body(body_in_view - np.float32([0, 0, 0.8]), open_body.faces, BLUE)
    far = BodyLayer([_body(body_in_view, open_body.faces, RED)])
    alone = draw_layers([far], CAMERA, SIZE)
    both = draw_layers([BodyLayer([near], behind=True), far], CAMERA, SIZE)
    solid = alone[..., 3] == 255
    np.testing.assert_array_equal(both[solid], alone[solid])


def test_bodies_of_one_layer_hide_each_other(body_in_view: NDArray[np.float32], open_body) -> None:
    near = _body(body_in_view - np.float32([0.15, 0, 0.8]), open_body.faces, BLUE)
    picture = draw_layers(
        [BodyLayer([near, _body(body_in_view, open_body.faces, RED)], opacity=0.5)], CAMERA, SIZE
    )
    owner = render_buffers(
        [near.vertices, body_in_view], open_body.faces, CAMERA, SIZE, front_only=True
    ).person_id
    whole = picture[..., 3] >= 127
    red, blue = picture[..., 0].astype(int), picture[..., 2].astype(int)
    assert (red < blue)[whole & (owner == 1)].mean() > 0.95  # the rest is rim: the mean of both
    assert (red > blue)[whole & (owner == 2)].mean() > 0.95


def test_colours_of_vertices_run_into_each_other() -> None:
    square = np.array([[-1, -1, 4], [1, -1, 4], [1, 1, 4], [-1, 1, 4]], np.float32)
    faces = np.array([[0, 2, 1], [0, 3, 2]], np.int32)
    left_to_right = np.array([[0, 0, 0], [200, 0, 0], [200, 0, 0], [0, 0, 0]], np.uint8)
    picture = draw_layers([BodyLayer([DrawnBody(square, faces, left_to_right)])], CAMERA, SIZE)
    row = picture[64, :, 0].astype(int)
    assert row[0] < 20
    assert (np.diff(row) >= 0).all()
    assert row[-1] > 100


def test_nobody_and_somebody_behind_the_camera_are_a_clear_picture(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    behind = _body(body_in_view - np.float32([0, 0, 9]), open_body.faces, RED)
    assert not draw_layers([], CAMERA, SIZE).any()
    assert not draw_layers([BodyLayer([]), BodyLayer([behind])], CAMERA, SIZE).any()
    assert outline(behind, CAMERA, SIZE) == ()


def test_the_outline_runs_along_the_rim(body_in_view: NDArray[np.float32], open_body) -> None:
    import cv2

    lines = outline(_body(body_in_view, open_body.faces, RED), CAMERA, SIZE)
    solid = render_buffers([body_in_view], open_body.faces, CAMERA, SIZE).person_id > 0
    drawn = np.zeros(solid.shape, np.uint8)
    cv2.fillPoly(drawn, [np.rint(line * 16).astype(np.int32) for line in lines], 1, shift=4)
    assert (drawn.astype(bool) ^ solid).sum() < 0.05 * solid.sum()


def test_a_body_at_the_right_of_a_wide_picture_is_drawn_whole(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    wide, aside = (320, 128), np.float32([200.0, 0.0])
    camera = PinholeCamera(CAMERA.focal, CAMERA.principal_point + aside)
    layer = BodyLayer([_body(body_in_view, open_body.faces, RED)])
    picture = draw_layers([layer], camera, wide)
    np.testing.assert_array_equal(
        picture[:, 200:, 3][:, :120], draw_layers([layer], CAMERA, SIZE)[:, :120, 3]
    )
