"""Weights files: the saved and the released form load; what does not fit is named; code never runs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from sefd_viewer.errors import WeightsError
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import (
    WeightsMismatchError,
    describe_weights,
    load_network,
    save_weights,
)
from sefd_viewer.networks.mesh_network import MeshNetwork, build_network
from tests.owners_files import smpl_arrays, write_checkpoint

CARD = NetworkCard(
    preset="compact",
    role="student",
    body_id="open-body-1",
    edges={"variant": "soft", "kernel": 5},
    licence="MIT",
    trained_on="nothing",
    metrics={"mpjpe_mm": 70.5},
)


@pytest.fixture
def weights(tmp_path: Path, compact_student: MeshNetwork) -> Path:
    path = tmp_path / "student.safetensors"
    save_weights(path, compact_student, CARD)
    return path


def write_released(path: Path, network: MeshNetwork, *, distilled: bool = False) -> Path:
    """A checkpoint as the release writes it: dict, `module.`, and the teacher inside a distilled student."""
    state: dict[str, Tensor] = {f"module.{name}": value for name, value in network.state_dict().items()}
    if distilled:
        parts = ("backbone.", "pose2feat.")
        copy = {name: value for name, value in network.state_dict().items() if name.startswith(parts)}
        state |= {f"module.smpl_overlap_backbone.module.{name}": value for name, value in copy.items()}
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))]).state_dict()
    torch.save({"epoch": 13, "network": state, "optimizer": optimizer}, path)
    return path


def same_weights(a: MeshNetwork, b: MeshNetwork, *, tolerance: float = 0) -> bool:
    other = b.state_dict()
    return all(torch.allclose(v, other[k], atol=tolerance, rtol=tolerance) for k, v in a.state_dict().items())


def test_saved_weights_come_back_with_their_card(weights: Path, compact_student: MeshNetwork) -> None:
    loaded = load_network(weights, role="student")
    assert loaded.card == CARD
    assert same_weights(loaded.network, compact_student, tolerance=1e-3)
    assert not loaded.network.training
    assert len(loaded.weights_hash) == 12
    assert weights.stat().st_size < 8e6
    assert [entry.name for entry in weights.parent.iterdir()] == [weights.name]


def test_numbers_too_large_for_half_precision_are_kept(tmp_path: Path) -> None:
    network = build_network("compact", "student")
    network.backbone.bn1.running_var.fill_(1e6)
    save_weights(tmp_path / "w.safetensors", network, CARD)
    loaded = load_network(tmp_path / "w.safetensors").network
    assert (loaded.backbone.bn1.running_var == 1e6).all()


@pytest.mark.parametrize("distilled", [False, True])
def test_released_checkpoints_load_strictly(
    tmp_path: Path, paper_student: MeshNetwork, distilled: bool
) -> None:
    path = write_released(tmp_path / "snapshot_13.pth.tar", paper_student, distilled=distilled)
    loaded = load_network(path, role="student")
    assert same_weights(loaded.network, paper_student)
    assert (loaded.missing, loaded.unexpected) == ((), ())
    assert (loaded.card.preset, loaded.card.role, loaded.card.edge_kind) == ("paper", "student", "image")
    assert loaded.card.crop_convention == "release"
    assert loaded.card.dilation_box == "annotated"
    report = describe_weights(path)
    assert report.role == (
        "student" if distilled else "student or teacher"
    )  # four channels alone do not tell
    assert load_network(path).card.role == "student"
    assert report.teacher_copy == (23_511_168 + 54_336 if distilled else 0)
    assert report.parameters["rotation_net"] == 6_055_731
    assert report.fits


def test_what_the_release_saves_beside_the_network_is_left_out_and_counted(tmp_path: Path) -> None:
    body = smpl_arrays()
    path = write_checkpoint(tmp_path / "SEFD.pth.tar", "student", distilled=True, body=body)
    loaded = load_network(path, role="student")
    written = torch.load(path, weights_only=True)["network"]
    assert torch.equal(loaded.network.backbone.conv1.weight, written["module.backbone.conv1.weight"])
    report = describe_weights(path)
    assert (report.role, report.fits, report.unexpected) == ("student", True, ())
    assert report.beside == sum(v.numel() for name, v in written.items() if ".human_model_layer." in name)
    with pytest.raises(WeightsError, match="for the student, not for the teacher"):
        load_network(path, role="teacher")


def test_a_student_of_other_edges_is_told_from_one_of_canny(
    tmp_path: Path, paper_student: MeshNetwork
) -> None:
    path = write_released(tmp_path / "snapshot_13.pth.tar", paper_student)
    checkpoint = torch.load(path, weights_only=True)
    checkpoint["network"]["module.hed_edge.netVggOne.0.weight"] = torch.zeros(64, 3, 3, 3)
    torch.save(checkpoint, path)
    with pytest.raises(WeightsError, match="sees HED, which is not made here"):
        load_network(path, role="student")
    assert describe_weights(path).obstacle


def test_report_lists_everything_and_is_plain(weights: Path) -> None:
    report = describe_weights(weights).to_dict()
    assert report["fits"] is True
    assert report["card"]["metrics"] == {"mpjpe_mm": 70.5}
    assert sum(report["parameters"].values()) < 3_900_000
    assert report["missing"] == report["unexpected"] == report["misshapen"] == []


def rewritten(path: Path, change: dict[str, Tensor | None]) -> Path:
    """The same file with entries replaced, added, or removed where the value is None."""
    tensors: dict[str, Any] = {**load_file(path), **change}
    kept = {name: value for name, value in tensors.items() if value is not None}
    save_file(kept, path, metadata={"card": CARD.to_json()})
    return path


def test_names_that_do_not_match_are_all_told(weights: Path) -> None:
    graph = "rotation_net.graph_block.0.fcbn_list.3.0.bias"
    rewritten(weights, {graph: None, "backbone.conv1.weight": None, "backbone.fc.weight": torch.zeros(2)})
    with pytest.raises(WeightsMismatchError, match="2 missing, first backbone.conv1.weight") as caught:
        load_network(weights)
    assert caught.value.missing == ("backbone.conv1.weight", graph)
    assert caught.value.unexpected == ("backbone.fc.weight",)
    lenient = load_network(weights, strict=False)
    assert lenient.missing == caught.value.missing
    assert describe_weights(weights).unexpected == ("backbone.fc.weight",)


def test_wrong_shapes_are_refused_even_when_lenient(weights: Path) -> None:
    rewritten(weights, {"position_net.conv.0.weight": torch.zeros(120, 9, 1, 1)})
    with pytest.raises(WeightsMismatchError, match=r"\(120, 9, 1, 1\) in the file, \(120, \d+, 1, 1\)"):
        load_network(weights, strict=False)


def test_another_role_is_refused(weights: Path) -> None:
    with pytest.raises(WeightsError, match="these weights are for the student, not for the baseline"):
        load_network(weights, role="baseline")


class Harmful:
    """Runs a command when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_file_with_code_is_refused_and_the_code_never_runs(tmp_path: Path, form: str) -> None:
    path, trap = tmp_path / "snapshot.pth.tar", tmp_path / "sprung"
    content = {"network": {"module.a": torch.zeros(1)}, "extra": Harmful(trap)}
    if form == "pickle":
        path.write_bytes(pickle.dumps(Harmful(trap), protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(WeightsError, match=r"asks to run posix\.mkdir"):
        load_network(path)
    assert not trap.exists()


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth.tar"])
@pytest.mark.parametrize("content", [b"", b"hello, this is text", bytes(range(256)) * 9])
def test_other_files_are_no_weights(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="not a weights file"):
        load_network(path)


def test_a_missing_file_a_bare_tensor_and_a_file_without_card_have_words(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        load_network(tmp_path / "absent.safetensors")
    torch.save(torch.zeros(3), tmp_path / "t.pth")
    with pytest.raises(WeightsError, match="holds no network"):
        load_network(tmp_path / "t.pth")
    save_file({"a": torch.zeros(1)}, tmp_path / "bare.safetensors")
    with pytest.raises(WeightsError, match="no card"):
        load_network(tmp_path / "bare.safetensors")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"preset": "paper"}', "lacks"),
        ('{"preset": "paper", "role": "student", "body_id": "x", "colour": 1}', "unknown entries"),
        ('{"preset": "huge", "role": "student", "body_id": "x"}', "Known are paper, compact"),
    ],
)
def test_a_card_that_cannot_be_read_says_why(text: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        NetworkCard.from_json(text)


def test_a_card_survives_its_json() -> None:
    assert NetworkCard.from_json(CARD.to_json()) == CARD
