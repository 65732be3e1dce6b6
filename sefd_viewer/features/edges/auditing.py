"""Stored edge maps against maps drawn anew: a whole set in the background, one record at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.jobs.runner import Outcome, Post, attempt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.edge_maps.auditing import AuditJob, Finding, MapAuditor
    from sefd_viewer.edge_maps.jobs import FactorySettings
    from sefd_viewer.features.edges.state import EdgeLabState

    Image = NDArray[np.uint8]

TELL_S = 0.2


@dataclass(frozen=True, eq=False)
class AuditProgress:
    """How an audit stands: `counts` of maps by verdict, `findings` all but those that agree."""

    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    finished: bool = False
    problem: str = ""


@dataclass(frozen=True, eq=False)
class StoredPair:
    """A record's first map as stored and as drawn now, and both in one picture (H,W,3).

    In that white is in both, orange only in the stored map, blue only in the one drawn now.
    """

    stored: Image
    expected: Image
    both: Image
    words: str


def settings_of(lab: EdgeLabState) -> FactorySettings:
    """How the stored maps were made, as a person says."""
    from sefd_viewer.edge_maps.jobs import FactorySettings, dilation_settings

    return FactorySettings(lab.audit_kind, dilation_settings(lab.audit_dilation))


class Audit:
    """One running audit; `report` is called on the owner's thread, for the last time with `finished`."""

    def __init__(
        self,
        dataset: Dataset,
        lab: EdgeLabState,
        bodies: tuple[str, ...],
        post: Post,
        report: Callable[[Audit, AuditProgress], None],
    ) -> None:
        self._dataset, self._lab, self._bodies = dataset, lab, bodies
        self._post, self._report = post, report
        self._cancelled = False

    def start(self, executor: Executor) -> None:
        """Begin."""
        executor.submit(attempt, "audit", self._run).add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop after the record that is compared now."""
        self._cancelled = True

    def _run(self) -> None:
        from sefd_viewer.edge_maps.auditing import audit_job, map_auditor
        from sefd_viewer.edge_maps.explaining import Verdict

        settings, total = settings_of(self._lab), len(self._dataset.records)
        auditor = map_auditor(self._dataset, _folder(self._lab), settings, bodies=self._bodies)
        counts, found, told, done = Counter[str](), [], 0.0, 0
        while done < total and not self._cancelled:
            for finding in auditor(audit_job(self._dataset, done, settings)):
                counts[finding.verdict.value] += 1
                if finding.verdict is not Verdict.AGREES:
                    found.append(finding)
            done += 1
            if time.perf_counter() > told + TELL_S:
                told = time.perf_counter()
                self._tell(AuditProgress(done, total, dict(counts), tuple(found)))
        self._tell(AuditProgress(done, total, dict(counts), tuple(found), finished=True))

    def _tell(self, progress: AuditProgress) -> None:
        self._post(lambda: self._report(self, progress))

    def _ended(self, future: Future[Outcome]) -> None:
        problem = None if future.cancelled() else future.result().problem
        if problem is not None:
            self._tell(AuditProgress(0, 0, finished=True, problem=problem))


def stored_stamps(dataset: Dataset, record: Record, lab: EdgeLabState) -> Hashable:
    """What tells the stored maps of a record from older ones: in files or packed, there or not."""
    from sefd_viewer.edge_maps.jobs import MapLayout
    from sefd_viewer.edge_maps.manifest import map_stem
    from sefd_viewer.edge_maps.verifying import StoredMaps

    settings = settings_of(lab)
    layout = MapLayout(dataset.format, dataset.root, settings)
    stored = StoredMaps.of(_folder(lab), map_stem(dataset.format, settings))
    people = [person.key for person in record.people] if lab.audit_kind == "single" else [None]
    files = [file for person in people for file in stored.files(layout.path(record, person))]
    return tuple(file_stamp(file) for file in (*stored.archives, *files))


def stored_pair(dataset: Dataset, position: int, lab: EdgeLabState, bodies: tuple[str, ...]) -> StoredPair:
    """The maps of the record at `position`; raises SefdError where there is nothing to compare."""
    from sefd_viewer.body.shelf import shelf_at
    from sefd_viewer.edge_maps.auditing import audit_job, map_auditor
    from sefd_viewer.edge_maps.drawing import draw_maps
    from sefd_viewer.edge_maps.verifying import read_map
    from sefd_viewer.errors import SefdError

    settings = settings_of(lab)
    auditor = map_auditor(dataset, _folder(lab), settings, bodies=bodies)
    audit = audit_job(dataset, position, settings)
    if audit.job.fault is not None:
        raise SefdError(audit.job.fault, where=audit.job.key)
    if not audit.job.paths:
        raise SefdError("nobody here has a body, so no map is expected", where=audit.job.key)
    path = auditor.stored.find(audit.job.paths[0])
    if path is None:
        raise SefdError("there is no stored map", where=_folder(lab) / audit.job.paths[0])
    size = audit.job.photo_size()
    stored = read_map(auditor.stored.read(path), size)
    expected = draw_maps(audit.job, size, settings, shelf_at(bodies).find)[0]
    return StoredPair(stored, expected, _both(stored, expected), _words(auditor, audit))


def _words(auditor: MapAuditor, audit: AuditJob) -> str:
    finding = auditor(audit)[0]
    score = "" if finding.agreement is None else f"agreement {finding.agreement:.2f}"
    return " · ".join(filter(None, (finding.verdict.value, finding.detail, score)))


def _both(stored: Image, expected: Image) -> Image:
    """White where both maps have an edge, orange for the stored one alone, blue for the expected one."""
    import numpy as np

    here, there = stored.astype(np.float32)[..., None], expected.astype(np.float32)[..., None]
    common = np.minimum(here, there)
    orange, blue = np.array([1.0, 0.55, 0.1]), np.array([0.2, 0.65, 1.0])
    return np.asarray(np.clip(common + (here - common) * orange + (there - common) * blue, 0, 255), np.uint8)


def _folder(lab: EdgeLabState) -> Path:
    assert lab.audit_folder is not None
    return Path(lab.audit_folder)


def audit_key(lab: EdgeLabState) -> tuple[Any, ...]:
    """What the comparison of one record depends on."""
    return lab.audit_folder, lab.audit_kind, lab.audit_dilation
