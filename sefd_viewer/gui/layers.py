"""Image layers of a 2D panel, and how they reach the screen's pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sefd_viewer.app.cache import LruCache
from sefd_viewer.gui.viewport import Viewport

NEAREST_FROM = 4.0
VIEWPORTS = 2
"""Linked panes show the same part of a photo, one may look elsewhere."""
Pixels = NDArray[np.uint8]
Extent = tuple[float, float, float, float]
_OnScreen = tuple[QImage, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class LayerImage:
    """One picture laid over the photo.

    `data` is either (H, W) uint8, an intensity shown in `color`, or (H, W, 4) uint8 RGBA with straight alpha.
    It is stretched over the whole photo, or over `extent` (left, top, right, bottom edges, image pixels).
    Layers with a higher `z` lie on top; one with a `side` is drawn on that side of the view's divider alone.
    The array must not be written to afterwards.
    """

    data: Pixels
    color: tuple[int, int, int] = (255, 255, 255)
    opacity: float = 1.0
    visible: bool = True
    z: int = 0
    extent: Extent | None = None
    side: Literal["left", "right"] | None = None


class Pyramid:
    """A picture and its halvings, made when first wanted; several panels may share one.

    With `convert` a level is what that makes of it; only the levels that are seen are converted.
    """

    def __init__(self, pixels: Pixels, *, convert: Callable[[Pixels], Pixels] | None = None) -> None:
        self._levels = [pixels]  # the picture stays alive: its identity is the key under which this is shared
        self._convert = convert
        self._converted: dict[int, Pixels] = {}

    @property
    def width(self) -> int:
        """The width of the picture itself."""
        return int(self._levels[0].shape[1])

    def level(self, scale: float) -> Pixels:
        """Return the picture, halved until a screen pixel covers less than two of its pixels."""
        from sefd_viewer.gui.resampling import halved

        index = max(int(np.floor(-np.log2(max(scale, 1e-6)))), 0)
        while len(self._levels) <= index and min(self._levels[-1].shape[:2]) > 1:
            self._levels.append(halved(self._levels[-1]))
        index = min(index, len(self._levels) - 1)
        if self._convert is None:
            return self._levels[index]
        if index not in self._converted:
            self._converted[index] = self._convert(self._levels[index])
        return self._converted[index]


class ScreenLayer:
    """A picture prepared for repeated drawing: resampled for a viewport, kept for the newest two of them.

    Its pixels are (H, W) uint8, drawn as `color` with that alpha, or (H, W, 4) uint8 BGRA with premultiplied
    alpha.
    """

    def __init__(
        self,
        pyramid: Pyramid,
        *,
        color: tuple[int, int, int] = (255, 255, 255),
        extent: Extent | None = None,
        opaque: bool = False,
    ) -> None:
        self._pyramid = pyramid
        self._color = color
        self._extent = extent
        self._format = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
        self._drawn: LruCache[_OnScreen | None] = LruCache(VIEWPORTS)

    def on_screen(self, viewport: Viewport, ratio: float) -> _OnScreen | None:
        """Return the visible part as an image of device pixels and its position in logical pixels."""
        drawn = self._drawn.get((viewport, ratio))
        if drawn is None:
            drawn = self._resampled(viewport, ratio)
            self._drawn.put((viewport, ratio), drawn)
        return drawn

    def _resampled(self, viewport: Viewport, ratio: float) -> _OnScreen | None:
        from sefd_viewer.gui.resampling import resample

        left, top, right, bottom = self._edges_on_device(viewport, ratio)
        x0, y0 = max(round(left), 0), max(round(top), 0)
        x1 = min(round(right), round(viewport.view_size[0] * ratio))
        y1 = min(round(bottom), round(viewport.view_size[1] * ratio))
        if x1 <= x0 or y1 <= y0:
            return None
        window = (
            (x0 - left) / (right - left),
            (y0 - top) / (bottom - top),
            (x1 - left) / (right - left),
            (y1 - top) / (bottom - top),
        )
        source = self._pyramid.level((right - left) / self._pyramid.width)
        pixels = resample(source, window, (x1 - x0, y1 - y0), nearest=viewport.scale >= NEAREST_FROM)
        return self._to_qimage(pixels, ratio), (x0 / ratio, y0 / ratio)

    def _edges_on_device(self, viewport: Viewport, ratio: float) -> Extent:
        width, height = viewport.image_size
        left, top, right, bottom = self._extent or (-0.5, -0.5, width - 0.5, height - 0.5)
        corners = viewport.to_view(((left, top), (right, bottom))) * ratio
        return float(corners[0, 0]), float(corners[0, 1]), float(corners[1, 0]), float(corners[1, 1])

    def _to_qimage(self, pixels: Pixels, ratio: float) -> QImage:
        from sefd_viewer.gui.resampling import tinted

        if pixels.ndim == 2:
            pixels = tinted(pixels, self._color)
        image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], self._format)
        image.setDevicePixelRatio(ratio)
        return image


def photo_layer(image: Pixels) -> ScreenLayer:
    """Prepare a photo, (H, W, 3) RGB or (H, W) grey; panels that show the same array share the work."""
    layer = _photos.get(id(image))
    if layer is None:
        from sefd_viewer.gui.resampling import opaque_bgra

        layer = _photos[id(image)] = ScreenLayer(Pyramid(image, convert=opaque_bgra), opaque=True)
    return layer


def overlay_layer(layer: LayerImage) -> ScreenLayer:
    """Prepare an overlay; its opacity and visibility are left to the painter."""
    from sefd_viewer.gui.resampling import premultiplied

    data = np.ascontiguousarray(layer.data)
    pixels = data if data.ndim == 2 else premultiplied(data)
    return ScreenLayer(Pyramid(pixels), color=layer.color, extent=layer.extent)


_photos: WeakValueDictionary[int, ScreenLayer] = WeakValueDictionary()
