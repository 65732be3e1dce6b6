"""The workspace "Explain": pages under a row of tabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.method_weights import EDGE_NETWORK
from sefd_viewer.features.explain.actions import Sweeps
from sefd_viewer.features.explain.case import case_of
from sefd_viewer.features.explain.commanded import LabCommands
from sefd_viewer.features.explain.frames import EXPLAIN_FRAME, ExplainFrame
from sefd_viewer.features.explain.model import EXPLAIN, PAGES, OccludedArea, Painting
from sefd_viewer.features.explain.occlusion import moved_over
from sefd_viewer.features.explain.views.bench_page import BenchPage
from sefd_viewer.features.explain.views.gap_page import GapPage
from sefd_viewer.features.explain.views.inside_page import InsidePage
from sefd_viewer.features.explain.views.occlusion_page import OcclusionPage
from sefd_viewer.gui.labels import ElidedLabel
from sefd_viewer.gui.panes import PageStack, PageTabs


class Explain(QWidget):
    """Shows frames; what a person does goes to the controller's store."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.tabs = PageTabs()
        self.inside, self.bench = InsidePage(), BenchPage()
        self.occlusion, self.gap = OcclusionPage(), GapPage()
        self._pages = (self.inside, self.bench, self.occlusion, self.gap)
        self._stack = PageStack()
        for page, title in zip(self._pages, PAGES.values(), strict=True):
            self.tabs.addTab(title)
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.left_out = ElidedLabel()
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 12, 0)
        top.addWidget(self.tabs)
        top.addWidget(self.left_out, 1)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)
        self._shown = dict.fromkeys(PAGES, ExplainFrame())
        self._connect()

    def apply(self, _old: Frame, new: Frame) -> None:
        """Show a frame: the page in view alone."""
        explain = EXPLAIN_FRAME.of(new)
        self.left_out.setText(explain.left_out)
        page = explain.state.page
        place = list(PAGES).index(page)
        self.tabs.show_place(place)
        self._stack.setCurrentIndex(place)
        self._pages[place].apply(self._shown[page], explain)
        self._shown[page] = explain

    def fit(self) -> None:
        """Show every picture of the page whole."""
        self._pages[self._stack.currentIndex()].fit()

    def _connect(self) -> None:
        self.tabs.turned.connect(self._turn_to)
        self.inside.joint_chosen.connect(self._set("joint"))
        self.inside.depth_chosen.connect(self._set("depth", "depth"))
        self.bench.marked.connect(self._set("marked", "marked"))
        self.bench.donor_chosen.connect(self._set("donor"))
        self.bench.network_chosen.connect(self._choose_network)
        self.bench.painter.changed.connect(self._paint)
        self.bench.painter.erases_changed.connect(self._set("erases"))
        self.bench.painter.brush_changed.connect(self._set("brush", "brush"))

        self.occlusion.occluder_changed.connect(self._set("occluder", "occluder"))
        self.occlusion.area_chosen.connect(self._choose_area)
        self.occlusion.bodies_chosen.connect(self._set("bodies"))
        self.occlusion.joint_chosen.connect(self._set("sweep_joint"))
        self.occlusion.heat_chosen.connect(self._set("heat_of"))
        self.occlusion.sweep_size_changed.connect(self._set("sweep_size", "sweep_size"))
        sweeps = self._controller.service(Sweeps)
        self.occlusion.sweep_started.connect(sweeps.start)
        self.occlusion.sweep_stopped.connect(sweeps.stop)
        commands = self._controller.service(LabCommands)
        self.occlusion.commands_wanted.connect(lambda run: commands.run() if run else commands.end())
        for export in (self.bench.export, self.occlusion.export, self.gap.export):
            export.told.connect(self._controller.say)
        self.gap.checkpoints_wanted.connect(self._ask_checkpoints)
        self.gap.checkpoints_cleared.connect(lambda: self._controller.change_settings(checkpoints=()))

    def _choose_network(self, method: str) -> None:
        self._controller.store.set(EDGE_NETWORK.put(self._controller.state, method))

    def _choose_area(self, area: OccludedArea) -> None:
        """Leave the occluder where it is, told in pixels of another area."""
        state = self._controller.state
        case = case_of(state, self._controller.content)
        if case is not None:
            self._change(occluder=moved_over(EXPLAIN.of(state).occluder, area, case))

    def _ask_checkpoints(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            "Further weights of the student",
            "",
            "Weights (*.safetensors *.pth *.pth.tar *.tar);;All files (*)",
        )
        known = self._controller.settings.checkpoints
        new = tuple(name for name in names if name not in known)
        if new:
            self._controller.change_settings(checkpoints=(*known, *new))

    def _turn_to(self, place: int) -> None:
        if place >= 0:
            self._change(page=list(PAGES)[place])

    def _set(self, name: str, word: str | None = None) -> Callable[[Any], None]:
        return lambda value: self._change(word, **{name: value})

    def _paint(self, painting: Painting) -> None:
        case, state = EXPLAIN_FRAME.of(self._controller.frame).case, self._controller.state
        if case is not None:
            explain = EXPLAIN.of(state).with_painting(case, painting)
            self._controller.store.set(EXPLAIN.put(state, explain))

    def _change(self, word: str | None = None, **changes: Any) -> None:
        self._controller.store.set(EXPLAIN.change(self._controller.state, **changes), merge=word)
