"""Names and notes of strangers as they are written: Qt takes words with `<b>` or `<img>` in them for HTML."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class PlainLabel(QLabel):
    """A label that shows its text letter by letter."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, wordWrap: bool = False) -> None:
        super().__init__(text, parent, textFormat=Qt.TextFormat.PlainText, wordWrap=wordWrap)


def plain_tip(words: str) -> str:
    """The words for a tool tip, which shows them letter by letter."""
    return words if "<" not in words else f'<p style="white-space: pre-wrap">{escape(words)}</p>'
