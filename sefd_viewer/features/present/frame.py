"""What a case shows: its methods, one number in words, and what it stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.errors_in_mm import metrics_of
from sefd_viewer.app.in_view import bodies_of, person_in_view
from sefd_viewer.app.keys import Key
from sefd_viewer.app.method_files import floor_mm, measure_of
from sefd_viewer.app.methods import CHOICE, SAME_MM, TRUTH, Method, MethodChoice, MethodInfo, as_role
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_view import run_of
from sefd_viewer.app.run_table import RunTable, column_names
from sefd_viewer.app.sentences import the
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.story import PRESENT, Case, Choice, PresentationState, Show, Vote
from sefd_viewer.features.present.model import LETTERS, sides, tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.evaluation.runs.intervals import Units

QUESTION = "Which body fits the person better, A or B?"
ABOUT_VOTES = (
    "Two methods answer about the same person: the same grey, light and floor, as large as each other. Which "
    "of them is A is drawn anew for each of {cases}.\n\nLook at the photo first, turn the bodies if you "
    "like, then press 1 if A fits better, 2 if B does, 0 if you see no difference. You may go back and vote "
    "again.\n\nWhat they are called, and how far off they are, follows after the last case. {kept}"
)


@dataclass(frozen=True)
class Total:
    """One comparison: the mean change in mm (below 0: better), with its interval, and of whom, in words."""

    change_mm: float
    interval_mm: tuple[float, float] | None
    words: str


@dataclass(frozen=True)
class SlideFrame:
    """One case: `names` and `methods` in their order, and one number in a `sentence`.

    `totals` are this person, the hidden and everybody. In a blind test `names` are letters and `vote` what
    was voted about this case; `results` are all votes once they are `revealed`, `summary` their count,
    `titles` the methods' names.
    """

    case: Case
    number: int
    count: int
    story: str
    methods: tuple[Method, Method]
    names: tuple[str, str]
    sentence: str
    totals: tuple[Total, ...] = ()
    numbers: bool = True
    blind: bool = False
    explanation: str = ""
    vote: Choice | None = None
    revealed: bool = False
    results: tuple[tuple[Case, Vote], ...] = ()
    titles: Mapping[Method, str] = field(default_factory=dict)
    summary: str = ""
    votes_file: str | None = None


SLIDE: Slice[SlideFrame | None] = Slice("present", None)


def slide_frame(state: ViewerState, content: Content) -> SlideFrame | None:
    """Decide what the case in view shows, None without a presentation."""
    presentation = PRESENT.of(state)
    if presentation.slide is None:
        return None
    show, index = presentation.show, presentation.slide
    methods = sides(show, index, blind=presentation.blind)
    choice = CHOICE.of(presentation.before or state)
    names = LETTERS if presentation.disguised else (choice.title(methods[0]), choice.title(methods[1]))
    own = next((vote.choice for vote in presentation.votes if vote.case == index), None)
    ended = presentation.blind and presentation.revealed
    told = presentation.numbers and not presentation.disguised
    return SlideFrame(
        case=show.cases[index],
        number=index + 1,
        count=len(show.cases),
        story=show.title,
        methods=methods,
        names=(names[0], names[1]),
        sentence=_sentence(state, content, show.at(index)),
        totals=content.computed.value(totals_key(state, content)) or () if told else (),
        numbers=presentation.numbers,
        blind=presentation.blind,
        explanation=_explanation(presentation),
        vote=own,
        revealed=ended,
        results=_results(show, presentation.votes) if ended else (),
        titles={method: choice.title(method) for method in _compared(show)},
        summary=summary(show, presentation.votes, choice) if ended else "",
        votes_file=presentation.votes_file,
    )


def _explanation(presentation: PresentationState) -> str:
    """What is voted about and how, before the first vote."""
    if presentation.explained or not presentation.disguised:
        return ""
    count, file = len(presentation.show.cases), presentation.votes_file
    kept = (
        f"Each vote is written to {file} as you give it." if file else "These votes are not kept in a file."
    )
    return ABOUT_VOTES.format(cases=f"{count} cases" if count > 1 else "the cases", kept=kept)


def totals_key(state: ViewerState, content: Content) -> TotalsKey | None:
    """What the totals are made from: the run in view and the case's person."""
    table, presentation = run_of(state, content), PRESENT.of(state)
    if table is None or presentation.slide is None or presentation.disguised:
        return None
    show = presentation.show.at(presentation.slide)
    case = show.cases[presentation.slide]
    return TotalsKey(table, show.before, show.after, case.record, case.person, PEOPLE.of(state).hidden_from)


@dataclass(frozen=True)
class TotalsKey(Key[tuple[Total, ...]]):
    """How `after` changes the error of this person, of the hidden and of everybody, against `before`."""

    title: ClassVar[str] = "Comparing the methods"
    table: RunTable
    before: Method
    after: Method
    record: str
    person: str
    hidden_from: float

    def work(self) -> tuple[Total, ...]:
        """Paired differences with their intervals; who got worse and who was left out is counted."""
        import polars as pl

        frame = self.table.frame
        names = column_names(self.table.methods)
        if self.before not in names or self.after not in names:
            return ()
        change = pl.col(f"{names[self.after]}_mpjpe_mm") - pl.col(f"{names[self.before]}_mpjpe_mm")
        people = frame.with_columns(change.alias("change"))
        own = people.filter(pl.col("record") == self.record, pl.col("person") == self.person)
        hidden = people.filter(pl.col("hidden") >= self.hidden_from)
        found = [Total(float(own["change"][0]), None, "on this person")] if _known(own) else []
        share = f"{100 * self.hidden_from:.0f} %"
        for part, whom in ((hidden, f"people hidden by {share} or more"), (people, "people")):
            if _known(part):
                floor = self.table.floor(self.before, self.after)
                found.append(_total(part, whom, self.table.units, max(SAME_MM, floor)))
        return tuple(found)


def _known(part: pl.DataFrame) -> bool:
    return part["change"].drop_nulls().drop_nans().len() > 0


def _total(part: pl.DataFrame, whom: str, units: Units | None, alike: float) -> Total:
    """The mean change with its 95 % interval, how many got worse, and how many were not compared."""
    import numpy as np

    from sefd_viewer.evaluation.runs.intervals import mean_with_interval

    sound = part.filter(part["change"].is_not_null() & part["change"].is_not_nan())
    changes = sound["change"].to_numpy()
    own = {} if units is None else units.by_position
    together = np.array([own.get(place, place) for place in sound["position"]], np.int64)
    mean = mean_with_interval(changes, together)
    worse, left_out = int(np.sum(changes > alike)), part.height - len(changes)
    words = f"on {len(changes)} {whom}; {worse} got worse"
    if alike > SAME_MM and abs(mean.mean) < alike:
        words += f"; no more than different bodies cost ({alike:.1f} mm)"
    if left_out:
        words += f"; {left_out} left out, not measured by both"
    interval = None if math.isnan(mean.low) else (mean.low, mean.high)
    return Total(mean.mean, interval, words)


def _sentence(state: ViewerState, content: Content, show: Show) -> str:
    if (
        content.dataset is not None
        and state.record is not None
        and content.dataset.find(state.record) is None
    ):
        return f"The photo {state.record} is not in {content.dataset.name}."
    if PRESENT.of(state).disguised:
        return ""
    known = metrics_of(content)
    person = show.cases[PRESENT.of(state).slide or 0].person or person_in_view(state, content)
    choice, errors = CHOICE.of(state), []
    for method in (show.before, show.after):
        info = choice.info(method)
        own = measure_of(info, person, state, content) if person and as_role(method) is None else None
        brought = None if method == TRUTH else content.computed.value(own)
        errors.append(_mean(known, method, person) if brought is None else float(brought.mpjpe_mm))
    bodies = bodies_of(person, content) if person else {}
    floor = floor_mm(show.after, show.before, bodies, content)
    return in_words(choice.info(show.before), errors[0], choice.info(show.after), errors[1], floor)


def _mean(
    known: Mapping[tuple[str, Method], PersonMetrics], method: Method, person: str | None
) -> float | None:
    errors = [
        values.mpjpe_mm
        for (key, of), values in known.items()
        if of == method and (not person or key == person)
    ]
    return math.fsum(errors) / len(errors) if errors else None


def in_words(
    before: MethodInfo,
    first_mm: float | None,
    after: MethodInfo,
    second_mm: float | None,
    bodies_mm: float = 0.0,
) -> str:
    """Two mean errors (MPJPE, mm) in a sentence; empty where nothing was measured.

    Up to `bodies_mm` the methods do not differ: so much their different bodies cost by themselves.
    """
    if TRUTH in (before.id, after.id):
        method, error = (after, second_mm) if before.id == TRUTH else (before, first_mm)
        return "" if error is None else f"{method.title}: joints are {_cm(error)} from the truth on average."
    if first_mm is None or second_mm is None:
        return ""
    first, second = the(before.title), the(after.title)
    told = f"Joints are {_cm(first_mm)} from the truth with {first}, {_cm(second_mm)} with {second}"
    gain_mm = first_mm - second_mm
    if SAME_MM <= abs(gain_mm) < bodies_mm:
        return f"{told}: no difference, as different bodies cost {_cm(bodies_mm)} by themselves."
    if round(gain_mm) == 0:
        return f"{told}: no difference."
    return f"{told}, which is {'closer' if gain_mm > 0 else 'farther off'}."  # panes tell by how much


def summary(show: Show, votes: tuple[Vote, ...], choice: MethodChoice) -> str:
    """The count of votes in words."""
    counted = tally(votes)
    parts = [f"{choice.title(method)} {counted[method]}" for method in reversed(_compared(show))]
    told = ", ".join([*parts, f"neither {counted[None]}"])
    return f"Preferred: {told} ({len(votes)} of {len(show.cases)} cases)"


def _compared(show: Show) -> tuple[Method, ...]:
    """The methods of all cases, the one that they are compared with first."""
    after = (show.at(index).after for index in range(len(show.cases)))
    return tuple(dict.fromkeys((show.before, *after)))


def _results(show: Show, votes: tuple[Vote, ...]) -> tuple[tuple[Case, Vote], ...]:
    return tuple((show.cases[vote.case], vote) for vote in sorted(votes, key=lambda vote: vote.case))


def _cm(millimetres: float) -> str:
    return f"{round(millimetres) / 10:.1f} cm"
