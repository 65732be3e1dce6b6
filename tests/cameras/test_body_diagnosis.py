"""Faults put into bodies, and what joints in space tell about cameras that views alone cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.cameras.diagnosis.bodies import AnnotatedJoints, posed_bodies
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.conventions import Array, Convention, Conventions, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose_bodies, diagnose_points
from sefd_viewer.cameras.diagnosis.record_diagnosis import misfits
from sefd_viewer.cameras.diagnosis.space_evidence import BodyEvidence, BodyPair, PointEvidence, Sightings
from sefd_viewer.cameras.views.tracks import at_moments
from sefd_viewer.geometry import COCO17, PinholeCamera, axis_angle_to_matrix, matrix_to_axis_angle
from tests.cameras.review_rig import SIZE, rig, walker

MOMENTS = 6
CAMERA = rig()["a"]


def bodies() -> list[BodyModel]:
    """Two genders whose root lies where SMPL's does, a fifth of a metre from the origin."""
    body = open_body()
    low = replace(
        body, id="smpl-neutral-1", v_template=body.v_template + np.array([0, -0.22, 0.03], np.float32)
    )
    return [low, replace(low, id="smpl-female-1", v_template=np.float32(0.93) * low.v_template)]


def people(body: BodyModel) -> list[SmplParameters]:
    rng = np.random.default_rng(0)
    shape = rng.normal(size=10)
    return [
        SmplParameters.from_pose(body.id, rng.normal(scale=0.3, size=72), shape, rng.normal(size=3))
        for _ in range(MOMENTS)
    ]


def asked(stored: Sequence[SmplParameters], start: Conventions | None = None) -> Diagnosis:
    """The diagnosis of stored bodies, given the joints of the right ones."""
    models = bodies()
    right = [models[0].forward(one) for one in people(models[0])]
    world = np.stack([models[0].joints(one.vertices, one.joints, COCO17) for one in right])
    posed = posed_bodies(stored, models, in_world=True)
    assert posed is not None
    pair = BodyPair("a", CAMERA, posed, CAMERA.to_camera(world))
    return diagnose_bodies(BodyEvidence([pair]), start=start)


def test_right_bodies_have_nothing_wrong() -> None:
    assert asked(people(bodies()[0])).sentences == []


def test_missing_root_compensation_is_said_with_the_error_before_and_after() -> None:
    found = asked(people(bodies()[0]), Conventions().with_option("body.mode", "paper"))
    (line,) = found.sentences
    assert line.startswith("missing root compensation: ")
    assert line.endswith(" mm -> 0.0 mm (sure)")
    assert found.before > 100
    assert found.conventions == Conventions()


def _uncompensated(one: SmplParameters, root: Array) -> SmplParameters:
    return replace(one, transl=one.transl + root - CAMERA.R.T @ root)


def _y_up(one: SmplParameters, root: Array) -> SmplParameters:
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    orient = matrix_to_axis_angle(turn @ axis_angle_to_matrix(one.global_orient))
    return replace(one, global_orient=orient, transl=turn @ (one.transl + root) - root)


def _to_root(one: SmplParameters, root: Array) -> SmplParameters:
    return replace(one, transl=one.transl + root)


def _millimetres(one: SmplParameters, _root: Array) -> SmplParameters:
    return replace(one, transl=1000 * one.transl)


def _other_gender(one: SmplParameters, _root: Array) -> SmplParameters:
    return replace(one, body_id="smpl-female-1")


FAULTS: list[tuple[Callable[[SmplParameters, Array], SmplParameters], str]] = [
    (_uncompensated, "the root joint is not compensated (mode 'paper')"),
    (_to_root, "the bodies' translation is the place of the root joint"),
    (_millimetres, "the bodies' translation is in millimetres"),
    (_y_up, "the bodies' world has y up, where that of the cameras has z up"),
    (_other_gender, "the bodies are of the neutral model"),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_fault_of_bodies_is_named(
    fault: Callable[[SmplParameters, Array], SmplParameters], words: str
) -> None:
    models = bodies()
    wrong = [fault(one, models[0].root_joint(one.betas)) for one in people(models[0])]
    (named,) = asked(wrong).named
    assert named.words.startswith(words)
    assert named.confidence == "sure"
    assert named.after < 0.1


def sightings(stated: dict[str, PinholeCamera], later: float = 0.0) -> PointEvidence:
    """A walker seen by the right cameras; camera b is late."""
    world, rng = walker(MOMENTS), np.random.default_rng(1)
    groups = []
    for view, camera in rig().items():
        moments = np.arange(MOMENTS) - (later if view == "b" else 0.0)
        pixels = camera.project(at_moments(world, moments)) + rng.normal(size=(MOMENTS, 17, 2))
        groups.append(
            Sightings(
                view,
                StatedCamera.of(stated[view], SIZE),
                SIZE,
                AnnotatedJoints(world),
                np.arange(MOMENTS, dtype=np.float64),
                pixels,
            )
        )
    return PointEvidence(groups)


def test_cameras_of_a_world_with_another_up_axis() -> None:
    turned = {view: replace(one, R=one.R @ _Z_TO_Y.T) for view, one in rig().items()}
    (named,) = diagnose_points(sightings(turned)).named
    assert named.words.startswith("all cameras: the cameras' world has y up")
    assert named.confidence == "sure"


_Z_TO_Y = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def test_a_part_of_a_moment_is_found() -> None:
    found = diagnose_points(sightings(rig(), later=0.4))
    assert found.conventions.of("b").later == pytest.approx(0.4, abs=0.1)
    assert len(found.named) == 1


def test_right_cameras_and_joints_have_nothing_wrong() -> None:
    assert diagnose_points(sightings(rig())).sentences == []


def test_a_camera_of_another_rig() -> None:
    evidence = sightings(rig() | {"c": rig()["d"]})
    donors = {"other c": StatedCamera.of(rig()["c"], SIZE)}
    found = diagnose_points(PointEvidence(evidence.sightings, donors))
    assert {line.words for line in found.named} == {
        "c: R and t are those of other c",
        "c: the intrinsics are those of other c",
    }
    right = read_camera("c", Convention(), donors | {"c": donors["other c"]}, SIZE)
    np.testing.assert_allclose(found.cameras["c"].R, right.R)


def test_a_body_that_stands_elsewhere_is_called_by_name() -> None:
    models = bodies()
    pairs = []
    for row, one in enumerate(people(models[0])):
        output = models[0].forward(one)
        joints = models[0].joints(output.vertices, output.joints, COCO17)[None]
        moved = replace(one, transl=one.transl + np.float32(0.4 * (row == 2)))
        posed = posed_bodies([moved], models, in_world=True)
        assert posed is not None
        pairs.append(BodyPair("all", CAMERA, posed, CAMERA.to_camera(joints), (f"person {row} in park.jpg",)))
    evidence = BodyEvidence(pairs)
    found = diagnose_bodies(evidence)
    assert found.named == ()
    (words,) = misfits(evidence, found.conventions)
    assert words.startswith("person 2 in park.jpg is off by 693 mm, the others by 0.0 mm")
    assert misfits(evidence, Conventions().with_option("body.unit", 0.001)) == ()
