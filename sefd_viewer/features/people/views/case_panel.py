"""The person under check, large: the annotation on the photo and from the side, findings, the verdict."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
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

from sefd_viewer.features.people.case import HistoryFrame
from sefd_viewer.features.people.model import CaseFrame, PaneFrame, PeopleFrame
from sefd_viewer.features.people.service import REASONS_WITH_KEYS, reasons
from sefd_viewer.features.people.views.head import ghost
from sefd_viewer.features.people.views.person_panel import BodyPicture
from sefd_viewer.features.people.views.verdict_signs import COLORS, TITLES
from sefd_viewer.gui.flow_layout import FlowLayout
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, grown, plain_tip
from sefd_viewer.gui.layers import LayerImage
from sefd_viewer.gui.photo_view import PhotoView, mark
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

LAYERS = {"mesh": "Body", "poses": "2D joints", "boxes": "Box"}
KEYS = {"good": "G", "bad": "B", "unsure": "U", "fixed": "X"}
AROUND = 0.2
"""How much of the photo is shown around the person, as a share of the box."""
MORE = "More…"
SIDE, LEAST_PHOTO, ONE_LINE = 190, 230, 520
"""Heights (px) of the view from the side, and of the photo where there is little room; the width (px of
usual text) from which the head is one line.
"""


class CasePanel(SafeOverrides, QWidget):
    """Signals out: `layer_switched(id, on)`, `inspect_wanted`, `judged(state)`, `issues_changed(tuple)`,
    `note_changed(text)`, `next_wanted`, `go_on_changed(on)`.
    """

    layer_switched = Signal(str, bool)
    inspect_wanted = Signal()
    judged = Signal(str)
    issues_changed = Signal(tuple)
    note_changed = Signal(str)
    next_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.name, self.place, self.about = PlainLabel(), ElidedLabel(wants=True), ElidedLabel()
        self.name.setProperty("heading", True)
        self.name.setProperty("type", "lead")
        self.place.setProperty("heading", True)
        self.layers = {id: QCheckBox(title) for id, title in LAYERS.items()}
        self.inspect = ghost("Inspect ⏎", "Show this person with all methods")
        self.photo, self.side = PhotoView(), BodyPicture()
        self.photo.cover.set_caption("annotated bodies on the photo")
        self.notes = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.states = {state: self._button(state) for state in COLORS}
        self.chips: dict[str, QToolButton] = {}
        self._reasons, self._all = FlowLayout(gap=5), False
        self.note = QLineEdit(placeholderText="Note")
        self.note.setAccessibleName("Note")
        self.save = QPushButton("Save, next  ⏎")
        self.save.setProperty("primary", True)
        self.save.setToolTip("Keep the note and go to the next person without a verdict")
        self.old = PlainLabel(wordWrap=True)
        self.old.setProperty("problem", True)
        self._lay_out()
        self._connect()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's person."""
        self._frame = new
        case = new.case
        self.setEnabled(case is not None)
        self._show_photo(old, new)
        self.side.show_pane(PaneFrame("truth", "", (0, 0, 0), picture=new.side))
        for id, box in self.layers.items():
            box.blockSignals(True)
            box.setChecked(id in new.state.layers)
            box.blockSignals(False)
        if not self.chips and case is not None:
            self._add_reasons()
        if case is None:
            return
        self.name.setText(case.name)
        self.place.setText(case.place)
        self.about.setText(new.dataset.name if new.dataset is not None else "")
        self.name.setToolTip(plain_tip(case.key[0]))
        for state, button in self.states.items():
            button.setChecked(case.state == state)
        for id, chip in self.chips.items():
            chip.setChecked(id in case.issues)
        same = old.case is not None and old.case.key == case.key
        if not same or not (self.note.hasFocus() or self.note.isModified()):
            self.note.setText(case.note)
        changed = f": {case.facts.changed} changed" if case.facts is not None and case.facts.changed else ""
        self.old.setText(f"This verdict is about another annotation{changed}." if case.old else "")
        self.old.setVisible(case.old)
        self.notes.setText(notes_html(case, new))

    def changeEvent(self, event: QEvent) -> None:
        """Write in the colours of the new palette; Qt also tells while the parts are being made."""
        super().changeEvent(event)
        text = event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if text and hasattr(self, "_form_lines"):
            self._follow_text()
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_frame", None) is not None:
            case = self._frame.case
            if case is not None:
                self.notes.setText(notes_html(case, self._frame))

    def _follow_text(self) -> None:
        self._beside.setFixedWidth(grown(self, 206))
        self.side.setFixedHeight(SIDE)
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have two lines above the photo where one is too short."""
        super().resizeEvent(event)
        one, two = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._head.setDirection(one if self.width() >= grown(self, ONE_LINE) else two)

    def frame_person(self) -> None:
        """Bring the person near, or show the whole photo where nobody knows where they are."""
        frame = self._frame
        box = frame.table.box(frame.case.row) if frame.table is not None and frame.case is not None else None
        image = frame.scene.image if frame.scene is not None else None
        if image is None or frame.case is None or frame.scene is None:
            return
        if box is None or frame.scene.record.key != frame.case.key[0]:
            self.photo.fit()
            return
        size = (image.shape[1], image.shape[0])
        self.photo.keep_framed(lambda view: around(box, size, view))

    # ---- inside

    def _show_photo(self, old: PeopleFrame, new: PeopleFrame) -> None:
        image = new.scene.image if new.scene is not None else None
        self.photo.set_image(image)
        if new.overlay is not None:
            self.photo.set_layer("bodies", LayerImage(new.overlay.data, z=2))
        else:
            self.photo.remove_layer("bodies")
        self.photo.set_marks([mark(one) for one in new.marks])
        before = old.case.key if old.case is not None else None
        now = new.case.key if new.case is not None else None
        if before != now or old.scene is not new.scene:
            self.frame_person()

    def _button(self, state: str) -> QPushButton:
        button = QPushButton(f"{TITLES[state]}   {KEYS[state]}")
        button.setCheckable(True)
        button.setToolTip(f"{TITLES[state]} ({KEYS[state]})")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        color = COLORS[state]
        button.setStyleSheet(
            f"QPushButton {{ background: transparent; border: 1px solid {color}; color: {color};"
            " padding: 6px 4px; font-weight: 600; }"
            f"QPushButton:checked {{ background: {color}; color: white; }}"
            f"QPushButton:focus {{ border: 2px solid {color}; }}"
        )
        button.clicked.connect(lambda _on: self._judge(state))
        return button

    def _judge(self, state: str) -> None:
        case = self._frame.case
        self.states[state].setChecked(case is not None and case.state == state)
        self.judged.emit(state)

    def _add_reasons(self) -> None:
        from sefd_viewer.judgements import ISSUE_KINDS

        for place, id in enumerate(reasons()):
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setText(ISSUE_KINDS[id] + (f"  {place + 1}" if place < REASONS_WITH_KEYS else ""))
            chip.clicked.connect(self._reasons_clicked)
            self.chips[id] = chip
            self._reasons.addWidget(chip)
            chip.setVisible(place < REASONS_WITH_KEYS)
        self.more = QToolButton()
        self.more.setObjectName("chip")
        self.more.setText(MORE)
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_all)
        self._reasons.addWidget(self.more)

    def _show_all(self, on: bool) -> None:
        for place, chip in enumerate(self.chips.values()):
            chip.setVisible(on or place < REASONS_WITH_KEYS or chip.isChecked())
        self.more.setText("Fewer" if on else MORE)

    def _reasons_clicked(self) -> None:
        self.issues_changed.emit(tuple(id for id, chip in self.chips.items() if chip.isChecked()))

    def _note_finished(self) -> None:
        self.note.setModified(False)
        self.note_changed.emit(self.note.text().strip())

    def _save(self) -> None:
        if self.note.isModified():
            self._note_finished()
        self.note.clearFocus()
        self.next_wanted.emit()

    def _connect(self) -> None:
        for id, box in self.layers.items():
            box.toggled.connect(lambda on, id=id: self.layer_switched.emit(id, on))
        self.inspect.clicked.connect(self.inspect_wanted)
        self.note.editingFinished.connect(self._note_finished)
        self.note.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)

    def _lay_out(self) -> None:
        self._head, who, shown = QBoxLayout(QBoxLayout.Direction.LeftToRight), QHBoxLayout(), QHBoxLayout()
        self._head.setContentsMargins(12, 7, 12, 7)
        self._head.setSpacing(8)
        who.addWidget(self.name)
        who.addWidget(self.place)
        who.addWidget(self.about, 1)
        for box in self.layers.values():
            shown.addWidget(box)
        shown.addStretch(0)
        shown.addWidget(self.inspect)
        self._head.addLayout(who, 1)
        self._head.addLayout(shown)
        self.photo.setAccessibleName("The annotation on the photo")
        self.side.setAccessibleName("The bodies from the side, the camera at the left")
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.notes.setContentsMargins(10, 8, 10, 8)
        area.setWidget(self.notes)
        self._beside = QWidget()
        column = QVBoxLayout(self._beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.side)
        column.addWidget(area, 1)
        pictures = QHBoxLayout()
        pictures.setSpacing(1)
        pictures.addWidget(self.photo, 1)
        pictures.addWidget(self._beside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._head)
        whole.addLayout(pictures, 1)
        self._form_lines = self._form()
        whole.addLayout(self._form_lines)
        self._follow_text()

    def _form(self) -> QVBoxLayout:
        form, buttons, last = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        form.setContentsMargins(12, 10, 12, 10)
        form.setSpacing(8)
        buttons.setSpacing(8)
        for button in self.states.values():
            buttons.addWidget(button)
        last.addWidget(self.note, 1)
        last.addWidget(self.save)
        form.addWidget(self.old)
        form.addLayout(buttons)
        form.addLayout(self._reasons)
        form.addLayout(last)
        return form

    def minimumSizeHint(self) -> QSize:
        """Room for the photo and what stands beside it."""
        form = self._form_lines.minimumHeightForWidth(max(self.width(), grown(self, 380)) - 24)
        return QSize(grown(self, 380), self._head.sizeHint().height() + LEAST_PHOTO + form)


def notes_html(case: CaseFrame, frame: PeopleFrame) -> str:
    """Findings in two sentences each, who differs, who is missing, verdicts so far, where they are kept."""
    colors, facts = current_colors(), case.facts
    quiet = f'style="color:{colors.quiet}"'
    parts = []
    for one in facts.findings if facts is not None else ():
        title = f'<b style="color:{colors.worse}">{escape(one.title)}</b>'
        parts.append(
            f"<p>{title}<br>{_breakable(one.sentence)} <span {quiet}>{escape(one.numbers)}</span></p>"
        )
    if case.findings_note:
        parts.append(f"<p {quiet}>{escape(case.findings_note)}</p>")
    if case.says:
        words = ", ".join(f"{name} {state}" for name, state in case.says)
        parts.append(f"<p><b>Reviewers disagree</b><br>{escape(words)}</p>")
    if facts is not None and facts.missing:
        missing = "<br>".join(_breakable(one[:1].upper() + one[1:]) for one in facts.missing)
        parts.append(f"<p><b>Not shown here</b><br>{missing}</p>")
    if facts is not None and facts.history:
        parts.append("<p><b>Verdicts so far</b></p>" + "".join(_verdict(one, quiet) for one in facts.history))
    place = frame.place_problem or frame.place
    parts.append(f"<p {quiet}>{_breakable(place)}</p>")
    return "".join(parts)


def _verdict(one: HistoryFrame, quiet: str) -> str:
    color = COLORS.get(one.state, current_colors().faint)
    words = f" · {escape(one.words)}" if one.words else ""
    title = f'<span style="color:{color}">●</span> {TITLES.get(one.state, one.state)}{words}'
    return f"<p>{title}<br><span {quiet}>{escape(one.when)}</span></p>"


def _breakable(words: str) -> str:
    """Words as HTML whose long file names may break at each underscore and slash."""
    return escape(words).replace("_", "_&#8203;").replace("/", "/&#8203;")


def around(
    box_xywh: tuple[float, float, float, float], image: tuple[int, int], view: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The part of an image (left, top, right, bottom) that shows a box in a view, without its surroundings.

    It has the view's shape and lies inside the image as far as it can; sizes are (width, height).
    """
    x, y, width, height = box_xywh
    margin = AROUND * max(width, height)
    wanted = width + 2 * margin, height + 2 * margin
    scale = min(max(view[0], 1) / wanted[0], max(view[1], 1) / wanted[1])
    edges = []
    for middle, size, room in ((x + width / 2, image[0], view[0]), (y + height / 2, image[1], view[1])):
        half = room / scale / 2
        centre = size / 2 if 2 * half >= size else min(max(middle, half), size - half)
        edges.append((centre - half - 0.5, centre + half - 0.5))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]
