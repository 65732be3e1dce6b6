"""The same people seen by several cameras, and people who have cameras of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.synthetic.scene import (
    Scene,
    SceneSettings,
    aim_camera,
    paint_scene,
    people_in_world,
    place_people,
    seen_from,
)
from sefd_viewer.geometry import PinholeCamera, axis_angle_to_matrix

_PLACES, _LOOKS, _RIG, _OWN = 1, 2, 3, 4
"""Streams of random numbers beside that of single scenes."""

_NEAREST = 0.5


class Views(NamedTuple):
    """One moment: parameters in the world (Y up, metres) and a scene for each camera, people in one order."""

    people_world: tuple[SmplParameters, ...]
    scenes: tuple[Scene, ...]


def camera_rig(seed: int, settings: SceneSettings, *, count: int = 4) -> list[PinholeCamera]:
    """Cameras all around a crowd that look at it, each with its own intrinsics, R and t."""
    rng = np.random.default_rng([seed, _RIG])
    angles = 2 * np.pi * np.arange(count) / count + rng.normal(0, 0.15, count)
    return [_turned(aim_camera(settings, rng), angle) for angle in angles]


def camera_path(seed: int, settings: SceneSettings, *, count: int, step: float = 0.06) -> list[PinholeCamera]:
    """One camera on its way around a crowd, `count` frames, `step` radians from frame to frame."""
    camera = aim_camera(settings, np.random.default_rng([seed, _RIG]))
    return [_turned(camera, step * frame) for frame in range(count)]


def generate_views(seed: int, index: int, cameras: Sequence[PinholeCamera], settings: SceneSettings) -> Views:
    """Moment number `index` of the endless series of `seed`, seen by cameras with R and t."""
    rng, body = np.random.default_rng([seed, index, _PLACES]), open_body()
    people, places = people_in_world(body, settings, rng)
    scenes = []
    for camera in cameras:
        smpl = [seen_from(body, one, place, camera) for one, place in zip(people, places, strict=True)]
        looks = np.random.default_rng([seed, index, _LOOKS])
        own_frame = camera.without_extrinsics()
        scenes.append(paint_scene(body, smpl, own_frame, settings, rng, looks=looks))
    world = (replace(one, transl=place) for one, place in zip(people, places, strict=True))
    return Views(tuple(world), tuple(scenes))


def generate_own_cameras(seed: int, index: int, settings: SceneSettings) -> Scene:
    """Scene number `index` of `seed` whose people each have a camera of their own, as NeuralAnnot's have.

    Such a camera is a guess from one person's box: another focal length and principal point, and the person
    at another depth. The picture shows every vertex at the pixel that its person's camera gives it.
    """
    rng, body = np.random.default_rng([seed, index, _OWN]), open_body()
    camera, people = place_people(body, settings, rng)
    guesses = [_guess(body, person, camera, rng) for person in people]
    own = [guess for guess, _ in guesses]
    return paint_scene(body, [moved for _, moved in guesses], camera, settings, rng, own_cameras=own)


def _turned(camera: PinholeCamera, angle: float) -> PinholeCamera:
    """The camera after walking around the world's upright axis by `angle` radians."""
    return replace(camera, R=camera.R @ axis_angle_to_matrix(np.array([0.0, angle, 0.0])))


def _guess(
    body: BodyModel, person: SmplParameters, camera: PinholeCamera, rng: np.random.Generator
) -> tuple[PinholeCamera, SmplParameters]:
    """A camera for one person, and the person moved so that the root joint keeps its pixel and scale."""
    root = body.root_joint(person.betas).astype(np.float64)
    place = root + person.transl
    place[2] = max(place[2], _NEAREST)
    pixel = camera.project_camera(place)
    factor = rng.uniform(0.6, 1.8)
    focal = camera.focal * factor * np.array([1.0, rng.uniform(0.97, 1.03)])
    own = PinholeCamera(focal, pixel + rng.normal(0, 0.05, 2) * camera.focal / 2)
    moved = own.rays(pixel) * place[2] * factor
    return own, replace(person, transl=moved - root)
