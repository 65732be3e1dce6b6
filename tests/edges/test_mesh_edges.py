"""Edges of meshes: box-limited work equals work on the whole image; hidden bodies stay in the overlap."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.edges.image_edges import canny, canny_soft, dilate, kernel_for_box
from sefd_viewer.edges.mesh_edges import MeshEdges, mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import projected_box, render_buffers

SIZE = (200, 160)
Meshes = list[NDArray[np.float32]]


def whole_image_single(
    mesh: NDArray[np.float32], faces: NDArray[np.int32], camera: PinholeCamera, settings: EdgeSettings
) -> NDArray[np.float32]:
    shade = render_buffers([mesh], faces, camera, SIZE).shade
    kernel = kernel_for_box(projected_box(mesh, camera, SIZE), settings)
    return np.minimum(dilate(canny(shade, settings), kernel), 1)


def share_equal(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float((np.abs(a - b) <= 1 / 255).mean())


@pytest.mark.parametrize("rule", ["fixed", "adaptive", "none"])
@pytest.mark.parametrize("variant", ["soft", "binary"])
def test_parts_equal_the_whole_image(
    crowd: Meshes,
    open_body,
    camera: PinholeCamera,
    rule: Literal["fixed", "adaptive", "none"],
    variant: Literal["soft", "binary"],
) -> None:
    settings = EdgeSettings(dilation=rule, variant=variant)
    edges = mesh_edges(crowd, open_body.faces, camera, SIZE, settings)
    singles = [whole_image_single(mesh, open_body.faces, camera, settings) for mesh in crowd]
    for ours, whole in zip(edges.singles, singles, strict=True):
        assert ours.shape == (SIZE[1], SIZE[0])
        assert ours.dtype == np.float32
        assert share_equal(ours, whole) >= 0.995
    np.testing.assert_allclose(edges.overlap, np.minimum(np.sum(edges.singles, axis=0), 1), atol=1e-6)
    np.testing.assert_allclose(edges.occluded, np.clip(edges.overlap - edges.all, 0, 1), atol=1e-6)


def test_all_is_the_depth_tested_picture(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    settings = EdgeSettings(kernel=3)
    shade = render_buffers(crowd, open_body.faces, camera, SIZE).shade
    whole = np.minimum(dilate(canny_soft(shade, settings), 3), 1)
    assert share_equal(mesh_edges(crowd, open_body.faces, camera, SIZE, settings).all, whole) >= 0.995


@pytest.fixture
def hidden(crowd: Meshes, open_body, camera: PinholeCamera) -> MeshEdges:
    """Edges of one body exactly behind another, bigger in the image by half."""
    front, behind = crowd[0], crowd[0] * np.float32(1.5) * np.float32([0.5, 0.5, 1])
    return mesh_edges([behind, front], open_body.faces, camera, SIZE, EdgeSettings(dilation="none"))


def test_a_hidden_body_stays_in_the_overlap_and_vanishes_from_all(hidden: MeshEdges) -> None:
    strong = hidden.singles[0] > 0.9
    assert strong.sum() > 50
    assert (hidden.overlap[strong] > 0.9).all()
    assert (hidden.all[strong] > 0.9).mean() < 0.5
    assert hidden.occluded[strong].mean() > 0.3


def test_one_person_alone_has_nothing_occluded(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    for rule in ("fixed", "adaptive"):
        edges = mesh_edges(crowd[:1], open_body.faces, camera, SIZE, EdgeSettings(dilation=rule))
        np.testing.assert_array_equal(edges.overlap, edges.all)
        np.testing.assert_array_equal(edges.singles[0], edges.all)
        assert not edges.occluded.any()


def test_given_boxes_decide_the_dilation(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    settings = EdgeSettings(dilation="adaptive")
    boxes = [np.array([0, 0, side, side]) for side in (16, 64, 300)]
    edges = mesh_edges(crowd, open_body.faces, camera, SIZE, settings, boxes=boxes)
    for mesh, edge, kernel in zip(crowd, edges.singles, (1, 3, 7), strict=True):
        fixed = EdgeSettings(dilation="fixed", kernel=kernel)
        assert share_equal(edge, whole_image_single(mesh, open_body.faces, camera, fixed)) >= 0.995
    assert (edges.occluded <= edges.overlap).all()


def test_people_outside_the_image_and_nobody(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    away = crowd[0] + np.float32([50, 0, 0])
    edges = mesh_edges([away, crowd[1]], open_body.faces, camera, SIZE, EdgeSettings())
    assert not edges.singles[0].any()
    np.testing.assert_array_equal(edges.overlap, edges.singles[1])
    nobody = mesh_edges([], open_body.faces, camera, SIZE, EdgeSettings())
    assert nobody.singles == ()
    assert not nobody.overlap.any()
    assert nobody.all.shape == (SIZE[1], SIZE[0])


def test_boxes_and_meshes_must_match(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    with pytest.raises(ValueError, match="1 boxes for 3 meshes"):
        mesh_edges(crowd, open_body.faces, camera, SIZE, EdgeSettings(), boxes=[np.zeros(4)])


def test_values_stay_between_0_and_1(crowd: Meshes, open_body, camera: PinholeCamera) -> None:
    edges = mesh_edges(crowd, open_body.faces, camera, SIZE, EdgeSettings(dilation="adaptive"))
    for values in (*edges.singles, edges.all, edges.overlap, edges.occluded):
        assert values.min() >= 0
        assert values.max() <= 1
