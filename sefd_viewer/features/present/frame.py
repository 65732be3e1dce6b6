"""What a slide shows: the case, the two methods, and one number in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.methods import TITLES, Method
from sefd_viewer.features.present.ballot import Choice, Vote, sides, tally
from sefd_viewer.features.present.show import Case, Show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.evaluation.person_metrics import PersonMetrics

LETTERS = ("A · left", "B · right")
QUESTION = "Which side fits the people better?"


@dataclass(frozen=True)
class SlideFrame:
    """One slide: `names` and `methods` left and right of the divider; `sentence` tells the number.

    In a blind test `names` are letters and `vote` what was voted about this case; `results` are all votes
    once they are `revealed`, and `summary` their count in words.
    """

    case: Case
    number: int
    count: int
    methods: tuple[Method, Method]
    names: tuple[str, str]
    sentence: str
    blind: bool = False
    vote: Choice | None = None
    revealed: bool = False
    results: tuple[tuple[Case, Vote], ...] = ()
    summary: str = ""
    votes_file: str | None = None


def slide_frame(state: ViewerState, content: Content) -> SlideFrame | None:
    """Decide what the slide in view shows, None without slides."""
    presentation = state.presentation
    if presentation.slide is None:
        return None
    show, index = presentation.show, presentation.slide
    methods = sides(show, index, blind=presentation.blind)
    names = LETTERS if presentation.disguised else (TITLES[methods[0]], TITLES[methods[1]])
    own = next((vote.choice for vote in presentation.votes if vote.case == index), None)
    ended = presentation.blind and presentation.revealed
    return SlideFrame(
        case=show.cases[index],
        number=index + 1,
        count=len(show.cases),
        methods=methods,
        names=names,
        sentence=_sentence(state, content, show),
        blind=presentation.blind,
        vote=own,
        revealed=ended,
        results=_results(show, presentation.votes) if ended else (),
        summary=summary(show, presentation.votes) if ended else "",
        votes_file=presentation.votes_file,
    )


def _sentence(state: ViewerState, content: Content, show: Show) -> str:
    if (
        content.dataset is not None
        and state.record is not None
        and content.dataset.find(state.record) is None
    ):
        return f"The record {state.record} is not in {content.dataset.name}."
    if state.presentation.disguised:
        return QUESTION
    known = content.value("metrics") or {}
    person = show.cases[state.presentation.slide or 0].person
    first, second = (_mean(known, method, person) for method in (show.before, show.after))
    return in_words(show.before, first, show.after, second)


def _mean(
    known: Mapping[tuple[str, Method], PersonMetrics], method: Method, person: str = ""
) -> float | None:
    errors = [
        values.mpjpe_mm
        for (key, of), values in known.items()
        if of == method and (not person or key == person)
    ]
    return math.fsum(errors) / len(errors) if errors else None


def in_words(before: Method, first_mm: float | None, after: Method, second_mm: float | None) -> str:
    """Two mean errors (MPJPE, mm) in a sentence; empty where nothing was measured."""
    if "truth" in (before, after):
        method, error = (after, second_mm) if before == "truth" else (before, first_mm)
        return (
            "" if error is None else f"{TITLES[method]}: joints are {_cm(error)} from the truth on average."
        )
    if first_mm is None or second_mm is None:
        return ""
    told = f"Joints are {_cm(first_mm)} from the truth with the {before}, {_cm(second_mm)} with the {after}"
    gain_mm = round(first_mm) - round(second_mm)
    if gain_mm == 0:
        return f"{told}: no difference."
    return f"{told}: {_cm(abs(gain_mm))} {'better' if gain_mm > 0 else 'worse'}."


def summary(show: Show, votes: tuple[Vote, ...]) -> str:
    """The count of votes in words."""
    counted = tally(votes)
    parts = [f"{TITLES[method]} {counted[method]}" for method in (show.after, show.before)]
    told = ", ".join([*parts, f"neither {counted[None]}"])
    return f"Preferred: {told} ({len(votes)} of {len(show.cases)} cases)"


def _results(show: Show, votes: tuple[Vote, ...]) -> tuple[tuple[Case, Vote], ...]:
    return tuple((show.cases[vote.case], vote) for vote in sorted(votes, key=lambda vote: vote.case))


def _cm(millimetres: float) -> str:
    return f"{round(millimetres) / 10:.1f} cm"
