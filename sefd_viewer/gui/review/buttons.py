"""Buttons that are words."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton


def word_button(text: str, *, checkable: bool = False, tip: str = "") -> QToolButton:
    """A flat button with a word on it."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(checkable)
    button.setToolTip(tip)
    return button
