"""The room in 3D: an orbit by mouse, clicks on bodies and pictures, words instead of crashes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.frame import FrustumFrame, WorldBodyFrame, WorldFrame
from sefd_viewer.features.cameras.views.world import WorldView
from sefd_viewer.geometry.cameras import PinholeCamera

CORNERS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
FACES = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
SIZE = (600.0, 500.0)


def body(key: str, center: tuple[float, float, float], size: float = 0.3) -> WorldBodyFrame:
    vertices = (CORNERS * size + np.array(center)).astype(np.float32)
    return WorldBodyFrame(key, vertices, FACES, (255, 255, 255))


def opened(qtbot: QtBot, *bodies: WorldBodyFrame, **rest: object) -> WorldView:
    view = WorldView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show_frame(WorldFrame(bodies=bodies, **rest))
    view.show()
    return view


def brightness(view: WorldView) -> np.ndarray:
    view._refine()
    picture = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width()].astype(float)


def drag(
    view: WorldView,
    dx: int,
    dy: int,
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Drag from the middle of the view with a button and a key held."""
    start, end = QPointF(300, 250), QPointF(300 + dx, 250 + dy)
    kinds = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
    for kind, position in zip(kinds, (start, end, end), strict=True):
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, position, view.mapToGlobal(position), button, held, modifier)
        QApplication.sendEvent(view, event)


def wheel(view: WorldView, steps: int) -> None:
    here = QPointF(300, 250)
    still, none = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        here,
        view.mapToGlobal(here),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        none,
        still,
        False,
    )
    QApplication.sendEvent(view, event)


def place_of(view: WorldView, point: tuple[float, float, float]) -> QPoint:
    camera = view.scene_camera()
    assert camera is not None
    x, y, _depth = camera.project(point, SIZE)
    return QPoint(int(x), int(y))


def test_left_drag_turns_shift_and_middle_drag_move_wheel_zooms_double_click_fits(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)))
    first = view.pose
    drag(view, 40, 0)
    assert view.pose.azimuth != first.azimuth
    assert view.pose.pan == (0, 0)
    drag(view, 40, 0, modifier=Qt.KeyboardModifier.ShiftModifier)
    drag(view, 0, 40, button=Qt.MouseButton.MiddleButton)
    assert view.pose.pan[0] < 0 < view.pose.pan[1]
    wheel(view, 2)
    assert view.pose.zoom > first.zoom
    azimuth = view.pose.azimuth
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert (view.pose.zoom, view.pose.pan, view.pose.azimuth) == (1.0, (0.0, 0.0), azimuth)


def test_the_body_follows_the_pointer_when_moved(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)))
    before = place_of(view, (0, 0, 3))
    drag(view, 60, -30, button=Qt.MouseButton.MiddleButton)
    moved = place_of(view, (0, 0, 3)) - before
    np.testing.assert_allclose((moved.x(), moved.y()), (60, -30), atol=4)


def test_a_click_reports_the_foremost_body(qtbot: QtBot):
    view = opened(qtbot, body("far", (0, 0, 6), 0.5), body("near", (0, 0, 3)))
    view.set_pose(view.pose.turned(-view.pose.azimuth, -view.pose.elevation))
    with qtbot.waitSignal(view.person_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place_of(view, (0.01, 0.01, 2.8)))
    assert clicked.args == ["near"]
    with qtbot.waitSignal(view.background_clicked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 498))


def test_a_click_on_a_camera_s_picture_names_the_camera(qtbot: QtBot):
    """A camera two metres aside of the body, whose picture stands in the room."""
    camera = PinholeCamera(
        np.array([70.0, 70.0]), np.array([39.5, 29.5]), np.eye(3), np.array([2.0, 0.0, 0.0])
    )
    picture = FrustumFrame("cam2", 0, camera, (80, 60), np.full((60, 80, 3), 90, np.uint8))
    view = opened(qtbot, body("a", (0, 0, 3)), frustums=(picture,))
    corners = view._content.frustums[0].corners[1:]
    with qtbot.waitSignal(view.view_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place_of(view, tuple(corners.mean(axis=0))))
    assert clicked.args == ["cam2"]


def test_nothing_is_rendered_twice(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    view = opened(qtbot, body("a", (0, 0, 3)))
    brightness(view)
    counted: list[int] = []
    scene = view._picture._scene
    assert scene is not None
    render = scene.render
    monkeypatch.setattr(scene, "render", lambda *a, **k: counted.append(1) or render(*a, **k))
    for _ in range(3):
        view.grab()
        view.cover.set_message("Words", "over it")
    assert counted == []
    view.set_pose(view.pose.turned(5, 0))
    view.grab()
    assert len(counted) == 1


def test_a_picture_becomes_smooth_at_rest(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)))
    view.grab()
    qtbot.waitUntil(lambda: view._picture.is_smooth)
    assert not view._rest.isActive()


def test_vtk_is_not_loaded_before_there_is_something_to_see(qtbot: QtBot):
    view = opened(qtbot)
    view.grab()
    assert view._picture._scene is None


def test_bodies_that_cannot_be_drawn_are_left_out(qtbot: QtBot):
    broken = WorldBodyFrame("nan", np.full((6, 3), np.nan, np.float32), FACES, (255, 255, 255))
    view = opened(qtbot, broken, body("a", (0, 0, 3)))
    assert brightness(view).max() > 200
    view.show_frame(WorldFrame(bodies=(broken,)))
    view.grab()


def test_the_chosen_body_of_several_gets_an_outline(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), body("b", (1, 0, 3)))
    plain = brightness(view)
    view.set_selected("a")
    qtbot.waitUntil(lambda: not np.array_equal(brightness(view), plain))


def test_without_opengl_there_are_words(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    from sefd_viewer.scene import world_scene

    def refuse() -> None:
        raise SefdError("3D views need OpenGL, and this machine offers none", remedy="Install it")

    monkeypatch.setattr(world_scene, "WorldScene", refuse)
    view = opened(qtbot, body("a", (0, 0, 3)))
    view.grab()
    assert "OpenGL" in str(view._picture.failure)
    view.show_frame(WorldFrame())
    view.grab()


def test_up_turns_the_floor(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), up=(0.0, -1.0, -0.5))
    bounds = view._content.bounds
    assert bounds is not None
    head = place_of(view, tuple(bounds.center + 0.2 * bounds.up))
    assert head.x() == pytest.approx(300, abs=1)
    assert head.y() < 250


def test_an_error_while_painting_leaves_the_view_usable(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    view = opened(qtbot, body("a", (0, 0, 3)))
    with monkeypatch.context() as broken:
        broken.setattr(view._picture, "image", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            view.grab()
    assert brightness(view).max() > 200
