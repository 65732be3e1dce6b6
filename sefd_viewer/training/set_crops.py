"""Training crops of annotated sets: fitted bodies, measured joints, and edges of everyone's mesh."""

from __future__ import annotations

import fnmatch
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.exclude_list import ExcludeList, without
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.datasets.sample import crop_for, smpl30_joints
from sefd_viewer.edges.image_edges import kernel_for_box
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.errors import DatasetError, SefdError
from sefd_viewer.evaluation.photo_truth import TrueBody, true_bodies
from sefd_viewer.geometry import COCO17, SMPL30, Crop, Pose2D, bbox_from_points, crop_rotation, remap
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.geometry.joints import SMPL24
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.render.visibility import DEPTH_INSIDE_BODY, Visibility
from sefd_viewer.training.crop_channels import CHANNELS, Channels, mesh_map, put_pictures
from sefd_viewer.training.crops import (
    LEAST_VISIBLE,
    Rows,
    check_manifest,
    crop_type,
    pose_extent,
    shard_path,
    turned_pose,
    write_shard,
)
from sefd_viewer.training.recipes import SetShare

RECORDS_PER_SHARD = 250
_ANNOTATED = "annotation"
_LEAST_JOINTS = 6
_LOOKED_AT = 200
"""Records among which somebody has a body, or the set is refused."""


def set_crop_type(size: int) -> np.dtype[np.void]:
    """As `crops.crop_type`, with what was measured of a person beside the fitted body.

    `measured_crop` (30, 3) are annotated 2D joints in crop pixels, `measured_joints` (30, 4) annotated 3D
    ones in metres relative to the pelvis, in the crop's frame; the last number is 1 where a joint is
    annotated. `scene` is the record's number in the set.
    """
    measured = [("measured_crop", np.float32, (30, 3)), ("measured_joints", np.float32, (30, 4))]
    return np.dtype([*crop_type(size).descr, *measured])


@dataclass(frozen=True)
class SetSource:
    """An annotated set on disk, and what of it is trained on; `body` is the id of the body that counts."""

    name: str
    root: Path
    share: SetShare
    format: str | None = None
    bodies: tuple[str, ...] = ()
    exclude: ExcludeList | None = None

    def open(self) -> Dataset:
        """The set; raises DatasetError."""
        dataset = open_dataset(self.root, format=self.format, options=ReadOptions(bodies=self.bodies))
        return dataset if self.exclude is None else without(dataset, self.exclude)

    def positions(self, dataset: Dataset) -> list[int]:
        """The records that are trained on: of each sequence every so many frames, by their numbers."""
        only, every = self.share.only, self.share.every
        chosen = [
            position
            for position, key in enumerate(dataset.keys)
            if not only or any(fnmatch.fnmatch(key, one) for one in only)
        ]
        return [position for position in chosen if _frame(dataset, position) % every == 0]


def _frame(dataset: Dataset, position: int) -> int:
    """The number of a record's frame where its moment has one, else its place in the set."""
    moment, _ = dataset.instant(position)
    number = re.search(r"(\d+)\D*$", moment or "")
    return position if number is None else int(number[1])


def make_set_crops(
    folder: Path,
    source: SetSource,
    *,
    size: int,
    channels: Channels = CHANNELS,
    seed: int = 1,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Write the crops of a set into `folder`; what cannot be used is told, a sentence each.

    Shards that exist are kept. Raises DatasetError when nobody has a body that is here, and when `folder`
    holds crops of another set or of other settings.
    """
    dataset = source.open()
    positions = source.positions(dataset)
    body = _body_of(source, dataset, positions)
    excluded = "" if source.exclude is None else _fingerprint(source.exclude)
    made_of = {
        "set": dataset.name,
        "format": dataset.format,
        "records": len(positions),
        "every": source.share.every,
        "only": list(source.share.only),
        "excluded": excluded,
        "body": body.id,
        "size": size,
        "seed": seed,
    }
    check_manifest(folder, made_of | channels.manifest())
    parts = [positions[i : i + RECORDS_PER_SHARD] for i in range(0, len(positions), RECORDS_PER_SHARD)]
    jobs = [
        _Job(folder, source, body.id, number * RECORDS_PER_SHARD, part, size, channels, seed)
        for number, part in enumerate(parts)
        if not shard_path(folder, number * RECORDS_PER_SHARD).exists()
    ]
    told: list[str] = []
    for done, problems in enumerate(_run(jobs, dataset, workers), len(parts) - len(jobs) + 1):
        told += problems
        if progress:
            progress(done, len(parts))
    return told


def _fingerprint(exclude: ExcludeList) -> str:
    """What tells a list of what to leave out from another."""
    people = {record: sorted(found) for record, found in exclude.people.items()}
    told = repr((sorted(exclude.records), sorted(people.items()), exclude.stretches))
    return f"{zlib.crc32(told.encode()):08x}"


def _body_of(source: SetSource, dataset: Dataset, positions: Sequence[int]) -> BodyModel:
    """The body of the first person who has one; SefdError with what is missing."""
    reasons = set()
    catalog = catalog_at(source.bodies)
    for position in positions[:_LOOKED_AT]:
        record = dataset.records[position]
        for person in record.people:
            if person.smpl is None:
                continue
            try:
                body = catalog.get(person.smpl.body_id)
                if body.joint_set == SMPL24:
                    return body
                reasons.add(f"{body.id} has {body.joint_set.count} joints, and networks learn bodies of 24")
            except SefdError as error:
                reasons.add(str(error))
        reasons |= {f"{skipped}" for skipped in record.skipped}
    why = f" ({min(reasons)})" if reasons else ""
    raise DatasetError(
        f"nobody in the first {min(len(positions), _LOOKED_AT)} photos has a usable body{why}",
        where=source.root,
        remedy="Name the SMPL files with --body",
    )


@dataclass(frozen=True)
class _Job:
    """A shard to make."""

    folder: Path
    source: SetSource
    body: str
    start: int
    positions: Sequence[int]
    size: int
    channels: Channels
    seed: int

    def run(self, dataset: Dataset) -> list[str]:
        problems: list[str] = []
        masks, find_body = masks_of(dataset), catalog_at(self.source.bodies).get
        rows: list[Rows] = []
        strange = 0
        for position in self.positions:
            try:
                record = dataset.records[position]
                image = record.load()
                size = (image.shape[1], image.shape[0])
                bodies, others = true_bodies(
                    record, size, find_body, masks, joint_set=COCO17, tolerance=DEPTH_INSIDE_BODY
                )
            except SefdError as error:
                problems.append(str(error))
                continue
            problems += [f"{record.title}: {words}" for words in others]
            ours = {key: one for key, one in bodies.items() if one.body.id == self.body}
            strange += len(bodies) - len(ours)
            rows += record_crops(record, image, ours, position, self.size, self.channels, seed=self.seed)
        if strange:
            first, last = self.positions[0] + 1, self.positions[-1] + 1
            problems.append(
                f"{self.source.name}, photos {first} to {last}: {strange} people of other bodies than "
                f"{self.body} are left out; a network learns one body"
            )
        write_shard(self.folder, self.start, np.array(rows, set_crop_type(self.size)))
        return problems


def _run(jobs: Sequence[_Job], dataset: Dataset, workers: int) -> Iterator[list[str]]:
    if workers <= 1:
        yield from (job.run(dataset) for job in jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_in_process, jobs)


_OPENED: dict[Path, Dataset] = {}


def _in_process(job: _Job) -> list[str]:
    """In a process of a pool, where a set is opened once."""
    cv2.setNumThreads(1)
    root = job.source.root
    if root not in _OPENED:
        _OPENED[root] = job.source.open()
    return job.run(_OPENED[root])


def record_crops(
    record: Record,
    image: NDArray[np.uint8],
    bodies: Mapping[str, TrueBody],
    number: int,
    size: int,
    channels: Channels = CHANNELS,
    *,
    seed: int = 1,
) -> Iterator[Rows]:
    """The crops of everyone in a record whose true body is among `bodies` and is mostly in view."""
    if not bodies:
        return
    extent = (image.shape[1], image.shape[0])
    reference = next(iter(bodies.values())).camera
    edges = mesh_edges(
        [body_before_camera(one.vertices_camera, one.camera, reference) for one in bodies.values()],
        [one.body.faces for one in bodies.values()],
        reference,
        extent,
        channels.mesh_edges,
    )
    pixels = {key: _pixels(one, one.joints_camera) for key, one in bodies.items()}
    for count, (key, one) in enumerate(bodies.items(), start=1):
        rivals = _rivals(key, pixels)
        rng = np.random.default_rng([seed, zlib.crc32(f"{record.key}\0{key}".encode())])
        pose, person = _detected(one, pixels[key], rivals, extent, rng), record.person(key)
        if pose is None or person.smpl is None:  # a surface without parameters teaches nothing
            continue
        try:
            crop = crop_for(pose, extent)
        except SefdError:
            continue
        row = np.zeros((), set_crop_type(size))
        kernel = kernel_for_box(pose.bbox_xywh, channels.image_edges)
        others = [points for other, points in pixels.items() if other != key]
        put_pictures(row, image, crop, mesh_map(edges, channels), channels, kernel, others)
        row["points"], row["rivals"] = crop.points_to_crop(pixels[key]), crop.points_to_crop(rivals)
        row["picture"] = crop.points_to_crop([(-0.5, -0.5), (extent[0] - 0.5, extent[1] - 0.5)])
        _put_truth(row, one, person, person.smpl, crop)
        row["scene"], row["person"] = number, count
        yield row


def _rivals(key: str, pixels: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    own = pixels[key]
    others = [points for other, points in pixels.items() if other != key]
    nearest = min(others, key=lambda one: float(np.linalg.norm(one - own, axis=1).mean()), default=None)
    return np.full_like(own, np.nan) if nearest is None else nearest


def _pixels(body: TrueBody, joints_camera: NDArray[np.floating]) -> NDArray[np.float64]:
    """Joints in the picture; those behind the camera far outside."""
    return np.nan_to_num(body.camera.project_camera(np.asarray(joints_camera, np.float64)), nan=-1e3)


def _detected(
    body: TrueBody,
    pixels: NDArray[np.float64],
    rivals: NDArray[np.float64],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Pose2D | None:
    """The pose that a detector finds, from which the crop is cut; None of people who are hardly seen."""
    states = body.visibility
    inside = states != Visibility.OUTSIDE
    box = bbox_from_points(pixels, inside)
    seen = np.isin(states, (Visibility.VISIBLE, Visibility.SELF_OCCLUDED)).mean()
    if inside.sum() < _LEAST_JOINTS or box is None or seen < LEAST_VISIBLE:
        return None
    found = estimated_keypoints(
        pixels,
        states,
        pose_extent(pixels, inside),
        rng,
        rivals=rivals,
        picture=((-0.5, -0.5), np.array(size) - 0.5),
    )
    return Pose2D(COCO17.name, found, box, 1.0, "estimated")


def _put_truth(row: Rows, body: TrueBody, person: Person, smpl: SmplParameters, crop: Crop) -> None:
    turn = crop_rotation(crop, body.camera).T
    output = body.body.forward(smpl)
    joints = body.body.joints(output.vertices, output.joints, SMPL30)
    row["states"] = body.visibility
    row["extent"] = pose_extent(row["points"], body.visibility != Visibility.OUTSIDE)
    row["pose"], row["betas"] = turned_pose(smpl.pose, turn), smpl.betas
    row["joints"] = (joints - joints[0]) @ turn.T
    row["joints_crop"] = crop.points_to_crop(_pixels(body, joints))
    row["measured_crop"] = _measured_places(person, crop)
    row["measured_joints"] = _measured_joints(person, turn)


def _measured_places(person: Person, crop: Crop) -> NDArray[np.float32]:
    """Annotated 2D joints (30, 3) in crop pixels, 1 where there is one."""
    held = [pose for pose in (person.pose2d, *person.other_poses) if pose is not None]
    pose = next((pose for pose in held if pose.source == _ANNOTATED), None)
    if pose is None:
        return np.zeros((30, 3), np.float32)
    joints = smpl30_joints(pose)
    known = joints[:, 2] > 0
    return np.column_stack([crop.points_to_crop(joints[:, :2]) * known[:, None], known]).astype(np.float32)


def _measured_joints(person: Person, turn: NDArray[np.floating]) -> NDArray[np.float32]:
    """Annotated 3D joints (30, 4) in metres relative to the pelvis, 1 where there is one."""
    if person.joints is None:
        return np.zeros((30, 4), np.float32)
    joints, present = remap(person.joints.points_camera, person.joints.joint_set, SMPL30)
    relative = (joints - joints[SMPL30.index("Pelvis")]) @ turn.T
    known = present & np.isfinite(relative).all(-1)
    return np.column_stack([np.where(known[:, None], relative, 0), known]).astype(np.float32)
