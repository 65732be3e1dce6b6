"""Another calibration for a capture: its numbers as a file states them, by the capture's views."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sefd_viewer.errors import DatasetError

if TYPE_CHECKING:
    from sefd_viewer.cameras.calibrations import Calibration as CalibrationFile
    from sefd_viewer.cameras.diagnosis.conventions import Size, StatedCamera


@dataclass(frozen=True, eq=False)
class Calibration:
    """Cameras by view, read from the file at `path`; `notes` say what of it is missing or doubtful."""

    path: str = ""
    cameras: Mapping[str, StatedCamera] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the cameras' numbers among them: a view is the same without the file."""
        cameras = {view: _listed(one) for view, one in self.cameras.items()}
        return {"path": self.path, "cameras": cameras, "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """The calibration that `to_dict` wrote; raises ValueError for what is none."""
        from sefd_viewer.cameras.diagnosis.conventions import StatedCamera

        try:
            cameras = {str(view): StatedCamera.from_dict(one) for view, one in values["cameras"].items()}
            return cls(str(values["path"]), cameras, tuple(map(str, values.get("notes", ()))))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is not a calibration ({error})") from error


def read_calibration(path: str, views: Mapping[str, Size]) -> Calibration:
    """Read a calibration for these views (name to picture size, used where the file tells no size).

    Raises DatasetError for another kind of file, or for one whose cameras are those of something else.
    """
    from sefd_viewer.cameras.calibrations import read_calibration as read

    found = read(path)
    stated = _stated(found, views)
    named = matched(list(stated), list(views))
    if not named:
        raise DatasetError(
            f"this calibrates {', '.join(stated)}, and the views here are {', '.join(views) or 'none'}",
            where=path,
            remedy="Choose the calibration of this capture",
        )
    doubt = found.doubt()
    notes = (*found.problems, *([f"{path}: {doubt}"] if doubt is not None and found.meaning.certain else []))
    return Calibration(path, {view: stated[name] for view, name in named.items()}, notes)


def matched(names: Sequence[str], views: Sequence[str]) -> dict[str, str]:
    """Each view's camera among `names`: of the same name, else the only one of the same last number."""
    numbers = Counter(map(_last_number, names))
    by_number = {_last_number(name): name for name in names if numbers[_last_number(name)] == 1}
    found = {view: view if view in names else by_number.get(_last_number(view)) for view in views}
    return {view: name for view, name in found.items() if name is not None and _last_number(name) is not None}


def _listed(camera: StatedCamera) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in asdict(camera).items()}


def _last_number(name: str) -> int | str | None:
    """The number in which a name ends, else the name itself."""
    digits = re.search(r"(\d+)\D*$", name)
    return int(digits.group(1)) if digits is not None else name


def _stated(found: CalibrationFile, views: Mapping[str, Size]) -> dict[str, StatedCamera]:
    """The cameras that have a place: in metres, or as the file has them if its meaning is not certain."""
    from sefd_viewer.cameras.diagnosis.conventions import StatedCamera

    usual = next(iter(views.values()), None)
    stated = {}
    for name in found.posed:
        one, size = found.stored[name], found.stored[name].size or views.get(name, usual)
        if size is None:
            raise DatasetError(
                f"camera {name} has no size, and no picture is open to take it from",
                where=found.path,
                remedy="Open the pictures that the calibration is of first",
            )
        if found.meaning.certain:
            stated[name] = StatedCamera.of(found.cameras[name], size)
        elif one.R is not None and one.t is not None:
            stated[name] = StatedCamera(one.focal, one.principal_point, one.distortion, one.R, one.t, size)
    if not stated:
        what = f"this {found.format} calibration does not say where its cameras are"
        raise DatasetError(what, where=found.path, remedy="Give each camera its rotation and translation")
    return stated
