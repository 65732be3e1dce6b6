"""Calibrations of OpenCV's storages (YAML, XML) as EasyMocap, OpenPose, RICH have them; ROS, Kalibr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from sefd_viewer.cameras.calibrations.calibration import Array, Calibration, Meaning, StoredCamera, gathered
from sefd_viewer.errors import DAMAGED, DatasetError

Element = ElementTree.Element
_LENS_NAMES = ("camera_matrix", "cameraMatrix", "K", "M1", "intrinsic_matrix")
_DISTORTION_NAMES = ("distortion_coefficients", "dist_coeffs", "distCoeffs", "D", "D1", "dist")


def read_yaml(path: Path) -> Calibration | None:
    """The calibration in a YAML file, None where it is no known one.

    EasyMocap has two files, intri.yml and extri.yml: either leads to both.
    """
    head = path.read_bytes()[:64]
    if head.lstrip().startswith(b"%YAML:1.0"):
        return _storage(path)
    content = _loaded(path, path.read_bytes())
    if not isinstance(content, Mapping):
        return None
    if isinstance(content.get("camera_matrix"), Mapping) and "image_width" in content:
        return _ros(path, content)
    chain = {name: one for name, one in content.items() if isinstance(one, Mapping) and "camera_model" in one}
    return _kalibr(path, chain) if chain else None


def _loaded(path: Path, text: bytes) -> Any:
    """What YAML says, OpenCV's matrices in it as arrays. Raises DatasetError."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows matrices besides plain values."""

    Loader.add_constructor("tag:yaml.org,2002:opencv-matrix", _matrix)
    try:
        return yaml.load(text, Loader)  # a safe loader: only plain values and matrices are made
    except (yaml.YAMLError, RecursionError, *DAMAGED) as error:
        words = (str(error) or type(error).__name__).splitlines()[0]
        raise DatasetError(
            f"this is not valid YAML ({words})",
            where=path,
            remedy="Write it again with the program that made it, or mend that line",
        ) from error


# ---- OpenCV storages


def _storage(path: Path) -> Calibration | None:
    lens_file = path.with_name("intri.yml") if path.name == "extri.yml" else path
    pose_file = path.with_name("extri.yml") if path.name == "intri.yml" else path
    values = {**_nodes(lens_file), **(_nodes(pose_file) if pose_file.is_file() else {})}
    names = values.get("names") or [key[2:] for key in values if key.startswith("K_")]
    if any(f"K_{name}" in values for name in names):
        return gathered(
            path, "EasyMocap", {str(name): str(name) for name in names}, _easymocap(values), _BOARD
        )
    return _single(path, values)


_BOARD = Meaning(unit=None)
"""World to camera, in the unit of whoever measured the board."""


def _easymocap(values: Mapping[str, Any]) -> Any:
    def camera(name: str) -> StoredCamera:
        distortion = values.get(f"dist_{name}", values.get(f"D_{name}", ()))
        rotation = values.get(f"Rot_{name}", values.get(f"R_{name}"))
        sides = [float(np.ravel(values[key])[0]) for key in (f"W_{name}", f"H_{name}") if key in values]
        size = sides if len(sides) == 2 else None
        return StoredCamera.of(
            values[f"K_{name}"], distortion=distortion, R=rotation, t=values.get(f"T_{name}"), size=size
        )

    return camera


def _single(path: Path, values: Mapping[str, Any]) -> Calibration | None:
    """One camera of OpenCV's own calibration programs, whose names are free."""
    lens = next((values[name] for name in _LENS_NAMES if name in values), None)
    if lens is None:
        return None
    distortion = next((values[name] for name in _DISTORTION_NAMES if name in values), ())
    rotation = values.get("R", values.get("rvec"))
    place = values.get("T", values.get("t", values.get("tvec")))
    sides = [values.get(f"image_{side}") for side in ("width", "height")]
    size = None if None in sides else sides

    def camera(_name: str) -> StoredCamera:
        return StoredCamera.of(lens, distortion=distortion, R=rotation, t=place, size=size)

    return gathered(path, "OpenCV", {path.stem: path.stem}, camera, _BOARD)


def _nodes(path: Path) -> dict[str, Any]:
    """The matrices, numbers and lists of words of a storage, by name."""
    _, _, text = path.read_bytes().partition(b"\n")  # its first line is no YAML
    content = _loaded(path, text)
    if not isinstance(content, Mapping):
        raise DatasetError(
            "this storage names nothing", where=path, remedy="Store matrices by name, as cv::FileStorage does"
        )
    return {str(name): value for name, value in content.items()}


def _matrix(loader: Any, node: Any) -> Array | None:
    """An `!!opencv-matrix` (rows, columns); None where its numbers are not as many, or none."""
    values = loader.construct_mapping(node, deep=True)
    try:
        return np.array(values["data"], np.float64).reshape(int(values["rows"]), int(values["cols"]))
    except DAMAGED:
        return None  # told of the camera that it belongs to


# ---- storages in XML: OpenPose's and RICH's, a file for each camera


def read_storage(path: Path, root: Element) -> Calibration | None:
    """One camera in a storage: OpenPose's words, or those of OpenCV's own programs."""
    values = _xml_nodes(root)
    if "CameraMatrix" not in values:
        return _single(path, values)
    return gathered(path, "OpenPose", {path.stem: values}, _openpose, _BOARD)


def read_openpose_folder(folder: Path) -> Calibration | None:
    """The cameras of a folder in which each has a file of its own, called after it; None without any."""
    found, problems = {}, []
    for file in sorted(folder.glob("*.xml")):
        try:
            root = ElementTree.fromstring(file.read_bytes())
        except ElementTree.ParseError as error:
            problems.append(f"{file}: this is not valid XML ({error})")
            continue
        values = _xml_nodes(root)
        if root.tag == "opencv_storage" and "CameraMatrix" in values:
            found[file.stem] = values
    if not found:
        return None
    calibration = gathered(folder, "OpenPose", found, _openpose, _BOARD)
    return replace(calibration, problems=(*calibration.problems, *problems))


def _openpose(values: Mapping[str, Any]) -> StoredCamera:
    """R and t in one matrix (3, 4), and eight numbers of the lens, of which the last three must be 0."""
    pose = np.asarray(values["CameraMatrix"], np.float64).reshape(3, 4)
    distortion = np.ravel(values.get("Distortion", ()))
    return StoredCamera.of(values["Intrinsics"], distortion=distortion, R=pose[:, :3], t=pose[:, 3])


def _xml_nodes(root: Element) -> dict[str, Any]:
    """The matrices and numbers of a storage by name; what is damaged is None."""
    values: dict[str, Any] = {}
    for node in root:
        words = (node.findtext("data") or node.text or "").split()
        try:
            numbers = np.array(words, np.float64)
            shape = [int(node.findtext(side, "0")) for side in ("rows", "cols")]
            values[node.tag] = numbers.reshape(shape) if shape[0] else float(numbers[0])
        except (ValueError, IndexError):
            values[node.tag] = None
    return values


# ---- ROS and Kalibr


def _ros(path: Path, content: Mapping[str, Any]) -> Calibration:
    def camera(_name: str) -> StoredCamera:
        if content.get("distortion_model") in ("equidistant", "fisheye"):
            raise ValueError("its lens is a fisheye, which no photo of this program can have")
        distortion = (content.get("distortion_coefficients") or {}).get("data", ())
        size = (content["image_width"], content["image_height"])
        return StoredCamera.of(content["camera_matrix"]["data"], distortion=distortion, size=size)

    name = str(content.get("camera_name") or path.stem)
    return gathered(path, "ROS camera_info", {name: name}, camera)


def _kalibr(path: Path, chain: Mapping[str, Mapping[str, Any]]) -> Calibration:
    """Cameras in a chain: each is placed before the one before it, the world is the first one's."""
    poses, pose = {}, np.eye(4)
    for name in sorted(chain, key=lambda key: int("".join(filter(str.isdigit, key)) or 0)):
        step = chain[name].get("T_cn_cnm1")
        with np.errstate(all="ignore"):  # what is not finite is told of its camera below
            pose = np.asarray(step, np.float64) @ pose if step is not None else pose
        poses[name] = pose

    def camera(name: str) -> StoredCamera:
        entry = chain[name]
        if entry["camera_model"] != "pinhole":
            raise ValueError(f"its lens is of the kind {entry['camera_model']}, only pinholes can be used")
        if entry.get("distortion_model") not in ("radtan", "none"):
            raise ValueError(f"its distortion is {entry['distortion_model']}, only radtan can be used")
        distortion = entry.get("distortion_coeffs", ())
        R, t = poses[name][:3, :3], poses[name][:3, 3]
        return StoredCamera.of(entry["intrinsics"], distortion=distortion, R=R, t=t, size=entry["resolution"])

    return gathered(path, "Kalibr", {name: name for name in poses}, camera)
