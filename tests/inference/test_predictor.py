from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from sefd_viewer.datasets.sample import make_sample
from sefd_viewer.edges.image_edges import canny_soft, dilate
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import WeightsError
from sefd_viewer.geometry.crops import image_camera, network_camera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.inference.forward import CHUNK
from sefd_viewer.inference.messages import (
    EdgesRequest,
    EdgesResult,
    Failed,
    MeshEdgeResult,
    Progress,
    RoleResult,
    Trial,
    TrialRequest,
)
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.inference.worker import Cancelled, Stop
from sefd_viewer.networks.checkpoints import load_network, save_weights
from sefd_viewer.networks.edge_estimators import (
    EstimatorCard,
    EstimatorKind,
    build_estimator,
    load_estimator,
    save_estimator,
)
from sefd_viewer.networks.hed import detect
from sefd_viewer.resources import resource_path


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor("cpu")


def results(messages) -> dict[str, RoleResult]:
    return {m.role: m for m in messages if isinstance(m, RoleResult)}


def bare(people):
    """The same people without ground truth."""
    return tuple(dataclasses.replace(person, smpl=None) for person in people)


def test_every_role_predicts_everyone_in_order_with_stages_timed(predictor, request_for) -> None:
    messages = list(predictor.predict(request_for(7)))
    found = results(messages)
    assert list(found) == ["baseline", "student", "teacher"]
    for role, result in found.items():
        assert result.number == 7
        assert [p.person for p in result.predictions] == ["p0", "p1"]
        assert {"forward", "body"} <= set(result.milliseconds)
        assert all(p.role == role and p.weights_hash for p in result.predictions)
    kinds = [type(m) for m in messages]
    assert kinds.index(MeshEdgeResult) < len(kinds) - 1
    assert isinstance(messages[0], Progress)


def test_pixels_are_the_networks_own_and_parameters_give_the_vertices(
    predictor, request_for, open_body
) -> None:
    for prediction in results(predictor.predict(request_for()))["student"].predictions:
        crop_pixels = network_camera(prediction.crop).project_camera(prediction.joints_camera)
        moved = prediction.crop.points_to_image(crop_pixels)
        np.testing.assert_allclose(prediction.joints_image, moved, atol=1e-2)
        assert prediction.camera.to_dict() == image_camera(prediction.crop).to_dict()
        vertices = open_body.forward(prediction.parameters).vertices
        np.testing.assert_allclose(prediction.vertices_camera, vertices, atol=1e-4)
        assert prediction.joints_camera.shape == (30, 3)


def test_the_student_sees_the_crops_edges_as_the_settings_say(predictor, request_for, image, people) -> None:
    settings = EdgeSettings(kernel=3)
    found = results(predictor.predict(request_for(edges=settings, roles=("student",))))["student"]
    crop = make_sample(image, people[0].pose2d).crop_rgb
    np.testing.assert_array_equal(found.predictions[0].edge.values, dilate(canny_soft(crop, settings), 3))
    assert found.predictions[0].edge.label == "Canny soft 3x3"
    adaptive = request_for(edges=EdgeSettings(dilation="adaptive"), roles=("student",))
    labels = [p.edge.label for p in results(predictor.predict(adaptive))["student"].predictions]
    assert labels == ["Canny soft 5x5", "Canny soft 5x5"]


def test_edge_settings_change_what_the_student_says_and_not_the_baseline(predictor, request_for) -> None:
    plain, thick = (
        results(predictor.predict(request_for(edges=EdgeSettings(kernel=kernel)))) for kernel in (1, 15)
    )
    change = {
        role: np.abs(
            plain[role].predictions[0].vertices_camera - thick[role].predictions[0].vertices_camera
        ).max()
        for role in ("baseline", "student")
    }
    assert change["baseline"] == 0
    assert change["student"] > 0


def test_the_teacher_sees_ground_truth_where_there_is_any(predictor, request_for) -> None:
    messages = list(predictor.predict(request_for(roles=("teacher",))))
    whole = next(m for m in messages if isinstance(m, MeshEdgeResult)).edge
    assert whole.source == "ground truth meshes"
    assert whole.values.shape == (240, 320)
    prediction = results(messages)["teacher"].predictions[0]
    assert prediction.edge.source == whole.source
    assert prediction.edge.values.shape == (256, 256)
    assert prediction.edge.values.max() > 0.1


def test_the_teacher_without_ground_truth_uses_the_baseline_and_says_so(
    predictor, request_for, people
) -> None:
    messages = list(predictor.predict(request_for(roles=("teacher",), people=bare(people))))
    assert set(results(messages)) == {"teacher"}
    whole = next(m for m in messages if isinstance(m, MeshEdgeResult)).edge
    assert whole.source == "baseline's meshes (no ground truth here)"
    mixed = (people[0], *bare(people[1:]))
    messages = list(predictor.predict(request_for(roles=("teacher",), people=mixed)))
    whole = next(m for m in messages if isinstance(m, MeshEdgeResult)).edge
    assert whole.source == "ground truth meshes of 1, baseline's meshes of 1 (no ground truth there)"


def test_whose_box_says_how_wide_the_teachers_edges_are_is_on_its_card(
    predictor, request_for, people, weights, tmp_path: Path
) -> None:
    """The shipped teacher was trained with the projected body's box, the release's with the annotated one."""
    state = load_network(weights["teacher"])
    released = tmp_path / "released.safetensors"
    save_weights(released, state.network, dataclasses.replace(state.card, dilation_box="annotated"))
    large = dataclasses.replace(people[0], annotated_box=np.array([0, 0, 300, 240], np.float32))
    widths = []
    for file in (weights["teacher"], str(released)):
        for person in (people[0], large):
            request = request_for(roles=("teacher",), people=(person,), weights={"teacher": file})
            messages = predictor.predict(request)
            widths.append(next(m for m in messages if isinstance(m, MeshEdgeResult)).edge.values)
    without, ours, unlabelled, wide = widths
    assert np.array_equal(without, ours)
    assert np.array_equal(without, unlabelled)  # nobody annotated a box
    # kernel 5 for the body's own box, 7 for 72000 square pixels (supplement, section 4)
    assert np.array_equal(wide, dilate(without, 3))
    assert not np.array_equal(wide, without)


def test_ground_truth_of_an_unknown_body_gives_way_to_the_baseline_in_words(
    predictor, request_for, people
) -> None:
    strangers = tuple(
        dataclasses.replace(p, smpl=dataclasses.replace(p.smpl, body_id="smpl-male-0")) for p in people
    )
    messages = list(predictor.predict(request_for(roles=("teacher",), people=strangers)))
    whole = next(m for m in messages if isinstance(m, MeshEdgeResult)).edge
    assert "smpl-male-0" in whole.source


def test_a_missing_weights_file_fails_its_role_alone(predictor, request_for, weights, tmp_path: Path) -> None:
    gone = tmp_path / "gone.safetensors"
    messages = list(predictor.predict(request_for(weights=weights | {"student": str(gone)})))
    assert set(results(messages)) == {"baseline", "teacher"}
    failed = next(m for m in messages if isinstance(m, Failed))
    assert (failed.role, failed.where) == ("student", str(gone))
    assert "missing" in failed.what
    assert failed.remedy


def test_weights_of_another_role_are_refused_in_words(predictor, request_for, weights) -> None:
    messages = list(
        predictor.predict(request_for(roles=("teacher",), weights={"teacher": weights["baseline"]}))
    )
    failed = next(m for m in messages if isinstance(m, Failed))
    assert "baseline" in failed.what


def test_a_changed_weights_file_is_read_again(request_for, weights, tmp_path: Path) -> None:
    predictor = Predictor("cpu")
    path = tmp_path / "baseline.safetensors"
    shutil.copy(weights["baseline"], path)
    request = request_for(roles=("baseline",), weights={"baseline": str(path)})
    first = results(predictor.predict(request))["baseline"].predictions[0]
    kept = predictor.networks.get("baseline", request.weights)
    assert predictor.networks.get("baseline", request.weights) is kept
    os.utime(path, ns=(0, 0))
    assert predictor.networks.get("baseline", request.weights) is not kept
    again = results(predictor.predict(request))["baseline"].predictions[0]
    np.testing.assert_array_equal(first.vertices_camera, again.vertices_camera)


def test_a_person_outside_the_picture_is_left_out_with_words(predictor, request_for, people) -> None:
    box = np.array([900.0, 900.0, 50.0, 80.0])
    away = dataclasses.replace(
        people[0], key="away", pose2d=Pose2D("coco17", np.zeros((17, 3)), box, 1.0, "hand")
    )
    found = results(predictor.predict(request_for(people=(away, people[1]), roles=("baseline",))))["baseline"]
    assert [p.person for p in found.predictions] == ["p1"]
    assert "away" in found.problems[0]


def test_nobody_gives_empty_results(predictor, request_for) -> None:
    found = results(predictor.predict(request_for(people=())))
    assert [result.predictions for result in found.values()] == [(), (), ()]


def test_a_crowd_is_the_same_as_one_at_a_time(predictor, request_for, people) -> None:
    crowd = tuple(dataclasses.replace(people[i % 2], key=str(i)) for i in range(CHUNK + 2))
    many = results(predictor.predict(request_for(people=crowd, roles=("baseline",))))["baseline"].predictions
    alone = results(predictor.predict(request_for(people=people[:1], roles=("baseline",))))["baseline"]
    assert len(many) == CHUNK + 2
    np.testing.assert_allclose(many[CHUNK].vertices_camera, alone.predictions[0].vertices_camera, atol=1e-3)


def test_a_newer_request_ends_it_between_roles_and_cancel_within_one(predictor, request_for, image) -> None:
    found: list[RoleResult] = []
    newer_waits = Stop(superseded=lambda: bool(found))
    messages = predictor.predict(request_for(), newer_waits)
    while not found:
        found.extend(m for m in [next(messages)] if isinstance(m, RoleResult))
    with pytest.raises(Cancelled):
        next(messages)
    cancelled = Stop(cancelled=lambda: True)
    with pytest.raises(Cancelled):
        list(predictor.predict(request_for(), cancelled))
    with pytest.raises(Cancelled):
        list(predictor.edges(EdgesRequest(1, image, max_side=64), cancelled))


def test_a_device_that_is_not_there_falls_back_with_words() -> None:
    ready = Predictor("cuda:99").ready()
    assert ready.note is not None
    assert "cuda:99" in ready.note
    assert Predictor("nonsense").ready().note is not None
    assert Predictor("cpu").ready().note is None


def test_hed_gives_a_map_of_the_picture(predictor, image) -> None:
    messages = list(predictor.edges(EdgesRequest(4, image, max_side=64)))
    result = messages[-1]
    assert isinstance(result, EdgesResult)
    assert result.edge.values.shape == image.shape[:2]
    assert result.number == 4


@pytest.fixture
def estimators(tmp_path: Path) -> dict[str, str]:
    """Files of SEE and SESD whose edges vary with the colours."""
    torch.manual_seed(3)
    files = {}
    for kind in get_args(EstimatorKind):
        network = build_estimator(kind, (4, 8))
        for part in network.children():
            part.outc["conv"].bias.data.fill_(0.4)
        files[kind] = str(tmp_path / f"{kind}.safetensors")
        save_estimator(Path(files[kind]), network, EstimatorCard(kind, (4, 8), 128))
    return files


@pytest.mark.parametrize("kind", ["see", "sesd"])
def test_edges_guessed_in_crops_lie_where_the_people_are(predictor, image, people, estimators, kind) -> None:
    request = EdgesRequest(5, image, kind, people, estimators)
    result = list(predictor.edges(request))[-1]
    assert isinstance(result, EdgesResult)
    assert list(result.crops) == ["p0", "p1"]
    assert result.edge.values.shape == image.shape[:2]
    sample = make_sample(image, people[0].pose2d)
    alone = load_estimator(estimators["see"]).detect(sample.crop_rgb)
    if kind == "see":
        np.testing.assert_array_equal(result.crops["p0"].values, alone)
    x, y = np.indices((64, 64)).reshape(2, -1) * 3 + 32
    places = sample.crop.points_to_image(np.stack([x, y], 1))
    columns, rows = np.rint(places).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < image.shape[1]) & (rows < image.shape[0])
    laid = result.edge.values[rows[inside], columns[inside]]
    assert (laid >= result.crops["p0"].values[y[inside], x[inside]] - 0.1).mean() > 0.95
    nobody = list(predictor.edges(dataclasses.replace(request, people=())))[-1]
    assert not nobody.edge.values.any()


def test_missing_weights_of_an_estimator_say_what_to_do(predictor, image, people, tmp_path: Path) -> None:
    gone = {"see": str(tmp_path / "see.safetensors")}
    with pytest.raises(WeightsError, match="weights of SEE are missing") as error:
        list(predictor.edges(EdgesRequest(1, image, "see", people, gone)))
    assert "sefd-viewer train crowds-see" in str(error.value)


def test_an_estimator_beside_a_chosen_teacher_is_that_teacher_with_guessed_edges(
    predictor, request_for, image, people, estimators
) -> None:
    """The same numbers as the teacher's network gives when it is handed the estimator's map by hand."""
    teacher = str(resource_path("weights/teacher.safetensors"))
    own = {"student": estimators["see"], "teacher": teacher}
    asked = request_for(roles=("student",), weights=own)
    answer = results(predictor.predict(asked))["student"].predictions[0]
    crop = make_sample(image, people[0].pose2d).crop_rgb
    edge = load_estimator(estimators["see"]).detect(crop)
    np.testing.assert_array_equal(answer.edge.values, edge)
    assert answer.edge.label == "SEE"
    trial = TrialRequest(2, image, people[0], (Trial("by hand", "teacher", edge=edge),), EdgeSettings())
    by_hand = list(predictor.try_out(trial))[-1].tried[0].prediction
    np.testing.assert_allclose(answer.vertices_camera, by_hand.vertices_camera, atol=1e-4)
    assert answer.weights_hash != by_hand.weights_hash


def test_a_network_that_learned_with_guessed_edges_sees_those_of_another_estimator_too(
    predictor, request_for, weights, estimators, tmp_path: Path
) -> None:
    state, guess = load_network(weights["student"]), load_estimator(estimators["see"])
    file = tmp_path / "both.safetensors"
    card = dataclasses.replace(state.card, structural_map="see")
    save_weights(file, state.network, card, guess)
    assert load_estimator(file, kind="see").card == guess.card

    def asked(student: str, **others: str):
        chosen = {"student": student, "see": str(file), **others}
        request = request_for(roles=("student",), weights=chosen)
        return results(predictor.predict(request))["student"].predictions[0]

    alone = asked(estimators["see"])
    np.testing.assert_allclose(alone.vertices_camera, asked(str(file)).vertices_camera, atol=1e-4)
    other = asked(estimators["see"], teacher=weights["teacher"])  # an own teacher is shown the edges instead
    assert not np.allclose(alone.vertices_camera, other.vertices_camera, atol=1e-3)


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_a_network_sees_the_structural_map_that_its_card_names(
    predictor, request_for, weights, image, people, tmp_path: Path, role
) -> None:
    state = load_network(weights[role])

    def seen(kind):
        path = tmp_path / f"{kind}.safetensors"
        save_weights(path, state.network, dataclasses.replace(state.card, structural_map=kind))
        messages = list(predictor.predict(request_for(roles=(role,), weights={role: str(path)})))
        whole = next((m.edge for m in messages if isinstance(m, MeshEdgeResult)), None)
        return results(messages)[role].predictions[0].edge, whole

    assert not seen("empty")[0].values.any()
    if role == "student":
        found, _ = seen("hed")
        np.testing.assert_array_equal(found.values, detect(make_sample(image, people[0].pose2d).crop_rgb))
        assert found.label == "HED"
        return
    overlap, visible, hidden = (seen(kind)[1].values for kind in ("overlap", "all", "occluded"))
    np.testing.assert_allclose(hidden, np.maximum(overlap - visible, 0), atol=1e-6)
    assert (overlap > visible + 0.1).any()
