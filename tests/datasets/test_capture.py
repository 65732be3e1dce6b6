"""Calibrated captures: cameras, moments, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import DatasetError

CAMERA: dict[str, Any] = {
    "focal": [100, 100],
    "principal_point": [14.5, 9.5],
    "distortion": [0.01, 0, 0, 0, 0],
    "R": np.eye(3).tolist(),
    "t": [0, 0, 2],
}


def capture(folder: Path, *, cameras: dict[str, Any], pictures: list[str], content: Any = None) -> Path:
    (folder / "cameras.json").write_text(json.dumps(content or {"size": [30, 20], "cameras": cameras}))
    for name in pictures:
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (30, 20)).save(folder / name)
    return folder


def test_views_of_a_moment_stand_together(tmp_path: Path) -> None:
    pictures = [f"{view}/{frame:04d}.png" for view in ("right", "left") for frame in (2, 10)]
    dataset = open_dataset(capture(tmp_path, cameras={"right": CAMERA, "left": CAMERA}, pictures=pictures))
    assert dataset.format == "capture"
    titles = ["left · frame 2", "right · frame 2", "left · frame 10", "right · frame 10"]
    assert [record.title for record in dataset.records] == titles
    camera = dataset.records[0].camera
    assert camera is not None
    assert camera.t.tolist() == [0, 0, 2]
    assert camera.is_distorted
    assert not dataset.problems


def test_missing_pictures_are_counted_against_other_views_and_the_list(tmp_path: Path) -> None:
    folder = capture(tmp_path, cameras={"a": CAMERA, "b": CAMERA}, pictures=["a/000000.png", "a/000004.png"])
    (folder / "capture.json").write_text(json.dumps({"frames": [0, 4, 8]}))
    dataset = open_dataset(folder)
    assert [record.key for record in dataset.records] == ["a/000000.png", "a/000004.png"]
    assert "1 of 3 pictures are missing (000008)" in dataset.problems[0]
    assert "3 of 3 pictures are missing" in dataset.problems[1]


def test_the_capture_says_who_was_painted_in_front(tmp_path: Path) -> None:
    folder = capture(tmp_path, cameras={"a": CAMERA}, pictures=["a/000000.png"])
    (folder / "capture.json").write_text(json.dumps({"painted_in_front": ["avatar"]}))
    dataset = open_dataset(folder)
    assert [record.painted_in_front for record in dataset.records] == [("avatar",)]
    (folder / "capture.json").write_text(json.dumps({"painted_in_front": "avatar"}))
    dataset = open_dataset(folder)
    assert dataset.records[0].painted_in_front == ()
    assert "painted_in_front is not a list of names" in dataset.problems[0]


def test_a_broken_camera_leaves_its_pictures(tmp_path: Path) -> None:
    broken = {**CAMERA, "R": [1, 2]}
    dataset = open_dataset(capture(tmp_path, cameras={"a": broken}, pictures=["a/1.png"]))
    assert dataset.records[0].camera is None
    assert "camera a cannot be used" in dataset.problems[0]


def test_cameras_fit_pictures_of_another_size(tmp_path: Path) -> None:
    content = {"size": [60, 40], "cameras": {"a": CAMERA}}
    dataset = open_dataset(capture(tmp_path, cameras={}, pictures=["a/1.png"], content=content))
    camera = dataset.records[0].camera
    assert camera is not None
    assert camera.focal == pytest.approx([50, 50])
    assert "30 x 20 pixels, calibrated for 60 x 40" in dataset.problems[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [('{\n"size": oops}', "line 2"), ("[]", "no named values"), ('{"cameras": {}}', "names no cameras")],
)
def test_broken_camera_files_say_where(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "cameras.json").write_text(text)
    with pytest.raises(DatasetError, match=words):
        open_dataset(tmp_path)


def test_a_capture_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="none of the cameras has pictures"):
        open_dataset(capture(tmp_path, cameras={"a": CAMERA}, pictures=[]))


def test_the_way_up_is_a_direction_or_left_out_with_words(tmp_path: Path) -> None:
    content = {"size": [30, 20], "cameras": {"a": CAMERA}, "up": [0, 0, 2]}
    folder = capture(tmp_path, cameras={}, pictures=["a/1.png"], content=content)
    assert open_dataset(folder).records[0].world_up == (0, 0, 1)
    (folder / "cameras.json").write_text(json.dumps({**content, "up": [0, "north"]}))
    dataset = open_dataset(folder)
    assert dataset.records[0].world_up is None
    assert "up is not a direction" in dataset.problems[0]


@pytest.mark.parametrize("size", [[[], 20], [30], "wide", [0, 20]])
def test_a_size_that_is_none_is_left_out_with_words(tmp_path: Path, size: object) -> None:
    content = {"size": size, "cameras": {"a": CAMERA}}
    dataset = open_dataset(capture(tmp_path, cameras={}, pictures=["a/000000.png"], content=content))
    assert len(dataset.records) == 1
    assert "size is not a width and a height" in dataset.problems[0]
