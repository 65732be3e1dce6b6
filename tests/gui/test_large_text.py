"""Text at 150 and 200 % in 1280x720: nothing is cut without being told whole, nothing is out of reach.

What scrolls is in reach; a label that is cut must end in dots and tell its words in a tip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from sefd_viewer.features.people.views.workspace import PeopleWorkspace
from sefd_viewer.gui.labels import ElidedCombo, ElidedLabel
from sefd_viewer.gui.start_page import StartPage
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
ROOMS = (
    *(("workspace_inspect", f"stage_{view}") for view in ("photo", "turned", "edges")),
    *(("workspace_people", f"people_{face}") for face in ("compare", "check")),
    ("workspace_cameras",),
    *((f"edges_{page}",) for page in ("student", "detectors", "dilation", "audit")),
    *((f"explain_{page}",) for page in ("inside", "bench", "occlusion", "distillation")),
)
SLACK = 2
"""Pixels that are no harm."""


@pytest.fixture
def opened(open_window: Open) -> Iterator[OpenWindow]:
    made = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    made.window.resize(1280, 720)
    yield made
    made.controller.change_settings(text=100)


def test_text_grows_while_people_are_in_view(opened: OpenWindow, qtbot: QtBot) -> None:
    """The plot moves and a splitter handle goes with it: once Qt told one that had gone, and crashed."""
    opened.window.actions_table.run("workspace_people")
    opened.window.actions_table.run("people_compare")
    workspace = opened.window.findChild(PeopleWorkspace)
    assert workspace is not None
    QApplication.processEvents()
    for width in (1300, 1440):  # whatever the font, the plot moves in one of them
        opened.window.resize(width, 900)
        for percent in (200, 100, 200, 100):
            opened.controller.change_settings(text=percent)
            QApplication.processEvents()
    qtbot.waitUntil(lambda: (workspace.plots.parent() is workspace._row) != workspace._has_plot_inside())


def visible(root: QWidget, *kinds: type[QWidget]) -> list[QWidget]:
    """The widgets of some kinds that are shown, of the start page only where it is in view."""
    start = root.findChild(StartPage)
    hidden = start if start is not None and root is not start else None
    found = [one for one in root.findChildren(QWidget) if isinstance(one, kinds) and one.isVisible()]
    return [one for one in found if hidden is None or not hidden.isAncestorOf(one)]


def cut_words(root: QWidget) -> list[str]:
    """Words of which a part is missing, and nothing tells it."""
    cut = []
    for label in visible(root, QLabel):
        assert isinstance(label, QLabel)
        if label.wordWrap():
            lost = label.heightForWidth(label.width()) > label.height() + SLACK
        else:
            lost = label.sizeHint().width() > label.width() + SLACK
        if label.text() and lost and not (label.toolTip() or isinstance(label, ElidedLabel)):
            cut.append(f"{label.text()[:40]} ({label.width()}x{label.height()})")
    for button in visible(root, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        wanted = button.minimumSizeHint() if isinstance(button, QToolButton) else button.sizeHint()
        text = button.text()
        if len(text) > 1 and wanted.width() > button.width() + SLACK:
            cut.append(f"{text} ({button.width()} of {wanted.width()})")
    for combo in visible(root, QComboBox):
        assert isinstance(combo, QComboBox)
        words = combo.fontMetrics().horizontalAdvance(combo.currentText())
        if words + 24 > combo.width() and not isinstance(combo, ElidedCombo):
            cut.append(f"{combo.currentText()} ({combo.width()} of {words})")
    return cut


def out_of_reach(root: QWidget) -> list[str]:
    """Controls that lie outside what holds them, where nothing scrolls to them."""
    lost = []
    for one in visible(root, QAbstractButton, QComboBox, QLineEdit, QAbstractSlider):
        if one.focusPolicy() == Qt.FocusPolicy.NoFocus and not isinstance(one, QAbstractButton):
            continue
        inside: QRect = one.rect()
        holder: QWidget = one
        while holder is not root and holder.parentWidget() is not None:
            inside.translate(holder.pos())
            holder = holder.parentWidget() or root
            area = holder.parentWidget()
            if isinstance(area, QAbstractScrollArea) and area.viewport() is holder:
                bars = area.horizontalScrollBar(), area.verticalScrollBar()
                sizes = (inside.right() - holder.width(), inside.bottom() - holder.height())
                if any(over > SLACK and bar.maximum() == 0 for over, bar in zip(sizes, bars, strict=True)):
                    lost.append(_name(one))
                inside = QRect(QPoint(0, 0), inside.size().boundedTo(holder.size()))
            elif not holder.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(inside):
                lost.append(_name(one))
                break
    return lost


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return words or widget.accessibleName() or type(widget).__name__


def laid_out(opened: OpenWindow) -> None:
    """Wait until all that was asked for is there and has its place."""
    for _ in range(3):
        opened.wait()
        QApplication.processEvents()


@pytest.mark.parametrize("percent", [150, 200])
def test_large_text_is_whole_and_every_control_in_reach(opened: OpenWindow, percent: int):
    opened.controller.change_settings(text=percent)
    wrong: dict[str, list[str]] = {}
    for commands in ROOMS:
        for command in commands:
            opened.run(command)
        laid_out(opened)
        if found := [*cut_words(opened.window), *out_of_reach(opened.window)]:
            wrong[commands[-1]] = found
    assert not wrong


def test_preferences_and_start_page_hold_large_text(opened: OpenWindow):
    opened.controller.change_settings(text=200)
    opened.run("preferences")
    laid_out(opened)
    card = opened.window.card("preferences")
    assert not cut_words(card)
    assert not out_of_reach(card)
    card.close_card()
    opened.run("start_page")
    laid_out(opened)
    page = opened.window.findChild(StartPage)
    assert page is not None
    assert page.isVisible()
    assert not cut_words(page)
    assert not out_of_reach(page)
