"""What the tabs beside the camera board are built of: sections, words, line samples, a page that scrolls."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Words
from sefd_viewer.features.cameras.extrinsics import LineStyle
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.marks import patterned
from sefd_viewer.gui.safe_overrides import SafeOverrides

MARGIN = 10
PAGE_WIDTH = 396
"""Room for a row of a card: a name, a unit and a choice."""


class Section(QFrame):
    """A quiet card with a heading and a column of rows."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("section", True)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(12, 10, 12, 10)
        self.rows.setSpacing(6)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.title = heading(title)
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        self.rows.addLayout(self.head)
        self.title.setVisible(bool(title))


class WordsPage(QWidget):
    """Why there is nothing to see and what to do about it; the text can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._hint = heading(""), quiet_label("", wrap=True)
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN + 4, 18, MARGIN + 4, 18)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(self._hint)
        layout.addStretch(1)

    def show_words(self, words: Words | None) -> None:
        """Show these words; None shows nothing."""
        self.setVisible(words is not None)
        if words is not None:
            self._title.setText(words.title + ("…" if words.busy else ""))
            self._hint.setText(words.hint)
            self._hint.setVisible(bool(words.hint))


class TabPage(QWidget):
    """A page that scrolls: `column` holds its sections, `words` stand there when there is nothing to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = WordsPage()
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.column.setSpacing(MARGIN)
        self.area = QScrollArea(widgetResizable=True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.body)
        self.setMinimumWidth(PAGE_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.words)
        layout.addWidget(self.area)

    def show_words(self, words: Words | None) -> None:
        """Show words in place of the page; None shows the page."""
        self.words.show_words(words)
        self.area.setVisible(words is None)


class LineSample(SafeOverrides, QWidget):
    """A short piece of a line as it is drawn on the photos, with the dark rim that it has there."""

    def __init__(self, style: LineStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self.setFixedSize(QSize(34, 14))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        for color, width in ((QColor(0, 0, 0, 190), 4.6), (QColor(*self._style.color), 2.6)):
            painter.setPen(patterned(color, width, self._style.line))
            painter.drawLine(QPointF(2, middle), QPointF(self.width() - 2, middle))
        painter.end()


def heading(text: str) -> QLabel:
    """A label in bold."""
    label = PlainLabel(text)
    label.setProperty("heading", True)
    return label


def wrapped(text: str = "") -> QLabel:
    """A paragraph that can be selected."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def number(text: str, *, strong: bool = False, quiet: bool = False) -> QLabel:
    """A number at the right end of its column, digits of one width."""
    label = quiet_label(text) if quiet else PlainLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    font = label.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setBold(strong)
    label.setFont(font)
    return label


def mark_tone(label: QLabel, *, better: bool) -> None:
    """Say by the colour of a number whether it is good."""
    if label.property("better") != better:
        label.setProperty("better", better)
        label.setProperty("worse", not better)
        label.style().unpolish(label)
        label.style().polish(label)
