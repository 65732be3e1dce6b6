"""The sentence about a person as a label: each part tells why it is said, and a click leads on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from sefd_viewer.app.sentences import Account, Part, Tone
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import Colors, current_colors

SIZES = ("page", "sentence", "lead")
"""Types of the sentence, the largest first that fits into one line."""
SPACE = 3
WHY = "Why does it say this?"


class SentenceView(SafeOverrides, QWidget):
    """Signals out: `followed(lead)` when a part is clicked, or chosen with Tab and Enter; `reshaped` when
    `needed`, the height of the shortest words in pixels, has changed.
    """

    followed = Signal(str)
    reshaped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = Account()
        self._parts: list[Part] = []
        self.needed = 0
        self.sentence, self.lines = self._label(SIZES[0]), self._label("small")
        self.setAccessibleName("What happened to this person")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.lines.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addStretch(1)
        layout.addWidget(self.sentence)
        layout.addWidget(self.lines)
        layout.addStretch(1)

    def show_account(self, account: Account) -> None:
        """Say something else."""
        if account != self._account:
            self._account = account
            self._write()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as large a type and as many words as there is room for."""
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        colors, account, width = current_colors(), self._account, max(self.width(), 1)
        self._parts = []
        for size in SIZES:
            _set_type(self.sentence, size)
            self._parts.clear()
            words = self._html(account.sentence, colors, colors.text, short=size == SIZES[-1])
            self.sentence.setText(f'<span style="font-weight:600">{words}</span>')
            self.sentence.setWordWrap(False)
            if self.sentence.sizeHint().width() <= width:
                break
        else:
            self.sentence.setWordWrap(True)
        wrapped = self.sentence.heightForWidth(width) if self.sentence.wordWrap() else 0
        room = self.height() - max(wrapped, self.sentence.sizeHint().height()) - SPACE
        told = len(self._parts)
        for between, short in (("<br>", False), (" ", False), (" ", True)):
            del self._parts[told:]
            lines = (self._html(line, colors, colors.quiet, short=short) for line in account.lines)
            self.lines.setText(between.join(lines))
            if self.lines.heightForWidth(width) <= room:
                break
        self.lines.setVisible(bool(account.lines))
        for label in (self.sentence, self.lines):  # without links there is nothing to choose
            linked = "<a href" in label.text()
            label.setFocusPolicy(Qt.FocusPolicy.StrongFocus if linked else Qt.FocusPolicy.NoFocus)
        self._measure(width)
        self.setAccessibleDescription(account.text)

    def _measure(self, width: int) -> None:
        labels = [label for label in (self.sentence, self.lines) if not label.isHidden() and label.text()]
        needed = sum(
            label.heightForWidth(width) if label.wordWrap() else label.sizeHint().height() for label in labels
        )
        needed += SPACE * (len(labels) - 1) if labels else 0
        if needed != self.needed:
            self.needed = needed
            self.reshaped.emit()

    def _html(self, parts: Sequence[Part], colors: Colors, plain: str, *, short: bool = False) -> str:
        return "".join(self._part(part, colors, plain, short=short) for part in parts)

    def _part(self, part: Part, colors: Colors, plain: str, *, short: bool) -> str:
        words = escape((part.short if short else "") or part.text)
        look = _look(part.tone, colors, plain)
        if part.lead is None and not part.why:
            return f'<span style="{look}">{words}</span>'
        self._parts.append(part)
        return f'<a href="{len(self._parts) - 1}" style="text-decoration:none;{look}">{words}</a>'

    def _label(self, size: str) -> QLabel:
        label = QLabel(textFormat=Qt.TextFormat.RichText)
        _set_type(label, size)
        label.setMinimumWidth(1)
        flags = Qt.TextInteractionFlag
        label.setTextInteractionFlags(flags.LinksAccessibleByMouse | flags.LinksAccessibleByKeyboard)
        label.linkHovered.connect(lambda link: label.setToolTip(plain_tip(self._why(link))))
        label.linkActivated.connect(self._follow)
        return label

    def _why(self, link: str) -> str:
        why = self._parts[int(link)].why if link else ""
        return f"{WHY}\n{why}" if why else ""

    def _follow(self, link: str) -> None:
        lead = self._parts[int(link)].lead
        if lead is not None:
            self.followed.emit(lead)


def _set_type(label: QLabel, size: str) -> None:
    if label.property("type") != size:
        label.setProperty("type", size)
        label.style().unpolish(label)
        label.style().polish(label)


def _look(tone: Tone, colors: Colors, plain: str) -> str:
    own = {"better": colors.better, "worse": colors.worse, "warning": colors.warn, "strong": colors.text}
    color = f"color:{own[tone]};" if tone in own else f"color:{plain};"
    return color + ("font-weight:600;" if tone in ("strong", "better", "worse") else "")
