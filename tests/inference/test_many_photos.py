"""Several photos at once give what each gives alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.inference.messages import Failed, RoleResult
from sefd_viewer.inference.predictor import Predictor, predict_many


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor("cpu")


def results(messages):
    return {message.role: message for message in messages if isinstance(message, RoleResult)}


def test_everybody_is_predicted_as_alone(predictor, request_for, people):
    requests = [
        request_for(1),
        request_for(2, people=(people[0],), scene_camera=None),
        request_for(3, people=tuple(replace(person, smpl=None) for person in people)),
    ]
    together = predict_many(predictor, requests)
    for request, answers in zip(requests, together, strict=True):
        alone = results(predictor.predict(request))
        assert answers.keys() == alone.keys()
        for role, answer in answers.items():
            expected = alone[role].predictions
            assert [p.person for p in answer.predictions] == [p.person for p in expected]
            for own, other in zip(answer.predictions, expected, strict=True):
                assert np.allclose(own.vertices_camera, other.vertices_camera, atol=1e-4)


def test_a_photo_without_people_has_empty_answers(predictor, request_for):
    empty, full = predict_many(predictor, [request_for(1, people=()), request_for(2)])
    assert all(answer.predictions == () for answer in empty.values())
    assert all(len(answer.predictions) == 2 for answer in full.values())


def test_a_network_that_is_missing_fails_alone(predictor, request_for, weights, tmp_path):
    broken = {**weights, "student": str(tmp_path / "none.safetensors")}
    (answers,) = predict_many(predictor, [request_for(1, weights=broken)])
    assert isinstance(answers["student"], Failed)
    assert "missing" in str(answers["student"])
    assert isinstance(answers["teacher"], RoleResult)
