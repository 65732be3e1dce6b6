"""What hands and commands do on the stage: pure changes of the state, and the commands that name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.methods import CHOICE, MethodChoice, file_title
from sefd_viewer.features.inspect.edge_view import EDGE_VIEW, MORPH, remembered
from sefd_viewer.features.inspect.frames import STAGE_FRAME, PaneFrame
from sefd_viewer.features.inspect.model import (
    EDGE_ROOM,
    PHOTO,
    STAGE,
    Look,
    Mix,
    StageState,
    View,
    panned,
    stage_of,
    zoomed,
)
from sefd_viewer.features.inspect.plans import cast_of

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.inspect.edge_view import EdgeSource


def stage_in(controller: Controller) -> StageState:
    """The stage for the person in view."""
    return stage_of(controller.state, person_in_view(controller.state, controller.content))


def change(controller: Controller, stage: StageState, *, remember: bool = False) -> None:
    """Make `stage` the stage; looking around is no step of undo, and edges have a workspace of their own."""
    if controller.state.workspace == EDGE_ROOM:
        stage = _with_edges_apart(stage, STAGE.of(controller.state))
    controller.store.set(STAGE.put(controller.state, stage), remember=remember)


def _with_edges_apart(stage: StageState, kept: StageState) -> StageState:
    """What was chosen where edges are shown alone: what the stage shows elsewhere stays as it was `kept`."""
    looks = {pane: own.look for pane, own in stage.own.items()}
    stage = replace(stage, view=kept.view, mix=kept.mix, errors=kept.errors, own=kept.own)
    for pane in {*looks, *kept.own}:
        stage = stage.with_own(pane, look=looks.get(pane))
    return stage


def choose(controller: Controller, choice: MethodChoice) -> None:
    """Make `choice` the methods: a step of undo."""
    controller.store.set(with_choice(controller.state, choice))


def measure_against(controller: Controller, method: str) -> None:
    """Make a method the yardstick, here and everywhere."""
    choose(controller, replace(CHOICE.of(controller.state), baseline=method))


def list_methods(controller: Controller) -> None:
    """Show the list of methods at the left, or put it away."""
    there = STAGE_FRAME.of(controller.frame).list is not None
    change(controller, replace(stage_in(controller), listed=not there))


def add_file(controller: Controller, path: str) -> None:
    """One more method: the bodies of a file or folder of predictions."""
    choice = CHOICE.of(controller.state)
    choose(controller, choice.added(file_title(path), "file", source=path))


def add_weights(controller: Controller, path: str, role: str) -> None:
    """One more method: a network in a role with weights of one's own."""
    choice = CHOICE.of(controller.state)
    choose(controller, choice.added(file_title(path), "weights", source=path, said=role))


def add_command(controller: Controller, name: str, command: str) -> None:
    """One more method: a command, whose page opens so that it can be run. SefdError where it can be none."""
    from sefd_viewer.errors import SefdError
    from sefd_viewer.evaluation.runs.methods import command_method

    command = " ".join(command.split())
    if not name:
        raise SefdError("the method has no name", remedy="Give it one, of letters and digits")
    choice = CHOICE.of(controller.state)
    if name in (info.id for info in choice.known):
        raise SefdError(f"there is a method called {name!r}", remedy="Give it another name")
    method = command_method(name, command)
    said = command.removeprefix(method.command or "").strip().removeprefix("#")
    choose(controller, choice.added(name, "command", source=method.command or "", said=said))
    stage = replace(STAGE.of(controller.state), reading=name)
    state = replace(STAGE.put(controller.state, stage), workspace="inspect")
    controller.store.set(state, remember=False)


def change_command(controller: Controller, method: str, command: str) -> None:
    """Another command for a method; SefdError where it can be none."""
    from sefd_viewer.evaluation.runs.methods import command_method

    command_method(method, command)
    choose(controller, CHOICE.of(controller.state).commanded(method, command))


# ---- hands on a pane


def turn(controller: Controller, pane: str, yaw: float, pitch: float, alone: bool) -> None:
    """Turn the bodies by degrees, from where they are seen; on the photo that begins at its camera."""
    from sefd_viewer.geometry.turning import Turn

    stage, cast = stage_in(controller), cast_of(controller.state, controller.content)
    if cast is None:
        return
    look = stage.look_of(pane)
    begins = cast.turn(look) if stage.view_of(pane) == "turned" else Turn()
    held = look.held if stage.moving and look.held is not None else begins
    look = replace(look, side=None, turn=begins.turned(yaw, pitch), held=held)
    stage = replace(stage, moving=True)
    if _is_apart(stage, pane, alone):
        change(controller, stage.with_own(pane, view="turned", look=look))
        return
    own = {id: replace(one, view=None) if one.view == "photo" else one for id, one in stage.own.items()}
    change(controller, replace(stage, view="turned", look=look, own=own))


def move(controller: Controller, pane: str, dx: float, dy: float, alone: bool) -> None:
    """Move the picture by pixels of the photo."""
    _look(controller, pane, alone, lambda look, frame: panned(look, dx, dy, frame.box))


def zoom(controller: Controller, pane: str, factor: float, x: float, y: float, alone: bool) -> None:
    """Come nearer at a pixel of the photo."""
    _look(controller, pane, alone, lambda look, frame: zoomed(look, factor, frame.box, (x, y)))


def _look(controller: Controller, pane: str, alone: bool, look: Callable[[Look, PaneFrame], Look]) -> None:
    stage = stage_in(controller)
    frame = next((one for one in STAGE_FRAME.of(controller.frame).panes if one.id == pane), None)
    if frame is None:
        return
    new = look(stage.look_of(pane), frame)
    if _is_apart(stage, pane, alone):
        change(controller, stage.with_own(pane, look=new))
    else:
        change(controller, replace(stage, look=new))


def _is_apart(stage: StageState, pane: str, alone: bool) -> bool:
    """Whether what a hand does concerns this pane only: Alt is down, or it looks from elsewhere already."""
    own = stage.own.get(pane)
    return alone or (own is not None and own.look is not None)


def rest(controller: Controller) -> None:
    """The hand let go: what was a draft is drawn in full."""
    stage = stage_in(controller)
    if stage.moving:
        change(controller, replace(stage, moving=False))


def join(controller: Controller, pane: str) -> None:
    """A pane looks as all others do again."""
    change(controller, stage_in(controller).with_own(pane, look=None))


def enlarge(controller: Controller, pane: str) -> None:
    """One pane fills the stage, or all are there again."""
    stage = stage_in(controller)
    if stage.mix != "none":
        change(controller, replace(stage, mix="none"))
    else:
        change(controller, replace(stage, enlarged=None if stage.enlarged == pane else pane))


def resize(controller: Controller, width: int, height: int, ratio: float) -> None:
    """Panes have another size."""
    stage = stage_in(controller)
    change(controller, replace(stage, pane=(max(width, 1), max(height, 1)), ratio=ratio))


def point(controller: Controller, pane: str | None) -> None:
    """The pointer is over another pane."""
    change(controller, replace(stage_in(controller), pointed=pane))


def use_tool(controller: Controller, pane: str, tool: str) -> None:
    """A pane's own view or colours; what all have is nothing of its own."""
    stage = stage_in(controller)
    if tool == "enlarge":
        enlarge(controller, pane)
    elif tool == "errors":
        errors = not stage.errors_of(pane)
        change(controller, stage.with_own(pane, errors=None if errors == stage.errors else errors))
    else:
        change(controller, stage.with_own(pane, view=None if tool == stage.view else tool))


# ---- the bar


def show_view(controller: Controller, view: View) -> None:
    """All panes look at the person in this way; a look from the photo's camera fits again."""
    stage = stage_in(controller).together()
    if view == "turned" and stage.view != "turned":
        look = stage.look if stage.look.turn is None else replace(stage.look, held=None)
        stage = replace(stage, look=look)
    controller.store.set(STAGE.put(controller.state, replace(stage, view=view)), remember=False)


def see_from(controller: Controller, side: str | None) -> None:
    """See the bodies from a side; the framing fits."""
    if side is None:
        return
    stage = stage_in(controller).together()
    look = replace(stage.look.fitted(), side=side, turn=None)
    change(controller, replace(stage, view="turned", look=look))


def back_to_photo(controller: Controller) -> None:
    """All panes look through the photo's camera, fitted."""
    stage = stage_in(controller)
    look = replace(stage.look.fitted(), side=stage.look.side or "side", turn=None)
    change(controller, replace(stage, view="photo", look=look, own={}))


def fit(controller: Controller) -> None:
    """The person fits every pane."""
    stage = stage_in(controller)
    own = {
        pane: one if one.look is None else replace(one, look=one.look.fitted())
        for pane, one in stage.own.items()
    }
    change(controller, replace(stage, look=stage.look.fitted(), own=own))


def fit_photo(controller: Controller) -> None:
    """The whole photo fits the panes."""
    scene = controller.content.scene
    pane = next((one for one in STAGE_FRAME.of(controller.frame).panes if one.view == "photo"), None)
    if scene is None or pane is None:
        return
    stage = stage_in(controller)
    (width, height), box = scene.size, pane.box
    tall, wide = box[3] - box[1], box[2] - box[0]
    fits = min(stage.pane[0] / wide, stage.pane[1] / tall)
    zoom = min(stage.pane[0] / width, stage.pane[1] / height) / fits
    pan = ((width - 1 - box[0] - box[2]) / 2 / tall, (height - 1 - box[1] - box[3]) / 2 / tall)
    change(controller, replace(stage, look=replace(stage.look, zoom=zoom, pan=pan)))


def mix(controller: Controller, kind: Mix, pointed: str | None) -> None:
    """The baseline and the pane pointed at in one pane, divided or one through the other; or all again."""
    stage = stage_in(controller)
    if stage.mix == kind:
        change(controller, replace(stage, mix="none"))
        return
    mixed = pointed if pointed not in (None, PHOTO) else stage.mixed
    change(controller, replace(stage, mix=kind, mixed=mixed, wipe=None, enlarged=None))


# ---- the view of edges


def change_edges(controller: Controller, edges: EdgeSettings, word: str) -> None:
    """Other edge settings; `word` names a slider that moves: its move is one step of undo."""
    controller.store.set(replace(_remembered(controller), edges=edges), merge=word or None)


def give(controller: Controller, source: EdgeSource) -> None:
    """Give the network other edges than Canny's, or those again."""
    if source != EDGE_VIEW.of(controller.state).source:
        controller.store.set(EDGE_VIEW.change(_remembered(controller), source=source))


def morph(controller: Controller, share: float) -> None:
    """The network's body on its way from its last answer (0) to the new one (1)."""
    controller.store.set(MORPH.change(controller.state, share=share), remember=False)


def _remembered(controller: Controller) -> ViewerState:
    state, content = controller.state, controller.content
    return remembered(state, content, cast_of(state, content))
