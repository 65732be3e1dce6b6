"""The proof that a set of maps is complete: every expected file is there, whole, and of the photo's size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sefd_viewer.body.shelf import shelf_at
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.hashes import digest
from sefd_viewer.edge_maps.jobs import MapJob, Selection, plan_jobs
from sefd_viewer.edge_maps.layout import MapLayout
from sefd_viewer.edge_maps.making import Failure, Progress
from sefd_viewer.edge_maps.manifest import map_stem, read_all_hashes, read_manifests, settings_differences
from sefd_viewer.edge_maps.settings import FactorySettings
from sefd_viewer.edge_maps.stored import StoredMaps, read_map
from sefd_viewer.edge_maps.workers import run_jobs
from sefd_viewer.errors import SefdError


@dataclass
class VerifyReport:
    """What was looked at and what is wrong.

    `sound` counts files without fault; `left_out` are the records that the manifest says could not be drawn;
    `faults` are those that miss a sound file without being listed there; `problems` concern the whole set.
    """

    records: int = 0
    sound: int = 0
    without_bodies: int = 0
    left_out: list[Failure] = field(default_factory=list)
    faults: list[Failure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything that can be drawn is there, and made with these settings."""
        return not self.faults and not self.problems

    @property
    def failed(self) -> bool:
        """Whether something is missing or wrong."""
        return not self.complete

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "complete": self.complete,
            "records": self.records,
            "sound_maps": self.sound,
            "without_bodies": self.without_bodies,
            "left_out": [vars(one) for one in self.left_out],
            "faults": [vars(one) for one in self.faults],
            "problems": self.problems,
        }


@dataclass(frozen=True)
class _Checked:
    """One job: the hashes of its sound maps by path, and what is wrong with the others."""

    record: str
    hashes: Mapping[str, str]
    bodies: frozenset[str]
    fault: str | None = None


@dataclass(frozen=True)
class MapChecker:
    """Looks at the maps of a job; travels to worker processes."""

    stored: StoredMaps

    def __call__(self, job: MapJob) -> _Checked:
        """The hashes of the sound maps, and what is wrong with the others."""
        bodies = frozenset(person.smpl.body_id for person in job.people)
        if not job.paths:
            return _Checked(job.key, {}, bodies, job.fault)
        try:
            size = job.photo_size()
        except SefdError as error:
            return _Checked(job.key, {}, bodies, str(error))
        hashes, faults = {}, [] if job.fault is None else [job.fault]
        for path in job.paths:
            try:
                data = self.stored.read(path)
                read_map(data, size)
                hashes[str(path)] = digest(data)
            except SefdError as error:
                faults.append(str(error) if error.where else f"{path}: {error}")
        return _Checked(job.key, hashes, bodies, "; ".join(faults) or None)


def verify_maps(
    dataset: Dataset,
    out: Path,
    settings: FactorySettings,
    *,
    selection: Selection | None = None,
    bodies: tuple[str, ...] = (),
    workers: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compare the maps below `out` with what `make_maps` would make of these records, and with the hashes."""
    manifests = read_manifests(out, dataset.format, settings)
    report = VerifyReport(problems=list(_manifest_problems(manifests, dataset, settings)))
    listed = {one["record"]: one["reason"] for manifest in manifests.values() for one in manifest["failures"]}
    positions = (selection or Selection()).positions(dataset)
    jobs = plan_jobs(dataset, MapLayout(dataset.format, dataset.root, settings), positions)
    checker = MapChecker(StoredMaps.of(out, map_stem(dataset.format, settings)))
    hashes = read_all_hashes(out, dataset.format, settings)
    ids: set[str] = set()
    for done, checked in enumerate(run_jobs(checker, jobs, workers=workers, cluster=cluster), start=1):
        ids.update(checked.bodies)
        _count(_against_hashes(checked, hashes), listed, report)
        if progress is not None:
            progress(done, len(positions))
    report.problems += _body_problems(manifests, ids, bodies)
    for group in (report.faults, report.left_out):
        group.sort(key=lambda one: one.record)
    return report


def _against_hashes(checked: _Checked, listed: Mapping[str, str]) -> _Checked:
    """What was found, with a fault for maps whose content is not what was made."""
    changed = [path for path, hash in checked.hashes.items() if listed.get(path) != hash]
    if not changed:
        return checked
    words = "; ".join(f"{path}: {'is another map' if path in listed else 'has no hash'}" for path in changed)
    sound = {path: hash for path, hash in checked.hashes.items() if path not in changed}
    fault = words if checked.fault is None else f"{checked.fault}; {words}"
    return replace(checked, hashes=sound, fault=fault)


def _count(checked: _Checked, listed: dict[str, str], report: VerifyReport) -> None:
    report.records += 1
    report.sound += len(checked.hashes)
    if checked.fault is None:
        report.without_bodies += not checked.bodies
    elif checked.record in listed:
        report.left_out.append(Failure(checked.record, listed[checked.record]))
    else:
        report.faults.append(Failure(checked.record, checked.fault))


def _manifest_problems(
    manifests: dict[Path, dict[str, Any]], dataset: Dataset, settings: FactorySettings
) -> Iterator[str]:
    if not manifests:
        yield "there is no manifest: nothing tells how the maps were made"
    for path, manifest in manifests.items():
        yield from (f"{path.name}: {one}" for one in settings_differences(manifest, settings))
        if not manifest.get("complete"):
            yield f"{path.name}: the run did not come to its end"
        records = manifest["dataset"]["records"]
        if records != len(dataset.records):
            yield f"{path.name}: the data set had {records} records, it has {len(dataset.records)} now"


def _body_problems(
    manifests: dict[Path, dict[str, Any]], ids: set[str], bodies: tuple[str, ...]
) -> list[str]:
    """Say so when the bodies that would be drawn now are not those of the manifests."""
    if not manifests:
        return []
    drawn = {body for manifest in manifests.values() for body in manifest["bodies"]}
    found = {body.id for body in map(shelf_at(bodies).find, ids) if body is not None}
    if found <= drawn:
        return []
    return [f"the maps show the bodies {', '.join(sorted(drawn))}, not {', '.join(sorted(found - drawn))}"]
