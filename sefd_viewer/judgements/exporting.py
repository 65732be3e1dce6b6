"""Verdicts for other programs: tables, JSON, and lists of what to leave out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from typing import Literal

from sefd_viewer.csv_cells import csv_of_rows
from sefd_viewer.datasets.exclude_list import ExcludeList, exclude_list_text
from sefd_viewer.judgements.verdict import Verdict, VerdictState

ExportFormat = Literal["csv", "json", "ids"]

_BAD: tuple[VerdictState, ...] = ("bad",)


def selected(
    verdicts: Iterable[Verdict], *, states: Collection[VerdictState] = (), issues: Collection[str] = ()
) -> tuple[Verdict, ...]:
    """The verdicts with one of these states and with one of these issues; none means any."""
    return tuple(
        verdict
        for verdict in verdicts
        if (not states or verdict.state in states)
        and (not issues or not set(issues).isdisjoint(verdict.issues))
    )


def exclude_list(verdicts: Iterable[Verdict], *, states: Collection[VerdictState] = _BAD) -> ExcludeList:
    """What to leave out when nothing is wanted that is judged as one of `states`."""
    return ExcludeList.of(verdict.case for verdict in selected(verdicts, states=states))


def exported(verdicts: Iterable[Verdict], format: ExportFormat) -> str:
    """The verdicts as text: a table, a list of objects, or lines `record<TAB>person`.

    In CSV the person is empty for a verdict about a whole record, and issues are separated by spaces.
    """
    if format == "csv":
        return _csv(verdicts)
    if format == "json":
        return json.dumps([asdict(verdict) for verdict in verdicts], indent=1) + "\n"
    return exclude_list_text(verdict.case for verdict in verdicts)


def _csv(verdicts: Iterable[Verdict]) -> str:
    heading = [field.name for field in fields(Verdict)]
    rows = ((asdict(verdict) | {"issues": " ".join(verdict.issues)}).values() for verdict in verdicts)
    return csv_of_rows(heading, rows).decode("utf-8", "surrogateescape")
