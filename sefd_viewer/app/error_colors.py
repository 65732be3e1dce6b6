"""Bodies coloured by how far they are from the truth: the error, or what a method gains over the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from sefd_viewer.app.methods import Method

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scalars = NDArray[np.float32]
    Errors = Mapping[tuple[str, Method], Scalars]

ColorBy = Literal["method", "error", "gain"]
TITLES: dict[ColorBy, str] = {
    "method": "Method",
    "error": "Error of each vertex",
    "gain": "Gain over the baseline",
}
RANGES_MM: dict[ColorBy, tuple[float, float]] = {"error": (0.0, 150.0), "gain": (-60.0, 60.0)}
"""The scales are the same for every case, so that colours can be compared."""


def scalars_of(color_by: ColorBy, person: str, method: Method, errors: Errors) -> Scalars | None:
    """The millimetres (V,) that colour a body, None where it keeps its method's colour.

    The gain is the baseline's error minus the method's: above 0 the method is better.
    """
    own, baseline = errors.get((person, method)), errors.get((person, "baseline"))
    if color_by == "method" or own is None:
        return None
    if color_by == "error":
        return own
    if method == "baseline" or baseline is None or len(baseline) != len(own):
        return None
    return baseline - own
