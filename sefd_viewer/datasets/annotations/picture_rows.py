"""What annotation files say about pictures, as columns with one row per picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.labels import Labels
from sefd_viewer.errors import shown
from sefd_viewer.geometry.cameras import PinholeCamera


@dataclass(frozen=True, eq=False)
class CameraRows:
    """Cameras `table` (C, 16) fx fy cx cy in pixels, R row by row, t in metres; `rows` (N,) by picture.

    They are as files state them: R may mirror or scale.

    The row -1 is no camera.
    """

    table: NDArray[np.float64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, cameras: Sequence[PinholeCamera | None], rows: NDArray[np.int64]) -> CameraRows:
        """The pictures' `rows` of these cameras, without those that are None."""
        known = [camera for camera in cameras if camera is not None]
        places = np.cumsum([camera is not None for camera in cameras]) - 1
        kept = [-1 if camera is None else int(place) for camera, place in zip(cameras, places, strict=True)]
        table = [
            np.concatenate([camera.focal, camera.principal_point, camera.R.ravel(), camera.t])
            for camera in known
        ]
        by_camera = np.array([*kept, -1], dtype=np.int64)
        return cls(np.array(table, dtype=np.float64).reshape(-1, 16), by_camera[rows])

    @classmethod
    def plain(cls, intrinsics: NDArray[np.floating]) -> CameraRows:
        """One camera per picture, of its fx fy cx cy (N, 4), where these are known."""
        known = np.isfinite(intrinsics).all(axis=1)
        rows = np.where(known, np.cumsum(known) - 1, -1)
        turned = np.tile([*np.eye(3).ravel(), 0, 0, 0], (int(known.sum()), 1))
        return cls(np.concatenate([intrinsics[known], turned], axis=1), rows)

    def at(self, position: int) -> PinholeCamera | None:
        """The camera of a picture as it is stated, None without one."""
        row = int(self.rows[position])
        if row < 0:
            return None
        values = np.array(self.table[row])
        return PinholeCamera(values[:2], values[2:4], values[4:13].reshape(3, 3), values[13:])


@dataclass(frozen=True, eq=False)
class PictureRows:
    """N pictures: file `names`, unique `keys`, `sizes` (N, 2) width and height in pixels (nan is unknown).

    The people of picture i are rows offsets[i] to offsets[i + 1]. `titles` are their words, else the names
    are; `moments` say which show the same instant, from which of the `views`, of what action; `subject` is
    who is seen in all of them. `crowding` (N,) is CrowdPose's crowd index, nan where nobody says. `faults`
    say what is wrong with which picture.
    """

    names: Sequence[str]
    keys: Sequence[str]
    sizes: NDArray[np.float64]
    offsets: NDArray[np.int64]
    titles: Sequence[str] | None = None
    cameras: CameraRows | None = None
    moments: Labels | None = None
    views: Labels | None = None
    actions: Labels | None = None
    subject: str = ""
    crowding: NDArray[np.float64] | None = None
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def title(self, position: int) -> str:
        """The words for a picture."""
        return shown(self.names[position]) if self.titles is None else self.titles[position]

    def size(self, position: int) -> tuple[int, int] | None:
        """Width and height in pixels, None where they are not known."""
        width, height = self.sizes[position].tolist()
        return None if np.isnan(width) else (int(width), int(height))

    def crowd_index(self, position: int) -> float | None:
        """How crowded a picture is, None where nobody says."""
        value = np.nan if self.crowding is None else float(self.crowding[position])
        return None if np.isnan(value) else value


def unique_keys(names: Sequence[str], prefix: str = "") -> list[str]:
    """A key per picture: its name, with a number where a name is there again."""
    keys, seen = [], set()
    for position, name in enumerate(names):
        key = f"{prefix}{name}" if name.isascii() else shown(f"{prefix}{name}")
        key = f"{key} #{position}" if key in seen else key
        seen.add(key)
        keys.append(key)
    return keys
