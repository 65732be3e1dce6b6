"""What a person does in the workspace "Explain" that takes time: trials and the sweep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import LruCache
from sefd_viewer.features.explain.case import case_of
from sefd_viewer.features.explain.content import ExplainContent
from sefd_viewer.features.explain.derive import wishes
from sefd_viewer.features.explain.sweep import PURPOSE, Sweep, SweepProgress, sweep_key
from sefd_viewer.features.explain.trials import Trials

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.predictions import Client
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.explain.asking import Asking
    from sefd_viewer.inference.messages import Message

SWEEPS_KEPT = 12


class ExplainDesk:
    """Keeps trials and sweep in step with what is in view; `changed()` is called when something came."""

    def __init__(self, client: Client, numbers: Iterator[int], changed: Callable[[], None]) -> None:
        self._trials = Trials(client, numbers, changed)
        self._changed = changed
        self._sweep: Sweep | None = None
        self._kept: LruCache[SweepProgress] = LruCache(SWEEPS_KEPT)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._trials.busy

    def receive(self, message: Message) -> None:
        """Take what the networks say."""
        self._trials.receive(message)

    def follow(self, state: ViewerState, content: Content, asking: Asking) -> ExplainContent:
        """Ask for what is in view, and return what is known."""
        content = replace(content, explain=replace(content.explain, asking=asking))
        wanted = wishes(state, content) if state.workspace == "explain" else []
        if self._sweep is not None:
            while self._sweep.take(self._trials.now.answer(PURPOSE)):
                self._keep(self._sweep.progress)
            going_on = self._sweep.wish
            wanted += [going_on] if going_on is not None else []
            self._sweep = self._sweep if going_on is not None else None
        self._trials.want(wanted)
        return ExplainContent(self._trials.now, self._of(state, content, asking), asking)

    def sweep(self, state: ViewerState, content: Content) -> None:
        """Begin to slide a box over the case in view."""
        case = case_of(state, content)
        if case is not None and case.normal:
            self._sweep = Sweep(case, content.explain.asking, state.explain.sweep_size)
            self._keep(self._sweep.progress)
            self._changed()

    def stop_sweep(self) -> None:
        """Stop sliding; what was found stays."""
        if self._sweep is not None:
            self._sweep.stop()
            self._keep(self._sweep.progress)
            self._sweep = None
            self._changed()

    def stop(self) -> None:
        """Ask nothing more until something else is wanted."""
        self.stop_sweep()
        self._trials.stop()

    def again(self) -> None:
        """Ask everything once more."""
        self._trials.again()

    def _keep(self, progress: SweepProgress) -> None:
        self._kept.put(progress.key, progress)

    def _of(self, state: ViewerState, content: Content, asking: Asking) -> SweepProgress | None:
        case = case_of(state, content) if state.workspace == "explain" else None
        if case is None:
            return None
        key: Hashable = sweep_key(case, asking, state.explain.sweep_size)
        return self._kept.get(key)
