"""Errors of every network, and of commands, against the share of the person that is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from sefd_viewer.gui.controls import push_button, quiet_label
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.plots import color_plot
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.app.methods import MethodInfo
    from sefd_viewer.features.explain.frames import OcclusionFrame
    from sefd_viewer.features.explain.hiding import HidingCurves

_ABOUT = "Each point was computed for this person. Over many people: sefd-viewer occlude."
_WAIT = "Commands run over all levels at once when you press Run."


class HidingPlot(QWidget):
    """A curve for each method, a line at the share in view. Signal: `commands_wanted` (False: end them)."""

    commands_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        super().__init__(parent)
        self.plot = pyqtgraph.PlotWidget(background=None)
        self.lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self._now = pyqtgraph.InfiniteLine(angle=90)
        item = self.plot.getPlotItem()
        item.addItem(self._now, ignoreBounds=True)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showGrid(x=False, y=True, alpha=0.15)
        item.setLabel("bottom", "hidden, %")
        item.setLabel("left", "MPJPE, mm")
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setAccessibleName("Error by the share of the person that is hidden")
        heading = PlainLabel("Error by the share that is hidden")
        heading.setProperty("heading", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(heading)
        layout.addWidget(self.plot, 1)
        self.about, self.run, self.end = (
            quiet_label(_ABOUT, wrap=True),
            push_button("Run"),
            push_button("End"),
        )
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(120)
        self.progress.setTextVisible(False)
        row = QHBoxLayout()
        row.addWidget(self.about, 1)
        for widget in (self.progress, self.run, self.end):
            row.addWidget(widget)
        layout.addLayout(row)
        self.run.clicked.connect(lambda: self.commands_wanted.emit(True))
        self.end.clicked.connect(lambda: self.commands_wanted.emit(False))
        self._made = True
        self.follow_theme()

    def show_curves(self, frame: OcclusionFrame, networks: Sequence[MethodInfo]) -> None:
        """Show the errors of these networks and of the commands; those not known yet are left out."""
        assert frame.curves is not None
        item, curves, share = self.plot.getPlotItem(), frame.curves, frame.share
        methods = (*networks, *frame.commands)
        self._show_commands(frame)
        for gone in self.lines.keys() - {info.id for info in methods}:
            item.removeItem(self.lines.pop(gone))
        top = 0.0
        for info in methods:
            if info.id not in self.lines:
                self.lines[info.id] = pyqtgraph.PlotDataItem(antialias=True, symbol="o", symbolSize=6)
                item.addItem(self.lines[info.id])
            line, color = self.lines[info.id], QColor(*info.color)
            line.setPen(pyqtgraph.mkPen(color, width=2.0))
            line.setSymbolBrush(color)
            line.setSymbolPen(None)
            levels, errors = curves.points(info.id)
            line.setData([100 * level for level in levels], errors)
            top = max([top, *errors])
        told = (f"{info.title}: {_told(curves, info.id)}" for info in methods)
        self.plot.setAccessibleDescription("; ".join(told))
        item.setYRange(0.0, top * 1.08 or 1.0, padding=0)
        item.setXRange(0.0, 60.0, padding=0.03)
        self._now.setVisible(share == share)
        self._now.setValue(100 * share if share == share else 0.0)

    def _show_commands(self, frame: OcclusionFrame) -> None:
        """How the commands stand, and what starts or ends them."""
        now, names = frame.commanded, ", ".join(info.title for info in frame.commands)
        known = all(frame.curves and frame.curves.points(info.id)[0] for info in frame.commands)
        told = now.words if now.busy else now.problem or (_ABOUT if known else _WAIT)
        self.about.setText(told)
        self.run.setText("Run again" if known else f"Run {names}")
        self.run.setVisible(bool(frame.commands) and not now.busy)
        self.end.setVisible(now.busy)
        self.progress.setVisible(now.busy)
        self.progress.setRange(0, 100 if now.share is not None else 0)
        self.progress.setValue(round(100 * (now.share or 0.0)))

    def follow_theme(self) -> None:
        """Take the colours of the present theme."""
        color_plot(self.plot)
        dash = Qt.PenStyle.DashLine
        self._now.setPen(pyqtgraph.mkPen(QColor(current_colors().accent), width=1.5, style=dash))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.follow_theme()


def _told(curves: HidingCurves, method: str) -> str:
    levels, errors = curves.points(method)
    return ", ".join(f"{100 * level:.0f} %: {mm:.1f} mm" for level, mm in zip(levels, errors, strict=True))
