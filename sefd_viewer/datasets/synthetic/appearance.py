"""What synthetic people and things look like: clothing-like colours, skin, hair, cloth patterns, light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sefd_viewer.body import BodyModel

_SKIN_TONES = np.array(
    [[236, 188, 160], [224, 172, 140], [198, 134, 100], [150, 98, 70], [105, 66, 46], [70, 45, 34]]
)
_HAIR_TONES = np.array(
    [[24, 20, 18], [60, 40, 26], [110, 76, 44], [180, 150, 100], [130, 130, 130], [90, 30, 20]]
)
_TRUNK, _UPPER_ARMS, _LOWER_ARMS, _HANDS = (0, 3, 6, 9, 13, 14), (16, 17), (18, 19), (20, 21, 22, 23)
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


def clothes(body: BodyModel, rng: np.random.Generator) -> np.ndarray:
    """Colours (F, 3) of the body's faces in 0-255: skin, hair, shirt, trousers, shoes."""
    faces = body.faces
    part = np.asarray(body.part_ids)[faces[:, 0]]
    centre = body.v_template[faces].mean(1)
    skin = _SKIN_TONES[rng.integers(len(_SKIN_TONES))] * rng.uniform(0.85, 1.1)
    colours = np.tile(skin, (len(faces), 1))
    if rng.random() < 0.92:
        sleeves = [(), _UPPER_ARMS, _UPPER_ARMS + _LOWER_ARMS][rng.choice(3, p=(0.15, 0.45, 0.4))]
        _dress(colours, np.isin(part, _TRUNK + sleeves), centre, rng)
    legs = [_THIGHS, _THIGHS + _SHINS][rng.choice(2, p=(0.3, 0.7))]
    _dress(colours, np.isin(part, legs) | ((part == 0) & (centre[:, 1] < 0.06)), centre, rng)
    if rng.random() < 0.85:
        _dress(colours, np.isin(part, _FEET), centre, rng)
    colours[_hair(part, centre)] = _HAIR_TONES[rng.integers(len(_HAIR_TONES))] * rng.uniform(0.7, 1.3)
    return np.clip(colours, 0, 255).astype(np.float32)


def _hair(part: np.ndarray, centre: np.ndarray) -> np.ndarray:
    head = np.isin(part, _HEAD)
    top, bottom = centre[head, 1].max(), centre[head, 1].min()
    height = (centre[:, 1] - bottom) / (top - bottom)
    depth = centre[:, 2] - centre[head, 2].mean()
    return head & ((height > 0.82) | ((depth < -0.01) & (height > 0.35)))


def _dress(colours: np.ndarray, where: np.ndarray, centre: np.ndarray, rng: np.random.Generator) -> None:
    """Colour the faces `where` as one garment: plain, striped, chequered or mottled; in place."""
    base = rng.uniform(15, 240, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(15, 240))
    other = np.clip(base + rng.normal(0, 60, 3), 0, 255)
    colours[where] = base
    style, scale = rng.choice(4, p=(0.45, 0.2, 0.15, 0.2)), rng.uniform(20, 90)
    phase = np.sin(centre * scale + rng.uniform(0, 6, 3))
    if style == 1:
        colours[where & (phase[:, rng.integers(2)] > 0.2)] = other
    elif style == 2:
        colours[where & (phase[:, 0] * phase[:, 1] > 0)] = other
    elif style == 3:
        colours[where] += (phase.sum(1)[where] * rng.uniform(5, 25))[:, None]


def face_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Smoothed unit normals (F, 3): each face takes the mean of its corners' vertex normals."""
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    index, count = faces.T.ravel(), len(vertices)
    at_vertex = np.stack([np.bincount(index, np.tile(flat[:, k], 3), count) for k in range(3)], 1)
    at_vertex /= np.linalg.norm(at_vertex, axis=1, keepdims=True) + 1e-12
    smooth = at_vertex[faces].sum(1)
    return smooth / (np.linalg.norm(smooth, axis=1, keepdims=True) + 1e-12)
