import numpy as np

from sefd_viewer.app.frame import SMALL, MarkFrame, OverlayFrame, same

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
