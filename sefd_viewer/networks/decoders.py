"""From a pose code to the rotations of the 23 body joints: six numbers a joint, or VPoser."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def rotation_6d_to_matrix(d6: Tensor) -> Tensor:
    """Rotations (...,3,3), float32, of six numbers (...,6).

    They are read row by row as (3,2); Gram-Schmidt of the two columns, the third is their cross product.
    """
    columns = d6.float().unflatten(-1, (3, 2))
    x = functional.normalize(columns[..., 0], dim=-1)
    second = columns[..., 1]
    y = functional.normalize(second - (x * second).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack((x, y, torch.linalg.cross(x, y)), -1)


_JOINTS = 21
_SLOPE = 0.2


class VPoser(nn.Module):
    """Encoder and decoder with the state-dict names of the released version 1."""

    def __init__(self, *, neurons: int = 512, latent: int = 32) -> None:
        super().__init__()
        self.bodyprior_enc_bn1 = nn.BatchNorm1d(_JOINTS * 3)
        self.bodyprior_enc_fc1 = nn.Linear(_JOINTS * 3, neurons)
        self.bodyprior_enc_bn2 = nn.BatchNorm1d(neurons)
        self.bodyprior_enc_fc2 = nn.Linear(neurons, neurons)
        self.bodyprior_enc_mu = nn.Linear(neurons, latent)
        self.bodyprior_enc_logvar = nn.Linear(neurons, latent)
        self.bodyprior_dec_fc1 = nn.Linear(latent, neurons)
        self.bodyprior_dec_fc2 = nn.Linear(neurons, neurons)
        self.bodyprior_dec_out = nn.Linear(neurons, _JOINTS * 6)
        self.dropout = nn.Dropout(0.1)

    def decode(self, code: Tensor) -> Tensor:
        """Rotations (N,21,3,3) of the body joints of codes (N,latent)."""
        hidden = functional.leaky_relu(self.bodyprior_dec_fc1(code), _SLOPE)
        hidden = functional.leaky_relu(self.bodyprior_dec_fc2(self.dropout(hidden)), _SLOPE)
        return rotation_6d_to_matrix(self.bodyprior_dec_out(hidden).unflatten(-1, (_JOINTS, 6)))

    def encode(self, poses: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (N,latent) of the codes of axis-angle poses (N,21,3)."""
        hidden = self.bodyprior_enc_bn1(poses.flatten(1))
        hidden = functional.leaky_relu(self.bodyprior_enc_fc1(hidden), _SLOPE)
        hidden = self.dropout(self.bodyprior_enc_bn2(hidden))
        hidden = functional.leaky_relu(self.bodyprior_enc_fc2(hidden), _SLOPE)
        return self.bodyprior_enc_mu(hidden), functional.softplus(self.bodyprior_enc_logvar(hidden))


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
