"""The three jobs that people come with, from the start page on, by clicks and keys alone.

What is done is done on widgets that can be seen, found by what is written on them; what is expected is read
from the window or from the files that were written.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from sefd_viewer.app.settings import Settings
from sefd_viewer.datasets.opening import crowd_folder
from sefd_viewer.gui.session import WindowSession
from tests.app.session_fakes import FakeClient
from tests.cameras.human36m_rig import ROOT_JOINT, Rig, axis_angle, cameras, rotation
from tests.gui.window_fakes import PATIENCE_MS

W = TypeVar("W", bound=QWidget)


class Hands:
    """Somebody before the window: sees what is shown, clicks buttons by their words, presses keys."""

    def __init__(self, qtbot: QtBot, session: WindowSession) -> None:
        self._qtbot, self._session, self.window = qtbot, session, session.window

    def click(self, words: str) -> None:
        """Click the button with these words."""
        shown = {_words(one): one for one in reversed(self._shown(QAbstractButton))}
        button = shown.get(words) or next(one for name, one in shown.items() if name.startswith(words))
        assert button.isEnabled(), words
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self._wait()

    def open_tab(self, words: str) -> None:
        """Click a tab."""
        for bar in self._shown(QTabBar):
            for place in range(bar.count()):
                if bar.tabText(place) == words:
                    middle = bar.tabRect(place).center()
                    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=middle)
        self._wait()

    def press(self, *keys: Qt.Key) -> None:
        """Press keys, one after the other."""
        for key in keys:
            QTest.keyClick(self.window.focusWidget() or self.window, key)
            self._wait()

    def press_with(self, modifiers: Qt.KeyboardModifier, key: Qt.Key) -> None:
        """Press a key together with others."""
        QTest.keyClick(self.window, key, modifiers)
        self._wait()

    def await_words(self, words: str) -> None:
        """Wait until this can be read, in the window or above it."""
        self._qtbot.waitUntil(lambda: words in self.page or words in self.title, timeout=PATIENCE_MS)
        self._wait()

    @property
    def page(self) -> str:
        """All that is written in the window."""
        labels = "\n".join(one.text() for one in self._shown(QLabel))
        return re.sub(r"<[^>]*>", "", labels).replace("&#x27;", "'")

    @property
    def title(self) -> str:
        """What stands above the window."""
        return self.window.windowTitle()

    def _shown(self, kind: type[W]) -> list[W]:
        return [one for one in self.window.findChildren(kind) if one.isVisible()]

    def _wait(self) -> None:
        self._qtbot.waitUntil(lambda: not self._session.busy, timeout=PATIENCE_MS)


def _words(button: QAbstractButton) -> str:
    return button.text().replace("&", "") or button.accessibleName()


class Flashes(QObject):
    """Remembers windows that open besides the main one: a part that is shown before it has its place."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow()
        if shown and watched is not self._window:
            self.seen.append(type(watched).__name__)
        return False


@pytest.fixture
def hands(
    qapp: QApplication,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    nothing_left: None,  # noqa: ARG001
) -> Iterator[Hands]:
    """The window as it starts without arguments; networks' answers are those that ship."""
    monkeypatch.setenv("SEFD_VIEWER_RECENT", str(tmp_path / "recent"))
    session = WindowSession(Settings(), client=FakeClient, answers=tmp_path / "answers")
    flashes = Flashes(session.window)
    qapp.installEventFilter(flashes)
    session.window.resize(1440, 900)
    session.window.show()
    session.begin(None)
    made = Hands(qtbot, session)
    made._wait()
    yield made
    qapp.removeEventFilter(flashes)
    assert flashes.seen == []
    session.window.close()
    session.close()
    session.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture
def in_dialog(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Choose a folder in the system's dialog that comes next."""

    def choose(folder: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_options: str(folder))

    return choose


def _people_for_whom_the_student_is_worse() -> int:
    """Counted in the run that ships, by half a millimetre or more."""
    run = pl.read_parquet(sorted((crowd_folder() / "run").glob("*.parquet")))
    errors = run.pivot(on="method", index=["position", "person"], values="mpjpe_mm").drop_nulls()
    return int((errors["student"] - errors["baseline"] > 0.5).sum())


def test_somebody_on_whom_the_student_fails_is_found_looked_at_and_judged(hands: Hands) -> None:
    hands.click("Compare methods")
    assert "The student and the baseline are" in hands.page
    assert "325 people" in hands.page
    hands.click("student worse")
    worse = _people_for_whom_the_student_is_worse()
    assert f"{worse} of 325 people" in hands.page
    hands.press(Qt.Key.Key_Period)
    hands.click("Inspect ⏎")
    first = hands.title
    worst = r"The student is \d+ mm worse than the baseline( on this person)?\."  # as there is room
    assert re.search(worst, hands.page)
    for name in ("Photo", "Baseline", "Student", "Teacher", "Truth"):
        assert name in hands.page.splitlines()
    hands.press(Qt.Key.Key_2, Qt.Key.Key_4)
    hands.press(Qt.Key.Key_Period)
    assert hands.title != first
    assert re.search(worst, hands.page)
    hands.press(Qt.Key.Key_B)
    hands.click("People")
    hands.click("no verdict")
    assert f"{worse - 1} of 325 people" in hands.page


def test_human36m_is_checked_looked_at_put_right_and_fits(
    hands: Hands, in_dialog: Callable[[Path], None], tmp_path: Path
) -> None:
    root, copy = _in_a_cameras_frame(tmp_path / "h36m"), tmp_path / "corrected"
    in_dialog(root)
    hands.click("Open folder")
    hands.click("Cameras")
    assert "The person fits in all three cameras" in hands.page
    hands.press(Qt.Key.Key_M)
    assert re.fullmatch(r"Camera 1 \(54138969\) · frame \d · S5 Walking 2 — h36m — SEFD viewer", hands.title)
    assert "Raw fits" in hands.page
    hands.click("Paper")
    assert hands.page.count("px off") == 3
    hands.open_tab("Errors")
    hands.open_tab("Extrinsics")
    hands.click("Check all 18 photos")
    hands.await_words("S5 Walking 2, cameras 1-3, frames 0-2: in camera 1's frame.")
    hands.click("Exact")
    hands.click("Write corrected files…")
    in_dialog(copy)
    copy.mkdir()
    hands.click("Write the copy…")
    hands.await_words("nothing is found any more")
    report = json.loads((copy / "corrections.json").read_text())
    (change,) = report["changes"]
    assert change["measured_after"]["exact mm"] < 20 < 1000 < change["measured_before"]["exact mm"]
    hands.press_with(Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_O)
    hands.await_words("corrected — SEFD viewer")
    hands.press(Qt.Key.Key_M)
    assert "The person fits in all three cameras" in hands.page


def test_a_story_is_presented_and_left(hands: Hands) -> None:
    hands.click("Compare methods")
    hands.click("student worse")
    hands.press(Qt.Key.Key_Period)
    hands.click("Present")
    assert "7 of 8" in hands.page  # the case of whom one looks at
    assert "Where the student fails" in hands.page
    assert f"{_people_for_whom_the_student_is_worse()} got worse" in hands.page
    assert {"Baseline", "Student"} <= set(hands.page.splitlines())
    hands.press(Qt.Key.Key_Space)
    assert "Baseline" not in hands.page.splitlines()
    hands.press(Qt.Key.Key_Space)
    assert "Baseline" in hands.page.splitlines()
    hands.press(Qt.Key.Key_Right)
    assert "8 of 8" in hands.page
    hands.press(Qt.Key.Key_N, Qt.Key.Key_T, Qt.Key.Key_Escape)
    assert not hands.window.isFullScreen()
    hands.window.resize(1440, 900)  # the test's screen is smaller than that, and leaves no room for the count
    assert "of 325 people" in hands.page


def _in_a_cameras_frame(root: Path) -> Path:
    """A set whose one sequence was left in camera 1's frame, by hand."""
    rig = Rig(root, (5,), frames=3)
    bodies, camera = rig.load(5, "smpl_param"), cameras(5)["1"]
    R, t = np.array(camera["R"]), np.array(camera["t"]) / 1000
    for frame in bodies["14"]["2"].values():
        frame["pose"][:3] = axis_angle(R @ rotation(np.array(frame["pose"][:3]))).tolist()
        frame["trans"] = (R @ (np.array(frame["trans"]) + ROOT_JOINT) + t - ROOT_JOINT).tolist()
    rig.store(5, "smpl_param", bodies)
    return root
