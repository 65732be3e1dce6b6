"""Slides on the screen, the page with the cases, and the bar that plays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.app.story import PRESENT, Case, Show
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, with_playback
from sefd_viewer.features.present.actions import change_show
from sefd_viewer.features.present.views.bars import PresentBars
from sefd_viewer.features.present.views.cases_page import CasesPage
from sefd_viewer.gui.canvas import ImageCanvas
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
SHOW = Show("", (Case("a", "The first", "baseline 80 mm"), Case("b", "The second", "Look at the arm")))


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    window = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    change_show(window.controller, SHOW)
    return window


def press(opened: OpenWindow, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(opened.window, key)
    opened.wait()


def bars(opened: OpenWindow) -> PresentBars:
    found = opened.window.bars.of("present")
    assert isinstance(found, PresentBars)
    return found


def panes(opened: OpenWindow) -> list[str]:
    return [pane.title for pane in STAGE_FRAME.of(opened.controller.frame).panes]


def test_with_many_methods_no_list_of_them_stands_before_an_audience(opened: OpenWindow):
    choice = CHOICE.of(opened.state)
    for name in ("one", "two", "three"):
        choice = choice.added(name, "weights", source=f"{name}.safetensors", said="student")
    opened.controller.store.set(CHOICE.put(opened.state, choice))
    opened.wait()
    assert STAGE_FRAME.of(opened.controller.frame).list is not None
    opened.run("present")
    opened.wait()
    assert STAGE_FRAME.of(opened.controller.frame).list is None


def test_no_pane_has_the_keyboard_before_an_audience_and_the_people_have_it_again(
    opened: OpenWindow, qtbot: QtBot
):
    people = opened.window.bars.of("person").below.list
    people.setFocus()
    opened.run("present")
    opened.wait()
    assert not isinstance(opened.window.focusWidget(), ImageCanvas)
    press(opened, qtbot, Qt.Key.Key_Escape)
    assert not opened.window.isFullScreen()
    assert opened.window.focusWidget() is people


def test_the_stage_fills_the_screen_and_keys_lead_through_the_cases(opened: OpenWindow, qtbot: QtBot):
    opened.run("present")
    opened.wait()
    above, below = bars(opened).widgets()
    assert opened.window.isFullScreen()
    opened.window.resize(1440, 900)  # the screen of tests is narrow, where the truth is an outline alone
    qtbot.waitUntil(lambda: len(panes(opened)) == 4)
    assert not opened.window.header.isVisible()
    assert not opened.window.bars.of("person").above.isVisible()
    assert above.title.text() == "The first"
    assert panes(opened) == ["Photo", "Baseline", "Student", "Truth"]
    press(opened, qtbot, Qt.Key.Key_Right)
    assert above.title.text() == "The second"
    assert above.number.text() == "2 of 2"
    assert below.note.text() == "Look at the arm"
    for shown in (["Photo"], ["Photo", "Baseline"], ["Photo", "Baseline", "Student"]):
        press(opened, qtbot, Qt.Key.Key_Space)
        assert panes(opened) == shown
    press(opened, qtbot, Qt.Key.Key_N)
    assert not any(pane.mm for pane in STAGE_FRAME.of(opened.controller.frame).panes)
    press(opened, qtbot, Qt.Key.Key_T)
    assert STAGE_FRAME.of(opened.controller.frame).view == "turned"
    press(opened, qtbot, Qt.Key.Key_Escape)
    assert not opened.window.isFullScreen()
    assert opened.window.header.isVisible()
    assert not above.isVisible()
    assert STAGE_FRAME.of(opened.controller.frame).view == "photo"
    assert panes(opened) == ["Photo", "Baseline", "Student", "Teacher", "Truth"]


def test_heads_of_panes_are_written_for_an_audience_and_as_before_afterwards(
    opened: OpenWindow, qtbot: QtBot
):
    def letters() -> list[int]:
        head = opened.window.stack.view("inspect").panes["student"].header
        return [label.font().pixelSize() for label in (head.name, head.mm, head.change)]

    near = letters()
    opened.run("present")
    opened.window.resize(1440, 900)
    opened.wait()
    assert all(far > 1.5 * usual for far, usual in zip(letters(), near, strict=True))
    press(opened, qtbot, Qt.Key.Key_Escape)
    assert letters() == near


def test_a_blind_test_gives_nothing_away_and_ends_with_a_table(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    name = str(tmp_path / "votes")
    monkeypatch.setattr(
        "sefd_viewer.gui.window_shell.QFileDialog.getSaveFileName", lambda *_: (name, "Table (*.csv)")
    )
    opened.run("blind_test")
    opened.wait()
    stage = STAGE_FRAME.of(opened.controller.frame)
    assert panes(opened) == ["Photo", "A", "B"]
    assert len({pane.info.color for pane in stage.panes if pane.info is not None}) == 1
    assert not any(pane.mm or pane.change or pane.note or pane.outline for pane in stage.panes)
    above, below = bars(opened).widgets()
    assert "drawn anew for each" in below.explanation.text()
    assert not opened.window.stack.isVisible()
    press(opened, qtbot, Qt.Key.Key_1)  # no vote before the question
    press(opened, qtbot, Qt.Key.Key_Space)
    assert opened.window.stack.isVisible()
    assert above.title.text() == "Which body fits the person better, A or B?"
    for key in (Qt.Key.Key_G, Qt.Key.Key_4, Qt.Key.Key_E, Qt.Key.Key_N, Qt.Key.Key_Space):
        press(opened, qtbot, key)  # neither a verdict on the annotation nor colours of the error
    assert not STAGE_FRAME.of(opened.controller.frame).errors
    assert panes(opened) == ["Photo", "A", "B"]
    press(opened, qtbot, Qt.Key.Key_T)
    assert STAGE_FRAME.of(opened.controller.frame).view == "turned"
    assert not below.box.isVisible()
    assert not below.note.isVisible()
    assert not re.search("mm|cm|baseline|student", below.sentence.text().lower())
    press(opened, qtbot, Qt.Key.Key_1)
    press(opened, qtbot, Qt.Key.Key_0)
    assert below.results.isVisible()
    assert not opened.window.stack.isVisible()
    assert below.results.table.rowCount() == 2
    assert below.results.table.item(1, 3).text() == "neither"
    assert (tmp_path / "votes.csv").exists()
    press(opened, qtbot, Qt.Key.Key_Escape)
    assert not opened.window.isFullScreen()


def test_cases_are_prepared_on_a_page(opened: OpenWindow):
    opened.run("cases")
    page = opened.window.card("cases")
    assert isinstance(page, CasesPage)
    assert page.list.count() == 2
    page.list.setCurrentRow(0)
    page.note.setText("Before the meeting")
    page.note.editingFinished.emit()
    assert PRESENT.of(opened.state).show.cases[0].note == "Before the meeting"
    page.before.setCurrentIndex(page.before.findData("student"))
    page.before.activated.emit(page.before.currentIndex())
    assert (PRESENT.of(opened.state).show.before, PRESENT.of(opened.state).show.after) == (
        "student",
        "baseline",
    )
    page.remove.click()
    assert [case.record for case in PRESENT.of(opened.state).show.cases] == ["b"]


def capture(count: int) -> Dataset:
    return dataset(
        *(replace(record(f"{n}", truth=True), view="left", moment=f"walk_{n:03d}") for n in range(count))
    )


def test_space_plays_and_the_bar_follows(open_window: Open, qtbot: QtBot):
    opened = open_window(capture(4))
    bar = opened.window.bars.of("person").time
    assert not bar.isVisible()
    opened.run("strip_time")
    assert bar.isVisible()
    opened.run("playback_loops")
    qtbot.keyClick(opened.window, Qt.Key.Key_Space)
    qtbot.waitUntil(
        lambda: opened.state.record == "3" and not PLAYBACK.of(opened.state).playing, timeout=60_000
    )
    assert bar.place.text() == "4 of 4"
    assert "4 frames known" in bar.value.text()
    opened.run("strip_folded")
    assert not bar.isVisible()
    opened.run("strip_folded")
    bar.plot.clicked.emit(1)
    assert opened.state.record == "1"


def test_while_frames_are_played_each_is_shown_as_a_whole(open_window: Open, qtbot: QtBot):
    opened = open_window(capture(4))
    for _ in range(3):
        opened.run("next_frame")  # so that all answers are known
    shown: list[Frame] = []
    opened.controller.listen(lambda _old, new: shown.append(new) if PLAYBACK_FRAME.of(new).playing else None)
    opened.controller.store.set(with_playback(opened.state, rate=60.0), remember=False)
    opened.window.actions_table.run("play")
    qtbot.waitUntil(lambda: len({frame.record for frame in shown}) == 4, timeout=60_000)
    opened.run("play")
    images = {one.key: one.image for one in opened.controller.content.dataset.records}
    for frame in shown:
        assert frame.photo.image is images[frame.record]
        assert all(pane.drawing is not None for pane in STAGE_FRAME.of(frame).panes if pane.info is not None)


def test_a_held_key_skips_no_photo_and_pressed_ones_all_count(open_window: Open):
    opened, shown = open_window(capture(9)), list[str | None]()
    images = {one.key: one.image for one in opened.controller.content.dataset.records}

    def press(*, again: bool) -> None:
        where, key, none = QEvent.Type.ShortcutOverride, Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(opened.window, QKeyEvent(where, key, none, "d", again))
        opened.window.actions_table.actions["next_record"].trigger()

    def note(_old: Frame, new: Frame) -> None:
        if new.photo.image is images[new.record] and new.record not in shown[-1:]:
            shown.append(new.record)

    opened.controller.listen(note)
    while opened.state.record != "4":
        for _ in range(3):  # faster than anything is drawn
            before = opened.state.record
            press(again=True)
            assert before == opened.state.record or before in ("0", *shown)
            if opened.state.record == "4":
                break
        opened.wait()
    assert shown == ["1", "2", "3", "4"]
    for _ in range(4):
        press(again=False)
    assert opened.state.record == "8"


def test_space_is_a_letter_while_typing(open_window: Open, qtbot: QtBot):
    opened = open_window(capture(3))
    search = opened.window.bars.of("person").below.filter
    search.setFocus()
    qtbot.keyClicks(search, "a b")
    assert search.text() == "a b"
    assert not PLAYBACK.of(opened.state).playing


def test_space_presses_a_button_that_has_the_keyboard(open_window: Open, qtbot: QtBot):
    opened = open_window(capture(3))
    box = opened.window.stack.view("inspect").findChildren(QCheckBox)[0]
    box.setFocus()
    before = box.isChecked()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked() != before
    assert not PLAYBACK.of(opened.state).playing


def test_single_pictures_have_no_time(open_window: Open):
    opened = open_window()
    assert not opened.window.bars.of("person").below.time.isVisible()
