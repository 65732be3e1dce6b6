"""What the tab "Conventions" shows: cards of steps, the error before and after, and a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Words
from sefd_viewer.features.cameras.board import derive as board
from sefd_viewer.features.cameras.board.resolve import chosen_person
from sefd_viewer.features.cameras.conventions.choices import conventions_of
from sefd_viewer.features.cameras.conventions.desk import chosen_positions
from sefd_viewer.features.cameras.conventions.diagnosing import SCOPES, DiagnosisState, Scope
from sefd_viewer.features.cameras.conventions.inspector import (
    INSPECTOR,
    Errors,
    errors_by_name,
    inspected,
    inspector_key,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep, Stage
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

STAGES: Mapping[Stage, str] = {
    "body": "SMPL body",
    "world": "World",
    "camera": "Camera",
    "lens": "Lens",
    "picture": "Picture",
    "time": "Time",
}
"""The cards in the order of the chain, and what they are called."""


@dataclass(frozen=True)
class CardFrame:
    """One card: the steps of one stage of the chain."""

    stage: Stage
    title: str
    steps: tuple[ConventionStep, ...]


@dataclass(frozen=True, eq=False)
class InspectorFrame:
    """Everything the tab shows.

    `errors` by name: before, after (nan: on its way) and unit. `differences` says what is read otherwise than
    stated; `calibration` names the file whose cameras are read in place of the records'; `scopes` are what a
    diagnosis can rest on.
    """

    cards: tuple[CardFrame, ...] = ()
    views: tuple[str, ...] = ()
    conventions: Conventions | None = None
    errors: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    calibration: str | None = None
    diagnosis: DiagnosisState = field(default_factory=DiagnosisState)
    scopes: tuple[Scope, ...] = ("moment", "around", "set")
    words: Words | None = None


def inspector_frame(state: ViewerState, content: Content) -> InspectorFrame:
    """Decide what the tab shows."""
    conventions, found = conventions_of(state.board), inspected(state, content)
    calibration = state.board.calibration
    name = calibration.name if calibration is not None else None
    if found is None:
        return InspectorFrame(calibration=name, words=_words(state, content))
    scene = board.scene_in_view(state, content)
    person = chosen_person(state, scene)
    key = person.key if person is not None else None
    after = Errors.of(scene, key) if scene is not None else None
    return InspectorFrame(
        cards=_cards(found.steps),
        views=found.views,
        conventions=conventions,
        errors=errors_by_name(Errors.of(found.plain, key), after),
        differences=conventions.differences(),
        calibration=name,
        diagnosis=content.diagnosis,
        scopes=_scopes(content),
    )


def _scopes(content: Content) -> tuple[Scope, ...]:
    """What a diagnosis can rest on: the rows of Review only where a filter leaves some out."""
    dataset = content.dataset
    offered = {
        "shown": bool(chosen_positions(content)),
        "sequence": dataset is not None and dataset.format == "human36m",
    }
    return tuple(scope for scope in SCOPES if offered.get(scope, True))


def _cards(steps: tuple[ConventionStep, ...]) -> tuple[CardFrame, ...]:
    cards = (
        CardFrame(stage, title, tuple(step for step in steps if step.stage == stage))
        for stage, title in STAGES.items()
    )
    return tuple(card for card in cards if card.steps)


def _words(state: ViewerState, content: Content) -> Words:
    outcome = board.found(content, INSPECTOR, inspector_key(state, content))
    if outcome is not None and outcome.problem is not None:
        return Words("The cameras cannot be inspected", outcome.problem)
    if state.record is None:
        return Words("No record is in view")
    return Words("Looking at the cameras", "and for people in all views", busy=True)
