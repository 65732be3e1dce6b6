"""The line of the filter: its words with completion and help, chips, how people are shown and ordered."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from sefd_viewer.app.filtering import HELP, Completion, FilterError, completions, difference
from sefd_viewer.features.people.model import PeopleFrame, Term
from sefd_viewer.features.people.views.head import ghost
from sefd_viewer.gui.controls import Segments, quiet_label
from sefd_viewer.gui.labels import TEXT_CHANGED, ElidedCombo, PlainLabel, grown, plain_tip
from sefd_viewer.gui.panes import emptied
from sefd_viewer.gui.safe_overrides import SafeOverrides

MIDDLES: dict[str, str] = {"pictures": "Pictures", "table": "Table", "plot": "Plot"}
NARROW = 1366
"""Width (px of usual text) below which the plot is a choice beside pictures and table."""
FIELD = 230
"""Least width (px of usual text) of the filter."""
OFFERED = 12


class FilterField(SafeOverrides, QLineEdit):
    """The filter as it is typed; `changed(words)` at every letter, `left` when the keyboard goes on."""

    changed = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__(clearButtonEnabled=True)
        self.setAccessibleName("Filter people")
        self._frame, self._offered = PeopleFrame(), tuple[Completion, ...]()
        self._words = QStringListModel(self)
        self.completer_ = QCompleter(self._words, self)
        self.completer_.setWidget(self)
        self.completer_.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer_.activated.connect(self.complete)
        popup = self.completer_.popup()
        assert popup is not None
        self._popup = popup
        self.textEdited.connect(self._edited)

    def apply(self, new: PeopleFrame) -> None:
        """Show a frame's filter."""
        self._frame = new
        apart = _apart(new)
        example = f"{apart} > 10 and hidden > 0.2" if apart else "hidden > 0.2 and camera = 3"
        self.setPlaceholderText(f"Filter: {example}")
        if self.text() != new.state.where and not self.hasFocus():
            self.setText(new.state.where)

    def complete(self, words: str) -> None:
        """Put an offered word into the filter."""
        found = next((one for one in self._offered if one.text == words), None)
        if found is not None:
            text = self.text()
            self.setText(text[: found.start] + found.text + text[found.end :])
            self.setCursorPosition(found.start + len(found.text))
            self.changed.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the field; Escape again, Enter or Down go to the people."""
        if self._popup.isVisible() and event.key() in _OF_POPUP:
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.changed.emit("")
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.changed.emit(self.text())
            self.left.emit()
        elif event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._offer(all_words=True)
        else:
            super().keyPressEvent(event)

    def _edited(self, words: str) -> None:
        self.changed.emit(words)
        self._offer()

    def _offer(self, *, all_words: bool = False) -> None:
        """Offer what the word before the cursor could become."""
        table = self._frame.table
        if table is None:
            return
        try:
            found = completions(self.text(), self.cursorPosition(), table)
        except FilterError:
            found = ()
        begun = [
            one
            for one in found
            if one.start < one.end or all_words or self.text().rstrip().endswith(("=", ":"))
        ]
        typed = self.text()[begun[0].start : begun[0].end].lower() if begun else ""
        self._offered = tuple(one for one in begun if one.text.lower() != typed)[:OFFERED]
        self._words.setStringList([one.text for one in self._offered])
        if self._offered and self.hasFocus():
            self.completer_.complete()
        else:
            self._popup.hide()


_OF_POPUP = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Up)


class FilterLine(SafeOverrides, QWidget):
    """Signals out: `words(text)`, `term(text)` by a chip, `middle_chosen(id)`, `ordered(number, descending)`,
    `tag_wanted`, `verdict_wanted(state)`, `export_wanted`, and `left` when the keyboard goes to the people.
    """

    words = Signal(str)
    term = Signal(str)
    middle_chosen = Signal(str)
    ordered = Signal(str, bool)
    tag_wanted = Signal()
    verdict_wanted = Signal(str)
    export_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.field, self.help = FilterField(), QToolButton()
        self.help.setText("?")
        self.help.setToolTip("What can be typed here")
        self.help.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.help.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.count, self.mistake = quiet_label(), PlainLabel()
        self.mistake.setProperty("problem", True)
        self.chips: list[QToolButton] = []
        self._chip_row = QHBoxLayout()
        self.middles = Segments(MIDDLES, name="How people are shown")
        self.order, self.turn = ElidedCombo(), QToolButton()
        self.order.setAccessibleName("Order of the people")
        self.turn.setToolTip("Largest or smallest first")
        self.tag, self.verdict, self.export = ghost("Tag…"), ghost("Verdict…"), ghost("Export…")
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setObjectName("outlined")
        self.more.setAccessibleName("More for the people shown")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()
        self._connect()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's filter and what it gives."""
        self._frame = new
        self.field.apply(new)
        self.count.setText(count_words(new))
        self.mistake.setText(new.mistake)
        self.mistake.setVisible(bool(new.mistake))
        self._show_chips(new.terms)
        self.middles.set_chosen(new.state.middle)
        if old.orders != new.orders or self.order.count() != len(new.orders):
            self.order.clear()
            for id, title in new.orders:
                self.order.addItem(title, id)
        self.order.setCurrentIndex(self.order.findData(new.order))
        self.turn.setText("↓" if new.state.descending else "↑")
        shown = len(new.lines) if new.lines is not None else 0
        chosen = len(new.state.picked) or shown
        self.tag.setText(f"Tag {len(new.state.picked)}…" if new.state.picked else "Tag…")
        self.verdict.setText(f"Verdict for {chosen:,}…")
        for button in (self.tag, self.verdict, self.export):
            button.setEnabled(shown > 0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in TEXT_CHANGED and hasattr(self, "more"):
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Leave out what there is no room for, now that all parts have their look."""
        super().showEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Room for the field and a few choices: what does not fit goes."""
        return QSize(grown(self, 420), super().minimumSizeHint().height())

    # ---- inside

    def _fit(self) -> None:
        wide = self.width()
        compare = self._frame.state.face == "compare"
        self.middles.buttons["plot"].setVisible(compare and wide < grown(self, NARROW))
        self.verdict.setVisible(not compare)
        actions = [self.tag, self.export] if compare else [self.verdict, self.tag, self.export]
        self.field.setMinimumWidth(grown(self, FIELD))
        room = wide - grown(self, FIELD) - 44 - self.order.minimumSizeHint().width()
        room -= _wide(self.middles, self.turn)
        folded = room < _wide(*actions)
        for button in actions:
            button.setVisible(not folded)
        self.more.setVisible(folded)
        room -= _wide(self.more) if folded else _wide(*actions)
        for widget in (self.count, self.help, *self.chips[: len(self._frame.terms)]):
            room -= _wide(widget)
            widget.setVisible(room > 0)
        for chip in self.chips[len(self._frame.terms) :]:
            chip.hide()

    def _fill_more(self) -> None:
        """What there is no room for as buttons."""
        menu = self.more.menu()
        menu.clear()
        menu.addAction(self.tag.text(), self.tag.click)
        if self._frame.state.face != "compare":
            menu.addMenu(self.verdict.menu()).setText(self.verdict.text())
        menu.addAction(self.export.text(), self.export.click)
        menu.setEnabled(self.tag.isEnabled())

    def _fill_help(self) -> None:
        """What can be typed, for the people that are open."""
        action = QWidgetAction(self.help.menu())
        action.setDefaultWidget(_help_page(self._frame))
        self.help.menu().clear()
        self.help.menu().addAction(action)

    def _show_chips(self, terms: tuple[Term, ...]) -> None:
        for place in range(len(self.chips), len(terms)):
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.clicked.connect(lambda _on, place=place: self._toggle(place))
            self.chips.append(chip)
            self._chip_row.addWidget(chip)
        for place, one in enumerate(terms):
            self.chips[place].setText(one.title)
            self.chips[place].setChecked(one.on)
            self.chips[place].setToolTip(plain_tip(one.words))

    def _toggle(self, place: int) -> None:
        one = self._frame.terms[place]
        self.chips[place].setChecked(one.on)
        self.term.emit(one.words)

    def _turned(self) -> None:
        self.ordered.emit(self._frame.order, not self._frame.state.descending)

    def _connect(self) -> None:
        self.field.changed.connect(self.words)
        self.field.left.connect(self.left)
        self.middles.chosen.connect(self.middle_chosen)
        self.order.activated.connect(lambda _i: self.ordered.emit(self.order.currentData(), True))
        self.turn.clicked.connect(self._turned)
        self.tag.clicked.connect(self.tag_wanted)
        self.export.clicked.connect(self.export_wanted)
        menu = QMenu(self.verdict)
        for state in ("good", "bad", "unsure", "fixed"):
            action = menu.addAction(state.capitalize())
            action.triggered.connect(lambda _on, state=state: self.verdict_wanted.emit(state))
        self.verdict.setMenu(menu)
        examples = QMenu(self.help)
        examples.aboutToShow.connect(self._fill_help)
        self.help.setMenu(examples)
        rest = QMenu(self.more)
        rest.aboutToShow.connect(self._fill_more)
        self.more.setMenu(rest)
        self.verdict.setStyleSheet("QPushButton::menu-indicator { image: none; width: 0; }")

    def _lay_out(self) -> None:
        line, column = QHBoxLayout(), QVBoxLayout(self)
        line.setSpacing(8)
        self.field.setMinimumWidth(FIELD)
        self.field.setMaximumWidth(400)
        self._chip_row.setSpacing(6)
        line.addWidget(self.field, 3)
        line.addWidget(self.help)
        line.addWidget(self.count)
        line.addLayout(self._chip_row)
        line.addStretch(1)
        parts: tuple[QWidget | QPushButton, ...] = (self.middles, self.order, self.turn)
        for widget in (*parts, self.tag, self.verdict, self.export, self.more):
            line.addWidget(widget)
        column.setContentsMargins(14, 6, 14, 6)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.mistake)


def _wide(*widgets: QWidget) -> int:
    """The room that widgets in a line would like, in pixels."""
    return sum(widget.sizeHint().width() + 8 for widget in widgets)


def count_words(frame: PeopleFrame) -> str:
    """How many people are shown."""
    if frame.table is None or frame.lines is None:
        return ""
    shown, total = len(frame.lines), len(frame.table)
    noun = "person" if total == 1 else "people"
    words = f"{total:,} {noun}" if shown == total else f"{shown:,} of {total:,} {noun}"
    return f"{words} · {len(frame.state.picked):,} picked" if frame.state.picked else words


def _apart(frame: PeopleFrame) -> str:
    """The difference of the two methods that are compared, as a filter writes it; "" without numbers."""
    table = frame.table
    if table is None or not {frame.method, frame.baseline} <= set(table.methods):
        return ""
    return difference(frame.method, frame.baseline, table)


def _help_page(frame: PeopleFrame) -> QWidget:
    """A page with examples and the names of the columns."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(12, 8, 14, 10)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(4)
    apart = _apart(frame) or "student - baseline"
    for line, (example, words) in enumerate(HELP):
        own = example.replace("student - baseline", apart).replace("student", apart.split(" - ")[0])
        label = PlainLabel(own)
        label.setProperty("heading", True)
        grid.addWidget(label, line, 0)
        grid.addWidget(quiet_label(words), line, 1)
    columns = frame.table.filled if frame.table is not None else ()
    names = quiet_label(
        "Names: " + ", ".join(min((one.id, *one.names), key=len) for one in columns), wrap=True
    )
    names.setMaximumWidth(560)
    grid.addWidget(names, len(HELP), 0, 1, 2)
    return page


class NobodyMatches(QWidget):
    """What stands in place of people whom the filter leaves out: each term is a button that removes it.

    Signal out: `filter_wanted(words)`.
    """

    filter_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(24, 12, 24, 12)

    def offer(self, terms: Iterable[tuple[str, str]]) -> None:
        """Offer to leave out each of these terms, with the words that remain, and to show everybody."""
        emptied(self._rows)
        choices = [(f"{term}  ×", words, "ghost") for term, words in terms]
        self._rows.addStretch(1)
        self._rows.addWidget(quiet_label("No person matches." + (" Remove:" if choices else "")))
        for title, words, kind in (*choices, ("Show everybody", "", None)):
            button = QPushButton(title)
            button.setProperty("kind", kind)
            button.clicked.connect(lambda _on, words=words: self.filter_wanted.emit(words))
            self._rows.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._rows.addStretch(2)
