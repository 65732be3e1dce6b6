"""When the errors of other moments are wanted, and the work that finds them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.pose_edits import People
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.board.derive import (
    TIMELINE,
    BoardJob,
    moment_in_view,
    picture_sizes,
    sequence_in_view,
    sequence_key,
    with_edits,
)
from sefd_viewer.features.cameras.board.moment import Sequence, moment_of
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.photos import Photos
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.board.timeline import TimelineValues


def _topic(state: ViewerState, content: Content) -> tuple[Hashable, ...] | None:
    """What the timeline is about: it begins anew when this changes."""
    sequence, board = sequence_in_view(state, content), state.board
    if sequence is None or len(sequence.keys) < 2 or len(sequence.views) < 2:
        return None
    read = (board.mode, board.conventions, board.calibration)
    return sequence_key(state, content), state.poses, read, board.against


def timeline_in_view(state: ViewerState, content: Content) -> TimelineValues | None:
    """What is known so far, None while nothing is."""
    outcome, topic = content.outcomes.get(TIMELINE), _topic(state, content)
    if outcome is None or topic is None:
        return None
    return outcome.value if outcome.key[1] == topic else None  # type: ignore[index]


def _key(state: ViewerState, content: Content) -> Hashable | None:
    topic = _topic(state, content)
    if topic is None or not state.board.measure_moments:
        return None
    known, stamps = timeline_in_view(state, content), _stamps(state, content)
    if known is None:
        return TIMELINE, topic, 0
    left = int((~known.outdated(stamps).done).sum())
    return (TIMELINE, topic, left, tuple(stamps.items())) if left else None


def _stamps(state: ViewerState, content: Content) -> dict[int, tuple[object, ...]]:
    """What was changed by hand, by the number of the moment."""
    dataset, sequence = content.dataset, sequence_in_view(state, content)
    if dataset is None or sequence is None:
        return {}
    stamps: dict[int, tuple[object, ...]] = {}
    for (poses, record), edits in state.pose_edits.items():
        moment = dataset.instant(dataset.position(record))[0] if poses == state.poses else None
        index = sequence.index(moment) if moment is not None else None
        if index is not None:
            stamps[index] = (*stamps.get(index, ()), record, edits)
    return stamps


def _job(state: ViewerState, content: Content, tools: Any) -> Job:
    moment, sequence = moment_in_view(state, content), sequence_in_view(state, content)
    assert moment is not None
    assert sequence is not None
    known = timeline_in_view(state, content)
    here, stamps = sequence.index(moment.key) or 0, _stamps(state, content)
    measure = _measure(state, content, sequence, tools)
    dataset, board, as_annotated = content.dataset, state.board, state.poses is None and not stamps
    assert dataset is not None

    def job() -> TimelineValues:
        from sefd_viewer.features.cameras.board.timeline import TimelineValues, further
        from sefd_viewer.features.cameras.board.timeline_columns import errors_at_once

        if known is None and as_annotated:
            errors = errors_at_once(dataset, sequence, board, tools.find_body)
            if errors is not None:
                return TimelineValues.of_all(errors, len(sequence.keys))
        values = known or TimelineValues.empty(len(sequence.keys))
        return further(values.outdated(stamps), here, measure)

    return job


def _measure(state: ViewerState, content: Content, sequence: Sequence, tools: Any) -> Callable[[int], Any]:
    """What measures the moment of a number: errors (px) by person's key and view."""
    dataset, opened, board = content.dataset, content.opened, state.board
    sizes = picture_sizes(state, content)
    assert dataset is not None

    def measure(index: int) -> Any:
        from sefd_viewer.features.cameras.board.scene import board_scene
        from sefd_viewer.features.cameras.board.timeline import moment_errors

        moment = moment_of(dataset, sequence.keys[index], board.conventions)
        people = {
            view: with_edits(_people(tools.photos, opened, record, state.poses), record, state)
            for view, record in moment.records.items()
        }
        scene = board_scene(moment, people, sizes, board, tools.find_body, bodies=board.against == "body")
        return moment_errors(scene, board.against)

    return measure


def _people(tools: Photos, opened: int, record: Record, poses: str | None) -> People:
    """The people of a record; a picture that cannot be read leaves a gap."""
    try:
        return tools.people(opened, record, poses, keep=False).people
    except SefdError:
        return ()


TIMELINE_JOB = BoardJob(TIMELINE, _key, _job)
