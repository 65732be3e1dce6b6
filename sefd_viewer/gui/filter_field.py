"""A field for the filter of people: words that complete what is typed, Enter to apply, Escape to empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit

from sefd_viewer.app.filter_words import FilterError
from sefd_viewer.app.filtering import Completion
from sefd_viewer.gui.safe_overrides import SafeOverrides

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
