"""The pages on the board's right side: one table says which there are; each is made when first looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.features.cameras.frame import CamerasFrame
from sefd_viewer.features.cameras.views.blocks import PAGE_WIDTH
from sefd_viewer.gui.labels import TEXT_CHANGED, grown, plain_tip
from sefd_viewer.gui.panes import PageTabs
from sefd_viewer.gui.safe_overrides import SafeOverrides


class BoardTab(Protocol):
    """What a page can do besides being a widget."""

    def apply(self, old: CamerasFrame, new: CamerasFrame) -> None:
        """Show a frame; only what differs from `old` changes."""


@dataclass(frozen=True)
class TabInfo:
    """How a page is offered: `id` is `CamerasState.tab`, `make` gives the widget, already wired."""

    id: str
    title: str
    tip: str
    make: Callable[[Controller], BoardTab]


def _residuals(controller: Controller) -> BoardTab:
    from sefd_viewer.features.cameras.views.residuals import ResidualTab
    from sefd_viewer.features.cameras.views.wiring import connect_residuals

    tab = ResidualTab()
    connect_residuals(tab, controller)
    return tab


def _extrinsics(controller: Controller) -> BoardTab:
    from sefd_viewer.features.cameras.views.wiring import extrinsics_tab

    return extrinsics_tab(controller)


def _image_plane(controller: Controller) -> BoardTab:
    from sefd_viewer.features.cameras.views.wiring import image_plane_tab

    return image_plane_tab(controller)


def _conventions(controller: Controller) -> BoardTab:
    from sefd_viewer.features.cameras.views.wiring import inspector_tab

    return inspector_tab(controller)


TABS: tuple[TabInfo, ...] = (
    TabInfo("extrinsics", "Extrinsics", "From the world into the camera: raw, paper and exact", _extrinsics),
    TabInfo("residuals", "Errors", "How far each joint is off in each camera", _residuals),
    TabInfo("image_plane", "One image plane", "People of own cameras in one picture", _image_plane),
    TabInfo("conventions", "Conventions", "How cameras and bodies are read, and what is wrong", _conventions),
)


class BoardTabs(SafeOverrides, QWidget):
    """Shows the page that the frame names; `chosen(id)` comes by hand alone."""

    chosen = Signal(str)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._pages: dict[str, BoardTab] = {}
        self._shown: dict[str, CamerasFrame] = {}
        self.bar = PageTabs()
        for info in TABS:
            self.bar.setTabToolTip(self.bar.addTab(info.title), plain_tip(info.tip))
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        self.setMinimumWidth(grown(self, PAGE_WIDTH))
        self.bar.turned.connect(lambda index: self.chosen.emit(TABS[index].id))

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in TEXT_CHANGED and hasattr(self, "_stack"):
            self.setMinimumWidth(grown(self, PAGE_WIDTH))

    def apply(self, new: CamerasFrame) -> None:
        """Show a frame in the page it names; the other pages wait until they are looked at."""
        index = next((i for i, info in enumerate(TABS) if info.id == new.chosen.tab), 0)
        info = TABS[index]
        page = self.page(info)
        page.apply(self._shown.get(info.id, CamerasFrame()), new)
        self._shown[info.id] = new
        self.bar.show_place(index)
        self._stack.setCurrentWidget(page)  # type: ignore[arg-type]

    def page(self, info: TabInfo) -> BoardTab:
        """A page, made at first use."""
        if info.id not in self._pages:
            page = self._pages[info.id] = info.make(self._controller)
            self._stack.addWidget(page)  # type: ignore[arg-type]
        return self._pages[info.id]
