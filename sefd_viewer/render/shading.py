"""Inner loops of shaded pictures, compiled by numba. Imported at the point of use only."""

from __future__ import annotations

import math

import numpy as np

from sefd_viewer.render.rasterise import face_normal, kernel

# Directions to the lights in the camera's frame (x right, y down, z forward), unit length.
_KEY = (-0.45, -0.6, -0.6614)
_FILL = (0.72, 0.16, -0.6753)
_KEY_TONE = (0.66, 0.63, 0.58)
_FILL_TONE = (0.20, 0.24, 0.30)
_AMBIENT = 0.30
_GLOSS = 40.0

_SMOOTH = 0.997
"""Samples of a pixel whose distances differ less than this ratio are of one surface."""


@kernel
def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V,3) float32: the faces' normals summed at each vertex, weighted by area; not of unit length."""
    normals = np.zeros((vertices.shape[0], 3), np.float32)
    for f in range(faces.shape[0]):
        nx, ny, nz = face_normal(vertices, faces[f, 0], faces[f, 1], faces[f, 2])
        for corner in faces[f]:
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    return normals


@kernel
def paint_mesh(
    screen: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray,
    person: int,
    color: np.ndarray,
    person_id: np.ndarray,
    face_id: np.ndarray,
    picture: np.ndarray,
) -> None:
    """Colour the pixels of `picture` (H,W,4) uint8 that show mesh `person`, alpha 255.

    `screen` (V,3) is from `rasterise.screen_points`, `normals` (V,3), `color` (3,) uint8.
    """
    for y in range(person_id.shape[0]):
        for x in range(person_id.shape[1]):
            if person_id[y, x] == person:
                corners = faces[face_id[y, x]]
                nx, ny, nz = _normal_at(x, y, screen, normals, corners[0], corners[1], corners[2])
                _light(nx, ny, nz, color, picture[y, x])


@kernel
def _normal_at(
    x: float, y: float, screen: np.ndarray, normals: np.ndarray, a: int, b: int, c: int
) -> tuple[float, float, float]:
    """Unit normal at a pixel of the face (a, b, c), turned towards the camera; correct in perspective."""
    xc, yc = screen[c, 0], screen[c, 1]
    ux, uy, vx, vy = screen[a, 0] - xc, screen[a, 1] - yc, screen[b, 0] - xc, screen[b, 1] - yc
    area = ux * vy - vx * uy
    wa = ((x - xc) * vy - vx * (y - yc)) / area
    wb = (ux * (y - yc) - (x - xc) * uy) / area
    wc = (1.0 - wa - wb) * screen[c, 2]
    wa, wb = wa * screen[a, 2], wb * screen[b, 2]
    nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
    ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
    nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    scale = 0.0 if length == 0.0 else (-1.0 if nz > 0.0 else 1.0) / length
    return nx * scale, ny * scale, nz * scale


@kernel
def _light(nx: float, ny: float, nz: float, color: np.ndarray, pixel: np.ndarray) -> None:
    """A warm light from the upper left, a cool one from the right, and a little gloss."""
    key = max(0.0, nx * _KEY[0] + ny * _KEY[1] + nz * _KEY[2])
    fill = max(0.0, nx * _FILL[0] + ny * _FILL[1] + nz * _FILL[2])
    gloss = _GLOSS * key**16
    for k in range(3):
        tone = _AMBIENT + _KEY_TONE[k] * key + _FILL_TONE[k] * fill
        pixel[k] = np.uint8(min(255.0, color[k] * tone + gloss))
    pixel[3] = 255


@kernel
def _weights(x: int, y: int, screen: np.ndarray, a: int, b: int, c: int) -> tuple[float, float, float]:
    """What each corner of the face (a, b, c) counts at a sample; correct in perspective, 1 in all."""
    xc, yc = screen[c, 0], screen[c, 1]
    ux, uy, vx, vy = screen[a, 0] - xc, screen[a, 1] - yc, screen[b, 0] - xc, screen[b, 1] - yc
    area = ux * vy - vx * uy
    wa = ((x - xc) * vy - vx * (y - yc)) / area * screen[a, 2]
    wb = (ux * (y - yc) - (x - xc) * uy) / area * screen[b, 2]
    wc = (1.0 - wa / screen[a, 2] - wb / screen[b, 2]) * screen[c, 2]
    total = wa + wb + wc
    return wa / total, wb / total, wc / total


@kernel
def shade_samples(
    screen: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray,
    colors: np.ndarray,
    nearness: np.ndarray,
    face_id: np.ndarray,
    samples: int,
    picture: np.ndarray,
    near: np.ndarray,
) -> None:
    """Light the samples of one mesh and average samples x samples of them into each pixel.

    `screen`, `nearness` and `face_id` are of `rasterise.draw_mesh` at the finer resolution; `colors` (V,3)
    uint8. `picture` (H,W,4) uint8 gets premultiplied colour and coverage, `near` (H,W) the largest 1/z. Where
    all samples of a pixel lie on one smooth surface a single one is lit for all.
    """
    total = samples * samples
    light = np.zeros(4, np.uint8)
    color = np.zeros(3, np.float32)
    for y in range(near.shape[0]):
        for x in range(near.shape[1]):
            covered, nearest, farthest = 0, np.float32(0.0), np.float32(np.inf)
            for sy in range(y * samples, (y + 1) * samples):
                for sx in range(x * samples, (x + 1) * samples):
                    value = nearness[sy, sx]
                    if value > 0.0:
                        covered += 1
                        nearest, farthest = max(nearest, value), min(farthest, value)
            if covered == 0:
                continue
            near[y, x] = nearest
            alike = farthest > nearest * _SMOOTH
            red, green, blue, lit = 0.0, 0.0, 0.0, 0
            for sy in range(y * samples, (y + 1) * samples):
                for sx in range(x * samples, (x + 1) * samples):
                    if nearness[sy, sx] > 0.0 and not (alike and lit > 0):
                        corners = faces[face_id[sy, sx]]
                        wa, wb, wc = _weights(sx, sy, screen, corners[0], corners[1], corners[2])
                        _mixed(wa, wb, wc, corners, normals, colors, color, light)
                        red, green, blue, lit = red + light[0], green + light[1], blue + light[2], lit + 1
            share = covered / total / lit
            picture[y, x, 0] = np.uint8(red * share + 0.5)
            picture[y, x, 1] = np.uint8(green * share + 0.5)
            picture[y, x, 2] = np.uint8(blue * share + 0.5)
            picture[y, x, 3] = np.uint8(255.0 * covered / total + 0.5)


@kernel
def _mixed(
    wa: float,
    wb: float,
    wc: float,
    corners: np.ndarray,
    normals: np.ndarray,
    colors: np.ndarray,
    color: np.ndarray,
    light: np.ndarray,
) -> None:
    """Light a sample by the normal and the colour that its face's corners have there, into `light` (4,)."""
    a, b, c = corners[0], corners[1], corners[2]
    nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
    ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
    nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    scale = 0.0 if length == 0.0 else (-1.0 if nz > 0.0 else 1.0) / length
    for k in range(3):
        color[k] = wa * colors[a, k] + wb * colors[b, k] + wc * colors[c, k]
    _light(nx * scale, ny * scale, nz * scale, color, light)


@kernel
def lay_over(
    own: np.ndarray, near: np.ndarray, opacity: float, behind: bool, picture: np.ndarray, nearest: np.ndarray
) -> None:
    """Blend one layer's picture into another (H,W,4), both premultiplied: over it where nearer, else under.

    `near` and `nearest` (H,W) hold 1/z; a layer `behind` leaves no depth, so that all others lie over it.
    """
    for y in range(near.shape[0]):
        for x in range(near.shape[1]):
            if near[y, x] > 0.0:
                over = near[y, x] >= nearest[y, x]
                alpha = own[y, x, 3] * opacity / 255.0
                kept = 1.0 - alpha if over else 1.0
                added = opacity if over else opacity * (1.0 - picture[y, x, 3] / 255.0)
                for k in range(4):
                    picture[y, x, k] = np.uint8(
                        min(255.0, picture[y, x, k] * kept + own[y, x, k] * added + 0.5)
                    )
                if not behind:
                    nearest[y, x] = max(nearest[y, x], near[y, x])
