"""Combo boxes that show a choice without telling anybody."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox


def choose(box: QComboBox, value: object) -> None:
    """Show the item that holds `value`."""
    box.blockSignals(True)
    box.setCurrentIndex(max(box.findData(value), 0))
    box.blockSignals(False)
