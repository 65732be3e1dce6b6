"""The layer list: an eye, an opacity and a colour for each layer, whose meshes; and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame, LayerFrame, LayersFrame
from sefd_viewer.gui.controls import ClickableRow, ColorButton, EyeButton, Slider, quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip

_KINDS = {
    "overlap": "Overlap (hidden bodies stay)",
    "all": "All (hidden parts vanish)",
    "occluded": "Occluded only",
}


class LayerRow(ClickableRow):
    """One layer: signals out for what a person changes."""

    eye_changed = Signal(str, bool)
    opacity_changed = Signal(str, float)
    color_changed = Signal(str, tuple)

    def __init__(self, row: LayerFrame, parent: QWidget | None = None) -> None:
        super().__init__("layer_row", parent)
        self.key = row.key
        self.eye = EyeButton(f"Show {row.title}")
        self.title = PlainLabel(row.title)
        self.opacity = Slider()
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(92)
        self.opacity.setToolTip(plain_tip(f"Opacity of {row.title}"))
        self.opacity.setAccessibleName(f"Opacity of {row.title}")
        self.color = ColorButton(f"Colour of {row.title}")
        self.note = quiet_label(wrap=True)
        self.setToolTip(plain_tip(row.tip))
        self._lay_out()
        self.eye.toggled.connect(lambda on: self.eye_changed.emit(self.key, on))
        self.opacity.valueChanged.connect(lambda value: self.opacity_changed.emit(self.key, value / 100))
        self.color.chosen.connect(lambda color: self.color_changed.emit(self.key, color))

    def show_layer(self, row: LayerFrame, *, selected: bool) -> None:
        """Show a layer without telling anybody."""
        self.eye.set_open(row.visible)
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(row.opacity * 100))
        self.opacity.blockSignals(False)
        if row.color is not None:
            self.color.set_color(row.color)
        self.color.setVisible(row.color is not None)
        self.note.setText(row.note)
        self.note.setVisible(bool(row.note))
        self.title.setEnabled(row.visible)
        self.set_selected(selected)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 2, 6, 2)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.eye, 0, 0)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.color, 0, 2)
        grid.addWidget(self.opacity, 0, 3)
        grid.addWidget(self.note, 1, 1, 1, 3)
        grid.setColumnStretch(1, 1)


class LayersPanel(QWidget):
    """Signals out: what a person changes of the layers; `apply` shows a frame."""

    eye_changed = Signal(str, bool)
    opacity_changed = Signal(str, float)
    color_changed = Signal(str, tuple)
    layer_selected = Signal(str)
    overlay_chosen = Signal(str)
    kind_chosen = Signal(str)
    detector_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, only: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self._only = only
        self.rows: dict[str, LayerRow] = {}
        self.overlay, self.kind, self.detector = QComboBox(), QComboBox(), QComboBox()
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._form = QFormLayout()
        self._form.setContentsMargins(6, 6, 6, 4)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow("Body edges of", self.overlay)
        self._form.addRow("Body edges", self.kind)
        self._form.addRow("Plugin", self.detector)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.addLayout(self._list)
        layout.addLayout(self._form)
        layout.addStretch(1)
        for kind, title in _KINDS.items():
            self.kind.addItem(title, kind)
        self.overlay.setToolTip("Whose bodies' edges lie over the photo")
        self._connect()
        self._show(LayersFrame())

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's layers."""
        if old.layers != new.layers:
            self._show(new.layers)

    def show_layers(self, layers: LayersFrame) -> None:
        """Show these layers, where they differ from those that are shown."""
        if layers != self._layers:
            self._show(layers)

    def _connect(self) -> None:
        self.overlay.activated.connect(lambda _i: self.overlay_chosen.emit(self.overlay.currentData()))
        self.kind.activated.connect(lambda _i: self.kind_chosen.emit(self.kind.currentData()))
        self.detector.activated.connect(lambda _i: self.detector_chosen.emit(self.detector.currentData()))

    def _show(self, layers: LayersFrame) -> None:
        self._layers = layers
        rows = tuple(row for row in layers.rows if not self._only or row.key in self._only)
        if [row.key for row in rows] != list(self.rows):
            self._rebuild(rows)
        for row in rows:
            self.rows[row.key].show_layer(row, selected=row.key == layers.selected)
        _fill(self.overlay, layers.methods, layers.overlay)
        self.kind.setCurrentIndex(self.kind.findData(layers.mesh_edge_kind))
        _fill(self.detector, list(layers.detectors), layers.detector)
        shown = {row.key for row in layers.rows if row.visible}
        self._form.setRowVisible(self.overlay, "mesh_edge" in shown)
        self._form.setRowVisible(self.kind, "mesh_edge" in shown)
        self._form.setRowVisible(self.detector, "plugin" in shown)

    def _rebuild(self, rows: tuple[LayerFrame, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {row.key: LayerRow(row) for row in rows}
        for key, widget in self.rows.items():
            self._list.addWidget(widget)
            widget.eye_changed.connect(self.eye_changed)
            widget.opacity_changed.connect(self.opacity_changed)
            widget.color_changed.connect(self.color_changed)
            widget.clicked.connect(lambda key=key: self.layer_selected.emit(key))


def _fill(box: QComboBox, items: Sequence[tuple[str | None, str]], current: str | None) -> None:
    """Offer `items` (key, title) in a combo box and show `current`."""
    if [box.itemData(i) for i in range(box.count())] != [key for key, _ in items]:
        box.clear()
        for key, title in items:
            box.addItem(title, key)
    box.setCurrentIndex(box.findData(current))


def connect_layers(panel: LayersPanel, controller: Controller) -> None:
    """Eyes, opacities, colours, and whose meshes."""

    def change(key: str, word: str = "", **changes: Any) -> None:
        controller.store.set(controller.state.with_layer(key, **changes), merge=word or None)

    def choose(name: str) -> Callable[[str], None]:
        def set_to(value: Any) -> None:
            controller.store.set(replace(controller.state, **{name: value}))

        return set_to

    panel.eye_changed.connect(lambda key, on: _show_layer(controller, key, on))
    panel.opacity_changed.connect(lambda key, opacity: change(key, f"opacity {key}", opacity=opacity))
    panel.color_changed.connect(lambda key, color: change(key, color=tuple(color)))
    panel.layer_selected.connect(choose("layer"))
    panel.overlay_chosen.connect(choose("overlay"))
    panel.kind_chosen.connect(choose("mesh_edge_kind"))
    panel.detector_chosen.connect(choose("plugin_edges"))


def _show_layer(controller: Controller, key: str, on: bool) -> None:
    """Show or hide a layer; the plugin layer begins with the first detector."""
    state = controller.state.with_layer(key, visible=on)
    detectors = controller.content.detectors
    if key == "plugin" and state.plugin_edges is None and detectors:
        state = replace(state, plugin_edges=detectors[0].id)
    controller.store.set(state)
