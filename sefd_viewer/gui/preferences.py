"""Preferences: one page over the window for each subject; what is changed holds at once and can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import BUILT_IN, CHOICE, METHODS, MethodChoice
from sefd_viewer.app.settings import Preferences
from sefd_viewer.app.state import ViewerState
from sefd_viewer.gui.cards import Card, heading
from sefd_viewer.gui.controls import line, push_button, quiet_label, text_label
from sefd_viewer.gui.labels import PlainLabel, grown
from sefd_viewer.gui.own_keys import next_within
from sefd_viewer.gui.safe_overrides import SafeOverrides

PAGES = ("general", "methods", "folders", "keys", "plugins", "about")
TITLES = {
    "general": "General",
    "methods": "Methods and colours",
    "folders": "Data folders",
    "keys": "Keys",
    "plugins": "Plugins",
    "about": "About this computer",
}
LABEL_WIDTH = 190
SIZE = QSize(1100, 770)


@dataclass
class Row:
    """One setting: its widget, and the words by which it is found."""

    widget: QWidget
    words: str


@dataclass
class PageOfSettings:
    """A page: what fills it, its rows, and what brings it up to date with the preferences."""

    widget: QWidget
    rows: list[Row] = field(default_factory=list)
    refresh: Callable[[Preferences], None] = lambda _preferences: None
    opened: Callable[[], None] = lambda: None
    closed: Callable[[], None] = lambda: None


class PreferencesCard(Card):
    """`make` gives the page of a name when it is first shown."""

    def __init__(
        self, parent: QWidget, controller: Controller, make: Callable[[str], PageOfSettings]
    ) -> None:
        super().__init__(parent)
        self._controller, self._make = controller, make
        self.pages: dict[str, PageOfSettings] = {}
        self._shade = Shade(parent)
        self.setAccessibleName("Preferences")
        self.least = SIZE
        self.search = QLineEdit(placeholderText="Find a setting", clearButtonEnabled=True)
        self.search.setAccessibleName("Find a setting")
        self.search.setMaximumWidth(240)
        self.list = QListWidget()
        self.list.setObjectName("pages")
        self.list.setAccessibleName("Pages of preferences")
        self.list.setFixedWidth(180)
        self.list.addItems([TITLES[name] for name in PAGES])
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.stack = QStackedWidget()
        self.back = push_button("Set all back")
        self.done = push_button("Done", primary=True)
        self._lay_out()
        self.list.currentRowChanged.connect(self._show)
        self.search.textChanged.connect(self._search)
        self.back.clicked.connect(self._set_back)
        self.done.clicked.connect(self.close_card)
        controller.store.connect(self._follow)

    def open_at(self, page: str) -> None:
        """Open with a page in front."""
        self.list.setCurrentRow(PAGES.index(page))
        if not self.isVisible():
            self.open()

    def open(self) -> None:
        """Show the page over the darkened window."""
        self._shade.cover()
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        for page in self.pages.values():
            page.refresh(self._controller.settings.preferences)
        super().open()
        self.list.setFocus()
        self._page().opened()

    def close_card(self) -> None:
        """Hide page and shade."""
        self._shade.hide()
        for page in self.pages.values():
            page.closed()
        super().close_card()

    def place(self) -> None:
        """Never taller than the window less 60 pixels."""
        parent = self._below
        wanted = QSize(grown(self, SIZE.width()), grown(self, SIZE.height()))
        width, height = min(wanted.width(), parent.width() - 40), min(wanted.height(), parent.height() - 60)
        self.resize(width, height)
        self.move((parent.width() - width) // 2, max((parent.height() - height) // 2, 30))
        for row in range(len(PAGES)):
            self.list.item(row).setSizeHint(QSize(0, self.list.fontMetrics().height() + 18))
        letters = max(map(self.list.fontMetrics().horizontalAdvance, TITLES.values())) + 40
        self.list.setFixedWidth(max(180 if width > grown(self, 700) else 120, letters))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The shade follows the window."""
        if watched is self._below and event.type() == QEvent.Type.Resize:
            self._shade.cover()
            self.raise_()
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays on the page."""
        return next_within(self, forward=next)

    # ---- inside

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(18, 8, 18, 8)
        top.addWidget(heading("Preferences"))
        top.addStretch(1)
        top.addWidget(self.search, 1)
        outer.addLayout(top)
        outer.addWidget(line())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        left = QVBoxLayout()
        left.setContentsMargins(10, 12, 10, 10)
        left.addWidget(self.list)
        middle.addLayout(left)
        middle.addWidget(line(vertical=True))
        middle.addWidget(self.stack, 1)
        outer.addLayout(middle, 1)
        outer.addWidget(line())
        below = QHBoxLayout()
        below.setContentsMargins(18, 8, 18, 8)
        below.setSpacing(10)
        below.addWidget(quiet_label("Changes apply at once and can be undone (Ctrl+Z).", wrap=True), 1)
        below.addWidget(self.back)
        below.addWidget(self.done)
        outer.addLayout(below)

    def _page(self, name: str | None = None) -> PageOfSettings:
        name = name or PAGES[max(self.list.currentRow(), 0)]
        if name not in self.pages:
            page = self.pages[name] = self._make(name)
            page.refresh(self._controller.settings.preferences)
            self.stack.addWidget(_scrolling(page.widget, TITLES[name]))
        return self.pages[name]

    def _show(self, row: int) -> None:
        if row < 0:
            return
        self._page(PAGES[row])
        self.stack.setCurrentIndex(list(self.pages).index(PAGES[row]))
        if self.isVisible():
            self._page().opened()

    def _search(self, text: str) -> None:
        """Leave the settings that the words are about, and the pages that have any."""
        words, first = text.lower().split(), None
        for place, name in enumerate(PAGES):
            shown = 0
            for row in self._page(name).rows:
                fits = all(word in row.words.lower() for word in words)
                row.widget.setVisible(fits)
                shown += fits
            fits_page = not words or shown > 0 or all(word in TITLES[name].lower() for word in words)
            item = self.list.item(place)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags if fits_page else Qt.ItemFlag.NoItemFlags)
            if fits_page and first is None:
                first = place
        if words and first is not None and not self.list.currentItem().flags():
            self.list.setCurrentRow(first)

    def _set_back(self) -> None:
        controller, fresh = self._controller, Preferences()
        choice = CHOICE.of(controller.state)
        known = tuple(one for one in choice.known if one.id not in METHODS)
        hidden = frozenset(one.id for one in known if choice.stays(one.id))
        usual = MethodChoice((*BUILT_IN, *known), hidden, numbers=choice.numbers, blind=choice.blind)
        state = CHOICE.put(controller.state, usual)
        controller.store.set(replace(state, preferences=fresh))

    def _forget_keys(self) -> None:
        """The page of keys lists what every method has: it is made again when methods come and go."""
        if "keys" not in self.pages:
            return
        area = self.stack.widget(list(self.pages).index("keys"))
        del self.pages["keys"]
        if area is not None:
            self.stack.removeWidget(area)
            area.deleteLater()
        self._show(self.list.currentRow())

    def _follow(self, old: ViewerState, new: ViewerState) -> None:
        if CHOICE.of(old).ordered() != CHOICE.of(new).ordered():
            self._forget_keys()
        if old.preferences != new.preferences or CHOICE.of(old) != CHOICE.of(new):
            for page in self.pages.values():
                page.refresh(new.preferences)


class Shade(SafeOverrides, QWidget):
    """Darkens the window behind a page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Lie over the whole window."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Darken."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 120))
        painter.end()


class Form:
    """Rows of settings below each other, with thin lines between; titles wrap at `title_width` px."""

    def __init__(self, title_width: int = LABEL_WIDTH) -> None:
        self.widget, self._title_width = QWidget(), title_width
        self.rows: list[Row] = []
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def add(self, title: str, *parts: QWidget, words: str = "", below: QWidget | None = None) -> QWidget:
        """Add a row: its title, controls in a line, and quiet words below; `words` also find it."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        row = QHBoxLayout()
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(10)
        label = PlainLabel(title, wordWrap=True)
        label.setMinimumWidth(LABEL_WIDTH // 2)
        label.setMaximumWidth(grown(label, self._title_width))
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        row.addWidget(label, self._title_width, Qt.AlignmentFlag.AlignTop)
        right = QVBoxLayout()
        right.setSpacing(5)
        controls = QHBoxLayout()
        controls.setSpacing(10)
        for part in parts:
            controls.addWidget(part)
        if all(part.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Expanding for part in parts):
            controls.addStretch(1)
        right.addLayout(controls)
        if below is not None:
            right.addWidget(below)
        row.addLayout(right, 4 * LABEL_WIDTH)
        column.addLayout(row)
        self._column.addWidget(box)
        told = " ".join(part.text() for part in (below,) if isinstance(part, QLabel))
        self.rows.append(Row(box, f"{title} {words} {told}"))
        return box

    def add_wide(self, widget: QWidget, words: str) -> None:
        """Add a row without a title."""
        self._column.addWidget(widget)
        self.rows.append(Row(widget, words))

    def end(self) -> None:
        """Nothing comes below."""
        self._column.addStretch(1)


def small(words: str) -> QLabel:
    """Quiet words below a setting."""
    label = text_label(words, "small", wrap=True)
    label.setProperty("quiet", True)
    return label


def _scrolling(widget: QWidget, title: str) -> QScrollArea:
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(24, 16, 24, 14)
    column.setSpacing(10)
    column.addWidget(text_label(title, "page"))
    column.addWidget(widget, 1)
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(body)
    return area
