"""Another calibration for a capture: its numbers as a file states them, by the capture's views."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import DatasetError

if TYPE_CHECKING:
    from sefd_viewer.review.conventions import Size, StatedCamera

KINDS = "a Qualisys calibration (.qca.txt), a cameras.json, or a Human36M_subject*_camera.json"
"""What can be read, in words."""

_REMEDY = f"Choose {KINDS}"


@dataclass(frozen=True, eq=False)
class Calibration:
    """Cameras by view, read from the file at `path`."""

    path: str
    cameras: Mapping[str, StatedCamera]

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name


def read_calibration(path: str, views: Mapping[str, Size]) -> Calibration:
    """Read a calibration for these views (name to picture size, used where the file tells no size).

    Raises DatasetError for another kind of file, or for one whose cameras are those of something else.
    """
    stated = _stated(Path(path), views)
    named = matched(list(stated), list(views))
    if not named:
        raise DatasetError(
            f"this calibrates {', '.join(stated)}, and the views here are {', '.join(views) or 'none'}",
            where=path,
            remedy="Choose the calibration of this capture",
        )
    return Calibration(path, {view: stated[name] for view, name in named.items()})


def matched(names: Sequence[str], views: Sequence[str]) -> dict[str, str]:
    """Each view's camera among `names`: of the same name, else the only one of the same last number."""
    numbers = Counter(map(_last_number, names))
    by_number = {_last_number(name): name for name in names if numbers[_last_number(name)] == 1}
    found = {view: view if view in names else by_number.get(_last_number(view)) for view in views}
    return {view: name for view, name in found.items() if name is not None and _last_number(name) is not None}


def _last_number(name: str) -> int | str | None:
    """The number in which a name ends, else the name itself."""
    digits = re.search(r"(\d+)\D*$", name)
    return int(digits.group(1)) if digits is not None else name


def _stated(path: Path, views: Mapping[str, Size]) -> dict[str, StatedCamera]:
    if path.suffix.lower() != ".json":
        from sefd_viewer.review.qualisys import read_qualisys

        return read_qualisys(path)
    content = _json(path)
    try:
        return _of_capture(content) if "cameras" in content else _of_human36m(content, views)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DatasetError(f"this is no calibration ({error})", where=path, remedy=_REMEDY) from error


def _json(path: Path) -> Mapping[str, Any]:
    import orjson

    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"this cannot be read ({error.strerror})", where=path) from error
    except orjson.JSONDecodeError as error:
        raise DatasetError(f"this is not valid JSON ({error})", where=path, remedy=_REMEDY) from error
    if not isinstance(content, dict) or not content:
        raise DatasetError("this holds no named cameras", where=path, remedy=_REMEDY)
    return content


def _of_capture(content: Mapping[str, Any]) -> dict[str, StatedCamera]:
    """The layout of a capture's cameras.json: `size`, and pinhole cameras in metres."""
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.review.conventions import StatedCamera

    width, height = content["size"]
    size = (int(width), int(height))
    return {
        name: StatedCamera.of(PinholeCamera.from_dict(values), size)
        for name, values in content["cameras"].items()
    }


def _of_human36m(content: Mapping[str, Any], views: Mapping[str, Size]) -> dict[str, StatedCamera]:
    """The layout of Human3.6M: R, t (millimetres, brought to metres), f, c by the camera's number."""
    import numpy as np

    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.review.conventions import StatedCamera

    if not views:
        raise ValueError("no picture is open whose size it could be for")
    size = next(iter(views.values()))
    return {
        name: StatedCamera.of(
            PinholeCamera(entry["f"], entry["c"], entry["R"], np.asarray(entry["t"], float) / 1000), size
        )
        for name, entry in content.items()
    }
