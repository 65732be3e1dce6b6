"""A layer over the photo in a plugin: pixels whose three colours are all nearly white."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer import api

LIMIT = 250


def draw(image: NDArray[np.uint8], _people: Sequence[api.PersonInput]) -> NDArray[np.uint8]:
    """255 where nothing can be told from white, 0 elsewhere; (H, W) for an image (H, W, 3)."""
    return np.where((image >= LIMIT).all(axis=2), 255, 0).astype(np.uint8)
