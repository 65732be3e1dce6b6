"""2D poses edited by hand: everything follows, each edit is a step of undo, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.absence import method_words
from sefd_viewer.app.commands import COMMANDS, CommandContext, command_line
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.pose_edits import POSE_EDITING, POSE_EDITS, edited_people, edits_path
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.features.inspect.pose_edits_frame import POSE_EDITING_FRAME
from sefd_viewer.features.inspect.pose_edits_service import poses_of
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.pose2d.editing_file import read_edited_poses
from tests.app.session_fakes import FakeShell, HandClock, WhenTold, client_of, dataset, pose, record

WRIST = 9


@pytest.fixture(autouse=True)
def users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Edits of data without a folder of its own lie here, each test's apart."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def folder(tmp_path: Path) -> Dataset:
    """Two records of two people that lie in a folder."""
    return replace(dataset(), root=tmp_path)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A folder called `set`."""
    folder = tmp_path / "set"
    folder.mkdir()
    return folder


def drag(controller: Controller, *points: tuple[float, float], person: str = "1", drop: bool = True) -> None:
    poses_of(controller).hold(person, WRIST)
    for point in points:
        poses_of(controller).drag(point)
    if drop:
        poses_of(controller).drop()


def wrist(controller: Controller, person: str = "1") -> list[float]:
    scene = controller.content.scene
    assert scene is not None
    found = scene.person(person)
    assert found is not None
    return [float(value) for value in found.pose2d.keypoints[WRIST, :2]]


def people(controller: Controller) -> list[str]:
    return [person.key for person in controller.frame.people]


def run(controller: Controller, id: str, shell: FakeShell | None = None) -> None:
    COMMANDS[id].run(CommandContext(controller, shell or FakeShell()))


def test_the_networks_see_the_dragged_joint_once_it_rests(make: Callable[..., Controller]) -> None:
    clock = HandClock()
    controller = make(timer=clock)
    asked = len(client_of(controller).predicts)
    shown = controller.content.stages
    drag(controller, (20, 20), (30, 30), (40, 40))
    assert len(client_of(controller).predicts) == asked
    stages = controller.content.stages
    assert len(stages) == 3
    assert all(stage.bodies for stage in stages.values()), "the old bodies stay until new ones are there"
    clock.pass_time()
    assert len(client_of(controller).predicts) == asked + 1
    request = client_of(controller).predicts[-1]
    assert request.people[0].pose2d.keypoints[WRIST].tolist() == [40, 40, 1]
    assert request.people[0].pose2d.source == "hand edit"
    assert request.people[1].pose2d.source == "annotation"
    for method, stage in controller.content.stages.items():
        assert stage.bodies[0].vertices_camera is not shown[method].bodies[0].vertices_camera
    assert controller.frame.people[0].source == "hand edit"


def test_a_drag_is_one_step_of_undo_and_undone_answers_are_remembered(
    make: Callable[..., Controller],
) -> None:
    clock = HandClock()
    controller = make(timer=clock)
    before = wrist(controller)
    drag(controller, (20, 20), (30, 30))
    drag(controller, (50, 50), (60, 60))
    clock.pass_time()
    asked = len(client_of(controller).predicts)
    controller.store.undo()
    assert wrist(controller) == [30, 30]
    controller.store.undo()
    assert wrist(controller) == before
    assert not controller.store.can_undo
    controller.store.redo()
    controller.store.redo()
    assert wrist(controller) == [60, 60]
    clock.pass_time()
    assert len(client_of(controller).predicts) == asked


def test_a_cancelled_drag_leaves_nothing(make: Callable[..., Controller]) -> None:
    controller = make()
    before = wrist(controller)
    drag(controller, (20, 20), drop=False)
    assert wrist(controller) == [20, 20]
    poses_of(controller).cancel()
    assert wrist(controller) == before
    assert not controller.store.can_undo
    assert not POSE_EDITING_FRAME.of(controller.frame).edited


def test_a_drag_does_not_reach_into_the_next_record(make: Callable[..., Controller]) -> None:
    controller = make()
    drag(controller, (20, 20), drop=False)
    controller.store.set(controller.state.with_record("b"))
    before = wrist(controller)
    poses_of(controller).drag((70, 70))
    assert wrist(controller) == before


def test_the_key_leads_from_another_workspace_to_the_photo(make: Callable[..., Controller]) -> None:
    controller = make()
    controller.store.set(replace(controller.state, workspace="cameras", record="b"))
    run(controller, "edit_poses")
    assert (controller.state.workspace, controller.state.record) == ("inspect", "b")
    assert POSE_EDITING.of(controller.state).on
    controller.store.set(replace(controller.state, workspace="people", person="1"))
    assert not COMMANDS["delete_pose"].enabled(controller)
    run(controller, "edit_poses")
    assert POSE_EDITING.of(controller.state).on
    run(controller, "edit_poses")
    assert not POSE_EDITING.of(controller.state).on


def test_the_whole_person_comes_along(make: Callable[..., Controller]) -> None:
    controller = make()
    before = controller.content.scene.people[0].pose2d
    x, y = wrist(controller)
    poses_of(controller).hold("1", WRIST)
    for step in (3, 7):
        poses_of(controller).drag((x + step, y + 2), whole=True)
    poses_of(controller).drop()
    after = controller.content.scene.people[0].pose2d
    assert after.keypoints[:, :2] == pytest.approx(before.keypoints[:, :2] + (7, 2), abs=1e-3)
    assert after.bbox_xywh == pytest.approx(before.bbox_xywh + (7, 2, 0, 0), abs=1e-3)
    controller.store.undo()
    assert not controller.store.can_undo


def test_left_and_right_are_exchanged_and_back(make: Callable[..., Controller]) -> None:
    controller = make()
    run(controller, "edit_poses")
    before = controller.content.scene.people[0].pose2d
    controller.store.set(replace(controller.state, person="1"))
    run(controller, "swap_sides")
    after = controller.content.scene.people[0].pose2d
    assert np.array_equal(after.keypoints[WRIST], before.keypoints[WRIST + 1])
    assert np.array_equal(after.keypoints[0], before.keypoints[0])
    run(controller, "swap_sides")
    assert np.array_equal(controller.content.scene.people[0].pose2d.keypoints, before.keypoints)


def test_a_person_is_deleted_and_comes_back(make: Callable[..., Controller]) -> None:
    controller = make(dataset(record("a", truth=True)))
    run(controller, "edit_poses")
    controller.store.set(replace(controller.state, person="1"))
    run(controller, "delete_pose")
    assert people(controller) == ["2"]
    assert controller.state.person is None
    assert len(controller.content.stages) == 4
    for stage in controller.content.stages.values():
        assert [body.person for body in stage.bodies] == ["2"], stage.method
    poses_of(controller).delete("2")
    assert people(controller) == []
    stages = controller.content.stages
    assert not any(stages[one].bodies for one, _ in controller.frame.layers.methods if one in stages)
    controller.store.undo()
    controller.store.undo()
    assert people(controller) == ["1", "2"]


def test_where_everybody_is_deleted_the_panels_say_how_they_come_back(
    make: Callable[..., Controller],
) -> None:
    controller = make(dataset(record("a", people=1)))
    poses_of(controller).delete("1")
    assert "Undo" in controller.frame.people_note
    words = method_words("student", controller.content)
    assert words is not None
    assert "Undo" in words.hint
    assert "poses edited" in controller.frame.photo.caption


def test_the_command_line_of_an_edited_record_takes_the_edits_along(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    controller = make(folder)
    assert "--poses" not in command_line(controller)
    drag(controller, (20, 20))
    assert str(tmp_path / "set.edited-poses.json") in command_line(controller)


def test_a_new_person_begins_as_the_detector_sees_him_or_upright(make: Callable[..., Controller]) -> None:
    controller = make(detect=lambda _part: [pose(1)])
    poses_of(controller).add((30, 10, 24, 50))
    assert people(controller) == ["1", "2", "3"]
    assert controller.state.person == "3"
    assert controller.frame.people[2].source == "hand edit, annotation"
    run(controller, "new_pose_upright")
    poses_of(controller).add((50, 10, 20, 50))
    assert controller.frame.people[3].source == "hand edit"
    assert not controller.frame.status.notice
    controller.store.undo()
    assert people(controller) == ["1", "2", "3"]


def test_nobody_in_the_box_gives_an_upright_person_and_words(make: Callable[..., Controller]) -> None:
    controller = make()
    poses_of(controller).add((50, 10, 20, 50))
    assert people(controller) == ["1", "2", "3"]
    assert "drag the joints" in controller.frame.status.notice


def test_a_joint_is_switched_off_under_the_pointer(make: Callable[..., Controller]) -> None:
    controller, shell = make(), FakeShell()
    run(controller, "edit_poses")
    x, y = wrist(controller)
    shell.under_pointer = (x + 0.2, y)
    run(controller, "toggle_joint", shell)
    run(controller, "toggle_joint", replace_pointer(shell, (500, 500)))
    assert "Point at a joint" in controller.frame.status.notice
    controller.store.set(replace(controller.state, person="1"))
    assert POSE_EDITING_FRAME.of(controller.frame).handles[0].kinds[WRIST] == "hidden"


def replace_pointer(shell: FakeShell, point: tuple[float, float]) -> FakeShell:
    shell.under_pointer = point
    return shell


def test_edits_are_kept_beside_the_data_and_found_again(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    controller = make(folder)
    drag(controller, (20, 20), (30, 30))
    path = tmp_path / "set.edited-poses.json"
    assert set(read_edited_poses(path).pictures) == {"a"}
    poses_of(controller).delete("2")
    run(controller, "save_poses")
    assert str(path) in controller.frame.status.notice
    controller.close()
    again = make(folder)
    assert people(again) == ["1"]
    assert wrist(again) == [30, 30]
    assert "edited by hand" in again.frame.status.notice
    assert not again.store.can_undo
    run(again, "forget_pose_edits")
    assert people(again) == ["1", "2"]
    assert read_edited_poses(path).pictures == {}


def test_videos_of_one_folder_have_a_file_each(tmp_path: Path) -> None:
    videos = [Dataset(name, tmp_path, "video", []) for name in ("a.mp4", "b.mp4")]
    assert [edits_path(video).name for video in videos] == [
        "a.mp4.edited-poses.json",
        "b.mp4.edited-poses.json",
    ]


def test_nothing_is_written_during_a_drag_and_all_of_it_at_the_end(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    executor = WhenTold()
    controller = make(folder, executor=executor)
    executor.run_all()
    drag(controller, (20, 20), drop=False)
    executor.run_all()
    assert not list(tmp_path.iterdir())
    poses_of(controller).drop()
    controller.close()  # before the thread pool came to it
    assert [path.name for path in tmp_path.iterdir()] == ["set.edited-poses.json"]


def test_a_file_that_is_none_of_ours_is_named_and_never_overwritten(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "set.edited-poses.json"
    path.write_text('{"mine": 1}')
    controller = make(folder)
    assert "does not hold" in controller.frame.status.notice
    drag(controller, (20, 20))
    assert "does not hold" in controller.frame.status.notice
    assert wrist(controller) == [20, 20]
    assert path.read_text() == '{"mine": 1}'


def test_what_others_added_to_the_file_stays(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    first, second = make(folder), make(folder)
    second.store.set(second.state.with_record("b"))
    drag(first, (20, 20))
    drag(second, (30, 30))
    assert set(read_edited_poses(tmp_path / "set.edited-poses.json").pictures) == {"a", "b"}


def test_what_two_windows_do_to_different_people_of_a_picture_is_kept(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    first, second = make(folder), make(folder)
    drag(first, (20, 20))
    drag(second, (30, 30), person="2")
    poses_of(first).delete("1")
    (kept,) = read_edited_poses(tmp_path / "set.edited-poses.json").pictures.values()
    assert (kept.edited, kept.deleted, list(kept.people)) == ({"2"}, {"1"}, ["2"])
    assert kept.people["2"].keypoints[WRIST, :2].tolist() == [30, 30]
    first.store.undo()
    first.store.undo()
    (kept,) = read_edited_poses(tmp_path / "set.edited-poses.json").pictures.values()
    assert (kept.edited, kept.deleted) == ({"2"}, set())


def test_whom_both_windows_edit_stays_as_in_the_file_with_words(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    first, second = make(folder), make(folder)
    drag(first, (20, 20))
    drag(second, (30, 30))
    assert "another program edited this meanwhile" in second.frame.status.notice
    assert "person 1 of a" in second.frame.status.notice
    (kept,) = read_edited_poses(tmp_path / "set.edited-poses.json").pictures.values()
    assert kept.people["1"].keypoints[WRIST, :2].tolist() == [20, 20]
    second.store.set(second.state.with_record("b"))
    drag(second, (30, 30))
    assert set(read_edited_poses(tmp_path / "set.edited-poses.json").pictures) == {"a", "b"}


def test_undoing_the_choice_of_a_pose_file_keeps_its_edits(
    make: Callable[..., Controller], folder: Dataset, tmp_path: Path
) -> None:
    poses = tmp_path / "found.json"
    rows = [row.tolist() for row in pose(30).keypoints]
    poses.write_text(str({"a": [rows]}).replace("'", '"'))
    controller = make(folder)
    drag(controller, (1, 1))
    controller.use_poses(str(poses))
    assert wrist(controller) != [1, 1]
    drag(controller, (2, 2))
    for _ in range(3):
        controller.store.undo()
    controller.store.redo()
    assert wrist(controller) == [1, 1]
    kept = read_edited_poses(tmp_path / "found.edited-poses.json").pictures
    assert set(kept) <= {"a"}
    assert set(read_edited_poses(tmp_path / "set.edited-poses.json").pictures) == {"a"}


def test_the_board_and_others_can_ask_for_edited_poses(make: Callable[..., Controller]) -> None:
    controller = make()
    base = controller.computed.value(controller.content.scene_key).people
    drag(controller, (20, 20))
    state = controller.state
    edits = POSE_EDITS.of(state)[None, "a"]
    found = edits.people["1"]
    assert isinstance(found, Pose2D)
    assert edits.edited == {"1"}
    again = edited_people(base, edits, annotated=True)
    assert again[0].pose2d is found
    assert again[1] is base[1]


def test_found_people_who_were_not_edited_are_those_of_the_edit(make: Callable[..., Controller]) -> None:
    """A newer detector may count differently: who stood beside an edited person stays."""
    found = [pose(10), pose(50)]
    controller = make(dataset(record("a", people=0)), detect=lambda _image: list(found))
    drag(controller, (20, 20))
    edits = POSE_EDITS.of(controller.state)[None, "a"]
    base = controller.computed.value(controller.content.scene_key).people
    turned = (replace(base[1], key="1"), replace(base[0], key="2"))
    again = edited_people(turned, edits, annotated=False)
    assert np.array_equal(again[1].pose2d.keypoints, found[1].keypoints)
    assert again[0].pose2d.source == "hand edit"
