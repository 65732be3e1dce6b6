"""The end of a blind test: what was preferred, and which method was on which side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.present.frame import SlideFrame
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.gui.tables import plain_table

COLUMNS = ("Case", "Left was", "Right was", "Preferred", "Seconds")


class ResultsTable(QWidget):
    """The count in words, and a row for each vote."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = PlainLabel()
        self.summary.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary.setWordWrap(True)
        self.table = plain_table([(title, "") for title in COLUMNS], "Votes")
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.file = quiet_label()
        self.file.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(80, 40, 80, 20)
        layout.setSpacing(24)
        for widget in (self.summary, self.table, self.file):
            layout.addWidget(widget)

    def show_results(self, slide: SlideFrame, size: int) -> None:
        """Show the votes, in letters of `size` pixels."""
        self.summary.setText(slide.summary)
        self.summary.setStyleSheet(f"font-size: {size}px; font-weight: 600;")
        self.table.setStyleSheet(f"font-size: {max(size * 6 // 10, 13)}px;")
        self.table.verticalHeader().setDefaultSectionSize(size + 8)
        self.table.setRowCount(len(slide.results))
        for row, (case, vote) in enumerate(slide.results):
            left, right = (slide.titles.get(one, one) for one in (vote.left, vote.right))
            preferred = {"left": left, "right": right}.get(vote.choice, "neither")
            told = (case.title or case.record, left, right, preferred)
            for column, text in enumerate((*told, f"{vote.seconds:.0f}")):
                self.table.setItem(row, column, QTableWidgetItem(text))
        for column in range(1, len(COLUMNS)):
            self.table.setColumnWidth(column, 7 * size)
        self.file.setText(f"Votes are in {slide.votes_file}" if slide.votes_file else "")
