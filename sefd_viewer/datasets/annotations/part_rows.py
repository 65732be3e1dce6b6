"""All that one annotation file and those beside it say: what is kept in the index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.picture_rows import PictureRows


@dataclass(frozen=True, eq=False)
class PartRows:
    """Pictures in `folder` and the people in them.

    `world_up` is the direction away from the ground (unit vector) in the world of the cameras, where known.
    """

    folder: Path
    pictures: PictureRows
    people: PersonRows
    world_up: tuple[float, float, float] | None = None
