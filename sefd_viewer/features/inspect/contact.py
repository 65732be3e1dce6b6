"""Bodies as solids on the stage: how deep somebody is in others, whom he touches, and how large he is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.errors_in_mm import Errors
from sefd_viewer.app.keys import Key
from sefd_viewer.app.methods import person_title
from sefd_viewer.app.slices import Whole
from sefd_viewer.features.inspect.work import camera_of, vertices_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.stages import PlacedBody, Stage
    from sefd_viewer.body.solids import Solid
    from sefd_viewer.features.inspect.cast import Cast
    from sefd_viewer.features.inspect.work import Eye

DEEP_MM = 50.0
"""The depth in somebody else at which colours end."""
LEAST_MM = 1.0
"""Skin that is less deep in another only touches it."""
REACH_M = 0.5
"""So far away the nearest other body is told."""
GIRTHS = {"hips": 0.0, "waist": 1 / 3, "chest": 2 / 3}
"""Where the trunk is measured around: shares of the way from the pelvis to the neck."""


@dataclass(frozen=True, eq=False)
class Contact(Whole):
    """`into` are the people whom a body is in or touches: how deep (mm), and how many vertices touch them.

    `depth_mm` (V,) is how deep each vertex is in anybody; `litres` is the space inside the body, `girths_cm`
    what it measures around the trunk, as it is posed. `gap_mm` (V,) is how far each vertex is outside the
    nearest of the `people` within REACH_M, `nearest` (V,) which of them that is; inf and -1 where nobody is.
    """

    into: Mapping[str, tuple[float, int]]
    depth_mm: NDArray[np.float32]
    litres: float
    girths_cm: Mapping[str, float]
    gap_mm: NDArray[np.float32]
    nearest: NDArray[np.intp]
    people: tuple[str, ...]

    @cached_property
    def colors(self) -> Errors:
        """The depths as a body is coloured by them."""
        import numpy as np

        return Errors(0.0, np.zeros(17), self.depth_mm)


@dataclass(frozen=True)
class ContactKey(Key[Contact]):
    """A method's body among those of the others, where they stand in space before the photo's camera."""

    title: ClassVar[str] = "Measuring contact"
    kept: ClassVar[int] = 64
    method: str
    body: PlacedBody
    stage: Stage

    @property
    def slot(self) -> object:
        """Methods side by side."""
        return ContactKey, self.method

    def work(self) -> Contact:
        """Measure distances to the others' surfaces; BodyError for a body that has none."""
        import numpy as np

        from sefd_viewer.body.solids import TOUCHING_M, Solid, signed_distances

        own = Solid(self.body.vertices_space, self.body.faces)
        gap, nearest = np.full(len(own.vertices), np.inf), np.full(len(own.vertices), -1)
        into: dict[str, tuple[float, int]] = {}
        others = [one for one in self.stage.bodies if one.person != self.body.person]
        others = [one for one in others if _near(self.body, one, REACH_M)]
        for place, other in enumerate(others):
            distances = signed_distances(own.vertices, Solid(other.vertices_space, other.faces))
            touching = int((np.abs(distances) <= TOUCHING_M).sum())
            if distances.min() < 0 or touching:
                into[other.person] = max(-float(distances.min()), 0.0) * 1000, touching
            nearest = np.where((distances < gap) & (distances <= REACH_M), place, nearest)
            gap = np.minimum(gap, distances)
        depth = (np.maximum(-gap, 0.0) * 1000).astype(np.float32)
        away, people = (gap * 1000).astype(np.float32), tuple(one.person for one in others)
        return Contact(into, depth, abs(own.litres), _girths(self.body, own), away, nearest, people)


def _near(one: PlacedBody, other: PlacedBody, margin: float) -> bool:
    """Whether the boxes of two bodies in space come as near as `margin`."""
    low, high = (getattr(one.vertices_space, side)(axis=0) for side in ("min", "max"))
    lower, higher = (getattr(other.vertices_space, side)(axis=0) for side in ("min", "max"))
    return bool((low - margin <= higher).all() and (lower - margin <= high).all())


def _girths(body: PlacedBody, solid: Solid) -> dict[str, float]:
    """How much the trunk measures around, cm; nothing for a body without joints."""
    from sefd_viewer.body.solids import girth_m
    from sefd_viewer.geometry.joints import HUMAN36M17

    joints = body.joints_space
    if joints is None:
        return {}
    pelvis, neck = (joints[HUMAN36M17.names.index(name)] for name in ("Pelvis", "Neck"))
    found = {
        name: girth_m(solid, pelvis + share * (neck - pelvis), neck - pelvis) * 100 / body.space_factor
        for name, share in GIRTHS.items()
    }
    return {name: girth for name, girth in found.items() if girth > 0}


def contact_key(cast: Cast, method: str) -> ContactKey | None:
    """What measures the person's body by a method."""
    body, stage = cast.bodies.get(method), cast.stages.get(method)
    return None if body is None or stage is None else ContactKey(method, body, stage)


@dataclass(frozen=True, eq=False)
class Skin(Whole):
    """What is told of the vertices of a body that is pointed at: `pixels` (V, 2), nan where none is seen."""

    pixels: NDArray[np.float64]
    found: Contact
    people: tuple[str, ...]
    truth_mm: NDArray[np.float32] | None = None

    def told(self, vertex: int) -> str:
        """How far it is from the nearest other body, and from the truth."""
        place, gap = int(self.found.nearest[vertex]), float(self.found.gap_mm[vertex])
        away = f"nobody within {REACH_M * 100:.0f} cm"
        if place >= 0:
            who = _who(self.found.people[place], self.people)
            away = f"{abs(gap):.0f} mm {'inside' if gap < 0 else 'from'} {who}"
        known = self.truth_mm is not None and vertex < len(self.truth_mm)
        return f"{away} · {self.truth_mm[vertex]:.0f} mm from the truth" if known else away  # type: ignore[index]


@about_the_set(16)
def skin_pixels(body: PlacedBody, eye: Eye) -> NDArray[np.float64]:
    """(V, 2) where an eye sees the vertices of a body on the photo; nan for those that face away."""
    import numpy as np

    camera, vertices = camera_of(eye), vertices_of(body, eye).astype(np.float64)
    a, b, c = (vertices[body.faces[:, corner]] for corner in range(3))
    outwards = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, body.faces[:, corner], outwards)
    towards = ((vertices + camera.R.T @ camera.t) * normals).sum(axis=1) < 0
    return np.where(towards[:, None], camera.project(vertices), np.nan)


def skin_of(body: PlacedBody, eye: Eye, cast: Cast, method: str, content: Content) -> Skin | None:
    """What is told of a method's body that is pointed at; None while it is not measured."""
    key = contact_key(cast, method)
    found = None if key is None else content.computed.value(key)
    if found is None or key is None or key.body is not body:
        return None
    errors = content.computed.value(cast.measured(method)) if cast.truth is not None else None
    people = tuple(person.key for person in content.scene.people) if content.scene is not None else ()
    return Skin(skin_pixels(body, eye), found, people, None if errors is None else errors.vertices_mm)


def _who(key: str, people: Sequence[str]) -> str:
    title = person_title(key, people.index(key) if key in people else len(people))
    return title[:1].lower() + title[1:]


def contact_words(found: Contact, people: Sequence[str]) -> str:
    """Whom somebody is in or touches, the deepest first, and how large the body is."""
    told = []
    for key, (deep, touching) in sorted(found.into.items(), key=lambda one: -one[1][0]):
        if deep >= LEAST_MM:
            told.append(f"{deep:.0f} mm into {_who(key, people)}")
        elif touching:
            told.append(f"touches {_who(key, people)}")
    size = ", ".join(f"{name} {girth:.0f}" for name, girth in found.girths_cm.items())
    told = told or ["touches nobody"]
    return " · ".join([*told, f"{found.litres:.0f} litres", *([f"{size} cm"] if size else [])])


def contact_note(cast: Cast, method: str, content: Content) -> str:
    """The same of a method, as far as it is known; why not where it cannot be."""
    key = contact_key(cast, method)
    found = None if key is None else content.computed.get(key)
    if key is None:
        return ""
    if found is None:
        return "measuring contact…"
    if found.value is None:
        return found.problem or ""
    people = [person.key for person in content.scene.people] if content.scene is not None else []
    return contact_words(found.value, people)
