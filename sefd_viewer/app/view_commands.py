"""Commands for what lies over the photo and how the window looks, and those that every method has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sefd_viewer.app import actions, effects
from sefd_viewer.app.command import Command
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.effects import Ask, CommandContext, Run
from sefd_viewer.app.feature import workspaces
from sefd_viewer.app.layers import layers
from sefd_viewer.app.methods import CHOICE, TRUTH, MethodChoice, MethodInfo


def view_commands() -> list[Command]:
    """All that are there from the beginning."""
    return [
        Command(
            "toggle_layer",
            "Show or hide what lies under the pointer",
            effects.toggle_layer_at_pointer,
            ("V",),
            "",
            effects.has_record,
        ),
        *(
            Command(
                f"layer_{info.key}",
                info.title,
                effects.toggle_layer(info.key),
                (),
                info.tip,
                effects.always,
                effects.layer_on(info.key),
            )
            for info in layers()
        ),
        Command(
            "reset_layers",
            "Reset what lies over the photo",
            effects.reset_layers,
            (),
            "As at the first start",
        ),
        Command("toggle_theme", "Dark or light colours", effects.toggle_theme, ("Ctrl+Shift+T",)),
        Command("full_screen", "Full screen", lambda d: d.shell.toggle_full_screen(), ("F11",)),
    ]


# ---- what every method has


def commands_of_method(info: MethodInfo) -> list[Command]:
    """What every room has for a method, whatever kind it is; ids end with its own."""
    id, title = info.id, info.title
    found = [
        Command(
            f"show_{id}",
            f"Show {title}",
            _choosing(lambda choice: choice.toggled(id)),
            (),
            "This method in panes, tables and plots, or not",
            effects.has_dataset,
            lambda controller: id not in CHOICE.of(controller.state).hidden,
        ),
        Command(
            f"overlay_{id}",
            f"Body edges of: {title}",
            effects.overlay(id),
            (),
            "Whose bodies' edges lie over the photo",
            _has_bodies(id),
            lambda controller: controller.state.overlay == id,
        ),
    ]
    return found if id == TRUTH else [*found, *_compared(info)]


def _compared(info: MethodInfo) -> list[Command]:
    id, title = info.id, info.title
    return [
        Command(
            f"yardstick_{id}",
            f"Measure against {title}",
            _choosing(lambda choice: replace(choice, baseline=id)),
            (),
            "Make this method the yardstick of all others, in every room",
            effects.has_dataset,
            lambda controller: CHOICE.of(controller.state).baseline == id,
        ),
        Command(
            f"compare_{id}",
            f"Speak of {title} in sentences and plots",
            _choosing(lambda choice: replace(choice, compared=id)),
            (),
            "The method that is compared with the yardstick first",
            effects.has_dataset,
            lambda controller: CHOICE.of(controller.state).usual_pair[1] == id,
        ),
    ]


def _choosing(change: Callable[[MethodChoice], MethodChoice]) -> Run:
    def run(context: CommandContext) -> None:
        state = context.controller.state
        context.controller.store.set(actions.with_choice(state, change(CHOICE.of(state))))

    return run


def _has_bodies(method: str) -> Ask:
    """The truth has bodies only where there is any; of others it is asked when they are chosen."""

    def ask(controller: Controller) -> bool:
        return method != TRUTH or TRUTH in controller.content.stages

    return ask


def workspace_commands() -> list[Command]:
    """One for each workspace."""
    return [
        Command(
            f"workspace_{feature.id}",
            info.title,
            effects.enter(feature.id),
            (info.shortcut,),
            info.tip,
            effects.has_dataset,
            effects.in_workspace(feature.id),
        )
        for feature in workspaces()
        if (info := feature.workspace) is not None
    ]


def person_commands() -> list[Command]:
    """Who of a photo is selected."""
    digits = [
        Command(
            f"person_{i + 1}",
            f"Person {i + 1}",
            effects.select_person(i),
            (),
            "Select",
            effects.has_person(i),
        )
        for i in range(9)
    ]
    return [
        *digits,
        Command(
            "everybody",
            "Everybody",
            effects.show_everybody,
            ("0",),
            "Select and hide nobody",
            effects.has_people,
        ),
    ]
