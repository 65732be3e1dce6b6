"""Verdicts and tags as rows of the log, and back."""

from __future__ import annotations

import json
from typing import Any

from sefd_viewer.judgements.verdict import Case, Verdict

COLUMNS = "record, person, state, issues, note, reviewer, time, fingerprint"
VERDICT, TAG, TAKEN_IN = "verdict", "tag", "taken in"
"""Kinds of rows: a verdict; a tag (`note`) that was given or taken; an older file that was read."""
GIVEN, TAKEN = "given", "taken"
SAYS_SOMETHING = "(state <> 'unreviewed' OR note <> '' OR issues <> '[]')"
"""Whether a row is a verdict; one that says nothing takes the verdict before it back."""

_NO_ISSUES = "[]"


def key(text: str | None) -> str | bytes | None:
    """A key as it is stored: names of files that are not UTF-8 as bytes."""
    if text is None:
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
    return text


def values(verdict: Verdict) -> tuple[Any, ...]:
    """The verdict in the order of COLUMNS."""
    return (
        key(verdict.record),
        key(verdict.person),
        verdict.state,
        json.dumps(verdict.issues),
        key(verdict.note),
        verdict.reviewer,
        verdict.time,
        verdict.fingerprint,
    )


def tag_values(case: Case, tag: str, *, on: bool, reviewer: str, time: str) -> tuple[Any, ...]:
    """A tag given or taken, in the order of COLUMNS, and its kind."""
    state = GIVEN if on else TAKEN
    return (key(case[0]), key(case[1]), state, _NO_ISSUES, key(tag), reviewer, time, "", TAG)


def mark_values(words: str, time: str) -> tuple[Any, ...]:
    """The note that an older file was read, in the order of COLUMNS, and its kind."""
    return ("", None, "unreviewed", _NO_ISSUES, key(words), "", time, "", TAKEN_IN)


def tag(row: tuple[Any, ...]) -> tuple[Case, str]:
    """Who bears a tag, and which, from record, person and note."""
    return case(row), _text(row[2])


def verdict(row: tuple[Any, ...]) -> Verdict:
    """The verdict in a row of COLUMNS."""
    record, person, state, issues, note, *rest = row
    kinds = () if issues == _NO_ISSUES else tuple(json.loads(issues))
    return Verdict(_text(record), _optional(person), state, kinds, _text(note), *rest)


def case(row: tuple[Any, ...]) -> Case:
    """The case in a row of record and person."""
    return _text(row[0]), _optional(row[1])


def _optional(stored: str | bytes | None) -> str | None:
    return None if stored is None else _text(stored)


def _text(stored: str | bytes) -> str:
    return stored.decode("utf-8", "surrogateescape") if isinstance(stored, bytes) else stored
