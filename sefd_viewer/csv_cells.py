"""Tables as CSV or Parquet; words that a spreadsheet would take for a formula stay words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.atomic import write_file
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import polars as pl

    Rows = pl.DataFrame | Sequence[Mapping[str, Any]]


_FORMULA = r"^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
_NUMBER = r"^[+\-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?$"


def harmless(cell: Any) -> Any:
    """The cell, with an apostrophe before words that begin like a formula (= + - @); numbers stay.

    Whoever makes a data set or a run chooses names and notes, and a formula may start a program.
    """
    is_formula = isinstance(cell, str) and re.match(_FORMULA, cell) and not re.match(_NUMBER, cell)
    return f"'{cell}" if is_formula else cell


def as_it_was(cell: str) -> str:
    """The words that `harmless` made a cell of."""
    return cell[1:] if cell.startswith("'") and re.match(_FORMULA, cell) else cell


def csv_of_rows(heading: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows under a heading as CSV in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([harmless(cell) for cell in row] for row in (heading, *rows))
    return text.getvalue().encode("utf-8", "surrogateescape")


def csv_of_frame(frame: pl.DataFrame) -> bytes:
    """A table as CSV in UTF-8; the names of its columns are words too."""
    import polars as pl
    import polars.selectors as cs

    names = cs.expand_selector(frame, cs.string() | cs.categorical() | cs.enum())
    columns = [pl.col(name).cast(pl.String) for name in names]
    safe = (pl.when(_is_formula(words)).then(pl.lit("'") + words).otherwise(words) for words in columns)
    shown = frame.with_columns(one.alias(name) for one, name in zip(safe, names, strict=True))
    return shown.rename(harmless).write_csv().encode()


def _is_formula(words: pl.Expr) -> pl.Expr:
    return words.str.contains(_FORMULA) & ~words.str.contains(_NUMBER)


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
