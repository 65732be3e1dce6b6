"""Rendered pictures hold what they should, where they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.scene.cameras import OrbitPose, SceneCamera, bounds_of, orbit_camera, photo_camera
from sefd_viewer.scene.mesh_scene import MeshScene

SIZE = (320, 240)
PINHOLE = PinholeCamera(np.array([400.0, 420.0]), np.array([150.0, 130.0]))
FRONT = photo_camera(PINHOLE, (-0.5, -0.5, 319.5, 239.5), (2.0, 8.0))


@pytest.fixture(scope="module")
def scene() -> Iterator[MeshScene]:
    made = MeshScene()
    yield made
    made.release()


@pytest.fixture(autouse=True)
def empty(scene: MeshScene) -> None:
    scene.set_bodies([])
    scene.set_selected(None)
    scene.set_floor(None)


def alpha(scene: MeshScene, camera: SceneCamera = FRONT, samples: int = 1) -> np.ndarray:
    return scene.render(camera, SIZE, samples=samples)[:, :, 3]


@pytest.mark.parametrize("samples", [1, 2])
def test_known_points_are_drawn_on_their_pixels(scene: MeshScene, solid, samples: int):
    for point in ((-0.8, -0.5, 4.0), (0.6, 0.4, 5.0), (0.0, 0.0, 3.0)):
        scene.set_bodies([solid("a", point, 0.06)])
        weights = alpha(scene, samples=samples).astype(float)
        y, x = np.indices(weights.shape)
        found = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
        assert np.linalg.norm(found - PINHOLE.project_camera(np.array(point))) < 0.7


def test_background_is_transparent_and_colour_is_the_bodys(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4), 0.6, color=(230, 20, 10))])
    picture = scene.render(FRONT, SIZE)
    assert not picture[0, 0].any()
    blue, green, red, opaque = picture[130, 150]
    assert opaque == 255
    assert red > 2 * green
    assert red > 2 * blue


def test_nearer_bodies_hide_farther_ones(scene: MeshScene, solid):
    red, green = solid("near", (0, 0, 3), color=(255, 0, 0)), solid("far", (0, 0, 6), 1.2, color=(0, 255, 0))
    scene.set_bodies([red, green])
    picture = scene.render(FRONT, SIZE)
    assert picture[130, 150, 2] > picture[130, 150, 1]
    assert picture[130, 150 + 60, 1] > picture[130, 150 + 60, 2]


def test_a_faint_body_lets_others_through_but_not_itself(scene: MeshScene, solid):
    body = solid("a", (0, 0, 4), 0.6)
    scene.set_bodies([replace(body, opacity=0.5)])
    seen = alpha(scene)
    assert set(np.unique(seen)) <= {0, 127, 128}
    scene.set_bodies([replace(body, opacity=0.5), solid("b", (0, 0, 6), 1.5)])
    assert alpha(scene)[130, 150] == 255


def test_an_invisible_body_is_not_drawn(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4), opacity=0.0)])
    assert not alpha(scene).any()


def test_bodies_move_in_place_and_leave(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (-0.5, 0, 4)), solid("b", (0.5, 0, 4))])
    left = alpha(scene)[:, :150].any(), alpha(scene)[:, 150:].any()
    scene.set_bodies([solid("b", (-0.5, 0, 4))])
    moved = alpha(scene)
    assert left == (True, True)
    assert moved[:, :140].any()
    assert not moved[:, 160:].any()


def test_a_body_may_change_its_topology(scene: MeshScene, solid, open_body):
    scene.set_bodies([solid("a", (0, 0, 4))])
    before = np.count_nonzero(alpha(scene))
    person = open_body.v_template * (1, -1, -1) + (0, 0, 4)
    scene.set_bodies([replace(solid("a", (0, 0, 4)), vertices_camera=person, faces=open_body.faces)])
    assert np.count_nonzero(alpha(scene)) > before


def test_scalars_colour_the_surface(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4), 0.6, scalars=np.array([0, 1, 0, 0, 0, 0.0]), color_map="turbo")])
    picture = scene.render(FRONT, SIZE).astype(int)
    right, left = picture[130, 150 + 40], picture[130, 150 - 40]
    assert left[2] > left[0]  # turbo ends in red
    assert right[0] > right[2] // 2  # and starts in dark blue


def test_the_chosen_body_of_several_gets_an_outline(scene: MeshScene, solid):
    bodies = [solid("a", (-0.5, 0, 4)), solid("b", (0.5, 0, 4))]
    scene.set_bodies(bodies)
    plain = alpha(scene)
    scene.set_selected("a", (255, 255, 255))
    outlined = scene.render(FRONT, SIZE)
    extra = (outlined[:, :, 3] > 0) & (plain == 0)
    assert extra[:, :150].any()
    assert not extra[:, 160:].any()
    assert (outlined[extra] == 255).all()


def test_the_floor_is_below_the_body(scene: MeshScene, solid):
    body = solid("a", (0, 0, 4))
    bounds = bounds_of([body.vertices_camera])
    camera = orbit_camera(OrbitPose(0, 15), bounds, bounds.radius, SIZE)
    scene.set_bodies([body])
    bare = alpha(scene, camera)
    scene.set_floor(bounds)
    floor = (alpha(scene, camera) > 0) & (bare == 0)
    assert floor[200:].mean() > 5 * floor[:60].mean()


def test_smoothing_keeps_the_area_and_adds_levels(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (0.03, 0.02, 4), 0.5)])
    coarse, smooth = alpha(scene), alpha(scene, samples=2)
    assert set(np.unique(coarse)) == {0, 255}
    assert len(np.unique(smooth)) > 2
    assert smooth.sum() == pytest.approx(coarse.sum(), rel=0.02)


def test_size_can_change_between_pictures(scene: MeshScene, solid):
    scene.set_bodies([solid("a", (0, 0, 4))])
    for size in ((64, 48), (640, 480), (33, 77)):
        assert scene.render(FRONT, size).shape == (size[1], size[0], 4)
