"""Small data sets with bodies, for tests of the factory."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan


def write_set(folder: Path, format: str, *, count: int = 3, people: tuple[int, int] = (2, 3)) -> Path:
    """A synthetic set of pictures of 128x96 pixels."""
    settings = SceneSettings(size=(128, 96), people=people, things=0)
    folder.mkdir(parents=True)
    WRITERS[format](folder, Plan(count, 5, settings))
    return folder


def opened(folder: Path, format: str, **options: object) -> Dataset:
    return open_dataset(folder, format=format, **options)  # type: ignore[arg-type]


def read_map(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None, path
    return np.asarray(picture, np.uint8)


def map_files(out: Path) -> dict[str, Path]:
    """Every map below a folder by its path there."""
    found = (path for path in out.rglob("*") if path.suffix in (".png", ".jpg"))
    return {path.relative_to(out).as_posix(): path for path in sorted(found)}
