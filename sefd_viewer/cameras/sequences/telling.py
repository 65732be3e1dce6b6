"""A verdict for people and programs: sentences, tables, plain values, a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sefd_viewer.cameras.sequences.findings import SequenceRow, SetVerdict
from sefd_viewer.cameras.set_report import Table, page, page_list, page_table

FINE, FOUND, NOTHING, UNCHECKED = 0, 1, 2, 3
"""Exit statuses: all was looked at and is fine, faults, nothing to look at, fine as far as looked at."""

_MOST_ROWS = 48
_COLUMNS = ("exact mm", "worst mm", "paper mm", "raw mm", "boxes %", "pictures %")


def status_of(verdict: SetVerdict) -> int:
    """For scripts; the worst sequence decides."""
    if verdict.findings:
        return FOUND
    if not verdict.checked:
        return NOTHING
    return FINE if verdict.checked >= verdict.records else UNCHECKED


def conclusion(verdict: SetVerdict) -> str:
    """The last line: what was found, and of how much."""
    share = f"{100 * verdict.coverage:.3g} %"
    of = f"{verdict.checked:,} of {verdict.records:,} photos were compared"
    if verdict.findings:
        count = len(verdict.findings)
        named = "1 finding" if count == 1 else f"{count} findings"
        return f"{named}; {of} ({share})."
    if not verdict.checked:
        return "Nothing could be checked."
    if verdict.checked >= verdict.records:
        return "Nothing was found."
    left = 100 * (1 - verdict.coverage)
    words = f"{left:.0f} %" if left >= 1 else f"{left:.2g} %"
    return f"Nothing was found in what was compared, but {words} could not be checked or were not: {of}."


def verdict_tables(verdict: SetVerdict, *, whole: bool = False) -> list[Table]:
    """A row per subject and camera, then per sequence and camera: of many the wrong and worst ones."""
    heading = ["", "camera", "records", "compared", *_COLUMNS, "verdict"]
    subjects: dict[tuple[str, str], list[SequenceRow]] = {}
    for row in verdict.rows:
        subjects.setdefault((f"S{row.sequence.subject}", row.camera), []).append(row)
    summary = [_summed(*key, rows) for key, rows in subjects.items()]
    rows = verdict.rows if whole or len(verdict.rows) <= _MOST_ROWS else _worst(verdict.rows)
    lines = [
        [row.name, row.camera, str(row.records), str(row.checked), *map(_number, _values(row)), row.verdict]
        for row in rows
    ]
    return [Table(["subject", *heading[1:]], summary), Table(["sequence", *heading[1:]], lines)]


def _summed(subject: str, camera: str, rows: Sequence[SequenceRow]) -> list[str]:
    """The medians of a subject's sequences before one camera, but the worst of the worst."""
    table = np.array([_values(row) for row in rows], np.float64)
    known = np.isfinite(table)
    middle = [
        float(np.median(column[seen])) if seen.any() else math.nan
        for column, seen in zip(table.T, known.T, strict=True)
    ]
    worst = table[:, 1][known[:, 1]]
    middle[1] = float(worst.max()) if len(worst) else math.nan
    wrong = sum(row.verdict != "fine" for row in rows)
    verdict = "fine" if not wrong else f"{wrong} of {len(rows)} sequences"
    counts = [str(sum(row.records for row in rows)), str(sum(row.checked for row in rows))]
    return [subject, camera, *counts, *map(_number, middle), verdict]


def _worst(rows: Sequence[SequenceRow]) -> list[SequenceRow]:
    ranked = sorted(rows, key=lambda row: (row.verdict == "fine", -np.nan_to_num(row.errors["worst mm"])))
    kept = {id(row) for row in ranked[:_MOST_ROWS]}
    return [row for row in rows if id(row) in kept]


def _values(row: SequenceRow) -> list[float]:
    return [row.errors.get(name, math.nan) for name in _COLUMNS]


def _number(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"


def verdict_dict(verdict: SetVerdict) -> dict[str, Any]:
    """Plain values for JSON; what is unknown is None."""
    return {
        "status": status_of(verdict),
        "conclusion": conclusion(verdict),
        "records": verdict.records,
        "compared": verdict.checked,
        "coverage": verdict.coverage,
        "findings": [finding.sentence for finding in verdict.findings],
        "faults": [finding.to_dict() for finding in verdict.findings],
        "notes": list(verdict.notes),
        "rows": [
            {
                "subject": row.sequence.subject,
                "action": row.sequence.action,
                "subaction": row.sequence.subaction,
                "sequence": row.name,
                "camera": row.camera,
                "records": row.records,
                "compared": row.checked,
                "errors": {
                    name: value if math.isfinite(value) else None for name, value in row.errors.items()
                },
                "verdict": row.verdict,
            }
            for row in verdict.rows
        ],
    }


def verdict_html(verdict: SetVerdict, title: str) -> str:
    """A page that stands alone."""
    parts = [page_list("Findings", [one.sentence for one in verdict.findings])]
    parts.append(page_list("", [conclusion(verdict)]))
    parts += [page_table(table) for table in verdict_tables(verdict, whole=True)]
    return page(title, [*parts, page_list("Notes", list(verdict.notes))])
