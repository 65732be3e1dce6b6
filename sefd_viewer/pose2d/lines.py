"""2D poses in lines of text: YOLO's labels and predictions, DeepLabCut's tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.geometry.skeletons import of_length
from sefd_viewer.pose2d.entries import Entry, Images, PoseFormat, labelled

_VISIBLE, _ABSENT = 2.0, 0.0
"""COCO's visibility."""


def _is_yolo(content: Any) -> bool:
    if not isinstance(content, list) or not content or not all(isinstance(line, str) for line in content):
        return False
    rows = [line.split() for line in content if line.strip()]
    try:
        places = [[float(word) for word in row] for row in rows]
    except ValueError:
        return False
    return bool(rows) and all(
        len(row) > 5 and row[0].is_integer() and all(0 <= one <= 1 for one in row[1:5]) for row in places
    )


def _yolo(lines: list[str], path: Path, _images: Images) -> Iterator[Entry]:
    """Class, box and joints, all shares of the picture; predictions may end with a score and a track."""
    for row in (np.array(line.split(), dtype=np.float64) for line in lines if line.strip()):
        joints, score = _yolo_joints(row[5:])
        labels = bool(np.isin(joints[:, 2], (0, 1, 2)).all())
        box = [*(row[1:3] - row[3:5] / 2), *row[3:5]]
        yield Entry(path.stem, joints, score, box, annotated=labels, fractions=True)


def _yolo_joints(numbers: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Joints (K, 3) and the person's score: x y v of a known number of joints, else x y alone."""
    for width in (3, 2):
        for more in (0, 1, 2):
            count, rest = divmod(len(numbers) - more, width)
            if not rest and of_length(count):
                rows = numbers[: count * width].reshape(count, width)
                seen = np.where((rows[:, :2] == 0).all(axis=1), _ABSENT, _VISIBLE)
                joints = rows if width == 3 else np.column_stack([rows, seen])
                return joints, float(numbers[count * width]) if more else None
    raise ValueError(f"{len(numbers)} numbers after a box are no known number of joints")


def _is_deeplabcut(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and str(content[0]).startswith("scorer,")


def _deeplabcut(lines: list[str], _path: Path, _images: Images) -> Iterator[Entry]:
    """Rows of frames; columns by (individual and) body part and coordinate. Labels name pictures."""
    table = list(csv.reader(lines))
    head = {row[0]: row for row in table[:4] if row[0] in ("individuals", "bodyparts", "coords")}
    first = len(head) + 1
    start = next(column for column, word in enumerate(head["coords"]) if word in ("x", "y"))
    single = ["one"] * len(head["coords"])
    for row in table[first:]:
        people: dict[str, dict[str, dict[str, float]]] = {}
        for column in range(start, len(row)):
            who, part = head.get("individuals", single)[column], head["bodyparts"][column]
            value = float(row[column]) if row[column] else np.nan
            people.setdefault(who, {}).setdefault(part, {})[head["coords"][column]] = value
        picture = row[start - 1] if start > 1 or not row[0].isdecimal() else row[0]
        for parts in people.values():
            points = {
                name: (one["x"], one["y"], one.get("likelihood", _VISIBLE))
                for name, one in parts.items()
                if np.isfinite(one["x"])
            }
            if points:
                yield replace(labelled(picture, points), annotated="likelihood" not in head["coords"])


FORMATS = (
    PoseFormat(
        "YOLO pose",
        "Ultralytics' labels and `save_txt`",
        "`labels/<picture>.txt`, or the folder",
        "their number, the points",
        "the file's name",
        _is_yolo,
        _yolo,
    ),
    PoseFormat(
        "DeepLabCut",
        "DeepLabCut",
        "`*.csv`",
        "names in the file",
        "frame numbers from 0, picture names",
        _is_deeplabcut,
        _deeplabcut,
        numbered=True,
    ),
)
