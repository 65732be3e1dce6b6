"""The lines that are selected in a view of rows, as one array even where they are a hundred thousand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QAbstractItemView


def chosen_lines(view: QAbstractItemView) -> NDArray[np.intp]:
    """The selected lines (N,), ascending."""
    ranges = view.selectionModel().selection()
    parts = (ranges.at(place) for place in range(ranges.size()))
    lines = [np.arange(part.top(), part.bottom() + 1) for part in parts]
    return np.unique(np.concatenate(lines)) if lines else np.empty(0, np.intp)
