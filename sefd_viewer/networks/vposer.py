"""VPoser, version 1: a variational prior over body poses (Pavlakos et al. 2019)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.networks.rotations import rotation_6d_to_matrix

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
