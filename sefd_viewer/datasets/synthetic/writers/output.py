"""The files of a data set that is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson


def write_json(path: Path, content: Any) -> None:
    """A JSON file, its folder made; NumPy values are welcome."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS))


def write_picture(path: Path, image: np.ndarray, *, quality: int = 95) -> None:
    """A JPEG of an RGB picture (H, W, 3) uint8, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    path.write_bytes(data.tobytes())
