"""The plot of the people with the choices above it: which one, and over which numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.filtering import difference
from sefd_viewer.app.frame import same
from sefd_viewer.app.people import Plot
from sefd_viewer.features.people.model import PAIRED, PeopleFrame
from sefd_viewer.features.people.views.plot import PeoplePlot
from sefd_viewer.features.people.views.radar import JointRadar
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import ElidedCombo

PLOTS: dict[Plot, str] = {
    "scatter": "Scatter",
    "quadrants": "Four quadrants",
    "histogram": "Histogram",
    "hidden": "Error and what is hidden",
    "joints": "Error of each joint",
    "radar": "Radar of the joints",
}


WIDE = 420
"""Width (px) from which on it is told what the dots' sizes mean."""


class PlotPane(QWidget):
    """Signals out: `chosen(changes)`, fields of the state; `term(words)` that a drag filters by."""

    chosen = Signal(dict)
    term = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.plot, self.radar, self._pages = PeoplePlot(), JointRadar(), QStackedWidget()
        self.kind, self.across, self.up = QToolButton(), ElidedCombo(letters=12), ElidedCombo(letters=12)
        for box, name in ((self.up, "Upwards"), (self.across, "Across")):
            box.setAccessibleName(name)
        self.kind.setAccessibleName("Kind of plot")
        self.kind.setToolTip("Kind of plot")
        self.kind.setText("▾")
        self.kind.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.kind.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self.kind)
        # of the button: PySide forgets what belongs to a menu that nobody in Python holds
        self.kinds = {key: QAction(title, self.kind) for key, title in PLOTS.items()}
        menu.addActions(list(self.kinds.values()))
        self.kind.setMenu(menu)
        for key, action in self.kinds.items():
            action.setCheckable(True)
            action.triggered.connect(lambda _on, key=key: self.chosen.emit({"plot": key}))
        self.by, self.about_size = quiet_label("by"), quiet_label("● = hidden")
        for page in (self.plot, self.radar):
            self._pages.addWidget(page)
        self._lay_out()
        self.across.activated.connect(self._axis("x", self.across))
        self.up.activated.connect(self._axis("y", self.up))
        self._listed: tuple[Any, ...] = None, (), ""
        self.plot.selected.connect(self._select)
        self.plot.limits_changed.connect(lambda x, y: self.chosen.emit({"limits": (x, y)}))

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's plot and choices."""
        self._frame = new
        kind = new.state.plot
        for key, action in self.kinds.items():
            action.setChecked(key == kind)
        listed = new.table, new.looks, new.baseline
        if not all(map(same, listed, self._listed)):
            self._listed = listed
            self._list_numbers(new)
        for box, words in ((self.across, new.plot.x), (self.up, new.plot.y)):
            if box.findData(words) < 0 and words:
                box.addItem(words, words)
            box.setCurrentIndex(box.findData(words))
        self.across.setVisible(kind in ("quadrants", "scatter"))
        self.by.setVisible(kind in ("quadrants", "scatter"))
        self.up.setVisible(kind not in ("joints", "radar"))
        hidden = new.table is not None and "hidden" in new.table.frame.columns
        self.about_size.setVisible(hidden and kind in PAIRED and self.width() >= WIDE)
        self._pages.setCurrentWidget(self.radar if kind == "radar" else self.plot)
        if kind == "radar":
            self.radar.apply(old, new)
        else:
            self.plot.apply(old, new)

    def _list_numbers(self, new: PeopleFrame) -> None:
        """Offer the differences to the baseline and every number."""
        table = new.table
        base, offered = new.look(new.baseline).title, []
        if table is not None:
            others = [one for one in new.looks if one.id != new.baseline]
            offered = [(difference(one.id, new.baseline, table), f"{one.title} − {base}") for one in others]
        columns = table.filled if table is not None else ()
        offered += [(one.id, new.named(one.title, one.method)) for one in columns if one.kind == "number"]
        places = range(min(self.up.count(), len(offered)))
        if [(self.up.itemData(place), self.up.itemText(place)) for place in places] == offered:
            return
        for box in (self.across, self.up):
            box.clear()
            for words, title in offered:
                box.addItem(title, words)

    def _select(self, left: float, right: float, low: float, high: float) -> None:
        """A drag as a condition over the two numbers."""
        x, y = self._frame.plot.x, self._frame.plot.y
        self.term.emit(f"{x} between {left:.4g} and {right:.4g} and {y} between {low:.4g} and {high:.4g}")

    def _axis(self, name: str, box: QComboBox) -> Callable[[int], None]:
        return lambda _place: self.chosen.emit({name: box.currentData(), "limits": None})

    def _lay_out(self) -> None:
        column, line = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(8, 8, 8, 0)
        line.setSpacing(6)
        line.addWidget(self.up, 3)
        line.addWidget(self.by)
        line.addWidget(self.across, 3)
        line.addWidget(self.kind)
        line.addWidget(self.about_size)
        column.addLayout(line)
        column.addWidget(self._pages, 1)
