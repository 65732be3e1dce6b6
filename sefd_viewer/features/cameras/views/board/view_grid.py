"""The photos of a moment in a grid that adapts to their number and shape and to the room there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.features.cameras.board.frame import BoardViewFrame
from sefd_viewer.features.cameras.views.board.view_panel import HEADER, ViewPanel
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.viewport import Viewport

GAP = 1


class ViewGrid(SafeOverrides, QWidget):
    """Panels by the name of their view; signals name the view."""

    hovered = Signal(str, float, float)
    hover_left = Signal()
    person_clicked = Signal(str, str)
    background_clicked = Signal()
    enlarge_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panels: list[ViewPanel] = []
        self._shown: list[ViewPanel] = []
        self._linked = False
        self.setMinimumSize(320, 220)

    @property
    def panels(self) -> Mapping[str, ViewPanel]:
        """The panels in use by view."""
        return {panel.frame.name: panel for panel in self._panels if panel.frame and not panel.isHidden()}

    def show_views(self, views: Sequence[BoardViewFrame], large: str | None, *, linked: bool = False) -> None:
        """Show these views; `large` fills the grid alone; `linked` photos zoom together."""
        self._linked = linked
        while len(self._panels) < len(views):
            self._panels.append(self._make())
        for panel, view in zip(self._panels, views, strict=False):
            panel.show_frame(view)
        used = self._panels[: len(views)]
        alone = [panel for panel in used if panel.frame is not None and panel.frame.name == large]
        self._shown = alone or used
        for panel in self._panels:
            panel.setVisible(panel in self._shown)
        self._place()

    def fit(self) -> None:
        """Show every photo whole."""
        for panel in self._panels:
            panel.photo.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the panels anew."""
        super().resizeEvent(event)
        self._place()

    def _make(self) -> ViewPanel:
        panel = ViewPanel(self)
        panel.photo.view_changed.connect(self._follow)
        panel.hovered.connect(lambda x, y: self.hovered.emit(_name(panel), x, y))
        panel.hover_left.connect(self.hover_left)
        panel.person_clicked.connect(lambda key: self.person_clicked.emit(_name(panel), key))
        panel.background_clicked.connect(self.background_clicked)
        panel.enlarge_asked.connect(lambda: self.enlarge_asked.emit(_name(panel)))
        return panel

    def _follow(self, viewport: Viewport) -> None:
        """Let the other photos show the same part as the one that was moved."""
        if self._linked:
            for panel in self._shown:
                panel.photo.follow(viewport)

    def _place(self) -> None:
        count = len(self._shown)
        if not count:
            return
        columns = best_columns(count, (self.width(), self.height()), self._aspect())
        rows = math.ceil(count / columns)
        for index, panel in enumerate(self._shown):
            row, column = divmod(index, columns)
            panel.setGeometry(_cell(self.rect(), row, column, rows, columns))

    def _aspect(self) -> float:
        """Width by height of the photos, a mean over those that are known."""
        known = [size[0] / size[1] for size in (panel.image_size for panel in self._shown) if size]
        return math.exp(math.fsum(map(math.log, known)) / len(known)) if known else 1.0


def best_columns(count: int, area: tuple[int, int], aspect: float) -> int:
    """The number of columns with which photos of this aspect are largest in `area` (width, height)."""

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min(area[0] / columns / aspect, area[1] / rows - HEADER)

    return max(range(1, count + 1), key=scale)


def _cell(area: QRect, row: int, column: int, rows: int, columns: int) -> QRect:
    left, right = (round(area.width() * edge / columns) for edge in (column, column + 1))
    top, bottom = (round(area.height() * edge / rows) for edge in (row, row + 1))
    return QRect(left, top, right - left - GAP, bottom - top - GAP)


def _name(panel: ViewPanel) -> str:
    return panel.frame.name if panel.frame is not None else ""
