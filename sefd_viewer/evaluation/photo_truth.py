"""The true bodies of a photo: their joints, and what hides them from the camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.geometry.joints import HUMAN36M17
from sefd_viewer.render.visibility import Visibility, joint_tolerances, joint_visibility
from sefd_viewer.render.zbuffer import render_buffers

FindBody = Callable[[str], BodyModel]

SKIN_DEPTH = 0.03
"""Metres that a vertex may lie behind the first surface and still count as seen."""

_LONGEST = 640
"""Pixels of the pictures in which visibility is looked up: what hides a joint is larger than one."""


@dataclass(frozen=True, eq=False)
class TrueBody:
    """One person's true body in the frame of `camera`: metres.

    `vertices_camera` (V,3), `joints_camera` the 17 Human3.6M joints (17,3). `visibility` (17,) and
    `vertex_visibility` (V,) hold Visibility values; `hidden` is the share of the body's pixels that other
    people hide (0 to 1), nan for a body outside the picture.
    """

    person: str
    smpl: SmplParameters
    camera: PinholeCamera
    body: BodyModel
    vertices_camera: NDArray[np.float32]
    joints_camera: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    vertex_visibility: NDArray[np.uint8]
    hidden: float


def true_bodies(
    record: Record, size: tuple[int, int], find_body: FindBody
) -> tuple[Mapping[str, TrueBody], tuple[str, ...]]:
    """Everyone with SMPL parameters and a camera in a picture of `size` (w, h), and words about the others.

    Bodies with cameras of their own are brought before the first one's to find out who hides whom.
    """
    people, problems = [], []
    for person in record.people:
        camera = person.camera or record.camera
        if person.smpl is None or camera is None:
            continue
        try:
            people.append((person, camera.without_extrinsics(), find_body(person.smpl.body_id)))
        except SefdError as error:
            problems.append(f"person {person.key}: {error.what}")
    return _with_visibility(people, size) if people else {}, tuple(problems)


def _with_visibility(
    people: Sequence[tuple[Person, PinholeCamera, BodyModel]], size: tuple[int, int]
) -> dict[str, TrueBody]:
    scale = min(_LONGEST / max(size), 1.0)
    small = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
    reference = people[0][1].without_distortion()
    seen_by = reference.resized(small[0] / size[0], small[1] / size[1])
    posed = [_posed(person, body) for person, _, body in people]
    placed = [
        body_before_camera(vertices, camera, reference)
        for (_, camera, _), (vertices, _) in zip(people, posed, strict=True)
    ]
    faces = [body.faces for _, _, body in people]
    together = render_buffers(placed, faces, seen_by, small)
    joints = [
        body.joints(vertices, chain, HUMAN36M17)
        for (_, _, body), vertices, (_, chain) in zip(people, placed, posed, strict=True)
    ]
    of_joints = joint_visibility(joints, together, seen_by, tolerance=joint_tolerances(HUMAN36M17.names))
    of_vertices = joint_visibility(placed, together, seen_by, tolerance=SKIN_DEPTH)
    found = {}
    for number, (person, camera, body) in enumerate(people):
        vertices, chain = posed[number]
        alone = render_buffers([placed[number]], faces[number], seen_by, small).person_id > 0
        seen = together.person_id == number + 1
        assert person.smpl is not None
        found[person.key] = TrueBody(
            person.key,
            person.smpl,
            camera,
            body,
            vertices,
            body.joints(vertices, chain, HUMAN36M17),
            of_joints[number],
            of_vertices[number],
            hidden=1 - float(seen.sum() / alone.sum()) if alone.any() else float("nan"),
        )
    return found


def _posed(person: Person, body: BodyModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert person.smpl is not None
    output = body.forward(person.smpl)
    return output.vertices, output.joints


def hidden_kinds(visibility: NDArray[np.uint8]) -> dict[str, NDArray[np.bool_]]:
    """Which joints or vertices are in which of the states that errors are split by."""
    return {kind.name.lower(): visibility == kind for kind in Visibility}
