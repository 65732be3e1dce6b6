"""What is known about the case in view, in sentences: findings, verdicts of the past, who is missing."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from sefd_viewer.features.people.review.frame import CaseFrame, HistoryFrame, ReviewFrame
from sefd_viewer.features.people.views.review.verdict_signs import COLORS, FINDING, TITLES
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.gui.theme import current_colors


class CaseNotes(QScrollArea):
    """Three short texts under headings; those that are empty are not there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._frame = ReviewFrame()
        self.findings, self.missing, self.history = _text(), _text(), _text()
        self._sections = {
            "Findings": self.findings,
            "Not shown here": self.missing,
            "Verdicts so far": self.history,
        }
        self._headings: dict[str, QLabel] = {}
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(3)
        for title, label in self._sections.items():
            self._headings[title] = heading = PlainLabel(title)
            heading.setProperty("heading", True)
            layout.addWidget(heading)
            layout.addWidget(label)
            layout.addSpacing(8)
        layout.addStretch(1)
        self.setWidget(inside)

    def apply(self, new: ReviewFrame) -> None:
        """Show the notes of a frame's case."""
        self._frame = new
        case = new.case or CaseFrame(("", None), "")
        texts = {
            "Findings": "".join(_finding(*one) for one in case.findings) or _quiet(case.findings_note),
            "Not shown here": "".join(_plain(one) for one in case.missing),
            "Verdicts so far": "".join(map(_verdict, case.history)),
        }
        for title, text in texts.items():
            label = self._sections[title]
            if label.text() != text:
                label.setText(text)
            label.setVisible(bool(text))
            self._headings[title].setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Write in the colours of the new palette; Qt also tells while the parts are being made."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._frame.case is not None:
            self.apply(self._frame)


def _text() -> QLabel:
    label = quiet_label("", wrap=True)
    label.setProperty("quiet", False)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def _finding(title: str, sentence: str) -> str:
    dot = f'<span style="color:{FINDING}">●</span>'
    return f'<p style="margin:0 0 7px 0">{dot} <b>{escape(title)}</b><br>{_breakable(sentence)}</p>'


def _verdict(one: HistoryFrame) -> str:
    color = COLORS.get(one.state, current_colors().faint)
    title = f'<span style="color:{color}">●</span> {TITLES.get(one.state, one.state)}'
    words = f" · {escape(one.words)}" if one.words else ""
    when = f'<span style="color:{current_colors().quiet}">{escape(one.when)}</span>'
    return f'<p style="margin:3px 0">{title}{words}<br>{when}</p>'


def _plain(words: str) -> str:
    return f'<p style="margin:3px 0">{_breakable(words[:1].upper() + words[1:])}</p>'


def _breakable(words: str) -> str:
    """Words as HTML whose long file names may break at each underscore and slash."""
    return escape(words).replace("_", "_&#8203;").replace("/", "/&#8203;")


def _quiet(words: str) -> str:
    return f'<p style="margin:3px 0; color:{current_colors().quiet}">{escape(words)}</p>' if words else ""
