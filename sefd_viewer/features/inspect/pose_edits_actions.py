"""The commands about 2D poses: what they do, and when they make sense."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.pose_edits import POSE_EDITING, NewPose
from sefd_viewer.features.inspect.pose_edits_frame import POSE_EDITING_FRAME
from sefd_viewer.features.inspect.pose_edits_service import poses_of

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Ask, CommandContext, Run
    from sefd_viewer.app.state import ViewerState


REACH = 0.12
"""How far from the pointer a joint still counts as under it, as a share of the person's longer side."""


def can_edit(controller: Controller) -> bool:
    """A record is in view whose poses can be edited."""
    return controller.content.scene is not None


def is_editing(controller: Controller) -> bool:
    """Poses are edited, in the workspace that has the photo for it."""
    return POSE_EDITING.of(controller.state).on and controller.state.workspace == "inspect"


def toggle_editing(context: CommandContext) -> None:
    """Begin to edit the poses of the record in view, in its workspace, or end it; that is no step of undo."""
    state = replace(context.controller.state, workspace="inspect")
    context.controller.store.set(with_editing(state, not is_editing(context.controller)), remember=False)


def with_editing(state: ViewerState, on: bool) -> ViewerState:
    """The state in which poses are edited, or no longer."""
    return POSE_EDITING.change(state, on=on)


def with_start(state: ViewerState, start: NewPose) -> ViewerState:
    """The state in which new people begin in another way."""
    return POSE_EDITING.change(state, start=start)


def start_with(start: NewPose) -> Run:
    """Begin new people in this way."""
    return lambda context: context.controller.store.set(
        with_start(context.controller.state, start), remember=False
    )


def starts_with(start: NewPose) -> Ask:
    """New people begin in this way."""
    return lambda controller: POSE_EDITING.of(controller.state).start == start


def has_selected(controller: Controller) -> bool:
    """Poses are edited, and somebody is selected."""
    scene = controller.content.scene
    selected = scene is not None and scene.person(controller.state.person) is not None
    return selected and is_editing(controller)


def swap_sides(context: CommandContext) -> None:
    """Exchange the selected person's left and right joints."""
    if context.controller.state.person is not None:
        poses_of(context.controller).swap_sides(context.controller.state.person)


def delete(context: CommandContext) -> None:
    """Take the selected person's pose away."""
    if context.controller.state.person is not None:
        poses_of(context.controller).delete(context.controller.state.person)


def has_edits(controller: Controller) -> bool:
    """Something was changed by hand in the record in view."""
    scene = controller.content.scene
    return scene is not None and scene.edits is not None


def can_toggle_joint(controller: Controller) -> bool:
    """Poses are edited, and somebody is there."""
    scene = controller.content.scene
    return is_editing(controller) and scene is not None and bool(scene.people)


def toggle_joint_at_pointer(context: CommandContext) -> None:
    """Switch the joint under the pointer off or on."""
    pointer = context.shell.pointer()
    found = joint_at(context.controller, pointer) if pointer is not None else None
    if found is None:
        context.controller.say("Point at a joint first")
    else:
        poses_of(context.controller).toggle(*found)


def joint_at(controller: Controller, pointer: tuple[float, float]) -> tuple[str, int] | None:
    """The person and the joint nearest to a pixel of the photo, None where none is near."""
    import numpy as np

    nearest: list[tuple[float, str, int]] = []
    scene = controller.content.scene
    for handles in POSE_EDITING_FRAME.of(controller.frame).handles if scene is not None else ():
        distances = np.linalg.norm(handles.points - pointer, axis=1)
        if not np.isfinite(distances).any():
            continue
        joint = int(np.nanargmin(distances))
        size = float(np.nanmax(np.ptp(handles.points[np.isfinite(distances)], axis=0)))
        if distances[joint] <= REACH * size:
            nearest.append((float(distances[joint]), handles.person, joint))
    return min(nearest)[1:] if nearest else None


def pose_commands() -> list[Command]:
    """Everything that can be done to 2D poses besides dragging them."""
    starts: tuple[tuple[NewPose, str], ...] = (
        ("detector", "New people as the detector finds them"),
        ("upright", "New people upright"),
    )
    return [
        Command(
            "edit_poses",
            "Edit 2D poses",
            toggle_editing,
            ("E",),
            "Drag joints, add and delete people",
            can_edit,
            is_editing,
        ),
        Command(
            "toggle_joint",
            "Hide or show joint under the pointer",
            toggle_joint_at_pointer,
            ("H",),
            "Hidden joints are not given to the networks",
            can_toggle_joint,
        ),
        Command(
            "swap_sides",
            "Swap left and right",
            swap_sides,
            ("S",),
            "Exchange the selected person's left and right joints",
            has_selected,
        ),
        Command(
            "delete_pose",
            "Delete the selected person's pose",
            delete,
            ("Del",),
            "Take the person away; undo brings the person back",
            has_selected,
        ),
        Command(
            "forget_pose_edits",
            "Forget edited poses here",
            lambda d: poses_of(d.controller).forget_edits(),
            (),
            "Show this photo's poses as they were",
            has_edits,
        ),
        Command(
            "save_poses",
            "Save edited poses",
            lambda d: poses_of(d.controller).save(),
            ("Ctrl+S",),
            "They are saved after each step too; this says where",
            can_edit,
        ),
        *(
            Command(
                f"new_pose_{start}",
                title,
                start_with(start),
                (),
                "How people begin whose box is drawn",
                can_edit,
                starts_with(start),
            )
            for start, title in starts
        ),
    ]
