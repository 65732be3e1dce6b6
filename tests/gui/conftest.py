"""Windows without a screen; after each test no window, thread or timer is left."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.app import open_files
from sefd_viewer.app.settings import Settings
from sefd_viewer.datasets.records import Dataset
from tests.app.session_fakes import dataset
from tests.gui.window_fakes import OpenWindow


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:  # noqa: ARG001
    """Fail a test that leaves a window or a thread."""
    threads = set(threading.enumerate())
    windows = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shown = [
        widget for widget in QApplication.topLevelWidgets() if widget not in windows and widget.isVisible()
    ]
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert not shown
    assert not left


@pytest.fixture
def open_window(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    nothing_left: None,  # noqa: ARG001
) -> Iterator[Callable[..., OpenWindow]]:
    """Open a window on a data set; it is closed after the test."""
    opened: list[OpenWindow] = []

    def build(
        found: Dataset | None = None,
        settings: Settings | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> OpenWindow:
        shown = found if found is not None else dataset()
        monkeypatch.setattr(open_files, "open_inputs", lambda _inputs, **_options: shown)
        before()
        opened.append(OpenWindow(qtbot, settings or Settings()))
        opened[-1].wait()
        return opened[-1]

    yield build
    while opened:
        opened.pop().close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture
def start_window(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    nothing_left: None,  # noqa: ARG001
) -> Iterator[Callable[..., OpenWindow]]:
    """Open a window with nothing open yet, as the program starts; `found` is what will be opened."""
    opened: list[OpenWindow] = []

    def build(found: Dataset | None = None, settings: Settings | None = None) -> OpenWindow:
        shown = found if found is not None else dataset()
        monkeypatch.setattr(open_files, "open_inputs", lambda _inputs, **_options: shown)
        opened.append(OpenWindow(qtbot, settings or Settings(), inputs=None))
        opened[-1].wait()
        return opened[-1]

    yield build
    while opened:
        opened.pop().close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
