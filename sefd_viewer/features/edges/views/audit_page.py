"""Stored edge maps against maps drawn anew: this record's side by side, the whole set's faults in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.edges.model import AuditFrame, EdgeLabFrame, EdgeLabState
from sefd_viewer.features.edges.work import AuditProgress
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip
from sefd_viewer.gui.panes import Pane, header, row_of, say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.tables import ExportButton, plain_table

if TYPE_CHECKING:
    from sefd_viewer.edge_maps.auditing import Finding

LEAST_CHOICE = 80
_KINDS = {
    "overlap": "Overlap edges",
    "all": "All, depth-tested",
    "occluded": "Occluded only",
    "single": "Single people",
}
_DILATIONS = {
    "adaptive": "Adaptive",
    "none": "Not dilated",
    "fixed:3": "Fixed 3×3",
    "fixed:5": "Fixed 5×5",
    "fixed:7": "Fixed 7×7",
}
_COLUMNS = ("Verdict", "Record", "Detail", "Agreement")
_RECORD = Qt.ItemDataRole.UserRole
_SHOWN = 2000
"""Findings in the table; a set with more has one fault throughout."""


class AuditPage(QWidget):
    """Signals out: `folder_wanted`, `kind_chosen(key)`, `dilation_chosen(words)`, `started`, `stopped`,
    `record_chosen(key)`."""

    folder_wanted = Signal()
    kind_chosen = Signal(str)
    dilation_chosen = Signal(str)
    started = Signal()
    stopped = Signal()
    record_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder, self._path = QPushButton("Folder of maps…"), ElidedLabel()
        self.kind, self.dilation = (
            _choice(_KINDS, "Kind of the stored maps"),
            _choice(_DILATIONS, "Dilation of the stored maps"),
        )
        self.audit = QPushButton("Audit the data set")
        self.audit.setProperty("primary", True)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setMaximumWidth(160)
        self.stored, self.expected, self.both = PhotoView(), PhotoView(), PhotoView()
        self.counts, self.table = quiet_label("", wrap=True), _table()
        self._findings: Sequence[Finding] = ()
        self.export = ExportButton("edge-map-audit", lambda: [one.to_dict() for one in self._findings])
        self._about = ElidedLabel()
        self._words = PhotoView()
        self._running = False
        self._lay_out()
        self._connect()

    def apply(self, old: EdgeLabFrame, new: EdgeLabFrame) -> None:
        """Show a frame."""
        self._show_choices(new.state)
        if not same(old.audit, new.audit):
            self._show_pair(new.audit)
            self._show_progress(new.audit.progress)
        if old.audit.progress is not new.audit.progress:
            self._fill(new.audit.progress.findings if new.audit.progress is not None else ())

    def fit(self) -> None:
        """Show the maps whole."""
        self.stored.fit()

    def _show_choices(self, state: EdgeLabState) -> None:
        self._path.setText(state.audit_folder or "")
        self._path.setToolTip(plain_tip(state.audit_folder or ""))
        self.kind.setCurrentIndex(self.kind.findData(state.audit_kind))
        self.dilation.setCurrentIndex(self.dilation.findData(state.audit_dilation))
        self.audit.setEnabled(state.audit_folder is not None)

    def _show_pair(self, frame: AuditFrame) -> None:
        self._words.setVisible(frame.words is not None)
        self._body.setVisible(frame.words is None)
        say(self._words, frame.words)
        pair = frame.pair
        pictures = (pair.stored, pair.expected, pair.both) if pair is not None else (None, None, None)
        for view, picture in zip((self.stored, self.expected, self.both), pictures, strict=True):
            fresh = view.viewport.is_fit
            view.set_image(picture)
            if fresh:
                view.fit()
            say(view, frame.pair_words)
        self._about.setText(pair.words if pair is not None else "")

    def _show_progress(self, progress: AuditProgress | None) -> None:
        self._running = progress is not None and not progress.finished
        self.audit.setText("Stop" if self._running else "Audit the data set")
        self.progress.setVisible(self._running)
        if progress is None:
            self.counts.setText("")
            return
        self.progress.setRange(0, max(progress.total, 1))
        self.progress.setValue(progress.done)
        self.counts.setText(_counts_words(progress))

    def _fill(self, findings: Sequence[Finding]) -> None:
        self._findings = findings
        self.export.setEnabled(bool(findings))
        shown = findings[:_SHOWN]
        self.table.setRowCount(len(shown))
        for row, finding in enumerate(shown):
            score = "" if finding.agreement is None else f"{finding.agreement:.2f}"
            for column, words in enumerate((finding.verdict.value, finding.record, finding.detail, score)):
                item = QTableWidgetItem(words)
                item.setData(_RECORD, finding.record)
                item.setToolTip(plain_tip(words))
                self.table.setItem(row, column, item)

    def _lay_out(self) -> None:
        self._body = QSplitter(Qt.Orientation.Vertical)
        self._body.setHandleWidth(1)
        self._body.setChildrenCollapsible(False)
        self._body.addWidget(
            row_of(
                Pane(header(PlainLabel("Stored"), self._about), self.stored),
                Pane(header(PlainLabel("Drawn anew"), ElidedLabel()), self.expected),
                Pane(
                    header(PlainLabel("Both"), ElidedLabel("white both · orange stored · blue new")),
                    self.both,
                ),
            )
        )
        self._body.addWidget(self._listed())
        self._body.setSizes([600, 260])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls())
        layout.addWidget(self._words, 1)
        layout.addWidget(self._body, 1)

    def _controls(self) -> QWidget:
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 6, 10, 6)
        line.setSpacing(8)
        line.addWidget(self.folder)
        line.addWidget(self._path, 1)
        for widget in (
            PlainLabel("Kind"),
            self.kind,
            PlainLabel("Dilation"),
            self.dilation,
            self.progress,
            self.audit,
        ):
            line.addWidget(widget)
        return bar

    def _listed(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 8, 10, 8)
        line = QHBoxLayout()
        line.addWidget(self.counts, 1)
        line.addWidget(self.export)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        return side

    def _connect(self) -> None:
        self.stored.link_to(self.expected)
        self.stored.link_to(self.both)
        self.folder.clicked.connect(self.folder_wanted)
        self.kind.activated.connect(lambda _i: self.kind_chosen.emit(self.kind.currentData()))
        self.dilation.activated.connect(lambda _i: self.dilation_chosen.emit(self.dilation.currentData()))
        self.audit.clicked.connect(lambda: self.stopped.emit() if self._running else self.started.emit())
        self.table.itemSelectionChanged.connect(self._choose)

    def _choose(self) -> None:
        items = self.table.selectedItems()
        if items:
            self.record_chosen.emit(items[0].data(_RECORD))


def _choice(titles: dict[str, str], name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setMinimumWidth(LEAST_CHOICE)  # as wide as its words where there is room
    for key, title in titles.items():
        box.addItem(title, key)
    return box


def _table() -> QTableWidget:
    table = plain_table([(title, "") for title in _COLUMNS], "Maps that are not as expected", selects=True)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for column, width in ((0, 160), (1, 260), (3, 90)):
        table.setColumnWidth(column, width)
    table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    return table


def _counts_words(progress: AuditProgress) -> str:
    if progress.problem:
        return progress.problem
    verdicts = sorted(progress.counts.items(), key=lambda item: -item[1])
    counts = " · ".join(f"{count} {verdict}" for verdict, count in verdicts) or "nothing compared yet"
    done = f"{progress.done} of {progress.total} photos"
    more = f" (the first {_SHOWN} are listed)" if len(progress.findings) > _SHOWN else ""
    return f"{done}: {counts}{more}"
