"""The same file gives the same body as smplx, to 0.01 mm."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sefd_viewer.body.smpl_layout import body_from_smpl

smplx = pytest.importorskip("smplx")


def of_smplx(arrays: dict[str, Any], batch: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 6890, 3) and joints (N, 24, 3) by smplx in double precision."""
    data = SimpleNamespace(**arrays)
    layer = smplx.SMPL("", data_struct=data, batch_size=len(batch["betas"]), dtype=torch.float64)
    output = layer(**{name: torch.tensor(values) for name, values in batch.items()})
    return output.vertices.detach().numpy(), output.joints[:, :24].detach().numpy()


@pytest.mark.parametrize("pose_correctives", [False, True])
def test_vertices_and_joints(
    smpl_arrays: dict[str, Any], random_people: list[dict[str, np.ndarray]], pose_correctives: bool
) -> None:
    batch = {name: np.stack([person[name] for person in random_people]) for name in random_people[0]}
    arrays = smpl_arrays | {"posedirs": smpl_arrays["posedirs"] * pose_correctives}
    ours = body_from_smpl(arrays, Path("SMPL_NEUTRAL.pkl")).forward_batch(**batch)
    vertices, joints = of_smplx(arrays, batch)
    assert_allclose(ours.vertices, vertices, atol=1e-5)
    assert_allclose(ours.joints, joints, atol=1e-5)
