"""What a person does in the tab "Conventions" besides choosing: other calibrations and diagnoses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from sefd_viewer.app.host import DeskHost
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.board import derive as board
from sefd_viewer.features.cameras.conventions.choices import (
    conventions_of,
    has_projected_bodies,
    with_calibration,
    with_conventions,
)
from sefd_viewer.features.cameras.conventions.diagnosing import (
    DiagnosisDesk,
    DiagnosisLine,
    DiagnosisReport,
    DiagnosisState,
    Scope,
)
from sefd_viewer.jobs.runner import Outcome, Post, Runner

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.photos import Photos
    from sefd_viewer.cameras.diagnosis.conventions import Size
    from sefd_viewer.cameras.sequences.findings import SequenceFinding
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.board.state import BoardState

_CALIBRATION, _CORRECTABLE, _CORRECTED = "calibration", "corrections", "corrected copy"


class Host(DeskHost, Protocol):
    """The controller as the desk needs it."""

    def change_diagnosis(self, diagnosis: DiagnosisState) -> None:
        """Replace what is known about a diagnosis, and show it."""


class ConventionsDesk:
    """Opens calibrations, runs diagnoses and writes corrected copies on the thread pool.

    `corrections` are the findings that can be put right, as found last.
    """

    def __init__(self, host: Host, executor: Executor, post: Post, tools: Photos) -> None:
        self._host, self._tools = host, tools
        self._runner = Runner(executor, post, self._take)
        self.diagnosis = DiagnosisDesk(executor, post, host.change_diagnosis)
        self.corrections: tuple[SequenceFinding, ...] = ()
        self._show_corrections: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._runner.running) or self.diagnosis.state.running

    def stop(self) -> None:
        """Stop a diagnosis that runs."""
        if self.diagnosis.state.running:
            self.diagnosis.cancel()

    def begin(self, board: BoardState, first: Record | None = None) -> BoardState:
        """Another data set was opened: what was found and chosen for the last one is forgotten.

        Residuals start against bodies where the `first` record has some and its 2D joints were made with its
        camera: triangulated from those, they are zero whatever is wrong.
        """
        self.diagnosis.forget()
        self.corrections = ()
        return replace(
            board,
            person=None,
            joint=None,
            large_view=None,
            conventions=None,
            calibration=None,
            mode="exact",
            place="",
            readings=(),
            against="body" if first is not None and has_projected_bodies(first) else "triangulated",
        )

    def close(self) -> None:
        """Stop everything; nothing is reported afterwards."""
        self._runner.close()
        self.diagnosis.close()

    # ---- calibrations

    @property
    def views(self) -> Mapping[str, Size]:
        """The views of the moment in view and the sizes of their pictures; none outside the board."""
        return board.picture_sizes(self._host.state, self._host.content)

    def open_calibration(self, path: str) -> None:
        """Read the views with the cameras of another file; words in the status line if it is no use."""
        from sefd_viewer.cameras.calibrations.by_view import read_calibration

        views = dict(self.views)
        self._runner.want(_CALIBRATION, path, lambda: read_calibration(path, views))

    def _take(self, name: str, outcome: Outcome) -> None:
        if outcome.problem is not None:
            self._host.say(outcome.problem)
        elif name == _CORRECTABLE:
            self._offer(outcome)
        elif name == _CORRECTED:
            self._host.say(outcome.value)
        else:
            self._host.store.set(with_calibration(self._host.state, outcome.value))
            read = f"These views are read with the cameras of {outcome.value.name}"
            self._host.say(". ".join((read, *outcome.value.notes[:1])))

    # ---- corrected copies

    def find_corrections(self, show: Callable[[], None]) -> None:
        """Look for what can be put right in the whole set; `show` is called once `corrections` are known."""
        from sefd_viewer.features.cameras.conventions import correcting

        content, find_body = self._host.content, self._tools.find_body
        if content.dataset is None:
            return
        try:
            confirmed = correcting.confirmed(self._host.state, content)
        except SefdError as error:
            self._host.say(str(error))
            return
        self._host.say("Checking the set for what can be corrected")
        self._show_corrections = show
        find = partial(correcting.correctable, content.dataset, confirmed, find_body)
        self._runner.want(_CORRECTABLE, (content.opened, confirmed), find)

    def write_corrected(self, out: str, findings: Sequence[SequenceFinding]) -> None:
        """Write a copy of the set with these findings put right; words tell the end."""
        from sefd_viewer.features.cameras.conventions import correcting

        dataset, find_body = self._host.content.dataset, self._tools.find_body
        if dataset is None or not findings:
            return
        self._host.say("Writing a corrected copy")
        write = partial(correcting.write, dataset, findings, out, find_body)
        self._runner.want(_CORRECTED, out, write)

    def _offer(self, outcome: Outcome) -> None:
        key: Any = outcome.key
        if key[0] != self._host.content.opened:
            return  # another set is open by now
        self.corrections = outcome.value
        self._host.say(f"{len(self.corrections)} findings can be corrected")
        self._show_corrections()

    # ---- diagnoses

    def diagnose(self, scope: Scope) -> None:
        """Search for what is wrong with the cameras and bodies in view."""
        from sefd_viewer.features.cameras.conventions.diagnosis_work import DiagnosisTask

        state, content = self._host.state, self._host.content
        moment = board.moment_in_view(state, content)
        if content.dataset is None or moment is None:
            return
        task = DiagnosisTask(
            dataset=content.dataset,
            opened=content.opened,
            record=state.record or "",
            scope=scope,
            positions=chosen_positions(content),
            calibration=state.board.calibration,
            start=conventions_of(state.board),
            place=state.board.place,
            tools=self._tools,
        )
        self.diagnosis.start(scope, task.run)

    def apply(self, report: DiagnosisReport, rejected: Sequence[DiagnosisLine] = ()) -> None:
        """Read the cameras and bodies of its subject as a diagnosis found, but for some of its findings."""
        chosen = report.without(rejected)
        self._host.store.set(with_conventions(self._host.state, chosen, report.place or None))


def chosen_positions(content: Content) -> tuple[int, ...]:
    """The records whose rows the workspace "Review" shows, where its filter leaves some out; else none."""
    from sefd_viewer.features.people.review.derive import lines_of

    table, lines = content.review.table, lines_of(content)
    if table is None or lines is None or not 0 < len(lines) < len(table):
        return ()
    return tuple(sorted(set(table.positions[lines.rows].tolist())))
