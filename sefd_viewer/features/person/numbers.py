"""Where the numbers of the sentence come from: the answers in view, else the run in view. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from sefd_viewer.app import in_view
from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.errors_in_mm import Errors, MetricsKey, metrics_key, metrics_of
from sefd_viewer.app.in_view import bodies_of, strangers_in_view
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_files import BROUGHT, file_words, floor_mm, measure_of
from sefd_viewer.app.method_weights import SURROUNDINGS, roles_awaited
from sefd_viewer.app.methods import CHOICE, STRANGER, TRUTH, MethodInfo, as_role, person_title
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_view import judged_pair, limits_of, row_in_view, table_of
from sefd_viewer.app.person_numbers import MethodNumbers, PersonNumbers
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.features.person.work import HiddenKey, QuestionKey, farthest

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.people_table import PeopleTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.features.person.work import Hidden
    from sefd_viewer.inference.messages import Role


@dataclass(frozen=True, eq=False)
class InPhoto:
    """Somebody in the photo in view: `box` x y w h in its pixels, None where nobody knows where."""

    key: str
    box: Iterable[float] | None = None


@memo
def people_in_view(state: ViewerState, content: Content) -> tuple[InPhoto, ...]:
    """Who is in the photo in view; before it is loaded those whom the table has."""
    if content.scene is not None:
        people = [InPhoto(one.key, one.pose2d.bbox_xywh) for one in content.scene.people]
        return (*people, *(InPhoto(one.key, one.box) for one in strangers_in_view(content).values()))
    table = table_of(content)
    rows = table.rows_of(state.record) if table is not None and state.record is not None else ()
    found = [(table.case(row)[1], table.box(row)) for row in rows] if table is not None else ()
    return tuple(InPhoto(key, box) for key, box in found if key is not None)


@memo
def person_in_view(state: ViewerState, content: Content) -> str | None:
    """The selected person's key, else that of the first one; None where nobody is there."""
    if content.scene is not None:
        return in_view.person_in_view(state, content)
    people = people_in_view(state, content)
    if any(person.key == state.person for person in people):
        return state.person
    return people[0].key if people else None


@memo
def person_numbers(state: ViewerState, content: Content) -> PersonNumbers | None:
    """What is known of the person in view, None where nobody was found."""
    person = person_in_view(state, content)
    if person is None:
        return None
    keys = [one.key for one in people_in_view(state, content)]
    choice, table, row = CHOICE.of(state), table_of(content), row_in_view(state, content)
    shown = [info for info in choice.shown() if info.kind != "truth"]
    if person.startswith(STRANGER):  # networks are asked about people who have a 2D pose alone
        bodies = bodies_of(person, content)
        shown = [info for info in shown if info.id in bodies]
    placed = bodies_of(person, content)
    methods = [
        replace(
            _of_method(info, person, state, content),
            floor_mm=floor_mm(info.id, choice.baseline, placed, content),
        )
        for info in shown
    ]
    if table is not None and row is not None and is_of_what_is_seen(state, content):
        methods = [_completed(one, table, row) for one in methods]
    share, by = _hidden(content, person, table, row)
    return PersonNumbers(
        who=_in_sentence(person_title(person, keys.index(person))),
        methods=tuple(methods),
        baseline=choice.baseline,
        judged=judged_pair(state, content),
        has_truth=has_truth(content, person, table, row),
        hidden=share,
        hidden_by=tuple(
            (_in_sentence(person_title(key, keys.index(key) if key in keys else 0)), part)
            for key, part in by.items()
        ),
        limits_mm=limits_of(state, content),
        findings=() if table is None or row is None else findings_in(table, row),
        annotated=not person.startswith(STRANGER),
    )


def _hidden(
    content: Content, person: str, table: PeopleTable | None, row: int | None
) -> tuple[float, Mapping[str, float]]:
    """The share of a person that others hide and who they are; before that is found out the run's share."""
    found = hidden_of(content, person)
    if found is not None:
        return found.share, found.by
    if table is None or row is None or table.column("hidden") is None:
        return math.nan, {}
    return float(table.numbers("hidden")[row]), {}


def has_truth(content: Content, person: str, table: PeopleTable | None, row: int | None) -> bool:
    """Whether errors of this person can be measured, or were."""
    if person.startswith(STRANGER):
        return False
    known = content.scene.person(person) if content.scene is not None else None
    if known.truth is not None if known is not None else content.has_truth:
        return True
    if table is None or row is None:
        return False
    return any(_is_known(_in_table(table, row, method)) for method in table.methods)


@about_the_set(16)
def findings_in(table: PeopleTable, row: int) -> tuple[str, ...]:
    """The titles of what the detectors found about a row, the gravest first."""
    found = [title for id, title in table.detectors if _flag(table, f"found {id}", row)]
    worst = table.cells(row).get("worst")
    return tuple(sorted(found, key=lambda title: title != worst))


def _flag(table: PeopleTable, column: str, row: int) -> bool:
    return bool(table.cells(row).get(column))


def _in_sentence(title: str) -> str:
    """ "the man", "person 2"."""
    words = title[:1].lower() + title[1:]
    return words if words[-1:].isdigit() else f"the {words}"


# ---- what is computed


def question_key(state: ViewerState, content: Content) -> QuestionKey | None:
    """What the run in view was measured with."""
    folder = PEOPLE.of(state).run
    return None if folder is None or content.dataset is None else QuestionKey(folder)


@memo
def is_of_what_is_seen(state: ViewerState, content: Content) -> bool:
    """Whether the run was measured with the edges, 2D poses and weights that are in use."""
    key = question_key(state, content)
    question = None if key is None else content.computed.value(key)
    edited = content.scene is not None and content.scene.edits is not None
    if question is None or edited:
        return False
    weights = SURROUNDINGS.of(content).weights
    same_weights = all((weights.get(role) or None) == file for role, file in question.weights.items())
    return same_weights and question.edges == state.edges and question.has_poses(state.poses)


@memo
def hidden_key(state: ViewerState, content: Content) -> HiddenKey | None:
    """Who hides whom in the photo in view."""
    find_body, scene = SURROUNDINGS.of(content).find_body, content.scene
    if find_body is None or scene is None or PLAYBACK.of(state).playing:
        return None
    truth = any(one.truth is not None for one in scene.record.people)
    return HiddenKey(scene.record, scene.size, find_body) if truth else None


def hidden_of(content: Content, person: str) -> Hidden | None:
    """What is known of who hides a person of the scene in view."""
    find_body, scene = SURROUNDINGS.of(content).find_body, content.scene
    if find_body is None or scene is None:
        return None
    return (content.computed.value(HiddenKey(scene.record, scene.size, find_body)) or {}).get(person)


# ---- one method


def _of_method(info: MethodInfo, person: str, state: ViewerState, content: Content) -> MethodNumbers:
    """What the answers in view say."""
    role = as_role(info.id)
    title = f"{info.title}, {info.variant}" if info.variant else info.title
    own = MethodNumbers(info.id, title, role or "")
    if role is None:
        return _of_file(own, info, person, state, content)
    if content.scene is None:
        return replace(own, pending=True)
    pending = role in roles_awaited(content) or _is_measured_anew(role, content)
    metrics = metrics_of(content).get((person, info.id))
    if metrics is not None and not pending:
        return _measured(own, metrics)
    if not has_body(TRUTH, person, content) and not pending:
        found = content.computed.value(measure_of(info, person, state, content))
        if found is not None:
            return _apart(own, found)
    failure = content.inference.failure(role)
    return replace(own, pending=pending or failure is None, problem="" if failure is None else str(failure))


def _is_measured_anew(role: Role, content: Content) -> bool:
    """Whether the errors that are known are of an older answer, and those of this one are on their way."""
    known, answer = content.newest(MetricsKey), content.inference.result(role)
    if known is None or answer is None or metrics_key(content) is None:
        return False
    return all(given is not answer for _, given in cast("MetricsKey", known.key).answers)


def _of_file(
    own: MethodNumbers, info: MethodInfo, person: str, state: ViewerState, content: Content
) -> MethodNumbers:
    """What is known of a method that is no network in its role."""
    if info.kind not in (*BROUGHT, "weights"):
        return own
    found = content.computed.value(measure_of(info, person, state, content))
    if found is None:
        if has_body(info.id, person, content):
            return own
        words = file_words(info, state, content)
        return replace(own, pending=words.busy, problem="" if words.busy else f"{words.title}. {words.hint}")
    apart = _apart(own, found)
    if has_body(TRUTH, person, content):
        return replace(apart, error_mm=apart.apart_mm, apart_mm=math.nan)
    return apart


def has_body(method: str, person: str, content: Content) -> bool:
    """Whether a method has a body of somebody in view."""
    return method in bodies_of(person, content)


def _apart(method: MethodNumbers, found: Errors) -> MethodNumbers:
    """A method whose body is so far from the yardstick's."""
    import numpy as np

    from sefd_viewer.evaluation.metrics import HUMAN36M_EVALUATED

    joint, joint_mm = farthest(np.asarray(found.joints_mm)[list(HUMAN36M_EVALUATED)])
    return replace(method, apart_mm=float(found.mpjpe_mm), worst_joint=joint, worst_joint_mm=joint_mm)


def _measured(method: MethodNumbers, metrics: PersonMetrics) -> MethodNumbers:
    import numpy as np

    errors = np.array(metrics.joint_errors_mm)
    joint, joint_mm = farthest(errors) if len(errors) else ("", math.nan)
    return replace(
        method,
        error_mm=metrics.mpjpe_mm,
        depth_mm=metrics.depth_mm,
        across_mm=metrics.across_mm,
        worst_joint=joint,
        worst_joint_mm=joint_mm,
    )


def _completed(method: MethodNumbers, table: PeopleTable, row: int) -> MethodNumbers:
    """The run's number while there is no answer in view."""
    if _is_known(method.error_mm) or method.problem or method.name not in table.methods:
        return method
    error = _in_table(table, row, method.name)
    return replace(method, error_mm=error, pending=method.pending and not _is_known(error))


def _in_table(table: PeopleTable, row: int, method: str) -> float:
    return float(table.numbers(table.error(method))[row])


def _is_known(value: float) -> bool:
    return not math.isnan(value)
