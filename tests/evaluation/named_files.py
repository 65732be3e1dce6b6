"""People under SMPL's and SMPL-X's own names, and meshes, in their owners' layouts; known 2D by smplx."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from tests.evaluation.fit_files import PLACES, dump, in_world
from tests.evaluation.prediction_files import (
    CENTRE,
    Array,
    Bodies,
    Expected,
    H,
    W,
    draw,
    matrices,
    perspective,
)

FOCAL, CENTRE_OF = [900.0, 910.0], [300.0, 220.0]
BEFORE = PLACES + [0, 0, 5]


def whole_body(seed: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """NeuralAnnot's parameters of two people of SMPL-X, and the parts beside pose and shape for smplx."""
    parts = {
        "root_pose": draw(2, 3, seed),
        "body_pose": draw(2, 63, seed + 1),
        "shape": draw(2, 10, seed + 2),
        "lhand_pose": draw(2, 45, seed + 3),
        "rhand_pose": draw(2, 45, seed + 4),
        "jaw_pose": draw(2, 3, seed + 5),
        "expr": draw(2, 10, seed + 6, 1.0),
    }
    names = {"left_hand_pose": "lhand_pose", "right_hand_pose": "rhand_pose"}
    others = names | {"jaw_pose": "jaw_pose", "expression": "expr"}
    return parts, {name: parts[own] for name, own in others.items()}


def posed(bodies: Bodies, parts: dict[str, Array], others: dict[str, Array]) -> Array:
    pose = np.concatenate([parts["root_pose"], parts["body_pose"]], axis=1)
    return bodies.posed_smplx(pose, parts["shape"], **others)


def rows(parts: dict[str, Array], row: int) -> dict[str, list[float]]:
    return {name: values[row].tolist() for name, values in parts.items()}


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def neural_annot_x(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    parts, others = whole_body(100)
    camera = {"focal": FOCAL, "princpt": CENTRE_OF}
    content = {
        str(91 + row): {
            "smplx_param": rows(parts, row) | {"trans": BEFORE[row].tolist()},
            "cam_param": camera,
        }
        for row in range(2)
    }
    pixels = perspective(posed(bodies, parts, others) + BEFORE[:, None], FOCAL, CENTRE_OF)
    return write_json(folder / "MSCOCO_train_SMPLX_NeuralAnnot.json", content), [
        (1, pixels[0]),
        (2, pixels[1]),
    ]


def neural_annot(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, shape = draw(1, 72, 110), draw(1, 10, 111)
    fitted = {"pose": pose[0].tolist(), "shape": shape[0].tolist(), "trans": BEFORE[0].tolist()}
    content = {"90": {"smpl_param": fitted, "cam_param": {"focal": FOCAL, "princpt": CENTRE_OF}}}
    pixels = perspective(bodies.posed_smpl(pose, shape) + BEFORE[0], FOCAL, CENTRE_OF)
    return write_json(folder / "MSCOCO_train_SMPL_NeuralAnnot.json", content), [(0, pixels[0])]


def osx(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    parts, others = whole_body(120)
    content = {
        "smplx_param": rows(parts, 0) | {"trans": BEFORE[0].tolist()},
        "cam_param": {"focal": FOCAL, "princpt": CENTRE_OF},
    }
    pixels = perspective(posed(bodies, parts, others) + BEFORE[:, None], FOCAL, CENTRE_OF)
    return write_json(folder / "91.json", content), [(1, pixels[0])]


def hand4whole(folder: Path, _bodies: Bodies) -> tuple[Path, Expected]:
    """No place and no camera: nothing is seen."""
    parts, _ = whole_body(130)
    return write_json(folder / "000001" / "smplx_param.json", rows(parts, 0)), []


def humman(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(2, 72, 140), draw(1, 10, 141)
    body = pose[:, 3:].reshape(2, 23, 3)
    np.savez(
        folder / "smpl_params.npz", global_orient=pose[:, :3], body_pose=body, betas=betas, transl=PLACES
    )
    pixels = in_world(bodies.posed_smpl(pose, np.repeat(betas, 2, axis=0)) + PLACES[:, None])
    return folder / "smpl_params.npz", [(0, pixels[0]), (1, pixels[1])]


def frankmocap(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """x and y in the picture's pixels, z scaled alike."""
    pose, betas, cam, box = (
        draw(1, 72, 150),
        draw(1, 10, 151),
        np.array([0.9, 0.1, -0.1]),
        [200, 100, 440, 340],
    )
    side, middle = 240, np.array([320.0, 220.0])
    vertices = bodies.posed_smpl(pose, betas)[0]
    pixels = middle + side / 2 * cam[0] * (vertices[:, :2] + cam[1:])
    content = {
        "parm_pose": matrices(pose)[0],
        "parm_shape": betas[0],
        "parm_cam": cam,
        "bbox_xyxy": np.array(box, float),
        "subjectId": 3,
        "pred_vertices_imgspace": np.column_stack([pixels, vertices[:, 2] * side / 2 * cam[0]]),
        "pred_joints_imgspace": np.zeros((49, 3)),
        "smpltype": "smpl",
    }
    return dump([content], folder / "000002.pkl"), [(2, pixels)]


def trace(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Two people of two pictures; joints in space and in the picture tell the camera."""
    pose, betas = draw(2, 72, 160), draw(2, 11, 161)
    vertices = bodies.posed_smpl(pose, betas[:, :10])
    joints = vertices[:, ::97][:, :71]
    outputs = {
        "smpl_thetas": pose,
        "smpl_betas": betas,
        "cam_trans": BEFORE,
        "j3d": joints,
        "pj2d_org": perspective(joints + BEFORE[:, None], 700, [330, 230]),
        "track_ids": np.array([4, 9]),
        "reorganize_idx": np.array([0, 1]),
    }
    paths = np.array(["frames/000000.jpg", "frames/000002.jpg"])
    np.savez(folder / "walk.npz", outputs=np.array(outputs, dtype=object), imgpaths=paths)
    pixels = perspective(vertices + BEFORE[:, None], 700, [330, 230])
    return folder / "walk.npz", [(0, pixels[0]), (2, pixels[1])]


def trace_alone(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(1, 72, 162), np.zeros((1, 11))
    outputs = {
        "smpl_thetas": pose,
        "smpl_betas": betas,
        "cam_trans": BEFORE[:1],
        "reorganize_idx": np.array([1]),
    }
    paths = np.array(["000000.jpg", "000001.jpg"])
    np.savez(folder / "walk.npz", outputs=np.array(outputs, dtype=object), imgpaths=paths)
    vertices = bodies.posed_smpl(pose, betas[:, :10]) + BEFORE[0]
    return folder / "walk.npz", [(1, perspective(vertices[0], W / 2 / np.tan(np.radians(30)), CENTRE))]


def human36m(folder: Path, bodies: Bodies) -> tuple[Path, Array]:
    """A performance's first frame, and where its vertices lie before the camera of the set's records."""
    parts, others = whole_body(170)
    fitted = rows(parts, 0) | {"trans": PLACES[0].tolist()}
    path = write_json(folder / "Human36M_subject1_SMPLX_NeuralAnnot.json", {"2": {"1": {"0": fitted}}})
    return path, in_world(posed(bodies, parts, others) + PLACES[0])[0]


def write_obj(path: Path, vertices: Array, faces: Array) -> Path:
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in faces + 1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# written by a demo\n" + "\n".join(lines) + "\n")
    return path


def hmr2_mesh(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """4D-Humans' demo: moved by the full translation and turned about x by 180 degrees."""
    pose, betas, place = draw(1, 72, 180), draw(1, 10, 181), np.array([0.3, 0.2, 40.0])
    vertices = bodies.posed_smpl(pose, betas)[0] + place
    turned = vertices @ Rotation.from_rotvec([np.pi, 0, 0]).as_matrix().T
    path = write_obj(folder / "000001_0.obj", turned, bodies.smpl.faces.astype(int))
    return path, [(1, perspective(vertices, 5000 / 256 * max(W, H)))]


def camsmplify(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    pose, betas = draw(1, 72, 190), draw(1, 10, 191)
    K = np.array([[[800.0, 0, 310], [0, 800, 250], [0, 0, 1]]])
    np.savez(
        folder / "output.npz",
        imgname=np.array(["frames/000001.jpg"]),
        center=np.array([[320.0, 240]]),
        scale=np.array([200.0]),
        pose=pose,
        shape=betas,
        cam_int=K,
        cam_t=BEFORE[:1],
    )
    pixels = perspective(bodies.posed_smpl(pose, betas) + BEFORE[0], 800, [310, 250])
    return folder / "output.npz", [(1, pixels[0])]


def hmr2_parameters(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Its outputs without vertices, as people save them."""
    pose, betas = draw(2, 72, 200), draw(2, 10, 201)
    rotations = matrices(pose)
    own = {"global_orient": rotations[:, :1], "body_pose": rotations[:, 1:], "betas": betas}
    places = np.array([[0.1, 0.2, 40.0], [0.5, 0.1, 45.0]])
    content = {"pred_smpl_params": own, "pred_cam_t_full": places, "pred_cam": np.zeros((2, 3))}
    pixels = perspective(bodies.posed_smpl(pose, betas) + places[:, None], 5000 / 256 * max(W, H))
    return dump(content, folder / "000001.pkl"), [(1, pixels[0]), (1, pixels[1])]


def human_data(folder: Path, bodies: Bodies) -> tuple[Path, Expected]:
    """Cameras as a list of dictionaries, and the gender of everybody."""
    pose, betas = draw(1, 72, 210), draw(1, 10, 211)
    fitted = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:].reshape(1, 23, 3), "betas": betas}
    fitted["transl"] = BEFORE[:1]
    K = [[700.0, 0, 300], [0, 710, 250], [0, 0, 1]]
    np.savez(
        folder / "set.npz",
        __key_strict__=True,
        __data_len__=1,
        image_path=np.array(["frames/000002.jpg"]),
        smpl=np.array(fitted, dtype=object),
        meta=np.array({"gender": ["m"]}, dtype=object),
        cam_param=np.array([{"in_mat": K}], dtype=object),
    )
    pixels = perspective(bodies.posed_smpl(pose, betas) + BEFORE[0], [700, 710], [300, 250])
    return folder / "set.npz", [(2, pixels[0])]


NAMED: dict[str, tuple[str, Callable[[Path, Bodies], tuple[Path, Expected]]]] = {
    "NeuralAnnot of SMPL-X": ("NeuralAnnot", neural_annot_x),
    "NeuralAnnot of SMPL": ("NeuralAnnot", neural_annot),
    "OSX": ("OSX", osx),
    "Hand4Whole": ("Hand4Whole", hand4whole),
    "HuMMan": ("smplx", humman),
    "FrankMocap": ("FrankMocap", frankmocap),
    "TRACE": ("TRACE", trace),
    "TRACE without points": ("TRACE", trace_alone),
    "meshes of 4D-Humans": ("meshes", hmr2_mesh),
    "CamSMPLify": ("SPIN", camsmplify),
    "HMR2's parameters": ("HMR2", hmr2_parameters),
    "HumanData with cameras": ("HumanData", human_data),
}
"""Who writes a file, and its format's name in the registry."""
