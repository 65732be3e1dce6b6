"""The stage: one person in linked panes, and what keys and hands do there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.features.inspect import actions
from sefd_viewer.features.inspect.frames import STAGE_FRAME, PaneFrame, StageFrame
from sefd_viewer.features.inspect.model import STAGE, Look, StageState, kept_in, on_photo, visible
from sefd_viewer.features.inspect.views.add_method_page import AddMethodPage
from sefd_viewer.features.inspect.views.canvases import BodyCanvas, PhotoCanvas
from sefd_viewer.features.inspect.views.pane import StagePane
from sefd_viewer.features.inspect.views.stage import best_rows
from sefd_viewer.features.inspect.views.stage_bar import StageBar
from sefd_viewer.features.inspect.views.workspace import Inspect
from sefd_viewer.gui.bridge import Bridge
from sefd_viewer.inference.messages import TrialRequest
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
ALL = ["photo", "baseline", "student", "teacher", "truth"]
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    made = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    settle(made)
    return made


def settle(opened: OpenWindow) -> None:
    """Let the panes tell their size, then wait until everything is there."""
    QApplication.processEvents()
    opened.wait()
    QApplication.processEvents()
    opened.wait()


def stage_of(opened: OpenWindow) -> StageState:
    return STAGE.of(opened.state)


def frame_of(opened: OpenWindow) -> StageFrame:
    return STAGE_FRAME.of(opened.controller.frame)


def pane_of(opened: OpenWindow, id: str) -> PaneFrame:
    return next(pane for pane in frame_of(opened).panes if pane.id == id)


def seen(opened: OpenWindow) -> list[str]:
    """The panes from left to right, those above first."""
    panes = [pane for pane in view_of(opened).area.findChildren(StagePane) if pane.isVisible()]
    return [pane.id for pane in sorted(panes, key=lambda pane: (pane.y(), pane.x()))]


def view_of(opened: OpenWindow) -> Inspect:
    central = opened.window.stack.view("inspect")
    assert isinstance(central, Inspect)
    return central


def canvas_of(opened: OpenWindow, id: str) -> BodyCanvas:
    canvas = view_of(opened).panes[id].canvas
    assert isinstance(canvas, BodyCanvas)
    return canvas


def pixels(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def drag(
    canvas: QWidget,
    dx: int,
    dy: int,
    button: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press in the middle, move in two steps, let go."""
    start = QPointF(canvas.width() / 2, canvas.height() / 2)
    none = Qt.MouseButton.NoButton
    steps = [
        (QMouseEvent.Type.MouseButtonPress, start, button, button),
        (QMouseEvent.Type.MouseMove, start + QPointF(dx / 2, dy / 2), none, button),
        (QMouseEvent.Type.MouseMove, start + QPointF(dx, dy), none, button),
        (QMouseEvent.Type.MouseButtonRelease, start + QPointF(dx, dy), button, none),
    ]
    for kind, place, pressed, held in steps:
        QApplication.sendEvent(
            canvas, QMouseEvent(kind, place, canvas.mapToGlobal(place), pressed, held, keys)
        )


def wheel(canvas: QWidget, notch: int, place: QPoint | None = None) -> None:
    where = QPointF(place or canvas.rect().center())
    none = Qt.MouseButton.NoButton
    event = QWheelEvent(
        where,
        canvas.mapToGlobal(where),
        QPoint(),
        QPoint(0, notch),
        none,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_photo_first_truth_last_all_as_large_and_framed_alike(opened: OpenWindow):
    assert seen(opened) == ALL
    sizes = {view_of(opened).panes[id].size().toTuple() for id in ALL}
    assert len(sizes) == 1
    assert len({pane.extent for pane in frame_of(opened).panes}) == 1


def test_keys_choose_how_all_panes_look(opened: OpenWindow, qtbot: QtBot):
    qtbot.keyClick(opened.window, Qt.Key.Key_2)
    settle(opened)
    shown = {pane.id: pane.view for pane in frame_of(opened).panes}
    assert shown == {"photo": "photo", **dict.fromkeys(ALL[1:], "turned")}
    qtbot.keyClick(opened.window, Qt.Key.Key_3)
    settle(opened)
    assert [pane.view for pane in frame_of(opened).panes] == ["photo", "edges", "photo", "edges", "photo"]
    qtbot.keyClick(opened.window, Qt.Key.Key_1)
    settle(opened)
    assert {pane.view for pane in frame_of(opened).panes} == {"photo"}


def test_one_pane_alone_can_show_the_edges_that_its_network_was_given(opened: OpenWindow):
    for method in ("student", "baseline"):
        actions.use_tool(opened.controller, method, "edges")
    settle(opened)
    prediction = opened.controller.content.inference.result("student").predictions[0]
    drawing = pane_of(opened, "student").drawing
    assert np.array_equal(drawing.rgba[..., 0], np.rint(prediction.edge.values * 255))
    assert "Sees no edges" in canvas_of(opened, "baseline").cover.message
    assert not view_of(opened).edges.isVisible()


def test_error_colours_replace_those_of_the_method(opened: OpenWindow, qtbot: QtBot):
    before = pixels(canvas_of(opened, "student"))
    qtbot.keyClick(opened.window, Qt.Key.Key_4)
    settle(opened)
    assert pane_of(opened, "student").errors
    assert np.abs(pixels(canvas_of(opened, "student")) - before).max() > 60
    assert view_of(opened).bar.scale.isVisible()


def test_a_drag_turns_from_the_photos_camera_and_c_goes_back(opened: OpenWindow, qtbot: QtBot):
    canvas = canvas_of(opened, "student")
    drag(canvas, 4, 0)
    settle(opened)
    turn = stage_of(opened).look.turn
    assert stage_of(opened).view == "turned"
    assert 0 < turn.yaw < 3
    assert 0 < pane_of(opened, "teacher").backdrop < 1  # the photo fades out
    drag(canvas, 100, 20)
    settle(opened)
    assert stage_of(opened).look.turn.yaw > 30
    assert pane_of(opened, "teacher").backdrop == 0
    assert not stage_of(opened).moving
    qtbot.keyClick(opened.window, Qt.Key.Key_C)
    settle(opened)
    assert stage_of(opened).view == "photo"
    assert not opened.controller.store.can_undo


@pytest.mark.parametrize(("button", "keys"), [(MIDDLE, Qt.KeyboardModifier.NoModifier), (LEFT, CONTROL)])
def test_middle_and_ctrl_drag_move_all_panes_by_the_hand(
    opened: OpenWindow, button: Qt.MouseButton, keys: Qt.KeyboardModifier
):
    canvas = canvas_of(opened, "student")
    point = canvas.viewport.to_image((50.0, 60.0))
    drag(canvas, 30, 20, button, keys)
    settle(opened)
    for id in ALL:
        moved = view_of(opened).panes[id].canvas.viewport.to_view(point)
        np.testing.assert_allclose(moved, (80.0, 80.0), atol=1.0)
    assert stage_of(opened).view == "photo"


def test_the_frame_on_the_whole_photo_moves_all_panes(opened: OpenWindow):
    before = pane_of(opened, "student").extent
    opened.window.bars.of("person").above.inset.panned.emit(3.0, -2.0)
    settle(opened)
    moved = np.subtract(pane_of(opened, "student").extent, before)
    np.testing.assert_allclose(moved, (3.0, -2.0, 3.0, -2.0), atol=1e-6)


def test_a_plain_drag_moves_in_the_photos_pane(opened: OpenWindow):
    drag(view_of(opened).photo, 30, 0)
    settle(opened)
    assert stage_of(opened).view == "photo"
    assert stage_of(opened).look.pan[0] < 0


def test_the_wheel_zooms_all_panes_at_the_pointer_and_f_fits(opened: OpenWindow, qtbot: QtBot):
    canvas, place = canvas_of(opened, "student"), QPoint(40, 50)
    before, scale = canvas.viewport.to_image((40.0, 50.0)), canvas.viewport.scale
    wheel(canvas, 480, place)
    settle(opened)
    for id in ALL:
        viewport = view_of(opened).panes[id].canvas.viewport
        np.testing.assert_allclose(viewport.to_image((40.0, 50.0)), before, atol=0.05)
        assert viewport.scale > 1.5 * scale
    qtbot.keyClick(opened.window, Qt.Key.Key_F)
    settle(opened)
    assert canvas.viewport.scale == pytest.approx(scale)


def test_with_alt_one_pane_goes_alone_and_its_link_joins_it_again(opened: OpenWindow):
    drag(canvas_of(opened, "student"), 60, 0, LEFT, ALT)
    settle(opened)
    assert [pane.view for pane in frame_of(opened).panes] == ["photo", "photo", "turned", "photo", "photo"]
    link = view_of(opened).panes["student"].header.link
    assert link.isVisible()
    link.click()
    settle(opened)
    assert STAGE.of(opened.state).look_of("student") == stage_of(opened).look


def test_a_panes_tool_is_its_own_until_the_bar_is_used(opened: OpenWindow):
    pane = view_of(opened).panes["student"]
    pane.tools.show()
    pane.tools.buttons["turned"].click()
    settle(opened)
    assert [pane.view for pane in frame_of(opened).panes] == ["photo", "photo", "turned", "photo", "photo"]
    assert pane.header.differs.isVisible()
    view_of(opened).bar.views.buttons["photo"].click()
    settle(opened)
    assert {pane.view for pane in frame_of(opened).panes} == {"photo"}


def test_a_double_click_enlarges_and_escape_shows_all(opened: OpenWindow, qtbot: QtBot):
    qtbot.mouseDClick(canvas_of(opened, "student"), LEFT)
    settle(opened)
    assert seen(opened) == ["student"]
    assert stage_of(opened).pane[0] > 800
    qtbot.keyClick(opened.window, Qt.Key.Key_Escape)
    settle(opened)
    assert seen(opened) == ALL


def test_chips_hide_methods_and_the_header_makes_a_baseline(opened: OpenWindow, qtbot: QtBot):
    view_of(opened).bar.chips["teacher"].click()
    settle(opened)
    assert seen(opened) == ["photo", "baseline", "student", "truth"]
    qtbot.mouseClick(view_of(opened).panes["student"].header, LEFT)
    settle(opened)
    assert CHOICE.of(opened.state).baseline == "student"
    assert pane_of(opened, "baseline").change == "±0"
    assert view_of(opened).bar.baseline.currentData() == "student"
    opened.run("undo")
    opened.run("undo")
    assert seen(opened) == ALL


def test_while_q_is_held_every_pane_shows_the_baseline(opened: OpenWindow, qtbot: QtBot):
    own = pixels(canvas_of(opened, "student"))
    qtbot.keyPress(opened.window, Qt.Key.Key_Q)
    settle(opened)
    held = pixels(canvas_of(opened, "student"))
    assert np.abs(held - own).max() > 60
    assert "baseline" in pane_of(opened, "student").note
    qtbot.keyRelease(opened.window, Qt.Key.Key_Q)
    settle(opened)
    np.testing.assert_array_equal(pixels(canvas_of(opened, "student")), own)


def test_wipe_and_onion_put_two_methods_into_one_pane(opened: OpenWindow, qtbot: QtBot):
    actions.point(opened.controller, None)  # wherever the pointer was left
    qtbot.keyClick(opened.window, Qt.Key.Key_W)
    settle(opened)
    assert seen(opened) == ["student"]
    divider = view_of(opened).dividers["student"]
    assert divider.isVisible()
    actions.move(opened.controller, "student", -30, 0, alone=False)  # the divider stays amid the person
    settle(opened)
    pane = pane_of(opened, "student")
    assert pane.outline is not None
    rims = np.concatenate(pane.outline)[:, 0]
    left, _, right, _ = pane.extent
    assert rims.min() < left + pane.divided * (right - left) < rims.max()
    view_of(opened).wiped.emit(0.25)
    settle(opened)
    pane = pane_of(opened, "student")
    assert pane.divided == 0.25
    assert pane.right is not None
    qtbot.keyClick(opened.window, Qt.Key.Key_O)
    settle(opened)
    assert pane_of(opened, "student").divided is None
    assert not divider.isVisible()
    qtbot.keyClick(opened.window, Qt.Key.Key_Escape)
    settle(opened)
    assert seen(opened) == ALL


def test_the_joint_under_the_pointer_is_ringed_in_every_pane_and_told(opened: OpenWindow):
    canvas = canvas_of(opened, "student")
    joint = 3
    x, y = canvas.viewport.to_view(pane_of(opened, "student").joints[joint])
    place = QPointF(float(x), float(y))
    none = Qt.MouseButton.NoButton
    other = pixels(canvas_of(opened, "teacher"))
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        place,
        canvas.mapToGlobal(place),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, event)
    assert np.abs(pixels(canvas_of(opened, "teacher")) - other).max() > 60
    view_of(opened).panes["student"].canvas.joint_pointed.emit(-1)
    np.testing.assert_array_equal(pixels(canvas_of(opened, "teacher")), other)


def test_somebody_new_is_framed_anew_at_the_same_turn(opened: OpenWindow):
    drag(canvas_of(opened, "student"), 100, 0)
    wheel(canvas_of(opened, "student"), 240)
    settle(opened)
    turn = stage_of(opened).look.turn
    opened.run("next_record")
    settle(opened)
    pane = pane_of(opened, "student")
    assert (pane.look.zoom, pane.look.pan, pane.look.turn) == (1.0, (0.0, 0.0), turn)


def test_without_truth_headers_tell_the_distance_from_the_baseline(open_window: Open):
    opened = open_window()
    assert "truth" not in seen(opened)
    assert pane_of(opened, "student").unit == "mm from baseline"
    assert pane_of(opened, "student").mm == "0"
    assert pane_of(opened, "baseline").mm == ""


def test_panes_are_never_too_narrow(opened: OpenWindow):
    actions.change(opened.controller, replace(stage_of(opened), outline=False))
    opened.window.resize(800, 640)
    settle(opened)
    area = view_of(opened).area
    assert area.bar.isVisible()
    assert all(view_of(opened).panes[id].width() >= 178 for id in ALL)
    left = view_of(opened).panes["photo"].x()
    area.bar.setValue(area.bar.maximum())
    assert view_of(opened).panes["photo"].x() == left == 0
    assert view_of(opened).panes["truth"].geometry().right() <= area.width()


def test_a_file_of_predictions_is_one_more_method(opened: OpenWindow, tmp_path: Path):
    truth = next(body for body in opened.controller.content.stages["truth"].bodies if body.person == "1")
    pelvis, joints = truth.pelvis_camera, truth.joints_camera
    larger = (truth.vertices_camera - pelvis) * 1.1 + pelvis
    path = tmp_path / "ours.npz"
    np.savez(path, records=["a"], people=["1"], vertices=larger[None], body_id=truth.model.id)
    actions.add_file(opened.controller, str(path))
    settle(opened)
    assert seen(opened) == ["photo", "baseline", "student", "teacher", "ours", "truth"]
    pane = pane_of(opened, "ours")
    about = [1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16]  # the 14 joints that count
    expected = np.linalg.norm(joints - joints[0], axis=1)[about].mean() * 0.1 * 1000
    assert float(pane.mm) == pytest.approx(expected, abs=1.0)
    assert pane.tone == "worse"
    assert pane.drawing is not None
    assert pane.title == "ours"
    opened.run("next_record")
    settle(opened)
    assert "nobody where this person is" in canvas_of(opened, "ours").cover.message
    opened.run("undo")


def test_a_file_that_is_none_says_so_in_its_pane(opened: OpenWindow, tmp_path: Path):
    path = tmp_path / "notes.json"
    path.write_text("[1, 2")
    actions.add_file(opened.controller, str(path))
    settle(opened)
    words = canvas_of(opened, "notes").cover.message
    assert "This file cannot be used" in words
    assert "notes.json" in words
    assert pane_of(opened, "student").drawing is not None


# ---- the list of methods, and how a file was read


def predictions(opened: OpenWindow, path: Path, people: list[str], moved: float = 1.1) -> str:
    """A file with the true bodies of record a made larger, under these names; added as a method."""
    bodies = opened.controller.content.stages["truth"].bodies[: len(people)]
    larger = [(one.vertices_camera - one.pelvis_camera) * moved + one.pelvis_camera for one in bodies]
    assert bodies[0].model is not None
    vertices, id = np.array(larger), bodies[0].model.id
    np.savez(path, records=["a"] * len(people), people=people, vertices=vertices, body_id=id)
    actions.add_file(opened.controller, str(path))
    settle(opened)
    return path.stem


def test_the_list_tells_how_good_methods_are_and_changes_them(opened: OpenWindow, qtbot: QtBot):
    hidden = CHOICE.of(opened.state).hidden
    opened.run("list_methods")
    settle(opened)
    panel = view_of(opened).methods
    assert panel.isVisible()
    rows = frame_of(opened).list.rows
    told = [row for row in rows if row.mm]
    assert rows[0].info.id == min(told, key=lambda row: float(row.mm)).info.id
    table = panel.table
    place = [row.info.id for row in rows].index("teacher")
    table.setFocus()
    table.setCurrentCell(place, 0)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert "teacher" in CHOICE.of(opened.state).hidden
    settle(opened)
    assert "teacher" not in seen(opened)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert CHOICE.of(opened.state).baseline == "teacher"
    opened.run("undo")
    opened.run("undo")
    assert CHOICE.of(opened.state).hidden == hidden
    opened.run("list_methods")
    assert not panel.isVisible()


def test_how_a_file_was_read_can_be_read_copied_and_acted_on(opened: OpenWindow, tmp_path: Path):
    method = predictions(opened, tmp_path / "theirs.npz", ["1", "stranger"])
    actions.change(opened.controller, replace(stage_of(opened), reading=method))
    settle(opened)
    page = view_of(opened).reading
    assert page.isVisible()
    page.copy.click()
    told = QApplication.clipboard().text()
    assert "1 of 2 bodies are somebody's" in told
    assert "1 have the name of an annotated person" in told
    assert "body stranger: lies near nobody's joints" in told
    page.near.slider.setValue(page.near.slider.maximum())
    assert page.field.text() == "near=1"
    page.again.click()
    settle(opened)
    assert "1 of the box" in page.text.text() or "near=1" in page.text.text()
    page.field.setText("frames+x")
    page.again.click()
    settle(opened)
    assert "frames+2" in page.text.text()  # the forms that would do
    page.field.setText("")
    page.again.click()
    settle(opened)
    assert "1 of 2 bodies" in page.text.text()
    pane = view_of(opened).panes[method]
    page.remove.click()
    assert not page.isVisible()
    assert method not in [info.id for info in CHOICE.of(opened.state).known]
    settle(opened)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(pane)


def test_weights_of_one_s_own_are_one_more_method_asked_about_the_person_in_view(
    opened: OpenWindow, tmp_path: Path
):
    path = tmp_path / "epoch9.pth.tar"
    path.write_bytes(b"weights")
    actions.add_weights(opened.controller, str(path), "student")
    settle(opened)
    pane = pane_of(opened, "epoch9")
    assert pane.drawing is not None
    assert "weights of your own" in pane.note
    asked = [one for one in opened.client.requests if isinstance(one, TrialRequest)]
    assert [(trial.role, trial.weights) for trial in asked[-1].trials] == [("student", str(path))]
    assert asked[-1].person.key == frame_of(opened).person
    opened.controller.store.set(replace(opened.state, person="2"), remember=False)
    settle(opened)
    again = [one for one in opened.client.requests if isinstance(one, TrialRequest)]
    assert again[-1].person.key == "2"
    assert pane_of(opened, "epoch9").mm


def test_a_teacher_of_one_s_own_is_shown_the_edges_that_the_teacher_in_use_was_shown(
    opened: OpenWindow, tmp_path: Path
):
    path = tmp_path / "epoch7.pth.tar"
    path.write_bytes(b"weights")
    page = AddMethodPage(opened.window, opened.controller)
    assert page.role.findData("teacher") >= 0
    actions.add_weights(opened.controller, str(path), "teacher")
    settle(opened)
    asked = [one for one in opened.client.requests if isinstance(one, TrialRequest)][-1]
    result = opened.controller.content.inference.result("teacher")
    assert result is not None
    seen = next(one.edge for one in result.predictions if one.person == asked.person.key)
    assert seen is not None
    (trial,) = asked.trials
    assert (trial.role, trial.weights) == ("teacher", str(path))
    assert np.array_equal(trial.edge, seen.values)
    assert pane_of(opened, "epoch7").drawing is not None


def test_the_sentence_counts_a_file_s_bodies(opened: OpenWindow, tmp_path: Path):
    from sefd_viewer.app.person_frames import PERSON_FRAME

    method = predictions(opened, tmp_path / "ours.npz", ["1"])
    told = PERSON_FRAME.of(opened.controller.frame).bar.account.text
    assert told.startswith("Four methods:")
    assert f"{method} {pane_of(opened, method).mm}" in told


def test_what_says_nothing_new_paints_no_pane(opened: OpenWindow, monkeypatch: pytest.MonkeyPatch):
    painted: list[QWidget] = []
    for kind in (PhotoCanvas, BodyCanvas):
        monkeypatch.setattr(kind, "paint_content", lambda canvas, _painter: painted.append(canvas))
    opened.controller.say("Something else goes on")
    QApplication.processEvents()
    assert painted == []
    opened.run("stage_turned")
    QApplication.processEvents()
    assert {type(canvas) for canvas in painted} == {BodyCanvas}


def test_somebody_else_does_not_make_the_bar_anew(opened: OpenWindow, monkeypatch: pytest.MonkeyPatch):
    opened.run("list_methods")
    settle(opened)
    view, made = view_of(opened), list[str]()
    monkeypatch.setattr(StageBar, "_show", lambda _bar, _frame: made.append("bar"))
    opened.run("next_record")
    settle(opened)
    assert made == []
    table, told = view.methods.table, {row.info.title: row.mm or "–" for row in frame_of(opened).list.rows}
    assert {table.item(row, 0).text(): table.item(row, 1).text() for row in range(len(told))} == told
    opened.run("list_methods")


def test_a_new_drawing_changes_no_words_of_its_pane(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    pane, said = StagePane("student"), []
    qtbot.addWidget(pane)
    pane.apply(PaneFrame("student", title="Student", mm="81"), None)
    monkeypatch.setattr(pane.header.mm, "setText", said.append)
    pane.apply(PaneFrame("student", title="Student", mm="81", busy=True), None)
    assert said == []
    pane.apply(PaneFrame("student", title="Student", mm="79"), None)
    assert said == ["79"]


def test_hands_and_painting_have_their_turn_before_the_next_look(qtbot: QtBot):
    bridge, done = Bridge(), list[str]()
    bridge.later(lambda: done.append("a look at all that came"))
    bridge.post(lambda: done.append("an answer"))
    QApplication.sendPostedEvents()
    assert done == ["an answer"]
    qtbot.waitUntil(lambda: len(done) == 2)
    other = Bridge()
    bridge.later(lambda: done.append("what was to come"))
    other.later(lambda: done.append("the end"))
    bridge.close()
    qtbot.waitUntil(lambda: len(done) == 3)
    assert done[2] == "the end"


def test_photo_and_bodies_stay_for_a_moment_while_the_next_photo_is_read(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    opened = open_window(dataset(*(record(key, truth=True) for key in "abcdefgh")))
    settle(opened)
    gate, work = threading.Event(), SceneKey.work
    monkeypatch.setattr(SceneKey, "work", lambda key: work(key) if gate.wait(60) else None)
    before = {id: canvas_of(opened, id).grab().toImage() for id in ALL[1:]}
    opened.controller.store.set(opened.state.with_record("g"))
    qtbot.waitUntil(lambda: opened.controller.frame.photo.image is None)
    assert all(canvas_of(opened, id).grab().toImage() == before[id] for id in before)
    qtbot.waitUntil(lambda: "Loading" in view_of(opened).photo.cover.message)
    assert all(canvas_of(opened, id).grab().toImage() != before[id] for id in before)
    gate.set()
    qtbot.waitUntil(lambda: opened.controller.frame.photo.image is not None)
    assert len({pane.extent for pane in frame_of(opened).panes}) == 1  # all look at the same place at once
    opened.wait()
    assert not view_of(opened).photo.cover.message


def test_in_a_narrow_window_the_truth_is_an_outline_alone(opened: OpenWindow):
    opened.window.resize(1100, 700)
    settle(opened)
    assert "truth" not in seen(opened)
    actions.change(opened.controller, replace(stage_of(opened), outline=False))
    settle(opened)
    assert "truth" in seen(opened)


@pytest.mark.parametrize(
    ("panes", "shape", "rows"),
    [(5, 0.5, 1), (5, 2.5, 2), (6, 0.5, 1), (12, 0.5, 2), (2, 4.0, 1), (24, 0.5, 3)],
)
def test_rows_show_people_large_those_who_lie_too(panes: int, shape: float, rows: int):
    assert best_rows(panes, shape, (1440, 480)) == rows


def test_somebody_whom_the_photo_cuts_off_is_framed_by_what_is_seen():
    below = kept_in((100, 100, 300, 900), (640, 480))
    assert below == pytest.approx((100, 100, 300, 479.5 + 0.15 * 379.5))
    assert kept_in((100, 470, 300, 900), (640, 480)) == (100, 470, 300, 900)


@pytest.mark.parametrize(
    ("box", "seen"),
    [
        ((375, 200, 475, 400), (299.5, 199.5, 479.5, 399.5)),  # at the right edge
        ((-50, 200, 50, 400), (-50, 200, 130, 400)),  # what is outside stays in view
        ((200, 200, 300, 400), (160, 200, 340, 400)),  # amid the photo nothing moves
    ],
)
def test_somebody_at_the_photos_edge_stands_at_the_panes_edge(
    box: tuple[float, ...], seen: tuple[float, ...]
):
    moved = on_photo(box, (180, 200), (480, 640))  # type: ignore[arg-type]
    assert visible(moved, (180, 200), Look()) == pytest.approx(seen, abs=0.51)


def test_a_photo_narrower_than_its_pane_stands_in_the_middle():
    left, _, right, _ = visible(on_photo((0, 100, 50, 200), (400, 100), (100, 300)), (400, 100), Look())
    assert (left + right) / 2 == pytest.approx(49.5)
