"""What `sefd-viewer verify` prints and writes about sets with sequences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.cameras.sequences.findings import SetVerdict

_WIDE = 160
"""Columns of a table that goes to a file."""


def tell_verdict(verdict: SetVerdict, name: str, json: Path | None, html: Path | None) -> int:
    """Print the verdict, write it where files are named, and give the exit status."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.sequences.telling import (
        conclusion,
        status_of,
        verdict_dict,
        verdict_html,
        verdict_tables,
    )

    console = Console(markup=False)
    if not console.is_terminal:
        console = Console(width=_WIDE, markup=False)
    for table in verdict_tables(verdict):
        shown = Table(*table.heading)
        for line in table.lines:
            shown.add_row(*line)
        console.print(shown)
    lines = [finding.sentence for finding in verdict.findings]
    for line in (*(f"Note: {note}" for note in verdict.notes), *lines, conclusion(verdict)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if json is not None:
        write_file(json, orjson.dumps(verdict_dict(verdict), option=orjson.OPT_INDENT_2))
    if html is not None:
        write_file(html, verdict_html(verdict, f"Check of {name}").encode("utf-8", "surrogateescape"))
    return status_of(verdict)
