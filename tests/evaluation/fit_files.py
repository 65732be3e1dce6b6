"""Fitted bodies and motions in their owners' layouts, and the known 2D by smplx and their own formulas."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from tests.evaluation.prediction_files import (
    CENTRE,
    R_WORLD,
    T_WORLD,
    Array,
    Bodies,
    Expected,
    H,
    W,
    draw,
    matrices,
    perspective,
)
from tests.owners_files import expressive_arrays

PLACES = np.array([[0.2, 0.1, 0.3], [-0.1, 0.2, 0.5]])


def dump(value: Any, path: Path, protocol: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


def root_of(layer: Any, betas: Array) -> Array:
    """Where the root joint of shaped bodies (N, B) rests, (N, 3): a regressor on the shaped template."""
    template, shapes = layer.v_template.numpy(), layer.shapedirs.numpy()[..., : betas.shape[1]]
    return np.einsum(
        "v,nvc->nc", layer.J_regressor.numpy()[0], template + np.einsum("vcs,ns->nvc", shapes, betas)
    )


def in_world(vertices: Array) -> Array:
    """Pixels before the camera of the set's records."""
    return perspective(vertices @ R_WORLD.T + T_WORLD, 600)


def emdb(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(3, 72, 60), draw(1, 10, 61)
    places = np.array([[0.2, 0.1, 0.3], [0.3, 0, 0.1], [0, 0, 0]])
    turns = Rotation.from_rotvec([[0.1, 0.2, 0], [0, 0.3, 0.1], [0, 0, 0]]).as_matrix()
    extrinsics = np.tile(np.eye(4), (3, 1, 1))
    extrinsics[:, :3, :3], extrinsics[:, :3, 3] = turns, [[0, 0.1, 6], [0.2, 0, 7], [0, 0, 5]]
    K = np.array([[700.0, 0, 330], [0, 705, 250], [0, 0, 1]])
    content = {
        "gender": "neutral",
        "name": "P1_14_outdoor_climb",
        "emdb1": True,
        "emdb2": False,
        "n_frames": 3,
        "good_frames_mask": np.array([True, False, True]),
        "camera": {"intrinsics": K, "extrinsics": extrinsics, "width": W, "height": H},
        "smpl": {"poses_root": pose[:, :3], "poses_body": pose[:, 3:], "trans": places, "betas": betas[0]},
        "kp2d": np.zeros((3, 24, 2)),
        "bboxes": {"bboxes": np.zeros((3, 4)), "invalid_idxs": np.array([1])},
    }
    vertices = bodies.posed_smpl(pose, np.repeat(betas, 3, axis=0)) + places[:, None]
    camera = np.einsum("fij,fvj->fvi", turns, vertices) + extrinsics[:, None, :3, 3]
    pixels = perspective(camera, [700, 705], [330, 250])
    return dump(content, folder / "P1_14_outdoor_climb_data.pkl"), [(0, pixels[0]), (2, pixels[2])]


def smplify_x(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(1, 66, 62), draw(1, 10, 63), np.array([[0.1, 0.2, 40.0]])
    turn = Rotation.from_rotvec([0.1, 0, 0.2]).as_matrix()
    hands = {name: draw(1, 12, 64 + k, 1.0) for k, name in enumerate(("left_hand_pose", "right_hand_pose"))}
    content = {
        "camera_rotation": turn[None].astype(np.float32),
        "camera_translation": place.astype(np.float32),
        "betas": betas,
        "global_orient": pose[:, :3],
        "body_pose": pose[:, 3:],
        "jaw_pose": np.zeros((1, 3)),
        "leye_pose": np.zeros((1, 3)),
        "reye_pose": np.zeros((1, 3)),
        "expression": np.zeros((1, 10)),
        **hands,
    }
    vertices = bodies.posed_smplx(pose, betas, **bent_hands(hands)) @ turn.T + place[:, None]
    path = dump(content, folder / "results" / "000001" / "000.pkl", protocol=2)
    return path, [(1, perspective(vertices[0], 5000))]


def bent_hands(coefficients: dict[str, Array]) -> dict[str, Array]:
    """Bends of hands (N, 45) from coefficients of the body file's principal components."""
    arrays = expressive_arrays("smplx")
    return {
        name: value @ arrays[f"hands_components{name[0]}"][: value.shape[1]]
        for name, value in coefficients.items()
    }


def rich(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, place = draw(1, 66, 66), draw(1, 10, 67), PLACES[:1]
    hands = {name: draw(1, 12, 68 + k, 1.0) for k, name in enumerate(("left_hand_pose", "right_hand_pose"))}
    content = {
        "transl": place,
        "global_orient": pose[:, :3],
        "body_pose": pose[:, 3:],
        "betas": betas,
        **hands,
    }
    content |= {name: np.zeros((1, 3)) for name in ("jaw_pose", "leye_pose", "reye_pose")}
    content["expression"] = np.zeros((1, 10))
    vertices = bodies.posed_smplx(pose, betas, **bent_hands(hands)) + place[:, None]
    path = dump(content, folder / "bodies" / "test" / "LectureHall" / "00002" / "009.pkl")
    return path, [(2, in_world(vertices)[0])]


def agora_fit(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """The other names, of SMPL and for a picture."""
    pose, betas = draw(1, 72, 70), draw(1, 10, 71)
    content = {"translation": PLACES[:1], "root_pose": pose[:, :3], "body_pose": pose[:, 3:], "betas": betas}
    vertices = bodies.posed_smpl(pose, betas) + PLACES[:1, None]
    return dump(content, folder / "smpl" / "000001.pkl"), [(1, in_world(vertices)[0])]


def agora(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Rotations as matrices with an axis too many, 2D joints of the camera that is asked for."""
    pose, betas, place = draw(1, 72, 72), draw(1, 10, 73), np.array([[0.1, 0.2, 6.0]])
    rotations = matrices(pose)
    vertices = bodies.posed_smpl(pose, betas) + place[:, None]
    joints = vertices[:, ::300][:, :24]
    params = {"transl": place, "global_orient": rotations[:, None, 0], "body_pose": rotations[:, None, 1:]}
    content = {
        "joints": perspective(joints, 1500).astype(np.float32),
        "allSmplJoints3d": joints,
        "pose2rot": False,
        "params": params | {"betas": betas},
    }
    return dump(content, folder / "000002_personId_3.pkl"), [(2, perspective(vertices, 1500)[0])]


def easymocap(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """v = R(Rh) LBS(poses, shapes) + Th: turned about the origin."""
    pose, betas, turn = draw(1, 72, 74), draw(1, 10, 75), np.array([[0.4, -0.9, 0.3]])
    pose[:, :3] = 0
    vertices = bodies.posed_smpl(pose, betas) @ Rotation.from_rotvec(turn[0]).as_matrix().T + PLACES[:1, None]
    person = {"id": 4, "Rh": turn.tolist(), "Th": PLACES[:1].tolist(), "poses": pose.tolist()}
    (folder / "smpl").mkdir()
    path = folder / "smpl" / "000001.json"
    path.write_text(json.dumps([person | {"shapes": betas.tolist()}]))
    return path, [(1, in_world(vertices)[0])]


def easymocap_whole(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """SMPL-X: 66 of the body, six components of each hand, jaw and eyes."""
    pose, betas, turn = draw(1, 66, 76), draw(1, 10, 77), np.array([[0.4, -0.9, 0.3]])
    hands = {name: draw(1, 6, 78 + k, 1.0) for k, name in enumerate(("left_hand_pose", "right_hand_pose"))}
    face, pose[:, :3] = draw(1, 9, 80), 0
    parts = {
        name: face[:, 3 * k : 3 * k + 3] for k, name in enumerate(("jaw_pose", "leye_pose", "reye_pose"))
    }
    posed = bodies.posed_smplx(pose, betas, **bent_hands(hands), **parts)
    vertices = posed @ Rotation.from_rotvec(turn[0]).as_matrix().T + PLACES[:1, None]
    poses = np.concatenate([pose, hands["left_hand_pose"], hands["right_hand_pose"], face], axis=1)
    person = {"id": 0, "Rh": turn.tolist(), "Th": PLACES[:1].tolist(), "poses": poses.tolist()}
    path = folder / "000002.json"
    path.write_text(json.dumps({"annots": [person | {"shapes": betas.tolist(), "expression": [[0.0] * 10]}]}))
    return path, [(2, in_world(vertices)[0])]


def eft(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas, cam = draw(1, 72, 81), draw(1, 10, 82), np.array([0.9, 0.1, -0.2])
    scale, centre = 1.2, np.array([300.0, 220.0])
    entry = {
        "parm_pose": matrices(pose)[0].tolist(),
        "parm_shape": betas[0].tolist(),
        "parm_cam": cam.tolist(),
        "bbox_scale": scale,
        "bbox_center": centre.tolist(),
        "smpltype": "smpl",
        "annotId": 7,
        "imageName": "000001.jpg",
        "subjectId": None,
    }
    (folder / "COCO-EFT.json").write_text(json.dumps({"ver": 0.1, "data": [entry]}))
    vertices = bodies.posed_smpl(pose, betas)[0]
    pixels = centre + 200 * scale / 2 * cam[0] * (vertices[:, :2] + cam[1:])
    return folder / "COCO-EFT.json", [(1, pixels)]


def hybrik(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Vertices about the root joint, plus transl, before a camera that goes with the box."""
    pose, betas, place = draw(2, 72, 83), draw(2, 10, 84), np.array([[0.1, 0.2, 9.0], [0, 0.3, 8.0]])
    boxes = np.array([[100, 50, 300, 350], [200, 40, 460, 420.0]])
    content = {
        "pred_thetas": matrices(pose).reshape(2, 216),
        "pred_betas": betas,
        "transl": place,
        "pred_cam_root": place,
        "bbox": boxes,
        "height": np.full(2, H),
        "width": np.full(2, W),
        "img_path": ["res/raw_images/000000.jpg", "res/raw_images/000002.jpg"],
        "pred_xyz_29": np.zeros((2, 29, 3)),
        "pred_uvd": np.zeros((2, 29, 3)),
    }
    vertices = bodies.posed_smpl(pose, betas) - root_of(bodies.smpl, betas)[:, None] + place[:, None]
    focal = 1000 / 256 * (boxes[:, 2] - boxes[:, 0])
    pixels = [perspective(vertices[k], focal[k], CENTRE) for k in range(2)]
    return dump(content, folder / "res.pk"), [(0, pixels[0]), (2, pixels[1])]


def glamr(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(2, 72, 85), draw(1, 10, 86)
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = R_WORLD, T_WORLD
    K = np.array([[650.0, 0, 310], [0, 650, 245], [0, 0, 1]])
    person = {
        "smpl_pose": pose[:, 3:],
        "smpl_beta": np.repeat(betas, 2, axis=0),
        "smpl_orient_world": pose[:, :3],
        "root_trans_world": PLACES,
        "root_trans_cam": np.zeros((2, 3)),
        "cam_K": np.tile(K, (2, 1, 1)),
        "frames": np.array([0, 2]),
    }
    content = {"person_data": {0: person}, "cam_pose": poses, "seq_len": 3, "meta": {}}
    shaped = np.repeat(betas, 2, axis=0)
    vertices = bodies.posed_smpl(pose, shaped) - root_of(bodies.smpl, shaped)[:, None] + PLACES[:, None]
    pixels = perspective(vertices @ R_WORLD.T + T_WORLD, 650, [310, 245])
    return dump(content, folder / "walk_seed1.pkl"), [(0, pixels[0]), (2, pixels[1])]


def aist(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Places in the cameras' centimetres; the scale brings them to the body's metres."""
    pose, scale = draw(2, 72, 87), 98.02
    content = {
        "smpl_loss": 1.0,
        "smpl_poses": pose.astype(np.float32),
        "smpl_scaling": np.array([scale]),
        "smpl_trans": (PLACES * scale).astype(np.float32),
    }
    vertices = bodies.posed_smpl(pose, np.zeros((2, 10))) + PLACES[:, None]
    pixels = in_world(vertices)
    return dump(content, folder / "gWA_sFM_cAll_d27_mWA5_ch20.pkl"), [(0, pixels[0]), (1, pixels[1])]


def aitviewer(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(2, 72, 88), draw(1, 10, 89)
    np.savez(folder / "out.npz", poses_body=pose[:, 3:], poses_root=pose[:, :3], betas=betas, trans=PLACES)
    pixels = in_world(bodies.posed_smpl(pose, np.repeat(betas, 2, axis=0)) + PLACES[:, None])
    return folder / "out.npz", [(0, pixels[0]), (1, pixels[1])]


def motion_x(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Root, body, hands, jaw, 50 of the face, 100 of its shape, place, betas."""
    pose, betas, jaw = draw(2, 66, 90), draw(2, 10, 91), draw(2, 3, 92)
    hands = draw(2, 90, 93)
    rows = np.concatenate([pose, hands, jaw, np.zeros((2, 150)), PLACES, betas], axis=1)
    np.save(folder / "dance.npy", rows.astype(np.float32))
    left = hands[:, :45] - bodies.smplx.left_hand_mean.numpy()
    right = hands[:, 45:] - bodies.smplx.right_hand_mean.numpy()
    vertices = bodies.posed_smplx(pose, betas, left_hand_pose=left, right_hand_pose=right, jaw_pose=jaw)
    pixels = in_world(vertices + PLACES[:, None])
    return folder / "dance.npy", [(0, pixels[0]), (1, pixels[1])]


def mosh(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(2, 165, 94), draw(1, 10, 95)
    content = {"fullpose": pose, "trans": PLACES, "betas": betas[0], "stageii_debug_details": {}}
    left = pose[:, 75:120] - bodies.smplx.left_hand_mean.numpy()
    right = pose[:, 120:] - bodies.smplx.right_hand_mean.numpy()
    face = {
        name: pose[:, 66 + 3 * k : 69 + 3 * k]
        for k, name in enumerate(("jaw_pose", "leye_pose", "reye_pose"))
    }
    shaped = np.repeat(betas, 2, axis=0)
    vertices = bodies.posed_smplx(pose[:, :66], shaped, left_hand_pose=left, right_hand_pose=right, **face)
    pixels = in_world(vertices + PLACES[:, None])
    return dump(content, folder / "yoga_stageii.pkl"), [(0, pixels[0]), (1, pixels[1])]


FITS: dict[str, tuple[str, Callable[[Path, Bodies], tuple[Path, Expected]]]] = {
    "EMDB": ("EMDB", emdb),
    "SMPLify-X": ("SMPLify-X", smplify_x),
    "RICH": ("RICH", rich),
    "AGORA's fits": ("RICH", agora_fit),
    "AGORA": ("AGORA", agora),
    "EasyMocap": ("EasyMocap", easymocap),
    "EasyMocap of SMPL-X": ("EasyMocap", easymocap_whole),
    "EFT": ("EFT", eft),
    "HybrIK": ("HybrIK", hybrik),
    "GLAMR": ("GLAMR", glamr),
    "AIST++": ("AIST++", aist),
    "aitviewer": ("aitviewer", aitviewer),
    "Motion-X": ("Motion-X", motion_x),
    "MoSh": ("MoSh", mosh),
}
"""Who writes a file, and its format's name in the registry."""
