"""From the state and what is computed to what the panes of the stage show. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.absence import method_words
from sefd_viewer.app.frame import Words, shown
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.method_files import BROUGHT, about_method, file_words, floor_mm
from sefd_viewer.app.method_weights import waits_for_answer
from sefd_viewer.app.methods import CHOICE, ESTIMATORS, STRANGER, MethodInfo, as_role
from sefd_viewer.app.scene import NOBODY
from sefd_viewer.app.sentences import the
from sefd_viewer.app.story import PRESENT
from sefd_viewer.features.inspect import edge_view
from sefd_viewer.features.inspect.cast import Cast
from sefd_viewer.features.inspect.contact import contact_note, skin_of
from sefd_viewer.features.inspect.edge_frame import panel_frame
from sefd_viewer.features.inspect.frames import MethodList, MethodRow, PaneFrame, StageFrame
from sefd_viewer.features.inspect.model import EDGES_OF, STAGE, StageState, difference, in_mm, stage_of
from sefd_viewer.features.inspect.plans import Plan, cast_of, error_mm, plans
from sefd_viewer.features.inspect.reading import reading_of
from sefd_viewer.features.inspect.work import (
    LEAVES_PHOTO,
    Drawing,
    MutedPhoto,
    Outline,
    PaneDrawing,
    SeenEdges,
    joints_of,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState

FINDERS, SAID = (
    ("MoveNet", "NanoDet"),
    {"annotation": "annotated", "hand edit": "edited by hand", "ground truth, projected": "from the truth"},
)
"""Words in the name of a detector of 2D poses; other sources in the words of the pane's header."""
LEAST_BAR_MM = 20.0
"""The difference at which a bar is full, unless one is larger."""
FEW = 5
"""With more methods than this their list is shown."""


def resolve(state: ViewerState, content: Content) -> StageFrame:
    """The stage's panes and its bar."""
    stage, choice = stage_of(state, person_in_view(state, content)), CHOICE.of(state)
    cast = cast_of(state, content)
    scene = content.scene
    muted = content.computed.value(MutedPhoto(scene)) if scene is not None else None
    return StageFrame(
        panes=_panes(state, content),
        methods=tuple(info for info in choice.ordered() if info.kind != "truth" or content.has_truth),
        hidden=choice.hidden,
        baseline=choice.baseline,
        view=stage.view,
        errors=stage.errors,
        contact=stage.contact,
        outline=stage.outline,
        poses=state.layers["poses"].visible,
        others=stage.others,
        side=stage.look.side,
        scale_mm=stage.scale_mm,
        mix=stage.mix,
        enlarged=stage.enlarged,
        has_truth=content.has_truth,
        rows=stage.rows or 0,
        order=stage.order,
        muted=muted,
        person=person_in_view(state, content),
        edge_panel=panel_frame(state, content) if edge_view.in_edges(state) else None,
        list=_list(state, content, cast),
        reading=reading_of(state, content),
        words=Words("Nobody was found", scene.note or NOBODY)
        if scene is not None and person_in_view(state, content) is None
        else None,
    )


@shown
def _panes(state: ViewerState, content: Content) -> tuple[PaneFrame, ...]:
    """The panes; one that looks the same stays the same object."""
    stage, cast = stage_of(state, person_in_view(state, content)), cast_of(state, content)
    return tuple([_pane(plan, stage, state, content, cast) for plan in plans(state, content)])


def _list(state: ViewerState, content: Content, cast: Cast | None) -> MethodList | None:
    """The methods at the left, where they are wanted or many; never beside edges, or before an audience."""
    stage, choice = STAGE.of(state), CHOICE.of(state)
    known = [info for info in choice.ordered() if info.kind != "truth"]
    wanted = len(known) > FEW if stage.listed is None else stage.listed
    presented = PRESENT.of(state).slide is not None
    if not wanted or presented or edge_view.in_edges(state) or choice.blind:
        return None
    base = choice.baseline
    errors = {one.id: math.nan if cast is None else error_mm(cast, one.id, content) for one in known}
    rows = []
    for info in sorted(known, key=lambda one: (errors[one.id] != errors[one.id], errors[one.id])):
        apart, told = errors[info.id] - errors[base] if base in errors else math.nan, choice.numbers
        floor = 0.0 if cast is None else floor_mm(info.id, base, cast.bodies, content)
        tone = difference(errors[info.id], errors[base], floor)[1] if base in errors else "none"
        mm = in_mm(errors[info.id]) if told else ""
        shown = info.id not in choice.hidden
        rows.append(MethodRow(info, mm, apart if told else math.nan, tone, shown, info.id == base))
    largest = max((abs(row.change_mm) for row in rows if row.change_mm == row.change_mm), default=0.0)
    chosen = next((row.info for row in rows if row.info.id == stage.listing), None)
    about = () if chosen is None else about_method(chosen, content)
    return MethodList(tuple(rows), max(largest, LEAST_BAR_MM), None if chosen is None else chosen.id, about)


def _pane(
    plan: Plan, stage: StageState, state: ViewerState, content: Content, cast: Cast | None
) -> PaneFrame:
    own = stage.own.get(plan.id)
    shared: dict[str, Any] = {
        "id": plan.id,
        "info": plan.info,
        "extent": plan.extent,
        "box": plan.box,
        "look": plan.look,
        "differs": own is not None and (own.view, own.errors) != (None, None),
        "unlinked": own is not None and own.look is not None,
    }
    if plan.info is None:
        skipped = content.scene.record.skipped if content.scene is not None else ()
        left_out = tuple(map(str, skipped))
        return PaneFrame(
            title=_photo_title(state, stage),
            quiet="" if stage.view == "edges" else _pose_words(state, content),
            backdrop=1.0,
            left_out=left_out,
            **shared,
        )
    if plan.id.startswith(EDGES_OF):
        return _edges_pane(plan, plan.info, content, shared)
    before = edge_view.before_words(state, content, cast) if plan.before and cast is not None else ""
    return _method_pane(plan, plan.info, state, stage, content, cast, shared, before)


def _divider(plan: Plan, stage: StageState, cast: Cast) -> float:
    """Where the divider stands, as a share of the pane's width: amid the person until somebody moves it."""
    if stage.wipe is not None:
        return stage.wipe
    first, _, last, _ = cast.around(None if plan.eye is None else plan.eye.turn)
    left, _, right, _ = plan.extent
    return min(max(((first + last) / 2 - left) / (right - left), 0.05), 0.95)


def _method_pane(
    plan: Plan,
    info: MethodInfo,
    state: ViewerState,
    stage: StageState,
    content: Content,
    cast: Cast | None,
    shared: Mapping[str, Any],
    before: str = "",
) -> PaneFrame:
    view = stage.view_of(plan.id)
    if view == "edges" and plan.drawing is not None:
        view = "photo"  # its edges have a pane of their own
    pending = _waits(info, content, "" if cast is None else cast.given)
    words = None if plan.body is not None else _absent(info, state, content)
    if (
        words is None
        and view == "edges"
        and plan.edges is None
        and plan.drawing is None
        and info.kind != "truth"
    ):
        words = Words("Sees no edges", f"{info.title} is given the photo and a 2D pose alone.")
    known = None if plan.measured is None else content.computed.value(plan.measured)
    total = content.inference.total
    mixed = cast is not None and stage.mix != "none" and not cast.choice.blind
    base = f"{cast.choice.title(cast.choice.baseline)} | " if cast is not None and mixed else ""
    frame = PaneFrame(
        title=f"{base}{info.title}",
        quiet=info.variant,
        view=view,
        errors=stage.errors_of(plan.id),
        is_baseline=cast is not None and info.id == cast.choice.baseline,
        backdrop=_backdrop(plan),
        drawing=content.computed.value(plan.edges)
        if plan.edges is not None
        else _shown(plan.drawing, content),
        right=_shown(plan.right, content),
        divided=None if plan.right is None or cast is None else _divider(plan, stage, cast),
        outline=_outline(plan.outline, content),
        before=_outline(plan.before, content),
        joints=joints_of(plan.body, plan.eye) if plan.body is not None and plan.eye is not None else None,
        skin=skin_of(plan.body, plan.eye, cast, info.id, content)
        if stage.contact and cast is not None and plan.body is not None and plan.eye is not None
        else None,
        joints_mm=None if known is None or (cast and not cast.choice.numbers) else known.joints_mm,
        note=""
        if cast is not None and cast.choice.blind
        else contact_note(cast, info.id, content)
        if stage.contact and cast is not None
        else _note(plan, info, content, held=_held(stage, cast), before=before),
        own_camera="" if cast is None or cast.choice.blind else _own_camera(plan),
        words=words,
        busy=pending,
        share=content.inference.done / total if pending and total else None,
        **shared,
    )
    return _with_numbers(frame, info, cast, content)


def _edges_pane(plan: Plan, info: MethodInfo, content: Content, shared: Mapping[str, Any]) -> PaneFrame:
    """What a network is given, at the place of its crop."""
    found = content.computed.get(plan.edges) if plan.edges is not None else None
    if found is None:
        found = content.computed.newest(SeenEdges, info.id)
    return PaneFrame(
        title=f"{info.title}’s edges",
        view="edges",
        drawing=None if found is None else found.value,
        note=_given_words(info, content),
        **shared,
    )


def _waits(info: MethodInfo, content: Content, given: str = "") -> bool:
    """Whether a network is asked again about what is in view; `given` gets other edges."""
    tried = info.id == given and edge_view.GIVEN in content.trials.waiting
    return tried or waits_for_answer(info, content)


def _given_words(info: MethodInfo, content: Content) -> str:
    if info.id == "teacher" and (whose := edge_view.whose_edges(content)):
        return f"{whose}, hidden parts too"
    return "what the network will be given" if _waits(info, content) else "exactly what the network was given"


def _photo_title(state: ViewerState, stage: StageState) -> str:
    """The photo, and in the view of edges what lies over it."""
    layers = {"canny": "Canny", "mesh_edge": "body edges", "hed": "HED", "see": "SEE", "sesd": "SESD"}
    layers["plugin"] = "plugin"
    shown = [title for key, title in layers.items() if state.layers[key].visible]
    return " + ".join(["Photo", *shown]) if stage.view == "edges" else "Photo"


def _with_numbers(frame: PaneFrame, info: MethodInfo, cast: Cast | None, content: Content) -> PaneFrame:
    """The header's numbers: the error and its difference to the baseline's, or the distance from that."""
    if cast is None or info.kind == "truth" or not cast.choice.numbers:
        return frame
    value = error_mm(cast, info.id, content)
    if cast.truth is None:
        baseline = the(cast.choice.title(cast.choice.baseline)).removeprefix("the ")
        return replace(frame, mm=in_mm(value), unit=f"mm from {baseline}")
    if info.id == cast.choice.baseline:
        return replace(frame, mm=in_mm(value))
    base = cast.choice.baseline
    floor = floor_mm(info.id, base, cast.bodies, content)
    change, tone = difference(value, error_mm(cast, base, content), floor)
    return replace(frame, mm=in_mm(value), change=change, tone=tone)


def _backdrop(plan: Plan) -> float:
    """How much of the photo is behind the bodies: none as soon as they are turned away from it."""
    turn = None if plan.eye is None else plan.eye.turn
    return 1.0 if turn is None else max(1.0 - turn.angle / LEAVES_PHOTO, 0.0)


def _shown(key: PaneDrawing | None, content: Content) -> Drawing | None:
    """A drawing, or the last one of the same bodies while it is made."""
    if key is None:
        return None
    found = content.computed.get(key) or content.computed.newest(PaneDrawing, key.about)
    return None if found is None else found.value


def _outline(key: Outline | None, content: Content) -> tuple[Any, ...]:
    if key is None:
        return ()
    found = content.computed.get(key) or content.computed.newest(Outline, key.about)
    return () if found is None or found.value is None else tuple(found.value)


def _absent(info: MethodInfo, state: ViewerState, content: Content) -> Words | None:
    """Why a method has no body of this person."""
    if info.kind in (*BROUGHT, "weights"):
        return file_words(info, state, content)
    if info.kind == "run":
        return Words("No bodies here", "This method is known by the numbers of a run alone.")
    if info.id not in content.stages:
        return method_words(info.id, content)
    role = as_role(info.id)
    result = None if role is None else content.inference.result(role)
    why = " ".join(result.problems) if result is not None else ""
    if role is not None and (person_in_view(state, content) or "").startswith(STRANGER):
        why = "Networks are asked about people who have a 2D pose; this one was not annotated."
    if info.kind == "truth":
        return Words("No true body", "Nobody gave this person's body in the data set.")
    return Words("No body of this person", why or "The method gave none.")


def _held(stage: StageState, cast: Cast | None) -> str:
    """The method that all panes show while its key is held."""
    return the(cast.choice.title(cast.choice.baseline)) if stage.held and cast is not None else ""


def _note(plan: Plan, info: MethodInfo, content: Content, *, held: str, before: str = "") -> str:
    if info.kind in BROUGHT and not held and plan.body is not None:
        own = "bodies that its command wrote" if info.kind == "command" else f"bodies from a {info.kind}"
        more = _own_camera(plan), _strangers(plan.body.person, info, content)
        return " · ".join(filter(None, (own, *more)))
    if info.kind == "weights" and not held:
        own = f"a {info.said} with weights of your own"
        return f"SEE’s network, shown {info.title}’s edges" if info.id in ESTIMATORS else own
    if plan.edges is not None:
        return " · ".join(filter(None, (plan.edges.edge.label, plan.edges.edge.source)))
    if plan.before is not None and before:
        return before
    if held and info.kind != "truth":
        return f"{held} while Q is held"
    whose = edge_view.whose_edges(content) if info.id == "teacher" else ""
    return f"sees the edges of {whose}" if whose else ""


def _own_camera(plan: Plan) -> str:
    """That a method sees the photo through a camera of its own, such as one of a virtual 5000 px."""
    own, eye = None if plan.body is None else plan.body.own_camera, plan.eye
    if own is None or eye is None:
        return ""
    from sefd_viewer.geometry.image_plane import is_another_plane

    if not is_another_plane(own, eye.camera):
        return ""
    where = "drawn by" if eye.from_photo else "brought to the photo's image plane from"
    return f"{where} its own camera, {own.focal[0]:,.0f} px"


def _strangers(person: str, info: MethodInfo, content: Content) -> str:
    """How many people a method has here whom nobody annotated: they are yellow."""
    stage = content.stages.get(info.id)
    found = {body.person for body in stage.bodies if body.person.startswith(STRANGER)} if stage else set()
    count, more = len(found - {person}), " more" if person in found else ""
    return f"{count}{more} whom nobody annotated: yellow" if count else ""


def _pose_words(state: ViewerState, content: Content) -> str:
    """Where the 2D pose comes from, in a word."""
    person = content.scene.person(person_in_view(state, content)) if content.scene is not None else None
    if person is None:
        return ""
    source = person.pose2d.source
    return "2D pose: " + ("found" if any(name in source for name in FINDERS) else SAID.get(source, source))
