"""What a writer wrote its reader reads: the same bodies at the same pixels, in every published layout."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from scipy.ndimage import binary_dilation

from sefd_viewer.body import open_body
from sefd_viewer.datasets import Dataset, Person, Record
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.synthetic import Scene, ScenePerson, SceneSettings, generate_scene
from sefd_viewer.datasets.synthetic.views import (
    camera_path,
    camera_rig,
    generate_own_cameras,
    generate_views,
)
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder
from sefd_viewer.geometry import PinholeCamera
from sefd_viewer.geometry.joints import JOINT_SETS, MUPOTS17


def formats(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("written", names or sorted(WRITERS), indirect=True, scope="module")


SEED, COUNT = 4, 2
SETTINGS = SceneSettings(size=(128, 112), people=(2, 3))
STUDIO = replace(SETTINGS, people=(1, 1), things=1, tilted=0.0, truncated=0.0, person_height=(0.4, 0.7))


@pytest.fixture(scope="module")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("sets") / request.param
    with new_folder(folder) as unfinished:
        WRITERS[request.param](unfinished, Plan(COUNT, SEED, SETTINGS))
    return open_dataset(folder)


def scenes_of(format: str) -> list[Scene]:
    if format in ("mscoco", "mpii", "crowdpose"):
        return [generate_own_cameras(SEED, index, SETTINGS) for index in range(COUNT)]
    if format == "human36m":
        rig = camera_rig(SEED, STUDIO)
        return [s for index in range(COUNT) for s in generate_views(SEED, index, rig, STUDIO).scenes]
    if format == "3dpw-sequences":
        cameras = camera_path(SEED, SETTINGS, count=COUNT)
        return list(generate_views(SEED, 0, cameras, SETTINGS).scenes)
    return [generate_scene(SEED, index, SETTINGS) for index in range(COUNT)]


def pairs(dataset: Dataset) -> Iterator[tuple[Record, Person, Scene, ScenePerson]]:
    """Every person shown, beside the person of the scene; the skipped ones keep their place."""
    for record, scene in zip(dataset.records, scenes_of(dataset.format), strict=True):
        left_out = {skipped.key: None for skipped in record.skipped if not skipped.shown}
        everyone = {person.key: person for person in record.people} | left_out
        assert len(everyone) == len(scene.people)
        for key, truth in zip(sorted(everyone, key=int), scene.people, strict=True):
            person = everyone[key]
            if person is not None:
                yield record, person, scene, truth


@formats()
def test_the_format_is_recognised_and_nothing_is_wrong(written: Dataset) -> None:
    assert written.format == written.name
    assert not written.problems
    assert all(not record.problems for record in written.records)
    assert len(written.records) == (4 * COUNT if written.format == "human36m" else COUNT)
    assert len(set(written.keys)) == len(written.records)
    assert sum(len(record.people) for record in written.records) >= 3


@formats()
def test_pictures_have_the_size_that_the_files_state(written: Dataset) -> None:
    for record in written.records:
        assert record.size == SETTINGS.size
        assert record.load().shape == (112, 128, 3)


@formats(*sorted(set(WRITERS) - {"mupots", "ochuman"}))
def test_bodies_are_the_scene_s_and_keep_their_pixels(written: Dataset) -> None:
    body = open_body()
    for record, person, scene, truth in pairs(written):
        assert person.smpl is not None
        vertices, _ = body.forward(person.smpl)
        np.testing.assert_allclose(vertices, truth.vertices, atol=1e-4)
        camera = person.camera or record.camera
        true_camera = truth.camera or scene.camera
        assert camera is not None
        pixels = true_camera.project_camera(truth.vertices)
        np.testing.assert_allclose(camera.project_camera(vertices), pixels, atol=0.02)


@formats("mpii", "crowdpose", "muco", "mupots", "3dpw")
def test_keypoints_lie_where_the_scene_has_them(written: Dataset) -> None:
    shared = 0
    for _, person, scene, truth in pairs(written):
        for pose in filter(None, (person.pose2d, *person.other_poses)):
            joint_set = JOINT_SETS[pose.joint_set]
            if pose.joint_set in ("coco17", "openpose18"):  # a regressor's, or made of those
                continue
            names = [name for name in joint_set.names if name in JOINT_SETS["smpl30"].names]
            ours = pose.keypoints[[joint_set.index(name) for name in names]]
            joints = truth.joints[[JOINT_SETS["smpl30"].index(name) for name in names]]
            pixels = (truth.camera or scene.camera).project_camera(joints)
            known = (ours[:, 2] > 0) & np.isfinite(pixels).all(axis=1)
            np.testing.assert_allclose(ours[known, :2], pixels[known], atol=0.02)
            shared += int(known.sum())
    assert shared


@formats("mscoco")
def test_coco_keypoints_and_their_visibility_come_back(written: Dataset) -> None:
    for _, person, _, truth in pairs(written):
        assert person.pose2d is not None
        inside = truth.keypoints[:, 2] > 0
        np.testing.assert_allclose(person.pose2d.keypoints[inside], truth.keypoints[inside], atol=1e-3)
        assert not person.pose2d.keypoints[~inside].any()


@formats("ochuman")
def test_ochuman_joints_come_back_in_coco_s_order(written: Dataset) -> None:
    for _, person, _, truth in pairs(written):
        assert person.pose2d is not None
        assert person.pose2d.joint_set == "coco17"
        labelled = person.pose2d.keypoints[:, 2] > 0
        assert labelled.sum() >= 4
        np.testing.assert_allclose(
            person.pose2d.keypoints[labelled, :2], truth.keypoints[labelled, :2], atol=1e-3
        )
        assert not labelled[truth.keypoints[:, 2] == 0].any()


@formats("mupots", "muco", "3dpw", "3dpw-sequences")
def test_joints_in_millimetres_become_metres_of_the_camera(written: Dataset) -> None:
    for _, person, _, truth in pairs(written):
        assert person.joints is not None
        names = JOINT_SETS[person.joints.joint_set].names
        head, expected = names.index("Head"), truth.joints[JOINT_SETS["smpl30"].index("Head")]
        np.testing.assert_allclose(person.joints.points_camera[head], expected, atol=1e-4)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio") / "Human36M"
    with new_folder(folder) as unfinished:
        WRITERS["human36m"](unfinished, Plan(COUNT, SEED, SETTINGS))
    return folder


def test_views_of_a_human36m_moment_stand_together(studio: Path) -> None:
    dataset = open_dataset(studio)
    first = dataset.records[0]
    views = dataset.same_moment(first)
    assert [view.view for view in views] == [f"camera {number}" for number in (1, 2, 3, 4)]
    assert {view.moment for view in views} == {first.moment}
    assert dataset.records[dataset.position(views[2].key)].key == views[2].key
    assert first.title == "S1 · Directions 1 · camera 1 · frame 0"


def test_exact_equals_posing_in_the_world_and_moving_every_vertex(studio: Path) -> None:
    body = open_body()
    for record in open_dataset(studio).records:
        person = record.people[0]
        assert person.smpl is not None
        assert person.smpl_world is not None
        assert isinstance(record.camera, PinholeCamera)
        moved = record.camera.to_camera(body.forward(person.smpl_world).vertices)
        np.testing.assert_allclose(body.forward(person.smpl).vertices, moved, atol=1e-5)
        assert person.joints is not None
        regressed = body.joints(*body.forward(person.smpl), "human36m17")
        np.testing.assert_allclose(person.joints.points_camera, regressed, atol=1e-4)
        assert person.pose2d is not None
        pixels = record.camera.project_camera(regressed)
        np.testing.assert_allclose(person.pose2d.keypoints[:, :2], pixels, atol=0.02)


def test_mupots_has_poses_of_detectors_beside_the_annotation(tmp_path: Path) -> None:
    with new_folder(tmp_path / "set") as folder:
        WRITERS["mupots"](folder, Plan(1, SEED, SETTINGS))
    person = open_dataset(tmp_path / "set").records[0].people[0]
    assert person.smpl is None
    assert person.pose2d is not None
    assert (person.pose2d.joint_set, person.pose2d.source) == (MUPOTS17.name, "annotation")
    assert [pose.source for pose in person.other_poses] == ["OpenPose", "HigherHRNet"]


def test_an_annotation_file_opens_by_itself(studio: Path) -> None:
    dataset = open_dataset(studio / "annotations" / "Human36M_subject1_data.json")
    assert dataset.format == "human36m"
    assert dataset.records[0].image_path is not None
    assert dataset.records[0].image_path.is_file()


def test_the_annotations_folder_opens_as_the_set(studio: Path) -> None:
    dataset = open_dataset(studio / "annotations")
    assert dataset.format == "human36m"
    assert not dataset.records[0].problems


# ---- the same files without our readers: COCO's own, and numbers by the published layouts


def seen_at(points: Any, f: Any, c: Any) -> np.ndarray:
    """Pixels of points (N, 3) in a camera's frame, by hand."""
    points = np.asarray(points, float)
    return points[:, :2] / points[:, 2:] * np.asarray(f) + np.asarray(c)


def true_pixels(scene: Scene, truth: ScenePerson, names: tuple[str, ...]) -> tuple[np.ndarray, list[int]]:
    """Where the scene has those joints that its body names, and which of `names` they are."""
    own = JOINT_SETS["smpl30"].names
    places = [place for place, name in enumerate(names) if name in own]
    camera = truth.camera or scene.camera
    points = truth.joints[[own.index(names[place]) for place in places]]
    return seen_at(points, camera.focal, camera.principal_point), places


def everyone(format: str) -> list[tuple[Scene, ScenePerson]]:
    return [(scene, person) for scene in scenes_of(format) for person in scene.people]


def document(dataset: Dataset, name: str) -> Any:
    assert dataset.root is not None
    return json.loads((dataset.root / name).read_text())


COCO_FILES = {
    "mscoco": "person_keypoints_train2017.json",
    "crowdpose": "crowdpose_train.json",
    "mpii": "train.json",
}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
@formats(*COCO_FILES)
def test_pycocotools_reads_people_where_the_scene_has_them(written: Dataset) -> None:
    assert written.root is not None
    coco = COCO(written.root / "annotations" / COCO_FILES[written.format])
    neural = next((written.root / "annotations").glob("*NeuralAnnot.json"))
    fits = json.loads(neural.read_text())
    found = coco.loadAnns(coco.getAnnIds(catIds=coco.getCatIds(["person"])))
    for entry, (scene, truth) in zip(found, everyone(written.format), strict=True):
        keypoints = np.reshape(entry["keypoints"], (-1, 3))
        assert entry["num_keypoints"] == (keypoints[:, 2] > 0).sum()
        camera = fits[str(entry["id"])]["cam_param"]
        outline = seen_at(truth.vertices, camera["focal"], camera["princpt"])
        own = truth.camera or scene.camera
        np.testing.assert_allclose(
            outline, seen_at(truth.vertices, own.focal, own.principal_point), atol=0.02
        )
        if written.format == "mscoco":
            labelled = keypoints[:, 2] > 0
            assert labelled.tolist() == (truth.keypoints[:, 2] > 0).tolist()
            np.testing.assert_allclose(keypoints[labelled, :2], truth.keypoints[labelled, :2], atol=0.01)
            mask = coco.annToMask(entry)
            y, x = np.nonzero(mask)
            left, top, width, height = entry["bbox"]
            assert left - 1 <= x.min() <= x.max() <= left + width + 1
            assert top - 1 <= y.min() <= y.max() <= top + height + 1
            around = binary_dilation(mask, np.ones((3, 3)))  # polygons run through the outermost pixels
            assert mask.sum() <= entry["area"] <= around.sum() + 10


@formats("muco", "mupots", "3dpw")
def test_joints_of_one_file_project_onto_the_scene_s_by_hand(written: Dataset) -> None:
    name = {"muco": "MuCo-3DHP.json", "mupots": "MuPoTS-3D.json", "3dpw": "3DPW_latest_test.json"}
    content = document(written, name[written.format])
    images = {image["id"]: image for image in content["images"]}
    space, plane, joints = {
        "muco": ("keypoints_cam", "keypoints_img", "muco21"),
        "mupots": ("keypoints_cam", "keypoints_img", "mupots17"),
        "3dpw": ("joint_cam", "joint_img", "smpl24"),
    }[written.format]
    for entry, (scene, truth) in zip(content["annotations"], everyone(written.format), strict=True):
        image = images[entry["image_id"]]
        numbers = image.get("intrinsic") or [*image.get("f", ()), *image.get("c", ())]
        numbers = numbers or [*image["cam_param"]["focal"], *image["cam_param"]["princpt"]]
        pixels = seen_at(entry[space], numbers[:2], numbers[2:])
        np.testing.assert_allclose(pixels, entry[plane], atol=0.05)
        known, places = true_pixels(scene, truth, JOINT_SETS[joints].names)
        assert len(places) > 8
        np.testing.assert_allclose(pixels[places], known, atol=0.05)


LIMB_ENDS = (2, 3, 5, 6, 12, 13, 15, 16)
"""Knees, ankles, elbows and wrists among Human3.6M's 17."""


def test_human36m_s_world_joints_lie_in_every_camera_by_hand(studio: Path) -> None:
    data, cameras, joints = (
        json.loads((studio / f"annotations/Human36M_subject1_{kind}.json").read_text())
        for kind in ("data", "camera", "joint_3d")
    )
    scenes = {(index, camera): scene for index, camera, scene in _numbered(scenes_of("human36m"))}
    frames = sorted({image["file_name"][-10:-4] for image in data["images"]})
    for image in data["images"]:
        camera = cameras[str(image["cam_idx"])]
        frame = image["file_name"][-10:-4]
        action = joints[str(image["action_idx"])][str(image["subaction_idx"])]
        world = np.array(action[str(int(frame) - 1)])
        there = world @ np.array(camera["R"]).T + camera["t"]
        scene = scenes[frames.index(frame), image["cam_idx"]]
        known, places = true_pixels(scene, scene.people[0], JOINT_SETS["human36m17"].names)
        limbs = [place in LIMB_ENDS for place in places]  # the others are Human3.6M's own places
        pixels = seen_at(there, camera["f"], camera["c"])[places]
        np.testing.assert_allclose(pixels[limbs], known[limbs], atol=1.5)


def _numbered(scenes: list[Scene]) -> Iterator[tuple[int, int, Scene]]:
    return ((place // 4, place % 4 + 1, scene) for place, scene in enumerate(scenes))


@formats("3dpw-sequences")
def test_a_sequence_file_s_world_joints_lie_in_every_frame_by_hand(written: Dataset) -> None:
    assert written.root is not None
    (file,) = written.root.rglob("*.pkl")
    content = pickle.loads(file.read_bytes(), encoding="latin1")
    K = content["cam_intrinsics"]
    for frame, scene in enumerate(scenes_of(written.format)):
        move = content["cam_poses"][frame]
        for joints, truth in zip(content["jointPositions"], scene.people, strict=True):
            there = joints[frame].reshape(24, 3) @ move[:3, :3].T + move[:3, 3]
            known, places = true_pixels(scene, truth, JOINT_SETS["smpl24"].names)
            np.testing.assert_allclose(seen_at(there, K[[0, 1], [0, 1]], K[:2, 2])[places], known, atol=0.05)
