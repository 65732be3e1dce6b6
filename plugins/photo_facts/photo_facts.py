"""A pane in a plugin: what is known of the photo in view."""

from __future__ import annotations

from typing import Any

from sefd_viewer import api


def make(controller: Any) -> Any:
    """The widget; it reads what the controller knows whenever a frame is shown."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLabel

    class Facts(QLabel):
        """A few lines of text."""

        def apply(self, old: Any, new: Any) -> None:
            """Show another photo's facts."""
            if old.photo is not new.photo:
                self.setText("\n".join(facts(controller.content.scene)))

    label = Facts(wordWrap=True)
    label.setAccessibleName("Facts of the photo")
    label.setMargin(12)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def facts(scene: Any) -> list[str]:
    """Size, camera and people of a scene, a line each."""
    if scene is None:
        return ["No photo is open."]
    camera = scene.record.camera
    focal = "no camera" if camera is None else f"focal length {camera.focal[0]:.0f} px"
    people = f"{len(scene.people)} in the photo" if scene.people else "nobody found"
    return [scene.record.title, f"{scene.size[0]} × {scene.size[1]} px", focal, people]


PANE = api.Pane("Facts of the photo", make, workspaces=("inspect", "edges"))
