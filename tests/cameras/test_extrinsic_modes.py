"""What the extrinsic modes do to one person, in millimetres and pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from sefd_viewer.body import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.extrinsic_modes import compare_extrinsic_modes, into_camera
from sefd_viewer.datasets.records import Joints3D
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry import HUMAN36M17, PinholeCamera, Pose2D, axis_angle_to_matrix


def person(body: BodyModel, seed: int) -> tuple[SmplParameters, PinholeCamera]:
    generator = np.random.default_rng(seed)
    R = axis_angle_to_matrix(generator.normal(size=3))
    camera = PinholeCamera(np.array([900.0, 910.0]), np.array([300.0, 200.0]), R, np.array([0, 0, 5.0]))
    parameters = SmplParameters.from_pose(
        body.id, generator.normal(scale=0.3, size=72), generator.normal(size=10), generator.normal(size=3) / 3
    )
    return parameters, camera


@pytest.mark.parametrize("seed", range(4))
def test_exact_moves_every_vertex_by_r_and_t(open_body: BodyModel, seed: int) -> None:
    parameters, camera = person(open_body, seed)
    exact = compare_extrinsic_modes(parameters, camera, open_body)["exact"]
    expected = camera.to_camera(open_body.forward(parameters).vertices)
    assert_allclose(exact.vertices_camera, expected, atol=1e-5)


_numbers = st.floats(-1, 1, allow_subnormal=False)


@given(
    arrays(np.float64, 72, elements=_numbers),
    arrays(np.float64, 10, elements=_numbers),
    arrays(np.float64, 3, elements=_numbers),
    arrays(np.float64, 3, elements=_numbers),
    arrays(np.float64, 3, elements=_numbers),
)
@settings(max_examples=25)
def test_exact_is_pose_in_the_world_then_r_v_plus_t(
    pose: np.ndarray, betas: np.ndarray, place: np.ndarray, turn: np.ndarray, t: np.ndarray
) -> None:
    body = open_body()
    parameters = SmplParameters.from_pose(body.id, 2 * pose, 5 * betas, 3 * place)
    camera = PinholeCamera(np.full(2, 900.0), np.zeros(2), axis_angle_to_matrix(3 * turn), 6 * t)
    exact = body.forward(into_camera(parameters, camera, body, mode="exact")).vertices
    assert_allclose(exact, camera.to_camera(body.forward(parameters).vertices), atol=1e-5)


def test_paper_is_off_by_the_turned_root_joint(open_body: BodyModel) -> None:
    parameters, camera = person(open_body, 1)
    found = compare_extrinsic_modes(parameters, camera, open_body)
    root = open_body.root_joint(parameters.betas)
    assert found["paper"].shift_mm == pytest.approx(
        1000 * np.linalg.norm((camera.R - np.eye(3)) @ root), 1e-3
    )
    assert found["exact"].shift_mm == found["exact"].shift_px == 0
    assert found["raw"].shift_mm > 1000


def test_annotated_joints_tell_which_mode_is_right(open_body: BodyModel) -> None:
    parameters, camera = person(open_body, 2)
    world = open_body.forward(parameters)
    joints = camera.to_camera(open_body.joints(world.vertices, world.joints, HUMAN36M17))
    pose = Pose2D(
        HUMAN36M17.name, np.column_stack([camera.project_camera(joints), np.ones(17)]), np.zeros(4), 1, "test"
    )
    annotated = Joints3D(HUMAN36M17.name, joints.astype(np.float32))
    found = compare_extrinsic_modes(parameters, camera, open_body, pose2d=pose, joints=annotated)
    assert found["exact"].joints_px < 0.01
    assert found["exact"].joints_mm < 0.01
    assert found["paper"].joints_mm == pytest.approx(found["paper"].shift_mm, rel=1e-2)


def test_without_annotations_there_is_no_error(open_body: BodyModel) -> None:
    found = compare_extrinsic_modes(*person(open_body, 3), open_body)
    assert all(np.isnan(one.joints_px) and np.isnan(one.joints_mm) for one in found.values())


def test_another_body_is_refused(open_body: BodyModel) -> None:
    parameters, camera = person(open_body, 3)
    other = SmplParameters.from_pose("smpl-male", parameters.pose, parameters.betas, parameters.transl)
    with pytest.raises(BodyError, match="smpl-male"):
        compare_extrinsic_modes(other, camera, open_body)
