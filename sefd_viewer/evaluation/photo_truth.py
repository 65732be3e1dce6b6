"""The true bodies of a photo: their joints, and what hides them from the camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.person_masks import PersonMasks
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera, painted_factors
from sefd_viewer.geometry.joints import HUMAN36M17, JointSet
from sefd_viewer.render.visibility import joint_tolerances, joint_visibility
from sefd_viewer.render.zbuffer import render_buffers

FindBody = Callable[[str], BodyModel]

SKIN_DEPTH = 0.03
"""Metres that a vertex may lie behind the first surface and still count as seen."""

MASK_MARGIN = 0.03
"""Sizes of a person by which a fitted body may reach beyond the person's mask where nothing is in front."""

_LONGEST = 640
"""Pixels of the pictures in which visibility is looked up: what hides a joint is larger than one."""


@dataclass(frozen=True, eq=False)
class TrueBody:
    """One person's true body in the frame of `camera`: metres.

    `vertices_camera` (V,3), `joints_camera` (17,3) Human3.6M's joints, or those asked for, nan where the body
    has none. `visibility` (17,) and `vertex_visibility` (V,) hold Visibility values; `hidden` is the share of
    the body's pixels that other people hide (0 to 1), nan for a body outside the picture; `hidden_by` what of
    it each of them hides.
    """

    person: str
    camera: PinholeCamera
    body: BodyModel
    vertices_camera: NDArray[np.float32]
    joints_camera: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    vertex_visibility: NDArray[np.uint8]
    hidden: float
    hidden_by: Mapping[str, float] = field(default_factory=dict)


def true_bodies(
    record: Record,
    size: tuple[int, int],
    find_body: FindBody,
    masks: PersonMasks | None = None,
    *,
    joint_set: JointSet = HUMAN36M17,
    tolerance: float | None = None,
) -> tuple[Mapping[str, TrueBody], tuple[str, ...]]:
    """Everyone with SMPL parameters and a camera in a picture of `size` (w, h), and words about the others.

    Bodies with cameras of their own are brought before the first one's to find out who hides whom; who was
    painted in front hides the others. Where the set's people have `masks` of what is seen of them, these tell
    what is hidden by an object. A joint counts as seen at most `tolerance` metres inside its own body (None:
    `joint_tolerances`).
    """
    people, problems = [], []
    for person in record.people:
        camera = person.camera or record.camera
        if person.truth is None or camera is None:
            continue
        try:
            people.append((person, camera.without_extrinsics(), find_body(person.truth.body_id)))
        except SefdError as error:
            problems.append(f"person {person.key}: {error.what}")
    if not people:
        return {}, tuple(problems)
    scale = min(_LONGEST / max(size), 1.0)
    small = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
    seen = {} if masks is None else _masks_in(record, masks, small, scale)
    judged = _Judged(joint_set, joint_tolerances(joint_set.names) if tolerance is None else tolerance)
    return _with_visibility(people, size, small, seen, record.painted_in_front, judged), tuple(problems)


class _Judged(NamedTuple):
    """Which joints are looked at, and how deep they may lie inside their own body and be seen: metres."""

    joint_set: JointSet
    tolerance: float | NDArray[np.float64]


def _masks_in(
    record: Record, masks: PersonMasks, size: tuple[int, int], scale: float
) -> dict[str, NDArray[np.bool_]]:
    """The masks (H, W) of everyone annotated, who is left out of the record, too."""
    keys = [*(person.key for person in record.people), *(skipped.key for skipped in record.skipped)]
    drawn = {key: masks.mask(key, size, scale=scale) for key in keys}
    return {key: mask > 0 for key, mask in drawn.items() if mask is not None}


def _with_visibility(
    people: Sequence[tuple[Person, PinholeCamera, BodyModel]],
    size: tuple[int, int],
    small: tuple[int, int],
    masks: Mapping[str, NDArray[np.bool_]],
    painted: Sequence[str],
    judged: _Judged,
) -> dict[str, TrueBody]:
    reference = people[0][1].without_distortion()
    seen_by = reference.resized(small[0] / size[0], small[1] / size[1])
    posed = [_posed(person, body) for person, _, body in people]
    placed = [
        body_before_camera(vertices, camera, reference)
        for (_, camera, _), (vertices, _) in zip(people, posed, strict=True)
    ]
    factors = _painted_factors([person.key for person, _, _ in people], placed, painted)
    placed = [vertices * factor for vertices, factor in zip(placed, factors, strict=True)]
    faces = [body.faces for _, _, body in people]
    together = render_buffers(placed, faces, seen_by, small)
    alone = [
        render_buffers([vertices], triangles, seen_by, small).person_id > 0
        for vertices, triangles in zip(placed, faces, strict=True)
    ]
    things = object_depth([person.key for person, _, _ in people], alone, masks)
    joints = [
        _joints(body, vertices, body.J_regressor @ vertices, judged.joint_set)
        for (_, _, body), vertices in zip(people, placed, strict=True)
    ]
    of_joints = joint_visibility(
        joints, together, seen_by, tolerance=judged.tolerance, object_depth=things, factors=factors
    )
    of_vertices = joint_visibility(
        placed, together, seen_by, tolerance=SKIN_DEPTH, object_depth=things, factors=factors
    )
    found = {}
    for number, (person, camera, body) in enumerate(people):
        vertices, chain = posed[number]
        seen = together.person_id == number + 1
        found[person.key] = TrueBody(
            person.key,
            camera,
            body,
            vertices,
            _joints(body, vertices, chain, judged.joint_set),
            of_joints[number],
            of_vertices[number],
            hidden=1 - float(seen.sum() / alone[number].sum()) if alone[number].any() else float("nan"),
            hidden_by=_hidden_by(
                [one.key for one, _, _ in people], number, together.person_id, alone[number]
            ),
        )
    return found


def _hidden_by(
    keys: Sequence[str], number: int, person_id: NDArray[np.integer], alone: NDArray[np.bool_]
) -> dict[str, float]:
    """What share of a person's pixels (`alone` (H,W)) each of the others covers, most first."""
    if not alone.any():
        return {}
    shares = np.bincount(person_id[alone], minlength=len(keys) + 1)[1:] / alone.sum()
    others = [(keys[place], float(share)) for place, share in enumerate(shares) if place != number and share]
    return dict(sorted(others, key=lambda one: -one[1]))


def _painted_factors(
    keys: Sequence[str], placed: Sequence[NDArray[np.floating]], painted: Sequence[str]
) -> list[float]:
    """By how much each body (V,3) is to be scaled about the camera: those painted in front come nearer."""
    depths = [(vertices[:, 2].min(), vertices[:, 2].max()) for vertices in placed]
    return painted_factors(depths, [keys.index(key) for key in painted if key in keys]).tolist()


def object_depth(
    keys: Sequence[str],
    silhouettes: Sequence[NDArray[np.bool_]],
    masks: Mapping[str, NDArray[np.bool_]],
) -> NDArray[np.float32]:
    """How near objects stand (H, W): 0 where one hides a body, inf elsewhere.

    `silhouettes` (H, W) are those of each body alone, `masks` (H, W) the annotated visible parts of people by
    key. An object is where a body is, its own mask is farther away than `MASK_MARGIN`, and there is neither
    another body nor another person's mask: how far away it is, nobody knows. Who has no mask is not judged.
    """
    depth = np.full(silhouettes[0].shape, np.inf, np.float32)
    for number, key in enumerate(keys):
        if key not in masks or not silhouettes[number].any():
            continue
        bare = silhouettes[number] & ~_grown(masks[key], _margin(silhouettes[number]))
        for other, mask in masks.items():
            if other != key:
                bare &= ~mask
        for other_number, silhouette in enumerate(silhouettes):
            if other_number != number:
                bare &= ~silhouette
        depth[bare] = 0
    return depth


def _margin(silhouette: NDArray[np.bool_]) -> int:
    """Pixels by which a body of this silhouette may reach beyond its mask."""
    rows, columns = np.flatnonzero(silhouette.any(axis=1)), np.flatnonzero(silhouette.any(axis=0))
    return max(1, round(MASK_MARGIN * float(np.hypot(np.ptp(rows), np.ptp(columns)))))


def _grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return cv2.dilate(mask.astype(np.uint8), around) > 0


def _joints(
    body: BodyModel, vertices: NDArray[np.floating], chain: NDArray[np.floating], wanted: JointSet
) -> NDArray[np.float32]:
    """The joints (J, 3) of a set; nan for those that the body does not have."""
    if wanted.name in body.joint_sets:
        return np.asarray(body.joints(vertices, chain, wanted), np.float32)
    joints, known = body.known_joints(vertices, chain, wanted)
    return np.where(known[:, None], joints, np.nan).astype(np.float32)


def _posed(person: Person, body: BodyModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The vertices (V, 3) and the body's joints (J, 3), measured on these as everybody's predicted ones are:
    those that the skeleton turns about lie elsewhere."""
    assert person.truth is not None
    vertices = body.forward(person.truth).vertices
    return vertices, body.J_regressor @ vertices
