"""Files of 2D poses, told apart by content: 3DCrowdNet demo JSON, COCO, OpenPose, and edited poses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.pose2d.editing_file import edited_poses, is_edited_poses
from sefd_viewer.pose2d.keypoints import UnusableKeypointsError, read_person
from sefd_viewer.pose2d.pose_file import PoseFile

MAX_PEOPLE = 30
"""People per picture that are kept, the best by score."""

OPENPOSE_ENDING = "_keypoints"

_FORMATS = (
    "Expected is {picture name: [person: 17 or 19 rows of x, y, score]} (3DCrowdNet), a COCO results list "
    "with keypoints, COCO annotations, or OpenPose's people with pose_keypoints_2d"
)


@dataclass(frozen=True)
class _Entry:
    """One person as found in a file: the picture, the numbers, and the person's own score and box."""

    picture: str
    values: Any
    score: Any = None
    bbox_xywh: Any = None


@dataclass
class _Found:
    """What reading collects."""

    people: dict[str, list[Pose2D]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_poses(path: str | Path, *, images: Mapping[int, str] | None = None) -> PoseFile:
    """Read a pose file, or a folder of OpenPose files, one per picture.

    `images` gives picture names by image id for COCO results; without it the id is looked up as the number
    at the end of a picture's name. Single entries that are broken become problems. Raises PoseFileError
    that names file and line when the file is no pose file, or nobody in it is usable.
    """
    path = Path(path)
    files = _openpose_files(path) if path.is_dir() else [path]
    found, numbered = _Found(), path.is_dir()
    for file in files:
        content = _read_json(file)
        if is_edited_poses(content):
            return _edited(content)
        numbered |= _speaks_in_numbers(content)
        _collect(_entries(content, file, images or {}), found, source=f"file {path.name}")
    if found.problems and not any(found.people.values()):
        raise PoseFileError(f"nobody here is usable: {found.problems[0]}", where=path, remedy=_FORMATS)
    _keep_the_best(found)
    return PoseFile(found.people, tuple(found.problems), numbered)


def _edited(content: dict[str, Any]) -> PoseFile:
    """The people of the program's own file of edited poses."""
    edited = edited_poses(content)
    people = {name: list(picture.people.values()) for name, picture in edited.pictures.items()}
    return PoseFile(people, edited.problems)


def _openpose_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob(f"*{OPENPOSE_ENDING}.json"))
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
        data = path.read_bytes()
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
        return [_coco_entry(one, images) for one in content]
    if isinstance(content, dict) and _is_list_of_dicts(content.get("people")):
        return list(_openpose_entries(content["people"], path))
    if isinstance(content, dict) and _is_list_of_dicts(content.get("annotations")):
        named = {one["id"]: str(one["file_name"]) for one in _images_of(content)}
        persons = (one for one in content["annotations"] if one.get("num_keypoints", 1))
        return [_coco_entry(one, {**named, **images}) for one in persons if "keypoints" in one]
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


def _coco_entry(entry: dict[str, Any], images: Mapping[int, str]) -> _Entry:
    number = entry.get("image_id")
    known = images.get(number) if isinstance(number, int) else None
    picture = str(entry.get("file_name") or known or number)
    return _Entry(picture, entry["keypoints"], entry.get("score"), entry.get("bbox"))


def _openpose_entries(people: Iterable[dict[str, Any]], path: Path) -> Iterator[_Entry]:
    for person in people:
        yield _Entry(path.stem.removesuffix(OPENPOSE_ENDING), person.get("pose_keypoints_2d"))


def _collect(entries: Iterable[_Entry], found: _Found, *, source: str) -> None:
    for entry in entries:
        people = found.people.setdefault(entry.picture, [])
        place = f"{entry.picture}, person {len(people) + 1}"
        try:
            pose, mended = read_person(
                entry.values, source=source, score=entry.score, bbox_xywh=entry.bbox_xywh
            )
        except UnusableKeypointsError as error:
            found.problems.append(f"{place}: {error}; left out")
            continue
        people.append(pose)
        if mended:
            found.problems.append(f"{place}: {mended}")


def _keep_the_best(found: _Found) -> None:
    for picture, people in found.people.items():
        if len(people) > MAX_PEOPLE:
            found.problems.append(f"{picture}: {len(people)} people, the best {MAX_PEOPLE} by score are kept")
            best = sorted(people, key=lambda pose: -pose.score)[:MAX_PEOPLE]
            people[:] = best
