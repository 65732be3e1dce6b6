"""The convention inspector without a screen: choices, errors before and after, calibrations, diagnoses."""

import math
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from PIL import Image

from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.sessions import ENDING, begin_view
from sefd_viewer.app.settings import Settings
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.views import view_of, with_view
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.cameras.sequences.picture_check import Detect
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras import model as choices
from sefd_viewer.features.cameras.diagnosis import (
    DiagnosisLine,
    DiagnosisReport,
    DiagnosisRunner,
    named,
    report_of,
)
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import CAMERAS, with_board
from sefd_viewer.features.cameras.service import service_of
from tests.app.session_fakes import FakeShell, WhenTold, dataset
from tests.app.world_records import camera, person, stored_body, world_dataset
from tests.cameras.human36m_rig import Rig
from tests.cameras.painted_pictures import PaintedPictures


def looking(controller):
    """The controller with the inspector in view."""
    state = controller.state
    controller.store.set(with_board(replace(state, workspace="cameras"), tab="conventions"))
    return controller


@pytest.fixture
def controller(make):
    return looking(make(world_dataset()))


def choose(controller, step: str, value: object, view: str | None = None) -> None:
    controller.store.set(choices.with_option(controller.state, step, value, view))


def test_cards_follow_the_chain_and_say_what_cannot_be_chosen(controller) -> None:
    frame = FRAME.of(controller.frame).inspector
    assert [card.stage for card in frame.cards] == ["body", "world", "camera", "lens", "picture", "time"]
    assert frame.views == ("left", "right")
    gender = next(step for step in frame.cards[0].steps if step.id == "body.gender")
    assert gender.unavailable is not None


def test_a_wrong_reading_raises_the_error_and_the_stated_one_stays_beside_it(controller) -> None:
    before, after, unit = FRAME.of(controller.frame).inspector.errors["Bodies in the pictures"]
    assert unit == "px"
    assert max(before, after) < 0.01
    choose(controller, "body.mode", "paper")
    before, after, _ = FRAME.of(controller.frame).inspector.errors["Bodies in the pictures"]
    assert before < 0.01
    assert after > 0.2
    choose(controller, "camera.shift", (0.0, 20.0), "left")
    _, after, _ = FRAME.of(controller.frame).inspector.errors["Between the views"]
    assert after > 1
    assert FRAME.of(controller.frame).inspector.differences[-1].startswith("left: ")


def test_one_camera_can_differ_and_choosing_for_all_ends_that(controller) -> None:
    choose(controller, "camera.distortion", "off", "left")
    conventions = CAMERAS.of(controller.state).conventions
    assert (conventions.of("left").distortion, conventions.of("right").distortion) == ("off", "on")
    choose(controller, "camera.distortion", "on")
    assert CAMERAS.of(controller.state).conventions is None


def test_nothing_but_defaults_is_no_convention_at_all() -> None:
    state = choices.with_option(ViewerState(), "camera.unit", 0.001, None)
    assert CAMERAS.of(state).conventions is not None
    assert CAMERAS.of(choices.with_option(state, "camera.unit", 1.0, None)) == CAMERAS.of(ViewerState())
    assert CAMERAS.of(choices.with_conventions(state, None)) == CAMERAS.of(ViewerState())


def test_a_view_put_off_in_time_shows_another_moment(make) -> None:
    dataset = world_dataset()
    later = [replace(one, key=one.key.replace("/0", "/1"), moment="1") for one in dataset.records]
    found = looking(make(replace(dataset, records=[*dataset.records, *later])))
    choose(found, "camera.later", 1.0, "right")
    assert [view.record for view in FRAME.of(found.frame).views] == ["left/0", "right/1"]


def test_a_capture_s_camera_is_shifted_in_time_and_the_session_keeps_it(make, tmp_path) -> None:
    """The number under Time: it is that of `shifts`, and nothing is written into the capture."""
    for view in ("left", "right"):
        (tmp_path / view).mkdir()
        for moment in range(4):
            Image.new("RGB", (320, 240), (60 * moment, 0, 0)).save(tmp_path / view / f"{moment:06d}.png")
    written = calibration_file(tmp_path).read_bytes()
    found = looking(make(open_dataset(tmp_path)))
    found.store.set(found.state.with_record("left/000001.png"))

    def pictures() -> list[str]:
        return [view.record for view in FRAME.of(found.frame).views]

    assert pictures() == ["left/000001.png", "right/000001.png"]
    choose(found, "camera.later", 2.0, "right")
    assert pictures() == ["left/000001.png", "right/000003.png"]
    again = with_view(ViewerState(), view_of(found.state))
    conventions = CAMERAS.of(again).conventions
    assert conventions is not None
    assert conventions.of("right").later == 2.0
    assert (tmp_path / "cameras.json").read_bytes() == written


def test_without_cameras_only_bodies_can_be_read_otherwise(make) -> None:
    found = looking(make(dataset()))
    steps = [step for card in FRAME.of(found.frame).inspector.cards for step in card.steps]
    assert all(step.unavailable for step in steps if step.per_camera)
    assert not FRAME.of(found.frame).inspector.errors


# ---- other calibrations


def calibration_file(folder: Path, dx: float = 0.0) -> Path:
    cameras = {record.view: record.camera.shifted(dx, 0.0).to_dict() for record in world_dataset().records}
    path = folder / "cameras.json"
    path.write_bytes(orjson.dumps({"size": [320, 240], "cameras": cameras}))
    return path


def test_the_views_are_read_with_the_cameras_of_another_file(controller, tmp_path) -> None:
    service_of(controller).open_calibration(str(calibration_file(tmp_path, dx=25.0)))
    frame = FRAME.of(controller.frame).inspector
    assert frame.calibration == "cameras.json"
    assert frame.errors["Bodies in the pictures"][0] == pytest.approx(25.0, rel=0.2)
    assert "fits" not in FRAME.of(controller.frame).account.text  # that is of the records' own cameras
    choose(controller, "camera.shift", (-25.0, 0.0))
    before, after, _ = FRAME.of(controller.frame).inspector.errors["Bodies in the pictures"]
    assert before > 20
    assert after < 0.01
    controller.store.undo()
    controller.store.undo()
    assert FRAME.of(controller.frame).inspector.calibration is None


def test_a_session_and_a_copied_view_keep_the_cameras_of_another_file(controller, tmp_path) -> None:
    """Reopened and run they show the same errors, whatever became of the file meanwhile."""
    file, session = calibration_file(tmp_path, dx=25.0), str(tmp_path / f"s{ENDING}")
    shell = FakeShell()
    shell.answers |= {"session export": session, "session": session}
    service_of(controller).open_calibration(str(file))
    chosen = FRAME.of(controller.frame).inspector
    for command in ("save_session", "copy_view_command"):
        COMMANDS[command].run(CommandContext(controller, shell))
    (copied,) = (text for name, text in shell.calls if name == "copy")
    words = shlex.split(copied)
    _, begin = begin_view(words[words.index("--view") + 1])
    controller.open([])
    assert FRAME.of(controller.frame).inspector.calibration is None
    for reopened in (
        lambda: COMMANDS["open_session"].run(CommandContext(controller, shell)),
        lambda: controller.open([], begin=begin),
    ):
        reopened()
        again = FRAME.of(controller.frame).inspector
        assert again.calibration == "cameras.json"
        assert again.errors == chosen.errors
        controller.open([])


@pytest.mark.parametrize("wrong", [{"R": [1, 2]}, {"t": ["x", 0, 0]}, {"size": [0, 1]}, {"focal": None}])
def test_a_view_with_numbers_of_no_camera_begins_with_the_own_ones(controller, tmp_path, wrong) -> None:
    service_of(controller).open_calibration(str(calibration_file(tmp_path)))
    view = view_of(controller.state)
    assert CAMERAS.of(with_view(ViewerState(), view)).calibration is not None
    cameras = view["slices"]["cameras"]["calibration"]["cameras"]
    cameras["left"] |= wrong
    assert CAMERAS.of(with_view(ViewerState(), view)).calibration is None
    del cameras["left"]["size"]
    assert CAMERAS.of(with_view(ViewerState(), view)).calibration is None


def test_a_file_that_is_no_calibration_is_named_and_changes_nothing(controller, tmp_path) -> None:
    path = tmp_path / "notes.json"
    path.write_text("[]")
    service_of(controller).open_calibration(str(path))
    assert str(path) in controller.frame.status.notice
    assert CAMERAS.of(controller.state).calibration is None


# ---- diagnoses

REPORT = DiagnosisReport(
    "S1",
    Conventions().with_option("camera.unit", 0.001),
    "83.0 px",
    "1.2 px",
    (DiagnosisLine("fault", "t is in millimetres", "83.0 px → 1.2 px", "sure"),),
    "Rests on joints.",
)


def test_a_diagnosis_as_text_says_everything() -> None:
    assert REPORT.text == (
        "S1: 83.0 px → 1.2 px\n- t is in millimetres: 83.0 px → 1.2 px (sure)\nRests on joints."
    )


def test_a_diagnosis_tells_how_far_it_is_and_can_be_stopped() -> None:
    executor, told = WhenTold(), []
    runner = DiagnosisRunner(executor, lambda call: call(), told.append)

    def work(tell):
        tell.stage("Looking", 1, 2)
        runner.cancel()
        tell.stage("Trying", 2, 2)
        return (REPORT,)

    runner.start("set", work)
    executor.run_all()
    assert [(state.stage, state.share) for state in told] == [
        ("Looking for moments", None),
        ("Looking", 0.5),
        (None, None),
    ]
    assert not runner.state.reports


def test_a_second_diagnosis_stops_the_first() -> None:
    executor = WhenTold()
    runner = DiagnosisRunner(executor, lambda call: call(), lambda _state: None)
    heard = []

    def first(tell):
        tell.ask()
        heard.append("went on")
        return ()

    runner.start("moment", first)
    runner.start("set", lambda _tell: (REPORT,))
    executor.run_all()
    assert not heard
    assert runner.state.reports == (REPORT,)


def test_what_fails_is_said_in_words() -> None:
    executor = WhenTold()
    runner = DiagnosisRunner(executor, lambda call: call(), lambda _state: None)

    def work(_tell):
        raise SefdError("one camera alone shows this moment", remedy="Open a capture")

    runner.start("moment", work)
    executor.run_all()
    assert runner.state.problem == "one camera alone shows this moment. Open a capture"
    assert not runner.state.running


def test_applying_a_diagnosis_sets_the_cards(controller) -> None:
    service_of(controller).apply(REPORT)
    assert FRAME.of(controller.frame).inspector.conventions.option("camera.unit") == 0.001
    assert math.isfinite(FRAME.of(controller.frame).inspector.errors["Bodies in the pictures"][0])


def test_a_diagnosis_of_records_in_view_finds_what_was_done_to_them(make) -> None:
    """Translations stored in millimetres: annotated joints in space tell."""
    dataset = world_dataset()
    wrong = [
        replace(one, people=tuple(replace(person, smpl_world=misplaced()) for person in one.people))
        for one in dataset.records
    ]
    found = looking(make(replace(dataset, records=wrong)))
    service_of(found).diagnose("moment")
    (report,) = FRAME.of(found.frame).inspector.diagnosis.reports
    assert [line.kind for line in report.lines] == ["fault"], report.text
    assert report.conventions.option("body.unit") == 0.001
    service_of(found).apply(report)
    before, after, _ = FRAME.of(found.frame).inspector.errors["Bodies at the joints"]
    assert before > 1000
    assert after < 1.0


def test_a_diagnosis_begins_with_the_reading_in_view(controller) -> None:
    choose(controller, "body.mode", "raw")
    service_of(controller).diagnose("moment")
    (report,) = FRAME.of(controller.frame).inspector.diagnosis.reports
    fault = next(line for line in report.lines if line.kind == "fault")
    assert fault.change.step == "body.mode", report.text
    assert "mm → 0.0 mm" in fault.amounts
    service_of(controller).apply(report, [fault])
    assert CAMERAS.of(controller.state).mode == "raw"
    service_of(controller).apply(report)
    assert CAMERAS.of(controller.state).mode == "exact"


def test_a_diagnosis_says_what_it_rests_on_and_what_could_not_be_tried(controller, make) -> None:
    service_of(controller).diagnose("moment")
    (report,) = FRAME.of(controller.frame).inspector.diagnosis.reports
    assert report.basis.startswith(
        "Rests on bodies against annotated joints in space (0.0 mm → 0.0 mm); boxes"
    )
    assert "Not tried: joints in the pictures against joints in space, as the annotated 2D" in report.text
    bare = [
        replace(one, people=tuple(replace(each, smpl=None, smpl_world=None) for each in one.people))
        for one in world_dataset().records
    ]
    other = looking(make(replace(world_dataset(), records=bare)))
    service_of(other).diagnose("moment")
    (report,) = FRAME.of(other.frame).inspector.diagnosis.reports
    assert "Not tried: bodies against joints in space, as the photos have no bodies." in report.text


def test_other_cameras_of_the_same_world_are_compared_with_joints_in_space(controller, tmp_path) -> None:
    path = calibration_file(tmp_path)
    content = orjson.loads(path.read_bytes())
    for values in content["cameras"].values():
        for name in ("R", "t"):
            values[name] = (np.diag([1.0, -1, -1]) @ values[name]).tolist()
    path.write_bytes(orjson.dumps(content))
    service_of(controller).open_calibration(str(path))
    service_of(controller).diagnose("moment")
    (report,) = FRAME.of(controller.frame).inspector.diagnosis.reports
    assert "against joints in space" in report.basis
    (fault,) = (line for line in report.lines if line.kind == "fault")
    assert "OpenGL" in fault.text
    service_of(controller).apply(report)
    _, after, _ = FRAME.of(controller.frame).inspector.errors["Bodies in the pictures"]
    assert after < 0.01


def test_cameras_of_another_subject_are_named_but_cannot_be_applied() -> None:
    from sefd_viewer.cameras.diagnosis.convention_search import RIG, Change
    from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, Named
    from sefd_viewer.cameras.diagnosis.record_diagnosis import RecordsDiagnosis

    views, theirs = ("left", "right"), Conventions()
    for view in views:
        for step in ("camera.intrinsics_of", "camera.extrinsics_of"):
            theirs = theirs.with_option(step, f"S5 {view}", view)
    change = Change(RIG, "S5", views)
    fault = Named("all cameras: the cameras are those of S5", change, 90.0, 2.0, "px", "sure")
    found = Diagnosis(theirs, {}, (fault,), 90.0, 2.0, "px", explained=True)
    result = RecordsDiagnosis(None, found, theirs)
    report = report_of("S1", result, world_dataset().records, start=Conventions())
    assert [(line.kind, line.change) for line in report.lines] == [("fault", None)]
    assert report.conventions == Conventions()


def misplaced() -> SmplParameters:
    """The body of the records with its translation in millimetres."""
    return replace(stored_body(), transl=(stored_body().transl * 1000).astype(np.float32))


def test_a_person_who_does_not_obey_is_called_by_name() -> None:
    record = replace(world_dataset().records[0], people=(replace(person(camera(0.5)), key="avatar"),))
    x, y = record.people[0].pose2d.keypoints[:, :2].mean(axis=0)
    words = f"the one near ({x:.0f}, {y:.0f}) in left does not obey these cameras"
    assert named(words, [record]) == (
        f"the avatar (near ({x:.0f}, {y:.0f}) in left) does not obey these cameras"
    )
    assert named(words.replace(f"{x:.0f}", "9000"), [record]).startswith("the one near")
    assert named("all cameras: upside down", [record]) == "all cameras: upside down"


# ---- corrected copies


@pytest.fixture
def on_rig(make, tmp_path: Path):
    """A Human3.6M set: S1's translations are millimetres, R of S5's camera 2 is transposed."""
    rig = Rig(tmp_path / "h36m", frames=40, pictures=False)
    bodies, cameras = rig.load(1, "smpl_param"), rig.load(5, "camera")
    for frames in (part for parts in bodies.values() for part in parts.values()):
        for entry in frames.values():
            entry["trans"] = [1000 * value for value in entry["trans"]]
    cameras["2"]["R"] = np.array(cameras["2"]["R"]).T.tolist()
    rig.store(1, "smpl_param", bodies)
    rig.store(5, "camera", cameras)
    found = open_dataset(rig.root, options=ReadOptions(bodies=(str(rig.body),)))
    return rig, looking(make(found, settings=Settings(bodies=(str(rig.body),))))


def write(controller, out: Path) -> str:
    """Write what is ticked at first: what is sure, and what was chosen."""
    command = COMMANDS["write_corrected"]
    assert command.enabled(controller)
    shell = FakeShell()
    command.run(CommandContext(controller, shell))
    service = service_of(controller)
    assert (("page", "corrections") in shell.calls) == (service.corrections is not None)
    if service.corrections is not None:
        service.write_corrected(str(out), [one for one in service.corrections.findings if one.sure])
    return controller.content.notice


def test_what_is_chosen_on_the_board_is_written_for_the_subject_in_view(on_rig, tmp_path: Path) -> None:
    rig, controller = on_rig
    choose(controller, "body.unit", 0.001)
    assert "Corrected copy in" in write(controller, tmp_path / "out")
    bodies = orjson.loads(
        (tmp_path / "out" / "annotations" / "Human36M_subject1_smpl_param.json").read_bytes()
    )
    stored = rig.load(1, "smpl_param")
    for action, parts in stored.items():
        for part, frames in parts.items():
            for frame, entry in frames.items():
                found = bodies[action][part][frame]["trans"]
                np.testing.assert_allclose(found, np.array(entry["trans"]) / 1000, atol=1e-5)


def test_a_camera_read_otherwise_is_written_as_it_is_read(on_rig, tmp_path: Path) -> None:
    rig, controller = on_rig
    last = controller.content.dataset.keys[-1]
    controller.store.set(controller.state.with_record(last))
    looking(controller)
    choose(controller, "camera.extrinsics", "R transposed", "camera 2")
    write(controller, tmp_path / "out")
    path = tmp_path / "out" / "annotations" / "Human36M_subject5_camera.json"
    found, stored = orjson.loads(path.read_bytes()), rig.load(5, "camera")
    np.testing.assert_allclose(found["2"]["R"], np.array(stored["2"]["R"]).T, atol=1e-8)
    assert [found["1"], found["3"]] == [stored["1"], stored["3"]]


def test_each_reading_of_bodies_can_be_ticked_and_what_files_cannot_hold_stops_nothing(
    on_rig, tmp_path: Path
) -> None:
    rig, controller = on_rig
    for step, value in (("body.mode", "paper"), ("body.unit", 0.001), ("body.later", 1.0)):
        choose(controller, step, value)
    service = service_of(controller)
    service.find_corrections(lambda: None)
    confirmed = service.corrections.confirmed
    assert [finding.sure for finding in confirmed] == [True, True]
    assert confirmed[0].key.startswith("S1 Directions 1")
    assert "every camera would need other parameters" in " ".join(service.corrections.refused)
    unit = next(one for one in confirmed if "millimetres" in one.fault)
    service.write_corrected(str(tmp_path / "out"), [unit])
    path = tmp_path / "out" / "annotations" / "Human36M_subject1_smpl_param.json"
    found, stored = orjson.loads(path.read_bytes()), rig.load(1, "smpl_param")
    assert len(found["2"]["1"]) == len(stored["2"]["1"])
    np.testing.assert_allclose(
        found["2"]["1"]["3"]["trans"], np.array(stored["2"]["1"]["3"]["trans"]) / 1000, atol=1e-5
    )


def test_the_copy_is_checked_again_and_its_report_lies_in_it(on_rig, tmp_path: Path) -> None:
    _, controller = on_rig
    choose(controller, "body.unit", 0.001)
    told = write(controller, tmp_path / "out")
    report = orjson.loads((tmp_path / "out" / "corrections.json").read_bytes())
    (unit,) = (change for change in report["changes"] if "millimetres" in change["fault"])
    assert unit["measured_before"]["exact mm"] > 1000
    assert unit["measured_after"]["exact mm"] < 60
    assert "checked: " in told
    assert str(tmp_path / "out" / "corrections.json") in told


def test_the_pictures_of_the_copy_are_looked_at_as_those_of_the_set(
    on_rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, controller = on_rig

    def two_later(image) -> int:
        return min(image["frame_idx"] + 2 * (image["cam_idx"] == 3), 39)

    pictures = PaintedPictures(rig.root, (1, 5), two_later)
    monkeypatch.setattr(Detect, "shipped", lambda: pictures.detect)
    write(controller, tmp_path / "out")
    report = orjson.loads((tmp_path / "out" / "corrections.json").read_bytes())
    assert [change["kind"] for change in report["changes"]] == ["bodies", "cameras"]
    assert "pictures %" in report["changes"][1]["measured_after"]
    left = " ".join(report["findings_left"])
    assert "camera 3, frames 0-39: the pictures are 2 frames early" in left


def test_what_was_chosen_for_another_subject_is_offered_too(on_rig) -> None:
    _, controller = on_rig
    choose(controller, "body.unit", 0.001)
    controller.store.set(controller.state.with_record(controller.content.dataset.keys[-1]))
    choose(controller, "camera.extrinsics", "R transposed", "camera 2")
    service = service_of(controller)
    service.find_corrections(lambda: None)
    subjects = {part.sequence.subject for one in service.corrections.confirmed for part in one.parts}
    assert subjects == {"1", "5"}
