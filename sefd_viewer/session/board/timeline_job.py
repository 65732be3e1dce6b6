"""When the errors of other moments are wanted, and the work that finds them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from sefd_viewer.session.background import Job
from sefd_viewer.session.board.derive import (
    TIMELINE,
    BoardJob,
    moment_in_view,
    picture_sizes,
    sequence_in_view,
    sequence_key,
)
from sefd_viewer.session.board.moment import moment_of

if TYPE_CHECKING:
    from sefd_viewer.session.board.timeline import TimelineValues
    from sefd_viewer.session.content import Content
    from sefd_viewer.session.state import ViewerState


def _topic(state: ViewerState, content: Content) -> tuple[Hashable, ...] | None:
    """What the timeline is about: it begins anew when this changes."""
    moment, sequence = moment_in_view(state, content), sequence_in_view(state, content)
    if moment is None or sequence is None or len(sequence.keys) < 2 or len(moment.records) < 2:
        return None
    board = state.board
    views = tuple(sorted(moment.records))
    read = (board.mode, board.conventions, board.calibration)
    return sequence_key(state, content), views, state.poses, read, board.against


def timeline_in_view(state: ViewerState, content: Content) -> TimelineValues | None:
    """What is known so far, None while nothing is."""
    outcome, topic = content.outcomes.get(TIMELINE), _topic(state, content)
    if outcome is None or topic is None:
        return None
    return outcome.value if outcome.key[1] == topic else None  # type: ignore[index]


def timeline_views(state: ViewerState, content: Content) -> tuple[str, ...]:
    """The views behind the columns of the values."""
    moment = moment_in_view(state, content)
    return tuple(sorted(moment.records)) if moment is not None else ()


def _key(state: ViewerState, content: Content) -> Hashable | None:
    topic = _topic(state, content)
    if topic is None or not state.board.measure_moments:
        return None
    known = timeline_in_view(state, content)
    if known is None:
        return TIMELINE, topic, 0
    done = int(known.done.sum())
    return None if done == len(known.done) else (TIMELINE, topic, done)


def _job(state: ViewerState, content: Content, tools: Any) -> Job:
    dataset, moment, sequence = (
        content.dataset,
        moment_in_view(state, content),
        sequence_in_view(state, content),
    )
    assert dataset is not None
    assert moment is not None
    assert sequence is not None
    known, views, sizes = (
        timeline_in_view(state, content),
        timeline_views(state, content),
        picture_sizes(state, content),
    )
    opened, poses, board, here = content.opened, state.poses, state.board, sequence.index(moment.key) or 0

    def job() -> TimelineValues:
        from sefd_viewer.errors import SefdError
        from sefd_viewer.session.board.scene import board_scene
        from sefd_viewer.session.board.timeline import TimelineValues, further, moment_errors

        def measure(index: int) -> Any:
            other = moment_of(dataset, sequence.keys[index])
            people = {}
            for view, record in other.records.items():
                try:
                    people[view] = tools.board.people(opened, record, poses, keep=False).people
                except SefdError:  # a picture that cannot be read leaves a gap
                    people[view] = ()
            scene = board_scene(other, people, sizes, board, tools.find_body, bodies=board.against == "body")
            return moment_errors(scene, views, board.against)

        return further(known or TimelineValues.empty(len(sequence.keys), len(views)), here, measure)

    return job


TIMELINE_JOB = BoardJob(TIMELINE, _key, _job)
