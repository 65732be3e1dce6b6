"""Body files: the shipped open body, and licensed SMPL files read without chumpy, SciPy or running code."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.open_body import open_body, read_open_body
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.body.smpl_layout import body_from_smpl, gender_of
from sefd_viewer.errors import BodyError
from sefd_viewer.plain_files import is_file

__all__ = ["files_of_bodies", "find_bodies", "load_body", "open_body"]

_USUAL_NAME = re.compile(r"(basic_?model|smpl)_(neutral|female|male|n|f|m)(_.*)?", re.IGNORECASE)
_OTHER_FAMILIES = {"smplh", "smplx", "mano", "flame", "star"}
_FIND_DEPTH = 3


def load_body(path: str | Path) -> BodyModel:
    """The body in a licensed SMPL `.pkl` or `.npz` (or a file in the open body's layout).

    Its id is `smpl-<gender>-<first 8 of sha256 of v_template as float32>`, so the same body has the same
    id in both kinds of file. Raises BodyError when the file is missing, unsafe, broken or another body.
    """
    file = Path(path)
    if not is_file(file):
        raise BodyError("there is no such body file", where=file, remedy="Choose the SMPL .pkl or .npz file")
    arrays = _read_arrays(file)
    try:
        return read_open_body(file) if "weights_index" in arrays else body_from_smpl(arrays, file)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        words = f"the arrays of this file are no body's ({type(error).__name__}: {error})"
        raise BodyError(words, where=file, remedy="Get the file again") from error


def find_bodies(folder: str | Path) -> list[Path]:
    """SMPL files under their usual names in a folder and three levels below it, sorted; not opened."""
    root = Path(folder)
    levels = ("*/" * depth + "*" for depth in range(_FIND_DEPTH + 1))
    return sorted(path for level in levels for path in root.glob(level) if _looks_like_smpl(path))


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


def _looks_like_smpl(path: Path) -> bool:
    by_folder = path.stem.lower() == "model" and gender_of(path.parent / "model") != "unknown"
    usual = by_folder or _USUAL_NAME.fullmatch(path.stem)
    folders = {part.lower() for part in path.parts[-1 - _FIND_DEPTH : -1]}
    readable = path.suffix.lower() in (".pkl", ".npz") and is_file(path)
    return bool(usual) and readable and not folders & _OTHER_FAMILIES


def _read_arrays(path: Path) -> dict[str, Any]:
    if zipfile.is_zipfile(path):
        return read_npz(path)
    with path.open("rb") as stream:
        arrays = read_pickle(stream, where=path)
    if not isinstance(arrays, dict):
        raise BodyError("the pickle does not hold a body's named arrays", where=path)
    return arrays
