"""One person through the networks with a changed input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.inference.messages import (
    Failed,
    PersonInput,
    PredictRequest,
    RoleResult,
    Trial,
    TrialRequest,
    Tried,
)
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.inference.worker import Cancelled, Stop
from tests.app.session_fakes import picture, pose

PERSON = PersonInput("1", pose(20))
EMPTY = np.zeros((256, 256), np.float32)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor("cpu")


def request(*trials: Trial, **changes: object) -> TrialRequest:
    return replace(TrialRequest(1, picture(), PERSON, trials, EdgeSettings()), **changes)  # type: ignore[arg-type]


def tried(predictor: Predictor, *trials: Trial, **changes: object) -> dict[str, Tried]:
    *_, last = predictor.try_out(request(*trials, **changes))
    return {one.key: one for one in last.tried}  # type: ignore[union-attr]


def test_without_a_change_the_answer_is_the_usual_one(predictor: Predictor):
    usual = PredictRequest(1, picture(), (PERSON,), ("student",), EdgeSettings())
    result = next(m for m in predictor.predict(usual) if isinstance(m, RoleResult))
    answer = tried(predictor, Trial("as it is", "student"))["as it is"].prediction
    assert np.allclose(answer.joints_camera, result.predictions[0].joints_camera, atol=1e-4)


def test_another_edge_map_moves_the_student_and_is_told(predictor: Predictor):
    answers = tried(predictor, Trial("own", "student"), Trial("none", "student", edge=EMPTY))
    own, none = answers["own"].prediction, answers["none"].prediction
    assert not none.edge.values.any()
    assert own.edge.values.any()
    assert np.abs(own.joints_camera - none.joints_camera).max() > 1e-4


def test_the_baseline_sees_no_edge_even_when_one_is_given(predictor: Predictor):
    answers = tried(predictor, Trial("a", "baseline"), Trial("b", "baseline", edge=EMPTY + 1))
    a, b = (answers[key].prediction.joints_camera for key in "ab")
    assert np.allclose(a, b, atol=1e-5)  # metres; one batch, whose rows are not rounded alike


def test_other_pixels_stand_for_the_crop(predictor: Predictor):
    grey = np.full((256, 256, 3), 128, np.uint8)
    answers = tried(predictor, Trial("grey", "student", crop_rgb=grey), inside=True)
    assert np.array_equal(answers["grey"].inside.crop_rgb, grey)
    assert not answers["grey"].prediction.edge.values.any()


def test_joints_behind_something_are_lost_and_the_crop_stays(predictor: Predictor):
    upper, everything = np.zeros((256, 256), bool), np.ones((256, 256), bool)
    upper[:128] = True
    trials = (
        Trial("all", "baseline"),
        Trial("upper", "baseline", hidden=upper),
        Trial("none", "baseline", hidden=everything),
    )
    answers = tried(predictor, *trials, inside=True)
    assert all(
        np.array_equal(one.prediction.crop.bbox_xywh, answers["all"].prediction.crop.bbox_xywh)
        for one in answers.values()
    )
    given, fewer = answers["all"].inside.heatmaps, answers["upper"].inside.heatmaps
    high = given.reshape(30, -1).argmax(1) // 64 < 32
    seen = given.any(axis=(1, 2))
    assert (seen & high).any()
    assert (seen & ~high).any()
    assert not fewer[seen & high].any()
    assert np.array_equal(fewer[seen & ~high], given[seen & ~high])
    assert not answers["none"].inside.heatmaps.any()
    assert np.isfinite(answers["none"].prediction.joints_camera).all()


def test_inside_are_heatmaps_volumes_that_sum_to_one_and_features(predictor: Predictor):
    inside = tried(predictor, Trial("a", "teacher", edge=EMPTY), inside=True)["a"].inside
    assert inside.heatmaps.shape == (30, 64, 64)
    assert np.allclose(inside.volume.sum((1, 2, 3)), 1, atol=1e-4)
    depths = (inside.volume.sum((2, 3)) * np.arange(8)).sum(1)
    assert np.allclose(depths, inside.joints_volume[:, 2], atol=1e-3)
    assert [layer.shape[-1] for layer in inside.features] == [32, 16, 8, 8]


@pytest.fixture(scope="module")
def dense_students(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A network that finds joints densely and weighs given ones, by what it does with borders."""
    import torch

    from sefd_viewer.networks.cards import NetworkCard
    from sefd_viewer.networks.checkpoints import save_weights
    from sefd_viewer.networks.mesh_network import build_network

    torch.manual_seed(0)
    folder, network = tmp_path_factory.mktemp("dense"), build_network("compact-2", "student")
    card = NetworkCard("compact-2", "student", "open-body-1", edges=EdgeSettings().to_dict())
    for border in ("masked", "kept"):
        save_weights(folder / f"{border}.safetensors", network, replace(card, picture_border=border))
    return {path.stem: str(path) for path in folder.iterdir()}


def test_inside_a_dense_network_are_scores_as_heights_and_finer_volumes(
    predictor: Predictor, dense_students: dict[str, str]
):
    faint = np.asarray(PERSON.pose2d.keypoints).copy()
    faint[:, 2] = 0.4
    person = replace(PERSON, pose2d=replace(PERSON.pose2d, keypoints=faint))
    trial = Trial("a", "student", weights=dense_students["masked"])
    inside = tried(predictor, trial, person=person, inside=True)["a"].inside
    assert inside.heatmaps.max() == pytest.approx(0.4, abs=0.01)
    assert inside.volume.shape == (15, 8, 16, 16)
    assert np.allclose(inside.volume.sum((1, 2, 3)), 1, atol=1e-4)
    assert [layer.shape[-1] for layer in inside.features] == [32, 16, 8, 8]


def test_the_end_of_the_picture_draws_no_edge_for_a_network_that_masks_it(
    predictor: Predictor, dense_students: dict[str, str]
):
    """A bright empty picture: the crop reaches beyond it, into black."""
    blank = np.full_like(picture(), 230)
    for border, path in dense_students.items():
        edge = tried(predictor, Trial("a", "student", weights=path), image=blank)["a"].prediction.edge
        assert edge.values.any() == (border == "kept")


def test_many_trials_keep_their_order_and_a_newer_request_ends_them(predictor: Predictor):
    trials = [Trial(str(i), "student" if i % 2 else "baseline") for i in range(40)]
    *_, last = predictor.try_out(request(*trials))
    assert [one.key for one in last.tried] == [trial.key for trial in trials]  # type: ignore[union-attr]
    with pytest.raises(Cancelled):
        list(predictor.try_out(request(*trials), Stop(superseded=lambda: True)))


def test_a_network_that_cannot_answer_leaves_the_others(predictor: Predictor):
    trials = (Trial("a", "teacher"), Trial("b", "student"), Trial("c", "student", weights="no such file"))
    messages = list(predictor.try_out(request(*trials)))
    failed = [message for message in messages if isinstance(message, Failed)]
    assert "edges cannot be made from a crop" in failed[0].what
    assert "weights file for the student is missing" in failed[1].what
    assert [one.key for one in messages[-1].tried] == ["b"]  # type: ignore[union-attr]
