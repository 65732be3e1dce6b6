"""Photos and who is in them: pictures and 2D poses that were found, remembered; files of 2D poses."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.cache import FileStamp
from sefd_viewer.app.keys import Key
from sefd_viewer.app.scene import Detections, Scene, Tokens, known_as, load_scene, nobody, people_of
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody, Image
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.inference.messages import PersonInput

    PoseFiles = Mapping[str, Mapping[str, Sequence[Pose2D]]]

BUDGET_BYTES = 26_000_000
"""Eight pictures of a megapixel: the moment in view and the next one."""
REMEMBERED_BYTES = 100_000_000
"""Of pictures that need more only the one in view is remembered."""
SMALL_SIDE = 384
_GROUND = 56


class PictureCache:
    """Loads a picture once and forgets those used longest ago; safe to use from several threads."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._pictures: OrderedDict[Hashable, Image] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, load: Callable[[], Image]) -> Image:
        """The picture of `key`, from memory or from `load`; what that raises is passed on."""
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = load()
        with self._lock:
            self._put(key, picture)
        return picture

    def _put(self, key: Hashable, picture: Image) -> None:
        if key in self._pictures:
            return
        self._pictures[key] = picture
        self._bytes += picture.nbytes
        while self._bytes > self._budget and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].nbytes


@dataclass(frozen=True, eq=False)
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


def _open_body(body_id: str) -> BodyModel:
    from sefd_viewer.body.catalog import catalog_at

    return catalog_at(()).get(body_id)


@dataclass(frozen=True, eq=False)
class Photos:
    """Loads and remembers; `pose_files` gives the files of 2D poses that were read, by path.

    `tokens` number the scenes that are made of photos.
    """

    detections: Detections = field(default_factory=lambda: Detections(lambda _image: []))
    find_body: FindBody = _open_body
    pose_files: Callable[[], PoseFiles] = dict
    pictures: PictureCache = field(default_factory=PictureCache)
    tokens: Tokens = field(default_factory=Tokens)

    def view_picture(self, opened: int, record: Record) -> ViewPicture:
        """The record's picture as a view shows it; SefdError when it is not there, and no body either."""
        try:
            image, missing = self.picture(opened, record), ""
        except SefdError as error:
            if record.size is None or not any(person.truth is not None for person in record.people):
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


@dataclass(frozen=True)
class SceneKey(Key[Scene]):
    """All that a scene is made from: the record, its picture's file, the 2D poses as `read`, the bodies.

    `found`: the detector's 2D poses are wanted, whatever is annotated; `rests`: nobody is looked for.
    """

    title: ClassVar[str] = "Loading the picture and looking for people"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 1
    record: str
    stamp: FileStamp
    poses: str | None
    read: int
    found: bool
    opened: int
    bodies: Hashable
    rests: bool
    of: Record = field(compare=False, repr=False)
    photos: Photos = field(compare=False, repr=False)
    photos_kept: int = field(compare=False, repr=False)

    def room(self, value: Scene | None) -> int:
        """So many scenes as were chosen; one alone where its picture is very large."""
        large = value is not None and value.image.nbytes > REMEMBERED_BYTES
        return 1 if large else self.photos_kept

    def work(self) -> Scene:
        """Read the picture and find the people."""
        photos, record, known = self.photos, self.of, known_as(self.opened, self.of)
        inputs = (
            self.record,
            self.stamp,
            self.poses,
            self.read,
            self.found,
            self.opened,
            self.bodies,
            self.rests,
        )
        return load_scene(
            photos.tokens.of(inputs, record),
            record,
            detect=nobody if self.rests else photos.detections.of(known),
            find_body=photos.find_body,
            load=partial(photos.picture, self.opened, record) if record.moment is not None else None,
            poses=photos.pose_files().get(self.poses) if self.poses is not None else None,
            always_find=self.found,
        )


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
