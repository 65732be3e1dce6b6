"""From slide to slide: begin, go on, vote, reveal, leave. Pure, from a state to a state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.present.ballot import Choice, Vote, sides, with_vote
from sefd_viewer.features.present.show import Case, Show

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState

MIDDLE = 0.5


def with_presentation(state: ViewerState, **changes: Any) -> ViewerState:
    """Return the state with other choices about presentations."""
    return replace(state, presentation=replace(state.presentation, **changes))


def with_show(state: ViewerState, show: Show, *, now: float, **changes: Any) -> ViewerState:
    """Return the state with another list of cases, and other choices.

    The slide in view stays in view, and a vote with its case; where that is gone the next slide comes, and
    the slides end with the last case.
    """
    old = state.presentation
    places = {case.record: place for place, case in enumerate(show.cases)}
    records = [case.record for case in old.show.cases]
    votes: tuple[Vote, ...] = ()
    for vote in old.votes:
        if records[vote.case] in places:
            votes = with_vote(votes, replace(vote, case=places[records[vote.case]]))
    before = old.before and with_presentation(old.before, show=show, **changes)
    state = with_presentation(state, show=show, votes=votes, before=before, **changes)
    if old.slide is None:
        return state
    if not show.cases:
        return left(state)
    place = places.get(records[old.slide])
    if place is not None:
        return with_presentation(state, slide=place)
    return at_slide(state, min(old.slide, len(show.cases) - 1), now=now)


def begun(
    state: ViewerState, show: Show, *, blind: bool, now: float, votes_file: str | None = None
) -> ViewerState:
    """Return the state with the first slide in view, or the one about the record in view."""
    records = [case.record for case in show.cases]
    first = records.index(state.record) if not blind and state.record in records else 0
    layers = dict(state.layers)
    for key, layer in layers.items():
        layers[key] = replace(layer, visible=key in ("image", "mesh"))
    quiet = replace(state, playback=replace(state.playback, playing=False))
    bare = replace(quiet, layers=layers, person=None, hidden_people=frozenset())
    bare = replace(bare, workspace="inspect", camera_mode="orbit", bare=False)
    begun = with_presentation(
        bare, show=show, blind=blind, revealed=False, votes=(), votes_file=votes_file, before=state
    )
    return at_slide(begun, first, now=now)


def at_slide(state: ViewerState, index: int, *, now: float) -> ViewerState:
    """Return the state with another slide in view; beyond the ends nothing changes."""
    presentation = state.presentation
    if not 0 <= index < len(presentation.show.cases):
        return state
    left, right = sides(presentation.show, index, blind=presentation.blind)
    case = presentation.show.cases[index]
    state = replace(state, record=case.record, person=case.person or None)
    state = replace(state, overlay=left, compare=right, wipe=MIDDLE)
    return with_presentation(state, slide=index, since=now)


def voted(state: ViewerState, choice: Choice, *, now: float, time: str) -> ViewerState:
    """Return the state with a vote about the slide in view, at the next slide or the result."""
    presentation = state.presentation
    if not presentation.disguised or presentation.slide is None:
        return state
    left, right = sides(presentation.show, presentation.slide, blind=True)
    vote = Vote(presentation.slide, choice, left, right, time, max(now - presentation.since, 0.0))
    votes = with_vote(presentation.votes, vote)
    state = with_presentation(state, votes=votes)
    open_cases = sorted(set(range(len(presentation.show.cases))) - {vote.case for vote in votes})
    if not open_cases:
        return revealed(state)
    later = [index for index in open_cases if index > presentation.slide]
    return at_slide(state, (later or open_cases)[0], now=now)


def revealed(state: ViewerState) -> ViewerState:
    """Return the state in which a blind test tells which method was which."""
    return with_presentation(state, revealed=True)


def left(state: ViewerState) -> ViewerState:
    """Return the state as it was before the slides; the list of cases stays as it is now."""
    before = state.presentation.before
    if before is None:
        return state
    kept = replace(before.presentation, show=before.presentation.show)
    kept = replace(kept, slide=None, before=None)
    return replace(before, presentation=kept, preferences=state.preferences)


def prepared(state: ViewerState, title: str) -> Show:
    """The list of cases; an empty one stands for the record in view."""
    show = state.presentation.show
    if show.cases or state.record is None:
        return show
    return show.with_case(Case(state.record, title))
