"""Keys that a widget wants for itself although the window has shortcuts with them; Tab stays on a page."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


def claimed(event: QEvent, keys: Container[int]) -> bool:
    """Take one of these keys, alone, from the window's shortcuts; whether `event` asked about one of them."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    if event.key() not in keys or event.modifiers():
        return False
    event.accept()
    return True


def next_within(page: QWidget, *, forward: bool) -> bool:
    """Give the keyboard to the next widget of a page that takes Tab, after the last one to the first."""
    now = page.window().focusWidget()
    start = now if now is not None and page.isAncestorOf(now) else page
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    widget = _beside(start, forward)
    while widget is not None and widget is not start:
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()
        if takes and page.isAncestorOf(widget) and widget.isVisibleTo(page) and widget.focusProxy() is None:
            widget.setFocus(reason)
            return True
        widget = _beside(widget, forward)
    return False


def _beside(widget: QWidget, forward: bool) -> QWidget | None:
    return widget.nextInFocusChain() if forward else widget.previousInFocusChain()
