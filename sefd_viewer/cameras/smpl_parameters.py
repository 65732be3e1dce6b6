"""SMPL parameters in each camera's frame, as files for training.

For each subject a JSON file in the layout of NeuralAnnot and 3DCrowdNet, {annotation id: {smpl_param: {pose,
shape, trans}, cam_param: {focal, princpt}}}; for each sequence and camera an NPZ file with AMASS's names.
Lengths are metres and the frame is the camera's: with R = I and t = 0 bodies lie on the picture.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from sefd_viewer.atomic import new_folder
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.extrinsic_modes import into_camera
from sefd_viewer.cameras.people_check import subject_of
from sefd_viewer.cameras.renders.pictures import safe_name
from sefd_viewer.cameras.renders.rendering import sequences_of
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import BodyError, DatasetError, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode

Progress = Callable[[int, int], None]
FindBody = Callable[[str], BodyModel]

_WITH_IDS = frozenset({"human36m", "mscoco", "mpii", "crowdpose", "ochuman", "muco", "mupots", "3dpw"})
"""Formats whose people have ids of their own in the whole file."""

_SMPL, _SMPLH = 72, 156
"""Numbers in SMPL's pose, and AMASS's width: root, 21 joints, and 30 of the fingers, which SMPL has not."""


@dataclass
class Written:
    """How many bodies and files were written; `left_out` says by reason how many people have none."""

    bodies: int = 0
    files: int = 0
    shapes_vary: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _InCamera:
    """A body in the frame of `camera`."""

    record: Record
    key: str
    smpl: SmplParameters
    camera: PinholeCamera


def write_camera_parameters(
    dataset: Dataset,
    out: Path,
    find_body: FindBody,
    *,
    mode: ExtrinsicMode = "exact",
    rate: float = 50.0,
    progress: Progress = lambda _done, _total: None,
) -> Written:
    """Write everybody's parameters, brought before their cameras by `mode`, into the new folder `out`.

    Bodies that are stored in a camera's frame stay as they are. `rate` is in frames a second, of frames
    numbered one by one. Raises DatasetError where nobody has a body, and where ids repeat.
    """
    written = Written()
    with new_folder(out) as folder, ExitStack() as opened:
        files: dict[str, _People] = {}
        done = 0
        for sequence, positions in sequences_of(dataset).items():
            found: dict[str, list[_InCamera]] = {}
            for position in positions:
                record = dataset.records[position]
                for one in _bodies(record, find_body, mode, written):
                    subject = subject_of(record)
                    if subject not in files:
                        files[subject] = opened.enter_context(_People(folder / _json_name(dataset, subject)))
                    files[subject].add(_id_of(dataset, one), one)
                    found.setdefault(record.view or "", []).append(one)
                done += 1
                progress(done, len(dataset.records))
            for (view, person), bodies in _motions(found).items():
                name = safe_name("_".join(filter(None, (sequence, view, person))))
                varies = _write_motion(folder / "amass" / f"{name}_poses.npz", bodies, mode, rate)
                written.shapes_vary += varies
                written.files += 1
        if not written.bodies:
            raise DatasetError(
                "nobody here has a body that can be brought in front of a camera",
                where=dataset.root,
                remedy="Choose a set with true bodies and cameras",
            )
        written.files += len(files)
    return written


def _bodies(
    record: Record, find_body: FindBody, mode: ExtrinsicMode, written: Written
) -> Iterator[_InCamera]:
    for skipped in record.skipped:
        _leave_out(written, skipped.reason.value)
    for person in record.people:
        camera = person.camera or record.camera
        if camera is None or (person.smpl is None and person.smpl_world is None):
            continue
        try:
            smpl = _in_camera(person, camera, find_body, mode)
            if len(smpl.pose) != _SMPL:
                remedy = "`sefd-viewer convert ROOT OUT --to amass` writes those of every body"
                raise BodyError(f"this is the layout of SMPL, not of {smpl.body_id}", remedy=remedy)
        except SefdError as error:
            _leave_out(written, str(error))
            continue
        written.bodies += 1
        yield _InCamera(record, person.key, smpl, camera)


def _in_camera(
    person: Person, camera: PinholeCamera, find_body: FindBody, mode: ExtrinsicMode
) -> SmplParameters:
    if person.smpl_world is None:
        assert person.smpl is not None
        return person.smpl
    return into_camera(person.smpl_world, camera, find_body(person.smpl_world.body_id), mode=mode)


def _leave_out(written: Written, reason: str) -> None:
    written.left_out[reason] = written.left_out.get(reason, 0) + 1


def _json_name(dataset: Dataset, subject: str) -> str:
    number = re.fullmatch(r"S(\d+)", subject)
    name = (
        f"Human36M_subject{number[1]}" if number else safe_name(dataset.name if subject == "all" else subject)
    )
    return f"{name}_smpl_param_camera.json"


class _People:
    """A file of people by annotation id, written as they come; a context manager."""

    def __init__(self, path: Path) -> None:
        self._path, self._ids = path, set[str]()
        self._file: IO[bytes] = path.open("wb")

    def __enter__(self) -> _People:
        self._file.write(b"{")
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.write(b"\n}\n")
        self._file.close()

    def add(self, id: str, one: _InCamera) -> None:
        """Write a person; raises DatasetError for an id that is there already."""
        if id in self._ids:
            raise DatasetError(
                f"the annotation id {id} occurs twice",
                where=one.record.key,
                remedy="Ids have to differ within a subject",
            )
        entry = {
            "smpl_param": {"pose": one.smpl.pose, "shape": one.smpl.betas, "trans": one.smpl.transl},
            "cam_param": {"focal": one.camera.focal, "princpt": one.camera.principal_point},
        }
        start = b",\n" if self._ids else b"\n"
        self._ids.add(id)
        line = orjson.dumps({id: entry}, option=orjson.OPT_SERIALIZE_NUMPY)
        self._file.write(start + line[1:-1])


def _id_of(dataset: Dataset, one: _InCamera) -> str:
    """The annotation's id; where a set has none, the record's and the person's key."""
    return one.key if dataset.format in _WITH_IDS else f"{one.record.key}#{one.key}"


def _motions(found: Mapping[str, Sequence[_InCamera]]) -> dict[tuple[str, str], list[_InCamera]]:
    """The bodies of each view by person; none for pictures that are no frames of the same people.

    Where no picture shows two, it is one person, whatever the ids are.
    """
    motions: dict[tuple[str, str], list[_InCamera]] = {}
    for view, bodies in found.items():
        alone = len({one.record.key for one in bodies}) == len(bodies)
        for one in bodies:
            motions.setdefault((view, "" if alone else one.key), []).append(one)
    return {key: bodies for key, bodies in motions.items() if not key[1] or len(bodies) > 1}


def _write_motion(path: Path, bodies: Sequence[_InCamera], mode: ExtrinsicMode, rate: float) -> bool:
    """Write a person before one camera with AMASS's names; returns whether the shape varies."""
    pose = np.array([one.smpl.pose for one in bodies], np.float64)
    poses = np.zeros((len(bodies), _SMPLH))
    poses[:, :66] = pose[:, :66]
    shapes = np.array([one.smpl.betas for one in bodies], np.float64)
    frames = np.array([_frame(one.record, number) for number, one in enumerate(bodies)])
    step = int(np.median(np.diff(frames))) if len(frames) > 1 else 1
    varies = bool(np.ptp(shapes, axis=0).max() > 1e-4)
    content: Mapping[str, Any] = {
        "trans": np.array([one.smpl.transl for one in bodies], np.float64),
        "poses": poses,
        "betas": np.concatenate([np.median(shapes, axis=0), np.zeros(6)]),
        "gender": np.array(_gender(bodies[0].smpl.body_id)),
        "mocap_framerate": np.array(rate / max(step, 1)),
        "dmpls": np.zeros((len(bodies), 8)),
        "smpl_pose": pose,
        "smpl_betas": shapes,
        "frame_idx": frames,
        "names": np.array([one.record.key for one in bodies]),
        "focal": bodies[0].camera.focal,
        "princpt": bodies[0].camera.principal_point,
        "coordinates": np.array(f"camera ({mode}); x right, y down, z forward; metres"),
    }
    path.parent.mkdir(exist_ok=True)
    file = io.BytesIO()
    np.savez_compressed(file, **content)
    path.write_bytes(file.getvalue())
    return varies


def _frame(record: Record, number: int) -> int:
    found = re.search(r"(\d+)\D*$", record.moment or "")
    return int(found.group(1)) if found else number


def _gender(body_id: str) -> str:
    return next((word for word in ("female", "male") if word in body_id.split("-")), "neutral")
