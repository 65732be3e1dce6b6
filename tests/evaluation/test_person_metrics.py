"""Errors of a whole body, and who is who."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.body.files import load_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.errors import BodyError
from sefd_viewer.evaluation import match_people, mesh_metrics, person_metrics, prediction_metrics
from sefd_viewer.evaluation.metrics import HUMAN36M_EVALUATED, depth_and_across_mm
from sefd_viewer.evaluation.person_metrics import compared_by, joints_compared
from sefd_viewer.geometry import (
    HUMAN36M17,
    Crop,
    PinholeCamera,
    axis_angle_to_matrix,
    crop_rotation,
    image_camera,
    matrix_to_axis_angle,
)
from sefd_viewer.inference.messages import Prediction
from tests.owners_files import smpl_arrays, write_body

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel


@pytest.fixture
def person(open_body: BodyModel, sample_poses: NDArray[np.float32]) -> SmplParameters:
    transl = np.array([0.2, 0.1, 4.0], np.float32)
    return SmplParameters.from_pose(open_body.id, sample_poses[3], np.zeros(10, np.float32), transl)


def test_the_same_body_elsewhere_has_no_error(open_body: BodyModel, person: SmplParameters) -> None:
    moved = dataclasses.replace(person, transl=person.transl + np.float32(1.5))
    found = person_metrics(moved, person, open_body)
    numbers = found.mpjpe_mm, found.pa_mpjpe_mm, found.mpvpe_mm, found.depth_mm, found.across_mm
    assert max(*numbers, *found.joint_errors_mm) < 0.01


def test_another_turn_of_the_body_counts_but_not_after_alignment(
    open_body: BodyModel, person: SmplParameters
) -> None:
    turned = dataclasses.replace(person, global_orient=person.global_orient + np.float32([0, 0.5, 0]))
    found = person_metrics(turned, person, open_body)
    assert found.mpjpe_mm > 50
    assert found.mpvpe_mm > 50
    assert found.pa_mpjpe_mm < 0.1


def test_a_bent_knee_is_measured_as_by_hand(open_body: BodyModel, person: SmplParameters) -> None:
    pose = person.body_pose.copy()
    pose[9] += 0.6
    bent = dataclasses.replace(person, body_pose=pose)
    found = person_metrics(bent, person, open_body)
    joints = []
    for parameters in (bent, person):
        output = open_body.forward(parameters)
        joints.append(open_body.joints(output.vertices, output.joints, HUMAN36M17))
    a, b = (j[[1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16]] - j[0] for j in joints)
    assert found.mpjpe_mm == pytest.approx(1000 * np.sqrt(((a - b) ** 2).sum(axis=1)).mean(), rel=1e-4)
    assert found.pa_mpjpe_mm > 1


def test_vertices_are_measured_from_the_pelvis(open_body: BodyModel, person: SmplParameters) -> None:
    """Of a wider body the hips move against the pelvis, which stays where it is."""
    wide = dataclasses.replace(person, betas=np.array([0, 3, 0, 0, 0, 0, 0, 0, 0, 0], np.float32))
    meshes = [open_body.forward(parameters).vertices for parameters in (wide, person)]
    own, true = (mesh - (open_body.J_regressor @ mesh)[0] for mesh in meshes)
    by_hand = 1000 * np.linalg.norm(own - true, axis=1).mean()
    assert person_metrics(wide, person, open_body).mpvpe_mm == pytest.approx(by_hand, rel=1e-4)


def test_the_meshes_alone_tell_the_same(open_body: BodyModel, person: SmplParameters) -> None:
    other = dataclasses.replace(person, betas=np.full(10, 0.7, np.float32))
    meshes = [open_body.forward(p).vertices for p in (other, person)]
    assert mesh_metrics(*meshes, open_body) == person_metrics(other, person, open_body)


def test_parameters_of_another_body_are_refused(open_body: BodyModel, person: SmplParameters) -> None:
    foreign = dataclasses.replace(person, body_id="smpl-neutral-00000000")
    with pytest.raises(BodyError, match="smpl-neutral-00000000.*open-body-1"):
        person_metrics(person, foreign, open_body)


def test_another_body_is_compared_by_joints_and_says_so(
    open_body: BodyModel, person: SmplParameters, tmp_path: Path
) -> None:
    woman = load_body(write_body(tmp_path / "SMPL_FEMALE.pkl", smpl_arrays(1)))
    truth = dataclasses.replace(person, body_id="smpl-female")
    vertices, _ = open_body.forward(person)
    prediction = predicted(person, vertices)
    found = prediction_metrics(prediction, truth, woman, camera=None, own=open_body)
    ours = open_body.joints(*open_body.forward(person), HUMAN36M17)
    true_mesh = woman.forward(truth).vertices
    theirs = woman.joints(true_mesh, woman.J_regressor @ true_mesh, HUMAN36M17)
    wanted = [1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16]
    apart = (ours - ours[0])[wanted] - (theirs - theirs[0])[wanted]
    assert found.mpjpe_mm == pytest.approx(1000 * np.linalg.norm(apart, axis=1).mean(), rel=1e-4)
    assert np.isnan(found.mpvpe_mm)
    words = compared_by(open_body, woman)
    assert "different bodies, compared by joints: the open body's regressor on the predicted" in words
    assert "SMPL's joints by name on the true body; no MPVPE" in words
    assert compared_by(open_body, open_body) == ""


def test_the_regressor_beside_the_body_makes_the_joints_and_is_named(tmp_path: Path) -> None:
    file = write_body(tmp_path / "SMPL_FEMALE.pkl", smpl_arrays(1))
    by_name = load_body(file)
    assert joints_compared(by_name, by_name) == "SMPL's joints by name"
    assert "of SMPL's joints by name, not of the 14 published joints" in compared_by(by_name, by_name)
    np.save(tmp_path / "J_regressor_h36m_correct.npy", np.eye(17, 6890, 100))
    regressed = load_body(file)
    assert joints_compared(regressed, regressed) == "J_regressor_h36m_correct.npy"
    rest = regressed.v_template
    np.testing.assert_allclose(regressed.joints(rest, rest[:24], HUMAN36M17), rest[100:117], atol=1e-6)


def predicted(person: SmplParameters, vertices: NDArray[np.float32]) -> Prediction:
    crop = Crop.from_bbox([520, 60, 90, 160], (640, 480))
    return Prediction(
        person="1",
        role="student",
        parameters=person,
        camera=image_camera(crop),
        vertices_camera=vertices,
        joints_camera=np.zeros((30, 3), np.float32),
        joints_image=np.zeros((30, 2), np.float32),
        crop=crop,
        edge=None,
        weights_hash="",
    )


def figure(x: float) -> NDArray[np.float32]:
    return np.float32([[x, 0], [x + 40, 0], [x, 200], [x + 40, 200]])


def test_people_with_the_same_key_belong_together() -> None:
    assert match_people({"a": figure(500)}, {"a": figure(0)}) == {"a": "a"}


def test_others_are_paired_nearest_first() -> None:
    predicted = {"p0": figure(104), "p1": figure(12)}
    assert match_people(predicted, {"t0": figure(0), "t1": figure(100)}) == {"p0": "t1", "p1": "t0"}


def test_each_true_person_is_taken_once_and_far_ones_not_at_all() -> None:
    predicted = {"near": figure(3), "nearer": figure(1), "far": figure(400)}
    assert match_people(predicted, {"t": figure(0)}) == {"nearer": "t"}


def test_joints_that_are_nan_do_not_count() -> None:
    hidden = figure(2)
    hidden[0] = np.nan
    assert match_people({"p": hidden}, {"t": figure(0)}) == {"p": "t"}
    assert match_people({"p": hidden * np.nan}, {"t": figure(0)}) == {}


def test_a_network_that_looks_along_the_crop_is_compared_in_the_crop_s_frame(
    open_body: BodyModel, person: SmplParameters
) -> None:
    camera = PinholeCamera([600.0, 600.0], [320.0, 240.0])
    crop = predicted(person, np.zeros((6890, 3), np.float32)).crop
    seen = axis_angle_to_matrix(person.global_orient.astype(np.float64))
    orient = matrix_to_axis_angle(crop_rotation(crop, camera).T @ seen)
    vertices, _ = open_body.forward(person)
    turned = dataclasses.replace(person, global_orient=orient)
    prediction = dataclasses.replace(predicted(turned, vertices), orientation="crop")
    assert prediction_metrics(prediction, person, open_body, camera=camera).mpjpe_mm < 0.01
    unturned = dataclasses.replace(prediction, orientation="camera")
    assert prediction_metrics(unturned, person, open_body, camera=camera).mpjpe_mm > 50


def test_depth_is_what_errs_along_the_line_of_sight() -> None:
    """Joint by joint: 60 mm towards a camera that looks aslant, 80 mm aside."""
    sight = np.array([1.0, 0.0, 1.0])
    along, aside = sight / np.sqrt(2) * 0.06, np.array([0.0, 0.08, 0.0])
    true = np.zeros((17, 3))
    moved = true + along + aside
    moved[0] = 0  # the root, which both share
    depth, across = depth_and_across_mm(moved, true, sight)
    assert (depth, across) == (pytest.approx(60), pytest.approx(80))


def test_an_arm_that_is_stretched_to_the_camera_errs_in_depth(
    open_body: BodyModel, person: SmplParameters
) -> None:
    """By hand: the camera looks along z, so depth is the mean |dz| of the joints about their root."""
    pose = person.body_pose.copy()
    pose[45:48] += (0.0, 0.9, 0.0)
    bent = dataclasses.replace(person, body_pose=pose)
    chains = [open_body.forward(one) for one in (bent, person)]
    first, second = (open_body.joints(one.vertices, one.joints, HUMAN36M17) for one in chains)
    apart = ((first - first[0]) - (second - second[0]))[list(HUMAN36M_EVALUATED)] * 1000
    found = person_metrics(bent, person, open_body)
    assert found.depth_mm == pytest.approx(np.abs(apart[:, 2]).mean(), rel=1e-3)
    assert found.across_mm == pytest.approx(np.hypot(apart[:, 0], apart[:, 1]).mean(), rel=1e-3)
    assert np.mean(found.joint_errors_mm) == pytest.approx(found.mpjpe_mm)


def test_depth_runs_to_where_somebody_stands_and_ahead_where_that_is_unknown(
    open_body: BodyModel, person: SmplParameters
) -> None:
    """At 45 degrees aside depth is along that line; in a crop's frame, or behind the camera, along z."""
    pose = person.body_pose.copy()
    pose[45:48] += (0.0, 0.9, 0.0)
    bent = dataclasses.replace(person, body_pose=pose)
    for transl, orientation, line in (
        ([4.0, 0.0, 4.0], "camera", [1, 0, 1]),
        ([4.0, 0.0, 4.0], "crop", [0, 0, 1]),
        ([4.0, 0.0, -1.0], "camera", [0, 0, 1]),
    ):
        truth = dataclasses.replace(person, transl=np.array(transl, np.float32) - pelvis_of(open_body))
        chains = [open_body.forward(one) for one in (bent, truth)]
        first, second = (open_body.joints(one.vertices, one.joints, HUMAN36M17) for one in chains)
        apart = ((first - first[0]) - (second - second[0]))[list(HUMAN36M_EVALUATED)] * 1000
        along = apart @ np.array(line) / np.linalg.norm(line)
        across = np.sqrt((apart**2).sum(axis=1) - along**2)
        prediction = dataclasses.replace(predicted(bent, chains[0].vertices), orientation=orientation)
        found = prediction_metrics(prediction, truth, open_body, camera=None)
        assert found.depth_mm == pytest.approx(np.abs(along).mean(), rel=1e-3)
        assert found.across_mm == pytest.approx(across.mean(), rel=1e-3)


def pelvis_of(body: BodyModel) -> NDArray[np.float32]:
    """Where the pelvis of a body of mean shape is before it is moved."""
    return (body.J_regressor @ body.v_template)[0].astype(np.float32)
