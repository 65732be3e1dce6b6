"""Files of 2D poses, told apart by content: 3DCrowdNet's JSON, COCO, OpenPose, edited and estimated ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.geometry.skeletons import Skeleton, UnknownSkeletonError, published
from sefd_viewer.plain_files import is_folder, read_file
from sefd_viewer.pose2d.editing_file import edited_poses, is_edited_poses
from sefd_viewer.pose2d.estimated_file import estimated_poses, is_estimated_poses
from sefd_viewer.pose2d.joint_orders import likely_order, seen_scores, stated_order
from sefd_viewer.pose2d.keypoints import (
    FractionsError,
    UnusableKeypointsError,
    as_keypoints,
    read_person,
)
from sefd_viewer.pose2d.naming import as_id
from sefd_viewer.pose2d.pose_file import PoseFile

MAX_PEOPLE = 30
"""People per picture that are kept, the best by score."""

OPENPOSE_ENDING = "_keypoints"

_FORMATS = (
    "Expected is {picture name: [person: rows of x, y, score]} (3DCrowdNet), a COCO results list "
    "with keypoints, COCO annotations, or OpenPose's people with pose_keypoints_2d"
)


@dataclass(frozen=True)
class _Entry:
    """One person as found in a file: the picture, the numbers, and the person's own score and box.

    `names` are the joints' names where the file has some, `annotated` people come from annotations;
    `by_openpose` ones from OpenPose, whose confidences are lower than others'.
    """

    picture: str
    values: Any
    score: Any = None
    bbox_xywh: Any = None
    names: tuple[object, ...] = ()
    annotated: bool = False
    by_openpose: bool = False


@dataclass
class _Found:
    """What reading collects; `fractions` says that somebody was left out for having no pixels."""

    people: dict[str, list[Pose2D]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    fractions: bool = False


def read_poses(
    path: str | Path, *, images: Mapping[int, str] | None = None, joints: str | None = None
) -> PoseFile:
    """Read a pose file, or a folder of OpenPose files, one per picture.

    `images` gives picture names by image id for COCO results; without it the id is looked up as the number
    at the end of a picture's name. `joints` names the order of the joints (one of `skeletons.PUBLISHED`);
    else the file's joint names decide, then which usual order makes people of the points. Single entries
    that are broken become problems. Raises PoseFileError that names file and line when the file is no pose
    file, or nobody in it is usable.
    """
    path = Path(path)
    order = None if joints is None else _chosen(joints)
    folder = is_folder(path)
    files = _openpose_files(path) if folder else [path]
    entries, numbered = list[_Entry](), folder
    for file in files:
        content = _read_json(file)
        if is_edited_poses(content):
            return _edited(content)
        if is_estimated_poses(content):
            return estimated_poses(content)
        numbered |= _speaks_in_numbers(content)
        entries += _entries(content, file, images or {})
    found = _Found({entry.picture: [] for entry in entries})
    by_openpose = any(entry.by_openpose for entry in entries)
    _collect(entries, found, order, source=f"{'OpenPose, ' if by_openpose else ''}file {path.name}")
    if found.problems and not found.fractions and not any(found.people.values()):
        raise PoseFileError(f"nobody here is usable: {found.problems[0]}", where=path, remedy=_FORMATS)
    _keep_the_best(found)
    return PoseFile(found.people, tuple(found.problems), numbered)


def _chosen(joints: str) -> Skeleton:
    try:
        return published(joints)
    except UnknownSkeletonError as error:
        raise PoseFileError(str(error), remedy="Name one of these") from error


def _edited(content: dict[str, Any]) -> PoseFile:
    """The people of the program's own file of edited poses."""
    edited = edited_poses(content)
    people = {name: list(picture.people.values()) for name, picture in edited.pictures.items()}
    return PoseFile(people, edited.problems)


def _openpose_files(folder: Path) -> list[Path]:
    """OpenPose's files by their names, else every JSON file: other tools have other names for them."""
    files = sorted(folder.glob(f"*{OPENPOSE_ENDING}.json")) or sorted(folder.glob("*.json"))
    if not files:
        raise PoseFileError(
            f"this folder has no OpenPose files (*{OPENPOSE_ENDING}.json)",
            where=folder,
            remedy="Choose the folder that OpenPose wrote with --write_json, or a single pose file",
        )
    return files


def _read_json(path: Path) -> Any:
    """The file's content; nan and infinity, which strict JSON forbids but Python writes, are read too."""
    try:
        data = read_file(path)
    except OSError as error:
        raise PoseFileError(
            f"this cannot be read ({error.strerror})", where=path, remedy="Choose another file"
        ) from error
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _read_lenient(data, path)


def _read_lenient(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PoseFileError(
            f"this is not valid JSON: {error.msg} at {place}", where=path, remedy="Write the file again"
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise PoseFileError("this is not JSON text", where=path, remedy=_FORMATS) from error


def _speaks_in_numbers(content: Any) -> bool:
    """Whether pictures are only numbered: COCO results without names, single OpenPose files."""
    if isinstance(content, list):
        return any(isinstance(one, dict) and "file_name" not in one for one in content)
    return isinstance(content, dict) and isinstance(content.get("people"), list)


def _entries(content: Any, path: Path, images: Mapping[int, str]) -> list[_Entry]:
    """The people of one file in any of the known formats; pictures without people have no entry here."""
    if isinstance(content, list) and all(isinstance(one, dict) and "keypoints" in one for one in content):
        own = path.name.removesuffix(".json").removesuffix(".predictions")
        return [_coco_entry(one, images, otherwise=own) for one in content]
    if isinstance(content, dict) and _is_list_of_dicts(content.get("people")):
        return list(_openpose_entries(content["people"], path))
    if isinstance(content, dict) and _is_list_of_dicts(content.get("annotations")):
        return list(_annotated(content, images))
    if isinstance(content, dict) and all(isinstance(people, list) for people in content.values()):
        return [_Entry(name, person) for name, people in content.items() for person in people]
    raise PoseFileError("this is no file of 2D poses", where=path, remedy=_FORMATS)


def _is_list_of_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _images_of(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    images = content.get("images")
    for one in images if isinstance(images, list) else ():
        if isinstance(one, dict) and {"id", "file_name"} <= one.keys():
            yield one


def _annotated(content: dict[str, Any], images: Mapping[int, str]) -> Iterator[_Entry]:
    """The people of COCO's annotations, with their category's joint names."""
    named = {as_id(one["id"]): str(one["file_name"]) for one in _images_of(content)} | dict(images)
    listed = content.get("categories")
    categories = listed if isinstance(listed, list) and _is_list_of_dicts(listed) else []
    names = {as_id(one.get("id")): _listed(one.get("keypoints")) for one in categories}
    for one in content["annotations"]:
        if "keypoints" in one and as_id(one.get("num_keypoints")) != 0:
            entry = _coco_entry(one, named)
            own = names.get(as_id(one.get("category_id"))) or next(iter(names.values()), ())
            yield replace(entry, names=own, annotated=True)


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list) else ()


def _coco_entry(entry: dict[str, Any], images: Mapping[Any, str], *, otherwise: str | None = None) -> _Entry:
    number = as_id(entry.get("image_id"))
    known = entry.get("file_name") or images.get(number)
    picture = str(known or (otherwise if number is None and otherwise else number))
    return _Entry(picture, entry["keypoints"], entry.get("score"), entry.get("bbox"))


def _openpose_entries(people: Iterable[dict[str, Any]], path: Path) -> Iterator[_Entry]:
    for person in people:
        picture = path.stem.removesuffix(OPENPOSE_ENDING)
        yield _Entry(picture, person.get("pose_keypoints_2d"), by_openpose=True)


def _collect(entries: Iterable[_Entry], found: _Found, order: Skeleton | None, *, source: str) -> None:
    """Make people of entries, all of those with as many and equally named joints in one order."""
    alike: dict[tuple[tuple[object, ...], int], list[tuple[_Entry, np.ndarray]]] = {}
    for entry in entries:
        try:
            keypoints = as_keypoints(entry.values)
        except UnusableKeypointsError as error:
            found.problems.append(f"{_place(entry, found)}: {error}; left out")
        else:
            alike.setdefault((entry.names, len(keypoints)), []).append((entry, keypoints))
    for group in alike.values():
        people = np.stack([keypoints for _, keypoints in group])
        try:
            skeleton = _order(group[0][0], people, order, found)
        except UnknownSkeletonError as error:
            first, more = _place(group[0][0], found), len(group) - 1
            found.problems.append(f"{first}{f' and {more} more' if more else ''}: {error}; left out")
            continue
        people[..., 2] = seen_scores(people[..., 2], skeleton, annotated=group[0][0].annotated)
        for (entry, _), keypoints in zip(group, people, strict=True):
            _add(entry, keypoints, skeleton, found, source)


def _order(entry: _Entry, people: np.ndarray, chosen: Skeleton | None, found: _Found) -> Skeleton:
    """The order of people (P, K, 3) like this one: the chosen, the stated, or the one that fits."""
    if chosen is not None:
        if chosen.count != people.shape[1]:
            raise UnknownSkeletonError(f"{people.shape[1]} keypoints instead of {chosen.count}")
        return chosen
    stated = stated_order(people, entry.names)
    if stated is not None:
        return stated
    likely, words = likely_order(people)
    if words is not None:
        found.problems.append(f"{words}. Name the order with --joints {likely.name} if that is right")
    return likely


def _add(entry: _Entry, keypoints: np.ndarray, skeleton: Skeleton, found: _Found, source: str) -> None:
    place = _place(entry, found)
    try:
        pose, mended = read_person(
            keypoints, skeleton, source=source, score=entry.score, bbox_xywh=entry.bbox_xywh
        )
    except UnusableKeypointsError as error:
        found.fractions |= isinstance(error, FractionsError)
        found.problems.append(f"{place}: {error}; left out")
        return
    found.people[entry.picture].append(pose)
    if mended:
        found.problems.append(f"{place}: {mended}")


def _place(entry: _Entry, found: _Found) -> str:
    return f"{entry.picture}, person {len(found.people[entry.picture]) + 1}"


def _keep_the_best(found: _Found) -> None:
    for picture, people in found.people.items():
        if len(people) > MAX_PEOPLE:
            found.problems.append(f"{picture}: {len(people)} people, the best {MAX_PEOPLE} by score are kept")
            best = sorted(people, key=lambda pose: -pose.score)[:MAX_PEOPLE]
            people[:] = best
