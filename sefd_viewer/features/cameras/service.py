"""What goes on in workspace Cameras besides keys: other calibrations, diagnoses, corrected copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.feature import chosen_positions
from sefd_viewer.features.cameras.diagnosis import (
    DIAGNOSIS,
    DiagnosisLine,
    DiagnosisReport,
    DiagnosisRunner,
    Scope,
)
from sefd_viewer.features.cameras.in_view import InView
from sefd_viewer.features.cameras.model import (
    CAMERAS,
    conventions_of,
    with_board,
    with_calibration,
    with_conventions,
)
from sefd_viewer.jobs.background import Background, Stage, Task
from sefd_viewer.jobs.runner import Outcome, Runner

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.cameras.diagnosis.conventions import Size
    from sefd_viewer.cameras.sequences.findings import SequenceFinding
    from sefd_viewer.features.cameras.correcting import Correctable

_CALIBRATION = "calibration"
LongJob = Literal["corrections", "corrected copy", "report"]
_DOING: dict[LongJob, str] = {
    "corrections": "Checking the set for what can be corrected",
    "corrected copy": "Writing a corrected copy and checking it",
    "report": "Checking the set for the report",
}


class CamerasService:
    """Opens calibrations, runs diagnoses and writes corrected copies on other threads.

    `corrections` is what can be put right, as found last.
    """

    def __init__(self, controller: Controller) -> None:
        given = controller.surroundings
        self._app = controller
        self._runner = Runner(given.executor, given.post, self._take)
        self._jobs = {
            name: Background(
                given.post,
                news=partial(self._tell, name),
                done=partial(self._take_job, name),
                executor=given.executor,
            )
            for name in _DOING
        }
        self.diagnosis = DiagnosisRunner(
            given.executor, given.post, lambda state: controller.learn(DIAGNOSIS, state)
        )
        self.corrections: Correctable | None = None
        self._show_corrections: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        jobs = any(job.busy for job in self._jobs.values())
        return bool(self._runner.running) or jobs or self.diagnosis.state.running

    @property
    def settling(self) -> bool:
        """Nothing goes on that nobody waits for."""
        return False

    def stop(self) -> None:
        """Stop what checks the set; errors of the other moments wait where they are in view."""
        for job in self._jobs.values():
            job.stop()
        if self.diagnosis.state.running:
            self.diagnosis.cancel()
        if self._app.state.workspace == "cameras":
            self._app.store.set(with_board(self._app.state, measure_moments=False), remember=False)

    def stop_diagnosis(self) -> None:
        """Stop a diagnosis that runs; what was found before stays."""
        self.diagnosis.cancel()

    def forget(self) -> None:
        """Another data set was opened: what was found belongs to the old one."""
        self.diagnosis.forget()
        self._jobs["corrections"].drop()
        self.corrections = None

    def close(self) -> None:
        """Stop everything; nothing is reported afterwards."""
        self._runner.close()
        for job in self._jobs.values():
            job.drop()
        self.diagnosis.close()

    # ---- calibrations

    @property
    def views(self) -> Mapping[str, Size]:
        """The views of the moment in view and the sizes of their pictures; none outside the board."""
        return InView(self._app.state, self._app.content).sizes

    def open_calibration(self, path: str) -> None:
        """Read the views with the cameras of another file; words in the status line if it is no use."""
        from sefd_viewer.cameras.calibrations.by_view import read_calibration

        views = dict(self.views)
        self._runner.want(_CALIBRATION, path, lambda: read_calibration(path, views))

    def _take(self, _name: str, outcome: Outcome) -> None:
        if outcome.problem is not None:
            self._app.say(outcome.problem)
        else:
            self._app.store.set(with_calibration(self._app.state, outcome.value))
            read = f"These views are read with the cameras of {outcome.value.name}"
            self._app.say(". ".join((read, *outcome.value.notes[:1])))

    # ---- corrected copies

    def find_corrections(self, show: Callable[[], None]) -> None:
        """Look for what can be put right in the whole set; `show` is called once `corrections` are known."""
        from sefd_viewer.features.cameras import correcting

        content, board = self._app.content, CAMERAS.of(self._app.state)
        if content.dataset is None:
            return
        self._show_corrections = show
        dataset, find = content.dataset, self._app.bodies.find
        self._start("corrections", lambda task: correcting.correctable(dataset, board, find, task.stage))

    def write_corrected(self, out: str, findings: Sequence[SequenceFinding]) -> None:
        """Write a copy of the set with these findings put right, and check it; words tell what came of it."""
        from sefd_viewer.features.cameras import correcting

        dataset, bodies = self._app.content.dataset, self._app.bodies
        if dataset is None or self.corrections is None or not findings:
            return
        given = (dataset, self.corrections, tuple(findings), out, bodies.find, bodies.paths)
        self._start("corrected copy", lambda task: correcting.write(*given, task.stage))

    def write_report(self, path: str) -> None:
        """Check the whole set and write what is found, sequence by sequence, as a page."""
        from sefd_viewer.features.cameras import correcting

        dataset, find = self._app.content.dataset, self._app.bodies.find
        if dataset is not None:
            self._start("report", lambda task: correcting.write_report(dataset, path, find, task.stage))

    def _start(self, name: LongJob, work: Callable[[Task], Any]) -> None:
        self._app.say(_DOING[name])
        self._jobs[name].start(work)

    def _tell(self, name: LongJob, stage: Stage) -> None:
        self._app.say(f"{_DOING[name]} · {stage.words}, {stage.share or 0:.0%}".replace("%", " %"))

    def _take_job(self, name: LongJob, outcome: Outcome[Any]) -> None:
        if outcome.value is None:
            self._app.say(outcome.problem or f"{_DOING[name]} was stopped")
        elif name == "corrections":
            self.corrections = outcome.value
            count = len(outcome.value.findings)
            self._app.say(f"{count} {'finding' if count == 1 else 'findings'} can be corrected")
            self._show_corrections()
        else:
            self._app.say(outcome.value)

    # ---- diagnoses

    def diagnose(self, scope: Scope) -> None:
        """Search for what is wrong with the cameras and bodies in view."""
        from sefd_viewer.features.cameras.diagnosis_work import DiagnosisTask

        state, content = self._app.state, self._app.content
        if content.dataset is None or InView(state, content).moment is None:
            return
        board = CAMERAS.of(state)
        task = DiagnosisTask(
            dataset=content.dataset,
            opened=content.opened,
            record=state.record or "",
            scope=scope,
            positions=chosen_positions(content),
            calibration=board.calibration,
            start=conventions_of(board),
            place=board.place,
            photos=self._app.photos,
        )
        self.diagnosis.start(scope, task.run)

    def apply(self, report: DiagnosisReport, rejected: Sequence[DiagnosisLine] = ()) -> None:
        """Read the cameras and bodies of its subject as a diagnosis found, but for some of its findings."""
        chosen = report.without(rejected)
        self._app.store.set(with_conventions(self._app.state, chosen, report.place or None))


def service_of(controller: Controller) -> CamerasService:
    """The service of a controller."""
    service = controller.services["cameras"]
    assert isinstance(service, CamerasService)
    return service
