"""Above the photos: the moment, the answer in a sentence, the people; and how bodies are drawn."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from sefd_viewer.features.cameras.frame import BoardPersonFrame, CamerasFrame, MethodFrame
from sefd_viewer.features.cameras.model import LAYOUTS
from sefd_viewer.gui.controls import Segments, color_chip, quiet_label
from sefd_viewer.gui.labels import PlainLabel, ShowMenu, TextLine, grown, plain_tip, without_entries
from sefd_viewer.gui.sentence_view import SentenceView

MODES = (("raw", "Raw"), ("paper", "Paper"), ("exact", "Exact"))
LAYERS = (
    ("outline", "Outline of the exact body", "Dashed on every photo, whatever way bodies are drawn"),
    ("show_mesh", "Bodies", "Bodies as each camera sees them"),
    ("show_joints", "Joints", "2D joints, and dashed where the 3D joints should be seen"),
    ("show_edges", "Body edges", "Edges of these bodies"),
    ("linked", "Link zoom", "Zoom all photos together"),
)
FEW = 3
"""Methods that are counted where they could be named."""
HEIGHT, MODES_HEIGHT, CHIP = 66, 40, 12
"""Pixels of usual text."""


class MomentBar(TextLine):
    """Signals out: `stepped(1 or -1)` to another moment, and `person_clicked(key)`."""

    stepped = Signal(int)
    person_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(HEIGHT, parent)
        self.title, self.place = PlainLabel(), quiet_label()
        self.title.setProperty("heading", True)
        self.before, self.after = _step("◂", "The moment before (A)"), _step("▸", "The next moment (D)")
        self.sentence = SentenceView()
        self.sentence.setAccessibleName("Whether the cameras are right")
        self.people: dict[str, QToolButton] = {}
        self._people = QHBoxLayout()
        self._people.setSpacing(4)
        names, steps = QVBoxLayout(), QHBoxLayout()
        names.setSpacing(1)
        steps.setSpacing(2)
        for part in (self.before, self.place, self.after):
            steps.addWidget(part)
        steps.addStretch(1)
        names.addStretch(1)
        names.addWidget(self.title)
        names.addLayout(steps)
        names.addStretch(1)
        line = QFrame()
        line.setFixedWidth(1)
        line.setObjectName("thin")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 10, 4)
        layout.setSpacing(14)
        layout.addLayout(names)
        layout.addWidget(line)
        layout.addWidget(self.sentence, 1)
        layout.addLayout(self._people)
        self.sentence.setMinimumWidth(200)
        self.sentence.reshaped.connect(
            lambda: self.set_least(self.sentence.needed + 10), Qt.ConnectionType.QueuedConnection
        )
        self.before.clicked.connect(lambda: self.stepped.emit(-1))
        self.after.clicked.connect(lambda: self.stepped.emit(1))

    def hasHeightForWidth(self) -> bool:
        """Always as high: a page around it must not grow with the sentence."""
        return False

    def apply(self, frame: CamerasFrame) -> None:
        """Show the moment, what is said of it, and who is there."""
        self.title.setText(frame.title)
        self.place.setText(frame.place)
        for button in (self.before, self.after):
            button.setVisible(bool(frame.place))
        self.sentence.show_account(frame.account)
        if list(self.people) != [person.key for person in frame.people]:
            self._rebuild(frame.people)
        for person in frame.people:
            button = self.people[person.key]
            button.setToolTip(plain_tip(f"{person.title}: {person.about} ({person.key})"))
            button.setChecked(person.key == frame.person)

    def _rebuild(self, people: tuple[BoardPersonFrame, ...]) -> None:
        for button in self.people.values():
            self._people.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.people = {person.key: self._person(person) for person in people}
        for button in self.people.values():
            self._people.addWidget(button)

    def _person(self, person: BoardPersonFrame) -> QToolButton:
        button = QToolButton()
        button.setObjectName("chip")
        button.setText(person.title)
        button.setCheckable(True)
        button.setIcon(color_chip(person.color, CHIP))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves arrow keys to the moments
        button.clicked.connect(lambda: self.person_clicked.emit(person.key))
        return button


class ModeBar(TextLine):
    """Signals out: `mode_chosen(mode)`, `layer_toggled(field, on)`, `layout_chosen(layout)`, and
    `method_toggled(method)` whose bodies are drawn.
    """

    mode_chosen = Signal(str)
    method_toggled = Signal(str)
    layer_toggled = Signal(str, bool)
    layout_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(MODES_HEIGHT, parent)
        self.modes = Segments(
            MODES, name="How bodies are brought from the world into the cameras", by_tab=True
        )
        self.hint = quiet_label("hold Space to see Exact")
        self.layers = {field: self._toggle(field, title, tip) for field, title, tip in LAYERS}
        self.layouts = Segments(
            LAYOUTS, name="All photos, one, or one with a divider between this way and exact", by_tab=True
        )
        self.shown, self._has_modes = ShowMenu(tuple(self.layers.values())), True
        self.whose = _Whose()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 2, 10, 2)
        layout.setSpacing(10)
        for part in (self.modes, self.hint, self.shown, *self.layers.values()):
            layout.addWidget(part)
            if part is self.layers["show_mesh"]:
                layout.addWidget(self.whose)
        layout.addStretch(1)
        layout.addWidget(self.layouts)
        self._fit()
        self.modes.chosen.connect(self.mode_chosen)
        self.whose.toggled_method.connect(self.method_toggled)
        self.layouts.chosen.connect(self.layout_chosen)

    def apply(self, frame: CamerasFrame) -> None:
        """Show what is drawn and how."""
        chosen = frame.chosen
        self.modes.set_chosen("exact" if chosen.peek else chosen.mode)
        self.layouts.set_chosen(chosen.layout)
        shown = {field: getattr(chosen, field) for field in self.layers if field != "outline"}
        for field, on in {**shown, "outline": "exact" in chosen.outlined}.items():
            self.layers[field].setChecked(on)
        self.whose.show_methods(frame.methods)
        self._has_modes = frame.has_modes
        self.layers["outline"].setProperty("unsuited", not frame.has_modes)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put into a menu what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """The same, now that all parts have their look."""
        super().showEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the window wants."""
        return QSize(grown(self, 320), self.height())

    def _fit(self) -> None:
        self.shown.hide()
        for part in (self.modes, self.hint, *self.layers.values()):
            part.setVisible(self._has_modes or part not in (self.modes, self.hint, self.layers["outline"]))
        if self.width() < self.sizeHint().width():
            self.hint.hide()
        if self.width() < self.sizeHint().width():
            for box in self.layers.values():
                box.hide()
            self.shown.show()

    def _toggle(self, field: str, title: str, tip: str) -> QCheckBox:
        box = QCheckBox(title)
        box.setToolTip(plain_tip(tip))
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.clicked.connect(lambda on: self.layer_toggled.emit(field, on))
        return box


class _Whose(QToolButton):
    """Whose bodies are drawn, as a menu of all methods that are shown; `toggled_method(id)`."""

    toggled_method = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._methods: tuple[MethodFrame, ...] = ()
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setObjectName("outlined")
        self.setToolTip("Whose bodies are drawn: the true ones, those of methods, or several")
        self.setAccessibleName("Whose bodies are drawn")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(self._menu)

    def show_methods(self, methods: tuple[MethodFrame, ...]) -> None:
        """Name those that are drawn."""
        self._methods = methods
        drawn = [one.title for one in methods if one.is_drawn]
        words = ", ".join(drawn) if len(drawn) < FEW else f"{len(drawn)} methods"
        self.setText(f"of {words or 'nobody'}")
        self.setVisible(bool(methods))

    def _fill(self) -> None:
        without_entries(self._menu)
        for one in self._methods:
            action = self._menu.addAction(color_chip(one.color, CHIP), one.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(one.is_drawn)
            action.triggered.connect(lambda _on, id=one.id: self.toggled_method.emit(id))


def _step(sign: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(sign)
    button.setAutoRaise(True)
    button.setToolTip(plain_tip(tip))
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves arrow keys to the moments
    return button
