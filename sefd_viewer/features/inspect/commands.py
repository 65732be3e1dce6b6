"""The stage's commands: what keys, menus and the palette do on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import Ask, CommandContext, Run, has_people_in_inspect, has_record
from sefd_viewer.features.inspect.actions import (
    back_to_photo,
    change,
    enlarge,
    fit,
    fit_photo,
    list_methods,
    mix,
    rest,
    see_from,
    show_view,
    stage_in,
    turn,
)
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import SIDES, VIEWS, Mix

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller

TURNS = {"left": (-15.0, 0.0), "right": (15.0, 0.0), "up": (0.0, 15.0), "down": (0.0, -15.0)}


def _on(run: Callable[..., None], *values: Any) -> Run:
    return lambda context: run(context.controller, *values)


def _flips(name: str) -> Run:
    """Turn a choice of the stage on or off."""

    def run(context: CommandContext) -> None:
        stage = stage_in(context.controller)
        flipped: dict[str, Any] = {name: not getattr(stage, name)}
        change(context.controller, replace(stage, **flipped))

    return run


def _is(name: str, value: Any = True) -> Ask:
    return lambda controller: getattr(stage_in(controller), name) == value


def on_stage(controller: Controller) -> bool:
    """A photo is in view on the stage."""
    return controller.state.workspace == "inspect" and has_record(controller)


def has_truth_here(controller: Controller) -> bool:
    """Somebody on the stage has a true body."""
    return on_stage(controller) and controller.content.has_truth


def _mixed_by(kind: Mix) -> Run:
    return lambda context: mix(context.controller, kind, stage_in(context.controller).pointed)


def _held(down: bool) -> Run:
    def run(context: CommandContext) -> None:
        change(context.controller, replace(stage_in(context.controller), held=down))

    return run


def _leave(context: CommandContext) -> None:
    """All panes again."""
    change(context.controller, replace(stage_in(context.controller), enlarged=None, mix="none"))


def _is_alone(controller: Controller) -> bool:
    """One pane fills the stage."""
    stage = stage_in(controller)
    return on_stage(controller) and (stage.enlarged is not None or stage.mix != "none")


def _enlarge_pointed(context: CommandContext) -> None:
    panes = [pane.id for pane in STAGE_FRAME.of(context.controller.frame).panes]
    pointed = stage_in(context.controller).pointed
    if panes:
        enlarge(context.controller, pointed if pointed is not None and pointed in panes else panes[0])


def stage_commands() -> Sequence[Command]:
    """Everything that can be done on the stage besides what hands do."""
    figure = Command(
        "export_figure",
        "Export a figure…",
        _export_figure,
        ("Ctrl+Alt+P",),
        "Photo and 3D views at the photo's resolution as PNG or SVG, or a film around the bodies as MP4",
        has_people_in_inspect,
    )
    return (*_views(), *_overlays(), *_methods(), figure)


def _export_figure(context: CommandContext) -> None:
    """Ask for a file and save what is in view as a figure."""
    if path := context.shell.ask("figure"):
        context.shell.call("sefd_viewer.features.inspect.views.figures:export", path)


def _views() -> tuple[Command, ...]:
    tips = {
        "photo": "Bodies where the photo shows the person",
        "turned": "Bodies on a floor, from the side or as turned by hand",
        "edges": "The edges that the networks see",
    }
    shown = tuple(
        Command(
            f"stage_{view}",
            title,
            _on(show_view, view),
            (str(number),),
            tips[view],
            on_stage,
            _is("view", view),
        )
        for number, (view, title) in enumerate(VIEWS.items(), start=1)
    )
    sides = tuple(
        Command(
            f"stage_from_{side}", f"Turned: from {side}", _on(see_from, side), (), tips["turned"], on_stage
        )
        for side in SIDES
    )
    turns = tuple(
        Command(
            f"turn_{way}",
            f"Turn the bodies {way}",
            _turn_by(*step),
            (f"Ctrl+{way.capitalize()}",),
            "",
            on_stage,
        )
        for way, step in TURNS.items()
    )
    return (
        *shown,
        Command(
            "stage_errors",
            "Error colours",
            _flips("errors"),
            ("4",),
            "Bodies by their distance from the truth",
            has_truth_here,
            _is("errors"),
        ),
        Command(
            "stage_contact",
            "Contact and size",
            _flips("contact"),
            ("5",),
            "How deep everybody is in others, whom they touch, litres and girths",
            on_stage,
            _is("contact"),
        ),
        *sides,
        *turns,
        Command(
            "photo_camera",
            "Back to the photo's camera",
            _on(back_to_photo),
            ("C",),
            "All panes on the photo, fitted",
            on_stage,
        ),
        Command("fit_person", "Fit the person", _on(fit), ("F",), "The person fills every pane", on_stage),
        Command(
            "fit_photo",
            "Fit the photo",
            _on(fit_photo),
            ("Shift+F",),
            "The whole photo in every pane",
            on_stage,
        ),
        Command(
            "enlarge_pane",
            "Enlarge the pane",
            _enlarge_pointed,
            (),
            "The pane pointed at fills the stage (Enter on it, or a double click)",
            on_stage,
        ),
        Command("all_panes", "All panes again", _leave, ("Esc",), "", _is_alone),
    )


def _turn_by(yaw: float, pitch: float) -> Run:
    def run(context: CommandContext) -> None:
        panes = [pane.id for pane in STAGE_FRAME.of(context.controller.frame).panes if pane.info is not None]
        if panes:
            turn(context.controller, panes[0], yaw, pitch, False)
            rest(context.controller)

    return run


def _overlays() -> tuple[Command, ...]:
    return (
        Command(
            "truth_outline",
            "Truth outline",
            _flips("outline"),
            (),
            "The truth as a dashed outline",
            has_truth_here,
            _is("outline"),
        ),
        Command(
            "others_faded",
            "Others, faded",
            _flips("others"),
            (),
            "Bodies of the other people, faded",
            on_stage,
            _is("others"),
        ),
        Command(
            "wipe",
            "Wipe between two methods",
            _mixed_by("wipe"),
            ("W",),
            "One pane, a divider between the yardstick and the pane pointed at",
            on_stage,
            _is("mix", "wipe"),
        ),
        Command(
            "onion",
            "Two methods in one pane",
            _mixed_by("onion"),
            ("O",),
            "The yardstick's body and that of the pane pointed at, one through the other",
            on_stage,
            _is("mix", "onion"),
        ),
        Command(
            "hold_baseline",
            "Show the yardstick (held)",
            _held(True),
            ("Q",),
            "Every pane shows the yardstick while the key is held",
            on_stage,
            _is("held"),
            _held(False),
        ),
    )


def _methods() -> tuple[Command, ...]:
    return (
        Command(
            "list_methods",
            "List of methods",
            lambda context: list_methods(context.controller),
            (),
            "All methods at the left: shown or not, how good on this person, names and colours",
            on_stage,
            lambda controller: STAGE_FRAME.of(controller.frame).list is not None,
        ),
        Command(
            "add_method",
            "Add a method…",
            lambda context: context.shell.show_page("add_method"),
            (),
            "Predicted bodies in a file or folder, a network's weights, or a command that is run",
        ),
    )
