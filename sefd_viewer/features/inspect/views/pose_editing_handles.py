"""Handles of joints: drawn over the skeletons, larger under the pointer, and found there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sefd_viewer.features.inspect.pose_edits_frame import HandlesFrame
from sefd_viewer.gui import words
from sefd_viewer.gui.viewport import Viewport

RADIUS = 4.5
LARGE = 7.5
REACH = 11.0
"""How far from its middle, in logical pixels, a handle can be taken hold of."""
FULL_HEIGHT = 160.0
SMALLEST = 0.6

_WORDS = {"seen": "", "hidden": " (hidden)", "unplaced": " (not placed)"}


class Handle(NamedTuple):
    """One joint of one person."""

    person: str
    joint: int


def handle_at(
    handles: Sequence[HandlesFrame], viewport: Viewport, position: tuple[float, float]
) -> Handle | None:
    """The handle nearest to a position of the view, in logical pixels, None where none is in reach.

    Of joints on one spot one that is seen comes first.
    """
    found: list[tuple[float, str, int]] = []
    for frame in handles:
        distances = np.linalg.norm(viewport.to_view(frame.points) - position, axis=1)
        for joint in np.flatnonzero(distances <= REACH):
            late = 0.0 if frame.kinds[joint] == "seen" else 2.0
            found.append((float(distances[joint]) + late, frame.person, int(joint)))
    return Handle(*min(found)[1:]) if found else None


def paint_handles(
    painter: QPainter, handles: Sequence[HandlesFrame], viewport: Viewport, hovered: Handle | None
) -> None:
    """Draw everybody's handles; the one under the pointer is larger and named."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for frame in handles:
        points = viewport.to_view(frame.points)
        size = _size(points)
        for joint in np.flatnonzero(np.isfinite(points).all(axis=1)):
            if Handle(frame.person, int(joint)) != hovered:
                _paint_handle(painter, frame, int(joint), QPointF(*points[joint]), RADIUS * size)
    if hovered is not None:
        _paint_hovered(painter, handles, viewport, hovered)


def paint_box(painter: QPainter, box: QRectF) -> None:
    """Draw the box of a new person, in logical pixels."""
    painter.setBrush(QColor(255, 255, 255, 28))
    for color, width in ((QColor(0, 0, 0, 140), 3.0), (QColor(255, 255, 255), 1.3)):
        painter.setPen(QPen(color, width, Qt.PenStyle.DashLine))
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _size(points: np.ndarray) -> float:
    """Handles of a small figure are smaller, so that they do not cover it."""
    known = points[np.isfinite(points).all(axis=1)]
    height = float(np.ptp(known, axis=0).max()) if len(known) else 0.0
    return min(max(height / FULL_HEIGHT, SMALLEST), 1.0)


def _paint_handle(painter: QPainter, frame: HandlesFrame, joint: int, center: QPointF, radius: float) -> None:
    """Full where the networks see the joint, a ring where it is hidden, a thin dotted ring if not placed."""
    kind, color = frame.kinds[joint], QColor(*frame.color)
    painter.setBrush(color if kind == "seen" else QColor(0, 0, 0, 90))
    painter.setPen(QPen(QColor(0, 0, 0, 170), 3.4 if kind != "seen" else 3.0))
    painter.drawEllipse(center, radius, radius)
    style = Qt.PenStyle.DotLine if kind == "unplaced" else Qt.PenStyle.SolidLine
    rim = QColor(255, 255, 255) if kind == "seen" else color
    painter.setPen(QPen(rim, 1.4, style))
    painter.drawEllipse(center, radius, radius)


def _paint_hovered(
    painter: QPainter, handles: Sequence[HandlesFrame], viewport: Viewport, hovered: Handle
) -> None:
    frame = next((one for one in handles if one.person == hovered.person), None)
    if frame is None or hovered.joint >= len(frame.points):
        return
    x, y = viewport.to_view(frame.points[hovered.joint])
    if not np.isfinite((x, y)).all():
        return
    center = QPointF(float(x), float(y))
    _paint_handle(painter, frame, hovered.joint, center, LARGE)
    name = frame.names[hovered.joint] + _WORDS[frame.kinds[hovered.joint]]
    area = QRect(0, 0, *viewport.view_size)
    words.paint_tag(painter, area, center + QPointF(LARGE + 5, -LARGE), name, frame.color)
