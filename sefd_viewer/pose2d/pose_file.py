"""The people of a file of 2D poses, found by the names pictures go by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import orjson

from sefd_viewer.atomic import write_file
from sefd_viewer.errors import DAMAGED
from sefd_viewer.geometry.joints import COCO17, Pose2D


def as_id(value: object) -> int | str | None:
    """An id as it is compared: 7, "7", 7.0 and "7.0" are the same one; None for what is no id."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and (number := re.fullmatch(r"(0|-?[1-9][0-9]{0,17})(\.0+)?", value)):
        return int(number[1])
    return value if isinstance(value, int | str) else None


def plain_name(name: str) -> str:
    """A picture's path with forward slashes, without drive, `file:` and steps out of its folder."""
    slashed = re.sub(r"^(file:/*|[A-Za-z]:)", "", name.replace("\\", "/"))
    return "/".join(part for part in slashed.split("/") if part not in ("", ".", ".."))


def endings(name: str) -> list[str]:
    """The path and what remains of it without its first folders, the longest first."""
    parts = PurePosixPath(plain_name(name)).parts
    return ["/".join(parts[start:]) for start in range(len(parts))]


_SIZE = re.compile(r"_\d{3,4}x\d{3,4}$")
"""The size that some sets write behind a picture's name, as AGORA behind that of its smaller ones."""


def without_size(stem: str) -> str:
    """A picture's name without the size behind it."""
    return _SIZE.sub("", stem)


@dataclass(frozen=True, eq=False)
class PoseFile(Mapping[str, list[Pose2D]]):
    """People by picture, as the file names the pictures, and what is wrong with single entries, in words.

    Looking up also finds a picture by as many of its last folders as both sides know, by its name without
    ending, and, for formats that only number pictures (`numbered`), by the number at the end of its name.
    Iterating gives the file's own names alone. `people` are the keys that a picture's people have in the data
    set, where the file knows them. The people of pictures in `fractions` are in shares of the picture's size
    until `in_pixels` is told that. `by_key` are the names by the keys of a set's records, once the file
    was matched with a set.
    """

    poses: dict[str, list[Pose2D]]
    problems: tuple[str, ...] = ()
    numbered: bool = False
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fractions: frozenset[str] = frozenset()
    by_key: Mapping[str, str] | None = None

    def keys_in(self, name: str) -> tuple[str, ...] | None:
        """The keys of a picture's people in the data set, in their order; None where the file has none."""
        return self.people.get(self.named(name) or "")

    def in_pixels(self, name: str, size: Callable[[], tuple[int, int]]) -> list[Pose2D]:
        """The people of a picture of this (width, height), which is only asked for where it is needed."""
        poses = self[name]
        if self.named(name) not in self.fractions:
            return poses
        sides = np.array(size(), dtype=np.float32)
        return [
            replace(
                pose,
                keypoints=pose.keypoints * [*sides, 1],
                bbox_xywh=pose.bbox_xywh * [*sides, *sides],
            )
            for pose in poses
        ]

    def __getitem__(self, name: str) -> list[Pose2D]:
        """The people of a picture; KeyError when the file does not speak of it."""
        found = self.named(name)
        if found is None:
            raise KeyError(name)
        return self.poses[found]

    def __iter__(self) -> Iterator[str]:
        return iter(self.poses)

    def __len__(self) -> int:
        return len(self.poses)

    def named(self, name: str) -> str | None:
        """What the file calls a picture; None when it does not speak of it."""
        for form in (name, *_shorter(name, numbered=self.numbered)):
            found = form if form in self.poses else self._by_shorter_name.get(form)
            if found is not None:
                return found
        return None

    @cached_property
    def _by_shorter_name(self) -> dict[str, str]:
        """The file's names by their shorter forms, where these are unambiguous."""
        pairs = [(key, name) for name in self.poses for key in set(_shorter(name, numbered=self.numbered))]
        uses = Counter(key for key, _ in pairs)
        return {key: name for key, name in pairs if uses[key] == 1}


def _shorter(name: str, *, numbered: bool) -> list[str]:
    """Ways to call a picture, the most exact first: fewer folders, no ending, no size, its last number."""
    paths = [PurePosixPath(path) for path in endings(name)]
    forms = [form for path in paths for form in (str(path), str(path.with_suffix("")))]
    forms += [form for path in paths[-1:] if (form := without_size(path.stem)) != path.stem]
    number = re.search(r"([0-9]+)$", paths[-1].stem) if paths else None
    if numbered and number:
        forms.append(f"number {int(number[1])}")
    return forms


FORMAT = "sefd-viewer estimated 2D poses 1"
FILE_NAME = "estimated_poses.json"
"""The file's name beside a data set, where `evaluate --poses estimated` looks for it."""
ESTIMATED = "estimated"
"""What estimated poses say of their source."""


def is_estimated_poses(content: object) -> bool:
    """Whether the content of a JSON file is of this format."""
    return isinstance(content, dict) and content.get("format") == FORMAT


def write_estimated_poses(path: Path, seed: int, people: Mapping[str, Mapping[str, Pose2D]]) -> None:
    """Write people by record and by their own key; raises OSError."""
    pictures = {
        record: {
            person: {
                "keypoints": np.round(pose.keypoints.astype(np.float64), 3).ravel().tolist(),
                "bbox_xywh": np.round(pose.bbox_xywh.astype(np.float64), 2).tolist(),
            }
            for person, pose in poses.items()
        }
        for record, poses in people.items()
    }
    write_file(path, orjson.dumps({"format": FORMAT, "seed": seed, "pictures": pictures}))


def estimated_poses(content: Mapping[str, Any]) -> PoseFile:
    """The people of a file; those that are broken become problems."""
    pictures, problems = content.get("pictures"), list[str]()
    people: dict[str, list[Pose2D]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for record, listed in pictures.items() if isinstance(pictures, dict) else ():
        entries = listed.items() if isinstance(listed, dict) else ()
        found = {person: _pose(entry) for person, entry in entries}
        problems += [f"{record}, person {key}: broken; left out" for key, one in found.items() if one is None]
        people[record] = [pose for pose in found.values() if pose is not None]
        keys[record] = tuple(key for key, pose in found.items() if pose is not None)
    return PoseFile(people, tuple(problems), people=keys)


def _pose(entry: object) -> Pose2D | None:
    if not isinstance(entry, dict):
        return None
    try:
        keypoints = np.asarray(entry.get("keypoints"), np.float32).reshape(COCO17.count, 3)
        box = np.asarray(entry.get("bbox_xywh"), np.float32).reshape(4)
    except DAMAGED:
        return None
    if not np.isfinite(keypoints).all() or not np.isfinite(box).all():
        return None
    return Pose2D(COCO17.name, keypoints, box, float(keypoints[:, 2].mean()), ESTIMATED)
