"""Canny against kornia, the definition that the release used, and by hand-made pictures."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sefd_viewer.edges.image_edges import canny, canny_binary, canny_soft, grey_picture
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import ChannelOrder, EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import render_buffers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kornia

RGB = EdgeSettings(channel_order="rgb")


def kornia_canny(
    picture: NDArray[np.generic], **options: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Magnitude and binary edges (H,W) of an RGB or grey picture, uint8 or float in [0,1]."""
    scaled = picture / np.float32(255) if picture.dtype == np.uint8 else picture
    planes = np.ascontiguousarray(np.atleast_3d(scaled).transpose(2, 0, 1), np.float32)
    magnitude, edges = kornia.filters.canny(torch.from_numpy(planes)[None], **options)
    return magnitude[0, 0].numpy(), edges[0, 0].numpy()


def is_near_tie(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels with a neighbour of the same gradient magnitude to 1e-5, where rounding may decide who stays."""
    blurred = kornia.filters.gaussian_blur2d(torch.from_numpy(grey)[None, None], (5, 5), (1.0, 1.0))
    gradient = kornia.filters.spatial_gradient(blurred, normalized=False)[0, 0].numpy()
    magnitude = np.pad(np.hypot(*gradient), 1, constant_values=1e-3)
    height, width = grey.shape
    shifts = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    near = [
        np.abs(magnitude[y : y + height, x : x + width] - magnitude[1:-1, 1:-1]) < 1e-5 for y, x in shifts
    ]
    return np.any(near, axis=0)


@pytest.mark.parametrize("order", ["rgb", "bgr_release"])
def test_soft_is_kornias_magnitude_on_photos(photo: NDArray[np.uint8], order: ChannelOrder) -> None:
    settings = EdgeSettings(channel_order=order)
    ours = canny_soft(photo, settings)
    theirs, _ = kornia_canny(photo if order == "rgb" else photo[..., ::-1])
    different = np.abs(ours - theirs) > 1 / 255
    assert ours.dtype == np.float32
    assert different.mean() < 0.002
    assert not (different & ~is_near_tie(grey_picture(photo, settings))).any()


def test_soft_is_kornias_magnitude_on_renders(
    crowd: list[NDArray[np.float32]], open_body, camera: PinholeCamera
) -> None:
    shade = render_buffers(crowd, open_body.faces, camera, (200, 160)).shade
    different = np.abs(canny_soft(shade, EdgeSettings()) - kornia_canny(shade)[0]) > 1 / 255
    assert different.mean() < 0.002
    assert not (different & ~is_near_tie(shade)).any()


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.2), (0.4, 0.9)])
def test_binary_is_kornias_edge_map(photo: NDArray[np.uint8], low: float, high: float) -> None:
    ours = canny_binary(photo, EdgeSettings(variant="binary", low=low, high=high, channel_order="rgb"))
    _, theirs = kornia_canny(photo, low_threshold=low, high_threshold=high)
    assert set(np.unique(ours)) == {0, 1}
    assert 0.005 < ours.mean() < 0.4
    assert (ours != theirs).mean() < 0.002


def test_other_blurs_are_kornias_too(astronaut: NDArray[np.uint8]) -> None:
    ours = canny_soft(astronaut, EdgeSettings(channel_order="rgb", gaussian_size=9, sigma=2.0))
    theirs, _ = kornia_canny(astronaut, kernel_size=(9, 9), sigma=(2.0, 2.0))
    assert (np.abs(ours - theirs) > 1 / 255).mean() < 0.002


def test_variant_decides_what_canny_returns(astronaut: NDArray[np.uint8]) -> None:
    soft, binary = EdgeSettings(variant="soft"), EdgeSettings(variant="binary")
    np.testing.assert_array_equal(canny(astronaut, soft), canny_soft(astronaut, soft))
    np.testing.assert_array_equal(canny(astronaut, binary), canny_binary(astronaut, binary))


def test_bytes_floats_and_grey_give_the_same_edges(astronaut: NDArray[np.uint8]) -> None:
    grey = astronaut[..., 1]
    expected = canny_soft(grey, RGB)
    for picture in (grey / np.float32(255), np.dstack([grey] * 3), np.dstack([grey / 255.0] * 3)):
        assert (np.abs(canny_soft(picture, RGB) - expected) > 1e-4).mean() < 1e-3


def test_release_order_weighs_red_as_if_it_were_blue() -> None:
    red = np.zeros((20, 20, 3), np.uint8)
    red[:, 10:, 0] = 255
    straight, release = canny_soft(red, RGB).max(), canny_soft(red, EdgeSettings()).max()
    assert release / straight == pytest.approx(0.114 / 0.299, rel=1e-2)


def test_one_line_for_a_step_and_the_same_wherever_it_lies() -> None:
    for at in range(8, 24):
        step = np.zeros((32, 32), np.float32)
        step[:, at:] = 1
        edge = canny_soft(step, RGB)
        assert (np.count_nonzero(edge, axis=1) == 1).all()
        assert edge[16, at - 1] == pytest.approx(2.59, abs=0.01)
        np.testing.assert_allclose(canny_soft(step.T.copy(), RGB), edge.T, atol=1e-5)


def test_flat_picture_has_no_edges() -> None:
    assert not canny_soft(np.full((30, 40, 3), 117, np.uint8), RGB).any()


def test_weak_edges_need_a_strong_one_they_touch() -> None:
    picture = np.zeros((40, 60), np.float32)
    picture[:, 10:15] = np.linspace(0.02, 1, 40)[:, None]  # fades along its length: weak end of a strong edge
    picture[:, 40:45] = 0.1  # weak throughout
    edges = canny_binary(picture, EdgeSettings(low=0.1, high=1.0))
    magnitude = canny_soft(picture, RGB)
    connected, alone = (slice(None), slice(5, 20)), (slice(None), slice(35, 50))
    assert (magnitude[alone] > 0.1).any()
    assert not edges[alone].any()
    weak = (magnitude > 0.15) & (magnitude < 0.9)
    assert weak[connected].any()
    assert edges[connected][weak[connected]].mean() > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 3), (3, 1, 3), (0, 5)])
def test_tiny_pictures(shape: tuple[int, ...]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert canny_soft(picture, RGB).shape == shape[:2]
    assert canny_binary(picture, RGB).shape == shape[:2]


def test_a_picture_with_alpha_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"\(4, 4, 4\)"):
        canny_soft(np.zeros((4, 4, 4), np.uint8), RGB)


def test_the_picture_is_left_as_it_was(
    crowd: list[NDArray[np.float32]], open_body, camera: PinholeCamera
) -> None:
    grey = np.random.default_rng(0).random((30, 30), dtype=np.float32)
    before = grey.copy()
    canny_soft(grey, RGB)
    np.testing.assert_array_equal(grey, before)
    kept = crowd[0].copy()
    mesh_edges(crowd, open_body.faces, camera, (200, 160), EdgeSettings())
    np.testing.assert_array_equal(crowd[0], kept)
