"""What a person does in the workspace "Explain": its commands, and sliding a box over a crop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import CommandContext, Run, has_people
from sefd_viewer.features.explain.case import case_of
from sefd_viewer.features.explain.model import EXPLAIN, PAGES, ExplainPage
from sefd_viewer.features.explain.sweep import PURPOSE, SWEEPS, Sweep, SweepProgress

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.trials import Answer

KEPT = 12
"""Sweeps that are remembered."""


def explain_commands() -> list[Command]:
    """All of them."""
    pages = [
        Command(f"explain_{page}", f"Explain: {title[0].lower()}{title[1:]}", _turn_to(page))
        for page, title in PAGES.items()
    ]
    sweep = Command(
        "explain_sweep",
        "Slide a box over this person",
        lambda context: context.controller.service(Sweeps).start(),
        tip="What a grey box at each place of the crop does to every joint, as a heat map",
        enabled=has_people,
    )
    return [*pages, sweep]


def _turn_to(page: ExplainPage) -> Run:
    def run(context: CommandContext) -> None:
        state = replace(context.controller.state, workspace="explain")
        context.controller.store.set(EXPLAIN.change(state, page=page))

    return run


class Sweeps:
    """The service of the workspace: slides a box over one case, also while something else is in view."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._sweep: Sweep | None = None

    @property
    def busy(self) -> bool:
        """Whether a box slides."""
        return self._sweep is not None

    @property
    def settling(self) -> bool:
        """Nothing settles."""
        return False

    def start(self) -> None:
        """Begin to slide a box over the case in view."""
        controller = self._controller
        case, explain = case_of(controller.state, controller.content), EXPLAIN.of(controller.state)
        if case is not None and case.normal:
            self.stop()
            asking = controller.content.asking
            self._sweep = Sweep(case, asking, explain.sweep_size, explain.occluder.joints)
            self._go_on()

    def stop(self) -> None:
        """Stop sliding; what was found stays."""
        sweep, self._sweep = self._sweep, None
        if sweep is not None:
            self._controller.trials.drop(PURPOSE)
            sweep.stop()
            self._keep(sweep.progress)

    def forget(self) -> None:
        """Another data set was opened."""
        self.stop()
        self._controller.learn(SWEEPS, {})

    def close(self) -> None:
        """End for good."""
        self._sweep = None

    def _take(self, sweep: Sweep, answer: Answer) -> None:
        if sweep is self._sweep:
            sweep.take(answer)
            self._go_on()

    def _go_on(self) -> None:
        sweep = self._sweep
        assert sweep is not None
        query = sweep.query
        if query is None:
            self._sweep = None
        self._keep(sweep.progress)
        if query is not None:
            self._controller.trials.ask(query, lambda answer: self._take(sweep, answer))

    def _keep(self, progress: SweepProgress) -> None:
        known = {**SWEEPS.of(self._controller.content), progress.key: progress}
        self._controller.learn(SWEEPS, dict(list(known.items())[-KEPT:]))
