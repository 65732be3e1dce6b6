"""Places where crowds stand: a floor in perspective, walls, sky, shadows, and solid things on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry import PinholeCamera

Rng = np.random.Generator
_FLOORS = ("slabs", "asphalt", "grass", "planks", "tiles")


class Thing(NamedTuple):
    """A solid thing in the world (Y up, metres): vertices (V, 3), faces (F, 3), colours (F, 3) in 0-255."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    colours: NDArray[np.float64]


def paint_place(camera: PinholeCamera, size: tuple[int, int], rng: Rng) -> NDArray[np.float32]:
    """A picture (H, W, 3) in 0-255 without people: the floor y = 0 and what is behind; the world is Y up."""
    width, height = size
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
    rays = camera.rays(pixels) @ camera.R
    centre = -camera.R.T @ camera.t
    far = _wall_distance(centre, rays, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_floor = np.where(rays[:, 1] < -1e-6, -centre[1] / rays[:, 1], np.inf)
    is_floor = to_floor < far
    reach = np.where(is_floor, to_floor, np.where(np.isfinite(far), far, 0.0))
    points = centre + rays * np.minimum(reach, 60.0)[:, None]
    picture = _sky(rays, rng)
    picture[is_floor] = _floor(points[is_floor], rng)
    walls = ~is_floor & np.isfinite(far)
    picture[walls] = _wall(points[walls], rng)
    haze = np.clip((reach - 4) / 40, 0, 0.5)[:, None] * (is_floor | walls)[:, None]
    picture = picture * (1 - haze) + np.array([200.0, 205.0, 210.0]) * haze
    return picture.reshape(height, width, 3).astype(np.float32)


def _wall_distance(centre: NDArray[np.float64], rays: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """How far along each ray (N, 3) a house front or a room's corner stands; inf where the sky is."""
    far = np.full(len(rays), np.inf)
    turn = rng.normal(0, 0.25)
    directions = [turn] if rng.random() < 0.4 else [turn, turn + rng.choice([-1, 1]) * np.pi / 2]
    top = rng.choice([3.2, 7.0, 30.0])
    for angle in directions:
        normal = np.array([np.sin(angle), 0.0, np.cos(angle)])
        facing = rays @ normal
        offset = -rng.uniform(2.5, 7.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (offset - centre @ normal) / facing
        distance[(facing > -1e-6) | (distance <= 0)] = np.inf
        height = centre[1] + rays[:, 1] * np.where(np.isfinite(distance), distance, 0)
        distance[height > top] = np.inf
        far = np.minimum(far, distance)
    return far


def _sky(rays: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    up = np.clip(rays[:, 1] / np.linalg.norm(rays, axis=1), 0, 1)[:, None]
    horizon, zenith = (
        np.array([225.0, 228, 230]),
        np.array([rng.uniform(110, 200), rng.uniform(150, 205), 225.0]),
    )
    clouds = _noise(rays[:, 0] / (up[:, 0] + 0.3) * 2, rays[:, 2] / (up[:, 0] + 0.3) * 2, rng, octaves=4)
    return horizon * (1 - up) + zenith * up + 22 * clouds[:, None]


def _floor(points: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """Colours (N, 3) of floor points (N, 3)."""
    turn = rng.uniform(0, np.pi)
    x = points[:, 0] * np.cos(turn) - points[:, 2] * np.sin(turn)
    z = points[:, 0] * np.sin(turn) + points[:, 2] * np.cos(turn)
    kind = _FLOORS[rng.integers(len(_FLOORS))]
    fine, coarse = _noise(x * 9, z * 9, rng, octaves=4), _noise(x * 0.7, z * 0.7, rng, octaves=3)
    grey = rng.uniform(95, 170)
    if kind == "grass":
        return np.array([88.0, 118, 55]) * rng.uniform(0.8, 1.2) + (30 * fine + 18 * coarse)[:, None] * [
            1,
            1,
            0.6,
        ]
    base = np.full((len(points), 3), grey) + rng.normal(0, 6, 3)
    if kind == "asphalt":
        return base * 0.7 + (14 * fine + 10 * coarse)[:, None]
    if kind == "planks":
        width, length = rng.uniform(0.09, 0.16), rng.uniform(0.8, 1.6)
        row = np.floor(x / width)
        cell = row * 37 + np.floor((z + 0.37 * row) / length) * 91
        tone = _hash(cell, rng)[:, None] * 30 - 15
        grain = _noise(x * 30, z * 1.5, rng, octaves=3)[:, None] * 12
        joint = _joint(x, width, 0.004) | _joint(z + 0.37 * row, length, 0.004)
        return np.where(joint[:, None], 60, np.array([170.0, 125, 85]) * rng.uniform(0.7, 1.1) + tone + grain)
    side = rng.uniform(0.35, 0.8) if kind == "slabs" else rng.uniform(0.2, 0.4)
    shift = np.floor(z / side) * side / 2 if kind == "slabs" else 0.0
    cell = np.floor((x + shift) / side) * 57 + np.floor(z / side) * 131
    tone = _hash(cell, rng)[:, None] * (26 if kind == "slabs" else 14) - 12
    joint = _joint(x + shift, side, 0.008) | _joint(z, side, 0.008)
    return np.where(joint[:, None], base - 40, base + tone) + (8 * fine + 8 * coarse)[:, None]


def _wall(points: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """Colours (N, 3) of points (N, 3) of walls: plaster, bricks or panels, with windows in some."""
    along, up = points[:, 0] + points[:, 2] * 1.3, points[:, 1]
    base = np.clip(rng.uniform(120, 215) + rng.normal(0, 16, 3), 60, 235)
    stain = _noise(along * 0.8, up * 0.8, rng, octaves=4)[:, None] * 12
    colours = np.tile(base, (len(points), 1)) + stain
    style = rng.integers(3)
    if style == 1:
        row = np.floor(up / 0.08)
        cell = row * 71 + np.floor((along + row * 0.12) / 0.24) * 13
        brick = np.array([158.0, 92, 70]) * rng.uniform(0.75, 1.15) + (_hash(cell, rng)[:, None] - 0.5) * 34
        mortar = _joint(up, 0.08, 0.008) | _joint(along + row * 0.12, 0.24, 0.008)
        colours = np.where(mortar[:, None], [170.0, 165, 155], brick) + stain * 0.5
    elif style == 2:
        width = rng.uniform(0.7, 1.4)
        colours = np.where(_joint(along, width, 0.015)[:, None], colours * 0.65, colours)
    if rng.random() < 0.7:
        colours = _with_windows(colours, along, up, rng)
    skirting = up < rng.uniform(0.08, 0.4)
    colours[skirting] *= 0.75
    return colours


def _with_windows(
    colours: NDArray[np.float64], along: NDArray[np.float64], up: NDArray[np.float64], rng: Rng
) -> NDArray[np.float64]:
    spacing, storey = rng.uniform(1.6, 2.8), rng.uniform(2.6, 3.2)
    width, low, high = rng.uniform(0.9, 1.4), rng.uniform(0.5, 1.0), rng.uniform(1.9, 2.3)
    place, height = np.mod(along, spacing), np.mod(up, storey)
    frame = (place < width) & (height > low) & (height < high)
    glass = (place > 0.07) & (place < width - 0.07) & (height > low + 0.07) & (height < high - 0.07)
    glass &= np.abs(place - width / 2) > 0.025
    shine = 70 + 55 * _noise(along * 0.6, up * 0.4, rng, octaves=2)[:, None] + 25 * (height[:, None] / storey)
    colours = np.where(frame[:, None], rng.choice([235.0, 60.0, 120.0]), colours)
    return np.where(glass[:, None], shine * [0.85, 0.95, 1.05], colours)


def standing_thing(spot: NDArray[np.float64], tallest: float, rng: Rng) -> Thing:
    """A box, a column, a railing, a sign or a bench at a floor spot (x, z), at most `tallest` metres high."""
    kind, turn = rng.choice(5, p=(0.3, 0.2, 0.2, 0.15, 0.15)), rng.uniform(0, np.pi)
    colour = rng.uniform(25, 225, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(30, 210))
    if kind == 0:
        parts = [
            _box((0, 0, 0), (rng.uniform(0.4, 1.1), rng.uniform(0.5, 1) * tallest, rng.uniform(0.3, 0.5)))
        ]
    elif kind == 1:
        parts = [_column(rng.uniform(0.05, 0.18), tallest * rng.uniform(0.8, 2.2))]
    elif kind == 2:
        length, high = rng.uniform(1.2, 2.4), min(tallest, 1.0)
        posts = [_box((x, 0, 0), (0.05, high, 0.05)) for x in np.linspace(-length / 2, length / 2, 4)]
        bars = [_box((0, y, 0), (length, 0.05, 0.04)) for y in (0.15 * high, 0.55 * high, 0.95 * high)]
        parts = posts + bars
    elif kind == 3:
        high = tallest * rng.uniform(0.9, 1.2)
        parts = [
            _column(0.03, high),
            _box((0, 0.55 * high, 0.04), (rng.uniform(0.4, 0.7), 0.45 * high, 0.02)),
        ]
    else:
        parts = [_box((0, 0.42, 0), (1.4, 0.06, 0.42)), _box((0, 0.5, -0.2), (1.4, 0.4, 0.05))]
        parts += [_box((x, 0, 0), (0.08, 0.42, 0.4)) for x in (-0.6, 0.6)]
    vertices, faces = _joined(parts)
    c, s = np.cos(turn), np.sin(turn)
    moved = vertices @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T + [spot[0], 0, spot[1]]
    tones = np.repeat(rng.uniform(0.92, 1.08, len(faces) // 2), 2)[:, None]
    return Thing(moved, faces, colour * tones)


Part = tuple[NDArray[np.float64], NDArray[np.int64]]
_QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def _box(middle: tuple[float, float, float], size: tuple[float, float, float]) -> Part:
    """A box that stands on the point `middle`."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (0, 1) for z in (-0.5, 0.5)])
    faces = np.concatenate([_QUADS[:, [0, 1, 2]], _QUADS[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    return corners * size + middle, faces


def _column(radius: float, height: float, sides: int = 24) -> Part:
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.column_stack([radius * np.cos(angle), np.zeros(sides), radius * np.sin(angle)])
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    wall = np.concatenate([np.column_stack([i, i + sides, j]), np.column_stack([j, i + sides, j + sides])])
    lid = np.column_stack([np.full(sides, 2 * sides), j + sides, i + sides])
    return np.concatenate([ring, ring + [0, height, 0], [[0, height, 0]]]), np.concatenate([wall, lid])


def _joined(parts: Sequence[Part]) -> Part:
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    faces = [faces + start for (_, faces), start in zip(parts, starts, strict=False)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def flattened(vertices: NDArray[np.float64], to_light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shadow of vertices (V, 3) on the floor, as a flat mesh a little above it; `to_light` points up."""
    down = vertices[:, 1:2] / max(float(to_light[1]), 0.2)
    return np.where([False, True, False], 0.004, vertices - down * to_light)


def _joint(place: NDArray[np.float64], step: float, width: float) -> NDArray[np.bool_]:
    return np.mod(place, step) < width


def _hash(cell: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """A number in 0..1 for each cell, the same for the same cell."""
    return np.mod(np.sin(cell * 12.9898 + rng.uniform(0, 100)) * 43758.5453, 1.0)


def _noise(x: NDArray[np.float64], y: NDArray[np.float64], rng: Rng, *, octaves: int) -> NDArray[np.float64]:
    """Soft noise in about -1..1 at places in units of its coarsest grain."""
    total, weight = np.zeros(len(x)), 0.0
    for octave in range(octaves):
        grid = rng.normal(0, 0.5, (64, 64)).astype(np.float32)
        scale, share = 2.0**octave, 0.6**octave
        u, v = (np.mod(c * scale, 63.0).astype(np.float32).reshape(-1, 1) for c in (x, y))
        total += share * _looked_up(grid, u, v)
        weight += share
    return total / weight


def _looked_up(
    grid: NDArray[np.float32], u: NDArray[np.float32], v: NDArray[np.float32]
) -> NDArray[np.float32]:
    found = [
        cv2.remap(grid, u[i : i + 30000], v[i : i + 30000], cv2.INTER_LINEAR)[:, 0]
        for i in range(0, len(u), 30000)
    ]
    return np.concatenate(found) if found else np.zeros(0, np.float32)
