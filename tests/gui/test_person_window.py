"""The bar and the strip in the window: one selection for Inspect, Edges and Explain, by keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sefd_viewer.app.person_frames import PERSON_FRAME
from sefd_viewer.app.pose_edits import POSE_EDITING
from sefd_viewer.app.sentences import Lead
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.person import actions
from sefd_viewer.features.person.views.bars import LEADS
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(actions, "pictures_folder", lambda: tmp_path / "pictures")


def bars_of(opened: OpenWindow) -> Any:
    assert opened.window.bars is not None
    return opened.window.bars.of("person")


def selected(opened: OpenWindow) -> tuple[str | None, str]:
    """The photo, and what the bar calls the person."""
    opened.wait()
    return opened.state.record, bars_of(opened).above.name.text()


def test_keys_go_to_the_next_person_the_next_photo_and_back(open_window: Open, qtbot: QtBot) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    assert selected(opened) == ("a", "Person 1")
    qtbot.keyClick(opened.window, Qt.Key.Key_Period)
    assert selected(opened) == ("a", "Person 2")
    qtbot.keyClick(opened.window, Qt.Key.Key_Period)
    assert selected(opened) == ("b", "Person 1")
    qtbot.keyClick(opened.window, Qt.Key.Key_Comma)
    assert selected(opened) == ("a", "Person 2")
    qtbot.keyClick(opened.window, Qt.Key.Key_D)
    assert selected(opened) == ("b", "Person 1")
    qtbot.keyClick(opened.window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert selected(opened) == ("a", "Person 2")
    assert not opened.controller.store.can_undo


def test_a_tile_a_chip_and_an_arrow_select(open_window: Open, qtbot: QtBot) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    bars = bars_of(opened)
    strip = bars.below.list
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=strip.tile(3).center())
    assert selected(opened) == ("b", "Person 2")
    qtbot.mouseClick(bars.above.others.buttons[0], Qt.MouseButton.LeftButton)
    assert selected(opened) == ("b", "Person 1")
    qtbot.mouseClick(bars.above.previous, Qt.MouseButton.LeftButton)
    assert selected(opened) == ("a", "Person 1")


def test_the_sentence_and_the_selection_stay_over_workspaces(open_window: Open) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    bars = bars_of(opened)
    opened.run("next_person")
    said = bars.above.sentence.accessibleDescription()
    assert "baseline" in said
    for workspace in ("edges", "explain", "inspect"):
        opened.run(f"workspace_{workspace}")
        assert bars.above.isVisible()
        assert selected(opened) == ("a", "Person 2")
        told = bars.above.sentence.accessibleDescription()
        assert told.startswith("Edges matter") if workspace == "edges" else told == said
    opened.run("workspace_cameras")
    assert not bars.above.isVisible()


def test_the_frame_of_the_small_photo_moves_all_panes_with_it(open_window: Open) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    before = {pane.id: pane.extent for pane in STAGE_FRAME.of(opened.controller.frame).panes}
    bars_of(opened).above.panned.emit(3.0, 2.0)
    opened.wait()
    after = {pane.id: pane.extent for pane in STAGE_FRAME.of(opened.controller.frame).panes}
    for pane, extent in before.items():
        moved = [now - then for now, then in zip(after[pane], extent, strict=True)]
        assert moved == pytest.approx([3, 2, 3, 2], abs=1e-6)


def test_a_photo_is_found_by_its_name(open_window: Open) -> None:
    opened = open_window()
    opened.run("go_to_photo")
    assert opened.window.card("palette").isVisible()


def test_words_of_the_sentence_lead_to_what_they_speak_of(open_window: Open) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    bar = bars_of(opened).above
    bar.followed.emit("turned")
    assert STAGE_FRAME.of(opened.controller.frame).view == "turned"
    bar.followed.emit("joints")
    assert STAGE_FRAME.of(opened.controller.frame).errors
    bar.followed.emit("poses")
    assert POSE_EDITING.of(opened.state).on
    assert set(get_args(Lead)) == {*LEADS, "hidden"}


def test_undo_takes_back_the_edges_and_leaves_person_workspace_and_view(open_window: Open) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    store = opened.controller.store
    store.set(replace(opened.state, edges=replace(opened.state.edges, kernel=9)))
    opened.run("stage_turned")
    opened.run("next_person")
    opened.run("undo")
    assert opened.state.edges.kernel == 5
    assert STAGE_FRAME.of(opened.controller.frame).view == "turned"
    assert selected(opened) == ("a", "Person 2")


def test_verdict_keys_and_buttons_work_beside_the_stage_and_nobody_vanishes(
    open_window: Open, qtbot: QtBot
) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    bars = bars_of(opened)
    actions.filter_by(opened.controller, "verdict = unreviewed")
    opened.wait()
    qtbot.keyClick(opened.window, Qt.Key.Key_B)
    assert selected(opened) == ("a", "Person 1")
    assert bars.above.decisions["bad"].isChecked()
    assert len(PERSON_FRAME.of(opened.controller.frame).strip.rows) == 4
    qtbot.mouseClick(bars.above.decisions["good"], Qt.MouseButton.LeftButton)
    opened.wait()
    assert bars.above.decisions["good"].isChecked()
    opened.run("undo")
    assert bars.above.decisions["bad"].isChecked()
    actions.filter_by(opened.controller, "verdict = unreviewed")
    opened.wait()
    assert len(PERSON_FRAME.of(opened.controller.frame).strip.rows) == 3


def test_tags_are_given_beside_the_stage(open_window: Open, qtbot: QtBot) -> None:
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    qtbot.keyClick(opened.window, Qt.Key.Key_T)
    assert opened.window.stack is not None
    people: Any = opened.window.stack.view("people")
    page = people.tags
    assert page.isVisible()
    qtbot.keyClicks(page.field, "leaning")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    opened.wait()
    assert bars_of(opened).above.tag.toolTip() == "Tags: leaning"
    assert opened.state.workspace == "inspect"
