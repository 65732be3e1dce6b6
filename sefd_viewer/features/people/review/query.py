"""The filter field's small language: words, and comparisons such as `fit_error > 60` or `verdict:bad`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from sefd_viewer.features.people.review.columns import BY_ID

Operator = Literal[":", "=", "!=", "<", "<=", ">", ">="]
HELP = (
    ("walking", "that word in any text"),
    ('"two words"', "exactly these words"),
    ("fit_error > 60", "compare a number; also <, <=, >=, =, !="),
    ("verdict:bad", "good, bad, unsure, fixed, unreviewed or old"),
    ("finding:swap", "a detector by a part of its name; finding:any"),
    ("smpl:no", "yes or no"),
    ("view:54,60", "one of several"),
    ("-verdict:good", "the opposite of what follows"),
)
"""What can be typed, and what it means."""

VERDICT_WORDS = ("unreviewed", "good", "bad", "unsure", "fixed", "old")
FINDING = "finding"
_ALIASES = {"gt": "smpl", "body": "smpl", "fit": "fit_error", "issue": "issues", "findings": "findings"}
_NAME = r"[A-Za-z_]+"
_TOKEN = re.compile(
    rf'(?P<minus>-)?(?:(?P<name>{_NAME})\s*(?P<op>!=|<=|>=|[:=<>])\s*(?P<value>"[^"]*"?|[^\s"]*)'
    r'|"(?P<quoted>[^"]*)"?|(?P<word>\S+))'
)


class QueryError(ValueError):
    """A filter that cannot be understood; the message says why and what would be."""


@dataclass(frozen=True)
class Term:
    """One condition: rows whose `column` compares with one of `values`; column "" is any text.

    `negated` turns it round.
    """

    column: str
    operator: Operator
    values: tuple[str, ...]
    negated: bool = False

    @property
    def number(self) -> float:
        """The one value of a comparison of numbers."""
        return float(self.values[0])


def parse(words: str) -> tuple[Term, ...]:
    """The conditions of a filter, all of which must hold. Raises QueryError."""
    return tuple(_term(match) for match in _TOKEN.finditer(words) if match.group().strip() != "-")


def columns_of(terms: tuple[Term, ...]) -> frozenset[str]:
    """The columns that a filter looks at."""
    return frozenset(term.column for term in terms)


def _term(match: re.Match[str]) -> Term:
    negated = bool(match["minus"])
    if match["name"] is None:
        return Term(
            "", ":", ((match["quoted"] if match["quoted"] is not None else match["word"]).lower(),), negated
        )
    name, operator, value = match["name"].lower(), match["op"], match["value"]
    column = _ALIASES.get(name, name)
    if column != FINDING and column not in BY_ID:
        raise QueryError(_unknown(match["name"], match.group()))
    return Term(column, operator, _values(column, operator, value), negated)  # type: ignore[arg-type]


def _values(column: str, operator: str, value: str) -> tuple[str, ...]:
    given = (value.strip('"'),) if value.startswith('"') else tuple(part for part in value.split(",") if part)
    given = tuple(part.lower() for part in given)
    if not given:
        raise QueryError(f"Something is missing after {column}{operator}")
    kind = "text" if column == FINDING else BY_ID[column].kind
    if operator not in (":", "=", "!="):
        _need_number(column, operator, kind, given)
    if kind in ("number", "whole"):
        for part in given:
            _number(column, part)
    if kind == "verdict":
        _need_one_of(column, given, VERDICT_WORDS)
    if kind == "flag":
        _need_one_of(column, given, ("yes", "no"))
    return given


def _need_number(column: str, operator: str, kind: str, given: tuple[str, ...]) -> None:
    if kind not in ("number", "whole"):
        raise QueryError(f"{column} holds no numbers: use {column}:{given[0]} instead of {operator}")
    if len(given) > 1:
        raise QueryError(f"One number belongs after {column} {operator}")


def _number(column: str, part: str) -> None:
    try:
        float(part)
    except ValueError:
        raise QueryError(f"{column} is compared with a number, not with “{part}”") from None


def _need_one_of(column: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for part in given:
        if part not in known:
            raise QueryError(f"{column} is {', '.join(known[:-1])} or {known[-1]}, not “{part}”")


def _unknown(name: str, token: str) -> str:
    close = difflib.get_close_matches(name.lower(), [*BY_ID, FINDING], n=1)
    if close:
        return f"There is no column {name}: did you mean {close[0]}?"
    return f'There is no column {name}. To find these letters write "{token.strip()}"'
