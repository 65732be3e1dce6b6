"""The list of records: small pictures made while one scrolls, and a field to search in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPalette, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.thumbnails import Thumbnails
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.plain_text import plain_tip
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset, Record

Index = QModelIndex | QPersistentModelIndex
RECORD = Qt.ItemDataRole.UserRole
PICTURE = QSize(76, 50)
ROW_HEIGHT = 58
LEAST_WIDTH = 190


class RecordsModel(SafeOverrides, QAbstractListModel):
    """The records that hold the words searched for; only those in view are looked at."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._dataset: Dataset | None = None
        self._records: Sequence[Record] = ()
        self._shown: Sequence[int] = ()
        self._pixmaps: dict[str, tuple[object, QPixmap]] = {}
        thumbnails.ready = self._ready

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show a data set's records."""
        self._thumbnails.clear()
        self._pixmaps.clear()
        self._dataset = dataset
        self._records = dataset.records if dataset is not None else ()
        self.show_positions(range(len(self._records)))

    def show_positions(self, positions: Sequence[int]) -> None:
        """Show the records at these positions, which rise."""
        self.beginResetModel()
        self._shown = positions
        self.endResetModel()

    @property
    def total(self) -> int:
        """How many records there are, shown or not."""
        return len(self._records)

    def line_of(self, key: str | None) -> int | None:
        """Where the record is in the list, None when it is not shown."""
        position = self._dataset.find(key) if self._dataset is not None and key is not None else None
        if position is None:
            return None
        line = bisect_left(self._shown, position)
        return line if line < len(self._shown) and self._shown[line] == position else None

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many records are shown."""
        return len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, record, picture and tip of a line."""
        record = self._records[self._shown[index.row()]]
        if role == Qt.ItemDataRole.DisplayRole:
            return record.title
        if role == RECORD:
            return record
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmap(record)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = (str(part) for part in (record.image_path or record.title, *record.problems))
            return plain_tip("\n".join(lines))
        return None

    def _pixmap(self, record: Record) -> QPixmap | str | None:
        found = self._thumbnails.get(record)
        if found is None or isinstance(found, str):
            return found
        known = self._pixmaps.get(record.key)
        if known is None or known[0] is not found:
            known = self._pixmaps[record.key] = found, rgb_pixmap(found)
        return known[1]

    def _ready(self, key: str) -> None:
        line = self.line_of(key)
        if line is not None:
            index = self.index(line)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


class RecordDelegate(SafeOverrides, QStyledItemDelegate):
    """Draws a record: picture, title, and a quiet line about it."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All lines are equally high."""
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line of the list."""
        colors = current_colors()
        rect: QRect = option.rect.adjusted(4, 1, -4, -1)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(rect, 5, 5)
        if selected:
            painter.setBrush(QColor(colors.accent))
            painter.drawRoundedRect(QRect(rect.left(), rect.top() + 8, 3, rect.height() - 16), 1, 1)
        picture = QRect(
            rect.left() + 8, rect.center().y() - PICTURE.height() // 2, PICTURE.width(), PICTURE.height()
        )
        _paint_picture(painter, picture, index.data(Qt.ItemDataRole.DecorationRole), QColor(colors.base))
        text = QRect(
            picture.right() + 9, rect.top() + 8, rect.right() - picture.right() - 14, rect.height() - 16
        )
        _paint_text(painter, text, index.data(RECORD), QColor(colors.text), QColor(colors.quiet))
        painter.restore()


class RecordsList(SafeOverrides, QTableView):
    """The lines: a table of one column, since a QListView asks about every line at once."""

    def __init__(self, model: RecordsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(RecordDelegate(self))
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Records")
        palette = self.palette()
        palette.setColor(
            QPalette.ColorRole.Highlight, QColor(0, 0, 0, 0)
        )  # the delegate shows what is selected
        self.setPalette(palette)
        columns, lines = self.horizontalHeader(), self.verticalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setMinimumSectionSize(1)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        columns.hide()
        lines.hide()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last line, as in a list."""
        if action in (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)


class RecordsPanel(SafeOverrides, QWidget):
    """Signals out: `chosen(key)`, `searched(words)`; `apply` shows a frame's data set and record.

    Whoever hears `searched` answers with `show_found`.
    """

    chosen = Signal(str)
    searched = Signal(str)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RecordsModel(thumbnails, self)
        self.search = QLineEdit(placeholderText="Search", clearButtonEnabled=True)
        self.search.setAccessibleName("Search records")
        self.list = RecordsList(self.model)
        self.count = quiet_label()
        self._record: str | None = None
        self.setMinimumWidth(LEAST_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 4, 6)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.count)
        self.search.textChanged.connect(self.searched)
        self.search.installEventFilter(self)
        self._applying = False
        self.list.selectionModel().selectionChanged.connect(self._selected)
        self._show_count()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's data set and record."""
        if old.dataset is not new.dataset:
            self.search.blockSignals(True)
            self.search.clear()
            self.search.blockSignals(False)
            self.model.set_dataset(new.dataset)
            self._show_count()
        if old.record != new.record or old.dataset is not new.dataset:
            self._record = new.record
            self._show_current()

    def showEvent(self, event: QShowEvent) -> None:
        """Find the record again that came into view meanwhile."""
        super().showEvent(event)
        self._show_current()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Escape empties the search field and goes back to the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and _is_escape(event):
            self.search.clear()
            self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _selected(self, selection: QItemSelection) -> None:
        if not selection.isEmpty() and not self._applying:
            self.chosen.emit(selection.indexes()[0].data(RECORD).key)

    def show_found(self, positions: Sequence[int]) -> None:
        """Show the records at these positions alone."""
        self.model.show_positions(positions)
        self._show_count()
        self._show_current()

    def _show_current(self) -> None:
        if not self.isVisible():  # to lay out a long list costs time: not before somebody looks
            return
        line = self.model.line_of(self._record)
        if line is None:
            self.list.clearSelection()
            return
        index = self.model.index(line)
        self._applying = True
        self.list.setCurrentIndex(index)
        self._applying = False
        self.list.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def _show_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        noun = "record" if total == 1 else "records"
        all_words = f"{_grouped(total)} {noun}"
        words = all_words if shown == total else f"{_grouped(shown)} of {all_words}"
        self.count.setText(words if total else "No records")


def _grouped(number: int) -> str:
    """A number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")


def _is_escape(event: QKeyEvent) -> bool:
    return event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape


def _paint_picture(painter: QPainter, area: QRect, picture: QPixmap | str | None, empty: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(empty)
    painter.drawRoundedRect(area, 3, 3)
    if isinstance(picture, QPixmap):
        size = picture.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        painter.setClipRect(area)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(area.center())
        painter.drawPixmap(target, picture)
        painter.setClipping(False)
    elif isinstance(picture, str):
        painter.setPen(QColor(200, 90, 60))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "!")


def _paint_text(painter: QPainter, area: QRect, record: Record, text: QColor, quiet: QColor) -> None:
    metrics = painter.fontMetrics()
    title = metrics.elidedText(record.title, Qt.TextElideMode.ElideMiddle, area.width())
    about = metrics.elidedText(_about(record), Qt.TextElideMode.ElideRight, area.width())
    painter.setPen(text)
    vertical = Qt.AlignmentFlag.AlignTop if about else Qt.AlignmentFlag.AlignVCenter
    painter.drawText(area, vertical | Qt.AlignmentFlag.AlignLeft, title)
    painter.setPen(quiet)
    painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, about)


def _about(record: Record) -> str:
    if record.problems:
        return record.problems[0]
    parts = [f"{record.size[0]}×{record.size[1]}" if record.size else ""]
    known = sum(person.smpl is not None for person in record.people)
    parts.append(f"{known} with GT" if known else "")
    return " · ".join(part for part in parts if part)
