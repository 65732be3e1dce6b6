"""Calibrations in JSON and TOML: Human3.6M's, Panoptic, Shelf, AIST++, radiance fields, Anipose's kin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.cameras.calibrations.calibration import Calibration, Meaning, StoredCamera, gathered
from sefd_viewer.geometry.cameras import PinholeCamera


def read_json(path: Path, content: Any) -> Calibration | None:
    """The calibration in a JSON file's content, None where it is no known one.

    A file of several subjects or rigs gives cameras named "S1/54138969".
    """
    for recognise, read in _JSON:
        if recognise(content):
            return read(path, content)
    return None


def read_toml(path: Path, content: Mapping[str, Any]) -> Calibration | None:
    """Anipose, Pose2Sim, FreeMoCap and Caliscope, None for another file."""
    tables = content.get("cameras", content)
    if isinstance(tables, Mapping):
        tables = {key: one for key, one in tables.items() if isinstance(one, Mapping) and "matrix" in one}
    if not tables or not isinstance(tables, Mapping):
        return None
    caliscope = any("rotation_count" in one for one in tables.values())
    freemocap = any("world_position" in one for one in tables.values())
    name = "Caliscope" if caliscope else "FreeMoCap" if freemocap else "Anipose or Pose2Sim"
    unit = 1.0 if caliscope else 0.001 if freemocap else None
    entries = {str(one.get("name", one.get("cam_id", key))): one for key, one in tables.items()}
    found = gathered(path, name, entries, _of_table, Meaning(unit=unit))
    turned = [key for key in found.stored if entries[key].get("rotation_count") not in (None, 0)]
    note = (
        f"{path}: the pictures of {', '.join(turned)} may be shown turned; they are used as they are stored"
    )
    return replace(found, problems=(*found.problems, note)) if turned else found


def _of_table(entry: Mapping[str, Any]) -> StoredCamera:
    if entry.get("fisheye"):
        raise ValueError("its lens is a fisheye, which no photo of this program can have")
    R, t = (None if entry.get(key) in (None, "null") else entry[key] for key in ("rotation", "translation"))
    size = entry.get("size", entry.get("image_size"))
    distortion = entry.get("distortions", ())
    return StoredCamera.of(entry["matrix"], distortion=distortion, R=R, t=t, size=size)


# ---- this program's captures


def _is_capture(content: Any) -> bool:
    cameras = content.get("cameras") if isinstance(content, Mapping) else None
    return isinstance(cameras, Mapping) and all("principal_point" in one for one in _values(cameras))


def _read_capture(path: Path, content: Mapping[str, Any]) -> Calibration:
    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        one = PinholeCamera.from_dict(entry)
        return StoredCamera.of(
            one.matrix, distortion=one.distortion, R=one.R, t=one.t, size=content.get("size")
        )

    return gathered(path, "capture", content["cameras"], camera)


# ---- Human3.6M


def _is_karfly(content: Any) -> bool:
    return isinstance(content, Mapping) and {"intrinsics", "extrinsics"} <= content.keys()


def _read_karfly(path: Path, content: Mapping[str, Any]) -> Calibration:
    lenses = content["intrinsics"]
    entries = {
        f"{subject}/{name}": (name, pose)
        for subject, poses in content["extrinsics"].items()
        for name, pose in poses.items()
    }

    def camera(entry: tuple[str, Mapping[str, Any]]) -> StoredCamera:
        lens, pose = lenses[entry[0]], entry[1]
        return StoredCamera.of(
            lens["calibration_matrix"], distortion=lens["distortion"], R=pose["R"], t=pose["t"]
        )

    return gathered(path, "Human3.6M (camera-parameters.json)", entries, camera, Meaning(unit=0.001))


def _is_3dcrowdnet(content: Any) -> bool:
    inner = _values(content)
    deeper = [entry for one in inner for entry in _values(one)]
    return any({"R", "t", "f", "c"} <= one.keys() for one in (*inner, *deeper) if isinstance(one, Mapping))


def _read_3dcrowdnet(path: Path, content: Mapping[str, Any]) -> Calibration:
    entries = dict(content)
    if not any("R" in one for one in _values(content)):
        entries = {f"{subject}/{name}": one for subject, rig in content.items() for name, one in rig.items()}

    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        return StoredCamera.of([*entry["f"], *entry["c"]], R=entry["R"], t=entry["t"])

    return gathered(path, "3DCrowdNet (_camera.json)", entries, camera, Meaning(unit=0.001))


# ---- studios and rings of cameras


def _is_panoptic(content: Any) -> bool:
    cameras = content.get("cameras") if isinstance(content, Mapping) else None
    return isinstance(cameras, list) and all({"K", "distCoef", "R", "t"} <= one.keys() for one in cameras)


def _read_panoptic(path: Path, content: Mapping[str, Any]) -> Calibration:
    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        return StoredCamera.of(
            entry["K"],
            distortion=entry["distCoef"],
            R=entry["R"],
            t=entry["t"],
            size=entry.get("resolution"),
        )

    entries = {one["name"]: one for one in content["cameras"]}
    return gathered(path, "CMU Panoptic", entries, camera, Meaning(unit=0.01))


def _is_shelf(content: Any) -> bool:
    inner = _values(content)
    return bool(inner) and all({"k", "p", "R", "T", "fx", "fy", "cx", "cy"} <= one.keys() for one in inner)


def _read_shelf(path: Path, content: Mapping[str, Any]) -> Calibration:
    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        k, p = np.ravel(entry["k"]), np.ravel(entry["p"])
        lens = [entry[key] for key in ("fx", "fy", "cx", "cy")]
        return StoredCamera.of(lens, distortion=[*k[:2], *p, *k[2:]], R=entry["R"], t=entry["T"])

    return gathered(path, "Shelf or Campus", content, camera, Meaning("centre", unit=0.001))


def _is_aist(content: Any) -> bool:
    return _is_list_with(content, {"name", "matrix", "rotation", "translation"})


def _read_aist(path: Path, content: Any) -> Calibration:
    entries = {one["name"]: one for one in content}
    return gathered(path, "AIST++", entries, _of_table, Meaning(unit=0.01))


# ---- radiance fields


def _is_splatting(content: Any) -> bool:
    return _is_list_with(content, {"img_name", "position", "rotation", "fx", "fy"})


def _read_splatting(path: Path, content: Any) -> Calibration:
    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        width, height = entry["width"], entry["height"]
        lens = [entry["fx"], entry["fy"], (width - 1) / 2, (height - 1) / 2]
        return StoredCamera.of(lens, R=entry["rotation"], t=entry["position"], size=(width, height))

    entries = {str(one["img_name"]): one for one in content}
    return gathered(path, "3D Gaussian Splatting", entries, camera, Meaning("camera pose", unit=None))


def _is_nerf(content: Any) -> bool:
    frames = content.get("frames") if isinstance(content, Mapping) else None
    return _is_list_with(frames, {"file_path", "transform_matrix"})


def _read_nerf(path: Path, content: Mapping[str, Any]) -> Calibration:
    """nerfstudio, instant-ngp, Blender: the camera's pose in the world, OpenGL axes, pixel corners at 0."""

    def camera(frame: Mapping[str, Any]) -> StoredCamera:
        values = {**content, **frame}
        if "fisheye" in str(values.get("camera_model", "")).lower():
            raise ValueError("its lens is a fisheye, which no photo of this program can have")
        width, height = (float(values[key]) for key in ("w", "h"))
        focal = values.get("fl_x") or width / (2 * math.tan(values["camera_angle_x"] / 2))
        centre = [values.get("cx", width / 2) - 0.5, values.get("cy", height / 2) - 0.5]
        pose = np.asarray(frame["transform_matrix"], np.float64)
        distortion = [float(values.get(key, 0.0)) for key in ("k1", "k2", "p1", "p2", "k3")]
        return StoredCamera.of(
            [focal, values.get("fl_y") or focal, *centre],
            distortion=distortion,
            R=pose[:3, :3],
            t=pose[:3, 3],
            size=(width, height),
        )

    entries = {str(frame["file_path"]): frame for frame in content["frames"]}
    meaning = Meaning("camera pose", "OpenGL", unit=None)
    return gathered(path, "nerfstudio, instant-ngp or Blender", entries, camera, meaning)


def _values(content: Any) -> list[Any]:
    return (
        [one for one in content.values() if isinstance(one, Mapping)] if isinstance(content, Mapping) else []
    )


def _is_list_with(content: Any, keys: set[str]) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, Mapping) and keys <= one.keys() for one in content)
    )


_JSON = (
    (_is_capture, _read_capture),
    (_is_karfly, _read_karfly),
    (_is_panoptic, _read_panoptic),
    (_is_shelf, _read_shelf),
    (_is_3dcrowdnet, _read_3dcrowdnet),
    (_is_aist, _read_aist),
    (_is_splatting, _read_splatting),
    (_is_nerf, _read_nerf),
)
