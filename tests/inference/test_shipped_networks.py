"""The shipped networks: bodies sit on the people of the shipped photos, guessed edges on those of scenes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.projection import mean_pose_error, projection_error
from sefd_viewer.body import BodyModel
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.sample import make_sample, warp
from sefd_viewer.datasets.synthetic import generate_scene
from sefd_viewer.edges.agreement import likeness
from sefd_viewer.edges.image_edges import canny_soft, dilate
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry import COCO17, Pose2D, bbox_from_points
from sefd_viewer.inference.messages import ROLES, PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.edge_estimators import load_estimator
from sefd_viewer.networks.hed import detect
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.resources import resource_path
from sefd_viewer.training.crop_channels import TEACHER_EDGES
from sefd_viewer.training.crops import TRAINING_SCENES

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


def test_the_shipped_estimator_is_nearer_the_true_overlap_edge_than_canny_and_hed() -> None:
    """On people of held-out poses, in PSNR and SSIM."""
    see = load_estimator(resource_path("weights/see.safetensors"), kind="see")
    assert sum(parameter.numel() for parameter in see.network.parameters()) < 2_000_000
    alike: dict[str, list[tuple[float, float]]] = {"see": [], "canny": [], "hed": []}
    for index in range(3):
        scene = generate_scene(77, index, replace(TRAINING_SCENES, pose_part="held_out"))
        size = scene.image.shape[1::-1]
        vertices = [person.vertices for person in scene.people]
        whole = mesh_edges(vertices, scene.body.faces, scene.camera, size, TEACHER_EDGES).overlap
        for person in scene.people:
            box = bbox_from_points(person.keypoints[:, :2], person.keypoints[:, 2] > 0)
            if box is None:
                continue
            sample = make_sample(scene.image, Pose2D(COCO17.name, person.keypoints, box, 1.0, "true"))
            true, everywhere = warp(whole, sample.crop), np.ones((256, 256), bool)
            canny = np.minimum(dilate(canny_soft(sample.crop_rgb, EdgeSettings()), 5), 1)
            found = {"see": see.detect(sample.crop_rgb), "canny": canny, "hed": detect(sample.crop_rgb)}
            for name, edges in found.items():
                one = likeness(edges, true, everywhere)
                alike[name].append((one.psnr_db, one.ssim))
    means = {name: np.mean(values, axis=0) for name, values in alike.items()}
    assert len(alike["see"]) >= 4
    for other in ("canny", "hed"):
        assert means["see"][0] > means[other][0] + 1
        assert means["see"][1] > means[other][1] + 0.1
