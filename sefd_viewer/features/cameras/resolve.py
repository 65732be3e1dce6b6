"""From the state and what is known to what workspace Cameras shows: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.absence import WELCOME
from sefd_viewer.app.frame import Words
from sefd_viewer.app.layers import body_color
from sefd_viewer.app.methods import COLORS, TRUTH, person_color
from sefd_viewer.app.photo_titles import photo_name
from sefd_viewer.features.cameras.account import account_of
from sefd_viewer.features.cameras.frame import (
    BoardPersonFrame,
    CamerasFrame,
    FrustumFrame,
    ImagePlaneFrame,
    ResidualFrame,
    SkeletonFrame,
    TimelineFrame,
    WorldBodyFrame,
    WorldFrame,
)
from sefd_viewer.features.cameras.in_view import InView
from sefd_viewer.features.cameras.inspector import inspector_frame
from sefd_viewer.features.cameras.pages import extrinsics_frame, image_plane_frame
from sefd_viewer.features.cameras.panels import hue_of, view_frames
from sefd_viewer.features.cameras.residuals import chosen_table, height_px, person_title, person_words
from sefd_viewer.geometry.joints import as_joint_set

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.cameras.moments import Moment
    from sefd_viewer.features.cameras.scene import BoardPerson, BoardScene

Up = tuple[float, float, float]
_BY_CONSTRUCTION = 0.01
"""Residuals (px or mm) that no detector and no hand reaches."""

_MEANING = {
    ("triangulated", "px"): "2D joints against the points triangulated from them, in pixels of the picture",
    ("triangulated", "mm"): "Viewing rays of the 2D joints against the points triangulated from them",
    ("body", "px"): "2D joints against the joints of the annotated body, in pixels of the picture",
    ("body", "mm"): "Viewing rays of the 2D joints against the joints of the annotated body",
}


def resolve(state: ViewerState, content: Content) -> CamerasFrame:
    """Decide what the workspace shows."""
    found = InView(state, content)
    board, moment, scene = found.board, found.moment, found.scene
    person = chosen_person(found)
    pages = CamerasFrame(
        chosen=board,
        extrinsics=extrinsics_frame(found, person),
        image_plane=image_plane_frame(found) if board.tab == "image_plane" else ImagePlaneFrame(),
        inspector=inspector_frame(found, person) if board.tab == "conventions" else None,
    )
    if moment is None:
        return replace(pages, words=_waiting(found))
    return replace(
        pages,
        moment=moment.key,
        title=_title(found),
        place=_place(found),
        account=account_of(found, person),
        has_modes=found.modes_key is not None,
        views=view_frames(found, person),
        people=_people(scene),
        methods=found.on_cameras.offered(),
        person=person.key if person is not None else None,
        residuals=_residuals(found, person),
        timeline=_timeline(found, person),
        world=_world(found, moment, person),
        scene=scene,
        notes=_notes(found, moment.left_out),
    )


def _title(found: InView) -> str:
    """The moment for people: "Frame 40 of S11 Directions 1"."""
    return "" if found.record is None else photo_name(found.record).moment_title


def _place(found: InView) -> str:
    """Which moment of how many it is."""
    moment, sequence = found.moment, found.over_time.sequence
    index = sequence.index(moment.key) if sequence is not None and moment is not None else None
    return "" if index is None or sequence is None else f"moment {index + 1:,} of {len(sequence.keys):,}"


def chosen_person(found: InView) -> BoardPerson | None:
    """The chosen person, else the first; None when nobody is there."""
    people = found.scene.people if found.scene is not None else ()
    named = (person for person in people if person.key == found.board.person)
    return next(named, people[0] if people else None)


def _waiting(found: InView) -> Words:
    outcome = found.computed.get(found.moment_key) if found.moment_key is not None else None
    if outcome is not None and outcome.problem is not None:
        return Words("This moment cannot be shown", outcome.problem)
    if found.content.dataset is None and found.content.opening is None:
        return WELCOME
    return Words("Looking for the other views", busy=True)


def _people(scene: BoardScene | None) -> tuple[BoardPersonFrame, ...]:
    people = scene.people if scene is not None else ()
    return tuple(
        BoardPersonFrame(person.key, person_title(person), person_color(i), person_words(person))
        for i, person in enumerate(people)
    )


def _residuals(found: InView, person: BoardPerson | None) -> ResidualFrame:
    board, scene = found.board, found.scene
    if scene is None:
        outcome = found.computed.get(found.scene_key) if found.scene_key is not None else None
        if outcome is not None and outcome.problem is not None:
            return ResidualFrame(words=Words("The views cannot be compared", outcome.problem))
        return ResidualFrame(words=Words("Looking for people", "in all views", busy=True))
    if person is None:
        return ResidualFrame(words=Words("Nobody was found", "There are no 2D poses to compare."))
    table = chosen_table(person, board.against, board.unit)
    if table is None:
        return ResidualFrame(words=_no_table(found, scene, person))
    note = _MEANING[board.against, board.unit]
    if board.against == "triangulated" and np.nanmax(table.errors_px, initial=0) < _BY_CONSTRUCTION:
        note = f"Zero by construction: these 2D joints are 3D joints seen by these very cameras. {note}"
    views = found.content.dataset.views if found.content.dataset is not None else ()
    numbers = table, board.unit, height_px(person), person.apart_mm
    return ResidualFrame(*numbers, board.joint, note, views=tuple(views))


def _no_table(found: InView, scene: BoardScene, person: BoardPerson) -> Words:
    if found.board.against == "body":
        return Words("No body here", "This person has no annotated body; compare with triangulated points.")
    if len(scene.moment.records) == 1:
        return Words("Only one view", "One camera alone shows this moment: there is nothing to compare.")
    if len(scene.cameras) < 2:
        return Words("No cameras", "Fewer than two of these photos have a calibrated camera.")
    views = ", ".join(person.seen.members)
    return Words("Seen by one camera", f"Only {views} shows this person: no point can be triangulated.")


def _timeline(found: InView, person: BoardPerson | None) -> TimelineFrame:
    moment, sequence = found.moment, found.over_time.sequence
    if sequence is None or moment is None:
        return TimelineFrame(words=Words("Looking for the other moments", busy=True))
    if len(sequence.keys) < 2 or len(sequence.views) < 2:
        return TimelineFrame(words=Words("No timeline", "There is no other moment that several cameras saw."))
    return TimelineFrame(
        keys=sequence.keys,
        moments=sequence.moments,
        sequences=sequence.sequences,
        values=found.over_time.timeline,
        views=sequence.views,
        person=person.key if person is not None else found.board.person,
        index=sequence.index(moment.key),
        paused=not found.board.measure_moments,
    )


def _notes(found: InView, left_out: int) -> tuple[str, ...]:
    board, scene = found.board, found.scene
    notes = [] if scene is None else list(scene.problems)
    if left_out:
        notes.append(f"{left_out} more views are not shown")
    if scene is not None and scene.people and not any(person.bodies for person in scene.people):
        wanted = TRUTH in board.methods and (board.show_mesh or board.show_edges)
        notes += ["No bodies are annotated here: joints are triangulated from the 2D poses"] if wanted else []
    notes += found.on_cameras.notes() if board.show_mesh or board.show_edges else ()
    if board.calibration is not None:
        notes.append(f"Cameras of {board.calibration.name}")
    if board.conventions is not None:
        notes += [f"Read otherwise: {line}" for line in board.conventions.differences()]
    return tuple(notes)


# ---- the room in 3D


def _world(found: InView, moment: Moment, person: BoardPerson | None) -> WorldFrame:
    """What stands in the room; `person` is the one whose joint is chosen."""
    scene = found.scene
    if scene is None:
        return WorldFrame(words=Words("Comparing the views", busy=True))
    if not scene.cameras:
        return WorldFrame(words=Words("No cameras", "None of these photos says where its camera stands."))
    return WorldFrame(
        frustums=_frustums(found, scene),
        bodies=_bodies(found, scene) if found.board.show_mesh else (),
        skeletons=_skeletons(scene) if found.board.show_joints else (),
        up=_up(moment, scene),
        joint_world=_joint(found.board.joint, person),
    )


def _joint(joint: str | None, person: BoardPerson | None) -> NDArray[np.float64] | None:
    """Where the chosen joint is, triangulated."""
    if person is None or person.triangulated is None or joint not in person.seen.joints:
        return None
    point = person.triangulated.points_world[person.seen.joints.index(joint)]
    return point if np.isfinite(point).all() else None


def _frustums(found: InView, scene: BoardScene) -> tuple[FrustumFrame, ...]:
    frustums = []
    for one in found.views:
        camera, picture = scene.cameras.get(one.view), found.computed.value(one.picture)
        size = picture.size if picture is not None else one.record.size
        if camera is not None and size is not None:
            small = None if picture is None else picture.small
            frustums.append(FrustumFrame(one.view, hue_of(found, one.view), camera, size, small))
    return tuple(frustums)


def _bodies(found: InView, scene: BoardScene) -> tuple[WorldBodyFrame, ...]:
    return (*(_true(scene) if TRUTH in found.board.methods else ()), *found.on_cameras.in_space())


def _true(scene: BoardScene) -> tuple[WorldBodyFrame, ...]:
    return tuple(
        WorldBodyFrame(person.key, person.body_world, person.faces, body_color(COLORS[TRUTH], index))
        for index, person in enumerate(scene.people)
        if person.body_world is not None and person.faces is not None
    )


def _skeletons(scene: BoardScene) -> tuple[SkeletonFrame, ...]:
    return tuple(
        SkeletonFrame(
            person.key,
            person.triangulated.points_world,
            as_joint_set(person.seen.joint_set).skeleton,
            person_color(index),
        )
        for index, person in enumerate(scene.people)
        if person.triangulated is not None
    )


def _up(moment: Moment, scene: BoardScene) -> Up:
    """Away from the ground: as a record says, else what is up for most cameras."""
    for record in moment.records.values():
        if record.world_up is not None:
            return record.world_up
    total = np.sum([-camera.R[1] for camera in scene.cameras.values()], axis=0)
    length = float(np.linalg.norm(total))
    x, y, z = total / length if length > 1e-6 else (0.0, -1.0, 0.0)
    return float(x), float(y), float(z)
