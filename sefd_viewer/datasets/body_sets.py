"""Files of bodies opened as data sets: EMDB, BEDLAM, AMASS and whatever else `body_files` knows.

Their people are the truth of the pictures that are found beside them; motions without pictures are shown on
an empty stage, before a camera that stands where all of the motion is in view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import BodyCatalog, remedy_for
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters, StoredSurface, TrueParameters
from sefd_viewer.datasets.annotations.people import ReadOptions
from sefd_viewer.datasets.body_files.meshes import archive_people, is_archive
from sefd_viewer.datasets.body_files.people import SAME_BODY_MM, BodyPose, FoundFile, FoundPerson
from sefd_viewer.datasets.body_files.reading import (
    ending_of,
    known_people,
    of_stated,
    stored_content,
)
from sefd_viewer.datasets.body_set_files import (
    MOST_FILES,
    NO_SETS,
    files_of_bodies,
    frames_beside,
    holds_people,
    named_pictures,
)
from sefd_viewer.datasets.images import image_size, load_image
from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.datasets.records import Dataset, Person, Record, SkippedPerson, SkipReason, natural
from sefd_viewer.errors import DAMAGED, BodyError, DatasetError, SefdError, shown
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.rotations import smpl_to_camera

_STAGE = 640, 640
_STAGE_COLOUR = 96
_NEAREST_M = 4.0
_MIDDLE = 0.1
"""Share of half a side by which a camera looks past a picture's middle at most."""
_LOOKED_AT = 400
"""Frames by whose places the stage's camera is set up."""


@dataclass(frozen=True)
class BodySetReader:
    """A file of bodies, or a folder of EMDB's, AMASS's or BEDLAM's."""

    name = "bodies"
    options: ReadOptions = field(default_factory=ReadOptions)

    def recognises(self, path: Path) -> bool:
        """Whether the file is of a known kind, or the folder has files that are."""
        file = path if path.is_file() else next(iter(files_of_bodies(path)), None)
        if file is None or ending_of(file) in NO_SETS:
            return False
        try:
            return holds_people(file)
        except SefdError:
            return path.is_file()  # opening it says what is wrong

    def open(self, path: Path) -> Dataset:
        """Read who is in the files; raises DatasetError when none can be used."""
        files = [path] if path.is_file() else files_of_bodies(path)
        if len(files) > MOST_FILES:
            words = f"more than {MOST_FILES} files of bodies are in this folder"
            raise DatasetError(words, where=path, remedy="Open one of its folders, or a file")
        catalog, parts, problems = BodyCatalog(self.options.bodies), list[_Part](), list[str]()
        for file in files:
            try:
                parts.append(_part(file, path, catalog))
            except SefdError as error:
                if len(files) == 1:
                    raise DatasetError(error.what, where=error.where, remedy=error.remedy) from error
                problems.append(str(error))
        if not parts:
            words = problems[0] if problems else "no file of bodies is here"
            raise DatasetError(words, where=path, remedy="docs/formats.md lists what is read")
        problems += dict.fromkeys(words for part in parts for words in part.about())
        root = path if path.is_dir() else path.parent
        name = shown(path.name or str(path))
        return Dataset(name, root, self.name, LazySequence(parts), tuple(problems), sources=tuple(files))


def _part(file: Path, root: Path, catalog: BodyCatalog) -> _Part:
    content = stored_content(file)
    try:
        found = archive_people(content, file) if is_archive(content) else known_people(content, file)[0]
    except BodyError as error:
        raise DatasetError(error.what, where=error.where or file, remedy=error.remedy) from error
    except DAMAGED as error:
        words = f"this archive of bodies is damaged ({error})"
        raise DatasetError(
            words, where=file, remedy="Write it again, or take it out of the folder"
        ) from error
    if found is None:
        raise DatasetError(
            "this is not a file of bodies in a known format",
            where=file,
            remedy="`sefd-viewer what FILE` says what it is",
        )
    found = of_stated(found, None, file)
    label = file.stem if root == file else file.relative_to(root).with_suffix("").as_posix()
    groups: dict[str, list[FoundPerson]] = {}
    for one in found.people:
        groups.setdefault(one.picture or f"{one.frame:06d}", []).append(one)
    if any(one.picture for one in found.people):
        names = sorted(groups, key=natural)
        places = named_pictures(file, names)
    else:  # frames without people count: record k is frame k
        pictures = frames_beside(file)
        last = max(len(pictures) - 1, *(one.frame for one in found.people if one.frame is not None))
        names = [f"{frame:06d}" for frame in range(last + 1)]
        places = [*pictures, *[None] * (len(names) - len(pictures))]
    return _Part(label, found, [groups.get(name, ()) for name in names], names, places, catalog)


@dataclass(frozen=True, eq=False)
class _Part:
    """The records of one file, made when they are looked at."""

    label: str
    found: FoundFile
    groups: Sequence[Sequence[FoundPerson]]
    names: Sequence[str]
    pictures: Sequence[Path | None]
    catalog: BodyCatalog

    @property
    def keys(self) -> Sequence[str]:
        return [f"{self.label}/{name}" for name in self.names]

    def find(self, key: str) -> int | None:
        return self._positions.get(key)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.keys)}

    def siblings(self, position: int) -> Sequence[int]:
        return [position]

    def instant(self, position: int) -> Instant:  # noqa: ARG002
        return None, None

    def image_path(self, position: int) -> Path | None:
        return self.pictures[position]

    def about(self) -> Iterator[str]:
        """What a person should know about the file, its bodies and its pictures."""
        yield from (f"{self.label}: {words}" for words in self.found.notes)
        for body in dict.fromkeys(one.body for one in self.found.people if not one.brings_faces):
            if self.catalog.find(body) is None:
                yield f"The bodies are those of {body}, which is not here. {remedy_for(body)}"
        absent = sum(path is None for path in self.pictures)
        if absent:
            words = f"{absent} of {len(self.pictures)} pictures are not here: an empty stage is shown"
            yield f"{self.label}: {words}"

    def build(self, position: int) -> Record:
        people, path = self.groups[position], self.pictures[position]
        size = _STAGE
        if path is not None:
            with suppress(SefdError):  # told when the picture is shown
                size = image_size(path)
        lying = path is not None and self.found.lying and _lies(people, size)
        size = size[::-1] if lying else size
        shared = self._camera(people, size, staged=path is None)
        made = [self._person(one, number, shared, size) for number, one in enumerate(people)]
        name = self.names[position]
        return Record(
            f"{self.label}/{name}",
            f"{self.label} · {f'frame {int(name)}' if name.isdecimal() else name}",
            image_path=path,
            read=partial(_stage, size) if path is None else partial(_clockwise, path) if lying else None,
            size=size,
            camera=shared,
            people=tuple(person for person, _ in made),
            skipped=tuple(skipped for _, skipped in made if skipped is not None),
            world_up=self.found.up if shared is not None and shared.t.any() else None,
        )

    def _camera(
        self, people: Sequence[FoundPerson], size: tuple[int, int], *, staged: bool
    ) -> PinholeCamera | None:
        """The camera of all people of a picture; None where each has its own, or nobody any."""
        if not people or people[0].in_world:
            return self._stage_camera if staged and self.found.people[0].in_world else None
        first = people[0]
        if first.camera is None or any(one.camera is None for one in people):
            return None
        cameras = [made for one in people if (made := _camera_of(one, size)) is not None]
        if len(cameras) < len(people) or any((one.matrix != cameras[0].matrix).any() for one in cameras):
            return None
        return replace(cameras[0], R=first.turn, t=first.shift) if self.found.world else cameras[0]

    @cached_property
    def _stage_camera(self) -> PinholeCamera:
        up = self.found.up or (0.0, 1.0, 0.0)
        some = self.groups[:: 1 + len(self.groups) // _LOOKED_AT]
        places = [_place(one) for group in some for one in group]
        return stage_camera(np.array(places), np.array(up))

    def _person(
        self, one: FoundPerson, number: int, shared: PinholeCamera | None, size: tuple[int, int]
    ) -> tuple[Person, SkippedPerson | None]:
        own = None if shared is not None else _camera_of(one, size)
        key = one.person or str(number + 1)
        return found_person(one, key, shared, self.catalog, own=own, world=self.found.world)


def found_person(
    one: FoundPerson,
    key: str,
    shared: PinholeCamera | None,
    catalog: BodyCatalog,
    *,
    own: PinholeCamera | None = None,
    world: bool = False,
) -> tuple[Person, SkippedPerson | None]:
    """Somebody of a file of bodies as the truth of a picture, and why without a body, if so.

    The camera is the `own`, else the `shared`; with `world` the person's `turn` and `shift` are its place.
    """
    box = None if one.bbox_xywh is None else np.asarray(one.bbox_xywh, np.float32)
    person = Person(key, box, camera=own)
    body = catalog.find(one.body) or one.surface
    if body is None or (one.pose is None and one.vertices is None):
        reason = SkipReason.NO_SMPL if body is not None else SkipReason.NO_BODY
        return person, SkippedPerson(person.key, reason, one.body, shown=True)
    try:
        stored = _stored(one, body)
    except (SefdError, ValueError) as error:
        words = error.what if isinstance(error, SefdError) else str(error)
        return person, SkippedPerson(person.key, SkipReason.BROKEN_SMPL, words, shown=True)
    if (world or one.in_world) and isinstance(stored, SmplParameters):
        person = replace(person, smpl_world=stored)
    camera = own or shared
    if camera is None:
        return person, SkippedPerson(person.key, SkipReason.NO_CAMERA, shown=True)
    turn, shift = (camera.R, camera.t) if one.in_world else (one.turn, one.shift)
    seen: TrueParameters
    if isinstance(stored, StoredSurface):
        seen = surface = stored.moved(turn, shift)
        person = replace(person, surface=surface)
    else:
        root = body.root_joint(stored.betas, stored.expression)
        orient, place = smpl_to_camera(stored.global_orient, stored.transl, turn, shift, root_joint=root)
        seen = smpl = replace(stored, global_orient=orient, transl=place)
        person = replace(person, smpl=smpl)
    if box is not None:
        return person, None
    return replace(person, bbox_xywh=_box(body, seen, camera), derived_box=True), None


def _stored(one: FoundPerson, body: BodyModel) -> TrueParameters:
    """Somebody's parameters where the file's own vertices do not contradict them, else these; its own frame.

    Raises SefdError and ValueError for what makes no such body.
    """
    if one.vertices is None:
        assert one.pose is not None
        if isinstance(one.pose, BodyPose):
            return one.pose.parameters(body)
        return StoredSurface(body.id, one.pose.vertices(body))
    beside = () if one.joints is None else (np.asarray(one.joints),)
    surface = StoredSurface(body.id, np.concatenate([np.asarray(one.vertices), *beside]))
    output = body.forward(surface)
    with suppress(SefdError, ValueError):
        if isinstance(one.pose, BodyPose):
            stored = one.pose.parameters(body)
            apart = np.linalg.norm(body.forward(stored).vertices - output.vertices, axis=1)
            if 1000 * float(apart.mean()) <= SAME_BODY_MM:
                return stored
    return surface


def _place(one: FoundPerson) -> NDArray[np.floating]:
    """About where somebody stands, (3,) metres."""
    if isinstance(one.pose, BodyPose):
        return one.pose.transl
    return np.zeros(3) if one.vertices is None else np.asarray(one.vertices).mean(axis=0)


def _camera_of(one: FoundPerson, size: tuple[int, int]) -> PinholeCamera | None:
    """Somebody's own camera, None where there is none or its numbers make none."""
    try:
        camera = None if one.camera is None else one.camera(size)
    except (SefdError, ValueError):
        return None
    sound = camera is not None and np.isfinite(camera.matrix).all() and (camera.focal > 0).all()
    return camera if sound else None


def _box(body: BodyModel, seen: TrueParameters, camera: PinholeCamera) -> NDArray[np.float32] | None:
    """The box around a body's joints in the picture; around its surface where it has no joints."""
    vertices, joints = body.forward(seen)
    pixels = camera.project_camera(joints if len(joints) > 1 else vertices)
    box = bbox_from_points(pixels, np.isfinite(pixels).all(axis=1), scale=1.2)
    return None if box is None else box.astype(np.float32)


def _lies(people: Sequence[FoundPerson], size: tuple[int, int]) -> bool:
    """Whether the first person's camera looks at the middle of the picture only once that is turned."""
    camera = _camera_of(people[0], size) if people else None
    if camera is None:
        return False
    stored, turned = (np.abs(2 * camera.principal_point / one - 1).max() for one in (size, size[::-1]))
    return bool(turned < _MIDDLE < stored)


def _clockwise(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(load_image(path), -1))


def _stage(size: tuple[int, int]) -> NDArray[np.uint8]:
    """An empty picture (H, W, 3) of a size (w, h)."""
    return np.full((size[1], size[0], 3), _STAGE_COLOUR, np.uint8)


def stage_camera(places: NDArray[np.floating], up: NDArray[np.floating]) -> PinholeCamera:
    """A level camera before the middle of places (N, 3), so far away that people at all are in view."""
    vertical = up / np.linalg.norm(up)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2 if len(places) else np.zeros(3)
    reach = float(np.linalg.norm(places - middle, axis=1).max()) if len(places) else 0.0
    aside = np.eye(3)[int(np.argmin(np.abs(vertical)))]
    forward = np.cross(vertical, np.cross(aside, vertical))
    forward = -forward / np.linalg.norm(forward)
    R = np.stack([np.cross(-vertical, forward), -vertical, forward])
    away = middle - forward * (_NEAREST_M + 2 * reach)
    return PinholeCamera(np.full(2, float(_STAGE[0])), (np.array(_STAGE) - 1) / 2, R, -R @ away)
