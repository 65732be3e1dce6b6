"""What one feature keeps in the state, in what is known, and in the frame: a typed part by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar, cast

Slices = Mapping[str, Any]


class Holder(Protocol):
    """A frozen dataclass with parts of features: a ViewerState, a Content or a Frame."""

    @property
    def slices(self) -> Slices:
        """The parts by their ids."""


V = TypeVar("V")
H = TypeVar("H", bound=Holder)


@dataclass(frozen=True)
class Slice(Generic[V]):
    """The part called `id` of a ViewerState, a Content or a Frame; `initial` until something is put there."""

    id: str
    initial: V

    def of(self, holder: Holder) -> V:
        """The part."""
        found: V = holder.slices.get(self.id, self.initial)
        return found

    def put(self, holder: H, value: V) -> H:
        """A copy of `holder` with another part."""
        return cast("H", replace(cast("Any", holder), slices={**holder.slices, self.id: value}))

    def change(self, holder: H, **changes: Any) -> H:
        """A copy of `holder` with some fields of the part (a dataclass) changed."""
        return self.put(holder, replace(cast("Any", self.of(holder)), **changes))


class Whole:
    """A value of a frame that is replaced as a whole: it looks like itself alone."""
