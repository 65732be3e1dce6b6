"""Keys that a widget wants for itself although the window has shortcuts with them."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent


def claimed(event: QEvent, keys: Container[int]) -> bool:
    """Take one of these keys, alone, from the window's shortcuts; whether `event` asked about one of them."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    if event.key() not in keys or event.modifiers():
        return False
    event.accept()
    return True
