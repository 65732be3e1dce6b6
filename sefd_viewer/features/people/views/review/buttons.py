"""Buttons that are words."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton

from sefd_viewer.gui.plain_text import plain_tip


def word_button(text: str, *, checkable: bool = False, tip: str = "") -> QToolButton:
    """A flat button with a word on it."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(checkable)
    button.setToolTip(plain_tip(tip))
    return button
