"""Verdicts of people about annotations: kept with their history, compared, merged and exported.

with VerdictStore.beside(dataset) as store:
    judged = fingerprint(record, person.key)
    store.put(Verdict(record.key, person.key, "bad", ("camera",), fingerprint=judged))
"""

from sefd_viewer.review.verdicts.fingerprints import changed_parts, fingerprint
from sefd_viewer.review.verdicts.places import verdict_path
from sefd_viewer.review.verdicts.store import VerdictStore
from sefd_viewer.review.verdicts.verdict import (
    ISSUE_KINDS,
    STATES,
    Case,
    Verdict,
    VerdictError,
    VerdictState,
)

__all__ = [
    "ISSUE_KINDS",
    "STATES",
    "Case",
    "Verdict",
    "VerdictError",
    "VerdictState",
    "VerdictStore",
    "changed_parts",
    "fingerprint",
    "verdict_path",
]
