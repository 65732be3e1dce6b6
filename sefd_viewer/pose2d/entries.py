"""One person as a file of 2D poses holds it, and what a kind of such files is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.errors import DAMAGED
from sefd_viewer.geometry.skeletons import LIMB_JOINTS, our_names
from sefd_viewer.pose2d.pose_file import as_id, plain_name

Images = Mapping[Any, str]
"""Names of pictures by their id."""


@dataclass(frozen=True)
class Entry:
    """One person as found in a file: the picture, the numbers, and the person's own score and box.

    `values` are rows of x, y, score in any nesting; `names` the joints' names where the file has some.
    `annotated` people come from annotations; `by_openpose` ones from OpenPose, whose confidences are lower
    than others'. With `fractions` x is a share of the picture's width, y of its height. `refused` says why
    somebody cannot be used.
    """

    picture: str
    values: Any
    score: Any = None
    bbox_xywh: Any = None
    names: tuple[object, ...] = ()
    annotated: bool = False
    by_openpose: bool = False
    fractions: bool = False
    refused: str = ""


@dataclass(frozen=True)
class PoseFormat:
    """A kind of file: which programs write it, how its joints and pictures are told, how it is read.

    `holds` tells by the content: what JSON holds, the root of an XML file, or a text's lines. `read` gives
    everybody, and may raise KeyError, TypeError and the like for a damaged file.
    """

    name: str
    programs: str
    files: str
    joints: str
    pictures: str
    holds: Callable[[Any], bool]
    read: Callable[[Any, Path, Images], Iterable[Entry]]
    numbered: bool = False
    """Pictures are only numbered: a number is looked up at the end of pictures' names."""
    by_id: bool = False
    """The numbers are ids of pictures in a set's own file of annotations, where that is known."""


def dicts_with(values: object, *names: str) -> bool:
    """Whether this is a list, not empty, of dictionaries that all have these names."""
    return (
        isinstance(values, list)
        and bool(values)
        and all(isinstance(one, dict) and all(name in one for name in names) for one in values)
    )


def has(content: object, *names: str) -> bool:
    """Whether this is a dictionary with all these names."""
    return isinstance(content, dict) and all(name in content for name in names)


def picture_called(entry: Mapping[str, Any], images: Images, otherwise: str) -> str:
    """What a person's picture is called: by the file's name, a name known by its id, or the id itself.

    Where ids are known one that is not among them names no picture, whatever number a file's name ends with.
    """
    number = as_id(entry.get("image_id"))
    known = entry.get("file_name") or images.get(number)
    if images and not known and number is not None:
        return f"image_id {number} (of no picture here)"
    return str(known or (otherwise if number is None and otherwise else number))


def own_name(path: Path) -> str:
    """What a file that is about one picture calls it: its own name without the endings that tools add."""
    name = re.sub(r"(\.json)?(\.gz)?$", "", path.name, count=1, flags=re.IGNORECASE)
    name = name.removesuffix(".predictions").removesuffix("_keypoints")
    return name if name != path.name else path.stem


def file_part(name: str) -> str:
    """The last part of a path of any machine."""
    return plain_name(name).rpartition("/")[2]


def corner_box(corners: Any) -> list[float] | None:
    """The box x y w h of corners x1 y1 x2 y2 (4 or more numbers, also in one more list); None for others."""
    try:
        x1, y1, x2, y2 = np.asarray(corners, dtype=np.float64).ravel()[:4]
    except DAMAGED:
        return None
    return [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]


def rows_of(points: Any, scores: Any) -> np.ndarray:
    """Rows x, y, score (K, 3) of points (K, 2 or more) and scores (K,). Raises TypeError or ValueError."""
    places = np.asarray(points, dtype=np.float64)
    places = (places[0] if places.ndim == 3 and len(places) == 1 else places)[:, :2]
    return np.column_stack([places, np.asarray(scores, dtype=np.float64).reshape(len(places))])


_NAMED = (*LIMB_JOINTS, "Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear", "Neck", "Head_top", "Pelvis")


def labelled(picture: str, points: Mapping[str, Sequence[float]], **more: Any) -> Entry:
    """Somebody whose joints `points` carry names each, x y and COCO's visibility; others are unlabelled."""
    known = our_names(list(points))
    values = {ours: row for ours, row in zip(known, points.values(), strict=True) if ours is not None}
    if not set(values) & set(_NAMED):
        some = ", ".join(list(points)[:4])
        return Entry(picture, None, refused=f"the points are named {some}, and none of them is a joint")
    rows = [values.get(name, (0.0, 0.0, 0.0)) for name in _NAMED]
    return Entry(picture, rows, names=_NAMED, annotated=True, **more)


def grouped(points: Iterable[tuple[Any, str, Sequence[float]]]) -> Iterator[dict[str, Sequence[float]]]:
    """People (joint by name) of points (group, name, x y v): those of a group; a name that recurs begins one.

    Those without a group (None) are a group, too.
    """
    people: dict[Any, list[dict[str, Sequence[float]]]] = {}
    for group, name, row in points:
        own = people.setdefault(group, [{}])
        if name in own[-1]:
            own.append({})
        own[-1][name] = row
    for found in people.values():
        yield from found
