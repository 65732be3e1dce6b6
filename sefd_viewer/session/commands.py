"""Every command, declared once: menus, tool bar, keys, palette, shortcut sheet and tests read this table."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import get_args

from sefd_viewer.inference.messages import ROLES, Role
from sefd_viewer.session import actions
from sefd_viewer.session.controller import Controller
from sefd_viewer.session.layers import LAYERS
from sefd_viewer.session.methods import METHODS, TITLES, Method
from sefd_viewer.session.shell import Page, Shell
from sefd_viewer.session.state import DEFAULT_LAYERS, EdgeSource


@dataclass(frozen=True)
class Desk:
    """What a command works with."""

    controller: Controller
    shell: Shell


Run = Callable[[Desk], None]
Ask = Callable[[Controller], bool]


def _always(_controller: Controller) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """One thing that a person can do; `checked` is given for those that are on or off."""

    id: str
    title: str
    run: Run = field(compare=False)
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    enabled: Ask = field(default=_always, compare=False)
    checked: Ask | None = field(default=None, compare=False)


# ---- when a command makes sense


def _has_record(controller: Controller) -> bool:
    return controller.content.scene is not None


def _has_people(controller: Controller) -> bool:
    return controller.content.scene is not None and bool(controller.content.scene.people)


def _has_person(index: int) -> Ask:
    def ask(controller: Controller) -> bool:
        scene = controller.content.scene
        return scene is not None and index < len(scene.people)

    return ask


def _has_neighbour(step: int) -> Ask:
    def ask(controller: Controller) -> bool:
        position = controller.position(controller.state.record)
        return position is not None and controller.record_at(position + step) is not None

    return ask


# ---- what commands do


def _open_images(desk: Desk) -> None:
    if paths := desk.shell.ask_images():
        desk.controller.open(paths)


def _open_folder(desk: Desk) -> None:
    if path := desk.shell.ask_folder():
        desk.controller.open([path])


def _open_poses(desk: Desk) -> None:
    if path := desk.shell.ask_poses():
        desk.controller.use_poses(path)


def _choose_body(desk: Desk) -> None:
    if path := desk.shell.ask_body():
        desk.controller.use_body(path)


def _choose_weights(role: Role) -> Run:
    def run(desk: Desk) -> None:
        if path := desk.shell.ask_weights(role):
            desk.controller.change_settings(weights={**desk.controller.settings.weights, role: path})

    return run


def _save_screenshot(desk: Desk) -> None:
    if path := desk.shell.ask_screenshot():
        desk.shell.save_screenshot(path)


def _copy_command_line(desk: Desk) -> None:
    desk.shell.copy(command_line(desk.controller))
    desk.controller.say("The command line is on the clipboard")


def command_line(controller: Controller) -> str:
    """The command that predicts, without a window, what is in view."""
    scene, words = controller.content.scene, ["sefd-viewer", "predict"]
    if scene is not None and scene.record.image_path is not None:
        words.append(str(scene.record.image_path))
    elif controller.content.dataset is not None and controller.content.dataset.root is not None:
        words.append(str(controller.content.dataset.root))
    words += ["--out", "predictions"]
    if controller.state.poses is not None:
        words += ["--poses", controller.state.poses]
    return shlex.join(words)


def _step(step: int) -> Run:
    def run(desk: Desk) -> None:
        controller = desk.controller
        position = controller.position(controller.state.record)
        record = controller.record_at(position + step) if position is not None else None
        if record is not None:
            controller.store.set(controller.state.with_record(record.key))

    return run


def _toggle_layer(key: str) -> Run:
    def run(desk: Desk) -> None:
        desk.controller.store.set(actions.toggle_layer(desk.controller.state, key))

    return run


def _layer_on(key: str) -> Ask:
    return lambda controller: controller.state.layers[key].visible


def _toggle_layer_at_pointer(desk: Desk) -> None:
    controller = desk.controller
    state = actions.toggle_layer_at(controller.state, controller.frame, desk.shell.pointer())
    controller.store.set(state)


def _reset_layers(desk: Desk) -> None:
    desk.controller.store.set(replace(desk.controller.state, layers=DEFAULT_LAYERS))


def _select_person(index: int) -> Run:
    def run(desk: Desk) -> None:
        scene = desk.controller.content.scene
        if scene is not None and index < len(scene.people):
            key = scene.people[index].key
            desk.controller.store.set(actions.select_person(desk.controller.state, key))

    return run


def _show_everybody(desk: Desk) -> None:
    desk.controller.store.set(replace(desk.controller.state, person=None, hidden_people=frozenset()))


def _overlay(method: Method) -> Run:
    def run(desk: Desk) -> None:
        desk.controller.store.set(actions.show_overlay_of(desk.controller.state, method))

    return run


def _edge_source(source: EdgeSource) -> Run:
    def run(desk: Desk) -> None:
        desk.controller.store.set(replace(desk.controller.state, edge_source=source))

    return run


def _turn_camera(desk: Desk) -> None:
    desk.controller.store.set(actions.turn_camera(desk.controller.state))


def _toggle_theme(desk: Desk) -> None:
    theme = "light" if desk.shell.is_dark() else "dark"
    desk.controller.change_settings(theme=theme)
    desk.shell.apply_theme(theme)


def _page(page: Page) -> Run:
    return lambda desk: desk.shell.show_page(page)


EDGE_SOURCES: dict[EdgeSource, str] = {
    "student": "What the student saw (crop)",
    "teacher": "What the teacher saw (crop)",
    "canny": "Canny, whole photo",
    "hed": "HED, whole photo",
    "mesh_edge": "Mesh edges, whole photo",
}


def _file_commands() -> list[Command]:
    return [
        Command(
            "open_images",
            "Open pictures or a video…",
            _open_images,
            ("Ctrl+O",),
            "Open picture files or a video",
        ),
        Command(
            "open_folder", "Open a folder…", _open_folder, ("Ctrl+Shift+O",), "Open a folder or a data set"
        ),
        Command(
            "open_sample",
            "Open the sample",
            lambda d: d.controller.open([]),
            (),
            "Four cameras and three photos",
        ),
        Command("open_poses", "Open 2D poses…", _open_poses, (), "Take 2D poses from a file", _has_record),
        Command(
            "detect_poses",
            "Detect 2D poses",
            lambda d: d.controller.use_poses(None),
            (),
            "Take 2D poses from annotations and the detector again",
            lambda c: c.state.poses is not None,
        ),
        Command(
            "body_model", "Body model…", _choose_body, (), "Use a licensed SMPL file beside the open body"
        ),
        *(
            Command(
                f"weights_{role}",
                f"Weights of the {role}…",
                _choose_weights(role),
                (),
                f"Use other {role} weights",
            )
            for role in ROLES
        ),
        Command(
            "shipped_weights",
            "Shipped weights",
            lambda d: d.controller.change_settings(weights={}),
            (),
            "Go back to the weights that come with the program",
            lambda c: bool(c.settings.weights),
        ),
        Command("save_screenshot", "Save a picture of the window…", _save_screenshot, ("Ctrl+P",)),
        Command(
            "copy_command",
            "Copy command line",
            _copy_command_line,
            (),
            "Predict this without a window",
            _has_record,
        ),
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
            "palette", "Find a command…", _page("palette"), ("Ctrl+Shift+P",), "Run any command by its name"
        ),
    ]


def _record_commands() -> list[Command]:
    return [
        Command("next_record", "Next record", _step(1), ("D", "Right"), "", _has_neighbour(1)),
        Command("previous_record", "Previous record", _step(-1), ("A", "Left"), "", _has_neighbour(-1)),
        Command(
            "run",
            "Run the networks",
            lambda d: d.controller.run_again(),
            ("R",),
            "Predict again",
            _has_record,
        ),
        Command(
            "stop",
            "Stop",
            lambda d: d.controller.stop(),
            ("Ctrl+.",),
            "Stop the networks",
            lambda c: c.busy,
        ),
    ]


def _view_commands() -> list[Command]:
    return [
        Command("fit", "Fit", lambda d: d.shell.fit(), ("F",), "Show the whole photo and all bodies"),
        Command(
            "toggle_camera",
            "From the photo's camera",
            _turn_camera,
            ("C",),
            "See meshes as the photo's camera does, or walk around them",
            _always,
            lambda c: c.state.camera_mode == "photo",
        ),
        Command(
            "toggle_layer",
            "Toggle layer under the pointer",
            _toggle_layer_at_pointer,
            ("V",),
            "",
            _has_record,
        ),
        *(
            Command(
                f"layer_{info.key}",
                info.title,
                _toggle_layer(info.key),
                (),
                info.tip,
                _always,
                _layer_on(info.key),
            )
            for info in LAYERS
        ),
        Command("reset_layers", "Reset layers", _reset_layers, (), "Layers as at the first start"),
        Command("toggle_theme", "Dark or light colours", _toggle_theme, ("Ctrl+Shift+T",)),
        Command("full_screen", "Full screen", lambda d: d.shell.toggle_full_screen(), ("F11",)),
    ]


def _overlay_commands() -> list[Command]:
    return [
        Command(
            f"overlay_{method}",
            f"{TITLES[method]} on the photo",
            _overlay(method),
            (),
            f"Draw the meshes of: {TITLES[method].lower()}",
            lambda c, method=method: method != "truth" or "truth" in c.content.stages,  # type: ignore[misc]
            lambda c, method=method: c.state.overlay == method,  # type: ignore[misc]
        )
        for method in METHODS
    ]


def _edge_commands() -> list[Command]:
    return [
        Command(
            f"edges_{source}",
            EDGE_SOURCES[source],
            _edge_source(source),
            (),
            "What the edge panel shows",
            _always,
            lambda c, source=source: c.state.edge_source == source,  # type: ignore[misc]
        )
        for source in get_args(EdgeSource)
    ]


def _person_commands() -> list[Command]:
    digits = [
        Command(
            f"person_{i + 1}", f"Person {i + 1}", _select_person(i), (str(i + 1),), "Select", _has_person(i)
        )
        for i in range(9)
    ]
    return [
        *digits,
        Command("everybody", "Everybody", _show_everybody, ("0",), "Select and hide nobody", _has_people),
    ]


def _help_commands() -> list[Command]:
    return [
        Command("shortcuts", "Keyboard shortcuts", _page("shortcuts"), ("?", "F1"), "Every key on one page"),
        Command("plugins", "Plugins", _page("plugins"), (), "What plugins offer and what is wrong with them"),
    ]


COMMANDS: dict[str, Command] = {
    command.id: command
    for group in (
        _file_commands(),
        _edit_commands(),
        _record_commands(),
        _view_commands(),
        _overlay_commands(),
        _edge_commands(),
        _person_commands(),
        _help_commands(),
    )
    for command in group
}

SEPARATOR = "-"
RECENT = "recent"
"""Stands for the menu of recent files."""

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "&File",
        (
            *("open_images", "open_folder", RECENT, "open_sample", SEPARATOR),
            *("open_poses", "detect_poses", SEPARATOR),
            *("body_model", *(f"weights_{role}" for role in ROLES), "shipped_weights", SEPARATOR),
            *("save_screenshot", "copy_command", SEPARATOR, "quit"),
        ),
    ),
    ("&Edit", ("undo", "redo", SEPARATOR, "palette")),
    ("&Record", ("next_record", "previous_record", SEPARATOR, "run", "stop")),
    (
        "&View",
        (
            *("fit", "toggle_camera", "toggle_layer", SEPARATOR),
            *(f"layer_{info.key}" for info in LAYERS),
            *("reset_layers", SEPARATOR),
            *(f"overlay_{method}" for method in METHODS),
            *(SEPARATOR, *(f"edges_{source}" for source in get_args(EdgeSource))),
            *(SEPARATOR, "toggle_theme", "full_screen"),
        ),
    ),
    ("&People", (*(f"person_{i}" for i in range(1, 10)), SEPARATOR, "everybody")),
    ("&Help", ("shortcuts", "plugins")),
)

TOOL_BAR: tuple[str, ...] = (
    *("open_images", "open_folder", SEPARATOR),
    *("run", "stop", SEPARATOR),
    *("previous_record", "next_record", SEPARATOR),
    *("fit", "toggle_camera", SEPARATOR, "palette", "shortcuts"),
)
