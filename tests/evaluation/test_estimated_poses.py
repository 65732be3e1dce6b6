"""Estimated 2D poses: what hides a joint is found again, poses go to whom they show, a run knows its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from sefd_viewer.app.scene import people_of
from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.views import generate_own_cameras
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.estimated_poses import estimate_poses, stored_file
from sefd_viewer.evaluation.photo_truth import true_bodies
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import SOURCES, pose_finder
from sefd_viewer.evaluation.runs.running import RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.pose2d.files import read_poses
from sefd_viewer.pose2d.pose_file import write_estimated_poses
from sefd_viewer.render.visibility import DEPTH_INSIDE_BODY, Visibility

SEED, SCENES = 3, 4
SETTINGS = SceneSettings(size=(240, 200), people=(3, 4), spacing=(0.3, 0.5))


@pytest.fixture
def crowd(tmp_path: Path) -> Dataset:
    root = tmp_path / "crowd"
    root.mkdir()
    WRITERS["mscoco"](root, Plan(SCENES, SEED, SETTINGS))
    return open_dataset(root)


def test_what_hides_a_joint_is_what_hid_it_in_the_scene(crowd: Dataset, open_body: BodyModel) -> None:
    """The scene knows; the set's bodies and masks say it again."""
    found, true = [], []
    for index, record in enumerate(crowd.records):
        scene = generate_own_cameras(SEED, index, SETTINGS)
        bodies, _ = true_bodies(
            record,
            SETTINGS.size,
            lambda _id: open_body,
            masks_of(crowd),
            joint_set=COCO17,
            tolerance=DEPTH_INSIDE_BODY,
        )
        found += [body.visibility for body in bodies.values()]
        true += [person.states for person in scene.people]
    states, expected = np.concatenate(found), np.concatenate(true)
    assert (expected == Visibility.OTHER_PERSON).sum() > 15
    assert (states == expected).mean() > 0.92
    hidden = expected == Visibility.OTHER_PERSON
    assert (states[hidden] == Visibility.OTHER_PERSON).mean() > 0.92


def test_hidden_joints_err_more_and_the_seed_decides(crowd: Dataset, open_body: BodyModel) -> None:
    first, again, other = (estimate_poses(crowd, lambda _id: open_body, seed=s) for s in (1, 1, 2))
    errors: dict[bool, list[float]] = {True: [], False: []}
    for record in crowd.records:
        for person in record.people:
            assert person.pose2d is not None
            pose = first[record.key].get(person.key)
            if pose is None:
                continue
            assert np.array_equal(pose.keypoints, again[record.key][person.key].keypoints)
            assert not np.array_equal(pose.keypoints, other[record.key][person.key].keypoints)
            true = person.pose2d.keypoints
            distance = np.linalg.norm(pose.keypoints[:, :2] - true[:, :2], axis=1)
            for joint in np.flatnonzero(true[:, 2] > 0):
                errors[bool(true[joint, 2] < 1)].append(float(distance[joint]))
    assert np.median(errors[True]) > 2 * np.median(errors[False])


def test_the_file_beside_the_set_is_a_source_and_is_part_of_the_run(
    crowd: Dataset, open_body: BodyModel
) -> None:
    with pytest.raises(SefdError, match="estimate-poses"):
        pose_finder("estimated", crowd)
    path = stored_file(crowd)
    assert path is not None
    people = estimate_poses(crowd, lambda _id: open_body)
    write_estimated_poses(path, 1, people)
    record = crowd.records[1]
    stored = orjson.loads(path.read_bytes())["pictures"][record.key]
    for key, pose in people[record.key].items():
        np.testing.assert_allclose(np.reshape(stored[key]["keypoints"], (17, 3)), pose.keypoints, atol=1e-3)
    for source in ("estimated", str(path)):
        found = pose_finder(source, crowd)(record, np.zeros((1, 1, 3), np.uint8))
        assert found.keys() == people[record.key].keys()
        assert all(
            np.allclose(found[key].keypoints, pose.keypoints, atol=1e-3) and pose.source == "estimated"
            for key, pose in people[record.key].items()
        )
    settings = settings_of(RunOptions(poses="estimated"))
    before = RunPlan.of(crowd, [Method("baseline", "baseline")], settings).key()
    write_estimated_poses(path, 22, estimate_poses(crowd, lambda _id: open_body, seed=22))
    assert RunPlan.of(crowd, [Method("baseline", "baseline")], settings).key() != before
    assert "estimated" in SOURCES


def test_the_window_gives_each_pose_to_whom_it_shows(
    crowd: Dataset, open_body: BodyModel, tmp_path: Path
) -> None:
    """Not by boxes: these may fit a neighbour better."""
    record = crowd.records[0]
    people = dict(estimate_poses(crowd, lambda _id: open_body)[record.key])
    first, second = list(people)[:2]
    people[first], people[second] = people[second], people[first]
    write_estimated_poses(tmp_path / "swapped.json", 1, {record.key: people})
    poses = read_poses(tmp_path / "swapped.json")
    shown, note = people_of(
        record, record.load, detect=lambda _i: [], find_body=lambda _id: open_body, poses=poses
    )
    assert note is None
    smpl = {person.key: person.smpl for person in record.people}
    assert [(one.key, one.smpl) for one in shown] == [(key, smpl[key]) for key in people]
    assert np.allclose(shown[0].pose2d.bbox_xywh, people[first].bbox_xywh, atol=0.02)


def test_broken_people_of_a_file_are_told_and_the_others_stay(
    crowd: Dataset, open_body: BodyModel, tmp_path: Path
) -> None:
    path = tmp_path / "estimated.json"
    write_estimated_poses(path, 1, estimate_poses(crowd, lambda _id: open_body))
    content = orjson.loads(path.read_bytes())
    record, people = next(iter(content["pictures"].items()))
    person = next(iter(people))
    people[person]["keypoints"] = [1, 2, "x"]
    path.write_bytes(orjson.dumps(content))
    poses = read_poses(path)
    assert poses.problems == (f"{record}, person {person}: broken; left out",)
    assert len(poses[record]) == len(people) - 1
