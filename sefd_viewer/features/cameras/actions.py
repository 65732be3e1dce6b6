"""The commands of workspace Cameras and what they do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.command import Command
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.features.cameras.diagnosis import DIAGNOSIS
from sefd_viewer.features.cameras.frame import FRAME, residual_text
from sefd_viewer.features.cameras.model import (
    CAMERAS,
    MODES,
    choose_person,
    with_board,
    with_bodies_of,
    with_calibration,
    with_conventions,
)
from sefd_viewer.features.cameras.moments import neighbour
from sefd_viewer.features.cameras.service import service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Ask, CommandContext, Run

_LAYERS = (
    ("board_mesh", "Bodies on the photos", "show_mesh", "Draw the annotated bodies as each camera sees them"),
    ("board_joints", "Joints on the photos", "show_joints", "Draw 2D joints and where 3D joints are seen"),
    ("board_edges", "Mesh edges on the photos", "show_edges", "Draw the edges of the annotated bodies"),
)
_TABS = (
    ("extrinsics", "Extrinsics: raw, paper, exact", "Ctrl+Shift+E"),
    ("image_plane", "One image plane for several people", "Ctrl+Shift+I"),
    ("conventions", "Conventions and diagnosis", "Ctrl+Shift+D"),
)

# ---- moments and people


def step_moment(controller: Controller, step: int) -> None:
    """Go to the next (1) or the previous (-1) moment as the same camera saw it."""
    dataset, record = controller.content.dataset, controller.state.record
    if dataset is None or record is None:
        return
    key = neighbour(dataset, record, step)
    if key is None:
        controller.say("There is no later moment" if step > 0 else "There is no earlier moment")
    else:
        controller.store.set(controller.state.with_record(key))


def people(controller: Controller) -> Sequence[str]:
    """The keys of the moment's people."""
    return tuple(person.key for person in FRAME.of(controller.frame).people)


def choose(controller: Controller, person: str | None) -> None:
    """Choose a person of the moment, or let them go; None chooses nobody."""
    state = controller.state
    changed = with_board(state, person=None) if person is None else choose_person(state, person)
    controller.store.set(changed, remember=False)


def peek(controller: Controller, on: bool) -> None:
    """Show the exact bodies while a key is held."""
    if CAMERAS.of(controller.state).peek != on:
        controller.store.set(with_board(controller.state, peek=on), remember=False)


def worst_moment(controller: Controller) -> None:
    """Go to the moment with the largest error; whoever came there this way goes on to the next largest."""
    timeline = FRAME.of(controller.frame).timeline
    worst = timeline.values.by_error(timeline.person, timeline.views) if timeline.values is not None else []
    if not worst:
        controller.say("No errors of other moments are known yet")
        return
    state, here = controller.state, timeline.index
    came = here in worst and CAMERAS.of(state).came_to == state.record
    place = (worst.index(here) + 1) % len(worst) if came and here is not None else 0
    key = timeline.keys[worst[place]]
    controller.store.set(with_board(state.with_record(key), came_to=key))
    controller.say(f"Moment {place + 1:,} of {len(worst):,} by its error")


# ---- when a command makes sense


def in_cameras(controller: Controller) -> bool:
    """The workspace is shown."""
    return controller.state.workspace == "cameras"


def has_moments(controller: Controller) -> bool:
    """The workspace is shown, and records lie beside the one in view."""
    dataset = controller.content.dataset
    return in_cameras(controller) and dataset is not None and len(dataset.keys) > 1


def has_data(controller: Controller) -> bool:
    """A data set is open."""
    return controller.content.dataset is not None and controller.state.record is not None


def has_views(controller: Controller) -> bool:
    """The workspace shows views whose pictures are there."""
    return in_cameras(controller) and bool(service_of(controller).views)


def _has_residuals(controller: Controller) -> bool:
    return FRAME.of(controller.frame).residuals.table is not None


def _is(field: str, value: Any = True) -> Ask:
    return lambda controller: getattr(CAMERAS.of(controller.state), field) == value


# ---- what commands do


def _set(context: CommandContext, **changes: Any) -> None:
    context.controller.store.set(with_board(context.controller.state, **changes), remember=False)


def _step(step: int) -> Run:
    return lambda context: step_moment(context.controller, step)


def _switch(field: str, on: Any = True, off: Any = False) -> Run:
    return lambda context: _set(
        context, **{field: off if getattr(CAMERAS.of(context.controller.state), field) == on else on}
    )


def _copy_residuals(context: CommandContext) -> None:
    """Put the table on the clipboard, columns apart by tabs."""
    context.shell.copy(residual_text(FRAME.of(context.controller.frame).residuals))
    context.controller.say("The table of residuals is on the clipboard")


def _show_tab(tab: str) -> Run:
    def run(context: CommandContext) -> None:
        state = replace(context.controller.state, workspace="cameras")
        context.controller.store.set(with_board(state, tab=tab), remember=False)

    return run


def _toggle_outlines(context: CommandContext) -> None:
    state = context.controller.state
    all_shown = len(CAMERAS.of(state).outlined) == len(MODES)
    context.controller.store.set(with_board(state, outlined=frozenset(() if all_shown else MODES)))


def _open_calibration(context: CommandContext) -> None:
    if path := context.shell.ask("calibration"):
        service_of(context.controller).open_calibration(path)


def _diagnose(context: CommandContext) -> None:
    _show_tab("conventions")(context)
    service_of(context.controller).diagnose(DIAGNOSIS.of(context.controller.content).scope)


def _check_all(context: CommandContext) -> None:
    _show_tab("conventions")(context)
    service_of(context.controller).diagnose("set")


def _report(context: CommandContext) -> None:
    if path := context.shell.ask("report"):
        service_of(context.controller).write_report(path)


# ---- the commands


def commands() -> list[Command]:
    """All of them, in the order of the page of keys."""
    return [*_board_commands(), *_convention_commands()]


def _board_commands() -> list[Command]:
    """Moments, what is drawn, what residuals measure."""
    return [
        Command("next_moment", "Next moment", _step(1), ("]",), "Of the same view", has_moments),
        Command("previous_moment", "Previous moment", _step(-1), ("[",), "Of the same view", has_moments),
        Command(
            "worst_moment",
            "Next worst moment",
            lambda d: worst_moment(d.controller),
            ("M",),
            "The largest error first, then the next largest",
            has_moments,
        ),
        *(
            Command(id, title, _switch(field), (), tip, in_cameras, _is(field))
            for id, title, field, tip in _LAYERS
        ),
        Command(
            "board_body",
            "Residuals against the body",
            _switch("against", "body", "triangulated"),
            (),
            "Measure 2D joints against the annotated body in place of triangulated points",
            in_cameras,
            _is("against", "body"),
        ),
        Command(
            "board_mm",
            "Residuals in millimetres",
            _switch("unit", "mm", "px"),
            (),
            "Of the viewing rays at the joints, in place of pixels",
            in_cameras,
            _is("unit", "mm"),
        ),
        Command(
            "measure_moments",
            "Compute the errors of all moments",
            _switch("measure_moments"),
            (),
            "Fill the timeline in the background",
            in_cameras,
            _is("measure_moments"),
        ),
        Command(
            "copy_residuals",
            "Copy the table of residuals",
            _copy_residuals,
            (),
            "For a spreadsheet: joints down, cameras across",
            _has_residuals,
        ),
        Command(
            "fit_views",
            "All photos whole",
            lambda d: d.shell.fit(),
            ("Home",),
            "Show every photo and the room of cameras whole",
            in_cameras,
        ),
        Command(
            "link_views",
            "Zoom all photos together",
            _switch("linked"),
            (),
            "Every photo shows the same part",
            in_cameras,
            _is("linked"),
        ),
    ]


def method_commands(info: MethodInfo) -> tuple[Command, ...]:
    """What can be done with a method."""
    return (
        Command(
            f"board_{info.id}",
            f"Bodies on all cameras: {info.title}",
            lambda d: d.controller.store.set(with_bodies_of(d.controller.state, info.id), remember=False),
            (),
            "Draw this method's bodies on the photos of Cameras and in space",
            lambda controller: in_cameras(controller) and info.id not in CHOICE.of(controller.state).hidden,
            lambda controller: info.id in CAMERAS.of(controller.state).methods,
        ),
    )


def _convention_commands() -> list[Command]:
    """The tabs, other calibrations, diagnoses and corrected copies."""
    tabs = [
        Command(f"tab_{tab}", title, _show_tab(tab), (key,), "A tab of Cameras", has_data)
        for tab, title, key in _TABS
    ]
    return [
        *tabs,
        Command(
            "outlines",
            "Outlines of raw, paper and exact",
            _toggle_outlines,
            ("Ctrl+Shift+L",),
            "Draw the bodies' outlines through every extrinsic mode on the photos",
            has_data,
            lambda c: len(CAMERAS.of(c.state).outlined) == 3,
        ),
        Command(
            "open_calibration",
            "Open another calibration…",
            _open_calibration,
            (),
            "Read the views of this capture with the cameras of another file",
            has_views,
        ),
        Command(
            "own_calibration",
            "Back to the capture's own cameras",
            lambda d: d.controller.store.set(with_calibration(d.controller.state, None)),
            (),
            "Read the views with their own cameras again",
            lambda c: CAMERAS.of(c.state).calibration is not None,
        ),
        Command(
            "conventions_as_stated",
            "Read everything as stated",
            lambda d: d.controller.store.set(with_conventions(d.controller.state, None)),
            (),
            "Forget every chosen convention",
            lambda c: CAMERAS.of(c.state).conventions is not None,
        ),
        Command(
            "diagnose",
            "Diagnose cameras and bodies",
            _diagnose,
            (),
            "Search for the conventions that explain the people best",
            has_views,
        ),
        Command(
            "check_all_photos",
            "Check all photos",
            _check_all,
            (),
            "Diagnose the whole set: every sequence in every camera",
            has_views,
        ),
        Command(
            "camera_report",
            "Report about the cameras…",
            _report,
            (),
            "Check a Human3.6M set sequence by sequence and write what is found as a page",
            lambda c: c.content.dataset is not None and c.content.dataset.format == "human36m",
        ),
        Command(
            "write_corrected",
            "Write corrected files…",
            lambda d: service_of(d.controller).find_corrections(lambda: d.shell.show_page("corrections")),
            (),
            "A copy of a Human3.6M set with the findings that you tick and the conventions that you chose",
            lambda c: c.content.dataset is not None and c.content.dataset.format == "human36m",
        ),
    ]
