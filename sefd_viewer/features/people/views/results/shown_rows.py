"""What the table and the gallery of people share: the rows that a frame shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.features.people.results.frame import ResultsFrame

if TYPE_CHECKING:
    from sefd_viewer.features.people.review.rows import Lines


class ShownRows:
    """Part of a model that keeps the frame in view."""

    _frame: ResultsFrame

    @property
    def lines(self) -> Lines | None:
        """The rows shown, None before there are any."""
        return self._frame.lines

    def row_at(self, line: int) -> int:
        """The row of the table at a line."""
        assert self._frame.lines is not None
        return int(self._frame.lines.rows[line])
