from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from sefd_viewer.app.frame import Frame, StatusFrame
from sefd_viewer.datasets.records import SkippedPerson, SkipReason
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.views.edge_panel import EdgeSide
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
PANELS = ("status",)


@pytest.mark.parametrize("name", PANELS)
def test_applying_a_frame_changes_nothing_and_tells_nobody(open_window: Open, name: str):
    opened = open_window(dataset(record("a", truth=True), record("b")))
    before, frame = opened.state, opened.controller.frame
    panel: Any = getattr(opened.window, name)
    panel.apply(Frame(), frame)
    panel.apply(frame, Frame())
    panel.apply(Frame(), frame)
    assert opened.state is before


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_can_show_an_empty_frame(open_window: Open, name: str):
    opened = open_window()
    panel: Any = getattr(opened.window, name)
    panel.apply(opened.controller.frame, Frame())
    assert isinstance(panel, QWidget)
    assert not panel.grab().isNull()


def edges_of(opened: OpenWindow) -> EdgeSide:
    """The controls of the student's edges, with everybody's photo behind them."""
    opened.run("stage_edges")
    opened.wait()
    edges: EdgeSide = opened.window.stack.view("inspect").edges
    return edges


def test_the_kernel_slider_moves_in_odd_steps_and_is_one_step_of_undo(open_window: Open):
    opened = open_window()
    slider = edges_of(opened).kernel.slider
    seen = []
    for position in range(slider.minimum(), slider.maximum() + 1):
        slider.setValue(position)
        seen.append(opened.state.edges.kernel)
    opened.wait()
    assert seen == [1, 3, 5, 7, 9, 11, 13, 15]
    opened.run("undo")
    assert opened.state.edges == EdgeSettings()
    assert opened.window.stack.view("inspect").edges.kernel.value == 5


def test_thresholds_matter_for_binary_edges_and_never_cross(open_window: Open):
    edges = edges_of(open_window(dataset(record("a", truth=True))))
    assert not edges.low.isVisible()
    edges.lines.buttons["binary"].click()
    assert edges.low.isVisible()
    edges.low.slider.setValue(edges.low.slider.maximum())
    assert edges.high.value == edges.low.value
    edges.high.slider.setValue(0)
    assert edges.low.value == edges.high.value


def test_adaptive_dilation_shows_its_thresholds(open_window: Open):
    opened = open_window(dataset(record("a", truth=True)))
    edges = edges_of(opened)
    assert not edges.boxes.isVisible()
    edges.dilation.buttons["adaptive"].click()
    assert opened.state.edges.dilation == "adaptive"
    assert edges.boxes.isVisible()
    assert not edges.kernel.isVisible()
    edges.boxes.sides[2].setValue(300)
    assert opened.state.edges.area_thresholds == (256.0, 4096.0, 90000.0)
    edges.trained.click()
    assert opened.state.edges == EdgeSettings()


def test_blur_and_grey(open_window: Open):
    opened = open_window()
    edges = edges_of(opened)
    edges.blur.slider.setValue(18)
    assert opened.state.edges.sigma == pytest.approx(2.0)
    edges.release.click()
    assert opened.state.edges.channel_order == "rgb"
    assert not edges.release.isChecked()
    edges.release.click()
    assert opened.state.edges.channel_order == "bgr_release"
    opened.run("undo")
    assert not edges.release.isChecked()


@pytest.mark.parametrize("key", ["mesh_edge", "hed", "canny", "plugin"])
def test_each_layer_has_a_working_eye_and_opacity(open_window: Open, key: str):
    opened = open_window()
    opened.run("stage_edges")
    row = opened.window.stack.view("inspect").edges.layers.rows[key]
    before = opened.state.layers[key].visible
    row.eye.click()
    opened.wait()
    assert opened.state.layers[key].visible is not before
    row.opacity.setValue(35)
    assert opened.state.layers[key].opacity == 0.35
    assert opened.state.layer == key
    opened.run("undo")
    opened.run("undo")
    assert row.eye.isChecked() is before


def test_a_colour_is_chosen_for_a_layer(open_window: Open):
    opened = open_window()
    opened.run("stage_edges")
    opened.controller.store.set(opened.state.with_layer("canny", visible=True))
    opened.wait()
    opened.window.stack.view("inspect").edges.layers.rows["canny"].color.chosen.emit((1, 2, 3))
    assert opened.controller.frame.photo.overlays["canny"].color == (1, 2, 3)


def test_the_plugin_layer_begins_with_the_shipped_detector(open_window: Open):
    opened = open_window()
    opened.run("stage_edges")
    opened.window.stack.view("inspect").edges.layers.rows["plugin"].eye.click()
    opened.wait()
    assert opened.state.plugin_edges == "sobel_edges.sobel"
    assert "plugin" in opened.controller.frame.photo.overlays
    assert opened.window.stack.view("inspect").edges.layers.detector.isVisible()


def test_whose_meshes_are_drawn(open_window: Open):
    opened = open_window()
    opened.run("stage_edges")
    overlay = opened.window.stack.view("inspect").edges.layers.overlay
    overlay.setCurrentIndex(overlay.findData("teacher"))
    overlay.activated.emit(overlay.currentIndex())
    assert opened.state.overlay == "teacher"


def test_who_is_annotated_but_missing_is_said_with_the_reason(open_window: Open):
    crowd = SkippedPerson("7", SkipReason.CROWD)
    without_body = SkippedPerson("2", SkipReason.NO_BODY, "smpl-male", shown=True)
    skipping = replace(record("a"), skipped=(crowd, without_body))
    opened = open_window(dataset(skipping, record("b")))
    label = opened.window.stack.view("inspect").photo_pane.left_out
    assert label.isVisible()
    assert label.text() == "2 left out"
    told = re.sub(r"<[^>]+>", "", label.toolTip().replace("<br/>", "\n").replace("<br>", "\n"))
    assert [line.strip() for line in told.strip().splitlines() if line.strip()] == [
        "Person 7 marks a crowd, not one person: left out",
        "Person 2 belongs to a body model that is not here (smpl-male): shown without a body",
    ]
    opened.run("next_record")
    assert not label.isVisible()


def test_work_is_mentioned_only_when_it_takes_longer(open_window: Open, qtbot: QtBot):
    status = open_window().window.status
    busy = Frame(status=StatusFrame(activity="Networks: student", share=0.5))
    status.apply(Frame(), busy)
    assert not status.stop.isVisible()
    qtbot.waitUntil(status.stop.isVisible, timeout=3000)
    assert status.progress.value() == 50
    with qtbot.waitSignal(status.stop_clicked):
        status.stop.click()
    status.apply(busy, Frame())
    assert not status.stop.isVisible()


def test_the_status_line_tells_device_times_and_queue(open_window: Open):
    text = open_window().window.status.right.text()
    assert "CPU, 1 thread" in text
    assert "student 10 ms" in text
    status = open_window().window.status
    status.apply(Frame(), Frame(status=StatusFrame(waiting=2, times=(("HED", 1234.0),))))
    assert "2 waiting" in status.right.text()
    assert "HED 1.2 s" in status.right.text()


def test_arrow_keys_on_a_slider_move_the_slider_not_the_record(open_window: Open, qtbot: QtBot):
    opened = open_window()
    slider = edges_of(opened).kernel.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert opened.state.edges.kernel == 7
    assert opened.state.record == "a"
