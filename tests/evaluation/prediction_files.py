"""Files of predictions in other programs' layouts, written with numpy, pickle and torch, and the known 2D.

Where a body comes to lie is computed by smplx and the projection that the format's own program documents.
"""

from __future__ import annotations

import io
import json
import pickle
import sys
import types
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

SIZE = W, H = 640, 480
CENTRE = np.array([W, H]) / 2
R_WORLD = Rotation.from_rotvec([0.2, -0.3, 0.1]).as_matrix()
T_WORLD = np.array([0.1, 0.2, 6.0])
"""The camera of the set's records in the world."""

Array = NDArray[Any]
Expected = list[tuple[int, Array]]
"""The position of a record and the pixels (V, 2) of a body there."""


@dataclass(frozen=True)
class Bodies:
    """smplx's layers over the same arrays as the body files."""

    smpl: Any
    smplx: Any
    smplh: Any

    def posed_smpl(self, pose: Array, betas: Array) -> Array:
        """Vertices (N, 6890, 3) of poses (N, 72)."""
        given = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:], "betas": betas}
        return self._vertices(self.smpl, given)

    def posed_smplh(self, pose: Array, betas: Array, **hands: Array) -> Array:
        """Vertices (N, 6890, 3) of root and body (N, 66), and hands from the flat hand."""
        flat = {name: np.zeros((len(pose), 45)) for name in ("left_hand_pose", "right_hand_pose")}
        given = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:66], "betas": betas}
        return self._vertices(self.smplh, given | flat | hands)

    def posed_smplx(self, pose: Array, betas: Array, **parts: Array) -> Array:
        """Vertices (N, 10475, 3) of root and body (N, 66) and other parts, zero unless given."""
        count = len(pose)
        sizes = {"jaw_pose": 3, "leye_pose": 3, "reye_pose": 3, "expression": 10}
        sizes |= {"left_hand_pose": 45, "right_hand_pose": 45}
        given = {name: np.zeros((count, size)) for name, size in sizes.items()} | parts
        shape = np.zeros((count, 16))
        shape[:, : betas.shape[1]] = betas
        given |= {"global_orient": pose[:, :3], "body_pose": pose[:, 3:], "betas": shape}
        return self._vertices(self.smplx, given)

    def _vertices(self, layer: Any, given: dict[str, Array]) -> Array:
        inputs = {name: torch.tensor(value, dtype=torch.float64) for name, value in given.items()}
        found: Array = layer(**inputs).vertices.detach().numpy()
        return found


def perspective(points: Array, focal: Any, centre: Any = CENTRE) -> Array:
    return points[..., :2] / points[..., 2:] * focal + centre


def draw(count: int, size: int, seed: int, scale: float = 0.3) -> Array:
    return np.random.default_rng(seed).normal(scale=scale, size=(count, size))


def matrices(pose: Array) -> Array:
    return Rotation.from_rotvec(pose.reshape(-1, 3)).as_matrix().reshape(len(pose), -1, 3, 3)


# ---- joblib's layout


class NumpyArrayWrapper:
    """joblib's object in an array's place."""


NumpyArrayWrapper.__module__ = "joblib.numpy_pickle"


class _JoblibPickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes arrays as joblib does: the wrapper, one byte n, n bytes of padding, the numbers."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=4)
        self.file = file

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if type(obj) is not np.ndarray:
            super().save(obj, save_persistent_id)
            return
        wrapper = NumpyArrayWrapper()
        wrapper.__dict__ |= {"subclass": np.ndarray, "shape": obj.shape, "order": "C", "dtype": obj.dtype}
        wrapper.__dict__ |= {"allow_mmap": not obj.dtype.hasobject, "numpy_array_alignment_bytes": 16}
        super().save(wrapper)
        self.framer.commit_frame(force=True)
        if obj.dtype.hasobject:
            pickle.dump(obj, self.file, protocol=2)
            return
        padding = 16 - (self.file.tell() + 1) % 16
        self.file.write(bytes([padding]) + b"\xff" * padding + np.ascontiguousarray(obj).tobytes())


def joblib_dump(value: Any, path: Path, *, compress: bool = False) -> Path:
    stub = types.ModuleType("joblib.numpy_pickle")
    stub.NumpyArrayWrapper = NumpyArrayWrapper  # type: ignore[attr-defined]
    before = {name: sys.modules.get(name) for name in ("joblib", "joblib.numpy_pickle")}
    sys.modules |= {"joblib": types.ModuleType("joblib"), "joblib.numpy_pickle": stub}
    file = io.BytesIO()
    try:
        _JoblibPickler(file).dump(value)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    path.write_bytes(zlib.compress(file.getvalue(), 3) if compress else file.getvalue())
    return path


# ---- one writer per format: the file or folder, and where its bodies lie


def phalp(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(3, 72, 1), draw(3, 10, 2)
    places = np.array([[0.5, 0.2, 60.0], [-1.0, 0.1, 70.0], [0, 0, 50.0]])
    rotations = matrices(pose).astype(np.float32)
    smpl = [
        {
            "global_orient": rotations[k, :1],
            "body_pose": rotations[k, 1:],
            "betas": betas[k].astype(np.float32),
        }
        for k in range(3)
    ]
    frames: dict[str, Any] = {}
    for position, people in ((0, [0, 1]), (2, [2, 0])):
        frames[f"outputs/_DEMO/walk/img/{position:06d}.jpg"] = {
            "time": position,
            "tid": [np.int64(5 + k) for k in people],
            "tracked_ids": [5],
            "tracked_time": [0, 0] if position == 0 else [0, 3],
            "smpl": [smpl[k] for k in people],
            "camera": [places[k].astype(np.float32) for k in people],
            "size": [np.array([H, W]) for _ in people],
            "conf": [0.9, 0.8],
        }
    frames["outputs/_DEMO/walk/img/000001.jpg"] = {"time": 1, "tid": [], "smpl": [], "camera": []}
    vertices = bodies.posed_smpl(pose, betas) + places[:, None]
    pixels = perspective(vertices, 5000 / 256 * W)
    path = joblib_dump(frames, folder / "demo_walk.pkl", compress=True)
    return path, [(0, pixels[0]), (0, pixels[1]), (2, pixels[2])]


def wham(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, trans = draw(2, 72, 3), draw(2, 10, 4), np.array([[0.3, 0.1, 4.0], [0.1, 0.2, 5.0]])
    vertices = bodies.posed_smpl(pose, betas) + trans[:, None]
    results: Any = defaultdict(dict)
    results[0] = {"pose": pose, "trans": trans, "pose_world": pose, "trans_world": trans, "betas": betas}
    results[0] |= {"verts": vertices.astype(np.float32), "frame_ids": np.array([0, 2])}
    pixels = perspective(vertices, np.hypot(W, H))
    return joblib_dump(results, folder / "wham_output.pkl"), [(0, pixels[0]), (2, pixels[1])]


def wham_without_vertices(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    path, expected = wham(folder, bodies)
    pose, betas, trans = draw(2, 72, 3), draw(2, 10, 4), np.array([[0.3, 0.1, 4.0], [0.1, 0.2, 5.0]])
    one = {"pose": pose, "trans": trans, "betas": betas, "frame_ids": np.array([0, 2])}
    return joblib_dump({7: one}, path), expected


def vibe(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(2, 72, 5), draw(2, 10, 6)
    vertices = bodies.posed_smpl(pose, betas)
    cam = np.array([[0.45, 0.6, 0.2, -0.1], [0.3, 0.4, -0.4, 0.2]])
    results = {1: {"pred_cam": cam[:, :3], "orig_cam": cam, "pose": pose, "betas": betas}}
    results[1] |= {"verts": vertices.astype(np.float32), "frame_ids": np.array([1, 2])}
    pixels = ((vertices[..., :2] + cam[:, None, 2:]) * cam[:, None, :2] + 1) * CENTRE
    return joblib_dump(results, folder / "vibe_output.pkl"), [(1, pixels[0]), (2, pixels[1])]


def pare(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    vertices = bodies.posed_smpl(draw(1, 72, 7), draw(1, 10, 8))
    cam = np.array([[0.45, 0.6, 0.2, -0.1]])
    found = {
        "orig_cam": cam,
        "pred_pose": matrices(draw(1, 72, 7)),
        "smpl_vertices": vertices.astype(np.float32),
    }
    pixels = ((vertices[..., :2] + cam[:, None, 2:]) * cam[:, None, :2] + 1) * CENTRE
    return joblib_dump(found, folder / "000001.pkl"), [(1, pixels[0])]


def prompt_hmr_video(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, trans = draw(2, 66, 9), draw(2, 10, 10), np.array([[0, 0, 6.0], [0.5, 0, 7.0]])
    rotmat = np.concatenate([matrices(pose), np.zeros((2, 33, 3, 3))], axis=1)
    cam = {"rotmat": rotmat, "pose": np.zeros((2, 75)), "shape": betas, "trans": trans}
    people = {1: {"frames": np.array([0, 1]), "track_id": 1, "smplx_cam": cam}}
    camera = {"img_focal": 700.0, "img_center": np.array([310.0, 250.0])}
    path = joblib_dump({"camera": camera, "people": people, "has_tracks": True}, folder / "results.pkl")
    pixels = perspective(bodies.posed_smplx(pose, betas) + trans[:, None], 700, [310, 250])
    return path, [(0, pixels[0]), (1, pixels[1])]


def romp(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, cam = draw(2, 72, 11), draw(2, 10, 12), np.array([[0.6, 0.1, -0.2], [0.3, -0.3, 0.1]])
    vertices = bodies.posed_smpl(pose, betas).astype(np.float32)
    found = {"cam": cam.astype(np.float32), "smpl_thetas": pose, "smpl_betas": betas.astype(np.float32)}
    found |= {"verts": vertices, "cam_trans": np.zeros((2, 3)), "center_preds": np.zeros((2, 2), np.int64)}
    np.savez(folder / "000002.npz", results=np.array(found, dtype=object))
    side = max(SIZE)
    pixels = (vertices[..., :2] * cam[:, None, :1] + cam[:, None, 1:] + 1) * side / 2 - [0, (side - H) // 2]
    return folder / "000002.npz", [(2, pixels[0]), (2, pixels[1])]


def bev(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    vertices = bodies.posed_smpl(draw(1, 72, 13), draw(1, 10, 14)).astype(np.float32)
    place = np.array([[0.2, 0.3, 5.0]])
    found = {"cam": np.array([[0.6, 0.1, 0.2]]), "smpl_betas": np.zeros((1, 11)), "verts": vertices}
    results = {"000001.jpg": found | {"cam_trans": place}}
    np.savez(folder / "video_results.npz", results=np.array(results, dtype=object), sequence_results=1)
    return folder / "video_results.npz", [(1, perspective(vertices + place, 443.4 / 512 * W)[0])]


def sam(folder: Path, _bodies: Bodies) -> tuple[Path, Expected]:
    vertices, joints, place = draw(18439, 3, 15), draw(70, 3, 16), np.array([0.2, 0.5, 5.0])
    points = perspective(joints + place, 900, [311.0, 222.0])
    found = {"pred_vertices": vertices, "pred_keypoints_3d": joints, "pred_keypoints_2d": points}
    torch.save(
        [{name: torch.tensor(value) for name, value in (found | {"pred_cam_t": place}).items()}],
        folder / "000000.pt",
    )
    both = np.concatenate([vertices, joints]) + place
    return folder / "000000.pt", [(0, perspective(both, 900, [311, 222]))]


def hmr2(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    vertices = bodies.posed_smpl(draw(1, 72, 17), draw(1, 10, 18))
    place = np.array([0.3, 0.2, 45.0])
    pickled = {"betas": torch.zeros(1, 10)}
    np.savez(
        folder / "000001_0.npz",
        verts=vertices[0],
        pred_cam_t_full=place,
        pred_smpl_params=np.array(pickled, dtype=object),
    )
    return folder / "000001_0.npz", [(1, perspective(vertices[0] + place, 5000 / 256 * W))]


def multi_hmr(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    vertices = bodies.posed_smplx(draw(2, 66, 19), draw(2, 10, 20)) + [0, 0, 7]
    np.save(folder / "000000.npy", vertices.astype(np.float32))
    pixels = perspective(vertices, W / 2 / np.tan(np.pi / 6))
    return folder / "000000.npy", [(0, pixels[0]), (0, pixels[1])]


def cliff(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 72, 21), draw(2, 10, 22), np.array([[0.1, 0.1, 8.0], [0.3, 0.2, 9.0]])
    found = np.zeros((2, 8))
    found[:, 0], found[:, 5] = [1, 2], [0.7, 0.6]
    names = np.array([f"/data/walk/{k:06d}.jpg" for k in range(3)])
    parts = {"imgname": names, "pose": pose, "shape": betas, "global_t": place, "detection_all": found}
    np.savez(folder / "walk_cliff_hr48.npz", focal_l=np.full(2, 800.0), **parts)
    pixels = perspective(bodies.posed_smpl(pose, betas) + place[:, None], 800)
    return folder / "walk_cliff_hr48.npz", [(1, pixels[0]), (2, pixels[1])]


def spin(folder: Path, _bodies: Bodies) -> tuple[Path, Expected]:
    """Without a camera: where the bodies lie is not told."""
    boxes = {"center": np.array([[200.0, 200.0], [480.0, 260.0]]), "scale": np.array([1.0, 0.8])}
    parts = {"imgname": np.array(["img/000001.jpg"] * 2), "pose": draw(2, 72, 23), "shape": draw(2, 10, 24)}
    np.savez(folder / "set_train.npz", gender=np.array(["n", "n"]), **parts, **boxes)
    return folder / "set_train.npz", []


def gvhmr(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(3, 66, 25), draw(3, 10, 26), np.array([[0.1, 0.1, 5.0]] * 3)
    K = np.array([[820.0, 0, 300], [0, 810, 260], [0, 0, 1]])
    incam = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:], "betas": betas, "transl": place}
    tensors = {name: torch.tensor(value, dtype=torch.float32) for name, value in incam.items()}
    content = {
        "smpl_params_incam": tensors,
        "smpl_params_global": tensors,
        "K_fullimg": torch.tensor(K).repeat(3, 1, 1),
    }
    torch.save(content, folder / "hmr4d_results.pt")
    pixels = perspective(bodies.posed_smplx(pose, betas) + place[:, None], [820, 810], [300, 260])
    return folder / "hmr4d_results.pt", list(enumerate(pixels))


def prompt_hmr(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(1, 66, 27), draw(1, 10, 28), np.array([[0.1, 0.1, 5.0]])
    K = torch.tensor([[1000.0, 0, 448], [0, 1000, 448], [0, 0, 1]])[None]
    (folder / "000002").mkdir()
    content = {"pose": torch.zeros(1, 132), "betas": torch.tensor(betas), "transl": torch.tensor(place)}
    content |= {"rotmat": torch.tensor(matrices(pose)), "cam_int": K}
    torch.save(content, folder / "000002" / "output.pt")
    pixels = perspective(bodies.posed_smplx(pose, betas) + place[:, None], 1000 * W / 896)
    return folder / "000002" / "output.pt", [(2, pixels[0])]


def smpler_x(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    parts = {
        "left_hand_pose": draw(1, 45, 29),
        "right_hand_pose": draw(1, 45, 30),
        "jaw_pose": draw(1, 3, 31),
    }
    parts |= {"leye_pose": draw(1, 3, 32), "reye_pose": draw(1, 3, 33), "expression": draw(1, 10, 34)}
    pose, betas, place = draw(1, 66, 35), draw(1, 10, 36), np.array([[0.2, 0.3, 9.0]])
    shapes = {"left_hand_pose": (15, 3), "right_hand_pose": (15, 3)}
    stored = {name: value.reshape(shapes.get(name, value.shape)) for name, value in parts.items()}
    stored |= {"global_orient": pose[:, :3], "body_pose": pose[:, 3:].reshape(21, 3)}
    for part in ("smplx", "meta"):
        (folder / part).mkdir()
    np.savez(folder / "smplx" / "00002_0.npz", betas=betas, transl=place, **stored)
    meta = {"focal": [900.0, 950.0], "princpt": [330.0, 220.0], "img_path": "../demo/walk/000001.jpg"}
    (folder / "meta" / "00002_0.json").write_text(json.dumps(meta))
    pixels = perspective(bodies.posed_smplx(pose, betas, **parts) + place, [900, 950], [330, 220])
    return folder, [(1, pixels[0])]


def amass(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 165, 37), draw(1, 16, 38), np.array([[0.2, 0.1, 0.3], [0.3, 0, 0.1]])
    about = {"gender": np.array(b"neutral"), "surface_model_type": "smplx", "mocap_frame_rate": 30.0}
    vids = np.array({"a": [1, 2]}, dtype=object)
    np.savez(
        folder / "walk_stageii.npz",
        poses=pose,
        trans=place,
        betas=betas[0],
        markers_latent_vids=vids,
        **about,
    )
    # the file adds no mean to hands; smplx's layer adds one, so it is given what is left
    hands = {"left_hand_pose": pose[:, 75:120], "right_hand_pose": pose[:, 120:]}
    hands["left_hand_pose"] = hands["left_hand_pose"] - bodies.smplx.left_hand_mean.numpy()
    hands["right_hand_pose"] = hands["right_hand_pose"] - bodies.smplx.right_hand_mean.numpy()
    face = {"jaw_pose": pose[:, 66:69], "leye_pose": pose[:, 69:72], "reye_pose": pose[:, 72:75]}
    vertices = bodies.posed_smplx(pose[:, :66], np.repeat(betas, 2, axis=0), **hands, **face) + place[:, None]
    pixels = perspective(vertices @ R_WORLD.T + T_WORLD, 600)
    return folder / "walk_stageii.npz", [(0, pixels[0]), (1, pixels[1])]


def bedlam(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(1, 66, 39), draw(1, 10, 40), np.array([[0.2, 0.1, 0.5]])
    extrinsics, K = np.eye(4)[None].copy(), np.array([[[700.0, 0, 320], [0, 700, 240], [0, 0, 1]]])
    extrinsics[0, :3, 3] = 0.1, -0.2, 7.0
    means = (bodies.smplx.left_hand_mean.numpy(), bodies.smplx.right_hand_mean.numpy())
    whole = np.concatenate([pose, np.zeros((1, 99))], axis=1)
    parts = {"imgname": np.array(["seq/000001.jpg"]), "pose_cam": whole, "pose_world": whole, "shape": betas}
    np.savez(
        folder / "scene_6fps.npz",
        trans_cam=place,
        cam_ext=extrinsics,
        cam_int=K,
        gtkps=np.zeros((1, 3, 3)),
        **parts,
    )
    flat = {"left_hand_pose": -means[0][None], "right_hand_pose": -means[1][None]}
    vertices = bodies.posed_smplx(pose, betas, **flat) + place[:, None] + extrinsics[:, None, :3, 3]
    return folder / "scene_6fps.npz", [(1, perspective(vertices, 700)[0])]


def human_data(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 72, 41), draw(2, 10, 42), np.array([[0.2, 0.1, 6.0], [0, 0.1, 7.0]])
    smpl = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:].reshape(2, 23, 3), "betas": betas}
    meta = {"focal_length": np.full((2, 2), 720.0), "principal_point": np.full((2, 2), [318.0, 244.0])}
    np.savez_compressed(
        folder / "walk.npz",
        __key_strict__=np.array(False),
        __data_len__=np.array(2),
        image_path=np.array(["walk/000000.jpg", "walk/000002.jpg"]),
        bbox_xywh=np.zeros((2, 5)),
        smpl=np.array(smpl | {"transl": place}, dtype=object),
        meta=np.array(meta, dtype=object),
    )
    pixels = perspective(bodies.posed_smpl(pose, betas) + place[:, None], 720, [318, 244])
    return folder / "walk.npz", [(0, pixels[0]), (2, pixels[1])]


def nlf(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 72, 43), draw(2, 10, 44), np.array([[0.2, 0.1, 6.0], [0, 0.1, 7.0]])
    vertices = bodies.posed_smpl(pose, betas) + place[:, None]
    pixels = perspective(vertices, 650, [300, 200])
    content: dict[str, Any] = {"boxes": [torch.zeros(1, 5), torch.zeros(1, 5)]}
    content["vertices3d"] = [torch.tensor(one[None] * 1000, dtype=torch.float32) for one in vertices]
    content["vertices2d"] = [torch.tensor(one[None], dtype=torch.float32) for one in pixels]
    torch.save(content, folder / "nlf.pt")
    return folder / "nlf.pt", list(enumerate(pixels))


def tram(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 72, 45), draw(2, 10, 46), np.array([[0.2, 0.1, 6.0], [0, 0.1, 7.0]])
    (folder / "hps").mkdir()
    track = {"pred_rotmat": torch.tensor(matrices(pose)), "pred_shape": torch.tensor(betas)}
    track |= {"pred_trans": torch.tensor(place[:, None]), "frame": torch.tensor([0, 2])}
    np.save(folder / "hps" / "hps_track_0.npy", np.array(track, dtype=object))
    camera = {"img_focal": 777.0, "img_center": np.array([311.0, 233.0]), "spec_focal": 1.0}
    np.save(folder / "camera.npy", np.array(camera, dtype=object))
    pixels = perspective(bodies.posed_smpl(pose, betas) + place[:, None], 777, [311, 233])
    return folder / "hps", [(0, pixels[0]), (2, pixels[1])]


def slahmr(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(2, 66, 47), draw(1, 16, 48), np.array([[0.2, 0.1, 0.3], [0, 0.1, 0.7]])
    parts = {"root_orient": pose[None, :, :3], "pose_body": pose[None, :, 3:], "trans": place[None]}
    camera = {
        "cam_R": np.repeat(R_WORLD[None, None], 2, axis=1),
        "cam_t": np.repeat(T_WORLD[None, None], 2, axis=1),
    }
    path = folder / "walk_000060_world_results.npz"
    np.savez(path, betas=betas, intrins=np.array([700.0, 710, 315, 235]), **parts, **camera)
    vertices = bodies.posed_smplh(pose, betas[:, :10].repeat(2, axis=0)) + place[:, None]
    pixels = perspective(vertices @ R_WORLD.T + T_WORLD, [700, 710], [315, 235])
    return path, [(0, pixels[0]), (1, pixels[1])]


def amass_smplh(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(1, 156, 49), draw(1, 10, 50), np.array([[0.2, 0.1, 0.3]])
    about = {"gender": np.array("neutral"), "mocap_framerate": np.array(120.0), "dmpls": np.zeros((1, 8))}
    np.savez(folder / "walk_poses.npz", poses=pose, trans=place, betas=betas[0], **about)
    hands = {"left_hand_pose": pose[:, 66:111], "right_hand_pose": pose[:, 111:]}
    vertices = bodies.posed_smplh(pose[:, :66], betas, **hands) + place[:, None]
    return folder / "walk_poses.npz", [(0, perspective(vertices[0] @ R_WORLD.T + T_WORLD, 600))]


PREDICTIONS: dict[str, tuple[str, Callable[[Path, Bodies], tuple[Path, Expected]]]] = {
    "PHALP": ("PHALP", phalp),
    "WHAM": ("WHAM", wham),
    "WHAM without vertices": ("WHAM", wham_without_vertices),
    "VIBE": ("VIBE", vibe),
    "PARE": ("PARE", pare),
    "PromptHMR video": ("PromptHMR video", prompt_hmr_video),
    "ROMP": ("ROMP", romp),
    "BEV": ("ROMP", bev),
    "SAM 3D Body": ("SAM 3D Body", sam),
    "HMR2": ("HMR2", hmr2),
    "Multi-HMR": ("Multi-HMR", multi_hmr),
    "CLIFF": ("CLIFF", cliff),
    "SPIN": ("SPIN", spin),
    "GVHMR": ("GVHMR", gvhmr),
    "PromptHMR": ("PromptHMR", prompt_hmr),
    "SMPLer-X": ("SMPLer-X", smpler_x),
    "AMASS": ("AMASS", amass),
    "AMASS of SMPL-H": ("AMASS", amass_smplh),
    "NLF": ("NLF", nlf),
    "TRAM": ("TRAM", tram),
    "SLAHMR": ("SLAHMR", slahmr),
    "BEDLAM": ("BEDLAM", bedlam),
    "HumanData": ("HumanData", human_data),
}
"""Who writes a file, and its format's name in the registry."""
