"""The body's forward pass and its joints, by properties that any SMPL-format body has."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.body.files import load_body
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry import COCO19, JOINT_SETS, SMPL24, SMPL30, axis_angle_to_matrix, remap
from tests.owners_files import smpl_arrays, write_body


def rest(body: BodyModel, **changes: np.ndarray) -> SmplParameters:
    zeros = {
        "global_orient": np.zeros(3),
        "body_pose": np.zeros(69),
        "betas": np.zeros(10),
        "transl": np.zeros(3),
    }
    return SmplParameters(body.id, **zeros | changes)


def test_without_parameters_it_is_the_template(open_body: BodyModel) -> None:
    output = open_body.forward(rest(open_body))
    assert output.vertices.dtype == output.joints.dtype == np.float32
    assert_allclose(output.vertices, open_body.v_template, atol=1e-6)
    assert_allclose(output.joints, open_body.J_regressor @ open_body.v_template, atol=1e-6)


def test_the_root_turns_the_body_about_its_root_joint(open_body: BodyModel) -> None:
    turn, betas, transl = np.array([0.3, 1.0, -0.4]), np.full(10, 0.7), np.array([1.0, 2.0, 3.0])
    straight = open_body.forward(rest(open_body, betas=betas)).vertices
    turned = open_body.forward(rest(open_body, betas=betas, global_orient=turn, transl=transl)).vertices
    root = open_body.root_joint(betas)
    assert_allclose(turned, (straight - root) @ axis_angle_to_matrix(turn).T + root + transl, atol=1e-5)


def test_bones_keep_their_lengths_in_every_pose(open_body: BodyModel, parameters: SmplParameters) -> None:
    posed = open_body.forward(parameters).joints
    still = open_body.forward(rest(open_body, betas=parameters.betas)).joints
    children, parents = np.arange(1, 24), open_body.parents[1:]
    lengths = [np.linalg.norm(joints[children] - joints[parents], axis=1) for joints in (posed, still)]
    assert_allclose(lengths[0], lengths[1], atol=1e-5)


def test_a_batch_equals_its_people(open_body: BodyModel, random_people: list[dict[str, np.ndarray]]) -> None:
    batch = {name: np.stack([person[name] for person in random_people]) for name in random_people[0]}
    together = open_body.forward_batch(**batch)
    assert together.vertices.shape == (3, 6890, 3)
    for index, person in enumerate(random_people):
        alone = open_body.forward(SmplParameters(open_body.id, **person))
        assert_allclose(together.vertices[index], alone.vertices, atol=1e-6)
        assert_allclose(together.joints[index], alone.joints, atol=1e-6)


def test_nobody_is_an_empty_batch(open_body: BodyModel) -> None:
    output = open_body.forward_batch(np.zeros((0, 3)), np.zeros((0, 69)), np.zeros((0, 10)), np.zeros((0, 3)))
    assert output.vertices.shape == (0, 6890, 3)
    assert output.joints.shape == (0, 24, 3)


def test_the_betas_of_another_body_are_refused(open_body: BodyModel, parameters: SmplParameters) -> None:
    stranger = SmplParameters.from_dict(parameters.to_dict() | {"body_id": "smpl-male-0123abcd"})
    with pytest.raises(BodyError, match=r"'smpl-male-0123abcd', not to 'open-body-1'.*open the body"):
        open_body.forward(stranger)


def test_a_mirrored_person_has_a_mirrored_mesh(open_body: BodyModel, parameters: SmplParameters) -> None:
    mirror = np.array([1, -1, -1])
    pose = (parameters.pose.reshape(24, 3) * mirror)[list(SMPL24.flip_order)]
    transl = parameters.transl * [-1, 1, 1]
    other = SmplParameters.from_pose(open_body.id, pose.ravel(), parameters.betas, transl)
    assert open_body.mirror_index is not None
    expected = open_body.forward(parameters).vertices[open_body.mirror_index] * [-1, 1, 1]
    assert_allclose(open_body.forward(other).vertices, expected, atol=1e-4)


def test_parts_are_the_joints_that_move_them(open_body: BodyModel) -> None:
    assert open_body.part_ids.shape == (6890,)
    strongest = open_body.weights[np.arange(6890), open_body.part_ids]
    assert_array_equal(strongest, open_body.weights.max(axis=1))


def test_joint_sets_in_the_order_of_their_names(open_body: BodyModel, parameters: SmplParameters) -> None:
    output = open_body.forward(parameters)
    all30 = open_body.joints(*output, SMPL30)
    assert_array_equal(all30[:24], output.joints)
    assert_array_equal(open_body.joints(*output, "smpl24"), output.joints)
    assert_array_equal(open_body.joints(*output, "graph15"), remap(all30, "smpl30", "graph15")[0])


def test_every_offered_set_has_its_count_in_batches_too(
    open_body: BodyModel, parameters: SmplParameters
) -> None:
    vertices, joints24 = open_body.forward(parameters)
    for name in open_body.joint_sets:
        alone = open_body.joints(vertices, joints24, name)
        batch = open_body.joints(np.stack([vertices] * 2), np.stack([joints24] * 2), name)
        assert alone.shape == (JOINT_SETS[name].count, 3)
        assert_allclose(batch, np.stack([alone] * 2), atol=1e-5)


def test_measured_joints_lie_near_those_of_the_chain(
    open_body: BodyModel, parameters: SmplParameters
) -> None:
    output = open_body.forward(parameters)
    all30 = open_body.joints(*output, SMPL30)
    for name in ("coco17", "human36m17"):
        expected, _ = remap(all30, SMPL30, name)
        distance = np.linalg.norm(open_body.joints(*output, name) - expected, axis=1)
        limbs = [
            i for i, joint in enumerate(JOINT_SETS[name].names) if joint[2:] in ("Knee", "Elbow", "Wrist")
        ]
        assert distance[limbs].max() < 0.08


def test_pelvis_and_neck_are_middles(open_body: BodyModel, parameters: SmplParameters) -> None:
    coco = open_body.joints(*open_body.forward(parameters), COCO19)
    hips = coco[[COCO19.index("L_Hip"), COCO19.index("R_Hip")]]
    assert_allclose(coco[COCO19.index("Pelvis")], hips.mean(axis=0), atol=1e-6)


def test_a_set_with_joints_no_body_has_is_refused_by_name(open_body: BodyModel) -> None:
    output = open_body.forward(rest(open_body))
    with pytest.raises(BodyError, match="no joint Thorax of the joint set 'mpii16'"):
        open_body.joints(*output, "mpii16")
    assert "mpii16" not in open_body.joint_sets


def test_the_directions_of_a_body_are_in_memory_once(tmp_path: Path) -> None:
    body = load_body(write_body(tmp_path / "SMPL_NEUTRAL.npz", smpl_arrays()))
    body.forward(rest(body))
    assert body.posedirs is not None
    bases = [
        one if one.base is None else one.base for one in vars(body).values() if isinstance(one, np.ndarray)
    ]
    held = sum({id(one): one.nbytes for one in bases}.values())
    assert held < 1.3 * (body.posedirs.nbytes + body.shapedirs.nbytes)
