"""The commands about 2D poses."""

from __future__ import annotations

from sefd_viewer.app.command import Command
from sefd_viewer.app.pose_edits import NewPose
from sefd_viewer.features.inspect.pose_edits_desk import poses_of
from sefd_viewer.features.inspect.pose_edits_effects import (
    can_edit,
    can_toggle_joint,
    delete,
    has_edits,
    has_selected,
    is_editing,
    start_with,
    starts_with,
    swap_sides,
    toggle_editing,
    toggle_joint_at_pointer,
)


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
