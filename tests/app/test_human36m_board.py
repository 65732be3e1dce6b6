"""Human3.6M in the window: bodies first, no pictures needed, each subject and sequence for itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app import open_files
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.opening import open_inputs
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.features.cameras.diagnosis import DIAGNOSIS
from sefd_viewer.features.cameras.diagnosis_work import DiagnosisTask
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import CAMERAS, CamerasState, with_board, with_conventions
from sefd_viewer.features.cameras.service import service_of
from sefd_viewer.jobs.background import Task
from tests.cameras.moving_rig import MovingRig, Skeleton, every_frame, frames_of


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> MovingRig:
    """Subject 8 has bodies whose root joint was forgotten; there are no pictures."""
    made = MovingRig(tmp_path_factory.mktemp("human36m") / "set", Skeleton())

    def add(content: dict) -> None:  # type: ignore[type-arg]
        for one in every_frame(content):
            one["trans"] = (np.array(one["trans"]) + made.skeleton.root(one["shape"])).tolist()

    made.change(8, "smpl_param", add)
    return made


@pytest.fixture
def opened(rig: MovingRig, make: Callable[[], Controller], monkeypatch: pytest.MonkeyPatch) -> Controller:
    controller = make()
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open([str(rig.root)])
    return controller


def keys_of(controller: Controller, word: str) -> list[str]:
    assert controller.content.dataset is not None
    return [key for key in controller.content.dataset.keys if key.startswith(word)]


def test_bodies_in_the_set_are_used_and_residuals_are_against_them(
    opened: Controller, rig: MovingRig
) -> None:
    assert opened.bodies.paths == (str(rig.root / "smpl" / "SMPL_NEUTRAL.npz"),)
    assert CAMERAS.of(opened.state).against == "body"


def test_ways_into_the_camera_and_outlines_need_no_pictures(opened: Controller) -> None:
    state = opened.state
    modes = frozenset(("raw", "paper", "exact"))
    state = replace(state, workspace="cameras")
    opened.store.set(with_board(state, tab="extrinsics", outlined=modes))
    people = FRAME.of(opened.frame).extrinsics.people
    assert len(people) == 1
    exact = next(row for row in people[0].modes.rows if row.mode == "exact")
    assert exact.joints_mm < 40
    views = FRAME.of(opened.frame).views
    assert len(views) == 3
    assert all(view.about.startswith("no picture") for view in views)
    assert all(view.photo.image is not None and view.photo.marks for view in views)


def test_conventions_of_one_subject_leave_the_others_alone(opened: Controller) -> None:
    first, other = keys_of(opened, "s_01")[0], keys_of(opened, "s_08")[0]
    changed = Conventions().with_option("camera.extrinsics", "R transposed", "camera 2")
    opened.store.set(replace(opened.state.with_record(other), workspace="cameras"))
    opened.store.set(with_conventions(opened.state, changed))
    opened.store.set(opened.state.with_record(first))
    assert CAMERAS.of(opened.state).conventions is None
    opened.store.set(opened.state.with_record(other))
    assert CAMERAS.of(opened.state).conventions == changed
    # the same where one steps to another subject in another room
    opened.store.set(replace(opened.state, workspace="inspect"))
    opened.store.set(opened.state.with_record(first))
    opened.store.set(replace(opened.state, workspace="cameras"))
    assert CAMERAS.of(opened.state).conventions is None
    opened.store.set(opened.state.with_record(other))
    assert CAMERAS.of(opened.state).conventions == changed


def test_conventions_of_a_sequence_hold_there_alone() -> None:
    changed = Conventions().with_option("body.unit", 0.001)
    board = CamerasState().at("8", "8/2/1").reading("8/14/1", "exact", changed)
    assert board.conventions is None
    there = board.at("8", "8/14/1")
    assert (there.place, there.conventions) == ("8/14/1", changed)
    assert there.at("8", "8/2/2").conventions is None
    assert there.at("8", "8/2/2").at("8", "8/14/1").conventions == changed


def run(controller: Controller, scope: str, task: Task, record: str) -> tuple[tuple[str, str, str], ...]:
    dataset = controller.content.dataset
    assert dataset is not None
    tools, place = controller.photos, CAMERAS.of(controller.state).place
    work = DiagnosisTask(dataset, 1, record, scope, (), None, Conventions(), tools, place)  # type: ignore[arg-type]
    return tuple((one.title, line.text, line.confidence) for one in work.run(task) for line in one.lines)


def test_diagnose_names_the_sequences_and_keeps_subjects_apart(opened: Controller) -> None:
    task = Task(lambda _news: None)
    lines = run(opened, "set", task, keys_of(opened, "s_01")[0])
    whole = [line for line in lines if line[0] == "Sequence by sequence"]
    assert whole[0][1].startswith(
        "S8 (all 3 sequences), cameras 1-3, frames 0-29: the root joint is not compensated"
    )
    of_first = [text for title, text, _ in lines if title == "S1"]
    assert of_first == ["Nothing else explains the people better."]
    own = run(opened, "sequence", task, keys_of(opened, "s_01")[0])
    assert own[0][1] == "Nothing was found."


def invert(content: dict) -> None:  # type: ignore[type-arg]
    """The root orientation of one sequence is stored inverted."""
    for one in frames_of(content, 14, 1).values():
        one["pose"] = [-value for value in one["pose"][:3]] + list(one["pose"][3:])


def drop(content: dict) -> None:  # type: ignore[type-arg]
    """One sequence has no parameters."""
    content["14"].pop("1")


def mirror(content: dict) -> None:  # type: ignore[type-arg]
    """A camera's R is mirrored."""
    content["2"]["R"] = (np.diag([-1.0, 1, 1]) @ np.array(content["2"]["R"])).tolist()


@pytest.mark.parametrize(
    ("what", "edit", "words"),
    [
        ("smpl_param", invert, "S1 Walking 1, cameras 1-3, frames 0-29: the root orientation is transposed"),
        ("smpl_param", drop, "S1 Walking 1, cameras 1-3, frames 0-29: there are no SMPL parameters"),
        ("camera", mirror, "S1 (all 3 sequences), camera 2, frames 0-29: R mirrors"),
    ],
)
def test_a_fault_is_named_with_its_sequence_and_people_in_it_are_not_blamed(
    tmp_path: Path, make: Callable[[], Controller], monkeypatch: pytest.MonkeyPatch, what, edit, words
) -> None:
    made = MovingRig(tmp_path / "set", Skeleton())
    made.change(1, what, edit)
    controller = make()
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open([str(made.root)])
    controller.store.set(replace(controller.state, workspace="cameras"))
    service_of(controller).diagnose("set")
    whole, *subjects = DIAGNOSIS.of(controller.content).reports
    (fault,) = (line for line in whole.lines if line.kind == "fault")
    assert fault.text.startswith(words)
    people = [line.text for report in subjects for line in report.lines if line.kind == "person"]
    assert not any("act_14_subact_01" in text for text in people)


def test_a_camera_that_disagrees_with_its_boxes_is_not_said_to_fit(
    rig: MovingRig, make: Callable[[], Controller], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = MovingRig.__new__(MovingRig)
    copy.root, copy.skeleton = tmp_path / "set", rig.skeleton
    shutil.copytree(rig.root, copy.root)
    copy.change(1, "camera", lambda content: content["2"].update(R=np.array(content["2"]["R"]).T.tolist()))
    controller = make()
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open([str(copy.root)])
    controller.store.set(with_board(replace(controller.state, workspace="cameras")))
    said = FRAME.of(controller.frame).account
    assert said.text.startswith("Camera 2: the person is off the annotated box.")
    assert said.sentence[0].tone == "worse"
    marked = [view.name for view in FRAME.of(controller.frame).views if "off the box" in view.about]
    assert marked == ["camera 2"]


def test_a_finding_by_sequence_leaves_its_people_out_of_the_search_for_conventions(
    rig: MovingRig, make: Callable[[], Controller], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = MovingRig.__new__(MovingRig)
    copy.root, copy.skeleton = tmp_path / "set", rig.skeleton
    shutil.copytree(rig.root, copy.root)

    def beside(content: dict) -> None:  # type: ignore[type-arg]
        for one in frames_of(content, 14, 1).values():
            one["trans"] = [value + 0.5 for value in one["trans"]]

    copy.change(1, "smpl_param", beside)
    controller = make()
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open([str(copy.root)])
    controller.store.set(with_board(replace(controller.state, workspace="cameras"), tab="conventions"))
    service_of(controller).diagnose("set")
    whole, first, *_ = DIAGNOSIS.of(controller.content).reports
    assert whole.by_sequence
    assert "S1 Walking 1" in whole.text
    assert first.title == "S1"
    assert [line.kind for line in first.lines if line.kind == "fault"] == []


def test_stop_ends_the_check_of_a_whole_set(opened: Controller, tmp_path: Path) -> None:
    said: list[str] = []

    def stop_when_it_has_begun(_old: object, _new: object) -> None:
        words = opened.content.notice or ""
        if words.endswith("%") and not said:
            said.append(words)
            opened.stop()

    opened.listen(stop_when_it_has_begun)
    service_of(opened).write_report(str(tmp_path / "report.html"))
    assert said
    assert opened.content.notice == "Checking the set for the report was stopped"
    assert not opened.busy
    assert not (tmp_path / "report.html").exists()
