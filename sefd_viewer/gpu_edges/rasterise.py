"""`render.rasterise` for many bodies and pictures at once: every pixel of every triangle's box is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sefd_viewer.geometry.cameras import PinholeCamera, distort_xy
from sefd_viewer.gpu_edges.canny import Windows
from sefd_viewer.render.rasterise import DARKEST, NEAR_PLANE, ON_EDGE, SHADING

_BODIES = 64
"""Bodies whose triangles are set up at a time, about 3 MB each."""

_TRIALS = 1 << 22
"""Pixels of triangles' boxes that are tried at a time, about 180 bytes each."""

_NOTHING = torch.iinfo(torch.int64).max
_FAR = torch.iinfo(torch.int32).max
_FACE = (1 << 32) - 1


@dataclass(frozen=True, eq=False)
class Meshes:
    """Bodies as their pictures show them; unequal ones are padded with vertices and faces of zeros.

    `screen` (B,V,3) float64: pixel x, y, and 1/z (0 where not drawable); `faces` (B,F,3) int64; `shades`
    (B,F) float32: the brightness of each face.
    """

    screen: Tensor
    faces: Tensor
    shades: Tensor

    @classmethod
    def seen_by(cls, cameras: Sequence[PinholeCamera], vertices: Tensor, faces: Tensor) -> Meshes:
        """Vertices (B,V,3) float32, metres of the cameras' frames, and faces (B,F,3) int64."""
        shades = [flat_shades(some, own) for some, own in zip(*map(_parts, (vertices, faces)), strict=True)]
        return cls(to_screen(vertices, cameras), faces, torch.cat(shades))

    def of(self, bodies: Tensor) -> Meshes:
        """Some of them, by their numbers."""
        return Meshes(self.screen[bodies], self.faces[bodies], self.shades[bodies])

    def extents(self) -> Tensor:
        """(B,4) lowest x, lowest y, highest x, highest y of the drawable vertices; inf, -inf if none is."""
        hidden = self.screen[..., 2:] <= 0
        places = self.screen[..., :2]
        low = places.masked_fill(hidden, torch.inf).amin(1)
        return torch.cat((low, places.masked_fill(hidden, -torch.inf).amax(1)), 1)


@dataclass(frozen=True, eq=False)
class Layers:
    """What is seen of some meshes in the windows (L,h,w).

    `keys` int64 hold 1/z in the upper half, turned round so that nearer is smaller, and which face of all in
    the lower: the smallest key is what is seen, and of equals the first face.
    """

    keys: Tensor
    shades: Tensor

    @property
    def depth(self) -> Tensor:
        """(L,h,w) float32 metres along the camera's axis, inf = background."""
        return 1 / (_FAR - (self.keys >> 32)).int().view(torch.float32)

    @property
    def body(self) -> Tensor:
        """(L,h,w) int64 index of the body, -1 = background."""
        return ((self.keys & _FACE) // self.shades.shape[1]).where(self._covered, -1)

    @property
    def shade(self) -> Tensor:
        """(L,h,w) float32 flat shading, 1 = background."""
        face = (self.keys & _FACE).where(self._covered, 0)
        return self.shades.flatten()[face].where(self._covered, 1)

    @property
    def _covered(self) -> Tensor:
        return self.keys != _NOTHING


def render_layers(meshes: Meshes, layer: Tensor, windows: Windows) -> Layers:
    """Draw body after body into its layer, `layer` (B,) int64; faces seen from behind are left out."""
    count, (height, width) = len(windows.corners), windows.shape
    keys = torch.full((count * height * width,), _NOTHING, device=layer.device)
    first_face = torch.arange(len(layer), device=layer.device) * meshes.faces.shape[1]
    parts = map(_parts, (meshes.screen, meshes.faces, layer, first_face))
    for screen, faces, own_layer, first in zip(*parts, strict=True):
        for places, found in _trials(_triangles(screen, faces, own_layer, first, windows), width):
            keys.scatter_reduce_(0, places, found, "amin")
    return Layers(keys.view(count, height, width), meshes.shades)


def to_screen(vertices: Tensor, cameras: Sequence[PinholeCamera]) -> Tensor:
    """(B,V,3) camera metres to float64 pixel x, y, 1/z (0 where not drawable), each by its own camera."""
    focal, principal_point, distortion = (
        torch.from_numpy(np.stack([getattr(camera, name) for camera in cameras])).to(vertices.device)
        for name in ("focal", "principal_point", "distortion")
    )
    x, y, z = vertices.double().unbind(-1)
    drawable = (z > NEAR_PLANE) & (x + y + z).isfinite()
    z = z.where(drawable, 1)
    x, y = x / z, y / z
    if any(camera.is_distorted for camera in cameras):
        x, y = distort_xy(x, y, distortion[..., None].unbind(1))
    places = torch.stack((x, y), -1) * focal[:, None] + principal_point[:, None]
    return torch.cat((places, 1 / z[..., None]), -1).where(drawable[..., None], 0)


def flat_shades(vertices: Tensor, faces: Tensor) -> Tensor:
    """(B,F) float32: `render.rasterise.flat_shades` of bodies (B,V,3) with faces (B,F,3)."""
    a, b, c = _corners(vertices, faces).unbind(2)
    normals = torch.linalg.cross(b - a, c - a)
    length = normals.norm(dim=-1)
    return DARKEST + SHADING * (normals[..., 2].abs() / length).where(length > 0, 0)


@dataclass(frozen=True, eq=False)
class _Triangles:
    """Triangles (T,) that face the camera, and the boxes of pixels around them in the flat keys.

    `planes` (T,9) float64: at the box's first pixel, and per pixel right and down, the weights of the first
    and second corner; 1/z of the third, and what the first and second corner have more.
    """

    planes: Tensor
    box_width: Tensor
    box_pixels: Tensor
    first_pixel: Tensor
    face: Tensor


def _triangles(
    screen: Tensor, faces: Tensor, layer: Tensor, first_face: Tensor, windows: Windows
) -> _Triangles:
    """Those of bodies (B,V,3), (B,F,3) that cover pixels of their windows."""
    corners = _corners(screen, faces)
    corners[..., :2] -= windows.corners[layer][:, None, None]
    (xa, xb, xc), (ya, yb, yc), _ = corners.permute(3, 2, 0, 1)
    area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
    low = corners[..., :2].amin(2).ceil().clamp(min=0)
    high = torch.minimum(corners[..., :2].amax(2).floor(), windows.parts[layer][:, None] - 1.0)
    seen = (corners[..., 2] > 0).all(2) & (area < 0) & (low <= high).all(2)
    body, face = seen.nonzero(as_tuple=True)
    left, top = low[body, face].long().unbind(1)
    columns, rows = (high - low + 1)[body, face].long().unbind(1)
    height, width = windows.shape
    first_pixel = (layer[body] * height + top) * width + left
    planes = _planes(corners[body, face], area[body, face], left, top)
    return _Triangles(planes, columns, columns * rows, first_pixel, first_face[body] + face)


def _planes(corners: Tensor, area: Tensor, left: Tensor, top: Tensor) -> Tensor:
    """`_Triangles.planes` of triangles (T,3,3) with boxes that begin at `left` and `top` (T,)."""
    (xa, ya, za), (xb, yb, zb), (xc, yc, zc) = corners.permute(1, 2, 0)
    right_a, down_a = (yb - yc) / area, (xc - xb) / area
    right_b, down_b = (yc - ya) / area, (xa - xc) / area
    first_a = right_a * (left - xc) + down_a * (top - yc)
    first_b = right_b * (left - xc) + down_b * (top - yc)
    return torch.stack((first_a, right_a, down_a, first_b, right_b, down_b, zc, za - zc, zb - zc), 1)


def _trials(triangles: _Triangles, width: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Places in the flat keys and what to put there where smaller, a bounded number at a time."""
    ends = triangles.box_pixels.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, _TRIALS):
        trial = torch.arange(start, min(start + _TRIALS, total), device=ends.device)
        triangle = torch.searchsorted(ends, trial, right=True)
        within = trial - (ends - triangles.box_pixels)[triangle]
        box_width = triangles.box_width[triangle]
        down = within // box_width
        right = within - down * box_width
        planes = triangles.planes[triangle]
        first_a, right_a, down_a, first_b, right_b, down_b, zc, more_a, more_b = planes.unbind(1)
        wa = first_a + right_a * right + down_a * down
        wb = first_b + right_b * right + down_b * down
        hit = (wa >= ON_EDGE) & (wb >= ON_EDGE) & (1 - wa - wb >= ON_EDGE)
        nearness = (zc + wa * more_a + wb * more_b).float().view(torch.int32).long()
        key = ((_FAR - nearness) << 32) | triangles.face[triangle]
        yield triangles.first_pixel[triangle] + down * width + right, key.where(hit, _NOTHING)


def _corners(points: Tensor, faces: Tensor) -> Tensor:
    """(B,F,3,3): the corners of each face of bodies (B,V,3)."""
    body = torch.arange(len(points), device=points.device)[:, None, None]
    return points[body, faces]


def _parts(bodies: Tensor) -> tuple[Tensor, ...]:
    return bodies.split(_BODIES)
