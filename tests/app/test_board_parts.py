"""Parts of the camera board: pointing through cameras, moments in other orders, the timeline's pieces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sefd_viewer.app.photo_titles import beginnings, moment_title
from sefd_viewer.app.photos import PictureCache
from sefd_viewer.app.scene import people_of
from sefd_viewer.features.cameras.agreement import seen_people
from sefd_viewer.features.cameras.model import CamerasState
from sefd_viewer.features.cameras.moments import moment_of, neighbour, sequence_around
from sefd_viewer.features.cameras.pointing import point_at
from sefd_viewer.features.cameras.residuals import joint_title
from sefd_viewer.features.cameras.scene import board_scene
from sefd_viewer.features.cameras.timeline import TimelineValues, further
from tests.app.board_fakes import RIG, SIZE, capture, embodied, joints_of, seen, view_record

SIZES = dict.fromkeys(RIG, SIZE)


def scene_of(dataset, open_body, key="cam1/000000"):
    moment = moment_of(dataset, key)
    people = {
        view: people_of(one, one.load, detect=lambda _i: [], find_body=lambda _id: open_body)[0]
        for view, one in moment.records.items()
    }
    return board_scene(moment, people, SIZES, CamerasState(), lambda _id: open_body)


def distance_from_curve(curve, point):
    return float(np.linalg.norm(curve - point, axis=1).min())


def test_epipolar_lines_of_bent_lenses_pass_through_the_same_joint(open_body):
    scene = scene_of(capture(), open_body)
    joint = 15
    pixel = scene.people[0].seen.observed[0][joint]
    pointed = point_at(scene, "cam1", (pixel[0] + 1.0, pixel[1]), reach=3.0, sizes=SIZES)
    assert pointed.joint == "L_Ankle"
    assert set(pointed.curves) == {"cam2", "cam3", "cam4"}
    for row, view in enumerate(RIG):
        expected = scene.people[0].seen.observed[row][joint]
        assert np.allclose(pointed.points[view], expected, atol=0.05)
        if view != "cam1":
            assert distance_from_curve(pointed.curves[view], expected) < 2.0  # between two of its steps


def test_a_vertex_under_the_pointer_is_found_on_the_same_body_in_every_view(open_body):
    records = [view_record(view, camera, [embodied(camera)]) for view, camera in RIG.items()]
    scene = scene_of(replace(capture(), records=records), open_body)
    body = scene.people[0].bodies["cam2"]
    index = int(np.argmin(body.vertices_camera[:, 2]))
    x, y = body.pixels[index]
    far = replace(scene.people[0], seen=replace(scene.people[0].seen, observed=np.full((4, 17, 2), np.nan)))
    pointed = point_at(replace(scene, people=(far,)), "cam2", (x, y), reach=4.0, sizes=SIZES)
    assert pointed.joint is None
    assert pointed.person == "1"
    found = int(pointed.label.split()[1])
    assert np.linalg.norm(body.pixels[found] - (x, y)) < 4.0
    assert np.allclose(pointed.points["cam4"], scene.people[0].bodies["cam4"].pixels[found])


def test_beside_everything_the_pixel_alone_has_lines(open_body):
    scene = scene_of(capture(), open_body)
    pointed = point_at(scene, "cam1", (3.0, 3.0), reach=1.0, sizes=SIZES)
    assert pointed.joint is None
    assert pointed.point_world is None
    assert not pointed.points
    assert pointed.curves


def test_a_view_far_off_from_all_others_is_not_taken_for_the_same_person():
    people = {view: [seen(camera, joints_of((0, 0), 0)), seen(camera, joints_of((0.9, 0.8), 1))]
              for view, camera in RIG.items()}  # fmt: skip
    people["cam4"] = people["cam4"][:1]
    found = seen_people(RIG, people)
    assert [sorted(one.members) for one in found] == [
        ["cam1", "cam2", "cam3", "cam4"],
        ["cam1", "cam2", "cam3"],
    ]


def test_moments_are_found_whether_records_are_sorted_by_moment_or_by_view():
    dataset = capture(moments=4)
    by_view = replace(dataset, records=sorted(dataset.records, key=lambda one: one.view))
    for one in (dataset, by_view):
        assert sequence_around(one, "cam2/000001").keys == tuple(f"cam2/{m:06d}" for m in range(4))
        assert neighbour(one, "cam2/000001", 1) == "cam2/000002"
        assert neighbour(one, "cam2/000000", -1) is None
        assert neighbour(one, "cam2/000003", 1) is None


def test_a_moment_with_more_views_than_fit_keeps_the_one_in_view():
    cameras = {f"cam{i}": RIG["cam1"] for i in range(15)}
    moment = moment_of(capture(moments=1, cameras=cameras), "cam14/000000")
    assert len(moment.records) == 12
    assert "cam14" in moment.records
    assert moment.left_out == 3


def test_pieces_of_the_timeline_begin_beside_the_moment_in_view():
    ticks = iter(range(100))
    asked = []

    def measure(index):
        asked.append(index)
        return {("1", "cam1"): float(index)}

    clock = lambda: 0.07 * next(ticks)  # noqa: E731
    values = further(TimelineValues.empty(9), 4, measure, clock=clock)
    assert asked == [4, 3, 5]
    while not values.done.all():
        values = further(values, 4, measure, clock=clock)
    assert sorted(asked) == list(range(9))
    assert np.allclose(values.of_person("1", ("cam1",))[:, 0], range(9))
    assert np.isnan(values.of_person("2", ("cam1", "cam2"))).all()


def test_the_shelf_forgets_the_oldest_pictures_first():
    shelf = PictureCache(budget=250)
    loads = []

    def load(key):
        loads.append(key)
        return np.zeros((10, 10), np.uint8)

    for key in ("a", "b", "a", "c", "a", "b"):
        shelf.get(key, lambda key=key: load(key))
    assert loads == ["a", "b", "c", "b"]


def test_names_for_people():
    assert joint_title("L_Knee") == "Left knee"
    assert joint_title("Head_top") == "Head top"
    assert moment_title("s_01_act_02_subact_01_000320") == "320"
    assert moment_title("begin") == "begin"
    assert beginnings(["s_01_000000", "s_01_000004", "s_02_000000", "000000"]) == [2, 3]
