"""Weights in other forms: equal to the bit, or held against torch by another runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from sefd_viewer.cli.main import main
from sefd_viewer.errors import WeightsError
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.edge_estimators import (
    EstimatorCard,
    EstimatorKind,
    build_estimator,
    load_estimator,
    save_estimator,
)
from sefd_viewer.networks.export import convert_weights, export_onnx
from sefd_viewer.networks.mesh_network import build_network
from sefd_viewer.resources import resource_path


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's checkpoint in the release's layout, a teacher's backbone with it."""
    torch.manual_seed(0)
    network = build_network("paper", "student").state_dict()
    stored = {f"module.{name}": value for name, value in network.items()}
    stored |= {
        f"module.smpl_overlap_backbone.module.{name}": value
        for name, value in network.items()
        if name.startswith(("backbone.", "pose2feat."))
    }
    path = tmp_path_factory.mktemp("released") / "SEFD.pth.tar"
    torch.save({"epoch": 13, "network": stored, "optimizer": {}}, path)
    return path


def test_released_weights_come_back_from_safetensors_as_they_were(released: Path, tmp_path: Path) -> None:
    assert convert_weights(released, tmp_path / "student.safetensors") > 300
    convert_weights(tmp_path / "student.safetensors", tmp_path / "back.pth.tar")
    before = torch.load(released, weights_only=True)["network"]
    after = torch.load(tmp_path / "back.pth.tar", weights_only=True)["network"]
    assert after.keys() == {name for name in before if "smpl_overlap" not in name}
    for name, tensor in after.items():
        assert tensor.dtype == before[name].dtype
        assert torch.equal(tensor, before[name]), name
    loaded = load_network(tmp_path / "back.pth.tar", role="student")
    assert not loaded.missing
    assert not loaded.unexpected


def test_compact_weights_have_no_released_form(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="release has no compact"):
        convert_weights(resource_path("weights/student.safetensors"), tmp_path / "student.pth.tar")
    with pytest.raises(WeightsError, match=r"\.safetensors, \.pth\.tar or \.onnx"):
        convert_weights(resource_path("weights/student.safetensors"), tmp_path / "student.bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("role", ["baseline", "student", "teacher"])
def test_onnx_gives_what_torch_gives(role: str, tmp_path: Path) -> None:
    source = resource_path(f"weights/{role}.safetensors")
    report = export_onnx(source, tmp_path / "network.onnx", batch=2)
    assert report.difference < 1e-3
    network = load_network(source).network
    rng = np.random.default_rng(5)
    crop = rng.random((2, network.backbone.conv1.in_channels, 256, 256), np.float32)
    joints, mask = rng.random((2, 30, 2), np.float32) * 63, (rng.random((2, 30)) > 0.3).astype(np.float32)
    session = onnxruntime.InferenceSession(report.path)
    rotations, betas, transl = session.run(None, {"crop": crop, "joints_heatmap": joints, "joint_mask": mask})
    with torch.no_grad():
        ours = network(*map(torch.from_numpy, (crop, joints, mask)))
    for theirs, mine in ((rotations, ours.rotations), (betas, ours.betas), (transl, ours.cam_transl)):
        np.testing.assert_allclose(theirs, mine.numpy(), atol=1e-3)


def test_the_command_writes_by_the_ending_and_never_over_its_input(
    released: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", str(released), str(tmp_path / "student.safetensors")])
    assert ended.value.code == 0
    assert "teacher's copy" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path / "student.safetensors"), str(tmp_path / "student.safetensors")])
    assert ended.value.code == 2
    assert "is the weights file itself" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["see", "sesd"])
def test_edge_estimators_are_exported_as_onnx_and_told_what_they_are(
    kind: EstimatorKind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    source, card = tmp_path / "edges.safetensors", EstimatorCard(kind, (4, 8), 64)
    save_estimator(source, build_estimator(kind, (4, 8)), card)
    report = export_onnx(source, tmp_path / "edges.onnx", batch=2)
    assert report.difference < 1e-3
    given = {"crop": np.random.default_rng(1).random((2, 3, 64, 64), np.float32)}
    if kind == "sesd":
        given["occluders"] = (given["crop"][:, :1] > 0.4).astype(np.float32)
    (found,) = onnxruntime.InferenceSession(report.path).run(["edges"], given)
    with torch.no_grad():
        expected = load_estimator(source).network(*map(torch.from_numpy, given.values()))
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-3)
    with pytest.raises(WeightsError, match="written as ONNX alone"):
        convert_weights(source, tmp_path / "edges.pth.tar")
    with pytest.raises(SystemExit):
        main(["what", str(source)])
    told = capsys.readouterr().out
    assert f"weights of {kind.upper()}, which guesses the overlap edge" in " ".join(told.split())
    assert "--method NAME=student:" in told
