"""While frames are played, each is shown as a whole: the one before stays until the next is complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.session.frame import Frame


def held_back(old: Frame, new: Frame) -> Frame:
    """The new frame, with the pictures of the old one while those of the next are on their way."""
    if not new.playback.playing or new.playback.ready or old.photo.image is None:
        return new
    return replace(
        new, photo=old.photo, edge=old.edge, meshes=old.meshes, people=old.people, skipped=old.skipped
    )
