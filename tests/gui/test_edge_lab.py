"""The workspace "Edges" in a window."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from sefd_viewer.app.layer_keys import CannyEdges
from sefd_viewer.features.edges.model import EDGES, EDGES_FRAME, PAGES
from sefd_viewer.features.edges.views.dilation_page import SIDE, magnified
from sefd_viewer.features.edges.views.workspace import EdgeLab
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.gui.theme import current_colors
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    window = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    window.run("edges_detectors")
    return window


def lab_of(opened: OpenWindow) -> EdgeLab:
    view = opened.window.stack.view("edges")
    assert isinstance(view, EdgeLab)
    return view


def turn_to(opened: OpenWindow, qtbot: QtBot, place: int) -> EdgeLab:
    lab = lab_of(opened)
    qtbot.mouseClick(lab.tabs, Qt.MouseButton.LeftButton, pos=lab.tabs.tabRect(place).center())
    opened.wait()
    return lab


def test_the_room_opens_with_what_the_student_sees_and_leaves_inspect_as_it_was(opened: OpenWindow):
    opened.run("workspace_inspect")
    opened.run("stage_turned")
    opened.run("edges_student")
    opened.wait()
    lab = lab_of(opened)
    shown = [pane.id for pane in STAGE_FRAME.of(opened.controller.frame).panes]
    assert shown == ["photo", "edges of student", "student", "edges of teacher", "teacher"]
    assert opened.state.layers["canny"].visible
    assert opened.controller.visible_part() is not None  # edges follow a slider where they are seen
    lab.student.panes["student"].canvas.gestures.zoomed.emit(2.0, 32.0, 32.0, False)
    opened.run("workspace_inspect")
    opened.wait()
    stage = STAGE.of(opened.state)
    assert (stage.view, stage.look.zoom) == ("turned", 2.0)
    assert not opened.state.layers["canny"].visible


def test_the_controls_stand_beside_the_pages_and_under_the_bar_of_the_person(
    opened: OpenWindow, qtbot: QtBot
):
    lab = lab_of(opened)
    for place, page in enumerate(PAGES):
        turn_to(opened, qtbot, place)
        assert lab.controls.isVisible() == (page != "audit")
    bars = opened.window.bars.of("person").widgets()
    assert {bar.width() for bar in bars} == {opened.window.width()}
    turn_to(opened, qtbot, 0)
    lab.controls.edges.kernel.slider.setValue(4)
    opened.wait()
    assert opened.state.edges.kernel == 9


def test_the_photo_may_be_left_while_its_edges_still_follow_a_slider(opened: OpenWindow, qtbot: QtBot):
    lab = turn_to(opened, qtbot, 0)
    lab.controls.edges.kernel.slider.setValue(4)
    assert opened.controller.content.drafting
    opened.run("edges_detectors")  # nobody sees the photo from here on
    opened.wait()
    assert not opened.controller.content.drafting
    opened.run("edges_student")
    opened.wait()
    assert opened.controller.content.newest(CannyEdges).key.edges.kernel == 9


def test_a_drag_in_the_room_moves_the_pictures_and_turns_nothing(opened: OpenWindow, qtbot: QtBot):
    lab = turn_to(opened, qtbot, 0)
    pane = lab.student.panes["student"]
    canvas = pane.canvas
    qtbot.mousePress(canvas, LEFT, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(60, 70))
    qtbot.mouseMove(canvas, QPoint(80, 90))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(80, 90))
    stage = STAGE.of(opened.state)
    assert stage.look.turn is None
    assert stage.look.pan != (0.0, 0.0)
    assert stage.view == "photo"
    assert [tool for tool, button in pane.tools.buttons.items() if not button.isHidden()] == ["enlarge"]


def test_the_table_has_a_row_for_each_detector(opened: OpenWindow):
    table = lab_of(opened).detectors.table
    titles = {table.item(row, 0).text() for row in range(table.rowCount())}
    assert titles == {"Canny, soft", "Canny, binary", "HED", "SEE", "SESD", "Sobel gradient"}


def test_the_edges_measured_against_are_chosen_in_the_bar(opened: OpenWindow, qtbot: QtBot):
    page = lab_of(opened).detectors
    assert page.kind.currentText() == "overlap, hidden parts too"
    before = _cells(page.table)
    page.kind.setFocus()
    qtbot.keyClick(page.kind, Qt.Key.Key_Down)
    opened.wait()
    assert EDGES.of(opened.state).wanted_kind == "all"
    assert _cells(page.table) != before


def _cells(table: QTableWidget) -> list[str]:
    return [table.item(row, column).text() for row in range(table.rowCount()) for column in range(9)]


def test_the_agreements_are_written_with_all_digits(opened: OpenWindow, tmp_path: Path):
    page = lab_of(opened).detectors
    page.export.export_to(tmp_path / "detectors.csv")
    table = pl.read_csv(tmp_path / "detectors.csv")
    shown = [f"{value:.2f}" for value in table["f_score"]]
    assert shown == [page.table.item(row, 1).text() for row in range(page.table.rowCount())]


def test_dragging_a_line_moves_a_class_in_one_step_of_undo(opened: OpenWindow, qtbot: QtBot):
    lab = turn_to(opened, qtbot, 2)
    histogram = lab.dilation.histogram
    line = histogram._lines[2]
    before = opened.state.edges.area_thresholds
    line.moving = True
    line.setValue(np.log10(20_000))
    line.setValue(np.log10(10_000))
    line.moving = False
    assert opened.state.edges.area_thresholds == (*before[:2], 10_000)
    opened.run("undo")
    assert opened.state.edges.area_thresholds == before


@pytest.mark.parametrize("width", [220, 420, 900, 1800])
def test_the_numbers_of_the_axis_never_overprint(opened: OpenWindow, qtbot: QtBot, width: int):
    axis = turn_to(opened, qtbot, 2).dilation.histogram.getPlotItem().getAxis("bottom")
    for low, high in ((1.2, 6.1), (3.9, 4.4), (2.0, 5.0)):
        ((_, marks),) = axis.tickValues(low, high, width)
        ends = [axis._width(mark) / 2 for mark in marks]
        places = [(mark - low) / (high - low) * width for mark in marks]
        gaps = [b - a for a, b in pairwise(places)]
        if width >= 420:
            assert len(marks) >= 1
            assert all(gap > a + b for gap, a, b in zip(gaps, ends, ends[1:], strict=False))
    assert axis.tickStrings([3.0, 4.0 + np.log10(5)], 1, 1) == ["1,000", "50,000"]


def test_a_line_stops_at_its_neighbour(opened: OpenWindow, qtbot: QtBot):
    line = turn_to(opened, qtbot, 2).dilation.histogram._lines[2]
    line.moving = True
    line.setValue(0.0)
    line.moving = False
    thresholds = opened.state.edges.area_thresholds
    assert thresholds[1] < thresholds[2]


def test_a_click_on_a_bar_lists_its_people_and_a_person_brings_the_record(opened: OpenWindow, qtbot: QtBot):
    lab = turn_to(opened, qtbot, 2)
    sizes = EDGES_FRAME.of(opened.controller.frame).dilation.sizes
    bar = int(np.flatnonzero(sizes.counts)[0])
    middle = np.log10(sizes.limits[bar : bar + 2]).mean()
    plot = lab.dilation.histogram.getPlotItem().vb
    scene = plot.mapViewToScene(plot.viewRect().center())
    scene.setX(plot.mapViewToScene(_point(middle, 0.5)).x())
    position = lab.dilation.histogram.mapFromScene(scene)
    qtbot.mouseClick(lab.dilation.histogram.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(position))
    opened.wait()
    assert lab.dilation.people.count() == sizes.counts[bar]
    last = lab.dilation.people.item(lab.dilation.people.count() - 1)
    lab.dilation.people.itemClicked.emit(last)
    assert opened.state.record == last.data(Qt.ItemDataRole.UserRole)[0]


def test_the_magnifier_shows_the_pixels_around_the_pointer():
    image = np.zeros((40, 50, 3), np.uint8)
    image[20, 30] = 255
    part = magnified(image, 30, 20)
    assert part.shape == (SIDE, SIDE, 3)
    assert part[SIDE // 2, SIDE // 2, 0] == 255
    assert part.sum() == 3 * 255
    assert not magnified(image, -90, 10).any()


def _point(x: float, y: float) -> Any:
    from PySide6.QtCore import QPointF

    return QPointF(x, y)


def test_the_histogram_follows_the_theme(opened: OpenWindow, qtbot: QtBot):
    histogram = turn_to(opened, qtbot, 2).dilation.histogram
    opened.run("toggle_theme")
    colors = current_colors()
    assert histogram.backgroundBrush().color() == QColor(colors.base)
    assert all(line.label.color == QColor(colors.text) for line in histogram._lines)
    opened.run("toggle_theme")
