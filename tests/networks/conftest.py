"""Networks are made once per test session; tests that change one make their own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sefd_viewer.networks.mesh_network import MeshNetwork, build_network


@pytest.fixture(autouse=True)
def fixed_torch_seed() -> None:
    torch.manual_seed(0)


def random_inputs(count: int, channels: int) -> tuple[Tensor, Tensor, Tensor]:
    """Crops (N,channels,256,256), joints (N,30,2) in heatmap pixels and masks (N,30)."""
    crops = torch.rand(count, channels, 256, 256)
    return crops, torch.rand(count, 30, 2) * 63, (torch.rand(count, 30) > 0.3).float()


def settle_norms(network: MeshNetwork) -> MeshNetwork:
    """Give every norm running statistics and scales as if trained, so that folding has something to fold."""
    for name, tensor in network.state_dict(keep_vars=True).items():
        if name.endswith("running_mean"):
            tensor.data.normal_(std=0.1)
        elif name.endswith("running_var") or (".bn" in name and name.endswith("weight")):
            tensor.data.uniform_(0.5, 1.5)
    return network.eval()


@pytest.fixture(scope="session")
def paper_student() -> MeshNetwork:
    torch.manual_seed(1)
    return settle_norms(build_network("paper", "student"))


@pytest.fixture(scope="session")
def compact_student() -> MeshNetwork:
    torch.manual_seed(2)
    return settle_norms(build_network("compact", "student"))


@pytest.fixture(scope="session")
def compact_2_student() -> MeshNetwork:
    torch.manual_seed(3)
    return settle_norms(build_network("compact-2", "student"))
