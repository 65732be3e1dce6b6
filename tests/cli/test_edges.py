"""`sefd-viewer edges`: what it says, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sefd_viewer.cli.main import main
from tests.edge_maps.sets import map_files, write_set


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco", count=2)


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["edges", *map(str, words), "--workers", "1"])
    code = ended.value.code
    return code if isinstance(code, int) else int(bool(code))


def test_maps_are_made_and_told(tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(muco, "--format", "muco", "--dilation", "fixed:5", "--out", tmp_path) == 0
    assert "Made 2 maps of 2 photos" in capsys.readouterr().out
    assert len(map_files(tmp_path)) == 2
    assert run(muco, "--format", "muco", "--dilation", "fixed:5", "--out", tmp_path) == 0
    assert "Made 0 maps of 0 photos" in capsys.readouterr().out


def test_what_is_on_a_list_gets_no_map(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_text("augmented_set/000000.jpg\naugmented_set/other.jpg\n")
    assert run(muco, "--exclude", tmp_path / "list.txt", "--out", tmp_path / "out") == 0
    assert "1 photo to leave out is not in this set" in capsys.readouterr().err
    (name,) = map_files(tmp_path / "out")
    assert "000001" in name


def test_a_record_that_cannot_be_drawn_makes_the_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_set(tmp_path / "set", "muco", count=2)
    (root / "augmented_set" / "000001.jpg").write_bytes(b"no picture")
    assert run(root, "--out", tmp_path / "out", "--limit", 2) == 1
    assert "1 photo could not be drawn" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("--dilation", "fixed:4"), ("--shard", "3/2"), ("--shard", "x"), ("--limit", "0")]
)
def test_options_that_cannot_be(tmp_path: Path, muco: Path, words: tuple[str, str]) -> None:
    assert run(muco, "--out", tmp_path / "out", *words) == 2
    assert not (tmp_path / "out").exists()


def test_verification_tells_what_is_missing(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(muco, "--out", tmp_path)
    assert run(muco, "--out", tmp_path, "--verify") == 0
    next(iter(map_files(tmp_path).values())).unlink()
    capsys.readouterr()
    assert run(muco, "--out", tmp_path, "--verify") == 1
    assert "is not there" in capsys.readouterr().out
    assert run(muco, "--out", tmp_path, "--verify", "--json") == 1
    assert json.loads(capsys.readouterr().out)["sound_maps"] == 1


def test_the_audit_names_what_is_wrong(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(muco, "--out", tmp_path)
    assert run(muco, "--audit", tmp_path) == 0
    assert "Median agreement 1.000" in capsys.readouterr().out
    assert run(muco, "--audit", tmp_path, "--dilation", "none") == 1
    out = capsys.readouterr().out
    assert "other dilation" in out
    assert "dilated by the rule adaptive" in out
    assert run(muco, "--audit", tmp_path, "--dilation", "none", "--json") == 1
    assert json.loads(capsys.readouterr().out)["counts"] == {"other dilation": 2}


def test_a_folder_is_needed_and_one_task_at_a_time(tmp_path: Path, muco: Path) -> None:
    assert run(muco) == 2
    assert run(muco, "--audit", tmp_path, "--out", tmp_path) == 2
    assert not list(tmp_path.iterdir())


def test_a_card_that_is_not_there_is_told_before_anything_is_made(
    tmp_path: Path, muco: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert run(muco, "--out", tmp_path / "out", "--device", "cuda") == 2
    words = capsys.readouterr().err
    assert "the device cuda is not available" in words
    assert "Leave --device out" in words
    assert run(muco, "--out", tmp_path / "out", "--device", "cuda", "--dask", "tcp://127.0.0.1:1") == 2
    assert not (tmp_path / "out").exists()
    assert run(muco, "--out", tmp_path / "out", "--device", "auto") == 0


def test_a_card_draws_where_there_is_one(tmp_path: Path, muco: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from sefd_viewer.inference import device

    monkeypatch.setattr(device, "device_problem", lambda _name: None)
    card = device.Device(torch.device("cpu"), "a card")
    monkeypatch.setattr(device, "choose_device", lambda _name: card)
    assert run(muco, "--out", tmp_path) == 0
    (manifest,) = tmp_path.glob("*.manifest.json")
    assert json.loads(manifest.read_text())["renderers"] == [f"torch {torch.__version__} on a card"]
    assert len(map_files(tmp_path)) == 2
