"""Another calibration for the open capture: matched to the views, faults in words."""

import json
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cameras.calibrations.by_view import matched, read_calibration
from sefd_viewer.errors import DatasetError
from sefd_viewer.resources import resource_path

SAMPLE = resource_path("sample_capture")
VIEWS = {f"cam0{number}": (544, 960) for number in range(1, 5)}


def test_a_qualisys_calibration_keeps_its_own_units() -> None:
    found = read_calibration(str(SAMPLE / "Calib.qca.txt"), VIEWS)
    assert found.name == "Calib.qca.txt"
    assert found.cameras["cam01"].size == (1088, 1920)
    assert found.cameras["cam01"].t[0] == pytest.approx(1460.23, abs=0.01)


def test_the_cameras_of_a_capture() -> None:
    found = read_calibration(str(SAMPLE / "cameras.json"), VIEWS)
    assert set(found.cameras) == set(VIEWS)
    assert found.cameras["cam02"].focal[0] > 100


def test_human36m_cameras_are_matched_by_number_and_brought_to_metres(tmp_path: Path) -> None:
    entry = {"R": np.eye(3).tolist(), "t": [0, 0, 4500.0], "f": [1100, 1100], "c": [500, 500]}
    path = tmp_path / "Human36M_subject1_camera.json"
    path.write_text(json.dumps({"1": entry, "2": entry}))
    found = read_calibration(str(path), {"camera 1": (1000, 1002), "camera 2": (1000, 1002)})
    assert found.cameras["camera 2"].t[2] == 4.5
    assert found.cameras["camera 1"].size == (1000, 1002)


def test_a_documented_calibration_is_brought_to_metres(tmp_path: Path) -> None:
    """Pose2Sim's TOML says what it means; sizes that it lacks are those of the pictures."""
    lens = "matrix = [[1000, 0, 500], [0, 1000, 400], [0, 0, 1]]\ndistortions = [0, 0, 0, 0]\n"
    place = "rotation = [0, 0, 0]\ntranslation = [0, 0, 3.5]\n"
    path = tmp_path / "Calib.toml"
    path.write_text(f"[cam_01]\n{lens}{place}\n[cam_02]\n{lens}")
    found = read_calibration(str(path), VIEWS)
    assert list(found.cameras) == ["cam01"], "the other has no place"
    assert found.cameras["cam01"].t[2] == 3.5
    assert found.cameras["cam01"].size == (544, 960)


def test_names_match_first_and_then_numbers() -> None:
    assert matched(["cam01", "cam02"], ["cam02", "view 1"]) == {"cam02": "cam02", "view 1": "cam01"}
    assert matched(["left"], ["right"]) == {}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", "{", "no valid JSON|not valid JSON"),
        ("b.json", "{}", "not a calibration in a known format"),
        ("c.json", '{"1": {"R": 3}}', "not a calibration in a known format"),
        ("d.txt", "hello", "not a calibration in a known format"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, name: str, content: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(DatasetError, match=words):
        read_calibration(str(path), VIEWS)


def test_the_calibration_of_another_capture_is_refused() -> None:
    with pytest.raises(DatasetError, match="the views here are left"):
        read_calibration(str(SAMPLE / "cameras.json"), {"left": (1, 1)})
