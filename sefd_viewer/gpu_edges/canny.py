"""`edges.canny` and dilation for many grey pictures at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import torch
from torch import Tensor
from torch.nn import functional

from sefd_viewer.edges.gradient import EPSILON, FLAT, TAN_22_5, TIE
from sefd_viewer.edges.mesh_edges import OWN_EDGE_REACH
from sefd_viewer.edges.settings import EdgeSettings


def dilate(edge: Tensor, kernel: int) -> Tensor:
    """Grey dilation of (L,h,w) by a flat square of `kernel` pixels, odd."""
    return _dilated(_dilated(edge, (kernel, 1)), (1, kernel))


def dilate_whole(edges: Tensor, kernels: Sequence[int]) -> Tensor:
    """Dilate each layer (L,h,w) by its own kernel, in place."""
    for kernel in set(kernels):
        layers = torch.tensor([index for index, own in enumerate(kernels) if own == kernel])
        layers = layers.to(edges.device)
        edges[layers] = dilate(edges[layers], kernel)
    return edges


def dilate_each(edges: Tensor, body: Tensor, kernels: Sequence[Sequence[int]]) -> Tensor:
    """Dilate the edges on and around each person by his own kernel, in place, as the map `all` asks for.

    `kernels` are those of the people of each layer (L,h,w), in the order of the numbers in `body` (L,h,w).
    """
    mixed = [index for index, own in enumerate(kernels) if len(set(own)) > 1]
    alike = [index for index, own in enumerate(kernels) if len(set(own)) == 1]
    edges[alike] = dilate_whole(edges[alike], [kernels[index][0] for index in alike])
    if not mixed:
        return edges
    thin, own_kernel = edges[mixed], torch.tensor([0, *(k for own in kernels for k in own)])
    at = own_kernel.to(edges.device)[body[mixed] + 1]
    thick = torch.zeros_like(thin)
    for kernel in {k for index in mixed for k in kernels[index]}:
        near = dilate((at == kernel).float(), OWN_EDGE_REACH)
        thick = torch.maximum(thick, dilate(thin * near, kernel))
    edges[mixed] = thick
    return edges


def _dilated(edge: Tensor, kernel: tuple[int, int]) -> Tensor:
    reach = (kernel[0] // 2, kernel[1] // 2)
    return functional.max_pool2d(edge[:, None], kernel, stride=1, padding=reach)[:, 0]


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


def canny(grey: Tensor, windows: Windows, settings: EdgeSettings) -> Tensor:
    """(L,h,w) float32: `edges.canny.canny` of grey pictures behind windows; 0 outside the pictures."""
    soft = suppressed_magnitude(_blurred(grey, windows, settings), windows)
    return soft if settings.variant == "soft" else hysteresis(soft, settings.low, settings.high)


def suppressed_magnitude(blurred: Tensor, windows: Windows) -> Tensor:
    """`edges.gradient.suppressed_magnitude` of (L,h,w): the same borders, directions and ties."""
    gx, gy = _sobel(windows.replicated(blurred, 1))
    magnitude = torch.sqrt(gx * gx + gy * gy + float(EPSILON))
    around = functional.pad(magnitude.where(windows.inside, float(FLAT)), (1, 1, 1, 1), value=float(FLAT))
    height, width = magnitude.shape[1:]
    (upper_left, upper, upper_right), (left, value, right), (lower_left, lower, lower_right) = (
        [around[:, y : y + height, x : x + width] for x in range(3)] for y in range(3)
    )
    across, down = gx.abs(), gy.abs()
    level, upright = down < float(TAN_22_5) * across, across < float(TAN_22_5) * down
    falling = gx * gy > 0
    before = left.where(level, upper.where(upright, upper_left.where(falling, upper_right)))
    after = right.where(level, lower.where(upright, lower_right.where(falling, lower_left)))
    margin = torch.where(level | upright, -float(TIE), float(TIE))
    kept = (value > before + float(TIE)) & (value > after + margin)
    return value.where(kept, 0)


def hysteresis(magnitude: Tensor, low: float, high: float) -> Tensor:
    """(L,h,w) float32 of 0 and 1: above `high`, or above `low` and connected to such (8 neighbours)."""
    weak, strong = (magnitude > low).float(), (magnitude > high).float()
    while True:
        grown = dilate(strong, 3) * weak
        if torch.equal(grown, strong):
            return strong
        strong = grown


def _blurred(grey: Tensor, windows: Windows, settings: EdgeSettings) -> Tensor:
    """The Gaussian, as sums of shifted pictures: a card's convolution may round to ten bits."""
    weights = cv2.getGaussianKernel(settings.gaussian_size, settings.sigma, cv2.CV_32F).ravel().tolist()
    wide = windows.mirrored(grey, settings.gaussian_size // 2)
    return _weighted(_weighted(wide, weights, 2), weights, 1)


def _weighted(values: Tensor, weights: Sequence[float], axis: int) -> Tensor:
    """The sum of the values shifted along an axis; as long as all of them reach."""
    length = values.shape[axis] - len(weights) + 1
    total = values.narrow(axis, 0, length) * weights[0]
    for shift, weight in enumerate(weights[1:], 1):
        total.add_(values.narrow(axis, shift, length), alpha=weight)
    return total


def _sobel(wide: Tensor) -> tuple[Tensor, Tensor]:
    """gx, gy (L,h,w) of pictures (L,h+2,w+2)."""
    above, here, below = wide[:, :-2], wide[:, 1:-1], wide[:, 2:]
    smooth, slope = above + 2 * here + below, below - above
    gx = smooth[:, :, 2:] - smooth[:, :, :-2]
    return gx, slope[:, :, :-2] + 2 * slope[:, :, 1:-1] + slope[:, :, 2:]
