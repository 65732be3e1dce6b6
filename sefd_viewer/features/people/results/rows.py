"""Which rows of a run's table are shown and in which order, and who lies inside a lasso."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.results.state import Polygon
from sefd_viewer.features.people.review.rows import Lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.judgements.tags import Tags

HELP = (
    ("student_mpjpe_mm > 100", "compare a column with a number"),
    ("hidden > 0.3 AND baseline_minus_student_mm > 0", "both hold"),
    ("record LIKE '%000139%'", "a part of the record's name"),
    ("student_mpjpe_mm IS NULL", "people without a number"),
    ("NOT (hidden BETWEEN 0.1 AND 0.3)", "the opposite of what follows"),
    ("has_tag('twisted')", "people with this tag"),
    ("tags LIKE '%twist%'", "a part of somebody's tags; tags IS NULL: no tag at all"),
)
"""What can be written in the filter: an SQL condition over the columns."""

_HAS_TAG = re.compile(r"\bhas_tag\(\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_AMONG_TAGS = r"(strpos(', ' || coalesce(tags, '') || ',', ', \1,') > 0)"


class ConditionError(SefdError):
    """A filter that cannot be understood."""


def shown(
    table: RunTable,
    where: str,
    sort: str,
    *,
    descending: bool,
    inside: tuple[str, str, Polygon] | None,
    tags: Tags | None = None,
) -> Lines:
    """The rows that fulfil a condition and lie `inside` a polygon over two columns, sorted.

    Raises ConditionError.
    """
    import numpy as np
    import polars as pl

    from sefd_viewer.judgements.tags import NO_TAGS, with_tags

    frame = with_tags(table.frame.with_row_index("row"), tags or NO_TAGS)
    if inside is not None:
        x, y, polygon = inside
        frame = frame.filter(pl.Series(within(polygon, table.numbers(x), table.numbers(y))))
    if where.strip():
        frame = _where(frame, where, table)
    if sort and sort in frame.columns:
        frame = frame.sort(sort, descending=descending, nulls_last=True, maintain_order=True)
    return Lines(frame["row"].to_numpy().astype(np.int32), len(table))


def _where(frame, where: str, table: RunTable):  # type: ignore[no-untyped-def]  # polars comes later
    import polars as pl

    try:
        return frame.filter(pl.sql_expr(_HAS_TAG.sub(_AMONG_TAGS, where)))
    except Exception as error:  # polars has an exception for each way to be wrong
        names = ", ".join(column.id for column in table.columns[:4])
        words = str(error).splitlines()[0]
        raise ConditionError(f"{words}", remedy=f"Columns are {names} …; ? lists them all") from error


def within(polygon: Polygon, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie inside a polygon (even-odd rule); points that are nan lie outside."""
    import numpy as np

    inside = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside & np.isfinite(x) & np.isfinite(y)
