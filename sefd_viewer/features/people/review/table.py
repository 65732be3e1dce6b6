"""The rows under review: one for each person of a data set, with quick ways from a case to its row."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.people.review.crops import Wish

Case = tuple[str, str | None]
ANNOTATED = ("view", "subject", "action", "fit_error", "score", "problem")
"""Columns that many data sets do not fill."""


class ReviewTable(Whole):
    """One row per person, in the order of the records; `frame` is a polars frame with the index's columns."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def positions(self) -> NDArray[np.int32]:
        """Where each row's record is in the data set, (N,), rising."""
        import polars as pl

        # a copy, because NumPy copies what it must not write to at every search
        return self.frame["position"].cast(pl.Int32).to_numpy().copy()

    @cached_property
    def has_people(self) -> bool:
        """Whether anybody is annotated."""
        return self.frame["person"].null_count() < len(self)

    @cached_property
    def empty_columns(self) -> frozenset[str]:
        """The columns that hold nothing at all."""
        names = (name for name in ANNOTATED if name in self.frame.columns)
        missing = {name for name in ANNOTATED if name not in self.frame.columns}
        empty = {name for name in names if _is_empty(self.frame[name])}
        return frozenset(empty | missing)

    def rows_of(self, position: int) -> range:
        """The rows of the record at `position`."""
        import numpy as np

        wanted = np.array([position, position + 1], np.int32)  # of the same type: nothing is converted
        first, last = np.searchsorted(self.positions, wanted)
        return range(int(first), int(last))

    def row(self, position: int | None, person: str | None) -> int | None:
        """The row of a person of the record at `position`; its first row for an unknown person."""
        rows = self.rows_of(position) if position is not None else range(0)
        if not rows:
            return None
        keys = self.frame["person"][rows.start : rows.stop].to_list()
        return rows[keys.index(person)] if person in keys else rows[0]

    def case(self, row: int) -> Case:
        """Record and person of a row."""
        record, person = self.frame["record"][row], self.frame["person"][row]
        return str(record), None if person is None else str(person)

    def picture_of(self, dataset: Dataset, row: int) -> Wish:
        """How to get the record and the box (xywh, image pixels) that a row's small picture is cut from."""
        position = int(self.positions[row])
        sides = [self.frame[name][row] for name in ("box_x", "box_y", "box_w", "box_h")]
        known = all(side is not None and side == side for side in sides) and min(sides[2:]) > 0
        x, y, width, height = (float(side) for side in sides) if known else (0.0, 0.0, 0.0, 0.0)
        return lambda: (dataset.records[position], (x, y, width, height) if known else None)

    @cached_property
    def text(self) -> pl.Series:
        """What words are searched in, in small letters, row by row."""
        import polars as pl

        parts = ("record", "person", "view", "subject", "action", "problem")
        here = [pl.col(name).cast(pl.String).fill_null("") for name in parts if name in self.frame.columns]
        joined = pl.concat_str(here, separator="\n").str.to_lowercase().alias("text")
        return self.frame.select(joined).to_series()


def load_table(dataset: Dataset) -> ReviewTable:
    """The rows of a data set, from its index."""
    from sefd_viewer.datasets.index import people_table

    table = ReviewTable(people_table(dataset).sort("position", maintain_order=True))
    _ = table.text, table.empty_columns  # made here, off the screen's thread
    return table


def _is_empty(column: pl.Series) -> bool:
    """Whether a column holds neither numbers nor words."""
    import polars as pl

    return column.null_count() == len(column) or (column.dtype == pl.String and bool((column == "").all()))
