"""PhotoView: a picture with overlays, skeletons and boxes, zoomed alone or with others; frames on it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Protocol

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, same
from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.layers import LayerImage, Pixels, ScreenLayer, overlay_layer, photo_layer
from sefd_viewer.gui.marks import Mark, paint_marks, person_at
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.panes import say

__all__ = ["LayerImage", "Mark", "PhotoView"]


class PointerTool(Protocol):
    """What has pointer and keys before the view; a method that gives False leaves the event to the view.

    `keys` are those of Qt.Key that it has even before the window's shortcuts.
    """

    keys: Container[int]

    def paint(self, painter: QPainter) -> None:
        """Draw over the marks, in logical pixels."""

    def press(self, event: QMouseEvent) -> bool:
        """A button went down."""

    def move(self, event: QMouseEvent) -> bool:
        """The pointer moved."""

    def release(self, event: QMouseEvent) -> bool:
        """A button was let go."""

    def double_click(self, event: QMouseEvent) -> bool:
        """A button was pressed twice."""

    def key_pressed(self, key: int) -> bool:
        """A key of Qt.Key went down."""

    def key_released(self, key: int) -> bool:
        """A key of Qt.Key was let go."""

    def stop_panning(self) -> None:
        """The keyboard went elsewhere."""


class PhotoView(ImageCanvas):
    """Show an RGB picture, image layers over it, and vector marks on top.

    Every layer is resampled to the screen's pixels once and kept, so that changing one overlay costs one
    resampling and a few copies. Nothing here changes the application's state: signals out, setters in.
    """

    _tool: PointerTool | None = None  # Qt tells of events while the parts are being made

    def __init__(self, parent: QWidget | None = None, *, caption: str = "") -> None:
        super().__init__(parent, caption=caption)
        self._image: Pixels | None = None
        self._layers: dict[str, LayerImage] = {}
        self._photo: ScreenLayer | None = None  # these two are made when painted, and go when out of sight
        self._overlays: dict[str, ScreenLayer] = {}
        self._marks: tuple[Mark, ...] = ()
        self._selected: str | None = None
        self._bare = False
        self._divider: float | None = None
        self._image_opacity = 1.0

    # ---- what is shown

    def set_image(self, image: Pixels | None) -> None:
        """Show a picture, (H, W, 3) RGB or (H, W) grey uint8, at the present zoom; None shows nothing."""
        if image is self._image:
            return
        self._image, self._photo = image, None
        if image is not None:
            self._set_image_size((image.shape[1], image.shape[0]))
        self.update()

    def set_image_opacity(self, opacity: float) -> None:
        """Dim the picture itself: 1 shows it in full, 0 leaves black."""
        if opacity != self._image_opacity:
            self._image_opacity = opacity
            self.update()

    def set_layer(self, key: str, layer: LayerImage) -> None:
        """Put a layer over the photo, or replace the one of that key; without a photo it sets the size."""
        if self._image is None and layer.extent is None:
            self._set_image_size((layer.data.shape[1], layer.data.shape[0]))
        old = self._layers.get(key)
        if old is not None and not _same_pixels(old, layer):
            self._overlays.pop(key, None)
        self._layers[key] = layer
        self.update()

    def remove_layer(self, key: str) -> None:
        """Take a layer away; an unknown key is fine."""
        self._overlays.pop(key, None)
        if self._layers.pop(key, None) is not None:
            self.update()

    def layer_keys(self) -> tuple[str, ...]:
        """Return the keys of the layers, lowest first."""
        return tuple(sorted(self._layers, key=lambda key: self._layers[key].z))

    def set_marks(self, marks: Iterable[Mark]) -> None:
        """Draw these skeletons, boxes and labels, and no others."""
        self._marks = tuple(marks)
        self.update()

    def set_selected(self, person: str | None) -> None:
        """Emphasise one person's marks and dim the others'."""
        if person != self._selected:
            self._selected = person
            self.update()

    def set_divider(self, share: float | None) -> None:
        """Divide layers with a side at this share of the photo's width; None draws all of them."""
        if share != self._divider:
            self._divider = share
            self.update()

    def set_bare(self, bare: bool) -> None:
        """Show the picture alone, without layers and marks, while `bare`."""
        if bare != self._bare:
            self._bare = bare
            self.update()

    def set_tool(self, tool: PointerTool | None) -> None:
        """Let a tool have the pointer and the keys before the view; None gives them back."""
        self._tool = tool
        self.update()

    def screenshot(self) -> QImage:
        """Return what the panel shows."""
        return self.grab().toImage()

    # ---- Qt

    def paint_content(self, painter: QPainter) -> None:
        """Draw photo, layers, marks and cross-hair."""
        self._paint_picture(painter, 1.0 if self._bare else self._image_opacity)
        if not self._bare:
            for key in self.layer_keys():
                layer = self._layers[key]
                if layer.visible and layer.opacity > 0:
                    painter.setOpacity(layer.opacity)
                    self._clip(painter, layer.side)
                    if key not in self._overlays:
                        self._overlays[key] = overlay_layer(layer)
                    self._paint_layer(painter, self._overlays[key])
            painter.setClipping(False)
            painter.setOpacity(1.0)
            paint_marks(painter, self._marks, self._viewport, self._selected)
            if self._tool is not None:
                self._tool.paint(painter)
        if self._probe is not None:
            words.paint_cross_hair(painter, self.rect(), QPointF(*self._viewport.to_view(self._probe)))

    def person_under(self, position: QPointF) -> str | None:
        """Return the person whose marks are at a position of the widget."""
        return person_at(self._marks, self._viewport, (position.x(), position.y()))

    def event(self, event: QEvent) -> bool:
        """Claim the keys of the tool from the window's own."""
        claims = self._tool is not None and claimed(event, self._tool.keys)
        return claims or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the tool does, else a click or a drag."""
        if self._tool is None or not self._tool.press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what the tool does, else pan or report the image point."""
        if self._tool is None or not self._tool.move(event):
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the tool does, else a click or a drag."""
        if self._tool is None or not self._tool.release(event):
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Do what the tool does, else show the whole picture."""
        if self._tool is None or not self._tool.double_click(event):
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift shows the bare picture while it is held; a tool has keys of its own."""
        if self._tool is not None and self._tool.key_pressed(event.key()):
            return
        if event.key() == Qt.Key.Key_Shift:
            self.set_bare(True)
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Bring layers and marks back."""
        if self._tool is not None and not event.isAutoRepeat() and self._tool.key_released(event.key()):
            return
        if event.key() == Qt.Key.Key_Shift:
            self.set_bare(False)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Bring layers and marks back when the key's release would be missed."""
        if self._tool is not None:
            self._tool.stop_panning()
        self.set_bare(False)
        super().focusOutEvent(event)

    def hideEvent(self, event: QEvent) -> None:
        """Let go of what was made for the screen."""
        super().hideEvent(event)
        self._photo = None
        self._overlays.clear()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the cross-hair away."""
        self.clear_probe()
        super().leaveEvent(event)

    # ---- inside

    def _clip(self, painter: QPainter, side: str | None) -> None:
        """Draw what follows on one side of the divider, or everywhere."""
        if side is None or self._divider is None:
            painter.setClipping(False)
            return
        x = self._viewport.to_view(self._viewport.from_fraction((self._divider, 0)))[0]
        rect = QRectF(self.rect())
        rect.setRight(x) if side == "left" else rect.setLeft(x)
        painter.setClipRect(rect)

    def _paint_picture(self, painter: QPainter, opacity: float) -> None:
        if self._image is None:
            return
        if opacity < 1.0:
            corners = self._viewport.to_view(self._viewport.from_fraction(((0, 0), (1, 1))))
            painter.fillRect(QRectF(QPointF(*corners[0]), QPointF(*corners[1])), Qt.GlobalColor.black)
        painter.setOpacity(opacity)
        self._photo = self._photo or photo_layer(self._image)
        self._paint_layer(painter, self._photo)

    def _paint_layer(self, painter: QPainter, layer: ScreenLayer) -> None:
        drawn = layer.on_screen(self._viewport, self.devicePixelRatioF())
        if drawn is not None:
            painter.drawImage(QPointF(*drawn[1]), drawn[0])


def _same_pixels(old: LayerImage, new: LayerImage) -> bool:
    return old.data is new.data and old.color == new.color and old.extent == new.extent


VEIL = "veil"
_BLACK = np.array([[[0, 0, 0, 255]]], np.uint8)


def show_photo(
    view: PhotoView, old: PhotoFrame, new: PhotoFrame, *, fit: bool = True, person: str | None = None
) -> None:
    """Show a photo with its layers, marks and words; one of another size as a whole, if it is to `fit`.

    Where nobody is selected `person` stands out.
    """
    if old.image is not new.image:
        view.set_image(new.image)
        if fit and (old.image is None or new.image is None or old.image.shape != new.image.shape):
            view.fit()
    for key in old.overlays.keys() - new.overlays.keys():
        view.remove_layer(key)
    for key, overlay in new.overlays.items():
        if not same(old.overlays.get(key), overlay):
            view.set_layer(key, layer_image(overlay))
    if old.image_opacity != new.image_opacity:
        _show_veil(view, 1.0 - new.image_opacity)
    if not same(old.marks, new.marks):
        view.set_marks([mark(one) for one in new.marks])
    view.set_selected(new.selected or person)
    view.set_bare(new.bare)
    view.set_divider(new.wipe)
    if not same(old.words, new.words):
        say(view, new.words)


def layer_image(overlay: OverlayFrame) -> LayerImage:
    """An overlay as a view takes it."""
    return LayerImage(
        overlay.data,
        color=overlay.color,
        opacity=overlay.opacity,
        z=overlay.z,
        extent=overlay.extent,
        side=overlay.side,
    )


def mark(frame: MarkFrame) -> Mark:
    """A mark as a view takes it; nobody is clicked where the person is not known."""
    points = frame.points if frame.points is not None else np.empty((0, 2))
    return Mark(
        frame.person or None,
        points,
        frame.segments,
        frame.box_xywh,
        frame.label,
        frame.color,
        point_radius=frame.point_radius,
        point_colors=frame.point_colors,
        dashed=frame.dashed,
        contours=frame.contours,
        pattern=frame.pattern,
    )


def _show_veil(view: PhotoView, opacity: float) -> None:
    """Dim the picture, not the layers: black between them."""
    if opacity > 0:
        view.set_layer(VEIL, LayerImage(_BLACK, opacity=opacity, z=-1))
    else:
        view.remove_layer(VEIL)
