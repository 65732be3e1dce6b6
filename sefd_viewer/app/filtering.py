"""The one language in which people are filtered and ordered: SQL conditions with friendly names.

    student - baseline > 10 and hidden > 0.2 and camera = 3 and not verdict = bad
    finding = swap            tag = 'leaning'            walking "two words"

Names are those of a table's columns; words that are no names are searched in the texts of a person. What
cannot be understood is told with the nearest known word, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.filter_parser import Parser
from sefd_viewer.app.filter_words import FilterError, Vocabulary, tokens_of
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["HELP", "Completion", "FilterError", "Lines", "completions", "condition", "shown", "without_terms"]

HELP: tuple[tuple[str, str], ...] = (
    ("student - baseline > 10", "a method's error in mm, and differences of errors"),
    ("hidden > 0.2 and camera = 3", "both hold; also or, not, ( )"),
    ("finding = swap", "a detector by a part of its name; finding = any, finding = none"),
    ("not verdict = bad", "good, bad, unsure, fixed, unreviewed or old"),
    ("tag = 'leaning'", "people with this tag; tag = any, tag = none"),
    ("picture_order > 15", "what a detector measured"),
    ("hidden between 0.1 and 0.3", "from, to; also in ('a', 'b'), like '%a%', is null"),
    ("student is null", "people without a number"),
    ('walking "two words"', "words in the names of photo, person, camera, subject, action"),
)
"""What can be written, and what it means."""


class Lines(Whole):
    """The rows shown, from top to bottom, and where each row is (-1: not shown)."""

    def __init__(self, rows: NDArray[np.int32], total: int) -> None:
        import numpy as np

        self.rows = rows
        self.lines = np.full(total, -1, np.int32)
        self.lines[rows] = np.arange(len(rows), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.rows)

    def line_of(self, row: int | None) -> int | None:
        """The line of a row, None when it is not shown."""
        line = int(self.lines[row]) if row is not None and row < len(self.lines) else -1
        return line if line >= 0 else None


def condition(words: str, table: PeopleTable) -> str:
    """The SQL condition over the table's frame that a filter means, "" for none. Raises FilterError."""
    return Parser(words, Vocabulary(table)).condition() if words.strip() else ""


def number(words: str, table: PeopleTable) -> str:
    """The SQL expression of a number, such as "student - baseline". Raises FilterError."""
    return Parser(words, Vocabulary(table)).number()


def shown(table: PeopleTable, where: str = "", order: str = "", *, descending: bool = False) -> Lines:
    """The rows that fulfil a filter, in an order: a column or any number, "" is that of the data.

    Equal rows stay in the order of the data, unknown values come last. Raises FilterError.
    """
    import numpy as np
    import polars as pl

    lazy = table.frame.lazy().with_row_index("row")
    if sql := condition(where, table):
        lazy = lazy.filter(_expression(sql, where))
    if order.strip():
        lazy = lazy.select("row", _order(order, table).alias("order"))
        lazy = lazy.sort("order", descending=descending, nulls_last=True, maintain_order=True)
    rows = lazy.select(pl.col("row").cast(pl.Int32)).collect()["row"].to_numpy()
    if descending and not order.strip():
        rows = rows[::-1]
    return Lines(np.ascontiguousarray(rows, np.int32), len(table))


def values(table: PeopleTable, words: str) -> NDArray[np.float64]:
    """A number of everybody (N,), nan where there is none. Raises FilterError."""
    import numpy as np
    import polars as pl

    column = table.column(words.strip())
    if column is not None and column.kind in ("number", "flag"):
        return table.numbers(column.id)
    found = table.frame.select(_expression(number(words, table), words).cast(pl.Float64).alias("value"))
    return found["value"].fill_nan(None).fill_null(np.nan).to_numpy()


def check(where: str, order: str, table: PeopleTable) -> FilterError | None:
    """What is wrong with a filter or an order, None where both are understood."""
    try:
        if sql := condition(where, table):
            _expression(sql, where)
        if order.strip():
            _order(order, table)
    except FilterError as error:
        return error
    return None


def _order(order: str, table: PeopleTable) -> pl.Expr:
    import polars as pl

    column = table.column(order.strip())
    if column is None:
        return _expression(number(order, table), order)
    return pl.col("excess" if column.id == "worst" else "findings" if column.id == "finding" else column.id)


def _expression(sql: str, words: str) -> pl.Expr:
    import polars as pl

    try:
        return pl.sql_expr(sql)
    except Exception as error:  # polars has an exception for each way to be wrong
        said = str(error).splitlines()[0]
        example = "Write for example student > 100 and hidden > 0.3"
        raise FilterError(f"“{words.strip()}” cannot be understood: {said}. {example}") from error


# ---- while it is typed


@dataclass(frozen=True)
class Completion:
    """A word that could stand at `start` to `end` of what is typed, and what it means."""

    text: str
    about: str
    start: int
    end: int


def completions(words: str, cursor: int, table: PeopleTable) -> tuple[Completion, ...]:
    """What the word before the cursor could become: names of columns, or values after "camera =".

    Those that begin with it come first.
    """
    vocabulary = Vocabulary(table)
    before = [token for token in tokens_of(words[:cursor], vocabulary) if token.kind != "end"]
    begun = bool(before) and before[-1].end == cursor and before[-1].kind in ("name", "word", "string")
    start = before[-1].start if begun else cursor
    typed = words[start:cursor].strip("'\"").lower()
    given = before[:-1] if begun else before
    column = None
    if len(given) > 1 and given[-1].text in ("=", "!=", "<>", ":"):
        column = table.column(given[-2].text)
    offered = vocabulary.value_words(column) if column is not None else vocabulary.names()
    first = [(text, about) for text, about in offered if text.lower().strip("'").startswith(typed)]
    inside = [one for one in offered if one not in first and typed in f"{one[0]} {one[1]}".lower()]
    return tuple(Completion(text, about, start, cursor) for text, about in (*first, *inside))


def terms_of(words: str, table: PeopleTable) -> tuple[tuple[int, int], ...]:
    """Where the conditions lie that a filter joins by "and" at its top, (start, end) of each."""
    return Parser(words, Vocabulary(table)).terms() if words.strip() else ()


def without_terms(words: str, term: tuple[int, int], table: PeopleTable) -> str:
    """The filter without one of its terms."""
    kept = [words[start:end] for start, end in terms_of(words, table) if (start, end) != term]
    return " and ".join(kept)


def with_term(words: str, term: str) -> str:
    """The filter with one more condition; itself where it has the very same."""
    words = words.strip()
    if not words or term in words:
        return words or term
    return f"({words}) and {term}" if " or " in words.lower() else f"{words} and {term}"


def difference(first: str, second: str, table: PeopleTable) -> str:
    """The number of one method less another's, as a filter and an order write it: "student - baseline"."""
    names = []
    for method in (first, second):
        column = table.column(table.error(method))
        names.append(min((column.id, *column.names), key=len) if column is not None else method)
    return f"{names[0]} - {names[1]}"


def compared(
    table: PeopleTable, method: str, baseline: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By row (N,) a method's errors and its differences to the baseline in mm, nan where unknown."""
    import numpy as np

    errors = values(table, table.error(method))
    if baseline not in table.methods or baseline == method:
        return errors, np.full(len(table), np.nan)
    return errors, values(table, difference(method, baseline, table))
