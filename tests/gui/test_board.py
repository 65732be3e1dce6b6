"""The workspace "Cameras" through its widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.features.cameras.frame import FRAME, ResidualFrame
from sefd_viewer.features.cameras.model import CAMERAS
from sefd_viewer.features.cameras.timeline import mean_of_views
from sefd_viewer.features.cameras.views.board_view import BoardView
from sefd_viewer.features.cameras.views.grid import best_columns
from sefd_viewer.features.cameras.views.residuals import ResidualModel, ResidualTab, column_name, short_number
from sefd_viewer.features.cameras.views.tabs import TABS
from tests.app.board_fakes import RIG, capture, embodied, view_record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


def cameras_of(window: OpenWindow) -> BoardView:
    assert window.window.stack is not None
    view = window.window.stack.view("cameras")
    assert isinstance(view, BoardView)
    return view


def residuals_of(view: BoardView) -> ResidualTab:
    page = view.tabs.page(next(info for info in TABS if info.id == "residuals"))
    assert isinstance(page, ResidualTab)
    return page


@pytest.fixture
def board(open_window: Open) -> Callable[[Dataset], tuple[OpenWindow, BoardView]]:
    """Open the workspace on a data set."""

    def build(dataset: Dataset) -> tuple[OpenWindow, BoardView]:
        window = open_window(dataset)
        window.run("workspace_cameras")
        return window, cameras_of(window)

    return build


def screen_point(view: BoardView, name: str, pixel: np.ndarray) -> QPoint:
    photo = view.grid.panels[name].photo
    return QPointF(*photo.viewport.to_view(pixel)).toPoint()


def test_every_view_has_a_panel_with_its_name_and_error(board) -> None:
    _window, view = board(capture())
    panels = view.grid.panels
    assert list(panels) == list(RIG)
    assert [panel.name.text() for panel in panels.values()] == [
        "Camera 1",
        "Camera 2",
        "Camera 3",
        "Camera 4",
    ]
    assert {panel.about.text() for panel in panels.values()} == {"0.0 px"}
    assert residuals_of(view).model.rowCount() == 17
    assert len(view.world._content.frustums) == 4


def test_double_click_lets_a_view_fill_the_board_and_again_gives_it_back(board, qtbot: QtBot) -> None:
    window, view = board(capture())
    photo = view.grid.panels["cam3"].photo
    qtbot.mouseDClick(photo, Qt.MouseButton.LeftButton)
    window.wait()
    assert list(view.grid.panels) == ["cam3"]
    assert window.state.record == "cam3/000000"
    qtbot.mouseDClick(photo, Qt.MouseButton.LeftButton)
    window.wait()
    assert list(view.grid.panels) == list(RIG)


def test_a_click_on_a_joint_chooses_it_in_the_photos_and_in_the_table(board, qtbot: QtBot) -> None:
    window, view = board(capture())
    person = FRAME.of(window.controller.frame).scene.people[0]
    index = person.seen.joints.index("L_Ankle")
    place = screen_point(view, "cam2", person.seen.observed[1][index])
    photo = view.grid.panels["cam2"].photo
    qtbot.mouseMove(photo, place)
    qtbot.mouseClick(photo, Qt.MouseButton.LeftButton, pos=place)
    window.wait()
    assert CAMERAS.of(window.state).joint == "L_Ankle"
    tab = residuals_of(view)
    chosen = tab.table.selectionModel().selectedRows()
    assert [tab.model.joint(row.row()) for row in chosen] == ["L_Ankle"]


def test_a_click_beside_everybody_lets_person_and_joint_go(board, qtbot: QtBot) -> None:
    window, view = board(capture())
    window.run("person_1")
    photo = view.grid.panels["cam2"].photo
    qtbot.mouseClick(photo, Qt.MouseButton.LeftButton, pos=screen_point(view, "cam2", np.array([2.0, 2.0])))
    window.wait()
    assert CAMERAS.of(window.state).person is None
    assert CAMERAS.of(window.state).joint is None


def test_a_click_in_the_table_chooses_the_joint_everywhere(board) -> None:
    window, view = board(capture())
    tab = residuals_of(view)
    tab.table.clicked.emit(tab.model.index(3, 2))
    window.wait()
    assert CAMERAS.of(window.state).joint == tab.model.joint(3)
    labels = [mark.label for panel in FRAME.of(window.controller.frame).views for mark in panel.photo.marks]
    assert labels.count("0.0 px") == 4


def test_the_residuals_are_written_joint_by_joint(board, tmp_path: Path) -> None:
    window, view = board(capture())
    residuals_of(view).export.export_to(tmp_path / "residuals.parquet")
    table = pl.read_parquet(tmp_path / "residuals.parquet")
    shown = FRAME.of(window.controller.frame).residuals.table
    assert tuple(table["joint"]) == shown.joints
    assert table.select(shown.views).to_numpy() == pytest.approx(shown.errors_px, nan_ok=True)
    assert "residuals.parquet" in window.controller.frame.status.notice


def test_the_pointer_on_a_joint_draws_lines_and_rings_in_the_other_views_until_it_leaves(board) -> None:
    window, view = board(capture())
    person = FRAME.of(window.controller.frame).scene.people[0]
    x, y = person.seen.observed[0][5]
    view.grid.panels["cam1"].photo.hovered.emit(float(x), float(y))
    others = [panel.photo for name, panel in view.grid.panels.items() if name != "cam1"]
    assert all(photo._curve is not None and photo._ring is not None for photo in others)
    assert view.grid.panels["cam1"].photo._curve is None
    assert view.world._point is not None
    for photo in others:
        photo.grab()
    view.grid.panels["cam1"].photo.hover_left.emit()
    assert all(photo._curve is None and photo._ring is None for photo in others)


def test_buttons_show_and_hide_what_lies_on_the_photos(board, qtbot: QtBot) -> None:
    records = [view_record(view, camera, [embodied(camera)]) for view, camera in RIG.items()]
    window, view = board(replace(capture(), records=records))
    photo = view.grid.panels["cam1"].photo
    assert photo.layer_keys() == ("mesh",)
    for field in ("show_mesh", "show_edges"):
        qtbot.mouseClick(view.bar.layers[field], Qt.MouseButton.LeftButton)
        window.wait()
    assert photo.layer_keys() == ("mesh_edge",)
    for shown in (True, False):
        qtbot.mouseClick(view.bar.layers["show_joints"], Qt.MouseButton.LeftButton)
        window.wait()
        marks = FRAME.of(window.controller.frame).views[0].photo.marks
        assert any(not mark.contours for mark in marks) is shown


def test_paper_is_chosen_above_the_photos_and_the_space_bar_shows_exact_while_it_is_held(
    board, qtbot: QtBot
) -> None:
    records = [view_record(view, camera, [embodied(camera)]) for view, camera in RIG.items()]
    window, view = board(replace(capture(), records=records))
    qtbot.mouseClick(view.bar.modes.buttons["paper"], Qt.MouseButton.LeftButton)
    window.wait()
    assert {panel.about.text()[-3:] for panel in view.grid.panels.values()} == {"off"}
    assert "Rendered as in the paper, the person is " in view.moment.sentence.sentence.text()
    qtbot.keyPress(window.window, Qt.Key.Key_Space)
    window.wait()
    assert view.bar.modes.buttons["exact"].isChecked()
    assert {panel.about.text() for panel in view.grid.panels.values()} == {"0.0 px"}
    qtbot.keyRelease(window.window, Qt.Key.Key_Space)
    window.wait()
    assert CAMERAS.of(window.state).mode == "paper"
    assert not CAMERAS.of(window.state).peek


def test_one_photo_stands_alone_or_with_a_divider_beside_exact_bodies(board, qtbot: QtBot) -> None:
    records = [view_record(view, camera, [embodied(camera)]) for view, camera in RIG.items()]
    window, view = board(replace(capture(), records=records))
    qtbot.mouseClick(view.bar.modes.buttons["paper"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.bar.layouts.buttons["wipe"], Qt.MouseButton.LeftButton)
    window.wait()
    assert list(view.grid.panels) == ["cam1"]
    panel = view.grid.panels["cam1"]
    assert panel.divider.isVisible()
    assert set(panel.photo.layer_keys()) == {"mesh", "exact"}
    qtbot.mouseClick(view.bar.layouts.buttons["one"], Qt.MouseButton.LeftButton)
    window.wait()
    assert not panel.divider.isVisible()
    qtbot.mouseClick(view.bar.layouts.buttons["all"], Qt.MouseButton.LeftButton)
    window.wait()
    assert list(view.grid.panels) == list(RIG)


def test_people_are_chosen_by_their_buttons(board, qtbot: QtBot) -> None:
    window, view = board(capture(people=2))
    second = view.moment.people["2"]
    assert isinstance(second, QToolButton)
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    window.wait()
    assert CAMERAS.of(window.state).person == "2"
    assert view.moment.people["2"].isChecked()
    assert not view.moment.people["1"].isChecked()


def test_a_click_on_the_timeline_goes_to_that_moment(board) -> None:
    window, view = board(capture(moments=4))
    plot = view.timeline.plot
    assert plot is not None
    plot.clicked.emit(3)
    window.wait()
    assert window.state.record == "cam1/000003"
    assert plot._here.value() == 3
    plot.pointed.emit(1)
    assert view.timeline.value.text().startswith("frame 1 ")


def test_fit_shows_every_photo_whole(board) -> None:
    window, view = board(capture())
    photo = view.grid.panels["cam4"].photo
    photo.set_viewport(photo.viewport.zoomed(3.0, (10.0, 10.0)))
    assert not photo.viewport.is_fit
    assert view.grid.panels["cam1"].photo.viewport.is_fit  # views are not linked
    window.run("fit_views")
    assert photo.viewport.is_fit


def test_linked_photos_zoom_together(board, qtbot: QtBot) -> None:
    window, view = board(capture())
    qtbot.mouseClick(view.bar.layers["linked"], Qt.MouseButton.LeftButton)
    window.wait()
    photo = view.grid.panels["cam4"].photo
    photo.set_viewport(photo.viewport.zoomed(3.0, (10.0, 10.0)))
    assert {panel.photo.viewport.zoom for panel in view.grid.panels.values()} == {photo.viewport.zoom}


def test_a_camera_without_picture_leaves_words_in_its_panel(board) -> None:
    dataset = capture()

    def read() -> np.ndarray:
        raise OSError("the disk is gone")

    records = [replace(dataset.records[0], image=None, read=read), *dataset.records[1:]]
    _window, view = board(replace(dataset, records=records))
    assert "the disk is gone" in view.grid.panels["cam1"].photo.cover.message
    assert not view.grid.panels["cam2"].photo.cover.message


def test_the_table_sorts_by_a_camera_and_leaves_unknown_errors_last(board) -> None:
    window, _view = board(capture())
    table = FRAME.of(window.controller.frame).residuals.table
    errors = table.errors_px.copy()
    errors[:, 1] = np.arange(17.0)[::-1]
    errors[4, 1] = np.nan
    model = ResidualModel()
    model.show_frame(ResidualFrame(replace(table, errors_px=errors)))
    model.sort(2, Qt.SortOrder.DescendingOrder)
    names = [model.joint(row) for row in range(17)]
    assert names[0] == table.joints[0]
    assert names[-1] == table.joints[4]
    assert model.data(model.index(16, 2)) == "–"


def test_twelve_views_make_a_grid_and_names_are_short_where_columns_are_narrow() -> None:
    assert best_columns(12, (1200, 600), 1.0) == 6
    assert best_columns(4, (1000, 500), 544 / 960) == 4
    assert best_columns(4, (1000, 1000), 1.0) == 2
    assert best_columns(1, (300, 900), 1.0) == 1
    titles = ["camera 1", "cam02", "54138969", "front", "All", "3D"]
    views = ["60457274", "54138969"]
    assert [column_name(one, views) for one in titles] == ["1", "2", "2", "front", "All", "3D"]


def test_the_mean_over_views_leaves_unknown_ones_out() -> None:
    means = mean_of_views(np.array([[1.0, 3.0], [np.nan, 5.0], [np.nan, np.nan]]))
    assert means[:2].tolist() == [2.0, 5.0]
    assert np.isnan(means[2])


def test_large_errors_have_no_decimals_so_that_columns_hold_them():
    assert [short_number(value) for value in (0.04, 9.96, 99.94, 99.96, 1271.1)] == [
        "0.0", "10.0", "99.9", "100", "1,271",
    ]  # fmt: skip
