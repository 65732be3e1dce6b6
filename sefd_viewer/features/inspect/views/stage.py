"""The workspace Inspect: one person on a stage of large panes that look alike, with a bar above them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame, same
from sefd_viewer.app.methods import TRUTH
from sefd_viewer.features.inspect.frames import STAGE_FRAME, PaneFrame, StageFrame
from sefd_viewer.features.inspect.model import PHOTO
from sefd_viewer.features.inspect.pose_edits_frame import POSE_EDITING_FRAME
from sefd_viewer.features.inspect.views.canvases import BodyCanvas, PhotoCanvas
from sefd_viewer.features.inspect.views.pane import HEADER, StagePane, read_from_afar
from sefd_viewer.features.inspect.views.pose_editing import PoseEditor
from sefd_viewer.features.inspect.views.pose_editing_bar import EditButton, PoseEditingBar
from sefd_viewer.features.inspect.views.stage_bar import StageBar
from sefd_viewer.gui.divider import Divider
from sefd_viewer.gui.labels import grown
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_view import show_photo
from sefd_viewer.gui.safe_overrides import SafeOverrides

NARROWEST, SMALLEST = 180, 120
"""Panes are never narrower: they scroll sideways instead, all but the photo. The second is in pixels of
usual text, for the head above."""
LINE = 1
WORTH, NAMED, MOST_ROWS, FEW = 1.2, 200, 3, 5
"""How much larger people are in rows that are worth it; the width that a head needs; of few none is asked."""
FOLDED = 1200
"""Width (px) of the stage below which the truth has no pane of its own beside its outline."""
HOLD_MS = 300
"""So long the photo and the bodies before stay while the next photo is read."""


class PanesArea(SafeOverrides, QWidget):
    """Panes of equal size in one or two rows, as the shape of what they show (width by height) wants.

    Where they get too narrow they scroll beside the photo.
    """

    sized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panes_area")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.bar = QScrollBar(Qt.Orientation.Horizontal, self)
        self.bar.valueChanged.connect(lambda _value: self._place())
        self.bar.hide()
        self._panes: list[StagePane] = []
        self._rows, self._shape = 1, 0.5
        self._audience = False

    def show_panes(self, panes: Sequence[StagePane], rows: int, shape: float = 0.5) -> None:
        """Lay out these panes, in this order; without `rows` in those that show them largest."""
        if list(panes) != self._panes or (rows, shape) != (self._rows, self._shape):
            for pane in set(self._panes) - set(panes):
                pane.hide()
            self._panes, self._rows, self._shape = list(panes), rows, shape
            for pane in panes:
                pane.setParent(self)
                pane.show()
            self._place()

    def set_audience(self, audience: bool) -> None:
        """Write heads for people who sit far away, or for who sits before the window."""
        if audience != self._audience:
            self._audience = audience
            self._write()

    def _write(self) -> None:
        sheet = read_from_afar(self) if self._audience else ""
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._write()
        self._place()

    def minimumSizeHint(self) -> QSize:
        """A pane or two."""
        return QSize(2 * NARROWEST, 240)

    def _place(self) -> None:
        panes = self._panes
        if not panes:
            return
        rows = self._rows or best_rows(len(panes), self._shape, (self.width(), self.height()))
        columns = -(-len(panes) // rows)
        wide = (self.width() + LINE) / columns
        narrowest = max(NARROWEST, grown(self, SMALLEST))
        scrolls = wide < narrowest and columns > 1
        self.bar.setVisible(scrolls)
        room = self.height() - (self.bar.sizeHint().height() if scrolls else 0)
        tall = (room + LINE) / rows
        if scrolls:
            wide = float(narrowest)
            self.bar.setRange(0, round(columns * wide - self.width()))
            self.bar.setPageStep(self.width())
            self.bar.setGeometry(0, room, self.width(), self.height() - room)
        offset = self.bar.value() if scrolls else 0
        for place, pane in enumerate(panes):
            row, column = divmod(place, columns)
            pinned = place == 0 and pane.id == PHOTO
            left = round(column * wide) - (0 if pinned else offset)
            pane.setGeometry(left, round(row * tall), int(wide) - LINE, int(tall) - LINE)
            if pinned:
                pane.raise_()
        self.sized.emit()


def best_rows(panes: int, shape: float, room: tuple[int, int]) -> int:
    """The fewest rows but where something of this shape (width by height) is a good deal larger in more.

    Panes have room for their names and numbers as long as rows are left; a few scroll instead.
    """

    def large(rows: int) -> float:
        wide, tall = room[0] / -(-panes // rows), room[1] / rows - HEADER
        return min(wide / shape, tall)

    few = panes <= FEW
    roomy = [rows for rows in range(1, MOST_ROWS + 1) if few or room[0] / -(-panes // rows) >= NAMED]
    best = (roomy or [MOST_ROWS])[0]
    for rows in roomy[1:] if panes > 2 else ():
        best = rows if large(rows) > WORTH * large(best) else best
    return best


class Stage(SafeOverrides, QWidget):
    """Signals out: what hands do on panes (`turned` ...), with the pane's id first; `apply` shows a frame."""

    turned = Signal(str, float, float, bool)
    panned = Signal(str, float, float, bool)
    zoomed = Signal(str, float, float, float, bool)
    ended = Signal()
    enlarged = Signal(str)
    homed = Signal()
    header_clicked = Signal(str)
    menu_wanted = Signal(str, QPoint)
    tool_chosen = Signal(str, str)
    joined = Signal(str)
    stepped = Signal(int)
    sized = Signal(int, int, float)
    narrowed = Signal(bool)
    wiped = Signal(float)
    fit_wanted = Signal()
    person_clicked = Signal(str)
    nobody_clicked = Signal()
    pointer_moved = Signal(object)
    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.area = StageBar(), PanesArea()
        self.panes: dict[str, StagePane] = {}
        self.photo_pane = self._pane(PHOTO)
        assert isinstance(self.photo_pane.canvas, PhotoCanvas)
        self.photo = self.photo_pane.canvas
        self.editor, self.editing, self.edit = PoseEditor(self.photo), PoseEditingBar(), EditButton()
        self.photo_pane.add_bar(self.editing)
        self.photo_pane.add_to_header(self.edit)
        self.dividers: dict[str, Divider] = {}
        self._frame, self._sized, self._has_photo = StageFrame(), (0, 0, 0.0), False
        self._narrow = False
        self._shown = self._newest = Frame()
        self._hold = QTimer(self, interval=HOLD_MS, singleShot=True)
        self._hold.timeout.connect(self._show)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._tell_size)
        self.side = QHBoxLayout()
        """A place at the right for the one panel that a view may bring."""
        middle = QHBoxLayout()
        middle.setSpacing(0)
        self.left = QHBoxLayout()
        """A place at the left, for the list of methods."""
        middle.addLayout(self.left)
        middle.addWidget(self.area, 1)
        middle.addLayout(self.side)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addWidget(self.bar)
        self._lines.addLayout(middle, 1)
        self.area.sized.connect(self._soon.start)
        self.photo.person_clicked.connect(self.person_clicked)
        self.photo.background_clicked.connect(self.nobody_clicked)
        self.photo.hovered.connect(lambda x, y: self.pointer_moved.emit((x, y)))
        self.photo.hover_left.connect(lambda: self.pointer_moved.emit(None))

    def apply(self, _old: Frame, new: Frame) -> None:
        """Show a frame; while its photo is read what was seen before stays for a moment, so that nothing
        flashes.
        """
        self._newest, words = new, new.photo.words
        reads = new.photo.image is None and words is not None and words.busy
        if not reads or self._shown.photo.image is None:
            self._show()
        elif not self._hold.isActive():
            self._hold.start()

    def _show(self) -> None:
        """Show the newest frame: only what differs changes."""
        self._hold.stop()
        old, new = self._shown, self._newest
        self._shown = new
        before, stage = STAGE_FRAME.of(old), STAGE_FRAME.of(new)
        show_photo(self.photo, old.photo, new.photo, fit=False, person=stage.person)
        editing = POSE_EDITING_FRAME.of(new)
        if not same(POSE_EDITING_FRAME.of(old), editing) or old.photo.image is not new.photo.image:
            self.edit.apply(editing, possible=new.photo.image is not None)
            self.editing.apply(editing)
            self.editor.apply(editing)
        if not same(before.words, stage.words):
            say(self.photo, stage.words or new.photo.words)
        if before is not stage:
            self.bar.apply(before, stage)
            self._apply_panes(stage, new)
        if new.photo.image is not None and not self._has_photo:
            self._has_photo = True
            self._soon.start()
        self._frame = stage

    def showEvent(self, event: QShowEvent) -> None:
        """Tell how large panes are here: they may have been shown elsewhere meanwhile."""
        super().showEvent(event)
        self._sized = (0, 0, 0.0)
        self._soon.start()

    def fit(self) -> None:
        """Show the whole person in every pane."""
        self.fit_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell whether the window is narrow."""
        super().resizeEvent(event)
        if (event.size().width() < FOLDED) != self._narrow:
            self._narrow = not self._narrow
            self.narrowed.emit(self._narrow)

    def sizeHint(self) -> QSize:
        """As in a usual window."""
        return QSize(1200, 640)

    # ---- inside

    def _apply_panes(self, stage: StageFrame, new: Frame) -> None:
        shown = [self.panes.get(pane.id) or self._pane(pane.id) for pane in stage.panes]
        left, top, right, bottom = stage.panes[0].box if stage.panes else (0.0, 0.0, 1.0, 2.0)
        shape = round((right - left) / max(bottom - top, 1e-6), 1)
        self.area.show_panes(shown, stage.rows, max(shape, 0.1))
        self._remove_panes_of_gone_methods(stage)
        image = new.photo.image if stage.muted is None else stage.muted
        for pane, widget in zip(stage.panes, shown, strict=True):
            widget.apply(pane, image)
            self._divide(pane, widget, stage)

    def _remove_panes_of_gone_methods(self, stage: StageFrame) -> None:
        there = {PHOTO, TRUTH, *(info.id for info in stage.methods), *(pane.id for pane in stage.panes)}
        for id in self.panes.keys() - there if stage.methods else ():
            self.panes.pop(id).deleteLater()
            self.dividers.pop(id, None)

    def _pane(self, id: str) -> StagePane:
        pane = self.panes[id] = StagePane(id)
        gestures = pane.canvas.gestures
        gestures.turned.connect(lambda *step: self.turned.emit(id, *step))
        gestures.panned.connect(lambda *step: self.panned.emit(id, *step))
        gestures.zoomed.connect(lambda *step: self.zoomed.emit(id, *step))
        gestures.ended.connect(self.ended)
        gestures.enlarged.connect(lambda: self.enlarged.emit(id))
        gestures.stepped.connect(self.stepped)
        gestures.homed.connect(self.homed)
        pane.header_clicked.connect(self.header_clicked)
        pane.menu_wanted.connect(self.menu_wanted)
        pane.tool_chosen.connect(self.tool_chosen)
        pane.joined.connect(self.joined)
        pane.canvas.installEventFilter(self)
        if isinstance(pane.canvas, BodyCanvas):
            pane.canvas.joint_pointed.connect(lambda joint: self._point(id, joint))
        return pane

    def _divide(self, pane: PaneFrame, widget: StagePane, stage: StageFrame) -> None:
        """The divider between two methods in one pane."""
        if pane.divided is None and pane.id not in self.dividers:
            return
        divider = self.dividers.get(pane.id)
        if divider is None:
            divider = self.dividers[pane.id] = Divider(widget.canvas)
            divider.moved.connect(self.wiped)
        titles = {info.id: info.title for info in stage.methods}
        divider.show_at(pane.divided, (titles.get(stage.baseline, ""), pane.title))

    def _point(self, id: str, joint: int) -> None:
        """Ring the joint under the pointer in all panes, and tell its error in each."""
        told = _told(joint, id, self._frame) if joint >= 0 else ""
        for pane in self._frame.panes:
            canvas = self.panes[pane.id].canvas
            if isinstance(canvas, BodyCanvas):
                canvas.point_at(joint, told if pane.id == id else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Know which pane the pointer is over, and zoom by two fingers that part."""
        canvas = watched if isinstance(watched, PhotoCanvas | BodyCanvas) else None
        if canvas is not None and event.type() == QEvent.Type.Enter:
            self.pointed.emit(next((id for id, pane in self.panes.items() if pane.canvas is canvas), None))
        if canvas is not None and event.type() == QEvent.Type.NativeGesture:
            return canvas.gestures.pinch(canvas, event)
        return super().eventFilter(watched, event)

    def _tell_size(self) -> None:
        panes = [self.panes[pane.id] for pane in self._frame.panes]
        if panes and self.isVisible() and self._has_photo:
            canvas = panes[-1].canvas
            size = (canvas.width(), canvas.height(), canvas.devicePixelRatioF())
            if size != self._sized:
                self._sized = size
                self.sized.emit(*size)


def _told(joint: int, pane: str, stage: StageFrame) -> str:
    """A joint's name with its error in one pane, and in the others below; of the skin how far it is away."""
    if stage.contact:
        return _told_of_skin(joint, pane, stage)
    from sefd_viewer.geometry.joints import HUMAN36M17

    name = HUMAN36M17.names[joint].replace("_", " ").replace("L ", "Left ").replace("R ", "Right ")
    name = name.replace(" top", "").capitalize()
    lines, first = [], name
    for one in stage.panes:
        if one.joints_mm is None or joint >= len(one.joints_mm):
            continue
        value = f"{one.joints_mm[joint]:.0f}"
        if one.id == pane:
            first = f"{name} {value} mm"
        else:
            lines.append(f"{one.title.lower()} {value}")
    return "\n".join([first, *lines])


def _told_of_skin(vertex: int, pane: str, stage: StageFrame) -> str:
    """How far a place of a body is from others and the truth, and the same of the other panes below."""
    panes = [one for one in stage.panes if one.skin is not None and vertex < len(one.skin.pixels)]
    told = {one.id: one.skin.told(vertex) for one in panes if one.skin is not None}
    others = [f"{one.title}: {told[one.id]}" for one in panes if one.id != pane]
    return "\n".join([told.get(pane, ""), *others])
