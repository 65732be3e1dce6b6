"""2D joints as an image: one Gaussian per joint, and the layer that lets them guide early features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HEATMAP_SIZE = 64
HEATMAP_SIGMA = 2.5


def gaussian_heatmaps(
    joints_heatmap: Tensor, joint_mask: Tensor, *, size: int = HEATMAP_SIZE, sigma: float = HEATMAP_SIGMA
) -> Tensor:
    """Heatmaps (N,J,size,size) of joints (N,J,2) in heatmap pixels, zero where the mask (N,J) is zero.

    exp(-((x-jx)/sigma)^2/2 - ((y-jy)/sigma)^2/2) as a product of two bells; float32, channels last.
    """
    grid = torch.arange(size, device=joints_heatmap.device, dtype=torch.float32)
    distances = (grid[:, None, None] - joints_heatmap.float()[:, None]) / sigma
    bells = torch.exp(-0.5 * distances.square())
    columns, rows = bells[..., 0], bells[..., 1] * joint_mask.float()[:, None]
    return (rows[:, :, None] * columns[:, None]).permute(0, 3, 1, 2)


class Pose2Feat(nn.Module):
    """Mixes joint heatmaps into the early features (3DCrowdNet): a 3x3 convolution, norm and ReLU."""

    def __init__(self, early_channels: int, joint_count: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(early_channels + joint_count, early_channels, 3, padding=1),
            nn.BatchNorm2d(early_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, early: Tensor, heatmaps: Tensor) -> Tensor:
        """Pose-guided features (N,C,H,W) of early features (N,C,H,W) and heatmaps (N,J,H,W)."""
        return self.conv(torch.cat((early, heatmaps.to(early.dtype)), 1))
