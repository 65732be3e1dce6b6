"""Tables that the window shows, as files for other programs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.atomic import write_file
from sefd_viewer.csv_cells import csv_of_frame
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import polars as pl

    Rows = pl.DataFrame | Sequence[Mapping[str, Any]]


def write_table(path: Path, rows: Rows) -> int:
    """Write rows as CSV or Parquet, as the ending of `path` says; how many there were.

    A number that is not known (nan) is an empty cell. Raises SefdError for another ending, without rows, and
    when the file cannot be written.
    """
    import polars as pl
    import polars.selectors as cs

    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet"):
        raise SefdError("tables are CSV or Parquet", where=path, remedy="End the name with .csv")
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
    if not frame.height:
        raise SefdError(
            "there is nothing to export yet", remedy="Wait until the table has rows, or clear its filter"
        )
    frame = frame.with_columns(cs.float().fill_nan(None))
    content = io.BytesIO()
    if ending == ".parquet":
        frame.write_parquet(content)
    write_file(path, content.getvalue() or csv_of_frame(frame))
    return frame.height
