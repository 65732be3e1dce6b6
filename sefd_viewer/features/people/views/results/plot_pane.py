"""The plots of a run with the choices above them: which one, and over which columns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from sefd_viewer.app.run_table import RunColumn
from sefd_viewer.features.people.results.frame import ResultsFrame
from sefd_viewer.features.people.results.state import Plot
from sefd_viewer.features.people.views.results.plots import ResultsPlot
from sefd_viewer.features.people.views.results.radar import JointRadar

PLOTS: dict[Plot, str] = {
    "quadrants": "Four quadrants",
    "scatter": "Scatter",
    "histogram": "Histogram",
    "hidden": "Error and what is hidden",
    "joints": "Error of each joint",
    "radar": "Radar of the joints",
}


class PlotPane(QWidget):
    """Signal out: `chosen(changes)`, fields of the state; the plot has signals of its own."""

    chosen = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.radar, self._pages = ResultsPlot(), JointRadar(), QStackedWidget()
        self.kind, self.across, self.up = QComboBox(), QComboBox(), QComboBox()
        for box in (self.across, self.up):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        for key, title in PLOTS.items():
            self.kind.addItem(title, key)
        for page in (self.plot, self.radar):
            self._pages.addWidget(page)
        self._lay_out()
        self.kind.activated.connect(
            lambda place: self.chosen.emit({"plot": list(PLOTS)[place], "lasso": None})
        )
        self.across.activated.connect(self._axis("x", self.across))
        self.up.activated.connect(self._axis("y", self.up))

    def list_columns(self, columns: tuple[RunColumn, ...]) -> None:
        """Offer these columns."""
        for box in (self.across, self.up):
            box.clear()
            for column in columns:
                box.addItem(f"{column.title} {column.unit}".strip(), column.id)

    def apply(self, old: ResultsFrame, new: ResultsFrame) -> None:
        """Show a frame's plot and choices."""
        kind = new.state.plot
        self.kind.setCurrentIndex(list(PLOTS).index(kind))
        for box, id in ((self.across, new.plot.x), (self.up, new.plot.y)):
            box.setCurrentIndex(box.findData(id))
        self.across.setVisible(kind in ("quadrants", "scatter"))
        self.up.setVisible(kind not in ("joints", "radar"))
        self._pages.setCurrentWidget(self.radar if kind == "radar" else self.plot)
        if kind == "radar":
            self.radar.apply(old, new)
        else:
            self.plot.apply(old, new)

    def _axis(self, name: str, box: QComboBox) -> Callable[[int], None]:
        return lambda _place: self.chosen.emit({name: box.currentData(), "lasso": None, "limits": None})

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 0)
        line = QHBoxLayout()
        line.addWidget(self.kind)
        line.addStretch(1)
        line.addWidget(self.across, 1)
        line.addWidget(self.up, 1)
        column.addLayout(line)
        column.addWidget(self._pages, 1)
