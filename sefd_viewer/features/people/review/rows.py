"""Which rows are shown and in which order: filter and sort over the whole table, on the thread pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Whole
from sefd_viewer.features.people.review.columns import BY_ID
from sefd_viewer.features.people.review.query import FINDING, Term, columns_of

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.app.findings import FindingColumns
    from sefd_viewer.features.people.review.table import ReviewTable
    from sefd_viewer.features.people.review.verdict_columns import VerdictColumns

Rows = "NDArray[np.int32]"
OF_VERDICTS = frozenset({"verdict", "issues", "note", "reviewer"})
OF_FINDINGS = frozenset({"worst", "findings", FINDING})
ROW = "row"
"""The order of the records themselves."""


@dataclass(frozen=True)
class Order:
    """What is asked for: conditions that hold, and the column that decides the order."""

    terms: tuple[Term, ...] = ()
    sort: str = ROW
    descending: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns that matter."""
        return columns_of(self.terms) | {self.sort}

    @property
    def needs_verdicts(self) -> bool:
        """Whether a verdict can change what is shown."""
        return bool(self.columns & OF_VERDICTS)

    @property
    def needs_findings(self) -> bool:
        """Whether a threshold can change what is shown."""
        return bool(self.columns & OF_FINDINGS)


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
        line = int(self.lines[row]) if row is not None else -1
        return line if line >= 0 else None


def lines(table: ReviewTable, verdicts: VerdictColumns, findings: FindingColumns, order: Order) -> Lines:
    """Filter and sort; rows that are equal stay in the order of the records, unknown values come last."""
    import numpy as np
    import polars as pl

    rows = pl.Series(ROW, np.arange(len(table), dtype=np.int32))
    frame = pl.DataFrame([rows, *_columns(table, verdicts, findings, order)])
    if order.terms:
        frame = frame.filter(reduce(and_, (_condition(term, findings) for term in order.terms)))
    if order.sort != ROW:
        frame = frame.sort(order.sort, descending=order.descending, nulls_last=True, maintain_order=True)
    elif order.descending:
        frame = frame.reverse()
    return Lines(frame[ROW].to_numpy(), len(table))


def _columns(
    table: ReviewTable, verdicts: VerdictColumns, findings: FindingColumns, order: Order
) -> list[pl.Series]:
    """The columns that the order needs, and no others."""
    import polars as pl

    wanted = order.columns - {ROW, ""}
    columns = [table.frame[name] for name in wanted if name in table.frame.columns]
    if "" in order.columns:
        columns.append(table.text)
    if wanted & OF_VERDICTS:
        columns += verdicts.series(wanted)
    if wanted & OF_FINDINGS:
        columns += findings.series()
    missing = [name for name in wanted if name not in {column.name for column in columns} | {FINDING}]
    return columns + [pl.repeat(None, len(table), eager=True).alias(name) for name in missing]


def _condition(term: Term, findings: FindingColumns) -> pl.Expr:
    condition = _matches(term, findings).fill_null(False)
    return ~condition if term.negated != (term.operator == "!=") else condition


def _matches(term: Term, findings: FindingColumns) -> pl.Expr:
    import polars as pl

    if term.column == FINDING:
        return _found(term.values, findings)
    if term.column == "":
        return pl.col("text").str.contains(term.values[0], literal=True)
    kind = BY_ID[term.column].kind
    if kind in ("number", "whole"):
        return _compares(term)
    if kind == "flag":
        return pl.col(term.column).is_in([value == "yes" for value in term.values])
    if kind == "verdict":
        return pl.col("state").is_in(list(term.values)) | (pl.col("old") & ("old" in term.values))
    return _reads(term)


def _compares(term: Term) -> pl.Expr:
    import polars as pl

    column = pl.col(term.column).cast(pl.Float64)
    if term.operator in (":", "=", "!="):
        return reduce(or_, (column == float(value) for value in term.values))
    comparisons = {
        "<": column < term.number,
        "<=": column <= term.number,
        ">": column > term.number,
        ">=": column >= term.number,
    }
    return comparisons[term.operator]


def _reads(term: Term) -> pl.Expr:
    import polars as pl

    column = pl.col(term.column).cast(pl.String).str.to_lowercase()
    if term.operator == ":":
        return reduce(or_, (column.str.contains(value, literal=True) for value in term.values))
    return column.is_in(list(term.values))


def _found(values: Sequence[str], findings: FindingColumns) -> pl.Expr:
    """Rows where one of the named detectors found something."""
    import polars as pl

    if "any" in values:
        return pl.col("findings") > 0
    named = findings.matching(values)
    return (pl.col("found") & sum(1 << index for index in named)) > 0
