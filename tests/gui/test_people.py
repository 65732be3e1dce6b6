"""The workspace "People" in the window: both faces, keys, filter, pictures, plot, tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from sefd_viewer.app import plugins
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.people import PEOPLE, KnownRun, PeopleState
from sefd_viewer.evaluation.metrics import EVALUATED_NAMES
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import SOURCES
from sefd_viewer.features.inspect.views.add_method_page import AddMethodPage
from sefd_viewer.features.people.actions import exported
from sefd_viewer.features.people.model import FRAME, PeopleFrame
from sefd_viewer.features.people.service import service_of
from sefd_viewer.features.people.views.case_panel import around
from sefd_viewer.features.people.views.compare_table import bar_rect
from sefd_viewer.features.people.views.dot_cloud import picture_of_dots
from sefd_viewer.features.people.views.head import Head
from sefd_viewer.features.people.views.radar import AROUND
from sefd_viewer.features.people.views.workspace import PeopleWorkspace
from sefd_viewer.features.people.work import JointMeans
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.judgements import VerdictStore
from tests.app.review_fakes import DARK, WIDE, reviewed_dataset
from tests.app.session_fakes import record
from tests.app.test_people_compare import write_run
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ERRORS: dict[str, list[float | None]] = {
    "baseline": [40, 60, 80, 100, 20, 30],
    "student": [45, 150, 85, 105, 20, 10],
}


@pytest.fixture
def opened(open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenWindow:
    """A window on three photos of two people each, with a run, comparing methods."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(plugins, "review_detectors", lambda: ((WIDE, DARK), ()))
    (tmp_path / "set").mkdir()
    found = reviewed_dataset(tmp_path / "set")
    write_run(tmp_path / "runs" / "one", found, ERRORS)
    window = open_window(found)
    window.run("workspace_people")
    look(window, run=str(tmp_path / "runs" / "one"), order="baseline", middle="table", descending=False)
    return window


def look(opened: OpenWindow, **choices: object) -> PeopleFrame:
    opened.controller.store.set(PEOPLE.change(opened.state, **choices))
    opened.wait()
    return FRAME.of(opened.controller.frame)


def view_of(opened: OpenWindow) -> PeopleWorkspace:
    view = opened.window.stack.view("people")
    assert isinstance(view, PeopleWorkspace)
    return view


def listed(view: PeopleWorkspace) -> list[tuple[str, str | None]]:
    frame = view._frame
    return frame.table.cases(frame.lines.rows)


def cell(view: PeopleWorkspace, line: int, id: str) -> str:
    place = [column.id for column in view.table._model.columns].index(id)
    return str(view.table.model().index(line, place).data())


def pixel(view: PeopleWorkspace, x: float, y: float) -> QPoint:
    """Where a point of the plot is in its viewport."""
    plot = view.plots.plot
    return plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(x, y)))


def verdicts(folder: Path) -> dict[tuple[str, str | None], str]:
    with VerdictStore(folder / "set" / "sefd-verdicts.sqlite") as store:
        return {verdict.case: verdict.state for verdict in store.all()}


# ---- comparing


def test_a_click_on_a_method_makes_it_the_baseline_for_all(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    rows = [view.compare.item(line, 0).data(Qt.ItemDataRole.UserRole)[0] for line in range(2)]
    line = [row.method for row in rows].index("student")
    place = view.compare.visualRect(view.compare.model().index(line, 1)).center()
    qtbot.mouseClick(view.compare.viewport(), LEFT, pos=place)
    opened.wait()
    frame = FRAME.of(opened.controller.frame)
    assert (frame.baseline, frame.method) == ("student", "baseline")
    assert frame.sentence.startswith("The baseline")


def test_a_click_into_the_bar_shows_who_got_worse(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    methods = [row.method for row in view.compare.table.rows]
    index = view.compare.model().index(methods.index("student"), view.compare.columnCount() - 1)
    bar = bar_rect(view.compare.visualRect(index))
    qtbot.mouseClick(view.compare.viewport(), LEFT, pos=QPoint(bar.right() - 3, bar.center().y()))
    opened.wait()
    assert view.filter.field.text() == "student - baseline > 0.5"
    assert listed(view) == [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]


def test_a_click_on_a_dot_brings_its_person_into_view(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    qtbot.mouseClick(view.plots.plot.viewport(), LEFT, pos=pixel(view, 80, 5))
    opened.wait()
    assert (opened.state.record, opened.state.person) == ("b", "1")
    assert view.table.currentIndex().row() == FRAME.of(opened.controller.frame).line


def test_a_drag_in_the_plot_writes_a_term_into_the_filter(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    port = view.plots.plot.viewport()
    first, last = pixel(view, 55, 95), pixel(view, 65, 85)
    qtbot.mousePress(port, LEFT, pos=first)
    qtbot.mouseMove(port, pixel(view, 60, 90))
    qtbot.mouseMove(port, last)
    qtbot.mouseRelease(port, LEFT, pos=last)
    opened.wait()
    assert "student - baseline between" in view.filter.field.text()
    assert listed(view) == [("a", "2")]
    assert "1 of 6 people" in view.filter.count.text()


def test_the_filter_is_typed_a_mistake_told_and_escape_empties_it(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    opened.run("review_filter")
    qtbot.keyClicks(view.filter.field, "student > 100")
    opened.wait()
    assert listed(view) == [("b", "2"), ("a", "2")] or len(listed(view)) == 2
    qtbot.keyClicks(view.filter.field, " and nonsense>")
    opened.wait()
    assert view.filter.mistake.isVisible()
    assert "Something is missing" in view.filter.mistake.text() or "no column" in view.filter.mistake.text()
    assert len(listed(view)) == 2
    view.filter.field.completer_.popup().hide()
    qtbot.keyClick(view.filter.field, Qt.Key.Key_Escape)
    opened.wait()
    assert len(listed(view)) == 6


def test_words_are_offered_while_one_types(opened: OpenWindow, qtbot: QtBot):
    field = view_of(opened).filter.field
    field.setFocus()
    qtbot.keyClicks(field, "stu")
    opened.wait()
    assert field._offered[0].text == "student"
    field.complete("student")
    assert field.text() == "student"
    field.completer_.popup().hide()


def test_where_nobody_matches_each_term_can_be_taken_out(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    service_of(opened.controller).filter("student > 100 and camera = 9")
    opened.wait()
    assert view.nobody.isVisible()
    term = next(b for b in view.nobody.findChildren(type(view.filter.tag)) if "camera" in b.text())
    qtbot.mouseClick(term, LEFT)
    opened.wait()
    assert view.filter.field.text() == "student > 100"
    assert len(listed(view)) == 2


def test_the_source_of_2d_poses_is_chosen_in_the_menu_of_runs(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    head, asked = view_of(opened).head, ["/poses/mine.json", ""]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_words: (asked.pop(0), ""))
    assert [action.data() for action in head.sources.actions()] == list(SOURCES)
    started: list[str] = []
    head.started.disconnect()
    head.started.connect(lambda _methods, _limit, poses: started.append(poses))
    head.sources.actions()[list(SOURCES).index("openpose")].trigger()
    qtbot.mouseClick(head.start, LEFT)
    for _ in range(2):
        head.poses_wanted.emit()
        qtbot.mouseClick(head.start, LEFT)
    assert started == ["openpose", "/poses/mine.json", "annotation"]


def test_menus_that_are_filled_again_leave_none_behind(opened: OpenWindow):
    view = view_of(opened)
    menus: list[int] = []
    for _ in range(3):
        view.head.run.menu().aboutToShow.emit()
        view.filter.apply(replace(view.filter._frame, table=None), view.filter._frame)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        menus.append(len(view.findChildren(QMenu)))
    assert menus[0] == menus[2]


def test_a_method_added_here_is_measured_next_and_a_pane_in_inspect(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    path = tmp_path / "ours.npz"
    path.write_bytes(b"")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_words: (str(path), ""))
    head, runs = view_of(opened).head, service_of(opened.controller).runs
    qtbot.mouseClick(head.add, LEFT)
    page = next(page for page in opened.window.findChildren(AddMethodPage) if page.isVisible())
    page.file.click()
    opened.wait()
    assert [info.id for info in CHOICE.of(opened.state).shown()][3] == "ours"
    head.choices["teacher"].setChecked(False)
    started: list[Method] = []
    monkeypatch.setattr(runs, "run", lambda methods, **_choices: started.extend(methods))
    opened.controller.change_settings(weights={"student": "/my/student.safetensors"})
    qtbot.mouseClick(head.start, LEFT)
    student = Method("student", "student", "/my/student.safetensors")
    assert started == [Method("baseline", "baseline"), student, Method("ours", predictions=str(path))]


def test_the_next_run_gets_2d_poses_as_the_run_in_view(qtbot: QtBot):
    head = Head()
    qtbot.addWidget(head)
    runs = (KnownRun("a", "first", "estimated"), KnownRun("b", "second"))
    shown = PeopleFrame(runs=runs, state=PeopleState(run="a"))
    head.apply(PeopleFrame(), shown)
    assert head.poses == "estimated"
    head.apply(shown, replace(shown, state=PeopleState(run="b")))
    assert head.poses == "annotation"


def test_choosing_somebody_leaves_the_plot_where_it_was_zoomed_to(opened: OpenWindow):
    view = view_of(opened)
    box = view.plots.plot.getPlotItem().vb
    box.setRange(xRange=(70, 90), yRange=(70, 100), padding=0)
    before = box.viewRange()
    view.table.chosen.emit(2)
    opened.wait()
    assert box.viewRange() == before


@pytest.mark.parametrize("kind", ["scatter", "histogram", "hidden", "joints", "radar", "quadrants"])
def test_every_plot_can_be_drawn_and_follows_the_theme(opened: OpenWindow, kind: str):
    view = view_of(opened)
    look(opened, plot=kind)
    image = view.plots.grab().toImage()
    places = [(x, y) for x in range(0, image.width(), 7) for y in (60, 120, 180)]
    assert len({image.pixelColor(*place).rgb() for place in places}) > 1
    before = view.plots.plot.getPlotItem().vb.viewRange()
    opened.run("toggle_theme")
    assert view.plots.plot.backgroundBrush().color() == QColor(current_colors().base)
    if kind not in ("radar", "joints"):
        after = view.plots.plot.getPlotItem().vb.viewRange()
        assert np.allclose(after, before)
    opened.run("toggle_theme")


def test_a_cloud_of_dots_has_each_dot_on_its_pixels_and_hides_more_where_dots_meet():
    columns, rows = np.array([10.5, 30.5, 30.5, 99.0]), np.array([5.5, 15.5, 15.5, 5.0])
    alpha = picture_of_dots(columns, rows, (20, 40), QColor(255, 0, 0, 128), 3)[..., 3].astype(int)
    assert alpha[5, 10] == 128
    assert alpha[15, 30] == round(255 * (1 - (127 / 255) ** 2**0.5))
    ys, xs = np.nonzero(alpha)
    assert (np.abs(np.stack([xs, ys]) - [[[10], [5]], [[30], [15]]]).max(axis=1).min(axis=0) <= 2).all()


def test_the_radar_mirrors_the_body_and_follows_the_filter(opened: OpenWindow):
    look(opened, plot="radar")
    service_of(opened.controller).selecting.choose(1)
    opened.wait()
    radar = view_of(opened).plots.radar
    for left, right in zip(AROUND[:6:-1][1:], AROUND[1:7], strict=True):
        assert left == right.replace("R_", "L_")
    assert radar.note.text() == "means of 6 people · thin: the person in view"
    polygons = [item for item in radar.plot.getPlotItem().items if isinstance(item, pg.PlotDataItem)]
    radii = sorted(float(np.hypot(*item.getData()).max()) for item in polygons)
    assert radii == pytest.approx([55, 60, 415 / 6, 150])
    service_of(opened.controller).filter("student > 999")
    opened.wait()
    assert radar.words.isVisibleTo(radar)


def test_a_joint_without_a_number_leaves_a_gap_and_is_told(opened: OpenWindow):
    frame = look(opened, plot="radar")
    wrist = np.where(np.arange(14) == EVALUATED_NAMES.index("L_Wrist"), np.nan, 50.0)
    radar = view_of(opened).plots.radar
    radar.apply(frame, replace(frame, joints=JointMeans({"student": wrist}, {"student": 4})))
    assert radar.note.text().endswith("student has no number for L wrist")


def test_the_people_shown_are_exported_with_everything_known(opened: OpenWindow, tmp_path: Path):
    service_of(opened.controller).filter("student > 100")
    service_of(opened.controller).sort("student_mpjpe_mm", True)
    opened.wait()
    frame = FRAME.of(opened.controller.frame)
    assert "2 rows" in exported(frame, tmp_path / "people.csv")
    found = pl.read_csv(tmp_path / "people.csv")
    assert found["student_mpjpe_mm"].to_list() == [150, 105]
    assert found["verdict"].to_list() == ["unreviewed"] * 2
    assert "cannot be written" in exported(frame, tmp_path / "none" / "people.csv")


def test_a_double_click_opens_the_person_in_inspect(opened: OpenWindow):
    view = view_of(opened)
    view.table.activated.emit(view.table.model().index(3, 0))
    opened.wait()
    assert opened.state.workspace == "inspect"
    assert (opened.state.record, opened.state.person) == ("a", "2")


def test_a_click_on_a_header_sorts_both_ways(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    header = view.table.horizontalHeader()
    section = [column.id for column in view.table._model.columns].index("person")
    place = QPoint(header.sectionViewportPosition(section) + 8, header.height() // 2)
    seen = []
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), LEFT, pos=place)
        opened.wait()
        seen.append([cell(view, line, "person") for line in range(6)])
    assert sorted(seen) == [list("111222"), list("222111")]


def test_columns_are_chosen(opened: OpenWindow):
    view = view_of(opened)
    section = [column.id for column in view.table._model.columns].index("keypoints")
    assert not view.table.isColumnHidden(section)
    view.table.show_column(section, "keypoints", False)
    look(opened, order="student")
    assert view.table.isColumnHidden(section)


def test_people_picked_are_tagged_and_the_panel_shows_it(opened: OpenWindow, qtbot: QtBot):
    view = view_of(opened)
    opened.run("pick_all")
    opened.run("tag_people")
    assert view.tags.title.text() == "Tags of 6 people"
    qtbot.keyClicks(view.tags.field, "twisted, blurred")
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Return)
    opened.wait()
    assert not view.tags.isVisible()
    assert [cell(view, line, "tags") for line in range(6)] == ["blurred, twisted"] * 6
    service_of(opened.controller).selecting.choose(1)
    opened.wait()
    assert view.person._shown_tags == ("blurred", "twisted")
    view.person.tag_taken.emit("blurred")
    opened.wait()
    assert view.person._shown_tags == ("twisted",)
    opened.run("undo")
    assert view.person._shown_tags == ("blurred", "twisted")


def test_the_tags_that_are_known_narrow_while_one_types_and_tell_who_bears_them(
    opened: OpenWindow, qtbot: QtBot
):
    view, service = view_of(opened), service_of(opened.controller)
    for rows, word in (([0, 1], "twisted"), ([0], "blurred"), ([3], "good")):
        service.verdicts.tag(rows, word, on=True)
    service.selecting.pick([0, 1], 0)
    opened.wait()
    view.open_tags()

    def offered() -> list[str]:
        return [view.tags.list.item(row).text() for row in range(view.tags.list.count())]

    assert offered() == ["twisted", "blurred   1 of 2", "good"]
    qtbot.keyClicks(view.tags.field, "oo")
    assert offered() == ["good"]
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Down)
    qtbot.keyClick(view.tags.field, Qt.Key.Key_Return)
    opened.wait()
    tags = FRAME.of(opened.controller.frame).table.frame["tags"].to_list()
    assert tags[:2] == ["blurred, good, twisted", "good, twisted"]


# ---- checking annotations


@pytest.fixture
def checking(opened: OpenWindow) -> PeopleWorkspace:
    look(opened, face="check", run=None, order="record")
    return view_of(opened)


def test_keys_judge_and_go_on(opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot, tmp_path: Path):
    for key in (Qt.Key.Key_G, Qt.Key.Key_B):
        qtbot.keyClick(checking.table, key)
        opened.wait()
    assert verdicts(tmp_path) == {("a", "1"): "good", ("a", "2"): "bad"}
    assert (cell(checking, 0, "verdict"), cell(checking, 1, "verdict")) == ("Good", "Bad")
    assert checking.table.currentIndex().row() == 2
    qtbot.keyClick(opened.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    opened.wait()
    assert cell(checking, 1, "verdict") == ""
    assert checking.table.currentIndex().row() == 1


def test_keys_judge_the_person_in_view_in_every_workspace(opened: OpenWindow, qtbot: QtBot, tmp_path: Path):
    opened.run("workspace_edges")
    opened.wait()
    qtbot.keyClick(opened.window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: verdicts(tmp_path) == {("a", "1"): "good"})


def test_digits_give_reasons(opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot):
    qtbot.keyClick(checking.table, Qt.Key.Key_1)
    qtbot.keyClick(checking.table, Qt.Key.Key_6)
    opened.wait()
    assert FRAME.of(opened.controller.frame).case.issues == ("swap", "depth_order")
    assert checking.case.chips["swap"].isChecked()
    qtbot.keyClick(checking.table, Qt.Key.Key_1)
    opened.wait()
    assert FRAME.of(opened.controller.frame).case.issues == ("swap",)


def test_letters_typed_into_the_note_are_letters_and_enter_goes_on(
    opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot, tmp_path: Path
):
    checking.case.note.setFocus()
    qtbot.keyClicks(checking.case.note, "bugs 1")
    qtbot.keyClick(checking.case.note, Qt.Key.Key_Return)
    opened.wait()
    assert verdicts(tmp_path) == {("a", "1"): "unreviewed"}
    with VerdictStore(tmp_path / "set" / "sefd-verdicts.sqlite") as store:
        assert store.get("a", "1").note == "bugs 1"
    assert opened.state.person == "2"


def test_a_verdict_is_for_everybody_picked_and_one_step_of_undo(
    opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot, tmp_path: Path
):
    def click(line: int, modifier: Qt.KeyboardModifier) -> None:
        place = checking.table.visualRect(checking.table.model().index(line, 1)).center()
        qtbot.mouseClick(checking.table.viewport(), LEFT, modifier, place)
        opened.wait()

    click(1, NONE)
    click(3, Qt.KeyboardModifier.ShiftModifier)
    click(2, Qt.KeyboardModifier.ControlModifier)
    assert PEOPLE.of(opened.state).picked == (1, 3)
    assert "2 picked" in checking.filter.count.text()
    qtbot.keyClick(checking.table, Qt.Key.Key_B)
    opened.wait()
    assert verdicts(tmp_path) == {("a", "2"): "bad", ("b", "2"): "bad"}
    assert PEOPLE.of(opened.state).picked == ()
    opened.run("undo")
    assert verdicts(tmp_path) == {}


def test_pictures_are_chosen_and_picked_like_rows(
    opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot
):
    look(opened, middle="pictures")
    pictures = checking.pictures
    for line, modifier in ((1, NONE), (4, Qt.KeyboardModifier.ShiftModifier)):
        qtbot.mouseClick(pictures.viewport(), LEFT, modifier, pictures.tile(line).center())
        opened.wait()
    assert PEOPLE.of(opened.state).picked == (1, 2, 3, 4)
    opened.run("review_wall")
    assert {index.row() for index in checking.table.selectionModel().selectedRows()} == {1, 2, 3, 4}
    opened.run("next_record")
    assert PEOPLE.of(opened.state).picked == ()
    opened.run("review_wall")
    pictures.setFocus()
    before = FRAME.of(opened.controller.frame).line
    qtbot.keyClick(pictures, Qt.Key.Key_Right)
    opened.wait()
    assert FRAME.of(opened.controller.frame).line == before + 1
    opened.window.actions_table.catch_up()
    assert not opened.window.actions_table.actions["stop"].isEnabled()


def test_a_picture_that_was_repaired_is_seen(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), np.full((60, 80, 3), 70, np.uint8))
    opened = open_window(reviewed_dataset(None, replace(record("a", people=1), image=None, image_path=file)))
    opened.run("workspace_people")
    look(opened, face="check", middle="pictures", layers=frozenset())
    pictures = view_of(opened).pictures

    def shade() -> int:
        tile = pictures.tile(0)
        return pictures.viewport().grab().toImage().pixelColor(tile.center().x(), tile.top() + 40).red()

    qtbot.waitUntil(lambda: shade() == 70)
    cv2.imwrite(str(file), np.full((62, 80, 3), 210, np.uint8))
    qtbot.waitUntil(lambda: shade() == 210)


def test_a_limit_dragged_finds_again(opened: OpenWindow, checking: PeopleWorkspace, qtbot: QtBot):
    panel = checking.findings
    assert panel.scan.text() == "Scan"
    panel.scan_wanted.emit("start")
    opened.wait()
    assert panel.scan.text() == "Scan again"
    assert panel.rows["wide"].count.text() == "6"
    qtbot.mouseClick(panel.rows["wide"], LEFT)
    opened.wait()
    assert checking.filter.field.text() == "finding = wide"
    assert "flag above 5 px" in panel.limit.text()
    qtbot.mouseClick(panel.histogram, LEFT, pos=QPoint(panel.histogram.width() - 4, 10))
    opened.wait()
    assert panel.rows["wide"].count.text() == "0"
    assert "flag above 40 px" in panel.limit.text()
    qtbot.mouseDClick(panel.histogram, LEFT, pos=QPoint(20, 10))
    opened.wait()
    assert panel.rows["wide"].count.text() == "6"


def test_findings_stand_beside_the_person_in_two_sentences_and_follow_the_theme(
    opened: OpenWindow, checking: PeopleWorkspace
):
    assert "Nothing has been measured yet" in checking.case.notes.text()
    checking.findings.scan_wanted.emit("start")
    opened.wait()
    assert "pixels wide" in checking.case.notes.text()
    assert "flagged above 5 px" in checking.case.notes.text()
    opened.run("toggle_theme")
    assert current_colors().worse in checking.case.notes.text()
    opened.run("toggle_theme")


def test_a_near_person_lies_inside_the_picture_in_the_shape_of_the_view():
    left, top, right, bottom = around((600.0, 10.0, 30.0, 60.0), (640, 480), (400, 200))
    assert right == 639.5
    assert top == -0.5
    assert left < 600 < 630 < right
    assert (right - left) / (bottom - top) == pytest.approx(2.0)


@pytest.mark.parametrize("face", ["compare", "check"])
@pytest.mark.parametrize("size", [(1440, 900), (1366, 768), (1280, 720), (1100, 640)])
def test_everything_fits_into_the_window(opened: OpenWindow, face: str, size: tuple[int, int]):
    opened.window.resize(*size)
    look(opened, face=face)
    view = view_of(opened)
    assert view.width() <= size[0]
    assert view.minimumSizeHint().width() <= size[0]


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_a_comparison_that_comes_while_the_page_is_laid_out_leaves_no_line_on_another(
    opened: OpenWindow, qtbot: QtBot, size: tuple[int, int]
):
    opened.window.resize(*size)
    look(opened, face="compare")
    view, frame = view_of(opened), opened.controller.frame
    with qtbot.waitSignal(view.person.reshaped):  # higher pictures are asked for, which shows a new frame
        view.apply(frame, FRAME.change(frame, compare=None))
        assert not view.compare.isVisible()
    opened.wait()
    assert view.compare.isVisible()
    stand_below_each_other(view)
    for face in ("check", "compare"):
        look(opened, face=face)
        stand_below_each_other(view)


def stand_below_each_other(view: PeopleWorkspace) -> None:
    """The parts of the page follow each other without a gap or an overlap, down to its end."""
    layout = view._body.layout()
    parts = [layout.itemAt(place).widget() for place in range(layout.count())]
    areas = [part.geometry() for part in parts if part.isVisible()]
    assert [area.top() for area in areas] == [0, *(area.bottom() + 1 for area in areas[:-1])]
    assert areas[-1].bottom() == view._body.height() - 1
    assert view.head.rect().contains(view.head.faces.geometry())
