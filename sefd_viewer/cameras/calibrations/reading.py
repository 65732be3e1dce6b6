"""Which reader a calibration file is for: told by what is in it, never by its name alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sefd_viewer.cameras.calibrations import arrays, colmap, opencv_yaml, studios, tables
from sefd_viewer.cameras.calibrations.calibration import Calibration
from sefd_viewer.errors import DAMAGED, DatasetError

LARGEST_BYTES = 256_000_000
"""Larger files are no calibrations; they are not read into memory."""
FORMATS = (
    "capture",
    "Human3.6M (camera-parameters.json, metadata.xml, cameras.h5, *_camera.json, H36M-Toolbox, MMPose)",
    "Anipose, Pose2Sim, FreeMoCap, Caliscope (TOML)",
    "EasyMocap, OpenCV (YAML, XML), OpenPose and RICH (a folder of XML files)",
    "COLMAP (text or binary)",
    "nerfstudio, instant-ngp, Blender, 3D Gaussian Splatting",
    "CMU Panoptic, Shelf, Campus, AIST++",
    "Qualisys, Theia, Vicon, OptiTrack",
    "MPI-INF-3DHP, BioCV",
    "ROS camera_info, Kalibr",
    "OpenCap, MATLAB, ZJU-MoCap",
)
"""What can be read, for people."""
_REMEDY = f"Known are {'; '.join(FORMATS)}"


def read_calibration(path: str | Path) -> Calibration:
    """The cameras of a calibration file, or of a folder: COLMAP's, EasyMocap's, or with a file for each.

    Raises DatasetError for a file that is no calibration, names what it is missing, or cannot be read.
    """
    path = Path(path)
    try:
        found = _of_folder(path) if path.is_dir() else _of_file(path)
    except OSError as error:
        raise DatasetError.unreadable(path, error) from error
    except DAMAGED as error:
        raise DatasetError(f"this is not a calibration ({error})", where=path, remedy=_REMEDY) from error
    if found is None:
        raise DatasetError("this is not a calibration in a known format", where=path, remedy=_REMEDY)
    return found


def _of_folder(folder: Path) -> Calibration | None:
    if colmap.is_colmap(folder):
        return colmap.read_colmap(folder)
    if (folder / "intri.yml").is_file():
        return opencv_yaml.read_yaml(folder / "intri.yml")
    videos = folder / "Videos"  # OpenCap's, in the folder of a session
    below = videos if videos.is_dir() else folder
    return opencv_yaml.read_openpose_folder(folder) or _of_cameras_files(below)


def _of_cameras_files(folder: Path) -> Calibration | None:
    """The cameras of files of one format, each of one camera, in a folder or in folders below it (OpenCap,
    BioCV, ROS); None without any."""
    below = [one for one in sorted(folder.iterdir()) if one.name[0] != "."][:_MOST_FILES]
    inside = [file for one in below if one.is_dir() for file in sorted(one.iterdir())[:_MOST_FILES]]
    found: dict[str, list[Calibration]] = {}
    for file in (*below, *inside):
        if file.is_file() and file.suffix.lower() in _OF_ONE_CAMERA:
            with suppress(DatasetError, OSError, *DAMAGED):
                one = _of_file(file)
                if one is not None and len(one.stored) == 1:
                    found.setdefault(one.format, []).append(one)
    if len(found) != 1:
        return None
    (parts,) = found.values()
    stored = {name: camera for one in parts for name, camera in one.stored.items()}
    if len(stored) < len(parts):
        words = f"{len(parts)} files here are of {len(stored)} cameras: {', '.join(stored)}"
        raise DatasetError(words, where=folder, remedy="Keep one calibration of each camera")
    problems = tuple(words for one in parts for words in one.problems)
    return replace(parts[0], path=folder, stored=stored, problems=problems)


def _of_file(path: Path) -> Calibration | None:
    if not path.is_file():
        raise DatasetError("there is no such file", where=path, remedy="Check the name")
    if path.stat().st_size > LARGEST_BYTES:
        raise DatasetError("this is too large for a calibration", where=path, remedy=_REMEDY)
    if path.name in ("cameras.txt", "images.txt", "cameras.bin", "images.bin") and colmap.is_colmap(
        path.parent
    ):
        return colmap.read_colmap(path.parent)
    return _READERS.get(path.suffix.lower(), _of_text)(path)


def _of_text(path: Path) -> Calibration | None:
    start = path.read_bytes()[:512].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _of_xml(path)
    return arrays.read_text(path)


def _of_xml(path: Path) -> Calibration | None:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(path.read_bytes())
        return (
            opencv_yaml.read_storage(path, root)
            if root.tag == "opencv_storage"
            else studios.read_xml(path, root)
        )
    except ElementTree.ParseError as error:
        raise DatasetError(
            f"this is not valid XML ({error})",
            where=path,
            remedy="Write it again with the program that made it, or mend that line",
        ) from error


def _of_json(path: Path) -> Calibration | None:
    import orjson

    try:
        content: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise DatasetError(
            f"this is not valid JSON (line {error.lineno}: {error.msg})",
            where=path,
            remedy="Write it again with the program that made it, or mend that line",
        ) from error
    return tables.read_json(path, content)


def _of_toml(path: Path) -> Calibration | None:
    import tomllib

    try:
        return tables.read_toml(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DatasetError(
            f"this is not valid TOML ({error})",
            where=path,
            remedy="Write it again with the program that made it, or mend that line",
        ) from error


_OF_ONE_CAMERA = (".pickle", ".pkl", ".calib", ".yaml", ".yml")
_MOST_FILES = 200
_READERS: dict[str, Callable[[Path], Calibration | None]] = {
    ".json": _of_json,
    ".toml": _of_toml,
    ".xml": _of_xml,
    ".yml": opencv_yaml.read_yaml,
    ".yaml": opencv_yaml.read_yaml,
    ".pkl": arrays.read_pickle_file,
    ".pickle": arrays.read_pickle_file,
    ".h5": arrays.read_h5,
    ".mat": arrays.read_mat,
    ".npy": arrays.read_npy,
}
