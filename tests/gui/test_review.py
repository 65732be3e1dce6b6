"""The workspace "Review" in the window: rows, keys, wall, verdict form, thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from sefd_viewer.app import plugins
from sefd_viewer.features.people.views.review.case_view import around
from sefd_viewer.features.people.views.review.workspace import ReviewWorkspace
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.judgements import VerdictStore
from tests.app.review_fakes import DARK, WIDE, reviewed_dataset
from tests.app.session_fakes import record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenWindow:
    """A window on three records with two people each, in the workspace."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(plugins, "review_detectors", lambda: ((WIDE, DARK), ()))
    (tmp_path / "set").mkdir()
    window = open_window(reviewed_dataset(tmp_path / "set"))
    window.run("workspace_review")
    return window


@pytest.fixture
def view(opened: OpenWindow) -> ReviewWorkspace:
    assert opened.window.stack is not None
    found = opened.window.stack.view("review")
    assert isinstance(found, ReviewWorkspace)
    return found


def state_at(view: ReviewWorkspace, line: int) -> str:
    model = view.table.model()
    return str(model.index(line, 0).data())


def verdicts(folder: Path) -> dict[tuple[str, str | None], str]:
    with VerdictStore(folder / "set" / "sefd-verdicts.sqlite") as store:
        return {verdict.case: verdict.state for verdict in store.all()}


def test_the_table_has_a_row_per_person_and_the_strip_of_inspect_is_away(
    opened: OpenWindow, view: ReviewWorkspace
):
    assert view.table.model().rowCount() == 6
    assert view.filter.count.text() == "6 rows"
    assert not opened.window.bars.of("person").below.isVisible()
    assert view.case.photo.title.text() == "a · person 1"


def test_keys_judge_and_go_on(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot, tmp_path: Path):
    for key in (Qt.Key.Key_G, Qt.Key.Key_B):
        qtbot.keyClick(view.table, key)
        opened.wait()
    assert verdicts(tmp_path) == {("a", "1"): "good", ("a", "2"): "bad"}
    assert (state_at(view, 0), state_at(view, 1)) == ("Good", "Bad")
    assert view.table.currentIndex().row() == 2
    assert opened.state.record == "b"
    qtbot.keyClick(opened.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    opened.wait()
    assert state_at(view, 1) == ""
    assert view.table.currentIndex().row() == 1


def test_keys_do_nothing_to_verdicts_in_another_workspace(opened: OpenWindow, qtbot: QtBot, tmp_path: Path):
    opened.run("workspace_inspect")
    qtbot.keyClick(opened.window, Qt.Key.Key_G)
    opened.wait()
    assert verdicts(tmp_path) == {}


def test_letters_typed_into_the_note_are_letters(
    opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot, tmp_path: Path
):
    view.case.form.note.setFocus()
    qtbot.keyClicks(view.case.form.note, "bugs")
    qtbot.keyClick(view.case.form.note, Qt.Key.Key_Return)
    opened.wait()
    assert verdicts(tmp_path) == {("a", "1"): "unreviewed"}
    qtbot.mouseClick(view.case.bar.states["bad"], LEFT)
    opened.wait()
    with VerdictStore(tmp_path / "set" / "sefd-verdicts.sqlite") as store:
        kept = store.get("a", "1")
    assert kept is not None
    assert kept.note == "bugs"
    assert kept.reviewer


def test_a_click_on_a_row_brings_its_case(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    place = view.table.visualRect(view.table.model().index(3, 1)).center()
    qtbot.mouseClick(view.table.viewport(), LEFT, pos=place)
    opened.wait()
    assert (opened.state.record, opened.state.person) == ("b", "2")
    assert view.case.photo.title.text() == "b · person 2"


def test_the_filter_is_typed_and_escape_empties_it(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    opened.run("review_filter")
    qtbot.keyClicks(view.filter.field, "person=2 c")
    opened.wait()
    assert view.table.model().rowCount() == 1
    assert view.filter.count.text() == "1 of 6 rows"
    qtbot.keyClicks(view.filter.field, " nonsense>")
    opened.wait()
    assert "There is no column nonsense" in view.filter.count.text()
    qtbot.keyClick(view.filter.field, Qt.Key.Key_Escape)
    opened.wait()
    assert view.table.model().rowCount() == 6


def test_nothing_that_fits_is_said_in_the_place_of_the_rows(opened: OpenWindow, view: ReviewWorkspace):
    opened.controller.review.choices.set_words("nobody like this")
    opened.wait()
    assert view.page.words is not None
    assert view.page.words.title == "Nothing fits the filter"
    assert view.page.isVisible()


def test_a_click_on_a_header_sorts_both_ways(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    header = view.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(2) + 8, header.height() // 2)
    seen = []
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), LEFT, pos=place)
        opened.wait()
        seen.append([view.table.model().index(line, 2).data() for line in range(6)])
    assert seen == [list("111222"), list("222111")]


def test_the_wall_shows_the_same_rows_and_case(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    opened.run("review_wall")
    assert view.wall.isVisible()
    qtbot.mouseClick(view.wall.viewport(), LEFT, pos=view.wall.tile(4).center())
    opened.wait()
    assert (opened.state.record, opened.state.person) == ("c", "1")
    view.wall.setFocus()
    qtbot.keyClick(view.wall, Qt.Key.Key_Right)
    opened.wait()
    assert (opened.state.record, opened.state.person) == ("c", "2")
    picture = view.wall.grab().toImage()
    inside = view.wall.tile(0).center()
    assert picture.pixelColor(inside).lightness() > 30


def test_a_picture_that_was_repaired_is_seen_on_the_wall(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), np.full((60, 80, 3), 70, np.uint8))
    opened = open_window(reviewed_dataset(None, replace(record("a", people=1), image=None, image_path=file)))
    for command in ("workspace_review", "review_wall"):
        opened.run(command)
    assert opened.window.stack is not None
    wall = opened.window.stack.view("review").wall

    def shade() -> int:
        inside = wall.tile(0).center()
        return wall.grab().toImage().pixelColor(inside).red()

    qtbot.waitUntil(lambda: shade() == 70)
    cv2.imwrite(str(file), np.full((62, 80, 3), 210, np.uint8))
    qtbot.waitUntil(lambda: shade() == 210)


def test_a_verdict_is_for_all_rows_picked_and_one_step_of_undo(
    opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot, tmp_path: Path
):
    def click(line: int, modifier: Qt.KeyboardModifier) -> None:
        place = view.table.visualRect(view.table.model().index(line, 1)).center()
        qtbot.mouseClick(view.table.viewport(), LEFT, modifier, place)
        opened.wait()

    click(1, Qt.KeyboardModifier.NoModifier)
    click(3, Qt.KeyboardModifier.ShiftModifier)
    click(2, Qt.KeyboardModifier.ControlModifier)
    assert opened.state.review.picked == (1, 3)
    assert "2 picked" in view.filter.count.text()
    qtbot.keyClick(view.table, Qt.Key.Key_B)
    opened.wait()
    assert verdicts(tmp_path) == {("a", "2"): "bad", ("b", "2"): "bad"}
    assert opened.state.review.picked == ()
    opened.run("undo")
    assert verdicts(tmp_path) == {}


def test_tiles_are_picked_like_rows(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    opened.run("review_wall")
    for line, modifier in ((1, Qt.KeyboardModifier.NoModifier), (4, Qt.KeyboardModifier.ShiftModifier)):
        qtbot.mouseClick(view.wall.viewport(), LEFT, modifier, view.wall.tile(line).center())
        opened.wait()
    assert opened.state.review.picked == (1, 2, 3, 4)
    opened.run("review_wall")
    rows = {index.row() for index in view.table.selectionModel().selectedRows()}
    assert rows == {1, 2, 3, 4}
    opened.run("next_record")
    assert opened.state.review.picked == ()


def test_a_threshold_dragged_finds_again(opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot):
    view.detectors.scan.click()
    opened.wait()
    row = view.detectors.rows["wide"]
    assert row.count.text() == "6"
    qtbot.mouseClick(row.bar, LEFT, pos=QPoint(row.bar.width() - 4, 10))
    opened.wait()
    assert row.count.text() == "0"
    assert "above 40 px" in row.limit.text()
    qtbot.mouseDClick(row.bar, LEFT, pos=QPoint(20, 10))
    opened.wait()
    assert row.limit.text() == "above 5 px"
    row.count.click()
    opened.wait()
    assert view.filter.field.text() == "finding:wide"


def test_a_click_on_a_detectors_name_tells_what_it_measures(
    opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot
):
    row = view.detectors.rows["wide"]
    assert opened.window.isVisible()
    assert not row.about.isVisible()
    qtbot.mouseClick(row.title, LEFT)
    assert row.about.isVisible()
    assert row.about.text() == "How wide the box is."


def test_findings_stand_beside_the_case_in_words(opened: OpenWindow, view: ReviewWorkspace):
    view.detectors.scan.click()
    opened.wait()
    assert "pixels wide" in view.case.notes.findings.text()


def test_a_near_person_lies_inside_the_picture_in_the_shape_of_the_view():
    left, top, right, bottom = around((600.0, 10.0, 30.0, 60.0), (640, 480), (400, 200))
    assert right == 639.5
    assert top == -0.5
    assert left < 600 < 630 < right
    assert (right - left) / (bottom - top) == pytest.approx(2.0)


def test_there_is_nothing_to_stop_once_pictures_and_verdicts_are_there(
    opened: OpenWindow, view: ReviewWorkspace, qtbot: QtBot
):
    opened.run("review_wall")
    qtbot.keyClick(view.wall, Qt.Key.Key_G)
    opened.wait()
    assert not opened.window.actions_table.actions["stop"].isEnabled()


def test_the_notes_follow_the_theme(opened: OpenWindow, view: ReviewWorkspace):
    assert current_colors().quiet in view.case.notes.findings.text()
    opened.run("toggle_theme")
    assert current_colors().quiet in view.case.notes.findings.text()
    opened.run("toggle_theme")
