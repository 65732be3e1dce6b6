"""Inner loops of the shaded overlay, compiled by numba. Imported at the point of use only."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sefd_viewer.render.rasterise import face_normal

# Directions to the lights in the camera's frame (x right, y down, z forward), unit length.
_KEY = (-0.45, -0.6, -0.6614)
_FILL = (0.72, 0.16, -0.6753)
_KEY_TONE = (0.66, 0.63, 0.58)
_FILL_TONE = (0.20, 0.24, 0.30)
_AMBIENT = 0.30
_GLOSS = 40.0


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _normal_at(
    x: int, y: int, screen: np.ndarray, normals: np.ndarray, a: int, b: int, c: int
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


@njit(cache=True, nogil=True)
def _light(nx: float, ny: float, nz: float, color: np.ndarray, pixel: np.ndarray) -> None:
    """A warm light from the upper left, a cool one from the right, and a little gloss."""
    key = max(0.0, nx * _KEY[0] + ny * _KEY[1] + nz * _KEY[2])
    fill = max(0.0, nx * _FILL[0] + ny * _FILL[1] + nz * _FILL[2])
    gloss = _GLOSS * key**16
    for k in range(3):
        tone = _AMBIENT + _KEY_TONE[k] * key + _FILL_TONE[k] * fill
        pixel[k] = np.uint8(min(255.0, color[k] * tone + gloss))
    pixel[3] = 255
