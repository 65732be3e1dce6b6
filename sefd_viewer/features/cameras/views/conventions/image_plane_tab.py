"""The tab "Image plane": people of own cameras before a shared one, and their order in depth."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QPushButton, QToolButton, QWidget

from sefd_viewer.app.frame import Frame, same
from sefd_viewer.app.methods import TITLES
from sefd_viewer.features.cameras.image_plane_frame import ImagePlaneFrame, PlanePersonFrame
from sefd_viewer.features.cameras.views.conventions.blocks import Section, TabPage, number, wrapped
from sefd_viewer.features.cameras.views.conventions.depth_list import DepthList
from sefd_viewer.gui.controls import Dot, quiet_label
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip

KEPT_PX = 1e-3
"""A vertex that moves by less keeps its pixel."""
_ORDER_NOTE = (
    "This order is what the cameras imply, a guess of the annotation. Drag a person to say what the picture "
    "shows: depths are scaled, pixels stay."
)
_CHOSEN_NOTE = "You chose this order. It is kept beside the data and drawn on every photo."
_HEADINGS = (
    ("", ""),
    ("fx", "Focal length in x, pixels"),
    ("fy", "Focal length in y, pixels"),
    ("cx", "Principal point in x, pixels"),
    ("cy", "Principal point in y, pixels"),
    ("own m", "Depth of the body's middle before the own camera, metres"),
    ("shared m", "Depth before the shared camera: equation 2, metres"),
    ("px", "Largest distance of a vertex from the pixel of its own camera, as drawn"),
)


class ImagePlaneTab(TabPage):
    """Signals out: `method_chosen(method)`, `ordered(keys)` and `reset_clicked`; `apply` shows a frame."""

    method_chosen = Signal(str)
    ordered = Signal(tuple)
    reset_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.methods = QComboBox()
        self.methods.setAccessibleName("Whose bodies")
        self.methods.setToolTip("Whose bodies are brought into one image plane")
        self.proof, self.shared = wrapped(), quiet_label("", wrap=True)
        self.list, self.record = DepthList(), quiet_label()
        self.note = quiet_label(_ORDER_NOTE, wrap=True)
        self.nearer, self.farther = _arrow("Nearer", "▲"), _arrow("Farther", "▼")
        self.reset = QPushButton("As the cameras imply")
        self.reset.setToolTip("Forget the order that was chosen for this record")
        self.table = QWidget()
        self._lay_out()
        self._connect()
        self.show_frame(ImagePlaneFrame())

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's people."""
        if not same(old.image_plane, new.image_plane):
            self.show_frame(new.image_plane)

    def show_frame(self, frame: ImagePlaneFrame) -> None:
        """Show people by depth, or why there are none."""
        self._show_methods(frame)
        self.words.show_words(frame.words)
        for part in (self._depths, self._cameras):
            part.setVisible(bool(frame.people))
        self.proof.setVisible(bool(frame.people))
        self.shared.setVisible(bool(frame.people))
        self.proof.setText(proof_words(frame))
        self.shared.setText(frame.shared)
        self.record.setText(frame.record)
        self.list.show_people(frame.people)
        self.note.setText(_CHOSEN_NOTE if frame.chosen else _ORDER_NOTE)
        self.reset.setEnabled(frame.chosen)
        self._show_table(frame)
        self._enable_arrows()

    # ---- inside

    def _lay_out(self) -> None:
        plane = Section("One image plane")
        plane.head.addWidget(quiet_label("bodies of"))
        plane.head.addWidget(self.methods)
        plane.rows.addWidget(self.proof)
        plane.rows.addWidget(self.shared)
        self._depths = Section("Nearest first")
        self._depths.head.addWidget(self.record)
        self._depths.head.addWidget(self.nearer)
        self._depths.head.addWidget(self.farther)
        self._depths.rows.addWidget(self.list)
        self._depths.rows.addWidget(self.note)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.reset)
        self._depths.rows.addLayout(row)
        self._cameras = Section("Own cameras against the shared one")
        self._cameras.rows.addWidget(self.table)
        self.layout().removeWidget(self.words)  # type: ignore[union-attr]
        for part in (plane, self.words, self._depths, self._cameras):
            self.column.addWidget(part)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self.methods.activated.connect(lambda _index: self.method_chosen.emit(self.methods.currentData()))
        self.list.ordered.connect(self.ordered)
        self.list.currentRowChanged.connect(lambda _row: self._enable_arrows())
        self.nearer.clicked.connect(lambda: self.list.move_current(-1))
        self.farther.clicked.connect(lambda: self.list.move_current(1))
        self.reset.clicked.connect(self.reset_clicked)

    def _enable_arrows(self) -> None:
        row = self.list.currentRow()
        self.nearer.setEnabled(row > 0)
        self.farther.setEnabled(0 <= row < self.list.count() - 1)

    def _show_methods(self, frame: ImagePlaneFrame) -> None:
        if [self.methods.itemData(i) for i in range(self.methods.count())] != list(frame.methods):
            self.methods.clear()
            for method in frame.methods:
                self.methods.addItem(TITLES[method], method)
        self.methods.setCurrentIndex(self.methods.findData(frame.method))

    def _show_table(self, frame: ImagePlaneFrame) -> None:
        table = cameras_table(frame.people)
        self._cameras.rows.replaceWidget(self.table, table)
        self.table.hide()
        self.table.deleteLater()
        self.table = table


def proof_words(frame: ImagePlaneFrame) -> str:
    """Whether every vertex keeps its pixel, with the numbers."""
    if not frame.people:
        return ""
    drawn = max(person.row.drawn_px for person in frame.people)
    equations = max(person.row.equation_px for person in frame.people)
    count = f"{len(frame.people)} {'person' if len(frame.people) == 1 else 'people'}"
    verdict = "keeps its pixel" if frame.deviation_px < KEPT_PX else "does not keep its pixel"
    start = (
        f"{count} with cameras of their own" if frame.own_cameras else f"{count} before one camera already"
    )
    return (
        f"{start}: every vertex {verdict}. Largest deviation {_tiny(equations)} px after Eq. 1-4, "
        f"{_tiny(drawn)} px as drawn."
    )


def cameras_table(people: tuple[PlanePersonFrame, ...]) -> QWidget:
    """A line for each person: the own camera, both depths, the deviation."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(5)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    for column, (text, tip) in enumerate(_HEADINGS):
        label = number(text, quiet=True)
        label.setToolTip(plain_tip(tip))
        grid.addWidget(label, 0, column + 1)
    for line, person in enumerate(people, start=1):
        grid.addWidget(Dot(person.color, diameter=8), line, 0)
        grid.addWidget(PlainLabel(person.title), line, 1)
        for column, text in enumerate(_cells(person), start=2):
            label = number(text)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, line, column)
    return table


def _cells(person: PlanePersonFrame) -> tuple[str, ...]:
    row = person.row
    pixels = (*row.focal, *row.principal_point)
    return (
        *(f"{value:.0f}" for value in pixels),
        f"{row.depth_own_m:.2f}",
        f"{row.depth_m:.2f}",
        _tiny(row.drawn_px),
    )


def _tiny(value: float) -> str:
    """A small number of pixels: plain digits down to a ten thousandth, then a bound."""
    return f"{value:.4f}" if value >= 5e-5 else "< 0.0001"


def _arrow(tip: str, sign: str) -> QToolButton:
    button = QToolButton()
    button.setText(sign)
    button.setToolTip(plain_tip(f"{tip} (Alt and an arrow key)"))
    button.setAccessibleName(tip)
    return button
