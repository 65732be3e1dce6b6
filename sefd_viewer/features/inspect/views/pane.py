"""One pane of the stage: a header with the method and its numbers, and a picture with tools in its corner."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from sefd_viewer.app.frame import same
from sefd_viewer.app.methods import COLORS, TRUTH
from sefd_viewer.features.inspect.frames import PaneFrame
from sefd_viewer.features.inspect.model import PHOTO
from sefd_viewer.features.inspect.views.canvases import BodyCanvas, PhotoCanvas
from sefd_viewer.gui.controls import Dot
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, grown, plain_tip
from sefd_viewer.gui.layers import Pixels
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.safe_overrides import SafeOverrides

HEADER = 38
WRITTEN, NEAR = {"QLabel": 13, 'QLabel[quiet="true"], QWidget#pane_header QLabel#pane_unit': 11}, 560
WRITTEN |= {"QLabel#pane_mm": 17, "QLabel#pane_change": 12}
"""Sizes of what heads say (px), and the height of a window (px) from which they grow for an audience."""
TOOLS = (
    ("photo", "Photo", "On the photo, in this pane only"),
    ("turned", "Turn", "Turned, in this pane only"),
    ("edges", "Edges", "The edges that the network sees, in this pane only"),
    ("errors", "Error", "Coloured by its errors, in this pane only"),
    ("enlarge", "⤢", "Enlarge this pane, or show all (double click)"),
)


class PaneHeader(SafeOverrides, QWidget):
    """A method's dot, name, error and difference to the baseline. Signal out: `clicked`."""

    clicked = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane_header")
        self.dot, self.name, self.quiet = Dot(COLORS[TRUTH]), ElidedLabel(wants=True), ElidedLabel()
        self.differs, self.link = PlainLabel("•"), QToolButton()
        self.link.setText("⛓")
        self.mm, self.unit, self.change = PlainLabel(), PlainLabel(), PlainLabel()
        self.name.setProperty("heading", True)
        self.mm.setObjectName("pane_mm")
        self.unit.setObjectName("pane_unit")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.change.setObjectName("pane_change")
        self.differs.setToolTip("This pane shows something of its own")
        self.link.setToolTip("This pane looks from elsewhere: look as all others do")
        self.link.setAccessibleName("Look as all others do")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(7)
        for widget in (self.dot, self.name, self.differs, self.link):
            row.addWidget(widget)
        row.addWidget(self.quiet, 1)
        row.addStretch(0)
        for widget in (self.mm, self.unit, self.change):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._shown: tuple[object, ...] = ()

    def apply(self, pane: PaneFrame) -> None:
        """Show a pane's name and numbers."""
        numbers = pane.mm, pane.unit, pane.change, pane.tone
        shown = (pane.info, pane.title, pane.quiet, *numbers, pane.differs, pane.unlinked)
        if shown != self._shown:
            self._shown = shown
            self._tell(pane)

    def _tell(self, pane: PaneFrame) -> None:
        self.dot.setVisible(pane.info is not None)
        if pane.info is not None:
            self.dot.set_color(pane.info.color)
        self.name.setText(pane.title)
        self.quiet.setText(pane.quiet)
        self.quiet.setToolTip(plain_tip(pane.quiet))
        self.mm.setText(pane.mm)
        self.unit.setText(pane.unit if pane.mm else "")
        self.change.setText(pane.change)
        self.change.setVisible(bool(pane.change))
        if self.change.property("tone") != pane.tone:
            self.change.setProperty("tone", pane.tone)
            self.change.style().unpolish(self.change)
            self.change.style().polish(self.change)
        self.differs.setVisible(pane.differs)
        self.link.setVisible(pane.unlinked)
        self.leave_out()
        apart = f", {pane.change} to the yardstick" if pane.change else ""
        numbers = f", {pane.mm} {pane.unit}{apart}" if pane.mm else ""
        self.setAccessibleName(f"{pane.title}{numbers}")
        for label in (self.mm, self.unit, self.change):
            label.setToolTip(plain_tip(f"{pane.title}{numbers}"))
        if pane.info is not None and pane.info.kind != "truth":
            self.setToolTip(plain_tip(f"{pane.title}: click to measure the others against it"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self.leave_out()

    def leave_out(self) -> None:
        """The unit goes where it has no room beside name and number, then the difference, last a part
        of the name.
        """
        parts, whole = (self.unit, self.change), self.name.sizeHint().width()
        for part in parts:
            part.setVisible(bool(part.text()))
        self.quiet.setVisible(bool(self.quiet.text()) or not self.mm.text())
        self.name.setMinimumWidth(whole)
        for part in (self.quiet, *parts):
            if self.minimumSizeHint().width() > self.width():
                part.hide()
        if self.minimumSizeHint().width() > self.width():
            self.name.setMinimumWidth(0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Make it the baseline."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the pane's menu."""
        self.menu_wanted.emit(event.globalPos())


def read_from_afar(widget: QWidget) -> str:
    """A style sheet in which heads of panes are as large as an audience needs them on this window."""
    scale = max(widget.window().height() / NEAR, 1.0)
    sizes = {which: grown(widget, size * scale) for which, size in WRITTEN.items()}
    return "".join(f"QWidget#pane_header {which} {{ font-size: {px}px; }}" for which, px in sizes.items())


class PaneTools(QFrame):
    """What this pane alone shows otherwise; seen while the pointer is on it. Signal out: `chosen(tool)`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pane_tools")
        self.buttons: dict[str, QToolButton] = {}
        self._offered = frozenset(tool for tool, _, _ in TOOLS)
        self._shown: tuple[object, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(1)
        for tool, words, tip in TOOLS:
            button = self.buttons[tool] = QToolButton()
            button.setText(words)
            button.setCheckable(tool != "enlarge")
            button.setToolTip(plain_tip(tip))
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _on, tool=tool: self.chosen.emit(tool))
            row.addWidget(button)
        self.hide()

    def apply(self, pane: PaneFrame) -> None:
        """Light what the pane shows."""
        shown = pane.info, pane.view, pane.errors, self._offered
        if shown == self._shown:
            return
        self._shown = shown
        for tool, button in self.buttons.items():
            button.setChecked(pane.errors if tool == "errors" else tool == pane.view)
            button.setVisible(tool in self._offered and _suits(tool, pane))
        self.adjustSize()

    def offer(self, *tools: str) -> None:
        """Have these tools alone."""
        self._offered = frozenset(tools)


def _suits(tool: str, pane: PaneFrame) -> bool:
    """Whether a pane has something to show by a tool."""
    if tool == "enlarge" or pane.info is None:
        return tool == "enlarge"
    kinds = {"edges": pane.info.kind == "network", "errors": pane.info.kind != "truth"}
    return kinds.get(tool, True)


class StagePane(SafeOverrides, QWidget):
    """A pane: `header`, `canvas`, `tools`. Signals out: `menu_wanted(id, place)`, `tool_chosen(id, tool)`."""

    tool_chosen = Signal(str, str)
    header_clicked = Signal(str)
    menu_wanted = Signal(str, QPoint)
    joined = Signal(str)

    def __init__(self, id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.id = id
        self.header = PaneHeader()
        self.canvas: PhotoCanvas | BodyCanvas = PhotoCanvas() if id == PHOTO else BodyCanvas()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tools = PaneTools(self.canvas)
        self.left_out = PlainLabel()
        self.left_out.setProperty("chip", True)
        self.left_out.hide()
        self._pane, self._seen_by = PaneFrame(""), self.canvas.viewport
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addWidget(self.header)
        self._lines.addWidget(self.canvas, 1)
        self.add_to_header(self.left_out)
        self._follow_text()
        self.tools.chosen.connect(lambda tool: self.tool_chosen.emit(self.id, tool))
        self.header.clicked.connect(lambda: self.header_clicked.emit(self.id))
        self.header.menu_wanted.connect(lambda place: self.menu_wanted.emit(self.id, place))
        self.header.link.clicked.connect(lambda: self.joined.emit(self.id))

    def add_bar(self, bar: QWidget) -> None:
        """Put a second line under the header."""
        self._lines.insertWidget(1, bar)

    def add_to_header(self, widget: QWidget) -> None:
        """Put something at the header's end."""
        layout = self.header.layout()
        assert layout is not None
        layout.addWidget(widget)

    def apply(self, pane: PaneFrame, photo: Pixels | None) -> None:
        """Show a pane of a frame over the muted photo."""
        changed = pane is not self._pane and not same(pane, self._pane)
        if changed:
            self._pane = pane
        if isinstance(self.canvas, BodyCanvas):
            self.canvas.show_pane(self._pane, photo)
        if changed:
            self._tell(pane)
        if changed or self.canvas.viewport is not self._seen_by:
            self.canvas.set_viewport(self.canvas.viewport.showing(pane.extent))
            self._seen_by = self.canvas.viewport

    def _tell(self, pane: PaneFrame) -> None:
        """What stands around and over the picture."""
        self.header.apply(pane)
        self.tools.apply(pane)
        self._place_tools()
        if isinstance(self.canvas, BodyCanvas):
            self.canvas.cover.set_caption(pane.note)
            say(self.canvas, pane.words)
            if pane.words is None:
                self.canvas.cover.set_progress(
                    pane.share if pane.share is not None else -1.0 if pane.busy else None
                )
        else:
            self._tell_left_out(pane)
        self.canvas.setAccessibleName(f"{pane.title}: {pane.note or 'the picture'}")

    def _tell_left_out(self, pane: PaneFrame) -> None:
        """Who of the annotated people is not shown, or shown without a body."""
        count = len(pane.left_out)
        self.left_out.setText(f"{count} left out")
        self.left_out.setVisible(bool(count))
        self.left_out.setToolTip(plain_tip("\n".join(line[:1].upper() + line[1:] for line in pane.left_out)))

    def enterEvent(self, event: QEnterEvent) -> None:
        """The tools appear."""
        self.tools.show()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The tools go."""
        self.tools.setVisible(self.tools.isAncestorOf(self.focusWidget() or self))
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tools in their corner."""
        super().resizeEvent(event)
        self._place_tools()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_text()

    def _follow_text(self) -> None:
        self.header.setFixedHeight(max(HEADER, self.header.name.fontMetrics().height() + 18))
        self.header.leave_out()

    def _place_tools(self) -> None:
        size = self.tools.sizeHint()
        self.tools.setGeometry(max(self.canvas.width() - size.width() - 8, 0), 8, size.width(), size.height())
