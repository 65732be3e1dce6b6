"""`sefd-viewer weights`: what a person learns about a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from sefd_viewer.cli.main import main
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import save_weights
from sefd_viewer.networks.mesh_network import build_network
from tests.owners_files import smpl_arrays, write_checkpoint


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "student.safetensors"
    torch.manual_seed(0)
    card = NetworkCard(
        "compact",
        "student",
        "open-body-1",
        edges={"variant": "soft"},
        licence="MIT",
        metrics={"mpjpe_mm": 90.5},
    )
    save_weights(path, build_network("compact", "student"), card)
    return path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["weights", *words])
    return int(ended.value.code or 0)


def test_a_whole_file(student: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(student)) == 0
    printed = capsys.readouterr().out
    assert f"{student}: compact network as student" in printed
    for words in ("open-body-1", "image variant=soft", "mpjpe_mm=90.5", "MIT", "It fits its network."):
        assert words in printed
    count = sum(p.numel() for p in build_network("compact", "student").parameters())
    assert f"parameters  {count:,}" in printed


def test_a_released_file_with_an_edge_channel_may_be_two_things(tmp_path: Path, capsys) -> None:
    path = write_checkpoint(tmp_path / "snapshot_13.pth.tar", "student", body=smpl_arrays())
    assert run(str(path)) == 0
    printed = capsys.readouterr().out
    assert "paper network as student or teacher" in printed
    assert "the file does not say" in printed
    assert "body        smpl-neutral" in printed
    assert "crop        release" in printed
    write_checkpoint(path, "baseline")
    assert run(str(path)) == 0
    assert "paper network as baseline" in capsys.readouterr().out


def test_as_json(student: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(student), "--json") == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (report["preset"], report["role"], report["fits"]) == ("compact", "student", True)
    assert report["card"]["body_id"] == "open-body-1"


def test_what_is_missing_is_named(student: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from safetensors import safe_open

    with safe_open(student, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(student)
    name, value = tensors.popitem()
    tensors["added.weight"] = value.clone()
    broken = tmp_path / "broken.safetensors"
    save_file(tensors, broken, metadata)
    assert run(str(broken)) == 1
    printed = capsys.readouterr().out
    assert f"missing (1)\n  {name}\nunexpected (1)\n  added.weight\n" in printed


def test_another_file_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not weights")
    assert run(str(other)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"sefd-viewer: {other}")
    assert error.count("\n") == 1
