"""What a person does in the workspace "Edges": its commands, and the audit of a whole set."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import CommandContext, Run
from sefd_viewer.features.edges.model import AUDIT, EDGES, PAGES, LabPage
from sefd_viewer.features.edges.work import AuditProgress, MapFolder
from sefd_viewer.jobs.background import Background, Task

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.jobs.runner import Outcome


def edge_commands() -> list[Command]:
    """All of them."""
    pages = [
        Command(f"edges_{page}", f"Edges: {title.lower()}", _turn_to(page)) for page, title in PAGES.items()
    ]
    audit = Command(
        "audit_maps",
        "Audit the stored edge maps",
        lambda context: context.controller.service(Audits).start(),
        tip="Compare every map of the chosen folder with one that is drawn anew",
        enabled=can_audit,
    )
    return [*pages, audit]


def can_audit(controller: Controller) -> bool:
    """A data set is open, and a folder of its maps was chosen."""
    return controller.content.dataset is not None and EDGES.of(controller.state).maps is not None


def _turn_to(page: LabPage) -> Run:
    def run(context: CommandContext) -> None:
        state = replace(context.controller.state, workspace="edges")
        context.controller.store.set(EDGES.change(state, page=page))

    return run


class Audits:
    """The service of the workspace: audits one folder of maps at a time."""

    def __init__(self, controller: Controller) -> None:
        given = controller.surroundings
        self._controller = controller
        self._job = Background(given.post, news=self._take, done=self._take_end, executor=given.executor)

    @property
    def busy(self) -> bool:
        """Whether an audit runs."""
        return self._job.busy

    def start(self) -> None:
        """Compare all maps of the folder that was chosen with maps drawn anew."""
        controller, dataset = self._controller, self._controller.content.dataset
        folder = EDGES.of(controller.state).maps
        if dataset is None or folder is None:
            return
        controller.learn(AUDIT, AuditProgress(0, len(dataset.records)))
        self._job.start(partial(audit, dataset, folder, controller.bodies.paths))

    @property
    def settling(self) -> bool:
        """Nothing goes on unseen."""
        return False

    def stop(self) -> None:
        """Stop soon; what was found stays."""
        self._job.stop()

    def forget(self) -> None:
        """Another data set was opened."""
        self._job.drop()
        self._controller.learn(AUDIT, None)

    def close(self) -> None:
        """End for good."""
        self._job.drop()

    def _take(self, progress: AuditProgress) -> None:
        self._controller.learn(AUDIT, progress)

    def _take_end(self, outcome: Outcome[AuditProgress]) -> None:
        problem = outcome.problem
        failed = AuditProgress(0, 0, finished=True, problem=problem or "")
        self._controller.learn(AUDIT, outcome.value if problem is None else failed)


def audit(dataset: Dataset, folder: MapFolder, bodies: tuple[str, ...], task: Task) -> AuditProgress:
    """Compare record by record, telling how it stands; returns the whole, or what was found until stopped."""
    from sefd_viewer.edge_maps.auditing import Verdict, audit_job, map_auditor

    settings, total = folder.settings, len(dataset.records)
    auditor = map_auditor(dataset, folder.path, settings, bodies=bodies)
    counts, found, done = Counter[str](), [], 0
    while done < total and not task.stopped:
        for finding in auditor(audit_job(dataset, done, settings)):
            counts[finding.verdict.value] += 1
            if finding.verdict is not Verdict.AGREES:
                found.append(finding)
        done += 1
        if task.due:
            task.tell(AuditProgress(done, total, dict(counts), tuple(found)))
    return AuditProgress(done, total, dict(counts), tuple(found), finished=True)
