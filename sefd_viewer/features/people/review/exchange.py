"""Verdicts to and from files: lists for other programs, and another reviewer's file beside one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.atomic import write_file
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.review.disagreements import Disagreement, Disagreements
from sefd_viewer.features.people.review.verdict_columns import issue_words

if TYPE_CHECKING:
    from sefd_viewer.features.people.review.table import Case
    from sefd_viewer.judgements import Verdict, VerdictState, VerdictStore

FORMATS: Mapping[str, str] = {".csv": "csv", ".json": "json", ".txt": "ids"}
"""What is written, by the ending of the file's name; an id list holds what is bad."""


def export_verdicts(store: VerdictStore, path: Path) -> int:
    """Write the verdicts that hold now, the whole file or none; returns how many. Raises SefdError."""
    from sefd_viewer.judgements.merging import exported, selected

    format = FORMATS.get(path.suffix.lower())
    if format is None:
        known = ", ".join(FORMATS)
        raise SefdError("the name does not tell the format", where=path, remedy=f"End it with {known}")
    wanted: tuple[VerdictState, ...] = ("bad",) if format == "ids" else ()
    verdicts = selected(store.all(), states=wanted)
    text = exported(verdicts, format)  # type: ignore[arg-type]
    write_file(path, text.encode("utf-8", "surrogateescape"))
    return len(verdicts)


def compared(mine: VerdictStore, path: Path) -> tuple[list[Verdict], Disagreements]:
    """What another reviewer's file has beyond one's own, and where the two disagree. Raises SefdError.

    Nothing is written; one's own verdicts hold where there are any.
    """
    from sefd_viewer.judgements import VerdictStore

    if path.exists() and mine.path.exists() and path.samefile(mine.path):
        raise SefdError("these are your own verdicts", where=path, remedy="Choose another reviewer's file")
    if not path.is_file():
        raise SefdError("this file is not there", where=path)
    with VerdictStore(path) as store:
        theirs = [verdict for verdict in store.all() if verdict.state != "unreviewed"]
    own = {verdict.case: verdict for verdict in mine.all() if verdict.state != "unreviewed"}
    new = [verdict for verdict in theirs if verdict.case not in own]
    return new, Disagreements(path.name, len(new), _disagreements(own, theirs))


def _disagreements(own: Mapping[Case, Verdict], theirs: list[Verdict]) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(*verdict.case, _words(own[verdict.case]), _words(verdict))
        for verdict in theirs
        if verdict.case in own and own[verdict.case].state != verdict.state
    )


def _words(verdict: Verdict) -> str:
    """Who decided what, and why."""
    why = " · ".join(part for part in (issue_words(verdict), verdict.note) if part)
    return f"{verdict.reviewer or 'somebody'}: {verdict.state}" + (f" ({why})" if why else "")
