"""Rendered pictures hold what they should, where they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.scene.cameras import OrbitPose, SceneCamera, bounds_of, orbit_camera
from sefd_viewer.scene.world_scene import WorldScene

SIZE = (320, 240)
PINHOLE = PinholeCamera(np.array([400.0, 420.0]), np.array([150.0, 130.0]))
# looks as PINHOLE does: slopes of the picture's edges, half a pixel beyond the outermost centres
FRONT = SceneCamera(
    position=np.zeros(3),
    forward=np.array([0.0, 0.0, 1.0]),
    up=np.array([0.0, -1.0, 0.0]),
    frustum=(-150.5 / 400, 169.5 / 400, -109.5 / 420, 130.5 / 420),
    near=1.9,
    far=8.4,
)


@pytest.fixture(scope="module")
def scene() -> Iterator[WorldScene]:
    made = WorldScene()
    yield made
    made.release()


@pytest.fixture(autouse=True)
def empty(scene: WorldScene) -> None:
    scene.set_bodies([])
    scene.set_selected(None)
    scene.set_floor(None)


def alpha(scene: WorldScene, camera: SceneCamera = FRONT, samples: int = 1) -> np.ndarray:
    return scene.render(camera, SIZE, samples=samples)[:, :, 3]


@pytest.mark.parametrize("samples", [1, 2])
def test_known_points_are_drawn_on_their_pixels(scene: WorldScene, solid, samples: int):
    for point in ((-0.8, -0.5, 4.0), (0.6, 0.4, 5.0), (0.0, 0.0, 3.0)):
        scene.set_bodies([solid("a", point, 0.06)])
        weights = alpha(scene, samples=samples).astype(float)
        y, x = np.indices(weights.shape)
        found = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
        assert np.linalg.norm(found - PINHOLE.project_camera(np.array(point))) < 0.7


def test_background_is_transparent_and_colour_is_the_bodys(scene: WorldScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4), 0.6, color=(230, 20, 10))])
    picture = scene.render(FRONT, SIZE)
    assert not picture[0, 0].any()
    blue, green, red, opaque = picture[130, 150]
    assert opaque == 255
    assert red > 2 * green
    assert red > 2 * blue


def test_nearer_bodies_hide_farther_ones(scene: WorldScene, solid):
    red, green = solid("near", (0, 0, 3), color=(255, 0, 0)), solid("far", (0, 0, 6), 1.2, color=(0, 255, 0))
    scene.set_bodies([red, green])
    picture = scene.render(FRONT, SIZE)
    assert picture[130, 150, 2] > picture[130, 150, 1]
    assert picture[130, 150 + 60, 1] > picture[130, 150 + 60, 2]


def test_bodies_move_in_place_and_leave(scene: WorldScene, solid):
    scene.set_bodies([solid("a", (-0.5, 0, 4)), solid("b", (0.5, 0, 4))])
    left = alpha(scene)[:, :150].any(), alpha(scene)[:, 150:].any()
    scene.set_bodies([solid("b", (-0.5, 0, 4))])
    moved = alpha(scene)
    assert left == (True, True)
    assert moved[:, :140].any()
    assert not moved[:, 160:].any()


def test_a_body_may_change_its_topology(scene: WorldScene, solid, open_body):
    scene.set_bodies([solid("a", (0, 0, 4))])
    before = np.count_nonzero(alpha(scene))
    person = open_body.v_template * (1, -1, -1) + (0, 0, 4)
    scene.set_bodies([replace(solid("a", (0, 0, 4)), vertices=person, faces=open_body.faces)])
    assert np.count_nonzero(alpha(scene)) > before


def test_the_chosen_body_of_several_gets_an_outline(scene: WorldScene, solid):
    bodies = [solid("a", (-0.5, 0, 4)), solid("b", (0.5, 0, 4))]
    scene.set_bodies(bodies)
    plain = alpha(scene)
    scene.set_selected("a", (255, 255, 255))
    outlined = scene.render(FRONT, SIZE)
    extra = (outlined[:, :, 3] > 0) & (plain == 0)
    assert extra[:, :150].any()
    assert not extra[:, 160:].any()
    assert (outlined[extra] == 255).all()


def test_the_floor_is_below_the_body(scene: WorldScene, solid):
    body = solid("a", (0, 0, 4))
    bounds = bounds_of([body.vertices])
    camera = orbit_camera(OrbitPose(0, 15), bounds, bounds.radius, SIZE)
    scene.set_bodies([body])
    bare = alpha(scene, camera)
    scene.set_floor(bounds)
    floor = (alpha(scene, camera) > 0) & (bare == 0)
    assert floor[200:].mean() > 5 * floor[:60].mean()


def test_smoothing_keeps_the_area_and_adds_levels(scene: WorldScene, solid):
    scene.set_bodies([solid("a", (0.03, 0.02, 4), 0.5)])
    coarse, smooth = alpha(scene), alpha(scene, samples=2)
    assert set(np.unique(coarse)) == {0, 255}
    assert len(np.unique(smooth)) > 2
    assert smooth.sum() == pytest.approx(coarse.sum(), rel=0.02)


def test_size_can_change_between_pictures(scene: WorldScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4))])
    for size in ((64, 48), (640, 480), (33, 77)):
        assert scene.render(FRONT, size).shape == (size[1], size[0], 4)
