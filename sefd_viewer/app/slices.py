"""What one feature keeps in the state, in what is known, and in the frame: a typed part by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.state import ViewerState

V = TypeVar("V")
H = TypeVar("H", "ViewerState", "Content", "Frame")


@dataclass(frozen=True)
class Slice(Generic[V]):
    """The part called `id` of a ViewerState, a Content or a Frame; `initial` until something is put there."""

    id: str
    initial: V

    def of(self, holder: ViewerState | Content | Frame) -> V:
        """The part."""
        return cast("V", holder.slices.get(self.id, self.initial))

    def put(self, holder: H, value: V) -> H:
        """A copy of `holder` with another part."""
        return replace(holder, slices={**holder.slices, self.id: value})

    def change(self, holder: H, **changes: Any) -> H:
        """A copy of `holder` with some fields of the part (a dataclass) changed."""
        return self.put(holder, replace(cast("Any", self.of(holder)), **changes))


Slices = Mapping[str, Any]


class Whole:
    """A value of a frame that is replaced as a whole: it looks like itself alone."""
