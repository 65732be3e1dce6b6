"""Faults put one by one into the files of a Human3.6M set: each is found and named, a right set is fine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body import open_body
from sefd_viewer.cameras.set_report import SetReport
from sefd_viewer.cameras.views_check import check_subject, moments_of
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.geometry import axis_angle_to_matrix, matrix_to_axis_angle

Content = dict[str, Any]
MOMENTS = 8


@pytest.fixture(scope="module")
def human36m(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Moments of four cameras of two subjects, who have other cameras, with little pictures."""
    folder = tmp_path_factory.mktemp("human36m")
    WRITERS["human36m"](folder, Plan(MOMENTS, 3, SceneSettings(size=(128, 128)), lambda _: None))
    other = tmp_path_factory.mktemp("other")
    WRITERS["human36m"](other, Plan(1, 9, SceneSettings(size=(128, 128)), lambda _: None))
    for file in (other / "annotations").iterdir():
        text = file.read_text().replace("s_01", "s_05")
        (folder / "annotations" / file.name.replace("subject1", "subject5")).write_text(text)
    return folder


@pytest.fixture
def changed(human36m: Path, tmp_path: Path) -> Callable[[str, Callable[[Content], None]], Path]:
    """The set with one file of the first subject changed."""

    def change(name: str, edit: Callable[[Content], None]) -> Path:
        (tmp_path / "annotations").mkdir()
        for file in (human36m / "annotations").iterdir():
            content = json.loads(file.read_text())
            if file.name == f"Human36M_subject1_{name}.json":
                edit(content)
            (tmp_path / "annotations" / file.name).write_text(json.dumps(content))
        return tmp_path

    return change


def found(root: Path) -> SetReport:
    dataset = open_dataset(root)
    moments = moments_of(dataset, count=MOMENTS)
    return check_subject("S1", dataset, moments, [open_body()], {})


def test_a_right_set_has_no_findings(human36m: Path) -> None:
    report = found(human36m)
    assert report.findings == []
    assert [row.view for row in report.rows] == [f"camera {number}" for number in range(1, 5)]


def _metres(camera: Content) -> None:
    camera["t"] = [value / 1000 for value in camera["t"]]


def _transpose(camera: Content) -> None:
    camera["R"] = np.transpose(camera["R"]).tolist()


def _inverse(camera: Content) -> None:
    R, t = np.array(camera["R"]), np.array(camera["t"])
    camera["R"], camera["t"] = R.T.tolist(), (-R.T @ t).tolist()


def _opengl(camera: Content) -> None:
    flip = np.diag([1.0, -1, -1])
    camera["R"], camera["t"] = (flip @ camera["R"]).tolist(), (flip @ camera["t"]).tolist()


def _half(camera: Content) -> None:
    camera["f"], camera["c"] = [2 * one for one in camera["f"]], [2 * one + 0.5 for one in camera["c"]]


def every(edit: Callable[[Content], None]) -> Callable[[Content], None]:
    return lambda cameras: [edit(camera) for camera in cameras.values()] and None


def only(number: str, edit: Callable[[Content], None]) -> Callable[[Content], None]:
    return lambda cameras: edit(cameras[number])


def _exchange(cameras: Content) -> None:
    for name in "fc":
        cameras["1"][name], cameras["3"][name] = cameras["3"][name], cameras["1"][name]


def _later(frames: Content) -> None:
    """Every frame gets what belongs to the next one."""
    of_action = next(iter(next(iter(frames.values())).values()))
    values = list(of_action.values())
    for frame, value in zip(list(of_action), [*values[1:], values[0]], strict=True):
        of_action[frame] = value


def leaves(content: Content) -> list[Content]:
    return [content] if "trans" in content else [leaf for one in content.values() for leaf in leaves(one)]


def _millimetres(content: Content) -> None:
    for leaf in leaves(content):
        leaf["trans"] = [1000 * value for value in leaf["trans"]]


def _y_up(content: Content) -> None:
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    for leaf in leaves(content):
        root, pose = open_body().root_joint(leaf["shape"]), np.array(leaf["pose"])
        pose[:3] = matrix_to_axis_angle(turn @ axis_angle_to_matrix(pose[:3]))
        leaf["pose"], leaf["trans"] = pose.tolist(), (turn @ (leaf["trans"] + root) - root).tolist()


FAULTS = [
    ("camera", every(_metres), "all cameras: t is in metres, but is read as millimetres"),
    ("camera", every(_transpose), "all cameras: R is transposed"),
    ("camera", only("2", _transpose), "camera 2: R is transposed"),
    ("camera", every(_inverse), "all cameras: R and t lead from the camera to the world"),
    ("camera", only("4", _inverse), "camera 4: R and t lead from the camera to the world"),
    ("camera", every(_opengl), "all cameras: the camera's axes are OpenGL's"),
    ("camera", every(_half), "all cameras: the intrinsics are for pictures of another size: times 0.5"),
    ("camera", _exchange, "camera 3: the intrinsics are those of camera 1"),
    ("smpl_param", _millimetres, "the bodies' translation is in millimetres"),
    ("smpl_param", _y_up, "the bodies' world has y up, where that of the cameras has z up"),
    ("smpl_param", _later, "the bodies are 1 moment early"),
    ("joint_3d", _later, "all cameras: the pictures are 1 moment late"),
]


@pytest.mark.parametrize(("file", "edit", "words"), FAULTS, ids=[words for _, _, words in FAULTS])
def test_a_fault_in_a_file_is_named(
    changed: Callable[..., Path], file: str, edit: Callable[[Content], None], words: str
) -> None:
    report = found(changed(file, edit))
    assert [line for line in report.findings if line.startswith(f"S1: {words}")], report.findings
    assert not [line for line in report.findings if "No combination explains" in line]
    assert report.status == 1


def test_the_camera_file_of_another_subject(human36m: Path, changed: Callable[..., Path]) -> None:
    """The cameras of S5 lie under the name of S1's: then nothing of S1's own is left to be found."""
    theirs = json.loads((human36m / "annotations" / "Human36M_subject5_camera.json").read_text())
    report = found(changed("camera", lambda cameras: cameras.update(theirs)))
    assert report.status == 1
    assert "No combination explains the people" in "\n".join(report.findings)


def test_the_cameras_of_two_subjects_exchanged(human36m: Path, changed: Callable[..., Path]) -> None:
    ours = json.loads((human36m / "annotations" / "Human36M_subject1_camera.json").read_text())
    theirs = json.loads((human36m / "annotations" / "Human36M_subject5_camera.json").read_text())
    root = changed("camera", lambda cameras: cameras.update(theirs))
    (root / "annotations" / "Human36M_subject5_camera.json").write_text(json.dumps(ours))
    assert found(root).findings[0].startswith("S1: all cameras: the cameras are those of S5: ")
