"""The people shown as small pictures with their errors: what a lasso or a filter caught, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QListView, QWidget

from sefd_viewer.features.people.results.frame import ResultsFrame
from sefd_viewer.features.people.views.results.chosen_lines import chosen_lines
from sefd_viewer.features.people.views.results.shown_rows import ShownRows
from sefd_viewer.gui.plain_text import plain_tip
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.features.people.review.crops import CropPictures, Key, Wish

MOST = 500
"""People in a gallery at most, in the table's order."""
SIDE, SPACE, CAPTION = 112, 10, 24
Index = QModelIndex | QPersistentModelIndex


class GalleryModel(ShownRows, SafeOverrides, QAbstractListModel):
    """The first rows of a frame's lines: a picture and the error that they are ordered by."""

    def __init__(self, crops: CropPictures, parent: Any = None) -> None:
        super().__init__(parent)
        self._crops = crops
        self._frame, self._dataset = ResultsFrame(), None  # type: tuple[ResultsFrame, Dataset | None]
        self._blank, self._ratio = QPixmap(SIDE, SIDE), 1.0
        crops.ready = self._ready

    def show(self, new: ResultsFrame, dataset: Dataset | None, ratio: float) -> bool:
        """Show another frame on a screen of `ratio` pixels to the point; True when the rows are others."""
        self._ratio = ratio
        old, self._frame = self._frame, new
        same = old.lines is new.lines and old.table is new.table and dataset is self._dataset
        if old.table is not new.table or dataset is not self._dataset:
            self._crops.clear()
        self._dataset = dataset
        if same:
            if old.tags is not new.tags and self.rowCount():
                self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))
            return False
        self.beginResetModel()
        self._blank.fill(QColor(current_colors().raised))
        self.endResetModel()
        return True

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many people are shown."""
        return min(len(self._frame.lines), MOST) if self._frame.lines is not None else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A person's picture, error and name."""
        if role == Qt.ItemDataRole.DecorationRole:
            picture = self._picture(index.row())
            sign = QIcon(picture)
            sign.addPixmap(picture, QIcon.Mode.Selected)  # not tinted
            return sign
        if role == Qt.ItemDataRole.DisplayRole:
            row = self.row_at(index.row())
            return " · ".join((self._error(row), *self._tags(row)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._about(self.row_at(index.row())))
        return None

    def _picture(self, line: int) -> QPixmap:
        row = self.row_at(line)
        found = self._crops.get((row, 2 * SIDE), self._wish(row))
        if found is None or isinstance(found, str):
            return self._blank
        side = round(SIDE * self._ratio)
        modes = Qt.AspectRatioMode, Qt.TransformationMode
        large = rgb_pixmap(found).scaled(
            QSize(side, side), modes[0].KeepAspectRatioByExpanding, modes[1].SmoothTransformation
        )
        picture = large.copy((large.width() - side) // 2, (large.height() - side) // 2, side, side)
        picture.setDevicePixelRatio(self._ratio)
        return picture

    def _wish(self, row: int) -> Wish:
        table, dataset = self._frame.table, self._dataset
        assert table is not None
        key, person = table.case(row)

        def wish() -> tuple[Record, tuple[float, float, float, float] | None]:
            assert dataset is not None
            record = dataset.records[dataset.position(key)]
            found = next((one for one in record.people if one.key == person), None)
            if found is None or found.bbox_xywh is None:
                return record, None
            x, y, width, height = (float(value) for value in found.bbox_xywh)
            return record, (x, y, width, height)

        return wish

    def _error(self, row: int) -> str:
        """The number that the table is ordered by, else the first method's error."""
        table = self._frame.table
        assert table is not None
        column = table.column(self._frame.state.sort) or table.column(next(iter(table.error_columns()), ""))
        value = table.frame[column.id][row] if column is not None else None
        if column is None or not isinstance(value, int | float):
            return "no number"
        number = f"{value:.2f}" if abs(value) < 2 else f"{value:.0f}"
        return f"{number} {column.unit}".strip()

    def _tags(self, row: int) -> tuple[str, ...]:
        table, tags = self._frame.table, self._frame.tags
        return tags.of(table.case(row)) if table is not None and tags is not None else ()

    def _about(self, row: int) -> str:
        table = self._frame.table
        assert table is not None
        record, person = table.case(row)
        lines = [record if person is None else f"{record} · {person}", *self._tags(row)]
        for id in table.error_columns():
            column, value = table.column(id), table.frame[id][row]
            if column is not None and value is not None:
                lines.append(f"{column.title} {value:.1f} {column.unit}")
        return "\n".join(lines)

    def _ready(self, key: Key) -> None:
        lines = self._frame.lines
        line = lines.line_of(key[0]) if lines is not None else None
        if line is not None and line < self.rowCount():
            place = self.index(line)
            self.dataChanged.emit(place, place, [Qt.ItemDataRole.DecorationRole])


class Gallery(SafeOverrides, QListView):
    """Signals out: `chosen(row)`, `opened(row)` by double click or Enter; `apply` shows a frame."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, crops: CropPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._applying = GalleryModel(crops, self), False
        self.setModel(self._model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + SPACE, SIDE + SPACE + CAPTION))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Gallery of the people shown")
        self.selectionModel().currentChanged.connect(self._selected)
        self.activated.connect(lambda index: self.opened.emit(self._model.row_at(index.row())))

    def apply(self, old: ResultsFrame, new: ResultsFrame, dataset: Dataset | None) -> None:
        """Show a frame's people, and which of them is in view."""
        others = self._model.show(new, dataset, self.devicePixelRatioF())
        line = new.line if new.line is not None and new.line < self._model.rowCount() else -1
        if others or (old.line != new.line and self.currentIndex().row() != line):
            self._applying = True
            self.setCurrentIndex(self._model.index(line))
            self._applying = False

    def chosen_rows(self) -> NDArray[np.int32]:
        """The rows of the table that are selected."""
        lines = self._model.lines
        return lines.rows[chosen_lines(self)] if lines is not None else np.empty(0, np.int32)

    def _selected(self, current: QModelIndex) -> None:
        if current.isValid() and not self._applying:
            self.chosen.emit(self._model.row_at(current.row()))
