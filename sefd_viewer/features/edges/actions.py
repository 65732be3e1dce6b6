"""What a person does in the workspace "Edges": its commands, and the audit of a whole set."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import Desk, Run
from sefd_viewer.features.edges.model import AUDIT, EDGES, PAGES, LabPage
from sefd_viewer.features.edges.work import AuditProgress, MapFolder
from sefd_viewer.jobs.runner import Outcome, attempt

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.datasets.records import Dataset

TELL_S = 0.2


def edge_commands() -> list[Command]:
    """All of them."""
    pages = [
        Command(f"edges_{page}", f"Edges: {title.lower()}", _turn_to(page)) for page, title in PAGES.items()
    ]
    audit = Command(
        "audit_maps",
        "Audit the stored edge maps",
        lambda desk: desk.controller.service(Audits).start(),
        tip="Compare every map of the chosen folder with one that is drawn anew",
        enabled=can_audit,
    )
    return [*pages, audit]


def can_audit(controller: Controller) -> bool:
    """A data set is open, and a folder of its maps was chosen."""
    return controller.content.dataset is not None and EDGES.of(controller.state).maps is not None


def _turn_to(page: LabPage) -> Run:
    def run(desk: Desk) -> None:
        state = replace(desk.controller.state, workspace="edges")
        desk.controller.store.set(EDGES.change(state, page=page))

    return run


class Audits:
    """The service of the workspace: audits one folder of maps at a time."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._audit: Audit | None = None

    @property
    def busy(self) -> bool:
        """Whether an audit runs."""
        return self._audit is not None

    def start(self) -> None:
        """Compare all maps of the folder that was chosen with maps drawn anew."""
        controller, dataset = self._controller, self._controller.content.dataset
        folder = EDGES.of(controller.state).maps
        if dataset is None or folder is None:
            return
        self.stop()
        controller.learn(AUDIT, AuditProgress(0, len(dataset.records)))
        self._audit = audit = Audit(dataset, folder, controller.bodies.paths, self._tell)
        future = controller.surroundings.executor.submit(attempt, "audit", audit.run)
        future.add_done_callback(lambda done: self._ended(audit, done))

    @property
    def settling(self) -> bool:
        """Nothing goes on unseen."""
        return False

    def stop(self) -> None:
        """Stop soon; what was found stays."""
        if self._audit is not None:
            self._audit.cancelled = True

    def forget(self) -> None:
        """Another data set was opened."""
        self.stop()
        self._audit = None
        self._controller.learn(AUDIT, None)

    def close(self) -> None:
        """End for good."""
        self.stop()

    def _tell(self, audit: Audit, progress: AuditProgress) -> None:
        self._controller.surroundings.post(lambda: self._take(audit, progress))

    def _take(self, audit: Audit, progress: AuditProgress) -> None:
        if audit is not self._audit:
            return
        if progress.finished:
            self._audit = None
        self._controller.learn(AUDIT, progress)

    def _ended(self, audit: Audit, future: Future[Outcome[None]]) -> None:
        problem = None if future.cancelled() else future.result().problem
        if problem is not None:
            self._tell(audit, AuditProgress(0, 0, finished=True, problem=problem))


class Audit:
    """One audit; `tell` is called on its thread, for the last time with `finished`."""

    def __init__(
        self,
        dataset: Dataset,
        folder: MapFolder,
        bodies: tuple[str, ...],
        tell: Callable[[Audit, AuditProgress], None],
    ) -> None:
        self._dataset, self._folder, self._bodies, self._tell = dataset, folder, bodies, tell
        self.cancelled = False
        """Stops it after the record that is compared now."""

    def run(self) -> None:
        """Compare record by record."""
        from sefd_viewer.edge_maps.auditing import audit_job, map_auditor
        from sefd_viewer.edge_maps.explaining import Verdict

        settings, total = self._folder.settings, len(self._dataset.records)
        auditor = map_auditor(self._dataset, self._folder.path, settings, bodies=self._bodies)
        counts, found, told, done = Counter[str](), [], 0.0, 0
        while done < total and not self.cancelled:
            for finding in auditor(audit_job(self._dataset, done, settings)):
                counts[finding.verdict.value] += 1
                if finding.verdict is not Verdict.AGREES:
                    found.append(finding)
            done += 1
            if time.perf_counter() > told + TELL_S:
                told = time.perf_counter()
                self._tell(self, AuditProgress(done, total, dict(counts), tuple(found)))
        self._tell(self, AuditProgress(done, total, dict(counts), tuple(found), finished=True))
