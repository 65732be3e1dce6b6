"""What stands around the stage while cases are presented: the title above, totals and keys below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame, same
from sefd_viewer.features.present import actions
from sefd_viewer.features.present.frame import QUESTION, SLIDE, SlideFrame, Total
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel, grown
from sefd_viewer.gui.panes import emptied
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.tables import plain_table
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.gui.workspaces import Pan

COLUMNS = ("Case", "Left was", "Right was", "Preferred", "Seconds")


class ResultsTable(QWidget):
    """The count in words, and a row for each vote."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = PlainLabel()
        self.summary.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary.setWordWrap(True)
        self.table = plain_table([(title, "") for title in COLUMNS], "Votes")
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.file = quiet_label()
        self.file.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(80, 40, 80, 20)
        layout.setSpacing(24)
        for widget in (self.summary, self.table, self.file):
            layout.addWidget(widget)

    def show_results(self, slide: SlideFrame, size: int) -> None:
        """Show the votes, in letters of `size` pixels."""
        self.summary.setText(slide.summary)
        self.summary.setStyleSheet(f"font-size: {size}px; font-weight: 600;")
        self.table.setStyleSheet(f"font-size: {max(size * 6 // 10, 13)}px;")
        self.table.verticalHeader().setDefaultSectionSize(size + 8)
        self.table.setRowCount(len(slide.results))
        for row, (case, vote) in enumerate(slide.results):
            left, right = (slide.titles.get(one, one) for one in (vote.left, vote.right))
            preferred = {"left": left, "right": right}.get(vote.choice, "neither")
            told = (case.title or case.record, left, right, preferred)
            for column, text in enumerate((*told, f"{vote.seconds:.0f}")):
                self.table.setItem(row, column, QTableWidgetItem(text))
        for column in range(1, len(COLUMNS)):
            self.table.setColumnWidth(column, 7 * size)
        self.file.setText(f"Votes are in {slide.votes_file}" if slide.votes_file else "")


MARGIN = 40
POINTER_REST_MS = 3000
"""After this the pointer hides until it is moved."""
_CASES, _LEAVE = ("← →", "case"), ("Esc", "leave")
KEYS = (
    *(_CASES, ("Space", "reveal the bodies"), ("T", "turn"), ("W", "wipe"), ("E", "errors")),
    *(("N", "numbers"), ("V", "vote without names"), _LEAVE),
)
BLIND_KEYS = (
    *(_CASES, ("T", "turn"), ("1", "A fits better"), ("2", "B fits better"), ("0", "no difference"), _LEAVE),
)
BEGIN_KEYS = (("Space", "begin"), _LEAVE)
END_KEYS = (_LEAVE,)
LOOKING = (Qt.Key.Key_C, Qt.Key.Key_F, Qt.Key.Key_Home)
"""Keys of the stage that change nothing but from where one looks."""
SHOWING = (
    *(Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_O, Qt.Key.Key_Q),
)
"""Those that change what panes show, too."""
TURNING = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
NARROW = 1000
"""Pixels of usual text below which totals stand closer and keys have one word each."""
STAGE_COMMANDS = {Qt.Key.Key_W: "wipe", Qt.Key.Key_E: "stage_errors"}


def _small_letters(widget: QWidget, height: int) -> str:
    """A style sheet for what is written small, so that it is read from the back of a room."""
    return f"QLabel {{ font-size: {max(round(height / 60), grown(widget, 13))}px; }}"


class TitleBar(QWidget):
    """The story's name, the number of the case, and its title in large letters."""

    def __init__(self) -> None:
        super().__init__()
        self.story, self.number, self.title = quiet_label(), quiet_label(), PlainLabel()
        self.title.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        head = QHBoxLayout()
        head.addWidget(self.story, 1)
        head.addWidget(self.number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 22, MARGIN, 12)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.title)

    def apply(self, slide: SlideFrame) -> None:
        """Show a case's words."""
        cases = f"story of {slide.count} case{'s' if slide.count > 1 else ''}"
        self.story.setText(f"{slide.story}, {cases}" if slide.story else cases.capitalize())
        self.number.setText("" if slide.revealed or slide.explanation else f"{slide.number} of {slide.count}")
        asked = slide.blind and not slide.revealed  # a case's own title may tell who is better
        title = QUESTION if asked else slide.case.title or slide.case.record
        title = "A vote without names" if slide.explanation else title
        self.title.setText("The result" if slide.revealed else title)

    def set_height(self, height: int) -> None:
        """Letters grow with the screen."""
        self.title.setStyleSheet(
            f"font-size: {max(round(height / 24), grown(self, 18))}px; font-weight: 700;"
        )
        self.setStyleSheet(_small_letters(self, height))


class TotalBox(QWidget):
    """One number with its interval, and of whom it is."""

    def __init__(self) -> None:
        super().__init__()
        self.number, self.interval, self.words = PlainLabel(), quiet_label(), quiet_label("", wrap=True)
        self._line = QHBoxLayout()
        self._line.setSpacing(6)
        self._line.addWidget(self.number)
        self._line.addWidget(self.interval, 1, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 18, 0)
        layout.setSpacing(0)
        layout.addLayout(self._line)
        layout.addWidget(self.words)
        layout.addStretch(1)

    def set_narrow(self, narrow: bool) -> None:
        """The interval stands below the number, or beside it."""
        ways = QHBoxLayout.Direction
        self._line.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        self._line.setSpacing(0 if narrow else 6)

    def apply(self, total: Total, size: int) -> None:
        """Show a comparison; green and orange only where the interval leaves zero out."""
        colors = current_colors()
        low, high = total.interval_mm or (total.change_mm, total.change_mm)
        color = colors.text
        if round(total.change_mm) and (low > 0 or high < 0):
            color = colors.better if high < 0 else colors.worse
        sign = "−" if total.change_mm < 0 else "+"
        digits = 0 if total.interval_mm is None else 1
        self.number.setText(f"{sign}{abs(total.change_mm):.{digits}f} mm")
        self.number.setStyleSheet(f"font-size: {size}px; font-weight: 700; color: {color};")
        between = "" if total.interval_mm is None else f"({low:+.1f} to {high:+.1f})".replace("-", "−")
        self.interval.setText(between)
        self.words.setText(total.words)


class FootBar(SafeOverrides, QWidget):
    """The case's note, the totals, the votes at the end, and the keys."""

    def __init__(self) -> None:
        super().__init__()
        self._height, self._narrow = 900, False
        self.note, self.sentence = quiet_label("", wrap=True), PlainLabel()
        self.sentence.setWordWrap(True)
        self.totals = tuple(TotalBox() for _ in range(3))
        self.box = QFrame()
        self.box.setProperty("card", True)
        row = QHBoxLayout(self.box)
        row.setContentsMargins(22, 12, 22, 12)
        for total in self.totals:
            row.addWidget(total, 1)
        self.legend = quiet_label("dashed: the true body\nmean distance of joints from the truth")
        row.addWidget(self.legend)
        self.explanation = PlainLabel(wordWrap=True)
        self.explanation.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.results = ResultsTable()
        self.keys = QWidget()
        self._keys = QHBoxLayout(self.keys)
        self._keys.setContentsMargins(0, 0, 0, 0)
        self._told: tuple[tuple[str, str], ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 12, MARGIN, 14)
        layout.setSpacing(10)
        layout.addWidget(self.explanation, 1)
        for widget in (self.sentence, self.note, self.box):
            layout.addWidget(widget)
        layout.addWidget(self.results, 1)
        layout.addWidget(self.keys)

    def apply(self, slide: SlideFrame) -> None:
        """Show what belongs to a case."""
        size = max(round(self._height / 28), 16)
        self.explanation.setText(slide.explanation)
        self.sentence.setText("" if slide.totals or slide.revealed else slide.sentence)
        self.note.setText("" if slide.blind else slide.case.note)  # it tells who is better
        for label in (self.explanation, self.sentence, self.note):
            label.setVisible(bool(label.text()))
        self.box.setVisible(bool(slide.totals) and not slide.revealed)
        for place, box in enumerate(self.totals):
            box.setVisible(place < len(slide.totals))
            if place < len(slide.totals):
                box.apply(slide.totals[place], size)
        self.results.setVisible(slide.revealed)
        if slide.revealed:
            self.results.show_results(slide, size)
        asked = BEGIN_KEYS if slide.explanation else BLIND_KEYS if slide.blind else KEYS
        self._say_keys(END_KEYS if slide.revealed else asked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Totals and keys stand closer where there is little room."""
        super().resizeEvent(event)
        narrow = event.size().width() < grown(self, NARROW)
        if narrow != self._narrow:
            self._narrow = narrow
            self.legend.setVisible(not narrow)
            for total in self.totals:
                total.set_narrow(narrow)
            told, self._told = self._told, ()
            self._say_keys(told)

    def set_height(self, height: int) -> None:
        """Letters grow with the screen."""
        self._height = height
        self.setStyleSheet(_small_letters(self, height))
        self.sentence.setStyleSheet(f"font-size: {max(round(height / 40), 14)}px; font-weight: 600;")
        self.explanation.setStyleSheet(f"font-size: {max(round(height / 36), 15)}px;")

    def _say_keys(self, keys: tuple[tuple[str, str], ...]) -> None:
        if keys == self._told:
            return
        self._told = keys
        emptied(self._keys)
        self._keys.addStretch(1)
        for key, words in keys:
            cap = PlainLabel(key)
            cap.setProperty("key", True)
            cap.setToolTip(words)
            self._keys.addWidget(cap)
            self._keys.addWidget(quiet_label(words.split()[0] if self._narrow else words))
            self._keys.addSpacing(4 if self._narrow else 10)


class PresentBars(SafeOverrides, QObject):
    """The title `above` and the foot `below`; while cases are presented the keys belong to them."""

    def __init__(self, controller: Controller, run: Callable[[str], None], _pan: Pan) -> None:
        super().__init__()
        self._controller, self._run = controller, run
        self._slide: SlideFrame | None = None
        self.above, self.below = TitleBar(), FootBar()
        self.setParent(self.above)  # no event comes here once the window is gone
        self._rest = QTimer(self, singleShot=True, interval=POINTER_REST_MS)
        self._rest.timeout.connect(lambda: self.above.window().setCursor(Qt.CursorShape.BlankCursor))
        controller.listen(self._follow)

    def widgets(self) -> tuple[QWidget, QWidget]:
        """What stands above and below."""
        return self.above, self.below

    @property
    def covers(self) -> bool:
        """Whether words stand in place of the stage: before the first vote, and after the last."""
        return self._slide is not None and bool(self._slide.explanation or self._slide.revealed)

    def set_height(self, height: int) -> None:
        """Letters grow with the screen."""
        self.above.set_height(height)
        self.below.set_height(height)
        if self._slide is not None:
            self.below.apply(self._slide)

    def take_keyboard(self) -> None:
        """All keys of the window come here while cases are presented."""

    def apply(self, _old: Frame, new: Frame) -> None:
        """Show a frame's case."""
        slide = SLIDE.of(new)
        if slide is not None and not same(self._slide, slide):
            self._slide = slide
            self.above.apply(slide)
            self.below.apply(slide)

    # ---- keys and pointer

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the keys from the window; the pointer hides while it rests."""
        if event.type() == QEvent.Type.MouseMove:
            self.above.window().unsetCursor()
            self._rest.start()
        if not isinstance(event, QKeyEvent) or isinstance(QApplication.focusWidget(), QLineEdit):
            return False
        changed = bool(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
        act = self._act(Qt.Key(event.key()), changed=changed)
        if act is None or QApplication.activeModalWidget() is not None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            act()
            return True
        return event.type() == QEvent.Type.KeyRelease

    def _follow(self, old: Frame, new: Frame) -> None:
        application = QApplication.instance()
        if application is None or (SLIDE.of(old) is None) == (SLIDE.of(new) is None):
            return
        if SLIDE.of(new) is not None:
            application.installEventFilter(self)
            self._rest.start()
        else:
            application.removeEventFilter(self)
            self._rest.stop()
            self.above.window().unsetCursor()
            self._slide = None

    def _act(self, key: Qt.Key, *, changed: bool) -> Callable[[], None] | None:
        """What a key does with the case in view, None for one that is the window's; others do nothing.

        `changed` says that Ctrl, Shift or Alt is held, too. What would change an annotation by accident is
        kept off, and in a vote all that is no vote.
        """
        slide, controller = SLIDE.of(self._controller.frame), self._controller
        if slide is None:
            return None
        blind = slide.blind and not slide.revealed
        if changed:
            return _nothing if blind and key not in TURNING else None
        if key == Qt.Key.Key_Escape:
            return partial(actions.leave, controller)
        if slide.revealed:
            return _nothing
        if slide.explanation:
            begins = key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            return partial(actions.begin_votes, controller) if begins else _nothing
        own = self._blind_keys() if blind else self._keys()
        looking = LOOKING if blind else (*LOOKING, *SHOWING)
        return own.get(key, None if key in looking or key >= Qt.Key.Key_Escape else _nothing)

    def _blind_keys(self) -> dict[Qt.Key, Callable[[], None]]:
        vote = partial(partial, actions.vote, self._controller)
        votes = {Qt.Key.Key_1: vote("left"), Qt.Key.Key_2: vote("right"), Qt.Key.Key_0: vote("neither")}
        return {**self._steps(), **votes, Qt.Key.Key_T: self._turn}

    def _keys(self) -> dict[Qt.Key, Callable[[], None]]:
        controller = self._controller
        stage = {key: partial(self._run, command) for key, command in STAGE_COMMANDS.items()}
        return {
            **self._steps(),
            **stage,
            Qt.Key.Key_T: self._turn,
            Qt.Key.Key_Space: partial(actions.uncover, controller),
            Qt.Key.Key_N: partial(actions.toggle_numbers, controller),
            Qt.Key.Key_V: partial(actions.vote_on_these, controller),
        }

    def _steps(self) -> dict[Qt.Key, Callable[[], None]]:
        go = partial(partial, actions.go, self._controller)
        return {
            **dict.fromkeys((Qt.Key.Key_Right, Qt.Key.Key_PageDown), go(1)),
            **dict.fromkeys((Qt.Key.Key_Left, Qt.Key.Key_PageUp), go(-1)),
        }

    def _turn(self) -> None:
        turned = COMMANDS["stage_turned"].checked
        self._run("stage_photo" if turned and turned(self._controller) else "stage_turned")


def _nothing() -> None:
    """What a key does that has no place before an audience."""
