"""Labels and buttons that show words as they are written, and give way where there is little room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QToolTip,
    QWidget,
)

from sefd_viewer.gui.safe_overrides import SafeOverrides


class PlainLabel(QLabel):
    """A label that shows its text letter by letter."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, wordWrap: bool = False) -> None:
        super().__init__(text, parent, textFormat=Qt.TextFormat.PlainText, wordWrap=wordWrap)


def plain_tip(words: str) -> str:
    """The words for a tool tip, which shows them letter by letter."""
    return words if "<" not in words else f'<p style="white-space: pre-wrap">{escape(words)}</p>'


def time_left(seconds: float | None) -> str:
    """Words for `seconds` that are left; empty when that is unknown, or next to nothing."""
    if seconds is None or seconds < 5:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    minutes = seconds / 60
    return f"{minutes:.0f} min left" if minutes < 90 else f"{minutes / 60:.1f} h left"


USUAL_LINE = 16
"""Pixels of a line of text of the usual size."""


def grown(widget: QWidget, pixels: float) -> int:
    """As many pixels of this widget's text as `pixels` are of text of the usual size."""
    return round(pixels * widget.fontMetrics().height() / USUAL_LINE)


TEXT_CHANGED = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
"""What is told a widget whose text gets another size."""


def without_entries(menu: QMenu) -> QMenu:
    """A menu without its entries, and without the menus inside it, which `clear` would leave behind."""
    menu.clear()
    for inside in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        inside.deleteLater()
    return menu


class TextLine(SafeOverrides, QWidget):
    """A bar whose height, given in pixels of usual text, grows with its text."""

    def __init__(self, pixels: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels, self._least = pixels, 0
        self._grow()

    def set_least(self, pixels: int) -> None:
        """Be at least as high, in pixels."""
        self._least = pixels
        self._grow()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in TEXT_CHANGED and hasattr(self, "_least"):
            self._grow()

    def _grow(self) -> None:
        self.setFixedHeight(max(grown(self, self._pixels), self._least))


class ShowMenu(QToolButton):
    """Check boxes for which a bar has no room, as a menu; `more` adds to it what else has none."""

    def __init__(self, boxes: Sequence[QCheckBox], more: Callable[[QMenu], None] | None = None) -> None:
        super().__init__()
        self._boxes, self._more = tuple(boxes), more
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setObjectName("outlined")
        self.setText("Show")
        self.setAccessibleName("What is drawn")
        self.setToolTip("What is drawn")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(self._menu)

    def _fill(self) -> None:
        without_entries(self._menu)
        for box in self._boxes:
            action = self._menu.addAction(box.text(), box.click)
            action.setCheckable(True)
            action.setChecked(box.isChecked())
            action.setEnabled(box.isEnabled())
            action.setVisible(not box.property("unsuited"))
        if self._more is not None:
            self._more(self._menu)


class ElidedLabel(SafeOverrides, PlainLabel):
    """A line of text that gives way: what does not fit ends in dots, and is told whole in its tip.

    It is quiet and asks for no room, unless it is told to want as much as its words need.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, wants: bool = False) -> None:
        super().__init__(text, parent)
        self.setProperty("quiet", not wants)
        across = QSizePolicy.Policy.Preferred if wants else QSizePolicy.Policy.Ignored
        self.setSizePolicy(across, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 3, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Tell the words whole where they are cut and nothing else is to be told."""
        if event.type() == QEvent.Type.ToolTip and not self.toolTip():
            cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
            if cut and isinstance(event, QHelpEvent):
                QToolTip.showText(event.globalPos(), plain_tip(self.text()), self)
                return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        painter = QPainter(self)
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(
            painter,
            area,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )
        painter.end()


class ElidedCombo(SafeOverrides, QComboBox):
    """A choice whose words have dots amid them where there is little room, and are told whole in its tip."""

    def __init__(self, *, letters: int = 8) -> None:
        super().__init__()
        self._letters = letters
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentTextChanged.connect(lambda words: self.setToolTip(plain_tip(words)))

    def minimumSizeHint(self) -> QSize:
        """A few letters; the words chosen are what it would like."""
        hint, letter = super().minimumSizeHint(), self.fontMetrics().averageCharWidth()
        return QSize(min(hint.width(), self._letters * letter + grown(self, 36)), hint.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the words as fits."""
        painter, option, elements = QStylePainter(self), QStyleOptionComboBox(), QStyle
        self.initStyleOption(option)
        field = elements.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(elements.ComplexControl.CC_ComboBox, option, field, self).width()
        words = option.currentText
        middle = Qt.TextElideMode.ElideMiddle  # names that begin alike differ at their ends
        option.currentText = self.fontMetrics().elidedText(words, middle, room)
        painter.drawComplexControl(elements.ComplexControl.CC_ComboBox, option)
        painter.drawControl(elements.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
