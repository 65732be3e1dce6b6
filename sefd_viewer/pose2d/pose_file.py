"""The people of a file of 2D poses, found by the names pictures go by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.pose2d.naming import endings

_SIZE = re.compile(r"_\d{3,4}x\d{3,4}$")
"""The size that some sets write behind a picture's name, as AGORA behind that of its smaller ones."""


@dataclass(frozen=True, eq=False)
class PoseFile(Mapping[str, list[Pose2D]]):
    """People by picture, as the file names the pictures, and what is wrong with single entries, in words.

    Looking up also finds a picture by as many of its last folders as both sides know, by its name without
    ending, and, for formats that only number pictures (`numbered`), by the number at the end of its name.
    Iterating gives the file's own names alone. `people` are the keys that a picture's people have in the data
    set, where the file knows them. The people of pictures in `fractions` are in shares of the picture's size
    until `in_pixels` is told that.
    """

    poses: dict[str, list[Pose2D]]
    problems: tuple[str, ...] = ()
    numbered: bool = False
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fractions: frozenset[str] = frozenset()

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
    forms += [form for path in paths[-1:] if (form := _SIZE.sub("", path.stem)) != path.stem]
    number = re.search(r"([0-9]+)$", paths[-1].stem) if paths else None
    if numbered and number:
        forms.append(f"number {int(number[1])}")
    return forms
