"""Zoom and pan: what is under the pointer stays there, and views of other sizes show the same part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sefd_viewer.gui.viewport import MAX_SCALE, Viewport

SHOWN = Viewport((1920, 1080), (960, 600))


def test_fit_shows_the_whole_image_centred():
    left, top, right, bottom = SHOWN.visible_xyxy
    assert (left, right) == (-0.5, 1919.5)
    assert top == pytest.approx(-60.5)
    assert bottom == pytest.approx(1139.5)
    assert SHOWN.scale == 0.5


@given(st.floats(0.1, 10), st.floats(100, 860), st.floats(100, 500))
def test_zoom_keeps_the_point_under_the_pointer(factor: float, x: float, y: float):
    zoomed = SHOWN.zoomed(4.0, (480, 300)).zoomed(factor, (480, 300))
    before = zoomed.to_image((x, y))
    again = zoomed.zoomed(1.5, (x, y))
    if 0 < again.center[0] < 1 and 0 < again.center[1] < 1:
        np.testing.assert_allclose(again.to_image((x, y)), before, atol=1e-6)


@given(st.floats(-500, 2500), st.floats(-500, 1500))
def test_image_and_view_positions_are_inverse(x: float, y: float):
    view = SHOWN.zoomed(3.0, (100, 100)).panned(12, -7)
    np.testing.assert_allclose(view.to_image(view.to_view((x, y))), (x, y), atol=1e-6)


def test_pan_moves_the_picture_with_the_pointer_and_stops_at_its_edges():
    view = SHOWN.zoomed(4.0, (480, 300))
    np.testing.assert_allclose(view.panned(10, 20).to_view((960, 540)), view.to_view((960, 540)) + (10, 20))
    assert view.panned(1e6, -1e6).center == (0.0, 1.0)


def test_zoom_has_limits():
    assert SHOWN.zoomed(1e9, (480, 300)).scale == pytest.approx(MAX_SCALE)
    assert SHOWN.zoomed(1e-9, (480, 300)).zoom == 0.25
    tiny = Viewport((1, 1), (960, 600))
    assert tiny.zoomed(1.0, (480, 300)).zoom == 1.0


def test_a_smaller_copy_of_the_image_shows_the_same_part():
    leader = SHOWN.zoomed(3.0, (200, 100))
    follower = Viewport((640, 360), (960, 600)).like(leader)
    np.testing.assert_allclose(
        follower.to_fraction(follower.to_image((30, 40))), leader.to_fraction(leader.to_image((30, 40)))
    )


def test_pixels_are_followed_at_the_same_magnification():
    leader = SHOWN.zoomed(3.0, (200, 100))
    follower = Viewport((1000, 1000), (300, 300)).like_pixels(leader)
    assert follower.scale == pytest.approx(leader.scale)
    np.testing.assert_allclose(follower.to_image((150, 150)), leader.to_image((480, 300)))


def test_showing_a_rectangle_centres_it_in_full():
    view = SHOWN.showing((99.5, 199.5, 299.5, 249.5))
    left, top, right, bottom = view.visible_xyxy
    assert (left, right) == pytest.approx((99.5, 299.5))
    assert (top + bottom) / 2 == pytest.approx(224.5)
