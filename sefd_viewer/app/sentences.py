"""What happened to a person, in a sentence and two quiet lines: made from numbers by fixed rules, pure.

Each part carries the numbers behind it and where a click on it leads. Nothing is said that they do not carry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sefd_viewer.app.person_numbers import (
    MethodNumbers,
    Number,
    PersonNumbers,
    alike_mm,
    alike_rule,
    count_words,
    difference_mm,
    differences_of,
    errors_of,
    joined,
    quadrant_names,
    quadrant_of,
    range_words,
)

MORE_BY = 1.3
"""Depth is said to matter more than what is across the picture, or less, from this ratio on."""
HIDDEN_FROM = 0.005
"""The share of a person from which somebody hides them: half a percent."""
MOST_NAMED = 3
"""Methods that are compared by name; of more the sentence says what every or most of them do."""

Tone = Literal["plain", "strong", "better", "worse", "warning"]
Lead = Literal["values", "difference", "quadrants", "findings", "hidden", "turned", "joints", "poses"]
"""Where a click leads: to the thing in the window that shows the same numbers."""

_OURS = ("baseline", "student", "teacher")


@dataclass(frozen=True)
class Part:
    """Some words; `numbers` and `rule` say why, `lead` where a click on them leads.

    `short` are fewer words for the same where there is little room.
    """

    text: str
    tone: Tone = "plain"
    numbers: tuple[Number, ...] = ()
    rule: str = ""
    lead: Lead | None = None
    short: str = ""

    @property
    def why(self) -> str:
        """The answer to "why does it say this?", a line each."""
        return "\n".join([*map(str, self.numbers), *filter(None, [self.rule])])


Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Account:
    """The sentence about a person, and the quiet lines below it."""

    sentence: Parts = ()
    lines: tuple[Parts, ...] = ()

    @property
    def text(self) -> str:
        """All of it without looks, a line each: for screen readers and the clipboard."""
        return "\n".join("".join(part.text for part in line) for line in (self.sentence, *self.lines))


NOBODY = Account(
    (Part("Nobody was found here.", lead="poses"),),
    ((Part("Draw a box around somebody (E), or open a file of 2D poses.", lead="poses"),),),
)


def account_of(person: PersonNumbers | None) -> Account:
    """What to say about a person; None where nobody was found."""
    if person is None:
        return NOBODY
    if not person.methods and person.annotated:
        return Account((Part("No method is shown."),))
    head = _headline(person)
    lines = (_first_line(person), _second_line(person))
    return Account(head, tuple(line for line in lines if line))


def the(title: str) -> str:
    """A method in the middle of a sentence: "the student", "the student (binary)", a file's name as it is."""
    first, _, rest = title.partition(", ")
    if first.lower() not in _OURS:
        return title
    return f"the {first.lower()} ({rest})" if rest else f"the {first.lower()}"


# ---- the sentence


def _headline(person: PersonNumbers) -> Parts:
    if not person.has_truth:
        return _without_truth(person)
    yardstick, others = person.yardstick, person.others
    if len(person.methods) == 1 or yardstick is None:
        return _alone(person.methods[0])
    if len(person.methods) > MOST_NAMED and sum(_known(one.error_mm) for one in others) > 1:
        return _of_many(person, yardstick)
    return _compared(others[0], yardstick)


def _compared(method: MethodNumbers, yardstick: MethodNumbers) -> Parts:
    name = _large(the(method.title))
    for one in (method, yardstick):
        if not _known(one.error_mm):
            return _missing(one, method if one is yardstick else yardstick)
    apart = difference_mm(method, yardstick)
    numbers = errors_of([yardstick, method]) + (Number("Difference", apart),)
    base = the(yardstick.title)
    if abs(apart) < alike_mm(method):
        words = Part("as good as", "strong", numbers, alike_rule(method), "difference")
        return Part(f"{name} is "), words, Part(f" {base} on this person.", short=f" {base}.")
    last = Part(f" than {base} on this person.", short=f" than {base}.")
    return Part(f"{name} is "), _amount(apart, numbers), last


def _amount(apart: float, numbers: tuple[Number, ...]) -> Part:
    worse = apart > 0
    words = f"{abs(apart):.0f} mm {'worse' if worse else 'better'}"
    return Part(words, "worse" if worse else "better", numbers, "", "difference")


def _missing(method: MethodNumbers, other: MethodNumbers) -> Parts:
    """A method that has no number, and what the other one has."""
    if method.pending:
        return (Part(f"Waiting for {the(method.title)}.", lead="values"),)
    words = f"{_large(the(method.title))} has no body for this person"
    if not _known(other.error_mm):
        return (Part(f"{words}.", "warning", rule=method.problem, lead="values"),)
    off = Part(f"{other.error_mm:.0f} mm", "strong", errors_of([other]), "", "values")
    return (
        Part(words, "warning", rule=method.problem, lead="values"),
        Part(f"; {the(other.title)} is off by "),
        off,
        Part("."),
    )


def _alone(method: MethodNumbers) -> Parts:
    """One method: its error and where it is largest."""
    if not _known(method.error_mm):
        return _missing(method, method)
    name = _large(the(method.title))
    off = Part(f"{method.error_mm:.0f} mm", "strong", errors_of([method]), "", "values")
    return Part(f"{name} is off by "), off, *_most_at(method, "error"), Part(".")


def _most_at(method: MethodNumbers, what: str) -> Parts:
    if not method.worst_joint:
        return ()
    number = (Number(f"{method.title}, {method.worst_joint}", method.worst_joint_mm),)
    words = f", most at the {method.worst_joint} ({method.worst_joint_mm:.0f} mm)"
    rule, short = f"The joint with the largest {what}.", f", most at the {method.worst_joint}"
    return (Part(words, numbers=number, rule=rule, lead="joints", short=short),)


def _of_many(person: PersonNumbers, yardstick: MethodNumbers) -> Parts:
    """What every or most methods do; of students, where there are several."""
    if not _known(yardstick.error_mm):
        return _missing(yardstick, next(one for one in person.others if _known(one.error_mm)))
    known = [one for one in person.others if _known(one.error_mm)]
    students = [one for one in known if one.role == "student"]
    chosen = students if len(students) > 1 else known
    noun = "student" if len(students) > 1 else "method"
    groups: dict[str, list[float]] = {"worse": [], "better": [], "as good": []}
    for one in chosen:
        groups[_verdict(difference_mm(one, yardstick), alike_mm(one))].append(difference_mm(one, yardstick))
    kind, apart = max(groups.items(), key=lambda item: len(item[1]))
    start = Part(f"{count_words(len(known) + 1).capitalize()} methods: ")
    numbers = differences_of(chosen, yardstick)
    if 2 * len(apart) <= len(chosen):
        counts = ", ".join(f"{len(found)} {_than(name)}" for name, found in groups.items() if found)
        words = Part(counts, "strong", numbers, alike_rule(*chosen), "difference")
        return start, words, Part(f" {the(yardstick.title)}."), *_left_over(person)
    everyone = len(apart) == len(chosen)
    whose = f"every {noun} is " if everyone else f"{len(apart)} of {len(chosen)} {noun}s are "
    if kind == "as good":
        words = Part("as good as", "strong", numbers, alike_rule(*chosen), "difference")
        return start, Part(whose), words, Part(f" {the(yardstick.title)} here."), *_left_over(person)
    tone: Tone = "worse" if kind == "worse" else "better"
    much = Part(f"{range_words(apart)} mm {kind}", tone, numbers, "", "difference")
    return start, Part(whose), much, Part(f" than {the(yardstick.title)} here."), *_left_over(person)


def _left_over(person: PersonNumbers) -> Parts:
    """The methods that the sentence does not speak of, and why."""
    silent = [one for one in person.others if not _known(one.error_mm)]
    gone, waiting = ([one for one in silent if one.pending is late] for late in (False, True))
    parts = []
    if gone:
        verb = "has" if len(gone) == 1 else "have"
        why = "\n".join(f"{one.title}: {one.problem}" for one in gone if one.problem)
        names = _large(joined([the(one.title) for one in gone]))
        parts.append(Part(f" {names} {verb} no body for this person.", "warning", rule=why, lead="values"))
    if waiting:
        parts.append(Part(f" Waiting for {joined([the(one.title) for one in waiting])}.", lead="values"))
    return tuple(parts)


def _than(kind: str) -> str:
    return "as good as" if kind == "as good" else f"{kind} than"


def _verdict(apart: float, alike: float) -> str:
    return "as good" if abs(apart) < alike else "worse" if apart > 0 else "better"


def _without_truth(person: PersonNumbers) -> Parts:
    known = [one for one in person.others if _known(one.apart_mm)]
    start = "No truth here" if person.annotated else "Nobody annotated this person"
    if not known:
        waiting = any(one.pending for one in person.methods)
        words = f"{start}: " + ("waiting for the methods." if waiting else "nothing to measure against.")
        return (Part(words),)
    farthest = max(known, key=lambda one: one.apart_mm)
    whose = the(person.yardstick.title) if person.yardstick is not None else "the baseline"
    base = f"from {whose}"
    numbers = tuple(Number(f"{one.title} {base}", one.apart_mm) for one in known)
    if farthest.apart_mm < alike_mm(farthest):
        within = f"within {alike_mm(farthest):.0f} mm"
        agree = Part(within, "strong", numbers, alike_rule(farthest), "values")
        return Part(f"{start}: the methods agree "), agree, Part(".")
    rule = f"Mean distance of the joints from those of {whose}."
    much = Part(f"by up to {farthest.apart_mm:.0f} mm", "strong", numbers, rule, "values")
    return Part(f"{start}: methods differ "), much, *_most_at(farthest, "distance"), Part(".")


# ---- the quiet lines


def _first_line(person: PersonNumbers) -> Parts:
    """What detectors found; all values; the quadrant, unless a finding explains the numbers otherwise."""
    found = _findings(person)
    values = _values(person)
    parts = [*found, *([Part(" ")] if found and values else []), *values]
    if values and not found:
        parts += _cause(person)
    if values:
        parts.append(Part("."))
    return tuple(parts)


def _findings(person: PersonNumbers) -> Parts:
    if not person.findings:
        return ()
    first, *more = person.findings
    rule = "\n".join(["The detectors found:", *person.findings])
    also = f" (and {len(more)} more)" if more else ""
    words = f"The annotation may be wrong: {first[:1].lower()}{first[1:]}{also}."
    return (Part(words, "warning", rule=rule, lead="findings"),)


def _values(person: PersonNumbers) -> Parts:
    if not person.has_truth:
        return _distances(person)
    known = [one for one in person.methods if _known(one.error_mm)]
    if len(known) < 2:
        return ()
    if len(known) > MOST_NAMED + 1:
        best, worst = (pick(known, key=lambda one: one.error_mm) for pick in (min, max))
        words = f"Best {the(best.title)} with {best.error_mm:.0f} mm, worst {the(worst.title)} with "
        return (Part(f"{words}{worst.error_mm:.0f} mm", numbers=errors_of(known), lead="values"),)
    first, *rest = known
    told = [f"{first.title} {first.error_mm:.0f} mm"]
    told += [f"{the(one.title).removeprefix('the ')} {one.error_mm:.0f}" for one in rest]
    return (Part(", ".join(told), numbers=errors_of(known), lead="values"),)


def _distances(person: PersonNumbers) -> Parts:
    """How far each method is from the baseline, where there is no truth."""
    known = [one for one in person.others if _known(one.apart_mm)]
    if len(known) < 2 or person.yardstick is None:
        return ()
    told = ", ".join(f"{the(one.title)} {one.apart_mm:.0f} mm" for one in known)
    base = the(person.yardstick.title)
    numbers = tuple(Number(f"{one.title} from {base}", one.apart_mm) for one in known)
    return (Part(f"From {base}: {told}", numbers=numbers, lead="values"),)


def _cause(person: PersonNumbers) -> Parts:
    """Whether the teacher kept what the student lost, and the quadrant of the two judged methods."""
    known = {one.name: one for one in person.methods if _known(one.error_mm)}
    first, second = (known.get(name) for name in person.judged)
    if first is None or second is None:
        return ()
    lost = _lost(person, second, first) if (first.role, second.role) == ("teacher", "student") else ()
    return (*lost, *_quadrant(person, first, second))


def _lost(person: PersonNumbers, student: MethodNumbers, teacher: MethodNumbers) -> Parts:
    yardstick = person.yardstick
    if yardstick is None or yardstick.role in ("student", "teacher"):
        return ()
    lost = [difference_mm(one, yardstick) >= alike_mm(one) for one in (teacher, student)]
    limits = person.limits_mm
    quadrant = None if limits is None else quadrant_of(teacher.error_mm, student.error_mm, limits)
    if lost != [False, True] or quadrant not in (None, _STUDENT_ALONE):
        return ()  # where both are far from the truth nobody kept anything
    numbers = differences_of([teacher, student], yardstick)
    words, short = ": the teacher did not lose it, the student did", ": the student lost it, the teacher not"
    return (Part(words, numbers=numbers, rule=alike_rule(teacher, student), lead="difference", short=short),)


_STUDENT_ALONE = 2
"""The quadrant in which the student alone is far off."""


def _quadrant(person: PersonNumbers, first: MethodNumbers, second: MethodNumbers) -> Parts:
    limits = person.limits_mm
    place = None if limits is None else quadrant_of(first.error_mm, second.error_mm, limits)
    if limits is None or place is None:
        return ()
    titles = the(first.title), the(second.title)
    name = quadrant_names(first.role, second.role, titles)[place]
    numbers = (
        *errors_of([first, second]),
        Number(f"Limit of {titles[0]}", limits[0]),
        Number(f"Limit of {titles[1]}", limits[1]),
    )
    rule = "The four quadrants of this run: who is above the limit, which is the median unless you moved it."
    return Part(" — "), Part(name, "strong", numbers, rule, "quadrants")


def _second_line(person: PersonNumbers) -> Parts:
    hidden, depth = _hidden(person), _depth(person)
    return (*hidden, *([Part(" ")] if hidden and depth else []), *depth)


def _hidden(person: PersonNumbers) -> Parts:
    if not _known(person.hidden):
        return ()
    numbers = (
        Number("Hidden by others", person.hidden, "%"),
        *(Number(_large(name), share, "%") for name, share in person.hidden_by),
    )
    rule = f"Pixels of the true body that others cover; from {100 * HIDDEN_FROM:.1f} % on it counts."
    if person.hidden < HIDDEN_FROM:
        return (Part(f"Nobody hides {person.who}.", numbers=numbers, rule=rule, lead="hidden"),)
    names = [name for name, share in person.hidden_by if share >= HIDDEN_FROM]
    by = joined(names) if names else "others"
    verb = "hides" if len(names) == 1 else "hide"
    short = f"{_large(by)} {verb} {_percent(person.hidden)}"
    words = f"{short} of {person.who}."
    return (Part(words, numbers=numbers, rule=rule, lead="hidden", short=f"{short}."),)


def _depth(person: PersonNumbers) -> Parts:
    method = next(iter(person.others or person.methods))
    depth, across = method.depth_mm, method.across_mm
    if (
        not person.has_truth
        or not (_known(depth) and _known(across))
        or max(depth, across) < MORE_BY * min(depth, across)
    ):
        return ()
    numbers = (Number("In depth", depth), Number("Across the picture", across))
    rule = f"Mean over {the(method.title)}'s joints; one is {MORE_BY} times the other or more."
    if depth > across:
        words = f"The error is mostly depth ({depth:.0f} mm, against {across:.0f} across the picture): "
        short = f"Mostly depth ({depth:.0f} mm, {across:.0f} across): "
        turn = Part(
            "turn the bodies to see it",
            numbers=numbers,
            rule=rule,
            lead="turned",
            short="turn the bodies",
        )
        return Part(words, numbers=numbers, rule=rule, lead="turned", short=short), turn, Part(".")
    words = f"The error is mostly across the picture ({across:.0f} mm, against {depth:.0f} in depth)."
    short = f"Mostly across the picture ({across:.0f} mm, {depth:.0f} in depth)."
    return (Part(words, numbers=numbers, rule=rule, lead="values", short=short),)


def _known(value: float) -> bool:
    return not math.isnan(value)


def _large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "1 %" if share >= HIDDEN_FROM else "0 %"
