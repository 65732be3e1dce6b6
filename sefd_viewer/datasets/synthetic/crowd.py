"""Crowds as they stand in streets and rooms: everyday poses within arm's reach, nobody inside another."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.synthetic.appearance import Light, clothes, face_normals, loosened
from sefd_viewer.datasets.synthetic.places import Thing, flattened, paint_place, standing_thing
from sefd_viewer.datasets.synthetic.poses import random_betas
from sefd_viewer.datasets.synthetic.scene import (
    Scene,
    SceneSettings,
    photographed,
    pose_people,
    seen_from,
    truth_of,
)
from sefd_viewer.geometry import SMPL24, PinholeCamera, axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.render.zbuffer import render_buffers

_L_HIP, _R_HIP, _SPINE, _L_KNEE, _R_KNEE = (
    SMPL24.index(name) for name in ("L_Hip", "R_Hip", "Torso", "L_Knee", "R_Knee")
)
_CHEST, _NECK, _HEAD = (SMPL24.index(name) for name in ("Chest", "Neck", "Head"))
_SHOULDERS = (SMPL24.index("L_Shoulder"), SMPL24.index("R_Shoulder"))
_ELBOWS = (SMPL24.index("L_Elbow"), SMPL24.index("R_Elbow"))
_SIDES = (1.0, -1.0)
_ARMS = ("hanging", "bent", "hip", "up", "forward", "folded")
_ARM_SHARES = (0.46, 0.22, 0.1, 0.05, 0.06, 0.11)


def everyday_pose(rng: np.random.Generator) -> np.ndarray:
    """One pose (72,) axis-angle, Y up, upright and turned to a random side."""
    pose = np.zeros((24, 3))
    if rng.random() < 0.4:
        _walk(pose, rng)
    else:
        _stand(pose, rng)
    _trunk(pose, rng)
    both = rng.choice(len(_ARMS), p=_ARM_SHARES)
    for arm in range(2):
        kind = both if rng.random() < 0.35 else rng.choice(len(_ARMS), p=_ARM_SHARES)
        _arm(pose, arm, _ARMS[kind], rng)
    noise = axis_angle_to_matrix(rng.normal(0, 0.05, (24, 3)))
    noise[0] = axis_angle_to_matrix(np.array([0.0, rng.uniform(-np.pi, np.pi), 0.0]))
    return np.asarray(matrix_to_axis_angle(noise @ axis_angle_to_matrix(pose))).reshape(72)


def _stand(pose: np.ndarray, rng: np.random.Generator) -> None:
    """On both feet, or with the weight on one and the other knee bent; in place."""
    spread = abs(rng.normal(0.07, 0.06))
    for hip, side in ((_L_HIP, 1.0), (_R_HIP, -1.0)):
        pose[hip] = [rng.normal(-0.03, 0.05), side * rng.normal(0.1, 0.15), side * spread]
    if rng.random() < 0.5:
        hip, knee = ((_L_HIP, _L_KNEE), (_R_HIP, _R_KNEE))[rng.integers(2)]
        bent = rng.uniform(0.1, 0.5)
        pose[hip, 0] -= 0.6 * bent
        pose[knee, 0] = bent


def _walk(pose: np.ndarray, rng: np.random.Generator) -> None:
    """One instant of a step; in place."""
    phase, stride = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.55)
    for hip, knee, offset in ((_L_HIP, _L_KNEE, 0.0), (_R_HIP, _R_KNEE, np.pi)):
        swing = np.sin(phase + offset)
        pose[hip] = [-stride * swing, 0.0, rng.normal(0, 0.03)]
        pose[knee, 0] = 0.1 + 0.9 * stride * max(0.0, np.cos(phase + offset + 0.4)) + 0.1 * rng.random()
    pose[_CHEST, 1] = 0.2 * stride * np.sin(phase)


def _trunk(pose: np.ndarray, rng: np.random.Generator) -> None:
    """A little bent and turned, now and then leaning; the head looks somewhere; in place."""
    lean = rng.uniform(0.15, 0.5) if rng.random() < 0.15 else rng.normal(0.04, 0.05)
    pose[_SPINE] = [lean, rng.normal(0, 0.12), rng.normal(0, 0.05)]
    pose[_CHEST, 1] += rng.normal(0, 0.1)
    pose[_NECK] = [rng.normal(0.05, 0.12), rng.normal(0, 0.25), rng.normal(0, 0.06)]
    pose[_HEAD] = [rng.normal(0.05, 0.15), rng.normal(0, 0.25), rng.normal(0, 0.05)]


def _arm(pose: np.ndarray, arm: int, kind: str, rng: np.random.Generator) -> None:
    """What one arm does; in place. From the T-pose, z lowers the left arm when negative, y bends forward."""
    side, shoulder, elbow = _SIDES[arm], _SHOULDERS[arm], _ELBOWS[arm]
    down, forward, bend = -1.2, 0.0, -0.2
    if kind == "hanging":
        down, forward, bend = rng.uniform(-1.38, -1.12), rng.normal(0.05, 0.25), -rng.uniform(0.05, 0.5)
    elif kind == "bent":
        down, forward, bend = rng.uniform(-1.3, -1.05), rng.uniform(0.0, 0.5), -rng.uniform(1.2, 2.1)
    elif kind == "hip":
        down, forward, bend = rng.uniform(-0.95, -0.75), rng.uniform(-0.5, -0.2), -rng.uniform(1.3, 1.7)
    elif kind == "up":
        down, forward, bend = rng.uniform(0.3, 1.0), rng.uniform(-0.1, 0.4), -rng.uniform(0.5, 1.6)
    elif kind == "forward":
        down, forward, bend = rng.uniform(-1.2, -0.9), rng.uniform(0.8, 1.5), -rng.uniform(0.1, 0.7)
    elif kind == "folded":
        down, forward, bend = rng.uniform(-1.2, -1.0), rng.uniform(0.4, 0.7), -rng.uniform(1.7, 2.2)
    lowered = axis_angle_to_matrix(np.array([0.0, 0.0, side * down]))
    raised = axis_angle_to_matrix(np.array([-forward, 0.0, 0.0]))
    pose[shoulder] = matrix_to_axis_angle(raised @ lowered)
    pose[elbow] = [0.0, side * bend, side * rng.normal(0, 0.1)]


CROWDS = SceneSettings(size=(640, 480), people=(3, 7), spacing=(0.3, 0.65), things=2, loose=0.5, harsh=0.08)
_STREAM = 7
"""Of random numbers, beside those of other scenes."""
_FINER = 2
"""Pictures are drawn so much larger and shrunk."""
_FADED = 0.35
"""How far colours are from those of clothes towards grey."""
_TOUCHING = 0.004
"""Share of a body's vertices that may lie in another one: skin that is pressed in."""
_Mesh = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]
"""Vertices (V, 3) in the world, faces (F, 3), their colours (F, 3) and normals (F, 3)."""
_DIFFERENT = 40
"""Attempts to find a place for somebody."""


def generate_crowd(seed: int, index: int, settings: SceneSettings = CROWDS) -> Scene:
    """Crowd number `index` of the endless series of `seed`; the same arguments give the same scene."""
    rng, body = np.random.default_rng([seed, index, _STREAM]), open_body()
    world, places = standing_people(body, settings, rng)
    vertices = pose_people(body, world)[0] + places[:, None]
    camera = _camera(vertices, settings, rng)
    own = camera.without_extrinsics()
    smpl = [seen_from(body, one, place, camera) for one, place in zip(world, places, strict=True)]
    inside, joints = pose_people(body, smpl)
    things = _things(vertices, camera, settings, rng)
    picture, mask = _painted(body, vertices, things, camera, settings, rng)
    buffers = render_buffers(list(inside), body.faces, own, settings.size)
    people = truth_of(body, smpl, inside, joints, own, buffers, mask.astype(np.uint8), None)
    return Scene(photographed(picture, settings, rng), own, people, buffers, mask, body)


def standing_people(
    body: BodyModel, settings: SceneSettings, rng: np.random.Generator
) -> tuple[list[SmplParameters], NDArray[np.float64]]:
    """People with their feet on the floor y = 0 (parameters without translation) and their places (N, 3)."""
    count = int(rng.integers(settings.people[0], settings.people[1] + 1))
    people: list[SmplParameters] = []
    places: list[NDArray[np.float64]] = []
    there: list[NDArray[np.float64]] = []
    for _ in range(count):
        for attempt in range(_DIFFERENT):
            one = SmplParameters.from_pose(body.id, everyday_pose(rng), 0.8 * random_betas(rng), np.zeros(3))
            shape = pose_people(body, [one])[0][0].astype(np.float64)
            place = np.array([0.0, -shape[:, 1].min(), 0.0])
            if there:
                near = places[rng.integers(len(places))]
                reach = rng.uniform(*settings.spacing) * (1 + attempt / _DIFFERENT)
                angle = rng.uniform(0, 2 * np.pi)
                place[[0, 2]] = near[[0, 2]] + reach * np.array([np.cos(angle), 0.8 * np.sin(angle)])
            stands = shape + place
            if all(not _inside(stands, other, body) and not _inside(other, stands, body) for other in there):
                people.append(one)
                places.append(place)
                there.append(stands)
                break
    middle = np.mean(places, axis=0) * [1, 0, 1]
    return people, np.stack(places) - middle


def _inside(one: NDArray[np.float64], other: NDArray[np.float64], body: BodyModel) -> bool:
    """Whether vertices of one body (V, 3) lie in another: behind the skin that is nearest to them."""
    low, high = other.min(axis=0), other.max(axis=0)
    close = one[((one > low) & (one < high)).all(axis=1)]
    if not len(close):
        return False
    corners = other[body.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    distance, face = cKDTree(corners.mean(axis=1)).query(close, distance_upper_bound=0.2)
    known = np.isfinite(distance)
    away = close[known] - corners.mean(axis=1)[face[known]]
    behind = np.einsum("ij,ij->i", away, normals[face[known]]) < 0
    return bool(behind.sum() > _TOUCHING * len(one))


def _camera(
    vertices: NDArray[np.float64], settings: SceneSettings, rng: np.random.Generator
) -> PinholeCamera:
    """A camera held by somebody who stands before the crowd; now and then it cuts people off."""
    width, height = settings.size
    focal = 0.5 * height / np.tan(np.radians(rng.uniform(34, 58)) / 2)
    low, high = vertices.min(axis=(0, 1)), vertices.max(axis=(0, 1))
    cut = rng.random() < settings.truncated
    across = max(high[0] - low[0], high[2] - low[2]) + 0.2
    fit = max(high[1] * focal / (0.88 * height), across * focal / (0.92 * width))
    distance = max(fit * (rng.uniform(0.5, 0.75) if cut else rng.uniform(1.0, 1.3)), 1.5)
    eye = rng.choice(
        [rng.uniform(1.35, 1.8), rng.uniform(1.9, 2.8), rng.uniform(0.7, 1.2)], p=(0.6, 0.28, 0.12)
    )
    aim = 0.5 * high[1] + (rng.uniform(0.1, 0.4) if cut else 0.0)
    pitch, roll = np.arctan2(eye - aim, distance), np.radians(rng.normal(0, 2.5))
    walk = axis_angle_to_matrix(np.array([0.0, rng.uniform(-0.6, 0.6), 0.0]))
    R = (
        axis_angle_to_matrix(np.array([0.0, 0.0, roll]))
        @ np.diag([1.0, -1.0, -1.0])
        @ axis_angle_to_matrix(np.array([pitch, 0.0, 0.0]))
        @ walk
    )
    target = np.array([rng.normal(0, 0.08 if not cut else 0.25), aim, 0.0])
    t = np.array([0.0, 0.0, np.hypot(distance, eye - aim)]) - R @ target
    return PinholeCamera(np.full(2, focal), np.array([width, height]) / 2 - 0.5, R, t)


def _things(
    vertices: NDArray[np.float64], camera: PinholeCamera, settings: SceneSettings, rng: np.random.Generator
) -> list[Thing]:
    """Things on the floor before the crowd and one behind it, none of them in anybody."""
    centre = -camera.R.T @ camera.t
    things = []
    for _ in range(int(rng.integers(0, settings.things + 1))):
        person = vertices[rng.integers(len(vertices))]
        middle = person.mean(axis=0)[[0, 2]]
        towards = centre[[0, 2]] - middle
        towards /= np.linalg.norm(towards)
        aside = np.array([-towards[1], towards[0]]) * rng.normal(0, 0.25)
        spot = middle + towards * rng.uniform(0.45, 1.0) + aside
        if np.linalg.norm(centre[[0, 2]] - spot) < 1.2:
            continue
        thing = standing_thing(spot, rng.uniform(0.6, 1.1), rng)
        if not _crosses(thing, vertices):
            things.append(thing)
    return things


def _crosses(thing: Thing, vertices: NDArray[np.float64]) -> bool:
    """Whether the boxes around a thing's footprint and around anybody's meet."""
    floor = thing.vertices[:, [0, 2]]
    low, high = floor.min(axis=0) - 0.03, floor.max(axis=0) + 0.03
    beside = vertices[..., [0, 2]]
    within = ((beside > low) & (beside < high)).all(axis=-1) & (vertices[..., 1] < thing.vertices[:, 1].max())
    return bool(within.any())


def _painted(
    body: BodyModel,
    vertices: NDArray[np.float64],
    things: list[Thing],
    camera: PinholeCamera,
    settings: SceneSettings,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture (H, W, 3), and where a thing is in front (H, W); drawn finer than it is kept."""
    size = (settings.size[0] * _FINER, settings.size[1] * _FINER)
    fine = camera.resized(_FINER)
    seen = fine.without_extrinsics()
    worn = [loosened(body, v, rng) if rng.random() < settings.loose else v for v in vertices]
    worn = [np.maximum(v, [-np.inf, 0.0, -np.inf]) for v in worn]
    meshes: list[_Mesh] = [(v, body.faces, _faded(clothes(body, rng)), face_normals(body, v)) for v in worn]
    meshes += [(t.vertices, t.faces, t.colours, _flat_normals(t)) for t in things]
    to_light = np.array([rng.normal(0, 0.6), rng.uniform(0.7, 1.6), rng.normal(0.5, 0.5)])
    to_light /= np.linalg.norm(to_light)
    light = Light(to_light, np.clip(rng.normal(1, 0.05, 3), 0.85, 1.15), rng.uniform(0.45, 0.7), 0.1)
    picture = paint_place(fine, size, rng) * _shadow(meshes, fine, size, to_light, rng)
    drawn = [fine.to_camera(v).astype(np.float32) for v, _, _, _ in meshes]
    buffers = render_buffers(drawn, [faces for _, faces, _, _ in meshes], seen, size)
    colours = [np.clip(c * light.shade(n), 0, 255) for _, _, c, n in meshes]
    starts = np.cumsum([0, *(len(c) for c in colours)])
    rows, columns = np.nonzero(buffers.person_id)
    which = buffers.person_id[rows, columns].astype(np.int64) - 1
    picture[rows, columns] = np.concatenate(colours)[starts[which] + buffers.face_id[rows, columns]]
    small = cv2.resize(np.clip(picture, 0, 255), settings.size, interpolation=cv2.INTER_AREA)
    things_seen = (buffers.person_id > len(vertices)).astype(np.float32)
    mask = cv2.resize(things_seen, settings.size, interpolation=cv2.INTER_AREA) > 0.5
    return small.astype(np.uint8), mask


def _faded(colours: NDArray[Any]) -> NDArray[Any]:
    return (1 - _FADED) * colours + _FADED * colours.mean(axis=1, keepdims=True)


def _shadow(
    meshes: list[_Mesh],
    camera: PinholeCamera,
    size: tuple[int, int],
    to_light: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """By what the floor is darkened (H, W, 1): soft shadows, and a darker rim where feet and things stand."""
    shadows = []
    for direction in (to_light, np.array([0.0, 1.0, 0.0])):
        flat = [camera.to_camera(flattened(v, direction)).astype(np.float32) for v, _, _, _ in meshes]
        found = render_buffers(flat, [f for _, f, _, _ in meshes], camera.without_extrinsics(), size)
        shadows.append((found.person_id > 0).astype(np.float32))
    cast = cv2.GaussianBlur(shadows[0], (0, 0), size[1] / rng.uniform(60, 250))
    under = cv2.GaussianBlur(shadows[1], (0, 0), size[1] / 55)
    return (1 - rng.uniform(0.15, 0.5) * cast - 0.3 * under).astype(np.float32)[..., None]


def _flat_normals(thing: Thing) -> NDArray[np.float64]:
    corners = thing.vertices[thing.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
