"""What the thread pool computes for the workspace "Cameras": the moment, its pictures, people and numbers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.pose_edits import People, edited_people, edits_of
from sefd_viewer.app.scene import known_as
from sefd_viewer.features.cameras.board.moment import (
    MOST_VIEWS,
    STRETCH,
    Moment,
    Sequence,
    moment_of,
    sequence_around,
)
from sefd_viewer.features.cameras.board.remembering import once
from sefd_viewer.jobs.runner import Job, Outcome

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.board.scene import BoardScene
    from sefd_viewer.inference.messages import PersonInput

MOMENT, SEQUENCE, SCENE, TIMELINE = "board moment", "board moments", "board scene", "board timeline"
PICTURES, PEOPLE, MESHES, EDGES = "board picture", "board people", "board mesh", "board edges"
EDGE_WIDTH = 3
"""Pixels: thin enough to see how bodies lie on the photo."""

Key = Hashable | None


@dataclass(frozen=True)
class BoardJob:
    """One thing that is computed, as a row for the table of derivations."""

    name: str
    key: Callable[[ViewerState, Content], Key]
    job: Callable[[ViewerState, Content, Any], Job]


def is_open(state: ViewerState) -> bool:
    """Whether the workspace is in view."""
    return state.workspace == "cameras"


def found(content: Content, name: str, key: Key) -> Outcome | None:
    """The outcome `name` for this very key, None while there is none."""
    outcome = content.outcomes.get(name)
    return outcome if outcome is not None and key is not None and outcome.key == key else None


def value_of(content: Content, name: str, key: Key) -> Any:
    """The value of `found`, None without one."""
    outcome = found(content, name, key)
    return None if outcome is None else outcome.value


# ---- the moment in view, and the others


def moment_key(state: ViewerState, content: Content) -> Key:
    """Wanted while the board is open on a record."""
    if not is_open(state) or content.dataset is None or content.opening is not None or state.record is None:
        return None
    return MOMENT, content.opened, state.record, _times(state)


def _times(state: ViewerState) -> tuple[tuple[str, float], ...]:
    """Which views are put off in time, and by how many moments."""
    conventions = state.board.conventions
    if conventions is None:
        return ()
    own = ((view, convention.later) for view, convention in conventions.views)
    return tuple(one for one in (("", conventions.every.later), *own) if one[1])


@once
def moment_in_view(state: ViewerState, content: Content) -> Moment | None:
    """The moment of the record in view, None while it is not known."""
    return value_of(content, MOMENT, moment_key(state, content))


def _moment_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    assert content.dataset is not None
    assert state.record is not None
    return partial(moment_of, content.dataset, state.record, state.board.conventions)


def sequence_key(state: ViewerState, content: Content) -> Key:
    """One stretch of the data set as one view has it."""
    moment = moment_in_view(state, content)
    if moment is None or content.dataset is None or state.record is None:
        return None
    view = next((name for name, record in moment.records.items() if record.key == state.record), None)
    return SEQUENCE, content.opened, view, content.dataset.position(state.record) // STRETCH


@once
def sequence_in_view(state: ViewerState, content: Content) -> Sequence | None:
    """The moments that the timeline covers, None while they are not known."""
    return value_of(content, SEQUENCE, sequence_key(state, content))


def _sequence_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    assert content.dataset is not None
    assert state.record is not None
    return partial(sequence_around, content.dataset, state.record)


def hue_of(state: ViewerState, content: Content, view: str) -> int:
    """The number of a view's colour, which it keeps while others come and go."""
    sequence, moment = sequence_in_view(state, content), moment_in_view(state, content)
    views = sequence.views if sequence is not None and view in sequence.views else ()
    names = views or tuple(moment.records if moment is not None else ())
    return names.index(view) if view in names else 0


# ---- pictures and people, one slot for each view


@once
def _slots(state: ViewerState, content: Content) -> list[tuple[str, Record, tuple[Hashable, ...]]]:
    """View, record, and what is kept of its picture is kept under, by slot: files are looked at once."""
    moment = moment_in_view(state, content)
    records = moment.records.items() if moment is not None else ()
    return [(view, record, known_as(content.opened, record)) for view, record in records]


def view_at(state: ViewerState, content: Content, slot: int) -> str | None:
    """The name of the view in a slot, None for an empty slot."""
    slots = _slots(state, content)
    return slots[slot][0] if slot < len(slots) else None


def _record_at(state: ViewerState, content: Content, slot: int) -> Any:
    slots = _slots(state, content)
    return slots[slot][1] if slot < len(slots) else None


def picture_key(state: ViewerState, content: Content, slot: int) -> Key:
    """The picture of a slot's record."""
    slots = _slots(state, content)
    return (PICTURES, *slots[slot][2]) if slot < len(slots) else None


def people_key(state: ViewerState, content: Content, slot: int) -> Key:
    """The people of a slot's record; where they come from decides."""
    slots = _slots(state, content)
    return (PEOPLE, *slots[slot][2], state.poses) if slot < len(slots) else None


def _slot_job(slot: int, what: str) -> Callable[[ViewerState, Content, Any], Job]:
    def job(state: ViewerState, content: Content, tools: Any) -> Job:
        record, opened, poses = _record_at(state, content, slot), content.opened, state.poses
        if what == PICTURES:
            return lambda: tools.photos.view_picture(opened, record)
        return lambda: tools.photos.people(opened, record, poses)

    return job


# ---- everything put together


@once
def _people_outcomes(state: ViewerState, content: Content) -> dict[str, Outcome] | None:
    """The people of every view, None while some are still being looked for."""
    moment = moment_in_view(state, content)
    if moment is None:
        return None
    outcomes = {}
    for slot, view in enumerate(moment.records):
        outcome = found(content, f"{PEOPLE} {slot}", people_key(state, content, slot))
        if outcome is None:
            return None
        outcomes[view] = outcome
    return outcomes


def people_in_view(state: ViewerState, content: Content) -> dict[str, tuple[PersonInput, ...]] | None:
    """The people of every view that could be read, None while some are still being looked for."""
    outcomes, moment = _people_outcomes(state, content), moment_in_view(state, content)
    if outcomes is None or moment is None:
        return None
    return {
        view: with_edits(one.value.people, moment.records[view], state)
        for view, one in outcomes.items()
        if one.value is not None
    }


def with_edits(people: People, record: Record, state: ViewerState) -> People:
    """A record's people with what was changed by hand."""
    return edited_people(people, edits_of(state, record.key), annotated=bool(record.people))


@once
def scene_key(state: ViewerState, content: Content) -> Key:
    """All people must be known; the cameras of other conventions need the pictures' sizes too."""
    outcomes = _people_outcomes(state, content)
    moment = moment_in_view(state, content)
    if outcomes is None or moment is None:
        return None
    read = (state.board.mode, state.board.conventions, state.board.calibration)
    sizes = picture_sizes(state, content)
    if state.board.reads_otherwise and len(sizes) < len(moment.records):
        return None
    edited = tuple(edits_of(state, record.key) for record in moment.records.values())
    people = (*(outcome.key for outcome in outcomes.values()), *edited)
    return SCENE, people, read, tuple(sizes.items()) if state.board.reads_otherwise else ()


@once
def scene_in_view(state: ViewerState, content: Content) -> BoardScene | None:
    """The numbers of the moment in view, None while they are not known."""
    return value_of(content, SCENE, scene_key(state, content))


@once
def picture_sizes(state: ViewerState, content: Content) -> dict[str, tuple[int, int]]:
    """(width, height) of the views' pictures; (1, 1) where one cannot be read."""
    moment = moment_in_view(state, content)
    sizes = {}
    for slot, (view, record) in enumerate(moment.records.items() if moment is not None else ()):
        outcome = found(content, f"{PICTURES} {slot}", picture_key(state, content, slot))
        if record.size is not None:
            sizes[view] = record.size
        elif outcome is not None and outcome.value is not None:
            sizes[view] = outcome.value.size
        elif outcome is not None:
            sizes[view] = (1, 1)
    return sizes


def _scene_job(state: ViewerState, content: Content, tools: Any) -> Job:
    moment, people = moment_in_view(state, content), people_in_view(state, content)
    assert moment is not None
    assert people is not None
    sizes, board = picture_sizes(state, content), state.board

    def job() -> BoardScene:
        from sefd_viewer.features.cameras.board.scene import board_scene

        return board_scene(moment, people, sizes, board, tools.find_body)

    return job


# ---- what is drawn on each photo


def _order(state: ViewerState, content: Content, slot: int) -> tuple[str, ...]:
    """Who is nearest in a slot's picture, where somebody chose it."""
    record = _record_at(state, content, slot)
    return state.depth_orders.get(record.key, ()) if record is not None else ()


def _drawn_key(what: str, slot: int) -> Callable[[ViewerState, Content], Key]:
    def key(state: ViewerState, content: Content) -> Key:
        wanted = state.board.show_mesh if what == MESHES else state.board.show_edges
        scene, view = scene_in_view(state, content), view_at(state, content, slot)
        if not wanted or scene is None or view is None:
            return None
        picture = value_of(content, f"{PICTURES} {slot}", picture_key(state, content, slot))
        if picture is None or not any(view in person.bodies for person in scene.people):
            return None
        about = scene_key(state, content), view
        return (what, *about, _order(state, content, slot)) if what == MESHES else (what, *about, state.edges)

    return key


def drawn_key(what: str, state: ViewerState, content: Content, slot: int) -> Key:
    """The bodies (`what` MESHES) or their edges (EDGES) on the photo of a slot."""
    return _drawn_key(what, slot)(state, content)


def _drawn_job(what: str, slot: int) -> Callable[[ViewerState, Content, Any], Job]:
    def job(state: ViewerState, content: Content, _tools: Any) -> Job:
        scene, view = scene_in_view(state, content), view_at(state, content, slot)
        picture = value_of(content, f"{PICTURES} {slot}", picture_key(state, content, slot))
        assert scene is not None
        assert view is not None
        people, order = people_in_view(state, content), _order(state, content, slot)
        names = [person.key for person in (people or {}).get(view, ())]
        size, settings = picture.size, replace(state.edges, dilation="fixed", kernel=EDGE_WIDTH)

        def draw() -> Any:
            from sefd_viewer.features.cameras.board import drawing

            if what == MESHES:
                return drawing.shaded(scene, view, size, names=names, order=order)
            return drawing.edges(scene, view, size, settings)

        return draw

    return job


def _found_jobs(slot: int) -> list[BoardJob]:
    return [
        BoardJob(f"{PICTURES} {slot}", partial(picture_key, slot=slot), _slot_job(slot, PICTURES)),
        BoardJob(f"{PEOPLE} {slot}", partial(people_key, slot=slot), _slot_job(slot, PEOPLE)),
    ]


def _drawn_jobs(slot: int) -> list[BoardJob]:
    return [
        BoardJob(f"{what} {slot}", _drawn_key(what, slot), _drawn_job(what, slot)) for what in (MESHES, EDGES)
    ]


BOARD_JOBS: tuple[BoardJob, ...] = (  # each comes after those that it needs
    BoardJob(MOMENT, moment_key, _moment_job),
    *(job for slot in range(MOST_VIEWS) for job in _found_jobs(slot)),
    BoardJob(SCENE, scene_key, _scene_job),
    *(job for slot in range(MOST_VIEWS) for job in _drawn_jobs(slot)),
    BoardJob(SEQUENCE, sequence_key, _sequence_job),
)


def work_words() -> Mapping[str, str]:
    """What the board's jobs are called in the status line."""
    slots = range(MOST_VIEWS)
    return {
        MOMENT: "Looking for the other views",
        SEQUENCE: "Looking for the other moments",
        SCENE: "Comparing the views",
        TIMELINE: "Errors over time",
        **{f"{PICTURES} {slot}": "Loading pictures" for slot in slots},
        **{f"{PEOPLE} {slot}": "Looking for people" for slot in slots},
        **{f"{MESHES} {slot}": "Projected meshes" for slot in slots},
        **{f"{EDGES} {slot}": "Mesh edges" for slot in slots},
    }
