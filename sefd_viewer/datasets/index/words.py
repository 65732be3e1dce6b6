"""What can be searched for in a data set: a row of words per record, without making the records."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.index.part_people import tables
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset


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
