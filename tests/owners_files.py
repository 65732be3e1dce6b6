"""Files as their owners have them, in the published layouts, written with numpy, pickle and torch alone."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

PARENTS = (0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
_JOINTS = np.array(
    [
        *((0.0, -0.2, 0.0), (0.06, -0.3, 0.0), (-0.06, -0.3, 0.0), (0.0, -0.1, 0.0)),
        *((0.1, -0.7, 0.0), (-0.1, -0.7, 0.0), (0.0, 0.0, 0.0), (0.09, -1.1, 0.0)),
        *((-0.09, -1.1, 0.0), (0.0, 0.05, 0.0), (0.1, -1.15, 0.1), (-0.1, -1.15, 0.1)),
        *((0.0, 0.25, 0.0), (0.08, 0.2, 0.0), (-0.08, 0.2, 0.0), (0.0, 0.35, 0.0)),
        *((0.17, 0.22, 0.0), (-0.17, 0.22, 0.0), (0.43, 0.21, 0.0), (-0.43, 0.21, 0.0)),
        *((0.68, 0.22, 0.0), (-0.68, 0.22, 0.0), (0.76, 0.21, 0.0), (-0.76, 0.21, 0.0)),
    ]
)


def smpl_arrays(seed: int = 0, *, shapes: int = 10, scale: float = 1.0, joints: int = 24) -> dict[str, Any]:
    """The arrays of an SMPL file (another body's with more joints): points around a skeleton, the first of
    each joint on it."""
    rng = np.random.default_rng(seed)
    places = (
        np.concatenate([_JOINTS, np.repeat(_JOINTS[20:22], (joints - 24 + 1) // 2, axis=0)])[:joints] * scale
    )
    owner = rng.integers(0, joints, 6890)
    owner[:joints] = np.arange(joints)
    template = places[owner] + rng.normal(scale=0.04, size=(6890, 3)) * (np.arange(6890) >= joints)[:, None]
    parents = np.array([2**32 - 1, *PARENTS[1:], *(20 for _ in range(joints - 24))], np.uint32)
    return {
        "v_template": template,
        "shapedirs": rng.normal(scale=1e-3, size=(6890, 3, shapes)),
        "posedirs": rng.normal(scale=1e-4, size=(6890, 3, 9 * (joints - 1))),
        "J_regressor": np.eye(joints, 6890),
        "weights": np.eye(joints)[owner],
        "kintree_table": np.stack([parents, np.arange(joints, dtype=np.uint32)]),
        "f": np.random.default_rng(0).integers(0, 6890, (400, 3)).astype(np.uint32),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


@cache
def expressive_arrays(family: str, seed: int = 0) -> dict[str, Any]:
    """The arrays of a file of `smplh` or `smplx` as their sites give it: random points, hands, and a face."""
    rng = np.random.default_rng(seed)
    face = [15, 15, 15] if family == "smplx" else []
    first = 22 + len(face)
    fingers = [20 + f // 5 if step == 0 else first + 3 * f + step - 1 for f in range(10) for step in range(3)]
    parents = np.array([2**32 - 1, *PARENTS[1:22], *face, *fingers], np.uint32)
    joints, count = len(parents), 10475 if family == "smplx" else 6890
    regressor = rng.random((joints, count)) * (rng.random((joints, count)) < 0.01)
    weights = rng.random((count, joints)) * (rng.random((count, joints)) < 0.1) + 1e-3
    arrays = {
        "v_template": rng.normal(scale=0.4, size=(count, 3)),
        "shapedirs": rng.normal(scale=1e-2, size=(count, 3, 400 if family == "smplx" else 10)),
        "posedirs": rng.normal(scale=1e-3, size=(count, 3, 9 * (joints - 1))).astype(np.float32),
        "J_regressor": regressor / regressor.sum(axis=1, keepdims=True),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": np.stack([parents, np.arange(joints, dtype=np.uint32)]),
        "f": rng.integers(0, count, (400, 3)).astype(np.uint32),
    }
    for side in "lr":
        arrays[f"hands_mean{side}"] = rng.normal(scale=0.2, size=45)
        arrays[f"hands_components{side}"] = np.linalg.qr(rng.normal(size=(45, 45)))[0]
    if family == "smplx":
        arrays |= {
            "lmk_faces_idx": rng.integers(0, 400, 51),
            "lmk_bary_coords": np.full((51, 3), 1 / 3),
            "dynamic_lmk_faces_idx": np.zeros((79, 17), np.int64),
            "dynamic_lmk_bary_coords": np.full((79, 17, 3), 1 / 3),
            "joint2num": np.array({"Pelvis": 0, "L_Hip": 1}, dtype=object),
        }
    return arrays


def write_body(path: Path, arrays: Mapping[str, Any]) -> Path:
    """A body file, as pickle of Python 2's protocol or as .npz by its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        path.write_bytes(pickle.dumps(dict(arrays), protocol=2))
    return path


def write_checkpoint(
    path: Path, role: str, *, distilled: bool = False, body: Mapping[str, Any] | None = None, seed: int = 0
) -> Path:
    """A released checkpoint with seeded weights: epoch, network (names with `module.`) and optimizer.

    A `distilled` student carries its teacher's backbone and pose2feat along; the arrays of `body` are saved
    as the buffers of its SMPL layer, which every checkpoint of the release has.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    channels = 3 if role == "baseline" else 4
    network = {f"module.{name}": tensor for name, tensor in _network(channels, generator)}
    if distilled:
        teacher = (*_backbone(4, generator), *_pose2feat(generator))
        network |= {f"module.smpl_overlap_backbone.module.{name}": tensor for name, tensor in teacher}
    if body is not None:
        network |= {f"module.human_model_layer.th_{name}": tensor for name, tensor in _smpl_layer(body)}
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))]).state_dict()
    torch.save({"epoch": 13, "network": network, "optimizer": optimizer}, path)
    return path


def _network(channels: int, generator: Any) -> Iterator[tuple[str, Tensor]]:
    yield from _backbone(channels, generator)
    yield from _pose2feat(generator)
    yield from _layer("position_net.conv.0", (120, 2048, 1, 1), generator)
    for joint in range(15):
        yield from _graph("rotation_net.graph_block.0", joint, 2052, generator)
        for block in range(1, 5):
            for half in (1, 2):
                place = f"rotation_net.graph_block.{block}.graph_block{half}"
                yield from _graph(place, joint, 128, generator)
    for head, size in (("root_pose_out", 6), ("pose_out", 32), ("shape_out", 10), ("cam_out", 3)):
        yield from _layer(f"rotation_net.{head}.0", (size, 1920), generator)
    vposer = "vposer.vposer.bodyprior"
    yield from _norm(f"{vposer}_enc_bn1", 63)
    yield from _norm(f"{vposer}_enc_bn2", 512)
    sizes = {"enc_fc1": (512, 63), "enc_fc2": (512, 512), "enc_mu": (32, 512), "enc_logvar": (32, 512)}
    sizes |= {"dec_fc1": (512, 32), "dec_fc2": (512, 512), "dec_out": (126, 512)}
    for name, size in sizes.items():
        yield from _layer(f"{vposer}_{name}", size, generator)


def _backbone(channels: int, generator: Any) -> Iterator[tuple[str, Tensor]]:
    """ResNet-50 without its classifier."""
    yield from _layer("backbone.conv1", (64, channels, 7, 7), generator, bias=False)
    yield from _norm("backbone.bn1", 64)
    before = 64
    for stage, (width, blocks) in enumerate(zip((64, 128, 256, 512), (3, 4, 6, 3), strict=True), start=1):
        for block in range(blocks):
            place = f"backbone.layer{stage}.{block}"
            for number, shape in enumerate(
                ((width, before, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)), start=1
            ):
                yield from _layer(f"{place}.conv{number}", shape, generator, bias=False)
                yield from _norm(f"{place}.bn{number}", shape[0])
            if block == 0:
                yield from _layer(f"{place}.downsample.0", (4 * width, before, 1, 1), generator, bias=False)
                yield from _norm(f"{place}.downsample.1", 4 * width)
            before = 4 * width


def _pose2feat(generator: Any) -> Iterator[tuple[str, Tensor]]:
    yield from _layer("pose2feat.conv.0", (64, 94, 3, 3), generator)
    yield from _norm("pose2feat.conv.1", 64)


def _graph(place: str, joint: int, before: int, generator: Any) -> Iterator[tuple[str, Tensor]]:
    yield from _layer(f"{place}.fcbn_list.{joint}.0", (128, before), generator)
    yield from _norm(f"{place}.fcbn_list.{joint}.1", 128)


def _layer(
    name: str, shape: tuple[int, ...], generator: Any, *, bias: bool = True
) -> Iterator[tuple[str, Tensor]]:
    import torch

    fan_in = int(np.prod(shape[1:]))
    yield f"{name}.weight", torch.randn(shape, generator=generator) * (1 / fan_in) ** 0.5
    if bias:
        yield f"{name}.bias", torch.randn(shape[0], generator=generator) * 0.01


def _norm(name: str, size: int) -> Iterator[tuple[str, Tensor]]:
    import torch

    yield f"{name}.weight", torch.ones(size)
    yield f"{name}.bias", torch.zeros(size)
    yield f"{name}.running_mean", torch.zeros(size)
    yield f"{name}.running_var", torch.ones(size)
    yield f"{name}.num_batches_tracked", torch.tensor(1)


def _smpl_layer(body: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    import torch

    yield "betas", torch.zeros(1, 10)
    yield "shapedirs", torch.tensor(body["shapedirs"][:, :, :10], dtype=torch.float32)
    yield "posedirs", torch.tensor(body["posedirs"], dtype=torch.float32)
    yield "v_template", torch.tensor(body["v_template"], dtype=torch.float32)[None]
    yield "J_regressor", torch.tensor(body["J_regressor"], dtype=torch.float32)
    yield "weights", torch.tensor(body["weights"], dtype=torch.float32)
    yield "faces", torch.tensor(body["f"].astype(np.int64))


def standing(count: int = 17) -> NDArray[np.float32]:
    """COCO's 17 or OpenPose's 18 keypoints (J, 3) of somebody standing in a 320 x 240 picture."""
    coco = {
        "Nose": (160, 50),
        "L_Eye": (164, 46),
        "R_Eye": (156, 46),
        "L_Ear": (169, 49),
        "R_Ear": (151, 49),
        "L_Shoulder": (180, 76),
        "R_Shoulder": (140, 76),
        "L_Elbow": (188, 104),
        "R_Elbow": (132, 104),
        "L_Wrist": (192, 130),
        "R_Wrist": (128, 130),
        "L_Hip": (171, 132),
        "R_Hip": (149, 132),
        "L_Knee": (173, 170),
        "R_Knee": (147, 170),
        "L_Ankle": (174, 206),
        "R_Ankle": (146, 206),
    }
    openpose = (
        "Nose",
        "Neck",
        "R_Shoulder",
        "R_Elbow",
        "R_Wrist",
        "L_Shoulder",
        "L_Elbow",
        "L_Wrist",
        "R_Hip",
    )
    openpose += ("R_Knee", "R_Ankle", "L_Hip", "L_Knee", "L_Ankle", "R_Eye", "L_Eye", "R_Ear", "L_Ear")
    places = {**coco, "Neck": (160, 76)}
    names = tuple(coco) if count == 17 else openpose
    return np.array([(*places[name], 0.9) for name in names], np.float32)


def upright(root: Sequence[float] = (0, 0, 0)) -> list[float]:
    """A pose (72,) that stands upright in a camera's frame."""
    return [np.pi + root[0], root[1], root[2], *([0.0] * 69)]


def picture(path: Path, size: tuple[int, int] = (320, 240), seed: int = 0) -> Path:
    """A grey photo with some noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(90, 160, (size[1], size[0], 3), np.uint8)
    assert cv2.imwrite(str(path), cv2.GaussianBlur(noise, (0, 0), 2))
    return path


def mscoco_set(root: Path, *, shapes: Sequence[Sequence[float]] = ((0.0,) * 10,)) -> Path:
    """MSCOCO with NeuralAnnot's parameters: a picture and a person for each shape."""
    images, annotations, fits = [], [], {}
    for number, shape in enumerate(shapes, start=1):
        name = f"{number:012}.jpg"
        picture(root / "images" / "train2017" / name, seed=number)
        images.append({"id": number, "file_name": name, "width": 320, "height": 240})
        seen = np.column_stack([standing()[:, :2], np.full(17, 2)])
        annotations.append(
            {
                "id": 100 + number,
                "image_id": number,
                "category_id": 1,
                "iscrowd": 0,
                "num_keypoints": 17,
                "keypoints": seen.ravel().tolist(),
                "bbox": [120, 40, 80, 172],
                "area": 7000.0,
            }
        )
        fits[str(100 + number)] = {
            "smpl_param": {"pose": upright(), "shape": list(shape), "trans": [0.0, 0.2, 3.0]},
            "cam_param": {"focal": [300.0, 300.0], "princpt": [160.0, 120.0]},
        }
    folder = root / "annotations"
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
    (folder / "person_keypoints_train2017.json").write_text(json.dumps(whole))
    (folder / "MSCOCO_train_SMPL_NeuralAnnot.json").write_text(json.dumps(fits))
    return root


def threedpw_sequences(root: Path, name: str = "downtown_walking_00", frames: int = 2) -> Path:
    """3DPW as downloaded: sequenceFiles/test/NAME.pkl with a woman and a man, and the pictures."""
    for frame in range(frames):
        picture(root / "imageFiles" / name / f"image_{frame:05}.jpg", seed=frame)
    left, right = standing(18), standing(18)
    left[:, 0] -= 60
    right[:, 0] += 60
    places = np.array([-0.6, 0.2, 3.0]), np.array([0.6, 0.2, 3.0])
    joints = np.zeros((frames, 72)), np.zeros((frames, 72))
    for person, place in zip(joints, places, strict=True):
        person[:] = (_JOINTS * [1, -1, -1] + place).ravel()
    sequence = {
        "sequence": name,
        "poses": [np.tile(upright(), (frames, 1)) for _ in range(2)],
        "betas": [np.zeros(10), np.full(10, 0.2)],
        "trans": [np.tile(place, (frames, 1)) for place in places],
        "poses2d": [np.tile(pose.T, (frames, 1, 1)).astype(np.float64) for pose in (left, right)],
        "jointPositions": list(joints),
        "cam_intrinsics": np.array([[300.0, 0, 160], [0, 300, 120], [0, 0, 1]]),
        "cam_poses": np.tile(np.eye(4), (frames, 1, 1)),
        "campose_valid": [np.ones(frames, np.int64) for _ in range(2)],
        "genders": ["f", "m"],
        "img_frame_ids": np.arange(frames),
    }
    file = root / "sequenceFiles" / "test" / f"{name}.pkl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(sequence, protocol=2))
    return root


def mupots_set(root: Path, frames: int = 2) -> Path:
    """MuPoTS-3D in COCO's shape (millimetres), one person a picture, with both detectors' poses."""
    images, annotations, openpose, hhrnet = [], [], {}, {}
    order = (29, 12, 17, 19, 21, 16, 18, 20, 2, 5, 8, 1, 4, 7, 0, 6, 15)
    joints = np.concatenate([_JOINTS, np.zeros((5, 3)), [[0, 0.5, 0]]])[list(order)]
    camera = joints * [1, -1, -1] * 1000 + [0, 200, 3000]
    pixels = camera[:, :2] / camera[:, 2:] * 300 + [160, 120]
    for number in range(frames):
        name = f"TS1/img_{number:06}.jpg"
        picture(root / "MultiPersonTestSet" / name, seed=number)
        lens = [300.0, 300.0, 160.0, 120.0]
        images.append({"id": number, "file_name": name, "width": 320, "height": 240, "intrinsic": lens})
        annotations.append(
            {
                "id": number,
                "image_id": number,
                "bbox": [90.0, 40.0, 140.0, 180.0],
                "is_valid": 1,
                "keypoints_img": pixels.tolist(),
                "keypoints_cam": camera.tolist(),
                "keypoints_vis": [1] * 17,
            }
        )
        openpose[str(number)] = {"coco_joints": standing(18).tolist()}
        hhrnet[str(number)] = {"coco_joints": standing(17).tolist()}
    (root / "MuPoTS-3D.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    (root / "MuPoTs_test_openpose_result.json").write_text(json.dumps(openpose))
    (root / "MuPoTs_test_hhrnet_result.json").write_text(json.dumps(hhrnet))
    return root
