"""Skeletons, boxes and labels drawn over a photo: crisp at any zoom, and found again under the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sefd_viewer.gui import words
from sefd_viewer.gui.viewport import Viewport

Color = tuple[int, int, int]
Pattern = Literal["solid", "dashed", "dotted"]
DASHES: dict[Pattern, tuple[float, ...]] = {"solid": (), "dashed": (9.0, 6.0), "dotted": (2.0, 5.0)}
"""Lengths of line and gap in logical pixels."""
HIT_DISTANCE = 9.0
DIMMED = 0.35
FULL_HEIGHT = 140.0  # logical pixels: lower figures are drawn with thinner lines
SMALLEST = 0.5


@dataclass(frozen=True, eq=False)
class Mark:
    """What is drawn for one person (or thing): joints, bones, a box and a label, all optional.

    `points` are (N, 2) image pixels, with NaN for joints that are not to be drawn; `segments` index pairs
    into them; `box_xywh` image pixels. `color` is RGB; `point_colors` (N, 3) uint8 overrides it per joint.
    `width` and `point_radius` are logical screen pixels, less for very small figures. `contours` are closed
    lines, each (N, 2) image pixels, drawn in the `pattern`. `person` is the key that a click reports; None
    takes no clicks.
    """

    person: str | None = None
    points: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    segments: Sequence[tuple[int, int]] = ()
    box_xywh: Sequence[float] | None = None
    label: str = ""
    color: Color = (255, 255, 255)
    width: float = 2.0
    point_radius: float = 3.0
    point_colors: NDArray[np.uint8] | None = None
    dashed: bool = False
    contours: Sequence[NDArray[np.floating]] = ()
    pattern: Pattern = "solid"


def paint_marks(painter: QPainter, marks: Iterable[Mark], viewport: Viewport, selected: str | None) -> None:
    """Draw the marks in logical pixels; where a person is selected the others are drawn faintly, beneath."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in sorted(marks, key=lambda mark: mark.person == selected):
        chosen = selected is not None and mark.person == selected
        faint = selected is not None and mark.person is not None and not chosen
        painter.setOpacity(DIMMED if faint else 1.0)
        _paint_mark(painter, mark, viewport, emphasis=1.3 if chosen else 1.0)
    painter.setOpacity(1.0)


def person_at(marks: Iterable[Mark], viewport: Viewport, position: tuple[float, float]) -> str | None:
    """Return the person whose skeleton is near `position`, else the one with the smallest box around it."""
    found: list[tuple[float, float, str]] = []
    for mark in marks:
        if mark.person is None:
            continue
        distance = _skeleton_distance(mark, viewport, position)
        if distance <= HIT_DISTANCE:
            found.append((0.0, distance, mark.person))
        elif (box := _view_box(mark, viewport)) is not None and box.contains(QPointF(*position)):
            found.append((1.0, box.width() * box.height(), mark.person))
    return min(found)[2] if found else None


def _paint_mark(painter: QPainter, mark: Mark, viewport: Viewport, *, emphasis: float) -> None:
    box = _view_box(mark, viewport)
    outline = _outline(mark, viewport, box)
    if outline is None or not outline.intersects(QRectF(0, 0, *viewport.view_size)):
        return
    size = emphasis * min(max(outline.height() / FULL_HEIGHT, SMALLEST), 1.0)
    if box is not None:
        _paint_box(painter, box, mark, size)
    _paint_contours(painter, mark, viewport, size)
    _paint_skeleton(painter, mark, viewport, size)
    if mark.label:
        anchor = QPointF(outline.left(), outline.top())
        words.paint_tag(painter, QRect(0, 0, *viewport.view_size), anchor, mark.label, mark.color)


def _paint_box(painter: QPainter, box: QRectF, mark: Mark, emphasis: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    style = Qt.PenStyle.DashLine if mark.dashed else Qt.PenStyle.SolidLine
    for color, width in _halo_and_color(mark, 0.75 * emphasis):
        painter.setPen(QPen(color, width, style))
        painter.drawRect(box)


def _paint_contours(painter: QPainter, mark: Mark, viewport: Viewport, emphasis: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shapes = [QPolygonF([QPointF(*point) for point in viewport.to_view(one)]) for one in mark.contours]
    (halo, wide), (color, width) = _halo_and_color(mark, emphasis)
    for pen in (patterned(halo, wide, mark.pattern), patterned(color, width, mark.pattern)):
        painter.setPen(pen)
        for shape in shapes:
            painter.drawPolygon(shape)


def patterned(color: QColor, width: float, pattern: Pattern) -> QPen:
    """A pen whose dashes are as long whatever its width."""
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if DASHES[pattern]:
        pen.setDashPattern([length / width for length in DASHES[pattern]])
    return pen


def _paint_skeleton(painter: QPainter, mark: Mark, viewport: Viewport, emphasis: float) -> None:
    points = viewport.to_view(mark.points) if len(mark.points) else np.empty((0, 2))
    known = np.asarray(np.isfinite(points).all(axis=1))
    lines = [QLineF(*points[a], *points[b]) for a, b in mark.segments if known[a] and known[b]]
    for color, width in _halo_and_color(mark, emphasis):
        style = Qt.PenStyle.DashLine if mark.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, width, style, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1.0))
    radius = mark.point_radius * emphasis
    for index in np.flatnonzero(known):
        own = mark.color if mark.point_colors is None else mark.point_colors[index].tolist()
        painter.setBrush(QColor(*own))
        painter.drawEllipse(QPointF(*points[index]), radius, radius)


def _halo_and_color(mark: Mark, emphasis: float) -> list[tuple[QColor, float]]:
    width = mark.width * emphasis
    return [(QColor(0, 0, 0, 110), width + 2.0), (QColor(*mark.color), width)]


def _outline(mark: Mark, viewport: Viewport, box: QRectF | None) -> QRectF | None:
    """Return what the mark covers on the screen: its box, else a little more than its joints."""
    if box is not None:
        return box
    points = viewport.to_view(np.concatenate([mark.points, *mark.contours]))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    corners = points.min(axis=0) - 6.0, points.max(axis=0) + 6.0
    return QRectF(QPointF(*corners[0]), QPointF(*corners[1]))


def _view_box(mark: Mark, viewport: Viewport) -> QRectF | None:
    if mark.box_xywh is None:
        return None
    x, y, width, height = (float(value) for value in mark.box_xywh)
    left, top = viewport.to_view((x, y))
    return QRectF(float(left), float(top), width * viewport.scale, height * viewport.scale)


def _skeleton_distance(mark: Mark, viewport: Viewport, position: tuple[float, float]) -> float:
    if not len(mark.points):
        return np.inf
    points = viewport.to_view(mark.points)
    ends = np.array([*mark.segments, *((i, i) for i in range(len(points)))], int)
    start, along = points[ends[:, 0]], points[ends[:, 1]] - points[ends[:, 0]]
    offset = np.asarray(position) - start
    reach = np.clip((offset * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0.0, 1.0)
    distances = np.linalg.norm(offset - reach[:, None] * along, axis=1)
    return float(np.nanmin(distances)) if np.isfinite(distances).any() else np.inf
