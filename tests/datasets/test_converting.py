"""A capture as Human3.6M: opened again, every body stands where it stood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from sefd_viewer.body.files import open_body
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import DatasetError
from tests.fitting.capture_people import capture_with_people
from tests.fitting.fit_rig import cameras, other_cameras, write_capture


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return capture_with_people(tmp_path_factory.mktemp("capture"))


@pytest.fixture(scope="module")
def converted(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "human36m"
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(capture), str(out)])
    assert not ended.value.code
    return out


def test_vertices_joints_and_pixels_are_those_of_the_capture(capture: Path, converted: Path) -> None:
    dataset = open_dataset(converted, options=ReadOptions(extrinsics="exact"))
    assert (dataset.format, dataset.problems) == ("human36m", ())
    there = {(record.view, record.moment): record for record in open_dataset(capture).records}
    body, compared = open_body(), 0
    for record in dataset.records:
        assert record.key.startswith("s_0")
        subject, camera, frame = record.key[3], int(record.key[-13:-11]), record.moment[-6:]
        original = there["abcd"[camera - 1], frame].person("ab"[int(subject) - 1])
        (person,) = record.people
        assert person.smpl is not None
        output = body.forward(person.smpl)
        np.testing.assert_allclose(output.vertices, body.forward(original.smpl).vertices, atol=1e-5)
        joints = body.joints(output.vertices, output.joints, "human36m17")
        np.testing.assert_allclose(person.joints.points_camera, joints, atol=1e-5)
        pixels = record.camera.project_camera(joints)
        np.testing.assert_allclose(person.pose2d.keypoints[:, :2], pixels, atol=1e-2)
        compared += 1
    assert compared == 2 * 4 * 2


def test_joints_in_the_world_lie_on_the_capture_s_2d_poses_by_hand(capture: Path, converted: Path) -> None:
    """Human3.6M's own arithmetic: millimetres, R X + t, focal length, centre; at the ends of limbs."""
    there = {(record.view, record.moment): record for record in open_dataset(capture).records}
    data, lenses, joints = (
        orjson.loads((converted / f"annotations/Human36M_subject1_{kind}.json").read_bytes())
        for kind in ("data", "camera", "joint_3d")
    )
    for image in data["images"]:
        lens, frame = lenses[str(image["cam_idx"])], image["file_name"][-10:-4]
        action = joints[str(image["action_idx"])][str(image["subaction_idx"])]
        seen = np.array(action[str(int(frame) - 1)]) @ np.array(lens["R"]).T + lens["t"]
        pixels = seen[:, :2] / seen[:, 2:] * lens["f"] + lens["c"]
        pose = there["abcd"[image["cam_idx"] - 1], f"{int(frame) - 1:06d}"].person("a").pose2d
        assert pose is not None
        coco = pose.keypoints[[14, 16, 13, 15, 7, 9, 8, 10], :2]
        np.testing.assert_allclose(pixels[[2, 3, 5, 6, 12, 13, 15, 16]], coco, atol=12)


def test_cameras_are_in_millimetres_and_a_subject_has_its_own(converted: Path) -> None:
    for subject, expected in ((1, cameras()), (2, other_cameras(cameras()))):
        file = converted / f"annotations/Human36M_subject{subject}_camera.json"
        stored = orjson.loads(file.read_bytes())
        for number, camera in enumerate(expected.values(), start=1):
            np.testing.assert_allclose(stored[str(number)]["t"], 1000 * camera.t)
            np.testing.assert_allclose(stored[str(number)]["R"], camera.R)


def test_one_person_can_be_chosen_and_unknown_ones_are_named(capture: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(capture), str(tmp_path / "b"), "--person", "b"])
    assert not ended.value.code
    assert [path.name[:17] for path in (tmp_path / "b/annotations").iterdir()] == ["Human36M_subject1"] * 4
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(capture), str(tmp_path / "x"), "--person", "nobody"])
    assert ended.value.code == 2
    assert not (tmp_path / "x").exists()


def test_a_capture_without_bodies_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bare").mkdir()
    write_capture(tmp_path / "bare", cameras(), moments=1)
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(tmp_path / "bare"), str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "Fit bodies first: sefd-viewer fit" in capsys.readouterr().err
    with pytest.raises(DatasetError):
        open_dataset(tmp_path / "out")
