"""The edge bench: what a network says with one edge map after another."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.explain.bench import BenchRow, bench_table
from sefd_viewer.features.explain.frames import BenchFrame, ExplainFrame
from sefd_viewer.features.explain.views.paint_pane import PaintPane
from sefd_viewer.features.explain.views.picture_box import PictureBox, choose
from sefd_viewer.gui.controls import offer, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, grown
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.tables import ExportButton, plain_table

CARD = 232
"""Logical pixels across a small multiple."""
_COLUMNS = (
    ("Edge map", "What the network gets as its fourth channel"),
    ("MPJPE", "Mean distance of 14 joints from the truth, relative to the pelvis, millimetres"),
    ("PA", "PA-MPJPE: the same after the best turn, shift and scale, millimetres"),
    ("Moved", "Mean distance of 29 joints from the normal answer, relative to the pelvis, millimetres"),
    ("px", "The same in pixels of the photo, with the pelvis"),
)
_WIDTHS = (72, 58, 70, 50)
_NUMBERS = ("mpjpe_mm", "pa_mpjpe_mm", "moved_mm", "moved_px")


class BenchCard(SafeOverrides, QFrame):
    """One small multiple: the edge map, the body and the number; `clicked` with its key."""

    clicked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.key = ""
        self.edge, self.body = PictureBox(), PictureBox()
        self._title, self._number = ElidedLabel(), quiet_label()
        self.setObjectName("card")
        layout, line, pictures = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        line.addWidget(self._title, 1)
        line.addWidget(self._number)
        pictures.setSpacing(4)
        pictures.addWidget(self.edge)
        pictures.addWidget(self.body)
        layout.addLayout(line)
        layout.addLayout(pictures, 1)

    def apply(self, row: BenchRow, *, marked: bool, truth: bool) -> None:
        """Show a row."""
        self.key = row.key
        self.setFixedSize(grown(self, CARD), grown(self, CARD) // 2 + grown(self, 30))
        self._title.setText(row.title)
        self._number.setText(f"{row.mpjpe_mm:.1f} mm" if truth else f"Δ {row.moved_mm:.1f} mm")
        self.edge.set_picture(row.edge)
        self.body.set_picture(row.body)
        self.setProperty("chosen", marked)
        self.setFrameShape(QFrame.Shape.Box if marked else QFrame.Shape.NoFrame)
        self.setAccessibleName(f"{row.title}: {self._number.text()}")

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Choose the row."""
        self.clicked.emit(self.key)


class BenchPage(QWidget):
    """Signals out: `marked` (a row's key), `donor_chosen` (a record's key), `network_chosen` (a method).

    `painter` has its own.
    """

    marked = Signal(str)
    donor_chosen = Signal(str)
    network_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = PlainLabel(wordWrap=True)
        self.sentence.setProperty("heading", True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes = quiet_label(wrap=True)
        self.donor = QComboBox()
        self.donor.setAccessibleName("Image whose edges are borrowed")
        self.donor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.donor.setMinimumContentsLength(22)
        self.network = QComboBox()
        self.network.setAccessibleName("Network that is given other edges")
        self.painter, self.table = PaintPane(), _table()
        self._bench = BenchFrame()
        self.export = ExportButton("edge-bench", lambda: bench_table(self._bench.rows))
        self._cards: list[BenchCard] = []
        self._area, self._words = QScrollArea(), PhotoView()
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._grid = _Flow(self._area)
        self._split = self._arranged()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top())
        layout.addWidget(self._split, 1)
        layout.addWidget(self._words, 1)
        self.donor.activated.connect(lambda _i: self.donor_chosen.emit(self.donor.currentData()))
        self.network.activated.connect(lambda _i: self.network_chosen.emit(self.network.currentData()))
        self.table.itemSelectionChanged.connect(self._row_chosen)
        self._truth: bool | None = None

    def apply(self, old: ExplainFrame, new: ExplainFrame) -> None:
        """Show a frame."""
        if same(old.bench, new.bench) and old.state == new.state:
            return
        bench = self._bench = new.bench
        self.export.setEnabled(bool(bench.rows))
        self._split.setVisible(bench.words is None)
        self._words.setVisible(bench.words is not None)
        say(self._words, bench.words)
        self.sentence.setText(bench.sentence)
        self.sentence.setVisible(bool(bench.sentence))
        self.notes.setText(" ".join(bench.notes))
        self.notes.setVisible(bool(bench.notes))
        if old.bench.donors != bench.donors or not self.donor.count():
            self._offer_donors(bench)
        choose(self.donor, bench.donor)
        offer(self.network, {info.id: info.title for info in bench.networks}, bench.network)
        self.painter.apply(new)
        self._show_cards(bench, new.state.marked)
        self._fill(bench, new.state.marked)

    def fit(self) -> None:
        """Show the crop whole."""
        self.painter.view.fit()

    def _offer_donors(self, bench: BenchFrame) -> None:
        self.donor.clear()
        for key, title in bench.donors:
            self.donor.addItem(title, key)
        self.donor.setEnabled(len(bench.donors) > 1)

    def _show_cards(self, bench: BenchFrame, marked: str | None) -> None:
        while len(self._cards) < len(bench.rows):
            card = BenchCard()
            card.clicked.connect(self.marked)
            self._cards.append(card)
            self._grid.add(card)
        for number, card in enumerate(self._cards):
            card.setVisible(number < len(bench.rows))
            if number < len(bench.rows):
                row = bench.rows[number]
                card.apply(row, marked=row.key == marked, truth=bench.truth)
        self._grid.arrange([row.family for row in bench.rows])

    def _fill(self, bench: BenchFrame, marked: str | None) -> None:
        table = self.table
        table.blockSignals(True)
        table.setSortingEnabled(False)
        table.setRowCount(len(bench.rows))
        best = [_best(bench.rows, name) for name in _NUMBERS]
        for place, row in enumerate(bench.rows):
            title = QTableWidgetItem(row.title)
            title.setData(Qt.ItemDataRole.UserRole, row.key)
            table.setItem(place, 0, title)
            for column, name in enumerate(_NUMBERS, start=1):
                bold = column <= 2 and getattr(row, name) == best[column - 1]
                table.setItem(place, column, NumberItem(getattr(row, name), bold=bold))
        for column in (1, 2):
            table.setColumnHidden(column, not bench.truth)
        if bench.truth is not self._truth and bench.rows:
            self._truth = bench.truth
            table.sortItems(1 if bench.truth else 3, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        self._select(marked)
        table.blockSignals(False)

    def _select(self, marked: str | None) -> None:
        self.table.clearSelection()
        for place in range(self.table.rowCount()):
            if self._key_at(place) == marked:
                self.table.selectRow(place)

    def _row_chosen(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            self.marked.emit(self._key_at(rows[0].row()))

    def _key_at(self, place: int) -> str | None:
        item = self.table.item(place, 0)
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def _top(self) -> QWidget:
        top = QWidget()
        line, words = QHBoxLayout(top), QVBoxLayout()
        line.setContentsMargins(10, 8, 10, 8)
        line.setSpacing(10)
        words.addWidget(self.sentence)
        words.addWidget(self.notes)
        line.addLayout(words, 1)
        line.addWidget(PlainLabel("Network"))
        line.addWidget(self.network)
        line.addWidget(PlainLabel("Other image"))
        line.addWidget(self.donor)
        line.addWidget(self.export)
        return top

    def _arranged(self) -> QSplitter:
        left, right = QSplitter(Qt.Orientation.Vertical), QSplitter(Qt.Orientation.Horizontal)
        left.addWidget(self.painter)
        left.addWidget(self.table)
        for splitter in (left, right):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        right.addWidget(left)
        right.addWidget(self._area)
        right.setSizes([410, 760])
        left.setSizes([430, 360])
        right.setStretchFactor(1, 1)
        return right


class _Flow(QWidget):
    """Cards in as many columns as there is room for, under the names of their families."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__()
        self._area = area
        self._cards: list[QWidget] = []
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 8)
        self._layout.setSpacing(8)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._columns = 0
        self._families: tuple[str, ...] = ()
        self._headings: dict[str, QLabel] = {}
        area.setWidget(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def add(self, card: QWidget) -> None:
        """Add a card at the end."""
        card.setParent(self)  # now: a layout would show it later, when Qt comes to it
        self._cards.append(card)

    def arrange(self, families: Sequence[str]) -> None:
        """Place the cards, of these families, anew where these or the number of columns have changed."""
        columns = max((self._area.viewport().width() - 8) // (CARD + 8), 1)
        if (columns, tuple(families)) == (self._columns, self._families):
            return
        self._columns, self._families = columns, tuple(families)
        row, column, here = -1, columns, None
        for family, card in zip(families, self._cards, strict=False):
            if family != here:
                self._layout.addWidget(self._heading(family), row + 1, 0, 1, columns)
                here, row, column = family, row + 1, columns
            if column == columns:
                row, column = row + 1, 0
            self._layout.addWidget(card, row, column)
            column += 1
        for family, heading in self._headings.items():
            heading.setVisible(family in families)

    def resizeEvent(self, _event: object) -> None:
        """Follow the room."""
        self.arrange(self._families)

    def showEvent(self, _event: object) -> None:
        """Follow the room that there was not before."""
        self.arrange(self._families)

    def _heading(self, family: str) -> QLabel:
        if family not in self._headings:
            self._headings[family] = PlainLabel(family, self)
            self._headings[family].setProperty("heading", True)
        return self._headings[family]


class NumberItem(QTableWidgetItem):
    """A number that sorts as one; nan shows a dash and stands last."""

    def __init__(self, value: float, *, bold: bool = False) -> None:
        super().__init__("–" if math.isnan(value) else f"{value:.1f}")
        self.value = value
        self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        font = self.font()
        font.setBold(bold)
        self.setFont(font)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        theirs = other.value if isinstance(other, NumberItem) else math.inf
        return (math.inf if math.isnan(self.value) else self.value) < (
            math.inf if math.isnan(theirs) else theirs
        )


def _table() -> QTableWidget:
    name = "Every edge map with its error or displacement"
    table = plain_table(_COLUMNS, name, selects=True, row_height=24)
    table.horizontalHeader().setMinimumSectionSize(30)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, width in enumerate(_WIDTHS, start=1):
        table.setColumnWidth(column, width)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setMinimumWidth(340)
    return table


def _best(rows: Sequence[BenchRow], name: str) -> float:
    return min((v for row in rows if not math.isnan(v := getattr(row, name))), default=math.nan)
