"""The tables of one part: a row per picture and a row per annotated person, whatever is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.rows import CameraRows, PictureRows
from sefd_viewer.errors import shown

if TYPE_CHECKING:
    from sefd_viewer.datasets.annotations.columns import Labels
    from sefd_viewer.datasets.annotations.rows import PartRows, PersonRows, WorldJoints

PICTURES, PEOPLE = "pictures.parquet", "people.parquet"
_STEP = 1 << 16


def save_tables(rows: PartRows, folder: Path) -> NDArray[np.uint32]:
    """Write both tables; the pictures' positions by rising key (N,)."""
    pictures = picture_table(rows.pictures)
    for name, table in ((PICTURES, pictures), (PEOPLE, person_table(rows))):
        table.write_parquet(folder / name, compression="zstd", compression_level=1, statistics=False)
    order: NDArray[np.uint32] = pictures["record"].arg_sort().to_numpy()
    return order


def picture_table(pictures: PictureRows) -> pl.DataFrame:
    """Key, title, view, subject, action, moment, width and height (Float32, nan is unknown) of N pictures."""
    count = len(pictures.keys)
    titles = [shown(name) for name in pictures.names] if pictures.titles is None else pictures.titles
    subject = pictures.subject or None
    return pl.DataFrame(
        {
            "record": _text(pictures.keys),
            "title": _text(titles),
            "view": _labels(pictures.views, count),
            "subject": pl.repeat(subject, count, dtype=pl.String, eager=True),
            "action": _labels(pictures.actions, count),
            "moment": _labels(pictures.moments, count),
            "width": pictures.sizes[:, 0].astype(np.float32),
            "height": pictures.sizes[:, 1].astype(np.float32),
        }
    )


def person_table(rows: PartRows) -> pl.DataFrame:
    """Id, number of visible keypoints, score, and whether another in the picture has the same box."""
    people, count = rows.people, len(rows.people.ids)
    scores = np.full(count, np.nan, np.float32) if people.scores is None else people.scores
    return pl.DataFrame(
        {
            "person": _text(people.ids),
            "keypoints": visible_keypoints(rows),
            "score": np.asarray(scores, dtype=np.float32),
            "same_box": _same_box(people.boxes, rows.pictures.offsets),
        }
    )


def visible_keypoints(rows: PartRows) -> NDArray[np.uint8]:
    """How many keypoints of a person's 2D pose are visible (P,)."""
    people = rows.people
    counts = np.zeros(len(people.ids), dtype=np.uint8)
    for pose in people.poses:
        for start in range(0, len(counts), _STEP):
            keypoints = pose.keypoints[start : start + _STEP]
            seen = (np.isfinite(keypoints).all(axis=2) & (keypoints[..., 2] > 0)).sum(axis=1, dtype=np.uint8)
            part = counts[start : start + _STEP]
            part[:] = np.where(part > 0, part, seen)
    if people.world_joints is not None and rows.pictures.cameras is not None:
        return _seen_joints(people.world_joints, people, rows.pictures.cameras, rows.pictures.offsets)
    return counts


def picture_of_people(offsets: NDArray[np.integer]) -> NDArray[np.int64]:
    """Each person's picture (P,) from the pictures' `offsets` (N + 1,)."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _seen_joints(
    joints: WorldJoints, people: PersonRows, cameras: CameraRows, offsets: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """How many joints lie before the camera (P,)."""
    counts = np.zeros(len(people.ids), dtype=np.uint8)
    if len(cameras.table) == 0:
        return counts
    camera_rows = np.asarray(cameras.rows)[picture_of_people(offsets)]
    for start in range(0, len(counts), _STEP):
        part = slice(start, start + _STEP)
        lens = cameras.table[np.maximum(camera_rows[part], 0)]
        points = joints.points_world[joints.rows[part]]
        depth = np.einsum("pjk,pk->pj", points, lens[:, 10:13].astype(np.float32)) + lens[:, 15:16]
        seen = np.asarray(depth > 0).sum(axis=1, dtype=np.uint8)
        counts[part] = np.where(camera_rows[part] >= 0, seen, 0)
    return counts


def _same_box(boxes: NDArray[np.float32], offsets: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether another person in the picture has the same box (P,)."""
    same = np.zeros(len(boxes), dtype=bool)
    pictures = picture_of_people(offsets)
    crowded = np.flatnonzero(np.diff(offsets)[pictures] > 1)
    if len(crowded) == 0:
        return same
    values = np.column_stack([pictures[crowded].astype(np.float64), boxes[crowded].astype(np.float64)])
    order = np.lexsort(values.T)
    alike = (values[order][1:] == values[order][:-1]).all(axis=1)
    same[crowded[order[1:][alike]]] = True
    same[crowded[order[:-1][alike]]] = True
    return same


def _labels(labels: Labels | None, count: int) -> pl.Series:
    if labels is None:
        return pl.repeat(None, count, dtype=pl.String, eager=True)
    return _text(labels.words).gather(np.asarray(labels.codes, dtype=np.uint32))


def _text(words: Sequence[str]) -> pl.Series:
    return pl.Series([word if word.isascii() else shown(word) for word in words], dtype=pl.String)
