"""The person in view without a screen: the sentence's numbers, the strip's order, the way to others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.person_frames import PERSON_FRAME, PersonFrame
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.opening import crowd_folder, open_dataset, open_sample
from sefd_viewer.datasets.records import Dataset, SkippedPerson, SkipReason
from sefd_viewer.features.person import actions
from sefd_viewer.features.person.model import resolve
from sefd_viewer.pose2d.pose_file import FILE_NAME
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import dataset, record

Make = Callable[..., Controller]
RUN_FOLDER = crowd_folder() / "run"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(actions, "pictures_folder", lambda: tmp_path / "pictures")


@pytest.fixture(scope="module")
def crowd() -> Dataset:
    return open_dataset(crowd_folder())


def table_of_file(folder: Path) -> pl.DataFrame:
    """A stored run, a row per person, read without the program's own tables."""
    long = pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))])
    wide = long.pivot("method", index=["record", "person"], values="mpjpe_mm")
    return wide.drop_nulls().with_columns(apart=pl.col("student") - pl.col("baseline"))


@pytest.fixture(scope="module")
def measured() -> pl.DataFrame:
    """The crowd's run."""
    return table_of_file(RUN_FOLDER)


def opened(make: Make, crowd: Dataset) -> Controller:
    """The crowd with its run and the 2D poses of the run; the networks never answer."""
    controller = make(crowd, at_once=False)
    controller.use_poses(str(crowd_folder() / FILE_NAME))
    controller.store.set(PEOPLE.change(controller.state, run=str(RUN_FOLDER)))
    return controller


def shown(controller: Controller) -> PersonFrame:
    return PERSON_FRAME.of(controller.frame)


def cases(controller: Controller) -> list[tuple[str, str | None]]:
    """Who is in the strip, from left to right."""
    strip = shown(controller).strip
    return [strip.people.table.case(int(row)) for row in strip.rows]  # type: ignore[union-attr]


def run(controller: Controller, *ids: str) -> None:
    for id in ids:
        assert COMMANDS[id].enabled(controller), id
        COMMANDS[id].run(CommandContext(controller, None))  # type: ignore[arg-type]


def test_before_a_run_people_stand_as_in_the_data_and_measuring_is_offered(make: Make) -> None:
    controller = make(dataset(record("b"), record("a"), record("c", people=0)), at_once=False)
    strip = shown(controller).strip
    assert cases(controller) == [("b", "1"), ("b", "2"), ("a", "1"), ("a", "2"), ("c", None)]
    assert strip.measure.startswith("Measure all people")
    assert dict(strip.orders)[strip.order] == "As in the data"


def test_after_a_run_whom_the_student_fails_most_comes_first(
    make: Make, crowd: Dataset, measured: pl.DataFrame
) -> None:
    controller = opened(make, crowd)
    worst = measured.sort("apart", descending=True)
    assert cases(controller)[:20] == worst.select("record", "person").rows()[:20]
    strip = shown(controller).strip
    assert dict(strip.orders)[strip.order] == "Student worse than baseline, most first"
    assert strip.measure == ""
    cell = strip.people.cell(int(strip.rows[0]))  # type: ignore[union-attr]
    assert (cell.error_mm, cell.difference_mm) == pytest.approx(
        worst.select("student", "apart").row(0), abs=1e-3
    )


def check_sentences(controller: Controller, measured: pl.DataFrame, steps: int, stride: int) -> None:
    """The sentence about every `stride`th person of the strip says what the run's file holds."""
    columns = measured.select("record", "person", "baseline", "student", "teacher").iter_rows()
    numbers = {(record, person): errors for record, person, *errors in columns}
    limits = float(np.median(measured["teacher"])), float(np.median(measured["student"]))
    for case in cases(controller)[: steps * stride : stride]:
        actions.select(controller, case)
        baseline, student, teacher = numbers[case]
        text = shown(controller).bar.account.text
        values = re.search(r"Baseline (\d+) mm, student (\d+), teacher (\d+)", text)
        assert values is not None, text
        told = [float(value) for value in values.groups()]
        np.testing.assert_allclose(told, (baseline, student, teacher), atol=0.51)
        assert ("hard or mislabelled" in text) == (teacher > limits[0] and student > limits[1])
        assert ("distillation failure" in text) == (teacher <= limits[0] and student > limits[1])
        assert ("worse" in text.splitlines()[0]) == (student - baseline >= 2)
        assert ("better" in text.splitlines()[0]) == (student - baseline <= -2)


def test_the_first_number_is_there_before_the_networks_and_right_for_everybody(
    make: Make, crowd: Dataset, measured: pl.DataFrame
) -> None:
    check_sentences(opened(make, crowd), measured, steps=40, stride=8)


def test_the_sentence_does_not_wait_for_the_photo(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    actions.select(controller, cases(controller)[3])
    said = shown(controller).bar
    before = resolve(controller.state, replace(controller.content, scene=None)).bar
    assert before.account.text.splitlines()[:2] == said.account.text.splitlines()[:2]
    assert (before.name, before.photo, before.person) == (said.name, said.photo, said.person)


def test_the_sample_s_sentences_say_what_its_run_measured(make: Make) -> None:
    controller = make(open_sample(), at_once=False)
    controller.store.set(PEOPLE.change(controller.state, run=str(resource_path("sample_run"))))
    check_sentences(controller, table_of_file(resource_path("sample_run")), steps=20, stride=10)


def test_a_run_of_other_edges_or_poses_says_nothing_about_what_is_seen(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    thick = replace(controller.state, edges=replace(controller.state.edges, kernel=9))
    controller.store.set(thick)
    assert shown(controller).bar.account.text.startswith("Waiting for the student.")
    controller.store.undo()
    assert "Baseline" in shown(controller).bar.account.text
    controller.use_poses(None)
    assert shown(controller).bar.account.text.startswith("Waiting for the student.")


def test_next_and_previous_walk_along_the_strip_and_alt_goes_back(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    order = cases(controller)
    actions.select(controller, order[5])
    run(controller, "next_person", "next_person", "previous_person")
    assert (controller.state.record, controller.state.person) == order[6]
    run(controller, "selection_back", "selection_back")
    assert (controller.state.record, controller.state.person) == order[6]
    run(controller, "selection_back")
    assert (controller.state.record, controller.state.person) == order[5]
    run(controller, "selection_forward")
    assert (controller.state.record, controller.state.person) == order[6]
    actions.select(controller, order[-1])
    assert not COMMANDS["next_person"].enabled(controller)
    assert not controller.store.can_undo or controller.state.person == order[-1][1]


def test_chips_add_and_take_terms_and_count_whom_they_hold(
    make: Make, crowd: Dataset, measured: pl.DataFrame
) -> None:
    controller = opened(make, crowd)
    chips = {chip.title: chip for chip in shown(controller).strip.chips}
    worse = measured.filter(pl.col("apart") > 0.5)
    assert chips["student worse"].count == worse.height
    actions.toggle_term(controller, chips["student worse"].term)
    assert len(shown(controller).strip.rows) == worse.height
    assert {chip.title: chip.on for chip in shown(controller).strip.chips}["student worse"]
    actions.toggle_term(controller, chips["hidden"].term)
    assert PEOPLE.of(controller.state).where.count(" and ") == 1
    actions.toggle_term(controller, chips["student worse"].term)
    assert len(shown(controller).strip.rows) == chips["hidden"].count


def test_a_wrong_filter_is_told_and_shows_who_was_there(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    before = len(shown(controller).strip.rows)
    actions.filter_by(controller, "hiden > 0.2")
    assert "hidden" in shown(controller).strip.mistake
    assert len(shown(controller).strip.rows) == before


def test_any_number_orders_the_people(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    by_words = {words: id for id, words in shown(controller).strip.orders}
    actions.order_by(controller, by_words["Hidden, most first"])
    strip = shown(controller).strip
    assert strip.order == by_words["Hidden, most first"]
    hidden = strip.people.table.numbers("hidden")[np.asarray(strip.rows)]  # type: ignore[union-attr]
    known = hidden[np.isfinite(hidden)]
    assert (np.diff(known) <= 0).all()
    actions.order_by(controller, by_words["As in the data"])
    assert cases(controller)[0] == (crowd.records[0].key, crowd.records[0].people[0].key)


def test_the_same_person_is_one_click_away_in_the_other_cameras(make: Make) -> None:
    controller = make(open_sample(), at_once=False)
    actions.select(controller, ("cam03/000040.jpg", "avatar"))
    bar = shown(controller).bar
    assert [(chip.label, chip.title) for chip in bar.views] == [
        (str(n), f"Camera {n} · frame 40") for n in (1, 2, 3, 4)
    ]
    actions.select_view(controller, bar.views[0].record)
    after = shown(controller).bar
    assert (after.photo, after.name) == ("Camera 1 · frame 40", "Avatar")
    assert after.place.endswith("of 103")


def test_a_click_on_the_inset_selects_who_is_there(make: Make) -> None:
    controller = make(open_sample(), at_once=False)
    actions.select(controller, ("cam03/000040.jpg", "man"))
    boxes = {chip.key: chip.box for chip in shown(controller).bar.people}
    x, y, _, height = boxes["avatar"]  # type: ignore[misc]
    actions.select_at(controller, x + 1, y + height - 1)
    assert controller.state.person == "avatar"
    actions.select_at(controller, -500, -500)
    assert controller.state.person == "avatar"


def test_who_hides_whom_is_said_as_the_bodies_outlines_overlap(make: Make) -> None:
    """Silhouettes of the true bodies, filled triangle by triangle: the avatar was painted over the man."""
    sample, body = open_sample(), open_body()
    controller, told = make(sample, at_once=False), 0
    for key in ("cam01/000092.jpg", "cam02/000064.jpg", "cam03/000040.jpg", "cam03/000096.jpg"):
        actions.select(controller, (key, "man"))
        record = sample.records[sample.position(key)]
        assert record.camera is not None
        camera, masks = record.camera.without_extrinsics(), {}
        for person in record.people:
            if person.smpl is None:
                continue
            pixels = camera.project(body.forward(person.smpl).vertices)
            masks[person.key] = np.zeros((960, 544), np.uint8)
            for triangle in pixels[body.faces]:
                cv2.fillConvexPoly(masks[person.key], np.rint(triangle).astype(np.int32), 1)
        man = masks.pop("man") > 0
        share = (man & (sum(masks.values()) > 0)).sum() / man.sum()
        text = shown(controller).bar.account.text
        if share < 0.003:
            assert "Nobody hides the man." in text
        else:
            words = re.search(r"The avatar hides (\d+) % of the man\.", text)
            assert words is not None, (text, share)
            assert abs(int(words[1]) / 100 - share) < 0.015
            told += 1
    assert told


def test_who_is_left_out_and_why_nobody_is_there_are_said(make: Make) -> None:
    skipping = replace(record("a"), skipped=(SkippedPerson("7", SkipReason.CROWD),))
    controller = make(dataset(skipping, record("b", people=0)), at_once=False)
    assert shown(controller).bar.left_out == ("Person 7 marks a crowd, not one person: left out",)
    actions.select(controller, ("b", None))
    account = shown(controller).bar.account
    assert account.text.startswith("Nobody was found here.\n")
    assert "draw a box" in account.text.lower()
    assert account.lines[0][0].lead == "poses"


def test_only_methods_that_are_shown_are_told_against_the_chosen_one(make: Make, crowd: Dataset) -> None:
    controller = opened(make, crowd)
    choice = CHOICE.of(controller.state)
    controller.store.set(CHOICE.put(controller.state, replace(choice, baseline="teacher")))
    assert "the teacher" in shown(controller).bar.account.text.splitlines()[0]
    hidden = choice.toggled("teacher").toggled("baseline")
    controller.store.set(CHOICE.put(controller.state, hidden))
    assert shown(controller).bar.account.text.startswith("The student is off by ")
