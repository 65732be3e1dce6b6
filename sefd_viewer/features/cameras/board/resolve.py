"""From the state and what is known to what the camera board shows: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.app.frame import Words
from sefd_viewer.app.methods import person_color
from sefd_viewer.features.cameras.board.derive import (
    SCENE,
    found,
    moment_in_view,
    moment_key,
    scene_in_view,
    scene_key,
    sequence_in_view,
)
from sefd_viewer.features.cameras.board.frame import (
    BoardFrame,
    BoardPersonFrame,
    ResidualFrame,
    TimelineFrame,
)
from sefd_viewer.features.cameras.board.judging import chosen_table, height_px, person_title, person_words
from sefd_viewer.features.cameras.board.panels import view_frames
from sefd_viewer.features.cameras.board.timeline_job import timeline_in_view
from sefd_viewer.features.cameras.board.world import world_frame

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.cameras.board.scene import BoardPerson, BoardScene


_BY_CONSTRUCTION = 0.01
"""Residuals (px or mm) that no detector and no hand reaches."""

_MEANING = {
    ("triangulated", "px"): "2D joints against the points triangulated from them, in pixels of the picture",
    ("triangulated", "mm"): "Viewing rays of the 2D joints against the points triangulated from them",
    ("body", "px"): "2D joints against the joints of the annotated body, in pixels of the picture",
    ("body", "mm"): "Viewing rays of the 2D joints against the joints of the annotated body",
}


def resolve_board(state: ViewerState, content: Content) -> BoardFrame:
    """Decide what the camera board shows."""
    moment = moment_in_view(state, content)
    if moment is None:
        return BoardFrame(chosen=state.board, words=_waiting(state, content))
    scene = scene_in_view(state, content)
    person = chosen_person(state, scene)
    return BoardFrame(
        moment=moment.key,
        views=view_frames(state, content, moment, scene, person),
        people=_people(scene),
        person=person.key if person is not None else None,
        chosen=state.board,
        residuals=_residuals(state, content, scene, person),
        timeline=_timeline(state, content, person),
        world=world_frame(state, content, moment, scene, person),
        scene=scene,
        notes=_notes(state, moment.left_out, scene),
    )


def chosen_person(state: ViewerState, scene: BoardScene | None) -> BoardPerson | None:
    """The chosen person, else the first; None when nobody is there."""
    if scene is None or not scene.people:
        return None
    named = (person for person in scene.people if person.key == state.board.person)
    return next(named, scene.people[0])


def _waiting(state: ViewerState, content: Content) -> Words:
    from sefd_viewer.app.absence import WELCOME

    outcome = found(content, "board moment", moment_key(state, content))
    if outcome is not None and outcome.problem is not None:
        return Words("This moment cannot be shown", outcome.problem)
    if content.dataset is None and content.opening is None:
        return WELCOME
    return Words("Looking for the other views", busy=True)


def _people(scene: BoardScene | None) -> tuple[BoardPersonFrame, ...]:
    people = scene.people if scene is not None else ()
    return tuple(
        BoardPersonFrame(person.key, person_title(person), person_color(i), person_words(person))
        for i, person in enumerate(people)
    )


def _residuals(
    state: ViewerState, content: Content, scene: BoardScene | None, person: BoardPerson | None
) -> ResidualFrame:
    board = state.board
    if scene is None:
        outcome = found(content, SCENE, scene_key(state, content))
        if outcome is not None and outcome.problem is not None:
            return ResidualFrame(words=Words("The views cannot be compared", outcome.problem))
        return ResidualFrame(words=Words("Looking for people", "in all views", busy=True))
    if person is None:
        return ResidualFrame(words=Words("Nobody was found", "There are no 2D poses to compare."))
    table = chosen_table(person, board.against, board.unit)
    if table is None:
        return ResidualFrame(words=_no_table(state, scene, person))
    note = _MEANING[board.against, board.unit]
    if board.against == "triangulated" and np.nanmax(table.errors_px, initial=0) < _BY_CONSTRUCTION:
        note = f"Zero by construction: these 2D joints are 3D joints seen by these very cameras. {note}"
    return ResidualFrame(table, board.unit, height_px(person), person.apart_mm, board.joint, note)


def _no_table(state: ViewerState, scene: BoardScene, person: BoardPerson) -> Words:
    if state.board.against == "body":
        return Words("No body here", "This person has no annotated body; compare with triangulated points.")
    if len(scene.moment.records) == 1:
        return Words("Only one view", "One camera alone shows this moment: there is nothing to compare.")
    if len(scene.cameras) < 2:
        return Words("No cameras", "Fewer than two of these records have a calibrated camera.")
    views = ", ".join(person.seen.members)
    return Words("Seen by one camera", f"Only {views} shows this person: no point can be triangulated.")


def _timeline(state: ViewerState, content: Content, person: BoardPerson | None) -> TimelineFrame:
    moment, sequence = moment_in_view(state, content), sequence_in_view(state, content)
    if sequence is None or moment is None:
        return TimelineFrame(words=Words("Looking for the other moments", busy=True))
    if len(sequence.keys) < 2 or len(sequence.views) < 2:
        return TimelineFrame(words=Words("No timeline", "There is no other moment that several cameras saw."))
    return TimelineFrame(
        keys=sequence.keys,
        moments=sequence.moments,
        values=timeline_in_view(state, content),
        views=sequence.views,
        person=person.key if person is not None else state.board.person,
        index=sequence.index(moment.key),
        paused=not state.board.measure_moments,
    )


def _notes(state: ViewerState, left_out: int, scene: BoardScene | None) -> tuple[str, ...]:
    notes = [] if scene is None else list(scene.problems)
    if left_out:
        notes.append(f"{left_out} more views are not shown")
    if scene is not None and scene.people and not any(person.bodies for person in scene.people):
        wanted = state.board.show_mesh or state.board.show_edges
        notes += ["No bodies are annotated here: joints are triangulated from the 2D poses"] if wanted else []
    if state.board.calibration is not None:
        notes.append(f"Cameras of {state.board.calibration.name}")
    if state.board.conventions is not None:
        notes += [f"Read otherwise: {line}" for line in state.board.conventions.differences()]
    return tuple(notes)
