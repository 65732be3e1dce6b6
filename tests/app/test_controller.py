from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.app import open_files
from sefd_viewer.app.absence import method_words
from sefd_viewer.app.bodies import Bodies
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.drafts import VisiblePart
from sefd_viewer.app.frame import Frame, Words
from sefd_viewer.app.layer_keys import CannyEdges
from sefd_viewer.app.layers import CannyLayer
from sefd_viewer.app.settings import Settings
from sefd_viewer.app.stages import PlacedBody
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.inference.messages import EdgesRequest, Failed, TrialRequest
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import (
    CAMERA,
    HandClock,
    WhenTold,
    broken_record,
    client_of,
    dataset,
    picture,
    pose,
    record,
)
from tests.owners_files import smpl_arrays, write_body

Make = Callable[..., Controller]


def show(controller: Controller, **layers: bool) -> None:
    state = controller.state
    for key, visible in layers.items():
        state = state.with_layer(key, visible=visible)
    controller.store.set(state)


def change_edges(controller: Controller, **changes: object) -> None:
    edges = replace(controller.state.edges, **changes)
    controller.store.set(replace(controller.state, edges=edges), merge="kernel")


def bodies_of(controller: Controller, method: str) -> tuple[PlacedBody, ...]:
    stage = controller.content.stages.get(method)
    return () if stage is None else stage.bodies


def words_of(controller: Controller, method: str) -> Words | None:
    return method_words(method, controller.content)


def test_opening_shows_picture_people_and_three_methods(make: Make):
    controller = make()
    frame = controller.frame
    assert frame.record == "a"
    assert frame.photo.image is not None
    assert [person.title for person in frame.people] == ["Person 1", "Person 2"]
    assert [method for method, _title in frame.layers.methods] == ["baseline", "student", "teacher"]
    assert all(len(bodies_of(controller, method)) == 2 for method, _title in frame.layers.methods)
    assert frame.title == "record a — made up"


def test_the_data_set_says_which_record_comes_first(make: Make):
    assert make(dataset(record("a"), record("b"), first=1)).frame.record == "b"


def test_a_hidden_person_leaves_no_marks(make: Make):
    controller = make()
    controller.store.set(replace(controller.state, hidden_people=frozenset({"1"})))
    assert {mark.person for mark in controller.frame.photo.marks} == {"2"}


def test_another_record_asks_the_networks_again_and_going_back_does_not(make: Make):
    controller = make()
    client = client_of(controller)
    controller.store.set(controller.state.with_record("b"))
    assert len(client.predicts) == 2
    controller.store.set(controller.state.with_record("a"))
    assert len(client.predicts) == 2
    assert bodies_of(controller, "student")


def test_answers_outlive_pictures_and_a_changed_file_is_asked_about_again(make: Make, tmp_path: Path):
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), picture(1))
    others = [record(key) for key in "bcdefghi"]
    controller = make(dataset(replace(record("a"), image=None, image_path=file), *others))
    client = client_of(controller)
    for other in others:
        controller.store.set(controller.state.with_record(other.key))
    asked = len(client.predicts)
    controller.store.set(controller.state.with_record("a"))
    assert bodies_of(controller, "student")
    assert len(client.predicts) == asked
    for other in others:
        controller.store.set(controller.state.with_record(other.key))
    cv2.imwrite(str(file), picture(2)[:-1])
    controller.store.set(controller.state.with_record("a"))
    assert len(client.predicts) == asked + 1


def test_a_picture_that_was_repaired_is_loaded_again_where_it_stands(make: Make, tmp_path: Path):
    file = tmp_path / "a.png"
    file.write_bytes(b"broken")
    controller = make(dataset(replace(record("a"), image=None, image_path=file)))
    assert controller.content.scene is None
    cv2.imwrite(str(file), picture(1))
    controller.refresh()
    assert controller.content.scene is not None
    shown = controller.content.scene.image
    cv2.imwrite(str(file), picture(2)[:-1])
    controller.refresh()
    assert controller.content.scene.image.shape != shown.shape


def test_weights_and_bodies_that_were_written_anew_are_asked_about_again(make: Make, tmp_path: Path):
    weights, body = tmp_path / "student.safetensors", tmp_path / "SMPL_MALE.pkl"
    weights.write_bytes(b"one")
    body.write_bytes(b"one")
    clock = HandClock()
    controller = make(timer=clock)
    controller.change_settings(weights={"student": str(weights)})
    controller.bodies = Bodies((str(body),))

    def asked() -> int:
        controller.refresh()
        clock.pass_time()
        return len(client_of(controller).predicts)

    before = asked()
    assert asked() == before
    for count, file in enumerate((weights, body), 1):
        file.write_bytes(b"another")
        assert asked() == before + count


def test_edge_settings_ask_only_the_networks_that_see_edges_and_only_after_a_pause(make: Make):
    clock = HandClock()
    controller = make(timer=clock)
    client = client_of(controller)
    for kernel in (7, 9, 11):
        change_edges(controller, kernel=kernel)
    assert len(client.predicts) == 1
    clock.pass_time()
    assert [request.roles for request in client.predicts[1:]] == [("student", "teacher")]
    assert client.predicts[-1].edges.kernel == 11


def test_old_bodies_stay_while_new_ones_are_computed(make: Make):
    controller = make()
    change_edges(controller, kernel=9)
    assert bodies_of(controller, "student")
    assert "student" in controller.content.inference.pending


def test_an_answer_nobody_waits_for_is_dropped(make: Make):
    clock = HandClock()
    controller = make(at_once=False, timer=clock)
    client = client_of(controller)
    first = client.predicts[0]
    controller.store.set(controller.state.with_record("b"))
    client.answer(first)
    assert not bodies_of(controller, "student")
    client.answer()
    assert bodies_of(controller, "student")


def test_canny_follows_every_move_and_the_canny_part_is_done_once(
    make: Make, monkeypatch: pytest.MonkeyPatch
):
    from sefd_viewer.edges import image_edges as canny_module

    calls = []
    original = canny_module.canny
    monkeypatch.setattr(canny_module, "canny", lambda *a: calls.append(1) or original(*a))
    controller = make()
    show(controller, canny=True)
    sizes = []
    for kernel in (1, 3, 9, 15):
        change_edges(controller, kernel=kernel)
        sizes.append(int((controller.frame.photo.overlays["canny"].data > 0).sum()))
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert len(calls) == 1


def test_while_the_slider_moves_only_the_newest_edges_are_computed(
    make: Make, monkeypatch: pytest.MonkeyPatch
):
    made: list[int] = []
    mask = CannyLayer.mask

    def noted(layer: CannyLayer, token: int, image: object, edges: EdgeSettings, *rest: object) -> object:
        made.append(edges.kernel)
        return mask(layer, token, image, edges, *rest)

    monkeypatch.setattr(CannyLayer, "mask", noted)
    executor = WhenTold()
    controller = make(executor=executor)
    executor.run_all()
    executor.run_all()
    show(controller, canny=True)
    for kernel in (3, 7, 9, 11, 13):
        change_edges(controller, kernel=kernel)
    executor.run_all()
    assert made == [5, 13]
    executor.run_all()
    outcome = controller.content.newest(CannyEdges)
    assert outcome is not None
    assert outcome.key.edges.kernel == 13


def test_hed_is_asked_once_and_remembered(make: Make):
    controller = make()
    client = client_of(controller)
    show(controller, hed=True)
    assert "hed" in controller.frame.photo.overlays
    show(controller, hed=False)
    controller.store.set(controller.state.with_record("b"))
    controller.store.set(controller.state.with_record("a"))
    show(controller, hed=True)
    assert len(client.requests) - len(client.predicts) == 1
    assert controller.frame.photo.overlays["hed"].data.shape == (72, 96)


def test_edges_of_several_networks_come_one_after_the_other(make: Make):
    controller = make(at_once=False)
    client = client_of(controller)
    client.answer()
    show(controller, hed=True, see=True, sesd=True)

    def asked() -> list[EdgesRequest]:
        return [request for request in client.requests if isinstance(request, EdgesRequest)]

    assert [request.network for request in asked()] == ["hed"]
    client.listen(Failed(asked()[0].number, None, "memory ran out"))
    client.answer(asked()[1])
    client.answer(asked()[2])
    assert [(one.network, len(one.people)) for one in asked()] == [("hed", 0), ("see", 2), ("sesd", 2)]
    assert set(controller.frame.photo.overlays) == {"see", "sesd"}
    row = next(row for row in controller.frame.layers.rows if row.key == "hed")
    assert "memory ran out" in row.note


def test_guessed_edges_follow_the_2d_poses_but_hed_s_do_not(make: Make):
    controller = make()
    show(controller, hed=True, see=True)
    client = client_of(controller)
    before = len(client.requests)
    scene = controller.content.scene
    assert scene is not None
    edited = replace(scene, edits=object(), people=scene.people[:1])
    controller.predictions.want_edges(edited, ("hed", "see"))
    assert [(one.network, len(one.people)) for one in client.requests[before:]] == [("see", 1)]
    controller.predictions.want_edges(scene, ("hed", "see"))  # as before: remembered
    assert len(client.requests) == before + 1


def test_another_device_asks_again_what_the_old_one_will_never_answer(make: Make):
    controller = make(at_once=False)
    client = client_of(controller)
    client.answer()
    show(controller, hed=True)
    assert controller.busy  # HED has not answered
    asked = len(client.requests)
    controller.change_settings(device="cpu")
    for request in client.requests[asked:]:
        client.answer(request)
    assert "hed" in controller.frame.photo.overlays
    assert not controller.busy


def test_the_next_photo_is_whole_after_four_looks(make: Make):
    pool = WhenTold()
    controller = make(dataset(record("a", truth=True), record("b", truth=True)), executor=pool, at_once=False)
    pool.run_all()
    looks = []
    controller.listen(lambda _old, new: looks.append(new.photo.image is not None))
    controller.store.set(replace(controller.state, record="b"))
    pool.run_all()
    assert looks == [False, True, True, True]  # chosen, the photo, its bodies' places, all that is drawn


def test_one_network_fails_and_the_others_go_on(make: Make):
    controller = make()
    client = client_of(controller)
    client.failing["student"] = Failed(0, "student", "these weights are torn", "student.pth", "Get others")
    controller.run_again()
    words = words_of(controller, "student")
    assert words is not None
    assert "torn" in words.hint
    assert "Get others" in words.hint
    assert bodies_of(controller, "baseline")
    assert not bodies_of(controller, "student")
    client.failing.clear()
    controller.run_again()
    assert bodies_of(controller, "student")


def test_bodies_stay_in_view_while_the_networks_are_asked_again(make: Make):
    controller = make()
    client = client_of(controller)
    before, client.at_once = bodies_of(controller, "student"), False
    controller.run_again()
    assert controller.busy
    assert bodies_of(controller, "student") == before
    client.answer()
    assert not controller.busy
    assert bodies_of(controller, "student") != before


def test_a_failed_request_says_so_in_every_view(make: Make):
    controller = make(at_once=False)
    client = client_of(controller)
    client.listen(Failed(client.requests[-1].number, None, "the networks ended", None, "Press R"))
    for method, _title in controller.frame.layers.methods:
        words = words_of(controller, method)
        assert words is not None
        assert "the networks ended" in words.hint
    assert not controller.busy


def test_stopping_says_how_to_go_on(make: Make):
    controller = make(at_once=False)
    controller.stop()
    words = words_of(controller, "teacher")
    assert words is not None
    assert words.title == "Stopped"
    assert client_of(controller).cancelled == 1
    assert not controller.busy
    controller.run_again()
    client_of(controller).answer()
    assert bodies_of(controller, "teacher")


def test_stopping_ends_the_search_for_hed_s_edges_until_it_is_asked_for(make: Make):
    controller = make(at_once=False)
    client = client_of(controller)
    client.answer()
    show(controller, hed=True)
    asked = len(client.requests)
    controller.stop()
    assert not controller.busy
    assert len(client.requests) == asked
    controller.run_again()
    for request in client.requests[asked:]:
        client.answer(request)
    assert "hed" in controller.frame.photo.overlays


def test_what_was_stopped_makes_nothing_else_begin(make: Make):
    controller = make()
    client = client_of(controller)
    client.at_once = False
    change_edges(controller, kernel=9)
    controller.store.set(STAGE.change(controller.state, view="edges"))  # tries edges later
    asked = len(client.requests)
    controller.stop()
    assert len(client.requests) == asked
    assert not controller.busy
    client.at_once = True
    controller.run_again()
    assert any(isinstance(request, TrialRequest) for request in client.requests[asked:])
    assert not controller.busy


def test_a_broken_picture_is_a_page_and_the_next_record_works(make: Make):
    controller = make(dataset(broken_record("a"), record("b")))
    words = controller.frame.photo.words
    assert words is not None
    assert "a.jpg: this is not a picture. Take another" in words.hint
    controller.store.set(controller.state.with_record("b"))
    assert controller.frame.photo.image is not None


def test_nobody_there_is_said_where_the_bodies_would_be(make: Make):
    controller = make(dataset(record("a", people=0)))
    assert client_of(controller).predicts == []
    for method, _title in controller.frame.layers.methods:
        words = words_of(controller, method)
        assert words is not None
        assert words.title == "Nobody here"
    assert "No person was found" in controller.frame.people_note


def test_people_are_detected_where_nobody_annotated_them(make: Make):
    controller = make(dataset(record("a", people=0)), detect=lambda _image: [pose(10), pose(50)])
    assert [person.key for person in controller.frame.people] == ["1", "2"]


def test_another_body_file_reads_the_same_data_again_and_stays_where_one_is(
    make: Make, monkeypatch: pytest.MonkeyPatch
):
    controller, asked = make(), []

    def open_inputs(inputs: tuple[str, ...], *, bodies: tuple[str, ...], **_how: object) -> object:
        asked.append((inputs, bodies))
        return dataset()

    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open(["set"])
    controller.store.set(controller.state.with_record("b"))
    controller.use_bodies([str(resource_path("open_body.npz"))])
    assert asked == [(("set",), ()), (("set",), (str(resource_path("open_body.npz")),))]
    assert controller.state.record == "b"
    controller.open(["other"])
    assert controller.state.record == "a"


def test_what_is_wrong_with_parts_of_a_set_is_counted_and_said(make: Make):
    controller = make(replace(dataset(), problems=("a is torn.", "b is empty.")))
    assert controller.frame.status.notice == "2 problems in made up, the first: a is torn."


def test_what_is_wrong_with_single_poses_of_a_file_is_said(make: Make, tmp_path: Path):
    controller, file = make(), tmp_path / "poses.json"
    keypoints = [value for joint in range(17) for value in (5.0 + joint, 6.0 + 2 * joint, 1.0)]
    good = {"image_id": "a", "category_id": 1, "keypoints": keypoints, "score": 0.9}
    file.write_text(json.dumps([good, {**good, "keypoints": [1.0, 2.0]}]))
    controller.use_poses(str(file))
    assert controller.state.poses == str(file)
    assert "left out" in controller.frame.status.notice


def test_what_cannot_be_opened_is_said(make: Make, monkeypatch: pytest.MonkeyPatch):
    from sefd_viewer.errors import DatasetError

    def fail(_inputs: object, **_options: object) -> None:
        raise DatasetError("there is no such folder", where="/none", remedy="Look for it")

    monkeypatch.setattr(open_files, "open_inputs", fail)
    controller = make()
    monkeypatch.setattr(open_files, "open_inputs", fail)
    controller.open(["/none"])
    assert "/none: there is no such folder. Look for it" in controller.frame.status.problem
    assert not controller.busy


def test_ground_truth_gets_a_view_and_errors_in_millimetres(make: Make):
    controller = make(dataset(record("a", truth=True)))
    assert controller.frame.layers.methods[-1] == ("truth", "Truth")
    assert len(bodies_of(controller, "truth")) == 2
    metrics = controller.frame.people[0].metrics["student"]
    assert metrics.pa_mpjpe_mm == pytest.approx(0.0, abs=0.1)
    assert metrics.mpjpe_mm == pytest.approx(0.0, abs=0.5)


def test_errors_against_another_body_are_of_joints_and_say_so(make: Make, tmp_path: Path):
    woman = write_body(tmp_path / "SMPL_FEMALE.pkl", smpl_arrays(1))
    item = record("a", truth=True)
    people = tuple(replace(p, smpl=replace(p.smpl, body_id="smpl-female")) for p in item.people)
    settings = Settings(bodies=(str(woman),))
    controller = make(dataset(replace(item, people=people)), settings=settings)
    frame = controller.frame
    assert len(bodies_of(controller, "truth")) == 2
    metrics = frame.people[0].metrics["student"]
    assert metrics.mpjpe_mm > 1
    assert np.isnan(metrics.mpvpe_mm)
    assert frame.people_note.startswith(
        "Prediction and truth are different bodies, compared by joints: the open"
    )


def test_bodies_of_all_methods_stand_before_the_records_camera(make: Make):
    stages = make(dataset(record("a", truth=True))).content.stages
    assert len(stages) == 4
    assert all(np.allclose(stage.camera.focal, 90) for stage in stages.values())


def test_the_ground_of_the_world_is_the_ground_of_the_3d_views(make: Make):
    lying = PinholeCamera(CAMERA.focal, CAMERA.principal_point, R=[[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    item = replace(record("a", truth=True), camera=lying, world_up=(0.0, 0.0, 1.0))
    assert {stage.up for stage in make(dataset(item)).content.stages.values()} == {(1.0, 0.0, 0.0)}
    assert {stage.up for stage in make(dataset(record("b"))).content.stages.values()} == {None}


def test_a_body_that_is_not_here_is_said_in_its_view(make: Make):
    item = record("a", truth=True)
    people = tuple(replace(p, smpl=replace(p.smpl, body_id="smpl-neutral-12345678")) for p in item.people)
    words = words_of(make(dataset(replace(item, people=people))), "truth")
    assert words is not None
    assert "smpl-neutral-12345678" in words.hint
    assert "Preferences > Licensed bodies" in words.hint


def test_undo_takes_back_what_was_changed_and_leaves_where_one_looks(make: Make):
    controller = make()
    kernel = replace(controller.state.edges, kernel=9)
    controller.store.set(replace(controller.state, edges=kernel))
    controller.store.set(controller.state.with_record("b"), remember=False)
    controller.store.undo()
    assert controller.frame.record == "b"
    assert controller.state.edges.kernel == 5
    controller.store.redo()
    assert (controller.frame.record, controller.state.edges.kernel) == ("b", 9)


def test_poses_from_a_file_replace_the_people(make: Make, tmp_path: Path):
    item = replace(record("a"), key="a.jpg")
    controller = make(dataset(item))
    file = tmp_path / "poses.json"
    file.write_text(json.dumps({"a.jpg": [pose(30).keypoints.tolist()]}))
    controller.use_poses(str(file))
    assert len(controller.frame.people) == 1
    assert "poses.json" in controller.frame.people[0].source
    controller.use_poses(None)
    assert len(controller.frame.people) == 2


def test_a_broken_pose_file_is_said_and_changes_nothing(make: Make, tmp_path: Path):
    controller = make()
    file = tmp_path / "poses.json"
    file.write_text("{")
    controller.use_poses(str(file))
    assert "poses.json" in controller.frame.status.notice
    assert len(controller.frame.people) == 2


def test_other_weights_ask_again(make: Make):
    controller = make()
    controller.change_settings(weights={"student": "/w.safetensors"})
    clock = controller.predictions._timer
    assert isinstance(clock, HandClock)
    clock.pass_time()
    assert client_of(controller).predicts[-1].weights == {"student": "/w.safetensors"}


def test_another_method_on_the_photo(make: Make):
    controller = make()
    show(controller, mesh_edge=True)
    controller.store.set(replace(controller.state, mesh_edge_kind="all"))
    before = controller.frame.photo.overlays["mesh_edge"].data
    controller.store.set(replace(controller.state, overlay="teacher"))
    after = controller.frame.photo.overlays["mesh_edge"].data
    assert before.any()
    assert after is not before


@pytest.mark.parametrize("kind", ["overlap", "all", "occluded"])
def test_mesh_edges_of_each_kind(make: Make, kind: str):
    controller = make()
    show(controller, mesh_edge=True)
    controller.store.set(replace(controller.state, mesh_edge_kind=kind))
    assert controller.frame.photo.overlays["mesh_edge"].data.shape == (72, 96)


def test_a_picture_that_arrives_late_is_not_shown_as_another_record(make: Make):
    """Record b is asked for while a is still being read: what comes of a is dropped."""
    pool = WhenTold()
    controller = make(executor=pool)
    pool.run_next()  # opens the set
    shown: list[tuple[str | None, bool]] = []
    controller.listen(lambda _old, new: shown.append((new.record, new.photo.image is not None)))
    controller.store.set(controller.state.with_record("b"))
    pool.run_next()  # a, late
    assert controller.content.scene is None
    assert ("b", True) not in shown
    pool.run_all()
    assert controller.content.scene.record.key == "b"


def test_nothing_is_reported_after_closing(make: Make):
    controller = make(at_once=False)
    seen: list[Frame] = []
    controller.listen(lambda _old, new: seen.append(new))
    client = client_of(controller)
    controller.close()
    client.answer()
    assert client.closed
    assert seen == []


def test_a_change_that_shows_nothing_new_tells_nobody(make: Make):
    controller = make()
    seen: list[Frame] = []
    controller.listen(lambda _old, new: seen.append(new))
    controller.refresh()
    assert seen == []


def test_opened_files_are_remembered(make: Make):
    controller = make()
    controller.open(["/pictures/one.jpg"])
    assert controller.settings.recent == ("/pictures/one.jpg", "sample:")


def test_while_a_slider_moves_edges_are_drawn_as_they_are_seen(make: Make):
    rest = HandClock()
    controller = make(rest=rest)
    controller.visible_part = lambda: VisiblePart((30.0, 20.0, 70.0, 60.0), 0.5)
    show(controller, canny=True)
    whole = controller.frame.photo.overlays["canny"]
    assert whole.extent is None
    change_edges(controller, kernel=9)
    draft = controller.frame.photo.overlays["canny"]
    left, top, right, bottom = draft.extent
    assert left <= 30 and top <= 20 and right >= 70 and bottom >= 60  # noqa: PT018
    assert draft.data.shape[1] == pytest.approx((right - left) * 0.5, abs=1)
    assert draft.data.any()
    rest.pass_time()
    sharp = controller.frame.photo.overlays["canny"]
    assert sharp.extent is None
    assert sharp.data.shape == whole.data.shape
    assert not np.array_equal(sharp.data, whole.data)


def test_a_draft_shows_edges_where_the_whole_map_has_them(make: Make):
    rest = HandClock()
    controller = make(rest=rest)
    image = controller.frame.photo.image
    controller.visible_part = lambda: VisiblePart(
        (-0.5, -0.5, image.shape[1] - 0.5, image.shape[0] - 0.5), 1.0
    )
    show(controller, canny=True)
    change_edges(controller, kernel=3)
    draft = controller.frame.photo.overlays["canny"].data
    rest.pass_time()
    assert np.array_equal(draft, controller.frame.photo.overlays["canny"].data)


def test_edges_of_new_bodies_come_first_as_they_are_seen(make: Make):
    pool = WhenTold()
    controller = make(dataset(record("a", truth=True)), executor=pool)
    controller.visible_part = lambda: VisiblePart((0.0, 0.0, 90.0, 70.0), 0.5)
    controller.store.set(replace(controller.state, overlay="truth"))
    show(controller, mesh_edge=True)
    seen = []
    controller.listen(lambda _old, new: seen.append(new.photo.overlays.get("mesh_edge")))
    pool.run_all()
    shapes = [overlay.data.shape for overlay in seen if overlay is not None]
    assert shapes[0] == (36, 48)
    assert shapes[-1] == (72, 96)


def test_panes_stay_where_they_are_while_the_next_photo_is_loaded(make: Make):
    pool = WhenTold()
    controller = make(dataset(record("a", truth=True), record("b", truth=True)), executor=pool)
    pool.run_all()
    seen = []
    controller.listen(lambda _old, new: seen.append((new.photo.image is None, STAGE_FRAME.of(new).panes)))
    controller.store.set(controller.state.with_record("b"))
    pool.run_all()
    assert seen[0][0]  # nothing of the next photo is there yet
    assert not seen[-1][0]
    methods = ["photo", "baseline", "student", "teacher", "truth"]
    assert [[pane.id for pane in panes] for _, panes in seen] == [methods] * len(seen)
