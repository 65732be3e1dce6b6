"""Bodies fitted to people: EMDB, RICH, AGORA, SMPLify-X, EasyMocap, EFT, HybrIK"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.body_files.people import (
    FAR,
    IN_A_WORLD,
    BodyPose,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    bends,
    fitted_camera,
    focal_camera,
    gender_of,
    matrix_camera,
    numbers,
    of_names,
    row_of,
    weak_camera,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera

_SMPL, _SMPLX = "smpl-neutral", "smplx-neutral"
_LATENT = 32


# ---- EMDB


def _is_emdb(content: Any) -> bool:
    return of_names(content, "smpl", "camera") and of_names(
        content["smpl"], "poses_root", "poses_body", "trans"
    )


def _read_emdb(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """A sequence before a camera that moves; frames that the annotators call bad are left out."""
    smpl, camera = content["smpl"], content["camera"]
    rotations = bends(np.concatenate([smpl["poses_root"], smpl["poses_body"]], axis=1))
    places = numbers(smpl["trans"], -1, 3, name="trans")
    poses = numbers(camera["extrinsics"], -1, 4, 4, name="extrinsics")
    good = np.asarray(content.get("good_frames_mask", np.ones(len(rotations))), bool)
    body = f"smpl-{gender_of(content.get('gender', 'neutral'))}"
    people = [
        FoundPerson(
            "1",
            body,
            frame=row,
            pose=BodyPose(rotations[row], row_of(smpl["betas"], row, len(rotations), "betas"), places[row]),
            turn=poses[row, :3, :3],
            shift=poses[row, :3, 3],
            camera=matrix_camera(camera["intrinsics"]),
        )
        for row in np.flatnonzero(good[: len(rotations)]).tolist()
    ]
    bad = int((~good).sum())
    return FoundFile(
        "EMDB", people, [f"{bad} frames that are marked as bad are left out"] * bool(bad), world=True
    )


# ---- one person's file under smplx's names: SMPLify-X, RICH, AGORA's fits


_OTHER_NAMES = {"translation": "transl", "root_pose": "global_orient"}


def _named_as_smplx(content: Any) -> dict[str, Any]:
    return {_OTHER_NAMES.get(str(name), str(name)): value for name, value in content.items()}


def _is_smplify_x(content: Any) -> bool:
    return of_names(content, "camera_rotation", "camera_translation", "betas", "global_orient", "body_pose")


def _is_one_fit(content: Any) -> bool:
    if not isinstance(content, dict):
        return False
    named = _named_as_smplx(content)
    if not of_names(named, "transl", "global_orient", "body_pose", "betas") or np.size(named["transl"]) != 3:
        return False  # three frames of 63 numbers are as many as 21 matrices
    return np.size(named["body_pose"]) in (63, 69, 189, 207)


def _one_pose(named: Mapping[str, Any], path: Path) -> BodyPose:
    body = np.asarray(named["body_pose"], float).reshape(-1)
    if body.size == _LATENT:
        words = "its body_pose are 32 numbers of VPoser, which say nothing without that network"
        raise SefdError(words, where=path, remedy="Save the pose that VPoser decodes, 63 numbers")
    root = np.asarray(named["global_orient"], float).reshape(-1)
    matrices = root.size == 9
    shape = (1, -1, 3, 3) if matrices else (1, -1, 3)
    rotations = bends(np.concatenate([root, body]).reshape(shape))[0]

    def part(name: str, size: int = 0) -> NDArray[np.float64]:
        if named.get(name) is None:
            return np.zeros(size)
        values = np.asarray(named[name], float)
        bent = bends(values.reshape(1, -1, 3, 3))[0] if values.shape[-2:] == (3, 3) else values
        return numbers(bent.ravel(), size or -1, name=name)

    return BodyPose(
        rotations,
        part("betas"),
        part("transl", 3),
        (part("left_hand_pose"), part("right_hand_pose")),
        face=np.concatenate([part(name, 3) for name in ("jaw_pose", "leye_pose", "reye_pose")]),
        expression=part("expression"),
    )


def _read_smplify_x(content: Mapping[str, Any], path: Path) -> FoundFile:
    person = FoundPerson(
        f"person {path.stem}",
        f"smplx-{gender_of(content.get('gender', 'neutral'))}",
        picture=path.parent.name,
        pose=_one_pose({name: value for name, value in content.items() if name != "transl"}, path),
        turn=numbers(np.reshape(content["camera_rotation"], (3, 3)), 3, 3, name="camera_rotation"),
        shift=numbers(np.ravel(content["camera_translation"]), 3, name="camera_translation"),
        camera=focal_camera(5000.0),
    )
    return FoundFile("SMPLify-X", [person], ["its picture is the one that the file's folder is called after"])


def _read_one_fit(content: Mapping[str, Any], path: Path) -> FoundFile:
    named = _named_as_smplx(content)
    pose = _one_pose(named, path)
    family = "smpl" if len(pose.rotations) == 24 else "smplx"
    folder = path.parent.name
    person = FoundPerson(
        f"person {path.stem}",
        f"{family}-{gender_of(named.get('gender', 'neutral'))}",
        picture="" if folder.isdecimal() else path.stem,
        frame=int(folder) if folder.isdecimal() else None,
        pose=pose,
        in_world=True,
    )
    words = (
        []
        if "gender" in named
        else ["it does not say the gender: name the body after # where it is not neutral"]
    )
    told = family == "smpl" or {"jaw_pose", "expression", "leye_pose"} & named.keys()
    return FoundFile("RICH", [person], [IN_A_WORLD, *words], asks=() if told else ("smplh", "smplx"))


# ---- AGORA's predictions


def _is_agora(content: Any) -> bool:
    return of_names(content, "joints") and (of_names(content, "params") or of_names(content, "verts"))


def _read_agora(content: Mapping[str, Any], path: Path) -> FoundFile:
    picture, _, person = path.stem.partition("_personId_")
    meshes = content.get("verts")
    vertices = None if meshes is None else numbers(np.reshape(meshes, (-1, 3)), -1, 3, name="verts")
    pose = None if content.get("params") is None else _one_pose(_named_as_smplx(content["params"]), path)
    large = len(vertices) == 10475 if vertices is not None else len(pose.rotations) == 22 if pose else False
    found = FoundPerson(
        f"person {person or 0}",
        f"{'smplx' if large else 'smpl'}-{gender_of(content.get('gender', 'neutral'))}",
        picture=picture,
        pose=pose,
        vertices=vertices,
        camera=_agora_camera(content),
    )
    words = (
        [] if found.camera is not None else ["it has no 3D joints beside the 2D ones: nothing is projected"]
    )
    return FoundFile("AGORA", [found], words)


def _agora_camera(content: Mapping[str, Any]) -> Any:
    """The camera by which its 2D joints were made of the 3D ones, where both are there."""
    if content.get("allSmplJoints3d") is None:
        return None
    solid = np.reshape(content["allSmplJoints3d"], (-1, 3))
    plane = np.reshape(content["joints"], (-1, 2))
    count = min(len(solid), len(plane))
    return fitted_camera(numbers(solid[:count], -1, 3), numbers(plane[:count], -1, 2))


# ---- EasyMocap


def _is_easymocap(content: Any) -> bool:
    people = content.get("annots") if isinstance(content, dict) else content
    return (
        isinstance(people, list)
        and bool(people)
        and all(of_names(one, "Rh", "Th", "poses", "shapes") for one in people)
    )


def _read_easymocap(content: Any, path: Path) -> FoundFile:
    """One frame; bodies are turned about the origin, hands and face follow the body's 66 numbers."""
    digits = path.stem.rpartition("_")[2]
    people = []
    for row, one in enumerate(content["annots"] if isinstance(content, dict) else content):
        pose, root = (
            numbers(np.ravel(one["poses"]), -1, name="poses"),
            numbers(np.ravel(one["Rh"]), 3, name="Rh"),
        )
        body = {69: "smpl", 72: "smpl", 78: "smplh", 87: "smplx"}.get(len(pose), "")
        if not body:
            raise ValueError(f"poses of {len(pose)} numbers fit none of EasyMocap's bodies")
        turned = pose if len(pose) == 69 else pose[3 : 72 if body == "smpl" else 66]
        own = BodyPose(
            np.concatenate([root, turned]).reshape(-1, 3),
            numbers(np.ravel(one["shapes"]), -1, name="shapes"),
            numbers(np.ravel(one["Th"]), 3, name="Th"),
            ((), ()) if body == "smpl" else (pose[66:72], pose[72:78]),
            face=pose[78:] if body == "smplx" else np.zeros(9),
            place="origin",
        )
        frame = int(digits) if digits.isdecimal() else None
        name = f"person {one.get('id', row)}"
        people.append(
            FoundPerson(name, f"{body}-neutral", path.stem * (frame is None), frame, own, in_world=True)
        )
    return FoundFile("EasyMocap", people, [IN_A_WORLD])


# ---- EFT and FrankMocap


def _is_eft(content: Any) -> bool:
    data = content.get("data") if isinstance(content, dict) else None
    return isinstance(data, list) and bool(data) and of_names(data[0], "parm_pose", "parm_cam", "bbox_scale")


def _read_eft(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """Weak perspective in a box of 200 times its scale."""
    people = []
    for row, one in enumerate(content["data"]):
        cam, centre = (
            numbers(one["parm_cam"], 3, name="parm_cam"),
            numbers(one["bbox_center"], 2, name="bbox_center"),
        )
        half = 100.0 * float(one["bbox_scale"])
        kind = "smplx" if str(one.get("smpltype", "smpl")).lower() == "smplx" else "smpl"
        people.append(
            FoundPerson(
                f"row {row}",
                f"{kind}-neutral",
                picture=str(one["imageName"]),
                pose=BodyPose(
                    bends(np.asarray(one["parm_pose"], float)[None])[0],
                    numbers(np.ravel(one["parm_shape"]), -1, name="parm_shape"),
                ),
                shift=np.array([0, 0, FAR]),
                camera=partial(_crop_camera, cam, centre, half),
            )
        )
    return FoundFile("EFT", people)


def _crop_camera(
    cam: NDArray[np.float64], centre: NDArray[np.float64], half: float, _size: tuple[int, int]
) -> PinholeCamera:
    """u = cx + half s (X + tx), and v likewise."""
    return weak_camera(cam[0] * half, centre + half * cam[0] * cam[1:])


# ---- HybrIK


def _is_hybrik(content: Any) -> bool:
    return of_names(content, "pred_thetas", "pred_betas", "transl", "bbox", "img_path")


def _read_hybrik(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """The focal length goes with the box; bodies are placed by their root joint."""
    thetas = np.asarray(content["pred_thetas"])
    rotations = bends(thetas.reshape(len(thetas), -1, 3, 3))
    boxes, places = (
        numbers(content["bbox"], -1, 4, name="bbox"),
        numbers(content["transl"], -1, 3, name="transl"),
    )
    sizes = np.column_stack([np.ravel(content["width"]), np.ravel(content["height"])]).astype(float)
    betas = numbers(content["pred_betas"], -1, -1, name="pred_betas")
    people = [
        FoundPerson(
            "person 0",
            _SMPLX if rotations.shape[1] == 55 else _SMPL,
            picture=str(content["img_path"][row]),
            pose=BodyPose(rotations[row], betas[row], places[row], place="root"),
            camera=focal_camera(1000 / 256 * (boxes[row, 2] - boxes[row, 0]), sizes[row] / 2),
        )
        for row in range(len(rotations))
    ]
    return FoundFile("HybrIK", people)


_WORLD = "the set's, in one world"
FORMATS = (
    PredictionFormat(
        "EMDB",
        "EMDB",
        "`*_data.pkl`",
        "SMPL with gender",
        "frame numbers",
        "in the file, moving",
        _is_emdb,
        _read_emdb,
    ),
    PredictionFormat(
        "SMPLify-X",
        "SMPLify-X",
        "`results/<picture>/*.pkl`",
        "SMPL-X neutral",
        "the folder's name",
        "5000 px",
        _is_smplify_x,
        _read_smplify_x,
    ),
    PredictionFormat(
        "AGORA",
        "AGORA's evaluation",
        "`<picture>_personId_*.pkl`",
        "SMPL, SMPL-X",
        "file names",
        "by its own 2D points",
        _is_agora,
        _read_agora,
    ),
    PredictionFormat(
        "RICH",
        "RICH, AGORA's fits",
        "`<frame>/<person>.pkl`",
        "SMPL-X, SMPL",
        "frame numbers, file names",
        _WORLD,
        _is_one_fit,
        _read_one_fit,
    ),
    PredictionFormat(
        "EasyMocap",
        "EasyMocap",
        "`smpl/*.json`",
        "SMPL, SMPL-H, SMPL-X neutral",
        "frame numbers",
        _WORLD,
        _is_easymocap,
        _read_easymocap,
    ),
    PredictionFormat(
        "EFT",
        "EFT's pseudo-truth",
        "`*_EFT*.json`",
        "SMPL, SMPL-X neutral",
        "picture names",
        "weak perspective",
        _is_eft,
        _read_eft,
    ),
    PredictionFormat(
        "HybrIK",
        "HybrIK, HybrIK-X",
        "`res.pk`",
        "SMPL, SMPL-X neutral",
        "picture names",
        "1000/256 of the box",
        _is_hybrik,
        _read_hybrik,
    ),
)
