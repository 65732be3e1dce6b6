"""How fast a Human3.6M set is judged: all frames by sequence, against record by record as other sets are.

    python benchmarks/sequence_verdict.py [--frames 1000] [--sequences 4] [--subjects 2]

Writes a set without pictures (four cameras, bodies that move, joints with noise), opens it twice, and prints
records per second of both ways and their ratio, with a fault in one sequence to be explained on the way.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sefd_viewer.body import open_body
from sefd_viewer.cameras.people_check import check_annotations
from sefd_viewer.cameras.sequences.body_joints import JointsOfBodies
from sefd_viewer.cameras.sequences.findings import conclusion
from sefd_viewer.cameras.sequences.verdict import check_set
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17
from sefd_viewer.geometry.rotations import matrix_to_axis_angle
from sefd_viewer.resources import resource_path

SIZE = (1000, 1000)
RECORDS_OF_SET = 2_100_000
"""Human3.6M's own."""

TIMES = 20
"""The goal: 2,000 records a second where the other way judges a hundred."""


def main() -> int:
    """Write, open, judge, print; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("frames", 1000), ("sequences", 4), ("subjects", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_set(root, options.subjects, options.sequences, options.frames)
        for words in ("opened, annotations read", "opened again, from the index"):
            begun = time.perf_counter()
            dataset = open_dataset(root, options=ReadOptions())
            print(f"{words}: {time.perf_counter() - begun:.1f} s, {len(dataset.records):,} records")
        begun = time.perf_counter()
        check_annotations(dataset, lambda _id: open_body(), sample=400)
        slow = 400 / (time.perf_counter() - begun)
        begun = time.perf_counter()
        verdict = check_set(dataset, lambda _id: open_body())
        seconds = time.perf_counter() - begun
        fast = len(dataset.records) / seconds
        print(f"record by record: {slow:,.0f} records/s")
        print(f"by sequence:      {fast:,.0f} records/s, {fast / slow:.0f} times as many")
        print(f"a set of {RECORDS_OF_SET:,} records: {RECORDS_OF_SET / fast / 60:.1f} minutes")
        for finding in verdict.findings:
            print(finding.sentence)
        print(conclusion(verdict))
    return 0 if fast >= TIMES * slow else 1


def write_set(root: Path, subjects: int, sequences: int, frames: int) -> None:
    """A set in Human3.6M's layout; the second sequence of the first subject is in camera 1's frame."""
    (root / "annotations").mkdir()
    measure, rng = JointsOfBodies(open_body(), HUMAN36M17), np.random.default_rng(0)
    for subject in range(1, subjects + 1):
        cameras = {str(number): _camera(1.57 * number + 0.1 * subject) for number in range(1, 5)}
        images: list[dict[str, object]] = []
        boxes: list[dict[str, object]] = []
        joints: dict[str, object] = {}
        bodies: dict[str, object] = {}
        for action in range(2, 2 + sequences):
            parameters = _motion(rng, frames)
            measured = measure.of(parameters).joints() + rng.normal(0, 0.005, (frames, 17, 3))
            if (subject, action) == (1, 3):
                first = cameras["1"]
                bodies_there = measure.of(parameters)
                parameters[:, 82:] = (bodies_there.transl + bodies_there.root) @ first.R.T + first.t
                parameters[:, 82:] -= bodies_there.root
                parameters[:, :3] = matrix_to_axis_angle(first.R @ bodies_there.orient)
            joints[str(action)] = {"1": {str(i): (1000 * one).tolist() for i, one in enumerate(measured)}}
            bodies[str(action)] = {"1": {str(i): _entry(one) for i, one in enumerate(parameters)}}
            for number, camera in cameras.items():
                pixels = camera.project(measured)
                low, high = pixels.min(axis=1) - 20, pixels.max(axis=1) + 20
                stem = f"s_{subject:02d}_act_{action:02d}_subact_01_ca_{int(number):02d}"
                for i in range(frames):
                    place = len(images)
                    images.append(
                        {
                            "id": place,
                            "file_name": f"{stem}/{stem}_{i + 1:06d}.jpg",
                            "width": SIZE[0],
                            "height": SIZE[1],
                            "action_name": f"Action{action}",
                            "action_idx": action,
                            "subaction_idx": 1,
                            "cam_idx": int(number),
                            "frame_idx": i,
                        }
                    )
                    box = [*low[i].tolist(), *(high[i] - low[i]).tolist()]
                    boxes.append({"id": place, "image_id": place, "bbox": box})
        contents = {
            "data": {"images": images, "annotations": boxes},
            "camera": {number: _numbers(camera) for number, camera in cameras.items()},
            "joint_3d": joints,
            "smpl_param": bodies,
        }
        for what, content in contents.items():
            (root / "annotations" / f"Human36M_subject{subject}_{what}.json").write_text(json.dumps(content))


def _motion(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Shipped motions one after the other, walking in a circle: parameters (N, 85)."""
    with np.load(resource_path("poses.npz")) as data:
        poses = np.tile(data["poses"].astype(np.float64), (frames // len(data["poses"]) + 1, 1))
    angle = rng.uniform(0, 6) + 0.02 * np.arange(frames)
    places = np.stack([0.6 * np.cos(angle), 0.6 * np.sin(angle), np.full(frames, 0.9)], axis=1)
    return np.concatenate([poses[:frames, :72], np.zeros((frames, 10)), places], axis=1)


def _camera(turn: float) -> PinholeCamera:
    """A camera 4.5 m around the origin that looks at it."""
    centre = np.array([4.5 * np.cos(turn), 4.5 * np.sin(turn), 1.5])
    forward = np.array([0, 0, 0.9]) - centre
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    R = np.array([right, np.cross(forward, right), forward])
    return PinholeCamera(np.full(2, 1145.0), np.full(2, 510.0), R, -R @ centre)


def _numbers(camera: PinholeCamera) -> dict[str, list[float]]:
    values = {"R": camera.R, "t": 1000 * camera.t, "f": camera.focal, "c": camera.principal_point}
    return {name: value.tolist() for name, value in values.items()}


def _entry(parameters: np.ndarray) -> dict[str, object]:
    pose, shape, trans = parameters[:72], parameters[72:82], parameters[82:]
    return {"pose": pose.tolist(), "shape": shape.tolist(), "trans": trans.tolist(), "body": open_body().id}


if __name__ == "__main__":
    sys.exit(main())
