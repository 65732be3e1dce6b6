"""One row per person of a data set, to filter, sort and draw: out of the index where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import polars as pl

from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.index.part_people import people_of_part, tables
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset, Person, Record

SCHEMA = {
    "position": pl.Int32,
    "record": pl.String,
    "person": pl.String,
    "view": pl.String,
    "subject": pl.String,
    "action": pl.String,
    "moment": pl.String,
    "width": pl.Float32,
    "height": pl.Float32,
    "box_x": pl.Float32,
    "box_y": pl.Float32,
    "box_w": pl.Float32,
    "box_h": pl.Float32,
    "keypoints": pl.UInt8,
    "smpl": pl.Boolean,
    "camera": pl.Boolean,
    "fit_error": pl.Float32,
    "score": pl.Float32,
    "problem": pl.String,
    "skipped": pl.UInt16,
}
"""Columns: position of the record in the data set, keys, words, pixels; `skipped` counts who is left out."""


@runtime_checkable
class WithPeople(Protocol):
    """A part of a data set that knows its table of people."""

    def people(self) -> pl.DataFrame:
        """The rows of the part's people; positions are those in the part."""


def people_table(dataset: Dataset) -> pl.DataFrame:
    """A row per person who is shown, in order; a record without one has a row whose `person` is null.

    Columns are those of SCHEMA. `problem` is the first thing that is wrong with the person or the record, or
    why there is no body, or ""; pictures are not looked at. Annotated sets give it without making records.
    """
    records = dataset.records
    parts = records.parts if isinstance(records, LazySequence) else ()
    if not parts:
        return walked_table(dataset)
    frames, start = [], 0
    for part in parts:
        count = len(part.keys)
        if isinstance(part, PicturePart):
            frame = people_of_part(part).with_columns(pl.col("position") + start)
        elif isinstance(part, WithPeople):
            frame = part.people().with_columns(pl.col("position") + start)
        else:
            frame = _walked((part.build(position) for position in range(count)), start)
        frames.append(frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
        start += count
    return pl.concat(frames)


def walked_table(dataset: Dataset) -> pl.DataFrame:
    """The same table by making every record, whatever the data set is."""
    return _walked(dataset.records, 0)


def _walked(records: Iterable[Record], start: int) -> pl.DataFrame:
    rows = [row for place, record in enumerate(records, start) for row in _rows(record, place)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _rows(record: Record, position: int) -> list[tuple[object, ...]]:
    left_out = [one.reason.value for one in record.skipped if not one.shown]
    width, height = record.size or (None, None)
    head = (position, record.key)
    about = (record.view, None, None, record.moment, width, height)
    if not record.people:
        problem = _first((*record.problems, *left_out))
        nobody = (None, None, None, None, 0, False, record.camera is not None, None, None)
        return [(*head, None, *about, *nobody, problem, len(left_out))]
    return [
        (
            *head,
            person.key,
            *about,
            *_of_person(person, record),
            _first(_problems_of(person, record)),
            len(left_out),
        )
        for person in record.people
    ]


def _of_person(person: Person, record: Record) -> tuple[object, ...]:
    """Box, number of visible keypoints, whether there are a body and a camera, fit error and score."""
    pose = person.pose2d
    box = [None] * 4 if person.bbox_xywh is None else person.bbox_xywh.tolist()
    seen = 0 if pose is None else int(np.count_nonzero(pose.keypoints[:, 2] > 0))
    camera = person.camera is not None or record.camera is not None
    score = None if pose is None else pose.score
    return (*box, seen, person.truth is not None, camera, None, score)


def _problems_of(person: Person, record: Record) -> list[str]:
    own = [words for words in record.problems if words.startswith(f"person {person.key}: ")]
    reasons = [one.reason.value for one in record.skipped if one.shown and one.key == person.key]
    shared = [words for words in record.problems if not words.startswith("person ")]
    return [*own, *reasons, *shared]


def _first(words: Sequence[str]) -> str:
    return words[0] if words else ""


def record_words(dataset: Dataset) -> pl.DataFrame:
    """Title (the key where no more is known) and key of each record in order: `title` and `record`."""
    records = dataset.records
    if not isinstance(records, LazySequence):
        titles = [f"{record.title} {record.view or ''}" for record in records]
        return pl.DataFrame({"title": titles, "record": [record.key for record in records]})
    frames = []
    for part in records.parts:
        if isinstance(part, PicturePart):
            frames.append(tables(part)[0].select("title", "record"))
        else:
            frames.append(_keys(part.keys))
    return pl.concat(frames) if frames else _keys([])


def _keys(keys: Sequence[str]) -> pl.DataFrame:
    words = pl.Series(list(keys), dtype=pl.String)
    return pl.DataFrame({"title": words, "record": words})
