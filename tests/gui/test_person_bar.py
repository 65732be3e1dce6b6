"""The bar above the stage: who, where, what happened, and what one can do about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.app.person_frames import PersonBarFrame, PersonChip, ViewChip
from sefd_viewer.app.person_numbers import Number
from sefd_viewer.app.sentences import Account, Part
from sefd_viewer.gui.person_bar import LOW_WINDOW, PersonBar
from sefd_viewer.gui.photo_inset import PhotoInset

ACCOUNT = Account(
    (
        Part("The student is "),
        Part("16 mm worse", "worse", (Number("Student, MPJPE", 185.4),), "", "difference"),
        Part(" than the baseline."),
    ),
    ((Part("Nobody hides <the> man.", rule="pixels", lead="hidden"),),),
)
FRAME = PersonBarFrame(
    image=np.full((160, 80, 3), 90, np.uint8),
    size=(800, 1600),
    crop=(200, 400, 400, 600),
    people=(PersonChip("man", "Man"), PersonChip("avatar", "Avatar")),
    person="man",
    record="cam03/000040.jpg",
    photo="Camera 3 · frame 40",
    place="photo 43 of 103",
    views=tuple(ViewChip(f"cam0{n}/000040.jpg", str(n), f"Camera {n} · frame 40") for n in (1, 2, 3, 4)),
    account=ACCOUNT,
    has_next=True,
)


@pytest.fixture
def bar(qtbot: QtBot) -> PersonBar:
    made = PersonBar()
    qtbot.addWidget(made)
    made.resize(1440, 96)
    made.show()
    made.apply(PersonBarFrame(), FRAME)
    return made


def test_it_names_person_photo_and_place(bar: PersonBar) -> None:
    shown = (bar.name.text(), bar.photo.text(), bar.place.text())
    assert shown == ("Man", "Camera 3 · frame 40", "photo 43 of 103")
    assert [chip.text() for chip in bar.others.buttons] == ["Avatar"]
    assert [chip.isChecked() for chip in bar.views.buttons] == [False, False, True, False]
    assert (bar.previous.isEnabled(), bar.next.isEnabled()) == (False, True)


def test_others_and_cameras_are_one_click_away(bar: PersonBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.person_chosen) as person:
        qtbot.mouseClick(bar.others.buttons[0], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(bar.record_chosen) as record:
        qtbot.mouseClick(bar.views.buttons[0], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(bar.stepped) as step:
        qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert (person.args, record.args, step.args) == (["avatar"], ["cam01/000040.jpg"], [1])
    assert bar.views.buttons[2].isChecked()  # until the frame says otherwise


def test_many_others_are_in_a_menu(bar: PersonBar, qtbot: QtBot) -> None:
    crowd = tuple(PersonChip(str(n), f"Person {n}") for n in range(1, 9))
    bar.apply(FRAME, replace(FRAME, people=crowd, person="1"))
    more = bar.others.buttons[-1]
    assert [chip.text() for chip in bar.others.buttons] == ["Person 2", "Person 3", "+5 ▾"]
    with qtbot.waitSignal(bar.person_chosen) as chosen:
        more.menu().actions()[-1].trigger()
    assert chosen.args == ["8"]


def test_who_is_left_out_is_told_with_the_reason(bar: PersonBar) -> None:
    reasons = ("Person 7 marks a crowd, not one person: left out", "Person 2 has no SMPL parameters")
    bar.apply(FRAME, replace(FRAME, left_out=reasons))
    assert bar.left_out.text() == "2 left out"
    assert bar.left_out.toolTip().splitlines() == list(reasons)
    bar.apply(FRAME, FRAME)
    assert bar.left_out.text() == ""


def test_a_verdict_is_told_and_shown_as_the_frame_says(bar: PersonBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.decided) as decided:
        qtbot.mouseClick(bar.decisions["bad"], Qt.MouseButton.LeftButton)
    assert decided.args == ["bad"]
    assert not bar.decisions["bad"].isChecked()
    bar.apply(FRAME, replace(FRAME, decision="bad", tags=("leaning", "hard")))
    assert bar.decisions["bad"].isChecked()
    assert bar.tag.toolTip() == "Tags: leaning, hard"


def test_each_claim_says_why_and_leads_on_by_mouse_and_keyboard(bar: PersonBar, qtbot: QtBot) -> None:
    view = bar.sentence
    view.sentence.linkHovered.emit("0")
    assert view.sentence.toolTip() == "Why does it say this?\nStudent, MPJPE: 185.4 mm"
    with qtbot.waitSignal(bar.followed) as followed:
        view.sentence.setFocus()
        qtbot.keyClick(view.sentence, Qt.Key.Key_Tab)
        qtbot.keyClick(view.sentence, Qt.Key.Key_Return)
    assert followed.args == ["difference"]
    assert "<the>" in view.accessibleDescription()
    assert "&lt;the&gt;" in view.lines.text()


@pytest.mark.parametrize("width", [1440, 1366, 1280, 1100])
@pytest.mark.parametrize("compact", [False, True])
def test_the_sentence_fits_at_every_width(bar: PersonBar, width: int, compact: bool) -> None:
    lines = (
        (
            Part("Baseline 169 mm, student 185, teacher 169"),
            Part(": the teacher did not lose it, the student did", short=": the student lost it"),
            Part(" — hard or mislabelled."),
        ),
        (
            Part("The avatar hides 4 % of the man. ", short="The avatar hides 4 %. "),
            Part("The error is mostly depth (159 mm, against 111 across): ", short="Mostly depth (159 mm): "),
            Part("turn the bodies to see it.", short="turn the bodies."),
        ),
    )
    bar.set_height(LOW_WINDOW - compact)
    bar.resize(width, bar.height())
    QApplication.processEvents()
    bar.apply(FRAME, replace(FRAME, account=Account(ACCOUNT.sentence, lines)))
    view = bar.sentence
    assert view.sentence.sizeHint().width() <= view.width()
    used = view.sentence.sizeHint().height() + view.lines.heightForWidth(view.width())
    assert used <= view.height()


def test_dragging_the_frame_moves_the_panes_and_a_click_selects(qtbot: QtBot) -> None:
    inset = PhotoInset()
    qtbot.addWidget(inset)
    inset.resize(80, 160)  # a tenth of the photo
    inset.apply(FRAME)
    inset.show()
    moved: list[tuple[float, float]] = []
    inset.panned.connect(lambda dx, dy: moved.append((dx, dy)))
    with qtbot.assertNotEmitted(inset.clicked):
        qtbot.mousePress(inset, Qt.MouseButton.LeftButton, pos=QPoint(40, 70))
        qtbot.mouseMove(inset, QPoint(50, 90))
        qtbot.mouseRelease(inset, Qt.MouseButton.LeftButton, pos=QPoint(50, 90))
    assert np.sum(moved, axis=0).tolist() == [100, 200]
    with qtbot.waitSignal(inset.clicked) as clicked:
        qtbot.mouseClick(inset, Qt.MouseButton.LeftButton, pos=QPoint(10, 20))
    assert clicked.args == [100, 200]
    moved.clear()
    qtbot.keyClick(inset, Qt.Key.Key_Right)
    assert moved == [(40, 0)]
