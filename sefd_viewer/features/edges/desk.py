"""What a person does in the workspace "Edges" that takes time: auditing a whole set."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from sefd_viewer.features.edges.auditing import Audit, AuditProgress
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.edges.state import EdgeLabState


class AuditDesk:
    """Runs one audit at a time; `show` gets how it stands."""

    def __init__(self, executor: Executor, post: Post, show: Callable[[AuditProgress | None], None]) -> None:
        self._executor, self._post, self._show = executor, post, show
        self._audit: Audit | None = None

    @property
    def busy(self) -> bool:
        """Whether an audit runs."""
        return self._audit is not None

    def start(self, dataset: Dataset, lab: EdgeLabState, bodies: tuple[str, ...]) -> None:
        """Compare all maps of the folder that `lab` names."""
        self.stop()
        self._show(AuditProgress(0, len(dataset.records)))
        self._audit = Audit(dataset, lab, bodies, self._post, self._take)
        self._audit.start(self._executor)

    def stop(self) -> None:
        """Stop soon; what was found stays."""
        if self._audit is not None:
            self._audit.cancel()

    def forget(self) -> None:
        """Another data set was opened."""
        self.stop()
        self._audit = None
        self._show(None)

    def _take(self, audit: Audit, progress: AuditProgress) -> None:
        if audit is not self._audit:
            return
        if progress.finished:
            self._audit = None
        self._show(progress)
