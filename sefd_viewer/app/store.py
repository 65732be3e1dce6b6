"""The one door through which the state changes, with undo and redo, and the one signal that says so."""

from __future__ import annotations

from collections.abc import Callable

from sefd_viewer.app.state import ViewerState

Listener = Callable[[ViewerState, ViewerState], None]


class Store:
    """Holds the current `ViewerState`; listeners get (old, new) after each change.

    `settle` makes of every new state the one that holds: what follows from other parts of it. `looking` makes
    of a state that undo or redo brings back, and the one now, that in which one goes on looking where one is.
    """

    def __init__(
        self,
        state: ViewerState | None = None,
        *,
        depth: int = 200,
        settle: Callable[[ViewerState], ViewerState] = lambda new: new,
        looking: Callable[[ViewerState, ViewerState], ViewerState] = lambda then, _now: then,
    ) -> None:
        self._state = state or ViewerState()
        self._depth, self._settle, self._looking = depth, settle, looking
        self._past: list[ViewerState] = []
        self._future: list[ViewerState] = []
        self._merge: str | None = None
        self._listeners: list[Listener] = []

    @property
    def state(self) -> ViewerState:
        """The current state."""
        return self._state

    @property
    def can_undo(self) -> bool:
        """Whether there is an older state to put back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether an undone state can be put back."""
        return bool(self._future)

    def connect(self, listener: Listener) -> None:
        """Call `listener(old, new)` after each change."""
        self._listeners.append(listener)

    def set(self, new: ViewerState, *, merge: str | None = None, remember: bool = True) -> None:
        """Make `new` the state.

        Successive changes with the same `merge` word (a slider that moves) are one step of undo;
        with `remember` False the change is no step at all (a key held down).
        """
        new = self._settle(new)
        if new == self._state:
            return
        if remember:
            self._remember(merge)
        self._change_to(new)

    def reset(self, new: ViewerState) -> None:
        """Make `new` the state and forget the history: another data set was opened."""
        self._past.clear()
        self._future.clear()
        self._merge = None
        self._change_to(self._settle(new))

    def undo(self) -> None:
        """Put the state before the last step back."""
        if self._past:
            self._future.append(self._state)
            self._merge = None
            self._change_to(self._looking(self._past.pop(), self._state))

    def redo(self) -> None:
        """Put the state that was undone last back."""
        if self._future:
            self._past.append(self._state)
            self._merge = None
            self._change_to(self._looking(self._future.pop(), self._state))

    def _remember(self, merge: str | None) -> None:
        if merge is None or merge != self._merge or not self._past:
            self._past.append(self._state)
            del self._past[: -self._depth]
        self._future.clear()
        self._merge = merge

    def _change_to(self, new: ViewerState) -> None:
        old, self._state = self._state, new
        for listener in tuple(self._listeners):
            listener(old, new)
