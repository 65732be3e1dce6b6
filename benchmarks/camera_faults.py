"""Faults put one by one into right cameras and bodies: is each found and named? Is a right set ever blamed?

usage: python benchmarks/camera_faults.py [--seeds 5]

Four cameras in a ring see a walking body at eight moments; its joints are found with 1 px of noise. Views
alone (epipolar lines) are asked about cameras; joints in space are asked about what views alone cannot tell.
Prints the tables of docs/cameras.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.cameras.diagnosis.bodies import AnnotatedJoints, posed_bodies
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.conventions import Convention, Conventions, Size, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose, diagnose_bodies, diagnose_points
from sefd_viewer.cameras.diagnosis.space_evidence import BodyEvidence, BodyPair, PointEvidence, Sightings
from sefd_viewer.cameras.views.tracks import at_moments
from sefd_viewer.geometry import COCO17, PinholeCamera, Pose2D, axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.resources import resource_path

SIZE = (800, 600)
VIEWS = ("cam1", "cam2", "cam3", "cam4")
MOMENTS = 8
Array = NDArray[np.float64]
Stated = dict[str, StatedCamera]
Seen = dict[str, list[list[Pose2D]]]


def rig(size: Size = SIZE) -> dict[str, PinholeCamera]:
    """Four different cameras that look at the origin, z of the world up."""
    places = ([3.6, 1.0, 1.4], [-0.8, 4.2, 2.1], [-3.9, -0.6, 1.1], [1.1, -3.3, 1.8])
    focals = np.array([0.85, 1.0, 0.92, 0.78]) * size[0] * 0.9
    offsets = np.array([[0.035, -0.03], [-0.03, 0.02], [0.02, 0.035], [-0.04, -0.02]]) * size[0]
    return {
        view: _looking(place, focal, (np.array(size) - 1) / 2 + offset)
        for view, place, focal, offset in zip(VIEWS, places, focals, offsets, strict=True)
    }


def _looking(place: Sequence[float], focal: float, centre: Array) -> PinholeCamera:
    forward = np.subtract([0, 0, 0.9], place)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    R = np.stack([right, np.cross(forward, right), forward])
    bent = np.array([-0.65, 0.3, 0.002, -0.002, 0.0])
    return PinholeCamera(np.array([focal, 1.003 * focal]), centre, R, -R @ np.array(place), bent)


def walking(body: BodyModel, count: int = MOMENTS, *, start: float = -1.4) -> list[SmplParameters]:
    """A body that walks through the middle, z of the world up."""
    with np.load(resource_path("poses.npz")) as data:
        first = int(data["clip_offsets"][list(data["clip_names"]).index("walk")])
        poses = data["poses"][first : first + 4 * count : 4].astype(np.float64)
    upright = axis_angle_to_matrix(np.array([np.pi / 2, 0, 0]))
    walk = []
    for moment, pose in enumerate(poses):
        turned = axis_angle_to_matrix(np.array([0, 0, 0.3 * moment])) @ upright
        pose = np.concatenate([matrix_to_axis_angle(turned @ axis_angle_to_matrix(pose[:3])), pose[3:]])
        place = np.array([start + 0.4 * moment, np.sin(moment), 0.95])
        walk.append(SmplParameters.from_pose(body.id, pose, np.linspace(1.5, -1.5, 10), place))
    return walk


def joints_of(body: BodyModel, walk: Sequence[SmplParameters]) -> Array:
    """COCO joints (M, 17, 3) of the world, metres."""
    outputs = [body.forward(one) for one in walk]
    return np.stack([body.joints(one.vertices, one.joints, COCO17) for one in outputs]).astype(np.float64)


def filmed(cameras: Mapping[str, PinholeCamera], joints: Array, *, noise: float = 1.0, seed: int = 0) -> Seen:
    """One person's 2D poses by view and moment."""
    rng = np.random.default_rng(seed)
    return {
        view: [
            [_pose(camera.project(one) + rng.normal(scale=noise, size=(COCO17.count, 2)))] for one in joints
        ]
        for view, camera in cameras.items()
    }


def _pose(pixels: Array) -> Pose2D:
    known = np.isfinite(pixels).all(axis=1)
    table = np.column_stack([np.nan_to_num(pixels), known.astype(np.float64)])
    return Pose2D(COCO17.name, table, np.zeros(4), 1.0, "synthetic")


def stated_of(cameras: Mapping[str, PinholeCamera], size: Size = SIZE) -> Stated:
    """Right cameras as a file states them."""
    return {view: StatedCamera.of(camera, size) for view, camera in cameras.items()}


Edit = Callable[[StatedCamera], StatedCamera]
_FLIP = np.diag([1.0, -1, -1])
_Z_TO_Y = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def _inverse(one: StatedCamera) -> StatedCamera:
    return replace(one, R=one.R.T, t=-one.R.T @ one.t)


def _resized(one: StatedCamera) -> StatedCamera:
    twice = PinholeCamera(one.focal, one.principal_point).resized(2)
    return replace(
        one, focal=twice.focal, principal_point=twice.principal_point, size=(2 * one.size[0], 2 * one.size[1])
    )


def _in_64ths(one: StatedCamera) -> StatedCamera:
    fine = PinholeCamera(one.focal, one.principal_point).resized(64)
    return replace(one, focal=fine.focal, principal_point=fine.principal_point)


def _per_half_width(one: StatedCamera) -> StatedCamera:
    factor = one.size[0] / 2 / float(one.focal[0])
    return replace(one, distortion=one.distortion * factor ** np.array([2, 4, 1, 1, 6]))


STATED_FAULTS: list[tuple[str, Edit, str]] = [
    ("t in millimetres", lambda one: replace(one, t=1000 * one.t), "t is in millimetres"),
    ("R, t inverted", _inverse, "the inverse is needed"),
    ("R transposed", lambda one: replace(one, R=one.R.T), "R is transposed"),
    ("t is the camera's place", lambda one: replace(one, t=-one.R.T @ one.t), "t is the camera's place"),
    ("OpenGL axes", lambda one: replace(one, R=_FLIP @ one.R, t=_FLIP @ one.t), "OpenGL's"),
    ("calibrated at twice the size", _resized, "must be resized"),
    ("intrinsics in 64ths of a pixel", _in_64ths, "64ths of a pixel"),
    ("distortion negated", lambda one: replace(one, distortion=-one.distortion), "opposite sign"),
    ("distortion per half width", _per_half_width, "half picture widths"),
]
PICTURE_FAULTS: list[tuple[str, Convention, str]] = [
    ("pictures undistorted", Convention(distortion="off"), "free of the stated distortion"),
    ("pictures turned by 180 degrees", Convention(turn=180), "turned by 180"),
    ("principal point mirrored in x", Convention(mirror="x"), "mirrored in x"),
    ("another camera's intrinsics", Convention(intrinsics_of="cam4"), "the intrinsics are those of cam4"),
    ("picture shifted", Convention(shift=(40.0, -25.0)), "the picture is shifted"),
    ("picture enlarged by 8 %", Convention(zoom=1.08), "the picture is larger by 8"),
    ("two moments late", Convention(later=2.0), "2 moment(s) late"),
    ("0.4 moments late", Convention(later=0.4), "moment(s) late"),
]


@dataclass(frozen=True)
class Case:
    """A fault, what the words must contain, and what was found."""

    name: str
    expected: tuple[str, ...]
    found: Diagnosis
    seconds: float

    @property
    def is_named(self) -> bool:
        """Whether all of it and nothing else was named."""
        words = [one.words for one in self.found.named]
        return len(words) == len(self.expected) and all(
            any(part in line for line in words) for part in self.expected
        )


def timed(name: str, expected: Sequence[str], run: Callable[[], Diagnosis]) -> Case:
    """The case with the seconds of computing that it took."""
    begin = time.process_time()
    found = run()
    return Case(name, tuple(expected), found, time.process_time() - begin)


def view_cases() -> list[Case]:
    """Every fault of cameras, for all views and for one, then some in pairs; by views alone."""
    cameras, joints = rig(), joints_of(open_body(), walking(open_body()))
    right, poses = stated_of(cameras), filmed(rig(), joints)
    cases = []
    for name, edit, words in STATED_FAULTS:
        wrong = {view: edit(one) for view, one in right.items()}
        cases.append(timed(f"{name}, all", [words], partial(diagnose, wrong, poses, size=SIZE)))
        one = right | {"cam2": edit(right["cam2"])}
        cases.append(timed(f"{name}, one", [words], partial(diagnose, one, poses, size=SIZE)))
    for name, convention, words in PICTURE_FAULTS:
        seen = filmed_otherwise(cameras, joints, {"cam2": convention})
        cases.append(timed(f"{name}, one", [words], partial(diagnose, right, seen, size=SIZE)))
    return cases + _pairs(cameras, joints)


def _pairs(cameras: Mapping[str, PinholeCamera], joints: Array) -> list[Case]:
    right, poses = stated_of(cameras), filmed(cameras, joints)
    cases = []
    for first, second in ((0, 4), (1, 5), (3, 6), (2, 0)):
        (every, edit_every, words), (single, edit_single, more) = STATED_FAULTS[first], STATED_FAULTS[second]
        wrong = {view: edit_every(one) for view, one in right.items()}
        wrong["cam3"] = edit_single(wrong["cam3"])
        title = f"{every}, all, and {single}, one"
        cases.append(timed(title, [words, more], partial(diagnose, wrong, poses, size=SIZE)))
    late = {"cam2": PICTURE_FAULTS[6][1], "cam4": PICTURE_FAULTS[4][1]}
    seen = filmed_otherwise(cameras, joints, late)
    both = [PICTURE_FAULTS[6][2], PICTURE_FAULTS[4][2]]
    cases.append(
        timed("two moments late, and another shifted", both, partial(diagnose, right, seen, size=SIZE))
    )
    return cases


def filmed_otherwise(
    cameras: Mapping[str, PinholeCamera], joints: Array, otherwise: Mapping[str, Convention]
) -> Seen:
    """2D poses from pictures of some views that follow another convention than the cameras say."""
    stated = stated_of(cameras)
    seen: Seen = {}
    for row, (view, camera) in enumerate(cameras.items()):
        convention = otherwise.get(view, Convention())
        used = read_camera(view, convention, stated, SIZE) if view in otherwise else camera
        moments = np.arange(len(joints), dtype=np.float64) - convention.later
        seen |= filmed({view: used}, at_moments(joints, moments), seed=row)
    return seen


def body_cases() -> list[Case]:
    """What annotated joints in space tell about bodies."""
    from sefd_viewer.geometry.rotations import smpl_to_camera

    body = _with_root_as_in_smpl(open_body())
    woman = replace(body, id="smpl-female-00000000", v_template=body.v_template * np.float32(0.93))
    camera, walk = rig()["cam1"], walking(body)
    joints = camera.to_camera(joints_of(body, walk))

    def asked(stored: Sequence[SmplParameters], start: Conventions | None = None) -> Diagnosis:
        posed = posed_bodies(stored, [body, woman], in_world=True)
        assert posed is not None
        return diagnose_bodies(BodyEvidence([BodyPair("cam1", camera, posed, joints)]), start=start)

    def shifted(one: SmplParameters, by: Array, factor: float = 1.0) -> SmplParameters:
        return replace(one, transl=factor * (one.transl + by))

    roots = [body.root_joint(one.betas).astype(np.float64) for one in walk]
    pairs = list(zip(walk, roots, strict=True))
    y_up = []
    for one, root in pairs:
        orient, transl = smpl_to_camera(
            one.global_orient, one.transl, _Z_TO_Y, np.zeros(3), mode="exact", root_joint=root
        )
        y_up.append(replace(one, global_orient=orient, transl=transl))
    paper = Conventions().with_option("body.mode", "paper")
    back = [camera.R.T @ root for root in roots]
    uncompensated = [shifted(one, root - turned) for (one, root), turned in zip(pairs, back, strict=True)]
    women = [replace(one, body_id=woman.id) for one in walk]
    return [
        timed("root compensation left out", ["missing root compensation"], lambda: asked(walk, paper)),
        timed("stored without compensation", ["is not compensated"], lambda: asked(uncompensated)),
        timed(
            "translation is the root joint",
            ["the place of the root joint"],
            lambda: asked([shifted(one, root) for one, root in pairs]),
        ),
        timed(
            "translation in millimetres",
            ["translation is in millimetres"],
            lambda: asked([shifted(one, np.zeros(3), 1000.0) for one in walk]),
        ),
        timed("bodies with y up", ["bodies' world has y up"], lambda: asked(y_up)),
        timed("wrong gender", ["are of the neutral model"], lambda: asked(women)),
        timed(
            "bodies of the next moment",
            ["bodies are 1 moment(s) early"],
            lambda: asked([*walk[1:], walk[-1]]),
        ),
    ]


def _with_root_as_in_smpl(body: BodyModel) -> BodyModel:
    """The open body with its root joint as far from the origin as that of SMPL, under a gender's name."""
    moved = body.v_template + np.array([0, -0.22, 0.03], np.float32)
    return replace(body, id="smpl-neutral-00000000", v_template=moved)


def point_cases() -> list[Case]:
    """What joints of the world tell about cameras: scale and up axis, which views alone cannot."""
    cameras, joints = rig(), joints_of(open_body(), walking(open_body()))
    right = stated_of(cameras)
    edits: list[tuple[str, Edit, str]] = [
        ("t in millimetres, all", lambda one: replace(one, t=1000 * one.t), "t is in millimetres"),
        ("cameras' world has y up", lambda one: replace(one, R=one.R @ _Z_TO_Y.T), "cameras' world has y up"),
    ]
    cases = []
    for name, edit, words in edits:
        wrong = {view: edit(one) for view, one in right.items()}
        evidence = PointEvidence(_sightings(wrong, filmed(cameras, joints), joints))
        cases.append(timed(name, [words], partial(diagnose_points, evidence)))
    seen = filmed_otherwise(cameras, joints, {"cam2": Convention(later=0.4)})
    late = PointEvidence(_sightings(right, seen, joints))
    cases.append(timed("0.4 moments late, one", ["moment(s) late"], partial(diagnose_points, late)))
    return cases


def _sightings(stated: Stated, poses: Seen, joints: Array) -> list[Sightings]:
    solid = AnnotatedJoints(joints)
    return [
        Sightings(view, one, SIZE, solid, np.arange(MOMENTS, dtype=np.float64), _pixels(poses[view]))
        for view, one in stated.items()
    ]


def _pixels(moments: Sequence[Sequence[Pose2D]]) -> Array:
    tables = np.stack([moment[0].keypoints for moment in moments]).astype(np.float64)
    return np.where(tables[..., 2:] > 0, tables[..., :2], np.nan)


def false_alarms(seeds: int) -> list[tuple[str, int, int]]:
    """Right sets of several sizes and noises: how many, and in how many of them anything was named."""
    joints = joints_of(open_body(), walking(open_body()))
    rows = []
    for size in ((400, 300), (1600, 1200)):
        for part in (0.002, 0.005, 0.01):
            cameras = rig(size)
            seen = [filmed(cameras, joints, noise=part * size[1], seed=seed) for seed in range(seeds)]
            found = [diagnose(stated_of(cameras, size), poses, size=size) for poses in seen]
            title = f"{size[0]} x {size[1]}, noise {part * size[1]:.1f} px"
            rows.append((title, seeds, sum(bool(one.named) for one in found)))
    return rows


def show(title: str, cases: Sequence[Case]) -> None:
    """A table, and how many were named."""
    table = Table("fault", "named", "error", "how sure", "CPU s", title=title)
    for case in cases:
        words = "; ".join(one.words for one in case.found.named) or "nothing"
        unit = case.found.unit
        error = f"{case.found.before:.1f} -> {case.found.after:.1f} {unit}"
        sure = ", ".join(one.confidence for one in case.found.named)
        table.add_row(
            case.name, "yes" if case.is_named else f"NO: {words}", error, sure, f"{case.seconds:.1f}"
        )
    console = Console(width=150)
    console.print(table)
    console.print(f"{sum(case.is_named for case in cases)} of {len(cases)} named, and nothing else")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    show("Bodies, by joints in space", body_cases())
    show("Cameras, by joints in space", point_cases())
    show("Cameras, by views alone", view_cases())
    table = Table("right sets", "checked", "blamed", title="False alarms, by views alone")
    for title, count, blamed in false_alarms(options.seeds):
        table.add_row(title, str(count), str(blamed))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
