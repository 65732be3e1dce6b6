"""Canny of many pictures at once against Canny of each, up to the borders and where pixels tie."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sefd_viewer.edges.image_edges import canny
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.gpu_edges.canny import Windows
from sefd_viewer.gpu_edges.canny import canny as canny_of_many


def pictures() -> list[NDArray[np.float32]]:
    """Noise, steps that make two pixels tie, a corner at the border, and pictures smaller than the blur."""
    rows, columns = np.mgrid[:30, :40]
    steps = (columns < 20, rows < 15, rows + columns < 35, (rows < 3) & (columns < 3))
    noise = np.random.default_rng(0).random
    return [noise((37, 53)), *steps, noise((2, 3)), noise((1, 1))]  # type: ignore[list-item]


@pytest.mark.parametrize("variant", ["soft", "binary"])
def test_each_picture_has_its_own_edges(variant: Literal["soft", "binary"]) -> None:
    settings = EdgeSettings(variant=variant)
    shown = [np.float32(picture) for picture in pictures()]
    sizes = [(picture.shape[1], picture.shape[0]) for picture in shown]
    windows = Windows.of([(0, 0, *size) for size in sizes], sizes, torch.device("cpu"))
    layers = torch.full((len(shown), *windows.shape), 0.5)  # what lies beyond a picture must not matter
    for layer, picture in zip(layers, shown, strict=True):
        layer[: picture.shape[0], : picture.shape[1]] = torch.from_numpy(picture)
    edges = canny_of_many(layers, windows, settings)
    for edge, picture in zip(edges.numpy(), shown, strict=True):
        height, width = picture.shape
        np.testing.assert_allclose(edge[:height, :width], canny(picture, settings), atol=1e-5)
        assert not edge[height:].any()
        assert not edge[:, width:].any()
