"""From a pose code to the rotations of the 23 body joints."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sefd_viewer.networks.rotations import rotation_6d_to_matrix
from sefd_viewer.networks.vposer import VPoser


class DirectDecoder(nn.Module):
    """Reads the code as six numbers per joint; has no parameters."""

    def forward(self, code: Tensor) -> Tensor:
        """Rotations (N,23,3,3) of a code (N,138)."""
        return rotation_6d_to_matrix(code.unflatten(-1, (-1, 6)))


class VPoserDecoder(nn.Module):
    """A frozen VPoser; the two hands, which it does not know, stay at rest."""

    def __init__(self) -> None:
        super().__init__()
        self.vposer = VPoser().requires_grad_(False)

    def forward(self, code: Tensor) -> Tensor:
        """Rotations (N,23,3,3) of a code (N,32)."""
        hands = torch.eye(3, dtype=code.dtype, device=code.device).expand(len(code), 2, 3, 3)
        return torch.cat((self.vposer.decode(code), hands), 1)

    def train(self, mode: bool = True) -> VPoserDecoder:
        """Keep the frozen prior in evaluation mode."""
        del mode
        return super().train(False)
