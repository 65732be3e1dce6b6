"""Every command, declared once: menus, keys, palette, shortcut sheet and tests read this table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from sefd_viewer.app import effects
from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import CommandContext, command_line
from sefd_viewer.app.feature import features, workspaces
from sefd_viewer.app.methods import CHOICE, NETWORKS, network_words
from sefd_viewer.app.plugins import follow_settings, loaded
from sefd_viewer.app.sessions import session_commands
from sefd_viewer.app.view_commands import (
    commands_of_method,
    person_commands,
    view_commands,
    workspace_commands,
)
from sefd_viewer.plugin_code import offers

if TYPE_CHECKING:
    from sefd_viewer.app.methods import MethodInfo
    from sefd_viewer.app.state import ViewerState

__all__ = [
    "COMMANDS",
    "GROUPS",
    "MENUS",
    "METHODS",
    "MOST_ENTRIES",
    "RECENT",
    "SEPARATOR",
    "Command",
    "CommandContext",
    "command_line",
    "commands_of",
    "commands_with",
    "groups_of",
]


DEVICES: dict[str, str] = {
    "auto": "Networks on the best device",
    "cpu": "Networks on the processor",
    "cuda": "Networks on an NVIDIA GPU (CUDA)",
    "mps": "Networks on an Apple GPU (MPS)",
}


def _file_commands() -> list[Command]:
    return [
        Command(
            "open_images",
            "Open photos or a video…",
            effects.open_images,
            ("Ctrl+O",),
            "Open image files or a video",
        ),
        Command(
            "open_folder",
            "Open a folder or data set…",
            effects.open_folder,
            ("Ctrl+Shift+O",),
            "A folder of photos, or a data set in a layout that is known",
        ),
        Command(
            "open_sample",
            "Open the sample capture",
            lambda d: d.controller.open([]),
            (),
            "Four cameras, 25 moments, two people, and three photos; nothing to download",
        ),
        Command(
            "open_crowd",
            "Open the sample crowd",
            effects.open_crowd,
            (),
            "Synthetic photos with full truth, a run over them, and cases to present (F5)",
        ),
        Command(
            "open_poses",
            "Open 2D poses…",
            effects.open_poses,
            (),
            "Take 2D poses from a file",
            effects.has_record,
        ),
        Command(
            "detect_poses",
            "Detect 2D poses",
            lambda d: d.controller.use_poses(None),
            (),
            "Take 2D poses from annotations and the detector again",
            lambda c: c.state.poses is not None,
        ),
        Command(
            "body_model",
            "Body model…",
            effects.choose_bodies,
            (),
            "Use licensed SMPL files beside the open body, one or several",
        ),
        Command(
            "body_folder",
            "Folder of body models…",
            effects.choose_body_folder,
            (),
            "Use all licensed SMPL files in a folder: women's, men's and the neutral one",
        ),
        Command(
            "open_body_only",
            "Open body alone",
            lambda d: d.controller.use_bodies([]),
            (),
            "Leave the licensed body models",
            lambda c: bool(c.bodies.paths),
        ),
        *(
            Command(
                f"weights_{info.id}",
                f"Weights of {network_words(info.id)}…",
                effects.choose_weights(info.id),
                (),
                f"Use other weights for {network_words(info.id)}",
            )
            for info in NETWORKS
        ),
        Command(
            "shipped_weights",
            "Shipped weights",
            lambda d: d.controller.change_settings(weights={}),
            (),
            "Go back to the weights that come with the program",
            lambda c: bool(c.settings.weights),
        ),
        Command("save_screenshot", "Save a picture of the window…", effects.save_screenshot, ("Ctrl+P",)),
        Command(
            "copy_command",
            "Copy as predict command",
            effects.copy_command_line,
            (),
            "Write the bodies of what is in view without a window",
            effects.has_record,
        ),
        *session_commands(),
        Command("quit", "Quit", lambda d: d.shell.quit(), ("Ctrl+Q",)),
    ]


def _edit_commands() -> list[Command]:
    return [
        Command(
            "undo", "Undo", lambda d: d.controller.store.undo(), ("Ctrl+Z",), "", lambda c: c.store.can_undo
        ),
        Command(
            "redo",
            "Redo",
            lambda d: d.controller.store.redo(),
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "",
            lambda c: c.store.can_redo,
        ),
        Command(
            "palette",
            "Find or run anything…",
            effects.page("palette"),
            ("Ctrl+K", "Ctrl+Shift+P"),
            "Any command by what it is called, any photo by its name",
        ),
        Command(
            "preferences",
            "Preferences…",
            effects.page("preferences"),
            ("Ctrl+,",),
            "Colours, text size, device, networks, bodies, keys, plugins, memory",
        ),
    ]


def _record_commands() -> list[Command]:
    return [
        Command(
            "next_record",
            "Next photo",
            effects.step(1),
            ("D", "Right"),
            "",
            effects.has_neighbour(1),
            paced=True,
        ),
        Command(
            "previous_record",
            "Previous photo",
            effects.step(-1),
            ("A", "Left"),
            "",
            effects.has_neighbour(-1),
            paced=True,
        ),
        Command(
            "run",
            "Run the networks",
            lambda d: d.controller.run_again(),
            ("R",),
            "Predict again",
            effects.has_record,
        ),
        Command(
            "stop",
            "Stop",
            effects.stop,
            ("Ctrl+.",),
            "Stop the networks, scans, and what is being opened",
            lambda c: c.busy,
        ),
        *(
            Command(
                f"device_{device}",
                title,
                effects.use_device(device),
                (),
                "Where the networks run",
                effects.always,
                effects.on_device(device),
            )
            for device, title in DEVICES.items()
        ),
        Command(
            "problems",
            "Problems of this data set…",
            effects.page("problems"),
            (),
            "What could not be read, and what to do about it",
            effects.has_problems,
        ),
    ]


def _help_commands() -> list[Command]:
    return [
        Command(
            "start_page",
            "Start page",
            effects.page("start"),
            (),
            "What the program is for, jobs to try with the sample, and what was open lately",
        ),
        Command(
            "shortcuts", "Keyboard shortcuts", effects.page("shortcuts"), ("?", "F1"), "Every key on one page"
        ),
        Command(
            "about_computer",
            "About this computer…",
            effects.page("about"),
            (),
            "What this machine has and lacks (doctor), as text to copy",
        ),
        Command("edit_keys", "Change keys…", effects.page("keys"), (), "Give commands other keys"),
        Command(
            "plugins",
            "Plugins…",
            effects.page("plugins"),
            (),
            "What plugins offer, what is wrong with them, which are used",
        ),
    ]


@cache
def plugin_commands() -> tuple[tuple[Command, ...], dict[str, str]]:
    """The commands of the plugins in use, and by folder why some are left out."""
    follow_settings()
    found, problems = loaded(offers("commands"), Command)
    return tuple(command for _, command in found), problems


COMMANDS: Mapping[str, Command] = {
    command.id: command
    for group in (
        _file_commands(),
        _edit_commands(),
        _record_commands(),
        workspace_commands(),
        view_commands(),
        person_commands(),
        *(feature.commands() for feature in features()),
        plugin_commands()[0],
        _help_commands(),
    )
    for command in group
}


_WORKSPACE_IDS = tuple(f"workspace_{feature.id}" for feature in workspaces())
SEPARATOR = "-"
RECENT = "recent"
"""Stands for the menu of recent files."""
METHODS = "methods"
"""Stands for the menu of all methods."""

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "&File",
        (
            *("open_images", "open_folder", RECENT, "open_sample", "open_crowd", "open_poses", SEPARATOR),
            *("save_session", "open_session", SEPARATOR),
            *("export_figure", "film_sequence", "save_screenshot", SEPARATOR, "quit"),
        ),
    ),
    (
        "&Edit",
        (
            *("undo", "redo", SEPARATOR, "edit_poses", "swap_sides", "delete_pose", "save_poses", SEPARATOR),
            *("copy_view_command", "copy_python", SEPARATOR, "palette", "preferences"),
        ),
    ),
    (
        "&View",
        (
            *(*_WORKSPACE_IDS, SEPARATOR),
            *("stage_photo", "stage_turned", "stage_edges", SEPARATOR),
            *("stage_errors", "stage_contact", "truth_outline", "layer_poses", "others_faded", SEPARATOR),
            *("strip_folded", "full_screen"),
        ),
    ),
    (
        "&Tools",
        (
            *("run", "stop", SEPARATOR, METHODS, "add_method", SEPARATOR),
            *("review_scan", "diagnose", "write_corrected", "problems", SEPARATOR),
            *("present", "blind_test", "cases", "report_cases"),
        ),
    ),
    ("&Help", ("start_page", SEPARATOR, "shortcuts", "edit_keys", SEPARATOR, "about_computer")),
)
"""What each menu holds, at most MOST_ENTRIES a menu; everything else is found with Ctrl+K."""
MOST_ENTRIES = 15


def _groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[str, ...]] = {}
    for heading, commands in (
        ("File", _file_commands()),
        ("Edit", _edit_commands()),
        ("Photos and workspaces", [*_record_commands(), *workspace_commands()]),
        ("View", view_commands()),
        ("People", person_commands()),
        *((feature.heading or feature.id.capitalize(), feature.commands()) for feature in features()),
        ("Plugins", plugin_commands()[0]),
        ("Help", _help_commands()),
    ):
        if commands:
            found[heading] = (*found.get(heading, ()), *(command.id for command in commands))
    return tuple(found.items())


GROUPS = _groups()
"""Every command under the heading that the page of keys gives it."""


def commands_with(info: MethodInfo) -> list[Command]:
    """What can be done with a method, of whatever kind, in any room."""
    own = (command for feature in features() for command in feature.method_commands(info))
    return [*commands_of_method(info), *own]


def commands_of(state: ViewerState) -> Mapping[str, Command]:
    """Every command that there is now: those above, and what each method that is known has."""
    return {**COMMANDS, **{command.id: command for command in _with_methods(state)}}


def groups_of(state: ViewerState) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same under their headings, by id."""
    return (*GROUPS, ("Methods", tuple(command.id for command in _with_methods(state))))


def _with_methods(state: ViewerState) -> list[Command]:
    return [command for info in CHOICE.of(state).ordered() for command in commands_with(info)]
