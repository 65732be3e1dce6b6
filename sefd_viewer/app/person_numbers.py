"""What is known about one person: every method's numbers, who hides them, what detectors found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

AS_GOOD_MM = 2.0
"""A difference below this is none: "as good as"."""
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_DISTILLED = ("fine", "suspicious edge", "distillation failure", "hard or mislabelled")


def quadrant_names(first: str, second: str, titles: tuple[str, str]) -> tuple[str, str, str, str]:
    """What it is called when two methods are below their limits, the first alone above, the second, both.

    Of a teacher and its student that says more than of two methods of which nothing else is known.
    """
    if (first, second) == ("teacher", "student"):
        return _DISTILLED
    alone = (f"only {title} far off" for title in titles)
    return "fine", next(alone), next(alone), "hard or mislabelled"


@dataclass(frozen=True)
class Number:
    """One number behind a word: what it is of, and its unit."""

    what: str
    value: float
    unit: str = "mm"

    def __str__(self) -> str:
        if self.unit == "%":
            return f"{self.what}: {100 * self.value:.1f} %"
        return f"{self.what}: {self.value:.1f} {self.unit}".rstrip()


@dataclass(frozen=True)
class MethodNumbers:
    """What is known about a method on this person; nan is what nobody measured.

    `error_mm` is the MPJPE; `depth_mm` and `across_mm` its mean parts along the line of sight and across the
    picture; `apart_mm` the mean distance of the joints from the baseline's. `worst_joint` has the largest
    error, or distance where there is no truth. `role` is the network's, `problem` why there is no body;
    `pending` means that the answer is on its way. `floor_mm` is what the same person measures between the
    method's body and the yardstick's, where they are different ones.
    """

    name: str
    title: str
    role: str = ""
    error_mm: float = math.nan
    depth_mm: float = math.nan
    across_mm: float = math.nan
    apart_mm: float = math.nan
    worst_joint: str = ""
    worst_joint_mm: float = math.nan
    problem: str = ""
    pending: bool = False
    floor_mm: float = 0.0


@dataclass(frozen=True)
class PersonNumbers:
    """Everything that is said about a person is made from this.

    `methods` in the order shown, of which `baseline` names one. `hidden` is the share that others hide,
    `hidden_by` those and their shares. `limits_mm` divide the errors of the two methods `judged` into four
    quadrants. `findings` are titles of what the detectors found, gravest first.
    Of somebody who is not `annotated` only methods that have a body are here.
    """

    who: str = "the person"
    methods: tuple[MethodNumbers, ...] = ()
    baseline: str = "baseline"
    has_truth: bool = True
    hidden: float = math.nan
    hidden_by: tuple[tuple[str, float], ...] = ()
    judged: tuple[str, str] = ("teacher", "student")
    limits_mm: tuple[float, float] | None = None
    findings: tuple[str, ...] = ()
    annotated: bool = True

    @property
    def yardstick(self) -> MethodNumbers | None:
        """The baseline's numbers."""
        return next((one for one in self.methods if one.name == self.baseline), None)

    @property
    def others(self) -> tuple[MethodNumbers, ...]:
        """The methods that are compared with it."""
        return tuple(one for one in self.methods if one.name != self.baseline)


def difference_mm(method: MethodNumbers, baseline: MethodNumbers | None) -> float:
    """Method minus baseline; nan where one of them has no number."""
    return math.nan if baseline is None else method.error_mm - baseline.error_mm


def alike_mm(*methods: MethodNumbers) -> float:
    """Below how many mm methods do not differ from the yardstick; different bodies alone may cost more."""
    return max(AS_GOOD_MM, *(one.floor_mm for one in methods))


def alike_rule(*methods: MethodNumbers) -> str:
    """The same in words."""
    alike = alike_mm(*methods)
    if alike <= AS_GOOD_MM:
        return f"Less than {AS_GOOD_MM:.0f} mm apart counts as equally good."
    return f"The same person measures {alike:.0f} mm between their different bodies: less is no difference."


def quadrant_of(first_mm: float, second_mm: float, limits_mm: tuple[float, float]) -> int | None:
    """In which of `quadrant_names` two errors lie, None where one is not known."""
    if math.isnan(first_mm) or math.isnan(second_mm):
        return None
    return (first_mm > limits_mm[0]) + 2 * (second_mm > limits_mm[1])


# ---- in words


def errors_of(methods: Sequence[MethodNumbers]) -> tuple[Number, ...]:
    """The numbers behind words about methods' errors."""
    return tuple(Number(f"{one.title}, MPJPE", one.error_mm) for one in methods)


def differences_of(methods: Sequence[MethodNumbers], yardstick: MethodNumbers) -> tuple[Number, ...]:
    """Those behind words about their differences to the yardstick's."""
    return tuple(
        Number(f"{one.title} minus {yardstick.title}", difference_mm(one, yardstick)) for one in methods
    )


def count_words(number: int) -> str:
    """ "three", "14"."""
    return _COUNTS[number] if number < len(_COUNTS) else str(number)


def joined(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def range_words(values: Sequence[float]) -> str:
    """From the least to the largest, rounded."""
    low, high = (f"{round(value)}" for value in (min(map(abs, values)), max(map(abs, values))))
    return low if low == high else f"{low} to {high}"
