"""The edge panel: how Canny edges are found and thickened, and whether HED is shown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QSpinBox, QToolButton, QWidget

from sefd_viewer.app.frame import Frame
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.gui.controls import NumberSlider

_VARIANTS = {"soft": "Soft (gradient)", "binary": "Binary (thresholds)"}


class EdgePanel(QWidget):
    """Signals out: `changed(settings, word)`, the word naming a slider that moves, and `hed_changed(on)`."""

    changed = Signal(EdgeSettings, str)
    hed_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = EdgeSettings()
        self.variant = QComboBox()
        for key, title in _VARIANTS.items():
            self.variant.addItem(title, key)
        self.low = NumberSlider(0.02, 1.5, 0.02)
        self.high = NumberSlider(0.02, 1.5, 0.02)
        self.sigma = NumberSlider(0.2, 4.0, 0.1, decimals=1)
        self.kernel = NumberSlider(1, 15, 2, decimals=0)
        self.adaptive = QCheckBox("by the size of each person")
        self.thresholds = tuple(self._threshold(kernel) for kernel in (1, 3, 5))
        self.release_channels = QCheckBox("as in the release (BGR)")
        self.hed = QCheckBox("HED edges on the photo")
        self.reset = QToolButton()
        self.reset.setText("Reset")
        self.variant.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.variant.setMinimumContentsLength(10)
        self._lay_out()
        self._connect()
        self.show_settings(self._settings)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's settings."""
        if old.edges != new.edges:
            self.show_settings(new.edges)
        if self.hed.isChecked() != new.hed:
            self.hed.blockSignals(True)
            self.hed.setChecked(new.hed)
            self.hed.blockSignals(False)

    def show_settings(self, settings: EdgeSettings) -> None:
        """Show settings without telling anybody."""
        self._settings = settings
        controls = (self.variant, self.adaptive, self.release_channels, *self.thresholds)
        for control in controls:
            control.blockSignals(True)
        self.variant.setCurrentIndex(self.variant.findData(settings.variant))
        self.adaptive.setChecked(settings.dilation == "adaptive")
        self.release_channels.setChecked(settings.channel_order == "bgr_release")
        for box, area in zip(self.thresholds, settings.area_thresholds, strict=True):
            box.setValue(round(math.sqrt(area)))
        for control in controls:
            control.blockSignals(False)
        for slider, value in (
            (self.low, settings.low),
            (self.high, settings.high),
            (self.sigma, settings.sigma),
        ):
            slider.set_value(value)
        self.kernel.set_value(settings.kernel if settings.dilation != "none" else 1)
        self._enable(settings)

    def _enable(self, settings: EdgeSettings) -> None:
        for widget in (self.low, self.high):
            widget.setEnabled(settings.variant == "binary")
        self.kernel.setEnabled(settings.dilation != "adaptive")
        self._form.setRowVisible(self._boxes, settings.dilation == "adaptive")

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(10, 4, 10, 8)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        boxes = QHBoxLayout()
        boxes.setSpacing(4)
        for box in self.thresholds:
            boxes.addWidget(box, 1)
        canny = QHBoxLayout()
        canny.addWidget(self.variant, 1)
        canny.addWidget(self.reset)
        form.addRow("Canny", canny)
        form.addRow("Low", self.low)
        form.addRow("High", self.high)
        form.addRow("Blur σ", self.sigma)
        form.addRow("Kernel", self.kernel)
        form.addRow("Adaptive", self.adaptive)
        form.addRow("Boxes to", boxes)
        self._form, self._boxes = form, boxes
        form.addRow("Colour", self.release_channels)
        form.addRow("HED", self.hed)
        self.low.setToolTip("Binary: edges weaker than this never count")
        self.high.setToolTip("Binary: edges stronger than this always count")
        self.sigma.setToolTip("Gaussian blur before the gradient, in pixels")
        self.kernel.setToolTip("Edges are thickened by a square of this many pixels")
        self.adaptive.setToolTip(
            "Small people get thin edges, large people thick ones (supplement, section 4)"
        )
        self.hed.setToolTip("Edges of the HED network; computed once for each picture")
        self.reset.setToolTip("Back to the settings that the networks were trained with")

    def _threshold(self, kernel: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(1, 4096)
        box.setSuffix("²")
        box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        box.setToolTip(
            f"Boxes up to this many pixels squared get {kernel}×{kernel}; larger ones the next kernel"
        )
        box.setAccessibleName(f"Largest box for {kernel}×{kernel}")
        box.setKeyboardTracking(False)
        return box

    def _connect(self) -> None:
        self.variant.currentIndexChanged.connect(
            lambda _index: self._change(variant=self.variant.currentData())
        )
        self.low.changed.connect(self._low_moved)
        self.high.changed.connect(self._high_moved)
        self.sigma.changed.connect(lambda value: self._change("sigma", sigma=value))
        self.kernel.changed.connect(self._kernel_moved)
        self.adaptive.toggled.connect(lambda on: self._change(dilation="adaptive" if on else "fixed"))
        self.release_channels.toggled.connect(
            lambda on: self._change(channel_order="bgr_release" if on else "rgb")
        )
        for box in self.thresholds:
            box.valueChanged.connect(lambda _value: self._thresholds_changed())
        self.hed.toggled.connect(self.hed_changed)
        self.reset.clicked.connect(lambda: self._change(**_fields(EdgeSettings())))

    def _low_moved(self, value: float) -> None:
        self._change("low", low=value, high=max(value, self._settings.high))

    def _high_moved(self, value: float) -> None:
        self._change("high", high=value, low=min(value, self._settings.low))

    def _kernel_moved(self, value: float) -> None:
        self._change("kernel", dilation="fixed", kernel=round(value))

    def _thresholds_changed(self) -> None:
        areas = sorted(float(box.value() ** 2) for box in self.thresholds)
        self._change(area_thresholds=tuple(areas))

    def _change(self, word: str = "", **changes: Any) -> None:
        self.changed.emit(replace(self._settings, **changes), word)


def _fields(settings: EdgeSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}
