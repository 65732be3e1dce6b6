"""What "Inspect" shows as a figure for a paper or a talk: photo and 3D views as PNG, SVG or film."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QProgressDialog, QWidget

from sefd_viewer.errors import SefdError
from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.central import body_meshes
from sefd_viewer.gui.mesh_view import MeshView, MeshViewGroup
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.scene.cameras import OrbitPose
from sefd_viewer.session.frame import Frame, PhotoFrame
from sefd_viewer.session.methods import TITLES

HEIGHTS, FILM_HEIGHTS = (480, 1080), (360, 640)
"""A panel is as high as the photo, within these pixels."""
TITLE, GAP, FOOT = 30, 12, 26
FILM_RATE, FILM_S = 25, 6
_INK, _FAINT_INK, _PAPER = QColor(20, 22, 26), QColor(110, 113, 120), QColor(255, 255, 255)

Tell = Callable[[float], bool]
"""Told the share that is done; False stops."""


def save_figure(window: QWidget, path: Path, frame: Frame, pose: OrbitPose, about: Mapping[str, Any]) -> bool:
    """Save a figure of `frame` as the ending of `path` says; False when a person cancelled a film.

    `about` is written into the file; `pose` is the view's orbit. Raises SefdError when it cannot be written.
    """
    turning = path.suffix.lower() == ".mp4"
    figure = Figure(frame, pose, about, turning=turning)
    wait = QProgressDialog("Filming the bodies from all sides…", "Cancel", 0, 100, window)
    wait.setWindowModality(Qt.WindowModality.WindowModal)

    def tell(share: float) -> bool:
        wait.setValue(round(100 * share))
        return not wait.wasCanceled()

    try:
        return figure.save(path, tell)
    finally:
        wait.close()
        wait.deleteLater()
        figure.close()


class Figure:
    """Panels of one frame at the photo's own resolution, named, over a line that says where they come from.

    `pose` is from where the bodies are seen unless they lie on the photo; a film (`turning`) goes round them.
    """

    def __init__(
        self, frame: Frame, pose: OrbitPose, about: Mapping[str, Any], *, turning: bool = False
    ) -> None:
        image = frame.photo.image
        if image is None:
            raise SefdError("there is no photo to export", remedy="Choose a record first")
        self._about = dict(about)
        height = int(np.clip(image.shape[0], *(FILM_HEIGHTS if turning else HEIGHTS)))
        self._panel = QSize(round(image.shape[1] * height / image.shape[0]), height)
        self._group = MeshViewGroup()
        self._group.set_pose(pose)
        photo = PhotoView()
        show_photo(photo, PhotoFrame(), frame.photo)
        self._panels: list[tuple[str, ImageCanvas]] = [("Photo", photo)]
        self._views: list[MeshView] = []
        for mesh in frame.meshes:
            if mesh.bodies:
                view = MeshView()
                view.join(self._group)
                view.set_photo(image, mesh.camera)
                view.set_up(mesh.up)
                view.set_bodies(body_meshes(mesh))
                view.set_divider(mesh.wipe)
                view.set_mode("orbit" if turning else frame.camera_mode)
                self._views.append(view)
                self._panels.append(("   ".join(filter(None, (TITLES[mesh.method], mesh.errors))), view))
        for _, panel in self._panels:
            panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            panel.setMinimumSize(1, 1)
            panel.resize(self._panel)
            panel.show()
            if isinstance(panel, PhotoView) or (isinstance(panel, MeshView) and panel.mode == "photo"):
                panel.fit()

    @property
    def size(self) -> QSize:
        """Width and height in pixels, both even as films need them."""
        count = len(self._panels)
        width = count * self._panel.width() + (count + 1) * GAP
        height = self._panel.height() + TITLE + FOOT
        return QSize(width + width % 2, height + height % 2)

    def save(self, path: Path, tell: Tell = lambda _share: True) -> bool:
        """Write PNG, SVG or, for a name that ends with .mp4, a film; False when `tell` stopped it.

        The file appears when it is complete. Raises SefdError for another ending or when it cannot be
        written.
        """
        ending = path.suffix.lower()
        savers = {".png": self._save_png, ".svg": self._save_svg, ".mp4": self._save_film}
        if ending not in savers:
            raise SefdError("figures are PNG, SVG or MP4", where=path, remedy="End the name with .png")
        part = path.with_name(path.name + ".part")
        try:
            done = savers[ending](part, tell)
            part.replace(path) if done else part.unlink(missing_ok=True)
        except OSError as error:
            raise SefdError(
                f"the figure cannot be written: {error.strerror or error}",
                where=path,
                remedy="Choose a folder you may write to",
            ) from error
        return done

    def close(self) -> None:
        """Let go of the views."""
        for _, panel in self._panels:
            panel.close()
            panel.deleteLater()

    # ---- inside

    def _image(self) -> QImage:
        image = QImage(self.size, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def _paint(self, painter: QPainter) -> None:
        painter.fillRect(QRect(QPoint(0, 0), self.size), _PAPER)
        font = QFont(painter.font())
        font.setPixelSize(15)
        painter.setFont(font)
        left = GAP
        for title, panel in self._panels:
            painter.setPen(_INK)
            box = QRectF(left, 0, self._panel.width(), TITLE)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
            if isinstance(panel, MeshView):
                panel.settle()
            panel.render(painter, QPoint(left, TITLE))
            left += self._panel.width() + GAP
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(_FAINT_INK)
        foot = QRectF(GAP, self.size.height() - FOOT, self.size.width() - 2 * GAP, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._line())

    def _line(self) -> str:
        keys = ("data set", "record", "program")
        return "   ·   ".join(str(self._about[key]) for key in keys if self._about.get(key))

    def _save_png(self, path: Path, _tell: Tell) -> bool:
        image = self._image()
        image.setText("Description", json.dumps(self._about))
        writer = QImageWriter(str(path), QByteArray(b"png"))
        if not writer.write(image):
            raise OSError(writer.errorString())
        return True

    def _save_svg(self, path: Path, _tell: Tell) -> bool:
        from PySide6.QtSvg import QSvgGenerator

        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setResolution(96)
        generator.setSize(self.size)
        generator.setViewBox(QRect(QPoint(0, 0), self.size))
        generator.setTitle(self._line())
        generator.setDescription(json.dumps(self._about))
        painter = QPainter()
        if not painter.begin(generator):
            raise OSError("no picture could be written there")
        self._paint(painter)
        painter.end()
        return True

    def _save_film(self, path: Path, tell: Tell) -> bool:
        """Once around the bodies."""
        import av

        frames, start = FILM_RATE * FILM_S, self._group.pose
        with av.open(str(path), "w", format="mp4") as film:
            film.metadata.update(title=self._line(), comment=json.dumps(self._about))
            stream = film.add_stream("libx264", rate=Fraction(FILM_RATE))
            stream.width, stream.height = self.size.width(), self.size.height()
            stream.pix_fmt = "yuv420p"
            for number in range(frames):
                if not tell(number / frames):
                    return False
                azimuth = start.azimuth + 360.0 * number / frames
                self._group.set_pose(replace(start, azimuth=azimuth))
                picture = av.VideoFrame.from_ndarray(_pixels(self._image()), format="rgb24")
                film.mux(stream.encode(picture))
            film.mux(stream.encode(None))
        return True


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of an image in that format."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3))
