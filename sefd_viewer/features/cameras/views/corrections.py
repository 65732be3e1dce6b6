"""The page over the window that lists what can be put right in a set, with a tick each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.cameras.service import service_of
from sefd_viewer.features.cameras.views.blocks import wrapped
from sefd_viewer.gui.cards import Card, heading
from sefd_viewer.gui.controls import quiet_label

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.cameras.sequences.findings import SequenceFinding

_ABOUT = (
    "What is ticked is corrected in a copy of the set; your own files are not written. "
    "What is sure or was chosen in Cameras is ticked; a tick confirms the others. The copy is checked again: "
    "corrections.json in it says what each change achieved."
)


class CorrectionsPage(Card):
    """Findings with ticks, the sure ones ticked; the button asks for a folder and writes a copy there."""

    def __init__(self, parent: QWidget, controller: Controller) -> None:
        super().__init__(parent)
        self._service = service_of(controller)
        self._findings: tuple[SequenceFinding, ...] = ()
        self.ticks: list[QCheckBox] = []
        self.write = QPushButton("Write the copy…")
        self.write.clicked.connect(self._ask)
        self.refused = quiet_label("", wrap=True)
        self._area = QScrollArea(widgetResizable=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 16, 22, 18)
        outer.setSpacing(10)
        outer.addWidget(heading("What can be corrected"))
        outer.addWidget(quiet_label(_ABOUT, wrap=True))
        outer.addWidget(self._area)
        outer.addWidget(self.refused)
        outer.addWidget(self.write, 0, Qt.AlignmentFlag.AlignRight)
        self.least = QSize(820, 460)

    def open(self) -> None:
        """List what was found last."""
        known, self.ticks, body = self._service.corrections, [], QWidget()
        self._findings = known.findings if known is not None else ()
        self.refused.setText("\n".join(known.refused) if known is not None else "")
        self.refused.setVisible(bool(self.refused.text()))
        rows = QGridLayout(body)
        rows.setColumnStretch(1, 1)
        for row, finding in enumerate(self._findings):
            tick = QCheckBox()
            tick.setChecked(finding.sure)
            tick.setAccessibleName(finding.sentence)
            tick.toggled.connect(self._allow)
            rows.addWidget(tick, row, 0, Qt.AlignmentFlag.AlignTop)
            rows.addWidget(wrapped(finding.sentence), row, 1)
            self.ticks.append(tick)
        rows.setRowStretch(len(self.ticks), 1)
        self._area.setWidget(body)
        self._allow()
        super().open()

    def ticked(self) -> list[SequenceFinding]:
        """The findings that are ticked."""
        pairs = zip(self._findings, self.ticks, strict=True)
        return [finding for finding, tick in pairs if tick.isChecked()]

    def _allow(self) -> None:
        self.write.setEnabled(any(tick.isChecked() for tick in self.ticks))

    def _ask(self) -> None:
        out = QFileDialog.getExistingDirectory(self, "Empty folder for the corrected copy")
        if out:
            self.close_card()
            self._service.write_corrected(out, self.ticked())
