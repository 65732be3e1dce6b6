"""The workspace "Results" in a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from sefd_viewer.evaluation.metrics import EVALUATED_NAMES
from sefd_viewer.evaluation.runs.pose_sources import SOURCES
from sefd_viewer.features.people.results.frame import KnownRun, ResultsFrame
from sefd_viewer.features.people.results.joints import JointMeans
from sefd_viewer.features.people.results.state import ResultsState
from sefd_viewer.features.people.views.results.dot_cloud import picture_of_dots
from sefd_viewer.features.people.views.results.radar import AROUND
from sefd_viewer.features.people.views.results.run_bar import RunBar
from sefd_viewer.features.people.views.results.workspace import Results
from sefd_viewer.gui.theme import current_colors
from tests.app.session_fakes import dataset, record
from tests.app.test_results import write_run
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
ERRORS: dict[str, list[float | None]] = {
    "teacher": [40, 60, 80, 100],
    "student": [45, 150, 85, 105],
}


@pytest.fixture
def opened(open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenWindow:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    found = dataset(record("a", truth=True), record("b", truth=True))
    write_run(tmp_path / "runs" / "one", found, ERRORS)
    window = open_window(found)
    window.run("workspace_results")
    state = window.state
    window.controller.store.set(
        replace(state, results=replace(state.results, run=str(tmp_path / "runs" / "one")))
    )
    window.wait()
    return window


def view_of(opened: OpenWindow) -> Results:
    view = opened.window.stack.view("results")
    assert isinstance(view, Results)
    return view


def pixel(view: Results, x: float, y: float) -> QPoint:
    """Where a point of the plot is in its viewport."""
    scene = view.plot.getPlotItem().vb.mapViewToScene(QPointF(x, y))
    return view.plot.mapFromScene(scene)


def test_a_click_on_a_dot_brings_its_person_into_view(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(view, 80, 85))
    opened.wait()
    assert (opened.state.record, opened.state.person) == ("b", "1")
    assert view.table.currentIndex().row() == opened.controller.frame.results.line


def test_the_source_of_2d_poses_is_chosen_beside_run(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    bar, asked = view_of(opened).bar, ["/poses/mine.json", ""]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_words: (asked.pop(0), ""))
    sources = [bar.poses.itemData(place) for place in range(bar.poses.count() - 1)]
    assert sources == list(SOURCES)
    started: list[str] = []
    bar.started.disconnect()
    bar.started.connect(lambda _methods, _limit, poses: started.append(poses))
    for place in (sources.index("openpose"), bar.poses.count() - 1):
        bar.poses.setCurrentIndex(place)
        bar.poses.activated.emit(place)
        qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    assert bar.poses.currentText() == "mine.json"
    bar.poses.activated.emit(bar.poses.count() - 1)  # asked again, and no file is chosen
    qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    assert started == ["openpose", "/poses/mine.json", "annotation"]


def test_choosing_a_case_leaves_the_plot_where_it_was_zoomed_to(opened: OpenWindow):
    view = view_of(opened)
    view.plot.getPlotItem().vb.setRange(xRange=(70, 90), yRange=(70, 100), padding=0)
    before = view.plot.getPlotItem().vb.viewRange()
    view.table.chosen.emit(2)
    opened.wait()
    assert view.plot.getPlotItem().vb.viewRange() == before


def test_a_cloud_of_dots_has_each_dot_on_its_pixels_and_hides_more_where_dots_meet():
    columns, rows = np.array([10.5, 30.5, 30.5, 99.0]), np.array([5.5, 15.5, 15.5, 5.0])
    alpha = picture_of_dots(columns, rows, (20, 40), QColor(255, 0, 0, 128), 3)[..., 3].astype(int)
    assert alpha[5, 10] == 128
    assert alpha[15, 30] == round(255 * (1 - (127 / 255) ** 2**0.5))
    ys, xs = np.nonzero(alpha)
    assert (np.abs(np.stack([xs, ys]) - [[[10], [5]], [[30], [15]]]).max(axis=1).min(axis=0) <= 2).all()


def test_a_lasso_around_the_failures_leaves_them_in_the_table(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    corners = [(55, 140), (65, 140), (65, 160), (55, 160), (55, 142)]
    first, *others = (pixel(view, *corner) for corner in corners)
    port = view.plot.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=first)
    for corner in others:
        qtbot.mouseMove(port, corner)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=others[-1])
    opened.wait()
    assert view.table.model().rowCount() == 1
    assert "1 of 4 people" in view.count.text()
    qtbot.mouseClick(view.all, Qt.MouseButton.LeftButton)
    opened.wait()
    assert view.table.model().rowCount() == 4


def test_the_filter_is_used_and_a_mistake_shown(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    qtbot.keyClicks(view.filter, "student_mpjpe_mm > 100")
    qtbot.keyClick(view.filter, Qt.Key.Key_Return)
    opened.wait()
    assert view.table.model().rowCount() == 2
    qtbot.keyClicks(view.filter, " AND")
    qtbot.keyClick(view.filter, Qt.Key.Key_Return)
    opened.wait()
    assert view.mistake.isVisible()


def test_a_double_click_opens_the_case_in_inspect(opened: OpenWindow):
    view = view_of(opened)
    view.table.activated.emit(view.table.model().index(3, 0))
    opened.wait()
    assert opened.state.workspace == "inspect"
    assert opened.state.record == "b"


@pytest.mark.parametrize("kind", ["scatter", "histogram", "hidden", "joints", "radar", "quadrants"])
def test_every_plot_can_be_drawn(opened: OpenWindow, kind: str):
    view = view_of(opened)
    state = opened.state
    opened.controller.store.set(replace(state, results=replace(state.results, plot=kind)))
    opened.wait()
    image = view.plots.grab().toImage()
    colours = np.array(
        [image.pixelColor(x, y).rgb() for x in range(0, image.width(), 7) for y in (40, 90, 140)]
    )
    assert len(np.unique(colours)) > 1


def test_the_rows_shown_are_exported(opened: OpenWindow, tmp_path: Path):
    import polars as pl

    view = view_of(opened)
    state = opened.state
    shown = replace(state.results, where="student_mpjpe_mm > 100", sort="student_mpjpe_mm")
    opened.controller.store.set(replace(state, results=shown))
    opened.wait()
    assert "2 rows" in view.export_to(str(tmp_path / "people.csv"))
    assert pl.read_csv(tmp_path / "people.csv")["student_mpjpe_mm"].to_list() == [150, 105]
    assert "cannot be written" in view.export_to(str(tmp_path / "none" / "people.csv"))


def test_plot_and_table_follow_the_theme(opened: OpenWindow):
    view = view_of(opened)
    opened.run("toggle_theme")
    colors = current_colors()
    assert view.plot.backgroundBrush().color() == QColor(colors.base)
    assert view.plot._lines[0].pen.color() == QColor(colors.quiet)
    assert view.table.palette().color(QPalette.ColorRole.Highlight) == QColor(colors.raised)
    opened.run("toggle_theme")


def test_a_wide_workspace_does_not_widen_the_others(opened: OpenWindow):
    stack = opened.window.stack
    opened.run("workspace_edges")
    assert stack.minimumSizeHint().width() == stack.view("edges").minimumSizeHint().width()


def test_what_a_filter_caught_is_seen_as_pictures(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    view.table.sorted.emit("student_mpjpe_mm", True)
    opened.wait()
    qtbot.mouseClick(view.pictures, Qt.MouseButton.LeftButton)
    opened.wait()
    model = view.gallery.model()
    assert [model.index(line, 0).data() for line in range(model.rowCount())] == [
        "150 mm",
        "105 mm",
        "85 mm",
        "45 mm",
    ]
    first = model.index(0, 0)
    grey = current_colors().raised

    def corner() -> QColor:
        return first.data(Qt.ItemDataRole.DecorationRole).pixmap(112, 112).toImage().pixelColor(5, 5)

    qtbot.waitUntil(lambda: corner() != QColor(grey), timeout=20_000)
    assert "Student" in first.data(Qt.ItemDataRole.ToolTipRole)
    qtbot.mouseClick(
        view.gallery.viewport(),
        Qt.MouseButton.LeftButton,
        pos=view.gallery.visualRect(model.index(1, 0)).center(),
    )
    opened.wait()
    assert opened.controller.frame.results.line == 1
    assert view.gallery.currentIndex().row() == 1


def choose(view: Results, first: int, last: int) -> None:
    """Select lines of the table, the first of them as the current one."""
    model, flag = view.table.model(), QItemSelectionModel.SelectionFlag
    chosen = QItemSelection(model.index(first, 0), model.index(last, 0))
    view.table.selectionModel().setCurrentIndex(model.index(first, 0), flag.NoUpdate)
    view.table.selectionModel().select(chosen, flag.ClearAndSelect | flag.Rows)


def listed(view: Results) -> list[str]:
    """The tags that the page offers."""
    return [view.tags.list.item(row).text() for row in range(view.tags.list.count())]


def test_chosen_people_are_tagged_by_key_and_the_table_and_the_case_show_it(
    opened: OpenWindow, qtbot: QtBot, tmp_path: Path
):
    import polars as pl

    view = view_of(opened)
    view.table.selectAll()
    opened.run("tag_people")
    assert view.tags.title.text() == "Tags of 4 people"
    qtbot.keyClicks(view.tags.field, "twisted, blurred")
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Return)
    opened.wait()
    assert not view.tags.isVisible()
    assert [view.table.model().index(line, 2).data() for line in range(4)] == ["blurred, twisted"] * 4
    choose(view, 1, 1)
    opened.wait()
    opened.run("tag_people")
    qtbot.keyClicks(view.tags.field, "blurred")
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Return)
    opened.wait()
    assert view.table.model().index(1, 2).data() == "twisted"
    assert view.case.about.text().endswith("   twisted")
    view.export_to(str(tmp_path / "people.csv"))
    assert pl.read_csv(tmp_path / "people.csv")["tags"].to_list()[:2] == ["blurred, twisted", "twisted"]


def test_a_person_keeps_the_rows_he_selects_while_one_of_them_comes_into_view(
    opened: OpenWindow, qtbot: QtBot
):
    view = view_of(opened)
    port, model = view.table.viewport(), view.table.model()
    for line, held in ((0, Qt.KeyboardModifier.NoModifier), (2, Qt.KeyboardModifier.ShiftModifier)):
        place = view.table.visualRect(model.index(line, 0)).center()
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, held, place)
        opened.wait()
    assert list(view.chosen_rows()) == [0, 1, 2]
    assert opened.state.results.row == 2


def test_the_tags_that_are_known_narrow_while_one_types_and_tell_who_bears_them(
    opened: OpenWindow, qtbot: QtBot
):
    view = view_of(opened)
    for rows, word in (([0, 1], "twisted"), ([0], "blurred"), ([3], "good")):
        opened.controller.results.tag(np.array(rows, np.int32), word, on=True)
    choose(view, 0, 1)
    view.tags.open()
    assert listed(view) == ["twisted", "blurred   1 of 2", "good"]
    qtbot.keyClicks(view.tags.field, "oo")
    assert listed(view) == ["good"]
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Down)
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Return)
    opened.wait()
    assert [view.table.model().index(line, 2).data() for line in range(2)] == [
        "blurred, good, twisted",
        "good, twisted",
    ]


def test_the_radar_mirrors_the_body_and_follows_the_filter(opened: OpenWindow):
    view = view_of(opened)
    state = opened.state
    opened.controller.store.set(replace(state, results=replace(state.results, plot="radar", row=1)))
    opened.wait()
    radar = view.plots.radar
    for left, right in zip(AROUND[:6:-1][1:], AROUND[1:7], strict=True):
        assert left == right.replace("R_", "L_")
    assert radar.plot.isVisible()
    assert radar.note.text() == "means of 4 people · thin: the case in view"
    polygons = [item for item in radar.plot.getPlotItem().items if isinstance(item, pg.PlotDataItem)]
    radii = [float(np.hypot(*item.getData()).max()) for item in polygons]
    assert radii == pytest.approx([385 / 4, 150, 280 / 4, 60])
    opened.controller.store.set(
        replace(opened.state, results=replace(opened.state.results, where="student_mpjpe_mm > 999", row=None))
    )
    opened.wait()
    assert radar.words.isVisible()
    assert not radar.plot.isVisible()


def test_a_joint_without_a_number_leaves_a_gap_and_is_told(opened: OpenWindow):
    view = view_of(opened)
    state = opened.state
    opened.controller.store.set(replace(state, results=replace(state.results, plot="radar")))
    opened.wait()
    frame = opened.controller.frame.results
    wrist = np.where(np.arange(14) == EVALUATED_NAMES.index("L_Wrist"), np.nan, 50.0)
    radar = view.plots.radar
    radar.apply(frame, replace(frame, joints=JointMeans({"student": wrist}, {"student": 4})))
    assert radar.note.text().endswith("student has no number for L wrist")
    lines = [item for item in radar.plot.getPlotItem().items if isinstance(item, pg.PlotDataItem)]
    assert np.isnan(lines[0].getData()[0]).sum() == 1


def test_the_next_run_gets_2d_poses_as_the_run_in_view(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    runs = (KnownRun("a", "first", "estimated"), KnownRun("b", "second"))
    shown = ResultsFrame(runs=runs, state=ResultsState(run="a"))
    bar.apply(ResultsFrame(), shown)
    assert bar.poses.currentData() == "estimated"
    bar.apply(shown, replace(shown, state=ResultsState(run="b")))
    assert bar.poses.currentData() == "annotation"
