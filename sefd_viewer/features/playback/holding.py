"""While frames are played, each is shown as a whole: the one before stays until the next is complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.app.frame import Frame

HELD = ("stage",)
"""Parts of the frame that show pictures."""


def held_back(old: Frame, new: Frame) -> Frame:
    """The new frame, with the pictures of the old one while those of the next are on their way.

    A photo that was played alone stays while it is loaded once more, with its people.
    """
    coming = new.playback.playing and not new.playback.ready
    words = new.photo.words
    again = new.record == old.record and words is not None and words.busy and new.playback.track is not None
    if not (coming or again) or old.photo.image is None:
        return new
    return replace(
        new,
        photo=old.photo,
        people=old.people,
        skipped=old.skipped,
        slices={**new.slices, **{id: old.slices[id] for id in HELD if id in old.slices}},
    )


def nobody(_image: Any) -> NoReturn:
    """Stands for the detector of people while photos are played alone."""
    raise SefdError("People are not looked for while photos are played alone")
