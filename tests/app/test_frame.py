import numpy as np

from sefd_viewer.app.frame import SMALL, MarkFrame, OverlayFrame, same
from sefd_viewer.app.layers import without_haze

POINTS = np.array([[1.0, np.nan]])


def test_large_arrays_are_alike_only_if_they_are_the_same():
    large = np.zeros(SMALL + 1, np.uint8)
    assert same(OverlayFrame(large, (1, 2, 3), 1.0, 0), OverlayFrame(large, (1, 2, 3), 1.0, 0))
    assert not same(OverlayFrame(large, (1, 2, 3), 1.0, 0), OverlayFrame(large.copy(), (1, 2, 3), 1.0, 0))


def test_a_persons_joints_are_compared_by_content():
    assert same(MarkFrame("1", (0, 0, 0), POINTS), MarkFrame("1", (0, 0, 0), POINTS.copy()))
    assert not same(MarkFrame("1", (0, 0, 0), POINTS), MarkFrame("1", (0, 0, 0), POINTS + 1))


def test_tuples_and_mappings_are_compared_inside():
    mark = MarkFrame("1", (0, 0, 0), POINTS)
    assert same((mark, {"a": mark}), (mark, {"a": MarkFrame("1", (0, 0, 0), POINTS.copy())}))
    assert not same((mark,), (mark, mark))
    assert not same({"a": 1}, {"b": 1})
    assert not same(1, 1.0)


def test_what_hed_says_of_every_pixel_does_not_tint_the_photo():
    faint, strong = np.full((4, 4), 20, np.uint8), np.array([[0, 26, 39, 52, 255]], np.uint8)
    assert not without_haze(faint).any()
    assert without_haze(strong).tolist() == [[0, 0, 19, 52, 255]]
