"""What the thread pool computes for the workspace "Explain", and what the networks are asked to try."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.cache import stamped
from sefd_viewer.features.explain.case import Case, case_of, shows
from sefd_viewer.features.explain.trials import Answer, Wish
from sefd_viewer.inference.messages import ROLES, Role, Trial
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.derivations import Tools
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.explain.asking import Asking

Key = Callable[["ViewerState", "Content"], Hashable | None]
Make = Callable[["ViewerState", "Content", "Tools"], Job]

GROUPS = ("canny", "hed", "overlap", "donor", "painted")
"""Edge maps of the bench that come together, in the order in which they are asked for."""
SEEN, GAPS, CANVAS, CUTOUT = "explain_seen", "explain_gaps", "explain_canvas", "explain_cutout"
OCCLUDED, REACTIONS, HEAT = "explain_occluded", "explain_reactions", "explain_heat"
INSIDE, OCCLUSION = "inside", "occlusion"
MOST_PEOPLE = 6
"""So many people of a photo are asked about while something is dragged over it."""


def edges_name(group: str) -> str:
    """What the outcome is called that holds the edge maps of a group."""
    return f"explain_edges_{group}"


def rows_name(group: str) -> str:
    """What the outcome is called that holds the bench's rows of a group."""
    return f"explain_rows_{group}"


def wants_hed(state: ViewerState) -> bool:
    """Whether the bench tries HED's edges."""
    return shows(state, "bench")


def donor_record(state: ViewerState, content: Content) -> Record | None:
    """The record whose edges are borrowed: the chosen one, else the next one; None without another."""
    dataset, scene = content.dataset, content.scene
    if dataset is None or scene is None or len(dataset.records) < 2:
        return None
    chosen = dataset.find(state.explain.donor) if state.explain.donor is not None else None
    here = dataset.find(scene.record.key) or 0
    place = chosen if chosen is not None and chosen != here else (here + 1) % len(dataset.records)
    return dataset.records[place]


# ---- edge maps of the bench


def edges_key(group: str) -> Key:
    """What the edge maps of a group depend on."""

    def key(state: ViewerState, content: Content) -> Hashable | None:
        case = case_of(state, content) if shows(state, "bench") else None
        if case is None or "student" not in case.normal:
            return None
        inputs = _inputs(group, case, state, content)
        return None if inputs is None else (*case.token, group, inputs, case.conventions)

    return key


def _inputs(group: str, case: Case, state: ViewerState, content: Content) -> Hashable | None:
    from sefd_viewer.edges.edge_map import EdgeMap

    if group == "canny":
        return state.edges
    if group == "hed":
        return "hed" if isinstance(content.inference.hed, EdgeMap) else None
    if group == "overlap":
        teacher = case.normal.get("teacher")
        return id(teacher) if teacher is not None and teacher.edge is not None else None
    if group == "donor":
        donor = donor_record(state, content)
        return None if donor is None else (donor.key, state.edges)
    painting = state.explain.painting(case.key)
    return None if painting.is_empty else (painting, state.edges)


def edges_job(group: str) -> Make:
    """How the edge maps of a group are made."""

    def make(state: ViewerState, content: Content, tools: Tools) -> Job:
        from sefd_viewer.features.explain import bench

        case = _case(state, content)
        settings = state.edges
        if group == "hed":
            return partial(bench.hed_edges, case, content.inference.hed)  # type: ignore[arg-type]
        if group == "overlap":
            return partial(bench.overlap_edges, _teacher_edge_map(case, content))
        if group == "donor":
            return partial(_donor_edges, state, content, tools)
        if group == "painted":
            painting = state.explain.painting(case.key)
            own = partial(bench.canny_edges, case, settings)
            return lambda: bench.painted_edges(own()[1].values, painting)
        return partial(bench.canny_edges, case, settings)

    return make


def _teacher_edge_map(case: Case, content: Content) -> Any:
    """The teacher's crop, with the source of the whole map that it was cut from."""
    edge, whole = case.normal["teacher"].edge, content.inference.mesh_edges
    assert edge is not None
    return edge if whole is None else replace(edge, source=whole.source)


def _donor_edges(state: ViewerState, content: Content, tools: Tools) -> Any:
    from sefd_viewer.errors import SefdError
    from sefd_viewer.features.explain.bench import donor_edges

    record = donor_record(state, content)
    assert record is not None
    people = tools.photos.people(content.opened, record, state.poses).people
    if not people:
        raise SefdError(f"nobody was found in {record.title}", remedy="Choose another image")
    convention = _case(state, content).crop_of("student").convention
    return donor_edges(tools.photos.picture(content.opened, record), people[0], state.edges, convention)


def canvas_key(state: ViewerState, content: Content) -> Hashable | None:
    """The crop to paint on."""
    case = case_of(state, content) if shows(state, "bench") else None
    return (*case.token, "canvas") if case is not None and "student" in case.normal else None


def canvas_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Cut it out."""
    from sefd_viewer.features.explain.pictures import crop_picture

    case = _case(state, content)
    return partial(crop_picture, case.scene.image, case.normal["student"].crop)


def rows_key(group: str) -> Key:
    """The bench's rows of a group, as soon as the networks have answered."""

    def key(state: ViewerState, content: Content) -> Hashable | None:
        case = case_of(state, content) if shows(state, "bench") else None
        edges, answer = content.outcome(edges_name(group)), content.explain.trials.answer(group)
        if case is None or edges is None or edges.value is None or answer is None or not answer.tried:
            return None
        normal = case.normal.get("student")
        fits = answer.key == _bench_key(edges.key, content) and normal is not None
        return (*case.token, group, answer.key, id(normal)) if fits else None

    return key


def rows_job(group: str) -> Make:
    """Measure and draw them."""

    def make(state: ViewerState, content: Content, tools: Tools) -> Job:
        from sefd_viewer.features.explain.bench import bench_rows

        case, answer = _case(state, content), content.explain.trials.answer(group)
        assert answer is not None
        edges = content.value(edges_name(group))
        return lambda: bench_rows(case, edges, answer.tried, tools.find_body)

    return make


def _bench_key(edges_key: Hashable, content: Content) -> Hashable:
    return edges_key, content.explain.asking.key


# ---- what is inside


def inside_answer(state: ViewerState, content: Content) -> Answer | None:
    """What the networks have inside for the case in view."""
    wish = _inside_wish(state, content)
    answer = content.explain.trials.answer(INSIDE)
    return answer if wish is not None and answer is not None and answer.key == wish.key else None


def seen_key(state: ViewerState, content: Content) -> Hashable | None:
    """The pictures of what the networks see."""
    answer = inside_answer(state, content) if shows(state, "inside") else None
    if answer is None or not answer.tried:
        return None
    return (*_case(state, content).token, answer.key, state.explain.joint, state.explain.depth)


def seen_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Draw them."""
    from sefd_viewer.features.explain.inside import seen

    answer, chosen = inside_answer(state, content), state.explain
    assert answer is not None
    return partial(seen, _case(state, content), answer.tried, joint=chosen.joint, depth=chosen.depth)


def gaps_key(state: ViewerState, content: Content) -> Hashable | None:
    """The distances between teacher and others."""
    answer = inside_answer(state, content) if shows(state, "distillation") else None
    if answer is None or "teacher" not in answer.tried:
        return None
    return (*_case(state, content).token, answer.key)


def gaps_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Measure and draw them."""
    from sefd_viewer.features.explain.gap import gaps

    answer = inside_answer(state, content)
    assert answer is not None
    return partial(gaps, _case(state, content), answer.tried)


# ---- the occlusion lab


def lab_cases(state: ViewerState, content: Content) -> tuple[Case, ...]:
    """The person before whom the occluder is put, or the first people of the photo; whoever is predicted."""
    case = case_of(state, content) if shows(state, "occlusion") else None
    if case is None:
        return ()
    cases: tuple[Case, ...] = (case,)
    if state.explain.occluder.area == "photo":
        people = case.scene.people[:MOST_PEOPLE]
        everybody = (case_of(replace(state, person=person.key), content) for person in people)
        cases = tuple(one for one in everybody if one is not None)
    return tuple(one for one in cases if one.normal)


def lab_purpose(person: str) -> str:
    """What the networks are asked about a person behind the occluder."""
    return f"{OCCLUSION} {person}"


def lab_answers(state: ViewerState, content: Content) -> dict[str, Answer]:
    """What the networks said about people behind the occluder of this area, by person."""
    found = {}
    for case in lab_cases(state, content):
        answer: Any = content.explain.trials.answer(lab_purpose(case.person.key))
        if answer is not None and answer.tried:
            token, (scene, edits, _person), occluder = case.token, answer.key[0][:3], answer.key[0][3]
            if (scene, edits) == token[:2] and occluder.area == state.explain.occluder.area:
                found[case.person.key] = answer
    return found


def cutout_key(state: ViewerState, content: Content) -> Hashable | None:
    """Somebody cut out of the photo: another person, else the one in view."""
    case = case_of(state, content) if shows(state, "occlusion") else None
    if case is None or state.explain.occluder.kind != "person" or "student" not in case.normal:
        return None
    return (*case.token, "cutout", id(content.inference.result("student")))


def cutout_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    """Cut along the student's outline."""
    from sefd_viewer.features.explain.occlusion import cut_out

    case, result = _case(state, content), content.inference.result("student")
    assert result is not None
    others = [one for one in result.predictions if one.person != case.person.key]
    model = others[0] if others else case.normal["student"]
    return partial(cut_out, case.scene.image, model, tools.find_body)


def occluded_key(state: ViewerState, content: Content) -> Hashable | None:
    """The crop with the occluder in it."""
    case, cases = case_of(state, content), lab_cases(state, content)
    if case is None or not cases:
        return None
    cutout = content.outcome(CUTOUT)
    if state.explain.occluder.kind == "person" and (cutout is None or cutout.key[:3] != case.token):  # type: ignore[index]
        return None
    people = tuple((one.person.key, one.conventions) for one in cases)
    return (*case.token, state.explain.occluder, people, None if cutout is None else cutout.key)


def occluded_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Put it there."""
    from sefd_viewer.features.explain.occlusion import occluded

    return partial(occluded, lab_cases(state, content), state.explain.occluder, content.value(CUTOUT))


def reactions_key(state: ViewerState, content: Content) -> Hashable | None:
    """What the networks say about it."""
    case, shown = case_of(state, content), content.value(OCCLUDED)
    answers = lab_answers(state, content)
    if case is None or not answers or shown is None or shown.area != state.explain.occluder.area:
        return None
    return (*case.token, tuple((key, answer.key) for key, answer in answers.items()), state.explain.bodies)


def reactions_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    """Measure and draw it."""
    from sefd_viewer.features.explain.occlusion import reactions

    tried = {key: answer.tried for key, answer in lab_answers(state, content).items()}
    cases, shown = lab_cases(state, content), content.value(OCCLUDED)
    return partial(reactions, cases, tried, shown, state.explain.bodies, tools.find_body)


def heat_key(state: ViewerState, content: Content) -> Hashable | None:
    """The heat maps of a sweep, as far as it has come."""
    case = case_of(state, content) if shows(state, "occlusion") else None
    sweep = content.explain.sweep
    if case is None or sweep is None or not sweep.joints or not case.normal:
        return None
    return (*case.token, sweep.number, state.explain.sweep_joint, state.explain.heat_of)


def heat_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    """Draw them."""
    from sefd_viewer.features.explain.heat import heat_maps

    sweep = content.explain.sweep
    assert sweep is not None
    joint, of = state.explain.sweep_joint, state.explain.heat_of
    return partial(heat_maps, _case(state, content), sweep, joint, tools.find_body, of=of)


# ---- what the networks are asked


def wishes(state: ViewerState, content: Content) -> list[Wish]:
    """What the page in view needs of the networks."""
    if shows(state, "bench"):
        return [wish for group in GROUPS if (wish := _bench_wish(group, state, content))]
    if shows(state, "occlusion"):
        return _occlusion_wishes(state, content)
    found = _inside_wish(state, content)
    return [found] if found is not None else []


def _bench_wish(group: str, state: ViewerState, content: Content) -> Wish | None:
    case, edges = case_of(state, content), content.outcome(edges_name(group))
    if case is None or edges is None or edges.value is None or edges.key != edges_key(group)(state, content):
        return None
    trials = [Trial(edge.key, "student", edge=edge.values) for edge in edges.value]
    asking = content.explain.asking
    return Wish(group, _bench_key(edges.key, content), lambda number: asking.request(number, case, trials))


def _inside_wish(state: ViewerState, content: Content) -> Wish | None:
    pages = shows(state, "inside") or shows(state, "distillation")
    case = case_of(state, content) if pages and not content.inference.pending else None
    if case is None or not case.normal:
        return None
    asking: Asking = content.explain.asking
    checkpoints = asking.checkpoints if shows(state, "distillation") else ()
    trials = [Trial(role, role, edge=own_edge(case, role)) for role in ROLES if role in case.normal]
    trials += [Trial(_checkpoint(path), "student", weights=path) for path in checkpoints]
    hashes = tuple((role, answer.weights_hash) for role, answer in case.normal.items())
    key = (*case.token, asking.key, hashes, stamped({path: path for path in checkpoints}))
    return Wish(INSIDE, key, lambda number: asking.request(number, case, trials, inside=True))


def _checkpoint(path: str) -> str:
    from sefd_viewer.features.explain.gap import CHECKPOINT

    return f"{CHECKPOINT}{Path(path)}"


def _occlusion_wishes(state: ViewerState, content: Content) -> list[Wish]:
    """One for each person before whom something was put."""
    case, shown = case_of(state, content), content.outcome(OCCLUDED)
    if case is None or shown is None or shown.value is None or content.inference.pending:
        return []
    if shown.key[:3] != case.token:  # type: ignore[index]
        return []
    crops = shown.value.crops
    cases = [one for one in lab_cases(state, content) if one.person.key in crops]
    return [_occlusion_wish(one, crops[one.person.key], shown.key, content) for one in cases]


def _occlusion_wish(case: Case, crops: Mapping[Role, Any], shown: Hashable, content: Content) -> Wish:
    asking = content.explain.asking
    trials = [
        Trial(role, role, crops[role], own_edge(case, role) if role == "teacher" else None)
        for role in ROLES
        if role in case.normal and role in crops
    ]
    key = shown, asking.key
    return Wish(lab_purpose(case.person.key), key, lambda number: asking.request(number, case, trials))


def own_edge(case: Case, role: Role) -> Any:
    """The edges (256,256) that a network was given normally."""
    edge = case.normal[role].edge
    return None if edge is None else edge.values


def _case(state: ViewerState, content: Content) -> Case:
    case = case_of(state, content)
    assert case is not None
    return case


JOBS: tuple[tuple[str, Key, Make], ...] = (
    *((edges_name(group), edges_key(group), edges_job(group)) for group in GROUPS),
    *((rows_name(group), rows_key(group), rows_job(group)) for group in GROUPS),
    (CANVAS, canvas_key, canvas_job),
    (SEEN, seen_key, seen_job),
    (GAPS, gaps_key, gaps_job),
    (CUTOUT, cutout_key, cutout_job),
    (OCCLUDED, occluded_key, occluded_job),
    (REACTIONS, reactions_key, reactions_job),
    (HEAT, heat_key, heat_job),
)
