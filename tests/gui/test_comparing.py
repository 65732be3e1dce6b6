"""Two methods on one photo: the divider clips their layers and can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from sefd_viewer.gui.photo_view import LayerImage, PhotoView
from tests.gui.window_fakes import OpenWindow
from tests.session.session_fakes import dataset, record

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
