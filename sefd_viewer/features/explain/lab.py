"""The occlusion lab: what was put before whom, what networks are asked then, what is shown. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.frame import Words
from sefd_viewer.app.method_weights import networks_shown
from sefd_viewer.app.trials import Answer, Query
from sefd_viewer.features.explain.case import Case, case_of, newest, request, why
from sefd_viewer.features.explain.commanded import COMMANDED, commands_shown, curves_of_commands
from sefd_viewer.features.explain.frames import OcclusionFrame
from sefd_viewer.features.explain.model import EXACT, EXPLAIN, LEVELS
from sefd_viewer.features.explain.sweep import SWEEPS, sweep_key
from sefd_viewer.features.explain.work import (
    Cutting,
    Heat,
    Hiding,
    HidingLevels,
    LevelErrors,
    Occluding,
    Reactions,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.explain.hiding import HidingCurves

OCCLUSION = "occlusion"
MOST_PEOPLE = 6
"""So many people of a photo are asked about while something is dragged over it."""


def lab_cases(state: ViewerState, content: Content) -> tuple[Case, ...]:
    """The person before whom the occluder is put, or the first people of the photo; whoever is predicted."""
    case = case_of(state, content)
    if case is None:
        return ()
    cases: tuple[Case, ...] = (case,)
    occluder = EXPLAIN.of(state).occluder
    if occluder.area == "photo" and occluder.kind not in EXACT:
        people = case.scene.people[:MOST_PEOPLE]
        everybody = (case_of(replace(state, person=person.key), content) for person in people)
        cases = tuple(one for one in everybody if one is not None)
    return tuple(one for one in cases if one.normal)


def _occluding(state: ViewerState, content: Content) -> tuple[Cutting | None, Occluding | Hiding | None]:
    """The key of the person cut out, where that is the occluder, and of the picture with it."""
    case, cases, occluder = case_of(state, content), lab_cases(state, content), EXPLAIN.of(state).occluder
    if case is None or not cases or content.dataset is None:
        return None, None
    if occluder.kind in EXACT:
        return None, Hiding(case, replace(occluder, area="photo"), content.bodies, content.dataset)
    if occluder.kind != "person":
        return None, Occluding(case, cases, occluder, None)
    everybody = (case_of(replace(state, person=one.key), content) for one in case.scene.people)
    others = [one.own for one in everybody if one and one.normal and one.person.key != case.person.key]
    cutting = Cutting(case, others[0] if others else case.own, content.bodies)
    cutout = content.computed.value(cutting)
    return cutting, None if cutout is None else Occluding(case, cases, occluder, cutout)


def wants(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The keys of the lab."""
    yield from _occluding(state, content)
    case, explain = case_of(state, content), EXPLAIN.of(state)
    _, key = _occluding(state, content)
    shown = None if key is None else newest(content, type(key), case, key.occluder.area)
    yield from _levels(state, content)
    yield from _level_errors(state, content)
    answers = _lab_answers(state, content)
    if case is not None and shown is not None and shown.value is not None and answers:
        cases, told = tuple(answers), tuple(answers.values())
        colors = tuple((info.id, info.color) for info in networks_shown(state))
        yield Reactions(case, cases, told, shown.value, explain.bodies, colors, content.bodies)
    sweep = _sweep(state, content, case)
    if case is not None and case.normal and sweep is not None and sweep.joints:
        yield Heat(case, sweep, explain.sweep_joint, explain.heat_of, content.bodies)


def asks(state: ViewerState, content: Content) -> Iterator[Query]:
    """One for each person before whom something was put."""
    _, key = _occluding(state, content)
    shown = None if key is None else content.computed.value(key)
    if key is None or shown is None or content.inference.pending:
        return
    for case in key.cases:
        trials = shown.trials(case)
        yield Query(_purpose(case), (key, content.asking.key), request(content, case, trials))
    yield from _level_queries(state, content)


def _levels(state: ViewerState, content: Content) -> tuple[HidingLevels, ...]:
    """The pictures with the person hidden at each level of the curve; none for other occluders."""
    _, key = _occluding(state, content)
    if not isinstance(key, Hiding):
        return ()
    occluder, rest = key.occluder, (key.bodies, key.dataset)
    return tuple(HidingLevels(key.case, replace(occluder, level=level), *rest) for level in LEVELS)


def _level_queries(state: ViewerState, content: Content) -> Iterator[Query]:
    """What asks the networks about each of these pictures."""
    for key in _levels(state, content):
        shown = content.computed.value(key)
        if shown is not None:
            asked = key, content.asking.key
            trials = shown.trials(key.case)
            purpose = f"{OCCLUSION} level {key.occluder.level}"
            yield Query(purpose, asked, request(content, key.case, trials))


def _level_errors(state: ViewerState, content: Content) -> Iterator[LevelErrors]:
    """What measures the answers about the levels, where there are any."""
    queries = {one.purpose: one for one in _level_queries(state, content)}
    for key in _levels(state, content):
        query = queries.get(f"{OCCLUSION} level {key.occluder.level}")
        answer = None if query is None else content.trials.answer(query.purpose)
        if query is not None and answer is not None and answer.key == query.key and answer.tried:
            yield LevelErrors(key.case, key.occluder.level, answer, content.bodies)


def _curves(state: ViewerState, content: Content) -> HidingCurves | None:
    """The errors of every network by the share that is hidden, as far as they are known."""
    from sefd_viewer.features.explain.hiding import HidingCurves

    errors: dict[str, dict[float, float]] = {}
    for key in _level_errors(state, content):
        for method, mm in (content.computed.value(key) or {}).items():
            errors.setdefault(method, {})[key.level] = mm
    errors |= curves_of_commands(state, content, case_of(state, content))
    return HidingCurves(errors) if EXPLAIN.of(state).occluder.kind in EXACT else None


def _purpose(case: Case) -> str:
    return f"{OCCLUSION} {case.person.key}"


def _lab_answers(state: ViewerState, content: Content) -> dict[Case, Answer]:
    """What the networks said about people behind an occluder of this area, the newest."""
    _, key = _occluding(state, content)
    area, found = None if key is None else key.occluder.area, {}
    for case in lab_cases(state, content):
        answer = content.trials.answer(_purpose(case))
        if answer is not None and answer.tried:
            tried: Occluding | Hiding = answer.key[0]  # type: ignore[index]
            if type(tried) is type(key) and tried.occluder.area == area and case in tried.cases:
                found[case] = answer
    return found


def _sweep(state: ViewerState, content: Content, case: Case | None) -> Any:
    """The sweep over this case, as far as it has come."""
    if case is None:
        return None
    explain = EXPLAIN.of(state)
    key = sweep_key(case, content.asking, explain.sweep_size, explain.occluder.joints)
    return SWEEPS.of(content).get(key)


def resolve(state: ViewerState, content: Content, case: Case | None) -> OcclusionFrame:
    """What the lab shows."""
    _, key = _occluding(state, content)
    area = "" if key is None else key.occluder.area
    outcome = None if key is None else newest(content, type(key), case, area)
    shown = None if outcome is None else outcome.value
    purpose = "" if case is None else _purpose(case)
    answer, sweep = content.trials.answer(purpose), _sweep(state, content, case)
    words = None if shown is not None else why(state, content, case, purpose, outcome)
    if words is None and answer is not None and answer.problem is not None:
        words = Words("The networks cannot try this", answer.problem)
    drawn, heat = newest(content, Reactions, case, area), newest(content, Heat, case)
    covered, joints = (0, 0) if shown is None or case is None else shown.covered[case.person.key]
    return OcclusionFrame(
        None if shown is None else shown.picture,
        () if drawn is None else drawn.value or (),
        covered,
        joints,
        sweep,
        heat.value if heat is not None and sweep is not None and sweep.joints else None,
        words,
        any(waits.startswith(OCCLUSION) for waits in content.trials.waiting),
        math.nan if shown is None else shown.share,
        _curves(state, content),
        commands_shown(state),
        COMMANDED.of(content),
    )
