"""MHR as SAM 3D Body shows it: its surface and 70 joints as points; the triangles out of MHR's own file.

That file (`mhr_model.pt`) is a program of torch. The numbers in it are read, and the program is not run.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.safe_npz import check_members, told
from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import COCO17, JointSet

MHR = "mhr"
MHR_VERTICES, MHR_JOINTS = 18439, 70
MHR_FILE = "mhr_model.pt"
_CENTIMETRE = 0.01
_REMEDY = "Get mhr_model.pt again, as it comes with MHR or SAM 3D Body"

_NAMES = dict(enumerate(COCO17.names[:9])) | dict(enumerate(COCO17.names[11:], start=9))
_NAMES |= {41: "R_Wrist", 62: "L_Wrist", 69: "Neck"}
_MHR70 = tuple(_NAMES.get(joint, f"MHR_{joint}") for joint in range(MHR_JOINTS))
"""SAM 3D Body's joints; those of feet and hands have no names here."""


@lru_cache(maxsize=1)
def mhr_body() -> BodyModel:
    """MHR as a file of SAM 3D Body shows it: its vertices, and behind them its 70 joints as points.

    There is no surface without MHR's own file, and no skinning: bodies come as they were predicted.
    """
    surface, count = MHR_VERTICES, MHR_JOINTS
    regressor = np.zeros((count, surface + count), np.float32)
    regressor[np.arange(count), surface + np.arange(count)] = 1
    return BodyModel(
        id=MHR,
        name="MHR",
        v_template=np.zeros((surface + count, 3), np.float32),
        shapedirs=np.zeros((surface + count, 3, 0), np.float32),
        posedirs=None,
        J_regressor=regressor,
        weights=np.zeros((surface + count, 0), np.float32),
        parents=np.full(count, -1),
        faces=np.zeros((0, 3), np.int32),
        extra_regressor=np.zeros((0, surface + count), np.float32),
        joint_set=JointSet("mhr70", _MHR70, (), ()),
    )


def holds_mhr(path: Path) -> bool:
    """Whether a file is called as MHR's own is, and is an archive."""
    return path.name.lower() == MHR_FILE and zipfile.is_zipfile(path)


def mhr_from_file(path: Path) -> BodyModel:
    """The same with the triangles and the resting surface of `mhr_model.pt`; raises BodyError."""
    try:
        character = _numbers(path)["character_torch"]
        faces = np.asarray(character["mesh"]["faces"]).astype(np.int64)
        resting = np.asarray(character["blend_shape"]["base_shape"], np.float32) * _CENTIMETRE
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        words = f"this is not a file of MHR ({type(error).__name__}: {error})"
        raise BodyError(words, where=path, remedy=_REMEDY) from error
    shapes = resting.shape == (MHR_VERTICES, 3) and faces.ndim == 2 and faces.shape[1] == 3
    if not shapes or not np.isfinite(resting).all() or faces.min() < 0 or faces.max() >= MHR_VERTICES:
        words = f"its surface is {resting.shape} with {faces.shape} triangles, not MHR's of {MHR_VERTICES}"
        raise BodyError(words, where=path, remedy=_REMEDY)
    bare = mhr_body()
    template = np.concatenate([resting, np.zeros((MHR_JOINTS, 3), np.float32)])
    word = hashlib.sha256(resting.tobytes()).hexdigest()[:8]
    return replace(bare, id=f"{MHR}-{word}", v_template=template, faces=faces.astype(np.int32))


def _numbers(path: Path) -> Any:
    """What a program of torch holds, by the names of its parts."""
    with told(path), zipfile.ZipFile(path) as archive:
        check_members(archive.infolist(), path.stat().st_size)
        names = archive.namelist()
        pickled = next((name for name in names if name.endswith("/data.pkl")), None)
        if pickled is None:
            raise ValueError("it holds no numbers")
        folder = pickled.removesuffix("data.pkl")

        def stored(key: str) -> bytes:
            return archive.read(f"{folder}data/{key}")

        with archive.open(pickled) as stream:
            return read_pickle(stream, where=path, storages=stored, programs=True)
