"""The shipped body: free to use, in SMPL's format, without pose correctives."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.geometry.joints import COCO17, HUMAN36M17
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
