"""Going through the rows shown: the next one, the next unreviewed, the next with a finding."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sefd_viewer.features.people.review.derive import findings_of
from sefd_viewer.features.people.review.verdict_columns import UNREVIEWED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.features.people.review.rows import Lines
    from sefd_viewer.features.people.review.verdict_columns import VerdictColumns


class Walk(Enum):
    """Where to go."""

    NEXT = "next"
    LAST = "last"
    UNREVIEWED = "unreviewed"
    FLAGGED = "flagged"

    @property
    def nothing(self) -> str:
        """What is said when there is nowhere to go."""
        return {
            Walk.NEXT: "This is the last row",
            Walk.LAST: "This is the first row",
            Walk.UNREVIEWED: "Everything shown is reviewed",
            Walk.FLAGGED: "Nothing shown is flagged and unreviewed",
        }[self]


def next_row(
    walk: Walk, shown: Lines, row: int | None, verdicts: VerdictColumns, content: Content
) -> int | None:
    """The row to go to, None when there is none; looking for something begins again at the top."""
    line = shown.line_of(row)
    if walk in (Walk.NEXT, Walk.LAST):
        return _neighbour(shown, line, 1 if walk is Walk.NEXT else -1)
    wanted = verdicts.codes[shown.rows] == UNREVIEWED
    findings = findings_of(content)
    if walk is Walk.FLAGGED:
        wanted &= (findings.found[shown.rows] > 0) if findings is not None else False
    return _following(shown.rows, wanted, line)


def _neighbour(shown: Lines, line: int | None, step: int) -> int | None:
    to = 0 if line is None else line + step
    return int(shown.rows[to]) if 0 <= to < len(shown) else None


def _following(rows: NDArray[np.int32], wanted: NDArray[np.bool_], line: int | None) -> int | None:
    """The first wanted row below `line`, else the first from the top; never the line itself."""
    import numpy as np

    wanted = wanted.copy()
    start = -1 if line is None else line
    if line is not None:
        wanted[line] = False
    lines = np.flatnonzero(wanted)
    if not len(lines):
        return None
    place = int(np.searchsorted(lines, start + 1))
    return int(rows[lines[place % len(lines)]])
