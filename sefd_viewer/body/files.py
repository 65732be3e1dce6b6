"""Body files: the shipped open body, and licensed ones read without chumpy, SciPy or running code."""

from __future__ import annotations

import mmap
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.mhr import holds_mhr, mhr_from_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.body.skel import SKEL_TEMPLATE, skel_from_arrays
from sefd_viewer.body.smpl_layout import COMPANIONS, GENDERS, TEMPLATE, body_from_smpl
from sefd_viewer.errors import DAMAGED, BodyError
from sefd_viewer.geometry.joints import COCO17, HUMAN36M17
from sefd_viewer.plain_files import is_file
from sefd_viewer.resources import resource_path

OPEN_BODY_ID = "open-body-1"


@lru_cache(maxsize=1)
def open_body() -> BodyModel:
    """The shipped open body, read once."""
    return read_open_body(resource_path("open_body.npz"))


def read_open_body(path: Path) -> BodyModel:
    """A body in the layout of resources/open_body.npz."""
    arrays = read_npz(path)
    return BodyModel(
        id=OPEN_BODY_ID,
        name="Open body",
        v_template=arrays["v_template"],
        shapedirs=arrays["shapedirs"],
        posedirs=None,
        J_regressor=_regressor(arrays, "J_regressor", 24),
        weights=_dense_weights(arrays["weights_index"], arrays["weights_value"]),
        parents=arrays["parents"].astype(np.int64),
        faces=arrays["faces"].astype(np.int32),
        extra_regressor=_regressor(arrays, "joints30_regressor", 6),
        regressors={
            COCO17.name: _regressor(arrays, "coco17_regressor", 17),
            HUMAN36M17.name: _regressor(arrays, "h36m17_regressor", 17),
        },
        regressor_source="the open body's regressor",
        mirror_index=arrays["mirror_index"].astype(np.int64),
    )


def _regressor(arrays: Mapping[str, np.ndarray], name: str, count: int) -> np.ndarray:
    """A sparse matrix of the file as (count, V) float32."""
    dense = np.zeros((count, len(arrays["v_template"])), dtype=np.float32)
    row, column = (arrays[f"{name}_{axis}"].astype(np.int64) for axis in ("row", "col"))
    np.add.at(dense, (row, column), arrays[f"{name}_val"])
    return dense


def _dense_weights(index: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Skin weights (V, 24) of four joints and weights (V, 4) for each vertex."""
    dense = np.zeros((len(index), 24), dtype=np.float32)
    np.add.at(dense, (np.arange(len(index))[:, None], index.astype(np.int64)), value)
    return dense


__all__ = [
    "COMPANIONS",
    "bodies_within",
    "body_arrays",
    "files_of_bodies",
    "find_bodies",
    "holds_body",
    "load_body",
    "open_body",
    "other_bodies",
]

_OTHER_FAMILY = re.compile(r"(mano|flame|star)(?![a-z])", re.IGNORECASE)
_ENDINGS = (".pkl", ".npz", ".pt")
_TEMPLATES = (TEMPLATE, SKEL_TEMPLATE)
_FIND_DEPTH = 3
_LARGEST = 2**30
_SET_DEPTH, _LARGEST_FOLDER = 2, 300
_OF_PICTURES = {"images", "annotations"}


def load_body(path: str | Path) -> BodyModel:
    """The body in a licensed SMPL, SMPL-H, SMPL-X or SKEL file, or in one of the open body's layout.

    Its id is `smpl-<gender>-<first 8 of sha256 of v_template as float32>` (`smplh-…`, `smplx-…`), so the
    same body has the same id in both kinds of file. Raises BodyError when the file is missing, unsafe,
    broken or another body.
    """
    file = Path(path)
    if not is_file(file):
        raise BodyError("there is no such body file", where=file, remedy="Choose the SMPL .pkl or .npz file")
    if holds_mhr(file):
        return mhr_from_file(file)
    arrays = body_arrays(file)
    try:
        if SKEL_TEMPLATE in arrays:
            return skel_from_arrays(arrays, file)
        return read_open_body(file) if "weights_index" in arrays else body_from_smpl(arrays, file)
    except DAMAGED as error:
        words = f"the arrays of this file are not a body's ({type(error).__name__}: {error})"
        raise BodyError(words, where=file, remedy="Get the file again") from error


def find_bodies(folder: str | Path) -> list[Path]:
    """Files in a folder and three levels below it that hold a body by what is inside, sorted.

    Those called after MANO, FLAME or STAR are `other_bodies`.
    """
    return [path for path in _files_below(Path(folder)) if not _family_named(path) and holds_body(path)]


def other_bodies(folder: str | Path) -> list[tuple[Path, str]]:
    """Files below a folder that are called after another family of bodies, and which; not opened."""
    return [(path, family) for path in _files_below(Path(folder)) if (family := _family_named(path))]


def _files_below(root: Path) -> list[Path]:
    levels = ("*/" * depth + "*" for depth in range(_FIND_DEPTH + 1))
    return sorted(path for level in levels for path in root.glob(level) if path.suffix.lower() in _ENDINGS)


def bodies_within(folder: str | Path) -> list[Path]:
    """Files that hold a body and lie in a data set's folder or in small folders of it, sorted.

    Folders with many entries hold pictures: they are not searched.
    """
    found: list[Path] = []
    waiting = [(Path(folder), 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as entries:
                listed = list(islice(entries, _LARGEST_FOLDER + 1))
        except OSError:
            continue
        if len(listed) <= _LARGEST_FOLDER:
            files = (Path(one.path) for one in listed if Path(one.path).suffix.lower() in _ENDINGS)
            found += [file for file in files if not _family_named(file) and holds_body(file)]
            below = (Path(one.path) for one in listed if depth < _SET_DEPTH and one.is_dir())
            waiting += [(path, depth + 1) for path in below if path.name.lower() not in _OF_PICTURES]
    return sorted(found)


def files_of_bodies(chosen: Iterable[str | Path]) -> list[Path]:
    """Every file with a say in the bodies that were chosen, files or folders: also regressors beside them."""
    found: set[Path] = set()
    for path in map(Path, chosen):
        found |= {path, *path.parent.glob("*.npy")} if path.is_file() else {path}
        if path.is_dir():
            levels = ("*/" * depth + "*" for depth in range(_FIND_DEPTH + 1))
            inside = (one for level in levels for one in path.glob(level))
            found |= {one for one in inside if one.suffix.lower() in (".pkl", ".npz", ".npy")}
    return sorted(found)


def _family_named(path: Path) -> str:
    """The family that a file is called after, or its folder where the file is only `model` or a gender."""
    stem = path.stem.lower()
    plain = stem == "model" or stem in GENDERS
    named = _OTHER_FAMILY.match(path.parts[-3] if plain and len(path.parts) > 2 else stem)
    return named[1].upper() if named else ""


def holds_body(path: str | Path) -> bool:
    """Whether a .pkl or .npz file names a body's template among its arrays; nothing in it is unpickled."""
    path = Path(path)
    try:
        readable = path.suffix.lower() in _ENDINGS and is_file(path)
        if not readable or not 0 < path.stat().st_size < _LARGEST:
            return False
        if path.suffix.lower() == ".pt":
            return holds_mhr(path)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return not {f"{name}.npy" for name in _TEMPLATES}.isdisjoint(archive.namelist())
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(name.encode()) >= 0 for name in _TEMPLATES)
    except (OSError, zipfile.BadZipFile):
        return False


def body_arrays(path: Path) -> dict[str, Any]:
    """The arrays of a body file by name, read without running anything; raises BodyError."""
    if zipfile.is_zipfile(path):
        return read_npz(path)
    with path.open("rb") as stream:
        arrays = read_pickle(stream, where=path)
    if not isinstance(arrays, dict):
        raise BodyError(
            "the pickle does not hold a body's named arrays",
            where=path,
            remedy="Choose a body's own file, such as SMPL_NEUTRAL.pkl",
        )
    return arrays
