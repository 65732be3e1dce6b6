"""Small tables that are read, not edited."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem


def plain_table(
    columns: Sequence[tuple[str, str]], name: str = "", *, selects: bool = False, row_height: int = 26
) -> QTableWidget:
    """An empty table with `columns` (title, tip), called `name` for screen readers.

    Rows can be selected one at a time with `selects`; otherwise nothing in it takes the keyboard.
    """
    table = QTableWidget(0, len(columns))
    for column, (title, tip) in enumerate(columns):
        item = QTableWidgetItem(title)
        item.setToolTip(tip)
        table.setHorizontalHeaderItem(column, item)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_height)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setAccessibleName(name)
    if selects:
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    else:
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return table
