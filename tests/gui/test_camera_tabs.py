"""The tabs Extrinsics, Image plane and Conventions in a real window, acted on through their widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from sefd_viewer.cameras.diagnosis.convention_search import Change
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.cameras.sequences.findings import BodyCorrection, SequenceFinding, SetVerdict
from sefd_viewer.cameras.sequences.places import Part, SequenceId
from sefd_viewer.features.cameras.correcting import Correctable
from sefd_viewer.features.cameras.diagnosis import DiagnosisLine, DiagnosisReport
from sefd_viewer.features.cameras.frame import FRAME, ImagePlaneFrame
from sefd_viewer.features.cameras.model import CAMERAS
from sefd_viewer.features.cameras.service import service_of
from sefd_viewer.features.cameras.views.diagnosis import LineRow
from sefd_viewer.features.cameras.views.image_plane import proof_words
from tests.app.session_fakes import dataset
from tests.app.test_image_plane import folder_of_people
from tests.app.world_records import world_dataset
from tests.gui.window_fakes import OpenWindow


@pytest.fixture
def tab(open_window: Callable[..., OpenWindow]) -> Callable[[Any, str], tuple[OpenWindow, Any]]:
    """Open a data set with one of the tabs in view."""

    def build(found: Any, name: str) -> tuple[OpenWindow, Any]:
        opened = open_window(found)
        opened.run(f"tab_{name}")
        board: Any = opened.window.stack.view("cameras")
        return opened, next(page for key, page in board.tabs._pages.items() if key == name)

    return build


def test_a_mode_is_chosen_and_outlined(tab, qtbot: QtBot) -> None:
    opened, page = tab(world_dataset(), "extrinsics")
    qtbot.mouseClick(page.modes.bodies["paper"], Qt.MouseButton.LeftButton)
    assert CAMERAS.of(opened.state).mode == "paper"
    page.modes.lines["raw"].click()
    assert CAMERAS.of(opened.state).outlined == {"raw", "exact"}
    page.modes.all_lines.click()
    opened.wait()
    assert CAMERAS.of(opened.state).outlined == {"raw", "paper", "exact"}
    assert all(eye.isChecked() for eye in page.modes.lines.values())
    opened.run("undo")
    assert CAMERAS.of(opened.state).outlined == {"raw", "exact"}


def test_records_without_world_bodies_show_words(tab) -> None:
    _, page = tab(dataset(), "extrinsics")
    assert page.words.isVisibleTo(page)
    assert not page.area.isVisibleTo(page)


def test_a_person_is_brought_nearer_with_the_keyboard_and_undone(tab, qtbot: QtBot, tmp_path) -> None:
    opened, page = tab(folder_of_people(tmp_path), "image_plane")
    page.methods.setCurrentIndex(page.methods.findData("truth"))
    page.methods.activated.emit(page.methods.currentIndex())
    opened.wait()
    assert page.list.order == ("1", "3", "2")
    assert "every vertex keeps its pixel" in page.proof.text()
    page.list.setCurrentRow(2)
    qtbot.keyClick(page.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    opened.wait()
    assert page.list.order == ("1", "2", "3")
    assert opened.state.depth_orders == {"a": ("1", "2", "3")}
    assert page.reset.isEnabled()
    opened.run("undo")
    assert page.list.order == ("1", "3", "2")
    assert not page.reset.isEnabled()


def test_a_person_is_dragged_to_another_place(tab, qtbot: QtBot, tmp_path) -> None:
    opened, page = tab(folder_of_people(tmp_path), "image_plane")
    page.methods.setCurrentIndex(page.methods.findData("truth"))
    page.methods.activated.emit(page.methods.currentIndex())
    opened.wait()
    qtbot.waitUntil(lambda: page.list.height() >= page.list.sizeHint().height())
    places = [page.list.visualItemRect(page.list.item(row)).center() for row in range(3)]
    viewport = page.list.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=places[2])
    qtbot.mouseMove(viewport, pos=places[1])
    qtbot.mouseMove(viewport, pos=places[0])
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=places[0])
    opened.wait()
    assert opened.state.depth_orders == {"a": ("2", "1", "3")}
    assert page.list.order == ("2", "1", "3")


def test_what_loses_its_pixel_is_said() -> None:
    assert proof_words(ImagePlaneFrame()) == ""


def test_a_card_changes_one_camera_or_all_and_resets(tab) -> None:
    opened, page = tab(world_dataset(), "conventions")
    card = page.cards["lens"]
    card.views.setCurrentIndex(card.views.findText("right"))
    row = card.steps["camera.distortion"]
    row.choice.activated.emit(1)
    opened.wait()
    conventions: Conventions = CAMERAS.of(opened.state).conventions
    assert (conventions.of("left").distortion, conventions.of("right").distortion) == ("on", "off")
    card.views.setCurrentIndex(0)
    card.views.activated.emit(0)
    assert row.choice.currentIndex() == -1
    card.reset.click()
    opened.wait()
    assert CAMERAS.of(opened.state).conventions is None


def test_numbers_are_typed_and_the_error_answers(tab) -> None:
    opened, page = tab(world_dataset(), "conventions")
    shift = page.cards["picture"].steps["camera.shift"]
    shift.numbers[1].setValue(12.0)
    opened.wait()
    assert CAMERAS.of(opened.state).conventions.every.shift == (0.0, 12.0)
    before, after, _ = FRAME.of(opened.controller.frame).inspector.errors["Bodies in the pictures"]
    assert before < 0.01
    assert after == pytest.approx(12.0, rel=0.05)
    page.errors.reset.click()
    opened.wait()
    assert CAMERAS.of(opened.state).conventions is None


REPORT = DiagnosisReport(
    "world",
    Conventions().with_option("camera.unit", 0.001).with_option("camera.axes", "OpenGL"),
    "83.0 px",
    "1.2 px",
    (
        DiagnosisLine(
            "fault", "t is in millimetres", "83.0 px → 1.2 px", "sure", Change("camera.unit", 0.001)
        ),
        DiagnosisLine("fault", "axes", "9.0 px → 1.2 px", "a guess", Change("camera.axes", "OpenGL")),
    ),
)


def test_a_diagnosis_is_run_applied_and_copied(tab, monkeypatch) -> None:
    from sefd_viewer.features.cameras.diagnosis_work import DiagnosisTask

    monkeypatch.setattr(DiagnosisTask, "run", lambda _task, _tell: (REPORT,))
    opened, page = tab(world_dataset(), "conventions")
    page.diagnosis.start.click()
    opened.wait()
    buttons = {button.text(): button for button in page.diagnosis.findChildren(QPushButton)}
    buttons["Copy as text"].click()
    assert "t is in millimetres" in QGuiApplication.clipboard().text()
    buttons["Apply"].click()
    opened.wait()
    assert CAMERAS.of(opened.state).conventions == Conventions().with_option("camera.unit", 0.001)
    guess = next(row for row in page.diagnosis.findChildren(LineRow) if row.line.confidence == "a guess")
    guess.tick.click()
    buttons["Apply"].click()
    opened.wait()
    assert CAMERAS.of(opened.state).conventions == REPORT.conventions


def test_what_can_be_corrected_is_listed_and_a_tick_confirms_it(
    open_window: Callable[..., OpenWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window(world_dataset())
    context, written = service_of(opened.controller), list[Any]()
    places = [Part(SequenceId("8", action, "1"), "S8", ("1", "2"), ((0, 99),), 200) for action in ("2", "14")]
    sure, likely = (
        SequenceFinding("bodies", "frame", fault, "Move them", (place,), sureness, 5100.0, 14.0, "mm", moved)
        for fault, place, sureness, moved in (
            ("bodies lie at their root joint", places[0], "sure", (BodyCorrection(roots=1),)),
            ("bodies are in camera 1's frame", places[1], "likely", (BodyCorrection(R=np.eye(3)),)),
        )
    )
    context.corrections = Correctable(
        (), (sure, likely), SetVerdict((), (), ()), ("the files have no place for it",)
    )
    monkeypatch.setattr(context, "write_corrected", lambda *words: written.append(words))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: "/copy")
    opened.window.toggle_card("corrections")
    page: Any = opened.window.card("corrections")
    assert page.ticked() == [sure]
    assert page.refused.text() == "the files have no place for it"
    assert "in camera 1's frame (5.1 m -> 14 mm; likely)" in page.ticks[1].accessibleName()
    page.ticks[1].click()
    assert page.ticked() == [sure, likely]
    page.ticks[0].click()
    page.write.click()
    assert written == [("/copy", [likely])]
    assert not page.isVisible()
    opened.window.toggle_card("corrections")
    page.ticks[0].click()
    assert not page.write.isEnabled()
