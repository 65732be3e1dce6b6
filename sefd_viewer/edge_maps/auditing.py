"""The audit: stored maps, from wherever, against maps that are drawn anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.edge_maps.drawing import CrowdInPlane, maps_of_kind
from sefd_viewer.edge_maps.explaining import Neighbour, Suspect, Verdict, agreement, best_guess
from sefd_viewer.edge_maps.jobs import FactorySettings, MapJob, MapLayout, Selection, plan_job
from sefd_viewer.edge_maps.making import Progress
from sefd_viewer.edge_maps.manifest import map_stem
from sefd_viewer.edge_maps.verifying import StoredMaps, read_map
from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.pool import run_jobs

AGREES = 0.95
"""Agreement from which a map counts as the expected one; a JPEG of the same map has more."""

_EXPLAINED = 0.5
"""Share of the disagreement that a guess must remove to be believed, and _LEAST its own agreement."""

_LEAST = 0.6
_NEIGHBOURHOOD = 8


@dataclass(frozen=True)
class Finding:
    """One map: its file, the verdict with its detail, and the agreement with what was expected (0 to 1)."""

    record: str
    path: str
    verdict: Verdict
    detail: str = ""
    agreement: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "verdict": self.verdict.value}


@dataclass
class AuditReport:
    """How many maps got which verdict, every finding but agreement, and how well the maps agree."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    agreements: list[float] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether any map is not the expected one."""
        return bool(self.findings)

    @property
    def median_agreement(self) -> float | None:
        """Over all maps that could be compared; None without any."""
        return median(self.agreements) if self.agreements else None

    def add(self, finding: Finding) -> None:
        """Count a map."""
        self.counts[finding.verdict] += 1
        if finding.agreement is not None:
            self.agreements.append(finding.agreement)
        if finding.verdict is not Verdict.AGREES:
            self.findings.append(finding)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "counts": {verdict.value: self.counts[verdict] for verdict in Verdict if self.counts[verdict]},
            "median_agreement": self.median_agreement,
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True, eq=False)
class AuditJob:
    """A job and the frames beside it in its sequence."""

    job: MapJob
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class MapAuditor:
    """Compares the maps of a job; travels to worker processes."""

    stored: StoredMaps
    settings: FactorySettings
    bodies: tuple[str, ...] = ()

    def __call__(self, audit: AuditJob) -> list[Finding]:
        """A finding for each map of the job; one alone where it cannot be drawn."""
        job = audit.job
        if job.fault is not None:
            return [Finding(job.key, "", Verdict.NOT_DRAWN, job.fault)]
        try:
            return list(self._compare(audit)) if job.paths else []
        except Exception as error:  # whatever is wrong with one record must not stop the others
            reason = str(error) if isinstance(error, SefdError) else f"{type(error).__name__}: {error}"
            return [Finding(job.key, "", Verdict.NOT_DRAWN, reason)]

    def _compare(self, audit: AuditJob) -> Iterator[Finding]:
        job, size = audit.job, audit.job.photo_size()
        crowd = CrowdInPlane(job, catalog_at(self.bodies).find)
        expected = maps_of_kind(crowd.edges(size, self.settings.edges), self.settings.kind)
        for index, path in enumerate(job.paths):
            stored = self.stored.find(path)
            if stored is None:
                yield Finding(job.key, str(path), Verdict.MISSING)
                continue
            try:
                picture = read_map(self.stored.read(stored), size, stored)
            except SefdError as error:
                yield Finding(job.key, str(path), Verdict.UNUSABLE, error.what)
                continue
            suspect = Suspect(job, index, size, picture, expected[index], self.settings, audit.neighbours)
            yield self._judge(suspect, stored, crowd)

    def _judge(self, suspect: Suspect, stored: PurePosixPath, crowd: CrowdInPlane) -> Finding:
        key, path = suspect.job.key, str(stored)
        own = agreement(suspect.stored, suspect.expected)
        if own >= AGREES:
            return Finding(key, path, Verdict.AGREES, agreement=own)
        guess, score = best_guess(suspect, crowd, catalog_at(self.bodies).find)
        if guess is None or score < max(own + _EXPLAINED * (1 - own), _LEAST):
            return Finding(key, path, Verdict.DIFFERENT, "nothing explains it", own)
        return Finding(key, path, guess.verdict, f"{guess.detail} (agreement {score:.2f})", own)


def audit_maps(
    dataset: Dataset,
    out: Path,
    settings: FactorySettings,
    *,
    selection: Selection | None = None,
    bodies: tuple[str, ...] = (),
    workers: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Compare the maps below `out` with those that these settings give, and name what is wrong with each.

    Nothing is written, and no manifest is needed: the maps may come from elsewhere.
    """
    positions = (selection or Selection()).positions(dataset)
    auditor = map_auditor(dataset, out, settings, bodies=bodies)
    jobs = (audit_job(dataset, position, settings) for position in positions)
    report = AuditReport()
    for done, findings in enumerate(run_jobs(auditor, jobs, workers=workers, cluster=cluster), 1):
        for finding in findings:
            report.add(finding)
        if progress is not None:
            progress(done, len(positions))
    report.findings.sort(key=lambda finding: (finding.record, finding.path))
    return report


def map_auditor(
    dataset: Dataset, out: Path, settings: FactorySettings, *, bodies: tuple[str, ...] = ()
) -> MapAuditor:
    """What compares the maps below `out`; `bodies` are files of licensed bodies."""
    return MapAuditor(StoredMaps.of(out, map_stem(dataset.format, settings)), settings, bodies)


def audit_job(dataset: Dataset, position: int, settings: FactorySettings) -> AuditJob:
    """What the auditor is told about the record at `position`."""
    layout = MapLayout(dataset.format, dataset.root, settings)
    before = range(position - 1, position - 1 - _NEIGHBOURHOOD, -1)
    after = range(position + 1, position + 1 + _NEIGHBOURHOOD)
    record = dataset.records[position]
    neighbours = (
        Neighbour(side, plan_job(found, layout))
        for side, places in (("before", before), ("after", after))
        if (found := _in_sequence(dataset, record, places)) is not None
    )
    job = plan_job(record, layout)
    return AuditJob(job, tuple(one for one in neighbours if one.job.paths))


def _in_sequence(dataset: Dataset, record: Record, places: range) -> Record | None:
    """The first of these records whose photo lies in the same folder."""
    if record.image_path is None:
        return None
    inside = (dataset.records[place] for place in places if 0 <= place < len(dataset.records))
    alike = (
        r for r in inside if r.image_path is not None and r.image_path.parent == record.image_path.parent
    )
    return next(alike, None)
