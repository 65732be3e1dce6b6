"""Annotation files of real size, made up: as large as COCO's and Human3.6M's own, without their data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

PICTURES, PEOPLE = 118_000, 262_000
FRAMES = 1_500_000
SUBJECTS = (1, 5, 6, 7, 8, 9, 11)
CAMERAS = 4
_BATCH = 4096


def write_coco(root: Path, *, pictures: int = PICTURES, people: int = PEOPLE) -> Path:
    """`root` with the layout of MSCOCO: keypoints, outlines, and a fit for every person. The COCO file."""
    rng = np.random.default_rng(1)
    folder = root / "annotations"
    folder.mkdir(parents=True)
    file = folder / "person_keypoints_train2017.json"
    image_of = np.sort(rng.integers(0, pictures, people))[rng.permutation(people)]
    with file.open("wb") as out:
        out.write(
            b'{"info":{"description":"made up","year":2017},"licenses":[{"id":1,"name":"none"}],"images":['
        )
        out.writelines(_joined(_coco_images(pictures)))
        out.write(b'],"annotations":[')
        out.writelines(_joined(_coco_people(image_of, rng)))
        out.write(b'],"categories":[{"id":1,"name":"person"}]}')
    with (folder / "MSCOCO_train_SMPL_NeuralAnnot.json").open("wb") as out:
        out.write(b"{")
        out.writelines(_joined(_fits(people, rng)))
        out.write(b"}")
    return file


def write_human36m(root: Path, *, frames: int = FRAMES, subjects: Sequence[int] = SUBJECTS) -> None:
    """`root` with the layout of Human3.6M: `frames` pictures of all subjects by four cameras."""
    rng = np.random.default_rng(2)
    (root / "annotations").mkdir(parents=True)
    instants = frames // CAMERAS // len(subjects)
    for subject in subjects:
        _write_subject(root / "annotations" / f"Human36M_subject{subject}", subject, instants, rng)


def _coco_images(count: int) -> Iterator[bytes]:
    for number in range(count):
        image = {
            "license": 1,
            "file_name": f"{number:012d}.jpg",
            "coco_url": f"http://images.cocodataset.org/train2017/{number:012d}.jpg",
            "height": 480,
            "width": 640,
            "date_captured": "2013-11-15 02:41:42",
            "id": number,
        }
        yield orjson.dumps(image)


def _coco_people(image_of: NDArray[np.int64], rng: np.random.Generator) -> Iterator[bytes]:
    for rows in _batches(len(image_of)):
        boxes = np.round(rng.uniform((0, 0, 20, 40), (400, 300, 200, 180), (len(rows), 4)), 2).tolist()
        keypoints = np.concatenate(
            [rng.integers(0, 480, (len(rows), 17, 2)), rng.integers(0, 3, (len(rows), 17, 1))], axis=2
        ).reshape(len(rows), 51)
        outlines = np.round(rng.uniform(0, 480, (len(rows), 42)), 2).tolist()
        for row, box, points, outline in zip(rows, boxes, keypoints.tolist(), outlines, strict=True):
            person = {
                "segmentation": [outline],
                "num_keypoints": 17,
                "area": 1234.5,
                "iscrowd": 0,
                "keypoints": points,
                "image_id": int(image_of[row]),
                "bbox": box,
                "category_id": 1,
                "id": 1000 + row,
            }
            yield orjson.dumps(person)


def _fits(count: int, rng: np.random.Generator) -> Iterator[bytes]:
    for rows in _batches(count):
        for row, smpl in zip(rows, _parameters(len(rows), rng), strict=True):
            fit = {"smpl_param": smpl, "cam_param": {"focal": [1234.5, 1234.5], "princpt": [320.25, 240.5]}}
            yield b'"%d":%b' % (1000 + row, orjson.dumps(fit))


def _parameters(count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """SMPL parameters in single precision, written out in full as NeuralAnnot's are."""
    pose = rng.normal(0, 0.3, (count, 72)).astype(np.float32).tolist()
    shape = rng.normal(0, 1, (count, 10)).astype(np.float32).tolist()
    trans = (rng.normal(0, 0.3, (count, 3)) + (0, 0, 5)).astype(np.float32).tolist()
    return [{"pose": p, "shape": s, "trans": t} for p, s, t in zip(pose, shape, trans, strict=True)]


def _write_subject(stem: Path, subject: int, instants: int, rng: np.random.Generator) -> None:
    places = [(2 + number // 4000, 1 + number // 2000 % 2, number % 2000) for number in range(instants)]
    with Path(f"{stem}_data.json").open("wb") as out:
        out.write(b'{"images":[')
        out.writelines(_joined(_views(subject, places)))
        out.write(b'],"annotations":[')
        out.writelines(_joined(_boxes(instants * CAMERAS, rng)))
        out.write(b"]}")
    lens = {"R": np.eye(3).tolist(), "t": [0.0, 0.0, 5000.0], "f": [1145.0, 1144.0], "c": [512.5, 515.5]}
    Path(f"{stem}_camera.json").write_bytes(orjson.dumps({str(k + 1): lens for k in range(CAMERAS)}))
    joints = np.round(rng.normal(0, 500, (instants, 17, 3)), 5)
    _write_nested(Path(f"{stem}_joint_3d.json"), places, joints.tolist())
    _write_nested(Path(f"{stem}_smpl_param.json"), places, _parameters(instants, rng))


def _views(subject: int, places: Sequence[tuple[int, int, int]]) -> Iterator[bytes]:
    number = 0
    for action, subaction, frame in places:
        for camera in range(1, CAMERAS + 1):
            name = f"s_{subject:02d}_act_{action:02d}_subact_{subaction:02d}_ca_{camera:02d}"
            image = {
                "id": number,
                "file_name": f"{name}/{name}_{frame + 1:06d}.jpg",
                "width": 1000,
                "height": 1002,
                "subject": subject,
                "action_name": f"Action {action}",
                "action_idx": action,
                "subaction_idx": subaction,
                "cam_idx": camera,
                "frame_idx": frame,
            }
            yield orjson.dumps(image)
            number += 1


def _boxes(count: int, rng: np.random.Generator) -> Iterator[bytes]:
    for rows in _batches(count):
        boxes = rng.uniform((200, 200, 100, 200), (400, 300, 300, 600), (len(rows), 4)).tolist()
        for row, box in zip(rows, boxes, strict=True):
            yield orjson.dumps({"id": row, "image_id": row, "bbox": box})


def _write_nested(file: Path, places: Sequence[tuple[int, int, int]], values: Sequence[Any]) -> None:
    tree: dict[str, dict[str, dict[str, Any]]] = {}
    for (action, subaction, frame), value in zip(places, values, strict=True):
        tree.setdefault(str(action), {}).setdefault(str(subaction), {})[str(frame)] = value
    file.write_bytes(orjson.dumps(tree))


def _batches(count: int) -> Iterator[range]:
    return (range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))


def _joined(entries: Iterator[bytes]) -> Iterator[bytes]:
    yield next(entries)
    for entry in entries:
        yield b","
        yield entry
