"""An edge map with its name and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class EdgeMap:
    """Edge strength at every pixel, ready for a network or the screen.

    values: (H,W) float32 in [0,1].
    label: what it is, for example "Canny soft 5x5".
    source: what it was made from, as a sentence a person can read.
    """

    values: NDArray[np.float32]
    label: str
    source: str
