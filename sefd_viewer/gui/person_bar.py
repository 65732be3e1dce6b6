"""Above the stage: who is selected and where, what happened to them in a sentence, and what one can do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.person_frames import PersonBarFrame
from sefd_viewer.gui.controls import line, quiet_label
from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import PlainLabel, grown, plain_tip
from sefd_viewer.gui.photo_inset import PhotoInset
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.sentence_view import SentenceView

HEIGHT, LOW, LINES, LOW_WINDOW = 96, 84, 4, 820
"""Pixels, in a usual window and in one below the last, and the lines of text that fit."""
MARGIN = 6
MOST_OTHERS, MOST_VIEWS = 3, 6
"""Chips side by side; the rest is in a menu."""
FOLDED_FROM, STORY_FROM, SHORT_FROM, PLACE_FROM = 860, 1040, 1180, 1400
"""Widths (px of usual text) below which buttons are in a menu, and there are fewer words."""
DECISIONS = (("good", "Good", "G"), ("bad", "Bad", "B"), ("unsure", "Unsure", "U"))


class PersonBar(SafeOverrides, QWidget):
    """Signals out: `person_chosen(key)`, `record_chosen(key)`, `stepped(-1 or 1)` through the photos,
    `decided(state)`, `tag_wanted`, `story_wanted`, `explain_wanted`, `followed(lead)` of the sentence,
    `panned(dx, dy)` and `pixel_clicked(x, y)` of the inset; `apply` shows a frame.
    """

    person_chosen = Signal(str)
    record_chosen = Signal(str)
    stepped = Signal(int)
    decided = Signal(str)
    tag_wanted = Signal()
    story_wanted = Signal()
    explain_wanted = Signal()
    followed = Signal(str)
    panned = Signal(float, float)
    pixel_clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_bar")
        self._frame = PersonBarFrame()
        self.inset, self.sentence = PhotoInset(), SentenceView()
        self.name, self.photo, self.place = PlainLabel(), PlainLabel(), quiet_label()
        self.previous, self.next = _arrow("Previous photo (A)"), _arrow("Next photo (D)")
        self.others = Chips(MOST_OTHERS, "Others in this photo")
        self.views = Chips(MOST_VIEWS, "Same moment")
        self._same, self.left_out = quiet_label("Same moment"), quiet_label()
        self.decisions = {state: KeyButton(words, key) for state, words, key in DECISIONS}
        self.tag, self.story = KeyButton("Tag…", "T"), KeyButton("Add to story")
        self.explain = KeyButton("Explain this →")
        self.annotation, self.more = quiet_label("Annotation"), QToolButton()
        self._build()
        self._connect()
        self._window_height = LOW_WINDOW
        self.sentence.reshaped.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        self.set_height(LOW_WINDOW)

    def set_height(self, height: int) -> None:
        """Be less high in a low window, given its height in pixels; grow with the text."""
        self._window_height = height
        self._fit()

    def _fit(self) -> None:
        """As high as the window allows, and as the sentence needs where it is short of room."""
        least = LINES * self.fontMetrics().height() + 16
        usual = LOW if self._window_height < LOW_WINDOW else HEIGHT
        self.setFixedHeight(max(usual, least, self.sentence.needed + 2 * MARGIN))

    def apply(self, _old: PersonBarFrame, new: PersonBarFrame) -> None:
        """Show a frame."""
        self._frame = new
        self.inset.apply(new)
        self.name.setText(new.name)
        self.photo.setText(new.photo)
        self.place.setText(new.place)
        self.others.show_chips(
            [(one.key, one.title, one.title) for one in new.people if one.key != new.person]
        )
        self.views.show_chips([(one.record, one.label, one.title) for one in new.views], new.record)
        self._same.setVisible(bool(new.views))
        self.left_out.setText(f"{len(new.left_out)} left out" if new.left_out else "")
        self.left_out.setToolTip(plain_tip("\n".join(new.left_out)))
        self.left_out.setAccessibleDescription("\n".join(new.left_out))
        self.previous.setEnabled(new.has_previous)
        self.next.setEnabled(new.has_next)
        self.sentence.show_account(new.account)
        for state, button in self.decisions.items():
            button.setChecked(state == new.decision)
        for button in (self.story, self.explain):
            button.setEnabled(new.person is not None)
        tags = ", ".join(new.tags)
        self.tag.setToolTip(plain_tip(f"Tags: {tags}" if tags else "Give this person a tag (T)"))
        self.tag.set_words(f"Tag ({len(new.tags)})…" if new.tags else "Tag…")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._leave_out()

    def _leave_out(self) -> None:
        def has_room(wide: int) -> bool:
            return self.width() >= grown(self, wide)

        folded = not has_room(FOLDED_FROM)
        self.place.setVisible(has_room(PLACE_FROM))
        self.annotation.setVisible(has_room(SHORT_FROM))
        for button in (*self.decisions.values(), self.tag, self.explain):
            button.setVisible(not folded)
        self.story.setVisible(has_room(STORY_FROM))
        self.more.setVisible(not has_room(STORY_FROM))
        self.more.setText("Judge ▾" if folded else "▾")

    def minimumSizeHint(self) -> QSize:
        """As narrow as the window wants: the sentence gives way."""
        return QSize(640, self.height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        text = event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if text and hasattr(self, "_window_height"):
            self._leave_out()
            self._fit()
        if event.type() == QEvent.Type.PaletteChange:
            self._refresh_icons()

    # ---- inside

    def _build(self) -> None:
        self.name.setProperty("type", "page")
        self.photo.setProperty("heading", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, MARGIN, 12, MARGIN)
        row.setSpacing(14)
        row.addWidget(self.inset)
        row.addLayout(self._who())
        row.addWidget(line(vertical=True))
        row.addWidget(self.sentence, 1)
        row.addLayout(self._buttons())
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        self._refresh_icons()

    def _who(self) -> QVBoxLayout:
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addLayout(_line(self.name, self.others, self.left_out, gap=10))
        lines.addLayout(_line(self.previous, self.photo, self.next, self.place, gap=6))
        lines.addLayout(_line(self._same, self.views, gap=10))
        return lines

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        above = _line(self.annotation, *self.decisions.values(), gap=6, right=True)
        below = _line(self.tag, self.story, self.explain, gap=6, right=True)
        grid.addLayout(above, 0, 0)
        grid.addLayout(below, 1, 0)
        for state, words, key in DECISIONS:
            self.decisions[state].setCheckable(True)
            self.decisions[state].setToolTip(f"The annotation is {words.lower()} ({key})")
            self.decisions[state].setAccessibleName(f"Annotation {words.lower()}")
        self.more.setObjectName("chip")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setAccessibleName("Annotation, tags, story, explaining")
        self.more.setToolTip("What you think of the annotation, tags, story, why it is so")
        self.more.setMenu(QMenu(self.more))
        self.story.setToolTip("Keep this person and this view for presenting")
        self.explain.setToolTip("Why: features, hidden joints, trials")
        return grid

    def _connect(self) -> None:
        self.others.chosen.connect(self.person_chosen)
        self.views.chosen.connect(self.record_chosen)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        for state, button in self.decisions.items():
            button.clicked.connect(lambda _on, state=state: self._decide(state))
        self.more.menu().aboutToShow.connect(self._fill_more)
        self.tag.clicked.connect(self.tag_wanted)
        self.story.clicked.connect(self.story_wanted)
        self.explain.clicked.connect(self.explain_wanted)
        self.sentence.followed.connect(self.followed)
        self.inset.panned.connect(self.panned)
        self.inset.clicked.connect(self.pixel_clicked)

    def _fill_more(self) -> None:
        """What there is no room for as buttons."""
        menu = self.more.menu()
        menu.clear()
        for button in (*self.decisions.values(), self.tag, self.story, self.explain):
            if button.isHidden():
                action = menu.addAction(button.words)
                action.setCheckable(button.isCheckable())
                action.setChecked(button.isChecked())
                action.setEnabled(button.isEnabled())
                action.triggered.connect(lambda _on, button=button: button.click())

    def _decide(self, state: str) -> None:
        """Tell what was decided; the button shows what the frame says."""
        for other, button in self.decisions.items():
            button.setChecked(other == self._frame.decision)
        self.decided.emit(state)

    def _refresh_icons(self) -> None:
        self.previous.setIcon(icon("previous_record", size=14))
        self.next.setIcon(icon("next_record", size=14))


class Chips(SafeOverrides, QWidget):
    """Short buttons in a row, `chosen(key)`; what is more than `most` is in a menu at the end."""

    chosen = Signal(str)

    def __init__(self, most: int, title: str) -> None:
        super().__init__()
        self._most, self._title = most, title
        self._shown: tuple[object, ...] = ()
        self.buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(5)
        self.setAccessibleName(title)

    def show_chips(self, chips: Sequence[tuple[str, str, str]], current: str | None = None) -> None:
        """Show keys with their words and whole names; the `current` one is lit."""
        shown = (tuple(chips), current)
        if shown == self._shown:
            return
        self._shown = shown
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        most = self._most if len(chips) <= self._most + 1 else self._most - 1
        first, rest = (list(chips), []) if len(chips) <= self._most else (chips[:most], chips[most:])
        self.buttons = [self._button(key, words, title, key == current) for key, words, title in first]
        if rest:
            self.buttons.append(self._more(rest, current))
        for button in self.buttons:
            self._row.addWidget(button)
        self.setVisible(bool(chips))

    def _button(self, key: str, words: str, title: str, current: bool) -> QToolButton:
        button = _chip(words)
        button.setCheckable(True)
        button.setChecked(current)
        button.setToolTip(plain_tip(title))
        button.setAccessibleName(title)
        button.clicked.connect(lambda _on: self._choose(button, key, current))
        return button

    def _choose(self, button: QToolButton, key: str, current: bool) -> None:
        """Tell which was chosen; the chip shows what the frame says."""
        button.setChecked(current)
        self.chosen.emit(key)

    def _more(self, rest: Sequence[tuple[str, str, str]], current: str | None) -> QToolButton:
        button = _chip(f"+{len(rest)} ▾")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(f"{self._title}: {len(rest)} more")
        menu = QMenu(button)
        for key, _words, title in rest:
            action = menu.addAction(title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(key == current)
            action.triggered.connect(lambda _on, key=key: self.chosen.emit(key))
        button.setMenu(menu)
        return button


class KeyButton(SafeOverrides, QPushButton):
    """A quiet button that tells its key."""

    def __init__(self, words: str, key: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "ghost")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._words, self._key = PlainLabel(), key
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 2, 9, 2)
        row.setSpacing(6)
        row.addWidget(self._words)
        if key:
            sign = PlainLabel(key)
            sign.setProperty("key", True)
            row.addWidget(sign)
        self.set_words(words)

    @property
    def words(self) -> str:
        """What it says, with its key."""
        return f"{self._words.text()}   ({self._key})" if self._key else self._words.text()

    def set_words(self, words: str) -> None:
        """Say something else."""
        self._words.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As large as the words and the key."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()


def _chip(words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("chip")
    button.setText(words)
    return button


def _arrow(tip: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _line(*widgets: QWidget, gap: int, right: bool = False) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(gap)
    if right:
        row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    if not right:
        row.addStretch(1)
    return row
