"""Calibrations of Qualisys Track Manager (`*.qca.txt`), read as they are: no unit or axis is changed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sefd_viewer.errors import DatasetError
from sefd_viewer.review.conventions import StatedCamera

_DISTORTION = (
    "radialDistortion1",
    "radialDistortion2",
    "tangentalDistortion1",
    "tangentalDistortion2",
    "radialDistortion3",
)


def read_qualisys(path: Path) -> dict[str, StatedCamera]:
    """The cameras by their serial; which conventions they follow is for `diagnose` to find.

    Raises DatasetError for another kind of file.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
        cameras = {str(node.get("serial")): _camera(node) for node in root.iter("camera")}
    except OSError as error:
        raise DatasetError(f"this cannot be read ({error.strerror})", where=path) from error
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise DatasetError(f"this is no Qualisys calibration ({error})", where=path) from error
    if not cameras:
        raise DatasetError("this calibration names no cameras", where=path)
    return cameras


def _camera(node: ElementTree.Element) -> StatedCamera:
    transform, lens, field = (_numbers(node, name) for name in ("transform", "intrinsic", "fov_video"))
    R = np.array([[transform[f"r{row}{column}"] for column in (1, 2, 3)] for row in (1, 2, 3)])
    return StatedCamera(
        np.array([lens["focalLengthU"], lens["focalLengthV"]]),
        np.array([lens["centerPointU"], lens["centerPointV"]]),
        np.array([lens[name] for name in _DISTORTION]),
        R,
        np.array([transform[name] for name in "xyz"]),
        (round(field["right"] - field["left"]) + 1, round(field["bottom"] - field["top"]) + 1),
    )


def _numbers(node: ElementTree.Element, name: str) -> dict[str, float]:
    child = node.find(name)
    if child is None:
        raise KeyError(f"a camera has no {name}")
    found = {}
    for key, text in child.attrib.items():
        try:
            found[key] = float(text)
        except ValueError:
            continue  # words such as model="none"
    return found
