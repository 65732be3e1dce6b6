"""What the tab "Extrinsics" shows, and what its controls change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.methods import person_color, person_title
from sefd_viewer.features.cameras.extrinsics import (
    PersonModes,
    has_world_bodies,
    outcome_of_record,
    record_in_view,
)
from sefd_viewer.features.cameras.extrinsics_outlines import Outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import MarkFrame, Words
    from sefd_viewer.app.state import Color, ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode
    from sefd_viewer.jobs.runner import Outcome


@dataclass(frozen=True)
class PersonModesFrame:
    """One person's table under the person's name."""

    title: str
    color: Color
    modes: PersonModes


@dataclass(frozen=True, eq=False)
class ExtrinsicsFrame:
    """The tables of everybody in view; `drawn` is the mode of the bodies on the board.

    `outlined` are the modes whose outlines lie over the photos, `record` says which photo the numbers are of.
    """

    people: tuple[PersonModesFrame, ...] = ()
    drawn: ExtrinsicMode = "exact"
    outlined: frozenset[str] = frozenset()
    record: str = ""
    words: Words | None = None


def extrinsics_frame(state: ViewerState, content: Content) -> ExtrinsicsFrame:
    """Decide what the tab shows; an empty frame outside the workspace "Cameras"."""
    if state.workspace != "cameras":
        return ExtrinsicsFrame()
    record = record_in_view(state, content)
    outcome = outcome_of_record(state, content, "extrinsics")
    people: tuple[PersonModes, ...] = (outcome.value if outcome is not None else None) or ()
    return ExtrinsicsFrame(
        people=tuple(_person(one, record) for one in people),
        drawn=state.board.mode,
        outlined=state.outlined_modes,
        record=record.title if record is not None else "",
        words=None if people else _words(record, outcome),
    )


def outline_marks(state: ViewerState, content: Content, record: str) -> tuple[MarkFrame, ...]:
    """The wanted outlines on the photo of a record of the moment in view."""
    from sefd_viewer.app.frame import MarkFrame
    from sefd_viewer.features.cameras.extrinsics_outlines import STYLES

    outcome = outcome_of_record(state, content, "outlines")
    found: Mapping[str, tuple[Outline, ...]] = (outcome.value if outcome is not None else None) or {}
    return tuple(
        MarkFrame("", STYLES[one.mode].color, contours=one.contours, pattern=STYLES[one.mode].line)
        for one in reversed(found.get(record, ()))  # solid lines first: dashes over them show both
        if one.mode in state.outlined_modes and one.contours
    )


def _person(one: PersonModes, record: Record | None) -> PersonModesFrame:
    keys = [person.key for person in record.people] if record is not None else []
    index = keys.index(one.person) if one.person in keys else len(keys)
    return PersonModesFrame(person_title(one.person, index), person_color(index), one)


def _words(record: Record | None, outcome: Outcome | None) -> Words:
    from sefd_viewer.app.frame import Words

    if record is None:
        return Words("No record is in view")
    if outcome is not None and outcome.problem is not None:
        return Words("The bodies cannot be compared", outcome.problem)
    if has_world_bodies(record):
        return Words("Comparing the three ways into the camera", "", busy=True)
    return _missing(record)


def _missing(record: Record) -> Words:
    from sefd_viewer.app.frame import Words

    has_bodies = any(person.smpl is not None for person in record.people)
    what = (
        "This record's bodies are in the camera's frame already: there is nothing to bring into it."
        if has_bodies
        else "This record has no SMPL parameters."
    )
    return Words(
        "No bodies in the world here",
        f"{what} Human3.6M keeps its bodies in the world of four cameras: open its folder, with "
        "Human36M_subject*_smpl_param.json and *_camera.json, or make scenes in its layout with\n"
        "sefd-viewer synthesize --format human36m --count 20 FOLDER",
    )
