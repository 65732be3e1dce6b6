"""PhotoView: what a person sees and does."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sefd_viewer.gui import layers
from sefd_viewer.gui.photo_view import LayerImage, Mark, PhotoView

BLUE = np.tile(np.array([[[0, 0, 200]]], np.uint8), (100, 200, 1))


def opened(qtbot: QtBot, *, size: tuple[int, int] = (400, 200), image: np.ndarray | None = BLUE) -> PhotoView:
    view = PhotoView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_image(image)
    view.show()
    return view


def color_at(view: PhotoView, x: int, y: int) -> tuple[int, int, int]:
    picture = view.screenshot()
    ratio = picture.devicePixelRatio()
    color = picture.pixelColor(int(x * ratio), int(y * ratio))
    return color.red(), color.green(), color.blue()


def wheel(view: PhotoView, x: float, y: float, steps: int) -> None:
    event = QWheelEvent(
        QPointF(x, y),
        view.mapToGlobal(QPointF(x, y)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def person(key: str, x: float, y: float, **options: object) -> Mark:
    points = np.array([[x, y], [x, y + 20]])
    return Mark(key, points, ((0, 1),), (x - 15, y - 10, 30, 40), **options)


def test_photo_layer_opacity_and_visibility(qtbot: QtBot):
    view = opened(qtbot)
    assert color_at(view, 200, 100) == (0, 0, 200)
    mask = np.full((50, 100), 255, np.uint8)
    view.set_layer("edges", LayerImage(mask, color=(255, 0, 0), opacity=0.5))
    np.testing.assert_allclose(color_at(view, 200, 100), (128, 0, 100), atol=2)
    view.set_layer("edges", LayerImage(mask, color=(255, 0, 0), visible=False))
    assert color_at(view, 200, 100) == (0, 0, 200)
    view.set_layer("edges", LayerImage(mask, color=(255, 0, 0)))
    assert color_at(view, 200, 100) == (255, 0, 0)
    view.remove_layer("edges")
    view.remove_layer("never there")
    assert color_at(view, 200, 100) == (0, 0, 200)


def test_out_of_sight_nothing_is_kept_that_was_made_for_the_screen(qtbot: QtBot):
    view = opened(qtbot)
    view.set_layer("edges", LayerImage(np.full((50, 100, 4), (255, 0, 0, 255), np.uint8)))
    assert color_at(view, 200, 100) == (255, 0, 0)
    made = [weakref.ref(one) for one in (layers.photo_layer(BLUE), *view._overlays.values())]
    view.hide()
    assert [one() for one in made] == [None, None]
    view.show()
    assert color_at(view, 200, 100) == (255, 0, 0)
    view.remove_layer("edges")
    assert color_at(view, 200, 100) == (0, 0, 200)


def test_layers_lie_in_the_order_of_z(qtbot: QtBot):
    view = opened(qtbot)
    mask = np.full((2, 2), 255, np.uint8)
    view.set_layer("upper", LayerImage(mask, color=(0, 255, 0), z=2))
    view.set_layer("lower", LayerImage(mask, color=(255, 0, 0), z=1))
    assert view.layer_keys() == ("lower", "upper")
    assert color_at(view, 200, 100) == (0, 255, 0)


def test_bare_shows_the_picture_alone_and_shift_does_it(qtbot: QtBot):
    view = opened(qtbot)
    view.set_layer("all", LayerImage(np.full((2, 2), 255, np.uint8), color=(255, 0, 0)))
    view.set_image_opacity(0.2)
    qtbot.keyPress(view, Qt.Key.Key_Shift)
    assert color_at(view, 200, 100) == (0, 0, 200)
    qtbot.keyRelease(view, Qt.Key.Key_Shift)
    assert color_at(view, 200, 100) == (255, 0, 0)


def test_a_dimmed_picture_leaves_the_layers_bright(qtbot: QtBot):
    view = opened(qtbot)
    view.set_layer("right", LayerImage(np.array([[0, 255]], np.uint8).repeat(2, 0), color=(255, 0, 0)))
    view.set_image_opacity(0.0)
    assert color_at(view, 10, 100) == (0, 0, 0)
    assert color_at(view, 390, 100) == (255, 0, 0)


def test_a_layer_alone_sets_the_size(qtbot: QtBot):
    view = opened(qtbot, image=None)
    view.set_layer("edges", LayerImage(np.full((50, 100), 255, np.uint8), color=(255, 0, 0)))
    assert view.viewport.image_size == (100, 50)
    assert color_at(view, 200, 100) == (255, 0, 0)


def test_wheel_zooms_about_the_pointer_and_double_click_fits(qtbot: QtBot):
    view = opened(qtbot)
    before = view.viewport.to_image((300, 60))
    wheel(view, 300, 60, 4)
    assert view.viewport.zoom > 1.5
    np.testing.assert_allclose(view.viewport.to_image((300, 60)), before, atol=1e-6)
    with qtbot.waitSignal(view.view_changed):
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert view.viewport.is_fit


def test_a_part_stays_as_large_as_it_fits_until_somebody_moves_it(qtbot: QtBot):
    view = opened(qtbot)
    view.resize(80, 200)
    view.show_rect((-0.5, -0.5, 9.5, 19.5))
    view.resize(400, 100)
    assert view.viewport.scale == 100 / 20  # by its height, not as much smaller as the view was narrow
    view.set_viewport(view.viewport.zoomed(2.0, (10, 10)))
    zoom = view.viewport.zoom
    view.resize(300, 120)
    assert view.viewport.zoom == zoom


def test_f_fits(qtbot: QtBot):
    view = opened(qtbot)
    wheel(view, 10, 10, 3)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.viewport.is_fit


def test_drag_pans_and_is_no_click(qtbot: QtBot):
    view = opened(qtbot)
    view.set_marks([person("a", 100, 50)])
    wheel(view, 200, 100, 5)
    clicked: list[str] = []
    view.person_clicked.connect(clicked.append)
    before = view.viewport.to_image((200, 100))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    qtbot.mouseMove(view, QPoint(210, 100))
    qtbot.mouseMove(view, QPoint(230, 90))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(230, 90))
    np.testing.assert_allclose(view.viewport.to_image((230, 90)), before, atol=1e-6)
    assert clicked == []


def test_magnified_pixels_have_crisp_edges(qtbot: QtBot):
    board = (np.indices((10, 20)).sum(axis=0) % 2 * 255).astype(np.uint8)
    view = opened(qtbot, image=np.repeat(board[:, :, None], 3, axis=2))
    picture = view.screenshot()
    values = {picture.pixelColor(x, 7).red() for x in range(400)}
    assert values == {0, 255}
    assert [picture.pixelColor(x, 7).red() for x in (19, 20, 39, 40)] == [0, 255, 255, 0]


def test_hover_reports_image_coordinates(qtbot: QtBot):
    view = opened(qtbot)
    with qtbot.waitSignal(view.hovered) as seen:
        qtbot.mouseMove(view, QPoint(201, 101))
    assert seen.args == pytest.approx([100.0, 50.0])


def test_click_on_a_person_and_beside(qtbot: QtBot):
    view = opened(qtbot)
    view.set_marks([person("left", 40, 40), person("right", 150, 40), Mark(box_xywh=(0, 0, 200, 100))])
    with qtbot.waitSignal(view.person_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert clicked.args == ["right"]
    with qtbot.waitSignal(view.background_clicked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 190))


def test_bones_win_over_boxes_and_small_boxes_over_large(qtbot: QtBot):
    view = opened(qtbot)
    large, small = Mark("large", box_xywh=(0, 0, 200, 100)), Mark("small", box_xywh=(20, 20, 60, 60))
    bones = Mark("bones", np.array([[30.0, 30.0], [70.0, 70.0], [np.nan, 0.0]]), ((0, 1), (1, 2)))
    view.set_marks([large, small, bones])
    assert view.person_under(QPointF(100, 100)) == "bones"
    assert view.person_under(QPointF(140, 60)) == "small"
    assert view.person_under(QPointF(350, 100)) == "large"


def test_selected_marks_are_bright_and_others_faint(qtbot: QtBot):
    view = opened(qtbot, image=np.zeros((100, 200, 3), np.uint8))
    white = {"width": 8.0, "color": (255, 255, 255)}
    view.set_marks([person("a", 50, 40, **white), person("b", 150, 40, **white)])
    view.set_selected("a")
    assert color_at(view, 101, 101)[0] > 250
    assert 40 < color_at(view, 301, 101)[0] < 160


def test_marks_keep_their_width_when_zoomed(qtbot: QtBot):
    view = opened(qtbot, image=np.zeros((100, 200, 3), np.uint8))
    line = Mark(points=np.array([[100.0, 0.0], [100.0, 99.0]]), segments=((0, 1),), point_radius=0, width=4)
    view.set_marks([line])
    widths = []
    for _ in range(2):
        picture = view.screenshot()
        widths.append(sum(picture.pixelColor(x, 100).red() > 128 for x in range(400)))
        wheel(view, 201, 100, 6)
    assert widths[0] == widths[1] == pytest.approx(4, abs=1)


def test_linked_views_zoom_pan_and_point_together(qtbot: QtBot):
    views = [opened(qtbot), opened(qtbot, image=np.zeros((50, 100, 3), np.uint8)), opened(qtbot)]
    views[0].link_to(views[1])
    views[1].link_to(views[2])
    wheel(views[0], 300, 60, 4)
    assert views[2].viewport == views[0].viewport
    np.testing.assert_allclose(views[1].viewport.center, views[0].viewport.center)
    qtbot.mouseMove(views[0], QPoint(100, 100))
    x, y = views[0].viewport.to_image((100, 100))
    assert views[1]._probe == pytest.approx(((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5))
    views[2].fit()
    assert views[0].viewport.is_fit


def test_linking_by_pixels(qtbot: QtBot):
    large, small = opened(qtbot), opened(qtbot, image=np.zeros((50, 100, 3), np.uint8))
    small.link_to(large, normalised=False)
    wheel(large, 20, 20, 5)
    np.testing.assert_allclose(small.viewport.to_image((20, 20)), large.viewport.to_image((20, 20)))


def test_the_cross_hair_is_drawn_and_taken_away(qtbot: QtBot):
    view = opened(qtbot, image=np.zeros((100, 200, 3), np.uint8))
    view.set_probe(50.0, 50.0)
    assert color_at(view, 101, 20)[0] > 100
    view.set_probe(None)
    assert color_at(view, 101, 20)[0] == 0


def test_resizing_keeps_the_part_in_view(qtbot: QtBot):
    view = opened(qtbot)
    wheel(view, 300, 60, 4)
    center, zoom = view.viewport.center, view.viewport.zoom
    view.resize(600, 500)
    assert (view.viewport.center, view.viewport.zoom) == (center, zoom)
    assert view.viewport.view_size == (600, 500)


def test_words_cover_the_middle_and_go(qtbot: QtBot):
    view = opened(qtbot)
    view.cover.set_message("No person found", "Open a pose file, or draw a box.")
    assert view.cover.message == "No person found\nOpen a pose file, or draw a box."
    assert color_at(view, 200, 80) != (0, 0, 200)
    view.cover.set_message("")
    assert view.cover.message == ""
    assert color_at(view, 200, 80) == (0, 0, 200)


def test_long_words_wrap_in_a_small_view(qtbot: QtBot):
    view = opened(qtbot, size=(160, 160), image=None)
    view.cover.set_message("A title that is longer than the view is wide", "And a hint that says even more")
    assert not view.screenshot().isNull()


def test_the_busy_bar_moves_only_while_visible(qtbot: QtBot):
    view = opened(qtbot)
    view.cover.set_busy(True)
    assert view.cover.timer.isActive()
    view.hide()
    assert not view.cover.timer.isActive()
    view.show()
    assert view.cover.timer.isActive()
    view.cover.set_progress(0.5)
    assert not view.cover.timer.isActive()
    accent = view.palette().color(QPalette.ColorRole.Highlight)
    assert color_at(view, 50, 1) == (accent.red(), accent.green(), accent.blue())
    view.cover.set_busy(False)
    assert color_at(view, 50, 1) == (0, 0, 200)


def test_the_bar_moves_without_the_picture_below_being_drawn_again(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    view = opened(qtbot)
    view.cover.set_busy(True)
    QApplication.processEvents()
    drawn: list[object] = []
    monkeypatch.setattr(view, "paint_content", drawn.append)
    monkeypatch.setattr(view.cover, "paint_bar", lambda _painter: drawn.append("bar"))
    view.cover.timer.timeout.emit()
    QApplication.processEvents()
    assert drawn == ["bar"]
    view.cover.set_busy(False)
    QApplication.processEvents()
    assert len(drawn) > 2, "what was below the bar is to be drawn again when it goes"


def test_background_follows_the_palette(qtbot: QtBot):
    view = opened(qtbot, image=None)
    view.setPalette(QPalette(QColor(240, 240, 240)))
    assert not view.is_dark()
    light = view.background().lightness()
    dark = QPalette(QColor(30, 30, 30))
    view.setPalette(dark)
    assert view.is_dark()
    assert view.background().lightness() < light


def test_pictures_of_one_pixel_and_none(qtbot: QtBot):
    view = opened(qtbot, image=np.full((1, 1, 3), 90, np.uint8))
    assert color_at(view, 200, 100) == (90, 90, 90)
    view.set_image(None)
    assert color_at(view, 200, 100) != (90, 90, 90)


def test_the_last_device_pixel_is_covered_at_odd_sizes(qtbot: QtBot):
    view = opened(qtbot, size=(333, 167), image=np.full((501, 999, 3), 200, np.uint8))
    assert color_at(view, 332, 83) == (200, 200, 200)
    assert color_at(view, 0, 83) == (200, 200, 200)
