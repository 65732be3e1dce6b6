"""People under SMPL's and SMPL-X's names: NeuralAnnot, OSX, Hand4Whole, HuMMan, FrankMocap, TRACE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.body_files.people import (
    FAR,
    IN_A_WORLD,
    BodyPose,
    CameraOf,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    bends,
    fitted_camera,
    focal_camera,
    longer_side_camera,
    numbers,
    of_names,
    row_of,
    weak_camera,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.pose2d.pose_file import plain_name

_SMPL, _SMPLX = "smpl-neutral", "smplx-neutral"
_TRACE_FOCAL = 443.4 / 512
_CAMERAS = 4
_SUBJECT = re.compile(r"subject_?(\d+)", re.IGNORECASE)


# ---- NeuralAnnot, OSX's evaluation, Hand4Whole: pose and shape, or root_pose, body_pose, shape ...


def _is_parameters(one: Any) -> bool:
    return of_names(one, "root_pose", "body_pose", "shape") or of_names(one, "pose", "shape", "trans")


def _own_pose(one: Mapping[str, Any]) -> tuple[str, BodyPose]:
    """Body and pose of SMPL's or SMPL-X's parameters; hands count from the mean hand."""

    def part(name: str, size: int) -> NDArray[np.float64]:
        values = one.get(name)
        return np.zeros(size) if values is None else numbers(np.ravel(values), size or -1, name=name)

    shape, place = part("shape", 0), part("trans", 3)
    if "root_pose" not in one:
        return _SMPL, BodyPose(part("pose", 72).reshape(-1, 3), shape, place)
    pose = BodyPose(
        np.concatenate([part("root_pose", 3), part("body_pose", 63)]).reshape(-1, 3),
        shape,
        place,
        (part("lhand_pose", 45), part("rhand_pose", 45)),
        face=np.concatenate([part("jaw_pose", 3), np.zeros(6)]),
        expression=part("expr", 0) if one.get("expr") is not None else np.zeros(0),
    )
    return _SMPLX, pose


def _fitted(entry: Any) -> Mapping[str, Any] | None:
    """The parameters in an entry of an annotation, whichever name they have."""
    if not isinstance(entry, dict):
        return None
    found = entry.get("smplx_param", entry.get("smpl_param", entry))
    return found if _is_parameters(found) else None


def _own_camera(entry: Mapping[str, Any]) -> CameraOf | None:
    own = entry.get("cam_param")
    if own is None:
        return None
    return focal_camera(numbers(own["focal"], 2, name="focal"), numbers(own["princpt"], 2, name="princpt"))


def _is_by_annotation(content: Any) -> bool:
    if not isinstance(content, dict) or not content:
        return False
    first = next(iter(content.values()))
    return all(str(key).isdecimal() for key in content) and _fitted(first) is not None


def _read_by_annotation(content: Mapping[str, Any], _path: Path) -> FoundFile:
    people, broken = [], 0
    for key, entry in content.items():
        found = _fitted(entry)
        if found is None:
            broken += 1
            continue
        body, pose = _own_pose(found)
        people.append(
            FoundPerson(f"annotation {key}", body, annotation=str(key), pose=pose, camera=_own_camera(entry))
        )
    words = f"{broken} entries hold no parameters and are left out"
    return FoundFile("NeuralAnnot", people, [words] if broken else [])


def _is_one_annotation(content: Any) -> bool:
    return of_names(content, "cam_param") and _fitted(content) is not None


def _read_one_annotation(content: Mapping[str, Any], path: Path) -> FoundFile:
    body, pose = _own_pose(_fitted(content) or {})
    number, picture = (path.stem, "") if path.stem.isdecimal() else ("", path.stem)
    camera = _own_camera(content)
    person = FoundPerson(
        f"person {path.stem}", body, picture=picture, pose=pose, camera=camera, annotation=number
    )
    return FoundFile("OSX", [person])


def _is_of_subject(content: Any) -> bool:
    """{action: {subaction: {frame: parameters}}}"""
    depth, one = 0, content
    while isinstance(one, dict) and one and not _is_parameters(one) and depth < 4:
        if not all(str(key).isdecimal() for key in one):
            return False
        one, depth = next(iter(one.values())), depth + 1
    return depth == 3 and _is_parameters(one)


def _read_of_subject(content: Mapping[str, Any], path: Path) -> FoundFile:
    """Human3.6M: people of a world, whom all four cameras see; pictures are called after the performance."""
    found = _SUBJECT.search(path.stem)
    if found is None:
        words = "the name of this file of Human3.6M does not say whose it is"
        raise SefdError(words, where=path, remedy="Call it as NeuralAnnot does: Human36M_subject1_...json")
    people = []
    for action, subactions in content.items():
        for subaction, frames in subactions.items():
            performance = f"s_{int(found[1]):02d}_act_{int(action):02d}_subact_{int(subaction):02d}"
            for frame, entry in frames.items():
                body, pose = _own_pose(entry)
                for camera in range(1, _CAMERAS + 1):
                    picture = f"{performance}_ca_{camera:02d}_{int(frame) + 1:06d}"
                    own = FoundPerson(f"subject {found[1]}", body, picture=picture, pose=pose, in_world=True)
                    people.append(own)
    return FoundFile("NeuralAnnot of Human3.6M", people, [IN_A_WORLD])


def _is_hand4whole(content: Any) -> bool:
    return of_names(content, "root_pose", "body_pose", "lhand_pose", "rhand_pose", "shape")


def _read_hand4whole(content: Mapping[str, Any], path: Path) -> FoundFile:
    body, pose = _own_pose(content)
    picture = path.parent.name if path.stem == "smplx_param" else path.stem
    words = "it has no place and no camera: nothing is projected"
    return FoundFile("Hand4Whole", [FoundPerson("person 0", body, picture=picture, pose=pose)], [words])


# ---- smplx's arguments with a row for each frame


def _is_rows(content: Any) -> bool:
    if not of_names(content, "global_orient", "body_pose", "betas", "transl"):
        return False
    count = len(np.atleast_1d(content["transl"]))
    turned = np.size(content["body_pose"])
    return np.ndim(content["transl"]) == 2 and count > 1 and turned in (63 * count, 69 * count)


def _read_rows(content: Mapping[str, Any], _path: Path) -> FoundFile:
    places = numbers(content["transl"], -1, 3, name="transl")
    count = len(places)
    root, body = (np.asarray(content[name]).reshape(count, -1) for name in ("global_orient", "body_pose"))
    rotations = bends(np.concatenate([root, body], axis=1))
    whole = rotations.shape[1] == 22
    named_x = {"jaw_pose", "expression", "leye_pose"} & content.keys()

    def part(name: str, row: int, size: int) -> NDArray[np.float64]:
        values = content.get(name)
        return np.zeros(size) if values is None else np.asarray(values, float).reshape(count, -1)[row]

    people = [
        FoundPerson(
            "track 0",
            _SMPLX if whole else _SMPL,
            frame=row,
            pose=BodyPose(
                rotations[row],
                row_of(content["betas"], row, count, "betas"),
                places[row],
                (part("left_hand_pose", row, 0), part("right_hand_pose", row, 0)),
                face=np.concatenate([part(n, row, 3) for n in ("jaw_pose", "leye_pose", "reye_pose")]),
                expression=part("expression", row, 0),
            ),
            in_world=True,
        )
        for row in range(count)
    ]
    asks = ("smplh", "smplx") if whole and not named_x else ()
    return FoundFile("smplx", people, [IN_A_WORLD], asks=asks)


# ---- FrankMocap


def _is_frankmocap(content: Any) -> bool:
    people = content if isinstance(content, list) else [content]
    return bool(people) and all(of_names(one, "parm_pose", "pred_vertices_imgspace") for one in people)


def _read_frankmocap(content: Any, path: Path) -> FoundFile:
    """Vertices in pixels of the picture, looked at straight on."""
    people = []
    for row, one in enumerate(content if isinstance(content, list) else [content]):
        pixels = numbers(np.reshape(one["pred_vertices_imgspace"], (-1, 3)), -1, 3, name="pred_vertices")
        box = numbers(np.ravel(one["bbox_xyxy"])[:4], 4, name="bbox_xyxy")
        scale = float(np.ravel(one["parm_cam"])[0]) * float(max(box[2:] - box[:2])) / 2
        middle = pixels.mean(axis=0)
        family = _SMPLX if len(pixels) == 10475 else _SMPL
        people.append(
            FoundPerson(
                f"person {one.get('subjectId', row)}",
                family,
                picture=path.stem,
                vertices=(pixels - middle) / scale,
                shift=np.array([0, 0, FAR]),
                camera=partial(_straight_on, scale, middle[:2]),
            )
        )
    return FoundFile("FrankMocap", people)


def _straight_on(scale: float, middle: NDArray[np.float64], _size: tuple[int, int]) -> PinholeCamera:
    return weak_camera(scale, middle)


# ---- TRACE


def _is_trace(content: Any) -> bool:
    return (
        of_names(content, "outputs", "imgpaths")
        and isinstance(content["outputs"], dict)
        and of_names(content["outputs"], "smpl_thetas", "smpl_betas", "cam_trans")
    )


def _read_trace(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """All people of all pictures one after the other; `reorganize_idx` says whose picture is whose."""
    found = content["outputs"]
    rotations = bends(found["smpl_thetas"])
    betas = numbers(found["smpl_betas"], -1, -1, name="smpl_betas")
    places = numbers(found["cam_trans"], -1, 3, name="cam_trans")
    count = len(rotations)
    names = [plain_name(word).rpartition("/")[2] for word in np.ravel(content["imgpaths"]).astype(str)]
    pictures = np.ravel(found.get("reorganize_idx", np.arange(count))).astype(int)
    tracks = np.ravel(found.get("track_ids", np.arange(count))).astype(int)
    verts, points, joints = (found.get(name) for name in ("verts", "pj2d_org", "j3d"))
    people = []
    for row in range(count):
        camera: CameraOf = longer_side_camera(_TRACE_FOCAL)
        if joints is not None and points is not None:
            plane = numbers(points[row], -1, 2, name="pj2d_org")
            camera = fitted_camera(numbers(joints[row][: len(plane)], -1, 3) + places[row], plane)
        own = None if verts is None else numbers(verts[row], 6890, 3, name="verts") + places[row]
        people.append(
            FoundPerson(
                f"track {tracks[row]}",
                _SMPL,
                picture=names[pictures[row]],
                pose=BodyPose(rotations[row], betas[row, :10], places[row]),
                vertices=own,
                camera=camera,
            )
        )
    words = "its field of view is not in the file: BEV's 60 degrees are taken"
    notes = [words] if joints is None or points is None else []
    children = ["some of its people are small children (SMIL), which SMPL's shape does not have"]
    small = betas.shape[1] == 11 and bool((betas[:, 10] > 0.8).any())
    return FoundFile("TRACE", people, [*notes, *(children if small else [])])


# ---- known, and not to be matched


def _is_spin_evaluation(content: Any) -> bool:
    return (
        of_names(content, "pose", "betas", "camera", "pred_joints")
        and "imgname" not in content
        and np.ndim(content["camera"]) == 2
    )


def _refuse_spin_evaluation(_content: Any, path: Path) -> Iterator[FoundPerson]:
    raise SefdError(
        "this file of SPIN's evaluation names no pictures: its rows are those of the evaluated table",
        where=path,
        remedy="Save it with that table's imgname, center and scale",
    )


FORMATS = (
    PredictionFormat(
        "NeuralAnnot",
        "NeuralAnnot",
        "`*_SMPL_NeuralAnnot.json`, `*_SMPLX_NeuralAnnot.json`",
        "SMPL, SMPL-X neutral",
        "annotation ids",
        "in the file",
        _is_by_annotation,
        _read_by_annotation,
    ),
    PredictionFormat(
        "NeuralAnnot of Human3.6M",
        "NeuralAnnot",
        "`Human36M_subject*_SMPL*.json`",
        "SMPL, SMPL-X neutral",
        "picture names",
        "the set's, in one world",
        _is_of_subject,
        _read_of_subject,
    ),
    PredictionFormat(
        "OSX",
        "OSX, Hand4Whole, their evaluations",
        "`<annotation>.json`",
        "SMPL-X neutral",
        "annotation ids, file names",
        "in the file",
        _is_one_annotation,
        _read_one_annotation,
    ),
    PredictionFormat(
        "Hand4Whole",
        "Hand4Whole's demo",
        "`<picture>/smplx_param.json`",
        "SMPL-X neutral",
        "the folder's name, file names",
        "none",
        _is_hand4whole,
        _read_hand4whole,
    ),
    PredictionFormat(
        "smplx",
        "HuMMan, and whoever saves smplx's arguments",
        "`smpl_params.npz` and others",
        "SMPL, SMPL-X neutral, or asked",
        "frame numbers",
        "the set's, in one world",
        _is_rows,
        _read_rows,
    ),
    PredictionFormat(
        "FrankMocap",
        "FrankMocap, EFT's bodymocap",
        "`<picture>.pkl`",
        "SMPL, SMPL-X neutral",
        "file names",
        "straight on",
        _is_frankmocap,
        _read_frankmocap,
    ),
    PredictionFormat(
        "TRACE",
        "TRACE",
        "`<sequence>.npz`",
        "SMPL neutral",
        "picture names",
        "by its own 2D points, else 60 degrees",
        _is_trace,
        _read_trace,
    ),
)
REFUSED = ((_is_spin_evaluation, _refuse_spin_evaluation),)
"""Files that are known, and whose people nobody can find in pictures."""
