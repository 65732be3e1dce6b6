"""One tile of the wall: a small picture with the verdict on it and the worst finding below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.findings import worst_title
from sefd_viewer.features.people.review.crops import CropPictures, Key
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.review.verdict_columns import STATES
from sefd_viewer.features.people.views.review.verdict_signs import FINDING, color_of, paint_sign
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.datasets.records import Dataset

CAPTION = 20
RADIUS = 6
SIGN = 18
PIXMAPS = 600
SIDES = (96, 192, 384)
"""Pictures are made in these sizes, so that moving the size slider makes few new ones."""


class Tiles:
    """Draws the rows of a frame as tiles; pictures that are not there yet are ordered."""

    def __init__(self, crops: CropPictures) -> None:
        self._crops = crops
        self._frame = ReviewFrame()
        self._dataset: Dataset | None = None
        self._picked: frozenset[int] = frozenset()
        self._ratio = 1.0
        self._pixmaps: LruCache[tuple[Image, QPixmap]] = LruCache(PIXMAPS)

    def show(self, frame: ReviewFrame, dataset: Dataset | None, ratio: float) -> None:
        """Take rows from another frame; `ratio` is the screen's pixels per logical pixel."""
        if dataset is not self._dataset:
            self._pixmaps = LruCache(PIXMAPS)
        if frame.state.picked is not self._frame.state.picked:
            self._picked = frozenset(frame.state.picked)
        self._frame, self._dataset, self._ratio = frame, dataset, ratio

    def paint(self, painter: QPainter, tile: QRect, row: int, *, current: bool) -> None:
        """Draw a row's tile: picture, frame, badge and caption."""
        frame = self._frame
        picture = tile.adjusted(0, 0, 0, -CAPTION)
        path = QPainterPath()
        path.addRoundedRect(QRectF(picture), RADIUS, RADIUS)
        painter.fillPath(path, QColor(current_colors().base))
        self._paint_picture(painter, picture, path, row)
        state = STATES[int(frame.verdicts.codes[row])] if frame.verdicts is not None else "unreviewed"
        if state != "unreviewed":
            old = bool(frame.verdicts is not None and frame.verdicts.old[row])
            _paint_badge(painter, picture, state, old=old)
        if current or row in self._picked:
            _paint_frame(painter, picture, 3.0 if current else 1.5)
        caption = QRect(tile.left(), picture.bottom() + 1, tile.width(), CAPTION)
        self._paint_caption(painter, caption, row)

    def about(self, row: int) -> str:
        """Who a tile shows and what was found, in lines."""
        record, person = self._frame.table.case(row) if self._frame.table is not None else ("", None)
        parts = (record, f"person {person}" if person is not None else "", self._worst(row))
        return "\n".join(part for part in parts if part)

    def _worst(self, row: int) -> str:
        return worst_title(self._frame.findings, row) if self._frame.findings is not None else ""

    def _paint_picture(self, painter: QPainter, area: QRect, path: QPainterPath, row: int) -> None:
        pixmap = self._pixmap(row)
        if isinstance(pixmap, QPixmap):
            whole = self._frame.state.whole
            mode = Qt.AspectRatioMode
            size = pixmap.size().scaled(
                area.size(), mode.KeepAspectRatio if whole else mode.KeepAspectRatioByExpanding
            )
            target = QRect(QPoint(0, 0), size)
            target.moveCenter(area.center())
            painter.save()
            painter.setClipPath(path)
            painter.drawPixmap(target, pixmap)
            painter.restore()
        elif isinstance(pixmap, str):
            painter.setPen(QColor(current_colors().problem))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "no picture")

    def _paint_caption(self, painter: QPainter, area: QRect, row: int) -> None:
        colors, worst = current_colors(), self._worst(row)
        if worst:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(FINDING))
            painter.drawEllipse(QRectF(area.left() + 2, area.center().y() - 3, 7, 7))
            area = area.adjusted(14, 0, 0, 0)
        words = worst or self._name(row)
        painter.setPen(QColor(colors.text if worst else colors.quiet))
        metrics = painter.fontMetrics()
        painter.drawText(
            area,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, area.width()),
        )

    def _name(self, row: int) -> str:
        table = self._frame.table
        record, person = table.case(row) if table is not None else ("", None)
        return record if person is None or self._frame.state.whole else f"{record} · {person}"

    def _key(self, row: int) -> Key:
        wanted = self._frame.state.tile * self._ratio
        side = next((side for side in SIDES if side >= wanted), SIDES[-1])
        return row, -side if self._frame.state.whole else side

    def _pixmap(self, row: int) -> QPixmap | str | None:
        key = self._key(row)
        table, dataset = self._frame.table, self._dataset
        if table is None or dataset is None:
            return None
        found = self._crops.get(key, table.picture_of(dataset, row))
        if found is None or isinstance(found, str):
            return found
        known = self._pixmaps.get(key)
        if known is not None and known[0] is found:
            return known[1]
        pixmap = rgb_pixmap(found)
        self._pixmaps.put(key, (found, pixmap))
        return pixmap


def _paint_badge(painter: QPainter, picture: QRect, state: str, *, old: bool) -> None:
    spot = QRectF(picture.left() + 6, picture.bottom() - SIGN - 5, SIGN, SIGN)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawEllipse(spot.adjusted(-0.5, -0.5, 0.5, 0.5))
    paint_sign(painter, spot, state, old=old)
    if state == "bad":
        painter.setPen(QPen(color_of(state), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(picture).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


def _paint_frame(painter: QPainter, picture: QRect, width: float) -> None:
    painter.setPen(QPen(QColor(current_colors().accent), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(picture).adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS + 1, RADIUS + 1)
