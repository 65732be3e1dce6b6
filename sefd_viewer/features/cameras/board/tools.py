"""What the camera board's computations need and remember: pictures, found 2D poses, files of 2D poses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.detections import Detections
from sefd_viewer.app.scene import known_as, people_of
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.board.shelf import PictureShelf

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody, Image
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.geometry.poses import Pose2D
    from sefd_viewer.inference.messages import PersonInput

    PoseFiles = Mapping[str, Mapping[str, Sequence[Pose2D]]]

SMALL_SIDE = 384
_GROUND = 56


@dataclass(frozen=True)
class ViewPeople:
    """Who is in one view, and a note about them."""

    people: tuple[PersonInput, ...]
    note: str | None


@dataclass(frozen=True, eq=False)
class ViewPicture:
    """A picture (H, W, 3) uint8 RGB, and a small copy of it for the room in 3D.

    Where the file cannot be read `missing` says why, and bodies are drawn on a plain ground of its size.
    """

    image: Image
    small: Image
    missing: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True)
class BoardTools:
    """Loads and remembers; `pose_files` gives the files of 2D poses that were read, by path."""

    detections: Detections
    find_body: FindBody
    pose_files: Callable[[], PoseFiles]
    pictures: PictureShelf = field(default_factory=PictureShelf)

    def view_picture(self, opened: int, record: Record) -> ViewPicture:
        """The record's picture as a view shows it; SefdError when it is not there, and no body either."""
        try:
            image, missing = self.picture(opened, record), ""
        except SefdError as error:
            if record.size is None or not any(person.smpl is not None for person in record.people):
                raise
            image, missing = _plain_ground(record.size), str(error)
        return ViewPicture(image, small_copy(image), missing)

    def picture(self, opened: int, record: Record) -> Image:
        """The record's picture; raises SefdError when it cannot be read."""
        return self.pictures.get(known_as(opened, record), record.load)

    def people(self, opened: int, record: Record, poses: str | None, *, keep: bool = True) -> ViewPeople:
        """Who is in a record; `keep` remembers a picture that had to be loaded for it."""
        file = self.pose_files().get(poses) if poses is not None else None
        people, note = people_of(
            record,
            lambda: self.picture(opened, record) if keep else record.load(),
            detect=self.detections.of(known_as(opened, record)),
            find_body=self.find_body,
            poses=file,
        )
        return ViewPeople(people, note)


def _plain_ground(size: tuple[int, int]) -> Image:
    import numpy as np

    return np.full((size[1], size[0], 3), _GROUND, np.uint8)


def small_copy(image: Image) -> Image:
    """The picture with at most SMALL_SIDE pixels on its longer side."""
    import cv2
    import numpy as np

    factor = min(SMALL_SIDE / max(image.shape[:2]), 1.0)
    size = max(round(image.shape[1] * factor), 1), max(round(image.shape[0] * factor), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
