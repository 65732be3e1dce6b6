"""A presentation from case to case: begin, go on, reveal, vote, leave. Pure, from a state to a state."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.methods import CHOICE, TRUTH, Method, MethodChoice
from sefd_viewer.app.sequence import stopped
from sefd_viewer.app.story import PRESENT, Case, Choice, Show, Vote
from sefd_viewer.app.views import kept_slices, seen_of, with_seen
from sefd_viewer.atomic import write_file
from sefd_viewer.csv_cells import csv_of_rows

if TYPE_CHECKING:
    from sefd_viewer.app.slices import Slice
    from sefd_viewer.app.state import ViewerState


HEADER = ("time", "case", "record", "title", "left", "right", "vote", "preferred", "seconds", "seed")


def sides(show: Show, index: int, *, blind: bool) -> tuple[Method, Method]:
    """The methods left and right of the divider; in a blind test drawn by the show's seed and the record."""
    swapped = blind and random.Random(f"{show.seed} {show.cases[index].record}").random() < 0.5
    show = show.at(index)
    return (show.after, show.before) if swapped else (show.before, show.after)


def with_vote(votes: Sequence[Vote], vote: Vote) -> tuple[Vote, ...]:
    """The votes with one more; a second one about the same case replaces the first."""
    return (*(old for old in votes if old.case != vote.case), vote)


def tally(votes: Sequence[Vote]) -> Counter[Method | None]:
    """How often each method was preferred, and neither (None)."""
    return Counter(vote.preferred for vote in votes)


def votes_csv(show: Show, votes: Sequence[Vote]) -> bytes:
    """The votes as a table, in the order of the cases."""
    rows = []
    for vote in sorted(votes, key=lambda vote: vote.case):
        case = show.cases[vote.case]
        told = (vote.time, vote.case + 1, case.record, case.title, vote.left, vote.right, vote.choice)
        rows.append((*told, vote.preferred or "", f"{vote.seconds:.1f}", show.seed))
    return csv_of_rows(HEADER, rows)


def write_votes(path: Path, show: Show, votes: Sequence[Vote]) -> None:
    """Write the votes, the whole file or none; SefdError when that cannot be done."""
    write_file(path, votes_csv(show, votes))


LETTERS = ("A", "B")
EVERYTHING = 3
"""How many panes stand beside the photo when all is revealed: both methods, and the truth."""


@cache
def stage_slices() -> tuple[Slice[Any], ...]:
    """The parts of a view that say how the stage looks."""
    return tuple(one for one in kept_slices() if one.id in ("stage", "edge_view"))


def with_presentation(state: ViewerState, **changes: Any) -> ViewerState:
    """Return the state with other choices about presentations."""
    return PRESENT.change(state, **changes)


def with_show(state: ViewerState, show: Show, *, now: float, **changes: Any) -> ViewerState:
    """Return the state with another list of cases, and other choices.

    The case in view stays in view, and a vote with its case; where that is gone the next one comes, and the
    presentation ends with the last case.
    """
    old = PRESENT.of(state)
    show = show if old.before is None else show.of(CHOICE.of(old.before))
    places = {case.about: place for place, case in enumerate(show.cases)}
    known = [case.about for case in old.show.cases]
    votes: tuple[Vote, ...] = ()
    for vote in old.votes:
        if known[vote.case] in places:
            votes = with_vote(votes, replace(vote, case=places[known[vote.case]]))
    before = old.before and with_presentation(old.before, show=show, **changes)
    state = with_presentation(state, show=show, votes=votes, before=before, **changes)
    if old.slide is None:
        return state
    if not show.cases:
        return left(state)
    place = places.get(known[old.slide])
    if place is not None:
        return with_presentation(state, slide=place)
    return at_slide(state, min(old.slide, len(show.cases) - 1), now=now)


def begun(
    state: ViewerState, show: Show, *, blind: bool, now: float, votes_file: str | None = None
) -> ViewerState:
    """Return the state with the first case in view, or the one about the photo in view."""
    show = show.of(CHOICE.of(state))
    first = 0 if blind else _nearest(state, show)
    bare = replace(stopped(state), hidden_people=frozenset(), workspace="inspect")
    begun = with_presentation(
        bare,
        show=show,
        blind=blind,
        explained=False,
        revealed=False,
        votes=(),
        votes_file=votes_file,
        before=state,
    )
    return at_slide(begun, first, now=now)


def _nearest(state: ViewerState, show: Show) -> int:
    """The case about the person in view, else about the photo, else the first."""
    abouts = [case.about for case in show.cases]
    here = (state.record or "", state.person or "")
    if here in abouts:
        return abouts.index(here)
    return next((place for place, (record, _) in enumerate(abouts) if record == here[0]), 0)


def at_slide(state: ViewerState, index: int, *, now: float) -> ViewerState:
    """Return the state with another case in view; beyond the ends nothing changes."""
    presentation = PRESENT.of(state)
    if not 0 <= index < len(presentation.show.cases):
        return state
    case = presentation.show.cases[index]
    state = replace(state, record=case.record, person=case.person or None)
    if presentation.before is not None:  # each case is seen in its own way, or as the window was
        view = {} if presentation.disguised else case.view or seen_of(presentation.before, stage_slices())
        state = with_seen(state, view, stage_slices())
    return _with_methods(with_presentation(state, slide=index, since=now, shown=EVERYTHING))


def explained(state: ViewerState, *, now: float) -> ViewerState:
    """Return the state in which the first vote is asked for."""
    return with_presentation(state, explained=True, since=now)


def uncovered(state: ViewerState) -> ViewerState:
    """Return the state with one pane more beside the photo; after the last one with the photo alone."""
    shown = (PRESENT.of(state).shown + 1) % (EVERYTHING + 1)
    return _with_methods(with_presentation(state, shown=shown))


def with_numbers(state: ViewerState, numbers: bool) -> ViewerState:
    """Return the state in which errors are told, or not."""
    return _with_methods(with_presentation(state, numbers=numbers))


def _with_methods(state: ViewerState) -> ViewerState:
    """The state that shows the methods of the case in view, as far as they are revealed."""
    presentation = PRESENT.of(state)
    if presentation.slide is None or presentation.before is None:
        return state
    show, own = presentation.show.at(presentation.slide), CHOICE.of(presentation.before)
    if presentation.disguised:
        left, right = sides(show, presentation.slide, blind=True)
        return CHOICE.put(state, own.disguised({left: LETTERS[0], right: LETTERS[1]}))
    seen = (show.before, show.after, TRUTH)[: presentation.shown]
    return CHOICE.put(state, replace(_of(own, seen), baseline=show.before, numbers=presentation.numbers))


def _of(choice: MethodChoice, seen: tuple[Method, ...]) -> MethodChoice:
    hidden = frozenset(info.id for info in choice.known if info.id not in seen)
    return replace(choice, hidden=hidden)


def voted(state: ViewerState, choice: Choice, *, now: float, time: str) -> ViewerState:
    """Return the state with a vote about the case in view, at the next case or the result."""
    presentation = PRESENT.of(state)
    if not presentation.disguised or not presentation.explained or presentation.slide is None:
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
    return _with_methods(with_presentation(state, revealed=True))


def left(state: ViewerState) -> ViewerState:
    """Return the state as it was before the presentation; the list of cases stays as it is now."""
    before = PRESENT.of(state).before
    if before is None:
        return state
    return PRESENT.change(before, slide=None, before=None)


def prepared(state: ViewerState, title: str) -> Show:
    """The list of cases; an empty one stands for the photo and the person in view."""
    show = PRESENT.of(state).show
    if show.cases or state.record is None:
        return show
    return show.with_case(case_in_view(state, state.person or "", title))


def case_in_view(state: ViewerState, person: str, title: str) -> Case:
    """A case about a person, seen as now and with the method spoken of; one that is there keeps its words."""
    show, choice = PRESENT.of(state).show, CHOICE.of(state)
    _, second = choice.pair(info.id for info in choice.ordered())
    said = show.of(choice)
    after = "" if second in (said.before, said.after) else second
    new = Case(state.record or "", title, "", person, after, seen_of(state, stage_slices()))
    known = next((case for case in show.cases if case.about == new.about), new)
    return replace(known, after=new.after, view=new.view)
