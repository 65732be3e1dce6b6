"""The curves over the frames as a plot, with the part that is played. Import late: it loads pyqtgraph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.methods import MethodInfo
from sefd_viewer.app.sequence import Track
from sefd_viewer.features.playback.curves import Curves
from sefd_viewer.gui.plots import DOTS_UP_TO, TimelinePlot
from sefd_viewer.gui.theme import current_colors


class CurvePlot(TimelinePlot):
    """The timeline of the board, with a curve for each method; what is not played is shaded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._looks: Sequence[MethodInfo] = ()
        self._outside: list[pyqtgraph.LinearRegionItem] = []
        super().__init__(parent)
        for _ in range(2):
            region = pyqtgraph.LinearRegionItem(movable=False, pen=pyqtgraph.mkPen(None))
            self.getPlotItem().addItem(region, ignoreBounds=True)
            self._outside.append(region)
        self.follow_theme()

    def show_curves(self, track: Track, curves: Curves | None, looks: Sequence[MethodInfo]) -> None:
        """Show other numbers, of methods that look so."""
        self._looks = looks if curves is not None else ()
        values = curves.values if curves is not None else np.zeros((len(track.keys), 0), np.float32)
        self.show_values(values, track.names)
        self.follow_theme()

    def show_part(self, first: int, last: int, count: int) -> None:
        """Shade what lies outside the part that is played."""
        for region, (low, high) in zip(
            self._outside, ((-1.0, first - 0.5), (last + 0.5, float(count))), strict=True
        ):
            region.setVisible((first, last) != (0, count - 1))
            region.setRegion((low, high))

    def curve_pen(self, index: int, *, dark: bool) -> QPen:
        """The colour of a method."""
        if index < len(self._looks):
            return pyqtgraph.mkPen(QColor(*self._looks[index].color), width=2.0)
        return super().curve_pen(index, dark=dark)

    def follow_theme(self) -> None:
        """Take the colours of the present theme."""
        super().follow_theme()
        shade = QColor(current_colors().line)
        shade.setAlpha(150)
        for region in self._outside:
            region.setBrush(shade)
        for look, line in zip(self._looks, self._lines, strict=False):
            line.setSymbol("o" if self._count <= DOTS_UP_TO else None)
            line.setSymbolBrush(QColor(*look.color))
            line.setSymbolPen(None)
            line.setSymbolSize(5)
