"""`sefd-viewer evaluate`: networks and files of predictions give the same numbers, tables and exit status."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.runs.store import open_run
from sefd_viewer.resources import resource_path
from tests.owners_files import smpl_arrays, standing, threedpw_sequences, write_body


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(2, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    return root


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    code = ended.value.code
    return code if isinstance(code, int) else int(bool(code))


def test_predictions_on_disk_measure_like_the_network_that_made_them(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "written"
    assert run("predict", muco, "--out", written, "--mesh", "none", "--device", "cpu") == 0
    capsys.readouterr()
    words = ["--method", "student", "--method", f"files={written}#student", "--device", "cpu", "--json"]
    table = tmp_path / "people.parquet"
    assert run("evaluate", muco, *words, "--out", tmp_path / "run", "--parquet", table) == 0
    network, files = json.loads(capsys.readouterr().out)["methods"]
    names = {network["method"], files["method"]}
    assert names == {"student", "files"}
    for metric in ("mpjpe_mm", "mpvpe_mm", "reprojection_px"):
        assert network["metrics"][metric]["mean"] == pytest.approx(files["metrics"][metric]["mean"], rel=1e-3)
    assert pl.read_parquet(table).height == 8


def test_the_tables_name_what_was_measured_and_a_run_is_not_made_twice(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", muco, "--method", "baseline", "--device", "cpu", "--out", tmp_path / "run"]
    assert run(*words, "--csv", tmp_path / "people.csv") == 0
    out = capsys.readouterr().out
    assert "MPJPE" in out
    assert "hidden by another" in out
    assert str(tmp_path / "run") in out.replace("\n", "")
    assert len((tmp_path / "people.csv").read_text().splitlines()) == 5
    parts = sorted((tmp_path / "run").glob("*.parquet"))
    twisted = open_run(tmp_path / "run").table().select("record", "person").row(0)
    tags = {"format": "sefd-viewer tags 1", "people": {"twisted": [twisted]}}  # as version 1 kept them
    (tmp_path / "run" / "tags.json").write_text(json.dumps(tags))
    assert run(*words, "--csv", tmp_path / "people.csv") == 0
    assert sorted((tmp_path / "run").glob("*.parquet")) == parts
    assert (tmp_path / "people.csv").read_text().count("twisted") == 1
    capsys.readouterr()
    assert run(*words, "--limit", 1) == 0
    assert "1 more photo was measured in this run before, and counts too" in capsys.readouterr().err


@pytest.mark.parametrize("method", ["nobody", "x=nothing.npz"])
def test_methods_that_cannot_be_are_told(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    assert run("evaluate", muco, "--method", method, "--out", tmp_path / "run") == 2
    assert "sefd-viewer:" in capsys.readouterr().err


def test_where_nobody_has_a_body_the_picture_is_measured_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "OCHuman"
    root.mkdir()
    WRITERS["ochuman"](root, Plan(1, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    assert run("evaluate", root, "--method", "student", "--device", "cpu", "--out", tmp_path / "run") == 0
    out = capsys.readouterr().out
    assert "2D reprojection" in out
    assert "Nobody here has a body to compare with" in out
    assert "MPJPE" not in out


def test_measured_joints_are_compared_with_where_nobody_has_a_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "Human36M"
    root.mkdir()
    WRITERS["human36m"](root, Plan(1, 3, SceneSettings(size=(160, 120), people=(1, 1), things=0)))
    (root / "annotations" / "Human36M_subject1_smpl_param.json").unlink()
    assert run("evaluate", root, "--method", "student", "--device", "cpu", "--out", tmp_path / "run") == 0
    out = capsys.readouterr().out
    assert "MPJPE, measured joints" in out
    assert "4 people have no body: their errors are those against measured joints" in out


def test_poses_come_from_the_source_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "MuPoTS"
    root.mkdir()
    WRITERS["mupots"](root, Plan(1, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    words = ["evaluate", root, "--method", "student", "--device", "cpu"]
    assert run(*words, "--poses", "openpose", "--out", tmp_path / "run") == 0
    out = capsys.readouterr().out
    assert "MuPoTS-3D, 3DPCK at 150 mm, all / matched people" in out
    assert "TS1" in out
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["poses"] == "openpose"
    assert run(*words, "--out", tmp_path / "run") == 2
    assert "another run (it differs in settings)" in capsys.readouterr().err
    assert run(*words, "--poses", "estimator", "--out", tmp_path / "other") == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "'estimator' names no source of 2D poses" in told
    assert "annotation, detector, estimated, openpose, higherhrnet" in told


def test_a_file_of_poses_is_read_in_the_order_that_is_named_and_what_is_broken_in_it_is_told(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = open_dataset(muco).records[0]
    name, (x, y, width, height) = record.image_path.name, record.people[0].bbox_xywh
    pose = standing()
    low, extent = pose[:, :2].min(0), np.ptp(pose[:, :2], axis=0)
    pose[:, :2] = [x, y] + (pose[:, :2] - low) / extent * [width, height]
    file, out = tmp_path / "poses.json", tmp_path / "run"
    file.write_text(json.dumps({name: [[[1, 2, 3], [4]], pose.tolist()]}))
    words = ["evaluate", muco, "--method", "student", "--device", "cpu", "--limit", 1]
    assert run(*words, "--poses", file, "--joints", "coco17", "--out", out) == 0
    assert f"{name}, person 1: " in (told := capsys.readouterr().err)
    assert "left out" in told
    assert json.loads((out / "run.json").read_text())["settings"]["joints"] == "coco17"
    file.write_text(json.dumps({name: [pose.tolist()]}))
    assert run(*words, "--poses", file, "--joints", "openpose18", "--out", tmp_path / "other") == 2
    assert "17 keypoints instead of 18" in capsys.readouterr().err
    assert run(*words, "--joints", "coco17", "--out", tmp_path / "none") == 2
    assert "the order of joints 'coco17' is for a file, not for 'annotation'" in capsys.readouterr().err


def test_a_run_that_measures_nothing_fails(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(
        tmp_path / "x.npz",
        records=["augmented_set/000000.jpg"],
        people=["99"],
        vertices=np.zeros((1, 6890, 3)),
        body_id="open-body-1",
    )
    words = ["evaluate", muco, "--method", f"x={tmp_path / 'x.npz'}", "--out", tmp_path / "run"]
    assert run(*words) == 1
    said = capsys.readouterr()
    assert "x: nothing could be measured" in said.out
    assert re.search(r"^x, .+: no predictions for this photo \(and 1 more\)$", said.out, re.MULTILINE)
    assert re.search(r"^x, .+ person 99: shares too little with anybody's box", said.out, re.MULTILINE)
    assert "Nothing could be measured" in said.err
    assert run(*words, "--json") == 1
    (method,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["methods"]
    assert method["metrics"]["mpjpe_mm"]["mean"] is None


def test_help_names_every_form_of_a_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--help") == 0
    words = "".join(capsys.readouterr().out.replace("│", "").split())
    assert "NAME=PREDICTIONS[#ROLE|#BODY]" in words
    assert "NAME='COMMAND{images}{out}'" in words


def test_the_joints_behind_the_numbers_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = threedpw_sequences(tmp_path / "3dpw", frames=1)
    models = tmp_path / "models"
    for letter, seed in (("f", 1), ("m", 2)):
        write_body(models / f"basicModel_{letter}_lbs_10_207_0_v1.0.0.pkl", smpl_arrays(seed))
    words = ("--method", "baseline", "--body", str(models), "--device", "cpu")
    assert run("evaluate", root, *words, "--out", str(tmp_path / "a")) == 0
    told = " ".join(capsys.readouterr().out.split())
    by_name = "the open body's regressor on the predicted, SMPL's joints by name on the true body"
    assert f"Joints of MPJPE, PA-MPJPE and 3DPCK: {by_name}" in told
    assert "put J_regressor_h36m_correct.npy beside the SMPL files" in told
    np.save(models / "J_regressor_h36m_correct.npy", np.eye(17, 6890, 100))
    assert run("evaluate", root, *words, "--out", str(tmp_path / "b"), "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["joints_from"]
    true = "J_regressor_h36m_correct.npy on the true body"
    assert found == f"the open body's regressor on the predicted, {true}"


def test_names_with_brackets_are_printed_letter_by_letter(
    muco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = resource_path("weights/student.safetensors")
    method = f"[/b][red]x=student:{weights}"
    assert run("evaluate", muco, "--method", method, "--limit", 1, "--out", tmp_path / "run") == 0
    assert "[/b][red]x" in capsys.readouterr().out
