"""Rotations of torch tensors."""

from __future__ import annotations

import torch
from torch import Tensor
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
