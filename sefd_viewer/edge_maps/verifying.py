"""Stored maps as they are read, and the proof that a set is complete: there, whole, of the right size."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings, Map, MapJob, MapLayout, Selection, Size, plan_jobs
from sefd_viewer.edge_maps.making import Failure, Progress
from sefd_viewer.edge_maps.manifest import (
    digest,
    map_stem,
    read_all_hashes,
    read_manifests,
    settings_differences,
)
from sefd_viewer.errors import ImageError, SefdError
from sefd_viewer.jobs.pool import run_jobs

_DRAW = "Give the command that made it again: it draws what is missing"
_AGAIN = f"Delete it. {_DRAW}"


def read_map(data: bytes, size: Size, where: object) -> Map:
    """The map (H,W) in the bytes of the file `where`; ImageError when not whole, or not grey of `size`."""
    picture = None if not _is_whole(data) else cv2.imdecode(np.frombuffer(data, np.uint8), -1)
    if picture is None:
        raise ImageError("this map is not a whole picture", where=str(where), remedy=_AGAIN)
    if picture.ndim != 2 or picture.dtype != np.uint8:
        raise ImageError("this map is not grey with 8 bits", where=str(where), remedy=_AGAIN)
    if picture.shape != (size[1], size[0]):
        there = f"{picture.shape[1]} x {picture.shape[0]}"
        words = f"this map has {there} pixels, the photo {size[0]} x {size[1]}"
        raise ImageError(words, where=str(where), remedy=_AGAIN)
    return np.asarray(picture, np.uint8)


def _is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG ends as it must: decoders fill up what is missing without a word."""
    if data.startswith(b"\xff\xd8"):
        return data.endswith(b"\xff\xd9")
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")


_READING = threading.Lock()
_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class StoredMaps:
    """The maps below `folder`, as files or in the ZIP files `archives`; travels to worker processes."""

    folder: Path
    archives: tuple[Path, ...] = ()

    @staticmethod
    def of(folder: Path, stem: str) -> StoredMaps:
        """Maps whose archives, if there are any, are called `<stem>*.zip`."""
        return StoredMaps(folder, tuple(sorted(folder.glob(f"{stem}*.zip"))))

    def find(self, path: PurePosixPath) -> PurePosixPath | None:
        """The name under which a map is there, in whichever format; None when it is not."""
        return next((name for name in _names(path) if self._has(name)), None)

    def files(self, path: PurePosixPath) -> list[Path]:
        """Where a map's own file may be, in whichever format."""
        return [self.folder / name for name in _names(path)]

    def read(self, path: PurePosixPath) -> bytes:
        """The bytes of a map's file; raises ImageError when it is not there or cannot be read."""
        for archive in self.archives:
            opened = _opened(archive)
            if str(path) in opened.NameToInfo:
                return _packed(opened, path, archive)
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            words = "this map is not there" if missing else f"this map cannot be read ({error.strerror})"
            raise ImageError(words, where=self.folder / path, remedy=_DRAW if missing else _AGAIN) from None

    def _has(self, path: PurePosixPath) -> bool:
        packed = any(str(path) in _opened(archive).NameToInfo for archive in self.archives)
        return packed or (self.folder / path).is_file()


def _names(path: PurePosixPath) -> Iterator[PurePosixPath]:
    return (path.with_suffix(suffix) for suffix in dict.fromkeys((path.suffix, *_SUFFIXES)))


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return _opened_as_of(archive, archive.stat().st_mtime_ns)
    except Exception as error:  # a file that is none of ours may raise anything
        remedy = "Give the command that made it again: it goes on where it was"
        raise SefdError("this archive of maps is not finished", where=archive, remedy=remedy) from error


@lru_cache(maxsize=64)
def _opened_as_of(archive: Path, _changed_ns: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(archive)


def _packed(opened: zipfile.ZipFile, path: PurePosixPath, archive: Path) -> bytes:
    try:
        with _READING:
            return opened.read(str(path))
    except Exception as error:  # a file that is none of ours may raise anything
        words = f"this map cannot be read ({error})"
        raise ImageError(words, where=f"{archive}: {path}", remedy=_AGAIN) from error


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
                read_map(data, size, path)
                hashes[str(path)] = digest(data)
            except SefdError as error:
                faults.append(str(error))
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
        yield "there is no manifest: nothing says how the maps were made"
    for path, manifest in manifests.items():
        yield from (f"{path.name}: {one}" for one in settings_differences(manifest, settings))
        if not manifest.get("complete"):
            yield f"{path.name}: the run did not come to its end"
        records = manifest["dataset"]["records"]
        if records != len(dataset.records):
            yield f"{path.name}: the data set had {records} photos, it has {len(dataset.records)} now"


def _body_problems(
    manifests: dict[Path, dict[str, Any]], ids: set[str], bodies: tuple[str, ...]
) -> list[str]:
    """Say so when the bodies that would be drawn now are not those of the manifests."""
    if not manifests:
        return []
    drawn = {body for manifest in manifests.values() for body in manifest["bodies"]}
    found = {body.id for body in map(catalog_at(bodies).find, ids) if body is not None}
    if found <= drawn:
        return []
    return [f"the maps show the bodies {', '.join(sorted(drawn))}, not {', '.join(sorted(found - drawn))}"]
