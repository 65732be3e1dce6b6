"""Who is in view: somebody with a 2D pose, or a stranger, whom methods have and nobody annotated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import STRANGER, Color, Method
from sefd_viewer.app.stages import body_of

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.geometry.cameras import PinholeCamera

STRANGER_COLOR: Color = (0xF0, 0xC8, 0x50)
"""What they are drawn in among the people of a photo: yellow."""
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the photo."""


SAME = 0.5
"""The share of both boxes that two methods' strangers have in common who are one person."""


@dataclass(frozen=True, eq=False)
class Stranger:
    """Somebody whom nobody annotated: `key` and `box` as the first method has it that knows him.

    `called` are the keys and names that any method has for him, `bodies` his body by method.
    """

    key: str
    box: Box
    called: frozenset[str | None] = frozenset()
    bodies: Mapping[Method, PlacedBody] = field(default_factory=dict)


def stranger_key(name: str, method: Method) -> str:
    """The key of somebody whom a method calls so and nobody annotated; two methods may use one name."""
    return f"{STRANGER}{name} of {method}"


def stranger_name(key: str | None) -> str | None:
    """What a method, and so a run, calls the stranger of a key; any other key as it is."""
    if key is None or not key.startswith(STRANGER):
        return key
    return key.removeprefix(STRANGER).rpartition(" of ")[0]


def box_of(body: PlacedBody, camera: PinholeCamera) -> Box | None:
    """Where a body is seen on the photo, None for one behind the camera."""
    import numpy as np

    pixels = camera.project(body.vertices_camera)
    seen = pixels[np.isfinite(pixels).all(axis=1)]
    if not len(seen):
        return None
    (left, top), (right, bottom) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
    return left, top, right - left, bottom - top


@memo
def person_in_view(state: ViewerState, content: Content) -> str | None:
    """The selected person, else the first one; of people whom nobody annotated where there are no others."""
    if content.scene is None:
        return None
    chosen = content.scene.person(state.person)
    if chosen is not None:
        return chosen.key
    strangers = strangers_in_view(content) if state.person or not content.scene.people else {}
    meant = [one for one in strangers.values() if state.person in one.called]
    everybody = [*(one.key for one in meant), *(one.key for one in content.scene.people), *strangers]
    return next(iter(everybody), None)


@memo
def strangers_in_view(content: Content) -> Mapping[str, Stranger]:
    """Whom methods have in the photo in view and nobody annotated, by key."""
    found: dict[str, Stranger] = {}
    for method, stage in content.stages.items():
        for body in stage.bodies:
            box = box_of(body, stage.camera) if body.person.startswith(STRANGER) else None
            if box is not None:
                same = next((one for one in found.values() if _is_he(one, method, box)), None)
                one = same or Stranger(body.person, box)
                names = {*one.called, body.person, stranger_name(body.person)}
                found[one.key] = replace(one, called=frozenset(names), bodies={**one.bodies, method: body})
    return found


def _is_he(stranger: Stranger, method: Method, box: Box) -> bool:
    """Whether a method means by a box somebody whom others have there."""
    return method not in stranger.bodies and _overlap(stranger.box, box) >= SAME


def bodies_of(person: str, content: Content) -> Mapping[Method, PlacedBody]:
    """Somebody's body by each method; of somebody whom nobody annotated what lies in the same place."""
    if (stranger := strangers_in_view(content).get(person)) is not None:
        return stranger.bodies
    found = {method: body_of(stage, person) for method, stage in content.stages.items()}
    return {method: body for method, body in found.items() if body is not None}


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(wide, 0.0) * max(high, 0.0)
    return both / (one[2] * one[3] + other[2] * other[3] - both or 1.0)
