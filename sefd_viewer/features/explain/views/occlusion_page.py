"""The occlusion lab: drag something over a person or the photo, or slide a box over everything."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import Words, same
from sefd_viewer.app.methods import Method, MethodInfo
from sefd_viewer.features.explain.case import joint_title
from sefd_viewer.features.explain.frames import ExplainFrame, OcclusionFrame, covered_words, sweep_words
from sefd_viewer.features.explain.heat import HeatMap
from sefd_viewer.features.explain.model import (
    EXACT,
    BodiesShown,
    Covered,
    HeatOf,
    OccludedArea,
    Occluder,
    OccluderKind,
)
from sefd_viewer.features.explain.occlusion import (
    SIZES,
    PersonMoved,
    Reaction,
    reactions_table,
)
from sefd_viewer.features.explain.views.occluder_tool import OccluderTool
from sefd_viewer.features.explain.views.picture_box import ColorBar, choose
from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.gui.controls import Dot, NumberSlider
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel
from sefd_viewer.gui.panes import Pane, emptied, header, say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.tables import ExportButton, plain_table

if TYPE_CHECKING:
    from sefd_viewer.features.explain.views.hiding_plot import HidingPlot

_KINDS: dict[OccluderKind, str] = {
    "box": "Box",
    "blob": "Blob",
    "person": "Cut-out person",
    "object": "Object, exact share",
    "somebody": "Person, exact share",
    "truncation": "Picture's edge, exact share",
}
_BODIES: dict[BodiesShown, str] = {"onion": "Onion skin", "side": "Before and after"}
_JOINTS: dict[Covered, str] = {"kept": "2D joints kept", "lost": "Covered joints lost"}
_JOINTS_TIP = (
    "Kept: the networks are told where covered joints are, as if somebody knew. "
    "Lost: covered joints are missing from the 2D pose, as a detector would lose them."
)
_AREAS: dict[OccludedArea, str] = {"crop": "The crop", "photo": "The whole photo"}
_COLUMNS = (
    ("Network", ""),
    ("Person", ""),
    ("Moved mm", "Mean distance of 29 joints from the untouched answer, relative to the pelvis, millimetres"),
    ("px", "Mean distance of 30 joints from the untouched answer in pixels of the photo"),
    ("Most, mm", "The joint that moved most, millimetres"),
    ("MPJPE", "Error against the truth before and after, millimetres"),
)
_PERSON, _PIXELS, _MOST, _ERRORS = 1, 3, 4, 5
_ROW_HEIGHT, _ROWS_SEEN = 24, 6
_HEAT_OF: dict[HeatOf, str] = {"displacement": "Displacement", "error": "Error"}
_ROWS = ("before", "after", "heat")


class OcclusionPage(QWidget):
    """Signals out: what was chosen, the occluder while it is dragged, and the buttons of the sweep."""

    occluder_changed = Signal(object)
    area_chosen = Signal(str)
    bodies_chosen = Signal(str)
    joint_chosen = Signal(object)
    heat_chosen = Signal(str)
    sweep_size_changed = Signal(float)
    sweep_started = Signal()
    sweep_stopped = Signal()
    commands_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.area, self.bodies = QComboBox(), QComboBox(), QComboBox()
        self.joints = QComboBox()
        self.joints.setToolTip(_JOINTS_TIP)
        self.joints.setAccessibleName("Covered 2D joints")
        self.joint, self.heat_of = QComboBox(), QComboBox()
        self.height_slider = NumberSlider(*SIZES, 2, decimals=0, unit=" px")
        self.level = NumberSlider(0, 60, 5, decimals=0, unit=" %")
        self._over, self._size = PlainLabel("over"), PlainLabel("Height")
        self.plot: HidingPlot | None = None
        self.sweep_size = NumberSlider(16, 128, 8, decimals=0, unit=" px")
        self.start, self.stop = QPushButton("Slide it everywhere"), QPushButton("Stop")
        self.progress, self.scale = QProgressBar(), ColorBar()
        self._about, self._hint = ElidedLabel(), ElidedLabel()
        self.table = _table()
        self._reactions: tuple[Reaction, ...] = ()
        self.export = ExportButton("occlusion", lambda: reactions_table(self._reactions))
        self.view = PhotoView()
        self.view.setAccessibleName("Photo with the occluder; arrow keys move it")
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tool = OccluderTool(self.view)
        self.view.set_tool(self.tool)
        self.views: dict[tuple[Method, str], PhotoView] = {}
        self._numbers: dict[tuple[Method, str], ElidedLabel] = {}
        self._panes: dict[tuple[Method, str], Pane] = {}
        self._networks: tuple[MethodInfo, ...] = ()
        self._occluder = Occluder()
        for widget, name in (
            (self.kind, "Occluder"),
            (self.area, "What is covered"),
            (self.bodies, "How bodies before and after are shown"),
            (self.joint, "Joint of the heat maps"),
            (self.heat_of, "What the heat maps show"),
        ):
            widget.setAccessibleName(name)
        self.height_slider.name("Height of the occluder")
        self.level.name("Share of the person that is hidden")
        self.sweep_size.name("Size of the sliding box")
        self._fill_boxes()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls())
        layout.addWidget(self._arranged(), 1)
        layout.addWidget(self._sweep_bar())
        self._connect()

    def apply(self, old: ExplainFrame, new: ExplainFrame) -> None:
        """Show a frame."""
        self._occluder = new.state.occluder
        self.tool.apply(self._occluder)
        choose(self.kind, self._occluder.kind)
        choose(self.area, self._occluder.area)
        self._hint.setText(covered_words(new.occlusion, self._occluder))
        choose(self.joints, self._occluder.joints)
        choose(self.bodies, new.state.bodies)
        choose(self.joint, new.state.sweep_joint)
        choose(self.heat_of, new.state.heat_of)
        self.height_slider.set_value(self._occluder.size)
        self.level.set_value(100 * self._occluder.level)
        exact = self._occluder.kind in EXACT
        self.view.set_tool(None if exact else self.tool)
        for widget, shown in ((self.level, exact), (self.height_slider, not exact), (self.area, not exact)):
            widget.setVisible(shown)
        self._over.setVisible(not exact)
        self._size.setText("Hidden" if exact else "Height")
        self.sweep_size.set_value(new.state.sweep_size)
        others = new.networks != self._networks
        if others:
            self._networks = new.networks
            self._fill_grid()
        if same(old.occlusion, new.occlusion) and old.state == new.state and not others:
            return
        fresh = self.view.viewport.is_fit or old.state.occluder.area != new.state.occluder.area
        self.view.set_image(new.occlusion.picture)
        if fresh:
            self.view.fit()
        say(self.view, new.occlusion.words)
        self.view.cover.set_busy(new.occlusion.busy)
        self._show_reactions(new.occlusion, new.state.bodies)
        self._show_sweep(new.occlusion)
        self._show_curves(new.occlusion)

    def fit(self) -> None:
        """Show every picture whole."""
        for view in (self.view, *self.views.values()):
            view.fit()

    def _show_curves(self, frame: OcclusionFrame) -> None:
        """Show errors by share for what hides an exact one; pyqtgraph is loaded with the first plot."""
        if frame.curves is not None and self.plot is None:
            from sefd_viewer.features.explain.views.hiding_plot import HidingPlot

            self.plot = HidingPlot()
            self.plot.commands_wanted.connect(self.commands_wanted)
            self.plot.setMaximumHeight(300)
            self._right.addWidget(self.plot)
        if self.plot is not None:
            self.plot.setVisible(frame.curves is not None)
            if frame.curves is not None:
                self.plot.show_curves(frame, self._networks)

    def _show_reactions(self, frame: OcclusionFrame, bodies: BodiesShown) -> None:
        known = {reaction.method: reaction for reaction in frame.reactions}
        for method in (info.id for info in self._networks):
            reaction = known.get(method)
            self._show(method, "before", None if reaction is None else reaction.before)
            self._show(method, "after", None if reaction is None else reaction.after)
            self._panes[method, "before"].setVisible(bodies == "side")
            self._numbers[method, "before"].setText("before")
            after = "" if reaction is None else f"{reaction.moved_mm:.1f} mm"
            self._numbers[method, "after"].setText(after)
        self._grid.setRowStretch(0, int(bodies == "side"))
        self._fill(frame.reactions)

    def _fill(self, reactions: tuple[Reaction, ...]) -> None:
        self._reactions = reactions
        self.export.setEnabled(bool(reactions))
        titles = {info.id: info.title for info in self._networks}
        rows = [(titles.get(one.method, one.method), person) for one in reactions for person in one.people]
        self.table.setRowCount(len(rows))
        for row, (title, person) in enumerate(rows):
            for column, text in enumerate(_cells(title, person)):
                item = QTableWidgetItem(text)
                if column > _PERSON:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.table.setColumnHidden(_ERRORS, all(math.isnan(person.mpjpe_after_mm) for _, person in rows))
        whole = self._occluder.area == "photo"
        self.table.setColumnHidden(_PERSON, not whole)
        self.table.setColumnHidden(_PIXELS, whole)  # the joint that moved most needs the room
        high = min(max(len(rows), len(self._networks)), _ROWS_SEEN) * _ROW_HEIGHT
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + high + 4)

    def _show_sweep(self, frame: OcclusionFrame) -> None:
        sweep, heat = frame.sweep, frame.heat
        running = sweep is not None and not (sweep.finished or sweep.stopped or sweep.problem)
        self.progress.setVisible(running)
        if sweep is not None:
            self.progress.setRange(0, sweep.total)
            self.progress.setValue(sweep.done)
        self.stop.setEnabled(running)
        self.start.setEnabled(frame.picture is not None and not running)
        self.joint.setEnabled(heat is not None)
        known: dict[Method, HeatMap] = {one.method: one for one in heat.maps} if heat is not None else {}
        for method in (info.id for info in self._networks):
            one = known.get(method)
            self._panes[method, "heat"].setVisible(sweep is not None)
            self._show(method, "heat", None if one is None else one.picture, waits=running)
            words = "" if one is None else f"mean {one.mean_mm:.1f}, most {one.worst_mm:.1f} mm"
            self._numbers[method, "heat"].setText(words)
        self._grid.setRowStretch(2, int(sweep is not None))
        self.heat_of.setEnabled(heat is not None)
        self.scale.setVisible(heat is not None)
        if heat is not None:
            self.scale.show_scale("inferno", heat.limits_mm)
        self._about.setText(sweep_words(frame))

    def _show(self, method: Method, row: str, picture: object, *, waits: bool = False) -> None:
        view = self.views[method, row]
        fresh = view.viewport.is_fit
        view.set_image(picture)  # type: ignore[arg-type]
        if fresh:
            view.fit()
        say(view, Words("Waiting for its turn", busy=False) if picture is None and waits else None)

    def _arranged(self) -> QSplitter:
        grid_widget = QWidget()
        self._grid = grid = QGridLayout(grid_widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        left, lines = QWidget(), QVBoxLayout()
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.view, 1)
        lines.addWidget(self.table)
        left.setLayout(lines)
        split.addWidget(left)
        right = QWidget()
        self._right = QVBoxLayout(right)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(0)
        self._right.addWidget(grid_widget, 2)
        split.addWidget(right)
        split.setSizes([440, 740])
        split.setStretchFactor(1, 1)
        return split

    def _fill_grid(self) -> None:
        """A column for each network."""
        emptied(self._grid)
        for kept in (self.views, self._numbers, self._panes):
            kept.clear()
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, int(column < len(self._networks)))
        for row, name in enumerate(_ROWS):
            self._grid.setRowStretch(row, 1)
            for column, info in enumerate(self._networks):
                self._grid.addWidget(self._pane(info, name), row, column)
                self._grid.setColumnStretch(column, 1)
        views = list(self.views.values())
        for view in views[1:]:
            views[0].link_to(view)

    def _pane(self, info: MethodInfo, row: str) -> Pane:
        view = self.views[info.id, row] = PhotoView()
        view.setAccessibleName(f"{info.title}, {row}")
        number = self._numbers[info.id, row] = ElidedLabel()
        pane = Pane(header(Dot(info.color), PlainLabel(info.title), number), view)
        self._panes[info.id, row] = pane
        return pane

    def _controls(self) -> QWidget:
        self.height_slider.setMaximumWidth(200)
        self.level.setMaximumWidth(200)
        widgets = (
            PlainLabel("Occluder"),
            self.kind,
            self._over,
            self.area,
            self._size,
            self.height_slider,
            self.level,
            self.joints,
            PlainLabel("Bodies"),
            self.bodies,
        )
        return _bar(*widgets, self._hint, self.export)

    def _sweep_bar(self) -> QWidget:
        self.sweep_size.setMaximumWidth(180)
        self.progress.setMaximumWidth(160)
        self.progress.setTextVisible(False)
        choices = (PlainLabel("Joint"), self.joint, self.heat_of)
        return _bar(self.start, self.stop, self.sweep_size, *choices, self._about, self.progress, self.scale)

    def _fill_boxes(self) -> None:
        for kind, title in _KINDS.items():
            self.kind.addItem(title, kind)
        for area, title in _AREAS.items():
            self.area.addItem(title, area)
        for joints, title in _JOINTS.items():
            self.joints.addItem(title, joints)
        for bodies, title in _BODIES.items():
            self.bodies.addItem(title, bodies)
        for of, title in _HEAT_OF.items():
            self.heat_of.addItem(title, of)
        self.joint.addItem("All joints", None)
        for name in SMPL30.names:
            self.joint.addItem(joint_title(name), name)

    def _connect(self) -> None:
        self.tool.moved.connect(self.occluder_changed)
        self.kind.activated.connect(lambda _i: self._change(kind=self.kind.currentData()))
        self.area.activated.connect(lambda _i: self.area_chosen.emit(self.area.currentData()))
        self.joints.activated.connect(lambda _i: self._change(joints=self.joints.currentData()))
        self.height_slider.changed.connect(lambda size: self._change(size=size))
        self.level.changed.connect(lambda level: self._change(level=round(level / 100, 2)))
        self.bodies.activated.connect(lambda _i: self.bodies_chosen.emit(self.bodies.currentData()))
        self.joint.activated.connect(lambda _i: self.joint_chosen.emit(self.joint.currentData()))
        self.heat_of.activated.connect(lambda _i: self.heat_chosen.emit(self.heat_of.currentData()))
        self.sweep_size.changed.connect(self.sweep_size_changed)
        self.start.clicked.connect(self.sweep_started)
        self.stop.clicked.connect(self.sweep_stopped)

    def _change(self, **changes: object) -> None:
        self.occluder_changed.emit(replace(self._occluder, **changes))  # type: ignore[arg-type]


def _bar(*widgets: QWidget) -> QWidget:
    bar = QWidget()
    line = QHBoxLayout(bar)
    line.setContentsMargins(10, 6, 10, 6)
    line.setSpacing(8)
    for widget in widgets:
        line.addWidget(widget, int(isinstance(widget, ElidedLabel)))
    return bar


def _table() -> QTableWidget:
    table = plain_table(_COLUMNS, "How far each network's joints moved", row_height=_ROW_HEIGHT)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(_MOST, QHeaderView.ResizeMode.Stretch)
    return table


def _cells(title: str, one: PersonMoved) -> tuple[str, ...]:
    errors = f"{one.mpjpe_before_mm:.0f} → {one.mpjpe_after_mm:.0f}"
    return (
        title,
        one.person,
        f"{one.moved_mm:.1f}",
        f"{one.moved_px:.1f}",
        f"{one.worst} {one.worst_mm:.0f}",
        "–" if math.isnan(one.mpjpe_after_mm) else errors,
    )
