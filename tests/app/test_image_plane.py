"""People of own cameras in one image plane: pixels stay, the order holds, is kept in a file and undone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.depth_order import (
    KeptOrders,
    completed,
    orders_path,
    read_orders,
    with_order,
)
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.stages import Stage, in_order, truth_stage
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.image_plane import unified
from sefd_viewer.features.cameras.model import with_board
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.inference.messages import PersonInput
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import dataset, picture, pose, t_pose

OWN = (
    PinholeCamera(np.array([300.0, 290.0]), np.array([30.0, 36.0])),
    PinholeCamera(np.array([200.0, 200.0]), np.array([70.0, 36.0])),
    PinholeCamera(np.array([250.0, 240.0]), np.array([48.0, 30.0])),
)


def people() -> tuple[PersonInput, ...]:
    """Three people whose own cameras put them 3.0, 3.4 and 3.1 focal lengths of 100 px away."""
    return tuple(
        PersonInput(str(index + 1), pose(10 + 20 * index), t_pose(depth), camera)
        for index, (depth, camera) in enumerate(zip((9.0, 6.8, 7.75), OWN, strict=True))
    )


def scene() -> Scene:
    return Scene(1, Record("a", "a", image=picture()), picture(), people())


def stage(order: tuple[str, ...] | None = None) -> Stage:
    found = in_order(truth_stage(scene(), lambda _id: open_body()), order)
    assert found is not None
    return found


def measured(order: tuple[str, ...] | None = None):
    return unified(stage(order))


def test_every_vertex_keeps_the_pixel_of_its_own_camera() -> None:
    found = measured()
    assert found.own_cameras
    assert found.order == found.implied == ("1", "3", "2")
    assert all(row.equation_px < 1e-9 for row in found.rows)
    assert found.deviation_px < 1e-3


def test_a_chosen_order_holds_while_pixels_stay() -> None:
    found = measured(("2", "1", "3"))
    assert found.order == ("2", "1", "3")
    assert found.implied == ("1", "3", "2")
    assert [row.person for row in found.rows if row.moved] == ["2"]
    assert found.deviation_px < 1e-3
    bodies = {body.person: body for body in stage(("2", "1", "3")).bodies}
    assert bodies["2"].vertices_camera[:, 2].max() < bodies["1"].vertices_camera[:, 2].min()


def test_who_was_painted_in_front_is_in_front_on_the_photo_and_stays_where_he_stands_in_space() -> None:
    painted = replace(scene(), record=replace(scene().record, painted_in_front=("2",)))
    plain = truth_stage(painted, lambda _id: open_body())
    shown = in_order(plain, None)
    assert plain is not None
    assert shown is not None
    found = unified(shown)
    assert found.order == found.implied == ("2", "1", "3")
    assert found.deviation_px < 1e-3
    bodies, before = ({body.person: body for body in one.bodies} for one in (shown, plain))
    assert bodies["2"].vertices_camera[:, 2].max() < bodies["1"].vertices_camera[:, 2].min()
    np.testing.assert_array_equal(bodies["2"].vertices_space, before["2"].vertices_space)
    chosen = in_order(plain, ("1", "3", "2"))
    assert chosen is not None
    assert unified(chosen).order == ("1", "3", "2")


def test_people_without_a_place_in_the_order_stay_behind_whom_they_follow() -> None:
    assert completed(["c", "gone", "a"], ["a", "b", "c"]) == ["c", "a", "b"]
    assert completed([], ["a", "b"]) == ["a", "b"]


def test_only_an_order_that_differs_is_kept() -> None:
    assert with_order({}, "r", ("b", "a"), ("a", "b")) == {"r": ("b", "a")}
    assert with_order({"r": ("b", "a")}, "r", ("a", "b"), ("a", "b")) == {}


def folder_of_people(folder: Path) -> Dataset:
    persons = tuple(Person(one.key, None, one.pose2d, one.smpl, one.camera) for one in people())
    return Dataset("three", folder, "test", [Record("a", "a", image=picture(), people=persons)])


def test_an_order_is_drawn_saved_undone_and_there_again_at_the_next_opening(make, tmp_path) -> None:
    controller = make(folder_of_people(tmp_path))
    before = controller.content.stages["truth"]
    chosen = with_order(controller.state.depth_orders, "a", ("2", "1", "3"), ("1", "3", "2"))
    controller.store.set(replace(controller.state, depth_orders=chosen))
    assert controller.content.stages["truth"].number != before.number
    path = tmp_path / "sefd-depth-orders.json"
    assert read_orders(path) == {"a": ("2", "1", "3")}
    controller.store.undo()
    assert read_orders(path) == {}
    controller.store.redo()
    again = make(folder_of_people(tmp_path))
    assert again.state.depth_orders == {"a": ("2", "1", "3")}
    bodies = {body.person: body.factor for body in again.content.stages["truth"].bodies}
    assert bodies["2"] < 1.0 == bodies["1"]


def test_a_file_of_somebody_else_is_named_and_never_written_over(make, tmp_path) -> None:
    path = tmp_path / "sefd-depth-orders.json"
    path.write_text("[half")
    controller = make(folder_of_people(tmp_path))
    assert str(path) in controller.frame.status.notice
    controller.store.set(replace(controller.state, depth_orders={"a": ("2", "1", "3")}))
    assert path.read_text() == "[half"
    assert "Move the file away" in controller.frame.status.notice


def test_orders_of_two_windows_are_merged_and_a_conflict_is_told(tmp_path) -> None:
    windows = KeptOrders(), KeptOrders()
    for window in windows:
        window.begin(folder_of_people(tmp_path))
    assert windows[0].keep({"a": ("2", "1", "3")}) is None
    assert windows[1].keep({"b": ("2", "1")}) is None
    assert windows[0].keep({"a": ("3", "1", "2")}) is None
    assert "holds: a. Open the data set again" in str(
        windows[1].keep({"a": ("1", "2", "3"), "b": ("1", "2")})
    )
    kept = read_orders(tmp_path / "sefd-depth-orders.json")
    assert kept == {"a": ("3", "1", "2"), "b": ("1", "2")}


def test_orders_of_what_is_shipped_lie_in_the_user_s_folder() -> None:
    sample = Dataset("Sample", resource_path("sample_capture"), "sample", [])
    assert resource_path(".") not in orders_path(sample).parents


@pytest.mark.parametrize("content", ['{"nearest_first": {}}', '{"format": "sefd-viewer depth orders 1"}'])
def test_another_json_file_is_refused(content: str, tmp_path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(content)
    with pytest.raises(SefdError, match="does not hold"):
        read_orders(path)


def test_nothing_is_written_where_nothing_was_chosen(tmp_path) -> None:
    kept = KeptOrders()
    orders, problems = kept.begin(folder_of_people(tmp_path))
    assert kept.keep(orders) is None
    assert not problems
    assert not list(tmp_path.iterdir())


def test_predicted_people_have_cameras_of_their_own_too(make) -> None:
    controller = make(dataset())
    state = controller.state
    controller.store.set(with_board(replace(state, workspace="cameras"), tab="image_plane"))
    frame = FRAME.of(controller.frame).image_plane
    assert frame.method == "student"
    assert frame.own_cameras
    assert len(frame.people) == 2
    assert frame.deviation_px < 1e-2
    assert frame.shared.startswith("Shared camera: assumed")
    assert "take the first person's camera, the release that of the last one drawn" in frame.shared


def test_the_board_draws_the_chosen_order(make, tmp_path) -> None:
    controller = make(folder_of_people(tmp_path))
    controller.store.set(replace(controller.state, workspace="cameras"))
    before = FRAME.of(controller.frame).views[0].photo.overlays["mesh"].data
    controller.store.set(replace(controller.state, depth_orders={"a": ("2", "1", "3")}))
    after = FRAME.of(controller.frame).views[0].photo.overlays["mesh"].data
    assert (before[..., 3] > 0).sum() == pytest.approx((after[..., 3] > 0).sum(), rel=0.02)
    assert (before != after).any()
