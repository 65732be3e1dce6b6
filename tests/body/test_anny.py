"""Anny out of the shipped arrays, against people whom its own package posed (build_anny.py)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sefd_viewer.body.anny import AnnyBody, anny_body
from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.body_files.reading import people_in, stored_content
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.evaluation.body_ruler import floor_between, surface_errors_mm
from sefd_viewer.evaluation.person_metrics import mesh_metrics

EXPECTED = json.loads((Path(__file__).parent / "anny_expected.json").read_text())
UPRIGHT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Anny's axes (z up, facing -y) as the open body's (y up, facing z)."""


@pytest.fixture(scope="module")
def body() -> AnnyBody:
    return anny_body()


def moves(person: int) -> np.ndarray:
    """The bones' transforms (104, 4, 4) of one of the expected people."""
    turns = np.array(EXPECTED["turns"][person])
    found = np.tile(np.eye(4), (len(turns), 1, 1))
    found[:, :3, :3] = Rotation.from_rotvec(turns).as_matrix()
    found[0, :3, 3] = EXPECTED["places"][person]
    return found


@pytest.mark.parametrize("person", range(4), ids=["newborn", "child", "young", "old"])
def test_people_lie_where_the_package_has_them(body: AnnyBody, person: int) -> None:
    """Within the millimetre that fewer shapes cost: of a newborn, too."""
    vertices = body.posed(EXPECTED["phenotypes"][person], moves(person))
    apart = np.linalg.norm(vertices[:: EXPECTED["every"]] - EXPECTED["vertices"][person], axis=1)
    assert apart.max() < 1.5e-3
    assert apart.mean() < 0.4e-3


def test_age_makes_children_of_adults(body: AnnyBody) -> None:
    rest = np.tile(np.eye(4), (len(body.bones), 1, 1))
    tall = [np.ptp(body.posed([0.5, age, 0.5, 0.5, 0.5, 0.5], rest)[:, 2]) for age in (0, 0.33, 0.67)]
    assert tall[0] < 0.9 < tall[1] < 1.5 < tall[2]


def test_the_open_body_s_joints_are_measured_on_it(body: AnnyBody) -> None:
    """On the vertices of which the open body was made its regressors find the same joints."""
    whole = open_body()
    assert body.open_vertices is not None
    assert len(set(body.open_vertices.tolist())) == whole.vertex_count
    surface = np.random.default_rng(1).normal(size=(body.vertex_count, 3)).astype(np.float32)
    surface[body.open_vertices] = whole.v_template
    found = body.joints(surface, body.J_regressor @ surface, "human36m17")
    chain = whole.J_regressor @ whole.v_template
    np.testing.assert_allclose(found, whole.joints(whole.v_template, chain, "human36m17"), atol=1e-5)
    apart = surface_errors_mm(surface, body, whole.v_template, whole)
    assert apart is not None
    assert apart.max() < 0.01
    floor = floor_between(body, whole)
    assert floor is not None
    assert floor.mpjpe_mm == 0


def test_an_adult_measures_like_the_open_body(body: AnnyBody) -> None:
    """The mean adult against the open body at rest: arms hang otherwise, trunk and legs lie alike."""
    rest = np.tile(np.eye(4), (len(body.bones), 1, 1))
    adult = body.posed([0.5, 0.8, 0.5, 0.45, 0.5, 0.6], rest) @ UPRIGHT.T
    joints = body.joints(adult, body.J_regressor @ adult, "coco17")
    whole = open_body()
    other = whole.joints(whole.v_template, whole.J_regressor @ whole.v_template, "coco17")
    legs = slice(11, 17)
    middle, aim = (one[11:13].mean(axis=0) for one in (joints, other))
    assert np.linalg.norm((joints[legs] - middle) - (other[legs] - aim), axis=1).max() < 0.12
    assert mesh_metrics(adult, whole.v_template, body, true_body=whole).mpjpe_mm < 150


@pytest.mark.parametrize("named", [True, False])
def test_what_people_save_of_its_arguments_is_read(tmp_path: Path, body: AnnyBody, named: bool) -> None:
    poses = np.stack([moves(0), moves(1)])
    values = np.array(EXPECTED["phenotypes"][:2])
    parts = dict(zip(body.phenotypes, values.T, strict=True)) if named else {"phenotypes": values}
    np.savez(tmp_path / "walk.npz", pose_parameters=poses, **parts)
    found = people_in(stored_content(tmp_path / "walk.npz"), tmp_path / "walk.npz")
    assert found is not None
    assert (found.format, len(found.people), found.up) == ("Anny", 2, (0.0, 0.0, 1.0))
    second = found.people[1]
    assert second.pose is not None
    vertices = second.pose.vertices(BodyCatalog().get(second.body))
    apart = np.linalg.norm(vertices[:: EXPECTED["every"]] - EXPECTED["vertices"][1], axis=1)
    assert apart.max() < 1.5e-3


def test_what_cannot_be_posed_is_told(tmp_path: Path, body: AnnyBody) -> None:
    with pytest.raises(BodyError, match="6 phenotypes and 104 bones"):
        body.posed([0.5] * 6, np.zeros((163, 4, 4)))
    with pytest.raises(BodyError, match="not finite"):
        body.posed([np.nan] * 6, np.zeros((104, 4, 4)))
    np.savez(tmp_path / "x.npz", pose_parameters=moves(0)[None], pose_parameterization="world")
    with pytest.raises(SefdError, match="counted as world here"):
        people_in(stored_content(tmp_path / "x.npz"), tmp_path / "x.npz")
