"""The distillation gap over training as a plot. Import late: it loads pyqtgraph."""

from __future__ import annotations

import pyqtgraph
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.features.explain.gap import GapCurves
from sefd_viewer.gui.controls import Dot, quiet_label
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.plots import color_plot
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import DARK, current_colors
from sefd_viewer.gui.view_colors import view_color

LAYERS = 4
NAMED_UP_TO = 8
"""So many files have room for their names below the plot; more are numbered."""
UNITS = {"step": "Step of training", "epoch": "Epoch", "number": "Number in the file's name"}
_ABOUT = "Dashed: the weights in use"
_MARKED = "Dashed: the weights in use; upright: where they are among the checkpoints"


class GapPlot(SafeOverrides, QWidget):
    """A line for each layer over the checkpoints, in the order of training."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        super().__init__(parent)
        self.plot = pyqtgraph.PlotWidget(background=None)
        self.about = quiet_label(_ABOUT, wrap=True)
        self._dots = [Dot((0, 0, 0)) for _ in range(LAYERS)]
        item = self.plot.getPlotItem()
        self.lines = [pyqtgraph.PlotDataItem(antialias=True, symbol="o", symbolSize=6) for _ in self._dots]
        self._current = [pyqtgraph.InfiniteLine(angle=0) for _ in self._dots]
        self._marked = pyqtgraph.InfiniteLine(angle=90)
        for line in (*self._current, self._marked, *self.lines):
            item.addItem(line, ignoreBounds=line is self._marked)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showGrid(x=False, y=True, alpha=0.15)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setAccessibleName("Distance from the teacher over training")
        self._lay_out()
        self._made = True
        self.follow_theme()

    def show_curves(self, curves: GapCurves) -> None:
        """Show other numbers."""
        item, bottom = self.plot.getPlotItem(), self.plot.getPlotItem().getAxis("bottom")
        for layer, (line, current) in enumerate(zip(self.lines, self._current, strict=True)):
            line.setData(curves.numbers, curves.distances[:, layer])
            current.setValue(curves.current[layer])
        self._marked.setVisible(curves.marked is not None)
        self._marked.setValue(curves.numbers[curves.marked or 0])
        self.about.setText(_ABOUT if curves.marked is None else _MARKED)
        named = curves.unit is None and len(curves.titles) <= NAMED_UP_TO
        bottom.setTicks([list(zip(curves.numbers, curves.titles, strict=True))] if named else None)
        item.setLabel("bottom", "As given" if curves.unit is None else UNITS[curves.unit])
        top = max(curves.distances.max(), curves.current.max())
        item.setYRange(0.0, float(top) * 1.08 or 1.0, padding=0)
        item.enableAutoRange("x")

    def follow_theme(self) -> None:
        """Take the colours of the present theme."""
        colors = current_colors()
        color_plot(self.plot)
        for layer, (line, current) in enumerate(zip(self.lines, self._current, strict=True)):
            color = view_color(layer, dark=colors is DARK)
            line.setPen(pyqtgraph.mkPen(color, width=2.0))
            line.setSymbolBrush(color)
            line.setSymbolPen(None)
            current.setPen(pyqtgraph.mkPen(color, width=1.0, style=Qt.PenStyle.DashLine))
            self._dots[layer].set_color((color.red(), color.green(), color.blue()))
        self._marked.setPen(pyqtgraph.mkPen(QColor(colors.accent), width=2.0))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.follow_theme()

    def _lay_out(self) -> None:
        heading = PlainLabel("Distance over training")
        heading.setProperty("heading", True)
        names = QHBoxLayout()
        names.setSpacing(6)
        names.addWidget(heading)
        names.addStretch(1)
        for layer, dot in enumerate(self._dots, start=1):
            names.addSpacing(4)
            names.addWidget(dot)
            names.addWidget(quiet_label(f"Layer {layer}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(6)
        layout.addLayout(names)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.about)
