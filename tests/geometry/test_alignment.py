"""Procrustes finds the similarity that was applied, and never mirrors."""

import numpy as np
from numpy.testing import assert_allclose

from sefd_viewer.geometry import Similarity, align, axis_angle_to_matrix, procrustes
from sefd_viewer.geometry.alignment import align_many


def test_finds_the_similarity_that_was_applied() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        rotation = axis_angle_to_matrix(generator.normal(size=3))
        applied = Similarity(generator.uniform(0.3, 3), rotation, generator.normal(size=3))
        source = generator.normal(size=(14, 3))
        found = procrustes(source, applied.apply(source))
        assert_allclose(found.R, applied.R, atol=1e-9)
        assert_allclose([found.scale, *found.t], [applied.scale, *applied.t], atol=1e-9)


def test_a_mirrored_body_is_not_mirrored_back() -> None:
    source = np.random.default_rng(1).normal(size=(14, 3))
    found = procrustes(source, source * [-1, 1, 1])
    assert_allclose(np.linalg.det(found.R), 1)
    assert found.scale < 1


def test_no_other_similarity_is_closer() -> None:
    generator = np.random.default_rng(2)
    source, target = generator.normal(size=(2, 14, 3))
    best = np.sum((align(source, target) - target) ** 2)
    found = procrustes(source, target)
    for _ in range(50):
        turned = axis_angle_to_matrix(generator.normal(scale=0.05, size=3)) @ found.R
        other = Similarity(found.scale * generator.normal(1, 0.05), turned, found.t)
        assert np.sum((other.apply(source) - target) ** 2) >= best


def test_points_in_one_place_stay_finite() -> None:
    assert_allclose(align(np.ones((5, 3)), np.full((5, 3), 7.0)), 7.0)


def test_many_people_at_once_are_each_aligned_alone() -> None:
    """Also one who is mirrored, and one whose joints lie in one place."""
    source, target = np.random.default_rng(3).normal(size=(2, 5, 14, 3))
    target[3] = source[3] * [-1, 1, 1] + 4
    source[4] = 2.0
    expected = [align(one, other) for one, other in zip(source, target, strict=True)]
    assert_allclose(align_many(source, target), expected, atol=1e-9)
