"""Holistically-nested edge detection (Xie and Tu 2015): a learned edge map of any photo."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.resources import resource_path

_BLOCK_WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
_MEAN_BGR = (104.00699, 116.66877, 122.67892)


class HedNetwork(nn.Module):
    """VGG-16's five blocks, each with a side output; the fused one is the result."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN_BGR)[:, None, None], persistent=False)
        channels = 3
        for block, widths in enumerate(_BLOCK_WIDTHS, 1):
            for layer, width in enumerate(widths, 1):
                self.add_module(f"conv{block}_{layer}", nn.Conv2d(channels, width, 3, padding=1))
                channels = width
            self.add_module(f"score_dsn{block}", nn.Conv2d(channels, 1, 1))
        self.fuse = nn.Conv2d(len(_BLOCK_WIDTHS), 1, 1)

    def forward(self, bgr: Tensor) -> Tensor:
        """Edge probabilities (N,1,H,W) of BGR images (N,3,H,W) in 0 to 255."""
        features, sides = bgr - self.mean, []
        for block, widths in enumerate(_BLOCK_WIDTHS, 1):
            if block > 1:
                features = functional.max_pool2d(features, 2, 2, ceil_mode=True)
            for layer in range(1, len(widths) + 1):
                features = functional.relu(self.get_submodule(f"conv{block}_{layer}")(features))
            side = self.get_submodule(f"score_dsn{block}")(features)
            sides.append(functional.interpolate(side, bgr.shape[2:], mode="bilinear", align_corners=False))
        return torch.sigmoid(self.fuse(torch.cat(sides, 1)))

    @torch.no_grad()
    def detect(self, image: np.ndarray, *, max_side: int = 640) -> np.ndarray:
        """Edge map (H,W) float32 in [0,1] of an RGB image (H,W,3) uint8.

        A picture larger than `max_side` pixels is scaled down first and its edges back up.
        """
        height, width = image.shape[:2]
        small = _at_most(image, max_side)
        bgr = torch.from_numpy(np.ascontiguousarray(small[..., ::-1].transpose(2, 0, 1)))[None]
        edges = self(bgr.to(self.mean.device, torch.float32))[0, 0].cpu().numpy()
        return edges if small is image else cv2.resize(edges, (width, height), interpolation=cv2.INTER_LINEAR)


@lru_cache(maxsize=1)
def load_hed(device: str | torch.device = "cpu") -> HedNetwork:
    """The shipped network (trained on BSDS500) on a device; loaded once."""
    network = HedNetwork()
    network.load_state_dict(load_file(resource_path("hed_bsds500.safetensors")))
    network.eval().requires_grad_(False).to(device)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def detect(image: np.ndarray, max_side: int = 640, *, device: str | torch.device = "cpu") -> np.ndarray:
    """Edge map (H,W) float32 in [0,1] of an RGB image (H,W,3) uint8 by the shipped network."""
    return load_hed(device).detect(image, max_side=max_side)


def _at_most(image: np.ndarray, max_side: int) -> np.ndarray:
    height, width = image.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
