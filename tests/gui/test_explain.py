"""The workspace "Explain" in a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from sefd_viewer.features.explain.frames import EXPLAIN_FRAME
from sefd_viewer.features.explain.model import EXPLAIN, PAGES, Occluder
from sefd_viewer.features.explain.views.workspace import Explain
from tests.app.session_fakes import SIZE, dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    window = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    window.run("workspace_explain")
    return window


def explain_of(opened: OpenWindow) -> Explain:
    view = opened.window.stack.view("explain")
    assert isinstance(view, Explain)
    return view


def turn_to(opened: OpenWindow, qtbot: QtBot, page: str) -> Explain:
    explain = explain_of(opened)
    place = list(PAGES).index(page)  # type: ignore[arg-type]
    qtbot.mouseClick(explain.tabs, LEFT, pos=explain.tabs.tabRect(place).center())
    opened.wait()
    return explain


def test_every_network_has_a_row_of_pictures(opened: OpenWindow):
    views = explain_of(opened).inside.views
    assert len(views) == 15
    assert views["baseline", 2].cover.message.startswith("No edges")
    assert not views["student", 2].cover.message


def test_the_bar_of_the_person_says_who_is_explained(opened: OpenWindow, qtbot: QtBot):
    others = opened.window.bars.of("person").above.others
    chip = next(button for button in others.findChildren(QAbstractButton) if button.text() == "Person 2")
    qtbot.mouseClick(chip, LEFT)
    opened.wait()
    assert EXPLAIN_FRAME.of(opened.controller.frame).case[1] == "2"


def test_the_bench_has_a_card_and_a_row_for_each_edge_map(opened: OpenWindow, qtbot: QtBot):
    bench = turn_to(opened, qtbot, "bench").bench
    titles = {bench.table.item(row, 0).text() for row in range(bench.table.rowCount())}
    assert {"No edge", "As set", "HED", "Another image's edge"} <= titles
    shown = [card for card in bench._cards if not card.isHidden()]
    assert len(shown) == bench.table.rowCount()
    shown[0].clicked.emit(shown[0].key)
    assert EXPLAIN.of(opened.state).marked == "none"


def test_the_table_sorts_by_numbers(opened: OpenWindow, qtbot: QtBot):
    table = turn_to(opened, qtbot, "bench").bench.table
    table.sortItems(3, Qt.SortOrder.DescendingOrder)
    moved = [float(table.item(row, 3).text()) for row in range(table.rowCount())]
    assert moved == sorted(moved, reverse=True)


@pytest.mark.parametrize("kind", ["CSV (*.csv)", "Parquet (*.parquet)"])
def test_the_table_is_written_with_all_digits(
    opened: OpenWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    bench, name = turn_to(opened, qtbot, "bench").bench, str(tmp_path / "bench")
    monkeypatch.setattr("sefd_viewer.gui.tables.QFileDialog.getSaveFileName", lambda *_: (name, kind))
    qtbot.mouseClick(bench.export, LEFT)
    (path,) = tmp_path.iterdir()
    written = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    rows = EXPLAIN_FRAME.of(opened.controller.frame).bench.rows
    assert written["title"].to_list() == [row.title for row in rows]
    assert written["moved_mm"].to_list() == pytest.approx([row.moved_mm for row in rows], abs=1e-9)
    assert opened.controller.frame.status.notice == f"Wrote {len(rows)} rows to {path}"


def test_what_the_occluder_did_is_written(opened: OpenWindow, qtbot: QtBot, tmp_path: Path):
    page = turn_to(opened, qtbot, "occlusion").occlusion
    page.export.export_to(tmp_path / "moved.csv")
    assert pl.read_csv(tmp_path / "moved.csv")["network"].to_list() == ["baseline", "student", "teacher"]


def test_a_stroke_over_the_crop_becomes_an_edge_map_and_is_undone(opened: OpenWindow, qtbot: QtBot):
    bench = turn_to(opened, qtbot, "bench").bench
    view = bench.painter.view
    middle = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mousePress(view, LEFT, pos=middle)
    for step in range(1, 5):
        qtbot.mouseMove(view, middle + QPoint(6 * step, 0))
    qtbot.mouseRelease(view, LEFT, pos=middle + QPoint(24, 0))
    opened.wait()
    (painting,) = EXPLAIN.of(opened.state).paintings.values()
    assert len(painting.strokes) == 1
    assert "Painted by hand" in {bench.table.item(row, 0).text() for row in range(bench.table.rowCount())}
    opened.run("undo")
    assert not EXPLAIN.of(opened.state).paintings


def test_dragging_the_occluder_moves_it_and_the_networks_answer(opened: OpenWindow, qtbot: QtBot):
    page = turn_to(opened, qtbot, "occlusion").occlusion
    view, before = page.view, EXPLAIN.of(opened.state).occluder
    middle = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mousePress(view, LEFT, pos=middle)
    qtbot.mouseMove(view, middle + QPoint(30, 20))
    qtbot.mouseRelease(view, LEFT, pos=middle + QPoint(30, 20))
    opened.wait()
    assert isinstance(EXPLAIN.of(opened.state).occluder, Occluder)
    assert EXPLAIN.of(opened.state).occluder != before
    assert page.table.rowCount() == 3
    opened.run("undo")
    assert EXPLAIN.of(opened.state).occluder == before


def test_over_the_whole_photo_there_is_a_row_for_each_person(opened: OpenWindow, qtbot: QtBot):
    page = turn_to(opened, qtbot, "occlusion").occlusion
    page.area.setCurrentIndex(page.area.findData("photo"))
    page.area.activated.emit(page.area.currentIndex())
    opened.wait()
    assert [page.table.item(row, 1).text() for row in range(6)] == ["Person 1", "Person 2"] * 3
    assert page.view.viewport.image_size == SIZE
    right = page.view.viewport.to_view((SIZE[0] - 1, SIZE[1] - 1))
    qtbot.mouseClick(page.view, LEFT, pos=QPoint(*(round(float(value)) for value in right)))
    opened.wait()
    one = EXPLAIN.of(opened.state).occluder
    assert (one.x, one.y) == pytest.approx((256 * SIZE[0] / SIZE[1] - 1, 255), abs=4)


def test_the_box_slides_everywhere_when_asked(opened: OpenWindow, qtbot: QtBot):
    page = turn_to(opened, qtbot, "occlusion").occlusion
    qtbot.mouseClick(page.start, LEFT)
    opened.wait()
    assert EXPLAIN_FRAME.of(opened.controller.frame).occlusion.sweep.finished
    assert all(page.views[role, "heat"]._image is not None for role in ("baseline", "student", "teacher"))
    assert page.joint.isEnabled()


def test_the_gap_shows_four_layers_of_each_network(opened: OpenWindow, qtbot: QtBot):
    from sefd_viewer.features.explain.views.picture_box import PictureBox

    gap = turn_to(opened, qtbot, "distillation").gap
    boxes = [box for box in gap.findChildren(PictureBox) if not box.isHidden()]
    assert len(boxes) == 8
    assert all(isinstance(box.pixels, np.ndarray) for box in boxes)


def test_two_checkpoints_are_plotted_in_the_order_of_training(opened: OpenWindow, qtbot: QtBot):
    gap = turn_to(opened, qtbot, "distillation").gap
    assert gap.plot is None
    opened.controller.change_settings(checkpoints=("step 90.safetensors", "step 30.safetensors"))
    opened.wait()
    assert gap.plot.isVisible()
    x, y = gap.plot.lines[3].getData()
    assert x.tolist() == [30, 90]
    assert y.tolist() == [network.layers[3].distance for network in gap._frame.networks[1:3]]
    opened.controller.change_settings(checkpoints=())
    opened.wait()
    assert not gap.plot.isVisible()


def test_keys_go_through_the_pages(opened: OpenWindow, qtbot: QtBot):
    explain, before = explain_of(opened), opened.state.record
    explain.tabs.setFocus()
    qtbot.keyClick(explain.tabs, Qt.Key.Key_Right)
    opened.wait()
    assert EXPLAIN.of(opened.state).page == list(PAGES)[1]
    assert opened.state.record == before
    opened.run("undo")
    assert explain.tabs.currentIndex() == 0
