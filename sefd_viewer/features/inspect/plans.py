"""From the state and what is known to what each pane of the stage needs: bodies, framing, keys. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.errors_in_mm import Errors, Measured, metrics_of
from sefd_viewer.app.in_view import STRANGER_COLOR, bodies_of, person_in_view
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_commands import kept_key
from sefd_viewer.app.method_files import file_keys, read_key
from sefd_viewer.app.method_weights import normal_answer, waits_for_answer
from sefd_viewer.app.methods import CHOICE, STRANGER, TRUTH, MethodInfo
from sefd_viewer.app.stages import PANES_SEEN
from sefd_viewer.features.inspect import edge_view
from sefd_viewer.features.inspect.cast import Cast
from sefd_viewer.features.inspect.contact import DEEP_MM, contact_key
from sefd_viewer.features.inspect.model import (
    EDGE_ROOM,
    EDGES_OF,
    PHOTO,
    STAGE,
    Box,
    Look,
    StageState,
    framed,
    on_photo,
    stage_of,
    visible,
)
from sefd_viewer.features.inspect.reading import matching_key, read_info
from sefd_viewer.features.inspect.work import (
    OUTLINES,
    Dressed,
    Eye,
    MutedPhoto,
    Outline,
    PaneDrawing,
    SeenEdges,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState

GREY, BEHIND = (150, 150, 150), (110, 113, 118)
SOLID, FADED, WAITING, THROUGH, UNDER = 0.97, 0.25, 0.5, 0.55, 0.55
"""Opacities: the person, others, what is computed anew, two bodies in one pane, the truth behind."""

ORDERS = {
    "list": "Order of the list",
    "best": "Best first",
    "worst": "Worst first",
    "spread": "Farthest first",
}


def shown_methods(state: ViewerState, content: Content) -> tuple[MethodInfo, ...]:
    """The methods that have a pane, in order: the truth only where there is any."""
    stage = STAGE.of(state)
    truth = content.has_truth and not (stage.narrow and stage.outline)
    return tuple(info for info in CHOICE.of(state).shown() if info.kind != "truth" or truth)


@memo
def cast_of(state: ViewerState, content: Content) -> Cast | None:
    """Who is on the stage; None while no body of the person in view is there."""
    person = person_in_view(state, content)
    stages = content.stages
    if person is None or content.scene is None:
        return None
    bodies, others = bodies_of(person, content), {}
    for method, stage in stages.items():
        own = {bodies[method].person} if method in bodies else set()
        others[method] = stage.without(state.hidden_people | own)
    choice = CHOICE.of(state)
    first = next((m for m in (TRUTH, choice.baseline, *bodies) if m in bodies), None)
    if first is None:
        return None
    up = stages[first].up or (0.0, -1.0, 0.0)
    shown = shown_methods(state, content)
    cast = Cast(
        person,
        choice,
        shown,
        stages,
        bodies,
        stages[first].camera,
        bodies[first],
        up,
        others,
        content.scene.size,
    )
    return edge_view.with_given(cast, state, content) if edge_view.in_edges(state) else cast


# ---- what is wanted


@dataclass(frozen=True)
class Plan:
    """What one pane needs: how it looks, and the keys of what it shows."""

    id: str
    info: MethodInfo | None
    look: Look
    eye: Eye | None = None
    box: Box = (0.0, 0.0, 1.0, 1.0)
    extent: Box = (0.0, 0.0, 1.0, 1.0)
    body: PlacedBody | None = None
    measured: Measured | None = None
    drawing: PaneDrawing | None = None
    right: PaneDrawing | None = None
    outline: Outline | None = None
    edges: SeenEdges | None = None
    before: Outline | None = None


def wants(state: ViewerState, content: Content) -> list[Key[Any] | None]:
    """The keys of everything the panes show."""
    if content.scene is None:
        return []
    keys: list[Key[Any] | None] = [MutedPhoto(content.scene), *file_keys(state, content)]
    read = read_info(state)
    if read is not None:
        if read.kind == "command":
            keys.append(kept_key(read, content))
        keys += read_key(read, content), matching_key(read, content)
    cast = cast_of(state, content)
    if cast is not None:
        keys += [cast.measured(info.id) for info in cast.shown]
    if cast is not None and STAGE.of(state).contact:
        keys += [contact_key(cast, info.id) for info in cast.shown]
    for plan in plans(state, content):
        keys += plan.drawing, plan.right, plan.outline, plan.edges, plan.before
    return [*keys, *edge_view.wants(state, content, cast)]


def panes_are_seen(state: ViewerState) -> bool:
    """Whether the stage is in view: in Edges it has one page of several."""
    return state.workspace != EDGE_ROOM or PANES_SEEN.of(state)


@memo
def plans(state: ViewerState, content: Content) -> tuple[Plan, ...]:
    """The panes in their order; none while nobody sees them."""
    if not panes_are_seen(state):
        return ()
    stage, cast = stage_of(state, person_in_view(state, content)), cast_of(state, content)
    shown = ordered(shown_methods(state, content), stage.order, cast, content)
    if stage.mix != "none" and cast is not None:
        mixed = _mixed(stage, cast, shown)
        if mixed is not None:
            return (_mix(mixed, stage, state, content, cast),)
    if content.loading is None and person_in_view(state, content) is None:
        shown = ()
    if stage.view == "edges" and cast is not None:
        return tuple(_edge_plans(stage, state, content, cast, shown))
    ids = [PHOTO, *(info.id for info in shown)]
    if stage.enlarged in ids:
        shown = tuple(info for info in shown if info.id == stage.enlarged)
        ids = [stage.enlarged]
    first = [_photo_plan(stage, state, content, cast)] if PHOTO in ids else []
    return (*first, *(_plan(info, stage, state, content, cast) for info in shown))


def ordered(
    shown: tuple[MethodInfo, ...], order: str, cast: Cast | None, content: Content
) -> tuple[MethodInfo, ...]:
    """Methods by their errors on this person; the truth stays last, what is not measured before it."""
    if order == "list" or cast is None:
        return shown
    errors = {info.id: error_mm(cast, info.id, content) for info in shown}
    own = errors.get(cast.choice.baseline, math.nan)
    weigh = {
        "best": lambda value: value,
        "worst": lambda value: -value,
        "spread": lambda value: -abs(value - own),
    }[order]

    def place(info: MethodInfo) -> tuple[bool, bool, float]:
        value = weigh(errors[info.id])
        return info.kind == "truth", math.isnan(value), 0.0 if math.isnan(value) else value

    return tuple(sorted(shown, key=place))


def errors_of(cast: Cast, method: str, content: Content) -> Errors | None:
    """A method's errors on this person, where they are known."""
    return content.computed.value(cast.measured(method))


def error_mm(cast: Cast, method: str, content: Content) -> float:
    """The same as one number, nan where it is not known: the very MPJPE of tables where there is a truth."""
    if method == cast.given and cast.given_mm is not None:
        return cast.given_mm
    measured = metrics_of(content).get((cast.person, method)) if cast.truth is not None else None
    found = measured or errors_of(cast, method, content)
    return math.nan if found is None else float(found.mpjpe_mm)


def _photo_plan(stage: StageState, state: ViewerState, content: Content, cast: Cast | None) -> Plan:
    look = stage.look_of(PHOTO)
    box = cast.box(None, stage.pane) if cast is not None else box_without_bodies(state, content, stage.pane)
    return Plan(PHOTO, None, look, box=box, extent=visible(box, stage.pane, look))


def box_without_bodies(state: ViewerState, content: Content, pane: tuple[int, int]) -> Box:
    """What is framed while there are no bodies: the person's box, else the whole photo."""
    scene = content.scene
    if scene is None:
        return (0.0, 0.0, 1.0, 1.0)
    person = scene.person(person_in_view(state, content))
    if person is None:
        return (-0.5, -0.5, scene.size[0] - 0.5, scene.size[1] - 0.5)
    import numpy as np

    box = np.asarray(person.pose2d.bbox_xywh, np.float64)
    return on_photo(framed(box[:2], box[:2] + box[2:]), pane, scene.size)


def _plan(
    info: MethodInfo, stage: StageState, state: ViewerState, content: Content, cast: Cast | None
) -> Plan:
    look = stage.look_of(info.id)
    if cast is None:
        box = box_without_bodies(state, content, stage.pane)
        return Plan(info.id, info, look, box=box, extent=visible(box, stage.pane, look))
    shown = info.id
    if stage.held and info.kind != "truth" and cast.choice.baseline in cast.bodies:
        shown = cast.choice.baseline
    view = stage.view_of(info.id)
    turned = view == "turned"
    turn = cast.turn(look) if turned else None
    eye = cast.eye(turn)
    fit = (look.held if look.held is not None else turn) if turned else None
    box = cast.box(None if fit is None or fit.angle == 0 else fit, stage.pane)
    extent = visible(box, stage.pane, look)
    plan = Plan(info.id, info, look, eye, box, extent, cast.bodies.get(shown), cast.measured(shown))
    if plan.body is None:
        return plan
    if stage.outline and cast.truth is not None and info.kind != "truth":
        plan = replace(plan, outline=Outline(cast.truth, eye, OUTLINES[stage.playing]))
    if view == "edges" and info.kind != "truth":
        return replace(plan, edges=seen_edges(info, cast.person, state, content))
    dressed = _dressed(shown, stage, cast, content, turned=turned, errors=stage.errors_of(info.id))
    return replace(plan, drawing=_drawing(info.id, dressed, plan, stage, cast))


def _edge_plans(
    stage: StageState, state: ViewerState, content: Content, cast: Cast, shown: Sequence[MethodInfo]
) -> list[Plan]:
    """The photo, then for every network that sees edges what it was given and what it says."""
    found, bodies = [_photo_plan(stage, state, content, cast)], replace(stage, view="photo")
    before = edge_view.before_body(state, cast)
    for info in shown:
        seen = seen_edges(info, cast.person, state, content)
        if seen is None:
            continue
        plan = _plan(info, bodies, state, content, cast)
        if info.id == cast.given:
            coming = content.computed.value(edge_view.coming_edge(state, content))
            seen = seen if coming is None else replace(seen, edge=coming)
            if before is not None and plan.eye is not None:
                plan = replace(plan, outline=None, before=Outline(before, plan.eye))
        given = Plan(EDGES_OF + info.id, info, plan.look, plan.eye, plan.box, plan.extent, edges=seen)
        found += [given, plan]
    one = [plan for plan in found if plan.id == stage.enlarged]
    return one or found


def seen_edges(info: MethodInfo, person: str, state: ViewerState, content: Content) -> SeenEdges | None:
    """The edges that a network was given of somebody; None where it sees none."""
    own = normal_answer(info, person, state, content)
    return None if own is None or own.edge is None else SeenEdges(info.id, own.edge, own.crop)


def _dressed(
    method: str, stage: StageState, cast: Cast, content: Content, *, turned: bool, errors: bool
) -> tuple[Dressed, ...]:
    """A method's bodies as one pane shows them."""
    known = errors_of(cast, method, content) if errors and cast.truth is not None else None
    waits = waits_for_answer(cast.choice.info(method), content)
    opacity = WAITING if waits else 1.0 if turned else SOLID
    color = cast.choice.info(method).color
    own = Dressed((cast.bodies[method],), color, opacity, errors=known, scale_mm=stage.scale_mm)
    contact = content.computed.value(contact_key(cast, method)) if stage.contact else None
    if contact is not None and not errors:
        own = replace(own, errors=contact.colors, scale_mm=DEEP_MM)
    if turned:
        behind = cast.truth if method != TRUTH and stage.outline else None
        return (own,) if behind is None else (Dressed((behind,), BEHIND, UNDER, behind=True), own)
    rest = cast.others[method] if stage.others else ()
    new = tuple([body for body in rest if body.person.startswith(STRANGER)])
    people = tuple([body for body in rest if body not in new])
    both = (people, GREY, FADED), (new, STRANGER_COLOR, WAITING)
    return own, *[Dressed(*one) for one in both if one[0]]


def _drawing(
    pane: str, dressed: tuple[Dressed, ...], plan: Plan, stage: StageState, cast: Cast
) -> PaneDrawing:
    assert plan.eye is not None
    wide, high = stage.pane
    size = max(round(wide * stage.ratio), 1), max(round(high * stage.ratio), 1)
    samples = 1 if stage.moving else 2 if stage.playing or stage.ratio >= 1.5 else 3
    of = (cast.person, dressed[-1].bodies, plan.eye.from_photo)
    return PaneDrawing(pane, of, dressed, plan.eye, plan.extent, size, samples)


def _mixed(stage: StageState, cast: Cast, shown: Sequence[MethodInfo]) -> MethodInfo | None:
    """The method that stands in one pane with the baseline: the chosen one, else the first other one."""
    others = [info for info in shown if info.id != cast.choice.baseline and info.id in cast.bodies]
    if cast.choice.baseline not in cast.bodies or not others:
        return None
    return next((info for info in others if info.id == stage.mixed), others[0])


def _mix(info: MethodInfo, stage: StageState, state: ViewerState, content: Content, cast: Cast) -> Plan:
    """The baseline and another method in one pane."""
    plan = _plan(info, stage, state, content, cast)
    turned = stage.view_of(info.id) == "turned"
    base = cast.choice.baseline
    errors = stage.errors_of(info.id)
    own = _dressed(info.id, stage, cast, content, turned=turned, errors=errors)
    other = _dressed(base, stage, cast, content, turned=turned, errors=errors)
    if stage.mix == "onion":
        pair = tuple(
            replace(one, opacity=THROUGH) if one.bodies[0].person == cast.person and not one.behind else one
            for one in (*own, other[-1] if turned else other[0])
        )
        return replace(plan, drawing=_drawing(info.id, pair, plan, stage, cast))
    return replace(
        plan,
        drawing=_drawing(base, other, plan, stage, cast),
        right=_drawing(info.id, own, plan, stage, cast),
    )
