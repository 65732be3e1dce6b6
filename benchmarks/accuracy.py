"""How well the shipped compact networks fit: held-out synthetic crowds, and the shipped sample capture.

usage: python benchmarks/accuracy.py [scenes] [--weights FOLDER] [--poses FILE] [--plot FILE]

Synthetic scenes come from a seed and from poses that no network was trained on; the 2D poses given to the
networks are the true ones with the detector's errors (`pose2d.detector_errors`). A person's hidden share is
that of the seventeen COCO joints that other people, things or the picture's border hide. Differences are
paired: the same people, scene by scene; their 95 % intervals come from 2,000 resamplings of the scenes. A
grey crop and an empty edge map show what pictures and edges are worth.

On the sample capture the 2D poses are detected. The man there was triangulated from four views: PA-MPJPE over
twelve joints, where the second person covers at least two of them, and where none. The projection error is
the mean distance of the projected joints to the detected ones, as a share of the diagonal of the person's
box; its yardstick is the mean pose, an upright body at rest on the same box.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from pose_errors import COVERED, Found, in_capture
from projection import mean_pose_error, projection_error
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.sample import Sample, make_sample, warp
from sefd_viewer.datasets.synthetic import Scene, ScenePerson, generate_scene
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation import prediction_metrics
from sefd_viewer.evaluation.metrics import mpjpe
from sefd_viewer.geometry import COCO17, HUMAN36M17, Pose2D, align, bbox_from_points, crop_rotation
from sefd_viewer.inference.edge_channels import student_edge
from sefd_viewer.inference.forward import estimate
from sefd_viewer.inference.messages import ROLES, PersonInput, Prediction, PredictRequest, Role, RoleResult
from sefd_viewer.inference.photo_run import assemble
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.inference.worker import Stop
from sefd_viewer.networks.checkpoints import LoadedNetwork
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.render.visibility import Visibility
from sefd_viewer.training.crop_channels import TEACHER_EDGES
from sefd_viewer.training.crops import LEAST_VISIBLE, TRAINING_SCENES, pose_extent

HELD_OUT_SEED = 9001
METRICS = ("MPJPE", "PA-MPJPE", "MPVPE")
PARTS = ("across the picture", "in depth", "MPJPE with every joint's true place in the picture")
"""What MPJPE is made of, and what would be left of it if only depths were wrong."""
LEAST_HIDDEN = (0.0, 0.2, 0.4, 0.6)
WITHOUT_EVERY = 4
"""In every fourth scene the networks are asked without pictures and without edges too."""
RESAMPLINGS = 2000
PAIRS: tuple[tuple[Role, Role], ...] = (
    ("teacher", "baseline"),
    ("student", "baseline"),
    ("teacher", "student"),
)
BODY_JOINTS = slice(5, 17)
MISPLACED = 0.15
COLOURS: dict[Role, str] = {"baseline": "#e07b1a", "student": "#2f6fd0", "teacher": "#2e9d55"}


@dataclass
class Measured:
    """Everyone's scene and hidden share (N,), and errors in mm of each role by what it was shown.

    Errors are (N, 6): METRICS, then PARTS.
    """

    scene: np.ndarray
    hidden: np.ndarray
    errors: dict[tuple[Role, str], np.ndarray]


def held_out_people(
    scenes: int, poses: tuple[Path, ...]
) -> Iterator[tuple[int, Scene, list[ScenePerson], list[PersonInput], list[Sample]]]:
    """The held-out scenes with anybody to measure: number, scene, and what `people_in` says of it."""
    settings = replace(TRAINING_SCENES, poses=poses, pose_part="held_out")
    for index in track(range(scenes), "Held-out scenes", transient=True):
        scene = generate_scene(HELD_OUT_SEED, index, settings)
        found = people_in(scene, np.random.default_rng([HELD_OUT_SEED, index]))
        if found[0]:
            yield index, scene, *found


def held_out(predictor: Predictor, scenes: int, poses: tuple[Path, ...]) -> Measured:
    """The errors of everyone who is not almost wholly hidden."""
    errors: dict[tuple[Role, str], list[np.ndarray]] = defaultdict(list)
    numbers, shares = [], []
    for index, scene, people, given, samples in held_out_people(scenes, poses):
        numbers += [index] * len(people)
        shares += [hidden_share(person) for person in people]
        for role in ROLES:
            whole = index % WITHOUT_EVERY == 0
            for shown, values in _errors(
                predictor, role, scene, people, given, samples, without=whole
            ).items():
                errors[role, shown].append(values)
    joined = {key: np.concatenate(values) for key, values in errors.items()}
    return Measured(np.array(numbers), np.array(shares), joined)


def hidden_share(person: ScenePerson) -> float:
    """How much of somebody other people, things or the picture's border hide."""
    return float((person.states >= Visibility.OTHER_PERSON).mean())


def people_in(
    scene: Scene, rng: np.random.Generator
) -> tuple[list[ScenePerson], list[PersonInput], list[Sample]]:
    """Who is measured, what 2D pose is given of them, and what of them networks see."""
    people, given, samples = [], [], []
    for number, person in enumerate(scene.people):
        known = person.keypoints[:, 2] > 0
        if person.visible_share < LEAST_VISIBLE or known.sum() < 6:
            continue
        pose = found_pose(scene, person, known, rng)
        try:
            samples.append(make_sample(scene.image, pose))
        except SefdError:
            continue
        people.append(person)
        given.append(PersonInput(str(number), pose))
    return people, given, samples


def found_pose(scene: Scene, person: ScenePerson, known: np.ndarray, rng: np.random.Generator) -> Pose2D:
    """The person's 2D pose as the detector might have found it."""
    height, width = scene.image.shape[:2]
    box = bbox_from_points(person.keypoints[:, :2], known)
    assert box is not None, "people without joints are left out"
    found = estimated_keypoints(
        person.keypoints[:, :2],
        person.states,
        pose_extent(person.keypoints[:, :2], known),
        rng,
        rivals=person.rivals,
        picture=((-0.5, -0.5), (width - 0.5, height - 0.5)),
    )
    return Pose2D(COCO17.name, found, box, 1.0, "estimated")


def _errors(
    predictor: Predictor,
    role: Role,
    scene: Scene,
    people: Sequence[ScenePerson],
    given: Sequence[PersonInput],
    samples: Sequence[Sample],
    *,
    without: bool,
) -> dict[str, np.ndarray]:
    """Errors (N, 6) by what was shown; nan for other inputs than the whole where these are not asked for."""
    edges = edges_for(predictor, role, scene, given, samples)
    grey = [replace(s, crop_rgb=np.full_like(s.crop_rgb, 127)) for s in samples]
    shown: dict[str, tuple[Sequence[Sample], Sequence[EdgeMap | None]]] = {
        "all": (samples, edges),
        "a grey crop": (grey, edges),
    }
    if role != "baseline":
        empty = [EdgeMap(np.zeros_like(e.values), e.label, e.source) for e in edges if e is not None]
        shown["an empty edge map"] = (samples, empty)
    loaded = predictor.networks.get(role, {})
    result = {}
    for name, (crops, maps) in shown.items():
        if name != "all" and not without:
            result[name] = np.full((len(people), len(METRICS) + len(PARTS)), np.nan)
            continue
        result[name] = errors_of(predictor, role, loaded, scene, people, crops, maps)
    return result


def errors_of(
    predictor: Predictor,
    role: Role,
    loaded: LoadedNetwork,
    scene: Scene,
    people: Sequence[ScenePerson],
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
) -> np.ndarray:
    """Errors (N, 6) in mm of what a network says to these crops and edges."""
    estimates = estimate(loaded.network, samples, edges, predictor.device.torch, stop=Stop())
    names = [str(i) for i in range(len(people))]
    bodies = assemble(names, samples, edges, role, loaded, scene.body, estimates)
    rows = []
    for one, person in zip(bodies, people, strict=True):
        m = prediction_metrics(one, person.smpl, scene.body, camera=scene.camera)
        placed = error_of_depths(one, person, scene)
        rows.append((m.mpjpe_mm, m.pa_mpjpe_mm, m.mpvpe_mm, m.across_mm, m.depth_mm, placed))
    return np.array(rows)


def error_of_depths(one: Prediction, person: ScenePerson, scene: Scene) -> float:
    """MPJPE in mm if each joint lay where it is in the picture, at the distance that the network gives it."""
    body = scene.body
    found, true = (
        body.joints(vertices, body.J_regressor @ vertices, HUMAN36M17)
        for vertices in (one.vertices_camera, person.vertices)
    )
    placed = one.camera.rays(scene.camera.project_camera(true)) * found[:, 2:]
    turn = np.eye(3) if one.orientation == "camera" else crop_rotation(one.crop, scene.camera)
    return mpjpe(placed, true @ turn)


def edges_for(
    predictor: Predictor,
    role: Role,
    scene: Scene,
    people: Sequence[PersonInput],
    samples: Sequence[Sample],
) -> Sequence[EdgeMap | None]:
    """What a role is shown besides colours."""
    if role == "baseline":
        return [None] * len(samples)
    if role == "student":
        loaded = predictor.networks.get(role, {})
        pairs = zip(samples, people, strict=True)
        return [student_edge(sample, one, EdgeSettings(), loaded, people) for sample, one in pairs]
    height, width = scene.image.shape[:2]
    vertices = [person.vertices for person in scene.people]
    whole = mesh_edges(vertices, scene.body.faces, scene.camera, (width, height), TEACHER_EDGES).overlap
    return [EdgeMap(warp(whole, sample.crop), "SMPL overlap edge", "truth") for sample in samples]


def interval(differences: np.ndarray, scene: np.ndarray) -> tuple[float, float, float]:
    """The mean of paired differences (N,) and its 95 % interval over scenes."""
    _, group = np.unique(scene, return_inverse=True)
    sums, counts = np.bincount(group, differences), np.bincount(group)
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLINGS, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(differences.mean()), float(low), float(high)


def print_held_out(measured: Measured) -> None:
    """Means, paired differences by hidden share, and what pictures and edges are worth."""
    console, everyone = Console(width=120), f"{len(measured.scene)} people"
    table = Table("network", *(f"{m} mm" for m in METRICS), title=f"Held-out synthetic crowds, {everyone}")
    for role in ROLES:
        table.add_row(role, *(f"{v:.1f}" for v in measured.errors[role, "all"].mean(0)[: len(METRICS)]))
    console.print(table)
    table = Table("hidden", "network", *(f"{part} mm" for part in PARTS), title="What MPJPE is made of")
    for least in LEAST_HIDDEN:
        for role in ROLES:
            means = measured.errors[role, "all"][measured.hidden >= least].mean(0)[len(METRICS) :]
            table.add_row(f"{100 * least:.0f} % or more", role, *(f"{v:.1f}" for v in means))
    console.print(table)
    table = Table("hidden", "people", "metric", *(f"{one} - {other}" for one, other in PAIRS))
    table.title = "Paired differences in mm (95 % interval over scenes)"
    for least in LEAST_HIDDEN:
        chosen = measured.hidden >= least
        if chosen.sum() < 30:
            continue
        for i, metric in enumerate(METRICS):
            words = [_difference(measured, (one, "all"), (other, "all"), i, chosen) for one, other in PAIRS]
            table.add_row(f"{100 * least:.0f} % or more", str(chosen.sum()), metric, *words)
    console.print(table)
    table = Table("network", "instead of its input", "costs, MPJPE mm", title="What is it worth")
    every = np.ones(len(measured.scene), bool)
    for role, shown in measured.errors:
        if shown != "all":
            table.add_row(role, shown, _difference(measured, (role, shown), (role, "all"), 0, every))
    console.print(table)


def _difference(
    measured: Measured, one: tuple[Role, str], other: tuple[Role, str], metric: int, chosen: np.ndarray
) -> str:
    differences = (measured.errors[one] - measured.errors[other])[:, metric]
    chosen = chosen & np.isfinite(differences)
    mean, low, high = interval(differences[chosen], measured.scene[chosen])
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def plot_gap(measured: Measured, path: Path) -> None:
    """The gap to the baseline by hidden share, with its intervals."""
    figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    limits = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.01])
    places = np.digitize(measured.hidden, limits) - 1
    roles: tuple[Role, ...] = ("student", "teacher")
    for role in roles:
        gap = measured.errors["baseline", "all"][:, 0] - measured.errors[role, "all"][:, 0]
        bins = [b for b in range(len(limits) - 1) if (places == b).sum() >= 20]
        mean, low, high = np.array([interval(gap[places == b], measured.scene[places == b]) for b in bins]).T
        middle = 100 * (limits[bins] + np.minimum(limits[np.array(bins) + 1], 1)) / 2
        axis.errorbar(middle, mean, (mean - low, high - mean), label=role, color=COLOURS[role], capsize=3)
    axis.axhline(0, color="0.6")
    axis.set(xlabel="hidden joints, %", ylabel="better than the baseline, mm", title="MPJPE by hidden share")
    axis.legend()
    figure.savefig(path, dpi=110)


def sample_capture(predictor: Predictor) -> dict[str, dict[str, np.ndarray]]:
    """Per camera and method the people's projection errors as a share of their box diagonal."""
    errors: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    views = [(record.view, record) for record in open_dataset(None).records if record.view is not None]
    for number, (view, record) in enumerate(views):
        image = record.load()
        poses = {str(i): pose for i, pose in enumerate(detect_people(image))}
        people = tuple(PersonInput(name, pose) for name, pose in poses.items())
        for p in predictions(predictor, PredictRequest(number, image, people, ROLES, EdgeSettings())):
            errors[view][p.role].append(projection_error(p, poses[p.person], open_body()))
        for pose in poses.values():
            errors[view]["mean pose"].append(mean_pose_error(pose, open_body()))
    return {view: {m: np.array(v) for m, v in methods.items()} for view, methods in errors.items()}


def predictions(predictor: Predictor, request: PredictRequest) -> Iterator[Prediction]:
    """All roles' predictions."""
    for message in predictor.predict(request):
        if isinstance(message, RoleResult):
            yield from message.predictions


def real_man(predictor: Predictor) -> dict[tuple[Role, str], np.ndarray]:
    """Per role and 2D pose the man's (N, 2): how many of his twelve joints she covers, PA-MPJPE in mm.

    The teacher sees the edges of his fitted body and of hers.
    """
    body = open_body()
    records = {record.key: record for record in open_dataset(None).records}
    rows: dict[tuple[Role, str], list[tuple[int, float]]] = defaultdict(list)
    for number, found in enumerate(in_capture()):
        record = records[found.key]
        people = {p.key: p for p in record.people if p.smpl is not None}
        man = people[COVERED]
        assert man.joints is not None
        assert man.pose2d is not None
        truth = man.joints.points_camera[BODY_JOINTS]
        covered = int((found.states[BODY_JOINTS] == Visibility.OTHER_PERSON).sum())
        for name, keypoints in keypoints_of_the_man(found).items():
            given = {
                p.key: PersonInput(p.key, p.pose2d, p.smpl, p.camera)
                for p in people.values()
                if p.pose2d is not None
            }
            given[COVERED] = replace(given[COVERED], pose2d=replace(man.pose2d, keypoints=keypoints))
            request = PredictRequest(
                number,
                record.load(),
                tuple(given.values()),
                ROLES,
                EdgeSettings(),
                scene_camera=record.camera,
            )
            for p in predictions(predictor, request):
                if p.person == COVERED:
                    output = body.forward(p.parameters)
                    joints = body.joints(output.vertices[None], output.joints[None], COCO17)[0][BODY_JOINTS]
                    error = 1000 * np.linalg.norm(align(joints, truth) - truth, axis=1).mean()
                    rows[p.role, name].append((covered, float(error)))
    return {key: np.array(values) for key, values in rows.items()}


def keypoints_of_the_man(found: Found) -> dict[str, np.ndarray]:
    """His keypoints (17, 3) as detected, and what they would be worth without those that are far off."""
    off = np.linalg.norm(found.detected[:, :2] - found.points, axis=1) > MISPLACED * found.extent
    without, right = found.detected.copy(), found.detected.copy()
    without[off, 2] = 0.0
    right[off, :2], right[off, 2] = found.points[off], 0.8
    keypoints = {"detected": found.detected, "misplaced joints out": without, "put right": right}
    return {name: value.astype(np.float32) for name, value in keypoints.items()}


def print_real_man(rows: Mapping[tuple[Role, str], np.ndarray]) -> None:
    """Means over views."""
    table = Table("network", "2D pose", "covered (2 joints or more)", "1 joint", "not covered")
    table.title = (
        "The man of the sample capture: PA-MPJPE in mm (views); misplaced is by more than "
        f"{100 * MISPLACED:.0f} % of his size"
    )
    for (role, name), values in rows.items():
        covered = values[:, 0]
        groups = [values[chosen, 1] for chosen in (covered >= 2, covered == 1, covered == 0)]
        table.add_row(role, name, *(f"{g.mean():.1f} ({len(g)})" if len(g) else "-" for g in groups))
    Console(width=120).print(table)


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
    Console(width=120).print(table)


def main() -> None:
    """Measure and print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenes", nargs="?", type=int, default=1100)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--poses", type=Path, action="append", default=[], help="motion files")
    parser.add_argument("--plot", type=Path, default=None, help="picture of the gap by hidden share")
    options = parser.parse_args()
    weights: dict[str, str] | None = None
    if options.weights is not None:
        weights = {role: str(options.weights / f"{role}.safetensors") for role in ROLES}
    predictor = Predictor(weights=weights)
    print_real_man(real_man(predictor))
    print_sample(sample_capture(predictor))
    if options.scenes:
        measured = held_out(predictor, options.scenes, tuple(options.poses))
        print_held_out(measured)
        if options.plot is not None:
            plot_gap(measured, options.plot)


if __name__ == "__main__":
    main()
