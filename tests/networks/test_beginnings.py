"""What a network begins with: a ResNet that learned to see, and VPoser."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sefd_viewer.errors import WeightsError
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import save_weights, take_backbone, take_vposer, take_weights
from sefd_viewer.networks.mesh_network import build_network


def resnet(path: Path, prefix: str, *, nested: str = "", without: str = "") -> dict[str, torch.Tensor]:
    """A ResNet-50 as others save it: torchvision's names, a head, random numbers."""
    torch.manual_seed(1)
    blocks = {
        "layer1": (3, 64, 64),
        "layer2": (4, 256, 128),
        "layer3": (6, 512, 256),
        "layer4": (3, 1024, 512),
    }
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)} | _norm("bn1", 64)
    for layer, (count, before, width) in blocks.items():
        for block in range(count):
            own, name = before if block == 0 else 4 * width, f"{layer}.{block}"
            shapes |= {
                f"{name}.conv1.weight": (width, own, 1, 1),
                f"{name}.conv2.weight": (width, width, 3, 3),
                f"{name}.conv3.weight": (4 * width, width, 1, 1),
            }
            shapes |= (
                _norm(f"{name}.bn1", width) | _norm(f"{name}.bn2", width) | _norm(f"{name}.bn3", 4 * width)
            )
            if block == 0:
                shapes |= {f"{name}.downsample.0.weight": (4 * width, own, 1, 1)}
                shapes |= _norm(f"{name}.downsample.1", 4 * width)
    tensors = {name: torch.rand(shape) for name, shape in (shapes | {"fc.weight": (1000, 2048)}).items()}
    tensors.pop(without, None)
    written = {prefix + name: tensor for name, tensor in tensors.items()}
    if path.suffix == ".safetensors":
        save_file(written, path)
    else:
        torch.save({nested: written} if nested else written, path)
    return tensors


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{kind}": (width,) for kind in ("weight", "bias", "running_mean", "running_var")}


@pytest.mark.parametrize(
    ("file", "prefix", "nested"),
    [
        ("resnet50-0676ba61.pth", "", ""),
        ("pose_resnet.pth.tar", "module.", "state_dict"),
        ("a.safetensors", "", ""),
    ],
)
def test_a_backbone_begins_with_what_others_trained(
    tmp_path: Path, file: str, prefix: str, nested: str
) -> None:
    tensors = resnet(tmp_path / file, prefix, nested=nested)
    for role in ("baseline", "teacher"):
        network = build_network("paper", role)
        take_backbone(network, tmp_path / file)
        state = network.backbone.state_dict()
        assert torch.equal(state["layer4.2.conv3.weight"], tensors["layer4.2.conv3.weight"])
        assert torch.equal(state["bn1.running_var"], tensors["bn1.running_var"])
        assert torch.equal(state["conv1.weight"][:, :3], tensors["conv1.weight"])
        assert not state["conv1.weight"][:, 3:].any()


def test_a_file_that_is_no_such_backbone_is_told(tmp_path: Path) -> None:
    resnet(tmp_path / "a.pth", "", without="layer3.5.bn2.weight")
    with pytest.raises(WeightsError, match="layer3.5.bn2.weight is missing.*torchvision"):
        take_backbone(build_network("paper", "baseline"), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="missing or of another shape"):
        take_backbone(build_network("compact-2", "baseline"), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="does not exist"):
        take_backbone(build_network("paper", "baseline"), tmp_path / "b.pth")


def test_a_network_without_edges_is_a_beginning_of_one_with_edges(tmp_path: Path) -> None:
    torch.manual_seed(1)
    blind, seeing = (build_network("compact-2", role) for role in ("baseline", "teacher"))
    save_weights(
        tmp_path / "baseline.safetensors", blind, NetworkCard("compact-2", "baseline", "open", input_size=128)
    )
    take_weights(seeing, tmp_path / "baseline.safetensors")
    crop, edge = torch.rand(2, 3, 128, 128), torch.rand(2, 1, 128, 128)
    pose = torch.rand(2, 30, 2) * 64, torch.rand(2, 30)
    with torch.inference_mode():
        before = blind.eval()(crop, *pose).rotations
        after = seeing.eval()(torch.cat((crop, edge), 1), *pose).rotations
    torch.testing.assert_close(after, before, atol=2e-2, rtol=0)  # weights files are of half precision

    save_weights(
        tmp_path / "teacher.safetensors", seeing, NetworkCard("compact-2", "teacher", "open", input_size=128)
    )
    with pytest.raises(WeightsError, match="conv1.weight is of another shape"):
        take_weights(blind, tmp_path / "teacher.safetensors")


def test_vposer_is_taken_and_frozen(tmp_path: Path) -> None:
    network, other = build_network("paper", "baseline"), build_network("paper", "baseline")
    torch.save(
        {
            f"module.{name.removeprefix('vposer.')}": value
            for name, value in other.vposer.state_dict().items()
        },
        tmp_path / "TR00_E096.pt",
    )
    take_vposer(network, tmp_path / "TR00_E096.pt")
    code = torch.randn(2, 32)
    assert torch.equal(network.eval().vposer(code), other.eval().vposer(code))
    assert not any(parameter.requires_grad for parameter in network.vposer.parameters())
    assert all(parameter.requires_grad for parameter in network.backbone.parameters())
    with pytest.raises(WeightsError, match="only paper"):
        take_vposer(build_network("compact", "baseline"), tmp_path / "TR00_E096.pt")
