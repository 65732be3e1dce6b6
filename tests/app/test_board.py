"""The camera board without a screen: views of a moment, who is who, residuals, words for what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.pose_edits import with_pose
from sefd_viewer.body.files import open_body
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.cameras.extrinsic_modes import into_camera
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import ImageError
from sefd_viewer.features.cameras.frame import FRAME, CamerasFrame
from sefd_viewer.features.cameras.model import (
    CAMERAS,
    choose_joint,
    choose_person,
    with_board,
)
from sefd_viewer.features.cameras.work import MomentOf
from tests.app.board_fakes import (
    RIG,
    capture,
    embodied,
    joints_of,
    look_from,
    seen,
    standing,
    view_record,
    with_record,
    without_record,
)
from tests.app.session_fakes import FakeShell

Make = Callable[..., Controller]


@pytest.fixture
def show(make: Make) -> Callable[[Dataset], Controller]:
    """Open the workspace "Cameras" on a data set."""

    def build(dataset: Dataset) -> Controller:
        controller = make(dataset)
        run(controller, "workspace_cameras")
        return controller

    return build


def run(controller: Controller, id: str) -> None:
    command = COMMANDS[id]
    assert command.enabled(controller)
    command.run(CommandContext(controller, FakeShell()))


def board(controller: Controller) -> CamerasFrame:
    return FRAME.of(controller.frame)


def choose(controller: Controller, **changes: object) -> None:
    controller.store.set(with_board(controller.state, **changes))


# ---- views


def test_all_views_of_a_moment_agree_about_somebody_seen_exactly(show):
    frame = board(show(capture()))
    assert [view.name for view in frame.views] == list(RIG)
    assert all(view.photo.image is not None and view.photo.marks for view in frame.views)
    table = frame.residuals.table
    assert table is not None
    assert table.errors_px.shape == (17, 4)
    assert np.nanmax(table.errors_px) < 0.01
    assert not any(view.outlier for view in frame.views)
    assert len(frame.world.frustums) == 4
    assert frame.world.skeletons


def test_nothing_is_computed_while_another_workspace_is_shown(make):
    controller = make(capture())
    assert FRAME.id not in controller.frame.slices
    assert controller.computed.newest(MomentOf) is None


def test_a_camera_that_is_wrong_stands_out(show):
    wrong = replace(RIG["cam3"], principal_point=RIG["cam3"].principal_point + 25.0)
    dataset = capture()
    records = [replace(one, camera=wrong) if one.view == "cam3" else one for one in dataset.records]
    frame = board(show(replace(dataset, records=records)))
    assert [view.name for view in frame.views if view.outlier] == ["cam3"]


def test_two_people_are_matched_although_views_list_them_in_another_order(show):
    frame = board(show(capture(people=2)))
    assert [person.key for person in frame.people] == ["1", "2"]
    assert frame.scene is not None
    for person in frame.scene.people:
        assert len(person.seen.members) == 4
        assert person.triangulated is not None
        assert person.triangulated.px.median_px < 0.01
    assert len({person.seen.members["cam2"] for person in frame.scene.people}) == 2


def test_names_in_the_records_tell_who_is_who_and_stay_over_moments(show):
    dataset = capture(people=2)
    records = [
        replace(
            one, people=tuple(replace(p, key=name) for p, name in zip(one.people, _names(one), strict=True))
        )
        for one in dataset.records
    ]
    controller = show(replace(dataset, records=records))
    assert [person.key for person in board(controller).people] == ["anna", "ben"]
    controller.store.set(choose_person(controller.state, "ben"))
    run(controller, "next_record")
    assert board(controller).person == "ben"


def _names(record: Record) -> tuple[str, str]:
    number = int(str(record.view)[-1]) - 1
    return ("anna", "ben") if number % 2 == 0 else ("ben", "anna")


# ---- what is missing is said where it misses


def test_a_picture_that_cannot_be_read_leaves_words_in_its_panel_alone(show):
    def read() -> np.ndarray:
        raise ImageError("this is not a picture", where="cam2.jpg", remedy="Take another")

    dataset = capture()
    broken = replace(dataset.records[1], image=None, read=read)
    frame = board(show(with_record(dataset, broken)))
    second = frame.views[1]
    assert second.photo.words is not None
    assert "this is not a picture" in second.photo.words.hint
    assert all(view.photo.image is not None for view in frame.views if view.name != "cam2")
    assert frame.residuals.table is not None
    assert "cam2" in frame.residuals.table.views  # its annotations are there


def test_a_view_without_a_camera_says_so_and_the_others_go_on(show):
    dataset = capture()
    frame = board(show(with_record(dataset, replace(dataset.records[2], camera=None))))
    assert frame.views[2].about == "no camera"
    assert frame.residuals.table is not None
    assert frame.residuals.table.views == ("cam1", "cam2", "cam4")
    assert len(frame.world.frustums) == 3


def test_a_moment_with_one_view_alone_says_that_there_is_nothing_to_compare(show):
    dataset = capture(moments=1, cameras={"cam1": RIG["cam1"]})
    frame = board(show(dataset))
    assert len(frame.views) == 1
    assert frame.residuals.words is not None
    assert frame.residuals.words.title == "Only one view"


def test_somebody_seen_by_one_camera_is_listed_with_words(show):
    dataset = capture()
    first = dataset.records[0]
    stranger = seen(RIG["cam1"], joints_of((-1.2, 1.0), seed=9))
    more = view_record("cam1", RIG["cam1"], [first.people[0], replace(stranger, score=0.8)])
    controller = show(
        with_record(dataset, replace(more, people=(more.people[0], replace(more.people[1], key="2"))))
    )
    alone = [person for person in board(controller).people if person.about == "cam1 alone"]
    assert len(alone) == 1
    controller.store.set(choose_person(controller.state, alone[0].key))
    words = board(controller).residuals.words
    assert words is not None
    assert words.title == "Seen by one camera"


def test_cameras_side_by_side_make_no_points(show):
    pair = {"cam1": look_from(0.0), "cam2": look_from(0.2)}
    frame = board(show(capture(cameras=pair)))
    assert frame.residuals.table is not None
    assert np.isnan(frame.residuals.table.errors_px).all()


def test_pictures_of_one_camera_without_moments_need_no_board(make):
    controller = make()
    run(controller, "workspace_cameras")
    frame = board(controller)
    assert len(frame.views) == 1
    assert frame.timeline.words is not None
    assert frame.timeline.words.title == "No timeline"


# ---- bodies


def bodies(moments: int = 1) -> Dataset:
    records = [
        view_record(view, camera, [embodied(camera)], f"{moment:06d}")
        for moment in range(moments)
        for view, camera in RIG.items()
    ]
    return Dataset("bodies", None, "test", records)


def test_bodies_are_drawn_on_every_photo_and_stand_in_the_world_once(show):
    controller = show(bodies())
    frame = board(controller)
    assert all("mesh" in view.photo.overlays for view in frame.views)
    assert len(frame.world.bodies) == 1
    assert frame.residuals.apart_mm is not None
    assert np.nanmax(frame.residuals.apart_mm) < 0.5
    choose(controller, show_mesh=False, show_edges=True)
    assert all(set(view.photo.overlays) == {"mesh_edge"} for view in board(controller).views)


def test_people_with_cameras_of_their_own_are_drawn_where_the_record_has_none(show):
    camera = RIG["cam1"]
    person = replace(embodied(camera), camera=camera)
    record = view_record("cam1", None, [person])
    frame = board(show(Dataset("own cameras", None, "test", [record])))
    overlay = frame.views[0].photo.overlays["mesh"]
    drawn = overlay.data[..., 3] > 0
    x, y, width, height = person.bbox_xywh
    assert overlay.extent is not None
    rows, columns = np.nonzero(drawn) + np.ceil([[overlay.extent[1]], [overlay.extent[0]]])
    assert abs(rows.min() - y) < 12
    assert abs((columns.min() + columns.max()) / 2 - (x + width / 2)) < 6
    assert rows.max() <= y + height + 6


def test_the_extrinsic_mode_moves_the_bodies_and_the_residuals_tell(show):
    controller = show(bodies())
    choose(controller, against="body")
    exact = board(controller).residuals.table
    choose(controller, mode="paper")
    paper = board(controller).residuals.table
    assert exact is not None
    assert paper is not None
    assert exact.median_px < 0.01
    assert paper.median_px > 10 * exact.median_px


def test_other_conventions_read_the_cameras_and_are_named(show):
    controller = show(capture())
    mirrored = Conventions().with_option("camera.extrinsics", "camera to world")
    choose(controller, conventions=mirrored)
    frame = board(controller)
    table = frame.residuals.table
    assert table is None or table.median_px > 5.0 or np.isnan(table.median_px)
    assert any(note.startswith("Read otherwise") for note in frame.notes)


def test_residuals_in_millimetres_are_distances_from_viewing_rays(show):
    dataset = capture()
    pose = dataset.records[0].people[0].pose2d
    assert pose is not None
    moved = replace(pose, keypoints=pose.keypoints + np.array([6.0, 0, 0], np.float32))
    records = with_record(dataset, view_record("cam1", RIG["cam1"], [moved]))
    controller = show(records)
    pixels = board(controller).residuals.table
    choose(controller, unit="mm")
    millimetres = board(controller).residuals.table
    assert pixels is not None
    assert millimetres is not None
    depth_mm, focal = 4000.0, 150.0
    expected = pixels.by_view["cam1"] * depth_mm / focal
    assert millimetres.by_view["cam1"] == pytest.approx(expected, rel=0.25)


# ---- choosing


def test_number_keys_choose_the_people_of_the_moment(show):
    controller = show(capture(people=2))
    run(controller, "person_2")
    assert CAMERAS.of(controller.state).person == "2"
    assert board(controller).person == "2"
    assert controller.state.person is None
    run(controller, "everybody")
    assert CAMERAS.of(controller.state).person is None
    assert not COMMANDS["person_3"].enabled(controller)


def test_a_chosen_joint_is_marked_in_every_view_with_its_error(show):
    controller = show(capture())
    controller.store.set(choose_joint(controller.state, "L_Knee"))
    for view in board(controller).views:
        assert [mark.label for mark in view.photo.marks if mark.label.endswith("px")] == ["0.0 px"]
    controller.store.set(choose_joint(controller.state, "L_Knee"))
    assert CAMERAS.of(controller.state).joint is None


# ---- what is said


def test_cameras_that_agree_are_said_to_and_one_that_does_not_is_named(show):
    assert board(show(capture())).account.text.startswith(
        "The four cameras agree on the person within 0.0 px."
    )
    wrong = replace(RIG["cam3"], principal_point=RIG["cam3"].principal_point + 25.0)
    dataset = capture()
    records = [replace(one, camera=wrong) if one.view == "cam3" else one for one in dataset.records]
    said = board(show(replace(dataset, records=records))).account
    assert "Camera 3" in said.text
    assert [part.tone for part in said.sentence] == ["plain", "worse", "plain"]


def test_the_paper_s_form_is_said_to_be_off_by_what_the_pictures_show(show):
    controller = show(bodies())
    assert board(controller).account.text.startswith("The person fits in all four cameras: 0.0 px from")
    choose(controller, mode="paper")
    frame = board(controller)
    known = {view.name: float(view.about.split()[0]) for view in frame.views}
    camera = RIG["cam1"]
    root = open_body().root_joint(standing().betas)
    body = open_body().forward(into_camera(standing(), camera, open_body(), mode="exact")).vertices
    moved = body - ((camera.R - np.eye(3)) @ root)
    off = np.linalg.norm(camera.project_camera(moved) - camera.project_camera(body), axis=1).mean()
    assert known["cam1"] == pytest.approx(off, abs=0.06)
    assert frame.account.sentence[1].tone == "worse"
    assert f"{max(known.values()):.1f} px" in frame.account.sentence[1].text


def test_a_single_camera_is_said_to_need_bodies(show):
    frame = board(show(capture(moments=1, cameras={"cam1": RIG["cam1"]})))
    assert frame.account.text.startswith("A single camera can only be checked against its bodies.")


# ---- moments


def test_the_key_of_the_worst_moment_goes_from_the_largest_error_to_the_next(show):
    dataset, moved = capture(moments=4), {"cam1/000002": 20.0, "cam1/000001": 8.0}
    records = []
    for one in dataset.records:
        pose = one.people[0].pose2d
        keypoints = pose.keypoints + np.array([moved.get(one.key, 0.0), 0, 0], np.float32)
        people = (replace(one.people[0], pose2d=replace(pose, keypoints=keypoints)),)
        records.append(replace(one, people=people))
    controller = show(replace(dataset, records=records))
    for expected in ("cam1/000002", "cam1/000001"):
        run(controller, "worst_moment")
        assert controller.state.record == expected


def test_right_goes_to_the_next_moment_of_the_same_view_and_keeps_the_board(show):
    controller = show(capture())
    choose(controller, joint="Nose")
    run(controller, "next_record")
    assert controller.state.record == "cam1/000001"
    assert CAMERAS.of(controller.state).joint == "Nose"
    run(controller, "previous_moment")
    assert controller.state.record == "cam1/000000"
    run(controller, "previous_moment")
    assert controller.state.record == "cam1/000000"
    assert controller.content.notice == "There is no earlier moment"


@pytest.mark.parametrize(("start", "key"), [(0, "next_record"), (2, "previous_record")])
def test_a_step_shows_the_whole_moment_at_once(show, start: int, key: str):
    dataset = bodies(4)
    controller = show(dataset)
    four = len(RIG)
    controller.store.set(controller.state.with_record(dataset.keys[four * start]))
    run(controller, key)  # which way a person goes is known now
    frames: list[CamerasFrame] = []
    controller.listen(lambda _old, new: frames.append(FRAME.of(new)))
    run(controller, key)
    shown = next(frame for frame in frames if frame.views[0].record == controller.state.record)
    assert not any(view.arriving for view in shown.views)
    assert all("mesh" in view.photo.overlays for view in shown.views)
    assert shown.residuals.table is not None


def test_the_timeline_has_every_moment_and_where_the_one_in_view_is(show):
    controller = show(capture(moments=5))
    run(controller, "next_record")
    timeline = board(controller).timeline
    assert timeline.keys == tuple(f"cam1/{moment:06d}" for moment in range(5))
    assert timeline.index == 1
    assert timeline.values is not None
    assert timeline.values.done.all()
    errors = timeline.values.of_person(timeline.person, timeline.views)
    assert errors.shape == (5, 4)
    assert np.nanmax(errors) < 0.01


def test_a_moment_that_lost_a_view_keeps_the_timeline_and_the_colours(show):
    controller = show(without_record(capture(), "cam2/000001"))
    before = {view.name: view.hue for view in board(controller).views}
    values = board(controller).timeline.values
    run(controller, "next_record")
    frame = board(controller)
    assert {view.name: view.hue for view in frame.views} == {k: v for k, v in before.items() if k != "cam2"}
    assert frame.timeline.values is values
    assert values is not None
    assert np.isnan(values.of_person("1", ("cam2",))[1, 0])


def test_the_timeline_rests_while_it_is_paused(make):
    controller = make(capture())
    choose(controller, measure_moments=False)
    run(controller, "workspace_cameras")
    assert board(controller).timeline.values is None
    run(controller, "measure_moments")
    assert board(controller).timeline.values is not None


def test_an_edited_pose_changes_the_residuals_and_its_moment_of_the_timeline(show):
    controller = show(replace(capture(), name="edited by hand"))  # edits are kept by the set's name
    values = board(controller).timeline.values
    scene = controller.content.scene
    assert scene is not None
    assert values is not None
    before = values.of_person("1", ("cam1",))[:, 0]
    pose = scene.people[0].pose2d
    moved = pose.keypoints.copy()
    moved[5, 0] += 25.0
    edited = replace(pose, keypoints=moved, source="hand edit")
    controller.store.set(with_pose(controller.state, scene, scene.people[0].key, edited))
    table, values = board(controller).residuals.table, board(controller).timeline.values
    assert table is not None
    assert values is not None
    assert table.errors_px[5, 0] > 10.0
    after = values.of_person("1", ("cam1",))[:, 0]
    assert after[0] > before[0] + 0.5
    assert after[1:] == pytest.approx(before[1:], abs=1e-6)


def test_cameras_that_disagree_about_somebody_are_named(show):
    wrong = replace(RIG["cam3"], principal_point=RIG["cam3"].principal_point + 25.0)
    dataset = capture()
    records = [replace(one, camera=wrong) if one.view == "cam3" else one for one in dataset.records]
    about = board(show(replace(dataset, records=records))).people[0].about
    assert "Camera 3" in about
    assert "disagree" in about
    assert "disagree" not in board(show(capture())).people[0].about


@pytest.mark.parametrize(("off", "said"), [(60.0, "disagree about"), (1e8, "are far off each other")])
def test_the_sentence_tells_of_two_cameras_and_no_number_beyond_all_pictures(show, off: float, said: str):
    wrong = replace(RIG["cam3"], principal_point=RIG["cam3"].principal_point + off)
    records = [replace(one, camera=wrong) if one.view == "cam3" else one for one in capture().records]
    text = board(show(replace(capture(), records=records))).account.text
    assert said in text
    assert ("px" in text) == (off < 1e4)


def test_the_table_goes_to_the_clipboard_for_a_spreadsheet(show):
    controller, shell = show(capture()), FakeShell()
    COMMANDS["copy_residuals"].run(CommandContext(controller, shell))
    kind, text = shell.calls[-1]
    lines = [line.split("\t") for line in text.splitlines()]
    assert kind == "copy"
    assert lines[0] == ["joint (px)", *RIG]
    assert len(lines) == 18
    assert lines[1][0] == "Nose"
    assert float(lines[1][1]) < 0.01
