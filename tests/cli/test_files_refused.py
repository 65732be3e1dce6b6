"""Files that commands are given or asked to write: told in words, at once; data are never written over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.cli.main import main
from sefd_viewer.cli.opening import check_outputs
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one picture, and a file beside it that is somebody's work."""
    (tmp_path / "photos").mkdir()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / "photos" / "a.png")
    (tmp_path / "photos" / "poses.json").write_text("mine")
    return tmp_path / "photos"


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    "words", [("check", "--json"), ("check", "--csv"), ("check", "--ids"), ("verify", "--html")], ids=" ".join
)
def test_a_file_of_the_data_set_is_not_overwritten(
    words: tuple[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, option = words
    assert run(command, folder, option, folder / "poses.json") == 2
    assert "poses.json: this file exists already, among the data" in capsys.readouterr().err
    assert (folder / "poses.json").read_text() == "mine"


def test_a_report_elsewhere_is_replaced(folder: Path) -> None:
    report = folder.parent / "report.json"
    report.write_text("of yesterday")
    check_outputs([report, None], Dataset("photos", folder, "image folder", []))


@pytest.mark.parametrize(
    ("name", "words"), [("photos", "this is a folder"), ("no/such/file.json", "there is no such folder")]
)
def test_a_place_that_cannot_be_written_is_named(name: str, words: str, folder: Path) -> None:
    with pytest.raises(SefdError, match=words):
        check_outputs([folder.parent / name])


def test_an_audit_of_a_folder_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("edges", folder, "--audit", folder / "maps") == 2
    assert "there is no such folder of maps" in capsys.readouterr().err


def test_a_calibration_for_pictures_of_one_camera(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibration = Path(__file__).parents[2] / "resources" / "sample_capture" / "Calib.qca.txt"
    assert run("verify", folder, "--calibration", calibration) == 2
    assert "several cameras saw the same moments" in capsys.readouterr().err


def test_weights_that_are_not_there_are_named_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("predict", folder, "--out", tmp_path / "out", "--weights", "student=gone.safetensors") == 2
    assert "gone.safetensors: there is no such weights file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command", ["check", "verify", "index", "evaluate", "edges --out maps", "convert maps"]
)
def test_a_body_file_that_is_not_there_is_named(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    name, *rest = command.split()
    assert run(name, folder, *rest, "--body", "SMPL_MALE.pkl") == 2
    assert "SMPL_MALE.pkl: there is no such body file" in capsys.readouterr().err
    assert not (folder.parent / "maps").exists()


def test_predictions_that_cannot_be_read_leave_no_run_behind(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder = folder.parent / "run"
    assert run("evaluate", folder, "--out", run_folder, "--method", f"x={folder / 'poses.json'}") == 2
    assert "poses.json" in capsys.readouterr().err
    assert not run_folder.exists()


@pytest.mark.parametrize("command", ["check", "verify", "index", "evaluate --out run", "edges --out maps"])
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("synthesize", "set", "--format", "mscoco", "--count", "1", "--size", "64x64") == 0
    fits = next((tmp_path / "set" / "annotations").glob("*SMPL*"))
    fits.write_bytes(fits.read_bytes()[:200])
    (tmp_path / "set" / "images" / "train2017" / "000000000001.jpg").unlink()
    name, *rest = command.split()
    assert run(name, "set", *rest) in (0, 1, 2, 3)
    told = capsys.readouterr()
    assert f"{fits.name}: this file ends in the middle" in (told.err + told.out)
    assert "Traceback" not in told.err


def test_a_list_for_other_pictures_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.parent / "list.txt").write_text("other.jpg\n")
    out = folder.parent / "out"
    words: list[str | Path] = ["predict", folder, "--out", out, "--mesh", "none", "--roles", "student"]
    run(*words, "--exclude", folder.parent / "list.txt")
    assert "1 photo to leave out is not in this set: other.jpg" in capsys.readouterr().err


def test_results_do_not_replace_a_file_beside_the_pictures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.json").write_text("my poses")
    assert run("predict", folder, "--out", folder) == 2
    assert "a.json: this file exists already, among the pictures" in capsys.readouterr().err
    assert (folder / "a.json").read_text() == "my poses"


@pytest.mark.parametrize("words", [["nowhere"], ["nowhere", "--screenshot", "shot.png"]], ids=len)
def test_a_mistyped_command_opens_no_window(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*words) == 2
    assert "there is no file, folder or command nowhere" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_training_neither_begins_twice_nor_goes_on_from_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does it make crops before it has looked at its pose files."""
    crops, begun = tmp_path / "crops", tmp_path / "begun"
    begun.mkdir()
    (begun / "last.ckpt").write_bytes(b"")
    (tmp_path / "walk.npz").write_bytes(b"no npz")
    for words, told in (
        (("--out", begun), "there is a run in this folder already. Resume it with --resume"),
        (("--out", tmp_path / "new", "--resume"), "there is no checkpoint to resume from"),
        (("--out", tmp_path / "new", "--poses", tmp_path / "walk.npz"), "walk.npz: this holds no SMPL poses"),
    ):
        assert run("train", "--crops", crops, *words) == 2
        assert told in capsys.readouterr().err
    assert not crops.exists()
