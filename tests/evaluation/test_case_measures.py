"""What is measured about a person: known errors come out as known numbers, missing truth stays empty."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Joints3D, Person, Record
from sefd_viewer.evaluation.case_measures import COLUMNS, PredictedBody, measure
from sefd_viewer.evaluation.metrics import auc3d, pck3d, pckh
from sefd_viewer.evaluation.person_metrics import person_metrics
from sefd_viewer.evaluation.photo_truth import TrueBody, true_bodies
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import MPII16, Pose2D, remap
from sefd_viewer.geometry.rotations import axis_angle_to_matrix
from sefd_viewer.render.visibility import Visibility

SIZE = (320, 240)
CAMERA = PinholeCamera(np.array([300.0, 300.0]), np.array([160.0, 120.0]))


def standing(body: BodyModel, x: float, z: float, *, bend: float = 0.0) -> SmplParameters:
    pose = np.zeros(72)
    pose[0], pose[3 * 18 + 1] = np.pi, bend
    return SmplParameters.from_pose(body.id, pose, np.zeros(10), [x, 0.2, z])


def truth_of(body: BodyModel, *people: SmplParameters, painted: tuple[str, ...] = ()) -> dict[str, TrueBody]:
    persons = tuple(Person(str(n + 1), smpl=smpl) for n, smpl in enumerate(people))
    record = Record("a", "a", camera=CAMERA, size=SIZE, people=persons, painted_in_front=painted)
    found, problems = true_bodies(record, SIZE, lambda _id: body)
    assert not problems
    return dict(found)


def predicted(body: BodyModel, smpl: SmplParameters, **options: object) -> PredictedBody:
    return PredictedBody("1", body.forward(smpl).vertices, body, **options)  # type: ignore[arg-type]


def test_errors_are_those_of_the_metrics(open_body: BodyModel) -> None:
    smpl, bent = standing(open_body, 0, 4), standing(open_body, 0.3, 5, bend=0.8)
    numbers = measure(predicted(open_body, bent), truth_of(open_body, smpl)["1"], None)
    expected = person_metrics(bent, smpl, open_body)
    assert numbers["mpjpe_mm"] == pytest.approx(expected.mpjpe_mm, abs=1e-3)
    assert numbers["pa_mpjpe_mm"] == pytest.approx(expected.pa_mpjpe_mm, abs=1e-3)
    assert numbers["mpvpe_mm"] == pytest.approx(expected.mpvpe_mm, abs=1e-3)
    assert np.mean(numbers["joint_errors_mm"]) == pytest.approx(numbers["mpjpe_mm"])


def test_a_frame_turned_towards_the_crop_is_turned_back(open_body: BodyModel) -> None:
    smpl = standing(open_body, 0, 4)
    turn = axis_angle_to_matrix(np.array([0.0, 0.2, 0.0]))
    vertices = open_body.forward(smpl).vertices @ turn.T
    turned = PredictedBody("1", vertices.astype(np.float32), open_body, turn=turn)
    assert measure(turned, truth_of(open_body, smpl)["1"], None)["mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def test_who_stands_behind_another_is_hidden_and_errors_are_split(open_body: BodyModel) -> None:
    behind, front = standing(open_body, 0, 5), standing(open_body, 0.05, 3)
    people = truth_of(open_body, behind, front)
    assert people["1"].hidden > 0.6
    assert people["2"].hidden == pytest.approx(0, abs=0.02)
    assert people["1"].hidden_by == {"2": pytest.approx(people["1"].hidden)}
    assert (people["1"].visibility == Visibility.OTHER_PERSON).sum() >= 8
    numbers = measure(predicted(open_body, standing(open_body, 0, 5, bend=0.8)), people["1"], None)
    splits = ("visible", "self_occluded", "other_person", "outside")
    counts = [np.sum(np.array(numbers["joint_states"]) == state) for state in (0, 1, 2, 4)]
    parts = [(numbers[f"mpjpe_{name}_mm"] or 0.0) * count for name, count in zip(splits, counts, strict=True)]
    assert sum(parts) / 14 == pytest.approx(numbers["mpjpe_mm"])
    states = people["1"].vertex_visibility
    counts = [np.sum(states == state) for state in (0, 1, 2, 4)]
    assert min(counts[:3]) > 100
    parts = [(numbers[f"mpvpe_{name}_mm"] or 0.0) * count for name, count in zip(splits, counts, strict=True)]
    assert sum(parts) / len(states) == pytest.approx(numbers["mpvpe_mm"], rel=1e-5)


def test_who_was_painted_in_front_hides_the_others(open_body: BodyModel) -> None:
    """The nearer body is hidden, the farther one is not; what each hides of itself stays as it was."""
    near, far = standing(open_body, 0, 4), standing(open_body, 0.05, 4.5)
    as_they_stand, alone = truth_of(open_body, near, far), truth_of(open_body, far)
    painted = truth_of(open_body, near, far, painted=("2",))
    assert (as_they_stand["1"].hidden, as_they_stand["2"].hidden > 0.2) == (0, True)
    assert (painted["1"].hidden > 0.1, painted["2"].hidden) == (True, 0)
    assert (painted["1"].visibility == Visibility.OTHER_PERSON).sum() >= 3
    np.testing.assert_array_equal(painted["2"].visibility, alone["1"].visibility)
    np.testing.assert_array_equal(painted["2"].joints_camera, alone["1"].joints_camera)


def test_the_sample_s_man_is_hidden_where_the_avatar_was_painted_over_him(open_body: BodyModel) -> None:
    views = {r.key: r for r in open_dataset(None).records if r.view == "cam03"}
    hidden = {}
    for key in ("cam03/000024.jpg", "cam03/000040.jpg", "cam03/000072.jpg", "cam03/000096.jpg"):
        truth, _ = true_bodies(views[key], (544, 960), lambda _id: open_body)
        hidden[key] = truth["man"].hidden
        assert truth["avatar"].hidden == 0
    assert [share > 0.03 for share in hidden.values()] == [False, True, True, True]


def test_a_body_outside_the_picture_has_no_hidden_share(open_body: BodyModel) -> None:
    outside = truth_of(open_body, standing(open_body, 40, 5))["1"]
    assert np.isnan(outside.hidden)
    assert measure(predicted(open_body, standing(open_body, 40, 5)), outside, None)["hidden"] is None


def test_without_truth_cells_are_empty_not_zero(open_body: BodyModel) -> None:
    numbers = measure(predicted(open_body, standing(open_body, 0, 4)), None, None)
    assert set(numbers) == set(COLUMNS)
    assert all(value is None for value in numbers.values())


def test_measured_joints_are_a_truth_of_their_own(open_body: BodyModel) -> None:
    """Human3.6M's joints, held 30 mm beside a body's along one axis but for the pelvis."""
    smpl, bent = standing(open_body, 0, 4), standing(open_body, 0.3, 5, bend=0.8)
    vertices = open_body.forward(smpl).vertices
    joints = open_body.regressors["human36m17"] @ vertices
    joints[1:] += [0, 0, 0.03]
    measured = Joints3D("human36m17", joints.astype(np.float32))
    truth = truth_of(open_body, bent)["1"]
    alone = measure(predicted(open_body, smpl), None, None, measured)
    assert alone["mpjpe_mm"] == alone["mpjpe_measured_mm"] == pytest.approx(30, abs=0.01)
    assert alone["pa_mpjpe_measured_mm"] == pytest.approx(0, abs=0.01)
    assert (alone["mpvpe_mm"], alone["hidden"]) == (None, None)
    both = measure(predicted(open_body, smpl), truth, None, measured)
    expected = person_metrics(smpl, bent, open_body)
    assert both["mpjpe_measured_mm"] == pytest.approx(30, abs=0.01)
    assert both["mpjpe_mm"] == pytest.approx(expected.mpjpe_mm, abs=1e-3)
    turn = axis_angle_to_matrix(np.array([0.0, 0.2, 0.0]))
    turned = PredictedBody("1", (vertices @ turn.T).astype(np.float32), open_body, turn=turn)
    assert measure(turned, None, None, measured)["mpjpe_mm"] == pytest.approx(30, abs=0.01)
    other = Joints3D("mupots17", joints.astype(np.float32))
    assert measure(predicted(open_body, smpl), None, None, other)["mpjpe_mm"] is None


def test_reprojection_counts_the_labelled_joints(open_body: BodyModel) -> None:
    smpl = standing(open_body, 0, 4)
    output = open_body.forward(smpl)
    points = CAMERA.project_camera(open_body.joints(output.vertices, output.joints, "coco17"))
    keypoints = np.column_stack([points + [3.0, 4.0], np.ones(17)]).astype(np.float32)
    keypoints[5:] = [0, 0, 0]
    pose = Pose2D("coco17", keypoints, np.array([0, 0, 30, 40], np.float32), 1.0, "annotation")
    numbers = measure(predicted(open_body, smpl, camera=CAMERA), None, pose)
    assert numbers["reprojection_px"] == pytest.approx(5.0, abs=0.05)
    assert numbers["reprojection_share"] == pytest.approx(0.1, abs=0.001)


def test_pckh_counts_joints_within_a_part_of_the_head(open_body: BodyModel) -> None:
    smpl = standing(open_body, 0, 4)
    output = open_body.forward(smpl)
    present = remap(open_body.joints(output.vertices, output.joints, "smpl30"), "smpl30", "mpii16")
    points = CAMERA.project_camera(present[0])
    far = [name for name in MPII16.names if name.startswith("L_")]
    head = float(np.hypot(*(points[MPII16.index("Head_top")] - points[MPII16.index("Neck")])))
    keypoints = np.column_stack([np.nan_to_num(points), np.ones(16)]).astype(np.float32)
    for number, name in enumerate(far):  # 0.55 and 0.65 heads away in turn
        keypoints[MPII16.index(name), 1] += (0.55 + 0.1 * (number % 2)) * head
    keypoints[MPII16.index("R_Ankle"), 2] = 0  # not annotated
    box = np.array([0, 0, 30, 40], np.float32)
    mine = predicted(open_body, smpl, camera=CAMERA)
    wrong, counted = len(far) // 2, 16 - 3  # neither pelvis nor thorax, nor the ankle
    pose = Pose2D("mpii16", keypoints, box, 1.0, "annotation")
    assert measure(mine, None, pose)["pckh"] == pytest.approx(1 - wrong / counted)
    keypoints[MPII16.index("Neck"), 2] = 0
    assert measure(mine, None, Pose2D("mpii16", keypoints, box, 1.0, "annotation"))["pckh"] is None
    headless = Pose2D("coco17", np.ones((17, 3), np.float32), box, 1.0, "annotation")
    assert measure(mine, None, headless)["pckh"] is None


def test_shares_of_correct_joints() -> None:
    assert pck3d([10, 149, 151, np.nan]) == pytest.approx(2 / 3)
    assert auc3d([75.0]) == pytest.approx(16 / 31)
    assert np.isnan(pck3d([np.nan]))
    near, far = [[0.0, 0.0], [0.0, 7.0]], [[0.0, 5.0], [0.0, 0.0]]
    assert pckh(near, far, 10.0) == pytest.approx(0.5)
    assert pckh([[np.nan, 0.0], [0.0, 7.0]], far, 12.0) == pytest.approx(0.5)
    assert pckh(near, [[np.nan, np.nan], [0.0, 7.0]], 10.0) == 1
