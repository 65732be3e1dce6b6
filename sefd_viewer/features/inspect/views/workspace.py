"""The widget of workspace Inspect, connected with the state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFrame, QInputDialog, QMenu, QScrollArea

from sefd_viewer.app.feature import fills_screen
from sefd_viewer.app.method_commands import CommandService, Scope
from sefd_viewer.app.methods import CHOICE, TRUTH, MethodChoice, file_title
from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect import actions
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import EDGES_OF, PHOTO
from sefd_viewer.features.inspect.views.edge_stage import SCROLL, ConnectedStage, EdgeControls
from sefd_viewer.features.inspect.views.figures import Sheet
from sefd_viewer.features.inspect.views.method_list import MethodListPanel
from sefd_viewer.features.inspect.views.pose_editing_bar import connect_pose_editing
from sefd_viewer.features.inspect.views.reading_page import ReadingPage

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.frame import Frame


WEIGHTS = (".safetensors", ".tar", ".pth", ".pt")
ROLES_OF_WEIGHTS = (
    ("student", "Weights of a student: sees Canny edges"),
    ("baseline", "Weights of a baseline: sees no edges"),
    ("teacher", "Weights of a teacher: is shown what the teacher in use is shown"),
    ("", "Predicted bodies"),
)


class Inspect(ConnectedStage):
    """The stage with its bar, and the panel that the view "Edges" brings.

    `command_wanted(id)` is for what other features do.
    """

    command_wanted = Signal(str)

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self.controls = EdgeControls(controller)
        self.edges = self.controls.edges
        self.controls.hide()
        self.side.addWidget(self.controls)
        self.methods, self.reading = MethodListPanel(), ReadingPage(self)
        self._methods_area = QScrollArea(widgetResizable=True)
        self._methods_area.setWidget(self.methods)
        self._methods_area.setFrameShape(QFrame.Shape.NoFrame)
        self._methods_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._methods_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._methods_area.hide()
        self.left.addWidget(self._methods_area)
        self.narrowed.connect(  # queued: it comes amid a layout, where no frame can be shown
            lambda narrow: self._change(narrow=narrow), Qt.ConnectionType.QueuedConnection
        )
        connect_pose_editing(self.editor, self.editing, self.edit, controller)
        self.stepped.connect(self._step_people)
        self.header_clicked.connect(self._measure_against)
        self.menu_wanted.connect(self._open_menu)
        self.tool_chosen.connect(lambda pane, tool: actions.use_tool(controller, pane, tool))
        self.wiped.connect(lambda share: self._change(wipe=share))
        self._connect_bar()
        self._connect_methods()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        super().apply(old, new)
        presented = fills_screen(self._controller.state)
        for part in (self.bar, self.edit):
            part.setVisible(not presented)
        self.area.set_audience(presented)
        stage = STAGE_FRAME.of(new)
        self.controls.setVisible(stage.edge_panel is not None and not presented)
        self.controls.apply(old, new)
        self._methods_area.setVisible(stage.list is not None)
        if stage.list is not None:
            self._methods_area.setFixedWidth(self.methods.wide() + SCROLL)
            self.methods.apply(stage.list)
        self.reading.apply(stage.reading)

    def sheet(self, height: int) -> Sheet:
        """The panes as a picture for a film, each `height` pixels high."""
        return Sheet(self._controller, height=height, screen=True)

    # ---- inside

    def _step_people(self, step: int) -> None:
        self.command_wanted.emit("next_person" if step > 0 else "previous_person")

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
        bar.add_wanted.connect(lambda: self.command_wanted.emit("add_method"))
        bar.baseline_chosen.connect(self._measure_against)
        bar.method_menu.connect(self._open_menu)
        bar.list_wanted.connect(lambda: actions.list_methods(controller))

    def _connect_methods(self) -> None:
        controller, panel, page = self._controller, self.methods, self.reading
        panel.toggled.connect(lambda method: self._choose(CHOICE.of(controller.state).toggled(method)))
        panel.chosen.connect(lambda method: self._change(listing=method))
        panel.yardstick.connect(self._measure_against)
        panel.menu_wanted.connect(self._open_menu)
        panel.add_wanted.connect(lambda: self.command_wanted.emit("add_method"))
        panel.dropped.connect(self._add)
        panel.renamed.connect(self._rename)
        panel.coloured.connect(self._color)
        panel.explained.connect(lambda method: self._change(reading=method))
        page.left.connect(lambda: self._change(reading=None))
        page.said.connect(self._explain)
        page.run_wanted.connect(self._run)
        page.end_wanted.connect(controller.service(CommandService).end)
        page.removed.connect(lambda method: self._choose(CHOICE.of(controller.state).without(method)))
        page.shown.connect(
            lambda record: controller.store.set(
                replace(controller.state.with_record(record), person=None), remember=False
            )
        )

    def _explain(self, method: str, said: str) -> None:
        self._choose(CHOICE.of(self._controller.state).explained(method, said))

    def _run(self, method: str, command: str, scope: Scope, minutes: float) -> None:
        controller = self._controller
        try:
            if command != CHOICE.of(controller.state).info(method).source:
                actions.change_command(controller, method, command)
        except SefdError as error:
            controller.say(str(error))
        else:
            limit_s = minutes * 60 if minutes else None
            controller.service(CommandService).run(method, scope, limit_s=limit_s)

    def _choose(self, choice: MethodChoice) -> None:
        actions.choose(self._controller, choice)

    def _change(self, **changes: object) -> None:
        stage = actions.stage_in(self._controller)
        actions.change(self._controller, replace(stage, **changes))  # type: ignore[arg-type]

    def _measure_against(self, pane: str) -> None:
        method = pane.removeprefix(EDGES_OF)
        if method not in (PHOTO, TRUTH):
            actions.measure_against(self._controller, method)

    def _open_menu(self, pane: str, place: QPoint) -> None:
        """What can be done with the method of a pane, be it that of its edges."""
        if pane != PHOTO:
            menu = self._menu(pane.removeprefix(EDGES_OF))
            menu.exec(place)
            menu.deleteLater()

    def _menu(self, method: str) -> QMenu:
        choice = CHOICE.of(self._controller.state)
        info, order = choice.info(method), [one.id for one in choice.ordered() if one.id != TRUTH]
        menu = QMenu(self)

        def choose(words: str, changed: MethodChoice) -> None:
            menu.addAction(words, lambda: self._choose(changed))

        if info.kind != "truth":
            menu.addAction("Measure the others against it", lambda: self._measure_against(method))
            if method != choice.baseline:
                choose("Speak of it in sentences and plots", replace(choice, compared=method))
            place = order.index(method)
            if place > 0:
                choose("Move to the left", choice.moved(method, order[place - 1]))
            if place + 1 < len(order):
                before = order[place + 2] if place + 2 < len(order) else TRUTH
                choose("Move to the right", choice.moved(method, before))
        if info.kind in ("file", "command"):
            menu.addAction("How it was read…", lambda: self._change(reading=method))
        menu.addAction("Rename…", lambda: self._rename(method))
        menu.addAction("Colour…", lambda: self._color(method))
        if method in choice.looks:
            choose("Reset its name and colour", choice.as_usual(method))
        words = "Hide" if choice.stays(method) else "Remove"
        choose(words, choice.without(method))
        menu.addSeparator()
        menu.addAction("All methods in a list", lambda: actions.list_methods(self._controller))
        return menu

    def _add(self, path: str) -> None:
        """A file that was dropped: of weights it has to be said what network they are of."""
        if not path.lower().endswith(WEIGHTS):
            actions.add_file(self._controller, path)
            return
        titles = [words for _role, words in ROLES_OF_WEIGHTS]
        words, done = QInputDialog.getItem(self, file_title(path), "This file holds", titles, 0, False)
        role = {title: role for role, title in ROLES_OF_WEIGHTS}.get(words, "")
        if done and role:
            actions.add_weights(self._controller, path, role)
        elif done:
            actions.add_file(self._controller, path)

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
