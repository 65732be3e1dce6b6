"""The signs on buttons, drawn as lines so that they are crisp at any scale and follow the theme."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

GRID = 20
"""Signs are drawn on a square of 20 units."""

Sign = Callable[[QPainter], None]


def icon(name: str, *, size: int = GRID) -> QIcon:
    """The sign `name` in the colours of the application's palette; an empty icon for an unknown name."""
    sign = _SIGNS.get(name)
    result = QIcon()
    if sign is None:
        return result
    palette = QApplication.palette()
    group = QPalette.ColorGroup
    scales = sorted({ceil(screen.devicePixelRatio()) for screen in QApplication.screens()})
    for mode, colors in ((QIcon.Mode.Normal, group.Active), (QIcon.Mode.Disabled, group.Disabled)):
        color = palette.color(colors, QPalette.ColorRole.ButtonText)
        for scale in scales:
            result.addPixmap(_pixmap(sign, color, size, scale), mode)
    return result


def _pixmap(sign: Sign, color: QColor, size: int, scale: int) -> QPixmap:
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / GRID, size / GRID)
    pen = QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    sign(painter)
    painter.end()
    return pixmap


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _fill(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.setBrush(painter.pen().color())
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))


def _picture(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(3, 4, 14, 12), 2, 2)
    painter.drawEllipse(QPointF(7.2, 8.2), 1.2, 1.2)
    _lines(painter, (3.8, 14.8), (8.6, 10.6), (11, 12.8), (13.4, 10.2), (16.4, 13.4))


def _folder(painter: QPainter) -> None:
    _lines(painter, (3, 15.5), (3, 5), (8, 5), (9.8, 7), (17, 7), (17, 15.5), (3, 15.5))


def _run(painter: QPainter) -> None:
    _fill(painter, (6.5, 4.5), (15.5, 10), (6.5, 15.5))


def _stop(painter: QPainter) -> None:
    _fill(painter, (5.5, 5.5), (14.5, 5.5), (14.5, 14.5), (5.5, 14.5))


def _previous(painter: QPainter) -> None:
    _lines(painter, (12, 4.5), (6.5, 10), (12, 15.5))


def _next(painter: QPainter) -> None:
    _lines(painter, (8, 4.5), (13.5, 10), (8, 15.5))


def _fit(painter: QPainter) -> None:
    for x, y, dx, dy in ((4, 4, 1, 1), (16, 4, -1, 1), (4, 16, 1, -1), (16, 16, -1, -1)):
        _lines(painter, (x + 4 * dx, y), (x, y), (x, y + 4 * dy))


def _camera(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(2.5, 6, 15, 10), 2, 2)
    painter.drawEllipse(QPointF(10, 11), 3, 3)
    _lines(painter, (7, 6), (8, 4), (12, 4), (13, 6))


def _search(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(8.8, 8.8), 4.8, 4.8)
    _lines(painter, (12.4, 12.4), (16.5, 16.5))


def _help(painter: QPainter) -> None:
    path = QPainterPath(QPointF(7, 7.5))
    path.cubicTo(7, 3, 13.5, 3, 13.2, 7.5)
    path.cubicTo(13, 9.8, 10, 9.6, 10, 12.4)
    painter.drawPath(path)
    painter.drawPoint(QPointF(10, 15.8))


def _eye(painter: QPainter) -> None:
    path = QPainterPath(QPointF(2.5, 10))
    path.cubicTo(6, 4.6, 14, 4.6, 17.5, 10)
    path.cubicTo(14, 15.4, 6, 15.4, 2.5, 10)
    painter.drawPath(path)
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(10, 10), 2.1, 2.1)


def _closed_eye(painter: QPainter) -> None:
    painter.setOpacity(0.45)
    path = QPainterPath(QPointF(2.5, 9))
    path.cubicTo(6, 13.6, 14, 13.6, 17.5, 9)
    painter.drawPath(path)
    _lines(painter, (5, 12), (3.8, 13.8))
    _lines(painter, (10, 12.6), (10, 14.8))
    _lines(painter, (15, 12), (16.2, 13.8))


def _pause(painter: QPainter) -> None:
    for x in (6.0, 11.0):
        _fill(painter, (x, 5), (x + 3, 5), (x + 3, 15), (x, 15))


def _worst(painter: QPainter) -> None:
    _lines(painter, (2.5, 15), (6.5, 11.5), (10.5, 4.5), (13.5, 12), (17.5, 13.5))
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(10.5, 4.5), 1.6, 1.6)


def _loop(painter: QPainter) -> None:
    painter.drawArc(QRectF(4, 4.5, 12, 11), 60 * 16, 300 * 16)
    _lines(painter, (10.2, 3), (13.2, 5.3), (10.4, 8))


def _part_begins(painter: QPainter) -> None:
    _lines(painter, (10, 4), (6, 4), (6, 16), (10, 16))


def _part_ends(painter: QPainter) -> None:
    _lines(painter, (10, 4), (14, 4), (14, 16), (10, 16))


def _down(painter: QPainter) -> None:
    _lines(painter, (5.5, 8), (10, 12.5), (14.5, 8))


def _up(painter: QPainter) -> None:
    _lines(painter, (5.5, 12), (10, 7.5), (14.5, 12))


def _not_ticked(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(3.5, 3.5, 13, 13), 2.5, 2.5)


def _ticked(painter: QPainter) -> None:
    _not_ticked(painter)
    _lines(painter, (6.6, 10.2), (9.2, 12.8), (13.6, 7.4))


def _gear(painter: QPainter) -> None:
    """A wheel of eight teeth around a hole."""
    outline = QPainterPath()
    for step in range(32):
        radius = 7.4 if step % 4 in (0, 1) else 5.4
        angle = 2 * pi * (step - 0.5) / 32
        point = QPointF(10 + radius * cos(angle), 10 + radius * sin(angle))
        outline.lineTo(point) if step else outline.moveTo(point)
    outline.closeSubpath()
    painter.drawPath(outline)
    painter.drawEllipse(QPointF(10, 10), 2.3, 2.3)


_SIGNS: dict[str, Sign] = {
    "gear": _gear,
    "play": _run,
    "pause": _pause,
    "worst_frame": _worst,
    "playback_loops": _loop,
    "part_begins": _part_begins,
    "part_ends": _part_ends,
    "previous_frame": _previous,
    "next_frame": _next,
    "down": _down,
    "up": _up,
    "open_images": _picture,
    "open_folder": _folder,
    "run": _run,
    "stop": _stop,
    "previous_record": _previous,
    "next_record": _next,
    "fit": _fit,
    "toggle_camera": _camera,
    "palette": _search,
    "shortcuts": _help,
    "eye": _eye,
    "closed_eye": _closed_eye,
    "ticked": _ticked,
    "not_ticked": _not_ticked,
}
