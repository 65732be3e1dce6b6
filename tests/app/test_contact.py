"""Bodies as solids on the stage: who is in whom, how deep, how large; colours between different meshes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.errors_in_mm import FloorKey, Measured
from sefd_viewer.app.method_files import floor_keys
from sefd_viewer.app.methods import TRUTH
from sefd_viewer.app.stages import PlacedBody, Stage
from sefd_viewer.body.files import open_body
from sefd_viewer.evaluation.body_ruler import floor_between
from sefd_viewer.features.inspect.contact import Contact, ContactKey, Skin, contact_words, skin_pixels
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.features.inspect.work import Eye
from tests.app.session_fakes import CAMERA, dataset, record

Make = Callable[..., Controller]


def ball(person: str, x: float, radius: float = 0.3) -> PlacedBody:
    found = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    vertices = (found.vertices + [x, 0, 4]).astype(np.float32)
    return PlacedBody(person, vertices, vertices, found.faces.astype(np.int32))


def contact(*bodies: PlacedBody) -> Contact:
    return ContactKey("truth", bodies[0], Stage("truth", CAMERA, bodies, 1)).work()


def test_two_balls_are_as_deep_in_each_other_as_their_radii_say() -> None:
    found = contact(ball("1", 0), ball("2", 0.5), ball("3", -0.605), ball("4", 3))
    assert list(found.into) == ["2", "3"]
    assert found.into["2"][0] == pytest.approx(100, abs=2)
    assert found.into["3"][0] == 0
    assert found.into["3"][1] > 0
    assert found.litres == pytest.approx(4 / 3 * np.pi * 0.3**3 * 1000, rel=0.01)
    inside = found.depth_mm > 0
    assert (ball("1", 0).vertices_space[inside, 0] > 0.2).all()
    words = contact_words(found, ["1", "2", "3", "4"])
    assert words == "100 mm into person 2 · touches person 3 · 113 litres"


def test_what_is_pointed_at_tells_how_far_the_nearest_body_is() -> None:
    """Of two balls in a row the places that face the eye are seen, and the nearest one counts."""
    one, other = ball("1", 0), ball("2", 0.7)
    found = contact(one, other)
    pixels = skin_pixels(one, Eye(CAMERA))
    towards = one.vertices_space[:, 2] < 4 - 0.3 * 0.3 / 4 - 1e-3  # what a sphere shows to a point
    seen = np.isfinite(pixels).all(axis=1)
    assert (seen == towards).mean() > 0.98
    right = int(one.vertices_space[:, 0].argmax())
    skin = Skin(pixels, found, ("1", "2"), np.full(len(pixels), 7.0, np.float32))
    assert skin.told(right) == "100 mm from person 2 · 7 mm from the truth"
    far = int(one.vertices_space[:, 0].argmin())
    assert skin.told(far).startswith("nobody within 50 cm")
    deep = contact(one, ball("2", 0.5))
    assert Skin(pixels, deep, ("1", "2")).told(right) == "100 mm inside person 2"


def test_the_stage_tells_and_colours_who_is_in_whom(make: Make) -> None:
    """Two people half a metre apart with their arms stretched out, in every method's pane."""
    controller = make(dataset(record("a", truth=True)))
    plain = STAGE_FRAME.of(controller.frame).panes[-1]
    stage = replace(STAGE.of(controller.state), contact=True)
    controller.store.set(STAGE.put(controller.state, stage))
    pane = STAGE_FRAME.of(controller.frame).panes[-1]
    assert pane.id == "truth"
    assert "mm into person 2 · " in pane.note
    assert " litres · hips " in pane.note
    assert pane.points is not None
    assert len(pane.points) == len(pane.skin.found.gap_mm)
    assert pane.drawing is not None
    assert plain.drawing is not None
    assert (pane.drawing.rgba != plain.drawing.rgba).any()


def test_a_person_measures_what_people_do(make: Make) -> None:
    controller = make(dataset(record("a", truth=True, people=1)))
    (body,) = controller.content.stages["truth"].bodies
    found = contact(body)
    assert not found.into
    assert 40 < found.litres < 120
    assert all(50 < girth < 130 for girth in found.girths_cm.values())
    assert list(found.girths_cm) == ["hips", "waist", "chest"]


def test_bodies_of_different_meshes_are_coloured_by_the_distance_of_surfaces() -> None:
    """The same body with every triangle divided lies on its own surface; one 5 cm larger does not."""
    model = open_body()
    rest = model.v_template.astype(np.float32) + np.float32([0, 0, 4])
    fine = trimesh.Trimesh(rest, model.faces, process=False).subdivide()
    plain = PlacedBody("1", rest, rest, model.faces, model=model)
    points = np.asarray(fine.vertices, np.float32)
    other = PlacedBody("1", points, points, np.asarray(fine.faces, np.int32), model=None)
    joints = {"joints_camera": plain.joints_camera, "joints_space": plain.joints_space}
    joints |= {"pelvis_space": plain.pelvis_space}
    for name, value in joints.items():
        object.__setattr__(other, name, value)
    same = Measured("a", other, plain).work()
    assert same is not None
    assert same.vertices_mm is not None
    assert len(same.vertices_mm) == len(points)
    assert same.vertices_mm.max() < 0.1


def test_what_two_bodies_cost_is_the_floor_of_methods_in_view() -> None:
    """A method of a stretched body, truth and yardstick of the open one: fitted people say how much."""
    whole = open_body()
    tall = replace(
        whole, id="smpl-male-00000001", v_template=whole.v_template * np.float32([1.15, 1.05, 1.2])
    )
    tall = replace(tall, faces=np.roll(whole.faces, 1, axis=1))  # the same triangles from another corner
    placed = {
        name: PlacedBody("1", vertices, vertices, body.faces, model=body)
        for name, body in (("theirs", tall), ("baseline", whole), (TRUTH, whole))
        for vertices in [body.v_template]
    }
    keys = list(floor_keys("theirs", "baseline", placed))
    assert keys == [FloorKey(tall, whole)]
    expected = floor_between(tall, whole)
    assert expected is not None
    assert expected.mpjpe_mm > 1
    assert keys[0].work() == expected.mpjpe_mm
    assert not list(floor_keys("baseline", "baseline", placed))
