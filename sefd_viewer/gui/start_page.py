"""The start page: what this is, where one begins, what was open lately. It shows a `StartView` and tells."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.methods import COLORS
from sefd_viewer.app.start import CROWD_WORDS, JOBS, LEAD, NETWORKS, SAMPLE_WORDS, TITLE, Job, StartView
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.controls import Dot, heading_label, link_button, push_button, quiet_label, text_label
from sefd_viewer.gui.drop_zone import DropZone
from sefd_viewer.gui.labels import TEXT_CHANGED, PlainLabel, grown
from sefd_viewer.gui.own_keys import next_within
from sefd_viewer.gui.recent_list import RecentList
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.resources import resource_path

WIDE = 1200
"""From this width (px of usual text) on there are two columns."""
JOB_PICTURE, LOW_PICTURE, LOW = 196, 128, 780
"""Height of a job's picture; on a window lower than LOW pixels it is LOW_PICTURE."""


class StartPage(SafeOverrides, QWidget):
    """Signals out: `command` (an id to run), `job`, `recent_chosen`, `recent_forgotten`, `left`, ..."""

    command = Signal(str)
    job_chosen = Signal(str)
    recent_chosen = Signal(str)
    recent_forgotten = Signal(str)
    folder_chosen = Signal(str)
    stopped = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Start page")
        self.view = StartView()
        self.jobs = {job.id: JobCard(job) for job in JOBS}
        self.crowd = push_button("Open the sample crowd", primary=True)
        self.sample = push_button("Open the sample capture")
        self.drop = DropZone()
        self.recent = RecentList()
        self.clear = link_button("Clear", "Forget all recent sets")
        self.computer = quiet_label(wrap=True)
        self.computer.setProperty("type", "small")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cards = QGridLayout()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area())
        self._connect()
        self._lay_out()

    def apply(self, view: StartView) -> None:
        """Show a view."""
        old, self.view = self.view, view
        self.computer.setText(view.computer)
        if old.recent != view.recent or not self.recent.filled:
            self.recent.show_sets(view.recent)
        self.clear.setVisible(bool(view.recent))
        self.drop.apply(view)

    def open(self) -> None:
        """Take the keyboard."""
        self.show()
        self.raise_()
        self.crowd.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column where there is no room for two."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in TEXT_CHANGED and hasattr(self, "_cards"):
            self._lay_out()

    def event(self, event: QEvent) -> bool:
        """Keep plain keys from the commands of what lies behind."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keypad = Qt.KeyboardModifier.KeypadModifier
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, keypad)
            if plain and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves, Enter opens the crowd, at somebody who is hidden."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.command.emit("open_crowd")
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays on the page."""
        return next_within(self, forward=next)

    # ---- inside

    def _area(self) -> QScrollArea:
        body = QWidget()
        body.setLayout(self._columns)
        self._columns.addLayout(self._left(), 700)
        self._columns.addLayout(self._right(), 552)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(body)
        return area

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(text_label(TITLE, "title"))
        column.addSpacing(10)
        column.addWidget(text_label(LEAD, "lead", wrap=True))
        column.addSpacing(16)
        column.addWidget(_networks())
        column.addSpacing(18)
        column.addWidget(heading_label("With the samples, try"))
        column.addSpacing(6)
        self._cards.setSpacing(12)
        column.addLayout(self._cards)
        column.addSpacing(14)
        rows = QGridLayout()
        rows.setHorizontalSpacing(12)
        rows.setVerticalSpacing(8)
        rows.setColumnStretch(1, 1)
        for row, (button, words) in enumerate(((self.crowd, CROWD_WORDS), (self.sample, SAMPLE_WORDS))):
            rows.addWidget(button, row, 0)
            rows.addWidget(quiet_label(words, wrap=True), row, 1)
        column.addLayout(rows)
        column.addStretch(1)
        return column

    def _right(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.drop)
        column.addSpacing(18)
        row = QHBoxLayout()
        row.addWidget(heading_label("Recent"))
        row.addStretch(1)
        self.clear.clicked.connect(lambda: self.recent_forgotten.emit(""))
        row.addWidget(self.clear)
        column.addLayout(row)
        column.addSpacing(6)
        column.addWidget(self.recent)
        column.addStretch(1)
        column.addSpacing(14)
        column.addWidget(self.computer)
        links = QHBoxLayout()
        for words, id in (("Preferences", "preferences"), ("Keys", "shortcuts")):
            link = link_button(words)
            link.clicked.connect(lambda _on=False, id=id: self.command.emit(id))
            links.addWidget(link)
        links.addWidget(self._help())
        links.addStretch(1)
        column.addLayout(links)
        return column

    def _help(self) -> QPushButton:
        """What the menu "Help" has besides this page."""
        link = link_button("Help")
        menu = QMenu(link)

        def fill() -> None:
            from sefd_viewer.app.commands import COMMANDS, MENUS, SEPARATOR

            menu.clear()
            for id in dict(MENUS)["&Help"]:
                if id not in (SEPARATOR, "start_page"):
                    menu.addAction(COMMANDS[id].title, partial(self.command.emit, id))

        menu.aboutToShow.connect(fill)
        link.setMenu(menu)
        return link

    def _connect(self) -> None:
        for id, card in self.jobs.items():
            card.clicked.connect(lambda _on=False, id=id: self.job_chosen.emit(id))
        self.crowd.clicked.connect(lambda: self.command.emit("open_crowd"))
        self.sample.clicked.connect(lambda: self.command.emit("open_sample"))
        self.drop.command.connect(self.command)
        self.drop.folder_chosen.connect(self.folder_chosen)
        self.drop.stopped.connect(self.stopped)
        self.recent.chosen.connect(self.recent_chosen)
        self.recent.forgotten.connect(self.recent_forgotten)

    def _lay_out(self) -> None:
        """Columns, cards and margins for the size there is."""
        wide = self.width() >= grown(self, WIDE)
        margin = 72 if self.width() >= grown(self, 1400) else 40 if self.width() >= grown(self, 1000) else 20
        self._columns.setContentsMargins(margin, 44 if self.height() > LOW else 22, margin, 14)
        self._columns.setSpacing(44)
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        across = 4 if self.width() >= grown(self, 760) else 2
        for place, card in enumerate(self.jobs.values()):
            card.picture.set_height(JOB_PICTURE if self.height() > LOW else LOW_PICTURE)
            self._cards.addWidget(card, place // across, place % across)
        for place in range(4):
            self._cards.setColumnStretch(place, 1 if place < across else 0)


class JobCard(QPushButton):
    """A job to try: its picture, title and a few words."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.setObjectName("job")
        self.setAutoDefault(True)
        self.setAccessibleName(f"{job.title}: {job.words}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.picture = Picture(f"start/{job.id}.jpg")
        title, words = PlainLabel(job.title), quiet_label(job.words, wrap=True)
        title.setProperty("heading", True)
        words.setProperty("type", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 10)
        column.setSpacing(2)
        column.addWidget(self.picture)
        text = QVBoxLayout()
        text.setContentsMargins(11, 8, 4, 0)
        text.setSpacing(2)
        text.addWidget(title)
        text.addWidget(words)
        column.addLayout(text)
        column.addStretch(1)
        for child in (self.picture, title, words):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """What its parts need."""
        layout = self.layout()
        assert layout is not None
        return QSize(120, layout.heightForWidth(max(self.width(), 120)))

    def minimumSizeHint(self) -> QSize:
        """The same height, however narrow."""
        return QSize(100, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words break anew."""
        super().resizeEvent(event)
        self.updateGeometry()


class Picture(SafeOverrides, QWidget):
    """A shipped picture that fills its place, cut where the shapes differ; round corners above."""

    def __init__(self, name: str, *, round: int = 9, all_corners: bool = False) -> None:
        super().__init__()
        self._pixmap = shipped_pixmap(name)
        self._round, self._all = round, all_corners
        self.set_height(JOB_PICTURE)

    def set_height(self, height: int) -> None:
        """Be so high."""
        self.setFixedHeight(height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path, area = QPainterPath(), self.rect()
        below = 0 if self._all else self._round
        path.addRoundedRect(area.adjusted(0, 0, 0, below), self._round, self._round)
        painter.setClipPath(path)
        if not self._pixmap.isNull():
            painter.drawPixmap(area, self._pixmap, _cover(self._pixmap.size(), area.size()))
        painter.end()


def shipped_pixmap(name: str) -> QPixmap:
    """A shipped picture, an empty one where it is missing."""
    try:
        return QPixmap(str(resource_path(name)))
    except SefdError:
        return QPixmap()


def _cover(picture: QSize, place: QSize) -> QRect:
    """The middle of a picture, in the shape of a place."""
    shape = place.scaled(picture, Qt.AspectRatioMode.KeepAspectRatio)
    left, top = (picture.width() - shape.width()) // 2, (picture.height() - shape.height()) // 3
    return QRect(left, top, shape.width(), shape.height())


def _networks() -> QFrame:
    """The method in one picture: what each of the networks is shown, a line each."""
    box = QFrame()
    box.setProperty("box", True)
    grid = QGridLayout(box)
    grid.setContentsMargins(16, 12, 14, 12)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(2, 1)
    for row, (method, name, words, picture) in enumerate(NETWORKS):
        title = PlainLabel(name)
        title.setProperty("heading", True)
        sign = Picture(f"start/{picture}.jpg", round=4, all_corners=True)
        sign.setFixedSize(34, 34)
        sign.setToolTip(f"{name}: {words}")
        grid.addWidget(Dot(COLORS[method]), row, 0)
        grid.addWidget(title, row, 1)
        grid.addWidget(quiet_label(words, wrap=True), row, 2)
        grid.addWidget(sign, row, 3)
    return box
