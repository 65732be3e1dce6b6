"""Methods compared over everybody: runs in a process, the comparison, filter, quadrants, tags."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.app import plugins
from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_keys import people_of
from sefd_viewer.app.run_table import load_table
from sefd_viewer.body.model import BY_NAME
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.case_measures import COLUMNS
from sefd_viewer.evaluation.runs.methods import ENDED, Method, RunOrder, RunReport, WantedCase
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.features.people.comparing import as_csv, as_latex, compare
from sefd_viewer.features.people.model import FRAME, PeopleFrame
from sefd_viewer.features.people.running import Runs
from sefd_viewer.features.people.service import service_of
from sefd_viewer.jobs.background import Background
from sefd_viewer.jobs.process import InProcess
from sefd_viewer.jobs.runner import Outcome
from sefd_viewer.judgements import VerdictStore
from sefd_viewer.judgements.tags import words_of
from tests.app.review_fakes import DARK, WIDE

Make = Callable[..., Controller]
METHODS = (Method("teacher", "teacher"), Method("student", "student"))


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(4, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    return open_dataset(root, format="muco")


@pytest.fixture(autouse=True)
def nothing_judged(muco: Dataset) -> Iterator[None]:
    """Each test begins without a log beside the data."""
    yield
    (muco.root / "sefd-verdicts.sqlite").unlink(missing_ok=True)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def write_run(
    folder: Path,
    found: Dataset,
    errors: dict[str, list[float | None]],
    floors: dict[str, float] | None = None,
    methods: tuple[Method, ...] = METHODS,
) -> RunStore:
    """A run whose MPJPE by method and person is given; methods in `floors` are of another body."""
    store = RunStore(folder, RunPlan.of(found, methods, {}))
    cases = [(place, r.key, p.key) for place, r in enumerate(found.records) for p in r.people]
    rows = []
    for method, values in errors.items():
        for (place, record, person), value in zip(cases, values, strict=True):
            joints = None if value is None else [value] * 14
            numbers = dict.fromkeys(COLUMNS) | {"mpjpe_mm": value, "hidden": place / 10}
            numbers["joint_errors_mm"] = joints
            about: dict[str, Any] = {"position": place, "record": record, "person": person, "method": method}
            if floors is not None:
                about["body"] = "smplx-neutral" if method in floors else "open-body-1"
                numbers["floor_mpjpe_mm"] = floors.get(method, 0.0)
            rows.append({**about, "has_truth": True, **numbers})
    store.add(rows)
    return store


def look(controller: Controller, **choices: Any) -> PeopleFrame:
    """Compare methods over what is open, with these choices."""
    state = replace(controller.state, workspace="people")
    if "where" in choices:
        choices["applied"] = PEOPLE.of(state).applied + 1
    if "baseline" in choices:
        state = CHOICE.change(state, baseline=choices.pop("baseline"))
    controller.store.set(PEOPLE.change(state, **choices))
    return FRAME.of(controller.frame)


def errors(frame: PeopleFrame, column: str = "student_mpjpe_mm") -> list[float]:
    """A column of the people listed."""
    return [float(frame.table.numbers(column)[row]) for row in frame.lines.rows]


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
    assert "nothing has been measured yet" in frame.sentence
    assert [run.folder for run in frame.runs] == [str(runs / "one")]
    assert "2 methods, 4 photos" in frame.runs[0].title


def test_quadrants_count_and_name_the_failures(controller: Controller, runs: Path):
    chosen = {"plot": "quadrants", "limits": (100.0, 100.0), "baseline": "teacher"}
    frame = look(controller, run=str(runs / "one"), **chosen)
    assert (frame.plot.x, frame.plot.y) == ("teacher_mpjpe_mm", "student_mpjpe_mm")
    assert frame.plot.quadrants == (5, 0, 1, 1)
    assert frame.plot.names[2] == "distillation failure"
    turned = look(controller, baseline="student").plot
    assert (turned.x, turned.names[1]) == ("student_mpjpe_mm", "only the student far off")
    assert errors(look(controller, order="student_mpjpe_mm", descending=True))[:2] == [210, 180]


def test_without_an_order_the_worst_against_the_baseline_are_first(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), baseline="teacher")
    assert frame.order == "student - teacher"
    apart = np.subtract(errors(frame), errors(frame, "teacher_mpjpe_mm"))
    assert apart[:7].tolist() == [138, 10, 1, 1, 1, 1, 1]


def test_a_method_is_compared_person_by_person_with_the_baseline(controller: Controller, runs: Path):
    compare = look(controller, run=str(runs / "one"), baseline="teacher").compare
    row = compare.row("student")
    teacher, student = (
        np.array([v or np.nan for v in ERRORS[name]], float) for name in ("teacher", "student")
    )
    apart = student - teacher
    assert row.cells["mpjpe_mm"].mean.mean == pytest.approx(np.nanmean(student))
    assert row.cells["mpjpe_mm"].apart.mean == pytest.approx(np.nanmean(apart))
    assert row.cells["mpjpe_mm"].apart.count == 7
    assert (row.better, row.same, row.worse) == (0, 0, 7)
    assert compare.row("teacher").cells["mpjpe_mm"].mean.missing == 1
    # hidden: place / 10, so the last two photos lie above 15 %
    hidden = look(controller, hidden_from=0.15).compare
    inside = np.repeat(np.arange(4), 2) / 10 > 0.15
    assert hidden.hidden == inside.sum() == 4
    assert hidden.row("student").cells["hidden"].mean.mean == pytest.approx(np.nanmean(student[inside]))
    turned = look(controller, baseline="student").compare
    assert turned.row("teacher").cells["mpjpe_mm"].apart.mean == pytest.approx(-np.nanmean(apart))


def test_people_with_a_bad_annotation_can_be_left_out(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), baseline="teacher")
    worst = int(frame.lines.rows[0])
    service_of(controller).selecting.choose(worst)
    service_of(controller).verdicts.judge("bad")
    compare = look(controller, without_bad=True).compare
    assert compare.left_out == 1
    assert compare.row("student").cells["mpjpe_mm"].apart.mean == pytest.approx(15 / 6)
    assert look(controller, without_bad=False).compare.left_out == 0


def test_the_comparison_is_copied_for_a_paper(controller: Controller, runs: Path):
    compare = look(controller, run=str(runs / "one"), baseline="teacher").compare
    latex = as_latex(compare)
    assert latex.startswith(r"\begin{tabular}")
    assert r"Student & 82.2 (+21.9)" in latex
    heads, *lines = as_csv(compare).splitlines()
    assert heads.startswith("method,MPJPE mm,MPJPE mm low")
    means = {line.split(",")[0]: float(line.split(",")[1]) for line in lines}
    assert means == pytest.approx({"Teacher": 65.0, "Student": np.mean(ERRORS["student"])})


def test_what_another_process_adds_to_a_run_is_shown_at_the_next_look(
    controller: Controller, runs: Path, muco: Dataset
):
    assert len(look(controller, run=str(runs / "one")).table) == 8
    store = open_run(runs / "one")
    about = {"position": 1, "record": muco.keys[1], "person": "later", "method": "teacher"}
    numbers = {"has_truth": True, "mpjpe_mm": 50.0, "joints_from": BY_NAME}
    store.add([dict.fromkeys(COLUMNS) | about | numbers])
    frame = look(controller, order="student_mpjpe_mm")
    assert len(frame.table) == 9
    assert f"Joints of MPJPE, PA-MPJPE and 3DPCK: {BY_NAME}" in frame.compare.notes
    assert any("not the 14 published ones" in line for line in frame.compare.notes)


def test_methods_whose_names_differ_in_punctuation_alone_have_columns_of_their_own(
    make: Make, muco: Dataset, runs: Path
):
    methods = ("net-1", "net_1", "Net 1", "net_1_2")
    write_run(runs / "alike", muco, {name: [40.0 + place] * 8 for place, name in enumerate(methods)})
    table = look(make(muco), run=str(runs / "alike")).table
    assert len({table.error(method) for method in methods}) == 4
    for place, method in enumerate(methods):
        assert (table.numbers(table.error(method)) == 40 + place).all()


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
    frame = look(make(muco), run=str(runs / "flat"), metrics=("mpjpe_mm", "ap", "reprojection_px"))
    assert frame.compare.metrics == ("ap", "reprojection_px")
    assert 0 < frame.compare.row("student").cells["ap"].mean.mean < 1
    assert [one.id for one in frame.table.filled if one.method] == ["student_reprojection_px"]
    assert "Nobody here has a truth" in frame.sentence


def test_a_filter_is_a_condition_and_a_mistake_is_explained(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), where="student_mpjpe_mm > 100 AND hidden < 0.15")
    assert len(frame.lines) == 1
    assert len(look(controller, where="teacher_mpjpe_mm IS NULL").lines) == 1
    broken = look(controller, where="student_mpjpe_mm >>> 3")
    assert "not expected here" in broken.mistake
    assert len(broken.lines) == 1  # as before
    assert look(controller, where="nonsense > 3").mistake
    assert look(controller, where="").mistake == ""


def test_a_filter_that_finds_nobody_offers_what_could_go(controller: Controller, runs: Path):
    frame = look(controller, run=str(runs / "one"), where="student > 100 and hidden > 0.9")
    assert frame.left == (("hidden > 0.9", "student > 100"),)


def test_a_person_s_sentence_leaves_out_methods_that_are_hidden(make: Make, muco: Dataset, runs: Path):
    own = {"baseline": [60.0] * 8, "teacher": [40.0] * 8, "student": [140.0] * 8}
    write_run(runs / "three", muco, own, methods=tuple(Method(name, name) for name in own))
    made = make(muco)

    def said(*hidden: str) -> str:
        choice = replace(CHOICE.of(made.state), compared="teacher", hidden=frozenset(hidden))
        made.store.set(with_choice(made.state, choice))
        return look(made, run=str(runs / "three")).case.sentence

    assert "student" in said()
    assert "student" not in said("student")
    assert said("student").startswith("The teacher is 20 mm better than the baseline")
    assert "student" not in said("student", "teacher", "baseline")


def test_errors_and_findings_are_asked_together(
    make: Make, muco: Dataset, runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(plugins, "review_detectors", lambda: ((WIDE, DARK), ()))
    write_run(runs / "one", muco, ERRORS)
    controller = make(muco)
    look(controller, run=str(runs / "one"))
    service_of(controller).scans.start()
    frame = look(controller, where="finding = wide and student > 100")
    expected = [error for error in ERRORS["student"] if error is not None and error > 100]
    wide = [person.bbox_xywh[2] > 5 for record in muco.records for person in record.people]
    assert all(wide)
    assert sorted(errors(frame)) == sorted(expected)


class FakeJob:
    """In place of a `Background`: notes what it is told; the test calls `news` and `done`."""

    def __init__(self, _post: Any, *, news: Callable[[RunReport], None], done: Callable[..., None]) -> None:
        self.news, self.done, self.told = news, done, list[str]()
        self.order: Any = None
        self.paused = False

    @property
    def busy(self) -> bool:
        return self.order is not None

    def start(self, work: InProcess) -> None:
        self.order = work.order

    def pause(self, on: bool) -> None:
        self.paused = on
        self.told.append("pause" if on else "go")

    def stop(self) -> None:
        self.told.append("stop")


def with_fake_job(controller: Controller) -> tuple[Controller, FakeJob]:
    """The controller with runs that only note what they are told."""
    made: list[FakeJob] = []

    def make(*words: Any, **more: Any) -> FakeJob:
        made.append(FakeJob(*words, **more))
        return made[0]

    service_of(controller).runs = Runs(controller, lambda call: call(), make=make)  # type: ignore[arg-type]
    return controller, made[0]


def test_a_run_shows_its_results_while_it_goes_on(make: Make, muco: Dataset, runs: Path):
    controller, job = with_fake_job(make(muco))
    look(controller)
    service_of(controller).runs.run(METHODS, limit=2, poses="detector")
    assert (job.order.positions, job.order.methods) == ((0, 1), METHODS)
    assert job.order.poses == "detector"
    assert FRAME.of(controller.frame).report.stage == "starting"
    write_run(runs / "new", muco, ERRORS)
    job.news(RunReport(str(runs / "new"), done=1, total=2))
    assert FRAME.of(controller.frame).report.done == 1
    assert len(FRAME.of(controller.frame).table) == 8
    service_of(controller).runs.pause()
    assert FRAME.of(controller.frame).paused
    service_of(controller).runs.stop()
    job.done(Outcome("run", problem="The disk is full"))
    assert job.told == ["pause", "stop"]
    assert FRAME.of(controller.frame).report is None
    assert controller.frame.status.notice == "The disk is full"


def test_a_page_is_written_about_the_people_shown(make: Make, muco: Dataset, runs: Path, tmp_path: Path):
    write_run(runs / "one", muco, ERRORS)
    controller, job = with_fake_job(make(muco))
    frame = look(controller, run=str(runs / "one"), order="student_mpjpe_mm", descending=True)
    page = str(tmp_path / "worst.html")
    service_of(controller).runs.write_page(page, [int(row) for row in frame.lines.rows[:2]])
    order = job.order
    worst = frame.table.case(int(frame.lines.rows[0]))
    assert (order.out, order.cases[0], len(order.cases)) == (page, WantedCase(*worst), 2)
    job.done(Outcome("page", ""))
    assert controller.frame.status.notice == f"Wrote {page}"


@pytest.mark.slow
def test_a_real_process_measures_and_keeps(make: Make, muco: Dataset, runs: Path):
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    reports: list[RunReport] = []
    ends: list[Outcome[str]] = []
    order = RunOrder(str(muco.root), "muco", (Method("student", "student"),), device="cpu")
    Background(calls.put, news=reports.append, done=ends.append).start(InProcess(order.target, order, ENDED))
    while not ends:
        calls.get(timeout=120)()
    assert (ends[0].value, ends[0].problem) == ("", None)
    assert runs in Path(str(reports[-1].folder)).parents
    controller = make(muco)
    frame = look(controller, run=reports[-1].folder)
    assert np.isfinite(frame.table.numbers("student_mpjpe_mm")).sum() == 8


def tag(controller: Controller, rows: list[int], word: str, *, on: bool = True) -> None:
    service_of(controller).verdicts.tag(rows, word, on=on)


def known(muco: Dataset) -> dict[str, int]:
    with VerdictStore.beside(muco) as store:
        return dict(store.tags().counts(store.tags().people))


def test_tags_are_found_sorted_and_undone_in_one_order_with_verdicts(
    controller: Controller, runs: Path, muco: Dataset
):
    look(controller, run=str(runs / "one"))
    tag(controller, [0, 2], "twisted")
    tag(controller, [2], "not twisted")
    assert known(muco) == {"twisted": 2, "not twisted": 1}
    assert sorted(look(controller, where="has_tag('twisted')").lines.rows) == [0, 2]
    assert list(look(controller, where="tags LIKE 'not%'").lines.rows) == [2]
    assert len(look(controller, where="NOT has_tag('twisted')").lines) == 6
    look(controller, where="")
    service_of(controller).verdicts.judge("bad")
    controller.store.undo()
    assert known(muco) == {"twisted": 2, "not twisted": 1}
    for _ in range(5):
        controller.store.undo()
    assert known(muco) == {"twisted": 2}
    controller.store.undo()
    assert known(muco) == {}
    controller.store.redo()
    assert known(muco) == {"twisted": 2}
    assert FRAME.of(controller.frame).table.frame["tags"].drop_nulls().to_list() == ["twisted"] * 2


def test_tags_outlive_the_window_and_hold_for_every_run(
    controller: Controller, make: Make, muco: Dataset, runs: Path
):
    look(controller, run=str(runs / "one"))
    tag(controller, [0], "twisted")
    controller.open([])
    write_run(runs / "two", muco, ERRORS)
    again = make(muco)
    assert look(again, run=str(runs / "two"), where="tag = twisted").lines.rows.tolist() == [0]


def test_the_tags_of_two_windows_are_both_in_the_log(
    controller: Controller, make: Make, muco: Dataset, runs: Path
):
    look(controller, run=str(runs / "one"))
    other = make(muco)
    look(other, run=str(runs / "one"))
    tag(controller, [0], "mine")
    tag(other, [0], "yours")
    tag(controller, [2], "mine")
    other.store.undo()
    tag(other, [1], "yours")
    assert known(muco) == {"mine": 2, "yours": 1}


def test_tags_that_older_versions_kept_with_a_run_are_there(make: Make, muco: Dataset, runs: Path):
    write_run(runs / "one", muco, ERRORS)
    case = [muco.keys[1], muco.records[1].people[0].key]
    content = {"format": "sefd-viewer tags 1", "people": {"twisted arm": [case]}}
    (runs / "one" / "tags.json").write_text(json.dumps(content), "utf-8")
    frame = look(make(muco), run=str(runs / "one"), where="tag = twisted arm")
    assert [frame.table.case(row) for row in frame.lines.rows] == [tuple(case)]


def test_a_broken_file_of_old_tags_is_told_and_left_alone(make: Make, muco: Dataset, runs: Path):
    write_run(runs / "one", muco, ERRORS)
    (runs / "one" / "tags.json").write_text("mine", "utf-8")
    controller = make(muco)
    assert "tags.json" in look(controller, run=str(runs / "one")).place_problem
    tag(controller, [0], "twisted")
    assert known(muco) == {"twisted": 1}
    assert (runs / "one" / "tags.json").read_text("utf-8") == "mine"


def test_typed_tags_are_parted_by_commas():
    assert words_of(" twisted  arm, blurred,, blurred ") == ("twisted arm", "blurred")


def test_joints_are_averaged_over_the_people_listed_and_no_number_stays_none(
    controller: Controller, runs: Path
):
    joints = look(controller, run=str(runs / "one"), plot="radar", where="student > 100").joints
    assert joints.means["student"] == pytest.approx(np.full(14, (180 + 210) / 2))
    assert joints.people == {"teacher": 2, "student": 2}
    nobody = look(controller, where="teacher_mpjpe_mm IS NULL").joints
    assert np.isnan(nobody.means["teacher"]).all()
    assert nobody.people == {"teacher": 0, "student": 1}


@pytest.mark.parametrize(("floor", "counts"), [(0.0, (8, 0, 0)), (4.0, (8, 0, 0)), (6.0, (0, 8, 0))])
def test_what_different_bodies_cost_is_nobodys_gain(
    tmp_path: Path, muco: Dataset, floor: float, counts: tuple[int, int, int]
) -> None:
    """The student is 5 mm better on everybody, and of another body than the teacher."""
    write_run(tmp_path / "run", muco, {"teacher": [50.0] * 8, "student": [45.0] * 8}, {"student": floor})
    run = load_table(tmp_path / "run")
    assert run.floor("student", "teacher") == run.floor("teacher", "student") == floor
    table = people_of(muco).with_run(run, "annotation", muco.find)
    made = compare(table, "teacher", "student", metrics=["mpjpe_mm"], hidden_from=0.1, without_bad=False)
    row = next(one for one in made.rows if one.method == "student")
    assert (row.better, row.same, row.worse) == counts
    cell = row.cells["mpjpe_mm"]
    assert cell.apart is not None
    assert cell.apart.floor == floor
