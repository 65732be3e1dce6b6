"""What a run's pictures show: crops under skeletons, edge maps, the same held-out people at every check."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sefd_viewer.datasets.sample import CROP_SIZE
from sefd_viewer.geometry import SMPL30

TRUE, FOUND = (0.2, 0.8, 0.3), (1.0, 0.45, 0.1)
"""RGB of the true skeleton and of the found one."""


def contact_sheet(panels: dict[str, Tensor]) -> NDArray[np.float32]:
    """A picture (3, H, W), RGB in [0,1]: a row for each person, a titled column for each panel.

    Panels are maps (N,1,S,S) and pictures (N,3,S,S) in [0,1]; grey ones are shown as they are.
    """
    size = max(panel.shape[-1] for panel in panels.values())
    columns = []
    for title, panel in panels.items():
        pictures = panel.detach().float().cpu().clamp(0, 1).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
        head = np.full((24, size, 3), 255, np.uint8)
        cv2.putText(head, title, (4, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
        people = [cv2.resize(one, (size, size)) for one in pictures]
        columns.append(np.concatenate([np.float32(head / 255), *people]))
    return np.concatenate(columns, 1).transpose(2, 0, 1)


def with_skeletons(crops: Tensor, true: Tensor, found: Tensor) -> Tensor:
    """Crops (N,3,S,S) under the bones of the true and the found thirty joints (N,30,2), in pixels at 256."""
    scale = crops.shape[-1] / CROP_SIZE
    pictures = crops.detach().float().cpu().permute(0, 2, 3, 1).numpy().copy()
    for picture, *skeletons in zip(pictures, true, found, strict=True):
        for joints, colour in zip(skeletons, (TRUE, FOUND), strict=True):
            points = np.nan_to_num(joints.detach().float().cpu().numpy() * scale).clip(-1e4, 1e4)
            bones = [points[list(bone)].round().astype(np.int32) for bone in SMPL30.skeleton]
            cv2.polylines(picture, bones, False, colour, 1, cv2.LINE_AA)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)
