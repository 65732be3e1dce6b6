"""Calibrations in pickles, MATLAB files, HDF5 and plain lists of numbers: OpenCap, Human3.6M, 3DHP, BioCV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.safe_mat import read_mat as stored_mat
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.cameras.calibrations.calibration import Calibration, Meaning, StoredCamera, gathered
from sefd_viewer.errors import DAMAGED, BodyError, DatasetError, SefdError

_H5_REMEDY = "pip install h5py, or choose camera-parameters.json or metadata.xml, which hold the same cameras"


# ---- pickles


def read_pickle_file(path: Path) -> Calibration | None:
    """OpenCap, H36M-Toolbox and MMPose; nothing that the pickle asks for is run."""
    from sefd_viewer.body.safe_pickle import read_pickle

    with path.open("rb") as file:
        content = read_pickle(file, where=path)
    if not isinstance(content, Mapping) or not content:
        return None
    if {"intrinsicMat", "rotation", "translation"} <= content.keys():
        return gathered(
            path, "OpenCap", {path.parent.name or path.stem: content}, _opencap, Meaning(unit=0.001)
        )
    entries = {f"{_subject(key[0])}/{key[1]}": one for key, one in content.items() if isinstance(key, tuple)}
    first = next(iter(entries.values()), None)
    if isinstance(first, (tuple, list)) and len(first) == 7:
        return gathered(path, "H36M-Toolbox", entries, _toolbox, Meaning("centre", unit=0.001))
    if isinstance(first, Mapping) and {"R", "T", "c", "f", "k", "p"} <= first.keys():
        return gathered(path, "Human3.6M (MMPose)", entries, _mmpose, Meaning("camera pose"))
    return None


def _subject(name: Any) -> str:
    return str(name) if str(name).startswith("S") else f"S{name}"


def _opencap(entry: Mapping[str, Any]) -> StoredCamera:
    height, width = np.ravel(entry["imageSize"])
    return StoredCamera.of(
        entry["intrinsicMat"],
        distortion=entry.get("distortion", ()),
        R=entry["rotation"],
        t=entry["translation"],
        size=(width, height),
    )


def _toolbox(entry: Any) -> StoredCamera:
    R, T, f, c, k, p, _name = entry
    return _human36m(R, T, f, c, k, p)


def _mmpose(entry: Mapping[str, Any]) -> StoredCamera:
    size = (entry["w"], entry["h"]) if {"w", "h"} <= entry.keys() else None
    R, T, f, c, k, p = (entry[key] for key in ("R", "T", "f", "c", "k", "p"))
    return _human36m(R, T, f, c, k, p, size)


def _human36m(R: Any, T: Any, f: Any, c: Any, k: Any, p: Any, size: Any = None) -> StoredCamera:
    """Human3.6M's own numbers: three radial coefficients and two tangential ones in OpenCV's order."""
    k, p = np.ravel(k), np.ravel(p)
    return StoredCamera.of(
        [*np.ravel(f), *np.ravel(c)], distortion=[*k[:2], *p[:2], *k[2:3]], R=R, t=T, size=size
    )


def read_npy(path: Path) -> Calibration | None:
    """The annots.npy of ZJU-MoCap and NeuralBody: lists of K, D, R, T, cameras by their pictures' folders."""
    content = read_stored(path)
    cameras = content.get("cams") if isinstance(content, Mapping) else None
    if not isinstance(cameras, Mapping) or not {"K", "R", "T"} <= cameras.keys():
        return None
    first: Any = next(iter(content.get("ims") or ()), {})
    pictures = [str(name) for name in (first.get("ims", ()) if isinstance(first, Mapping) else ())]
    count = len(cameras["K"])
    folders = [Path(name).parent.name for name in pictures]
    if len(set(folders)) != count or "" in folders:
        folders = [str(number) for number in range(count)]
    entries = {
        name: {key: values[number] for key, values in cameras.items() if len(values) > number}
        for number, name in enumerate(folders)
    }

    def camera(entry: Mapping[str, Any]) -> StoredCamera:
        return StoredCamera.of(entry["K"], distortion=entry.get("D", ()), R=entry["R"], t=entry["T"])

    return gathered(path, "ZJU-MoCap", entries, camera, Meaning(unit=0.001))


# ---- HDF5


def read_h5(path: Path) -> Calibration | None:
    """Human3.6M's cameras.h5, whose rotations are stored transposed."""
    entries = {}
    try:
        for subject, cameras in read_stored(path).items():
            for camera, group in cameras.items():
                values = {key: _small(key, group[key]) for key in ("R", "T", "f", "c", "k", "p")}
                entries[f"{subject.replace('subject', 'S')}/{_letters(group, camera)}"] = values
    except BodyError as error:
        raise DatasetError(error.what, where=path, remedy=_H5_REMEDY) from error
    except DAMAGED as error:
        raise DatasetError(
            f"this holds no cameras ({error})",
            where=path,
            remedy="Expected are cameras.h5 of Human3.6M's baselines or arrays named as in docs/cameras.md",
        ) from error

    def camera_of(entry: Mapping[str, Any]) -> StoredCamera:
        return _human36m(entry["R"].T, *(entry[key] for key in "Tfckp"))

    return gathered(path, "Human3.6M (cameras.h5)", entries, camera_of, Meaning("centre", unit=0.001))


def _small(name: str, stored: Any) -> NDArray[Any]:
    """A camera's numbers; ValueError for what has more than a camera needs."""
    numbers = np.asarray(stored, np.float64)
    if numbers.size > 100:
        raise ValueError(f"{name} has {numbers.size} numbers")
    return numbers


def _letters(group: Any, fallback: str) -> str:
    return "".join(chr(int(code)) for code in np.ravel(group["Name"])) if "Name" in group else fallback


# ---- MATLAB


def read_mat(path: Path) -> Calibration | None:
    """cameraParameters or stereoParameters saved by `toStruct`; MATLAB's own objects cannot be read."""
    try:
        content = stored_mat(path)
    except SefdError as error:
        words = f"this MATLAB file cannot be read: {error.what}"
        raise DatasetError(words, where=path, remedy="Save toStruct(parameters) with -v7") from error
    found = next((one for one in (content, *content.values()) if _is_lens(one) or _is_pair(one)), None)
    if found is None:
        return None
    if _is_lens(found):
        return gathered(path, "MATLAB", {path.stem: (found, None, None)}, _matlab)
    R = np.asarray(found["RotationOfCamera2"], np.float64).T
    entries = {
        "1": (found["CameraParameters1"], np.eye(3), np.zeros(3)),
        "2": (found["CameraParameters2"], R, found["TranslationOfCamera2"]),
    }
    unit = {"mm": 0.001, "millimeters": 0.001, "cm": 0.01, "m": 1.0, "meters": 1.0}
    known = unit.get(str(found["CameraParameters1"].get("WorldUnits", "mm")))
    return gathered(path, "MATLAB stereo", entries, _matlab, Meaning(unit=known))


def _is_lens(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and "RadialDistortion" in content
        and bool({"IntrinsicMatrix", "K"} & content.keys())
    )


def _is_pair(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and {"CameraParameters1", "CameraParameters2", "RotationOfCamera2"} <= content.keys()
    )


def _matlab(entry: tuple[Mapping[str, Any], Any, Any]) -> StoredCamera:
    """MATLAB counts pixels from 1, transposes the old `IntrinsicMatrix`, and has sizes as height, width."""
    values, R, t = entry
    K = np.array(values["K"] if "K" in values else np.transpose(values["IntrinsicMatrix"]), np.float64)
    K[:2, 2] -= 1
    radial, tangential = (
        np.ravel(values["RadialDistortion"]),
        np.ravel(values.get("TangentialDistortion", (0, 0))),
    )
    size = np.ravel(values.get("ImageSize", ()))
    return StoredCamera.of(
        K,
        distortion=[*radial[:2], *tangential[:2], *radial[2:]],
        R=R,
        t=t,
        size=(size[1], size[0]) if size.size == 2 else None,
    )


# ---- lists of numbers


def read_text(path: Path) -> Calibration | None:
    """MPI-INF-3DHP's camera.calibration and BioCV's .calib files, None for other text."""
    lines = [line.split() for line in path.read_text(errors="replace").splitlines()]
    if any(line[:1] == ["intrinsic"] for line in lines):
        return _3dhp(path, lines)
    rows = [line for line in lines if line]
    if [len(row) for row in rows[:8]] == [1, 1, 3, 3, 3, 4, 4, 4]:
        return gathered(path, "BioCV", {path.stem: rows}, _biocv, Meaning(unit=0.001))
    return None


def _3dhp(path: Path, lines: list[list[str]]) -> Calibration:
    blocks: dict[str, dict[str, list[str]]] = {}
    for words in lines:
        if words[:1] == ["name"]:
            blocks[words[1]] = {}
        elif words and blocks:
            blocks[next(reversed(blocks))][words[0]] = words[1:]

    def camera(entry: Mapping[str, list[str]]) -> StoredCamera:
        K = np.array(entry["intrinsic"], np.float64).reshape(4, 4)[:3, :3]
        pose = np.array(entry["extrinsic"], np.float64).reshape(4, 4)
        size = [float(word) for word in entry["size"]]
        return StoredCamera.of(K, R=pose[:3, :3], t=pose[:3, 3], size=size)

    return gathered(path, "MPI-INF-3DHP", blocks, camera, Meaning(unit=0.001))


def _biocv(rows: list[list[str]]) -> StoredCamera:
    pose = np.array(rows[5:8], np.float64)
    distortion = np.array(rows[8], np.float64) if len(rows) > 8 else np.zeros(5)
    size = (float(rows[0][0]), float(rows[1][0]))
    return StoredCamera.of(
        np.array(rows[2:5], np.float64), distortion=distortion[:4], R=pose[:, :3], t=pose[:, 3], size=size
    )
