"""Training crops: made once from synthetic scenes, kept on disk in compressed shards, read many times."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.atomic import new_file, write_file
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.datasets.sample import crop_for, warp
from sefd_viewer.datasets.synthetic import Scene, ScenePerson, SceneSettings, generate_scene
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DatasetError, SefdError
from sefd_viewer.geometry import (
    COCO17,
    Crop,
    Pose2D,
    axis_angle_to_matrix,
    bbox_from_points,
    crop_rotation,
    matrix_to_axis_angle,
)
from sefd_viewer.training.corruption import corrupt_keypoints

SCENES_PER_SHARD = 50
LEAST_VISIBLE = 0.3
"""People with a smaller share of visible joints are not trained on."""


@dataclass(frozen=True, eq=False)
class TrainingCrop:
    """One person of a training scene.

    `image` JPEG and `edge` PNG bytes of 256x256 (the edge is the mesh overlap edge); `keypoints` (17, 3)
    COCO in crop pixels with 1 visible, 0.5 hidden, 0 outside the picture; `pose` (72,) axis-angle and
    `joints` (30, 3) metres in the crop's frame (geometry.crop_rotation), the latter relative to the pelvis;
    `joints_crop` (30, 2) crop pixels; `betas` (10,). `scene` is the scene's number and `person` who of its
    people, from 1; -1 in shards that did not note it.
    """

    image: NDArray[np.uint8]
    edge: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    pose: NDArray[np.float32]
    betas: NDArray[np.float32]
    joints: NDArray[np.float32]
    joints_crop: NDArray[np.float32]
    scene: int = -1
    person: int = -1


_NUMBERS = ("keypoints", "pose", "betas", "joints", "joints_crop")
_NAMES = ("scene", "person")


def make_crops(
    folder: Path,
    *,
    seed: int,
    scenes: int,
    settings: SceneSettings | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the crops of the first `scenes` scenes of `seed` as shards into `folder`.

    Shards that exist are kept. Raises DatasetError when `folder` holds crops of other settings.
    """
    settings = settings or SceneSettings()
    _check_manifest(folder, seed, settings)
    starts = range(0, scenes, SCENES_PER_SHARD)
    missing = [s for s in starts if not _shard_path(folder, s).exists()]
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(_make_shard, folder, seed, s, min(s + SCENES_PER_SHARD, scenes), settings)
            for s in missing
        ]
        for done, job in enumerate(as_completed(jobs), len(starts) - len(missing) + 1):
            job.result()
            if progress:
                progress(done, len(starts))


def read_crops(
    folder: Path, *, scenes: int | None = None, exclude: ExcludeList | None = None
) -> list[TrainingCrop]:
    """All crops of `folder` (of its first `scenes` scenes) in a fixed order, still compressed, in memory.

    Without those that `exclude` names: a record whose file name ends with the scene's number, such as
    `augmented_set/000012.jpg`, and where it names a person their number in the scene, from 1.
    """
    paths = sorted(folder.glob("crops_*.npz"))
    if scenes is not None:
        paths = [p for p in paths if int(p.stem.split("_")[1]) < scenes]
    if not paths:
        raise DatasetError("there are no training crops here", where=folder, remedy="Make them first")
    crops = [crop for path in paths for crop in _read_shard(path)]
    return crops if exclude is None else _without(crops, exclude, folder)


def scene_crops(scene: Scene, rng: np.random.Generator) -> Iterator[TrainingCrop]:
    """The training crops of one scene; `rng` decides how the detected box differs from the true one."""
    height, width = scene.image.shape[:2]
    edges = mesh_edges(
        [p.vertices for p in scene.people], scene.body.faces, scene.camera, (width, height), _teacher_edges()
    )
    for number, person in enumerate(scene.people, start=1):
        crop = _detected_crop(person, (width, height), rng)
        if crop is not None:
            yield replace(_training_crop(scene, person, crop, edges.overlap), person=number)


def _teacher_edges() -> EdgeSettings:
    return EdgeSettings(dilation="adaptive")


def _detected_crop(person: ScenePerson, size: tuple[int, int], rng: np.random.Generator) -> Crop | None:
    known = person.keypoints[:, 2] > 0
    box = bbox_from_points(person.keypoints[:, :2], known)
    if person.visible_share < LEAST_VISIBLE or known.sum() < 6 or box is None:
        return None
    found = corrupt_keypoints(person.keypoints, float(np.sqrt(box[2] * box[3])), rng)
    pose = Pose2D(COCO17.name, found, box, 1.0, "synthetic")
    try:
        return crop_for(pose, size)
    except SefdError:
        return None


def _training_crop(
    scene: Scene, person: ScenePerson, crop: Crop, overlap: NDArray[np.float32]
) -> TrainingCrop:
    turn = crop_rotation(crop, scene.camera).T
    pose = person.smpl.pose.copy()
    pose[:3] = matrix_to_axis_angle(turn @ axis_angle_to_matrix(pose[:3].astype(np.float64)))
    pixels = crop.points_to_crop(np.nan_to_num(scene.camera.project_camera(person.joints), nan=-1e3))
    keypoints = person.keypoints.copy()
    keypoints[:, :2] = crop.points_to_crop(keypoints[:, :2])
    edge = np.clip(warp(overlap, crop) * 255 + 0.5, 0, 255).astype(np.uint8)
    return TrainingCrop(
        image=_encode(".jpg", warp(scene.image, crop)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92]),
        edge=_encode(".png", edge, [cv2.IMWRITE_PNG_COMPRESSION, 3]),
        keypoints=keypoints.astype(np.float32),
        pose=pose.astype(np.float32),
        betas=person.smpl.betas.astype(np.float32),
        joints=((person.joints - person.joints[0]) @ turn.T).astype(np.float32),
        joints_crop=pixels.astype(np.float32),
    )


def _encode(kind: str, picture: NDArray[np.uint8], options: list[int]) -> NDArray[np.uint8]:
    _, data = cv2.imencode(kind, picture, options)
    return np.asarray(data, np.uint8).ravel()


def _make_shard(folder: Path, seed: int, start: int, stop: int, settings: SceneSettings) -> None:
    cv2.setNumThreads(1)
    crops: list[TrainingCrop] = []
    for index in range(start, stop):
        rng = np.random.default_rng([seed, index, 1])
        found = scene_crops(generate_scene(seed, index, settings), rng)
        crops += [replace(crop, scene=index) for crop in found]
    arrays = {name: np.stack([getattr(c, name) for c in crops]) for name in (*_NUMBERS, *_NAMES)}
    for name in ("image", "edge"):
        parts = [getattr(c, name) for c in crops]
        arrays[name], arrays[f"{name}_sizes"] = np.concatenate(parts), np.array([len(p) for p in parts])
    path = _shard_path(folder, start)
    with new_file(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def _read_shard(path: Path) -> Iterator[TrainingCrop]:
    with np.load(path) as data:
        arrays = {name: data[name] for name in _NUMBERS}
        names = {name: data[name].tolist() for name in _NAMES if name in data}
        blobs = {n: np.split(data[n], np.cumsum(data[f"{n}_sizes"])[:-1]) for n in ("image", "edge")}
    for i in range(len(arrays["pose"])):
        yield TrainingCrop(
            image=blobs["image"][i],
            edge=blobs["edge"][i],
            **{name: values[i] for name, values in (*arrays.items(), *names.items())},
        )


def _without(crops: list[TrainingCrop], exclude: ExcludeList, folder: Path) -> list[TrainingCrop]:
    if any(crop.scene < 0 for crop in crops):
        raise DatasetError(
            "these training crops do not say which scenes they are of, so none can be left out",
            where=folder,
            remedy="Name another folder, where they are made again",
        )
    scenes = {_scene_number(key) for key in exclude.records}
    people = {(_scene_number(key), name) for key, names in exclude.people.items() for name in names}
    kept = [
        crop for crop in crops if crop.scene not in scenes and (crop.scene, str(crop.person)) not in people
    ]
    if not kept:
        raise DatasetError("nothing is left to train on", where=folder, remedy="Shorten the list")
    return kept


def _scene_number(key: str) -> int | None:
    """The number at the end of a record's file name."""
    digits = re.search(r"([0-9]+)$", PurePosixPath(key).stem)
    return int(digits[1]) if digits else None


def _shard_path(folder: Path, start: int) -> Path:
    return folder / f"crops_{start:07d}.npz"


def _check_manifest(folder: Path, seed: int, settings: SceneSettings) -> None:
    """Write what the crops are made of, or compare with what is written."""
    wanted = {"seed": seed, "settings": json.loads(json.dumps(asdict(settings), default=str))}
    path = folder / "crops.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_file(path, json.dumps(wanted, indent=1).encode())
    elif json.loads(path.read_text(encoding="utf-8")) != wanted:
        raise DatasetError(
            "this folder holds training crops of another seed or other settings",
            where=folder,
            remedy="Choose another one",
        )
