"""The verdicts as columns beside the table: made once, then changed row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Whole
from sefd_viewer.features.people.review.query import VERDICT_WORDS

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.judgements import Verdict

STATES = VERDICT_WORDS[:-1]
"""The states of a verdict; a row's code is the position in here."""
UNREVIEWED = 0


class VerdictColumns(Whole):
    """One row for each of the table.

    `codes` (N,) uint8 is the state, `old` (N,) whether the verdict is of another annotation; `by_row` holds
    the verdicts themselves. Never changed in place: `with_verdicts` gives others.
    """

    def __init__(
        self, codes: NDArray[np.uint8], old: NDArray[np.bool_], by_row: Mapping[int, Verdict]
    ) -> None:
        self.codes, self.old, self.by_row = codes, old, by_row

    @classmethod
    def empty(cls, total: int) -> VerdictColumns:
        """Nothing is reviewed."""
        import numpy as np

        return cls(np.zeros(total, np.uint8), np.zeros(total, bool), {})

    def with_verdicts(self, changed: Mapping[int, Verdict | None]) -> VerdictColumns:
        """The columns after these rows got a verdict, or lost it (None); what is given is not old."""
        codes, old, by_row = self.codes.copy(), self.old.copy(), dict(self.by_row)
        for row, verdict in changed.items():
            codes[row] = UNREVIEWED if verdict is None else STATES.index(verdict.state)
            old[row] = False
            if verdict is None:
                by_row.pop(row, None)
            else:
                by_row[row] = verdict
        return VerdictColumns(codes, old, by_row)

    def with_old(self, rows: Collection[int]) -> VerdictColumns:
        """The columns with these rows marked as being about another annotation."""
        import numpy as np

        old = np.zeros_like(self.old)
        old[list(rows)] = True
        return VerdictColumns(self.codes, old, self.by_row)

    @property
    def old_rows(self) -> frozenset[int]:
        """The rows whose verdict is about another annotation."""
        import numpy as np

        return frozenset(np.flatnonzero(self.old).tolist())

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each state, and how many verdicts are old."""
        import numpy as np

        numbers = [int(np.count_nonzero(self.codes == code)) for code in range(len(STATES))]
        return {**dict(zip(STATES, numbers, strict=True)), "old": int(np.count_nonzero(self.old))}

    def series(self, wanted: Collection[str]) -> list[pl.Series]:
        """Columns for filter and sort: state, old, verdict (its rank), and the texts that are `wanted`."""
        import polars as pl

        texts = [
            pl.Series(name, self._texts(read), dtype=pl.String)
            for name, read in _TEXTS.items()
            if name in wanted
        ]
        state = pl.Series("code", self.codes).replace_strict(
            dict(enumerate(STATES)), return_dtype=pl.Enum(STATES)
        )
        return [state.alias("state"), pl.Series("old", self.old), pl.Series("verdict", self.codes), *texts]

    def _texts(self, read: Callable[[Verdict], str]) -> list[str | None]:
        texts: list[str | None] = [None] * len(self.codes)
        for row, verdict in self.by_row.items():
            texts[row] = read(verdict) or None
        return texts


def issue_words(verdict: Verdict) -> str:
    """The kinds of issues of a verdict, as a person reads them."""
    from sefd_viewer.judgements import ISSUE_KINDS

    return ", ".join(ISSUE_KINDS.get(issue, issue) for issue in verdict.issues)


_TEXTS: dict[str, Callable[[Verdict], str]] = {
    "issues": lambda verdict: f"{issue_words(verdict)} {' '.join(verdict.issues)}".strip(),
    "note": lambda verdict: verdict.note,
    "reviewer": lambda verdict: verdict.reviewer,
}


def columns_from(total: int, cases: Iterable[tuple[int, Verdict]]) -> VerdictColumns:
    """The columns of stored verdicts, by row."""
    return VerdictColumns.empty(total).with_verdicts(dict(cases))
