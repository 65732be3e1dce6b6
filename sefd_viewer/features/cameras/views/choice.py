"""A few words of which one is chosen, as buttons side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from sefd_viewer.gui.plain_text import plain_tip


class Choice(QFrame):
    """`chosen(key)` comes by hand alone; `show_key` shows a choice without telling anybody."""

    chosen = Signal(str)

    def __init__(
        self, options: Sequence[tuple[str, str]], *, tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(1)
        self.setObjectName("segments")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        for key, title in options:
            button = self.buttons[key] = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setToolTip(plain_tip(tip))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            group.addButton(button)
            layout.addWidget(button)
            button.clicked.connect(lambda _on, key=key: self.chosen.emit(key))

    def show_key(self, key: str) -> None:
        """Mark the button of `key`."""
        self.buttons[key].setChecked(True)
