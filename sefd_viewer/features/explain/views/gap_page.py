"""The distillation gap: where networks' features are far from the teacher's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.explain.frames import ExplainFrame, GapFrame
from sefd_viewer.features.explain.gap import LayerGap, NetworkGap, gap_table
from sefd_viewer.features.explain.views.picture_box import PictureBox
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip
from sefd_viewer.gui.panes import emptied, say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.tables import ExportButton

if TYPE_CHECKING:
    from sefd_viewer.features.explain.gap import GapCurves
    from sefd_viewer.features.explain.views.gap_plot import GapPlot

LAYERS = 4
SHARES = [720, 430]
"""Of the maps and of the plot, in pixels of a window of usual size."""
_ABOUT = "Bright is far from {0}. Numbers: mean distance · share of its strength"
_DISTANCE = "Mean over channels and places of |log softmax ours - log softmax theirs|: what is distilled"
_SHARE = "Root mean square of the difference, as a share of its own root mean square"


class GapPage(QWidget):
    """Signals out: `checkpoints_wanted`, `checkpoints_cleared`."""

    checkpoints_wanted = Signal()
    checkpoints_cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add, self.clear = QPushButton("Add checkpoints…"), QPushButton("Remove checkpoints")
        self.add.setToolTip("Further weights files of the student, to be compared with the teacher")
        self._words, self._area, self._about = PhotoView(), QScrollArea(), ElidedLabel()
        self.export = ExportButton("distillation-gap", lambda: gap_table(self._frame.networks))
        self._frame = GapFrame()
        self.plot: GapPlot | None = None
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._split.addWidget(self._area)
        self._body = QWidget()
        self._area.setWidget(self._body)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls())
        layout.addWidget(self._split, 1)
        layout.addWidget(self._words, 1)
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(12, 8, 12, 12)
        self._grid.setSpacing(10)
        self.add.clicked.connect(self.checkpoints_wanted)
        self.clear.clicked.connect(self.checkpoints_cleared)

    def apply(self, old: ExplainFrame, new: ExplainFrame) -> None:
        """Show a frame."""
        self._frame = new.gap
        self.clear.setEnabled(bool(new.gap.checkpoints))
        self.export.setEnabled(bool(new.gap.networks))
        self._about.setText(new.gap.notes or _ABOUT.format(new.gap.teacher))
        self._about.setToolTip(plain_tip(new.gap.notes or _DISTANCE))
        if not same(old.gap, new.gap):
            self._show(new.gap)

    def fit(self) -> None:
        """Pictures are always whole."""

    def _show(self, frame: GapFrame) -> None:
        self._split.setVisible(frame.words is None)
        self._show_curves(frame.curves)
        self._words.setVisible(frame.words is not None)
        say(self._words, frame.words)
        emptied(self._grid)
        if frame.networks:
            self._head(frame.networks)
        for row, network in enumerate(frame.networks, start=1):
            self._row(row, network)

    def _show_curves(self, curves: GapCurves | None) -> None:
        """Show the plot where there is something to plot; pyqtgraph is loaded with the first one."""
        if curves is not None and self.plot is None:
            from sefd_viewer.features.explain.views.gap_plot import GapPlot

            self.plot = GapPlot()
            self._split.addWidget(self.plot)
            self._split.setSizes(SHARES)
        if self.plot is not None:
            self.plot.setVisible(curves is not None)
            if curves is not None:
                self.plot.show_curves(curves)

    def _head(self, networks: tuple[NetworkGap, ...]) -> None:
        layers = next((network.layers for network in networks if network.layers), ())
        for layer in layers:
            heading = PlainLabel(f"Layer {layer.layer}")
            heading.setToolTip(plain_tip(f"{layer.channels} channels of {layer.size} x {layer.size} values"))
            heading.setProperty("heading", True)
            self._grid.addWidget(heading, 0, layer.layer)
            self._grid.setColumnStretch(layer.layer, 1)

    def _row(self, row: int, network: NetworkGap) -> None:
        title = PlainLabel(network.title)
        title.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(title, row, 0)
        self._grid.setRowStretch(row, 1)
        if network.problem is not None:
            self._grid.addWidget(quiet_label(network.problem, wrap=True), row, 1, 1, LAYERS)
        for layer in network.layers:
            self._grid.addWidget(_cell(network.title, layer), row, layer.layer)

    def _controls(self) -> QWidget:
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 6, 10, 6)
        line.setSpacing(8)
        line.addWidget(self._about, 1)
        line.addWidget(self.add)
        line.addWidget(self.clear)
        line.addWidget(self.export)
        return bar


def _cell(title: str, layer: LayerGap) -> QWidget:
    cell = QWidget()
    lines = QVBoxLayout(cell)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(4)
    picture = PictureBox(least=120)
    picture.set_picture(layer.picture)
    picture.setAccessibleName(f"{title}, layer {layer.layer}")
    share = "–" if math.isnan(layer.share) else f"{100 * layer.share:.0f} %"
    numbers = PlainLabel(f"{layer.distance:.3f}  ·  {share}")
    numbers.setToolTip(plain_tip(f"{_DISTANCE}\n{_SHARE}"))
    lines.addWidget(numbers)
    lines.addWidget(picture, 1)
    return cell
