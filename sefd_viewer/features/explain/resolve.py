"""From the state and what is known to what the workspace "Explain" shows: pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.absence import method_words, photo_words
from sefd_viewer.app.frame import Words
from sefd_viewer.features.explain.case import Case, case_of, shows
from sefd_viewer.features.explain.derive import (
    CANVAS,
    GAPS,
    GROUPS,
    HEAT,
    INSIDE,
    OCCLUDED,
    OCCLUSION,
    REACTIONS,
    SEEN,
    donor_record,
    edges_key,
    edges_name,
    lab_purpose,
    rows_name,
)
from sefd_viewer.features.explain.frame import (
    BenchFrame,
    ExplainFrame,
    GapFrame,
    InsideFrame,
    OcclusionFrame,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.explain.gap import NetworkGap
    from sefd_viewer.features.explain.gap_curves import GapCurves

MOST_DONORS = 200
"""Records that are offered as another image."""


def explain_frame(state: ViewerState, content: Content) -> ExplainFrame:
    """Decide what the workspace shows; an empty frame while another one is in view."""
    if state.workspace != "explain":
        return ExplainFrame()
    case = case_of(state, content)
    return ExplainFrame(
        state.explain,
        state.record,
        case.person.key if case is not None else None,
        _people(content),
        inside=_inside(state, content, case) if shows(state, "inside") else InsideFrame(),
        bench=_bench(state, content, case) if shows(state, "bench") else BenchFrame(),
        occlusion=_occlusion(state, content, case) if shows(state, "occlusion") else OcclusionFrame(),
        gap=_gap(state, content, case) if shows(state, "distillation") else GapFrame(),
    )


def _people(content: Content) -> tuple[tuple[str, str], ...]:
    people = content.scene.people if content.scene is not None else ()
    return tuple((person.key, f"Person {number}") for number, person in enumerate(people, start=1))


def value_of(case: Case | None, content: Content, name: str) -> Any:
    """What was computed for this case, None while there is nothing."""
    outcome = content.outcome(name)
    if case is None or outcome is None or outcome.key[: len(case.token)] != case.token:  # type: ignore[index]
        return None
    return outcome.value


def _inside(state: ViewerState, content: Content, case: Case | None) -> InsideFrame:
    networks = value_of(case, content, SEEN) or ()
    words = None if networks else _why(state, content, case, INSIDE, SEEN)
    return InsideFrame(networks, words)


def _gap(state: ViewerState, content: Content, case: Case | None) -> GapFrame:
    networks = value_of(case, content, GAPS) or ()
    words = None
    if not networks:
        words = _why(state, content, case, INSIDE, GAPS)
        if case is not None and case.normal and "teacher" not in case.normal and words.busy:
            words = method_words("teacher", content) or words
    answer = content.explain.trials.answer(INSIDE)
    notes = answer.problem if networks and answer is not None and answer.problem else ""
    return GapFrame(networks, _gap_curves(networks), notes, content.explain.asking.checkpoints, words)


def _gap_curves(networks: Sequence[NetworkGap]) -> GapCurves | None:
    if not networks:
        return None
    from sefd_viewer.features.explain.gap_curves import gap_curves

    return gap_curves(networks)


# ---- the bench


def _bench(state: ViewerState, content: Content, case: Case | None) -> BenchFrame:
    from sefd_viewer.features.explain.bench import bought

    rows = [row for group in _groups(state, case) for row in value_of(case, content, rows_name(group)) or ()]
    painted = value_of(case, content, edges_name("painted")) if "painted" in _groups(state, case) else None
    donor = donor_record(state, content)
    return BenchFrame(
        tuple(rows),
        bought(rows),
        any(not math.isnan(row.mpjpe_mm) for row in rows),
        canvas=value_of(case, content, CANVAS),
        painting=state.explain.painting(case.key if case is not None else None),
        painted=painted[0].picture if painted else None,
        donors=_donors(content),
        donor=donor.key if donor is not None else None,
        notes=tuple(_notes(state, content, case)),
        words=None if rows else _why(state, content, case, "canny", edges_name("canny"), rows_name("canny")),
        busy=bool(content.explain.trials.waiting),
    )


def _groups(state: ViewerState, case: Case | None) -> tuple[str, ...]:
    """The groups whose rows are shown: nothing painted is no row."""
    painting = state.explain.painting(case.key if case is not None else None)
    return tuple(group for group in GROUPS if group != "painted" or not painting.is_empty)


def _donors(content: Content) -> tuple[tuple[str, str], ...]:
    dataset, scene = content.dataset, content.scene
    if dataset is None or scene is None:
        return ()
    here = dataset.find(scene.record.key) or 0
    count = len(dataset.records)
    places = [(here + step) % count for step in range(1, min(count, MOST_DONORS + 1))]
    return tuple((dataset.records[place].key, dataset.records[place].title) for place in places)


def _notes(state: ViewerState, content: Content, case: Case | None) -> list[str]:
    """Why edge maps are missing."""
    notes = []
    for group in _groups(state, case):
        outcome, answer = content.outcome(edges_name(group)), content.explain.trials.answer(group)
        if (
            outcome is not None
            and outcome.problem is not None
            and outcome.key == edges_key(group)(state, content)
        ):
            notes.append(outcome.problem)
        elif answer is not None and answer.problem is not None:
            notes.append(answer.problem)
    hed = content.inference.hed
    if hed is not None and hasattr(hed, "what"):
        notes.append(f"HED failed: {hed}")
    return list(dict.fromkeys(notes))


# ---- the occlusion lab


def _occlusion(state: ViewerState, content: Content, case: Case | None) -> OcclusionFrame:
    shown = value_of(case, content, OCCLUDED)
    purpose = lab_purpose(case.person.key if case is not None else "")
    words = None if shown is not None else _why(state, content, case, purpose, OCCLUDED)
    problem = content.explain.trials.answer(purpose)
    if words is None and problem is not None and problem.problem is not None:
        words = Words("The networks cannot try this", problem.problem)
    sweep = content.explain.sweep
    heat = value_of(case, content, HEAT) if sweep is not None and sweep.joints else None
    return OcclusionFrame(
        shown.picture if shown is not None else None,
        value_of(case, content, REACTIONS) or (),
        sweep,
        heat,
        words,
        any(waits.startswith(OCCLUSION) for waits in content.explain.trials.waiting),
    )


# ---- why there is nothing


def _why(state: ViewerState, content: Content, case: Case | None, purpose: str, *names: str) -> Words:
    """Why a page is empty."""
    if content.scene is None:
        return photo_words(state, content)
    if case is None or not case.normal:
        return method_words("student", content) or Words("Nothing to explain")
    answer = content.explain.trials.answer(purpose)
    if answer is not None and answer.problem is not None and purpose not in content.explain.trials.waiting:
        return Words("The networks cannot try this", answer.problem)
    for name in names:
        outcome = content.outcome(name)
        if outcome is not None and outcome.problem is not None:
            return Words("This cannot be computed", outcome.problem)
    if content.inference.stopped:
        return Words("Stopped", "Press R to run the networks.")
    return Words("Asking the networks", content.explain.trials.stage or content.inference.stage, busy=True)
