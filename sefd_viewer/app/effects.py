"""When commands make sense and what they do: small functions that the command table names."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app import actions
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.feature import steering_of
from sefd_viewer.app.host import Page, Shell
from sefd_viewer.app.methods import Method
from sefd_viewer.app.pose_edits import edits_path
from sefd_viewer.app.sequence import stopped
from sefd_viewer.app.settings import Theme
from sefd_viewer.app.state import Workspace, default_layers
from sefd_viewer.inference.messages import ROLES

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Record


@dataclass(frozen=True)
class CommandContext:
    """The `controller` (state, content, store) and the `shell` (which asks for files)."""

    controller: Controller
    shell: Shell


Run = Callable[[CommandContext], None]
Ask = Callable[[Controller], bool]


def always(_controller: Controller) -> bool:
    """It can always be done."""
    return True


# ---- when a command makes sense


def has_dataset(controller: Controller) -> bool:
    """Something is open."""
    return controller.content.dataset is not None


def has_record(controller: Controller) -> bool:
    """A picture is in view."""
    return controller.content.scene is not None


def has_people(controller: Controller) -> bool:
    """Somebody is in view."""
    return controller.content.scene is not None and bool(controller.content.scene.people)


def has_people_in_inspect(controller: Controller) -> bool:
    """Somebody is in view, in the workspace "Inspect"."""
    return has_people(controller) and controller.state.workspace == "inspect"


def has_person(index: int) -> Ask:
    """There is a person at `index`."""

    def ask(controller: Controller) -> bool:
        if (steering := steering_of(controller.state)) is not None:
            return index < len(steering.people(controller))
        scene = controller.content.scene
        return scene is not None and index < len(scene.people)

    return ask


def record_after(controller: Controller, step: int) -> Record | None:
    """The record `step` places further, None beyond the ends."""
    dataset, position = controller.content.dataset, controller.position(controller.state.record)
    place = -1 if position is None else position + step
    return dataset.records[place] if dataset is not None and 0 <= place < len(dataset.records) else None


def has_neighbour(step: int) -> Ask:
    """There is a record `step` further on."""

    def ask(controller: Controller) -> bool:
        if steering_of(controller.state) is not None:
            return True
        return record_after(controller, step) is not None

    return ask


# ---- what commands do


def enter(workspace: Workspace) -> Run:
    """Show a workspace; moving between them is no step of undo."""

    def run(context: CommandContext) -> None:
        controller = context.controller
        controller.store.set(replace(controller.state, workspace=workspace), remember=False)

    return run


def in_workspace(workspace: Workspace) -> Ask:
    """This workspace is shown."""
    return lambda controller: controller.state.workspace == workspace


def open_images(context: CommandContext) -> None:
    """Ask for pictures and open them."""
    if paths := context.shell.ask_images():
        context.controller.open(paths)


def open_folder(context: CommandContext) -> None:
    """Ask for a folder and open it."""
    if path := context.shell.ask_folder():
        context.controller.open([path])


def open_crowd(context: CommandContext) -> None:
    """Open the shipped crowd with what it brings: poses, a run, cases to present."""
    from sefd_viewer.datasets.opening import crowd_folder

    context.controller.open([str(crowd_folder())])


def open_poses(context: CommandContext) -> None:
    """Ask for a file of 2D poses and use it."""
    if path := context.shell.ask("poses"):
        context.controller.use_poses(path)


def choose_bodies(context: CommandContext) -> None:
    """Ask for body models and use them."""
    if paths := context.shell.ask_bodies():
        context.controller.use_bodies(paths)


def choose_body_folder(context: CommandContext) -> None:
    """Ask for a folder of body models and use all of them."""
    if path := context.shell.ask_folder():
        context.controller.use_bodies([path])


def choose_weights(method: Method) -> Run:
    """Ask for the weights of one of the program's networks and use them."""

    def run(context: CommandContext) -> None:
        if path := context.shell.ask("weights", method):
            context.controller.change_settings(weights={**context.controller.settings.weights, method: path})

    return run


def use_device(device: str) -> Run:
    """Run the networks on `device`."""
    return lambda context: context.controller.change_settings(device=device)


def on_device(device: str) -> Ask:
    """The networks were sent to this device."""
    return lambda controller: controller.device == device


def has_problems(controller: Controller) -> bool:
    """Something was wrong with the open data set."""
    return controller.content.dataset is not None and bool(controller.content.dataset.problems)


def save_screenshot(context: CommandContext) -> None:
    """Ask for a file and save a picture of the window."""
    if path := context.shell.ask("screenshot"):
        context.shell.save_screenshot(path)


def copy_command_line(context: CommandContext) -> None:
    """Put the command line on the clipboard."""
    context.shell.copy(command_line(context.controller))
    context.controller.say("The command line is on the clipboard")


def command_line(controller: Controller) -> str:
    """The command that predicts, without a window, what is in view."""
    scene, words = controller.content.scene, ["sefd-viewer", "predict"]
    if scene is not None and scene.record.image_path is not None:
        words.append(str(scene.record.image_path))
    elif controller.content.dataset is not None and controller.content.dataset.root is not None:
        words.append(str(controller.content.dataset.root))
    words += ["--out", "predictions"]
    own = controller.settings.weights
    words += [f"--weights={role}={own[role]}" for role in ROLES if role in own]
    words += [f"--body={place}" for place in controller.bodies.paths]
    if controller.state.poses is not None:
        words += ["--poses", controller.state.poses]
    elif scene is not None and scene.edits is not None and controller.content.dataset is not None:
        words += ["--poses", str(edits_path(controller.content.dataset))]
    return shlex.join(words)


def stop(context: CommandContext) -> None:
    """Stop everything that goes on, and playing."""
    context.controller.store.set(stopped(context.controller.state), remember=False)
    context.controller.stop()


def step(step: int) -> Run:
    """Go `step` records further, or rows where rows are shown, or moments where all views are."""

    def run(context: CommandContext) -> None:
        controller = context.controller
        if (steering := steering_of(controller.state)) is not None:
            steering.step(controller, step)
            return
        if (record := record_after(controller, step)) is not None:
            controller.store.set(controller.state.with_record(record.key), remember=False)

    return run


def toggle_layer(key: str) -> Run:
    """Show or hide the layer `key`."""

    def run(context: CommandContext) -> None:
        context.controller.store.set(actions.toggle_layer(context.controller.state, key))

    return run


def layer_on(key: str) -> Ask:
    """The layer `key` is shown."""
    return lambda controller: controller.state.layers[key].visible


def toggle_layer_at_pointer(context: CommandContext) -> None:
    """Show or hide the layer under the pointer, else the selected one."""
    controller = context.controller
    state = actions.toggle_layer_at(controller.state, controller.frame, context.shell.pointer())
    controller.store.set(state)


def reset_layers(context: CommandContext) -> None:
    """Show the layers as at the first start."""
    context.controller.store.set(replace(context.controller.state, layers=default_layers()))


def select_person(index: int) -> Run:
    """Select the person at `index`, or let him go."""

    def run(context: CommandContext) -> None:
        if (steering := steering_of(context.controller.state)) is not None:
            steering.choose(context.controller, steering.people(context.controller)[index])
            return
        scene = context.controller.content.scene
        if scene is not None and index < len(scene.people):
            key = scene.people[index].key
            context.controller.store.set(actions.select_person(context.controller.state, key), remember=False)

    return run


def show_everybody(context: CommandContext) -> None:
    """Select nobody and hide nobody."""
    context.controller.store.set(replace(context.controller.state, person=None, hidden_people=frozenset()))
    if (steering := steering_of(context.controller.state)) is not None:
        steering.choose(context.controller, None)


def overlay(method: Method) -> Run:
    """Draw the meshes of `method` on the photo."""

    def run(context: CommandContext) -> None:
        context.controller.store.set(actions.show_overlay_of(context.controller.state, method))

    return run


def toggle_theme(context: CommandContext) -> None:
    """Change between dark and light, and remember it."""
    theme: Theme = "light" if context.shell.is_dark() else "dark"
    context.controller.change_settings(theme=theme)


def page(page: Page) -> Run:
    """Open or close a page over the window."""
    return lambda context: context.shell.show_page(page)
