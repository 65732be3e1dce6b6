"""`sefd-viewer doctor`: what this machine has and lacks, as text to copy into a question."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from sefd_viewer.cli.checks import Finding, State, all_findings

_SIGNS: dict[State, str] = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check this machine and print a report to copy; exit status 1 when something does not work."""
    findings = []
    for finding in all_findings():
        findings.append(finding)
        if not as_json:
            print(line(finding), flush=True)
    problems = sum(finding.state == "problem" for finding in findings)
    print(json.dumps([asdict(f) for f in findings], indent=1) if as_json else _summary(problems))
    raise typer.Exit(1 if problems else 0)


def line(finding: Finding) -> str:
    """The finding as one or two lines of the report."""
    text = f"{_SIGNS[finding.state]} {finding.subject}: {finding.detail}"
    return f"{text}\n        -> {finding.remedy}" if finding.remedy else text


def _summary(problems: int) -> str:
    return f"\n{problems} problem{'s' if problems > 1 else ''}" if problems else "\nEverything works."
