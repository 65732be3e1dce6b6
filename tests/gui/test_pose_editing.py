"""Editing 2D poses with the pointer: what a person does on the photo, and what follows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sefd_viewer.app.pose_edits import POSE_EDITING
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.gui.photo_view import PhotoView
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

WRIST = 9
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


@pytest.fixture
def window(
    open_window: Callable[..., OpenWindow],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> OpenWindow:
    """A window on two people, where poses are edited."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
    opened = open_window(dataset(record("a"), record("b")))
    opened.run("edit_poses")
    return opened


def view_of(window: OpenWindow) -> PhotoView:
    central = window.window.stack.view("inspect")
    assert central is not None
    return central.photo


def at(window: OpenWindow, x: float, y: float) -> QPoint:
    """Where a pixel of the photo is in the view."""
    left, top = view_of(window).viewport.to_view((x, y))
    return QPointF(float(left), float(top)).toPoint()


def wrist(window: OpenWindow, person: str = "1") -> tuple[float, float]:
    found = window.controller.content.scene.person(person)
    x, y = (float(value) for value in found.pose2d.keypoints[WRIST, :2])
    return x, y


def move(window: OpenWindow, *points: tuple[float, float]) -> None:
    for x, y in points:
        QTest.mouseMove(view_of(window), at(window, x, y))


def press(window: OpenWindow, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(view_of(window), button, pos=at(window, x, y))


def release(window: OpenWindow, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    QTest.mouseRelease(view_of(window), button, pos=at(window, x, y))
    window.wait()


def drag(window: OpenWindow, *points: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    press(window, *points[0], button)
    move(window, *points[1:])
    release(window, *points[-1], button)


def people(window: OpenWindow) -> list[str]:
    return [person.key for person in window.controller.frame.people]


def test_a_joint_follows_the_pointer_and_the_networks_follow_the_joint(window: OpenWindow) -> None:
    asked = len(window.client.predicts)
    drag(window, wrist(window), (60, 30), (70, 40))
    assert wrist(window) == pytest.approx((70, 40), abs=0.3)
    assert len(window.client.predicts) > asked
    sent = window.client.predicts[-1].people[0].pose2d
    assert sent.keypoints[WRIST, :2] == pytest.approx((70, 40), abs=0.3)
    window.run("undo")
    assert wrist(window) != pytest.approx((70, 40), abs=0.3)
    assert not window.controller.store.can_undo


def test_escape_takes_a_drag_back_and_then_ends_the_editing(window: OpenWindow) -> None:
    before = wrist(window)
    press(window, *before)
    move(window, (60, 30))
    assert wrist(window) == pytest.approx((60, 30), abs=0.3)
    QTest.keyClick(view_of(window), Qt.Key.Key_Escape)
    assert wrist(window) == before
    release(window, 60, 30)
    assert wrist(window) == before
    assert POSE_EDITING.of(window.state).on
    QTest.keyClick(view_of(window), Qt.Key.Key_Escape)
    assert not POSE_EDITING.of(window.state).on
    assert not window.controller.store.can_undo


def test_with_control_the_whole_person_comes_along(window: OpenWindow) -> None:
    before = window.controller.content.scene.person("1").pose2d.keypoints
    view, (x, y) = view_of(window), wrist(window)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mousePress(view, LEFT, control, at(window, x, y))
    for target in ((x + 5, y), (x + 12, y + 3)):
        move_held(view, at(window, *target), control)
    QTest.mouseRelease(view, LEFT, control, at(window, x + 12, y + 3))
    window.wait()
    after = window.controller.content.scene.person("1").pose2d.keypoints
    assert after[:, :2] == pytest.approx(before[:, :2] + (12, 3), abs=0.3)


def move_held(view: PhotoView, position: QPoint, keys: Qt.KeyboardModifier) -> None:
    """Move with the left button and keys down; QTest's own moves know no keys."""
    where = QPointF(position)
    event = QMouseEvent(QEvent.Type.MouseMove, where, view.mapToGlobal(where), LEFT, LEFT, keys)
    QApplication.sendEvent(view, event)


def test_a_press_without_movement_moves_nothing(window: OpenWindow) -> None:
    drag(window, wrist(window), wrist(window))
    assert window.controller.content.scene.edits is None


@pytest.mark.parametrize("button", [LEFT, RIGHT])
def test_a_joint_is_hidden_by_a_double_or_a_right_click(window: OpenWindow, button: Qt.MouseButton) -> None:
    place = at(window, *wrist(window))
    if button == LEFT:
        QTest.mouseDClick(view_of(window), LEFT, pos=place)
    else:
        QTest.mouseClick(view_of(window), RIGHT, pos=place)
    window.wait()
    pose = window.controller.content.scene.person("1").pose2d
    assert pose.keypoints[WRIST, 2] == 0
    assert STAGE.of(window.state).enlarged is None  # a double click elsewhere enlarges


def test_a_box_on_empty_ground_adds_a_person_and_delete_takes_him_away(window: OpenWindow) -> None:
    window.run("new_pose_upright")
    drag(window, (78, 4), (85, 30), (94, 68))
    assert people(window) == ["1", "2", "3"]
    assert window.state.person == "3"
    box = window.controller.content.scene.person("3").pose2d.bbox_xywh
    assert box == pytest.approx((78, 4, 16, 64), abs=0.6)
    assert {request.key for request in window.client.predicts[-1].people} == {"1", "2", "3"}
    QTest.keyClick(window.window, Qt.Key.Key_Delete)
    window.wait()
    assert people(window) == ["1", "2"]
    window.run("undo")
    assert people(window) == ["1", "2", "3"]


def test_a_slip_on_empty_ground_adds_nobody(window: OpenWindow) -> None:
    drag(window, (90, 5), (90.5, 5.4), (91, 5.8))
    assert people(window) == ["1", "2"]


def test_panning_with_the_middle_button_or_space(window: OpenWindow) -> None:
    view = view_of(window)
    drag(window, (80, 20), (70, 30), (60, 40), button=MIDDLE)
    panned = view.viewport
    assert not panned.is_fit
    QTest.keyPress(view, Qt.Key.Key_Space)
    drag(window, wrist(window), (60, 40), (50, 50))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.viewport != panned
    assert window.controller.content.scene.edits is None
    drag(window, wrist(window), (30, 30))
    assert window.controller.content.scene.edits is not None


def test_clicks_still_select_people(window: OpenWindow) -> None:
    window.run("fit_photo")
    body = window.controller.content.scene.person("2").pose2d.keypoints
    x, y = (float(value) for value in (body[5, :2] + body[11, :2]) / 2)  # between shoulder and hip
    QTest.mouseClick(view_of(window), LEFT, pos=at(window, x, y))
    window.wait()
    assert window.state.person == "2"


def test_the_bar_and_the_button_show_what_is_possible(window: OpenWindow) -> None:
    pane = window.window.stack.view("inspect")
    assert pane.editing.isVisible()
    assert pane.edit.isChecked()
    assert not pane.editing.delete.isEnabled()
    assert not pane.editing.forget.isEnabled()
    drag(window, wrist(window), (60, 30))
    assert pane.editing.delete.isEnabled()
    QTest.mouseClick(pane.editing.forget, LEFT)
    window.wait()
    assert window.controller.content.scene.edits is None
    QTest.mouseClick(pane.edit, LEFT)
    assert not pane.editing.isVisible()
    assert not pane.edit.isChecked()
    press(window, *wrist(window))
    move(window, (60, 30))
    release(window, 60, 30)
    assert window.controller.content.scene.edits is None
    assert not view_of(window).viewport.is_fit
