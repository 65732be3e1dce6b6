"""People of single pictures: ROMP, BEV, HMR2, NLF, CLIFF, Multi-HMR; tables of SPIN, HMR2, AGORA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.body_files.people import (
    BY_VERTICES,
    FAR,
    BodyPose,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    Size,
    bends,
    fitted_camera,
    focal_camera,
    gender_of,
    longer_side_camera,
    matrix_camera,
    numbers,
    of_names,
    weak_camera,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera

_SMPL = "smpl-neutral"
_BEV_FOCAL = 443.4 / 512
_SIXTY_DEGREES = 1 / (2 * np.tan(np.radians(30)))
_SPIN_BOX = 200.0
_NLF_VIEW = 1 / (2 * np.tan(np.radians(55 / 2)))
_LARGEST_M = 10.0
"""Metres that nobody is large: NLF writes millimetres, and people turn them into metres."""

# ---- ROMP and BEV


def _is_romp(content: Any) -> bool:
    if not of_names(content, "results") or not isinstance(content["results"], dict):
        return False
    return all(of_names(one, "cam", "smpl_betas", "verts") for _, one in _romp_pictures(content, Path()))


def _romp_pictures(content: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    """One picture of a file that is called after it, or all pictures of a video by name."""
    results = content["results"]
    if "cam" in results:
        yield path.stem, results
    else:
        yield from ((str(name), one) for name, one in results.items())


def _read_romp(content: Mapping[str, Any], path: Path) -> FoundFile:
    people: list[FoundPerson] = []
    children = False
    for picture, found in _romp_pictures(content, path):
        betas = numbers(found["smpl_betas"], -1, -1, name="smpl_betas")
        is_bev = betas.shape[1] == 11
        children |= is_bev and bool((betas[:, 10] > 0.8).any())
        ids = found.get("track_ids")
        for row, vertices in enumerate(found["verts"]):
            cam = numbers(found["cam"][row], 3, name="cam")
            name = f"person {row}" if ids is None else f"track {int(ids[row])}"
            own = numbers(vertices, 6890, 3, name="verts")
            if is_bev:
                shift, camera = (
                    numbers(found["cam_trans"][row], 3, name="cam_trans"),
                    longer_side_camera(_BEV_FOCAL),
                )
            else:
                shift, camera = np.array([0, 0, FAR]), partial(_romp_camera, cam)
            people.append(FoundPerson(name, _SMPL, picture=picture, vertices=own, shift=shift, camera=camera))
    notes = ["some bodies of BEV are those of small children (SMIL), which SMPL's shape does not have"]
    return FoundFile("ROMP", people, notes if children else [])


def _romp_camera(cam: NDArray[np.float64], size: Size) -> PinholeCamera:
    """u = (s X + tx + 1) S / 2 - left on the picture padded to a square of side S."""
    side = max(size)
    margin = np.array([(side - size[0]) // 2, (side - size[1]) // 2])
    return weak_camera(cam[0] * side / 2, (cam[1:] + 1) * side / 2 - margin)


# ---- HMR2


def _is_hmr2(content: Any) -> bool:
    if not isinstance(content, dict) or not {"pred_cam_t_full", "pred_cam_t"} & content.keys():
        return False
    vertices: Any = content.get("verts", content.get("pred_vertices", ()))
    return np.shape(vertices)[-2:] == (6890, 3) or _hmr2_parameters(content) is not None


def _hmr2_parameters(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = content.get("pred_smpl_params", content.get("pred_smpl_parms"))
    return found if of_names(found, "global_orient", "body_pose", "betas") else None


def _read_hmr2(content: Mapping[str, Any], path: Path) -> FoundFile:
    vertices = content.get("verts", content.get("pred_vertices"))
    poses = _hmr2_poses(content)
    if vertices is not None:
        own_vertices = numbers(
            np.reshape(vertices, (-1, *np.shape(vertices)[-2:])), -1, 6890, 3, name="verts"
        )
    places = content.get("pred_cam_t_full")
    people = []
    for row in range(len(poses) if vertices is None else len(own_vertices)):
        shift = np.zeros(3) if places is None else numbers(np.asarray(places).reshape(-1, 3)[row], 3)
        camera = None if places is None else longer_side_camera(5000 / 256)
        person = f"person {row}"
        people.append(
            FoundPerson(
                person,
                _SMPL,
                picture=path.stem,
                pose=poses[row] if row < len(poses) else None,
                vertices=None if vertices is None else own_vertices[row],
                camera=camera,
                shift=shift,
            )
        )
    words = "it has pred_cam_t of the crop alone: nothing is projected; save pred_cam_t_full for that"
    return FoundFile("HMR2", people, [words] if places is None else [])


def _hmr2_poses(content: Mapping[str, Any]) -> list[BodyPose]:
    found = _hmr2_parameters(content)
    if found is None:
        return []
    betas = np.asarray(found["betas"], float)
    betas = betas.reshape(-1, betas.shape[-1])
    turned = [np.reshape(found[name], (len(betas), -1, 3, 3)) for name in ("global_orient", "body_pose")]
    return [BodyPose(own, betas[row]) for row, own in enumerate(bends(np.concatenate(turned, axis=1)))]


# ---- NLF


def _is_nlf(content: Any) -> bool:
    return of_names(content, "vertices3d") and ("boxes" in content or "joints3d" in content)


def _read_nlf(content: Mapping[str, Any], path: Path) -> FoundFile:
    """One list of people per picture; a file of one picture may hold that picture's people alone."""
    found = content["vertices3d"]
    alone = isinstance(found, np.ndarray) and found.ndim == 3
    points = content.get("vertices2d")
    people = []
    for frame, meshes in enumerate([found] if alone else found):
        for row, mesh in enumerate(meshes):
            own = numbers(mesh, -1, 3, name="vertices3d")
            if len(own) not in BY_VERTICES:
                raise ValueError(f"a surface of {len(own)} vertices")
            own = own / (1000 if np.ptp(own, axis=0).max() > _LARGEST_M else 1)
            known = None if points is None else (points if alone else points[frame])[row]
            camera = (
                longer_side_camera(float(_NLF_VIEW))
                if known is None
                else fitted_camera(own, numbers(known, len(own), 2, name="vertices2d"))
            )
            where: dict[str, Any] = {"picture": path.stem} if alone else {"frame": frame}
            body = BY_VERTICES[len(own)]
            people.append(FoundPerson(f"person {row}", body, vertices=own, camera=camera, **where))
    words = "it has no 2D points: the usual field of view of 55 degrees is taken"
    return FoundFile("NLF", people, [words] if points is None else [])


# ---- tables of pictures


def _is_cliff(content: Any) -> bool:
    return of_names(content, "imgname", "pose", "shape", "global_t", "focal_l")


def _read_cliff(content: Mapping[str, Any], _path: Path) -> FoundFile:
    rotations, betas = bends(content["pose"]), numbers(content["shape"], -1, -1, name="shape")
    places, focals = (
        numbers(content["global_t"], -1, 3, name="global_t"),
        np.asarray(content["focal_l"]).ravel(),
    )
    names = [str(name) for name in content["imgname"]]
    found = content.get("detection_all")
    people = []
    for row in range(len(rotations)):
        name = names[row] if found is None else names[int(found[row][0])]
        pose = BodyPose(rotations[row], betas[row], places[row])
        camera = focal_camera(float(focals[row]))
        score = 1.0 if found is None else float(found[row][5])
        people.append(
            FoundPerson(f"person {row}", _SMPL, picture=name, pose=pose, camera=camera, score=score)
        )
    return FoundFile("CLIFF", people)


def _is_table(content: Any) -> bool:
    pose = of_names(content, "pose", "shape") or of_names(content, "body_pose", "betas")
    return pose and of_names(content, "imgname", "center", "scale")


def _read_table(content: Mapping[str, Any], _path: Path) -> FoundFile:
    of_spin = "pose" in content
    pose = bends(content["pose"]) if of_spin else bends(content["body_pose"])
    betas = numbers(content["shape"] if of_spin else content["betas"], -1, -1, name="betas")
    fitted = np.asarray(content.get("has_smpl", content.get("has_body_pose", np.ones(len(pose))))).ravel()
    genders = content.get("gender")
    if pose.shape[1] != 24:
        raise ValueError(f"pose turns {pose.shape[1]} joints, not SMPL's 24")
    people = []
    for row in np.flatnonzero(fitted):
        sides = np.broadcast_to(np.asarray(content["scale"][row], float) * (_SPIN_BOX if of_spin else 1), 2)
        box = np.concatenate([numbers(content["center"][row], 2, name="center") - sides / 2, sides])
        body = _SMPL if genders is None else f"smpl-{gender_of(genders[row])}"
        name = str(content["imgname"][row])
        placed = of_names(content, "cam_t", "cam_int")
        place = numbers(content["cam_t"][row], 3, name="cam_t") if placed else np.zeros(3)
        own = BodyPose(pose[row], betas[row], place)
        camera = matrix_camera(content["cam_int"][row]) if placed else None
        people.append(FoundPerson(f"row {row}", body, picture=name, pose=own, camera=camera, bbox_xywh=box))
    words = "it has no cameras: nothing is projected, people are matched by their boxes"
    return FoundFile("SPIN", people, [] if people and people[0].camera is not None else [words])


# ---- Multi-HMR


def _is_multi_hmr(content: Any) -> bool:
    if isinstance(content, np.ndarray):
        return content.ndim == 3 and content.shape[1:] == (10475, 3)
    many = isinstance(content, list) and bool(content)
    return many and all(of_names(one, "v3d", "transl_pelvis") for one in content)


def _read_multi_hmr(content: Any, path: Path) -> FoundFile:
    meshes = [one["v3d"] if isinstance(one, dict) else one for one in content]
    people = [
        FoundPerson(
            f"person {row}",
            "smplx-neutral",
            picture=path.stem,
            vertices=numbers(np.asarray(mesh).reshape(-1, 3), 10475, 3, name="v3d"),
            camera=longer_side_camera(float(_SIXTY_DEGREES)),
        )
        for row, mesh in enumerate(meshes)
    ]
    words = "the camera is not in the file: its usual field of view of 60 degrees is taken"
    return FoundFile("Multi-HMR", people, [words])


# ---- AGORA's tables

_AGORA_SIDE = 3840


def _is_agora_table(content: Any) -> bool:
    return of_names(content, "imgPath", "gt_joints_2d", "gt_joints_3d")


def _read_agora_table(content: Mapping[str, Any], path: Path) -> FoundFile:
    """A row for each picture, in it lists over people; those that its owners call invalid are left out."""
    if "gt_verts" not in content:
        raise SefdError(
            "this table of AGORA has joints and no bodies",
            where=path,
            remedy="Choose the one with vertices, *_withjv.pkl",
        )
    people, invalid = list[FoundPerson](), 0
    for row, name in enumerate(content["imgPath"]):
        valid = content["isValid"][row] if "isValid" in content else ()
        for person, surface in enumerate(content["gt_verts"][row]):
            if person < len(valid) and not bool(np.ravel(valid[person])[0]):
                invalid += 1
                continue
            vertices = numbers(np.reshape(surface, (-1, 3)), -1, 3, name="gt_verts")
            solid = numbers(np.reshape(content["gt_joints_3d"][row][person], (-1, 3)), -1, 3)
            plane = numbers(np.reshape(content["gt_joints_2d"][row][person], (-1, 2)), len(solid), 2)
            camera = partial(_agora_table_camera, fitted_camera(solid, plane))
            body = BY_VERTICES.get(len(vertices), f"a body of {len(vertices)} vertices")
            people.append(
                FoundPerson(f"person {person}", body, picture=str(name), vertices=vertices, camera=camera)
            )
    notes = ["its bodies' gender is not stated here: name the body after # where it is not neutral"]
    if invalid:
        notes.append(f"{invalid} people whom AGORA marks as invalid are left out")
    return FoundFile("AGORA's tables", people, notes)


def _agora_table_camera(camera: Any, size: Size) -> PinholeCamera:
    """Its 2D joints are those of pictures 3840 wide; people look at smaller ones, too."""
    found: PinholeCamera = camera(size)
    return found.resized(max(size) / _AGORA_SIDE, max(size) / _AGORA_SIDE)


FORMATS = (
    PredictionFormat(
        "ROMP",
        "ROMP, BEV",
        "`<picture>.npz`, `video_results.npz`",
        "SMPL neutral",
        "file names",
        "weak perspective; BEV 60 degrees",
        _is_romp,
        _read_romp,
    ),
    PredictionFormat(
        "HMR2",
        "4D-Humans on pictures",
        "`<picture>.npz` of its outputs",
        "SMPL neutral",
        "file names",
        "5000/256 of the longer side",
        _is_hmr2,
        _read_hmr2,
    ),
    PredictionFormat(
        "Multi-HMR",
        "Multi-HMR",
        "`<picture>.npy`",
        "SMPL-X neutral",
        "file names",
        "60 degrees",
        _is_multi_hmr,
        _read_multi_hmr,
    ),
    PredictionFormat(
        "NLF",
        "NLF",
        "its outputs as `.pkl`, `.npz` or `.pt`",
        "SMPL or SMPL-X neutral",
        "frame numbers, file name",
        "by its own 2D points, else 55 degrees",
        _is_nlf,
        _read_nlf,
    ),
    PredictionFormat(
        "CLIFF",
        "CLIFF, its pseudo-truth",
        "`*_cliff_*.npz`, `*_cliffGT.npz`",
        "SMPL neutral",
        "picture names",
        "in the file",
        _is_cliff,
        _read_cliff,
    ),
    PredictionFormat(
        "SPIN",
        "SPIN, EFT, HMR2's training sets, CamSMPLify",
        "`*_train.npz`",
        "SMPL",
        "picture names, boxes",
        "none, or in the file",
        _is_table,
        _read_table,
    ),
    PredictionFormat(
        "AGORA's tables",
        "AGORA",
        "`*_withjv.pkl`, without pandas",
        "SMPL, SMPL-X",
        "picture names",
        "by its own 2D points",
        _is_agora_table,
        _read_agora_table,
    ),
)
