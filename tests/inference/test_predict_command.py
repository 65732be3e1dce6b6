from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import orjson
import pytest

from sefd_viewer.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, image, people) -> Path:
    """Two pictures, one of them of nobody, one broken picture, and a file of 2D poses."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("street.png", "empty.png"):
        cv2.imwrite(str(photos / name), image)
    (photos / "zero.jpg").write_bytes(b"")
    poses = {"street.png": [person.pose2d.keypoints.tolist() for person in people], "empty.png": []}
    (tmp_path / "poses.json").write_text(json.dumps(poses))
    return tmp_path


def command(folder: Path, weights: dict[str, str], *words: str) -> int:
    named = [word for role, file in weights.items() for word in ("--weights", f"{role}={file}")]
    with pytest.raises(SystemExit) as ended:
        main(["predict", *words, "--out", str(folder / "out"), "--poses", str(folder / "poses.json"), *named])
    return int(ended.value.code or 0)


def test_good_pictures_are_written_and_bad_ones_told(folder, weights, capsys) -> None:
    status = command(
        folder,
        weights,
        str(folder / "photos"),
        str(folder / "nowhere"),
        "--roles",
        "student",
        "--kernel",
        "7",
    )
    told = capsys.readouterr().err
    assert status == 1
    assert "zero.jpg" in told
    assert "nowhere" in told
    assert "Traceback" not in told
    assert {"street.json", "street_student.obj", "street_overlay.png", "empty.json"} == set(
        os.listdir(folder / "out")
    )
    document = orjson.loads((folder / "out" / "street.json").read_bytes())
    assert len(document["people"]) == 2
    assert document["people"][0]["pose2d"]["source"] == "file poses.json"
    assert document["edge_settings"]["kernel"] == 7
    assert document["people"][0]["predictions"]["student"]["edge"]["label"] == "Canny soft 7x7"


def test_what_is_on_a_list_is_left_out(folder, weights, capsys) -> None:
    (folder / "list.txt").write_text("empty.png\nzero.jpg\nstreet.png\t1\n")
    words = (str(folder / "photos"), "--roles", "baseline", "--mesh", "none")
    assert command(folder, weights, *words, "--exclude", str(folder / "list.txt")) == 0, capsys.readouterr()
    assert set(os.listdir(folder / "out")) == {"street.json", "street_overlay.png"}
    document = orjson.loads((folder / "out" / "street.json").read_bytes())
    assert [person["person"] for person in document["people"]] == ["2"]


def test_all_well_ends_with_zero(folder, weights, capsys) -> None:
    assert command(folder, weights, str(folder / "photos" / "street.png"), "--roles", "baseline") == 0
    assert capsys.readouterr().out == f"2 people in 1 picture: results are in {folder / 'out'}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--roles", "wizard"], "wizard"),
        (["--kernel", "4"], "odd number"),
        (["--weights", "student"], "ROLE=FILE"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_done(folder, weights, capsys, words, said) -> None:
    assert command(folder, weights, str(folder / "photos"), *words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out").exists()


def test_an_output_folder_that_cannot_be_used_is_told_in_words(folder, weights, capsys) -> None:
    (folder / "out").write_text("a file")
    assert command(folder, weights, str(folder / "photos")) == 2
    assert "Choose another output folder" in capsys.readouterr().err


def test_keypoints_that_are_no_numbers_are_told_and_the_rest_used(folder, weights, capsys, people) -> None:
    broken = np.full((17, 3), np.nan).tolist()
    poses = {"street.png": [people[0].pose2d.keypoints.tolist(), broken]}
    (folder / "poses.json").write_text(json.dumps(poses))
    assert command(folder, weights, str(folder / "photos" / "street.png"), "--roles", "baseline") == 1
    assert "street.png" in capsys.readouterr().err
    assert len(orjson.loads((folder / "out" / "street.json").read_bytes())["people"]) == 1


def test_nobody_at_all_ends_with_one(folder, weights, capsys) -> None:
    assert command(folder, weights, str(folder / "photos" / "empty.png"), "--roles", "baseline") == 1
    assert "Nobody was predicted in any picture" in capsys.readouterr().err


def test_a_person_who_cannot_be_predicted_ends_with_one(folder, weights, capsys, people) -> None:
    nowhere = np.full((17, 3), [5.0, 5.0, 1.0]).tolist()
    poses = {"street.png": [people[0].pose2d.keypoints.tolist(), nowhere]}
    (folder / "poses.json").write_text(json.dumps(poses))
    assert command(folder, weights, str(folder / "photos" / "street.png"), "--roles", "baseline") == 1
    assert "person 2" in capsys.readouterr().err
