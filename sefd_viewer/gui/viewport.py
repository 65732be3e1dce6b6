"""The part of an image that a panel shows: pure arithmetic of zoom and pan, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_SCALE = 64.0
MIN_ZOOM = 0.25


@dataclass(frozen=True)
class Viewport:
    """Zoom and pan of one image inside one view.

    `center` is the image point in the middle of the view as a fraction of the image (0..1 from edge to edge),
    `zoom` the magnification relative to fitting the image; both therefore carry over to a view of another
    size or to another resolution of the same picture. Sizes are (width, height): the image in pixels, the
    view in logical pixels. Image points have pixel centres at integers.
    """

    image_size: tuple[int, int] = (1, 1)
    view_size: tuple[int, int] = (1, 1)
    center: tuple[float, float] = (0.5, 0.5)
    zoom: float = 1.0

    @property
    def fit_scale(self) -> float:
        """View pixels per image pixel when the whole image just fits."""
        return min(self.view_size[0] / self.image_size[0], self.view_size[1] / self.image_size[1])

    @property
    def scale(self) -> float:
        """View pixels per image pixel."""
        return self.fit_scale * self.zoom

    @property
    def is_fit(self) -> bool:
        """Whether the whole image is shown, as after `fitted()`."""
        return self.zoom == 1.0 and self.center == (0.5, 0.5)

    @property
    def origin(self) -> tuple[float, float]:
        """View position of the image's upper left corner (its edge, not the centre of its first pixel)."""
        (width, height), scale = self.image_size, self.scale
        x, y = self.view_size[0] / 2, self.view_size[1] / 2
        return x - self.center[0] * width * scale, y - self.center[1] * height * scale

    @property
    def visible_xyxy(self) -> tuple[float, float, float, float]:
        """Image coordinates of the view's left, top, right and bottom edges (may lie outside the image)."""
        left, top = self.to_image((0.0, 0.0))
        right, bottom = self.to_image(self.view_size)
        return float(left), float(top), float(right), float(bottom)

    def to_view(self, points_image: ArrayLike) -> NDArray[np.float64]:
        """Map image points (..., 2) to view positions in logical pixels."""
        return (np.asarray(points_image, np.float64) + 0.5) * self.scale + self.origin

    def to_image(self, points_view: ArrayLike) -> NDArray[np.float64]:
        """Map view positions (..., 2) in logical pixels to image points."""
        return (np.asarray(points_view, np.float64) - self.origin) / self.scale - 0.5

    def to_fraction(self, points_image: ArrayLike) -> NDArray[np.float64]:
        """Map image points (..., 2) to fractions of the image."""
        return (np.asarray(points_image, np.float64) + 0.5) / self.image_size

    def from_fraction(self, fractions: ArrayLike) -> NDArray[np.float64]:
        """Map fractions of the image (..., 2) to image points."""
        return np.asarray(fractions, np.float64) * self.image_size - 0.5

    def fitted(self) -> Viewport:
        """Show the whole image."""
        return replace(self, center=(0.5, 0.5), zoom=1.0)

    def panned(self, dx: float, dy: float) -> Viewport:
        """Move the picture by (dx, dy) logical pixels; the view's middle stays on the image."""
        x, y = self.center
        return self._centred(
            x - dx / (self.scale * self.image_size[0]), y - dy / (self.scale * self.image_size[1])
        )

    def zoomed(self, factor: float, about: tuple[float, float]) -> Viewport:
        """Magnify by `factor` so that the image point under `about` (logical pixels) stays there."""
        fixed = self.to_image(about)
        zoom = min(max(self.zoom * factor, MIN_ZOOM), max(MAX_SCALE / self.fit_scale, 1.0))
        wider = replace(self, zoom=zoom)
        moved = wider.to_view(fixed)
        return wider.panned(about[0] - float(moved[0]), about[1] - float(moved[1]))

    def showing(self, xyxy: tuple[float, float, float, float]) -> Viewport:
        """Show the image rectangle (left, top, right, bottom) in full, centred."""
        width, height = max(xyxy[2] - xyxy[0], 1e-6), max(xyxy[3] - xyxy[1], 1e-6)
        scale = min(self.view_size[0] / width, self.view_size[1] / height)
        x, y = self.to_fraction(((xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2))
        return replace(self, center=(float(x), float(y)), zoom=scale / self.fit_scale)

    def like(self, other: Viewport) -> Viewport:
        """Show the same part of the content as `other`, whatever the two image and view sizes are."""
        return replace(self, center=other.center, zoom=other.zoom)

    def like_pixels(self, other: Viewport) -> Viewport:
        """Show the same image pixels at the same magnification as `other`."""
        x, y = self.to_fraction(other.from_fraction(other.center))
        return replace(self, center=(float(x), float(y)), zoom=other.scale / self.fit_scale)

    def _centred(self, x: float, y: float) -> Viewport:
        return replace(self, center=(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))
