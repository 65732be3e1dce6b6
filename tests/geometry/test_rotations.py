"""Rotations go to and fro without loss, also where formulas like to divide by zero."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sefd_viewer.geometry import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_rotation_6d,
    rotation_6d_to_matrix,
)
from sefd_viewer.geometry.rotations import is_rotation, nearest_rotation

coordinate = st.floats(-1, 1)


def unit(vector: tuple[float, float, float]) -> np.ndarray:
    array = np.array(vector)
    length = np.linalg.norm(array)
    return array / length if length > 1e-6 else np.array([0.0, 0.0, 1.0])


@given(st.tuples(coordinate, coordinate, coordinate), st.floats(0, np.pi - 1e-6))
def test_axis_angle_round_trip(axis: tuple[float, float, float], angle: float) -> None:
    vector = unit(axis) * angle
    assert_allclose(matrix_to_axis_angle(axis_angle_to_matrix(vector)), vector, atol=1e-8)


@given(st.tuples(coordinate, coordinate, coordinate), st.floats(0, 20))
def test_matrix_round_trip_at_any_angle(axis: tuple[float, float, float], angle: float) -> None:
    matrix = axis_angle_to_matrix(unit(axis) * angle)
    assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert_allclose(axis_angle_to_matrix(matrix_to_axis_angle(matrix)), matrix, atol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 1.0, np.pi - 1e-9, np.pi])
def test_agrees_with_opencv(angle: float) -> None:
    vector = unit((0.3, -0.8, 0.5)) * angle
    assert_allclose(axis_angle_to_matrix(vector), cv2.Rodrigues(vector)[0], atol=1e-12)


def test_half_turns_keep_their_axis() -> None:
    for axis in np.eye(3):
        found = matrix_to_axis_angle(axis_angle_to_matrix(axis * np.pi))
        assert_allclose(np.abs(found), axis * np.pi, atol=1e-7)


def test_six_numbers_round_trip() -> None:
    matrices = axis_angle_to_matrix(np.random.default_rng(1).normal(size=(4, 24, 3)))
    assert_allclose(rotation_6d_to_matrix(matrix_to_rotation_6d(matrices)), matrices, atol=1e-12)


def test_six_numbers_are_columns_written_row_by_row() -> None:
    matrix = axis_angle_to_matrix([0.0, 0.0, np.pi / 2])
    assert_allclose(matrix_to_rotation_6d(matrix), [0, -1, 1, 0, 0, 0], atol=1e-12)


def test_any_six_numbers_give_a_rotation() -> None:
    matrices = rotation_6d_to_matrix(np.random.default_rng(2).normal(size=(100, 6)))
    assert_allclose(
        matrices @ np.swapaxes(matrices, -1, -2), np.broadcast_to(np.eye(3), (100, 3, 3)), atol=1e-9
    )
    assert_allclose(np.linalg.det(matrices), 1, atol=1e-9)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_keep_their_precision(kind: type) -> None:
    vectors = np.ones((2, 3), dtype=kind)
    matrices = axis_angle_to_matrix(vectors)
    assert matrices.dtype == matrix_to_axis_angle(matrices).dtype == kind
    assert rotation_6d_to_matrix(matrix_to_rotation_6d(matrices)).dtype == kind


def test_each_of_many_vectors_turns_by_its_own_angle() -> None:
    vectors = np.random.default_rng(3).normal(size=(5, 3)) * np.array([[0.01], [0.5], [1], [2], [3]])
    expected = [cv2.Rodrigues(vector)[0] for vector in vectors]
    assert_allclose(axis_angle_to_matrix(vectors), expected, atol=1e-12)
    columns = np.stack([np.stack([3 * R[:, 0], R[:, 1] + 0.4 * R[:, 0]], axis=1).ravel() for R in expected])
    assert_allclose(rotation_6d_to_matrix(columns), expected, atol=1e-12)


def test_the_nearest_rotation_of_a_matrix_that_is_none() -> None:
    """A rotation scaled along its own axes is nearest to itself; a mirror's first row is turned round."""
    R = cv2.Rodrigues(np.array([0.3, -0.8, 0.5]))[0]
    assert nearest_rotation(R) is not R
    assert_allclose(nearest_rotation(R), R, atol=0)
    assert_allclose(nearest_rotation(1.7 * R), R, atol=1e-12)
    assert_allclose(nearest_rotation(R @ np.diag([1.2, 0.9, 1.05])), R, atol=1e-12)
    assert_allclose(nearest_rotation(np.diag([-1.0, 1, 1]) @ R), R, atol=1e-12)
    assert not is_rotation(np.diag([-1.0, 1, 1]) @ R)
    with pytest.raises(ValueError, match="squashes"):
        nearest_rotation(R @ np.diag([1.0, 1.0, 1e-9]))
    with pytest.raises(ValueError, match="not finite"):
        nearest_rotation(np.full((3, 3), np.nan))
