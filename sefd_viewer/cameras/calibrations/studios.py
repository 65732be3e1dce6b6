"""Calibrations in XML: Qualisys, Theia, Vicon, OptiTrack, and the metadata of Human3.6M."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sefd_viewer.cameras.calibrations.calibration import Array, Calibration, Meaning, StoredCamera, gathered
from sefd_viewer.datasets.annotations.human36m import CAMERA_SERIALS
from sefd_viewer.errors import DatasetError

Element = ElementTree.Element
_DISTORTION = (
    "radialDistortion1",
    "radialDistortion2",
    "tangentalDistortion1",
    "tangentalDistortion2",
    "radialDistortion3",
)
_QUALISYS_LENS_UNIT = 1 / 64
"""Pixels per unit of a Qualisys lens."""
_HUMAN36M_SIZES = ((1000, 1002), (1000, 1000), (1000, 1000), (1000, 1002))
_SUBJECTS = 11


def read_xml(path: Path, root: Element) -> Calibration | None:
    """The calibration in an XML file, None where it is no known one."""
    if root.find("w0") is not None and root.find("mapping") is not None:
        return _human36m(path, root)
    if root.find(".//camera/transform") is not None:
        return _qualisys(path, root) if root.find(".//fov_video") is not None else _theia(path, root)
    if root.find(".//KeyFrame") is not None:
        return _vicon(path, root)
    if root.find(".//Extrinsic[@OrientMatrix0]") is not None:
        return _optitrack(path, root)
    return None


# ---- Qualisys Track Manager and Theia, which share their words and not their meaning


def _qualisys(path: Path, root: Element) -> Calibration:
    def camera(node: Element) -> StoredCamera:
        field = _attributes(node, "fov_video")
        lens = _attributes(node, "intrinsic")
        corner = np.array([field["left"], field["top"]]) / _QUALISYS_LENS_UNIT
        centre = np.array([lens["centerPointU"], lens["centerPointV"]]) - corner
        R, place = _transform(node)
        size = (field["right"] - field["left"] + 1, field["bottom"] - field["top"] + 1)
        distortion = [lens.get(name, 0.0) for name in _DISTORTION]
        values = [lens["focalLengthU"], lens["focalLengthV"], *centre]
        return StoredCamera.of(values, distortion=distortion, R=R, t=place, size=size)

    meaning = Meaning("centre", "OpenGL", unit=0.001, lens_unit=_QUALISYS_LENS_UNIT, certain=False)
    return gathered(path, "Qualisys", _by_serial(root, "camera", "serial"), camera, meaning)


def _theia(path: Path, root: Element) -> Calibration:
    def camera(node: Element) -> StoredCamera:
        lens = _attributes(node, "intrinsic")
        R, t = _transform(node)
        values = [lens[name] for name in ("focalLengthU", "focalLengthV", "centerPointU", "centerPointV")]
        size = [
            lens["sensorMaxU"] - lens.get("sensorMinU", 0.0),
            lens["sensorMaxV"] - lens.get("sensorMinV", 0.0),
        ]
        distortion = [lens.get(name, 0.0) for name in _DISTORTION]
        return StoredCamera.of(values, distortion=distortion, R=R, t=t, size=size)

    return gathered(
        path, "Theia", _by_serial(root, "camera", "serial"), camera, Meaning(unit=0.001, certain=False)
    )


def _transform(node: Element) -> tuple[Array, Array]:
    values = _attributes(node, "transform")
    R = np.array([[values[f"r{row}{column}"] for column in (1, 2, 3)] for row in (1, 2, 3)])
    return R, np.array([values[name] for name in "xyz"])


# ---- Vicon


def _vicon(path: Path, root: Element) -> Calibration:
    def camera(node: Element) -> StoredCamera:
        pose = node.find(".//KeyFrame")
        if pose is None:
            raise ValueError("it has no KeyFrame")
        size = _list(node.get("SENSOR_SIZE", ""))
        focal, aspect = float(pose.attrib["FOCAL_LENGTH"]), float(node.get("PIXEL_ASPECT_RATIO", "1"))
        lens = [focal, focal / aspect, *_list(pose.attrib["PRINCIPAL_POINT"])]
        radial = pose.get("VICON_RADIAL2")
        k = [float(one) for one in radial.split()[3:5]] if radial else _list(pose.get("VICON_RADIAL", ""))[:2]
        R = _quaternion(_list(pose.attrib["ORIENTATION"]))
        return StoredCamera.of(
            lens, distortion=[*k], R=R, t=_list(pose.attrib["POSITION"]), size=size or None
        )

    nodes = _by_serial(root, "Camera", "DEVICEID")
    video = {name: node for name, node in nodes.items() if node.get("SYSTEM") == "DV"} or nodes
    return gathered(path, "Vicon", video, camera, Meaning("centre", unit=0.001, certain=False))


def _quaternion(values: list[float]) -> Array:
    """The rotation (3, 3) of a quaternion x, y, z, w."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_quat(values).as_matrix())


# ---- OptiTrack


def _optitrack(path: Path, root: Element) -> Calibration:
    """Public readers disagree about its direction; `Calibration.doubt` says where this does not fit."""

    def camera(node: Element) -> StoredCamera:
        about, pose = _attributes(node, "Attributes"), _attributes(node, "Extrinsic")
        standard = "IntrinsicStandardCameraModel"
        lens = _attributes(node, standard if node.find(standard) is not None else "Intrinsic")
        values = [
            lens[key]
            for key in ("HorizontalFocalLength", "VerticalFocalLength", "LensCenterX", "LensCenterY")
        ]
        distortion = [lens.get(key, 0.0) for key in ("k1", "k2", "TangentialX", "TangentialY", "k3")]
        R = [pose[f"OrientMatrix{place}"] for place in range(9)]
        size = (about["ImagerPixelWidth"], about["ImagerPixelHeight"])
        return StoredCamera.of(values, distortion=distortion, R=R, t=[pose[key] for key in "XYZ"], size=size)

    meaning = Meaning("camera pose", "OpenGL", certain=False)
    return gathered(path, "OptiTrack", _by_serial(root, "Camera", "Serial"), camera, meaning)


# ---- Human3.6M's metadata.xml


def _human36m(path: Path, root: Element) -> Calibration:
    """300 numbers: for each camera and subject three angles and a place, then nine of each lens."""
    text = (root.findtext("w0") or "").strip().strip("[]")
    numbers = np.array(text.replace(",", " ").split(), np.float64)
    if numbers.size != 300:
        raise DatasetError(
            f"w0 holds {numbers.size} numbers, not 300",
            where=path,
            remedy="Take Human3.6M's own metadata.xml",
        )
    poses = numbers[:264].reshape(4, _SUBJECTS, 6)
    lenses = numbers[264:].reshape(4, 9)
    entries = {
        f"S{subject + 1}/{name}": (poses[place, subject], lenses[place], _HUMAN36M_SIZES[place])
        for subject in range(_SUBJECTS)
        for place, name in enumerate(CAMERA_SERIALS)
    }

    def camera(entry: tuple[Array, Array, tuple[int, int]]) -> StoredCamera:
        pose, lens, size = entry
        k, p = lens[4:7], lens[7:9]
        return StoredCamera.of(
            lens[:4], distortion=[*k[:2], *p, k[2]], R=_euler(pose[:3]), t=pose[3:], size=size
        )

    return gathered(path, "Human3.6M (metadata.xml)", entries, camera, Meaning("centre", unit=0.001))


def _euler(angles: Array) -> Array:
    """Rx(a) Ry(b) Rz(c) (3, 3) of three angles in radians."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_euler("XYZ", angles).as_matrix())


# ---- elements and attributes


def _by_serial(root: Element, tag: str, attribute: str) -> dict[str, Element]:
    return {str(node.get(attribute, place)): node for place, node in enumerate(root.iter(tag))}


def _attributes(node: Element, name: str) -> Mapping[str, float]:
    """The numbers among the attributes of a child."""
    child = node if name == node.tag else node.find(f".//{name}")
    if child is None:
        raise KeyError(name)
    found = {}
    for key, text in child.attrib.items():
        try:
            found[key] = float(text)
        except ValueError:
            continue  # words such as model="none"
    return found


def _list(text: str) -> list[float]:
    return [float(word) for word in text.strip("() \t").replace(",", " ").split()]
