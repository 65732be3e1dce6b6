"""Whole sets: what is fine stays silent, what is wrong is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.bodies import Bodies
from sefd_viewer.cameras.diagnosis.conventions import StatedCamera
from sefd_viewer.cameras.people_check import check_annotations
from sefd_viewer.cameras.set_report import Row, SetReport, report_html
from sefd_viewer.cameras.views_check import Views, check_stated, moments_of
from sefd_viewer.cli.main import main
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.resources import resource_path
from tests.cameras.review_rig import SIZE, filmed, rig, walker

SAMPLE = resource_path("sample_capture")


@pytest.fixture(scope="module")
def human36m(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two moments of four cameras, with little pictures."""
    folder = tmp_path_factory.mktemp("human36m")
    WRITERS["human36m"](folder, Plan(2, 3, SceneSettings(size=(96, 96)), lambda _: None))
    return folder


@pytest.fixture
def changed(human36m: Path, tmp_path: Path) -> Callable[..., Path]:
    """The set with one of its files changed."""

    def change(name: str, edit: Callable[[dict], None]) -> Path:
        (tmp_path / "annotations").mkdir()
        for file in (human36m / "annotations").iterdir():
            content = json.loads(file.read_text())
            if name in file.name:
                edit(content)
            (tmp_path / "annotations" / file.name).write_text(json.dumps(content))
        return tmp_path

    return change


def found(root: Path) -> SetReport:
    return check_annotations(open_dataset(root), Bodies().find)


def test_a_right_set_has_no_findings(human36m: Path) -> None:
    report = found(human36m)
    assert report.status == 0
    assert [row.view for row in report.rows] == [f"camera {i}" for i in range(1, 5)]
    assert all(row.values["exact mm"] < 1 for row in report.rows)
    assert all(row.values["raw mm"] > 500 for row in report.rows)


def test_annotations_made_with_a_wrong_camera_agree_with_it(changed: Callable[..., Path]) -> None:
    def transpose(cameras: dict) -> None:
        cameras["2"]["R"] = np.transpose(cameras["2"]["R"]).tolist()

    assert found(changed("camera", transpose)).status == 0  # only the pictures can tell


def test_bodies_moved_away_from_their_joints_are_found(changed: Callable[..., Path]) -> None:
    def move(content: dict) -> None:
        for parameters in _leaves(content):
            parameters["trans"] = [value + 0.5 for value in parameters["trans"]]

    report = found(changed("smpl_param", move))
    assert report.status == 1
    assert len(report.findings) == 4
    assert "no extrinsic mode explains them" in report.findings[0]
    assert report.worst[0].error.startswith("866 mm")


def test_joints_in_another_unit_are_found(changed: Callable[..., Path]) -> None:
    def to_metres(content: dict) -> None:
        for frames in next(iter(content.values())).values():
            for frame in frames:
                frames[frame] = (np.array(frames[frame]) / 1000).tolist()

    report = found(changed("joint_3d", to_metres))
    assert len(report.findings) == 4
    assert "annotated joints span 0.00" in report.findings[0]


def _leaves(content: dict) -> list[dict]:
    if "trans" in content:
        return [content]
    return [leaf for value in content.values() for leaf in _leaves(value)]


def checked(cameras: Mapping[str, PinholeCamera], poses: Views) -> SetReport:
    stated = {view: StatedCamera.of(camera, SIZE) for view, camera in cameras.items()}
    return check_stated("set", stated, poses, SIZE)


def test_true_cameras_agree() -> None:
    assert checked(rig(), filmed(rig(), [walker(4)])).status == 0


def test_a_wrong_camera_is_diagnosed() -> None:
    right = rig()
    turned = replace(right["c"], R=right["c"].R.T)
    report = checked(right | {"c": turned}, filmed(right, [walker(4)]))
    assert report.status == 1
    assert "set: c: R is transposed" in "\n".join(report.findings)


def test_moments_of_the_sample_have_four_views() -> None:
    moments = moments_of(open_dataset(None), count=3)
    assert [len(views) for views in moments["Sample"]] == [4, 4, 4]


def test_nothing_to_compare_has_its_own_status() -> None:
    assert SetReport().status == 2
    assert SetReport([Row("S1", "a", 1, {})]).status == 0
    assert SetReport([Row("S1", "a", 1, {})], findings=["wrong"]).status == 1


def test_the_page_shows_names_as_they_are() -> None:
    page = report_html(SetReport([Row("<b>", "a", 1, {"px": 1.0})]), "Check of <b>")
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_the_command_writes_both_reports(human36m: Path, tmp_path: Path) -> None:
    files = [tmp_path / "r.json", tmp_path / "r.html"]
    words = ["--moments", "0", "--json", str(files[0]), "--html", str(files[1])]
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(human36m), *words])
    assert ended.value.code == 0
    rows = json.loads(files[0].read_text())["rows"]
    assert [row["camera"] for row in rows] == [f"camera {number}" for number in range(1, 5)]
    assert all(row["errors"]["exact mm"] < 1 < row["errors"]["paper mm"] for row in rows)
    assert "Nothing was found." in files[1].read_text()


@pytest.fixture
def two_moments(tmp_path: Path) -> Path:
    """The sample's views at two moments, with the poses found there."""
    for view in ("cam01", "cam02", "cam03", "cam04"):
        (tmp_path / "capture" / view).mkdir(parents=True)
        for picture in sorted((SAMPLE / view).iterdir())[::8]:
            shutil.copy(picture, tmp_path / "capture" / view)
    for name in ("cameras.json", "people.json"):
        shutil.copy(SAMPLE / name, tmp_path / "capture")
    return tmp_path / "capture"


def verify_calibration(capture: Path, calibration: Path, report: Path) -> int:
    options = ["--moments", "0", "--calibration", str(calibration), "--json", str(report)]
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(capture), *options])
    return int(ended.value.code or 0)


def test_a_calibration_is_matched_as_in_the_window_and_its_gaps_are_named(
    two_moments: Path, tmp_path: Path
) -> None:
    calibration, report = tmp_path / "c.qca.txt", tmp_path / "report.json"
    text = (SAMPLE / "Calib.qca.txt").read_text()
    calibration.write_text(text.replace('serial="cam01"', 'serial="26578"'))
    assert verify_calibration(two_moments, calibration, report) == 1
    found = json.loads(report.read_text())
    assert [row["camera"] for row in found["rows"]] == ["cam02", "cam03", "cam04"]
    assert any("64ths of a pixel" in words for words in found["findings"])
    (note,) = found["notes"]
    assert note == "capture: cam01 unchecked: c.qca.txt has no camera of that name or number"
    assert verify_calibration(two_moments, SAMPLE / "cameras.json", report) in (0, 1)
    assert len(json.loads(report.read_text())["rows"]) == 4


@pytest.mark.parametrize(
    ("serials", "words"),
    [
        ("510", "this calibrates 5101, 5102, 5103, 5104, and the views here are"),
        (None, "only the camera of cam02 is here"),
    ],
)
def test_a_calibration_of_other_cameras_is_refused(
    serials: str | None, words: str, two_moments: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibration, text = tmp_path / "c.qca.txt", (SAMPLE / "Calib.qca.txt").read_text()
    for number in "1234":
        name = f"{serials}{number}" if serials else {"2": "2"}.get(number, f"510{number}")
        text = text.replace(f'serial="cam0{number}"', f'serial="{name}"')
    calibration.write_text(text)
    assert verify_calibration(two_moments, calibration, tmp_path / "report.json") == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()


def test_nothing_found_is_said_only_where_something_was_looked_at() -> None:
    assert "Nothing could be checked." in report_html(SetReport([Row("S1", "a", 0, {})]), "")
    assert "Nothing was found." in report_html(SetReport([Row("S1", "a", 1, {})]), "")


def test_a_set_without_annotations_cannot_be_checked(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(tmp_path)])
    assert ended.value.code == 2
