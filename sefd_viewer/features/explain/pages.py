"""The pages of the workspace "Explain": what each has computed, what it asks networks, what it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.absence import edges_words, method_words
from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.frame import Words
from sefd_viewer.app.memo import look
from sefd_viewer.app.method_weights import (
    edge_network,
    edge_networks_shown,
    networks_shown,
)
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.sentences import the
from sefd_viewer.app.trials import Answer, Query
from sefd_viewer.features.explain import lab
from sefd_viewer.features.explain.case import (
    Case,
    bench_case,
    case_of,
    donor_record,
    donors,
    newest,
    request,
    why,
)
from sefd_viewer.features.explain.commanded import commands_shown
from sefd_viewer.features.explain.frames import (
    BenchFrame,
    ExplainFrame,
    GapFrame,
    InsideFrame,
)
from sefd_viewer.features.explain.model import EXPLAIN
from sefd_viewer.features.explain.work import (
    BenchRows,
    CannyEdges,
    Canvas,
    DonorEdges,
    Edges,
    Gaps,
    NetworkEdges,
    OverlapEdges,
    PaintedEdges,
    Seen,
)
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork, Trial

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.methods import Color, Method
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.explain.bench import BenchRow
    from sefd_viewer.features.explain.gap import GapCurves, NetworkGap
    from sefd_viewer.jobs.runner import Outcome

    Wanted = Iterator[Key[Any] | None]

INSIDE = "inside"
TEACHER: Method = "teacher"
"""The shipped network from whose features all distances are taken."""


def wants(state: ViewerState, content: Content) -> Wanted:
    """The keys of the page in view."""
    page = EXPLAIN.of(state).page
    if page == "bench":
        yield from _wants_bench(state, content)
    elif page == "occlusion":
        yield from lab.wants(state, content)
    else:
        yield from _wants_inside(state, content)


def asks(state: ViewerState, content: Content) -> Iterator[Query]:
    """What the page in view needs of the networks."""
    page = EXPLAIN.of(state).page
    if page == "bench":
        yield from _asks_bench(state, content)
    elif page == "occlusion":
        yield from lab.asks(state, content)
    elif query := _inside_query(state, content):
        yield query


def resolve(state: ViewerState, content: Content) -> ExplainFrame:
    """Decide what the workspace shows: the page in view alone."""
    explain, case = EXPLAIN.of(state), case_of(state, content)
    frame = ExplainFrame(explain, None if case is None else case.key, networks_shown(state), _left_out(state))
    if explain.page == "bench":
        return replace(frame, bench=_bench(state, content))
    if explain.page == "occlusion":
        return replace(frame, occlusion=lab.resolve(state, content, case))
    if explain.page == "inside":
        return replace(frame, inside=_inside(state, content, case))
    return replace(frame, gap=_gap(state, content, case))


def _left_out(state: ViewerState) -> str:
    """Which of the methods that are shown say nothing here, and why."""
    choice, asked = CHOICE.of(state), commands_shown(state) if EXPLAIN.of(state).page == "occlusion" else ()
    rest = [info for info in choice.shown() if info.role is None and info.kind != "truth"]
    titles = [info.title for info in rest if info not in asked]
    if not titles or choice.blind:
        return ""
    return f"{', '.join(titles)}: no network, so that nothing can be changed in what it saw"


def edge_networks(state: ViewerState) -> tuple[EdgeNetwork, ...]:
    """Those whose edges the bench tries."""
    return EDGE_NETWORKS if EXPLAIN.of(state).page == "bench" else ()


# ---- what is inside


def _inside_query(state: ViewerState, content: Content) -> Query | None:
    case = None if content.inference.pending else _inside_case(state, content)
    if case is None or not case.normal:
        return None
    asking, gap = content.asking, EXPLAIN.of(state).page == "distillation"
    checkpoints = asking.checkpoints if gap else ()
    trials = [
        one.trial(one.method, edge=None if one.normal.edge is None else one.normal.edge.values)
        for one in case.answers
    ]
    trials += [Trial(_checkpoint(path), "student", weights=path) for path in checkpoints]
    files = tuple(look(content, file_stamp, path) for path in checkpoints)
    key = case, asking.key, checkpoints, files
    return Query(
        INSIDE, key, lambda number: asking.request(number, case.scene, case.person, trials, inside=True)
    )


def _inside_case(state: ViewerState, content: Content) -> Case | None:
    """The case with the networks that are shown; features are compared with the teacher's, shown or not."""
    shown = networks_shown(state)
    if EXPLAIN.of(state).page == "distillation" and TEACHER not in [info.id for info in shown]:
        shown = (*shown, CHOICE.of(state).info(TEACHER))
    return case_of(state, content, shown)


def _checkpoint(path: str) -> str:
    from sefd_viewer.features.explain.gap import CHECKPOINT

    return f"{CHECKPOINT}{Path(path)}"


def _inside_answer(state: ViewerState, content: Content) -> Answer | None:
    """What the networks have inside for the case in view."""
    query, answer = _inside_query(state, content), content.trials.answer(INSIDE)
    return answer if query is not None and answer is not None and answer.key == query.key else None


def _wants_inside(state: ViewerState, content: Content) -> Wanted:
    answer, case, explain = _inside_answer(state, content), _inside_case(state, content), EXPLAIN.of(state)
    if answer is None or case is None or not answer.tried:
        return
    if explain.page == "inside":
        yield Seen(case, answer, explain.joint, explain.depth)
    elif TEACHER in answer.tried:
        yield Gaps(case, answer)


def _inside(state: ViewerState, content: Content, case: Case | None) -> InsideFrame:
    outcome = newest(content, Seen, case)
    networks = (outcome.value if outcome is not None else None) or ()
    return InsideFrame(networks, None if networks else why(state, content, case, INSIDE, outcome))


def _gap(state: ViewerState, content: Content, case: Case | None) -> GapFrame:
    outcome = newest(content, Gaps, case)
    choice = CHOICE.of(state)
    networks = tuple(
        replace(one, title=choice.title(one.key)) if not one.is_checkpoint else one
        for one in (outcome.value if outcome is not None else None) or ()
    )
    words = None if networks else why(state, content, case, INSIDE, outcome)
    whole = _inside_case(state, content)
    if words is not None and words.busy and whole is not None and TEACHER not in whole.normal:
        words = method_words(TEACHER, content) or words
    answer = content.trials.answer(INSIDE)
    notes = answer.problem if networks and answer is not None and answer.problem else ""
    return GapFrame(
        networks, _gap_curves(networks), notes, content.asking.checkpoints, words, the(choice.title(TEACHER))
    )


def _gap_curves(networks: Sequence[NetworkGap]) -> GapCurves | None:
    if not networks:
        return None
    from sefd_viewer.features.explain.gap import gap_curves

    return gap_curves(networks)


# ---- the bench: a network's answers with one edge map after another


def bench_edges(state: ViewerState, content: Content) -> dict[str, Edges]:
    """The groups of edge maps that come together, in the order in which they are asked for."""
    case = bench_case(state, content)
    if case is None or not case.normal:
        return {}
    found: dict[str, Edges] = {"canny": CannyEdges(case, state.edges)}
    for network in EDGE_NETWORKS:
        edges = content.inference.found_edges(network)
        if edges is not None:
            found[network] = NetworkEdges(case, edges)
    taught = case_of(state, content, (CHOICE.of(state).info(TEACHER),))
    teacher = None if taught is None else taught.normal.get(TEACHER)
    edge = None if teacher is None else teacher.edge
    if edge is not None:
        found["overlap"] = OverlapEdges(case, edge, content.inference.mesh_edges)
    donor = donor_record(state, content)
    if donor is not None:
        convention, opened = case.own.crop.convention, content.opened
        found["donor"] = DonorEdges(
            case, donor.key, opened, state.poses, state.edges, convention, donor, content.photos
        )
    painting = EXPLAIN.of(state).painting(case.key)
    if not painting.is_empty:
        found["painted"] = PaintedEdges(case, painting, state.edges)
    return found


def _wants_bench(state: ViewerState, content: Content) -> Wanted:
    groups = bench_edges(state, content)
    yield from groups.values()
    case, color = bench_case(state, content), _bench_color(state)
    if case is None or not groups:
        return
    yield Canvas(case)
    for group, key in groups.items():
        edges, answer = content.computed.value(key), content.trials.answer(group)
        if edges is not None and answer is not None and answer.tried and answer.key == _tried(key, content):
            yield BenchRows(case, group, edges, answer, color, content.bodies)


def _bench_color(state: ViewerState) -> Color:
    own = edge_network(state)
    return (255, 255, 255) if own is None else own.color


def _asks_bench(state: ViewerState, content: Content) -> Iterator[Query]:
    case = bench_case(state, content)
    for group, key in bench_edges(state, content).items():
        edges = content.computed.value(key)
        if case is not None and edges is not None:
            trials = [case.answers[0].trial(edge.key, edge=edge.values) for edge in edges]
            yield Query(group, _tried(key, content), request(content, case, trials))


def _tried(key: Edges, content: Content) -> tuple[Edges, object]:
    return key, content.asking.key


def _bench(state: ViewerState, content: Content) -> BenchFrame:
    from sefd_viewer.features.explain.bench import bought

    groups, case, own = bench_edges(state, content), bench_case(state, content), edge_network(state)
    drawn = [newest(content, BenchRows, case, group) for group in groups]
    rows: list[BenchRow] = [row for outcome in drawn if outcome is not None for row in outcome.value or ()]
    painted = newest(content, PaintedEdges, case) if "painted" in groups else None
    canvas, donor = newest(content, Canvas, case), donor_record(state, content)
    tried = newest(content, CannyEdges, case)
    return BenchFrame(
        tuple(rows),
        bought(rows, "" if own is None else the(own.title)),
        any(not math.isnan(row.mpjpe_mm) for row in rows),
        canvas=None if canvas is None else canvas.value,
        painting=EXPLAIN.of(state).painting(case.key if case is not None else None),
        painted=painted.value[0].picture if painted is not None and painted.value else None,
        donors=donors(content),
        donor=donor.key if donor is not None else None,
        notes=tuple(_notes(content, groups)),
        words=None if rows else _why_no_bench(state, content, case, tried, *drawn),
        busy=bool(content.trials.waiting),
        network=None if own is None else own.id,
        networks=edge_networks_shown(state),
    )


def _why_no_bench(
    state: ViewerState, content: Content, case: Case | None, *outcomes: Outcome[Any] | None
) -> Words:
    if edge_network(state) is None and content.scene is not None:
        hint = "Show the student, or add weights of one: + Method in Inspect."
        return Words("No method that is shown takes edges", hint)
    return why(state, content, case, "canny", *outcomes)


def _notes(content: Content, groups: dict[str, Edges]) -> list[str]:
    """Why edge maps are missing."""
    notes = []
    for group, key in groups.items():
        outcome, answer = content.computed.get(key), content.trials.answer(group)
        if outcome is not None and outcome.problem is not None:
            notes.append(outcome.problem)
        elif answer is not None and answer.problem is not None:
            notes.append(answer.problem)
    failed = (edges_words(network, content) for network in EDGE_NETWORKS)
    notes += [f"{words.title}: {words.hint}" for words in failed if words is not None]
    return list(dict.fromkeys(notes))
