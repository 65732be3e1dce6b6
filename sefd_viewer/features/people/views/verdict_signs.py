"""Verdicts as small round signs: a colour and a shape each, so that neither is needed alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from sefd_viewer.gui.theme import current_colors

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "good": "Good",
        "bad": "Bad",
        "unsure": "Unsure",
        "fixed": "Fixed",
        "unreviewed": "Unreviewed",
        "old": "Old",
    }
)
COLORS: Mapping[str, str] = MappingProxyType(
    {"good": "#17936b", "bad": "#d0561b", "unsure": "#b98a10", "fixed": "#3b8fd0"}
)
FINDING = "#cc79a7"
"""The colour of findings."""


def color_of(state: str) -> QColor:
    """The colour of a state; quiet for what is not reviewed."""
    return QColor(COLORS.get(state, current_colors().faint))


def paint_sign(painter: QPainter, area: QRectF, state: str, *, old: bool = False) -> None:
    """Draw the sign of a state in a square; an old verdict is a ring with a gap."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = color_of(state)
    pen = QPen(color, max(area.width() / 12, 1.2))
    disc = area.adjusted(1, 1, -1, -1)
    if state not in COLORS:
        painter.setPen(pen)
        painter.drawEllipse(disc.adjusted(1.5, 1.5, -1.5, -1.5))
    elif old:
        painter.setPen(QPen(color, area.width() / 8, Qt.PenStyle.DotLine))
        painter.drawEllipse(disc)
        _draw_shape(painter, area, state, color)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(disc)
        _draw_shape(painter, area, state, QColor("white"))
    painter.restore()


def paint_badge(painter: QPainter, corner: QPoint, words: str, state: str) -> None:
    """Write a state's words in white on its colour, from `corner` on."""
    metrics = painter.fontMetrics()
    area = QRect(corner, QSize(metrics.horizontalAdvance(words) + 12, metrics.height() + 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color_of(state))
    painter.drawRoundedRect(area, 4, 4)
    painter.setPen(QColor("white"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)


def sign_icon(state: str, size: int = 16) -> QIcon:
    """The sign of a state as an icon."""
    result = QIcon()
    for scale in (1, 2):
        pixmap = QPixmap(QSize(size, size) * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_sign(painter, QRectF(0, 0, size, size), state)
        painter.end()
        result.addPixmap(pixmap)
    return result


def _draw_shape(painter: QPainter, area: QRectF, state: str, color: QColor) -> None:
    pen = QPen(color, area.width() / 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in _SHAPES[state]:
        painter.drawPolyline(QPolygonF([_at(area, x, y) for x, y in line]))


def _at(area: QRectF, x: float, y: float) -> QPointF:
    return QPointF(area.left() + x * area.width(), area.top() + y * area.height())


Line = tuple[tuple[float, float], ...]
_SHAPES: Mapping[str, tuple[Line, ...]] = {
    "good": (((0.29, 0.52), (0.44, 0.67), (0.72, 0.35)),),
    "bad": (((0.34, 0.34), (0.66, 0.66)), ((0.66, 0.34), (0.34, 0.66))),
    "unsure": (
        ((0.38, 0.39), (0.41, 0.31), (0.5, 0.27), (0.6, 0.31), (0.62, 0.4), (0.55, 0.48), (0.5, 0.57)),
        ((0.5, 0.73), (0.5, 0.735)),
    ),
    "fixed": (((0.5, 0.26), (0.5, 0.74)), ((0.26, 0.5), (0.74, 0.5))),
}
