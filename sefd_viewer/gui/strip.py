"""The strip below the stage: the people of the data set, ordered and filtered, or the sequence's time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.filter_words import FilterError
from sefd_viewer.app.filtering import Completion
from sefd_viewer.app.person_frames import QuickChip, StripFrame
from sefd_viewer.gui.controls import line, quiet_label
from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import ElidedCombo, ElidedLabel, grown, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.strip_list import StripList

if TYPE_CHECKING:
    from sefd_viewer.app.person_pictures import PersonPictures


HINT = "Filter: hidden > 0.2 and camera = 3"
OFFERED = 12
Suggest = Callable[[str, int], Sequence[Completion]]
"""What the word before a place in the filter could become."""
_OF_POPUP = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Up)


class FilterField(SafeOverrides, QLineEdit):
    """`applied(text)` when Enter is pressed or the field is left; `suggest` completes what is typed."""

    applied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(HINT)
        self.setClearButtonEnabled(True)
        self.setAccessibleName("Filter of the people")
        self.suggest: Suggest = lambda _words, _place: ()
        self._applied, self._offered = "", list[Completion]()
        self._words = QStringListModel(self)
        self.offer = QCompleter(self._words, self)
        self.offer.setWidget(self)
        self.offer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.offer.activated.connect(self._take)
        self.editingFinished.connect(self._apply)
        self.textChanged.connect(lambda text: None if text else self._apply())
        self.textEdited.connect(lambda _text: self._offer())

    @property
    def offered(self) -> list[str]:
        """The words that could stand where one types."""
        return self._words.stringList()

    def show_text(self, text: str) -> None:
        """Show the filter that holds, unless somebody is typing another one."""
        if text != self._applied or not self.hasFocus():
            self._applied = text
            if text != self.text():
                self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the field; with words on offer the keys are theirs."""
        popup = self.offer.popup()
        if popup is not None and popup.isVisible() and event.key() in _OF_POPUP:
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def _offer(self) -> None:
        """Offer what the word before the cursor could become."""
        try:
            found = self.suggest(self.text(), self.cursorPosition())
        except FilterError:
            found = ()
        typed = self.text()[found[0].start : found[0].end].lower() if found else ""
        begun = [one for one in found if one.start < one.end and one.text.lower() != typed]
        self._offered = begun[:OFFERED]
        self._words.setStringList([one.text for one in self._offered])
        popup = self.offer.popup()
        if self._offered and self.hasFocus():
            self.offer.complete()
        elif popup is not None:
            popup.hide()

    def _take(self, words: str) -> None:
        """Put an offered word in place of what was begun."""
        found = next((one for one in self._offered if one.text == words), None)
        if found is not None:
            text = self.text()
            self.setText(text[: found.start] + found.text + text[found.end :])
            self.setCursorPosition(found.start + len(found.text))

    def _apply(self) -> None:
        if self.text() != self._applied:
            self._applied = self.text()
            self.applied.emit(self._applied)


NARROW, CHIPS_FROM = 1420, 760
"""Widths (px of usual text) below which the note goes, then the chips."""


class Strip(SafeOverrides, QWidget):
    """Signals out: `chosen(row)`, `opened(row)`, `order_chosen(id)`, `filter_changed(text)`,
    `term_toggled(text)`, `measure_wanted`, `timed(bool)`, `folded(bool)`; `apply` shows a frame.
    """

    chosen = Signal(int)
    opened = Signal(int)
    order_chosen = Signal(str)
    filter_changed = Signal(str)
    term_toggled = Signal(str)
    measure_wanted = Signal()
    timed = Signal(bool)
    folded = Signal(bool)

    def __init__(self, pictures: PersonPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._frame = StripFrame()
        self._time: QWidget | None = None
        self._has_time = False
        self.list = StripList(pictures)
        self.people, self.time = self._segment("People"), self._segment("Time")
        self.order, self.filter = ElidedCombo(), FilterField()
        self.count, self.note, self.mistake = quiet_label(), ElidedLabel(), quiet_label()
        self.measure = QPushButton()
        self.fold, self._folds = QToolButton(), ""
        self.chips: list[QToolButton] = []
        self._chip_row = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._build()
        self._connect()
        self.apply(self._frame, self._frame)

    def set_time(self, widget: QWidget) -> None:
        """What "Time" shows."""
        self._time = widget
        self._layout.addWidget(widget)
        self._show_parts()

    def allow_time(self, *, allowed: bool) -> None:
        """Offer "Time", where there is a sequence."""
        if allowed != self._has_time:
            self._has_time = allowed
            self._show_parts()

    def set_height(self, height: int) -> None:
        """Small tiles in a low window, given its height in pixels; numbers alone in a very low one."""
        self.list.set_height(height)

    def apply(self, old: StripFrame, new: StripFrame) -> None:
        """Show a frame."""
        self._frame = new
        self._sign()
        self.list.apply(old, new)
        self.people.setText(f"People {len(new.people):,}" if new.people is not None else "People")
        if old.orders != new.orders or self.order.count() != len(new.orders):
            self.order.clear()
            for id, title in new.orders:
                self.order.addItem(title, id)
        self.order.setCurrentIndex(self.order.findData(new.order))
        self.filter.show_text(new.filter)
        self._show_chips(new.chips)
        self._show_words(new)
        self._show_parts()

    # ---- inside

    def _sign(self, *, anew: bool = False) -> None:
        """The sign that folds the pictures away, drawn when it is another one."""
        sign = "up" if self._frame.folded else "down"
        if sign != self._folds or anew:
            self._folds = sign
            self.fold.setIcon(icon(sign))

    def _show_words(self, new: StripFrame) -> None:
        total = 0 if new.people is None else len(new.people)
        line, shown = new.line, len(new.rows)
        place = (
            f"{line + 1:,} of {shown:,}" if line is not None else f"{shown:,} shown" if shown < total else ""
        )
        self.count.setText(place)
        self.note.setText(new.words or new.note)
        self.mistake.setText(new.mistake)
        self.mistake.setProperty("problem", True)
        self.mistake.setVisible(bool(new.mistake))
        self.filter.setToolTip(
            plain_tip(new.mistake or "Only people for whom this holds are shown (F1: how)")
        )
        self.measure.setText(new.measure)

    def _show_chips(self, chips: tuple[QuickChip, ...]) -> None:
        for place in range(len(self.chips), len(chips)):
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.clicked.connect(lambda _on, place=place: self._toggle(place))
            self.chips.append(chip)
            self._chip_row.addWidget(chip)
        for place, button in enumerate(self.chips):
            if place < len(chips):
                one = chips[place]
                button.setText(f"{one.title} {one.count:,}")
                button.setChecked(one.on)
                button.setToolTip(plain_tip(one.term))
                button.setAccessibleName(f"Only {one.title}: {one.count} people")

    def _toggle(self, place: int) -> None:
        chip = self._frame.chips[place]
        self.chips[place].setChecked(chip.on)
        self.term_toggled.emit(chip.term)

    def _show_parts(self) -> None:
        """What there is room and reason for."""
        new, wide = self._frame, self.width()
        chips = sum(wide >= grown(self, CHIPS_FROM + 90 * place) for place in range(len(new.chips)))
        self.time.setVisible(self._has_time)
        timed = new.timed and self._has_time
        (self.time if timed else self.people).setChecked(True)
        if self._time is not None:
            self._time.setVisible(timed and not new.folded)
        self.list.setVisible(not timed and not new.folded)
        for widget in (self.order, self.filter, self.count):
            widget.setVisible(not timed)
        for place, chip in enumerate(self.chips):
            chip.setVisible(not timed and place < chips)
        self.note.setVisible(not timed and (wide >= grown(self, NARROW) or bool(new.words)))
        self.measure.setVisible(bool(new.measure) and not timed)
        words = "Show the pictures" if new.folded else "Hide the pictures"
        self.fold.setToolTip(words)
        self.fold.setAccessibleName(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._show_parts()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the window wants: what does not fit goes."""
        return QSize(320, super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._sign(anew=True)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "fold"):
            self._show_parts()

    def _build(self) -> None:
        segments, rule = QFrame(), line()
        segments.setObjectName("segments")
        group, row = QButtonGroup(self), QHBoxLayout(segments)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(1)
        for button in (self.people, self.time):
            group.addButton(button)
            row.addWidget(button)
        self.order.setAccessibleName("Order of the people")
        self.filter.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.filter.setMinimumWidth(140)
        self.filter.setMaximumWidth(360)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.note.setMinimumWidth(10)
        self._chip_row.setSpacing(6)
        header = QHBoxLayout()
        header.setContentsMargins(12, 5, 12, 5)
        header.setSpacing(10)
        header.addWidget(segments)
        header.addWidget(self.order)
        header.addWidget(self.filter, 5)
        header.addWidget(self.mistake)
        header.addLayout(self._chip_row)
        header.addStretch(1)
        header.addWidget(self.note, 4)
        header.addWidget(self.count)
        header.addWidget(self.measure)
        header.addWidget(self.fold)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(rule)
        self._layout.addLayout(header)
        self._layout.addWidget(self.list)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self.list.chosen.connect(self.chosen)
        self.list.opened.connect(self.opened)
        self.list.left.connect(lambda: self.list.apply(self._frame, self._frame))
        self.order.activated.connect(lambda _i: self.order_chosen.emit(self.order.currentData()))
        self.filter.applied.connect(self.filter_changed)
        self.measure.clicked.connect(self.measure_wanted)
        self.people.clicked.connect(lambda: self.timed.emit(False))
        self.time.clicked.connect(lambda: self.timed.emit(True))
        self.fold.clicked.connect(lambda: self.folded.emit(not self._frame.folded))

    def _segment(self, words: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setAccessibleName(f"Show {words.lower()}")
        return button
