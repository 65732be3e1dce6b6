"""Several reviewers' files: where they disagree, one file out of all, and tables for others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

from sefd_viewer.csv_cells import csv_of_rows
from sefd_viewer.datasets.exclude_list import ExcludeList, exclude_list_text
from sefd_viewer.judgements.database import Case, Verdict, VerdictError, VerdictState
from sefd_viewer.judgements.store import VerdictStore

OnDisagreement = Literal["latest", "unsure"]


@dataclass(frozen=True)
class Disagreement:
    """A case that reviewers judge differently: the last verdict of each, the oldest first.

    `same_data` is False when they saw different annotations, so that both may be right.
    """

    record: str
    person: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def same_data(self) -> bool:
        """Whether all saw the same annotation, as far as that is known."""
        return len({verdict.fingerprint for verdict in self.verdicts if verdict.fingerprint}) <= 1


def disagreements(stores: Sequence[VerdictStore]) -> tuple[Disagreement, ...]:
    """The cases on which reviewers disagree, in one file or several.

    A reviewer without a name is called after the file. Of one reviewer the last word counts.
    """
    found: dict[Case, dict[str, Verdict]] = {}
    for verdict in _in_order(stores):
        found.setdefault(verdict.case, {})[verdict.reviewer] = verdict
    return tuple(
        Disagreement(*case, tuple(sorted(words.values(), key=_when)))
        for case, words in found.items()
        if len({verdict.state for verdict in words.values()} - {"unreviewed"}) > 1
    )


def merge(
    sources: Sequence[VerdictStore], out: Path, *, on_disagreement: OnDisagreement = "latest"
) -> tuple[Disagreement, ...]:
    """Write a new file with every verdict and tag of the sources, by their times; they stay as they are.

    The latest verdict about a case holds, or where reviewers disagree one that is "unsure" and quotes them.
    Returns the disagreements. Raises VerdictError when `out` is there already.
    """
    if out.exists():
        raise VerdictError("this file exists already", where=out, remedy="Name a new one")
    conflicts = disagreements(sources)
    with VerdictStore(out) as store:
        store.put_all(_in_order(sources))
        for source in sources:
            tags = source.tags()
            for tag in tags.known:
                store.tag([case for case in tags.people if tag in tags.of(case)], tag)
        if on_disagreement == "unsure":
            store.put_all(_open_question(one) for one in conflicts)
    return conflicts


def _in_order(stores: Iterable[VerdictStore]) -> Iterator[Verdict]:
    """Every verdict of every log once, by time; what holds in its file comes after what it replaced."""
    rows = dict.fromkeys(
        replace(verdict, reviewer=verdict.reviewer or store.path.stem)
        for store in stores
        for verdict in store.log()
    )
    return iter(sorted(rows, key=_when))


def _when(verdict: Verdict) -> str:
    return verdict.time


def _open_question(conflict: Disagreement) -> Verdict:
    said = "; ".join(
        f"{one.reviewer}: {one.state}" + (f" ({one.note})" if one.note else "") for one in conflict.verdicts
    )
    issues = tuple(dict.fromkeys(kind for one in conflict.verdicts for kind in one.issues))
    judged = conflict.verdicts[-1].fingerprint
    return Verdict(
        conflict.record, conflict.person, "unsure", issues, said, reviewer="merge", fingerprint=judged
    )


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
