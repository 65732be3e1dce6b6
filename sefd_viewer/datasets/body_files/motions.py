"""Bodies with hands and faces, and motions: GVHMR, PromptHMR, SMPLer-X, AMASS, BEDLAM, HumanData."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.body_files.people import (
    BodyPose,
    CameraOf,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    bends,
    focal_camera,
    gender_of,
    longer_side_camera,
    matrix_camera,
    numbers,
    of_names,
)
from sefd_viewer.errors import DAMAGED, SefdError

_SMPLX = "smplx-neutral"
_BODIES = {"smplx": "smplx", "smplx_locked_head": "smplx", "smplh": "smplh", "smpl": "smpl"}

# ---- GVHMR


def _is_gvhmr(content: Any) -> bool:
    return of_names(content, "smpl_params_incam", "K_fullimg")


def _read_gvhmr(content: Mapping[str, Any], _path: Path) -> FoundFile:
    found = content["smpl_params_incam"]
    rotations = bends(np.concatenate([found["global_orient"], found["body_pose"]], axis=1))
    betas = numbers(found["betas"], -1, -1, name="betas")
    places = numbers(found["transl"], -1, 3, name="transl")
    people = [
        FoundPerson(
            "track 0",
            _SMPLX,
            frame=row,
            pose=BodyPose(rotations[row], betas[row], places[row]),
            camera=matrix_camera(content["K_fullimg"][row]),
        )
        for row in range(len(rotations))
    ]
    return FoundFile("GVHMR", people)


# ---- PromptHMR on a picture


def _is_prompt_hmr(content: Any) -> bool:
    return of_names(content, "rotmat", "cam_int", "transl", "betas")


def _read_prompt_hmr(content: Mapping[str, Any], path: Path) -> FoundFile:
    rotations = bends(content["rotmat"])[:, :22]
    betas, places = numbers(content["betas"], -1, -1), numbers(content["transl"], -1, 3, name="transl")
    cameras = numbers(content["cam_int"], -1, 3, 3, name="cam_int")
    people = [
        FoundPerson(
            f"person {row}",
            _SMPLX,
            picture=path.parent.name,
            pose=BodyPose(rotations[row], betas[row], places[row]),
            camera=longer_side_camera(cameras[row, 0, 0] / (2 * cameras[row, 0, 2])),
        )
        for row in range(len(rotations))
    ]
    return FoundFile("PromptHMR", people, ["its picture is the one that the file's folder is called after"])


# ---- SMPLer-X


def _is_smpler_x(content: Any) -> bool:
    if not of_names(content, "global_orient", "body_pose", "left_hand_pose", "jaw_pose"):
        return False
    return np.shape(content["body_pose"]) == (21, 3) and np.shape(content["left_hand_pose"]) == (15, 3)


def _read_smpler_x(content: Mapping[str, Any], path: Path) -> FoundFile:
    meta = path.parent.parent / "meta" / f"{path.stem}.json"
    try:
        about = orjson.loads(meta.read_bytes())
        focal, centre = numbers(about["focal"], 2, name="focal"), numbers(about["princpt"], 2, name="princpt")
        picture = str(about.get("img_path", ""))
    except (OSError, *DAMAGED) as error:
        raise SefdError(
            f"the camera of this person is not beside the file ({error})",
            where=path,
            remedy=f"Keep SMPLer-X's folders `smplx` and `meta` together; looked for is {meta}",
        ) from error
    frame, _, person = path.stem.partition("_")
    found = FoundPerson(
        f"person {person or 0}",
        _SMPLX,
        picture=picture,
        frame=int(frame) - 1 if frame.isdecimal() else None,
        pose=_whole_pose(content, 0, flat_hands=False),
        camera=focal_camera(focal, centre),
    )
    return FoundFile("SMPLer-X", [found])


def _whole_pose(content: Mapping[str, Any], row: int, *, flat_hands: bool) -> BodyPose:
    """Somebody under smplx's names, each array with a row for everybody (or one person's alone)."""

    def part(name: str, size: int) -> NDArray[np.float64]:
        if content.get(name) is None:
            return np.zeros(size)
        values = np.asarray(content[name])
        own = values[row] if values.ndim > 1 and len(values) > row and values[row].size == size else values
        return numbers(own.ravel(), size, name=name)

    def row_of(name: str) -> NDArray[np.float64]:
        values = np.asarray(content[name])
        return numbers(np.atleast_2d(values)[row], -1, name=name)

    body = np.asarray(content["body_pose"])
    body = body[None] if body.ndim == 2 and body.shape[1] == 3 else body
    turned = numbers(body[row].ravel(), -1, name="body_pose")
    if len(turned) not in (63, 69):
        raise ValueError(f"body_pose is {body.shape} and turns neither 21 nor 23 joints")
    expression = row_of("expression") if content.get("expression") is not None else np.zeros(0)
    return BodyPose(
        np.concatenate([part("global_orient", 3), turned]).reshape(-1, 3),
        row_of("betas"),
        part("transl", 3),
        (part("left_hand_pose", 45), part("right_hand_pose", 45)),
        flat_hands=flat_hands,
        face=np.concatenate([part(name, 3) for name in ("jaw_pose", "leye_pose", "reye_pose")]),
        expression=expression,
    )


# ---- AMASS


def _is_amass(content: Any) -> bool:
    return of_names(content, "poses", "trans", "betas") and (
        "mocap_framerate" in content or "mocap_frame_rate" in content
    )


def _read_amass(content: Mapping[str, Any], path: Path) -> FoundFile:
    rotations = bends(content["poses"])
    places, betas = numbers(content["trans"], -1, 3, name="trans"), np.asarray(content["betas"])
    stated = str(np.asarray(content.get("surface_model_type", "")).item())
    known = _BODIES | {open_body().id: open_body().id}
    family = known.get(stated, {52: "smplh", 55: "smplx", 24: "smpl"}.get(rotations.shape[1], ""))
    asks = ("smplh", "smplx") if not stated and rotations.shape[1] == 22 else ()
    family = family or next(iter(asks), "")
    if not family:
        words = f"this motion turns {rotations.shape[1]} joints of a body '{stated}' that is not known"
        raise SefdError(words, where=path, remedy="SMPL, SMPL-H and SMPL-X are read")
    body = family if family == open_body().id else f"{family}-{gender_of(content.get('gender', 'neutral'))}"
    frames = numbers(content.get("frame_idx", np.arange(len(rotations))), len(rotations), name="frame_idx")
    people = [
        FoundPerson(
            "track 0",
            body,
            frame=int(frames[row]),
            pose=BodyPose(rotations[row], numbers(betas.reshape(-1, betas.shape[-1])[0], -1), places[row]),
            in_world=True,
        )
        for row in range(len(rotations))
    ]
    words = "its body stands in a world: the set's cameras have to stand in the same one"
    up = (0.0, 1.0, 0.0) if "motion_info" in content else (0.0, 0.0, 1.0)
    return FoundFile("AMASS", people, [words], up=up, asks=asks)


# ---- BEDLAM


def _is_bedlam(content: Any) -> bool:
    return of_names(content, "pose_cam", "cam_ext", "cam_int", "imgname", "shape")


def _read_bedlam(content: Mapping[str, Any], _path: Path) -> FoundFile:
    rotations, betas = bends(content["pose_cam"]), numbers(content["shape"], -1, -1, name="shape")
    if "trans_cam" not in content:
        return _read_agora_table(content, rotations, betas)
    places = numbers(content["trans_cam"], -1, 3, name="trans_cam")
    extrinsics = numbers(content["cam_ext"], -1, 4, 4, name="cam_ext")
    body = _SMPLX if rotations.shape[1] == 55 else "smpl-neutral"
    people = [
        FoundPerson(
            f"row {row}",
            body,
            picture=str(content["imgname"][row]),
            pose=BodyPose(rotations[row], betas[row], places[row]),
            shift=extrinsics[row, :3, 3],
            camera=matrix_camera(content["cam_int"][row]),
        )
        for row in range(len(rotations))
    ]
    turned = "pictures of its portrait scenes are turned clockwise by 90 degrees, as its labels are"
    locked = ["sixteen betas are of BEDLAM2's SMPL-X without head bun: give that body"] * (
        betas.shape[1] == 16
    )
    return FoundFile("BEDLAM", people, [turned, *locked], lying=True)


def _read_agora_table(
    content: Mapping[str, Any], rotations: NDArray[np.float64], betas: NDArray[np.float64]
) -> FoundFile:
    """AGORA as BEDLAM's programs process it: no places, people are matched by their boxes."""
    people = []
    for row, picture in enumerate(content["imgname"]):
        sides = np.broadcast_to(np.asarray(content["scale"][row], float) * 200, 2)
        box = np.concatenate([numbers(content["center"][row], 2, name="center") - sides / 2, sides])
        own = BodyPose(rotations[row], betas[row])
        people.append(FoundPerson(f"row {row}", _SMPLX, picture=str(picture), pose=own, bbox_xywh=box))
    return FoundFile(
        "BEDLAM", people, ["it has no places: nothing is projected, people are matched by boxes"]
    )


# ---- HumanData


def _is_human_data(content: Any) -> bool:
    fitted = [name for name in ("smpl", "smplh", "smplx") if of_names(content, name)]
    return bool(fitted) and "image_path" in content and isinstance(content[fitted[0]], dict)


def _read_human_data(content: Mapping[str, Any], _path: Path) -> FoundFile:
    family = next(name for name in ("smplx", "smplh", "smpl") if isinstance(content.get(name), dict))
    genders = _dictionary(content.get("meta")).get("gender")
    found, misc = content[family], _dictionary(content.get("misc"))
    flat = bool(misc.get("flat_hand_mean", False))
    boxes = content.get("bbox_xywh")
    people = []
    for row, picture in enumerate(content["image_path"]):
        box = None if boxes is None else numbers(boxes[row][:4], 4, name="bbox_xywh")
        pose = _whole_pose(found, row, flat_hands=flat)
        camera = _human_data_camera(content, row)
        placed = camera if found.get("transl") is not None else None
        gender = "neutral" if genders is None else gender_of(np.ravel(genders)[row % np.size(genders)])
        body = f"{family}-{gender}"
        name = f"row {row}"
        people.append(FoundPerson(name, body, picture=str(picture), pose=pose, camera=placed, bbox_xywh=box))
    words = ["it has no cameras: nothing is projected"] if all(one.camera is None for one in people) else []
    return FoundFile("HumanData", people, words)


def _human_data_camera(content: Mapping[str, Any], row: int) -> CameraOf | None:
    """The camera under mmhuman3d's names in `meta` or `misc`, a row for each person or one for all."""
    for about in (_dictionary(content.get("meta")), _dictionary(content.get("misc"))):
        if of_names(about, "focal_length", "principal_point"):
            focal = np.atleast_2d(np.asarray(about["focal_length"], float))
            centre = np.atleast_2d(np.asarray(about["principal_point"], float))
            which = row if len(focal) > row and len(centre) > row else 0
            return focal_camera(focal[which].ravel()[:2], centre[which])
    cameras = content.get("cam_param")
    if isinstance(cameras, list | np.ndarray) and len(cameras) > row and isinstance(cameras[row], dict):
        own = cameras[row]
        for name in ("in_mat", "K", "intrinsics"):
            if own.get(name) is not None:
                return matrix_camera(np.asarray(own[name], float)[:3, :3])
        if of_names(own, "focal_length", "principal_point"):
            focal = np.broadcast_to(np.ravel(np.asarray(own["focal_length"], float)), 2)
            return focal_camera(focal, np.ravel(own["principal_point"]))
    return None


def _dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FORMATS = (
    PredictionFormat(
        "GVHMR",
        "GVHMR",
        "`hmr4d_results.pt`",
        "SMPL-X neutral",
        "frame numbers",
        "in the file",
        _is_gvhmr,
        _read_gvhmr,
    ),
    PredictionFormat(
        "PromptHMR",
        "PromptHMR on pictures",
        "`<picture>/output.pt`",
        "SMPL-X neutral",
        "the folder's name",
        "in the file",
        _is_prompt_hmr,
        _read_prompt_hmr,
    ),
    PredictionFormat(
        "SMPLer-X",
        "SMPLer-X",
        "`smplx/*.npz` with `meta/*.json`",
        "SMPL-X neutral",
        "picture names, frame numbers",
        "in `meta`",
        _is_smpler_x,
        _read_smpler_x,
    ),
    PredictionFormat(
        "AMASS",
        "AMASS, MoSh++, MoYo",
        "`*_poses.npz`, `*_stageii.npz`",
        "SMPL-H, SMPL-X, with gender",
        "frame numbers",
        "the set's, in one world",
        _is_amass,
        _read_amass,
    ),
    PredictionFormat(
        "BEDLAM",
        "BEDLAM, BEDLAM2, AGORA as they process it",
        "`*_*fps.npz`",
        "SMPL-X neutral",
        "picture names, boxes",
        "in the file",
        _is_bedlam,
        _read_bedlam,
    ),
    PredictionFormat(
        "HumanData",
        "MMHuman3D, SMPLer-X's sets",
        "`*.npz`",
        "SMPL, SMPL-H, SMPL-X, with gender",
        "picture names, boxes",
        "in the file, where there is one",
        _is_human_data,
        _read_human_data,
    ),
)
