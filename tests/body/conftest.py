"""A file with the names, shapes and kinds of a licensed SMPL file, made of the open body and noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters


@pytest.fixture(scope="session")
def smpl_arrays(open_body: BodyModel) -> dict[str, Any]:
    """The arrays under SMPL's names, float64, with 12 shape and 207 pose directions."""
    generator = np.random.default_rng(7)
    more_shapes = generator.normal(scale=1e-3, size=(6890, 3, 2))
    root = np.array([4294967295], dtype=np.int64)
    return {
        "v_template": open_body.v_template.astype(np.float64),
        "shapedirs": np.concatenate([open_body.shapedirs, more_shapes], axis=2),
        "posedirs": generator.normal(scale=1e-3, size=(6890, 3, 207)),
        "J_regressor": open_body.J_regressor.astype(np.float64),
        "weights": open_body.weights.astype(np.float64),
        "kintree_table": np.stack([np.concatenate([root, open_body.parents[1:]]), np.arange(24)]),
        "f": open_body.faces.astype(np.uint32),
        "bs_style": "lbs",
    }


@pytest.fixture(scope="session")
def small_arrays(smpl_arrays: dict[str, Any]) -> dict[str, Any]:
    """The same without pose directions, which are most of the bytes of a file."""
    return {name: value for name, value in smpl_arrays.items() if name != "posedirs"}


@pytest.fixture
def random_people() -> list[dict[str, np.ndarray]]:
    """Three people's parameters by name, without a body."""
    generator = np.random.default_rng(3)
    sizes = {"global_orient": 3, "body_pose": 69, "betas": 10, "transl": 3}
    return [{name: generator.normal(scale=0.5, size=size) for name, size in sizes.items()} for _ in range(3)]


@pytest.fixture
def parameters(open_body: BodyModel, random_people: list[dict[str, np.ndarray]]) -> SmplParameters:
    """One random person of the open body."""
    return SmplParameters(open_body.id, **random_people[0])
