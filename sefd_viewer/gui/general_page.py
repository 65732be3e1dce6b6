"""The first page of preferences: look, device, networks, poses, bodies, start, memory."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import NETWORKS, SEES, network_words
from sefd_viewer.app.places import CachePlace, caches, size_words, weights_words
from sefd_viewer.app.settings import PHOTOS_KEPT, TEXT_SIZES, Preferences
from sefd_viewer.app.start import graphics_words
from sefd_viewer.gui.controls import Dot, NumberSlider, Segments, line, push_button, quiet_label, text_label
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.preferences import Form, PageOfSettings, small
from sefd_viewer.gui.screen_fit import Aside

DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "Apple GPU"))
_BODIES = (
    "The program works without SMPL. Put SMPL_NEUTRAL.pkl and others here if you have accepted their "
    "licence; files are read without running code in them."
)


def general_page(controller: Controller, run: Callable[[str], None], aside: Aside) -> PageOfSettings:
    """Look, device, networks, 2D poses, bodies, start, memory."""
    change, form = controller.change_settings, Form()
    # queued: another text size or theme polishes the very button whose click this is
    later = Qt.ConnectionType.QueuedConnection
    look = Segments({"system": "As the system", "dark": "Dark", "light": "Light"}, name="Look")
    look.chosen.connect(lambda theme: change(theme=theme), later)
    text = NumberSlider(*TEXT_SIZES, 10, decimals=0, unit=" %")
    text.slider.setAccessibleName("Text size in percent")
    text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    text.slider.sliderReleased.connect(lambda: change(text=int(text.value)))
    text.changed.connect(lambda value: None if text.slider.isSliderDown() else change(text=int(value)))
    form.add("Look", look, quiet_label("Text"), text, words="theme dark light colours text size font")
    device = Segments(DEVICES, name="Device")
    device.chosen.connect(lambda name: change(device=name), later)
    in_use = small("")
    form.add("Device", device, below=in_use, words="gpu cpu cuda processor networks")
    networks = _Networks(controller, run)
    form.add_wide(networks, "networks weights baseline student teacher see sesd checkpoint file")
    poses = QComboBox()
    poses.setAccessibleName("2D poses")
    poses.addItem("Annotated where there are any, else found", False)
    poses.addItem("Always found", True)
    poses.activated.connect(lambda _row: change(found_poses=poses.currentData()))
    told = small("Found with MoveNet and NanoDet, which come with the program.")
    form.add("2D poses", poses, below=told, words="keypoints detector skeleton")
    bodies = _Bodies(run)
    form.add("Licensed bodies", bodies, below=small(_BODIES), words="smpl smplh smplx folder model")
    at_once = QCheckBox("Run the networks on a photo when it opens")
    at_once.clicked.connect(lambda on: change(run_at_once=on))
    form.add("Start with", at_once, words="open run networks automatic")
    memory = _Memory(controller, aside)
    form.add("Memory", memory, below=memory.sizes, words="cache caches empty size photos kept disk")
    form.end()

    def refresh(now: Preferences) -> None:
        look.set_chosen(now.theme)
        text.set_value(now.text)
        device.set_chosen(now.device.partition(":")[0])
        in_use.setText(_device_words(controller))
        networks.refresh(now)
        poses.setCurrentIndex(int(now.found_poses))
        bodies.refresh(now)
        at_once.setChecked(now.run_at_once)
        memory.refresh(now)

    return PageOfSettings(form.widget, form.rows, refresh, memory.measure)


def _device_words(controller: Controller) -> str:
    ready = controller.content.inference.device
    if ready is None:
        return f"{graphics_words()}. The networks have not started yet."
    threads = f", {ready.threads} thread{'s' if ready.threads > 1 else ''}" if ready.device == "cpu" else ""
    return f"in use: {ready.device_name}{threads}. {ready.note or ''}".strip()


class _Networks(QWidget):
    """The weights of each network: which file, and choosing another."""

    def __init__(self, controller: Controller, run: Callable[[str], None]) -> None:
        super().__init__()
        self._controller = controller
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        top = QHBoxLayout()
        top.setContentsMargins(0, 8, 0, 8)
        top.setSpacing(12)
        top.addWidget(PlainLabel("Networks"))
        top.addWidget(small("replace one by a weights file of your own; the shipped ones stay available"), 1)
        column.addLayout(top)
        self._words, rows = {}, QGridLayout()
        rows.setContentsMargins(0, 0, 0, 7)
        rows.setHorizontalSpacing(10)
        rows.setVerticalSpacing(7)
        rows.setColumnStretch(3, 1)
        column.addLayout(rows)
        for place, info in enumerate(NETWORKS):
            rows.addWidget(line(), 2 * place, 0, 1, 5)
            name = PlainLabel(info.title)
            name.setProperty("heading", True)
            self._words[info.id] = text_label("", "small")
            choose = push_button("Choose…")
            choose.setAccessibleName(f"Choose weights of {network_words(info.id)}")
            choose.clicked.connect(lambda _on=False, id=info.id: run(f"weights_{id}"))
            parts = Dot(info.color), name, self._words[info.id], small(SEES[info.id]), choose
            for at, part in enumerate(parts):
                rows.addWidget(part, 2 * place + 1, at)
        self._back = push_button("Shipped weights")
        self._back.clicked.connect(lambda: run("shipped_weights"))
        column.addWidget(self._back, 0, Qt.AlignmentFlag.AlignRight)

    def refresh(self, now: Preferences) -> None:
        """Show which weights are used."""
        for role, label in self._words.items():
            label.setText(weights_words(role, now.weights.get(role)))
        self._back.setVisible(bool(now.weights))


class _Bodies(QWidget):
    """Which licensed bodies are used, and choosing a folder or files."""

    def __init__(self, run: Callable[[str], None]) -> None:
        super().__init__()
        self.field = QLineEdit(readOnly=True, placeholderText="no folder")
        self.field.setAccessibleName("Licensed bodies")
        self._leave = push_button("Leave them")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field, 1)
        for words, id in (("Choose folder…", "body_folder"), ("Files…", "body_model")):
            button = push_button(words)
            button.clicked.connect(lambda _on=False, id=id: run(id))
            row.addWidget(button)
        self._leave.clicked.connect(lambda: run("open_body_only"))
        row.addWidget(self._leave)

    def refresh(self, now: Preferences) -> None:
        """Show what is used."""
        self.field.setText(", ".join(now.bodies))
        self._leave.setVisible(bool(now.bodies))


class _Memory(QWidget):
    """How many photos stay in memory, and the caches on the disk: their size, and emptying them."""

    def __init__(self, controller: Controller, aside: Aside) -> None:
        super().__init__()
        self._controller, self._aside = controller, aside
        self._found: tuple[CachePlace, ...] = ()
        self.kept = NumberSlider(*PHOTOS_KEPT, 1, decimals=0, unit=" photos")
        self.kept.slider.setAccessibleName("Photos kept in memory, with the networks' answers")
        self.kept.changed.connect(
            lambda value: controller.change_settings(photos_kept=int(value), merge="photos_kept")
        )
        self.empty, self.sizes = push_button("Empty caches"), small("")
        self.empty.clicked.connect(self._empty)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(quiet_label("Keep"))
        row.addWidget(self.kept, 1)
        row.addWidget(self.empty)

    def refresh(self, now: Preferences) -> None:
        """Show how many are kept."""
        self.kept.set_value(now.photos_kept)

    def measure(self) -> None:
        """Find out aside how large the caches are."""
        self._aside(caches, self._show)

    def _show(self, found: tuple[CachePlace, ...]) -> None:
        self._found = found
        size = sum(one.size for one in found)
        self.empty.setText(f"Empty caches ({size_words(size)})" if size else "Empty caches")
        parts = [f"{one.title} {size_words(one.size)}" for one in found if one.size]
        self.sizes.setText(f"On the disk: {', '.join(parts) or 'nothing yet'}.")

    def _empty(self) -> None:
        self._controller.empty_memory()
        found = self._found

        def run() -> tuple[CachePlace, ...]:
            for one in found:
                one.empty()
            return caches()

        self._aside(run, self._show)
