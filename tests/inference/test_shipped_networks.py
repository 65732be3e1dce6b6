"""The shipped networks on the shipped photos: bodies sit on people."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.body import BodyModel
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.evaluation.projection import mean_pose_error, projection_error
from sefd_viewer.inference.messages import ROLES, PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.resources import resource_path

MOMENT = "48"


@pytest.mark.parametrize("role", ROLES)
def test_weights_are_small_complete_and_say_what_they_are(role: str) -> None:
    path = resource_path(f"weights/{role}.safetensors")
    loaded = load_network(path, role=role)
    assert path.stat().st_size <= 12_000_000
    assert not loaded.missing
    assert not loaded.unexpected
    assert isinstance(loaded.card, NetworkCard)
    assert loaded.card.licence
    assert loaded.card.metrics["val_mpjpe_mm"] > 0


@pytest.mark.slow
def test_the_student_s_bodies_sit_on_the_people_in_all_four_cameras(open_body: BodyModel) -> None:
    records = [r for r in open_dataset(None).records if r.view and r.title.endswith(f"frame {MOMENT}")]
    assert len(records) == 4
    predictor, errors, yardstick = Predictor("cpu"), [], []
    for number, record in enumerate(records):
        image = record.load()
        people = tuple(PersonInput(str(i), pose) for i, pose in enumerate(detect_people(image)))
        request = PredictRequest(number, image, people, ("student",), EdgeSettings())
        (result,) = [m for m in predictor.predict(request) if isinstance(m, RoleResult)]
        assert len(result.predictions) == len(people) >= 2
        errors += [projection_error(p, people[int(p.person)].pose2d, open_body) for p in result.predictions]
        yardstick += [mean_pose_error(person.pose2d, open_body) for person in people]
    assert np.mean(errors) < 0.10
    assert np.mean(errors) < np.mean(yardstick)
