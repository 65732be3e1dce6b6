"""The error of each joint as a radar: a polygon for each method, the body's left side on the left."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.evaluation.metrics import EVALUATED_NAMES
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.features.people.work import JointMeans
from sefd_viewer.gui.controls import Dot
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip
from sefd_viewer.gui.panes import emptied
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

_LIMBS = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
AROUND = (
    "Neck",
    *(f"R_{name}" for name in _LIMBS),
    *(f"L_{name}" for name in reversed(_LIMBS)),
    "Head_top",
)
"""Clockwise from the top: what is mirrored on the body is mirrored here."""
STEPS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
RINGS = 5
LABELS_AT, ROOM = 1.07, 1.2
NOBODY = "Nobody who is listed has errors of joints"


class JointRadar(SafeOverrides, QWidget):
    """Shows a frame's means over the people listed, and thin the errors of the case in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.note = pg.PlotWidget(), ElidedLabel()
        self.words = PlainLabel()
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setProperty("quiet", True)
        self._frame = PeopleFrame()
        self._legend = QHBoxLayout()
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setAspectLocked(True)
        for side in ("bottom", "left"):
            item.hideAxis(side)
        self.plot.setMouseEnabled(False, False)
        self.plot.setAccessibleName("Radar of the joints' errors")
        line, layout = QHBoxLayout(), QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        line.setContentsMargins(8, 0, 8, 0)
        line.addLayout(self._legend)
        line.addWidget(self.note, 1)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.words, 1)
        layout.addLayout(line)
        self.refresh_colors()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's means, and the case in view."""
        self._frame = new
        same = old.table is new.table and old.joints is new.joints and _row(old) == _row(new)
        if not same or old.state.plot != new.state.plot or old.looks != new.looks:
            self._draw()

    def refresh_colors(self) -> None:
        """Take the colours of the theme."""
        self.plot.setBackground(current_colors().base)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_legend"):
            self.refresh_colors()
            self._draw()

    # ---- drawing

    def _draw(self) -> None:
        self.plot.clear()
        joints = self._frame.joints
        means = dict(joints.means) if joints is not None else {}
        means = {method: errors for method, errors in means.items() if np.isfinite(errors).any()}
        case = _case(self._frame) if means else {}
        known = np.concatenate([*means.values(), *case.values(), np.empty(0)])
        known = known[np.isfinite(known)]
        self.plot.setVisible(bool(known.size))
        self.words.setVisible(not known.size)
        self.words.setText(NOBODY if joints is not None else "")
        self._name(means if known.size else {})
        self.note.setText(_note(joints, has_case=bool(case)) if joints is not None and known.size else "")
        self.note.setToolTip(plain_tip(self.note.text()))
        if not known.size:
            return
        outer = self._draw_rings(float(known.max()))
        for method in means:
            pen = pg.mkPen(QColor(*self._frame.look(method).color), width=2)
            self.plot.addItem(_polygon(means[method], pen, dots=True))
            if method in case:
                self.plot.addItem(_polygon(case[method], pg.mkPen(pen.color(), width=1), dots=False))
        side = 2 * ROOM * outer
        self.plot.getPlotItem().vb.setRange(QRectF(-side / 2, -side / 2, side, side), padding=0)

    def _draw_rings(self, largest: float) -> float:
        """Rings, spokes and their names; returns the radius of the outermost ring in mm."""
        colors, step = current_colors(), ring_step(largest)
        outer = step * max(math.ceil(largest / step), 1)
        circle = np.linspace(0, 2 * np.pi, 181)
        for radius in np.arange(step, outer + step / 2, step):
            self.plot.addItem(pg.PlotCurveItem(*_at(circle, radius), pen=pg.mkPen(colors.line)))
            self._write(f"{radius:g} mm" if radius + step > outer else f"{radius:g}", (0, radius), (0.5, 0.5))
        for name, x, y in zip(AROUND, *_at(angles(), 1.0), strict=True):
            spoke = pg.PlotCurveItem([0, outer * x], [0, outer * y], pen=pg.mkPen(colors.line))
            self.plot.addItem(spoke)
            at, anchor = outer * LABELS_AT, (0.5 - 0.5 * np.sign(x), 0.5 + 0.5 * y)
            self._write(words_of(name), (at * x, at * y), anchor)
        return float(outer)

    def _write(self, text: str, place: tuple[float, float], anchor: tuple[float, float]) -> None:
        colors = current_colors()
        item = pg.TextItem(text, colors.quiet, anchor=anchor, fill=colors.base)
        self.plot.addItem(item, ignoreBounds=True)
        item.setPos(*place)

    def _name(self, means: dict[str, NDArray[np.float64]]) -> None:
        """Tell whose colour is which."""
        emptied(self._legend)
        for method in means:
            look = self._frame.look(method)
            name = PlainLabel(look.title)
            name.setContentsMargins(0, 0, 10, 0)
            self._legend.addWidget(Dot(look.color))
            self._legend.addWidget(name)


def angles() -> NDArray[np.float64]:
    """The angles (14,) of the spokes in radians, clockwise from the top; none points straight up."""
    count = len(AROUND)
    return (np.arange(count) + 0.5) * 2 * np.pi / count


def ring_step(largest: float) -> float:
    """How far rings are apart, mm, so that there are few of them and their numbers are round."""
    return next((step for step in STEPS_MM if largest <= RINGS * step), largest / RINGS)


def words_of(joint: str) -> str:
    """A joint's name in words: "L shoulder", "Head top"."""
    side, _, name = joint.partition("_")
    return f"{side} {name.lower()}".strip()


def _at(
    angle: NDArray[np.float64], radius: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points at a distance from the middle, clockwise from the top."""
    return radius * np.sin(angle), radius * np.cos(angle)


def _polygon(errors: NDArray[np.float64], pen: object, *, dots: bool) -> pg.PlotDataItem:
    """A closed line through a method's errors (14,); a joint without a number leaves a gap."""
    x, y = _at(angles(), errors[[EVALUATED_NAMES.index(name) for name in AROUND]])
    closed = [np.append(values, values[0]) for values in (x, y)]
    symbol = {"symbol": "o", "symbolSize": 5, "symbolBrush": pen.color(), "symbolPen": None} if dots else {}  # type: ignore[attr-defined]
    return pg.PlotDataItem(*closed, pen=pen, connect="finite", antialias=True, **symbol)


def _row(frame: PeopleFrame) -> int | None:
    """The row of the run of the person in view."""
    table, case = frame.table, frame.case
    if table is None or case is None or table.run is None or case.row >= len(table):
        return None
    row = table.numbers("run_row")[case.row]
    return int(row) if np.isfinite(row) else None


def _case(frame: PeopleFrame) -> dict[str, NDArray[np.float64]]:
    """The errors of the person in view by method, where there are any."""
    table, row = frame.table, _row(frame)
    if table is None or table.run is None or row is None:
        return {}
    found = {method: errors[row].astype(np.float64) for method, errors in table.run.joint_errors_mm.items()}
    return {method: errors for method, errors in found.items() if np.isfinite(errors).any()}


def _note(joints: JointMeans, *, has_case: bool) -> str:
    """Over whom the means are, what is thin, and which joints have no number."""
    counts = sorted(set(joints.people.values()))
    words = [f"means of {' or '.join(f'{count:,}' for count in counts)} people"]
    words += ["thin: the person in view"] * has_case
    for method, errors in joints.means.items():
        missing = [words_of(EVALUATED_NAMES[place]) for place in np.flatnonzero(~np.isfinite(errors))]
        if missing:
            words.append(f"{method} has no number for {', '.join(missing)}")
    return " · ".join(words)
