"""The workspace "Review": findings at the left, rows or the wall in the middle, the case at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame, Words
from sefd_viewer.features.people.review.crops import CropPictures
from sefd_viewer.features.people.views.review.case_view import CaseView
from sefd_viewer.features.people.views.review.detectors_panel import DetectorsPanel
from sefd_viewer.features.people.views.review.disagreements_panel import DisagreementsPanel
from sefd_viewer.features.people.views.review.filter_bar import FilterBar
from sefd_viewer.features.people.views.review.records_table import RecordsTable
from sefd_viewer.features.people.views.review.wall import Wall
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.words import paint_message


class ReviewWorkspace(QSplitter):
    """Passes frames on to its parts; each changes only what differs."""

    def __init__(self, crops: CropPictures, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.detectors, self.filter, self.case = DetectorsPanel(), FilterBar(), CaseView()
        self.table, self.wall, self.page = RecordsTable(), Wall(crops), WordsPage()
        self.disagreements = DisagreementsPanel()
        self.rows = QStackedWidget()
        for view in (self.table, self.wall, self.page):
            self.rows.addWidget(view)
        for widget, share in ((self.detectors, 0), (self._middle(), 1), (self.case, 1)):
            self.addWidget(widget)
            self.setStretchFactor(self.indexOf(widget), share)
        self.setSizes([250, 560, 630])
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self._frame = Frame()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        before, review = old.review, new.review
        self._frame = new
        self.detectors.apply(before, review)
        self.filter.apply(review)
        self.disagreements.apply(before, review)
        self.table.apply(before, review)
        self.wall.apply(before, review, new.dataset)
        self.case.apply(old, new)
        self.page.say(review.words)
        wall = review.state.layout == "wall"
        self.rows.setCurrentWidget(
            self.page if review.words is not None else self.wall if wall else self.table
        )

    def fit(self) -> None:
        """Show the whole photo."""
        self.case.photo.view.fit()

    def focus_rows(self) -> None:
        """Give the keyboard to the rows."""
        view = self.rows.currentWidget()
        if view is not None:
            view.setFocus()

    def _middle(self) -> QWidget:
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filter)
        layout.addWidget(self.disagreements)
        layout.addWidget(self.rows, 1)
        middle.setMinimumWidth(330)
        return middle


class WordsPage(SafeOverrides, QWidget):
    """Why there are no rows, and what to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words: Words | None = None

    def say(self, words: Words | None) -> None:
        """Show these words."""
        self.words = words
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the words in the middle."""
        if self.words is not None:
            painter = QPainter(self)
            paint_message(painter, self.rect(), self.words.title, self.words.hint, self.palette())
            painter.end()
