"""The tags of the run in view: read once, changed in the state, written when the state has others."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.results.state import ResultsState
    from sefd_viewer.judgements.tags import Tags

TAGS = "results_tags"


class KeptTags:
    """The files of the runs that were looked at since the data set was opened."""

    def __init__(self) -> None:
        self._begun: dict[str, Tags] = {}
        self._written: dict[str, Tags] = {}

    def read(self, run: str) -> Tags:
        """The tags that a run had when it was first looked at: what undoing every step leads back to."""
        from sefd_viewer.judgements.tags import read_tags

        if run not in self._begun:
            self._written[run] = self._begun[run] = read_tags(Path(run))
        return self._begun[run]

    def keep(self, results: ResultsState) -> str | None:
        """Write what was given and taken since the last time; words where that is refused.

        Another window may have the same run: its tags stay, and show here when the run is opened anew.
        """
        from sefd_viewer.judgements.tags import change_tags

        for run, begun in tuple(self._begun.items()):
            tags = results.tags.get(run, begun)
            if tags is not self._written[run]:
                try:
                    change_tags(Path(run), self._written[run], tags)
                except SefdError as error:
                    return str(error)
                self._written[run] = tags
        return None

    def forget(self) -> None:
        """Another data set is opened: its runs are read anew."""
        self._begun.clear()
        self._written.clear()


def tags_key(state: ViewerState, content: Content) -> Hashable | None:
    """The tags of the run in view as they were when it was first looked at."""
    wanted = state.workspace == "results" and state.results.run is not None
    return ("tags", state.results.run, content.opened) if wanted else None


def tags_job(state: ViewerState, _content: Content, tools: Any) -> Job:
    """Read them."""
    return partial(tools.tags.read, state.results.run)


def tags_of(state: ViewerState, content: Content) -> Tags | None:
    """The tags of the run in view, None while they are not known."""
    run, outcome = state.results.run, content.outcomes.get(TAGS)
    if run is None or outcome is None or outcome.key != ("tags", run, content.opened):
        return None
    return state.results.tags.get(run, outcome.value)


def tags_problem(state: ViewerState, content: Content) -> str:
    """Why the tags of the run in view cannot be read."""
    outcome = content.outcomes.get(TAGS)
    known = outcome is not None and outcome.key == ("tags", state.results.run, content.opened)
    return (outcome.problem or "") if outcome is not None and known else ""
