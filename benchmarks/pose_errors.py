"""How the shipped 2D pose detector errs, beside the errors that training and evaluation imitate.

usage: python benchmarks/pose_errors.py [scenes] [--poses FILE]

The detector runs over synthetic crowds with full truth and over the sample capture, where the man's joints
were triangulated and a second person covers him. A detection is a person's when the median error of the
joints in view is below 12 % of the extent (square root of the area of the box around the joints). `imitated`
are the same joints through `pose2d.detector_errors`. Printed are quantiles of the error in percent of the
extent, and of the scores.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Record
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene
from sefd_viewer.geometry import COCO17
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.render.visibility import DEPTH_INSIDE_BODY, Visibility
from sefd_viewer.render.zbuffer import render_buffers

SEED = 77
FARTHEST = 0.12
QUANTILES = (25, 50, 75, 90)
LOW_SCORES = (0.1, 0.2, 0.3, 0.5)
COVERED, COVERING = "man", "avatar"


class Found(NamedTuple):
    """One person with truth and detection: joints (17, ...) in pixels; `key` names the record."""

    key: str
    points: np.ndarray
    states: np.ndarray
    rivals: np.ndarray
    extent: float
    detected: np.ndarray


def extent_of(points: np.ndarray, states: np.ndarray) -> float:
    """The square root of the area of the box around the joints inside the picture."""
    inside = points[states != Visibility.OUTSIDE]
    return float(np.sqrt(np.prod(np.ptp(inside, axis=0) + 1)))


def in_crowds(scenes: int, settings: SceneSettings) -> Iterator[Found]:
    """Everyone in synthetic scenes whom the detector found."""
    for index in range(scenes):
        scene = generate_scene(SEED, index, settings)
        poses = [pose.keypoints for pose in detect_people(scene.image)]
        for person, pose in _matched(
            [p.keypoints[:, :2] for p in scene.people], [p.states for p in scene.people], poses
        ):
            truth = scene.people[person]
            extent = extent_of(truth.keypoints[:, :2], truth.states)
            yield Found(str(index), truth.keypoints[:, :2], truth.states, truth.rivals, extent, pose)


def _matched(
    points: list[np.ndarray], states: list[np.ndarray], poses: list[np.ndarray]
) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs of person and detected pose, the closest first."""
    costs = []
    for i, (true, state) in enumerate(zip(points, states, strict=True)):
        seen = state == Visibility.VISIBLE
        if seen.sum() < 4:
            continue
        for j, pose in enumerate(poses):
            error = np.linalg.norm(pose[:, :2] - true, axis=1)[seen] / extent_of(true, state)
            costs.append((float(np.median(error)), i, j))
    people, taken = set(), set()
    for cost, i, j in sorted(costs):
        if cost < FARTHEST and i not in people and j not in taken:
            people.add(i)
            taken.add(j)
            yield i, poses[j]


def in_capture() -> Iterator[Found]:
    """The covered man of the sample capture, with the poses that were detected in each view."""
    for record in open_dataset(None).records:
        people = {person.key: person for person in record.people}
        man, other = people.get(COVERED), people.get(COVERING)
        if man is None or other is None or man.joints is None or man.pose2d is None:
            continue
        assert record.camera is not None
        assert other.pose2d is not None
        points = record.camera.project_camera(man.joints.points_camera)
        states = _states_in_capture(record, points, man.joints.points_camera)
        rivals = other.pose2d.keypoints[:, :2].astype(np.float64)
        yield Found(record.key, points, states, rivals, extent_of(points, states), man.pose2d.keypoints)


def _states_in_capture(record: Record, points: np.ndarray, joints_camera: np.ndarray) -> np.ndarray:
    """The second person was put in front of the man in every picture, wherever she stands."""
    body, people = open_body(), {person.key: person for person in record.people}
    height, width = record.load().shape[:2]
    own, front = people[COVERED], people[COVERING]
    columns, rows = np.rint(points).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
    columns, rows = np.clip(columns, 0, width - 1), np.clip(rows, 0, height - 1)
    assert own.smpl is not None
    assert front.smpl is not None
    assert record.camera is not None
    buffers = [
        render_buffers(
            [body.forward(smpl).vertices], body.faces, camera.without_extrinsics(), (width, height)
        )
        for smpl, camera in ((own.smpl, record.camera), (front.smpl, front.camera or record.camera))
    ]
    behind = joints_camera[:, 2] - buffers[0].depth[rows, columns] > DEPTH_INSIDE_BODY
    states = np.where(
        behind & (buffers[0].person_id[rows, columns] > 0), Visibility.SELF_OCCLUDED, Visibility.VISIBLE
    )
    states[buffers[1].person_id[rows, columns] > 0] = Visibility.OTHER_PERSON
    states[~inside] = Visibility.OUTSIDE
    return states


def imitated(people: list[Found], repeats: int = 5) -> list[np.ndarray]:
    """The errors that the imitation makes of the same joints."""
    rng = np.random.default_rng(SEED)
    rows = [person for person in people for _ in range(repeats)]
    points, states, extent, rivals = (
        np.stack([getattr(row, name) for row in rows]) for name in ("points", "states", "extent", "rivals")
    )
    return list(estimated_keypoints(points, states, extent, rng, rivals=rivals))


def rows_of(people: list[Found], poses: list[np.ndarray]) -> np.ndarray:
    """(joints, 4): joint, state, error as a share of the extent, score."""
    repeats = len(poses) // len(people)
    rows = []
    for i, pose in enumerate(poses):
        person = people[i // repeats]
        error = np.linalg.norm(pose[:, :2] - person.points, axis=1) / person.extent
        rows.append(np.column_stack([np.arange(COCO17.count), person.states, error, pose[:, 2]]))
    return np.concatenate(rows)


def print_states(title: str, measured: dict[str, np.ndarray]) -> None:
    """Quantiles by state, one line for each source."""
    table = Table(
        "state",
        "source",
        "joints",
        *(f"{q}th %" for q in QUANTILES),
        *(f"score < {s}" for s in LOW_SCORES),
        title=title,
    )
    for state in Visibility:
        for source, rows in measured.items():
            chosen = rows[rows[:, 1] == state]
            if len(chosen) < 20:
                continue
            errors = (f"{100 * q:.1f}" for q in np.percentile(chosen[:, 2], QUANTILES))
            low = (f"{100 * (chosen[:, 3] < s).mean():.0f} %" for s in LOW_SCORES)
            table.add_row(state.name.lower().replace("_", " "), source, str(len(chosen)), *errors, *low)
    Console(width=140).print(table)


def print_joints(title: str, measured: dict[str, np.ndarray]) -> None:
    """Median error and score of each joint by state: detector / imitated."""
    table = Table("joint", *(state.name.lower().replace("_", " ") for state in Visibility), title=title)
    for joint, name in enumerate(COCO17.names):
        cells = []
        for state in Visibility:
            parts = [rows[(rows[:, 0] == joint) & (rows[:, 1] == state)] for rows in measured.values()]
            enough = min(len(part) for part in parts) >= 10
            words = (
                [f"{100 * np.median(p[:, 2]):.1f} ({np.median(p[:, 3]):.2f})" for p in parts]
                if enough
                else ["-"]
            )
            cells.append(" / ".join(words))
        table.add_row(name, *cells)
    Console(width=170).print(table)


def main(scenes: int, poses: tuple[Path, ...]) -> None:
    """Print what the detector and the imitation do, on crowds and on the capture."""
    sources = {
        "synthetic crowds": list(in_crowds(scenes, SceneSettings(poses=poses))),
        "sample capture": list(in_capture()),
    }
    for title, people in sources.items():
        measured = {
            "detector": rows_of(people, [person.detected for person in people]),
            "imitated": rows_of(people, imitated(people)),
        }
        print_states(f"{title}, {len(people)} people", measured)
        print_joints(
            f"{title}: median error in % of the extent (median score), detector / imitated", measured
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenes", nargs="?", type=int, default=400)
    parser.add_argument("--poses", type=Path, action="append", default=[], help="pose files to draw from")
    arguments = parser.parse_args()
    main(arguments.scenes, tuple(arguments.poses))
