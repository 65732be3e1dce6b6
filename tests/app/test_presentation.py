"""Presentations: the list of cases on disk, slides and back, and blind votes that give nothing away."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.effects import CommandContext
from sefd_viewer.app.errors_in_mm import MetricsKey
from sefd_viewer.app.methods import CHOICE, COLORS, MethodChoice
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.run_table import RunTable
from sefd_viewer.app.story import PRESENT, Case, Show, ShowError, read_show, write_show
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.methods import WantedCase
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.features.present import actions as effects
from sefd_viewer.features.present import model
from sefd_viewer.features.present.frame import SLIDE, TotalsKey, in_words, slide_frame
from sefd_viewer.features.present.model import sides
from sefd_viewer.jobs.background import Background
from sefd_viewer.jobs.process import InProcess
from tests.app.session_fakes import FakeShell, dataset, record

CALLED = MethodChoice().info

Make = Callable[..., Controller]
KEYS = ("a", "b", "c", "d")
SHOW = Show("Review", tuple(Case(key, f"record {key}", f"note {key}") for key in KEYS), "baseline", "student")


@pytest.fixture
def controller(make: Make) -> Controller:
    made = make(dataset(*(record(key, truth=True) for key in KEYS)))
    effects.change_show(made, SHOW)
    return made


def slide_of(controller: Controller) -> Any:
    return SLIDE.of(controller.frame)


def run(controller: Controller, id: str, **answers: str) -> None:
    shell = FakeShell()
    shell.answers = {name.replace("_", " "): value for name, value in answers.items()}
    command = COMMANDS[id]
    assert command.enabled(controller)
    command.run(CommandContext(controller, shell))


def test_cases_come_back_from_disk(tmp_path: Path):
    path = tmp_path / "talk.sefd-show.json"
    write_show(path, SHOW)
    assert read_show(path) == SHOW
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        '{"format": "sefd-show-1", "cases": [{}]}',
        '{"format": "sefd-show-1", "before": "student", "after": "student"}',
        '{"format": "sefd-show-1", "seed": "one"}',
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused_with_words(tmp_path: Path, text: str):
    path = tmp_path / "other.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ShowError, match=r"other\.json"):
        read_show(path)


def test_a_report_takes_cases_with_their_notes_from_the_run_in_view(
    controller: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page, orders = str(tmp_path / "page.html"), []
    with pytest.raises(SefdError, match="People"):
        run(controller, "report_cases", report=page)

    def start(_job: Background, work: InProcess) -> None:
        orders.append(work.order)

    monkeypatch.setattr(Background, "start", start)
    controller.store.set(PEOPLE.change(controller.state, run=str(tmp_path)))
    run(controller, "report_cases", report=page)
    (order,) = orders
    assert (order.run, order.out, order.title) == (str(tmp_path), page, "Review")
    assert order.cases[1] == WantedCase("b", None, "record b", "note b")
    assert "Starting" in controller.frame.status.activity


def test_cases_are_added_once_moved_and_saved(make: Make, tmp_path: Path):
    controller = make(dataset(*(record(key) for key in KEYS)))
    for _ in range(2):
        run(controller, "add_case")
    run(controller, "next_record")
    run(controller, "add_case")
    show = PRESENT.of(controller.state).show
    assert [case.record for case in show.cases] == ["a", "b"]
    assert [case.record for case in show.moved(0, 1).cases] == ["b", "a"]
    path = str(tmp_path / "talk.sefd-show.json")
    run(controller, "save_cases", cases_export=path)
    assert [case["record"] for case in json.loads(Path(path).read_text("utf-8"))["cases"]] == ["a", "b"]
    run(controller, "undo")
    run(controller, "open_cases", cases=path)
    assert len(PRESENT.of(controller.state).show.cases) == 2


def test_slides_show_two_methods_and_one_number_and_leave_no_trace(controller: Controller):
    before = controller.state
    run(controller, "present")
    slide = slide_of(controller)
    assert slide is not None
    assert (slide.number, slide.count, slide.names) == (1, 4, ("Baseline", "Student"))
    assert [info.id for info in CHOICE.of(controller.state).shown()] == ["baseline", "student", "truth"]
    assert "no difference" in slide.sentence  # the networks of the test answer alike
    effects.go(controller, 1)
    assert slide_of(controller).case.note == "note b"
    effects.go(controller, -5)
    assert slide_of(controller).number == 2
    effects.leave(controller)
    assert controller.state == before
    assert slide_of(controller) is None


def test_without_cases_the_record_in_view_is_the_only_slide(make: Make):
    controller = make()
    run(controller, "present")
    assert slide_of(controller).count == 1
    assert slide_of(controller).sentence == ""
    effects.leave(controller)
    assert PRESENT.of(controller.state).show == Show()


def test_the_slides_go_on_when_cases_are_taken_away_and_end_with_the_last(controller: Controller):
    effects.change_show(controller, SHOW)
    run(controller, "present")
    effects.go(controller, 3)
    for number in (3, 2, 1):
        effects.change_show(controller, PRESENT.of(controller.state).show.without(number))
        assert slide_of(controller).number == number
        assert slide_of(controller).case == SHOW.cases[number - 1]
        assert controller.state.record == SHOW.cases[number - 1].record
    effects.change_show(controller, PRESENT.of(controller.state).show.without(0))
    assert slide_of(controller) is None
    assert PRESENT.of(controller.state).show.cases == ()
    assert PRESENT.of(controller.state).before is None


def test_a_vote_and_the_slide_stay_with_their_case_when_the_list_changes(
    controller: Controller, tmp_path: Path
):
    effects.change_show(controller, SHOW)
    run(controller, "blind_test", votes=str(tmp_path / "votes.csv"))
    effects.begin_votes(controller)
    effects.vote(controller, "left")
    effects.vote(controller, "right")
    effects.change_show(controller, SHOW.moved(0, 3).without(0))
    assert slide_of(controller).case == SHOW.cases[2]
    assert [(vote.case, vote.choice) for vote in PRESENT.of(controller.state).votes] == [(2, "left")]
    controller.store.set(model.revealed(controller.state), remember=False)
    assert [case for case, _ in slide_of(controller).results] == [SHOW.cases[0]]
    effects.leave(controller)
    assert PRESENT.of(controller.state).show.cases == (*SHOW.cases[2:], SHOW.cases[0])


def test_a_case_of_another_data_set_says_so(controller: Controller):
    effects.change_show(controller, Show("", (Case("gone"),)))
    run(controller, "present")
    assert "gone is not in" in slide_of(controller).sentence


def test_sides_of_a_blind_test_depend_on_seed_and_record_alone():
    show = SHOW.of(MethodChoice())
    drawn = [sides(show, index, blind=True) for index in range(4)]
    turned = replace(show, cases=show.cases[::-1])
    assert drawn == [sides(turned, 3 - index, blind=True) for index in range(4)]
    many = replace(show, cases=tuple(Case(str(index)) for index in range(400)))
    swapped = sum(sides(many, index, blind=True)[0] == "student" for index in range(400))
    assert 150 < swapped < 250
    assert sides(SHOW, 0, blind=False) == ("baseline", "student")


def test_a_blind_test_gives_nothing_away(controller: Controller, tmp_path: Path):
    run(controller, "blind_test", votes=str(tmp_path / "votes.csv"))
    effects.begin_votes(controller)
    slide, choice = slide_of(controller), CHOICE.of(controller.state)
    assert slide.names == ("A", "B")
    assert slide.totals == ()
    assert not re.search("mm|cm", slide.sentence)
    shown = choice.shown()
    assert [info.title for info in shown] == ["A", "B"]
    assert {info.color for info in shown} == {COLORS["truth"]}
    assert (choice.blind, choice.numbers) == (True, False)
    assert tuple(info.id for info in shown) == sides(SHOW, 0, blind=True)


def test_totals_count_who_got_worse_and_who_was_left_out() -> None:
    import polars as pl

    frame = pl.DataFrame(
        {
            "record": ["a", "a", "b", "c", "d", "e"],
            "person": ["1", "2", "1", "1", "1", "1"],
            "position": [0, 0, 1, 2, 3, 4],
            "hidden": [0.5, 0.0, 0.3, 0.0, 0.4, 0.0],
            "baseline_mpjpe_mm": [100.0, 80.0, 90.0, 70.0, None, 60.0],
            "student_mpjpe_mm": [90.0, 84.0, 88.0, 69.0, 50.0, 58.0],
        }
    )
    table = RunTable(frame, (), ("baseline", "student"), (), (), {}, ())
    own, hidden, everybody = TotalsKey(table, "baseline", "student", "a", "1", 0.2).work()
    assert (own.change_mm, own.words) == (-10.0, "on this person")
    assert hidden.change_mm == pytest.approx((-10 - 2) / 2)
    assert hidden.words == "on 2 people hidden by 20 % or more; 0 got worse; 1 left out, not measured by both"
    assert everybody.change_mm == pytest.approx((-10 + 4 - 2 - 1 - 2) / 5)
    assert everybody.words == "on 5 people; 1 got worse; 1 left out, not measured by both"


def test_votes_are_written_at_once_and_revealed_at_the_end(controller: Controller, tmp_path: Path):
    path = tmp_path / "votes.csv"
    run(controller, "blind_test", votes=str(path))
    effects.begin_votes(controller)
    effects.vote(controller, "left")
    assert len(path.read_text("utf-8").splitlines()) == 2
    effects.go(controller, -1)
    effects.vote(controller, "right")  # he thinks again: the vote is replaced
    for choice in ("left", "right", "neither"):
        assert not slide_of(controller).revealed
        effects.vote(controller, choice)
    slide = slide_of(controller)
    assert slide.revealed
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["vote"] for row in rows] == ["right", "left", "right", "neither"]
    for index, row in enumerate(rows):
        left, right = sides(SHOW, index, blind=True)
        assert (row["left"], row["right"]) == (left, right)
        assert row["preferred"] == {"left": left, "right": right}.get(row["vote"], "")
        assert row["time"].endswith("+00:00")
    assert "4 of 4 cases" in slide.summary
    assert "neither 1" in slide.summary


def test_earlier_votes_in_the_file_stay_until_the_first_new_one(controller: Controller, tmp_path: Path):
    path = tmp_path / "votes.csv"
    path.write_bytes(b"the votes of yesterday")
    effects.vote(controller, "left")  # nothing is presented
    run(controller, "blind_test", votes=str(path))
    effects.vote(controller, "left")  # what is voted about was not read yet
    assert path.read_bytes() == b"the votes of yesterday"
    effects.begin_votes(controller)
    effects.go(controller, 1)
    assert path.read_bytes() == b"the votes of yesterday"
    effects.vote(controller, "left")
    assert [row["vote"] for row in csv.DictReader(path.read_text("utf-8").splitlines())] == ["left"]


def test_votes_that_cannot_be_written_are_not_lost(controller: Controller, tmp_path: Path):
    run(controller, "blind_test", votes=str(tmp_path / "no folder" / "votes.csv"))
    effects.begin_votes(controller)
    effects.vote(controller, "left")
    assert len(PRESENT.of(controller.state).votes) == 1
    assert "cannot be written" in controller.frame.status.notice


def test_one_number_in_words():
    """By how much stands above the panes, of the exact numbers: rounded ones would tell something else."""
    assert in_words(CALLED("baseline"), 94.0, CALLED("student"), 71.0) == (
        "Joints are 9.4 cm from the truth with the baseline, 7.1 cm with the student, which is closer."
    )
    assert in_words(CALLED("baseline"), 50.0, CALLED("student"), 80.0).endswith("which is farther off.")
    assert in_words(CALLED("baseline"), None, CALLED("student"), 80.0) == ""
    told = in_words(CALLED("baseline"), 50.0, CALLED("student"), 80.0, 44.0)
    assert told.endswith(": no difference, as different bodies cost 4.4 cm by themselves.")
    assert (
        in_words(CALLED("truth"), None, CALLED("student"), 80.0)
        == "Student: joints are 8.0 cm from the truth on average."
    )


def test_a_case_about_one_person_selects_them_and_tells_their_error_alone(controller: Controller):
    show = Show("", (Case("a", "everybody"), Case("b", "one", person="2")))
    effects.change_show(controller, show)
    run(controller, "present")
    assert controller.state.person is None
    effects.go(controller, 1)
    assert controller.state.person == "2"
    assert [case.person for case in show.wanted] == [None, "2"]
    error, scene = SimpleNamespace, controller.content.scene
    assert scene is not None
    known = {
        ("1", "baseline"): error(mpjpe_mm=500.0),
        ("1", "student"): error(mpjpe_mm=10.0),
        ("2", "baseline"): error(mpjpe_mm=40.0),
        ("2", "student"): error(mpjpe_mm=30.0),
    }
    key = MetricsKey(scene.token, None, (), BodyFiles(), scene)
    controller.computed.put(key, known)
    slide = slide_frame(controller.state, controller.content)
    assert slide is not None
    assert (
        "4.0 cm from the truth with the baseline, 3.0 cm with the student, which is closer" in slide.sentence
    )
    effects.go(controller, -1)  # nobody is named: the panes show one person, and the sentence is about them
    scene = controller.content.scene
    assert scene is not None
    controller.computed.put(MetricsKey(scene.token, None, (), BodyFiles(), scene), known)
    slide = slide_frame(controller.state, controller.content)
    assert slide is not None
    assert "50.0 cm from the truth with the baseline, 1.0 cm with the student" in slide.sentence


def test_a_case_is_seen_as_it_was_added_with_its_own_method_and_the_window_as_before(
    make: Make, tmp_path: Path
):
    made = make(dataset(*(record(key, truth=True) for key in KEYS)))
    for id in ("stage_turned", "stage_errors", "add_case", "stage_errors", "stage_photo", "next_record"):
        run(made, id)
    run(made, "add_case")
    first, second = PRESENT.of(made.state).show.cases
    assert first.person  # whom one looks at, not the photo alone
    made.store.set(PRESENT.change(made.state, show=Show("", (first, replace(second, after="teacher")))))
    path = str(tmp_path / "talk.sefd-show.json")
    run(made, "save_cases", cases_export=path)
    assert read_show(Path(path)).cases == PRESENT.of(made.state).show.cases
    before = STAGE.of(made.state)
    run(made, "present")
    assert [info.id for info in CHOICE.of(made.state).shown()] == ["baseline", "teacher", "truth"]
    assert (STAGE.of(made.state).view, STAGE.of(made.state).errors) == ("photo", False)
    effects.go(made, -1)
    assert [info.id for info in CHOICE.of(made.state).shown()] == ["baseline", "student", "truth"]
    assert (STAGE.of(made.state).view, STAGE.of(made.state).errors) == ("turned", True)
    effects.leave(made)
    assert STAGE.of(made.state) == before
