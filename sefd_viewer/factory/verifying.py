"""The proof that a set of maps is complete: every expected file is there, whole, and of the photo's size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.factory.drawing import find_bodies
from sefd_viewer.factory.jobs import MapJob, Selection, plan_jobs
from sefd_viewer.factory.layout import MapLayout
from sefd_viewer.factory.making import Failure, Progress
from sefd_viewer.factory.manifest import read_manifests, settings_differences
from sefd_viewer.factory.reading import read_map
from sefd_viewer.factory.settings import FactorySettings
from sefd_viewer.factory.workers import run_jobs


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
    record: str
    sound: int
    bodies: frozenset[str]
    fault: str | None = None


@dataclass(frozen=True)
class MapChecker:
    """Looks at the files of a job; travels to worker processes."""

    out: Path

    def __call__(self, job: MapJob) -> _Checked:
        """How many files are sound, and what is wrong with the others."""
        bodies = frozenset(person.smpl.body_id for person in job.people)
        faults = [] if job.fault is None else [job.fault]
        if not job.paths:
            return _Checked(job.key, 0, bodies, job.fault)
        try:
            size = job.photo_size()
        except SefdError as error:
            return _Checked(job.key, 0, bodies, str(error))
        for path in job.paths:
            try:
                read_map(self.out / path, size)
            except SefdError as error:
                faults.append(str(error))
        sound = max(len(job.paths) - len(faults), 0)
        return _Checked(job.key, sound, bodies, "; ".join(faults) or None)


def verify_maps(
    dataset: Dataset,
    out: Path,
    settings: FactorySettings,
    *,
    selection: Selection | None = None,
    bodies: tuple[str, ...] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compare the files below `out` with what `make_maps` would make of these records."""
    manifests = read_manifests(out, dataset.format, settings)
    report = VerifyReport(problems=list(_manifest_problems(manifests, dataset, settings)))
    listed = {one["record"]: one["reason"] for manifest in manifests.values() for one in manifest["failures"]}
    positions = (selection or Selection()).positions(dataset)
    jobs = plan_jobs(dataset, MapLayout(dataset.format, dataset.root, settings), positions)
    ids: set[str] = set()
    for done, checked in enumerate(run_jobs(MapChecker(out), jobs, workers=workers), start=1):
        ids.update(checked.bodies)
        _count(checked, listed, report)
        if progress is not None:
            progress(done, len(positions))
    report.problems += _body_problems(manifests, ids, bodies)
    for group in (report.faults, report.left_out):
        group.sort(key=lambda one: one.record)
    return report


def _count(checked: _Checked, listed: dict[str, str], report: VerifyReport) -> None:
    report.records += 1
    report.sound += checked.sound
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
    found = {body.id for body in map(find_bodies(bodies), ids) if body is not None}
    if found <= drawn:
        return []
    return [f"the maps show the bodies {', '.join(sorted(drawn))}, not {', '.join(sorted(found - drawn))}"]
