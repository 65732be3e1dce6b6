"""How far a long reading is, and whether it shall go on: asked between two batches."""

from __future__ import annotations

from collections.abc import Callable

from sefd_viewer.errors import SefdError

Report = Callable[[str, int, int], None]
"""Called with what goes on, how much is done and how much there is in all (0: unknown)."""


class CancelledError(SefdError):
    """Somebody asked that the reading end."""


class Progress:
    """Counts what is done of a stage: tells `report`, and raises CancelledError once `cancelled` says so."""

    def __init__(self, report: Report | None = None, cancelled: Callable[[], bool] | None = None) -> None:
        self._report, self._cancelled = report, cancelled
        self._stage, self._done, self._total = "", 0, 0

    def begin(self, stage: str, total: int = 0) -> None:
        """A stage of `total` steps (bytes, pictures) begins."""
        self._stage, self._done, self._total = stage, 0, total
        self.advance(0)

    def advance(self, steps: int) -> None:
        """So many more steps are done. Raises CancelledError."""
        if self._cancelled is not None and self._cancelled():
            raise CancelledError("this was stopped")
        self._done = min(self._done + steps, self._total)
        if self._report is not None:
            self._report(self._stage, self._done, self._total)
