"""The strip of people: only what is seen is looked at, and nothing moves under the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from sefd_viewer.app.filtering import Completion
from sefd_viewer.app.person_frames import Cell, QuickChip, StripFrame, StripPeople
from sefd_viewer.app.person_pictures import PersonPictures
from sefd_viewer.gui.strip import Strip
from sefd_viewer.gui.strip_list import difference_words

MANY = 100_000


class People(StripPeople):
    """Made-up people who count how often they are looked at."""

    def __init__(self, total: int) -> None:
        self.total, self.looked = total, 0

    def __len__(self) -> int:
        return self.total

    def cell(self, row: int) -> Cell:
        self.looked += 1
        return Cell(100.0 + row, 10.0 - row, f"cam 1 · {row}", f"person {row}")

    def row(self, _record: str, _person: str | None) -> int | None:
        return None

    def picture(self, _row: int, _pictures: PersonPictures) -> Any:
        return None


@pytest.fixture
def strip(qtbot: QtBot) -> Iterator[Strip]:
    with ThreadPoolExecutor(1) as executor:
        made = Strip(PersonPictures(executor, lambda call: call()))
        qtbot.addWidget(made)
        made.resize(1440, 200)
        made.show()
        yield made


def frame(total: int = 50, **changes: Any) -> StripFrame:
    shown = StripFrame(
        People(total),
        np.arange(total, dtype=np.int32),
        orders=(("student - baseline", "Student worse than baseline, most first"), ("", "As in the data")),
        chips=(
            QuickChip("hidden", "hidden > 0.05", 27),
            QuickChip("findings", "finding = any", 100, on=True),
        ),
    )
    return replace(shown, **changes)


def show(strip: Strip, new: StripFrame) -> None:
    strip.apply(StripFrame(), new)
    strip.list.viewport().repaint()


def test_a_hundred_thousand_people_scroll_and_only_those_seen_are_looked_at(strip: Strip) -> None:
    many = frame(MANY, row=MANY - 1)
    show(strip, many)
    assert isinstance(many.people, People)
    assert many.people.looked < 60
    line = strip.list.line_at(QPoint(strip.list.viewport().width() - 60, 40))
    assert line == MANY - 1
    assert strip.count.text() == "100,000 of 100,000"


def test_choosing_somebody_in_view_moves_nothing(strip: Strip) -> None:
    show(strip, frame(row=0))
    bar = strip.list.horizontalScrollBar()
    bar.setValue(120)
    before = bar.value()
    strip.apply(frame(row=0), frame(row=5))
    assert bar.value() == before
    strip.apply(frame(row=5), frame(row=49))
    assert bar.value() == bar.maximum()


def test_a_new_order_waits_while_the_pointer_is_on_the_strip(
    strip: Strip, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(strip, frame(row=3))
    viewport, turned = strip.list.viewport(), frame(row=3, rows=np.arange(50, dtype=np.int32)[::-1])
    monkeypatch.setattr(viewport, "underMouse", lambda: True)
    strip.apply(frame(), turned)
    with qtbot.waitSignal(strip.chosen) as chosen:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=strip.list.tile(0).center())
    assert chosen.args == [0]
    monkeypatch.setattr(viewport, "underMouse", lambda: False)
    strip.list.leaveEvent(QEvent(QEvent.Type.Leave))
    with qtbot.waitSignal(strip.chosen) as chosen:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=strip.list.tile(0).center())
    assert chosen.args == [49]


def test_clicks_keys_and_wheel_go_through_people(strip: Strip, qtbot: QtBot) -> None:
    show(strip, frame(row=3))
    with qtbot.waitSignal(strip.chosen) as clicked:
        qtbot.mouseClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=strip.list.tile(1).center())
    with qtbot.waitSignal(strip.chosen) as pressed:
        qtbot.keyClick(strip.list, Qt.Key.Key_Right)
    with qtbot.waitSignal(strip.opened) as opened:
        qtbot.mouseDClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=strip.list.tile(2).center())
    assert (clicked.args, pressed.args, opened.args) == ([1], [4], [2])
    turn = QWheelEvent(
        QPoint(50, 50),
        strip.list.mapToGlobal(QPoint(50, 50)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    strip.list.wheelEvent(turn)
    assert strip.list.horizontalScrollBar().value() > 0


def test_the_filter_holds_when_it_is_entered_and_stays_while_typed(strip: Strip, qtbot: QtBot) -> None:
    show(strip, frame())
    strip.filter.setFocus()
    with qtbot.assertNotEmitted(strip.filter_changed):
        qtbot.keyClicks(strip.filter, "hidden > 0.2")
        strip.apply(frame(), frame())
    assert strip.filter.text() == "hidden > 0.2"
    with qtbot.waitSignal(strip.filter_changed) as changed:
        qtbot.keyClick(strip.filter, Qt.Key.Key_Return)
    assert changed.args == ["hidden > 0.2"]
    with qtbot.waitSignal(strip.filter_changed) as emptied:
        qtbot.keyClick(strip.filter, Qt.Key.Key_Escape)
    assert emptied.args == [""]


def test_words_complete_while_the_filter_is_typed(strip: Strip, qtbot: QtBot) -> None:
    show(strip, frame())
    known = ("hidden", "height", "student")
    strip.filter.suggest = lambda words, place: [
        Completion(name, "", words.rfind(" ", 0, place) + 1, place)
        for name in known
        if name.startswith(words[words.rfind(" ", 0, place) + 1 : place])
    ]
    strip.filter.setFocus()
    qtbot.keyClicks(strip.filter, "student > 9 and h")
    assert strip.filter.offered == ["hidden", "height"]
    strip.filter.offer.activated.emit("hidden")
    assert strip.filter.text() == "student > 9 and hidden"


def test_chips_tell_how_many_and_toggle_their_term(strip: Strip, qtbot: QtBot) -> None:
    show(strip, frame())
    assert [(chip.text(), chip.isChecked()) for chip in strip.chips] == [
        ("hidden 27", False),
        ("findings 100", True),
    ]
    with qtbot.waitSignal(strip.term_toggled) as toggled:
        qtbot.mouseClick(strip.chips[0], Qt.MouseButton.LeftButton)
    assert toggled.args == ["hidden > 0.05"]
    assert not strip.chips[0].isChecked()


def test_people_or_time_and_folding(strip: Strip, qtbot: QtBot) -> None:
    time = QWidget()
    strip.set_time(time)
    strip.allow_time(allowed=True)
    show(strip, frame())
    assert (strip.list.isVisible(), time.isVisible()) == (True, False)
    with qtbot.waitSignal(strip.timed) as timed:
        qtbot.mouseClick(strip.time, Qt.MouseButton.LeftButton)
    assert timed.args == [True]
    show(strip, frame(timed=True))
    assert (strip.list.isVisible(), time.isVisible()) == (False, True)
    show(strip, frame(folded=True))
    assert not strip.list.isVisible()
    with qtbot.waitSignal(strip.folded) as folded:
        qtbot.mouseClick(strip.fold, Qt.MouseButton.LeftButton)
    assert folded.args == [False]


def test_what_is_measured_not_yet_is_offered(strip: Strip, qtbot: QtBot) -> None:
    show(strip, frame(measure="Measure all people (about 3 min)"))
    with qtbot.waitSignal(strip.measure_wanted):
        qtbot.mouseClick(strip.measure, Qt.MouseButton.LeftButton)
    show(strip, frame())
    assert not strip.measure.isVisible()


def test_differences_carry_their_sign() -> None:
    values = [16.4, -3.2, 0.4, float("nan")]
    assert [difference_words(value) for value in values] == ["+16", "−3", "±0", ""]


def test_screen_readers_hear_who_is_selected(strip: Strip) -> None:
    show(strip, frame(row=3))
    assert strip.list.accessibleDescription() == "4 of 50: person 3"
