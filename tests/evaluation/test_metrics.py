"""MPJPE, PA-MPJPE and MPVPE against formulas written another way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.transform import Rotation

from sefd_viewer.evaluation.metrics import (
    HUMAN36M_EVALUATED,
    HUMAN36M_PARTS,
    many_joint_errors,
    mean_distance_mm,
    mpjpe,
    mpvpe,
    pa_mpjpe,
    pck3d,
    pckh,
)
from sefd_viewer.geometry.joints import HUMAN36M17

JOINTS = np.random.default_rng(7).normal(0, 0.4, (17, 3))


def noisy(scale: float = 0.05) -> NDArray[np.float64]:
    return JOINTS + np.random.default_rng(8).normal(0, scale, JOINTS.shape)


def test_the_fourteen_joints_are_those_of_the_papers() -> None:
    left_out = {name for i, name in enumerate(HUMAN36M17.names) if i not in HUMAN36M_EVALUATED}
    assert left_out == {"Pelvis", "Torso", "Nose"}


def test_mpjpe_counts_in_millimetres_from_the_root() -> None:
    moved = JOINTS + [3.0, -1.0, 10.0]
    assert mpjpe(moved, JOINTS) == pytest.approx(0.0, abs=1e-9)
    moved[3] += [0.0, 0.014, 0.0]
    assert mpjpe(moved, JOINTS) == pytest.approx(1.0)


def test_joints_that_are_not_evaluated_do_not_count() -> None:
    changed = JOINTS.copy()
    changed[[7, 9]] += 1.0
    assert mpjpe(changed, JOINTS) == 0.0
    assert pa_mpjpe(changed, JOINTS) == pytest.approx(0.0, abs=1e-9)


def test_an_error_of_the_root_moves_every_joint() -> None:
    changed = JOINTS.copy()
    changed[0] += [0.1, 0.0, 0.0]
    assert mpjpe(changed, JOINTS) == pytest.approx(100.0)


def test_mpjpe_equals_a_plain_loop() -> None:
    predicted = noisy()
    distances = []
    for j in HUMAN36M_EVALUATED:
        a, b = predicted[j] - predicted[0], JOINTS[j] - JOINTS[0]
        distances.append(sum((a[k] - b[k]) ** 2 for k in range(3)) ** 0.5)
    assert mpjpe(predicted, JOINTS) == pytest.approx(1000 * sum(distances) / 14)


def test_pa_mpjpe_forgives_turn_scale_and_place() -> None:
    turned = 1.7 * JOINTS @ Rotation.from_rotvec([0.3, 2.0, -1.0]).as_matrix().T + [1.0, 2.0, 3.0]
    assert pa_mpjpe(turned, JOINTS) == pytest.approx(0.0, abs=1e-6)
    assert mpjpe(turned, JOINTS) > 100


def test_pa_mpjpe_does_not_forgive_a_mirror_image() -> None:
    assert pa_mpjpe(JOINTS * [-1.0, 1.0, 1.0], JOINTS) > 50


def test_pa_mpjpe_equals_scipy() -> None:
    chosen = list(HUMAN36M_EVALUATED)
    a, b = noisy(0.02)[chosen], JOINTS[chosen]
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    R, singular_sum = orthogonal_procrustes(a, b)
    expected = np.linalg.norm(a @ R * singular_sum / (a**2).sum() - b, axis=1).mean() * 1000
    assert pa_mpjpe(noisy(0.02), JOINTS) == pytest.approx(expected)


def test_mpvpe_is_relative_to_each_mesh_s_pelvis() -> None:
    mesh = np.random.default_rng(9).normal(size=(50, 3))
    shift = np.array([0.0, 0.0, 5.0])
    assert mpvpe(mesh + shift, mesh, predicted_root=shift, truth_root=np.zeros(3)) == pytest.approx(
        0, abs=1e-9
    )
    wrong_root = [0.0, 0.0, 0.02]
    assert mpvpe(mesh, mesh, predicted_root=wrong_root, truth_root=np.zeros(3)) == pytest.approx(20.0)


def test_shares_of_joints_are_taken_at_the_published_limits() -> None:
    """150 mm in space (MuPoTS), six tenths of the head in a picture (PCKh@0.6)."""
    assert pck3d([149.9, 150.1, np.nan, 10.0]) == pytest.approx(2 / 3)
    beside = np.array([[0.0, 5.9], [6.1, 0.0], [0.0, 0.0]])
    assert pckh(beside, np.zeros((3, 2)), 10.0) == pytest.approx(2 / 3)


def test_every_evaluated_joint_belongs_to_one_part_of_the_body() -> None:
    joints = [joint for part in HUMAN36M_PARTS.values() for joint in part]
    assert sorted(joints) == list(HUMAN36M_EVALUATED)
    names = {name: {HUMAN36M17.names[j] for j in part} for name, part in HUMAN36M_PARTS.items()}
    assert all("Hip" in one or "Knee" in one or "Ankle" in one for one in names["legs"])
    assert all("Shoulder" in one or "Elbow" in one or "Wrist" in one for one in names["arms"])


@pytest.mark.parametrize("shape", [(16, 3), (17, 2), (2, 17, 3)])
def test_other_joint_sets_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="17 Human3.6M joints"):
        mpjpe(np.zeros(shape), JOINTS)


def test_meshes_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match="different shapes"):
        mean_distance_mm(np.zeros((5, 3)), np.zeros((6, 3)))


def test_many_people_at_once_have_the_errors_of_each_alone():
    generator = np.random.default_rng(4)
    truth = generator.normal(0, 0.4, (6, 17, 3))
    predicted = truth + generator.normal(0, 0.05, truth.shape)
    predicted[2] = truth[2] * [1, 1, -1]  # no rotation brings a mirror image into place
    many = many_joint_errors(predicted, truth)
    assert many.mpjpe == pytest.approx([mpjpe(p, t) for p, t in zip(predicted, truth, strict=True)])
    assert many.pa_mpjpe == pytest.approx([pa_mpjpe(p, t) for p, t in zip(predicted, truth, strict=True)])
    assert many.of_joints.shape == (6, 14)
    with pytest.raises(ValueError, match="17, 3"):
        many_joint_errors(predicted[:, :5], truth[:, :5])
