"""Layers reach the screen's pixels in the right place, colour and sharpness."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtGui import QImage

from sefd_viewer.gui.layers import LayerImage, overlay_layer, photo_layer
from sefd_viewer.gui.resampling import premultiplied, resample, tinted
from sefd_viewer.gui.viewport import Viewport

WHOLE = (0.0, 0.0, 1.0, 1.0)


def pixels_of(image: QImage) -> np.ndarray:
    """(H, W, 4) BGRA."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def test_tint_is_premultiplied_by_the_mask():
    mask = np.array([[0, 128, 255]], np.uint8)
    assert tinted(mask, (255, 100, 0)).tolist() == [[[0, 0, 0, 0], [0, 50, 128, 128], [0, 100, 255, 255]]]


def test_straight_alpha_becomes_premultiplied():
    rgba = np.array([[[200, 100, 0, 128]]], np.uint8)
    np.testing.assert_allclose(premultiplied(rgba), [[[0, 50, 100, 128]]], atol=1)


def test_nearest_sampling_repeats_pixels_exactly():
    source = np.arange(12, dtype=np.uint8).reshape(3, 4)
    large = resample(source, WHOLE, (40, 30), nearest=True)
    assert (large == np.kron(source, np.ones((10, 10), np.uint8))).all()


def test_smooth_sampling_keeps_a_ramp():
    source = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (5, 1))
    large = resample(source, WHOLE, (60, 15), nearest=False).astype(float)
    expected = np.clip((np.arange(60) + 0.5) / 3 - 0.5, 0, 19) * 10
    np.testing.assert_allclose(large[7], expected, atol=1.0)


def test_a_part_is_cut_out_where_it_is():
    source = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert (resample(source, (0.2, 0.3, 0.6, 0.5), (4, 2), nearest=True) == source[3:5, 2:6]).all()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_photo_at_full_size_is_shown_pixel_by_pixel(ratio: float):
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    shown, position = photo_layer(image).on_screen(
        Viewport((60, 40), (round(60 / ratio), round(40 / ratio))), ratio
    )
    assert position == (0, 0)
    assert shown.devicePixelRatio() == ratio
    assert (pixels_of(shown)[:, :, 2::-1] == image).all()


def test_a_shrunk_mask_keeps_thin_lines_visible():
    mask = np.zeros((800, 800), np.uint8)
    mask[:, ::16] = 255
    shown, _position = overlay_layer(LayerImage(mask)).on_screen(Viewport((800, 800), (100, 100)), 1.0)
    columns = pixels_of(shown)[:, :, 3].mean(axis=0)
    assert columns.mean() == pytest.approx(255 / 16, rel=0.1)
    assert (columns.reshape(-1, 2).sum(axis=1) > 10).all()  # every line is still there


def test_an_extent_places_a_crop_in_the_photo():
    layer = LayerImage(np.full((256, 256), 255, np.uint8), extent=(9.5, 19.5, 29.5, 39.5))
    shown, position = overlay_layer(layer).on_screen(Viewport((100, 100), (200, 200)), 1.0)
    assert position == (20, 40)
    assert (shown.width(), shown.height()) == (40, 40)


def test_nothing_is_drawn_outside_the_view():
    view = Viewport((100, 100), (200, 200)).zoomed(8.0, (0, 0))
    layer = LayerImage(np.full((4, 4), 255, np.uint8), extent=(79.5, 79.5, 99.5, 99.5))
    assert overlay_layer(layer).on_screen(view, 1.0) is None


def test_the_same_view_is_not_resampled_again():
    layer = photo_layer(np.zeros((8, 8, 3), np.uint8))
    view = Viewport((8, 8), (50, 50))
    assert layer.on_screen(view, 1.0) is layer.on_screen(Viewport((8, 8), (50, 50)), 1.0)


def test_panels_share_the_converted_photo_until_nobody_shows_it():
    from sefd_viewer.gui import layers

    image = np.zeros((8, 8, 3), np.uint8)
    first, second = photo_layer(image), photo_layer(image)
    assert id(image) in layers._photos
    del first, second
    gc.collect()
    assert id(image) not in layers._photos


def test_grey_photos_are_shown_grey():
    shown, _position = photo_layer(np.full((4, 4), 77, np.uint8)).on_screen(Viewport((4, 4), (4, 4)), 1.0)
    assert (pixels_of(shown)[:, :, :3] == 77).all()
