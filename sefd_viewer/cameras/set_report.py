"""What the check of a whole set found: a table, the worst records, and findings in words."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One camera and subject: how many people were compared, and the median of each column."""

    subject: str
    view: str
    people: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class WorstRecord:
    """A record with a large error; `error` carries its unit."""

    key: str
    title: str
    error: str


@dataclass(frozen=True)
class SetReport:
    """The result of a check; `findings` are sentences about faults, `notes` about what was not checked."""

    rows: Sequence[Row] = ()
    worst: Sequence[WorstRecord] = ()
    findings: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def status(self) -> int:
        """For scripts: 0 nothing found, 1 findings, 2 nothing could be compared."""
        if not any(row.people for row in self.rows):
            return 2
        return 1 if self.findings else 0

    @property
    def verdict(self) -> str:
        """What to say where there are no findings."""
        return "Nothing could be checked." if self.status == 2 else "Nothing was found."

    def joined(self, other: SetReport) -> SetReport:
        """Both reports in one."""
        return SetReport(
            [*self.rows, *other.rows],
            [*self.worst, *other.worst],
            [*self.findings, *other.findings],
            [*self.notes, *other.notes],
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is unknown is None."""
        return {
            "status": self.status,
            "findings": list(self.findings),
            "notes": list(self.notes),
            "rows": [
                {
                    "subject": row.subject,
                    "camera": row.view,
                    "people": row.people,
                    "medians": {name: _known(value) for name, value in row.values.items()},
                }
                for row in self.rows
            ],
            "worst": [vars(record) for record in self.worst],
        }


@dataclass(frozen=True)
class Table:
    """Rows of words under a heading."""

    heading: Sequence[str]
    lines: Sequence[Sequence[str]] = field(default_factory=list)


def tables(report: SetReport) -> list[Table]:
    """The report's rows as tables, one for each set of columns, numbers rounded for reading."""
    found: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for row in report.rows:
        numbers = [_words(value) for value in row.values.values()]
        found.setdefault(tuple(row.values), []).append([row.subject, row.view, str(row.people), *numbers])
    return [Table(["subject", "camera", "people", *names], lines) for names, lines in found.items()]


def report_html(report: SetReport, title: str) -> str:
    """A page that stands alone."""
    parts = [page_list("Findings", report.findings, report.verdict)]
    parts += [page_table(table) for table in tables(report)]
    parts += [page_list("Worst photos", [f"{one.title} ({one.key}): {one.error}" for one in report.worst])]
    return page(title, [*parts, page_list("Notes", report.notes)])


def page(title: str, parts: Sequence[str]) -> str:
    """A page of HTML under a heading, with all that it needs."""
    style = (
        ":root{color-scheme:light dark}"
        "body{font:15px sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse;margin:1em 0}"
        "td,th{padding:.25em .8em;text-align:right;border-bottom:1px solid #8884}"
        "td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}"
    )
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{style}</style>"
    return head + "\n".join([f"<h1>{html.escape(title)}</h1>", *parts])


def page_list(heading: str, lines: Sequence[str], otherwise: str = "") -> str:
    """Lines of words under a heading as HTML; `otherwise` where there are none."""
    if not lines:
        return f"<p>{html.escape(otherwise)}</p>" if otherwise else ""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (f"<h2>{heading}</h2>" if heading else "") + f"<ul>{items}</ul>"


def page_table(table: Table) -> str:
    """A table as HTML."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.heading)
    body = ["".join(f"<td>{html.escape(cell)}</td>" for cell in line) for line in table.lines]
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{line}</tr>" for line in body) + "</table>"


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _words(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"
