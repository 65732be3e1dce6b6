"""The rows of the workspace "Review" as a table for other programs: annotations, findings, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.findings import worst_title
from sefd_viewer.features.people.review.columns import BY_ID
from sefd_viewer.features.people.review.verdict_columns import STATES, issue_words

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.features.people.review.frame import ReviewFrame


def shown_rows(frame: ReviewFrame) -> pl.DataFrame:
    """The rows that are shown, in their order, with verdicts and findings where there are any."""
    import polars as pl

    if frame.table is None or frame.lines is None:
        return pl.DataFrame()
    rows, whole = frame.lines.rows, frame.table.frame
    empty = frame.table.empty_columns
    table = whole.select([name for name in BY_ID if name in whole.columns and name not in empty])[rows]
    if frame.findings is not None:
        found = frame.findings
        worst = [worst_title(found, row) for row in rows.tolist()]
        table = table.with_columns(worst=pl.Series(worst), findings=pl.Series(found.counts[rows]))
    if frame.verdicts is not None:
        verdicts = frame.verdicts
        own = [verdicts.by_row.get(row) for row in rows.tolist()]
        table = table.with_columns(
            verdict=pl.Series([STATES[code] for code in verdicts.codes[rows].tolist()]),
            verdict_is_old=pl.Series(verdicts.old[rows]),
            issues=pl.Series([issue_words(one) if one is not None else "" for one in own]),
            note=pl.Series([one.note if one is not None else "" for one in own]),
            reviewer=pl.Series([one.reviewer if one is not None else "" for one in own]),
        )
    return table
