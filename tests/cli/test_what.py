"""`sefd-viewer what`: what files are, what they hold, which command takes them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.body import stored_values
from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.cli.main import main
from sefd_viewer.cli.opening import read_exclusion
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.pose2d.files import FORMATS as POSES
from sefd_viewer.recognition.kinds import look_at
from tests.owners_files import smpl_arrays, write_body


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["what", *words])
    assert ended.value.code == status
    return capsys.readouterr().out


def amass(path: Path) -> Path:
    parts = {"poses": np.zeros((5, 156)), "trans": np.zeros((5, 3)), "betas": np.zeros(16)}
    np.savez(path, **parts, gender="female", mocap_framerate=120.0)  # type: ignore[arg-type]
    return path


def test_the_program_s_own_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, content = tmp_path / "mine.npz", {"records": ["a.jpg", "a.jpg", "b.jpg"]}
    np.savez(path, **content, vertices=np.zeros((3, 6890, 3)), body_id="open-body-1")  # type: ignore[arg-type]
    text = told(capsys, str(path))
    assert "is       bodies in this program's own archive" in text
    assert "3 bodies in 2 pictures: a.jpg, b.jpg" in text
    assert "of the body open-body-1, as vertices" in text
    assert "missing" not in text
    np.savez(path, **content, pose=np.zeros((3, 72)))  # type: ignore[arg-type]
    assert "missing  it does not say which body its people are of" in told(capsys, str(path))
    np.savez(path, **content, vertices=np.zeros((3, 4, 3)), faces=np.array([[0, 1, 2]]))  # type: ignore[arg-type]
    text = told(capsys, str(path))
    assert "of a mesh of its own, as vertices" in text
    assert "missing" not in text
    np.savez(path, **content, vertices=np.zeros((3, 10475, 3)), body_id="smpl-neutral")  # type: ignore[arg-type]
    assert "its people have 10475 vertices, smpl-neutral has 6890" in told(capsys, str(path))


def test_an_archive_of_far_more_than_its_bytes_is_refused_once_and_not_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its directory says 3 GB of a member of a few bytes."""
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, poses=np.zeros((5, 156)))
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (3_000_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    text = told(capsys, str(path), status=1)
    assert text.count("say that they hold 3,000 MB") == 1


def test_a_file_is_read_once_however_many_kinds_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, real = list[Path](), stored_values.read_npz

    def counted(path: Path) -> dict[str, Any]:
        read.append(path)
        return real(path)

    monkeypatch.setattr(stored_values, "read_npz", counted)
    np.savez(tmp_path / "numbers.npz", some=np.arange(7))
    told(capsys, str(tmp_path / "numbers.npz"), status=1)
    assert read == [tmp_path / "numbers.npz"]


def test_bodies_of_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = amass(tmp_path / "walk_poses.npz")
    text = told(capsys, str(path))
    for words in (
        "is       bodies of AMASS",
        "5 bodies of 1 person",
        "in 5 frames, 0 to 4",
        "of the body smplh-female, as parameters; metres",
        "in a world",
        "missing  the body smplh-female is not here",
        f"sefd-viewer evaluate SET --method NAME={path}",
    ):
        assert words in text


def test_a_body_that_is_here_is_not_missing(tmp_path: Path) -> None:
    write_body(tmp_path / "SMPL_NEUTRAL.pkl", smpl_arrays(1))
    people = {1: {"orig_cam": np.ones((2, 4)), "pose": np.zeros((2, 72)), "betas": np.zeros((2, 10))}}
    people[1]["frame_ids"] = np.arange(2)
    np.save(tmp_path / "vibe.npy", np.array(people), allow_pickle=True)
    (one,) = look_at(tmp_path / "vibe.npy", BodyCatalog([tmp_path])).told
    assert one.what == "bodies of VIBE"
    assert not one.missing
    (body,) = look_at(tmp_path / "SMPL_NEUTRAL.pkl").told
    assert body.what.startswith("the body smpl-neutral-")


def test_poses_pictures_calibrations_and_several_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "one.png")
    keypoints = np.column_stack([np.arange(17) + 5.0, np.arange(17) * 2 + 9.0, np.full(17, 0.7)])
    (tmp_path / "poses.json").write_text(json.dumps({"one.png": [keypoints.tolist()]}))
    (tmp_path / "cameras.toml").write_text(
        '[cam_0]\nname = "a"\nsize = [640, 480]\nmatrix = [[500,0,320],[0,500,240],[0,0,1]]\n'
        "distortions = [0,0,0,0]\nrotation = [0,0,0]\ntranslation = [0,0,3]\n"
    )
    text = told(capsys, *(str(tmp_path / name) for name in ("one.png", "poses.json", "cameras.toml")))
    assert "is       a picture" in text
    assert "the first picture is 64 x 48" in text
    assert "2D poses of 3DCrowdNet's demo" in text
    assert "1 person in 1 picture: one.png" in text
    assert "a calibration of" in text
    assert "for pictures of 640 x 480" in text


def test_an_unknown_file_shows_its_arrays_and_a_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.npz"
    arrays = {
        "net_theta": np.zeros((4, 72)),
        "net_beta": np.zeros((4, 10)),
        "net_trans": np.full((4, 3), 3200.0),
    }
    np.savez(path, **arrays, imgname=np.array(["a.jpg"] * 4))
    text = told(capsys, str(path), "--write", status=1)
    assert "net_theta  4 x 72" in text
    assert f"{len(POSES)} kinds of 2D poses" in text
    mapping = (tmp_path / "mine.npz.map.toml").read_text()
    for line in ('pose = "net_theta"', 'betas = "net_beta"', 'transl = "net_trans"', 'unit = "mm"'):
        assert line in mapping
    again = told(capsys, str(path))
    assert "4 bodies of 4 people" in again
    assert "in 1 picture: a.jpg" in again


def test_a_damaged_file_and_one_that_is_not_there_do_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.pkl").write_bytes(b"\x80\x04\x95\x00")
    path = amass(tmp_path / "walk.npz")
    text = told(capsys, str(tmp_path / "broken.pkl"), str(tmp_path / "nothing.npz"), str(path), status=1)
    assert "broken   " in text
    assert "there is no such file or folder" in text
    assert "bodies of AMASS" in text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes with names")
def test_what_is_no_file_is_said_and_a_picture_that_is_none_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "text.jpg").write_text("no picture")
    names = ("pipe.jpg", "zero.png", "text.jpg")
    out = " ".join(told(capsys, *(str(tmp_path / name) for name in names), status=1).split())
    assert "pipe.jpg: this cannot be read (it is a pipe, not a file)" in out
    assert "zero.png: this cannot be read (it is a device, not a file)" in out
    assert "text.jpg: this is not a picture" in out
    with pytest.raises(SefdError, match="it is a pipe, not a file"):
        parse_method(f"m={tmp_path / 'pipe.jpg'}")
    with pytest.raises(SefdError, match="it is a pipe, not a file"):
        read_exclusion(tmp_path / "pipe.jpg")


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = json.loads(told(capsys, str(amass(tmp_path / "walk.npz")), "--json"))
    assert answer["told"][0]["what"] == "bodies of AMASS"
    assert answer["told"][0]["uses"][0][1].startswith("sefd-viewer evaluate SET")


def test_text_folders_and_boxes_are_called_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("# Real files\n" + "ä" * 5000)
    folder = tmp_path / "cameras"
    folder.mkdir()
    (folder / "a.toml").write_text("x = 1")
    boxes = [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.9}] * 2
    (tmp_path / "detections.json").write_text(json.dumps(boxes))
    printed = told(
        capsys, *(str(tmp_path / name) for name in ("README.md", "cameras", "detections.json")), status=1
    )
    assert "text that begins '# Real files ä" in printed
    assert "1 of .toml" in printed
    assert f"sefd-viewer what {folder / '*'}" in printed
    assert "there are no pictures" not in printed
    assert "2 boxes in 1 picture" in printed


def test_one_point_alone_is_said_to_be_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shape = {"label": "nose", "points": [[30, 40]], "shape_type": "point", "group_id": 1}
    content = {"version": "5.0", "shapes": [shape], "imagePath": "a.jpg", "imageHeight": 90, "imageWidth": 90}
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert "its keypoints are one point" in told(capsys, str(tmp_path / "a.json"), status=1)


def test_joints_alone_are_called_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    joints = np.random.default_rng(0).uniform(-0.6, 0.6, (2, 17, 3))
    np.savez(tmp_path / "mine.npz", records=["a.jpg", "b.jpg"], joints=joints, joint_set="human36m17")
    np.save(tmp_path / "X3D.npy", joints)
    np.savez(tmp_path / "other.npz", stuff=joints)
    assert "of the body joints-human36m17, as joints" in told(capsys, str(tmp_path / "mine.npz"))
    lifted = told(capsys, str(tmp_path / "X3D.npy"))
    assert "as joints alone" in lifted
    assert "empty stage" not in lifted
    assert 'joints = "stuff"' in told(capsys, str(tmp_path / "other.npz"), status=1)


@pytest.mark.parametrize("several", [True, False])
def test_parameters_in_json_are_named_and_mapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], several: bool
) -> None:
    """They are no 2D poses, though lists stand under names as 3DCrowdNet's do under pictures'."""
    person = {"thetas": [0.1] * 72, "shape": [0.2] * 10}
    content: object = {name: [row, row] for name, row in person.items()} if several else [person]
    (tmp_path / "ours.json").write_text(json.dumps(content))
    with pytest.raises(SystemExit, match="1"):
        main(["what", str(tmp_path / "ours.json")])
    told = capsys.readouterr().out
    assert "keypoints" not in told
    for words in (
        "thetas",
        "shape",
        "72",
        'body = "smpl-neutral"',
        f'pose = "{"" if several else "*/"}thetas"',
    ):
        assert words in told
    found = look_at(_mapped(tmp_path / "ours.json", told))
    assert found.told[0].holds[0].startswith("2 bodies" if several else "1 body")


def _mapped(file: Path, told: str) -> Path:
    """The file, with the mapping that was proposed for it beside it."""
    lines = [line.strip() for line in told.splitlines() if " = " in line]
    file.with_name(f"{file.name}.map.toml").write_text("\n".join(lines))
    return file
