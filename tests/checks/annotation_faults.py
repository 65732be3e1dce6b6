"""Faults as annotation files have them, put into records on purpose: to measure what detectors find.

`noisy` gives right annotations the imprecision of real ones: COCO's spread of annotators for keypoints, boxes
and fits that are off by a few percent and degrees. Every fault then changes one person, or the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.checks.inspection import VISIBLE, depth_view
from sefd_viewer.checks.keypoints import BODY_IN_BOX, coco_sigmas
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import SMPL24, Pose2D, as_joint_set
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle

Change = Callable[[Record, int, np.random.Generator], Record | None]


@dataclass(frozen=True)
class Fault:
    """One kind of fault and the ids of the detectors that are made for it.

    `apply(record, person, rng)` gives the record with that person (by place) wrong, or None where this fault
    cannot be made.
    """

    id: str
    detectors: tuple[str, ...]
    apply: Change


def noisy(record: Record, rng: np.random.Generator) -> Record:
    """The record as a careful annotator and a good fit would have it."""
    return replace(record, people=tuple(_noisy_person(one, rng) for one in record.people))


def _noisy_person(person: Person, rng: np.random.Generator) -> Person:
    pose, box = person.pose2d, person.bbox_xywh
    if box is not None:
        box = (box + rng.normal(0, 0.015, 4) * max(box[2:])).astype(np.float32)
    if pose is not None and box is not None:
        keypoints = pose.keypoints.copy()
        root = np.sqrt(BODY_IN_BOX * max(float(box[2] * box[3]), 1.0))
        spread = coco_sigmas(pose.joint_set)[:, None] * root / np.sqrt(2)
        keypoints[:, :2] += rng.normal(size=(len(keypoints), 2)) * spread
        keypoints[rng.random(len(keypoints)) < 0.08] = 0
        pose = replace(pose, keypoints=keypoints)
    smpl = None if person.smpl is None else _noisy_fit(person.smpl, rng)
    return replace(person, bbox_xywh=box, pose2d=pose, smpl=smpl)


def _noisy_fit(smpl: SmplParameters, rng: np.random.Generator) -> SmplParameters:
    """A fit a few degrees and centimetres from the truth; along the axis of the camera a little more."""
    away = float(np.linalg.norm(smpl.transl))
    return replace(
        smpl,
        global_orient=smpl.global_orient + rng.normal(0, 0.04, 3),
        body_pose=smpl.body_pose + rng.normal(0, 0.05, 69),
        betas=smpl.betas + rng.normal(0, 0.2, 10),
        transl=smpl.transl + rng.normal(0, 0.0025 * away, 3) * (1, 1, 3),
    )


def _person(record: Record, index: int, **changes: object) -> Record:
    people = list(record.people)
    people[index] = replace(people[index], **changes)  # type: ignore[arg-type]
    return replace(record, people=tuple(people))


def _smpl(record: Record, index: int, **changes: object) -> Record | None:
    smpl = record.people[index].smpl
    return None if smpl is None else _person(record, index, smpl=replace(smpl, **changes))  # type: ignore[arg-type]


def _other(record: Record, index: int, rng: np.random.Generator) -> int | None:
    """Somebody else with a body and a 2D pose."""
    others = [i for i, one in enumerate(record.people) if i != index and one.smpl and one.pose2d]
    return int(rng.choice(others)) if others else None


def _camera(record: Record, index: int) -> PinholeCamera | None:
    own = record.people[index].camera
    return own if own is not None else record.camera


def _shifted(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """A body beside the person by 20 to 40 cm, as a forgotten root joint does it."""
    smpl = record.people[index].smpl
    if smpl is None:
        return None
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.4)
    return _smpl(record, index, transl=smpl.transl + far * np.array([np.cos(angle), np.sin(angle), 0]))


def _wrong_focal(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """The camera of a picture of another size."""
    camera = _camera(record, index)
    if camera is None:
        return None
    factor = rng.choice([0.5, 0.66, 1.5, 2.0])
    return _person(record, index, camera=camera.resized(float(factor)))


def _swapped(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """Left and right keypoints exchanged, of the whole body or only of the legs or arms."""
    pose = record.people[index].pose2d
    if pose is None:
        return None
    joint_set = as_joint_set(pose.joint_set)
    parts = [("",), ("Hip", "Knee", "Ankle"), ("Shoulder", "Elbow", "Wrist")][
        int(rng.choice(3, p=(0.6, 0.2, 0.2)))
    ]
    keypoints = pose.keypoints.copy()
    for left, right in joint_set.flip_pairs:
        if joint_set.names[left][2:].startswith(parts):
            keypoints[[left, right]] = keypoints[[right, left]]
    return _person(record, index, pose2d=replace(pose, keypoints=keypoints))


def _upside_down(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """The root turned by half a turn about the camera's x or z axis, about the pelvis."""
    smpl = record.people[index].smpl
    if smpl is None:
        return None
    axis = np.eye(3)[int(rng.choice([0, 2]))] * np.pi
    turned = axis_angle_to_matrix(axis) @ axis_angle_to_matrix(smpl.global_orient.astype(np.float64))
    return _smpl(record, index, global_orient=matrix_to_axis_angle(turned))


def _odd_shape(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    smpl = record.people[index].smpl
    if smpl is None:
        return None
    betas = smpl.betas.copy()
    betas[rng.integers(10)] = rng.choice([-1, 1]) * rng.uniform(3.5, 7)
    return _smpl(record, index, betas=betas)


_BREAKS = (
    ("L_Knee", (-1.0, 0, 0)), ("R_Knee", (-1.0, 0, 0)), ("L_Elbow", (0, 1.0, 0)), ("R_Elbow", (0, -1.0, 0)),
    ("Head", (0, 2.2, 0)), ("Neck", (1.9, 0, 0)), ("L_Hip", (0, 2.2, 0)), ("R_Ankle", (0, 0, 1.7)),
    ("Spine", (0, 1.6, 0)), ("L_Shoulder", (2.9, 0, 0)), ("R_Wrist", (0, 2.0, 0)),
)  # fmt: skip


def _broken_joint(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """One joint bent or twisted as nobody can."""
    smpl = record.people[index].smpl
    if smpl is None:
        return None
    name, angles = _BREAKS[int(rng.integers(len(_BREAKS)))]
    pose = smpl.body_pose.reshape(23, 3).copy()
    pose[SMPL24.index(name) - 1] = np.array(angles) * rng.uniform(0.9, 1.3)
    return _smpl(record, index, body_pose=pose.ravel())


def _same_fit(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """Pose and shape of somebody else in the picture, sometimes place and orientation too."""
    other, smpl = _other(record, index, rng), record.people[index].smpl
    if other is None or smpl is None:
        return None
    theirs = record.people[other].smpl
    assert theirs is not None
    if rng.random() < 0.5:
        return _person(record, index, smpl=theirs)
    return _smpl(record, index, body_pose=theirs.body_pose, betas=theirs.betas)


def _through(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """At somebody else's place, up to 15 cm aside."""
    other = _other(record, index, rng)
    if other is None or record.people[index].smpl is None:
        return None
    theirs = record.people[other].smpl
    assert theirs is not None
    return _smpl(record, index, transl=theirs.transl + rng.uniform(-0.15, 0.15, 3))


def _wrong_depth(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """Behind another person whom this one hides in the picture, at the same pixel.

    At least four of the person's visible keypoints lie on the other's silhouette.
    """
    smpl = record.people[index].smpl
    hidden = [i for i in range(len(record.people)) if i != index and _covered(record, index, i) >= 4]
    if smpl is None or not hidden:
        return None
    theirs = record.people[int(rng.choice(hidden))].smpl
    assert theirs is not None
    root = open_body().root_joint(smpl.betas)
    place, behind = smpl.transl + root, float(theirs.transl[2]) + 0.35
    if place[2] > theirs.transl[2] - 0.15:
        return None
    return _smpl(record, index, transl=place * (behind / place[2]) - root)


def _covered(record: Record, index: int, other: int) -> int:
    """How many of the person's visible keypoints lie on the other's silhouette."""
    camera, theirs, pose = _camera(record, other), record.people[other].smpl, record.people[index].pose2d
    if camera is None or theirs is None or pose is None or record.size is None:
        return 0
    body = open_body()
    view = depth_view([body.forward(theirs).vertices], [body.faces], camera, record.size)
    owner, _ = view.at(pose.keypoints[pose.keypoints[:, 2] >= VISIBLE, :2])
    return int((owner > 0).sum())


def _others_keypoints(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """Somebody else's keypoints."""
    other = _other(record, index, rng)
    return None if other is None else _person(record, index, pose2d=record.people[other].pose2d)


def _wrong_box(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """A box of a picture of another size, or corners taken for width and height."""
    box = record.people[index].bbox_xywh
    if box is None:
        return None
    wrong = box * rng.choice([0.5, 2.0]) if rng.random() < 0.5 else np.append(box[:2], box[:2] + box[2:])
    return _person(record, index, bbox_xywh=np.asarray(wrong, np.float32))


def _nan(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    pose = record.people[index].pose2d
    if pose is None:
        return None
    keypoints = pose.keypoints.copy()
    keypoints[rng.integers(len(keypoints)), rng.integers(2)] = rng.choice([np.nan, np.inf])
    return _person(record, index, pose2d=Pose2D(pose.joint_set, keypoints, pose.bbox_xywh, 1.0, pose.source))


def _another_pose(record: Record, index: int, rng: np.random.Generator) -> Record | None:
    """The right place, but arms and legs of another moment."""
    smpl = record.people[index].smpl
    if smpl is None:
        return None
    limbs = [SMPL24.index(name) - 1 for name in ("L_Hip", "R_Hip", "L_Shoulder", "R_Shoulder", "Spine")]
    pose: NDArray[np.float32] = smpl.body_pose.reshape(23, 3).copy()
    pose[limbs] += rng.normal(0, 0.7, (len(limbs), 3)).astype(np.float32)
    return _smpl(record, index, body_pose=pose.ravel())


FAULTS: tuple[Fault, ...] = (
    Fault("body 20 to 40 cm aside", ("reprojection", "oks", "outline"), _shifted),
    Fault("camera of another picture size", ("reprojection", "oks", "outline", "box_body"), _wrong_focal),
    Fault("limbs of another moment", ("reprojection", "oks", "outline"), _another_pose),
    Fault("left and right exchanged", ("left_right", "reprojection"), _swapped),
    Fault("root upside down", ("upside_down", "reprojection", "oks", "outline"), _upside_down),
    Fault("one beta of 3.5 to 7", ("shape",), _odd_shape),
    Fault("a joint bent as nobody can", ("joint_limits",), _broken_joint),
    Fault("another person's fit", ("same_fit", "reprojection"), _same_fit),
    Fault("at another person's place", ("penetration", "penetration_depth", "reprojection"), _through),
    Fault("behind a person whom it hides", ("depth_order", "picture_order"), _wrong_depth),
    Fault("another person's keypoints", ("reprojection", "box_keypoints", "oks"), _others_keypoints),
    Fault("wrong box", ("box_body", "box_keypoints"), _wrong_box),
    Fault("NaN or infinity in a keypoint", ("not_finite",), _nan),
)
"""Faults of one picture; those of files and of sequences need more than a record."""
