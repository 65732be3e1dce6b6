"""The rasteriser against a ray caster, and its promises about depth, borders and the near plane."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.rasterise import flat_shades, lay_nearer
from sefd_viewer.render.zbuffer import Buffers, projected_box, render_buffers
from tests.render.rays import CAMERA, SIZE, away_from_boundaries, cast_rays, tangle

SQUARE = np.array([[0, 1, 2], [0, 2, 3]])


def square(left: float, top: float, right: float, bottom: float, z: float) -> NDArray[np.float32]:
    """A square facing the camera whose corners fall on these pixels."""
    corners = np.array([[left, top], [left, bottom], [right, bottom], [right, top]])
    return (np.column_stack([(corners - CAMERA.principal_point) / CAMERA.focal, np.ones(4)]) * z).astype(
        np.float32
    )


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_a_ray_caster(seed: int) -> None:
    meshes, faces = tangle(seed)
    depth, hit = cast_rays(meshes, faces)
    seen = np.isfinite(depth)
    buffers = render_buffers(meshes, faces, CAMERA, SIZE)
    sure = away_from_boundaries(np.where(seen, hit, -1))
    assert sure.sum() > 500
    np.testing.assert_array_equal(buffers.person_id[sure], np.where(seen, hit // 4 + 1, 0)[sure])
    np.testing.assert_array_equal(buffers.face_id[sure], np.where(seen, hit % 4, -1)[sure])
    np.testing.assert_allclose(buffers.depth[sure], depth[sure], rtol=1e-5)
    different = buffers.person_id != np.where(seen, hit // 4 + 1, 0)
    assert not (different & sure).any()
    assert different.mean() < 0.01


def test_samples_lie_at_integer_pixels() -> None:
    buffers = render_buffers([square(9.9, 4.9, 20.1, 12.1, 2.0)], SQUARE, CAMERA, SIZE)
    rows, columns = np.nonzero(buffers.person_id)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (10, 20, 5, 12)
    box = buffers.box(0)
    assert box is not None
    np.testing.assert_array_equal(box, [10, 5, 11, 8])
    assert buffers.box(1) is None


def test_neighbouring_faces_leave_no_gap() -> None:
    buffers = render_buffers([square(10, 5, 20, 15, 2.0)], SQUARE, CAMERA, SIZE)
    assert (buffers.person_id[6:15, 11:20] == 1).all()


def test_depth_of_a_slanted_plane_is_correct_in_perspective() -> None:
    plane = np.array([[-3, -3, 2], [-3, 3, 2], [3, 3, 8], [3, -3, 8]], np.float32)
    buffers = render_buffers([plane], SQUARE, CAMERA, SIZE)
    rows, columns = np.nonzero(buffers.person_id)
    rays = CAMERA.rays(np.column_stack([columns, rows]).astype(float))
    np.testing.assert_allclose(buffers.depth[rows, columns], 5 / (1 - rays[:, 0]), rtol=1e-5)  # z = 5 + x


def test_background_values() -> None:
    buffers = render_buffers([], SQUARE, CAMERA, SIZE)
    assert np.isinf(buffers.depth).all()
    assert (buffers.person_id == 0).all()
    assert (buffers.face_id == -1).all()
    assert (buffers.shade == 1).all()
    assert buffers.size == SIZE
    assert [a.dtype for a in (buffers.depth, buffers.person_id, buffers.face_id, buffers.shade)] == [
        np.float32,
        np.uint8,
        np.int32,
        np.float32,
    ]


def test_nearer_mesh_hides_the_farther_in_either_order() -> None:
    near, far = square(10, 10, 30, 30, 1.0), square(5, 5, 35, 35, 2.0)
    for meshes, front in (([near, far], 1), ([far, near], 2)):
        buffers = render_buffers(meshes, SQUARE, CAMERA, SIZE)
        assert buffers.person_id[20, 20] == front
        assert buffers.depth[20, 20] == pytest.approx(1.0)
        assert buffers.person_id[7, 7] == 3 - front


def test_of_two_at_one_place_the_first_is_seen() -> None:
    """Drawn at once, or each by himself and laid over each other: the same person."""
    wall = square(10, 10, 30, 30, 1.0)
    both = render_buffers([wall, wall], SQUARE, CAMERA, SIZE)
    assert both.person_id[20, 20] == 1
    alone, laid = render_buffers([wall], SQUARE, CAMERA, SIZE), np.zeros_like(both.person_id)
    depth, shade = np.full_like(alone.depth, np.inf), np.ones_like(alone.shade)
    for person in (1, 2):
        lay_nearer(alone.depth, alone.shade, person, depth, laid, shade)
    np.testing.assert_array_equal(laid, both.person_id)


def test_triangles_at_the_camera_or_not_finite_are_left_out() -> None:
    behind = square(10, 10, 30, 30, 1.0)
    behind[0, 2] = -1
    broken = square(10, 10, 30, 30, 1.0)
    broken[0, 0] = np.nan
    for mesh in (behind, broken):
        buffers = render_buffers([mesh], SQUARE[:1], CAMERA, SIZE)
        assert not buffers.person_id.any()
        assert render_buffers([mesh], [[1, 2, 3]] * np.ones((1, 1), int), CAMERA, SIZE).person_id.any()


def test_flat_shade_follows_the_angle_to_the_camera() -> None:
    facing = render_buffers([square(5, 5, 35, 35, 2.0)], SQUARE, CAMERA, SIZE).shade[20, 20]
    slanted = np.array([[-3, -3, 2], [-3, 3, 2], [3, 3, 8], [3, -3, 8]], np.float32)
    assert facing == pytest.approx(0.9)
    shade = render_buffers([slanted], SQUARE, CAMERA, SIZE).shade[20, 20]
    assert shade == pytest.approx(0.2 + 0.7 * np.cos(np.pi / 4), abs=1e-5)


def test_a_region_holds_the_same_pixels_as_the_whole(body_in_view: NDArray[np.float32], open_body) -> None:
    camera, size = PinholeCamera(np.array([150.0, 150.0]), np.array([63.5, 63.5])), (128, 128)
    whole = render_buffers([body_in_view], open_body.faces, camera, size)
    part = render_buffers([body_in_view], open_body.faces, camera, size, region_xyxy=(30, 20, 90, 110))
    assert part.origin == (30, 20)
    assert part.size == (60, 90)
    for name in ("depth", "person_id", "face_id", "shade"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[20:110, 30:90], rtol=1e-6)
    box = render_buffers([body_in_view], open_body.faces, camera, size, region_xyxy=(10, 0, 128, 128)).box(0)
    np.testing.assert_array_equal(box, whole.box(0))


def test_front_faces_alone_give_the_same_picture_of_a_closed_body(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    camera, size = PinholeCamera(np.array([300.0, 300.0]), np.array([127.5, 127.5])), (256, 256)
    whole = render_buffers([body_in_view], open_body.faces, camera, size)
    front = render_buffers([body_in_view], open_body.faces, camera, size, front_only=True)
    assert (whole.person_id > 0).sum() > 4000
    assert (whole.face_id != front.face_id).mean() < 1e-3


def test_a_distorted_camera_draws_where_it_projects() -> None:
    camera = PinholeCamera(
        CAMERA.focal, CAMERA.principal_point, distortion=np.array([-1.0, 0.1, 0.01, 0.01, 0])
    )
    point = np.array([0.45, 0.3, 2.0])
    u, v = camera.project_camera(point)
    mesh = point + np.array([[-0.03, -0.03, 0], [-0.03, 0.06, 0], [0.06, -0.03, 0]])
    buffers = render_buffers([mesh], np.array([[0, 1, 2]]), camera, SIZE)
    assert buffers.person_id[round(v), round(u)] == 1
    assert np.abs(np.array([u, v]) - CAMERA.project_camera(point)).max() > 0.5


def test_the_projected_box_is_cut_to_the_image() -> None:
    box = projected_box(square(10.5, 5.25, 20.5, 12, 2.0), CAMERA, SIZE)
    assert box is not None
    np.testing.assert_allclose(box, [10.5, 5.25, 10, 6.75], atol=1e-3)
    cut = projected_box(square(-10, 5, 20, 60, 2.0), CAMERA, SIZE)
    assert cut is not None
    np.testing.assert_allclose(cut, [0, 5, 20, 34], atol=1e-3)
    assert projected_box(square(60, 5, 70, 60, 2.0), CAMERA, SIZE) is None
    assert projected_box(-square(10, 5, 20, 60, 2.0), CAMERA, SIZE) is None


def test_more_people_than_the_buffer_can_tell_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="256 meshes"):
        render_buffers([np.zeros((4, 3))] * 256, SQUARE, CAMERA, SIZE)


def test_an_empty_region_is_an_empty_picture() -> None:
    buffers = render_buffers([square(5, 5, 9, 9, 1.0)], SQUARE, CAMERA, SIZE, region_xyxy=(20, 20, 10, 10))
    assert buffers.size == (0, 0)
    assert isinstance(buffers, Buffers)


def test_a_face_is_as_bright_as_it_looks_along_the_camera_s_axis() -> None:
    """0.2 edge on, 0.9 towards the camera: by the cross product of its sides."""
    rng = np.random.default_rng(3)
    vertices = rng.normal(size=(60, 3))
    faces = rng.permutation(60).reshape(20, 3).astype(np.int32)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    towards = np.abs(normals[:, 2]) / np.linalg.norm(normals, axis=1)
    np.testing.assert_allclose(flat_shades(vertices, faces), 0.2 + 0.7 * towards, rtol=1e-5)


def test_the_box_of_a_part_of_a_picture_lies_where_it_lies_in_the_whole(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    whole = render_buffers([body_in_view], open_body.faces, CAMERA, SIZE)
    x, y, width, height = (int(value) for value in whole.box(0))
    region = (x - 2, y - 3, x + width + 2, y + height + 3)
    part = render_buffers([body_in_view], open_body.faces, CAMERA, SIZE, region_xyxy=region)
    np.testing.assert_array_equal(part.box(0), whole.box(0))
