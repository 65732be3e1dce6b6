"""Which annotation was judged: hashes that outlive saving the same again, and verdicts that are old."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import DatasetError
from sefd_viewer.judgements.database import Verdict
from sefd_viewer.judgements.store import VerdictStore

PARTS = ("boxes", "2D joints", "bodies", "cameras", "picture")
"""What a fingerprint is made of, in order."""

_VERSION = "1"
_PIXELS, _METRES, _RADIANS, _UNIT = 0.01, 1e-4, 1e-4, 1e-6


def fingerprint(record: Record, person: str | None = None) -> str:
    """What a verdict about the record, or about one person in it, is based on.

    Boxes, 2D joints, body parameters as files hold them, cameras, and the size of the picture's file, each
    hashed by itself. Numbers are rounded (0.01 px, 0.1 mm, 1e-4 rad), so that 32 bits, 64 bits or another
    notation of the same numbers make no difference. A person who is not there gives "".
    """
    people = [one for one in record.people if person is None or one.key == person]
    if person is not None and not people:
        return ""
    parts = (
        _hash(part for one in people for part in _box(one)),
        _hash(part for one in people for part in _pose(one)),
        _hash(part for one in people for part in _body(one)),
        _hash(_cameras(record, people)),
        _hash(_picture(record)),
    )
    return "-".join((_VERSION, *parts))


def changed_parts(old: str, new: str) -> tuple[str, ...]:
    """Names of the parts in which two fingerprints differ; all of them for another version."""
    before, after = old.split("-"), new.split("-")
    if len(before) != len(after) or before[0] != after[0]:
        return PARTS
    return tuple(name for name, a, b in zip(PARTS, before[1:], after[1:], strict=True) if a != b)


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=5)
    for part in parts:
        digest.update(len(part).to_bytes(4, "little") + part)
    return digest.hexdigest()


def _rounded(values: ArrayLike, step: float) -> bytes:
    """The values in whole steps; what is not finite has a number of its own."""
    steps = np.rint(np.asarray(values, dtype=np.float64) / step)
    return np.nan_to_num(steps, nan=-(2.0**60), posinf=2.0**61, neginf=-(2.0**61)).astype("<i8").tobytes()


def _text(words: str) -> bytes:
    return words.encode("utf-8", "surrogateescape")


def _box(person: Person) -> Iterator[bytes]:
    yield _text(person.key)
    yield b"" if person.bbox_xywh is None else _rounded(person.bbox_xywh, _PIXELS)


def _pose(person: Person) -> Iterator[bytes]:
    pose = person.pose2d
    if pose is None:
        yield b""
        return
    yield _text(pose.joint_set)
    yield _rounded(pose.keypoints, _PIXELS)


def _body(person: Person) -> Iterator[bytes]:
    """Parameters as files hold them: in the world where they are, else in the camera's frame."""
    smpl = person.smpl_world if person.smpl_world is not None else person.smpl
    if smpl is None:
        yield b"" if person.surface is None else _rounded(person.surface.vertices, _METRES)
        return
    yield _rounded(smpl.pose, _RADIANS)
    yield _rounded(smpl.betas, _RADIANS)
    yield _rounded(smpl.transl, _METRES)


def _cameras(record: Record, people: list[Person]) -> Iterator[bytes]:
    for camera in (record.camera, *(person.camera for person in people)):
        if camera is None:
            yield b""
            continue
        yield _rounded([*camera.focal, *camera.principal_point], _PIXELS)
        yield _rounded([*camera.R.ravel(), *camera.distortion], _UNIT)
        yield _rounded(camera.t, _METRES)


def _picture(record: Record) -> Iterator[bytes]:
    """The annotated size, and the bytes of the file where there is one."""
    yield b"" if record.size is None else _rounded(record.size, 1)
    try:
        yield b"" if record.image_path is None else str(record.image_path.stat().st_size).encode()
    except OSError:
        yield b"missing"


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
        yield StaleVerdict(verdict, "the photo is no longer there")
        return
    current = fingerprint(record, verdict.person)
    if not current:
        yield StaleVerdict(verdict, "the person is no longer there")
    elif verdict.fingerprint and verdict.fingerprint != current:
        changed = changed_parts(verdict.fingerprint, current)
        yield StaleVerdict(verdict, f"changed since: {', '.join(changed)}", changed)
