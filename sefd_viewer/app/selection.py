"""The one selection, a person of a photo, and the way back to those before; what undo leaves as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.feature import features
from sefd_viewer.app.sequence import PLAYBACK

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.store import Store

Selection = tuple[str | None, str | None]
"""The keys of a photo and of a person in it (None: its first one)."""
MOST = 200


def selection_of(state: ViewerState) -> Selection:
    """What is selected."""
    return state.record, state.person


def with_selection(state: ViewerState, selection: Selection) -> ViewerState:
    """The state with somebody else selected; in another photo nobody is hidden yet."""
    record, person = selection
    moved = state if record == state.record else state.with_record(record)
    return replace(moved, person=person)


def looking_on(then: ViewerState, now: ViewerState) -> ViewerState:
    """The state `then` with photo, person and workspace as they are now: looking is not undone."""
    looks = {id for feature in features() for id in feature.looks}
    slices = {key: value for key, value in then.slices.items() if key not in looks}
    slices |= {key: value for key, value in now.slices.items() if key in looks}
    moved = with_selection(then, selection_of(now))
    return replace(moved, workspace=now.workspace, slices=slices)


class SelectionHistory:
    """Those who were selected one after the other; `go` walks back and forth among them."""

    def __init__(self, store: Store) -> None:
        self._store, self._going = store, False
        self._visited: list[Selection] = []
        self._place = -1
        store.connect(self._state_changed)

    def can_go(self, step: int) -> bool:
        """Whether there is somebody before (-1) or after (1)."""
        return 0 <= self._place + step < len(self._visited)

    def go(self, step: int) -> None:
        """Select who was selected before, or after."""
        if not self.can_go(step):
            return
        self._place += step
        self._going = True
        try:
            state = with_selection(self._store.state, self._visited[self._place])
            self._store.set(state, remember=False)
        finally:
            self._going = False

    def forget(self) -> None:
        """Another data set was opened."""
        self._visited, self._place = [], -1

    def _state_changed(self, _old: ViewerState, new: ViewerState) -> None:
        selection = selection_of(new)
        known = self._visited[self._place] if self._visited else None
        if self._going or selection == known or selection[0] is None or PLAYBACK.of(new).playing:
            return
        self._visited = [*self._visited[: self._place + 1], selection][-MOST:]
        self._place = len(self._visited) - 1
