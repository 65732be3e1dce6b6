"""Methods compared on the photo: the divider, a photo for each, and the flicker."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.app.frame import Frame, MeshFrame
from sefd_viewer.gui.photo_panes import SidePane, columns_of
from sefd_viewer.gui.photo_view import LayerImage, PhotoView
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


def test_layers_with_a_side_stop_at_the_divider(qtbot: QtBot):
    view = PhotoView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    view.set_image(np.zeros((100, 200, 3), np.uint8))
    full = np.full((100, 200), 255, np.uint8)
    view.set_layer("left", LayerImage(full, color=(255, 0, 0), side="left"))
    view.set_layer("right", LayerImage(full, color=(0, 0, 255), side="right"))
    view.set_divider(0.25)
    view.show()
    image = view.screenshot()
    assert image.pixelColor(40, 50).red() > 200
    assert image.pixelColor(60, 50).blue() > 200
    assert image.pixelColor(60, 50).red() < 50


def test_the_divider_in_3d_wipes_too(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a", truth=True)))
    opened.run("compare")
    central = opened.window.central
    assert central is not None
    pane = central.meshes["student"]
    assert pane.divider.isVisible()
    assert not central.meshes["baseline"].divider.isVisible()
    middle = pane.divider.rect().center()
    qtbot.mousePress(pane.divider, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(pane.divider, middle + QPoint(30, 0))
    qtbot.mouseRelease(pane.divider, Qt.MouseButton.LeftButton)
    assert opened.state.wipe > 0.5
    assert pane.view.share_at(pane.view.x_of(opened.state.wipe)) == pytest.approx(opened.state.wipe)
    opened.run("toggle_camera")
    assert pane.view.x_of(0.25) == pytest.approx(pane.view.width() / 4)


def test_dragging_the_divider_wipes(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a", truth=True)))
    opened.run("compare")
    central = opened.window.central
    assert central is not None
    divider = central.photo.divider
    assert divider.isVisible()
    before = opened.state.wipe
    middle = divider.rect().center()
    qtbot.mousePress(divider, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(divider, middle - QPoint(40, 0))
    qtbot.mouseRelease(divider, Qt.MouseButton.LeftButton)
    assert opened.state.wipe < before
    opened.run("undo")
    assert opened.state.wipe == pytest.approx(before)
    opened.run("compare")
    assert not divider.isVisible()


def mesh_of(frame: Frame, method: str) -> MeshFrame:
    """A method's 3D view."""
    return next(mesh for mesh in frame.meshes if mesh.method == method)


def panes_of(opened: OpenWindow) -> dict[str, SidePane]:
    """The photos beside the first one."""
    return {method: pane for method, pane in opened.window.central.photos.sides.items() if pane.isVisible()}


def test_each_method_has_a_photo_with_its_name_its_bodies_and_its_error(open_window: Open):
    opened = open_window(dataset(record("a", truth=True)))
    opened.run("photos_side_by_side")
    central, panes = opened.window.central, panes_of(opened)
    assert list(panes) == ["baseline", "teacher", "truth"]
    assert central.photo.title.text() == "Student"
    assert f"MPJPE {panes['teacher'].note.text()}" == central.meshes["teacher"]._note.text()
    pictures = [pane.view.screenshot() for pane in panes.values()]
    assert pictures[0] != pictures[1] != pictures[2]
    assert all("mesh" in pane.view.layer_keys() for pane in panes.values())
    corners = {(pane.x() > 0, pane.y() > 0) for pane in panes.values()}
    assert corners == {(True, False), (False, True), (True, True)}
    opened.run("photos_side_by_side")
    assert not panes_of(opened)
    assert central.photo.title.text() == "Photo"


@pytest.mark.parametrize(
    ("photo", "room", "columns"),
    [((544, 960), (600, 370), 4), ((1920, 1080), (600, 370), 2), ((1920, 1080), (400, 900), 1)],
)
def test_four_photos_take_the_grid_that_makes_them_largest(photo, room, columns: int):
    assert columns_of(4, photo, room) == columns


def test_chips_choose_whose_photos_are_shown(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a")))
    chips = opened.window.layers.photos.buttons
    assert not chips["student"].isEnabled()
    assert not chips["truth"].isVisible()
    for method in ("teacher", "baseline"):
        qtbot.mouseClick(chips[method], Qt.MouseButton.LeftButton)
        opened.wait()
    panes = panes_of(opened)
    assert list(panes) == ["teacher", "baseline"]
    qtbot.mouseClick(chips["teacher"], Qt.MouseButton.LeftButton)
    opened.wait()
    assert list(panes_of(opened)) == ["baseline"]
    opened.run("compare")
    assert not panes_of(opened)
    opened.run("undo")
    assert list(panes_of(opened)) == ["baseline"]


def test_photos_side_by_side_zoom_pan_and_select_together(open_window: Open):
    opened = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    first = opened.window.central.photo.view
    first.show_rect((10, 10, 40, 30))
    opened.run("photos_side_by_side")
    side = panes_of(opened)["teacher"].view
    assert side.viewport.center == first.viewport.center != (0.5, 0.5)
    side.show_rect((50, 30, 80, 60))
    assert first.viewport.center == side.viewport.center
    assert opened.window.central.meshes["student"].view.viewport.center == side.viewport.center
    side.person_clicked.emit("2")
    assert opened.state.person == "2"
    opened.run("next_record")
    assert panes_of(opened)["teacher"].view._image is first._image


def test_holding_a_key_flickers_to_the_other_method_and_letting_go_ends_it(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a", truth=True)))
    photo = opened.window.central.photo
    before = photo.view.screenshot()
    qtbot.keyPress(opened.window, Qt.Key.Key_Q)
    opened.wait()
    assert photo.title.text() == "Baseline"
    assert photo.view.screenshot() != before
    student, baseline = (mesh_of(opened.controller.frame, one) for one in ("student", "baseline"))
    assert [body.color for body in student.bodies] == [body.color for body in baseline.bodies]
    assert student.note == "shown: Baseline"
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, Qt.Key.Key_Q, Qt.KeyboardModifier.NoModifier, "q", True)
        QApplication.sendEvent(opened.window, event)
    assert photo.title.text() == "Baseline"
    qtbot.keyRelease(opened.window, Qt.Key.Key_Q)
    opened.wait()
    assert photo.title.text() == "Photo"
    assert photo.view.screenshot() == before
    assert not opened.controller.store.can_undo


def test_a_flicker_turns_the_sides_of_the_divider_round(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a", truth=True)))
    opened.run("compare")
    before = opened.controller.frame.photo
    qtbot.keyPress(opened.window, Qt.Key.Key_Q)
    opened.wait()
    held = opened.controller.frame.photo
    assert held.sides == before.sides[::-1]
    assert held.overlays["mesh"].data is before.overlays["compare"].data
    assert held.overlays["compare"].data is before.overlays["mesh"].data
    assert [held.overlays[key].side for key in ("mesh", "compare")] == ["left", "right"]
    in_3d = mesh_of(opened.controller.frame, "student")
    assert (in_3d.sides, in_3d.bodies[0].side) == (held.sides, "right")
    qtbot.keyRelease(opened.window, Qt.Key.Key_Q)
    assert opened.controller.frame.photo.sides == before.sides


def test_mesh_edges_beside_are_those_of_each_method(open_window: Open):
    opened = open_window(dataset(record("a", truth=True)))
    opened.run("photos_side_by_side")
    opened.run("layer_mesh_edge")
    photo = opened.controller.frame.photo
    assert all("mesh_edge" in one.overlays for one in (photo, *photo.beside))
    truth = next(one for one in photo.beside if one.method == "truth")
    assert truth.overlays["mesh_edge"].data.any()
    assert not np.array_equal(truth.overlays["mesh_edge"].data, photo.overlays["mesh_edge"].data)
