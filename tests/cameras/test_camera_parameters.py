"""SMPL parameters for training: with R = I and t = 0 a body is where R v + t has it, by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.cli.main import main
from sefd_viewer.resources import resource_path
from tests.cameras.human36m_rig import FRAMES, ROOT_JOINT, SEQUENCES, Rig, rotation


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(tmp_path_factory.mktemp("sets") / "h36m", pictures=False)


def convert(rig: Rig, out: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(rig.root), str(out), "--smpl", "camera", "--body", str(rig.body), *words])
    return int(ended.value.code or 0)


def seen(rig: Rig, subject: int, camera: str, place: tuple[int, int], frame: int) -> NDArray[np.float64]:
    """Where the vertices (V,3) lie before a camera."""
    values = rig.load(subject, "camera")[camera]
    world = rig.vertices(rig.load(subject, "smpl_param")[str(place[0])][str(place[1])][str(frame)])
    return np.asarray(world @ np.array(values["R"]).T + np.array(values["t"]) / 1000)


@pytest.mark.parametrize("subject", [1, 5])
def test_every_annotation_has_its_body_before_its_camera(rig: Rig, tmp_path: Path, subject: int) -> None:
    assert convert(rig, tmp_path / "out") == 0
    found = json.loads((tmp_path / "out" / f"Human36M_subject{subject}_smpl_param_camera.json").read_text())
    images = rig.load(subject, "data")["images"]
    assert set(found) == {str(image["id"]) for image in images}
    for image in images[::5]:
        entry, camera = found[str(image["id"])], str(image["cam_idx"])
        place = image["action_idx"], image["subaction_idx"]
        vertices = rig.vertices(entry["smpl_param"])
        np.testing.assert_allclose(vertices, seen(rig, subject, camera, place, image["frame_idx"]), atol=2e-5)
        values = rig.load(subject, "camera")[camera]
        assert entry["cam_param"] == {"focal": values["f"], "princpt": values["c"]}
        assert (len(entry["smpl_param"]["pose"]), len(entry["smpl_param"]["shape"])) == (72, 10)


def test_motions_have_the_names_of_amass(rig: Rig, tmp_path: Path) -> None:
    convert(rig, tmp_path / "out", "--rate", "50")
    motions = tmp_path / "out" / "amass"
    assert len(list(motions.iterdir())) == 2 * len(SEQUENCES) * 3
    with np.load(motions / "s_05_act_14_subact_02_camera_2_poses.npz") as data:
        assert data["poses"].shape == (FRAMES, 156)
        assert (data["betas"].shape, data["dmpls"].shape) == ((16,), (FRAMES, 8))
        assert str(data["gender"]) == "neutral"
        assert float(data["mocap_framerate"]) == 50
        for frame in range(FRAMES):
            turned = rotation(data["poses"][frame, :3])
            vertices = (rig.template - ROOT_JOINT) @ turned.T + ROOT_JOINT + data["trans"][frame]
            np.testing.assert_allclose(vertices, seen(rig, 5, "2", (14, 2), frame), atol=2e-5)


def test_paper_is_off_by_what_it_leaves_out(rig: Rig, tmp_path: Path) -> None:
    convert(rig, tmp_path / "out", "--mode", "paper")
    found = json.loads((tmp_path / "out" / "Human36M_subject1_smpl_param_camera.json").read_text())
    vertices = rig.vertices(found["0"]["smpl_param"])
    R = np.array(rig.load(1, "camera")["1"]["R"])
    expected = seen(rig, 1, "1", (2, 1), 0) + ROOT_JOINT - R @ ROOT_JOINT
    np.testing.assert_allclose(vertices, expected, atol=2e-5)


def test_who_has_no_body_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Rig(tmp_path / "h36m", (1,), pictures=False)
    bodies = other.load(1, "smpl_param")
    del bodies["2"]["1"]["3"]
    other.store(1, "smpl_param", bodies)
    assert convert(other, tmp_path / "out") == 0
    output = capsys.readouterr()
    assert f"Wrote {2 * 3 * FRAMES - 3} bodies" in output.out
    assert "3 left out: has no SMPL parameters" in output.err


def test_nothing_is_written_over(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(rig, rig.root) == 2
    assert "this exists already" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["convert", str(rig.root), str(tmp_path / "out"), "--body", str(rig.body)])
    assert "--smpl camera" in capsys.readouterr().err


def test_people_of_one_capture_do_not_mix(tmp_path: Path) -> None:
    sample = resource_path("sample_capture")
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(sample), str(tmp_path / "out"), "--smpl", "camera"])
    assert not ended.value.code
    people = {path.stem.removesuffix("_poses").split("_")[-1] for path in (tmp_path / "out/amass").iterdir()}
    assert people == {"man", "avatar"}
    for path in (tmp_path / "out/amass").iterdir():
        with np.load(path) as data:
            assert len(set(data["names"].tolist())) == len(data["poses"])
    (file,) = (tmp_path / "out").glob("*.json")
    found = json.loads(file.read_text())
    assert any(key.endswith("#man") for key in found)
    assert any(key.endswith("#avatar") for key in found)
