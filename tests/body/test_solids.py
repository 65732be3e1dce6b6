"""Solids measured against the formulas of spheres and boxes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.solids import (
    Solid,
    closest_point,
    depth_m,
    girth_m,
    overlap,
    rest_size,
    signed_distances,
    surfaces_apart,
)
from sefd_viewer.errors import BodyError


def sphere(radius: float, x: float = 0.0, *, level: int = 5) -> Solid:
    found = trimesh.creation.icosphere(subdivisions=level, radius=radius)
    return Solid(found.vertices + [x, 0, 0], found.faces)


def box(*sides: float, x: float = 0.0) -> Solid:
    found = trimesh.creation.box(sides)
    return Solid(found.vertices + [x, 0, 0], found.faces)


def test_a_sphere_and_a_box_have_the_space_and_skin_of_their_formulas() -> None:
    assert sphere(0.2).litres == pytest.approx(4 / 3 * np.pi * 0.2**3 * 1000, rel=2e-3)
    assert sphere(0.2).square_metres == pytest.approx(4 * np.pi * 0.2**2, rel=2e-3)
    assert box(0.3, 1.5, 0.2).litres == pytest.approx(90)
    assert box(0.3, 1.5, 0.2).square_metres == pytest.approx(2 * (0.3 * 1.5 + 1.5 * 0.2 + 0.3 * 0.2))


def test_distances_are_below_zero_inside() -> None:
    found = signed_distances([[0, 0, 0], [0.15, 0, 0], [0.5, 0, 0]], sphere(0.2))
    assert found == pytest.approx([-0.2, -0.05, 0.3], abs=1e-3)


def test_two_spheres_go_as_deep_into_each_other_as_their_radii_say() -> None:
    found = overlap(sphere(0.3), sphere(0.3, 0.5))
    assert found.depth_m == pytest.approx(0.1, abs=1e-3)
    assert found.place == pytest.approx([0.3, 0, 0], abs=0.01)
    share = len(found.inside) / len(sphere(0.3).vertices)
    assert share == pytest.approx((1 - 0.25 / 0.3) / 2, abs=0.01)  # a cap's share of the sphere


def test_what_touches_goes_in_nowhere_and_what_is_far_does_neither() -> None:
    touching, far = (
        overlap(box(0.2, 0.2, 0.2), box(0.2, 0.2, 0.2, x=0.205)),
        overlap(sphere(0.1), sphere(0.1, 1.0)),
    )
    assert touching.depth_m == 0
    assert len(touching.touching) == 4  # the corners of one side
    assert far.depth_m == 0
    assert len(far.touching) == len(far.inside) == 0


def test_surfaces_of_other_topologies_are_as_far_apart_as_they_are() -> None:
    same, larger = (
        surfaces_apart(sphere(0.2), sphere(0.2, level=4)),
        surfaces_apart(sphere(0.2), sphere(0.23, level=4)),
    )
    assert same.largest_m < 1e-3
    assert larger.mean_m == pytest.approx(0.03, abs=1e-3)
    assert larger.p95_m == pytest.approx(0.03, abs=1e-3)


def test_a_girth_is_that_of_the_part_asked_about() -> None:
    two = trimesh.util.concatenate(
        [
            trimesh.creation.icosphere(subdivisions=5, radius=r).apply_translation([x, 0, 0])
            for r, x in ((0.1, -0.5), (0.2, 0.5))
        ]
    )
    solid = Solid(two.vertices, two.faces)
    assert girth_m(solid, [0.5, 0, 0], [0, 1, 0]) == pytest.approx(2 * np.pi * 0.2, rel=5e-3)
    assert girth_m(solid, [-0.5, 0.06, 0], [0, 1, 0]) == pytest.approx(2 * np.pi * 0.08, rel=5e-3)
    assert girth_m(box(0.3, 1.5, 0.2), [0, 0.1, 0], [0, 1, 0]) == pytest.approx(1.0)
    assert girth_m(solid, [0, 5, 0], [0, 1, 0]) == 0


def test_the_pointer_meets_the_near_side() -> None:
    assert closest_point([[0, 0, 1]], box(1, 1, 1)) == pytest.approx(np.array([[0, 0, 0.5]]))


def test_the_open_body_is_a_person_by_its_volume_and_waist(open_body: BodyModel) -> None:
    person = Solid(open_body.v_template, open_body.faces)
    assert 40 < person.litres < 110
    pelvis, chest = (open_body.J_regressor @ open_body.v_template)[[0, 9]]
    assert 0.5 < girth_m(person, (pelvis + chest) / 2, [0, 1, 0]) < 1.2


def test_what_is_no_surface_is_refused() -> None:
    with pytest.raises(BodyError, match="no surface to measure"):
        _ = Solid(np.zeros((0, 3)), np.zeros((0, 3), int)).litres


def test_pyvista_waits_for_the_first_question() -> None:
    code = (
        "import sys, sefd_viewer.body.solids; assert not {'pyvista', 'vtk', 'vtkmodules'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_how_deep_skin_is_in_another_solid_is_that_of_the_spheres() -> None:
    one, other, away = sphere(0.2), sphere(0.2, 0.3), sphere(0.2, 0.5)
    assert depth_m(one, other) == pytest.approx(0.1, abs=2e-3)
    assert depth_m(other, one) == pytest.approx(0.1, abs=2e-3)
    assert depth_m(one, away) == 0


def test_the_size_of_a_body_is_that_of_its_shaped_mesh_without_a_pose(open_body: BodyModel) -> None:
    """trimesh's volume, and its section's outline around the trunk, in betas' shape."""
    betas = np.array([1.5, -2, 0.5, 0, 0, 1, 0, 0, 0, -1])
    shaped = open_body.v_template + open_body.shapedirs @ betas
    mesh = trimesh.Trimesh(shaped, open_body.faces, process=False)
    pelvis, neck = (open_body.J_regressor @ shaped)[[0, 12]]
    size = rest_size(open_body, betas)
    assert size.litres == pytest.approx(1000 * mesh.volume, rel=1e-4)
    assert size.height_m == pytest.approx(np.ptp(shaped[:, 1]), rel=1e-5)
    assert size.build == pytest.approx(1000 * mesh.volume / np.ptp(shaped[:, 1]) ** 2, rel=1e-4)
    section = mesh.section(plane_origin=pelvis + (neck - pelvis) / 3, plane_normal=neck - pelvis)
    assert section is not None
    loops = [section.vertices[entity.points] for entity in section.entities]
    lengths = [np.linalg.norm(np.diff(loop, axis=0), axis=1).sum() for loop in loops]
    assert size.waist_cm == pytest.approx(100 * max(lengths), rel=1e-3)


def test_a_body_whose_joints_have_other_names_has_a_size_and_no_waist(open_body: BodyModel) -> None:
    """As a body that a plugin brings: its thirteenth joint is not the neck."""
    own = open_body.joint_set
    renamed = replace(own, name="another", names=tuple(f"joint {place}" for place in range(own.count)))
    size, usual = (
        rest_size(replace(open_body, joint_set=renamed), np.zeros(10)),
        rest_size(open_body, np.zeros(10)),
    )
    assert size.litres == pytest.approx(usual.litres)
    assert usual.waist_cm > 0
    assert size.waist_cm == 0
