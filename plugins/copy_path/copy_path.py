"""A command in a plugin: the path of the photo in view goes to the clipboard."""

from __future__ import annotations

from typing import Any

from sefd_viewer import api


def path_of(controller: Any) -> str | None:
    """Where the photo in view is, None where it is no file."""
    scene = controller.content.scene
    return None if scene is None or scene.record.image_path is None else str(scene.record.image_path)


def copy(context: api.CommandContext) -> None:
    """Copy it, and say so."""
    path = path_of(context.controller)
    if path is not None:
        context.shell.copy(path)
        context.controller.say(f"{path} is on the clipboard")


COPY = api.Command(
    "copy_photo_path",
    "Copy the photo's path",
    copy,
    tip="For a terminal or a message",
    enabled=lambda controller: path_of(controller) is not None,
)
