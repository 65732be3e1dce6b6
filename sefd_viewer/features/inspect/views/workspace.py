"""The widget of workspace Inspect, connected with the state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QMenu, QMessageBox

from sefd_viewer.app import actions as app_actions
from sefd_viewer.app.commands import COMMANDS, Desk
from sefd_viewer.app.methods import CHOICE, METHODS, TRUTH, MethodInfo
from sefd_viewer.features.inspect import actions
from sefd_viewer.features.inspect.edge_view import MORPH, EdgePanelFrame
from sefd_viewer.features.inspect.files import how_read
from sefd_viewer.features.inspect.model import PHOTO, STAGE_FRAME
from sefd_viewer.features.inspect.views.edge_panel import EdgeSide
from sefd_viewer.features.inspect.views.stage import Stage
from sefd_viewer.gui import wiring
from sefd_viewer.gui.screen_fit import scrolling
from sefd_viewer.gui.workspaces import fills_screen

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.shell import Shell

MORPH_MS, MORPH_STEPS = 40, 5
"""The student's body moves to its new answer in so many steps, one in so many milliseconds."""
SIDE, SCROLL = 276, 14
"""Pixels of the panel that the view "Edges" brings."""


class Inspect(Stage):
    """The stage and what it is connected with."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self.edges = EdgeSide()
        wiring.connect_layers(self.edges.layers, controller)
        self.edges.edges_changed.connect(lambda edges, word: actions.change_edges(controller, edges, word))
        self.edges.source_chosen.connect(self._give)
        self._steps = QTimer(self, interval=MORPH_MS)
        self._steps.timeout.connect(self._step)
        self._student: object = None
        self._panel = scrolling(self.edges, (SIDE, 200))
        self._panel.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._panel.setFixedWidth(max(SIDE, self.edges.minimumSizeHint().width() + SCROLL))
        self._panel.hide()
        self.side.addWidget(self._panel)
        wiring.connect_pose_editing(self.editor, self.editing, self.edit, controller)
        self._connect_hands()
        self._connect_bar()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        super().apply(old, new)
        for part in (self.bar, self.edit):
            part.setVisible(not fills_screen(self._controller.state))
        panel = STAGE_FRAME.of(new).edge_panel
        self._panel.setVisible(panel is not None)
        if panel is not None:
            self.edges.apply(panel, new.layers)
            self._move_body(panel)

    def pan(self, dx: float, dy: float) -> None:
        """Let all panes look elsewhere, by pixels of the photo."""
        actions.move(self._controller, PHOTO, -dx, -dy, False)

    # ---- inside

    def _give(self, source: str) -> None:
        if source == "paint":
            COMMANDS["explain_bench"].run(Desk(self._controller, cast("Shell", self.window())))
        else:
            actions.give(self._controller, source)  # type: ignore[arg-type]

    def _move_body(self, panel: EdgePanelFrame) -> None:
        """When the student has another answer its body moves there from the one before."""
        if panel.answer is not None and panel.answer is not self._student:
            moves = self._student is not None and panel.moves
            self._student = panel.answer
            if moves:
                actions.morph(self._controller, 1 / MORPH_STEPS)
                self._steps.start()

    def _step(self) -> None:
        share = min(MORPH.of(self._controller.state).share + 1 / MORPH_STEPS, 1.0)
        if share >= 1.0 - 1e-6:
            self._steps.stop()
        actions.morph(self._controller, 1.0 if share >= 1.0 - 1e-6 else share)

    def _connect_hands(self) -> None:
        controller = self._controller
        self.turned.connect(lambda *step: actions.turn(controller, *step))
        self.panned.connect(lambda *step: actions.move(controller, *step))
        self.zoomed.connect(lambda *step: actions.zoom(controller, *step))
        self.header_clicked.connect(self._measure_against)
        self.menu_wanted.connect(self._open_menu)
        self.tool_chosen.connect(lambda pane, tool: actions.use_tool(controller, pane, tool))
        self.joined.connect(lambda pane: actions.join(controller, pane))
        self.homed.connect(lambda: actions.back_to_photo(controller))
        self.ended.connect(lambda: actions.rest(controller))
        self.enlarged.connect(lambda pane: actions.enlarge(controller, pane))
        self.pointed.connect(lambda pane: actions.point(controller, pane))
        self.sized.connect(lambda *size: actions.resize(controller, *size))
        self.wiped.connect(lambda share: self._change(wipe=share))
        self.fit_wanted.connect(lambda: actions.fit(controller))
        self.person_clicked.connect(
            lambda key: controller.store.set(app_actions.select_person(controller.state, key))
        )

    def _connect_bar(self) -> None:
        controller, bar = self._controller, self.bar
        bar.view_chosen.connect(lambda view: actions.show_view(controller, view))
        bar.side_chosen.connect(lambda side: actions.see_from(controller, side))
        bar.errors_toggled.connect(lambda on: self._change(errors=on))
        bar.outline_toggled.connect(lambda on: self._change(outline=on))
        bar.others_toggled.connect(lambda on: self._change(others=on))
        bar.scale_chosen.connect(lambda end: self._change(scale_mm=end))
        bar.order_chosen.connect(lambda order: self._change(order=order))
        bar.poses_toggled.connect(
            lambda on: controller.store.set(controller.state.with_layer("poses", visible=on), remember=False)
        )
        bar.method_toggled.connect(
            lambda method: actions.choose(controller, CHOICE.of(controller.state).toggled(method))
        )
        bar.add_wanted.connect(self._add_method)
        bar.baseline_chosen.connect(self._measure_against)
        bar.method_menu.connect(self._open_menu)

    def _change(self, **changes: object) -> None:
        stage = actions.stage_in(self._controller)
        actions.change(self._controller, replace(stage, **changes))  # type: ignore[arg-type]

    def _measure_against(self, method: str) -> None:
        if method not in (PHOTO, TRUTH):
            actions.measure_against(self._controller, method)

    def _open_menu(self, method: str, place: QPoint) -> None:
        """What can be done with a method."""
        if method != PHOTO:
            menu = self._menu(method)
            menu.exec(place)
            menu.deleteLater()

    def _menu(self, method: str) -> QMenu:
        choice = CHOICE.of(self._controller.state)
        info, order = choice.info(method), [one.id for one in choice.ordered() if one.id != TRUTH]
        menu = QMenu(self)

        def choose(words: str, changed: object) -> None:
            menu.addAction(words, lambda: actions.choose(self._controller, changed))  # type: ignore[arg-type]

        if info.kind != "truth":
            menu.addAction("Measure the others against it", lambda: self._measure_against(method))
            place = order.index(method)
            if place > 0:
                choose("Move to the left", choice.moved(method, order[place - 1]))
            if place + 1 < len(order):
                before = order[place + 2] if place + 2 < len(order) else TRUTH
                choose("Move to the right", choice.moved(method, before))
        if info.kind == "file":
            menu.addAction("How it was read…", lambda: self._tell_how_read(info))
        menu.addAction("Rename…", lambda: self._rename(method))
        menu.addAction("Colour…", lambda: self._color(method))
        words = "Hide" if method in METHODS else "Remove"
        choose(words, choice.without(method))
        return menu

    def _add_method(self) -> None:
        """Ask for a file of predictions."""
        kinds = "Predictions (*.json *.npz *.pkl *.parquet *.h5 *.pt *.pth);;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "One more method: a file of predictions", "", kinds)
        if path:
            actions.add_file(self._controller, path)

    def _tell_how_read(self, info: MethodInfo) -> None:
        words = how_read(info, self._controller.content)
        QMessageBox.information(self, f"How {Path(info.source).name} was read", words)

    def _rename(self, method: str) -> None:
        choice = CHOICE.of(self._controller.state)
        name, done = QInputDialog.getText(self, "Rename", "Name", text=choice.info(method).title)
        if done and name.strip():
            actions.choose(self._controller, choice.changed(method, title=name.strip()))

    def _color(self, method: str) -> None:
        choice = CHOICE.of(self._controller.state)
        answer = QColorDialog.getColor(QColor(*choice.info(method).color), self)
        if answer.isValid():
            color = (answer.red(), answer.green(), answer.blue())
            actions.choose(self._controller, choice.changed(method, color=color))


def make_inspect(controller: Controller) -> Inspect:
    """The stage, connected."""
    return Inspect(controller)
