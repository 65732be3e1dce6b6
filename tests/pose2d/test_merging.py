"""Which poses are one person, and whose a joint is."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.pose2d.merging import (
    SEEN,
    added,
    box_overlap,
    claimed,
    distinct,
    fused,
    settle_contested,
    similarity,
    tight_box,
)
from sefd_viewer.pose2d.models import Candidate

FLIP = list(COCO17.flip_order)


def figure(x: float = 0.0, *, scale: float = 1.0, score: float = 0.8) -> np.ndarray:
    """A standing person about 100 x 200 pixels, (17, 3)."""
    right = np.array(
        [(50, 10), (45, 5), (40, 10), (25, 50), (10, 80), (0, 110), (35, 110), (35, 155), (35, 200)], float
    )
    points = np.zeros((17, 3))
    points[[0, 2, 4, 6, 8, 10, 12, 14, 16], :2] = right
    points[[1, 3, 5, 7, 9, 11, 13, 15], :2] = right[1:] * [-1, 1] + [100, 0]
    points[:, :2] = points[:, :2] * scale + [x, 0]
    points[:, 2] = score
    return points


def candidate(keypoints: np.ndarray, score: float = 0.5) -> Candidate:
    return Candidate(keypoints, score, "a model")


def test_similarity_falls_with_distance_and_does_not_depend_on_size() -> None:
    assert similarity(figure(), figure()) == pytest.approx(1)
    assert similarity(figure(), figure(150)) < 0.05
    assert similarity(figure(), figure(10)) == pytest.approx(
        similarity(figure(scale=3), figure(30, scale=3)), abs=0.02
    )


def test_exchanged_sides_are_the_same_person_only_when_asked() -> None:
    swapped = figure()[FLIP]
    assert similarity(figure(), swapped) < 0.5
    assert similarity(figure(), swapped, mirrored=True) == pytest.approx(1)


def test_poses_with_nothing_in_common_are_not_similar() -> None:
    hidden = figure()
    hidden[:, 2] = 0
    assert similarity(figure(), hidden) == 0
    assert tight_box(hidden) is None


def test_box_overlap() -> None:
    a = np.array([0, 0, 10, 10])
    assert box_overlap(a, a) == pytest.approx(1)
    assert box_overlap(a, np.array([5, 0, 10, 10])) == pytest.approx(1 / 3)
    assert box_overlap(a, np.array([20, 0, 10, 10])) == 0
    assert box_overlap(a, np.zeros(4)) == 0


def test_one_pose_per_person_the_best() -> None:
    several = [candidate(figure(2), 0.4), candidate(figure(), 0.9), candidate(figure(200), 0.3)]
    assert [one.score for one in distinct(several, limit=0.5)] == [0.9, 0.3]
    people = [candidate(figure(), 0.2)]
    assert added(people, several, limit=0.5) == [*people, several[2]]


def test_fusing_averages_where_both_agree_and_asks_trust_elsewhere() -> None:
    first, second = figure(), figure(2)
    second[9] = (300, 300, 0.9)
    second[10] = (400, 300, 0.9)
    trusted = np.ones(17, bool)
    trusted[10] = False
    joined = fused(candidate(first), Candidate(second, 0.7, "Thunder"), trusted=trusted)
    assert joined.keypoints[0, :2] == pytest.approx([51, 10], abs=0.1)
    assert joined.keypoints[9, :2] == pytest.approx([300, 300])
    assert joined.keypoints[10, :2] == pytest.approx(first[10, :2])
    assert (joined.score, joined.source) == (0.7, "a model + Thunder")


def test_joints_at_anothers_place_are_claimed_also_by_the_other_side() -> None:
    borrowed = figure(150)
    other = figure()
    borrowed[9, :2] = other[10, :2]
    borrowed[15, :2] = other[15, :2]
    assert np.flatnonzero(claimed(borrowed, [other])).tolist() == [9, 15]
    assert not claimed(borrowed, []).any()


def test_a_contested_joint_goes_to_the_surer_person() -> None:
    front, behind = figure(score=0.8), figure(60, score=0.5)
    behind[0, :2] = front[0, :2]
    front[9, 2] = 0.3
    behind[9, :2] = front[9, :2]
    settled = [one.keypoints for one in settle_contested([candidate(front), candidate(behind)])]
    assert settled[0][0, 2] == pytest.approx(0.8)
    assert settled[1][0, 2] < SEEN
    assert settled[0][9, 2] < SEEN
    assert settled[1][9, 2] == pytest.approx(0.5)
    assert (settled[1][[6, 16], 2] == 0.5).all()
