"""The tab "Conventions": the steps of the chain, the error as stated and as read now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.feature import chosen_positions
from sefd_viewer.app.frame import Words
from sefd_viewer.features.cameras.diagnosis import DIAGNOSIS, SCOPES, Scope
from sefd_viewer.features.cameras.frame import CardFrame, InspectorFrame
from sefd_viewer.features.cameras.in_view import InView
from sefd_viewer.features.cameras.model import conventions_of

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep, Stage
    from sefd_viewer.cameras.views.triangulation import ResidualTable
    from sefd_viewer.features.cameras.scene import BoardPerson, BoardScene

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


def errors_by_name(before: Errors, after: Errors | None) -> Mapping[str, tuple[float, float, str]]:
    """Each error that is known: before and after (nan: not known yet), and its unit."""
    now = after if after is not None else Errors()
    lines = {
        "Between the views": (before.views_px, now.views_px, "px"),
        "Bodies in the pictures": (before.body_px, now.body_px, "px"),
        "Bodies at the joints": (before.body_mm, now.body_mm, "mm"),
    }
    return {name: line for name, line in lines.items() if any(map(math.isfinite, line[:2]))}


def inspector_frame(found: InView, person: BoardPerson | None) -> InspectorFrame:
    """Decide what the tab shows; `person` is the one whose errors count."""
    conventions, known = conventions_of(found.board), found.inspected
    calibration = found.board.calibration
    name = calibration.name if calibration is not None else None
    if known is None:
        return InspectorFrame(calibration=name, words=_words(found))
    key = person.key if person is not None else None
    after = Errors.of(found.scene, key) if found.scene is not None else None
    return InspectorFrame(
        cards=_cards(known.steps),
        views=known.views,
        conventions=conventions,
        errors=errors_by_name(Errors.of(known.plain, key), after),
        differences=conventions.differences(),
        calibration=name,
        diagnosis=DIAGNOSIS.of(found.content),
        scopes=_scopes(found.content),
    )


def _scopes(content: Content) -> tuple[Scope, ...]:
    """What a diagnosis can rest on: the people shown only where a filter leaves some out."""
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


def _words(found: InView) -> Words:
    outcome = found.computed.get(found.inspected_key) if found.inspected_key is not None else None
    if outcome is not None and outcome.problem is not None:
        return Words("The cameras cannot be inspected", outcome.problem)
    if found.state.record is None:
        return Words("No photo is in view")
    return Words("Looking at the cameras", "and for people in all views", busy=True)
