"""Above the rows: the filter with its help and mistakes, table or wall, and how many rows are shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from sefd_viewer.features.people.review.columns import COLUMNS
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.review.query import HELP
from sefd_viewer.features.people.review.shown_rows import shown_rows
from sefd_viewer.features.people.review.state import TILES
from sefd_viewer.features.people.views.review.buttons import word_button
from sefd_viewer.gui.controls import ElidedLabel, Slider, quiet_label
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.tables import ExportButton


class FilterBar(SafeOverrides, QWidget):
    """Signals out for everything that is chosen here, and `left` when the keyboard goes to the rows."""

    words = Signal(str)
    layout_chosen = Signal(str)
    tile_chosen = Signal(int)
    whole_chosen = Signal(bool)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(
            placeholderText="Filter: words, fit_error > 60, verdict:bad …", clearButtonEnabled=True
        )
        self.field.setAccessibleName("Filter records")
        self.field.installEventFilter(self)
        self.help = word_button("?", tip="What can be typed here")
        self.help.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.help.setMenu(_help_menu(self))
        self.help.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.count = ElidedLabel()
        titles = {"table": "Table", "wall": "Wall"}
        self.layouts = {key: word_button(title, checkable=True) for key, title in titles.items()}
        self.tile = Slider()
        self.tile.setRange(*TILES)
        self.tile.setFixedWidth(90)
        self.tile.setToolTip("Size of the pictures")
        self.tile.setAccessibleName("Size of the pictures")
        self.whole = QCheckBox("Whole photos")
        self._frame = ReviewFrame()
        self.export = ExportButton("rows", lambda: shown_rows(self._frame))
        self._arrange()
        self._connect()

    def apply(self, new: ReviewFrame) -> None:
        """Show a frame's filter and what it gives."""
        self._frame = new
        self.export.setEnabled(new.lines is not None and len(new.lines) > 0)
        if self.field.text() != new.state.words:
            self.field.setText(new.state.words)
        problem = bool(new.mistake)
        self.count.setText(new.mistake or count_words(new))
        self.count.setToolTip(plain_tip(new.mistake))
        if self.count.property("problem") != problem:
            self.count.setProperty("quiet", not problem)
            self.count.setProperty("problem", problem)
            self.count.style().unpolish(self.count)
            self.count.style().polish(self.count)
        for key, button in self.layouts.items():
            button.setChecked(key == new.state.layout)
        wall = new.state.layout == "wall"
        self.tile.setVisible(wall)
        self.whole.setVisible(wall)
        for widget in (self.tile, self.whole):
            widget.blockSignals(True)
        self.tile.setValue(new.state.tile)
        self.whole.setChecked(new.state.whole)
        for widget in (self.tile, self.whole):
            widget.blockSignals(False)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Escape empties the field; Escape again, Enter or Down go to the rows."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                self.words.emit("")
                return True
            if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Down):
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.field, 1)
        top.addWidget(self.help)
        for button in self.layouts.values():
            top.addWidget(button)
        bottom = QHBoxLayout()
        bottom.setSpacing(10)
        bottom.addWidget(self.count, 1)
        bottom.addWidget(self.whole)
        bottom.addWidget(self.tile)
        bottom.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 7, 8, 5)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        self.field.textEdited.connect(self.words)
        self._group = QButtonGroup(self)
        for key, button in self.layouts.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _on, key=key: self.layout_chosen.emit(key))
        self.tile.valueChanged.connect(self.tile_chosen)
        self.whole.toggled.connect(self.whole_chosen)


def count_words(frame: ReviewFrame) -> str:
    """How many rows are shown, and how many of them have findings."""
    if frame.table is None or frame.lines is None:
        return ""
    shown, total = len(frame.lines), len(frame.table)
    rows = "row" if total == 1 else "rows"
    words = f"{total:,} {rows}" if shown == total else f"{shown:,} of {total:,} {rows}"
    if frame.state.picked:
        words = f"{words} · {len(frame.state.picked):,} picked: a verdict is for all of them"
    flagged = frame.findings.flagged if frame.findings is not None else 0
    return f"{words} · {flagged:,} with findings" if flagged else words


def _help_menu(parent: QWidget) -> QMenu:
    """A page with examples and the names of the columns."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(12, 8, 14, 10)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(4)
    for line, (example, words) in enumerate(HELP):
        label = PlainLabel(example)
        label.setProperty("heading", True)
        grid.addWidget(label, line, 0)
        grid.addWidget(quiet_label(words), line, 1)
    names = quiet_label("Columns: " + ", ".join(column.id for column in COLUMNS), wrap=True)
    names.setMaximumWidth(430)
    grid.addWidget(names, len(HELP), 0, 1, 2)
    menu = QMenu(parent)
    action = QWidgetAction(menu)
    action.setDefaultWidget(page)
    menu.addAction(action)
    return menu
