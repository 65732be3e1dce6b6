"""Parts of pictures of any size in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels of a picture, the last two excluded."""

Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Windows:
    """Which part of its picture each layer of a batch (L,h,w) shows; small parts leave room right and below.

    `corners` (L,2) are the x and y of the first pixel, `parts` (L,2) width and height of the part, `pictures`
    (L,2) those of the whole picture, all int64; `shape` is (h, w).
    """

    corners: Tensor
    parts: Tensor
    pictures: Tensor
    shape: tuple[int, int]

    @classmethod
    def of(cls, regions: Sequence[Region], sizes: Sequence[Size], device: torch.device) -> Windows:
        """Windows onto these regions of pictures of these sizes (width, height)."""
        edges, pictures = torch.tensor(regions), torch.tensor(sizes)
        parts = edges[:, 2:] - edges[:, :2]
        width, height = parts.amax(0).tolist()
        corners, parts, pictures = (t.to(device) for t in (edges[:, :2], parts, pictures))
        return cls(corners, parts, pictures, (height, width))

    @cached_property
    def inside(self) -> Tensor:
        """(L,h,w) bool: which pixels lie in the picture."""
        columns, rows = (self._places(axis, 0) < self.pictures[:, axis, None] for axis in (0, 1))
        return rows[:, :, None] & columns[:, None]

    def mirrored(self, layers: Tensor, reach: int) -> Tensor:
        """(L,h,w) with `reach` pixels more on each side; beyond the picture as BORDER_REFLECT_101."""
        return self._widened(layers, *(self._mirror(axis, reach) for axis in (1, 0)))

    def replicated(self, layers: Tensor, reach: int) -> Tensor:
        """(L,h,w) with `reach` pixels more on each side; beyond the picture as BORDER_REPLICATE."""
        return self._widened(layers, *(self._replicate(axis, reach) for axis in (1, 0)))

    def _widened(self, layers: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """The values at these rows and columns of the pictures; the window's nearest where it ends before."""
        height, width = self.shape
        rows = (rows - self.corners[:, 1, None]).clamp(0, height - 1)
        columns = (columns - self.corners[:, 0, None]).clamp(0, width - 1)
        layer = torch.arange(len(layers), device=layers.device)[:, None, None]
        return layers[layer, rows[:, :, None], columns[:, None]]

    def _mirror(self, axis: int, reach: int) -> Tensor:
        period = (2 * (self.pictures[:, axis, None] - 1)).clamp(min=1)
        places = self._places(axis, reach) % period
        return torch.minimum(places, period - places)

    def _replicate(self, axis: int, reach: int) -> Tensor:
        return torch.minimum(self._places(axis, reach).clamp(min=0), self.pictures[:, axis, None] - 1)

    def _places(self, axis: int, reach: int) -> Tensor:
        """Coordinates in the picture (0 = x, 1 = y) of the window's pixels and `reach` more on each side."""
        end = self.shape[1 - axis] + reach
        return self.corners[:, axis, None] + torch.arange(-reach, end, device=self.corners.device)
