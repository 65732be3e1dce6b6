"""What the inspector needs besides the board's numbers: its steps, and the error before any change."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.cameras.board import derive as board
from sefd_viewer.features.cameras.conventions.choices import stated_by
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep
    from sefd_viewer.cameras.views.residuals import ResidualTable
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.board.scene import BoardScene

INSPECTOR = "convention inspector"
TAB = "conventions"


@dataclass(frozen=True)
class Errors:
    """Errors of one person at one moment: medians of each camera, averaged; nan without anything to compare.

    `views_px`: of 2D joints against points triangulated from them. `body_px`, `body_mm`: against the
    annotated body's joints, in the pictures and at the joint.
    """

    views_px: float = math.nan
    body_px: float = math.nan
    body_mm: float = math.nan

    @classmethod
    def of(cls, scene: BoardScene, person: str | None) -> Errors:
        """The errors of a person (a key of the board), else of the one on whom the cameras agree best."""
        if not scene.people:
            return cls()
        one = next((each for each in scene.people if each.key == person), scene.people[0])
        views = _mean(one.triangulated.px) if one.triangulated is not None else math.nan
        if one.against_body is None:
            return cls(views)
        return cls(views, _mean(one.against_body.px), _mean(one.against_body.mm))


def _mean(table: ResidualTable) -> float:
    """Each camera counts alike, so that a single wrong one shows."""
    known = [error for error in table.by_view.values() if math.isfinite(error)]
    return math.fsum(known) / len(known) if known else math.nan


@dataclass(frozen=True, eq=False)
class Inspected:
    """The chain's steps for the moment in view, and the board's numbers when everything is read as stated."""

    steps: tuple[ConventionStep, ...]
    views: tuple[str, ...]
    plain: BoardScene


def inspector_key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted while the tab is in view and the moment's people and picture sizes are known."""
    moment = board.moment_in_view(state, content)
    if state.board.tab != TAB or moment is None or board.people_in_view(state, content) is None:
        return None
    sizes = board.picture_sizes(state, content)
    if len(sizes) < len(moment.records):
        return None
    plain = replace(state, board=replace(state.board, conventions=None, mode="exact"))
    return INSPECTOR, board.scene_key(plain, content)


def inspected(state: ViewerState, content: Content) -> Inspected | None:
    """What is known for the moment in view, None while it is not."""
    return board.value_of(content, INSPECTOR, inspector_key(state, content))


def inspector_job(state: ViewerState, content: Content, tools: Any) -> Job:
    """Read the moment as it is stated, and see which steps make sense for it."""
    moment, people = board.moment_in_view(state, content), board.people_in_view(state, content)
    sizes, plain = board.picture_sizes(state, content), replace(state.board, conventions=None, mode="exact")
    assert moment is not None
    assert people is not None

    def job() -> Inspected:
        from sefd_viewer.cameras.diagnosis.body_reading import models_for
        from sefd_viewer.cameras.diagnosis.convention_steps import convention_steps
        from sefd_viewer.features.cameras.board.scene import board_scene

        stated = stated_by(plain, moment.records, sizes)
        stored = [one for record in moment.records.values() for one in _stored(record)]
        steps = convention_steps(
            stated,
            sizes=dict(sizes),
            bodies=models_for([body_id for body_id, _ in stored], tools.find_body),
            has_bodies=bool(stored),
            bodies_in_world=any(in_world for _, in_world in stored),
        )
        scene = board_scene(moment, people, sizes, plain, tools.find_body)
        return Inspected(steps if stated else _without_cameras(steps), tuple(stated), scene)

    return job


def _without_cameras(steps: Sequence[ConventionStep]) -> tuple[ConventionStep, ...]:
    """The steps where there is no camera to read."""
    words = "This record states no camera."
    return tuple(replace(step, unavailable=words) if step.per_camera else step for step in steps)


def _stored(record: Record) -> list[tuple[str, bool]]:
    """The body models that a record's parameters name, and whether those are in the world."""
    found = []
    for person in record.people:
        parameters = person.smpl_world if person.smpl_world is not None else person.smpl
        if parameters is not None:
            found.append((parameters.body_id, person.smpl_world is not None))
    return found


def errors_by_name(before: Errors, after: Errors | None) -> Mapping[str, tuple[float, float, str]]:
    """Each error that is known: before and after (nan: not known yet), and its unit."""
    now = after if after is not None else Errors()
    lines = {
        "Between the views": (before.views_px, now.views_px, "px"),
        "Bodies in the pictures": (before.body_px, now.body_px, "px"),
        "Bodies at the joints": (before.body_mm, now.body_mm, "mm"),
    }
    return {name: line for name, line in lines.items() if any(map(math.isfinite, line[:2]))}
