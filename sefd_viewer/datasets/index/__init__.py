"""Annotated data sets kept ready in the user's cache, so that they are read once; and the table of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polars import DataFrame

    from sefd_viewer.datasets.records import Dataset

__all__ = ["people_table"]


def people_table(dataset: Dataset) -> DataFrame:
    """A row per person who is shown, in order; see `sefd_viewer.datasets.index.people_rows`."""
    from sefd_viewer.datasets.index.people_rows import people_table as table

    return table(dataset)
