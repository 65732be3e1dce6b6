"""The errors over time below the photos: how far they are computed, and the plot."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from sefd_viewer.app.frame import same
from sefd_viewer.app.photo_titles import camera_title, moment_title
from sefd_viewer.features.cameras.frame import TimelineFrame
from sefd_viewer.features.cameras.timeline import mean_of_views
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, TextLine, plain_tip

if TYPE_CHECKING:
    from sefd_viewer.gui.plots import TimelinePlot


class TimelinePane(QWidget):
    """Signals out: `record_chosen(key)` and `measuring_changed(on)`."""

    record_chosen = Signal(str)
    measuring_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: TimelinePlot | None = None
        self._frame = TimelineFrame()
        title = PlainLabel("Mean error by moment")
        title.setProperty("heading", True)
        self.state, self.value = quiet_label(), ElidedLabel()
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pause = QToolButton()
        self.pause.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pause.clicked.connect(lambda: self.measuring_changed.emit(self._frame.paused))
        self.words = quiet_label("", wrap=True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.words)
        line = QHBoxLayout()
        line.setContentsMargins(8, 0, 8, 0)
        line.setSpacing(8)
        for widget in (title, self.state, self.pause):
            line.addWidget(widget)
        line.addWidget(self.value, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        bar = TextLine(28)
        bar.setLayout(line)
        layout.addWidget(bar)
        layout.addWidget(self._stack, 1)
        self.setMinimumHeight(96)

    def show_frame(self, new: TimelineFrame) -> None:
        """Show what is known so far."""
        old, self._frame = self._frame, new
        self._show_state(new)
        if new.values is None:
            words = new.words
            self.words.setText(
                "" if words is None else f"<b>{escape(words.title)}</b><br>{escape(words.hint)}"
            )
            self.words.setToolTip("" if words is None else plain_tip(f"{words.title}. {words.hint}"))
            self._stack.setCurrentWidget(self.words)
            self.value.setText("")
            return
        plot = self._made_plot()
        if old.values is not new.values or old.person != new.person or not same(old.views, new.views):
            _show(plot, new)
        elif old.index != new.index:
            plot.show_index(new.index)
        self._stack.setCurrentWidget(plot)
        self._point(-1)

    def _show_state(self, frame: TimelineFrame) -> None:
        count = len(frame.keys)
        done = int(frame.values.done.sum()) if frame.values is not None else 0
        missing = frame.words is None and done < count
        self.state.setText(f"{done:,} of {count:,} moments" if missing else "")
        self.pause.setVisible(missing)
        self.pause.setText("Go on" if frame.paused else "Pause")

    def _made_plot(self) -> TimelinePlot:
        if self.plot is None:
            from sefd_viewer.gui.plots import TimelinePlot

            self.plot = TimelinePlot()
            self.plot.clicked.connect(self._clicked)
            self.plot.pointed.connect(self._point)
            self._stack.addWidget(self.plot)
        return self.plot

    def _clicked(self, index: int) -> None:
        if index < len(self._frame.keys):
            self.record_chosen.emit(self._frame.keys[index])

    def _point(self, index: int) -> None:
        """Tell the errors of a moment, of the one in view when none is pointed at."""
        shown = self._frame.index if index < 0 else index
        if shown is None or self._frame.values is None or shown >= len(self._frame.moments):
            self.value.setText("")
            return
        errors = self._frame.values.of_person(self._frame.person, self._frame.views)[shown]
        titles = [camera_title(view, self._frame.views).partition(" (")[0] for view in self._frame.views]
        seen = zip(titles, errors, strict=True)
        parts = [f"{view} {_amount(error)}" for view, error in seen if np.isfinite(error)]
        known = errors[np.isfinite(errors)]
        mean = f"mean {_amount(known.mean())} px" if known.size else "unknown"
        self.value.setText("   ".join([self._moment(shown), mean, *parts]))
        self.value.setToolTip(plain_tip(self.value.text()))

    def _moment(self, index: int) -> str:
        """ "S8 Smoking 1 · frame 40"."""
        begun = [name for first, name in self._frame.sequences if first <= index]
        return " · ".join([*begun[-1:], f"frame {moment_title(self._frame.moments[index])}"])


def _amount(px: float) -> str:
    return f"{px:.1f}" if px < 99.95 else f"{px:.0f}"


def _show(plot: TimelinePlot, frame: TimelineFrame) -> None:
    """Show other numbers; the part in view stays unless the moments are others."""
    assert frame.values is not None
    errors = frame.values.of_person(frame.person, frame.views)
    plot.show_values(errors, frame.moments, frame.sequences)
    plot.show_mean(mean_of_views(errors))
    plot.show_index(frame.index)
