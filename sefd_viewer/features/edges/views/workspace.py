"""The workspace "Edges": pages under a row of tabs, and the controls of edges that networks are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.features.edges.actions import Audits
from sefd_viewer.features.edges.model import EDGES, EDGES_FRAME, PAGES, EdgeLabFrame
from sefd_viewer.features.edges.views.audit_page import AuditPage
from sefd_viewer.features.edges.views.detectors_page import DetectorsPage
from sefd_viewer.features.edges.views.dilation_page import DilationPage
from sefd_viewer.gui.panes import PageStack, PageTabs
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.workspaces import make_view


class EdgeLab(QWidget):
    """Shows frames; what a person does goes to the controller's store."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.tabs = PageTabs()
        self.student, self.controls = (
            make_view("edge_stage", controller),
            make_view("edge_controls", controller),
        )
        self.detectors, self.dilation, self.audit = DetectorsPage(), DilationPage(), AuditPage()
        self._stack = PageStack()
        self._pages = (self.student, self.detectors, self.dilation, self.audit)
        for page, title in zip(self._pages, PAGES.values(), strict=True):
            self.tabs.addTab(title)
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.controls)
        layout.addLayout(middle, 1)
        self._shown, self._staged = dict.fromkeys(PAGES, EdgeLabFrame()), Frame()
        self._connect()

    @property
    def photo(self) -> PhotoView | None:
        """The photo with its layers, where the page in view has it."""
        photo: PhotoView = self.student.photo
        return photo if self._stack.currentWidget() is self.student else None

    def pan(self, dx: float, dy: float) -> None:
        """Let what moves together look elsewhere, by pixels of the photo."""
        if self.photo is not None:
            self.student.pan(dx, dy)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame: the page in view alone."""
        lab = EDGES_FRAME.of(new)
        page = lab.state.page
        place = list(PAGES).index(page)
        self.tabs.show_place(place)
        self._stack.setCurrentIndex(place)
        self.controls.setVisible(page != "audit")
        self.controls.apply(old, new)
        if page == "student":
            self.student.apply(self._staged, new)
            self._staged = new
        else:
            self._pages[place].apply(self._shown[page], lab)
            self._shown[page] = lab

    def fit(self) -> None:
        """Show every photo of the page whole."""
        self._pages[self._stack.currentIndex()].fit()

    def _connect(self) -> None:
        self.tabs.turned.connect(self._turn_to)
        self.detectors.tolerance_changed.connect(self._set("tolerance", "tolerance"))
        self.detectors.missed_changed.connect(self._set("show_missed"))
        self.detectors.wanted_chosen.connect(self._set("wanted"))
        self.detectors.kind_chosen.connect(self._set("wanted_kind"))
        self.dilation.source_chosen.connect(self._set("dilated"))
        self.dilation.bar_clicked.connect(lambda low, high: self._change(areas=(low, high)))
        self.dilation.edges_changed.connect(self._change_edges)
        self.dilation.person_chosen.connect(self._show_person)
        self.audit.folder_wanted.connect(self._ask_folder)
        self.audit.kind_chosen.connect(self._set("audit_kind"))
        self.audit.dilation_chosen.connect(self._set("audit_dilation"))
        audits = self._controller.service(Audits)
        self.audit.started.connect(audits.start)
        self.audit.stopped.connect(audits.stop)
        for export in (self.detectors.export, self.audit.export):
            export.told.connect(self._controller.say)
        self.audit.record_chosen.connect(lambda key: self._show_person(key, None))

    def _turn_to(self, place: int) -> None:
        if place >= 0:
            self._change(page=list(PAGES)[place])

    def _set(self, name: str, word: str | None = None) -> Callable[[Any], None]:
        return lambda value: self._change(word, **{name: value})

    def _change(self, word: str | None = None, **changes: Any) -> None:
        self._controller.store.set(EDGES.change(self._controller.state, **changes), merge=word)

    def _change_edges(self, edges: Any, word: str) -> None:
        self._controller.store.set(replace(self._controller.state, edges=edges), merge=word or None)

    def _show_person(self, record: str, person: str | None) -> None:
        state = self._controller.state
        if record != state.record:
            state = state.with_record(record)
        self._controller.store.set(replace(state, person=person))

    def _ask_folder(self) -> None:
        folder = EDGES.of(self._controller.state).audit_folder or ""
        name = QFileDialog.getExistingDirectory(self, "Folder of stored maps", folder)
        if name:
            self._change(audit_folder=name)
