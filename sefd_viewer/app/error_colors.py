"""Bodies coloured by how far they are from the truth: one scale of colours for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ERROR_STOPS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.0, (66, 14, 104)),
    (0.25, (120, 28, 109)),
    (0.45, (165, 44, 96)),
    (0.6, (207, 68, 70)),
    (0.75, (237, 105, 37)),
    (0.88, (251, 155, 6)),
    (1.0, (247, 209, 61)),
)
"""Shares of the scale and their colours, after matplotlib's inferno without its darkest and lightest ends."""


def error_rgb(values_mm: NDArray[np.floating], limit_mm: float) -> NDArray[np.uint8]:
    """(V,3) RGB of errors (V,), from 0 to `limit_mm` and beyond."""
    import numpy as np

    shares, colors = zip(*ERROR_STOPS, strict=True)
    place = np.asarray(values_mm, np.float64) / limit_mm
    channels = [np.interp(place, shares, channel) for channel in zip(*colors, strict=True)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
