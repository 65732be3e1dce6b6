"""How far the review is: a bar of the verdicts' colours, and words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from sefd_viewer.features.people.views.review.verdict_signs import COLORS, TITLES
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors


class ReviewProgress(QWidget):
    """How many rows are reviewed, as a bar of the verdicts' colours and in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = PlainLabel("Reviewed")
        self._title.setProperty("heading", True)
        self._words = quiet_label()
        self._bar = _Shares()
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 9, 10, 9)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        self._legend = quiet_label("", wrap=True)
        layout.addWidget(self._legend)

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show how many rows have each state."""
        total = sum(number for state, number in counts.items() if state != "old")
        done = total - counts.get("unreviewed", 0)
        self._words.setText(f"{done:,} of {total:,}")
        self._bar.show_shares([(COLORS[s], counts.get(s, 0) / max(total, 1)) for s in COLORS])
        parts = [f"{counts[s]:,} {TITLES[s].lower()}" for s in (*COLORS, "old") if counts.get(s)]
        self._legend.setText(" · ".join(parts))
        self._legend.setVisible(bool(parts))


class _Shares(SafeOverrides, QWidget):
    """A thin bar of coloured shares."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: list[tuple[str, float]] = []
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: list[tuple[str, float]]) -> None:
        """Show colours (#rrggbb) and their shares of the whole."""
        self._shares = shares
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the shares one after the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_colors().raised))
        painter.drawRoundedRect(self.rect(), 3, 3)
        left = 0.0
        for color, share in self._shares:
            width = max(share * self.width(), 2.0) if share else 0.0
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(QRectF(left, 0, width, self.height()), 2, 2)
            left += width
        painter.end()
