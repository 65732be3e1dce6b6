"""`sefd-viewer doctor`: what this machine has and lacks, as text to copy into a question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sefd_viewer.cli.checks import Finding, State, all_findings

_WORTH_BYTES = 1_000_000
_SIGNS: dict[State, str] = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    with_sizes: Annotated[
        bool,
        typer.Option("--sizes", help="Print how much disk space the program and its packages take instead."),
    ] = False,
) -> None:
    """Check this machine and print a report to copy. Exit status 1 if something does not work."""
    if with_sizes:
        print("\n".join(sizes()))
        return
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


def sizes() -> list[str]:
    """What takes room on the disk, in MB: the shipped data by part, then the installed packages."""
    from importlib.metadata import distributions

    from sefd_viewer.resources import resource_path

    data = resource_path("open_body.npz").parent
    shipped = {part.name: _bytes_in(part.rglob("*") if part.is_dir() else [part]) for part in data.iterdir()}
    packages = {
        one.name: _bytes_in(Path(str(file.locate())) for file in one.files or ()) for one in distributions()
    }
    return [*_table("shipped data", shipped), "", *_table("packages", packages)]


def _bytes_in(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _table(title: str, parts: Mapping[str, int]) -> list[str]:
    """The large parts, one a line, largest first, and the sum."""
    large = sorted((-size, name) for name, size in parts.items() if size >= _WORTH_BYTES)
    lines = [f"{-size / 1e6:7.1f}  {name}" for size, name in large]
    return [f"{title}, MB", *lines, f"{sum(parts.values()) / 1e6:7.1f}  all {len(parts)}"]
