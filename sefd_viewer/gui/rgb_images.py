"""Arrays of pixels as Qt's pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage, QPixmap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def rgb_image(pixels: NDArray[np.uint8]) -> QImage:
    """A picture (H, W, 3) RGB with pixels of its own."""
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def rgb_pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    """The same, as the screen likes it best."""
    height, width = pixels.shape[:2]
    return QPixmap.fromImage(QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888))
