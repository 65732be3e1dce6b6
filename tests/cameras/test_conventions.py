"""Conventions as values: what each does to a camera and a body, in words, and through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import stdtr

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import open_body as shipped_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.bodies import genders_of, models_for, read_joints, read_person
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.convention_steps import convention_steps
from sefd_viewer.cameras.diagnosis.conventions import Conventions, StatedCamera
from sefd_viewer.cameras.diagnosis.evidence import by_luck
from sefd_viewer.datasets.records import Person
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry import axis_angle_to_matrix
from sefd_viewer.geometry.cameras import PinholeCamera
from tests.cameras.review_rig import SIZE, VIEWS, rig
from tests.owners_files import smpl_arrays, write_body


def stated() -> dict[str, StatedCamera]:
    return {view: StatedCamera.of(camera, SIZE) for view, camera in rig().items()}


def read(conventions: Conventions, view: str, size: tuple[int, int] = SIZE) -> PinholeCamera:
    return read_camera(view, conventions.of(view), stated(), size)


def standing(body: BodyModel, seed: int = 0) -> SmplParameters:
    rng = np.random.default_rng(seed)
    return SmplParameters.from_pose(body.id, rng.normal(scale=0.3, size=72), rng.normal(size=10), [0.2, 0, 1])


def test_without_any_change_cameras_are_as_stated() -> None:
    for view, camera in rig().items():
        same = read(Conventions(), view)
        assert same.to_dict() == camera.to_dict()
    assert Conventions().differences() == ()


def test_one_camera_can_differ_until_all_are_chosen_alike() -> None:
    one = Conventions().with_option("camera.axes", "OpenGL", view="b")
    assert one.differences() == ("b: the camera's axes are OpenGL's (y up, z backward)",)
    assert one.option("camera.axes") == "OpenCV"
    assert one.option("camera.axes", "b") == "OpenGL"
    every = one.with_option("camera.axes", "OpenGL")
    assert every.differences() == ("all cameras: the camera's axes are OpenGL's (y up, z backward)",)
    assert every.with_option("camera.axes", "OpenCV") == Conventions()


def test_what_views_share_is_said_once() -> None:
    reading = {view: Conventions().with_option("camera.unit", 0.001).every for view in VIEWS}
    reading["c"] = replace(reading["c"], mirror="x")
    assert Conventions.of_views(reading).differences() == (
        "all cameras: t is in millimetres",
        "c: the principal point is mirrored in x",
    )


STEPS = convention_steps(stated(), sizes=dict.fromkeys(VIEWS, (320, 240)))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_every_option_is_named_and_survives_json(step: Any) -> None:
    assert Conventions().option(step.id) == step.default
    for option in step.options[1:]:
        changed = Conventions().with_option(step.id, option.value)
        assert len(changed.differences()) == 1
        assert Conventions.from_dict(json.loads(json.dumps(changed.to_dict()))) == changed
        if step.per_camera:
            own = Conventions().with_option(step.id, option.value, view="a")
            assert own.differences()[0].startswith("a: ")
            assert Conventions.from_dict(json.loads(json.dumps(own.to_dict()))) == own
            assert np.isfinite(read(own, "a", (320, 240)).matrix).all()


def test_numbers_survive_json_and_are_said() -> None:
    changed = Conventions().with_option("camera.shift", (3.0, -2.0), view="a")
    changed = changed.with_option("camera.later", 0.25, view="b")
    assert Conventions.from_dict(json.loads(json.dumps(changed.to_dict()))) == changed
    assert changed.differences() == (
        "a: the picture is shifted by (+3.0, -2.0) px against its calibration",
        "b: the pictures are 0.25 moments late",
    )


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="not conventions"):
        Conventions.from_dict({"cameras": {"colour": "red"}})


def test_a_world_with_another_up_axis() -> None:
    """The same point, written once with z up and once with y up, is seen at the same pixel."""
    point_z_up = np.array([0.3, 0.2, 1.1])
    point_y_up = np.array([0.3, 1.1, -0.2])
    camera = read(Conventions().with_option("camera.up", "z up"), "a")
    assert_allclose(camera.project(point_y_up), rig()["a"].project(point_z_up))


def test_resized_pictures_of_different_sizes_fit() -> None:
    fitted = Conventions().with_option("camera.scale", "fit")
    small = read(fitted, "a", (320, 240))
    assert_allclose(small.matrix, rig()["a"].resized(0.5).matrix)
    assert_allclose(read(fitted, "b").matrix, rig()["b"].matrix)


@pytest.mark.parametrize("seed", range(3))
def test_bodies_of_a_world_with_another_up_axis(open_body: BodyModel, seed: int) -> None:
    person = Person("1", smpl_world=standing(open_body, seed))
    found = read_person(
        person, rig()["a"], [open_body], body=Conventions().with_option("body.up", "y up").body
    )
    assert found is not None
    y_up = open_body.forward(standing(open_body, seed)).vertices
    z_up = np.stack([y_up[:, 0], -y_up[:, 2], y_up[:, 1]], axis=1)
    assert_allclose(found.output().vertices, rig()["a"].to_camera(z_up), atol=1e-5)


def test_the_root_joint_as_translation_is_undone(open_body: BodyModel) -> None:
    right = standing(open_body)
    root = open_body.root_joint(right.betas)
    stored = replace(right, transl=1000 * (right.transl + root))
    body = (
        Conventions()
        .with_option("body.unit", 0.001)
        .with_option("body.translation", "of the root joint")
        .body
    )
    ours, theirs = (
        read_person(Person("1", smpl_world=one), rig()["b"], [open_body], body=how)
        for one, how in ((stored, body), (right, Conventions().body))
    )
    assert ours is not None
    assert theirs is not None
    assert_allclose(ours.output().vertices, theirs.output().vertices, atol=1e-5)


def test_a_body_in_the_cameras_frame_knows_only_its_axes(open_body: BodyModel) -> None:
    person = Person("1", smpl=standing(open_body))
    opengl = Conventions().with_option("camera.axes", "OpenGL")
    found = read_person(person, rig()["a"], [open_body], body=opengl.body, axes=opengl.of("a"))
    assert found is not None
    there = open_body.forward(standing(open_body)).vertices * [1, -1, -1]
    assert_allclose(found.output().vertices, there, atol=1e-5)


def test_another_gender_needs_its_model(open_body: BodyModel) -> None:
    female = replace(open_body, id="smpl-female-01234567")
    person = Person("1", smpl=replace(standing(open_body), body_id="smpl-neutral"))
    body = Conventions().with_option("body.gender", "female").body
    found = read_person(person, rig()["a"], [open_body, female], body=body)
    assert found is not None
    assert found.model is female
    with pytest.raises(BodyError, match="smpl-neutral is not here"):
        read_person(person, rig()["a"], [open_body, female], body=Conventions().body)
    assert genders_of([open_body, female]) == ("as stated", "female")


def test_steps_say_why_nothing_can_be_chosen(open_body: BodyModel) -> None:
    steps = {step.id: step for step in convention_steps(stated(), bodies=[open_body], bodies_in_world=False)}
    assert steps["body.gender"].unavailable == f"Only one body model is here ({open_body.name})."
    assert steps["body.mode"].unavailable == "The parameters are in the camera's frame already."
    assert steps["camera.axes"].unavailable is None
    assert "fit" not in [option.value for option in steps["camera.scale"].options]
    alone = convention_steps({"a": stated()["a"]}, has_bodies=False)
    assert next(one for one in alone if one.id == "camera.intrinsics_of").unavailable


def test_annotated_joints_pass_through_the_other_camera() -> None:
    from sefd_viewer.datasets.records import Joints3D
    from sefd_viewer.geometry import COCO17

    world = np.random.default_rng(0).normal(size=(17, 3))
    wrong = rig()["a"]
    wrong = replace(wrong, R=axis_angle_to_matrix(np.array([0.1, 0.2, 0.3])))
    person = Person("1", joints=Joints3D(COCO17.name, wrong.to_camera(world)))
    assert_allclose(read_joints(person, wrong, rig()["a"]), rig()["a"].to_camera(world), atol=1e-9)


def test_the_other_genders_are_offered_where_they_are_here(tmp_path: Path) -> None:
    for name, seed in (("SMPL_FEMALE.pkl", 1), ("SMPL_MALE.pkl", 2)):
        write_body(tmp_path / name, smpl_arrays(seed))
    models = models_for(["smpl-female"], BodyCatalog([tmp_path]).get)
    assert [model.id.rpartition("-")[0] for model in models] == ["smpl-female", "smpl-male"]
    assert genders_of(models) == ("as stated", "female", "male")
    alone = write_body(tmp_path / "one" / "body.pkl", smpl_arrays(3))
    assert len(models_for(["smpl-female"], BodyCatalog([alone]).get)) == 1
    assert models_for(["open-body-1"], BodyCatalog([tmp_path]).get) == [shipped_body()]


@pytest.mark.parametrize("freedom", [1, 2, 3, 8, 31, 2000])
def test_how_likely_chance_is_as_scipy_has_it(freedom: int) -> None:
    errors = [0.0, 0.3, 1.0, 3.0, 12.0, 1e6]
    assert_allclose([by_luck(one, freedom) for one in errors], stdtr(freedom, -np.array(errors)), atol=1e-9)
