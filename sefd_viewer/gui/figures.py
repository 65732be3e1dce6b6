"""What "Inspect" shows as a figure for a paper or a talk: photo and 3D views side by side, as PNG or SVG."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPainter

from sefd_viewer.app.frame import Frame, MeshFrame, PhotoFrame
from sefd_viewer.app.methods import TITLES, Method
from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.central import body_meshes
from sefd_viewer.gui.mesh_view import MeshView, MeshViewGroup
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.scene.cameras import OrbitPose

HEIGHTS = (480, 1080)
"""A panel is as high as the photo, within these pixels."""
SCREEN, SCREEN_WIDTH = 16 / 9, 3840
"""Films are shown on screens, and players have difficulties with wider ones."""
TITLE, GAP, FOOT = 30, 12, 26
_INK, _FAINT_INK, _PAPER = QColor(20, 22, 26), QColor(110, 113, 120), QColor(255, 255, 255)


def save_figure(path: Path, frame: Frame, pose: OrbitPose, about: Mapping[str, Any]) -> None:
    """Save the photo and the methods that have bodies as the ending of `path` says: PNG or SVG.

    `about` is written into the file, which appears when it is complete; `pose` is the view's orbit. Raises
    SefdError when it cannot be written.
    """
    savers = {".png": _save_png, ".svg": _save_svg}
    saver = savers.get(path.suffix.lower())
    if saver is None:
        raise SefdError("figures are PNG, SVG or MP4", where=path, remedy="End the name with .png")
    sheet = Sheet(frame, pose, with_bodies(frame), heights=HEIGHTS)
    try:
        sheet.show(frame, in_one_line(about))
        with new_file(path) as part:
            saver(sheet, part, about)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        sheet.close()


def with_bodies(frame: Frame) -> list[Method]:
    """The methods of which there is something to see."""
    return [mesh.method for mesh in frame.meshes if mesh.bodies]


def in_one_line(about: Mapping[str, Any]) -> str:
    """Where a figure comes from, for its foot."""
    keys = ("data set", "record", "program")
    return "   ·   ".join(str(about[key]) for key in keys if about.get(key))


def refused(path: Path, error: Exception) -> SefdError:
    """What to tell when a file cannot be written."""
    return SefdError(
        f"the file cannot be written: {getattr(error, 'strerror', None) or error}",
        where=path,
        remedy="Choose a folder you may write to",
    )


class Sheet:
    """Panels for the photo and for `methods` side by side, each with its name, over a line of words.

    Panels have the shape of `frame`'s photo and are as high as it is, within `heights`. Several photos have a
    row of their own. For a `screen` panels stand in two rows where that fits it better, and all are at most
    `SCREEN_WIDTH` wide. `pose` is from where bodies are seen unless they lie on the photo. Raises SefdError
    without a photo.
    """

    def __init__(
        self,
        frame: Frame,
        pose: OrbitPose,
        methods: Sequence[Method],
        *,
        heights: tuple[int, int],
        screen: bool = False,
    ) -> None:
        image = frame.photo.image
        if image is None:
            raise SefdError("there is no photo to export", remedy="Choose a record first")
        height, wide = int(np.clip(image.shape[0], *heights)), image.shape[1] / image.shape[0]
        photos, count = 1 + len(frame.photo.beside), len(methods)
        columns = photos + count
        if photos > 1:
            columns = max(photos, count)
        elif screen:
            columns = _columns_for_screen(columns, wide)
        self._columns = columns
        if screen:
            height = min(height, int((SCREEN_WIDTH - (columns + 1) * GAP) / columns / wide))
        self._panel = QSize(round(wide * height), height)
        self._group = MeshViewGroup()
        self._group.set_pose(pose)
        self._photos, self._line = [PhotoView() for _ in range(photos)], ""
        self._shown = [PhotoFrame()] * photos
        self._views = {method: MeshView() for method in methods}
        self._titles: dict[Method, str] = {}
        for view in self._views.values():
            view.join(self._group)
        for panel in self._panels:
            panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            panel.setMinimumSize(1, 1)
            panel.resize(self._panel)
            panel.show()

    @property
    def size(self) -> QSize:
        """Width and height in pixels, both even as films need them."""
        width = self._columns * self._panel.width() + (self._columns + 1) * GAP
        height = (self._place(len(self._panels) - 1)[0] + 1) * (self._panel.height() + TITLE) + FOOT
        return QSize(width + width % 2, height + height % 2)

    @property
    def pose(self) -> OrbitPose:
        """From where the bodies are seen."""
        return self._group.pose

    def turn(self, pose: OrbitPose) -> None:
        """See the bodies from elsewhere."""
        self._group.set_pose(pose)

    def show(self, frame: Frame, line: str, *, around: bool = False) -> None:
        """Show a frame over a `line` of words; `around` shows bodies apart from the photo in any case."""
        absent = [PhotoFrame(words=frame.photo.words)] * len(self._photos)
        photos = [frame.photo, *frame.photo.beside, *absent][: len(self._photos)]
        for canvas, before, photo in zip(self._photos, self._shown, photos, strict=True):
            show_photo(canvas, before, photo)
            canvas.fit()
        self._shown, self._line = photos, line
        found = {mesh.method: mesh for mesh in frame.meshes}
        for method, view in self._views.items():
            mesh = found.get(method, MeshFrame(method, words=frame.photo.words))
            name = TITLES[method] if mesh.wipe is None else " | ".join(mesh.sides)
            self._titles[method] = "   ".join(filter(None, (name, mesh.errors)))
            view.set_photo(frame.photo.image, mesh.camera)
            view.set_up(mesh.up)
            view.set_bodies(body_meshes(mesh))
            view.set_divider(mesh.wipe)
            view.set_mode("orbit" if around else frame.camera_mode)
            say(view, mesh.words)
            if view.mode == "photo":
                view.fit()

    def picture(self) -> QImage:
        """The sheet as it is now, 8-bit RGB."""
        image = QImage(self.size, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        self.paint(painter)
        painter.end()
        return image

    def paint(self, painter: QPainter) -> None:
        """Draw the sheet, words and marks as such."""
        painter.fillRect(QRect(QPoint(0, 0), self.size), _PAPER)
        font = QFont(painter.font())
        font.setPixelSize(15)
        painter.setFont(font)
        titles = (*map(_title, self._shown), *self._titles.values())
        for number, (title, panel) in enumerate(zip(titles, self._panels, strict=True)):
            row, column = self._place(number)
            left = GAP + column * (self._panel.width() + GAP)
            top = row * (self._panel.height() + TITLE)
            painter.setPen(_INK)
            box = QRectF(left, top, self._panel.width(), TITLE)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
            if isinstance(panel, MeshView):
                panel.settle()
            panel.render(painter, QPoint(left, top + TITLE))
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(_FAINT_INK)
        foot = QRectF(GAP, self.size.height() - FOOT, self.size.width() - 2 * GAP, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._line)

    def close(self) -> None:
        """Let go of the views."""
        for panel in self._panels:
            panel.close()
            panel.deleteLater()

    @property
    def _panels(self) -> tuple[ImageCanvas, ...]:
        return *self._photos, *self._views.values()

    def _place(self, number: int) -> tuple[int, int]:
        """The row and column of a panel: several photos stand in the first row, methods in the second."""
        photos = len(self._photos)
        if 1 < photos <= number:
            return 1, number - photos
        return divmod(number, self._columns)


def _title(photo: PhotoFrame) -> str:
    """A photo's name, and whose bodies are on it where that is in question."""
    if photo.wipe is not None:
        return f"Photo, {' | '.join(photo.sides)}"
    return "Photo" if photo.method is None else f"Photo, {TITLES[photo.method].lower()}"


def _columns_for_screen(count: int, wide: float) -> int:
    """In how many columns `count` panels, `wide` times as wide as high, fit a screen best: one row or two."""
    halves = -(-count // 2)
    shapes = {count: count * wide, halves: halves * wide / 2}
    return min(shapes, key=lambda columns: abs(math.log(shapes[columns] / SCREEN)))


def _save_png(sheet: Sheet, path: Path, about: Mapping[str, Any]) -> None:
    image = sheet.picture()
    image.setText("Description", json.dumps(about))
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(writer.errorString())


def _save_svg(sheet: Sheet, path: Path, about: Mapping[str, Any]) -> None:
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setResolution(96)
    generator.setSize(sheet.size)
    generator.setViewBox(QRect(QPoint(0, 0), sheet.size))
    generator.setTitle(in_one_line(about))
    generator.setDescription(json.dumps(about))
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError("no picture could be written there")
    sheet.paint(painter)
    painter.end()
