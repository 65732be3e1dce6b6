"""Which widget each workspace is, and which bars and panes stand around it; made at first use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtWidgets import QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.drafts import VisiblePart
from sefd_viewer.app.feature import Feature, Pane, features, fills_screen, made_of
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.state import ViewerState, Workspace
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.panes import PageStack, header
from sefd_viewer.gui.panes import Pane as TitledView

if TYPE_CHECKING:
    from sefd_viewer.gui.films import Sheet
    from sefd_viewer.gui.photo_view import PhotoView


PANE_WIDTH = 320
_log = logging.getLogger(__name__)


class WorkspaceView(Protocol):
    """What a workspace's widget can do besides being a widget."""

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame; only what differs from `old` changes."""

    def fit(self) -> None:
        """Show everything in every view."""


Pan = Callable[[float, float], None]
"""Looks elsewhere by pixels of the photo."""


class Bars(Protocol):
    """Widgets that a feature has above and below the workspace."""

    def widgets(self) -> tuple[QWidget, QWidget]:
        """Above and below."""

    def set_height(self, height: int) -> None:
        """Fit into a window of this height, in pixels."""

    def take_keyboard(self) -> None:
        """Have the keyboard."""

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame; only what differs from `old` changes."""


def make_view(workspace: Workspace, controller: Controller) -> Any:
    """The widget of a workspace, or of another feature, as that makes it."""
    feature = next(feature for feature in features() if feature.id == workspace)
    view: WorkspaceView = made_of(feature.view)(controller)
    return view


class SurroundingBars:
    """The bars of all features that have some, each in view while its feature is."""

    def __init__(self, controller: Controller, run: Callable[[str], None], pan: Pan) -> None:
        own = [feature for feature in features() if feature.bars]
        self._bars: list[tuple[Feature, Bars]] = [
            (feature, made_of(feature.bars)(controller, run, pan)) for feature in own
        ]
        self._shown = Frame()
        self._middle: QWidget | None = None

    def of(self, id: str) -> Any:
        """The bars of a feature."""
        return next(bars for feature, bars in self._bars if feature.id == id)

    def place(self, layout: QVBoxLayout, middle: QWidget) -> None:
        """Put the bars above and below the middle of the window."""
        for _, bars in self._bars:
            layout.addWidget(bars.widgets()[0])
        layout.addWidget(middle, 1)
        self._middle = middle
        for _, bars in self._bars:
            layout.addWidget(bars.widgets()[1])

    def take_keyboard(self) -> None:
        """Have the keyboard where a workspace has nothing of its own that wants it."""
        for _, bars in self._bars:
            if all(widget.isVisibleTo(widget.window()) for widget in bars.widgets()):
                bars.take_keyboard()

    def set_height(self, height: int) -> None:
        """Fit into a window of this height, in pixels."""
        for _, bars in self._bars:
            bars.set_height(height)

    def apply(self, new: Frame, state: ViewerState) -> None:
        """Show a frame in those that are in view."""
        filling, covered = fills_screen(state), False
        for feature, bars in self._bars:
            alone = feature.fills_screen is not None and feature.fills_screen(state)
            in_view = feature.in_view(state) and (not filling or alone)
            for widget in bars.widgets():
                widget.setVisible(in_view)
            if in_view:
                bars.apply(self._shown, new)
                covered = covered or getattr(bars, "covers", False)  # words in place of the workspace
        if self._middle is not None and self._middle.isHidden() != covered:
            self._middle.setHidden(covered)
        self._shown = new


class PaneColumn(QWidget):
    """The panes of all features at the right of the workspace, each beside those that it names.

    One that fails, which may be a plugin's, is logged and goes.
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._panes: dict[str, tuple[Pane, Any, QWidget, Frame]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setMaximumWidth(PANE_WIDTH)
        for pane in (pane for feature in features() for pane in feature.panes):
            try:
                widget = made_of(pane.view)(controller)
                titled = TitledView(header(PlainLabel(pane.title)), widget)
            except Exception:
                _log.exception("the pane %s", pane.title)
                continue
            self._column.addWidget(titled)
            self._panes[pane.title] = pane, widget, titled, Frame()

    @property
    def titles(self) -> tuple[str, ...]:
        """What the panes are called."""
        return tuple(self._panes)

    def apply(self, new: Frame) -> None:
        """Show a frame in those that are in view."""
        for title, (pane, widget, titled, old) in tuple(self._panes.items()):
            in_view = new.workspace in pane.workspaces
            titled.setVisible(in_view)
            if in_view:
                try:
                    widget.apply(old, new)
                    self._panes[title] = pane, widget, titled, new
                except Exception:
                    _log.exception("the pane %s", title)
                    titled.hide()
                    del self._panes[title]
        self.setVisible(any(new.workspace in pane.workspaces for pane, *_ in self._panes.values()))


class WorkspaceStack(PageStack):
    """Shows the frame's workspace; the others keep what they showed and cost nothing until they come back."""

    def __init__(
        self, controller: Controller, run: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._controller, self._run = controller, run
        self.pointer: tuple[float, float] | None = None
        self._views: dict[Workspace, WorkspaceView] = {}
        self._shown: dict[Workspace, Frame] = {}

    def apply(self, new: Frame) -> None:
        """Show a frame in its workspace."""
        view = self.view(new.workspace)
        view.apply(self._shown.get(new.workspace, Frame()), new)
        self._shown[new.workspace] = new
        self.setCurrentWidget(view)  # type: ignore[arg-type]
        self.updateGeometry()

    def view(self, workspace: Workspace) -> WorkspaceView:
        """The widget of a workspace, made at first use."""
        if workspace not in self._views:
            view = self._views[workspace] = make_view(workspace, self._controller)
            self.addWidget(view)
            self._connect(view)
        return self._views[workspace]

    def sheet(self, height: int) -> Sheet:
        """What the workspace in view shows as a picture for a film, each pane `height` pixels high."""
        view: Any = self.view(self._controller.state.workspace)
        sheet: Sheet = view.sheet(height)
        return sheet

    def visible_part(self) -> VisiblePart | None:
        """What is seen of the photo, and how large, in a workspace that shows it with its layers."""
        photo: PhotoView | None = getattr(self.currentWidget(), "photo", None)
        if photo is None:
            return None
        return VisiblePart(photo.viewport.visible_xyxy, photo.viewport.scale * photo.devicePixelRatioF())

    def pan(self, dx: float, dy: float) -> None:
        """Look elsewhere by pixels of the photo, in a workspace whose views move together."""
        pan = getattr(self.currentWidget(), "pan", None)
        if pan is not None:
            pan(dx, dy)

    def _connect(self, view: Any) -> None:
        """Hear where the pointer is on the photo and which commands are wanted, from a view that tells."""
        if hasattr(view, "pointer_moved"):
            view.pointer_moved.connect(self._point)
        if hasattr(view, "command_wanted"):
            view.command_wanted.connect(self._run)

    def _point(self, pixel: tuple[float, float] | None) -> None:
        self.pointer = pixel

    def fit(self) -> None:
        """Show everything in every view of the workspace in view."""
        self.view(self._controller.state.workspace).fit()
