"""Words and small signs painted over a panel: caption, message, progress bar, cross-hair."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen

Color = tuple[int, int, int]
PERIOD_S = 1.4
MARGIN = 8.0


def paint_caption(painter: QPainter, area: QRect, text: str) -> None:
    """Write a small name, two lines at most, on a dark chip in the lower left corner of `area`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPointSizeF(font.pointSizeF() * 0.9)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    lines = caption_lines(metrics, text, area.width() - 2 * MARGIN - 14)
    width = max(map(metrics.horizontalAdvance, lines))
    chip = QRectF(0, 0, width + 14, metrics.height() + (len(lines) - 1) * metrics.lineSpacing() + 6)
    chip.moveBottomLeft(QPointF(area.left() + MARGIN, area.top() + area.height() - MARGIN))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(18, 19, 21, 190))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(QColor(240, 241, 243))
    inside = chip.adjusted(7, 0, 7, 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines))


def caption_lines(metrics: QFontMetricsF, text: str, room: float) -> list[str]:
    """`text` in one line of `room` pixels or broken between words into two; cut where that is too little."""
    words, count = text.split(" "), 1
    while count < len(words) and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= room:
        count += 1
    parts = (" ".join(words[:count]), " ".join(words[count:]))
    return [metrics.elidedText(part, Qt.TextElideMode.ElideRight, room) for part in parts if part] or [""]


def paint_lines(painter: QPainter, area: QRect, pointer: QPointF, text: str) -> None:
    """Write lines, the first one strong, on a dark chip beside the pointer but within `area`."""
    first, rest = text.partition("\n")[::2]
    strong, plain = QFont(painter.font()), QFont(painter.font())
    strong.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(strong)
    lines = [first, *filter(None, rest.split("\n"))]
    width = max(map(metrics.horizontalAdvance, lines)) + 18
    chip = QRectF(pointer.x() + 16, pointer.y() - 12, width, len(lines) * metrics.lineSpacing() + 10)
    chip.moveLeft(min(chip.left(), max(area.width() - width - MARGIN, MARGIN)))
    chip.moveTop(min(max(chip.top(), MARGIN), max(area.height() - chip.height() - MARGIN, MARGIN)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(18, 19, 21, 215))
    painter.drawRoundedRect(chip, 5, 5)
    for number, line in enumerate(lines):
        painter.setFont(plain if number else strong)
        painter.setPen(QColor(176, 180, 186) if number else QColor(240, 241, 243))
        place = QPointF(chip.left() + 9, chip.top() + 5 + metrics.ascent() + number * metrics.lineSpacing())
        painter.drawText(place, line)


def paint_tag(painter: QPainter, area: QRect, anchor: QPointF, text: str, color: Color) -> None:
    """Write a label on a chip of `color` (RGB), its lower left corner at `anchor` but within `area`."""
    metrics = QFontMetricsF(painter.font())
    tag = QRectF(0, 0, metrics.horizontalAdvance(text) + 10, metrics.height() + 2)
    tag.moveBottomLeft(anchor)
    tag.moveLeft(min(max(tag.left(), area.left() + 2.0), max(area.width() - tag.width() - 2.0, 2.0)))
    tag.moveTop(min(max(tag.top(), area.top() + 2.0), max(area.height() - tag.height() - 2.0, 2.0)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*color))
    painter.drawRoundedRect(tag, 3, 3)
    painter.setPen(text_color_on(color))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def text_color_on(color: Color) -> QColor:
    """Return black or white, whichever reads better on `color`."""
    luminance = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
    return QColor(0, 0, 0) if luminance > 140 else QColor(255, 255, 255)


def paint_message(painter: QPainter, area: QRect, title: str, hint: str, palette: QPalette) -> None:
    """Write a title and, below it, a quieter hint on a card in the middle of `area`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    base, heading = QFont(painter.font()), QFont(painter.font())
    heading.setPointSizeF(base.pointSizeF() * 1.25)
    heading.setWeight(QFont.Weight.DemiBold)
    width = max(min(area.width() - 6 * MARGIN, 420.0), 40.0)
    title_box, hint_box = _text_box(heading, title, width), _text_box(base, hint, width)
    gap = 6.0 if hint else 0.0
    text = QRectF(
        0, 0, max(title_box.width(), hint_box.width()), title_box.height() + gap + hint_box.height()
    )
    text.moveCenter(QRectF(area).center())
    _paint_card(painter, text.adjusted(-18, -14, 18, 14), palette)
    painter.setFont(heading)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(text, _FLAGS | Qt.AlignmentFlag.AlignTop, title)
    painter.setFont(base)
    painter.setPen(quiet(palette))
    painter.drawText(text, _FLAGS | Qt.AlignmentFlag.AlignBottom, hint)


def paint_progress(painter: QPainter, bar: QRect, done: float, palette: QPalette) -> None:
    """Fill a share of `bar`; a negative share draws a piece that wanders with the clock."""
    painter.fillRect(bar, palette.color(QPalette.ColorRole.Mid))
    color = palette.color(QPalette.ColorRole.Highlight)
    if done >= 0:
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * min(done, 1.0), bar.height()), color)
        return
    phase = time.monotonic() / PERIOD_S % 1.0
    left = bar.left() + (phase * 1.3 - 0.3) * bar.width()
    painter.fillRect(QRectF(left, bar.top(), 0.3 * bar.width(), bar.height()), color)


def paint_cross_hair(painter: QPainter, area: QRect, position: QPointF) -> None:
    """Draw thin lines through `position`, open in the middle, readable on dark and light."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    x, y, gap = position.x(), position.y(), 6.0
    for color, width in ((QColor(0, 0, 0, 110), 3.0), (QColor(255, 255, 255, 210), 1.0)):
        painter.setPen(QPen(color, width))
        painter.drawLine(QPointF(area.left(), y), QPointF(x - gap, y))
        painter.drawLine(QPointF(x + gap, y), QPointF(area.right(), y))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, y - gap))
        painter.drawLine(QPointF(x, y + gap), QPointF(x, area.bottom()))


def quiet(palette: QPalette) -> QColor:
    """Return the colour of secondary text: the text colour, mixed with the background."""
    text, window = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
    share = 0.68
    return QColor.fromRgbF(
        share * text.redF() + (1 - share) * window.redF(),
        share * text.greenF() + (1 - share) * window.greenF(),
        share * text.blueF() + (1 - share) * window.blueF(),
    )


_FLAGS = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap


def _text_box(font: QFont, text: str, width: float) -> QRectF:
    if not text:
        return QRectF()
    return QFontMetricsF(font).boundingRect(QRectF(0, 0, width, 1000), int(_FLAGS), text)


def _paint_card(painter: QPainter, card: QRectF, palette: QPalette) -> None:
    color = palette.color(QPalette.ColorRole.Window)
    color.setAlpha(225)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(card, 8, 8)
