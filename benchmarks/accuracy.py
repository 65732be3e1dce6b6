"""How well the shipped compact networks fit: held-out synthetic scenes, and the shipped sample capture.

usage: python benchmarks/accuracy.py [scenes] [--weights FOLDER]

Synthetic scenes come from a seed that no network was trained on; the 2D poses given to the networks are the
true ones with an estimator's errors (training.corruption). On the sample capture the 2D poses are detected,
and a network's error is the mean distance of its projected joints to the detected ones, as a share of the
diagonal of the person's box. The yardstick there is the mean pose: an upright body at rest, scaled and placed
on the same box.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.synthetic import ScenePerson, generate_scene
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.evaluation import prediction_metrics
from sefd_viewer.evaluation.projection import mean_pose_error, projection_error
from sefd_viewer.geometry import COCO17, Pose2D, bbox_from_points
from sefd_viewer.inference.messages import ROLES, PersonInput, Prediction, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.training.corruption import corrupt_keypoints

HELD_OUT_SEED = 9001
LEAST_VISIBLE = 0.3


def predictions(predictor: Predictor, request: PredictRequest) -> Iterator[Prediction]:
    """All roles' predictions."""
    for message in predictor.predict(request):
        if isinstance(message, RoleResult):
            yield from message.predictions


def held_out(predictor: Predictor, scenes: int) -> dict[str, np.ndarray]:
    """Per role MPJPE, PA-MPJPE and MPVPE in mm (N, 3) of everyone who is not almost wholly hidden."""
    errors: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for index in range(scenes):
        scene = generate_scene(HELD_OUT_SEED, index)
        rng = np.random.default_rng([HELD_OUT_SEED, index])
        people = tuple(_with_found_pose(i, p, rng) for i, p in enumerate(scene.people) if _counts(p))
        request = PredictRequest(index, scene.image, people, ROLES, EdgeSettings(), scene_camera=scene.camera)
        truth = {str(i): person.smpl for i, person in enumerate(scene.people)}
        for p in predictions(predictor, request):
            m = prediction_metrics(p, truth[p.person], scene.body, camera=scene.camera)
            errors[p.role].append((m.mpjpe_mm, m.pa_mpjpe_mm, m.mpvpe_mm))
    return {role: np.array(values) for role, values in errors.items()}


def _counts(person: ScenePerson) -> bool:
    return person.visible_share >= LEAST_VISIBLE and (person.keypoints[:, 2] > 0).sum() >= 6


def _with_found_pose(index: int, person: ScenePerson, rng: np.random.Generator) -> PersonInput:
    box = bbox_from_points(person.keypoints[:, :2], person.keypoints[:, 2] > 0)
    assert box is not None, "people without joints are left out"
    found = corrupt_keypoints(person.keypoints, float(np.sqrt(box[2] * box[3])), rng)
    return PersonInput(str(index), Pose2D(COCO17.name, found, box, 1.0, "synthetic"), smpl=person.smpl)


def sample_capture(predictor: Predictor) -> dict[str, dict[str, np.ndarray]]:
    """Per camera and method the people's projection errors as a share of their box diagonal."""
    dataset = open_dataset(None)
    errors: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    views = [(record.view, record) for record in dataset.records if record.view is not None]
    for number, (view, record) in enumerate(views):
        image = record.load()
        detected = detect_people(image)
        people = tuple(PersonInput(str(i), pose) for i, pose in enumerate(detected))
        poses = {str(i): pose for i, pose in enumerate(detected)}
        for p in predictions(predictor, PredictRequest(number, image, people, ROLES, EdgeSettings())):
            errors[view][p.role].append(projection_error(p, poses[p.person], open_body()))
        for pose in poses.values():
            errors[view]["mean pose"].append(mean_pose_error(pose, open_body()))
    return {view: {m: np.array(v) for m, v in methods.items()} for view, methods in errors.items()}


def print_held_out(errors: Mapping[str, np.ndarray]) -> None:
    """Means over people, in mm."""
    people = len(next(iter(errors.values())))
    table = Table(
        "network", "MPJPE mm", "PA-MPJPE mm", "MPVPE mm", title=f"Held-out synthetic, {people} people"
    )
    for role, values in errors.items():
        table.add_row(role, *(f"{v:.1f}" for v in values.mean(0)))
    Console().print(table)


def print_sample(errors: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Means over people, in percent of the box's diagonal."""
    methods = [*ROLES, "mean pose"]
    table = Table(
        "camera", "people", *methods, title="Sample capture: projection error, % of the box diagonal"
    )
    for view, by_method in sorted(errors.items()):
        cells = (f"{100 * by_method[m].mean():.1f}" for m in methods)
        table.add_row(view, str(len(by_method["mean pose"])), *cells)
    every = {m: np.concatenate([v[m] for v in errors.values()]) for m in methods}
    table.add_row("all", str(len(every["mean pose"])), *(f"{100 * every[m].mean():.1f}" for m in methods))
    Console().print(table)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="?", type=int, default=200)
    parser.add_argument("--weights", type=Path, default=None)
    options = parser.parse_args()
    weights: dict[str, str] | None = None
    if options.weights is not None:
        weights = {role: str(options.weights / f"{role}.safetensors") for role in ROLES}
    predictor = Predictor(weights=weights)
    print_held_out(held_out(predictor, options.scenes))
    print_sample(sample_capture(predictor))


if __name__ == "__main__":
    main()
