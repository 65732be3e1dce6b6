"""What synthetic people and things look like: clothing-like colours, skin, hair, cloth patterns, light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from sefd_viewer.body import BodyModel

_SKIN_TONES = np.array(
    [[236, 188, 160], [224, 172, 140], [198, 134, 100], [150, 98, 70], [105, 66, 46], [70, 45, 34]]
)
_HAIR_TONES = np.array(
    [[24, 20, 18], [60, 40, 26], [110, 76, 44], [180, 150, 100], [130, 130, 130], [90, 30, 20]]
)
_TRUNK, _UPPER_ARMS, _LOWER_ARMS = (0, 3, 6, 9, 13, 14), (16, 17), (18, 19)
_THIGHS, _SHINS, _FEET, _HEAD = (1, 2), (4, 5), (7, 8, 10, 11), (12, 15)


@dataclass(frozen=True)
class Light:
    """One distant light, a weaker one opposite, and an even part; directions point to the light."""

    direction: np.ndarray
    colour: np.ndarray
    ambient: float
    fill: float

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Brightness per colour channel (N, 3) of surfaces with unit `normals` (N, 3)."""
        facing = normals @ self.direction
        lit = self.ambient + (1 - self.ambient) * np.maximum(facing, 0) + self.fill * np.maximum(-facing, 0)
        return lit[:, None] * self.colour


def random_light(rng: np.random.Generator) -> Light:
    """A light from somewhere above and in front (camera frame: y down, z forward)."""
    direction = np.array([rng.normal(0, 0.8), -abs(rng.normal(0.8, 0.5)), -abs(rng.normal(0.7, 0.5))])
    colour = np.clip(rng.normal(1.0, 0.06, 3), 0.8, 1.2) * rng.uniform(0.75, 1.25)
    return Light(
        direction / np.linalg.norm(direction), colour, rng.uniform(0.3, 0.65), rng.uniform(0.0, 0.25)
    )


class _Regions(NamedTuple):
    """Per face: the joint it moves with (F,), its centre in the template (F, 3), whether it is hair (F,)."""

    part: np.ndarray
    centre: np.ndarray
    hair: np.ndarray


@cache
def _regions(body: BodyModel) -> _Regions:
    part = np.asarray(body.part_ids)[body.faces[:, 0]]
    centre = body.v_template[body.faces].mean(1).astype(np.float32)
    head = np.isin(part, _HEAD)
    top, bottom = centre[head, 1].max(), centre[head, 1].min()
    height = (centre[:, 1] - bottom) / (top - bottom)
    depth = centre[:, 2] - centre[head, 2].mean()
    return _Regions(part, centre, head & ((height > 0.82) | ((depth < -0.01) & (height > 0.35))))


def clothes(body: BodyModel, rng: np.random.Generator) -> np.ndarray:
    """Colours (F, 3) of the body's faces in 0-255: skin, hair, shirt, trousers, shoes."""
    part, centre, hair = _regions(body)
    skin = _SKIN_TONES[rng.integers(len(_SKIN_TONES))] * rng.uniform(0.85, 1.1)
    colours = np.tile(skin.astype(np.float32), (len(part), 1))
    if rng.random() < 0.92:
        sleeves = [(), _UPPER_ARMS, _UPPER_ARMS + _LOWER_ARMS][rng.choice(3, p=(0.15, 0.45, 0.4))]
        _dress(colours, _belongs(part, _TRUNK + sleeves), centre, rng)
    legs = [_THIGHS, _THIGHS + _SHINS][rng.choice(2, p=(0.3, 0.7))]
    _dress(colours, _belongs(part, legs) | ((part == 0) & (centre[:, 1] < 0.06)), centre, rng)
    if rng.random() < 0.85:
        _dress(colours, _belongs(part, _FEET), centre, rng)
    colours[hair] = _HAIR_TONES[rng.integers(len(_HAIR_TONES))] * rng.uniform(0.7, 1.3)
    return np.clip(colours, 0, 255)


def _belongs(part: np.ndarray, joints: tuple[int, ...]) -> np.ndarray:
    chosen = np.zeros(24, bool)
    chosen[list(joints)] = True
    return chosen[part]


def _dress(colours: np.ndarray, where: np.ndarray, centre: np.ndarray, rng: np.random.Generator) -> None:
    """Colour the faces `where` as one garment: plain, striped, chequered or mottled; in place."""
    rows = np.flatnonzero(where)
    base = rng.uniform(15, 240, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(15, 240))
    other = np.clip(base + rng.normal(0, 60, 3), 0, 255)
    style, scale = rng.choice(4, p=(0.45, 0.2, 0.15, 0.2)), rng.uniform(20, 90)
    offset, axis, strength = rng.uniform(0, 6, 3), rng.integers(2), rng.uniform(5, 25)
    colours[rows] = base
    if style == 0:
        return
    phase = np.sin(centre[rows] * np.float32(scale) + offset.astype(np.float32))
    if style == 1:
        colours[rows[phase[:, axis] > 0.2]] = other
    elif style == 2:
        colours[rows[phase[:, 0] * phase[:, 1] > 0]] = other
    else:
        colours[rows] += phase.sum(1, keepdims=True) * np.float32(strength)


@cache
def _corners_by_vertex(body: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """The faces around each vertex, one after the other, and where each vertex's run begins."""
    vertex = body.faces.ravel()
    order = np.argsort(vertex, kind="stable")
    return order // 3, np.searchsorted(vertex[order], np.arange(body.vertex_count))


def face_normals(body: BodyModel, vertices: np.ndarray) -> np.ndarray:
    """Smoothed unit normals (F, 3): each face takes the mean of its corners' vertex normals."""
    at_vertex = _vertex_normals(body, vertices)
    a, b, c = body.faces.T
    return _unit(at_vertex[a] + at_vertex[b] + at_vertex[c])


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors / np.maximum(length, 1e-12)[:, None]


def loosened(body: BodyModel, vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Vertices (V, 3) metres in clothes and hair that stand off the body, so that outlines differ.

    Cloth stands off by up to 6 cm, unevenly; hair by up to 9 cm. Hands, face and feet stay as they are.
    """
    part, height = np.asarray(body.part_ids), body.v_template[:, 1]
    reach = np.zeros(len(vertices), np.float32)
    for joints, most in ((_TRUNK + _UPPER_ARMS, 0.05), (_LOWER_ARMS, 0.03), (_THIGHS, 0.06), (_SHINS, 0.05)):
        reach[_belongs(part, joints)] = rng.uniform(0, most)
    waves = np.sin(body.v_template @ rng.normal(0, 14, (3, 3)) + rng.uniform(0, 6, 3)).mean(1)
    reach *= 1 + 0.8 * waves
    crown = _belongs(part, _HEAD) & (height > np.quantile(height[_belongs(part, _HEAD)], 0.55))
    reach[crown] = rng.uniform(0, 0.09) * rng.random()
    return vertices + _vertex_normals(body, vertices) * reach[:, None]


def _vertex_normals(body: BodyModel, vertices: np.ndarray) -> np.ndarray:
    corners = vertices.astype(np.float32)[body.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    around, starts = _corners_by_vertex(body)
    return _unit(np.add.reduceat(flat[around], starts, axis=0))
