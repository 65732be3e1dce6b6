"""Verdicts of people about annotations, and tags: kept with their history, compared, merged and exported.

with VerdictStore.beside(dataset) as store:
    judged = fingerprint(record, person.key)
    store.put(Verdict(record.key, person.key, "bad", ("camera",), fingerprint=judged))
"""

from sefd_viewer.datasets.exclude_list import ExcludeList, read_exclude_list, without
from sefd_viewer.judgements.database import (
    ISSUE_KINDS,
    STATES,
    Case,
    Verdict,
    VerdictError,
    VerdictState,
)
from sefd_viewer.judgements.fingerprints import StaleVerdict, changed_parts, fingerprint, stale
from sefd_viewer.judgements.merging import (
    Disagreement,
    disagreements,
    exclude_list,
    exported,
    merge,
    selected,
)
from sefd_viewer.judgements.quick_store import QuickVerdictStore
from sefd_viewer.judgements.store import VerdictStore, verdict_path
from sefd_viewer.judgements.tags import NO_TAGS, Tags

__all__ = [
    "ISSUE_KINDS",
    "NO_TAGS",
    "STATES",
    "Case",
    "Disagreement",
    "ExcludeList",
    "QuickVerdictStore",
    "StaleVerdict",
    "Tags",
    "Verdict",
    "VerdictError",
    "VerdictState",
    "VerdictStore",
    "changed_parts",
    "disagreements",
    "exclude_list",
    "exported",
    "fingerprint",
    "merge",
    "read_exclude_list",
    "selected",
    "stale",
    "verdict_path",
    "without",
]
