"""Small changes of the board's part of the state: pure, from a state to a state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sefd_viewer.app.state import ViewerState


def with_board(state: ViewerState, **changes: Any) -> ViewerState:
    """The state with fields of the board changed."""
    return replace(state, board=replace(state.board, **changes))


def choose_person(state: ViewerState, key: str | None) -> ViewerState:
    """Choose a person of the moment; the one who is chosen already is let go."""
    return with_board(state, person=None if key == state.board.person else key)


def choose_joint(state: ViewerState, joint: str | None, person: str | None = None) -> ViewerState:
    """Choose a joint everywhere, of a person where one is named; the chosen one is let go."""
    owner = person if person is not None else state.board.person
    again = joint == state.board.joint and owner == state.board.person
    return with_board(state, joint=None if again else joint, person=owner)


def enlarge(state: ViewerState, view: str, record: str) -> ViewerState:
    """Let a view fill the board, or give it back its place; its record comes into view elsewhere."""
    if state.board.large_view == view:
        return with_board(state, large_view=None)
    changed = with_board(state, large_view=view)
    return changed if record == state.record else with_record_kept(changed, record)


def with_record_kept(state: ViewerState, record: str) -> ViewerState:
    """The state for another record of the board: the board keeps its person and joint."""
    return replace(state.with_record(record), board=state.board)
