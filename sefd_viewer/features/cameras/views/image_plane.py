"""The tab "Image plane": people of own cameras before a shared one, and their order in depth."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.cameras.frame import CamerasFrame
from sefd_viewer.features.cameras.pages import ImagePlaneFrame, PlanePersonFrame
from sefd_viewer.features.cameras.views.blocks import Section, TabPage, number, wrapped
from sefd_viewer.gui.controls import Dot, quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

_KEY = Qt.ItemDataRole.UserRole
_PERSON = Qt.ItemDataRole.UserRole + 1
_PADDING = 8
_GRIP = 10
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class DepthList(SafeOverrides, QListWidget):
    """People, nearest first. `ordered(keys)` when a person was brought to another place."""

    ordered = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(DepthDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._before_drag: tuple[str, ...] | None = None
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("People by depth, nearest first")
        self.setToolTip("Drag a person nearer or farther, or press Alt with an arrow key")
        self.setProperty("flat", True)

    @property
    def order(self) -> tuple[str, ...]:
        """The keys as they stand."""
        return tuple(str(self.item(row).data(_KEY)) for row in range(self.count()))

    def show_people(self, people: Sequence[PlanePersonFrame]) -> None:
        """Show people, nearest first; who was selected stays selected."""
        item = self.currentItem()
        selected = item.data(_KEY) if item is not None else None
        self._before_drag = None
        self.clear()
        for person in people:
            item = QListWidgetItem(person.title)
            item.setData(_KEY, person.key)
            item.setData(_PERSON, person)
            self.addItem(item)
            if person.key == selected:
                self.setCurrentItem(item)
        self.updateGeometry()

    def move_current(self, step: int) -> None:
        """Bring the selected person nearer (-1) or farther (1)."""
        row = self.currentRow()
        if row >= 0 and 0 <= row + step < self.count():
            self._place(row, row + step)
            self.ordered.emit(self.order)

    def sizeHint(self) -> QSize:
        """As high as all lines together: the page around it scrolls."""
        lines = sum(self.sizeHintForRow(row) for row in range(self.count()))
        return QSize(240, max(lines, 24) + 2 * self.frameWidth() + 4)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a person."""
        super().mousePressEvent(event)
        if (
            event.button() == Qt.MouseButton.LeftButton
            and self.itemAt(event.position().toPoint()) is not None
        ):
            self._before_drag = self.order

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The person who is held goes where the pointer is."""
        if self._before_drag is None:
            return
        target = self.itemAt(QPoint(self.width() // 2, round(event.position().y())))
        if target is not None and self.row(target) != self.currentRow():
            self._place(self.currentRow(), self.row(target))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: tell the order, if it is another one."""
        super().mouseReleaseEvent(event)
        before, self._before_drag = self._before_drag, None
        if before is not None and self.order != before:
            self.ordered.emit(self.order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and an arrow move the selected person."""
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_current(step)
        else:
            super().keyPressEvent(event)

    def _place(self, row: int, place: int) -> None:
        """Move a line and keep it selected."""
        self.insertItem(place, self.takeItem(row))
        self.setCurrentRow(place)


class DepthDelegate(SafeOverrides, QStyledItemDelegate):
    """Draws a person in two lines: name and depth, then the own camera."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines and some air."""
        return QSize(200, 2 * option.fontMetrics.height() + 2 * _PADDING - 2)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one person."""
        person: PlanePersonFrame = index.data(_PERSON)
        colors = current_colors()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(0, 1, 0, -1)
        self._paint_field(painter, option, area)
        self._paint_grip(painter, area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*person.color))
        text = area.adjusted(_PADDING + _GRIP + 22, _PADDING - 2, -_PADDING, -_PADDING + 2)
        first = QRect(text.left(), text.top(), text.width(), option.fontMetrics.height())
        painter.drawEllipse(QPointF(text.left() - 12, first.center().y() + 1), 5, 5)
        self._paint_line(painter, option, first, person.title, depth_words(person), colors.text)
        second = first.translated(0, option.fontMetrics.height() + 1)
        self._paint_line(painter, option, second, camera_words(person), moved_words(person), colors.quiet)
        painter.restore()

    def _paint_field(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
        colors = current_colors()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QColor(colors.accent if selected else colors.line))
        painter.setBrush(QColor(colors.raised if selected else colors.base))
        painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), 6, 6)

    def _paint_grip(self, painter: QPainter, area: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_colors().faint))
        for column in (0, 5):
            for row in (-5, 0, 5):
                painter.drawEllipse(
                    QPointF(area.left() + _PADDING + column, area.center().y() + row), 1.3, 1.3
                )

    def _paint_line(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRect,
        left: str,
        right: str,
        color: str,
    ) -> None:
        painter.setPen(QColor(color))
        width = option.fontMetrics.horizontalAdvance(right)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        room = area.width() - width - 8
        shown = option.fontMetrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def depth_words(person: PlanePersonFrame) -> str:
    """How far away the person stands."""
    return f"{person.row.depth_m:.2f} m"


def moved_words(person: PlanePersonFrame) -> str:
    """Where the cameras put the person, if somebody chose another place."""
    return f"cameras say {person.row.depth_implied_m:.2f} m" if person.row.moved else ""


def camera_words(person: PlanePersonFrame) -> str:
    """The own camera in a few words."""
    fx, fy = person.row.focal
    focal = f"{fx:,.0f}" if round(fx) == round(fy) else f"{fx:,.0f} × {fy:,.0f}"
    return f"own camera {focal} px: {person.row.depth_own_m:.2f} m"


KEPT_PX = 1e-3
"""A vertex that moves by less keeps its pixel."""
_ORDER_NOTE = (
    "This order is what the cameras imply, a guess of the annotation. Drag a person to say what the picture "
    "shows: depths are scaled, pixels stay."
)
_CHOSEN_NOTE = "You chose this order. It is kept beside the data and drawn on every photo."
_HEADINGS = (
    ("", ""),
    ("fx", "Focal length in x, pixels"),
    ("fy", "Focal length in y, pixels"),
    ("cx", "Principal point in x, pixels"),
    ("cy", "Principal point in y, pixels"),
    ("own m", "Depth of the body's middle in front of its own camera, metres"),
    ("shared m", "Depth in front of the shared camera: equation 2, metres"),
    ("px", "Largest distance of a vertex from the pixel of its own camera, as drawn"),
)


class ImagePlaneTab(TabPage):
    """Signals out: `method_chosen(method)`, `ordered(keys)` and `reset_clicked`; `apply` shows a frame."""

    method_chosen = Signal(str)
    ordered = Signal(tuple)
    reset_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.methods = QComboBox()
        self.methods.setAccessibleName("Whose bodies")
        self.methods.setToolTip("Whose bodies are brought into one image plane")
        self.proof, self.shared = wrapped(), quiet_label("", wrap=True)
        self.list, self.record = DepthList(), quiet_label()
        self.note = quiet_label(_ORDER_NOTE, wrap=True)
        self.nearer, self.farther = _arrow("Nearer", "▲"), _arrow("Farther", "▼")
        self.reset = QPushButton("As the cameras imply")
        self.reset.setToolTip("Forget the order that was chosen for this photo")
        self.table = QWidget()
        self._lay_out()
        self._connect()
        self.show_frame(ImagePlaneFrame())

    def apply(self, old: CamerasFrame, new: CamerasFrame) -> None:
        """Show a frame's people."""
        if not same(old.image_plane, new.image_plane):
            self.show_frame(new.image_plane)

    def show_frame(self, frame: ImagePlaneFrame) -> None:
        """Show people by depth, or why there are none."""
        self._show_methods(frame)
        self.words.show_words(frame.words)
        for part in (self._depths, self._cameras):
            part.setVisible(bool(frame.people))
        self.proof.setVisible(bool(frame.people))
        self.shared.setVisible(bool(frame.people))
        self.proof.setText(proof_words(frame))
        self.shared.setText(frame.shared)
        self.record.setText(frame.record)
        self.list.show_people(frame.people)
        self.note.setText(_CHOSEN_NOTE if frame.chosen else _ORDER_NOTE)
        self.reset.setEnabled(frame.chosen)
        self._show_table(frame)
        self._enable_arrows()

    # ---- inside

    def _lay_out(self) -> None:
        plane = Section("One image plane")
        plane.head.addWidget(quiet_label("bodies of"))
        plane.head.addWidget(self.methods)
        plane.rows.addWidget(self.proof)
        plane.rows.addWidget(self.shared)
        self._depths = Section("Nearest first")
        self._depths.head.addWidget(self.record)
        self._depths.head.addWidget(self.nearer)
        self._depths.head.addWidget(self.farther)
        self._depths.rows.addWidget(self.list)
        self._depths.rows.addWidget(self.note)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.reset)
        self._depths.rows.addLayout(row)
        self._cameras = Section("Own cameras and the shared one")
        self._cameras.rows.addWidget(self.table)
        self.layout().removeWidget(self.words)  # type: ignore[union-attr]
        for part in (plane, self.words, self._depths, self._cameras):
            self.column.addWidget(part)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self.methods.activated.connect(lambda _index: self.method_chosen.emit(self.methods.currentData()))
        self.list.ordered.connect(self.ordered)
        self.list.currentRowChanged.connect(lambda _row: self._enable_arrows())
        self.nearer.clicked.connect(lambda: self.list.move_current(-1))
        self.farther.clicked.connect(lambda: self.list.move_current(1))
        self.reset.clicked.connect(self.reset_clicked)

    def _enable_arrows(self) -> None:
        row = self.list.currentRow()
        self.nearer.setEnabled(row > 0)
        self.farther.setEnabled(0 <= row < self.list.count() - 1)

    def _show_methods(self, frame: ImagePlaneFrame) -> None:
        known = [(self.methods.itemData(i), self.methods.itemText(i)) for i in range(self.methods.count())]
        if known != list(frame.methods):
            self.methods.clear()
            for method, title in frame.methods:
                self.methods.addItem(title, method)
        self.methods.setCurrentIndex(self.methods.findData(frame.method))

    def _show_table(self, frame: ImagePlaneFrame) -> None:
        table = cameras_table(frame.people)
        self._cameras.rows.replaceWidget(self.table, table)
        self.table.hide()
        self.table.deleteLater()
        self.table = table


def proof_words(frame: ImagePlaneFrame) -> str:
    """Whether every vertex keeps its pixel, with the numbers."""
    if not frame.people:
        return ""
    drawn = max(person.row.drawn_px for person in frame.people)
    equations = max(person.row.equation_px for person in frame.people)
    alone = len(frame.people) == 1
    count = "1 person" if alone else f"{len(frame.people)} people"
    own = "a camera of their own" if alone else "cameras of their own"
    verdict = "keeps its pixel" if frame.deviation_px < KEPT_PX else "does not keep its pixel"
    start = f"{count} with {own}" if frame.own_cameras else f"{count} in front of one camera already"
    return (
        f"{start}: every vertex {verdict}. Largest deviation {_tiny(equations)} px after Eq. 1-4, "
        f"{_tiny(drawn)} px as drawn."
    )


def cameras_table(people: tuple[PlanePersonFrame, ...]) -> QWidget:
    """A line for each person: the own camera, both depths, the deviation."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(5)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    for column, (text, tip) in enumerate(_HEADINGS):
        label = number(text, quiet=True)
        label.setToolTip(plain_tip(tip))
        grid.addWidget(label, 0, column + 1)
    for line, person in enumerate(people, start=1):
        grid.addWidget(Dot(person.color, diameter=8), line, 0)
        grid.addWidget(PlainLabel(person.title), line, 1)
        for column, text in enumerate(_cells(person), start=2):
            label = number(text)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, line, column)
    return table


def _cells(person: PlanePersonFrame) -> tuple[str, ...]:
    row = person.row
    pixels = (*row.focal, *row.principal_point)
    return (
        *(f"{value:.0f}" for value in pixels),
        f"{row.depth_own_m:.2f}",
        f"{row.depth_m:.2f}",
        _tiny(row.drawn_px),
    )


def _tiny(value: float) -> str:
    """A small number of pixels: plain digits down to a ten thousandth, then a bound."""
    return f"{value:.4f}" if value >= 5e-5 else "< 0.0001"


def _arrow(tip: str, sign: str) -> QToolButton:
    button = QToolButton()
    button.setText(sign)
    button.setToolTip(plain_tip(f"{tip} (Alt and an arrow key)"))
    button.setAccessibleName(tip)
    return button
