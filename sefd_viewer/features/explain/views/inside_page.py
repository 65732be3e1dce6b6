"""What each network sees: crop, 2D joints, edges and the volume of joints, a row for each network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Words, same
from sefd_viewer.app.methods import Method, MethodInfo
from sefd_viewer.features.explain.case import joint_title
from sefd_viewer.features.explain.frames import ExplainFrame, InsideFrame
from sefd_viewer.features.explain.inside import VOXELS, SeenBy
from sefd_viewer.features.explain.views.picture_box import choose
from sefd_viewer.geometry.joints import GRAPH15
from sefd_viewer.gui.controls import Dot, Slider, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip
from sefd_viewer.gui.panes import emptied, say
from sefd_viewer.gui.photo_view import PhotoView

COLUMNS = ("Crop", "2D joints", "Edges", "Volume, front", "Volume, from above")
_TIPS = (
    "The pixels that the network gets, 256 x 256",
    "The heatmaps of the 2D pose that guide the first features, 64 x 64",
    "The fourth channel, 256 x 256",
    "Where the network places the joints: probabilities of 8 x 8 x 8 voxels, seen by the camera",
    "The same volume seen from above, the camera below the picture",
)
_NO_EDGE = Words("No edges", "This network has no fourth channel.")


class InsidePage(QWidget):
    """Signals out: `joint_chosen` (a graph joint or None), `depth_chosen` (a slice or None)."""

    joint_chosen = Signal(object)
    depth_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.joint = QComboBox()
        self.joint.setAccessibleName("Joint that is shown")
        self.joint.addItem("All joints", None)
        for name in GRAPH15.names:
            self.joint.addItem(joint_title(name), name)
        self.slices = Slider()
        self.slices.setRange(0, VOXELS)
        self.slices.setMaximumWidth(160)
        self.slices.setAccessibleName("Slice of the volume")
        self._depth_words = quiet_label("All depths")
        self.views: dict[tuple[Method, int], PhotoView] = {}
        self._networks: tuple[MethodInfo, ...] = ()
        self._words = PhotoView()
        self._body = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls())
        layout.addWidget(self._body, 1)
        layout.addWidget(self._words, 1)
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        self.joint.activated.connect(lambda _i: self.joint_chosen.emit(self.joint.currentData()))
        self.slices.valueChanged.connect(lambda v: self.depth_chosen.emit(v - 1 if v else None))

    def apply(self, old: ExplainFrame, new: ExplainFrame) -> None:
        """Show a frame."""
        choose(self.joint, new.state.joint)
        self.slices.blockSignals(True)
        self.slices.setValue(0 if new.state.depth is None else new.state.depth + 1)
        self.slices.blockSignals(False)
        self._depth_words.setText(_depth_text(new.state.depth))
        others = new.networks != self._networks
        if others:
            self._networks = new.networks
            self._fill_grid()
        if others or not same(old.inside, new.inside):
            self._show(new.inside)

    def fit(self) -> None:
        """Show every picture whole."""
        for view in self.views.values():
            view.fit()

    def _show(self, frame: InsideFrame) -> None:
        self._body.setVisible(frame.words is None)
        self._words.setVisible(frame.words is not None)
        say(self._words, frame.words)
        known = {seen.method: seen for seen in frame.networks}
        for (method, column), view in self.views.items():
            self._show_one(view, known.get(method), column)

    def _show_one(self, view: PhotoView, seen: SeenBy | None, column: int) -> None:
        picture = None if seen is None else _pictures(seen)[column]
        fresh = view.viewport.is_fit
        view.set_image(picture)
        if fresh:
            view.fit()
        missing = Words("No answer") if seen is None else _NO_EDGE
        say(view, missing if picture is None else None)

    def _fill_grid(self) -> None:
        """A row for each network."""
        emptied(self._grid)
        self.views, grid = {}, self._grid
        for column, (title, tip) in enumerate(zip(COLUMNS, _TIPS, strict=True), start=1):
            heading = PlainLabel(title)
            heading.setProperty("heading", True)
            heading.setToolTip(plain_tip(tip))
            heading.setContentsMargins(8, 4, 8, 4)
            grid.addWidget(heading, 0, column)
            grid.setColumnStretch(column, 1)
        for row, info in enumerate(self._networks, start=1):
            grid.addWidget(_label(info), row, 0)
            grid.setRowStretch(row, 1)
            for column in range(len(COLUMNS)):
                view = self.views[info.id, column] = PhotoView()
                view.setAccessibleName(f"{info.title}: {COLUMNS[column]}")
                grid.addWidget(view, row, column + 1)
        self._link()

    def _link(self) -> None:
        """Everything but the view from above shows the same part of the crop."""
        views = [view for (_, column), view in self.views.items() if column < len(COLUMNS) - 1]
        for view in views[1:]:
            views[0].link_to(view)

    def _controls(self) -> QWidget:
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 6, 10, 6)
        line.setSpacing(8)
        for widget in (PlainLabel("Joint"), self.joint, PlainLabel("Depth"), self.slices, self._depth_words):
            line.addWidget(widget)
        line.addStretch(1)
        for color, words in (((255, 214, 102), "near"), ((70, 120, 220), "far")):
            line.addWidget(Dot(color))
            line.addWidget(quiet_label(words))
        return bar


def _label(info: MethodInfo) -> QWidget:
    label, line = QWidget(), QVBoxLayout()
    line.setContentsMargins(8, 8, 4, 8)
    line.setAlignment(Qt.AlignmentFlag.AlignTop)
    line.addWidget(Dot(info.color))
    line.addWidget(ElidedLabel(info.title, wants=True))
    label.setLayout(line)
    return label


def _pictures(seen: SeenBy) -> tuple[NDArray[np.uint8] | None, ...]:
    return seen.crop, seen.heatmaps, seen.edge, seen.front, seen.above


def _depth_text(depth: int | None) -> str:
    if depth is None:
        return "All depths"
    return f"Slice {depth + 1} of {VOXELS}" + {0: ", nearest", VOXELS - 1: ", farthest"}.get(depth, "")
