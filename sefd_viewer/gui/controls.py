"""Small controls of the panels: a slider with its number, an eye, a colour button, a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import PlainLabel, grown, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

if TYPE_CHECKING:
    from sefd_viewer.app.state import Color

_OWN_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class Slider(SafeOverrides, QSlider):
    """A horizontal slider that keeps its arrow keys from the window and ignores the wheel without focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys."""
        if not (isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride):
            return super().event(event)
        own = event.key() in _OWN_KEYS and not event.modifiers()
        event.setAccepted(own)
        return own or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel instead of changing a value by accident."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberSlider(SafeOverrides, QWidget):
    """A slider over `low` to `high` in `step`s, with the number beside it; `changed` only by hand."""

    changed = Signal(float)

    def __init__(
        self,
        low: float,
        high: float,
        step: float,
        *,
        decimals: int = 2,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._step = low, high, step
        self._decimals, self._unit = decimals, unit
        self.slider = Slider()
        self.slider.setRange(0, round((high - low) / step))
        self._number = PlainLabel()
        self._number.setProperty("quiet", True)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._widen()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._number)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._moved)
        self._moved(0)

    def name(self, words: str) -> None:
        """Say what the number is, to those who hear the window."""
        self.slider.setAccessibleName(words)

    @property
    def value(self) -> float:
        """The number shown."""
        return round(self._low + self.slider.value() * self._step, 6)

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_number"):
            self._widen()

    def _widen(self) -> None:
        widest = self._text(self._high), "00.00"
        self._number.setMinimumWidth(max(map(self._number.fontMetrics().horizontalAdvance, widest)))
        self.slider.setMinimumWidth(grown(self, 40))

    def set_value(self, value: float) -> None:
        """Show a number without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(round((value - self._low) / self._step))
        self.slider.blockSignals(False)
        self._number.setText(self._text(value))

    def _moved(self, _position: int) -> None:
        self._number.setText(self._text(self.value))
        self.changed.emit(self.value)

    def _text(self, value: float) -> str:
        return f"{value:.{self._decimals}f}{self._unit}"


class EyeButton(QToolButton):
    """Open when something is shown, closed when not."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setToolTip(plain_tip(tip))
        self.setAccessibleName(tip)
        self.setIconSize(QSize(18, 18))
        self.setStyleSheet("QToolButton { padding: 2px; } QToolButton:checked { background: transparent; }")
        self.toggled.connect(lambda _on: self.refresh())
        self.refresh()

    def set_open(self, on: bool) -> None:
        """Open or close the eye without telling anybody."""
        if on == self.isChecked():
            return
        self.blockSignals(True)
        self.setChecked(on)
        self.blockSignals(False)
        self.refresh()

    def refresh(self) -> None:
        """Draw the sign again, in the palette's colours."""
        self.setIcon(icon("eye" if self.isChecked() else "closed_eye", size=18))


class ColorButton(QToolButton):
    """Shows a colour; a click lets a person choose another."""

    chosen = Signal(tuple)

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color: Color | None = None
        self.setToolTip(plain_tip(tip))
        self.setAccessibleName(tip)
        self.setIconSize(QSize(14, 14))
        self.setStyleSheet("QToolButton { padding: 3px; }")
        self.clicked.connect(self._ask)

    def set_color(self, color: Color) -> None:
        """Show a colour."""
        if color != self._color:
            self._color = color
            self.setIcon(color_chip(color, 14))

    def _ask(self) -> None:
        answer = QColorDialog.getColor(QColor(*(self._color or (255, 255, 255))), self.window())
        if answer.isValid():
            self.chosen.emit((answer.red(), answer.green(), answer.blue()))


class Dot(SafeOverrides, QWidget):
    """A round spot of one colour."""

    def __init__(self, color: Color, parent: QWidget | None = None, *, diameter: int = 10) -> None:
        super().__init__(parent)
        self._color = QColor(*color)
        self.setFixedSize(diameter, diameter)

    def set_color(self, color: Color) -> None:
        """Show another colour."""
        self._color = QColor(*color)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the spot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawEllipse(self.rect())
        painter.end()


class ClickableRow(SafeOverrides, QWidget):
    """A row that can be selected by a click on its empty parts."""

    clicked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("selected", False)

    def set_selected(self, selected: bool) -> None:
        """Mark the row."""
        if self.property("selected") != selected:
            self.setProperty("selected", selected)
            self.style().unpolish(self)
            self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell that the row was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()


def color_chip(color: Color, size: int) -> QIcon:
    """A rounded square of one colour."""
    result = QIcon()
    for scale in (1, 2, 3):
        pixmap = QPixmap(size * scale, size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(128, 128, 128))
        painter.setBrush(QColor(*color))
        painter.drawRoundedRect(1, 1, size - 2, size - 2, 3, 3)
        painter.end()
        result.addPixmap(pixmap)
    return result


def quiet_label(text: str = "", *, wrap: bool = False) -> QLabel:
    """A label in the colour of secondary text."""
    label = PlainLabel(text)
    label.setProperty("quiet", True)
    label.setWordWrap(wrap)
    return label


def text_label(words: str, type: str, *, wrap: bool = False) -> QLabel:
    """A label in a size that the style sheet knows: "title", "page", "card", "lead", "small", "tiny"."""
    label = PlainLabel(words)
    label.setProperty("type", type)
    label.setWordWrap(wrap)
    return label


def heading_label(words: str) -> QLabel:
    """A quiet, strong line above a group."""
    label = quiet_label(words)
    label.setProperty("heading", True)
    return label


def push_button(words: str, *, primary: bool = False) -> QPushButton:
    """A button that Enter presses, too; the primary one is what most people want."""
    button = QPushButton(words)
    button.setAutoDefault(True)
    button.setProperty("primary" if primary else "kind", True if primary else "ghost")
    return button


def link_button(words: str, name: str = "") -> QPushButton:
    """A button that looks like a link; `name` says more to a screen reader."""
    button = QPushButton(words)
    button.setAutoDefault(True)
    button.setProperty("kind", "link")
    button.setAccessibleName(name or words)
    return button


def set_mark(widget: QWidget, name: str, on: bool) -> None:
    """Set a property that the style sheet asks for."""
    if widget.property(name) != on:
        widget.setProperty(name, on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Segments(QFrame):
    """A few choices side by side, one of which is lit. Signal out: `chosen(key)`, by hand alone.

    Tab leads to the one that is lit; with `name` screen readers tell what is chosen. `by_tab`: a click leaves
    the keyboard where it was, for rooms in which arrows and space mean something.
    """

    chosen = Signal(str)

    def __init__(
        self,
        choices: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        name: str = "",
        gap: int = 1,
        by_tab: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("segments")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._by_tab = by_tab
        self.buttons: dict[str, QToolButton] = {}
        group, row = QButtonGroup(self), QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(gap)
        for key, words in dict(choices).items():
            button = self.buttons[key] = QToolButton()
            button.setText(words)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {words}" if name else words)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            group.addButton(button)
            button.clicked.connect(lambda _on, key=key: self.chosen.emit(key))
            row.addWidget(button)

    def set_chosen(self, key: str) -> None:
        """Light a choice without telling anybody; arrow keys lead to the others."""
        if key not in self.buttons:
            return
        self.buttons[key].setChecked(True)
        policy = Qt.FocusPolicy
        lit, dark = (
            (policy.TabFocus, policy.NoFocus) if self._by_tab else (policy.StrongFocus, policy.ClickFocus)
        )
        for other, button in self.buttons.items():
            button.setFocusPolicy(lit if other == key else dark)


def line(*, vertical: bool = False) -> QFrame:
    """A thin line between rows or parts."""
    frame = QFrame()
    frame.setObjectName("thin_line")
    frame.setFixedWidth(1) if vertical else frame.setFixedHeight(1)
    return frame


def offer(box: QComboBox, choices: Mapping[str, str], chosen: str | None) -> None:
    """Let a box have these choices, words by what they stand for, and show the one that is chosen."""
    box.blockSignals(True)
    if [(box.itemData(place), box.itemText(place)) for place in range(box.count())] != [*choices.items()]:
        box.clear()
        for key, words in choices.items():
            box.addItem(words, key)
    box.setCurrentIndex(box.findData(chosen))
    box.setEnabled(len(choices) > 1)
    box.blockSignals(False)
