"""Inner loops of the rasteriser, compiled by numba; they let go of the GIL, so threads run side by side.

Imported at the point of use only: numba takes a third of a second to load.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np
from numba import njit


def _load_without_blas() -> None:
    """Have numba load all that loops may call but SciPy's linear algebra: 16 MB, which none here needs.

    That a function of this name looks for it is numba's own business; where it has none, all is loaded.
    """
    try:
        linalg: Any = import_module("numba.np.linalg")
        ensure = linalg.ensure_blas
    except (ImportError, AttributeError):
        return
    linalg.ensure_blas = lambda: import_module("there is no BLAS here")
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = ensure


_load_without_blas()
kernel = njit(cache=True, nogil=True)
"""Compiles a loop, keeps it in a file, and lets go of the GIL."""

NEAR_PLANE = 1e-3
"""Metres in front of the camera; a triangle with a vertex nearer than this is not drawn."""

DARKEST, SHADING = 0.2, 0.7
"""Brightness of a face seen edge-on, and what facing the camera adds."""

ON_EDGE = -1e-9
"""Barycentric weights from which a pixel belongs to a triangle; below 0, so that no gap is left."""


@kernel
def screen_points(
    vertices: np.ndarray, focal: np.ndarray, principal_point: np.ndarray, origin: np.ndarray
) -> np.ndarray:
    """(V,3) camera metres to (V,3) float64: pixel x, y (from `origin`), 1/z (0 where not drawable)."""
    screen = np.zeros((vertices.shape[0], 3))
    for i in range(vertices.shape[0]):
        x, y, z = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        if z > NEAR_PLANE and math.isfinite(x + y + z):
            screen[i, 0] = focal[0] * x / z + principal_point[0] - origin[0]
            screen[i, 1] = focal[1] * y / z + principal_point[1] - origin[1]
            screen[i, 2] = 1.0 / z
    return screen


@kernel
def extent(screen: np.ndarray) -> tuple[float, float, float, float]:
    """Lowest x, lowest y, highest x, highest y of the drawable points (V,3); inf, -inf if none is."""
    left, top, right, bottom = np.inf, np.inf, -np.inf, -np.inf
    for i in range(screen.shape[0]):
        if screen[i, 2] > 0.0:
            left, right = min(left, screen[i, 0]), max(right, screen[i, 0])
            top, bottom = min(top, screen[i, 1]), max(bottom, screen[i, 1])
    return left, top, right, bottom


@kernel
def face_normal(vertices: np.ndarray, a: int, b: int, c: int) -> tuple[float, float, float]:
    """Outward normal of the face (a, b, c), twice as long as the face is large."""
    ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
    px, py, pz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
    qx, qy, qz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
    return py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx


@kernel
def flat_shades(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) float32 in [0.2, 0.9]: brightness of each face under a light along the camera's axis."""
    shades = np.empty(faces.shape[0], np.float32)
    for f in range(faces.shape[0]):
        nx, ny, nz = face_normal(vertices, faces[f, 0], faces[f, 1], faces[f, 2])
        length = math.sqrt(nx * nx + ny * ny + nz * nz)
        shades[f] = DARKEST + SHADING * (abs(nz) / length if length > 0.0 else 0.0)
    return shades


@kernel
def draw_mesh(
    screen: np.ndarray,
    faces: np.ndarray,
    shades: np.ndarray,
    person: int,
    front_only: bool,
    nearness: np.ndarray,
    person_id: np.ndarray,
    face_id: np.ndarray,
    shade: np.ndarray,
) -> None:
    """Draw one mesh into the four (H,W) buffers wherever its 1/z is above `nearness`.

    `screen` (V,3) is from `screen_points`; 1/z is linear over the image plane, so depth is correct in
    perspective. Samples lie at integer pixel coordinates. `front_only` leaves out faces seen from behind.
    """
    height, width = nearness.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        za, zb, zc = screen[a, 2], screen[b, 2], screen[c, 2]
        if not (za > 0.0 and zb > 0.0 and zc > 0.0):
            continue
        xa, ya = screen[a, 0], screen[a, 1]
        xb, yb = screen[b, 0], screen[b, 1]
        xc, yc = screen[c, 0], screen[c, 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if not (area < 0.0 or (area > 0.0 and not front_only)):
            continue
        left = max(0.0, math.ceil(min(xa, xb, xc)))
        right = min(width - 1.0, math.floor(max(xa, xb, xc)))
        top = max(0.0, math.ceil(min(ya, yb, yc)))
        bottom = min(height - 1.0, math.floor(max(ya, yb, yc)))
        if not (left <= right and top <= bottom):
            continue
        # Barycentric weights wa, wb and their steps per pixel.
        wa_x, wa_y = (yb - yc) / area, (xc - xb) / area
        wb_x, wb_y = (yc - ya) / area, (xa - xc) / area
        wa_row = wa_x * (left - xc) + wa_y * (top - yc)
        wb_row = wb_x * (left - xc) + wb_y * (top - yc)
        for y in range(int(top), int(bottom) + 1):
            wa, wb = wa_row, wb_row
            for x in range(int(left), int(right) + 1):
                wc = 1.0 - wa - wb
                if wa >= ON_EDGE and wb >= ON_EDGE and wc >= ON_EDGE:
                    near = np.float32(wa * za + wb * zb + wc * zc)
                    if near > nearness[y, x]:
                        nearness[y, x] = near
                        person_id[y, x] = person
                        face_id[y, x] = f
                        shade[y, x] = shades[f]
                wa += wa_x
                wb += wb_x
            wa_row += wa_y
            wb_row += wb_y


@kernel
def lay_nearer(
    own_depth: np.ndarray,
    own_shade: np.ndarray,
    person: int,
    depth: np.ndarray,
    person_id: np.ndarray,
    shade: np.ndarray,
) -> None:
    """Copy the pixels (H,W) of one finished picture that are nearer than those of another into the other."""
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            if own_depth[y, x] < depth[y, x]:
                depth[y, x] = own_depth[y, x]
                shade[y, x] = own_shade[y, x]
                person_id[y, x] = person


@kernel
def to_depth(nearness: np.ndarray) -> None:
    """Turn (H,W) 1/z into z in place; 0 (nothing there) becomes inf."""
    flat = nearness.reshape(-1)
    for i in range(flat.size):
        flat[i] = np.float32(1.0) / flat[i] if flat[i] > 0.0 else np.float32(np.inf)
