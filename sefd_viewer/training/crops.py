"""Training crops: made once from synthetic scenes, kept as arrays that need no decoding, read many times."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.atomic import new_file, write_file
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.datasets.sample import crop_for
from sefd_viewer.datasets.synthetic import Scene, ScenePerson, SceneSettings, generate_scene
from sefd_viewer.edges.image_edges import kernel_for_box
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.errors import DAMAGED, DatasetError, SefdError
from sefd_viewer.geometry import (
    COCO17,
    Crop,
    Pose2D,
    axis_angle_to_matrix,
    bbox_from_points,
    crop_rotation,
    matrix_to_axis_angle,
)
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.render.visibility import Visibility
from sefd_viewer.training.crop_channels import CHANNELS, Channels, mesh_map, put_pictures

SCENES_PER_SHARD = 250
LEAST_VISIBLE = 0.3
"""People with a smaller share of visible joints are not trained on."""
TRAINING_SCENES = SceneSettings(
    spacing=(0.3, 0.95), truncated=0.3, loose=0.6, harsh=0.25, pose_part="training", lively=0.5
)
"""Crowds within arm's reach, in clothes that stand off, some in bad light."""
Rows = NDArray[np.void]
"""Training crops as a structured array, see `crop_type`."""


def crop_type(size: int) -> np.dtype[np.void]:
    """One person of a training scene, pictures of `size` pixels; places in pixels of the crop at 256 pixels.

    `image` RGB, `image_edge` the student's edges without the picture's border, `mesh_edge` the teacher's;
    COCO `points`, their `states` (Visibility) and `rivals` (the same joints of the nearest person, else nan);
    `picture` its lowest and highest place; `extent` as in `estimated_keypoints`; `pose` axis-angle and
    `joints` metres relative to the pelvis, both in the crop's frame (geometry.crop_rotation); `joints_crop`
    the thirty joints; the scene's number and the person's in it from 1.
    """
    return np.dtype(
        [
            ("image", np.uint8, (size, size, 3)),
            ("image_edge", np.uint8, (size, size)),
            ("mesh_edge", np.uint8, (size, size)),
            ("points", np.float32, (17, 2)),
            ("states", np.uint8, 17),
            ("rivals", np.float32, (17, 2)),
            ("picture", np.float32, (2, 2)),
            ("extent", np.float32),
            ("pose", np.float32, 72),
            ("betas", np.float32, 10),
            ("joints", np.float32, (30, 3)),
            ("joints_crop", np.float32, (30, 2)),
            ("scene", np.int32),
            ("person", np.int32),
        ]
    )


class CropSet:
    """Crops in several files, mapped into memory, in a fixed order."""

    def __init__(self, shards: Sequence[Rows], chosen: NDArray[np.integer]) -> None:
        self._shards, self._chosen = shards, chosen
        self._starts = np.cumsum([0, *(len(shard) for shard in shards)])

    def __len__(self) -> int:
        return len(self._chosen)

    def rows(self, indices: NDArray[np.integer]) -> Rows:
        """The crops (N,) of these numbers, in memory."""
        places = self._chosen[indices]
        shards = np.searchsorted(self._starts, places, side="right") - 1
        rows = np.empty(len(places), self._shards[0].dtype)
        for i, (shard, place) in enumerate(zip(shards, places, strict=True)):
            rows[i] = self._shards[shard][place - self._starts[shard]]
        return rows

    def draw(self, rng: np.random.Generator, size: int) -> list[Rows]:
        """So many of them at random, with repetition."""
        return [self.rows(np.sort(rng.integers(len(self), size=size)))]

    def split(self, held_out: int) -> tuple[CropSet, CropSet]:
        """Without the first `held_out` crops (a fifth at most), and those alone; they stay as a set grows."""
        first = min(held_out, len(self) // 5)
        return CropSet(self._shards, self._chosen[first:]), CropSet(self._shards, self._chosen[:first])


def make_crops(
    folder: Path,
    *,
    seed: int,
    scenes: int,
    settings: SceneSettings | None = None,
    size: int = 128,
    channels: Channels = CHANNELS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the crops of the first `scenes` scenes of `seed` as shards into `folder`.

    Shards that exist are kept. Raises DatasetError when `folder` holds crops of other settings.
    """
    settings = settings or SceneSettings()
    made_of = {"seed": seed, "size": size, "settings": asdict(settings)}
    check_manifest(folder, made_of | channels.manifest())
    starts = range(0, scenes, SCENES_PER_SHARD)
    missing = [s for s in starts if not shard_path(folder, s).exists()]
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(
                _make_shard,
                folder,
                seed,
                range(s, min(s + SCENES_PER_SHARD, scenes)),
                settings,
                size,
                channels,
            )
            for s in missing
        ]
        for done, job in enumerate(as_completed(jobs), len(starts) - len(missing) + 1):
            job.result()
            if progress:
                progress(done, len(starts))


def open_crops(folder: Path, *, scenes: int | None = None, exclude: ExcludeList | None = None) -> CropSet:
    """All crops of `folder` that are there by now (of its first `scenes` scenes) in a fixed order.

    Without those that `exclude` names: a record whose file name ends with the scene's number, such as
    `augmented_set/000012.jpg`, and where it names a person their number in the scene, from 1.
    """
    paths = sorted(folder.glob("crops_*.npy"))
    if scenes is not None:
        paths = [path for path in paths if int(path.stem.split("_")[1]) < scenes]
    if not paths:
        raise DatasetError("there are no training crops here", where=folder, remedy="Make them first")
    shards = [_shard(path) for path in paths]
    names = np.concatenate([np.column_stack([shard["scene"], shard["person"]]) for shard in shards])
    kept = np.arange(len(names)) if exclude is None else _without(names, exclude)
    if not len(kept):
        raise DatasetError("nothing is left to train on", where=folder, remedy="Shorten the list")
    return CropSet(shards, kept)


def _shard(path: Path) -> Rows:
    try:
        shard: Rows = np.load(path, mmap_mode="r")
        if not {"scene", "person"} <= set(shard.dtype.names or ()):
            raise ValueError("it holds no crops")
    except Exception as error:  # NumPy raises whatever a damaged file leads it to
        remedy = "Remove it: it is made again"
        raise DatasetError(f"these crops cannot be read ({error})", where=path, remedy=remedy) from error
    return shard


def body_of(folder: Path) -> str | None:
    """The id of the body that an annotated set's crops are of; None for synthetic ones, of the open one."""
    path = folder / "crops.json"
    body: str | None = _made_of(path).get("body") if path.exists() else None
    return body


def _made_of(path: Path) -> dict[str, Any]:
    try:
        made_of: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, *DAMAGED) as error:
        remedy = "Make the crops again in another folder"
        words = f"what these crops are made of cannot be read ({error})"
        raise DatasetError(words, where=path, remedy=remedy) from error
    return made_of


def scene_crops(
    scene: Scene,
    rng: np.random.Generator,
    *,
    size: int = 128,
    number: int = 0,
    channels: Channels = CHANNELS,
) -> Iterator[Rows]:
    """The training crops of scene `number`; `rng` decides how the detected box differs from the true one."""
    height, width = scene.image.shape[:2]
    edges = mesh_edges(
        [p.vertices for p in scene.people],
        scene.body.faces,
        scene.camera,
        (width, height),
        channels.mesh_edges,
    )
    for name, person in enumerate(scene.people, start=1):
        pose = _detected(person, (width, height), rng)
        crop = None if pose is None else _crop_of(pose, (width, height))
        if pose is not None and crop is not None:
            row = np.zeros((), crop_type(size))
            kernel = kernel_for_box(pose.bbox_xywh, channels.image_edges)
            others = [one.keypoints[:, :2] for one in scene.people if one is not person]
            put_pictures(row, scene.image, crop, mesh_map(edges, channels), channels, kernel, others)
            _put_numbers(row, scene, person, crop)
            row["scene"], row["person"] = number, name
            yield row


def _detected(person: ScenePerson, size: tuple[int, int], rng: np.random.Generator) -> Pose2D | None:
    known = person.keypoints[:, 2] > 0
    box = bbox_from_points(person.keypoints[:, :2], known)
    if person.visible_share < LEAST_VISIBLE or known.sum() < 6 or box is None:
        return None
    found = estimated_keypoints(
        person.keypoints[:, :2],
        person.states,
        pose_extent(person.keypoints[:, :2], known),
        rng,
        rivals=person.rivals,
        picture=((-0.5, -0.5), np.array(size) - 0.5),
    )
    return Pose2D(COCO17.name, found, box, 1.0, "synthetic")


def _crop_of(pose: Pose2D, size: tuple[int, int]) -> Crop | None:
    try:
        return crop_for(pose, size)
    except SefdError:
        return None


def pose_extent(points: NDArray[np.floating], inside: NDArray[np.bool_]) -> float:
    """A person's size for `estimated_keypoints`: the side of a square as large as the joints' box."""
    spans = np.ptp(points[inside], axis=0) + 1.0
    return float(np.sqrt(spans[0] * spans[1]))


def _put_numbers(row: Rows, scene: Scene, person: ScenePerson, crop: Crop) -> None:
    turn = crop_rotation(crop, scene.camera).T
    height, width = scene.image.shape[:2]
    points, states = crop.points_to_crop(person.keypoints[:, :2]), person.states
    row["points"], row["states"] = points, states
    row["rivals"] = crop.points_to_crop(person.rivals)
    row["picture"] = crop.points_to_crop([(-0.5, -0.5), (width - 0.5, height - 0.5)])
    row["extent"] = pose_extent(points, states != Visibility.OUTSIDE)
    row["pose"], row["betas"] = turned_pose(person.smpl.pose, turn), person.smpl.betas
    row["joints"] = (person.joints - person.joints[0]) @ turn.T
    row["joints_crop"] = crop.points_to_crop(
        np.nan_to_num(scene.camera.project_camera(person.joints), nan=-1e3)
    )


def turned_pose(pose: NDArray[np.floating], turn: NDArray[np.floating]) -> NDArray[np.float32]:
    """A pose (72,) whose root is turned into another frame."""
    turned = np.array(pose, np.float64)
    turned[:3] = matrix_to_axis_angle(turn @ axis_angle_to_matrix(turned[:3]))
    return turned.astype(np.float32)


def _make_shard(
    folder: Path, seed: int, scenes: range, settings: SceneSettings, size: int, channels: Channels
) -> None:
    cv2.setNumThreads(1)
    rows = [
        row
        for index in scenes
        for row in scene_crops(
            generate_scene(seed, index, settings),
            np.random.default_rng([seed, index, 1]),
            size=size,
            number=index,
            channels=channels,
        )
    ]
    write_shard(folder, scenes.start, np.array(rows, crop_type(size)))


def write_shard(folder: Path, start: int, rows: Rows) -> None:
    """Write the crops of a shard; the file appears when it is whole."""
    with new_file(shard_path(folder, start)) as part, part.open("wb") as stream:
        np.save(stream, rows)


def _without(names: NDArray[np.integer], exclude: ExcludeList) -> NDArray[np.integer]:
    """The rows (N,) of scene and person that the list does not name."""
    scenes = {_scene_number(key) for key in exclude.records}
    people = {(_scene_number(key), name) for key, listed in exclude.people.items() for name in listed}
    return np.array(
        [
            row
            for row, (scene, person) in enumerate(names.tolist())
            if scene not in scenes and (scene, str(person)) not in people
        ],
        int,
    )


def _scene_number(key: str) -> int | None:
    """The number at the end of a record's file name."""
    digits = re.search(r"([0-9]+)$", PurePosixPath(key).stem)
    return int(digits[1]) if digits else None


def shard_path(folder: Path, start: int) -> Path:
    """The file of the crops from scene or record `start` on."""
    return folder / f"crops_{start:07d}.npy"


def check_manifest(folder: Path, made_of: dict[str, object]) -> None:
    """Write what the crops are made of, or compare with what is written."""
    wanted = json.loads(json.dumps(made_of, default=str))
    path = folder / "crops.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_file(path, json.dumps(wanted, indent=1).encode())
        return
    known = _made_of(path)
    if known != wanted:
        others = [name for name in known | wanted if known.get(name) != wanted.get(name)]
        differences = "; ".join(f"{name} {known.get(name)}, not {wanted.get(name)}" for name in others)
        raise DatasetError(
            f"this folder holds training crops that were made with other settings: {differences}",
            where=folder,
            remedy="Choose another one",
        )
