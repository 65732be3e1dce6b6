"""The tab "Extrinsics": raw, paper and exact side by side, in numbers and as outlines on the photos."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.cameras.account import ALIKE_PX
from sefd_viewer.features.cameras.extrinsics import FORMULAS, MODES, STYLES, ModeRow
from sefd_viewer.features.cameras.frame import CamerasFrame
from sefd_viewer.features.cameras.pages import ExtrinsicsFrame, PersonModesFrame
from sefd_viewer.features.cameras.views.blocks import (
    LineSample,
    Section,
    TabPage,
    heading,
    mark_tone,
    number,
    wrapped,
)
from sefd_viewer.geometry.rotations import ExtrinsicMode
from sefd_viewer.gui.controls import Dot, EyeButton, quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip
from sefd_viewer.gui.panes import emptied

_HEADINGS = (
    ("", ""),
    ("shift mm", "Distance of the vertices from those of exact: mean / largest, in millimetres"),
    ("shift px", "The same distance in the photo: mean / largest, in pixels"),
    ("2D px", "Median distance of the body's joints from the annotated 2D joints, in pixels"),
    ("3D mm", "Median distance of the body's joints from the annotated 3D joints, in millimetres"),
)
_WAY_HEADINGS = (
    ("px", "How far the body lies from the exact one in the photos, in pixels: mean over cameras"),
    ("mm", "The same distance in space, in millimetres"),
    ("3D mm", "How far the body's joints are from the measured 3D joints, in millimetres"),
)
TITLES: dict[ExtrinsicMode, str] = {
    "raw": "As they are (raw)",
    "paper": "As in the paper, Eq. 5-6",
    "exact": "Exact",
}
SHORT: dict[ExtrinsicMode, str] = {
    "raw": "no extrinsics",
    "paper": "T* = R T + t",
    "exact": "T* = R (T + J0) + t − J0",
}
_FAR_PX = 5000.0
"""Beyond this a vertex is nowhere near the picture, and its distance says nothing."""


class ExtrinsicsTab(TabPage):
    """Signals out: `mode_chosen(mode)` and `outlines_chosen(modes)`; `apply` shows a frame."""

    mode_chosen = Signal(str)
    outlines_chosen = Signal(frozenset)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.modes, self.steps = WayTable(), Steps()
        self.modes.mode_chosen.connect(self.mode_chosen)
        self.modes.outlines_chosen.connect(self.outlines_chosen)
        self.people = QVBoxLayout()
        self.people.setSpacing(self.column.spacing())
        self.column.addWidget(self.modes)
        self.column.addWidget(self.steps)
        self.column.addLayout(self.people)
        self.column.addStretch(1)
        self.show_frame(ExtrinsicsFrame())

    def apply(self, old: CamerasFrame, new: CamerasFrame) -> None:
        """Show a frame's tables."""
        if not same(old.extrinsics, new.extrinsics):
            self.show_frame(new.extrinsics, rebuild=_numbers(old) != _numbers(new))

    def show_frame(self, frame: ExtrinsicsFrame, *, rebuild: bool = True) -> None:
        """Show tables, chosen mode and outlines, or why there are none."""
        self.show_words(frame.words)
        self.modes.show_choice(frame)
        self.steps.show_frame(frame)
        if rebuild:
            emptied(self.people)
            for person in frame.people:
                self.people.addWidget(person_section(person, frame.record))


def _numbers(frame: CamerasFrame) -> tuple[object, ...]:
    return frame.extrinsics.people, frame.extrinsics.record


class WayTable(Section):
    """Raw, paper and exact with formulas, px and mm: which one bodies have, and whose outlines are drawn."""

    mode_chosen = Signal(str)
    outlines_chosen = Signal(frozenset)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("World to camera", parent)
        self.bodies = {mode: QRadioButton(title) for mode, title in TITLES.items()}
        self.lines = {mode: EyeButton(f"Outlines of {mode} on the photos") for mode in MODES}
        self.px = {mode: number("") for mode in MODES}
        self.mm = {mode: number("") for mode in MODES}
        self.joints = {mode: number("") for mode in MODES}
        self.all_lines = QPushButton("All outlines")
        self.all_lines.setCheckable(True)
        self.all_lines.setToolTip("Draw the outline of every mode on every photo of the moment")
        self.all_lines.clicked.connect(lambda on: self.outlines_chosen.emit(frozenset(MODES if on else ())))
        self.head.addWidget(self.all_lines)
        group, grid = QButtonGroup(self), QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for column, (title, tip) in enumerate(_WAY_HEADINGS, 1):
            label = number(title, quiet=True)
            label.setToolTip(plain_tip(tip))
            grid.addWidget(label, 0, column)
        for place, mode in enumerate(MODES):
            group.addButton(self.bodies[mode])
            self._add(grid, 2 * place + 1, mode)
        self.rows.addLayout(grid)

    def show_choice(self, frame: ExtrinsicsFrame) -> None:
        """Show what is drawn and how far it is off, without telling anybody."""
        for mode in MODES:
            self.bodies[mode].setChecked(mode == frame.drawn)
            self.lines[mode].set_open(mode in frame.outlined)
        self.all_lines.setChecked(frame.outlined == frozenset(MODES))
        for way in frame.ways:
            for label, words, better in (
                (self.px[way.mode], _off(way.px), way.px <= ALIKE_PX),
                (self.mm[way.mode], _amount(way.mm), way.px <= ALIKE_PX),
                (self.joints[way.mode], _amount(way.joints_mm), way.fits),
            ):
                label.setText(words)
                mark_tone(label, better=better)

    def _add(self, grid: QGridLayout, line: int, mode: ExtrinsicMode) -> None:
        body, outline = self.bodies[mode], self.lines[mode]
        body.setToolTip(plain_tip(f"Draw the bodies on the photos through {mode}: {FORMULAS[mode]}"))
        formula = quiet_label(SHORT[mode])
        formula.setContentsMargins(24, 0, 0, 4)
        grid.addWidget(body, line, 0)
        grid.addWidget(formula, line + 1, 0)
        numbers = (self.px[mode], self.mm[mode], self.joints[mode])
        for column, cell in enumerate((*numbers, outline, LineSample(STYLES[mode])), 1):
            grid.addWidget(cell, line, column)
        body.clicked.connect(lambda _on: self.mode_chosen.emit(mode))
        outline.toggled.connect(lambda _on: self.outlines_chosen.emit(self._open()))

    def _open(self) -> frozenset[str]:
        return frozenset(mode for mode, eye in self.lines.items() if eye.isChecked())


class Steps(Section):
    """What the paper's form does here, and what to do: use exact, check every photo, write a report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.about, self.why = heading(""), quiet_label("", wrap=True)
        self.about.setWordWrap(True)
        self.use_exact, self.check = QPushButton("Use exact"), QPushButton("Check all photos")
        self.report = QPushButton("Report…")
        self.use_exact.setProperty("primary", True)
        self.use_exact.setToolTip("For what you see and what you export; nothing on disk is changed")
        self.check.setToolTip("Every sequence in every camera, and what is wrong with the set")
        self.report.setToolTip("Check the whole set and write what is found, sequence by sequence, as a page")
        row = QHBoxLayout()
        for button in (self.use_exact, self.check, self.report):
            row.addWidget(button)
        row.addStretch(1)
        self.rows.addWidget(self.about)
        self.rows.addWidget(self.why)
        self.rows.addLayout(row)

    def show_frame(self, frame: ExtrinsicsFrame) -> None:
        """Show what is said of this body."""
        about, why = frame.about
        self.about.setText(about)
        self.why.setText(why)
        for label in (self.about, self.why):
            label.setVisible(bool(label.text()))
        self.use_exact.setEnabled(frame.drawn != "exact")
        self.check.setText(f"Check all {frame.photos:,} photos")


def person_section(person: PersonModesFrame, record: str) -> Section:
    """One person's table, and what it means in a sentence."""
    section = Section()
    head = QHBoxLayout()
    head.setSpacing(8)
    head.addWidget(Dot(person.color))
    title = PlainLabel(person.title)
    title.setProperty("heading", True)
    head.addWidget(title)
    head.addStretch(1)
    head.addWidget(quiet_label(record))
    section.rows.addLayout(head)
    section.rows.addWidget(_table(person))
    section.rows.addWidget(wrapped(person.modes.sentence))
    return section


def _table(person: PersonModesFrame) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(6)
    grid.setVerticalSpacing(2)
    for column, (text, tip) in enumerate(_HEADINGS):
        label = number(text, quiet=True)
        label.setToolTip(plain_tip(tip))
        label.setContentsMargins(0, 0, 6, 0)
        grid.addWidget(label, 0, column)
        grid.setColumnStretch(column, 0 if column else 1)
    for line, row in enumerate(person.modes.rows, start=1):
        if row.best:
            grid.addWidget(_best_mark(), line, 0, 1, len(_HEADINGS))
        for column, cell in enumerate(_cells(row)):
            grid.addWidget(cell, line, column)
    return table


def _best_mark() -> QFrame:
    """The field behind the row that explains the joints best."""
    mark = QFrame()
    mark.setProperty("best", True)
    mark.setToolTip("This mode explains the annotated joints best")
    return mark


def _cells(row: ModeRow) -> list[QWidget]:
    name = PlainLabel(f"{row.mode}  ✓" if row.best else row.mode)
    name.setContentsMargins(6, 3, 0, 3)
    name.setToolTip(FORMULAS[row.mode])
    font = name.font()
    font.setBold(row.best)
    name.setFont(font)
    texts = (
        f"{_amount(row.shift_mm[0])} / {_amount(row.shift_mm[1])}",
        f"{_pixels(row.shift_px[0])} / {_pixels(row.shift_px[1])}",
        _pixels(row.joints_px),
        _amount(row.joints_mm),
    )
    cells: list[QWidget] = [name]
    for text in texts:
        label = number(text, strong=row.best)
        label.setContentsMargins(0, 0, 6, 0)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        cells.append(label)
    return cells


def _pixels(value: float) -> str:
    return "far" if value > _FAR_PX else _amount(value)


def _amount(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def _off(px: float) -> str:
    return f"{px:.1f}" if px < 9.95 else f"{px:.0f}" if math.isfinite(px) else "not in it"
