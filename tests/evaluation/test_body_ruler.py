"""One ruler for different bodies: known distances come out, and what different meshes cost is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.mhr import mhr_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import StoredSurface
from sefd_viewer.body.surface import closest_places, map_from_open, surface_body
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.evaluation.body_ruler import floor_between, limb_error_mm, surface_errors_mm
from sefd_viewer.evaluation.case_measures import PredictedBody, measure
from sefd_viewer.evaluation.photo_truth import true_bodies
from sefd_viewer.evaluation.runs.gating import Gate
from sefd_viewer.evaluation.runs.intervals import Mean
from sefd_viewer.evaluation.runs.summary import body_words, paired
from sefd_viewer.geometry.rotations import axis_angle_to_matrix
from tests.evaluation.test_case_measures import CAMERA, SIZE, standing, truth_of

if TYPE_CHECKING:
    from sefd_viewer.evaluation.photo_truth import TrueBody


@pytest.fixture(scope="module")
def order(open_body: BodyModel) -> NDArray[np.intp]:
    return np.random.default_rng(0).permutation(open_body.vertex_count)


@pytest.fixture(scope="module")
def other(open_body: BodyModel, order: NDArray[np.intp]) -> BodyModel:
    """The same surface with its vertices in another order: a mesh that only the place tells."""
    places = np.argsort(order)
    return replace(
        open_body,
        id="smpl-neutral-00000000",
        v_template=open_body.v_template[order],
        shapedirs=open_body.shapedirs[order],
        J_regressor=open_body.J_regressor[:, order],
        weights=open_body.weights[order],
        faces=places[open_body.faces].astype(np.int32),
        extra_regressor=open_body.extra_regressor[:, order],
        regressors={name: one[:, order] for name, one in open_body.regressors.items()},
        mirror_index=None,
    )


def stretched(body: BodyModel) -> BodyModel:
    """A body that is longer, and wider still: no shape of the open body is like it."""
    return replace(body, id="smpl-male-00000001", v_template=body.v_template * np.float32([1.15, 1.05, 1.2]))


def test_nearest_places_of_a_triangle_are_those_of_geometry() -> None:
    corners, faces = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]), np.array([[0, 1, 2]])
    points = np.array([[1.0, 1, 3], [-2, -2, 0], [2, -1, 0], [4, 4, 1], [9, -1, 0]])
    place, distances = closest_places(points, corners, faces)
    expected = [[1, 1, 0], [0, 0, 0], [2, 0, 0], [2, 2, 0], [4, 0, 0]]
    assert place.points(corners) == pytest.approx(np.array(expected), abs=1e-6)
    assert distances == pytest.approx([3, 8**0.5, 1, 3, 26**0.5])


def test_every_place_is_found_again_on_a_mesh_of_another_order(
    other: BodyModel, order: NDArray[np.intp]
) -> None:
    place = map_from_open(other)
    assert place is not None
    rows = np.arange(len(order))
    assert (place.corners[rows, place.shares.argmax(axis=1)] == np.argsort(order)).all()


def test_the_same_person_of_another_mesh_has_no_error_and_a_moved_hand_the_known_one(
    open_body: BodyModel, other: BodyModel, order: NDArray[np.intp]
) -> None:
    vertices = open_body.forward(standing(open_body, 0, 4, bend=0.7)).vertices
    same = surface_errors_mm(vertices[order], other, vertices, open_body)
    assert same is not None
    assert same.max() < 0.2
    moved = vertices.copy()
    moved[np.argmax(vertices[:, 0])] += np.float32([0, 0, 0.03])
    found = surface_errors_mm(moved[order], other, vertices, open_body)
    assert found is not None
    assert found.max() == pytest.approx(30, abs=0.5)
    assert np.median(found) < 0.2


def test_the_surface_s_error_is_the_mean_over_all_of_it_in_the_frame_that_is_turned_back(
    open_body: BodyModel, other: BodyModel, order: NDArray[np.intp]
) -> None:
    """Both arms 40 mm nearer: by hand that share of the vertices times 40, the pelvis staying where it is."""
    truth = truth_of(open_body, standing(open_body, 0, 4))["1"]
    moved = truth.vertices_camera.copy()
    arms = np.abs(moved[:, 0] - moved[:, 0].mean()) > 0.3
    assert 0.1 < arms.mean() < 0.4
    moved[arms, 2] -= 0.04
    turn = axis_angle_to_matrix(np.array([0.1, 0.4, 0.0]))
    turned = (moved @ turn.T).astype(np.float32)
    for vertices, by in ((moved, None), (turned, turn)):
        numbers = measure(PredictedBody("1", vertices[order], other, turn=by), truth, None)
        assert numbers["surface_mm"] == pytest.approx(40 * arms.mean(), rel=0.02)
        assert numbers["mpvpe_mm"] is None


def test_the_floor_is_small_for_one_surface_and_grows_with_what_a_body_cannot_be(
    open_body: BodyModel, other: BodyModel
) -> None:
    none, own, far = (floor_between(one, open_body) for one in (open_body, other, stretched(other)))
    assert none is not None
    assert own is not None
    assert far is not None
    assert max(vars(none).values()) == 0
    assert max(vars(own).values()) < 3
    assert far.surface_mm > 2 * own.surface_mm
    assert far.mpjpe_mm > own.mpjpe_mm


def test_joints_by_name_cost_what_their_pelvis_lies_elsewhere(open_body: BodyModel, other: BodyModel) -> None:
    by_name = floor_between(replace(other, id="smpl-female-0", regressors={}), open_body)
    assert by_name is not None
    assert by_name.mpjpe_mm > 50
    assert by_name.limbs_mm < 20


def test_one_mesh_with_other_joints_tells_what_these_cost(open_body: BodyModel) -> None:
    truth: TrueBody = truth_of(open_body, standing(open_body, 0, 4))["1"]
    by_name = replace(open_body, id="smpl-female-0", regressors={})
    points = truth.vertices_camera
    same, other = (measure(PredictedBody("1", points, one), truth, None) for one in (open_body, by_name))
    assert same["mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert same["floor_mpjpe_mm"] is None
    assert other["mpvpe_mm"] == pytest.approx(0, abs=1e-3)
    assert other["limbs_mm"] is None
    assert other["mpjpe_mm"] == pytest.approx(other["floor_mpjpe_mm"], rel=0.3)


def test_a_body_without_a_surface_is_compared_by_its_limbs(open_body: BodyModel) -> None:
    truth: TrueBody = truth_of(open_body, standing(open_body, 0, 4))["1"]
    points = truth.vertices_camera
    limbs = open_body.joints(points, open_body.J_regressor @ points, "coco17")
    mhr = mhr_body()
    places = dict(zip(mhr.joint_set.names, range(70), strict=True))
    joints = np.zeros((70, 3), np.float32)
    for name, point in zip(_coco_names(), limbs, strict=True):
        joints[places[name]] = point + [0, 0, 0.5]
    joints[places["L_Wrist"]] += [0.06, 0, 0.0]
    vertices = np.concatenate([np.zeros((18439, 3), np.float32), joints])
    expected = (11 * 5 + 55) / 12  # the middle moves by 5 mm
    assert limb_error_mm(vertices, mhr, points, open_body) == pytest.approx(expected, abs=1e-3)
    numbers = measure(PredictedBody("1", vertices, mhr), truth, None)
    assert numbers["limbs_mm"] == pytest.approx(expected, abs=1e-3)
    assert numbers["surface_mm"] is None
    assert numbers["mpjpe_mm"] is None


def _coco_names() -> tuple[str, ...]:
    from sefd_viewer.geometry.joints import COCO17

    return COCO17.names


def table(floor: float) -> pl.DataFrame:
    """Eight people; the other body's errors are five millimetres larger."""
    rows = [
        {
            "position": number,
            "person": "1",
            "method": method,
            "kind": "annotated",
            "sequence": None,
            "moment": number,
            "mpjpe_mm": 50.0 + number + (5 if method == "theirs" else 0),
            "body": "smplx-neutral" if method == "theirs" else "open-body-1",
            "limbs_mm": 4.0 if method == "theirs" else None,
            **{f"floor_{name}_mm": floor if method == "theirs" else None for name in _KINDS},
        }
        for number in range(8)
        for method in ("theirs", "ours")
    ]
    return pl.DataFrame(rows, schema_overrides={"sequence": pl.String})


_KINDS = ("mpjpe", "pa_mpjpe", "limbs", "surface")


def test_a_difference_below_the_floor_is_called_none() -> None:
    low, high = paired(table(2.0), "theirs", "ours"), paired(table(7.0), "theirs", "ours")
    assert low.is_sure
    assert low.in_words == "which is not chance"
    assert not high.is_sure
    assert high.in_words == "no more than different bodies cost (7.0): no difference"
    assert body_words(table(7.0)) == [
        "theirs: its bodies (smplx-neutral) are others than the true ones: the same person measures MPJPE "
        "7.0 mm, PA-MPJPE 7.0 mm, joints of the limbs 7.0 mm, surface 7.0 mm; differences below that are none"
    ]


def test_a_gate_does_not_close_below_the_floor() -> None:
    def of(floor: float) -> Gate:
        return Gate("mpjpe_mm", "mm", "a", "b", Mean(5, 4, 6, 8, 0, floor), (0, 0), ())

    assert of(3.0).is_worse
    assert not of(4.5).is_worse


def test_a_stored_surface_is_measured_like_the_person_whose_it_is(open_body: BodyModel) -> None:
    """Truth by vertices alone gives the numbers of truth by parameters; one without joints gives none."""
    smpl = standing(open_body, 0, 4, bend=0.7)
    vertices = open_body.forward(smpl).vertices
    predicted = PredictedBody("1", vertices * np.float32(1.05), open_body, CAMERA)
    own = surface_body(open_body.faces[:, [1, 2, 0]], open_body.vertex_count)
    people = (
        Person("1", smpl=smpl),
        Person("1", surface=StoredSurface(open_body.id, vertices)),
        Person("1", surface=StoredSurface(own.id, vertices)),
    )
    numbers = []
    for person in people:
        record = Record("r", "r", size=SIZE, camera=CAMERA, people=(person,))
        truth, problems = true_bodies(record, SIZE, BodyCatalog().get)
        assert not problems
        numbers.append(measure(predicted, truth["1"], None))
    by_parameters, by_vertices, without_joints = numbers
    for name in ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm"):
        assert by_vertices[name] == pytest.approx(by_parameters[name], rel=1e-4)
        assert without_joints[name] is None
    root = open_body.J_regressor[0] @ vertices
    assert by_vertices["mpvpe_mm"] == pytest.approx(
        50 * np.linalg.norm(vertices - root, axis=1).mean(), rel=1e-3
    )
    assert without_joints["hidden"] == pytest.approx(0)
