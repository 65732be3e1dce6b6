"""What a network sees and says, in any workspace: the stage with edges alone, and its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea

from sefd_viewer.app import actions as app_actions
from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.method_weights import EDGE_NETWORK
from sefd_viewer.features.inspect import actions
from sefd_viewer.features.inspect.edge_frame import EdgePanelFrame
from sefd_viewer.features.inspect.edge_view import MORPH
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import PHOTO
from sefd_viewer.features.inspect.views.edge_panel import EdgeSide
from sefd_viewer.features.inspect.views.pane import StagePane
from sefd_viewer.features.inspect.views.stage import Stage
from sefd_viewer.gui.layers_panel import connect_layers

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.host import Shell

MORPH_MS, MORPH_STEPS = 40, 5
"""The network's body moves to its new answer in so many steps, one in so many milliseconds."""
SIDE, SCROLL = 276, 14
"""Pixels of the controls, and of the bar with which they scroll where they are too long."""


class EdgeControls(QScrollArea):
    """`edges`, connected: sliders change the settings, a new answer moves the body there."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(widgetResizable=True)
        self._controller = controller
        self.edges = EdgeSide()
        self.setWidget(self.edges)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        connect_layers(self.edges.layers, controller)
        self.edges.edges_changed.connect(lambda edges, word: actions.change_edges(controller, edges, word))
        self.edges.source_chosen.connect(self._give)
        self.edges.network_chosen.connect(
            lambda method: controller.store.set(EDGE_NETWORK.put(controller.state, method))
        )
        self._steps = QTimer(self, interval=MORPH_MS)
        self._steps.timeout.connect(self._step)
        self._shown: object = None

    def apply(self, _old: Frame, new: Frame) -> None:
        """Show a frame."""
        panel = STAGE_FRAME.of(new).edge_panel
        if panel is not None:
            self.edges.apply(panel, new.layers)
            self._move_body(panel)

    def fit(self) -> None:
        """Nothing here is zoomed."""

    def event(self, event: QEvent) -> bool:
        """Be as wide as what is inside needs, whatever the size of text."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.setFixedWidth(max(SIDE, self.edges.minimumSizeHint().width() + SCROLL))
        return super().event(event)

    def _give(self, source: str) -> None:
        if source == "paint":
            COMMANDS["explain_bench"].run(CommandContext(self._controller, cast("Shell", self.window())))
        else:
            actions.give(self._controller, source)  # type: ignore[arg-type]

    def _move_body(self, panel: EdgePanelFrame) -> None:
        """When there is another answer the body moves there from the one before."""
        if panel.answer is not None and panel.answer is not self._shown:
            moves = self._shown is not None and panel.moves
            self._shown = panel.answer
            if moves:
                actions.morph(self._controller, 1 / MORPH_STEPS)
                self._steps.start()

    def _step(self) -> None:
        share = min(MORPH.of(self._controller.state).share + 1 / MORPH_STEPS, 1.0)
        if share >= 1.0 - 1e-6:
            self._steps.stop()
        actions.morph(self._controller, 1.0 if share >= 1.0 - 1e-6 else share)


class ConnectedStage(Stage):
    """The stage, and what hands do on its panes."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self.turned.connect(lambda *step: actions.turn(controller, *step))
        self.panned.connect(lambda *step: actions.move(controller, *step))
        self.zoomed.connect(lambda *step: actions.zoom(controller, *step))
        self.joined.connect(lambda pane: actions.join(controller, pane))
        self.homed.connect(lambda: actions.back_to_photo(controller))
        self.ended.connect(lambda: actions.rest(controller))
        self.enlarged.connect(lambda pane: actions.enlarge(controller, pane))
        self.pointed.connect(lambda pane: actions.point(controller, pane))
        self.sized.connect(lambda *size: actions.resize(controller, *size))
        self.fit_wanted.connect(lambda: actions.fit(controller))
        self.person_clicked.connect(
            lambda key: controller.store.set(app_actions.select_person(controller.state, key))
        )

    def pan(self, dx: float, dy: float) -> None:
        """Let all panes look elsewhere, by pixels of the photo."""
        actions.move(self._controller, PHOTO, -dx, -dy, False)


class EdgeStage(ConnectedStage):
    """The stage in a workspace that shows edges alone: no bar, nothing to turn, poses stay as they are."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        for part in (self.bar, self.editing):
            part.hide()
        self.tool_chosen.connect(lambda pane, _tool: actions.enlarge(controller, pane))

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        super().apply(old, new)
        self.edit.hide()

    def _pane(self, id: str) -> StagePane:
        pane = super()._pane(id)
        pane.canvas.gestures.turns = False
        pane.tools.offer("enlarge")
        return pane
