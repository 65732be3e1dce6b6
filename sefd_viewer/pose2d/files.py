"""Files of 2D poses, told apart by content: what estimators and people who label write, and our own."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import orjson

from sefd_viewer.body.stored_values import HDF5, MATLAB, read_stored
from sefd_viewer.errors import DAMAGED, PoseFileError, SefdError
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.geometry.skeletons import Skeleton, UnknownSkeletonError, published
from sefd_viewer.plain_files import is_folder, read_file
from sefd_viewer.pose2d import estimators, labels, tables
from sefd_viewer.pose2d.editing_file import edited_poses, is_edited_poses
from sefd_viewer.pose2d.entries import Entry, PoseFormat, dicts_with
from sefd_viewer.pose2d.keypoints import (
    FractionsError,
    UnusableKeypointsError,
    as_keypoints,
    likely_order,
    read_person,
    seen_scores,
    stated_order,
)
from sefd_viewer.pose2d.pose_file import PoseFile, estimated_poses, is_estimated_poses

MAX_PEOPLE = 30
"""People per picture that are kept, the best by score."""

FORMATS: tuple[PoseFormat, ...] = (*labels.FORMATS, *tables.FORMATS, *estimators.FORMATS)
"""Every kind of file that is read, in the order in which they are looked for."""

_ALL = (*labels.REFUSED, *FORMATS)
_ENDINGS = ("_keypoints.json", ".json", ".txt", ".xml", ".csv")
"""Endings of a folder's files, one per picture, of which the first that is there counts."""
_DEPTH, _MOST_FOLDERS = 4, 2000
_REMEDY = (
    "Expected is what MMPose, AlphaPose, OpenPose, Ultralytics, MediaPipe, COCO or a labelling tool writes "
    "(docs/formats.md), or {picture name: [person: rows of x, y, score]}"
)
_WRAPPERS = ("results", "predictions", "annotations", "instances", "detections", "data")
_BESIDE = ("images", "categories", "shapes", "people", "instance_info", "annolist", "items")
"""Lists by which dictionaries are kinds of their own; what a list of people may be called otherwise."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP, _MOST_UNPACKED = b"\x1f\x8b", 1 << 30
_IN_ORDER = 1000.0
"""Shares of a picture times this are large enough to tell the order of joints by."""


_BY_NUMBER = (
    "none of its image_id is an id of the set's pictures: these were found by the numbers in their names"
)


@dataclass
class _Found:
    """What reading collects; `fractions` says that somebody was left out for having no pixels."""

    people: dict[str, list[Pose2D]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    fractions: bool = False


def read_poses(
    path: str | Path, *, images: Mapping[int, str] | None = None, joints: str | None = None
) -> PoseFile:
    """Read a pose file, or a folder of files of one kind, one per picture.

    `images` gives picture names by image id for COCO results, as the set's own files of annotations do;
    without it, or where none of its ids is in the file, an id is looked up as the number at the end of a
    picture's name, which is told. `joints` names the order of the joints (one of `skeletons.PUBLISHED`);
    else the file's joint names decide, then which usual order makes people of the points. Single entries
    that are broken become problems. Raises PoseFileError that names file and line when the file is no pose
    file, or nobody in it is usable.
    """
    path = Path(path)
    order = None if joints is None else _chosen(joints)
    folder = is_folder(path)
    files = _files(path) if folder else [path]
    entries, numbered, problems = list[Entry](), folder, list[str]()
    for file in files:
        content = read_content(file)
        if is_edited_poses(content):
            return _edited(content)
        if is_estimated_poses(content):
            return estimated_poses(content)
        kind = recognised(content)
        if kind is None:
            error = PoseFileError("this is not a file of 2D poses", where=file, remedy=_REMEDY)
            if len(files) == 1:
                raise error
            problems.append(str(error))
            continue
        numbered |= kind.numbered
        found_here = _read(kind, content, file, images or {})
        if images and kind.by_id and all(entry.picture.isdigit() for entry in found_here):
            problems.append(f"{file.name}: {_BY_NUMBER}")
        where = _where(file, path, several=kind.numbered and len(files) > 1) if folder else ""
        entries += [_within(entry, where) for entry in found_here] if where else found_here
    if not entries and len(problems) == len(files):
        raise PoseFileError(f"no file here is one of 2D poses: {problems[0]}", where=path, remedy=_REMEDY)
    if not entries and not folder:
        raise PoseFileError("nobody is in this file", where=path, remedy="Choose a file with people")
    found = _Found({entry.picture: [] for entry in entries}, problems)
    by_openpose = any(entry.by_openpose for entry in entries)
    _collect(entries, found, order, source=f"{'OpenPose, ' if by_openpose else ''}file {path.name}")
    if found.problems and not found.fractions and not any(found.people.values()):
        raise PoseFileError(f"nobody here is usable: {found.problems[0]}", where=path, remedy=_REMEDY)
    _keep_the_best(found)
    shares = frozenset(entry.picture for entry in entries if entry.fractions)
    return PoseFile(found.people, tuple(found.problems), numbered, fractions=shares)


def recognised(content: Any) -> PoseFormat | None:
    """The kind of file that holds such content; None for none that is known."""
    return next((kind for kind in _ALL if _holds(kind, content)), None)


def _unwrapped(content: Any) -> Any:
    """The list of people in a dictionary that has nothing else of the kind, as web services answer."""
    if not isinstance(content, dict) or any(isinstance(content.get(name), list) for name in _BESIDE):
        return content
    inside = [content[name] for name in _WRAPPERS if dicts_with(content.get(name))]
    return inside[0] if len(inside) == 1 and recognised(inside[0]) is not None else content


def _holds(kind: PoseFormat, content: Any) -> bool:
    try:
        return kind.holds(content)
    except DAMAGED:  # named alike, and something else
        return False


def _read(kind: PoseFormat, content: Any, file: Path, images: Mapping[int, str]) -> list[Entry]:
    try:
        return list(kind.read(content, file, images))
    except SefdError as error:
        raise PoseFileError(error.what, where=file, remedy=error.remedy) from error
    except (StopIteration, *DAMAGED) as error:
        words = f"this is a file of {kind.name}, and is damaged ({type(error).__name__}: {error})"
        raise PoseFileError(words, where=file, remedy="Let the program write it again") from error


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


def _files(folder: Path) -> list[Path]:
    """The files of a folder, or of all folders on the first level below that has any: OpenPose's by their
    names, else all of one ending."""
    folders = [folder]
    for _ in range(_DEPTH):
        listed = [one for parent in folders for one in sorted(parent.iterdir()) if one.name[0] != "."]
        for ending in _ENDINGS:
            if files := [one for one in listed if one.name.lower().endswith(ending) and one.is_file()]:
                return [file for file in files if file.name != "classes.txt"]
        folders = [one for one in listed if one.is_dir()][:_MOST_FOLDERS]
    raise PoseFileError(
        f"this folder has no files of 2D poses ({', '.join(f'*{ending}' for ending in _ENDINGS)})",
        where=folder,
        remedy="Choose the folder that an estimator wrote its files to, or a single pose file",
    )


def _where(file: Path, folder: Path, *, several: bool) -> str:
    """The folders that a file lies in below the chosen one, and, with `several` of numbered pictures, its own
    name without what DeepLabCut adds: either may say which camera or sequence its pictures are of."""
    parts = [*file.relative_to(folder).parent.parts, *([file.stem.partition("DLC")[0]] if several else [])]
    return "/".join(part.removesuffix("_json") for part in parts if part)


def _within(entry: Entry, where: str) -> Entry:
    """The entry with its picture's name below the folder that the file lies in."""
    return entry if "/" in entry.picture else replace(entry, picture=f"{where}/{entry.picture}")


# ---- from bytes to content


def read_content(path: Path) -> Any:
    """What a file holds: what its JSON says, the root of its XML, its lines, the arrays of HDF5 and MATLAB.

    nan and infinity, which strict JSON forbids but Python writes, are read too, and JSON lines as a list; all
    of it also packed by gzip. Raises PoseFileError.
    """
    try:
        data = read_file(path)
    except OSError as error:
        raise PoseFileError(
            f"this cannot be read ({error.strerror})", where=path, remedy="Choose another file"
        ) from error
    if data.startswith((HDF5, MATLAB)):
        return _binary(path)
    if data.startswith(_GZIP):
        data = _unzipped(data, path)
    if data.startswith(_UTF16):
        data = _decoded(data, path, "utf-16").encode()
    begin = data[:256].lstrip(b"\xef\xbb\xbf \r\n\t")
    if begin.startswith(b"<"):
        return _xml(data, path)
    if path.name.lower().removesuffix(".gz").endswith((".txt", ".csv")) and not begin.startswith(
        (b"[", b"{")
    ):
        return _decoded(data, path).splitlines()
    try:
        return _unwrapped(orjson.loads(data))
    except orjson.JSONDecodeError:
        return _unwrapped(_read_lenient(data, path))


def _binary(path: Path) -> Any:
    try:
        return read_stored(path)
    except SefdError as error:
        raise PoseFileError(error.what, where=path, remedy=error.remedy) from error


def _unzipped(data: bytes, path: Path) -> bytes:
    machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        content = machine.decompress(data, _MOST_UNPACKED)
    except zlib.error as error:
        raise PoseFileError(
            f"the packed file cannot be read ({error})",
            where=path,
            remedy="Unpack it, or copy it again: it is cut short or damaged",
        ) from error
    if not machine.eof:
        words = "it ends too early" if not machine.unconsumed_tail else "it is too large when unpacked"
        raise PoseFileError(
            f"the packed file cannot be read ({words})",
            where=path,
            remedy="Unpack it, or copy it again: it is cut short or damaged",
        )
    return content


def _xml(data: bytes, path: Path) -> Any:
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise PoseFileError(f"this is not valid XML: {error}", where=path, remedy=_REMEDY) from error


def _decoded(data: bytes, path: Path, encoding: str = "utf-8-sig") -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise PoseFileError("this is not JSON text", where=path, remedy=_REMEDY) from error


def _read_lenient(data: bytes, path: Path) -> Any:
    text = _decoded(data, path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = _json_lines(text) if error.msg == "Extra data" else None
        if lines is not None:
            return lines
        place = f"line {error.lineno}, column {error.colno}"
        raise PoseFileError(
            f"this is not valid JSON: {error.msg} at {place}", where=path, remedy="Write the file again"
        ) from error
    except RecursionError as error:
        raise PoseFileError("this is not JSON text", where=path, remedy=_REMEDY) from error


def _json_lines(text: str) -> list[Any] | None:
    try:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None


# ---- from entries to people


def _collect(entries: Iterable[Entry], found: _Found, order: Skeleton | None, *, source: str) -> None:
    """Make people of entries, all of those with as many and equally named joints in one order."""
    alike: dict[tuple[object, ...], list[tuple[Entry, np.ndarray]]] = {}
    for entry in entries:
        try:
            if entry.refused:
                raise UnusableKeypointsError(entry.refused)
            keypoints = as_keypoints(entry.values)
        except UnusableKeypointsError as error:
            found.problems.append(f"{_place(entry, found)}: {error}; left out")
        else:
            alike.setdefault((repr(entry.names), len(keypoints), entry.fractions), []).append(
                (entry, keypoints)
            )
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


def _order(entry: Entry, people: np.ndarray, chosen: Skeleton | None, found: _Found) -> Skeleton:
    """The order of people (P, K, 3) like this one: the chosen, the stated, or the one that fits."""
    if chosen is not None:
        if chosen.count != people.shape[1]:
            raise UnknownSkeletonError(f"{people.shape[1]} keypoints instead of {chosen.count}")
        return chosen
    if entry.fractions:
        people = people * [_IN_ORDER, _IN_ORDER, 1.0]
    stated = stated_order(people, entry.names)
    if stated is not None:
        return stated
    likely, words = likely_order(people)
    if words is not None:
        found.problems.append(f"{words}. Name the order with --joints {likely.name} if that is right")
    return likely


def _add(entry: Entry, keypoints: np.ndarray, skeleton: Skeleton, found: _Found, source: str) -> None:
    place = _place(entry, found)
    try:
        pose, mended = read_person(
            keypoints,
            skeleton,
            source=source,
            score=entry.score,
            bbox_xywh=entry.bbox_xywh,
            fractions=entry.fractions,
        )
    except UnusableKeypointsError as error:
        found.fractions |= isinstance(error, FractionsError)
        found.problems.append(f"{place}: {error}; left out")
        return
    found.people[entry.picture].append(pose)
    if mended:
        found.problems.append(f"{place}: {mended}")


def _place(entry: Entry, found: _Found) -> str:
    return f"{entry.picture}, person {len(found.people[entry.picture]) + 1}"


def _keep_the_best(found: _Found) -> None:
    for picture, people in found.people.items():
        if len(people) > MAX_PEOPLE:
            found.problems.append(f"{picture}: {len(people)} people, the best {MAX_PEOPLE} by score are kept")
            best = sorted(people, key=lambda pose: -pose.score)[:MAX_PEOPLE]
            people[:] = best
