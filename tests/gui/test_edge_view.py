"""The view "Edges" of the stage: what the student is given, what it says, and what it said before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.errors_in_mm import metrics_of
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.person_frames import PERSON_FRAME
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.evaluation.person_metrics import prediction_metrics
from sefd_viewer.features.inspect.edge_view import EDGE_VIEW, WIDTHS
from sefd_viewer.features.inspect.edge_work import CropEdges
from sefd_viewer.features.inspect.frames import STAGE_FRAME, PaneFrame
from sefd_viewer.features.inspect.views.edge_panel import EdgeSide
from sefd_viewer.inference.messages import PredictRequest, RoleResult, Trial, TrialRequest, Tried
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import dataset, record, try_out
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
LEFT = Qt.MouseButton.LeftButton
PANES = ["photo", "edges of student", "student", "edges of teacher", "teacher"]


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    made = open_window(dataset(record("a", truth=True), record("b", truth=True)))
    QApplication.processEvents()
    made.wait()
    made.run("stage_edges")
    made.wait()
    return made


def panel_of(opened: OpenWindow) -> EdgeSide:
    panel: EdgeSide = opened.window.stack.view("inspect").edges
    return panel


def panes_of(opened: OpenWindow) -> dict[str, PaneFrame]:
    return {pane.id: pane for pane in STAGE_FRAME.of(opened.controller.frame).panes}


def trials_of(opened: OpenWindow) -> list[TrialRequest]:
    return [request for request in opened.client.requests if isinstance(request, TrialRequest)]


def test_the_pane_of_edges_has_the_menu_and_the_yardstick_of_its_method(opened: OpenWindow):
    stage, menus = opened.window.stack.view("inspect"), list[list[str]]()

    def read_and_leave() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        menus.append([action.text() for action in menu.actions()])
        menu.close()

    for pane in ("teacher", "edges of teacher"):
        QTimer.singleShot(0, read_and_leave)
        stage.menu_wanted.emit(pane, QPoint(5, 5))
    assert menus[0] == menus[1] != []
    stage.header_clicked.emit("edges of teacher")
    assert CHOICE.of(opened.controller.state).baseline == "teacher"


def test_what_each_network_is_given_stands_beside_what_it_says(opened: OpenWindow):
    panes = panes_of(opened)
    assert list(panes) == PANES
    assert panes["edges of student"].note == "exactly what the network was given"
    assert len({pane.extent for pane in panes.values()}) == 1
    assert panel_of(opened).isVisible()
    opened.run("stage_photo")
    assert list(panes_of(opened)) == ["photo", "baseline", "student", "teacher", "truth"]
    assert not panel_of(opened).isVisible()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("ground truth meshes", "the true bodies"),
        ("baseline's meshes (no ground truth here)", "the baseline’s bodies"),
        (
            "ground truth meshes of 1, baseline's meshes of 2 (no camera)",
            "the true and the baseline’s bodies",
        ),
    ],
)
def test_whose_edges_the_teacher_was_given_is_told(opened: OpenWindow, source: str, told: str):
    edges = EdgeMap(np.zeros((8, 8), np.float32), "overlap", source)
    controller = opened.controller
    controller.predictions.now = replace(controller.predictions.now, mesh_edges=edges)
    controller.refresh()
    panes = panes_of(opened)
    assert panes["edges of teacher"].note == f"{told}, hidden parts too"
    assert panes["teacher"].note == f"sees the edges of {told}"


def test_the_view_brings_canny_over_the_photo_and_takes_it_away(opened: OpenWindow):
    assert opened.state.layers["canny"].visible
    assert panes_of(opened)["photo"].title == "Photo + Canny"
    opened.run("stage_photo")
    assert not opened.state.layers["canny"].visible
    assert panes_of(opened)["photo"].title == "Photo"


def test_edges_that_a_person_chose_stay_on_the_photo(opened: OpenWindow):
    opened.run("stage_photo")
    opened.controller.store.set(opened.state.with_layer("mesh_edge", visible=True))
    opened.run("stage_edges")
    opened.run("stage_photo")
    assert opened.state.layers["mesh_edge"].visible
    assert not opened.state.layers["canny"].visible


def test_a_slider_that_moves_is_one_step_of_undo_and_leaves_the_old_answer_as_an_outline(
    opened: OpenWindow, qtbot: QtBot
):
    kernel = panel_of(opened).kernel
    for notch in (4, 5, 6):
        kernel.slider.setValue(notch)
    opened.wait()
    assert opened.state.edges.kernel == 13
    asked = [request for request in opened.client.requests if isinstance(request, PredictRequest)]
    assert asked[-1].edges.kernel == 13
    qtbot.waitUntil(lambda: "mm" in panes_of(opened)["student"].note, timeout=20_000)
    student = panes_of(opened)["student"]
    assert student.note.startswith("before: 5×5")
    assert student.before
    opened.run("undo")
    assert opened.state.edges == EdgeSettings()


def test_bodies_stay_in_view_while_the_next_answer_is_awaited(opened: OpenWindow, qtbot: QtBot):
    def bodies() -> dict[str, int]:
        shown = [panes_of(opened)[id] for id in ("student", "teacher")]
        return {pane.id: int(pane.drawing.rgba[..., 3].astype(int).sum()) for pane in shown}

    answered, before = len(opened.client.requests), bodies()
    opened.client.at_once = False
    panel_of(opened).kernel.slider.setValue(6)
    qtbot.waitUntil(lambda: panes_of(opened)["student"].busy)
    qtbot.waitUntil(lambda: bodies()["student"] < 0.7 * before["student"])  # paler: it is the last answer
    assert all(pale > 0.3 * before[id] > 0 for id, pale in bodies().items())
    assert all(panes_of(opened)[id].words is None for id in PANES)
    opened.client.at_once = True
    for request in opened.client.requests[answered:]:
        opened.client.answer(request)
    opened.wait()
    assert not panes_of(opened)["student"].busy
    assert bodies()["student"] > 0.9 * before["student"]


def test_without_edges_or_with_hed_the_student_is_asked_with_that_map(opened: OpenWindow, qtbot: QtBot):
    buttons = panel_of(opened).source.buttons
    qtbot.mouseClick(buttons["none"], LEFT)
    opened.wait()
    given = [trial.edge for request in trials_of(opened) for trial in request.trials]
    assert any(edge is not None and not edge.any() for edge in given)
    drawn = panes_of(opened)["edges of student"].drawing
    assert drawn is not None
    assert not drawn.rgba[..., :3].any()
    qtbot.mouseClick(buttons["hed"], LEFT)
    opened.wait()
    given = [trial.edge for trial in trials_of(opened)[-1].trials]
    assert any(edge is not None and edge.any() for edge in given)
    opened.run("undo")
    assert EDGE_VIEW.of(opened.state).source == "none"


def test_the_error_of_each_width_is_computed_and_a_click_sets_the_width(opened: OpenWindow, qtbot: QtBot):
    curve = panel_of(opened).curve
    assert [width for width, _ in STAGE_FRAME.of(opened.controller.frame).edge_panel.widths] == list(WIDTHS)
    asked = {(request.edges.dilation, request.edges.kernel) for request in trials_of(opened)}
    assert asked >= {("none", 1), ("fixed", 3), ("fixed", 5), ("fixed", 7), ("fixed", 9)}
    place = curve.places()[9]
    qtbot.mouseClick(curve, LEFT, pos=QPoint(round(place.x()), round(place.y())))
    opened.wait()
    assert (opened.state.edges.dilation, opened.state.edges.kernel) == ("fixed", 9)
    qtbot.keyClick(curve, Qt.Key.Key_Left)
    opened.wait()
    assert opened.state.edges.kernel == 7

    qtbot.mouseClick(panel_of(opened).trained, LEFT)
    opened.wait()
    assert opened.state.edges == EdgeSettings()


def test_header_and_curve_tell_the_error_of_the_tables_for_what_the_student_is_given(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    def with_bent_legs(trial: Trial, request: TrialRequest) -> Tried:
        """Another edge map bends the legs."""
        tried = try_out(trial, request)
        if trial.edge is None:
            return tried
        parameters = tried.prediction.parameters
        pose = parameters.body_pose.copy()
        pose[:6] += 0.7
        bent = replace(parameters, body_pose=pose)
        return replace(tried, prediction=replace(tried.prediction, parameters=bent))

    monkeypatch.setattr("tests.app.session_fakes.try_out", with_bent_legs)

    def told() -> tuple[str, float]:
        panel = STAGE_FRAME.of(opened.controller.frame).edge_panel
        return panes_of(opened)["student"].mm, panel.mm

    content = opened.controller.content
    widths = dict(STAGE_FRAME.of(opened.controller.frame).edge_panel.widths)
    errors = metrics_of(content)["1", "student"].mpjpe_mm
    assert widths[5] == pytest.approx(errors, abs=0.05)
    assert told() == (f"{errors:.0f}", pytest.approx(errors))

    qtbot.mouseClick(panel_of(opened).source.buttons["hed"], LEFT)
    opened.wait()
    content = opened.controller.content
    person = content.scene.people[0]
    answer = content.trials.answer("given").tried["given"].prediction
    camera = person.camera or content.scene.record.camera
    body = content.bodies.find(person.smpl.body_id)
    given = prediction_metrics(answer, person.smpl, body, camera=camera).mpjpe_mm
    assert told() == (f"{given:.0f}", pytest.approx(given))
    assert given > errors + 20


def test_the_bar_above_says_how_far_the_width_matters_and_what_a_change_moved(
    opened: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    def told() -> str:
        return PERSON_FRAME.of(opened.controller.frame).bar.account.text

    panel = STAGE_FRAME.of(opened.controller.frame).edge_panel
    errors = [mm for _, mm in panel.widths]
    assert max(errors) - min(errors) < 0.5
    assert told().startswith(f"Edges matter little here: {errors[0]:.0f} mm, whatever their width.")
    assert f"Now, Canny 5×5, as trained: {panel.mm:.1f} mm. Undilated: {errors[0]:.1f}." in told()

    def wide_bends(trial: Trial, request: TrialRequest) -> Tried:
        """Wider edges bend the legs."""
        tried = try_out(trial, request)
        parameters = tried.prediction.parameters
        pose = parameters.body_pose.copy()
        pose[:6] += 0.1 * request.edges.kernel
        bent = replace(parameters, body_pose=pose)
        return replace(tried, prediction=replace(tried.prediction, parameters=bent))

    monkeypatch.setattr("tests.app.session_fakes.try_out", wide_bends)
    qtbot.mouseClick(panel_of(opened).source.buttons["none"], LEFT)
    opened.wait()
    qtbot.waitUntil(lambda: "The student moved" in told(), timeout=20_000)
    panel = STAGE_FRAME.of(opened.controller.frame).edge_panel
    assert f"Now, no edges: {panel.mm:.1f} mm." in told()
    moved = re.search(r"The student moved ([\d.]+) mm from its answer to 5×5\.", told())
    assert moved is not None
    assert f"moved {moved[1]} mm" in panes_of(opened)["student"].note
    opened.run("stage_photo")
    opened.wait()
    assert "edges" not in told()


def test_the_rule_of_sizes_says_what_this_person_gets(opened: OpenWindow, qtbot: QtBot):
    panel = panel_of(opened)
    qtbot.mouseClick(panel.dilation.buttons["adaptive"], LEFT)
    opened.wait()
    assert panel.by_size.isVisible()
    assert not panel.kernel.isVisible()
    width, height = opened.controller.content.scene.people[0].pose2d.bbox_xywh[2:]
    assert f"the box is {width:.0f} × {height:.0f} px" in panel.by_size.text()


def test_painting_is_done_on_the_bench(opened: OpenWindow, qtbot: QtBot):
    qtbot.mouseClick(panel_of(opened).source.buttons["paint"], LEFT)
    opened.wait()
    assert opened.state.workspace == "explain"


@pytest.mark.parametrize(
    "settings", [EdgeSettings(kernel=9), EdgeSettings(variant="binary", dilation="adaptive")]
)
def test_what_is_seen_while_a_slider_moves_is_what_the_student_gets_then(
    opened: OpenWindow, settings: EdgeSettings
):
    scene = opened.controller.content.scene
    request = PredictRequest(1, scene.image, scene.people[:1], ("student",), settings)
    answers = [m for m in Predictor("cpu").predict(request) if isinstance(m, RoleResult)]
    normal = answers[0].predictions[0]
    drawn = CropEdges(scene, normal, settings, resource_path("weights/student.safetensors")).work()
    assert np.allclose(drawn.values, normal.edge.values, atol=1e-6)


def test_the_panel_is_about_any_network_that_takes_edges(opened: OpenWindow, qtbot: QtBot):
    choice = CHOICE.of(opened.state).added("ours", "weights", source="runs/ours.safetensors", said="student")
    opened.controller.store.set(with_choice(opened.state, choice.changed("ours", title="Ours")))
    opened.wait()
    assert "edges of ours" in panes_of(opened)
    box = panel_of(opened).network
    assert [box.itemText(place) for place in range(box.count())] == ["Student’s edges", "Ours’s edges"]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    opened.wait()
    asked = [trial for request in trials_of(opened) for trial in request.trials if trial.weights]
    assert {request.edges.kernel for request in trials_of(opened)[-5:]} >= {3, 5, 7, 9}
    assert {trial.weights for trial in asked} == {"runs/ours.safetensors"}
    qtbot.mouseClick(panel_of(opened).source.buttons["none"], LEFT)
    opened.wait()
    last = trials_of(opened)[-1].trials[0]
    assert (last.weights, last.edge is not None and last.edge.any()) == ("runs/ours.safetensors", False)
    opened.controller.store.set(with_choice(opened.state, CHOICE.of(opened.state).without("ours")))
    opened.wait()
    assert panel_of(opened).title.text() == "Student’s edges"
