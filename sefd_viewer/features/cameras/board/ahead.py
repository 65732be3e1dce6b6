"""The next moment worked out while the one in view is looked at, so that a step shows it at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.cameras.board.actions import with_record_kept
from sefd_viewer.features.cameras.board.derive import BOARD_JOBS, BoardJob, is_open
from sefd_viewer.features.cameras.board.moment import neighbour
from sefd_viewer.jobs.runner import Job, Outcome, attempt

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState

AHEAD = "board ahead"
Known = Mapping[tuple[str, Hashable], Outcome]
"""Outcomes by the name and key under which they will be asked for."""


def known_ahead(content: Content, name: str, key: Hashable) -> Outcome | None:
    """What was worked out before it was asked for, None where it was not."""
    outcome = content.outcomes.get(AHEAD)
    return None if outcome is None or outcome.value is None else outcome.value.get((name, key))


def _key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted once all about the moment in view is there."""
    if not is_open(state) or content.dataset is None or state.record is None:
        return None
    keys = []
    for one in BOARD_JOBS:
        key, outcome = one.key(state, content), content.outcomes.get(one.name)
        if key is not None and (outcome is None or outcome.key != key):
            return None
        keys.append(key)
    return AHEAD, state.record, _step(state, content), tuple(keys)


def _step(state: ViewerState, content: Content) -> int:
    """Which way a person goes: from the record before to this one, 1 or -1."""
    last = content.outcomes.get(AHEAD)
    if last is None or content.dataset is None or state.record is None:
        return 1
    made_for: Any = last.key
    here, before = content.dataset.find(state.record), content.dataset.find(made_for[1])
    if here is None or before is None or here == before:
        return int(made_for[2])
    return 1 if here > before else -1


def _job(state: ViewerState, content: Content, tools: Any) -> Job:
    return partial(_work_out, state, content, tools, _step(state, content))


def _work_out(state: ViewerState, content: Content, tools: Any, step: int) -> Known:
    """Everything about the next moment, nothing after the last one."""
    assert content.dataset is not None
    assert state.record is not None
    record = neighbour(content.dataset, state.record, step)
    if record is None:
        return {}
    there, found = with_record_kept(state, record), {}
    for one in BOARD_JOBS:  # each comes after those that it needs
        key, outcome = one.key(there, content), content.outcomes.get(one.name)
        if key is not None and (outcome is None or outcome.key != key):
            made = found[one.name, key] = attempt(key, one.job(there, content, tools))
            content = replace(content, outcomes={**content.outcomes, one.name: made})
    return found


AHEAD_JOB = BoardJob(AHEAD, _key, _job)
