"""Small tables that are read, not edited, and the button that writes a table to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QTableWidget, QTableWidgetItem, QToolButton

from sefd_viewer.csv_cells import write_table
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.window_shell import with_ending

if TYPE_CHECKING:
    from sefd_viewer.csv_cells import Rows


def plain_table(
    columns: Sequence[tuple[str, str]], name: str = "", *, selects: bool = False, row_height: int = 26
) -> QTableWidget:
    """An empty table with `columns` (title, tip), called `name` for screen readers.

    Rows can be selected one at a time with `selects`; otherwise nothing in it takes the keyboard.
    """
    table = QTableWidget(0, len(columns))
    for column, (title, tip) in enumerate(columns):
        item = QTableWidgetItem(title)
        item.setToolTip(plain_tip(tip))
        table.setHorizontalHeaderItem(column, item)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_height)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)  # Tab leads on, arrows go through rows
    table.setAccessibleName(name)
    if selects:
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    else:
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return table


class ExportButton(QToolButton):
    """Asks where a table goes and writes it; `told(words)` about it. `rows` gives the table as it is then."""

    told = Signal(str)

    def __init__(self, name: str, rows: Callable[[], Rows]) -> None:
        super().__init__()
        self._name, self._rows = name, rows
        self.setText("Export…")
        self.setToolTip("Write this table as CSV or Parquet")
        self.clicked.connect(self._ask)

    def export_to(self, path: Path) -> None:
        """Write the table."""
        try:
            count = write_table(path, self._rows())
        except SefdError as error:
            self.told.emit(str(error))
        else:
            self.told.emit(f"Wrote {count:,} {'row' if count == 1 else 'rows'} to {path}")

    def _ask(self) -> None:
        kinds = "CSV (*.csv);;Parquet (*.parquet)"
        name, kind = QFileDialog.getSaveFileName(self, "Export a table", f"{self._name}.csv", kinds)
        if name:
            self.export_to(Path(with_ending(name, kind)))
