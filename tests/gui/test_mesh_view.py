"""MeshView: bodies on the photo to the pixel, an orbit that several views share, words instead of crashes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.gui.mesh_view import BodyMesh, MeshView, MeshViewGroup
from sefd_viewer.gui.photo_view import PhotoView

CORNERS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
FACES = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
PHOTO = np.zeros((300, 400, 3), np.uint8)
CAMERA = PinholeCamera(np.array([500.0, 520.0]), np.array([210.0, 140.0]))
LENS = PinholeCamera(
    CAMERA.focal, CAMERA.principal_point, distortion=np.array([-0.3, 0.1, 0.002, -0.001, 0.0])
)
POINTS = ((-0.8, -0.5, 4.0), (0.9, 0.5, 5.0), (0.0, 0.0, 3.0))


def body(key: str, center: tuple[float, float, float], size: float = 0.3, **options: object) -> BodyMesh:
    return BodyMesh(
        key, (CORNERS * size + np.array(center)).astype(np.float32), FACES, (255, 255, 255), **options
    )


def opened(qtbot: QtBot, *bodies: BodyMesh, mode: str = "photo", camera: PinholeCamera = CAMERA) -> MeshView:
    view = MeshView(title="")
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.set_photo(PHOTO, camera)
    view.set_bodies(bodies)
    view.set_mode(mode)
    view.show()
    return view


def brightness(view: MeshView) -> np.ndarray:
    picture = view.screenshot().convertToFormat(view.screenshot().Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width()].astype(float)


def turn(
    view: MeshView,
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


def wheel(view: MeshView, steps: int) -> None:
    here = QPointF(300, 250)
    event = QWheelEvent(
        here,
        view.mapToGlobal(here),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize("camera", [CAMERA, LENS], ids=["pinhole", "lens"])
@pytest.mark.parametrize("zoom", [1.0, 2.5])
@pytest.mark.parametrize("point", POINTS)
def test_bodies_lie_on_the_photo_to_the_pixel(qtbot: QtBot, camera: PinholeCamera, zoom: float, point):
    view = opened(qtbot, body("a", point, 0.03), camera=camera)
    expected_image = camera.project_camera(np.array(point))
    view.set_viewport(view.viewport.zoomed(zoom, tuple(view.viewport.to_view(expected_image))))
    expected = view.viewport.to_view(expected_image)
    x, y = (round(value) for value in expected)
    covered = brightness(view)[y - 25 : y + 26, x - 25 : x + 26] > 10
    rows, columns = np.nonzero(covered)
    found = (columns.mean() + x - 25 + 0.5, rows.mean() + y - 25 + 0.5)
    assert covered.sum() > 30
    assert np.linalg.norm(np.array(found) - expected) < 1.0


def test_the_photo_lies_behind_and_can_be_dimmed(qtbot: QtBot):
    view = opened(qtbot)
    view.set_photo(np.full_like(PHOTO, 200), CAMERA)
    assert brightness(view)[250, 300] == 200
    view.set_photo_opacity(0.5)
    assert brightness(view)[250, 300] != 200


def test_a_linked_photo_view_moves_the_bodies(qtbot: QtBot):
    photo = PhotoView()
    qtbot.addWidget(photo)
    photo.resize(300, 250)
    photo.set_image(PHOTO)
    view = opened(qtbot, body("a", (0, 0, 3)))
    view.link_to(photo)
    photo.show_rect((100, 50, 200, 150))
    assert view.viewport.center == photo.viewport.center
    assert view.viewport.zoom == photo.viewport.zoom
    view.fit()
    assert photo.viewport.is_fit


def test_left_drag_turns_shift_and_middle_drag_move_wheel_zooms_double_click_fits(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    first = view.pose
    turn(view, 40, 0)
    assert view.pose.azimuth != first.azimuth
    assert view.pose.pan == (0, 0)
    turn(view, 40, 0, modifier=Qt.KeyboardModifier.ShiftModifier)
    turn(view, 0, 40, button=Qt.MouseButton.MiddleButton)
    assert view.pose.pan[0] < 0 < view.pose.pan[1]
    wheel(view, 2)
    assert view.pose.zoom > 1
    azimuth = view.pose.azimuth
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert (view.pose.zoom, view.pose.pan, view.pose.azimuth) == (1.0, (0.0, 0.0), azimuth)


def test_the_body_follows_the_pointer_when_moved(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    before = view._scene_camera().project((0, 0, 3), (600, 500))
    turn(view, 60, -30, button=Qt.MouseButton.MiddleButton)
    after = view._scene_camera().project((0, 0, 3), (600, 500))
    np.testing.assert_allclose((after - before)[:2], (60, -30), atol=4)


def test_a_group_turns_together_at_one_scale(qtbot: QtBot):
    small = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    large = opened(qtbot, body("a", (5, 0, 9), 0.6), mode="orbit")
    group = MeshViewGroup()
    for view in (small, large):
        view.join(group)
    with qtbot.waitSignal(small.camera_changed):
        turn(small, 30, 10)
    assert large.pose == small.pose
    assert pixels_per_metre(large) == pytest.approx(pixels_per_metre(small))
    large.set_bodies([])
    assert group.radius == pytest.approx(small._bounds.radius)


def pixels_per_metre(view: MeshView) -> float:
    middle = view._bounds.center
    seen = view._scene_camera().project(middle + [[0, 0.001, 0], [0, 0, 0]], (600, 500))
    return float(np.ptp(seen[:, 1])) / 0.001


@pytest.mark.parametrize("mode", ["photo", "orbit"])
def test_click_reports_the_foremost_body(qtbot: QtBot, mode: str):
    view = opened(qtbot, body("far", (0, 0, 6), 0.5), body("near", (0, 0, 3)), mode=mode)
    view.set_pose(view.pose.turned(-view.pose.azimuth, -view.pose.elevation))
    x, y, _depth = view._scene_camera().project((0.01, 0.01, 3), (600, 500))
    with qtbot.waitSignal(view.person_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(int(x), int(y)))
    assert clicked.args == ["near"]
    with qtbot.waitSignal(view.background_clicked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 498))


def test_nothing_is_rendered_twice(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    view.screenshot()
    counted: list[int] = []
    scene = view._picture._scene
    render = scene.render
    monkeypatch.setattr(scene, "render", lambda *a, **k: counted.append(1) or render(*a, **k))
    for _ in range(3):
        view.grab()
        view.set_message("Words", "over it")
    assert counted == []
    view.set_pose(view.pose.turned(5, 0))
    view.grab()
    assert len(counted) == 1


def test_a_picture_becomes_smooth_at_rest(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    view.grab()
    qtbot.waitUntil(lambda: view._picture.is_smooth)
    assert not view._rest.isActive()


def test_vtk_is_not_loaded_before_there_is_a_body(qtbot: QtBot):
    view = opened(qtbot)
    view.set_mode("orbit")
    view.grab()
    assert view._picture._scene is None


def test_bodies_that_cannot_be_drawn_are_left_out(qtbot: QtBot):
    broken = BodyMesh("nan", np.full((6, 3), np.nan, np.float32), FACES)
    view = opened(qtbot, broken, body("a", (0, 0, 3)), mode="orbit")
    assert brightness(view).max() > 200
    view.set_bodies([broken])
    view.grab()


def test_a_label_stands_above_its_body(qtbot: QtBot):
    plain, named = (opened(qtbot, body("a", (0, 0, 3), label=label), mode="orbit") for label in ("", "7"))
    for view in (plain, named):
        view.set_pose(view.pose.zoomed(0.6))
    changed = np.argwhere(brightness(plain) != brightness(named))
    assert len(changed) > 0
    top = plain._scene_camera().project(plain._bodies[0].vertices_camera, (600, 500))[:, 1].min()
    assert changed[:, 0].max() <= top + 2


def test_without_opengl_there_are_words(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    from sefd_viewer.scene import mesh_scene

    def refuse() -> None:
        raise SefdError("3D views need OpenGL, and this machine offers none", remedy="Install it")

    monkeypatch.setattr(mesh_scene, "MeshScene", refuse)
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    view.grab()
    assert "OpenGL" in str(view._picture.failure)
    view.set_bodies([])
    view.grab()


def test_up_turns_the_floor(qtbot: QtBot):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    view.set_up((0.0, -1.0, -0.5))
    head = view._scene_camera().project(view._bounds.center + 0.2 * view._bounds.up, (600, 500))
    assert head[0] == pytest.approx(300)
    assert head[1] < 250


def test_an_error_while_painting_leaves_the_view_usable(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    view = opened(qtbot, body("a", (0, 0, 3)), mode="orbit")
    with monkeypatch.context() as broken:
        broken.setattr(view._picture, "image", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            view.grab()
    assert brightness(view).max() > 200


def test_a_group_that_waits_for_bodies_refines_later(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sefd_viewer.gui.mesh_picture.QUICK_S", 0.0)
    group = MeshViewGroup()
    view = opened(qtbot, body("a", (0, 0, 3)))
    view.join(group)
    group.waiting = True
    view.set_selected("a")
    view.grab()
    view._rest.timeout.emit()
    coarse = view.grab().toImage()
    group.waiting = False
    view._rest.timeout.emit()
    assert view.grab().toImage() != coarse
