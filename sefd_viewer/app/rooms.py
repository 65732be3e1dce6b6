"""The features in view: what they want computed, ask the networks and show; the others are not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.errors_in_mm import metrics_key
from sefd_viewer.app.feature import Feature, features
from sefd_viewer.app.frame import shown
from sefd_viewer.app.memo import forget_answers, memo
from sefd_viewer.app.wanted import layer_keys, stage_keys
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.trials import Query


@memo
def of_photo(state: ViewerState, content: Content) -> tuple[Key[Any] | None, ...]:
    """What every room wants of the photo in view: bodies and their errors."""
    return (*stage_keys(state, content), metrics_key(content))


@memo
def over_photo(state: ViewerState, content: Content) -> tuple[Key[Any] | None, ...]:
    """The layers that are visible, where the photo is."""
    return tuple(layer_keys(state, content))


@dataclass(frozen=True)
class Room:
    """A feature in view, whose answers stay the same objects while what they were made from does."""

    feature: Feature
    wants: Callable[[ViewerState, Content], tuple[Key[Any] | None, ...]]
    asks: Callable[[ViewerState, Content], tuple[Query, ...]]
    show: Callable[[ViewerState, Content], Any] | None


def _room(feature: Feature) -> Room:
    def listed(work: Callable[..., Iterable[Any]]) -> Callable[..., tuple[Any, ...]]:
        return memo(lambda state, content: tuple(work(state, content)))

    show = None if feature.resolve is None else shown(feature.resolve)
    return Room(feature, listed(feature.wants), listed(feature.asks), show)


def _declared(features: Iterable[Feature]) -> dict[str, tuple[Any, ...]]:
    """What features bring themselves, by the field's name: what stands for nothing need not be asked."""
    return {
        one.name: tuple(own for feature in features if (own := getattr(feature, one.name)) is not one.default)
        for one in fields(Feature)
    }


class Rooms:
    """The features in view of a state; what one of them showed is forgotten when it is left."""

    def __init__(self) -> None:
        self._asked_for: ViewerState | None = None
        self._rooms: tuple[Room, ...] = ()
        self._declared = _declared(())

    def of(self, state: ViewerState) -> tuple[Room, ...]:
        """Those in view, in order."""
        if self._asked_for is not state:
            self._asked_for = state
            before = {room.feature.id: room for room in self._rooms}
            seen = [feature for feature in features() if feature.in_view(state)]
            self._rooms = tuple(before.get(feature.id) or _room(feature) for feature in seen)
            if before.keys() != {feature.id for feature in seen}:
                forget_answers()
                self._declared = _declared(seen)
        return self._rooms

    def _of(self, state: ViewerState, name: str) -> tuple[Any, ...]:
        """What those in view bring under a field's name."""
        if self._asked_for is not state:
            self.of(state)
        return self._declared[name]

    def settled(self, state: ViewerState, content: Content) -> ViewerState:
        """What they make of a new state."""
        for settle in self._of(state, "settle"):
            state = settle(state, content)
        return state

    def note(self, state: ViewerState, content: Content) -> Content:
        """The content with what they keep in mind of what is known now."""
        for note in self._of(state, "note"):
            content = note(state, content)
        return content

    def wants(self, state: ViewerState, content: Content) -> list[Key[Any] | None]:
        """The keys of all that must be computed, None where an input is missing."""
        keys: list[Key[Any] | None] = [content.scene_key, *of_photo(state, content)]
        if any(shows(state) for shows in self._of(state, "shows_photo")):
            keys += over_photo(state, content)
        for room in self.of(state):
            keys += room.wants(state, content)
        return keys

    def asks(self, state: ViewerState, content: Content) -> list[Query]:
        """What the networks should try."""
        queries: list[Query] = []
        for room in self.of(state):
            queries += room.asks(state, content)
        return queries

    def parts(self, state: ViewerState, content: Content) -> dict[str, Any]:
        """Their parts of the frame."""
        rooms = [room for room in self.of(state) if room.feature.frame is not None and room.show is not None]
        return {room.feature.frame.id: room.show(state, content) for room in rooms}  # type: ignore[misc,union-attr]

    def held(self, state: ViewerState, old: Frame, new: Frame) -> Frame:
        """The frame that is shown: the one before, or parts of it, while the next is not whole."""
        for hold in self._of(state, "hold"):
            new = hold(old, new)
        return new

    def withhold(self, state: ViewerState, content: Content) -> bool:
        """Whether the frame shown stays until the next one is whole."""
        return any(withholds(state, content) for withholds in self._of(state, "withholds"))

    def rests(self, state: ViewerState) -> bool:
        """Whether networks, and the search for people, rest."""
        return any(rests(state) for rests in self._of(state, "rests"))

    def uses_networks(self, state: ViewerState) -> bool:
        """Whether what networks predict is shown."""
        return not self.rests(state) and any(uses(state) for uses in self._of(state, "uses_networks"))

    def edge_networks(self, state: ViewerState) -> list[EdgeNetwork]:
        """The networks whose edges are shown: over the photo, or by what is in view."""
        used = {network for networks in self._of(state, "edge_networks") for network in networks(state)}
        return [one for one in EDGE_NETWORKS if one in used or state.layers[one].visible]

    def shows_edges(self, state: ViewerState) -> bool:
        """Whether the edges that the networks saw are shown."""
        return any(shows(state) for shows in self._of(state, "shows_edges"))
