"""One record made ready to look at: its picture, its people, where their 2D poses come from or are found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from sefd_viewer.app.cache import FileStamp, LruCache, file_stamp
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import PersonInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Person, Record
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.pose2d.editing_file import EditedPicture

    Image = NDArray[np.uint8]
    Detect = Callable[[Image], list[Pose2D]]
    FindBody = Callable[[str], BodyModel]


LONGEST_SIDE = 8000
"""Pixels of the longest side of a picture that is only looked at."""
_FEW = 4
"""Joints fewer than which make no 2D pose."""
NOBODY = (
    "No person was found here. Press E and draw a box around somebody, or open a file of 2D poses "
    "(File > Open 2D poses)."
)


@dataclass(frozen=True, eq=False)
class Scene:
    """A loaded record; `token` tells it from others, `note` is about the people, in words.

    `edits` is what was changed by hand in `people`.
    """

    token: int
    record: Record
    image: Image
    people: tuple[PersonInput, ...] = ()
    note: str | None = None
    edits: EditedPicture | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def boxes(self) -> list[NDArray[np.float32]]:
        """The boxes (4,) x y width height of everybody."""
        return [person.pose2d.bbox_xywh for person in self.people]

    def person(self, key: str | None) -> PersonInput | None:
        """Return the person with this key, None when there is none."""
        for person in self.people:  # asked so often that a generator would cost
            if person.key == key:
                return person
        return None


class Tokens:
    """Numbers of scenes: a record that is loaded again keeps its number until its picture file changes."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._lock = Lock()

    def of(self, key: Hashable, record: Record) -> int:
        """The number of `record` as loaded for `key`; safe to call from any thread."""
        with self._lock:
            return self._known.setdefault((key, file_stamp(record.image_path)), len(self._known) + 1)


def known_as(opened: int, record: Record) -> tuple[int, str, FileStamp]:
    """What is kept of a picture is kept under this: another one when its file changes."""
    return opened, record.key, file_stamp(record.image_path)


def load_scene(
    token: int,
    record: Record,
    *,
    detect: Detect,
    find_body: FindBody,
    poses: Mapping[str, Sequence[Pose2D]] | None = None,
    always_find: bool = False,
    load: Callable[[], Image] | None = None,
) -> Scene:
    """Read the picture and say who is in it: from `poses` (by file name), the record, or the detector.

    With `always_find` annotated poses are not used. `load` gives the picture where it may be in memory.
    Raises SefdError when the picture cannot be read; a detector that fails leaves a note.
    """
    scene = Scene(token, record, load()) if load is not None else _loaded(token, record, poses)
    people, note = people_of(record, lambda: scene.image, detect=detect, find_body=find_body, poses=poses)
    if always_find and poses is None and record.people:
        people, note = _detected(record, scene.image, detect)
    return replace(scene, people=people, note=note or scene.note)


def people_of(
    record: Record,
    load: Callable[[], Image],
    *,
    detect: Detect,
    find_body: FindBody,
    poses: Mapping[str, Sequence[Pose2D]] | None = None,
) -> tuple[tuple[PersonInput, ...], str | None]:
    """Who is in a record, and a note about them; the picture is only loaded where the detector is asked."""
    if poses is not None:
        return _from_file(record, poses)
    people = tuple(p for p in (_annotated(person, record, find_body) for person in record.people) if p)
    return (people, None) if people else _detected(record, load(), detect)


def _loaded(token: int, record: Record, poses: Mapping[str, Sequence[Pose2D]] | None) -> Scene:
    """Read the picture; a huge one that nothing else refers to by pixels is shrunk for the screen."""
    if poses is not None or record.people or record.camera or record.image_path is None or record.read:
        return Scene(token, record, record.load())
    from sefd_viewer.datasets.images import image_size, load_image

    width, height = image_size(record.image_path)
    if max(width, height) <= LONGEST_SIDE:
        return Scene(token, record, record.load())
    image = load_image(record.image_path, max_side=LONGEST_SIDE)
    note = f"This picture has {width} × {height} pixels; it is shown at {image.shape[1]} × {image.shape[0]}."
    return Scene(token, record, image, note=note)


People = tuple[tuple[PersonInput, ...], str | None]


def _from_file(record: Record, poses: Mapping[str, Sequence[Pose2D]]) -> People:
    from sefd_viewer.datasets.attaching import poses_in
    from sefd_viewer.pose2d.pose_file import PoseFile

    name, found = poses_in(record, poses)
    if name is None or not found:
        return (), f"The file of 2D poses has nobody for {record.title}."
    keys = poses.keys_in(name) if isinstance(poses, PoseFile) else None
    if keys is not None:
        return tuple(_known(key, pose, record) for key, pose in zip(keys, found, strict=True)), None
    return _with_truth(_numbered(found), record), None


def _known(key: str, pose: Pose2D, record: Record) -> PersonInput:
    """Somebody whose key the file says, with the record's ground truth of that person."""
    person = next((person for person in record.people if person.key == key), None)
    if person is None:
        return PersonInput(key, pose)
    return PersonInput(key, pose, person.smpl, person.camera, person.annotated_box, person.surface)


def _detected(record: Record, image: Image, detect: Detect) -> People:
    try:
        poses = detect(image)
    except SefdError as error:
        return (), str(error)
    people = _with_truth(_numbered(poses), record)
    return people, None if people else NOBODY


def _numbered(poses: Sequence[Pose2D]) -> tuple[PersonInput, ...]:
    return tuple(PersonInput(str(number), pose) for number, pose in enumerate(poses, start=1))


def _annotated(person: Person, record: Record, find_body: FindBody) -> PersonInput | None:
    pose = person.pose2d if person.pose2d is not None else _projected(person, record, find_body)
    if pose is None:
        return None
    return PersonInput(person.key, pose, person.smpl, person.camera, person.annotated_box, person.surface)


def _projected(person: Person, record: Record, find_body: FindBody) -> Pose2D | None:
    """The 2D pose of a person who has only a body: its joints seen by the camera."""
    camera = person.camera or record.camera
    if person.truth is None or camera is None:
        return None
    import numpy as np

    from sefd_viewer.geometry.crops import bbox_from_points
    from sefd_viewer.geometry.joints import SMPL30, Pose2D

    try:
        body = find_body(person.truth.body_id)
    except SefdError:
        return None
    output = body.forward(person.truth)
    joints, known = body.known_joints(output.vertices, output.joints, SMPL30)
    points = camera.project_camera(joints)
    valid = known & np.isfinite(points).all(axis=-1)
    bbox = bbox_from_points(points, valid, scale=1.0)
    if bbox is None or valid.sum() < _FEW:  # a surface without joints
        return None
    keypoints = np.column_stack([np.where(valid[:, None], points, 0.0), valid]).astype(np.float32)
    return Pose2D("smpl30", keypoints, bbox.astype(np.float32), 1.0, "ground truth, projected")


def _with_truth(people: tuple[PersonInput, ...], record: Record) -> tuple[PersonInput, ...]:
    """Give each found person the ground truth of the record's person whose box fits best.

    Of whom a surface without joints is known keeps the annotated name: this is the only 2D pose.
    """
    left = [person for person in record.people if person.truth is not None and person.bbox_xywh is not None]
    matched = []
    for person in people:
        best = max(left, key=lambda other: overlap(person.pose2d.bbox_xywh, other.bbox_xywh), default=None)
        if best is not None and overlap(person.pose2d.bbox_xywh, best.bbox_xywh) >= 0.5:
            left.remove(best)
            own = best.annotated_box
            person = replace(
                person, smpl=best.smpl, surface=best.surface, camera=best.camera, annotated_box=own
            )
            if best.surface is not None and best.pose2d is None:
                person = replace(person, key=best.key)
        matched.append(person)
    named = {person.key for person in matched if person.surface is not None}
    return tuple(
        replace(one, key=f"new {one.key}") if one.surface is None and one.key in named else one
        for one in matched
    )


def overlap(first_xywh: NDArray[np.float32] | None, second_xywh: NDArray[np.float32] | None) -> float:
    """Intersection over union of two boxes (4,) x y width height; 0 when one is missing."""
    if first_xywh is None or second_xywh is None:
        return 0.0
    import numpy as np

    a, b = np.asarray(first_xywh, float), np.asarray(second_xywh, float)
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    union = float(np.prod(a[2:]) + np.prod(b[2:])) - shared
    return shared / union if union > 0 else 0.0


def nobody(_image: Any) -> NoReturn:
    """Stands for the detector of people while photos are played alone."""
    raise SefdError(
        "people are not looked for while photos are played alone", remedy="Stop playing to see them"
    )


REMEMBERED = 20_000


class Detections:
    """The detector with a memory: who asks for a picture that is being searched waits for that answer."""

    def __init__(self, detect: Detect) -> None:
        self._detect = detect
        self._found: LruCache[list[Pose2D]] = LruCache(REMEMBERED)
        self._searching: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def of(self, key: Hashable) -> Detect:
        """The detector for the picture known as `key`."""
        return lambda image: self._poses(key, image)

    def _poses(self, key: Hashable, image: Image) -> list[Pose2D]:
        with self._lock:
            own = self._searching.setdefault(key, Lock())
        try:
            with own:
                found = self._found.get(key)
                if found is None:
                    found = self._detect(image)
                    self._found.put(key, found)
                return found
        finally:
            with self._lock:
                self._searching.pop(key, None)


def detect_people(image: Image) -> list[Pose2D]:
    """The shipped detector of 2D poses."""
    from sefd_viewer.pose2d.detector import detect_people

    return detect_people(image)
