"""Verdicts about annotations that are no longer what was judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.judgements.fingerprints import changed_parts, fingerprint
from sefd_viewer.judgements.store import VerdictStore
from sefd_viewer.judgements.verdict import Verdict


@dataclass(frozen=True)
class StaleVerdict:
    """A verdict and why it is stale; `changed` names parts of PARTS, none where the case is gone."""

    verdict: Verdict
    reason: str
    changed: tuple[str, ...] = ()


def stale(
    store: VerdictStore, dataset: Dataset, *, progress: Callable[[int, int], None] | None = None
) -> tuple[StaleVerdict, ...]:
    """The verdicts that were made about something else than the data set holds now.

    Only judged records are built. Verdicts without a fingerprint cannot be compared and are not stale.
    """
    found: list[StaleVerdict] = []
    verdicts = [verdict for verdict in store.all() if verdict.state != "unreviewed"]
    for done, verdict in enumerate(verdicts, 1):
        found += _stale(verdict, dataset)
        if progress is not None:
            progress(done, len(verdicts))
    return tuple(found)


def _stale(verdict: Verdict, dataset: Dataset) -> Iterator[StaleVerdict]:
    try:
        record = dataset.records[dataset.position(verdict.record)]
    except DatasetError:
        yield StaleVerdict(verdict, "the record is no longer there")
        return
    current = fingerprint(record, verdict.person)
    if not current:
        yield StaleVerdict(verdict, "the person is no longer there")
    elif verdict.fingerprint and verdict.fingerprint != current:
        changed = changed_parts(verdict.fingerprint, current)
        yield StaleVerdict(verdict, f"changed since: {', '.join(changed)}", changed)
