"""The bar above the panes: how they look at the person, what lies over them, and which methods there are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QLinearGradient, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from sefd_viewer.app.errors_in_mm import ERROR_STOPS
from sefd_viewer.app.frame import same
from sefd_viewer.app.methods import MethodInfo
from sefd_viewer.features.inspect.contact import DEEP_MM
from sefd_viewer.features.inspect.frames import MethodList, StageFrame
from sefd_viewer.features.inspect.model import SIDES, VIEWS
from sefd_viewer.features.inspect.plans import ORDERS
from sefd_viewer.gui.controls import Segments, color_chip, quiet_label
from sefd_viewer.gui.labels import ShowMenu, grown, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

HEIGHT = 40
STRIP = 72
"""Pixels of the strip of colours."""
SCALES_MM = (100, 150, 200, 300, 500)
ORDER_FROM = 6
"""With so many methods they can be sorted."""


class ErrorScale(SafeOverrides, QWidget):
    """The colours of errors from 0 to an end; a click offers other ends. Signal out: `chosen(mm)`."""

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._end, self._of = 300.0, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Colours of errors, the same in all panes; click to change the end")

    def show_end(self, end_mm: float, of: str = "") -> None:
        """Show another end of the scale; `of` says what has these colours where it is no error."""
        self._end, self._of = end_mm, of
        what = "depth in other bodies" if of else "errors"
        self.setAccessibleName(f"Colours of {what} from 0 to {end_mm:.0f} mm")
        fixed = f"Colours of the {what}, the same in all panes"
        self.setToolTip(fixed if of else "Colours of errors, the same in all panes; click to change the end")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The strip and its two numbers."""
        metrics = self.fontMetrics()
        return QSize(
            STRIP + 6 + metrics.horizontalAdvance(f"{self._of}0{self._text()}") + 12, metrics.height() + 6
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the strip between its numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(self.palette().ColorRole.WindowText))
        zero = self.fontMetrics().horizontalAdvance(f"{self._of}0") + 6
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.drawText(self.rect(), left | Qt.AlignmentFlag.AlignVCenter, f"{self._of}0")
        painter.drawText(self.rect(), right | Qt.AlignmentFlag.AlignVCenter, self._text())
        ramp = QLinearGradient(zero, 0, zero + STRIP, 0)
        for share, color in ERROR_STOPS:
            ramp.setColorAt(share, QColor(*color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ramp)
        painter.drawRoundedRect(zero, self.height() // 2 - 4, STRIP, 8, 3, 3)
        painter.end()

    def mouseReleaseEvent(self, _event: object) -> None:
        """Offer other ends; depths have one."""
        if self._of:
            return
        menu = QMenu(self)
        for end in SCALES_MM:
            menu.addAction(f"0 to {end} mm", partial(self.chosen.emit, float(end)))
        menu.exec(self.mapToGlobal(QPoint(0, self.height())))
        menu.deleteLater()

    def _text(self) -> str:
        return f"{self._end:.0f} mm"


class MethodChip(QToolButton):
    """A method, shown or not. Signals out: `toggled_by_hand`, `menu_wanted(place)`."""

    menu_wanted = Signal(QPoint)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the method's menu."""
        self.menu_wanted.emit(event.globalPos())


class StageBar(SafeOverrides, QWidget):
    """Signals out: what a person chooses; `apply` shows a frame."""

    view_chosen = Signal(str)
    side_chosen = Signal(str)
    errors_toggled = Signal(bool)
    outline_toggled = Signal(bool)
    poses_toggled = Signal(bool)
    others_toggled = Signal(bool)
    scale_chosen = Signal(float)
    method_toggled = Signal(str)
    method_menu = Signal(str, QPoint)
    add_wanted = Signal()
    baseline_chosen = Signal(str)
    order_chosen = Signal(str)
    list_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._frame = StageFrame()
        self._width = 0
        self.views = Segments(
            {view: f"{title}  {key}" for key, (view, title) in enumerate(VIEWS.items(), 1)}, gap=0
        )
        self.errors, self.outline = QCheckBox("Error colours  4"), QCheckBox("Truth outline")
        self.poses, self.others = QCheckBox("2D pose"), QCheckBox("Others, faded")
        self.shown = ShowMenu(self._choices(), self._fill_shown)
        self.side, self.scale = QComboBox(), ErrorScale()
        self.sorted, self.order = quiet_label("sorted by"), QComboBox()
        self.chips: dict[str, MethodChip] = {}
        self.many = QToolButton()
        self.many.setObjectName("outlined")
        self.many.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add = QPushButton("+ Method")
        self.against, self.baseline = quiet_label("against"), QComboBox()
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(4)
        self._lay_out()
        self._connect()
        self._follow_text()
        self._show(self._frame)

    def apply(self, old: StageFrame, new: StageFrame) -> None:
        """Show a frame."""
        self._frame = new
        if not same(_of_bar(old), _of_bar(new)):
            self._show(new)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        if event.size().width() != self._width:
            self._width = event.size().width()
            self._fit()

    def event(self, event: QEvent) -> bool:
        """Fold when a part has grown, which its words or its look can do at any time."""
        done = super().event(event)
        folds = event.type() == QEvent.Type.LayoutRequest and self.shown.isHidden()
        if folds and self.sizeHint().width() > self.width():
            self._fit()
        return done

    def minimumSizeHint(self) -> QSize:
        """As narrow as the window wants: parts give way."""
        return QSize(600, self.height())

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_text()

    # ---- inside

    def _lay_out(self) -> None:
        for side in SIDES:
            self.side.addItem(_seen_from(side), side)
        for order, title in ORDERS.items():
            self.order.addItem(title, order)
        names = {
            self.side: "From where the bodies are seen",
            self.order: "Order of the panes",
            self.baseline: "Yardstick: what all methods are measured against",
            self.many: "Which methods are shown",
        }
        for widget, name in names.items():
            widget.setAccessibleName(name)
            widget.setToolTip(plain_tip(name))
        self.errors.setToolTip("Bodies coloured by their distance from the truth (4)")
        self.outline.setToolTip("The truth as a dashed outline on every method's pane")
        self.poses.setToolTip("The 2D pose that the networks start from, on the photo")
        self.others.setToolTip("Bodies of the other people, faded")
        self.add.setToolTip("One more method: predicted bodies, weights, or a command that is run")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        for widget in (self.views, self.shown, *self._choices(), self.side, self.scale):
            row.addWidget(widget)
        row.addWidget(self.sorted)
        row.addWidget(self.order)
        row.addStretch(1)
        row.addLayout(self._chip_row)
        for widget in (self.many, self.add, self.against, self.baseline):
            row.addWidget(widget)

    def _connect(self) -> None:
        self.views.chosen.connect(self.view_chosen)
        self.errors.clicked.connect(self.errors_toggled)
        self.outline.clicked.connect(self.outline_toggled)
        self.poses.clicked.connect(self.poses_toggled)
        self.others.clicked.connect(self.others_toggled)
        self.side.activated.connect(lambda _i: self.side_chosen.emit(self.side.currentData()))
        self.scale.chosen.connect(self.scale_chosen)
        self.order.activated.connect(lambda _i: self.order_chosen.emit(self.order.currentData()))
        self.add.clicked.connect(self.add_wanted)
        self.baseline.activated.connect(lambda _i: self.baseline_chosen.emit(self.baseline.currentData()))

    def _show(self, new: StageFrame) -> None:
        self.views.set_chosen(new.view)
        self.errors.setChecked(new.errors)
        self.outline.setChecked(new.outline)
        self.poses.setChecked(new.poses)
        self.others.setChecked(new.others)
        self.errors.setEnabled(new.has_truth)
        self.outline.setEnabled(new.has_truth)
        if new.side is None and self.side.itemData(0) is not None:
            self.side.insertItem(0, "As turned", None)
        elif new.side is not None and self.side.itemData(0) is None:
            self.side.removeItem(0)
        self.side.setCurrentIndex(self.side.findData(new.side))
        in_others = new.contact and not new.errors
        self.scale.show_end(DEEP_MM if in_others else new.scale_mm, "in others " if in_others else "")
        self.order.setCurrentIndex(self.order.findData(new.order))
        self._show_methods(new)
        self._fit()

    def _show_methods(self, new: StageFrame) -> None:
        known = [info.id for info in new.methods]
        if list(self.chips) != known:
            for chip in self.chips.values():
                self._chip_row.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
            self.chips = {info.id: self._chip(info) for info in new.methods}
            for chip in self.chips.values():
                self._chip_row.addWidget(chip)
        for info in new.methods:
            chip, shown = self.chips[info.id], info.id not in new.hidden
            chip.setText(" ".join(filter(None, (info.title, info.variant))))
            chip.setIcon(color_chip(info.color, 10))
            chip.setChecked(shown)
            chip.setAccessibleName(f"{info.title}, {'shown' if shown else 'hidden'}")
        rest = [info for info in new.methods if info.kind != "truth"]
        if [self.baseline.itemData(i) for i in range(self.baseline.count())] != [i.id for i in rest]:
            self.baseline.clear()
            for info in rest:
                self.baseline.addItem(info.title, info.id)
        for place, info in enumerate(rest):
            self.baseline.setItemText(place, info.title)
        self.baseline.setCurrentIndex(self.baseline.findData(new.baseline))

    def _chip(self, info: MethodInfo) -> MethodChip:
        chip = MethodChip()
        chip.setObjectName("method_chip")
        chip.setCheckable(True)
        chip.setIconSize(QSize(10, 10))
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setToolTip(plain_tip(f"Show or hide {info.title}; right-click for more"))
        chip.clicked.connect(lambda _on, id=info.id: self.method_toggled.emit(id))
        chip.menu_wanted.connect(lambda place, id=info.id: self.method_menu.emit(id, place))
        return chip

    def _choices(self) -> tuple[QCheckBox, ...]:
        return self.errors, self.outline, self.poses, self.others

    def _fit(self) -> None:
        """Show what belongs to the view, in full or with fewer words, as there is room."""
        self._show_suited()
        short = partial(self.outline.setText, "Truth")
        first = self._fold_hidden, self.against.hide, short, self.others.hide
        for fold in (*first, self._shorten_more, self._fold_chips, self.add.hide, self._fold_choices):
            self._chip_row.invalidate()  # a row within a row does not know yet what was hidden
            if self.sizeHint().width() > self.width() > 0:  # of what is not hidden
                fold()

    def _fold_hidden(self) -> None:
        """Methods that are not shown go into the menu first."""
        hidden = [method for method in self._frame.hidden if method in self.chips]
        for method in hidden:
            self.chips[method].hide()
        if hidden and self._frame.list is None:
            self._fill_menu()
            self.many.setText(f"{len(hidden)} more")
            self.many.show()

    def _shorten_more(self) -> None:
        self.many.setText(f"+{self.many.text().removesuffix(' more')}")

    def _fold_chips(self) -> None:
        for chip in self.chips.values():
            chip.hide()
        self.many.setVisible(self._frame.list is None)
        self._fill_menu()

    def _fold_choices(self) -> None:
        for widget in (*self._choices(), self.side, self.scale, self.sorted):
            widget.hide()
        self.shown.show()

    def _show_suited(self) -> None:
        new, turned = self._frame, self._frame.view == "turned"
        self.shown.hide()
        for box in (self.poses, self.others):
            box.setProperty("unsuited", turned)
        self.errors.show()
        self.outline.show()
        self.add.show()
        several = sum(info.kind != "truth" for info in new.methods) >= ORDER_FROM
        self.outline.setText("Truth" if turned else "Truth outline")
        self.poses.setVisible(not turned)
        self.others.setVisible(not turned)
        self.side.setVisible(turned)
        self.scale.setVisible(new.errors or new.contact)
        self.sorted.setVisible(several and not turned and not self._room(1300))
        self.order.setVisible(several)
        self.against.show()
        self.many.hide()
        for chip in self.chips.values():
            chip.show()
        if several or new.list is not None:
            self._fold_chips()

    def _room(self, wide: int) -> bool:
        """Whether there is less room than `wide` pixels of usual text."""
        return self.width() < grown(self, wide)

    def _fill_shown(self, menu: QMenu) -> None:
        """From where one looks, and the colours of errors."""
        new = self._frame
        menu.addSeparator()
        for side in SIDES if new.view == "turned" else ():
            action = menu.addAction(_seen_from(side), partial(self.side_chosen.emit, side))
            action.setCheckable(True)
            action.setChecked(side == new.side)
        if new.errors:
            ends = menu.addMenu(f"Colours from 0 to {new.scale_mm:.0f} mm")
            for end in SCALES_MM:
                ends.addAction(f"0 to {end} mm", partial(self.scale_chosen.emit, float(end)))

    def _fill_menu(self) -> None:
        shown = sum(info.id not in self._frame.hidden for info in self._frame.methods if info.kind != "truth")
        self.many.setText(f"{shown} method{'s' if shown != 1 else ''}")
        old = self.many.menu()
        menu = QMenu(self.many)
        for info in self._frame.methods:
            words = " ".join(filter(None, (info.title, info.variant)))
            action = menu.addAction(color_chip(info.color, 10), words)
            action.setCheckable(True)
            action.setChecked(info.id not in self._frame.hidden)
            action.triggered.connect(lambda _on, id=info.id: self.method_toggled.emit(id))
        menu.addSeparator()
        menu.addAction("Another method…", self.add_wanted.emit)
        menu.addAction("All methods in a list", self.list_wanted.emit)
        self.many.setMenu(menu)
        if old is not None:
            old.deleteLater()

    def _follow_text(self) -> None:
        self.setFixedHeight(max(HEIGHT, self.fontMetrics().height() + 22))
        self._fit()


def _seen_from(side: str) -> str:
    return f"From {'the ' if side in ('side', 'front') else ''}{side}"


def _of_bar(stage: StageFrame) -> StageFrame:
    """What the bar shows of the stage: all but the panes and whom they show; of the list that it is there."""
    listed = None if stage.list is None else MethodList()
    shown = replace(stage, list=listed, muted=None, person=None, words=None)
    return replace(shown, panes=(), reading=None, edge_panel=None)
