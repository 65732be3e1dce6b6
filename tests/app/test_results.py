"""The workspace "Results": runs in a process, the table of people, filter, lasso and quadrants."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.app.controller import Controller
from sefd_viewer.body.model import BY_NAME
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.case_measures import COLUMNS
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.orders import RunOrder, RunReport, WantedCase
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.features.people.results.desk import ResultsDesk
from sefd_viewer.features.people.results.process import RunProcess
from sefd_viewer.features.people.results.rows import within
from sefd_viewer.judgements.tags import read_tags, words_of

Make = Callable[..., Controller]
METHODS = (Method("teacher", "teacher"), Method("student", "student"))


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(4, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    return open_dataset(root, format="muco")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def write_run(folder: Path, found: Dataset, errors: dict[str, list[float | None]]) -> RunStore:
    """A run whose MPJPE by method and person is given, person after person."""
    store = RunStore(folder, RunPlan.of(found, METHODS, {}))
    cases = [(place, r.key, p.key) for place, r in enumerate(found.records) for p in r.people]
    rows = []
    for method, values in errors.items():
        for (place, record, person), value in zip(cases, values, strict=True):
            joints = None if value is None else [value] * 14
            numbers = dict.fromkeys(COLUMNS) | {"mpjpe_mm": value, "hidden": place / 10}
            numbers["joint_errors_mm"] = joints
            about = {"position": place, "record": record, "person": person, "method": method}
            rows.append({**about, "has_truth": True, **numbers})
    store.add(rows)
    return store


def look(controller: Controller, **choices: Any) -> Any:
    state = controller.state
    chosen = replace(state.results, **choices)
    controller.store.set(replace(state, workspace="results", results=chosen))
    return controller.frame.results


ERRORS: dict[str, list[float | None]] = {
    "teacher": [40, 45, 42, 41, 200, 44, 43, None],
    "student": [41, 46, 180, 42, 210, 45, 44, 50],
}


@pytest.fixture
def controller(make: Make, muco: Dataset, runs: Path) -> Controller:
    write_run(runs / "one", muco, ERRORS)
    return make(muco)


def test_earlier_runs_of_the_data_set_are_offered(controller: Controller, runs: Path):
    frame = look(controller)
    assert frame.words.title == "No run yet"
    assert [run.folder for run in frame.runs] == [str(runs / "one")]
    assert "teacher, student · 4 records" in frame.runs[0].title


def test_quadrants_count_and_name_the_failures(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), limits=(100.0, 100.0))
    assert (frame.plot.x, frame.plot.y) == ("teacher_mpjpe_mm", "student_mpjpe_mm")
    assert frame.plot.quadrants == (5, 0, 1, 1)
    worst = look(controller, sort="student_mpjpe_mm", descending=True)
    rows = [worst.table.numbers("student_mpjpe_mm")[row] for row in worst.lines.rows]
    assert rows[:2] == [210, 180]


def test_missing_numbers_are_said_and_enter_no_mean(controller: Controller, runs: Path):
    summary = look(controller, run=str(runs / "one")).summary
    assert any("teacher: 1 of 8 people have no 3D error" in line for line in summary)
    assert any(line.startswith("teacher: MPJPE 65.0 mm") for line in summary)


def test_what_another_process_adds_to_a_run_is_shown_at_the_next_look(controller: Controller, runs: Path):
    assert len(look(controller, run=str(runs / "one")).table) == 8
    store = open_run(runs / "one")
    about = {"position": 9, "record": "later", "person": "1", "method": "teacher", "joints_from": BY_NAME}
    store.add([dict.fromkeys(COLUMNS) | about | {"has_truth": True, "mpjpe_mm": 50.0}])
    frame = look(controller, sort="student_mpjpe_mm")
    assert len(frame.table) == 9
    assert f"Joints of MPJPE, PA-MPJPE and 3DPCK: {BY_NAME}" in frame.summary
    assert any("not the 14 published ones" in line for line in frame.summary)


def test_methods_whose_names_differ_in_punctuation_alone_have_columns_of_their_own(
    make: Make, muco: Dataset, runs: Path
):
    methods = ("net-1", "net_1", "Net 1", "net_1_2")
    write_run(runs / "alike", muco, {name: [40.0 + place] * 8 for place, name in enumerate(methods)})
    table = look(make(muco), run=str(runs / "alike")).table
    assert len(set(table.error_columns())) == 4
    for id in table.error_columns():
        assert (table.numbers(id) == 40 + methods.index(table.column(id).method)).all()


def test_a_set_of_2d_poses_alone_shows_its_precision_and_no_empty_columns(
    make: Make, muco: Dataset, runs: Path
):
    store = RunStore(runs / "flat", RunPlan.of(muco, METHODS, {}))
    points = np.arange(34.0).reshape(17, 2)
    truth = np.column_stack([points, np.ones(17)]).ravel().tolist()
    for place, apart in enumerate((0, 100)):
        row = {"position": place, "record": muco.keys[place], "person": "1", "method": "student"}
        found = {
            "joint_set": "coco17",
            "true_keypoints": truth,
            "keypoints": (points + apart).ravel().tolist(),
        }
        numbers = dict.fromkeys(COLUMNS) | {"reprojection_px": float(apart), "score": 1.0, "box_area": 1000.0}
        store.add([{**row, "has_truth": False, **numbers, **found}])
    frame = look(make(muco), run=str(runs / "flat"))
    assert frame.summary[0].startswith("student: coco17 AP 0.")
    assert [column.id for column in frame.table.columns] == ["box_area", "student_reprojection_px"]


def test_a_filter_is_a_condition_and_a_mistake_is_explained(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), where="student_mpjpe_mm > 100 AND hidden < 0.15")
    assert len(frame.lines) == 1
    assert len(look(controller, where="teacher_mpjpe_mm IS NULL").lines) == 1
    broken = look(controller, where="student_mpjpe_mm >>> 3")
    assert "Columns are" in broken.mistake
    unknown = look(controller, where="nonsense > 3")
    assert unknown.mistake
    assert look(controller, where="").mistake == ""


def test_a_lasso_lists_who_is_inside(controller: Controller, runs: Path):
    box = ((0.0, 150.0), (100.0, 150.0), (100.0, 250.0), (0.0, 250.0))
    frame = look(controller, run=str(runs / "one"), lasso=box)
    assert [frame.table.numbers("student_mpjpe_mm")[row] for row in frame.lines.rows] == [180]


def test_points_inside_a_polygon():
    corner = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0))
    x, y = np.array([1.0, 2.0, 3.9, -1.0, np.nan]), np.array([1.0, 3.0, 0.1, 1.0, 1.0])
    assert within(corner, x, y).tolist() == [True, False, True, False, False]


class FakeProcess:
    """Remembers what it is told; the test says what the run reports."""

    def __init__(self, order: RunOrder, _post: Any, report: Callable[[RunReport], None]) -> None:
        self.order, self.report, self.told = order, report, list[str]()
        self.paused = False

    def pause(self, on: bool) -> None:
        self.paused = on
        self.told.append("pause" if on else "go")

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("close")


def with_fake_process(controller: Controller) -> tuple[Controller, list[FakeProcess]]:
    """The controller with runs in a process that only notes what it is told, and where that will be."""
    started: list[FakeProcess] = []

    def start(*words: Any) -> FakeProcess:
        started.append(FakeProcess(*words))
        return started[0]

    controller.results = ResultsDesk(controller, lambda call: call(), lambda: (), start=start)  # type: ignore[arg-type]
    return controller, started


def test_a_run_shows_its_results_while_it_goes_on(make: Make, muco: Dataset, runs: Path):
    controller, started = with_fake_process(make(muco))
    look(controller)
    controller.results.run(METHODS, limit=2, poses="detector")
    process = started[0]
    assert (process.order.positions, process.order.methods) == ((0, 1), METHODS)
    assert process.order.poses == "detector"
    assert controller.frame.results.words.busy
    write_run(runs / "new", muco, ERRORS)
    process.report(RunReport(str(runs / "new"), done=1, total=2))
    assert controller.frame.results.report.done == 1
    assert len(controller.frame.results.table) == 8
    controller.results.pause()
    assert controller.frame.results.paused
    controller.results.stop()
    process.report(RunReport(str(runs / "new"), finished=True, problem="The disk is full"))
    assert process.told == ["pause", "stop"]
    assert controller.frame.results.report is None
    assert controller.frame.status.notice == "The disk is full"


def test_a_page_is_written_about_the_people_shown(make: Make, muco: Dataset, runs: Path, tmp_path: Path):
    write_run(runs / "one", muco, ERRORS)
    controller, started = with_fake_process(make(muco))
    frame = look(controller, run=str(runs / "one"), sort="student_mpjpe_mm", descending=True)
    page = str(tmp_path / "worst.html")
    controller.results.write_page(page, [int(row) for row in frame.lines.rows[:2]])
    order: Any = started[0].order
    worst = frame.table.case(int(frame.lines.rows[0]))
    assert (order.out, order.cases[0], len(order.cases)) == (page, WantedCase(*worst), 2)
    started[0].report(RunReport(finished=True))
    assert controller.frame.status.notice == f"Wrote {page}"


@pytest.mark.slow
def test_a_real_process_measures_and_keeps(make: Make, muco: Dataset, runs: Path):
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    reports: list[RunReport] = []
    order = RunOrder(str(muco.root), "muco", (Method("student", "student"),), device="cpu")
    RunProcess(order, calls.put, reports.append)
    while not (reports and reports[-1].finished):
        calls.get(timeout=120)()
    assert not reports[-1].problem
    assert runs in Path(reports[-1].folder).parents
    controller = make(muco)
    frame = look(controller, run=reports[-1].folder)
    assert np.isfinite(frame.table.numbers("student_mpjpe_mm")).sum() == 8


def test_a_late_word_of_a_run_over_another_data_set_changes_nothing(make: Make, muco: Dataset, runs: Path):
    controller, started = with_fake_process(make(muco))
    look(controller)
    controller.results.run(METHODS)
    controller.results.close()
    started[0].report(RunReport(str(runs / "old"), finished=True, problem="The process of the run ended"))
    assert controller.state.results.run is None
    assert controller.frame.status.notice != "The process of the run ended"


def tag(controller: Controller, rows: list[int], word: str, *, on: bool = True) -> None:
    controller.results.tag(np.array(rows, np.int32), word, on=on)


def test_tags_are_found_sorted_and_undone_and_lie_beside_the_parts(controller: Controller, runs: Path):
    folder = runs / "one"
    look(controller, run=str(folder))
    tag(controller, [0, 2], "twisted")
    tag(controller, [2], "not twisted")
    assert read_tags(folder).known == ("twisted", "not twisted")
    assert sorted(look(controller, where="has_tag('twisted')").lines.rows) == [0, 2]
    assert list(look(controller, where="tags LIKE 'not%'").lines.rows) == [2]
    assert len(look(controller, where="NOT has_tag('twisted')").lines) == 6
    assert list(look(controller, where="", sort="tags", descending=False).lines.rows)[:2] == [2, 0]
    controller.store.undo()
    controller.store.undo()
    controller.store.undo()
    controller.store.undo()
    controller.store.undo()
    assert read_tags(folder).known == ("twisted",)
    controller.store.undo()
    assert read_tags(folder).known == ()
    controller.store.redo()
    assert controller.frame.results.tags.counts(read_tags(folder).people) == {"twisted": 2}


def test_tags_outlive_the_window_and_a_resumed_run(
    controller: Controller, make: Make, muco: Dataset, runs: Path
):
    look(controller, run=str(runs / "one"), row=2)
    tag(controller, [2], "twisted")
    controller.open([])
    write_run(runs / "one", muco, ERRORS)
    again = look(make(muco), run=str(runs / "one"), row=2)
    assert again.case_tags == ("twisted",)


def test_tags_of_two_runs_never_mix(controller: Controller, muco: Dataset, runs: Path):
    write_run(runs / "two", muco, ERRORS)
    for run, word in (("one", "a"), ("two", "b"), ("one", "c")):
        look(controller, run=str(runs / run))
        tag(controller, [0], word)
    assert read_tags(runs / "one").known == ("a", "c")
    assert read_tags(runs / "two").known == ("b",)
    while controller.store.can_undo:
        controller.store.undo()
    assert read_tags(runs / "one").known == read_tags(runs / "two").known == ()


def test_the_tags_of_two_windows_are_both_in_the_file(
    controller: Controller, make: Make, muco: Dataset, runs: Path
):
    run = str(runs / "one")
    look(controller, run=run)
    tag(controller, [0, 1], "old")
    other = make(muco)
    look(other, run=run)
    tag(controller, [0], "mine")
    tag(other, [0], "yours")
    tag(controller, [2], "mine")
    other.store.undo()
    tag(other, [1], "yours")
    counts = read_tags(runs / "one").counts(read_tags(runs / "one").people)
    assert counts == {"old": 2, "mine": 2, "yours": 1}


def test_a_broken_file_of_tags_is_told_and_left_alone(controller: Controller, runs: Path):
    (runs / "one" / "tags.json").write_text("mine", "utf-8")
    assert "tags.json" in look(controller, run=str(runs / "one")).mistake
    tag(controller, [0], "twisted")
    assert (runs / "one" / "tags.json").read_text("utf-8") == "mine"
    assert "tags.json" in controller.frame.status.notice


def test_typed_tags_are_parted_by_commas():
    assert words_of(" twisted  arm, blurred,, blurred ") == ("twisted arm", "blurred")


def test_joints_are_averaged_over_the_people_listed_and_no_number_stays_none(
    controller: Controller, runs: Path
):
    joints = look(controller, run=str(runs / "one"), plot="radar", where="student_mpjpe_mm > 100").joints
    assert joints.means["student"] == pytest.approx(np.full(14, (180 + 210) / 2))
    assert joints.people == {"teacher": 2, "student": 2}
    nobody = look(controller, where="teacher_mpjpe_mm IS NULL").joints
    assert np.isnan(nobody.means["teacher"]).all()
    assert nobody.people == {"teacher": 0, "student": 1}
