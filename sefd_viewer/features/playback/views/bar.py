"""The bar below the views: play, step, how fast, which part, and the curves over the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame, same
from sefd_viewer.app.photo_titles import moment_title
from sefd_viewer.features.playback.actions import EFFECTS
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, PlaybackFrame, at_frame, with_playback
from sefd_viewer.features.playback.playing import Player
from sefd_viewer.gui.bridge import RestTimer
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import ElidedLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.playback.views.curve_plot import CurvePlot

RATES: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0)
"""Frames each second at most; slower where the networks need longer."""
LINE_HEIGHT = 34
LEAST_CHOICE = 92
VALUE_HEIGHT = 20
PLOT_HEIGHT = 100
CURVES = (("Automatic", ""), ("Error (MPJPE)", "error"), ("Movement", "motion"))
KINDS = {"error": "MPJPE", "motion": "moved"}
_TIPS = {
    "previous_frame": "Previous frame of this view (Page up)",
    "play": "Play (Space)",
    "next_frame": "Next frame of this view (Page down)",
    "playback_loops": "Begin again at the end",
    "part_begins": "Play from here (Shift+A)",
    "part_ends": "Play up to here (Shift+B)",
    "worst_frame": "Go to the worst frame of the method on the photo (Shift+W)",
}
ANSWERS_MS = 80
"""Answers of the networks come one after the other: their curves are drawn together."""


class PlaybackBar(SafeOverrides, QWidget):
    """Signals out: `command_wanted(id)`, `rate_chosen`, `curve_chosen` and `frame_chosen(key)`."""

    command_wanted = Signal(str)
    rate_chosen = Signal(float)
    curve_chosen = Signal(str)
    frame_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot: CurvePlot | None = None
        self._frame = PlaybackFrame()
        self._drawn: tuple[object, object, object] = (None, None, None)
        self._answers_come = QTimer(self, interval=ANSWERS_MS, singleShot=True)
        self._answers_come.timeout.connect(self._draw_curves)
        self._signs = False
        self.buttons = {id: self._button(id, tip) for id, tip in _TIPS.items()}
        self.buttons["playback_loops"].setCheckable(True)
        self.photo_only = self._word_button(
            "playback_photo_only", "Photos alone", "The networks rest while playing"
        )
        self.photo_only.setCheckable(True)
        self.whole = self._word_button("whole_sequence", "Whole sequence", "Play everything again")
        self.rate, self.curve = QComboBox(), QComboBox()
        self.place, self.value = quiet_label(), ElidedLabel()
        self._fill_choices()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addWidget(self._line())
        self.value.setFixedHeight(VALUE_HEIGHT)
        self.value.setContentsMargins(10, 0, 10, 0)
        self._lines.addWidget(self.value)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(LINE_HEIGHT + VALUE_HEIGHT + PLOT_HEIGHT)
        self.refresh_icons()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show where one is, and what is known of the frames."""
        if not same(PLAYBACK_FRAME.of(old), PLAYBACK_FRAME.of(new)):
            self._show(PLAYBACK_FRAME.of(new))

    def _show(self, new: PlaybackFrame) -> None:
        self._frame = new
        if new.track is None or new.index is None:
            return
        self._show_choices(new)
        if self.isVisible():
            self._show_plot(new)
        self._tell(-1)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while nobody looked."""
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # Space plays, and presses no button of the strip
        if self._frame.track is not None:
            self._show_plot(self._frame)

    def refresh_icons(self) -> None:
        """Draw the signs in the palette's colours."""
        for id, button in self.buttons.items():
            button.setIcon(icon("pause" if id == "play" and self._frame.playing else id))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh_icons()

    # ---- inside

    def _show_choices(self, new: PlaybackFrame) -> None:
        state, count = new.state, len(new.track.keys) if new.track is not None else 0
        self.rate.setCurrentIndex(self.rate.findData(state.rate))
        self.curve.setCurrentIndex(self.curve.findData(state.curve or ""))
        self.buttons["playback_loops"].setChecked(state.loop)
        self.photo_only.setChecked(state.photo_only)
        self.whole.setVisible(new.span != (0, count - 1))
        self.buttons["worst_frame"].setEnabled(new.worst is not None)
        signs = new.playing
        if signs != self._signs:
            self._signs = signs
            self.refresh_icons()
        self.place.setText(f"{(new.index or 0) + 1:,} of {count:,}")

    def _show_plot(self, new: PlaybackFrame) -> None:
        plot, track = self._made_plot(), new.track
        assert track is not None
        if self._drawn[0] is not track:
            self._draw_curves()
        elif self._drawn[1] is not new.curves or self._drawn[2] != new.looks:
            self._answers_come.start()
        plot.show_part(*new.span, len(track.keys))
        plot.show_index(new.index)

    def _draw_curves(self) -> None:
        """Draw the curves as they are now."""
        track, curves, looks = self._frame.track, self._frame.curves, self._frame.looks
        if track is not None and self._drawn != (track, curves, looks):
            self._drawn = (track, curves, looks)
            self._made_plot().show_curves(track, curves, looks)

    def _made_plot(self) -> CurvePlot:
        if self.plot is None:
            from sefd_viewer.features.playback.views.curve_plot import CurvePlot

            self.plot = CurvePlot()
            self.plot.setFixedHeight(PLOT_HEIGHT)
            self.plot.clicked.connect(self._clicked)
            self.plot.pointed.connect(self._tell)
            self._lines.addWidget(self.plot)
        return self.plot

    def _clicked(self, index: int) -> None:
        if self._frame.track is not None and index < len(self._frame.track.keys):
            self.frame_chosen.emit(self._frame.track.keys[index])

    def _tell(self, pointed: int) -> None:
        """Tell the values of a frame, of the one in view when none is pointed at."""
        frame = self._frame
        index = frame.index if pointed < 0 else pointed
        if frame.track is None or index is None or index >= len(frame.track.keys):
            return
        name = f"frame {moment_title(frame.track.names[index])}"
        curves = frame.curves
        if curves is None:
            self.value.setText(f"{name}   nothing measured yet: play, or run in People")
            return
        values = zip(frame.looks, curves.values[index], strict=True)
        parts = [f"{look.title} {mm:.0f}" for look, mm in values if np.isfinite(mm)]
        told = "   ".join(parts) + " mm" if parts else "unknown"
        frames = "1 frame" if curves.known == 1 else f"{curves.known:,} frames"
        self.value.setText(f"{name}   {KINDS[curves.kind]} {told}   {frames} known")

    def _fill_choices(self) -> None:
        for rate in RATES:
            self.rate.addItem(f"{rate:.0f} / s", rate)
        self.rate.setToolTip("Frames each second at most; the networks may need longer")
        for title, key in CURVES:
            self.curve.addItem(title, key)
        self.curve.setToolTip(
            "Errors where they are known, or how far joints move between frames, in millimetres"
        )
        for box in (self.rate, self.curve):
            box.setMinimumWidth(LEAST_CHOICE)  # as wide as its words where there is room
            box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rate.activated.connect(lambda _i: self.rate_chosen.emit(self.rate.currentData()))
        self.curve.activated.connect(lambda _i: self.curve_chosen.emit(self.curve.currentData()))

    def _line(self) -> QWidget:
        line = QWidget()
        line.setFixedHeight(LINE_HEIGHT)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(4)
        for widget in (*self.buttons.values(), self.place, self.rate, self.photo_only, self.whole):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.curve)
        return line

    def _button(self, id: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(plain_tip(tip))
        button.setAccessibleName(tip)
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.command_wanted.emit(id))
        return button

    def _word_button(self, id: str, words: str, tip: str) -> QToolButton:
        button = self._button(id, tip)
        button.setText(words)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        return button


def make_bar(controller: Controller) -> PlaybackBar:
    """The bar of the frames of a sequence, connected, and what plays them."""
    bar = PlaybackBar()
    player = Player(controller, RestTimer(bar))
    controller.listen(lambda _old, new: player.apply(new))

    def change(**changes: Any) -> None:
        controller.store.set(with_playback(controller.state, **changes), remember=False)

    bar.command_wanted.connect(lambda id: EFFECTS[id](controller))
    bar.rate_chosen.connect(lambda rate: change(rate=rate))
    bar.curve_chosen.connect(lambda curve: change(curve=curve or None))
    bar.frame_chosen.connect(
        lambda key: controller.store.set(at_frame(controller.state, key), remember=False)
    )
    return bar
