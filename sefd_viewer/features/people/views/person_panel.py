"""The person in view while methods are compared: two methods, the sentence, annotation, tags, note."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.people.model import CaseFrame, PaneFrame, PeopleFrame
from sefd_viewer.features.people.views.head import ghost
from sefd_viewer.features.people.work import PORTRAIT
from sefd_viewer.gui.controls import Dot
from sefd_viewer.gui.flow_layout import FlowLayout
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, grown, plain_tip
from sefd_viewer.gui.person_bar import KeyButton
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.strip_list import difference_words
from sefd_viewer.gui.theme import current_colors

STATES = (("good", "Good", "G"), ("bad", "Bad", "B"), ("unsure", "Unsure", "U"))


class BodyPicture(SafeOverrides, QWidget):
    """A person cut out of the photo with a body, and the truth as a dashed outline.

    Signal out: `reshaped(share)`: the width as a share of the height, when that changed.
    """

    reshaped = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._pixmap: QPixmap | None = None
        self._outlines: tuple[QPolygonF, ...] = ()
        self._words, self._of = "", None  # type: tuple[str, object]
        self._share = PORTRAIT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 100)

    def show_pane(self, pane: PaneFrame | None) -> None:
        """Show a method's picture, or words why there is none."""
        picture = pane.picture if pane is not None else None
        self._words = pane.words if pane is not None else ""
        if picture is not self._of:
            self._of = picture
            self._pixmap = rgb_pixmap(picture.image) if picture is not None else None
            lines = picture.outlines if picture is not None else ()
            self._outlines = tuple(
                QPolygonF([QPointF(*point) for point in np.asarray(one).tolist()]) for one in lines
            )
        self.update()

    def sizeHint(self) -> QSize:
        """The shape of the pictures."""
        return QSize(180, round(180 / PORTRAIT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for pictures of another shape, in steps: there are few of each person."""
        super().resizeEvent(event)
        share = min(max(round(20 * self.width() / max(self.height(), 1)) / 20, 0.3), 1.5)
        if share != self._share:
            self._share = share
            self.reshaped.emit(share)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, outline and words."""
        painter, colors = QPainter(self), current_colors()
        painter.fillRect(self.rect(), QColor(colors.deep))
        if self._pixmap is not None:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            scale = min(self.width() / self._pixmap.width(), self.height() / self._pixmap.height())
            size = QSize(round(self._pixmap.width() * scale), round(self._pixmap.height() * scale))
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawPixmap(
                QRectF(left, top, size.width(), size.height()), self._pixmap, QRectF(self._pixmap.rect())
            )
            painter.translate(left, top)
            painter.scale(scale, scale)
            pen = QPen(QColor("white"), 2, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            for outline in self._outlines:
                painter.drawPolygon(outline)
            painter.resetTransform()
        if self._words:
            painter.setPen(QColor(colors.quiet))
            flags = int(
                Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap
            )
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self._words)
        painter.end()


UNIT_FROM, APART_FROM, STEP = 150, 105, 13
"""Pixels besides its name that a method's line needs to tell the unit, and the difference; and of its buttons
(of usual text)."""


class MethodPane(SafeOverrides, QWidget):
    """A method's name and error over its picture; signal out: `stepped(-1 or 1)` to another method."""

    stepped = Signal(int)

    def __init__(self, *, steps: bool) -> None:
        super().__init__()
        self._dot, self.title, self.error = Dot((0, 0, 0)), ElidedLabel(), PlainLabel()
        self.title.setProperty("quiet", False)
        self.title.setProperty("heading", True)
        self.apart = QLabel()
        self.apart.setObjectName("pane_change")
        self.picture, self._error = BodyPicture(), ""
        head = QHBoxLayout()
        head.setContentsMargins(10, 0, 8, 0)
        head.setSpacing(6)
        head.addWidget(self._dot)
        head.addWidget(self.title, 1)
        self.steps: list[QToolButton] = []
        if steps:
            for words, step, tip in (("‹", -1, "Last method"), ("›", 1, "Next method")):
                button = QToolButton()
                button.setText(words)
                button.setToolTip(tip)
                button.setAccessibleName(tip)
                button.setStyleSheet("QToolButton { padding: 0; }")
                button.clicked.connect(lambda _on, step=step: self.stepped.emit(step))
                head.addWidget(button)
                self.steps.append(button)
        head.addWidget(self.error)
        head.addWidget(self.apart, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QWidget()
        line.setLayout(head)
        line.setMinimumHeight(34)
        line.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column.addWidget(line)
        column.addWidget(self.picture, 1)

    def apply(self, pane: PaneFrame | None) -> None:
        """Show a method."""
        self.setVisible(pane is not None)
        self.picture.show_pane(pane)
        if pane is None:
            return
        self._dot.set_color(pane.color)
        self.title.setText(pane.title)
        known = math.isfinite(pane.error_mm)
        self._error = f"{pane.error_mm:.0f}" if known else ""
        self.error.setToolTip("Mean error of the joints, mm")
        apart = pane.difference_mm
        sure = math.isfinite(apart) and abs(apart) >= 0.5
        words = difference_words(apart)
        self.apart.setText(words)
        self.apart.setVisible(bool(words))
        self._fit()
        self.apart.setProperty("tone", "equal" if not sure else "worse" if apart > 0 else "better")
        self.apart.style().unpolish(self.apart)
        self.apart.style().polish(self.apart)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the unit where there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The unit gives way to the method's name."""
        name = self.title.fontMetrics().horizontalAdvance(self.title.text())
        apart = self.apart.sizeHint().width() if self.apart.text() else 0
        roomy = self.width() - name > grown(self, UNIT_FROM) + apart
        self.error.setText(f"{self._error} mm" if self._error and roomy else self._error)
        for button in self.steps:
            button.setFixedWidth(grown(self, STEP))
        tight = self.width() - name < grown(self, APART_FROM)
        self.apart.setVisible(bool(self.apart.text()) and not tight)
        self.title.setToolTip(plain_tip(" ".join((self.title.text(), self._error, self.apart.text()))))


class PersonPanel(QWidget):
    """Signals out: `inspect_wanted`, `method_stepped(step)`, `judged(state)`, `tag_wanted`, `tag_taken(tag)`,
    `note_changed(text)`, `reshaped(share)` of the pictures.
    """

    inspect_wanted = Signal()
    method_stepped = Signal(int)
    judged = Signal(str)
    tag_wanted = Signal()
    tag_taken = Signal(str)
    note_changed = Signal(str)
    reshaped = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.place = PlainLabel(), ElidedLabel()
        self.name.setProperty("heading", True)
        self.name.setProperty("type", "lead")
        self.inspect = ghost("Inspect ⏎", "Show this person with all methods (Enter)")
        self.panes = (MethodPane(steps=False), MethodPane(steps=True))
        self.sentence, self.details = PlainLabel(wordWrap=True), PlainLabel(wordWrap=True)
        self.sentence.setProperty("heading", True)
        self.details.setProperty("quiet", True)
        self.states = {state: KeyButton(title, key) for state, title, key in STATES}
        self.tag = KeyButton("+ tag", "T")
        self.note = QLineEdit(placeholderText="why does it fail?")
        self.note.setAccessibleName("Note")
        self._tags, self._flow = QWidget(), FlowLayout(gap=5)
        self._shown_tags: tuple[str, ...] | None = None
        self._lay_out()
        self._connect()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's person."""
        case = new.case
        self.setEnabled(case is not None)
        for place, pane in enumerate(self.panes):
            pane.apply(new.panes[place] if place < len(new.panes) else None)
        if case is None:
            return
        self.name.setText(case.name)
        self.place.setText(case.place)
        self.place.setToolTip(plain_tip(case.key[0]))
        self._show_sentence(case)
        for state, button in self.states.items():
            button.setCheckable(True)
            button.setChecked(case.state == state)
        self._show_tags(case.tags)
        same = old.case is not None and old.case.key == case.key
        if not same or not self.note.hasFocus():
            self.note.setText(case.note)

    # ---- inside

    def _show_sentence(self, case: CaseFrame) -> None:
        first, _, rest = case.sentence.partition("\n")
        self.sentence.setText(first)
        self.details.setText(rest.replace("\n", " "))
        self.sentence.setVisible(bool(first))
        self.details.setVisible(bool(rest))
        for name in ("worse", "better"):
            if self.sentence.property(name) != (case.tone == name):
                self.sentence.setProperty(name, case.tone == name)
                self.sentence.style().unpolish(self.sentence)
                self.sentence.style().polish(self.sentence)

    def _show_tags(self, tags: tuple[str, ...]) -> None:
        if tags == self._shown_tags:
            return
        self._shown_tags = tags
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.tag:
                widget.hide()
                widget.deleteLater()
        for tag in tags:
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setText(f"{tag} ×")
            chip.setToolTip(plain_tip(f"Remove the tag {tag}"))
            chip.clicked.connect(lambda _on, tag=tag: self.tag_taken.emit(tag))
            self._flow.addWidget(chip)
        self._flow.addWidget(self.tag)

    def _connect(self) -> None:
        self.inspect.clicked.connect(self.inspect_wanted)
        self.panes[1].stepped.connect(self.method_stepped)
        # Queued: a picture learns its shape amid a layout, and what another frame shows or hides there
        # would be put back where that layout, begun before, meant it to stand.
        self.panes[1].picture.reshaped.connect(self.reshaped, Qt.ConnectionType.QueuedConnection)
        for state, button in self.states.items():
            button.clicked.connect(lambda _on, state=state: self.judged.emit(state))
        self.tag.clicked.connect(self.tag_wanted)
        self.note.editingFinished.connect(lambda: self.note_changed.emit(self.note.text().strip()))
        self.note.returnPressed.connect(self.note.clearFocus)

    def _lay_out(self) -> None:
        head, pair = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.name)
        head.addWidget(self.place, 1)
        head.addWidget(self.inspect)
        pair.setSpacing(1)
        for pane in self.panes:
            pair.addWidget(pane, 1)
        self._tags.setLayout(self._flow)
        below = QVBoxLayout()
        below.setContentsMargins(12, 8, 12, 8)
        below.setSpacing(8)
        below.addWidget(self.sentence)
        below.addWidget(self.details)
        below.addLayout(_labelled("Annotation", *self.states.values()))
        tags = QHBoxLayout()
        tags.addWidget(ColumnLabel("Tags"))
        tags.addWidget(self._tags, 1)
        below.addLayout(tags)
        note = QHBoxLayout()
        note.addWidget(ColumnLabel("Note"))
        note.addWidget(self.note, 1)
        below.addLayout(note)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(pair, 1)
        column.addLayout(below)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self.setMinimumWidth(280)


class ColumnLabel(SafeOverrides, PlainLabel):
    """Words at the left of a line, all such equally wide."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.setProperty("quiet", True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """As wide as the longest of them."""
        wide = self.fontMetrics().horizontalAdvance("Annotation") + 8
        return QSize(wide, super().sizeHint().height())


def _labelled(words: str, *widgets: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(ColumnLabel(words))
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
