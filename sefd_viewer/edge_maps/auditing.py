"""The audit: stored maps, from wherever, against maps that are drawn anew; and why the two may differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.edge_maps.jobs import (
    CrowdInPlane,
    FactorySettings,
    Map,
    MapJob,
    MapKind,
    MapLayout,
    Selection,
    Size,
    dilation_settings,
    draw_maps,
    maps_of_kind,
    plan_job,
)
from sefd_viewer.edge_maps.making import Progress
from sefd_viewer.edge_maps.manifest import map_stem
from sefd_viewer.edge_maps.verifying import StoredMaps, read_map
from sefd_viewer.edges.mesh_edges import MeshEdges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.pool import run_jobs

LARGEST_SHIFT = 16
"""Pixels in either direction that are searched."""

_FLOOR = 24
"""Fainter values count as 0: JPEG leaves such traces around edges."""


def agreement(one: Map, other: Map) -> float:
    """The shared part of two maps (H,W), 0 to 1: sum of the smaller over sum of the larger values."""
    first, second = _cleaned(one), _cleaned(other)
    whole = float(cv2.max(first, second).sum())
    return float(cv2.min(first, second).sum()) / whole if whole else 1.0


def shift_between(still: Map, moved: Map) -> tuple[float, float]:
    """How far (x, y) pixels `moved` lies right of and below `still`: the peak of their correlation."""
    spectra = np.fft.rfft2(_padded(still)).conj() * np.fft.rfft2(_padded(moved))
    correlation = np.fft.irfft2(spectra, _padded(still).shape)
    reach = np.arange(-LARGEST_SHIFT - 1, LARGEST_SHIFT + 2)
    near = correlation[np.ix_(reach, reach)]
    y, x = np.unravel_index(np.argmax(near[1:-1, 1:-1]), (len(reach) - 2, len(reach) - 2))
    row, column = int(y) + 1, int(x) + 1
    return (
        float(reach[column]) + _vertex(near[row, column - 1 : column + 2]),
        float(reach[row]) + _vertex(near[row - 1 : row + 2, column]),
    )


def shifted(picture: Map, shift: tuple[float, float]) -> Map:
    """The map moved by (x, y) pixels, right and down; 0 comes in from outside."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    return np.asarray(cv2.warpAffine(picture, matrix, (picture.shape[1], picture.shape[0])), np.uint8)


def _cleaned(picture: Map) -> Map:
    return np.asarray(cv2.threshold(picture, _FLOOR, 0, cv2.THRESH_TOZERO)[1], np.uint8)


def _padded(picture: Map) -> NDArray[np.float32]:
    """With a border, so that what leaves on one side does not come back on the other."""
    return np.pad(_cleaned(picture).astype(np.float32), (0, 2 * LARGEST_SHIFT))


def _vertex(three: NDArray[np.float64]) -> float:
    """Where the parabola through three values around their largest has its vertex, from -0.5 to 0.5."""
    bend = three[0] - 2 * three[1] + three[2]
    return float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


_KINDS: tuple[MapKind, ...] = ("overlap", "all", "occluded")
_DILATIONS = ("adaptive", "none", "fixed:3", "fixed:5", "fixed:7", "fixed:9")
_BY_PROJECTION = "adaptive by the boxes of the projected bodies"
_LEAST_SHIFT = 0.25


class Verdict(Enum):
    """What a stored map turned out to be."""

    AGREES = "agrees"
    MISSING = "missing"
    UNUSABLE = "no usable file"
    SHIFTED = "shifted"
    DILATION = "other dilation"
    KIND = "other kind"
    PERSON = "wrong person"
    LEFT_OUT = "person left out"
    FRAME = "neighbouring frame"
    DIFFERENT = "different"
    NOT_DRAWN = "cannot be drawn"


@dataclass(frozen=True, eq=False)
class Guess:
    """A map as a fault would have made it; `detail` says which."""

    verdict: Verdict
    detail: str
    picture: Map


@dataclass(frozen=True, eq=False)
class Neighbour:
    """The frame `before` or `after` a job in its sequence."""

    side: str
    job: MapJob


@dataclass(frozen=True, eq=False)
class Suspect:
    """A stored map that is not the one expected at `index` of its job's paths."""

    job: MapJob
    index: int
    size: Size
    stored: Map
    expected: Map
    settings: FactorySettings
    neighbours: Sequence[Neighbour]


def best_guess(suspect: Suspect, crowd: CrowdInPlane, find_body: FindBody) -> tuple[Guess | None, float]:
    """The guess that agrees best with the stored map, and how well; of equals the first one."""
    best: tuple[Guess | None, float] = None, 0.0
    for guess in _guesses(suspect, crowd, find_body):
        score = agreement(suspect.stored, guess.picture)
        if score > best[1]:
            best = guess, score
    return best


def _guesses(suspect: Suspect, crowd: CrowdInPlane, find_body: FindBody) -> Iterator[Guess]:
    edges = crowd.edges(suspect.size, suspect.settings.edges)
    yield from _other_kinds(suspect, edges)
    yield from _other_people(suspect, edges, crowd)
    yield from _shifts(suspect)
    yield from _other_dilations(suspect, crowd)
    for neighbour in suspect.neighbours:
        maps = draw_maps(neighbour.job, suspect.size, suspect.settings, find_body)
        if suspect.index < len(maps):
            detail = f"the frame {neighbour.side}, {neighbour.job.key}"
            yield Guess(Verdict.FRAME, detail, maps[suspect.index])


def _other_kinds(suspect: Suspect, edges: MeshEdges) -> Iterator[Guess]:
    for kind in _KINDS:
        if kind != suspect.settings.kind:
            yield Guess(Verdict.KIND, f"it is of the kind {kind}", maps_of_kind(edges, kind)[0])


def _other_people(suspect: Suspect, edges: MeshEdges, crowd: CrowdInPlane) -> Iterator[Guess]:
    """One person left out, and each person alone."""
    keys, kind = [person.key for person in suspect.job.people], suspect.settings.kind
    if len(keys) == 1:
        return
    if kind != "single":
        for position, key in enumerate(keys):
            rest = crowd.edges(suspect.size, suspect.settings.edges, without=position)
            yield Guess(Verdict.LEFT_OUT, f"without person {key}", maps_of_kind(rest, kind)[0])
    for position, (key, single) in enumerate(zip(keys, maps_of_kind(edges, "single"), strict=True)):
        if kind != "single" or position != suspect.index:
            yield Guess(Verdict.PERSON, f"it shows person {key} alone", single)


def _shifts(suspect: Suspect) -> Iterator[Guess]:
    shift = shift_between(suspect.expected, suspect.stored)
    if max(map(abs, shift)) < _LEAST_SHIFT:
        return
    whole = float(round(shift[0])), float(round(shift[1]))
    for x, y in dict.fromkeys((whole, shift)):
        detail = f"by {x:+.1f} pixels in x, {y:+.1f} in y"
        yield Guess(Verdict.SHIFTED, detail, shifted(suspect.expected, (x, y)))


def _other_dilations(suspect: Suspect, crowd: CrowdInPlane) -> Iterator[Guess]:
    """Each different map that another rule gives; on one map two rules may come to the same."""
    rules: dict[bytes, list[str]] = {}
    maps: dict[bytes, Map] = {}
    for words in (*_DILATIONS, _BY_PROJECTION):
        by_projection = words == _BY_PROJECTION
        settings = dilation_settings("adaptive" if by_projection else words)
        if by_projection or not _same_dilation(settings, suspect.settings.edges):
            edges = crowd.edges(suspect.size, settings, by_projection=by_projection)
            picture = maps_of_kind(edges, suspect.settings.kind)[suspect.index]
            maps[picture.tobytes()] = picture
            rules.setdefault(picture.tobytes(), []).append(words)
    for content, picture in maps.items():
        yield Guess(Verdict.DILATION, f"it is dilated by the rule {' or '.join(rules[content])}", picture)


def _same_dilation(one: EdgeSettings, other: EdgeSettings) -> bool:
    return one.dilation == other.dilation and (one.dilation != "fixed" or one.kernel == other.kernel)


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
