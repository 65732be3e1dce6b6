"""Small solids that stand for bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.scene.meshes import BodyMesh

OCTAHEDRON = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
FACES = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])

Solid = Callable[..., BodyMesh]


@pytest.fixture(scope="session")
def solid() -> Solid:
    """A maker of octahedra: key, centre in metres, half its width, and options of BodyMesh."""

    def make(key: str, center: tuple[float, float, float], size: float = 0.3, **options: object) -> BodyMesh:
        vertices = (OCTAHEDRON * size + np.array(center)).astype(np.float32)
        return replace(BodyMesh(key, vertices, FACES), **options)

    return make
