"""The workspaces without a mouse: every control is reached, seen and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QWidget
from pytestqt.qtbot import QtBot

from sefd_viewer.features.edges.model import EDGES
from sefd_viewer.features.edges.model import PAGES as EDGE_PAGES
from sefd_viewer.features.explain.model import EXPLAIN
from sefd_viewer.features.explain.model import PAGES as EXPLAIN_PAGES
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
PAGES = [f"edges_{page}" for page in EDGE_PAGES] + [f"explain_{page}" for page in EXPLAIN_PAGES]
PAGES += ["workspace_inspect", "stage_edges", "workspace_people", "people_check", "workspace_cameras"]
PAGES += [f"tab_{tab}" for tab in ("extrinsics", "image_plane", "conventions")]
AROUND = 3


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    made = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    made.window.shell.apply_theme("dark", 100)
    made.window.resize(1440, 900)
    made.wait()
    return made


def controls_of(opened: OpenWindow, page: str) -> list[QWidget]:
    """Whatever takes Tab on a page."""
    for command in ("workspace_people", page) if page == "people_check" else (page,):
        opened.run(command)
    room = opened.window.stack.currentWidget()
    return [
        widget
        for widget in room.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.isEnabled()
        and widget.isVisibleTo(room)
        and not widget.visibleRegion().isEmpty()
    ]


def name_of(widget: QWidget) -> str:
    """What a screen reader says."""
    words = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    buddies = [label.text() for label in widget.window().findChildren(QLabel) if label.buddy() is widget]
    return widget.accessibleName() or words or next(iter(buddies), "")


def seen(window: QWidget, widget: QWidget) -> QImage:
    """The window's pixels at a widget and around it."""
    area = widget.rect().translated(widget.mapTo(window, QPoint(0, 0)))
    return window.grab(area.adjusted(-AROUND, -AROUND, AROUND, AROUND)).toImage()


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name_and_shows_that_it_has_the_keyboard(opened: OpenWindow, page: str):
    window = opened.window
    controls = controls_of(opened, page)
    assert controls
    assert [widget for widget in controls if not name_of(widget)] == []
    assert not any(widget.tabKeyNavigation() for widget in controls if isinstance(widget, QAbstractItemView))
    unseen = []
    for widget in controls:
        window.setFocus()
        before = seen(window, widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus() and seen(window, widget) == before:
            unseen.append((type(widget).__name__, name_of(widget)))
    assert not unseen, unseen


def test_arrows_go_through_choices_and_bars_and_move_the_occluder_but_leave_the_photo(
    opened: OpenWindow, qtbot: QtBot
):
    opened.run("edges_student")
    opened.wait()
    edges = opened.window.stack.view("edges").controls.edges
    edges.dilation.buttons["fixed"].setFocus()
    qtbot.keyClick(edges.dilation.buttons["fixed"], Qt.Key.Key_Right)
    qtbot.keyClick(opened.window.focusWidget(), Qt.Key.Key_Space)
    assert opened.state.edges.dilation == "adaptive"

    opened.run("edges_dilation")
    opened.wait()
    histogram = opened.window.stack.view("edges").dilation.histogram
    histogram.setFocus()
    qtbot.keyClick(histogram, Qt.Key.Key_Right)
    assert EDGES.of(opened.state).areas is not None

    opened.run("explain_occlusion")
    opened.wait()
    view = opened.window.stack.view("explain").occlusion.view
    before = EXPLAIN.of(opened.state).occluder
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert EXPLAIN.of(opened.state).occluder.x == before.x + 2
    assert opened.state.record == "a"


def test_a_cross_hair_does_not_wait_on_a_page_that_was_left(opened: OpenWindow, qtbot: QtBot):
    opened.run("edges_dilation")
    opened.wait()
    page = opened.window.stack.view("edges").dilation
    fresh = page.adaptive.grab().toImage()
    qtbot.mouseMove(page.fixed, QPoint(60, 40))
    assert page.adaptive.grab().toImage() != fresh
    opened.run("edges_detectors")
    opened.run("edges_dilation")
    opened.wait()
    assert page.adaptive.grab().toImage() == fresh


@pytest.mark.parametrize("page", ["preferences", "edit_keys", "palette", "cases", "add_method", "shortcuts"])
def test_every_control_of_a_page_over_the_window_has_a_name(opened: OpenWindow, page: str):
    before = set(opened.window.findChildren(QWidget))
    opened.run(page)
    new = [one for one in opened.window.findChildren(QWidget) if one not in before]
    controls = [
        one
        for one in new
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.focusProxy() is None and one.isVisible()
    ]
    assert controls
    assert [one for one in controls if not name_of(one)] == []
