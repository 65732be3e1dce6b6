"""The workspace "Results": run bar, summary, table with its filter, plot, and the case in view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.tables import write_table
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.results.frame import ResultsFrame
from sefd_viewer.features.people.results.rows import HELP
from sefd_viewer.features.people.views.results.case_pane import CasePane
from sefd_viewer.features.people.views.results.gallery import MOST, Gallery
from sefd_viewer.features.people.views.results.people_table import PeopleTable
from sefd_viewer.features.people.views.results.plot_pane import PlotPane
from sefd_viewer.features.people.views.results.run_bar import RunBar
from sefd_viewer.features.people.views.results.tags_page import TagsPage
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.panes import row_of, say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip
from sefd_viewer.judgements.tags import NO_TAGS, with_tags

REST_MS = 250
"""How long the filter rests before it is used."""


class Results(QWidget):
    """Shows frames; what a person does goes to the controller."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._frame = controller, ResultsFrame()
        self.bar, self.table, self.plots, self.case = RunBar(), PeopleTable(), PlotPane(), CasePane()
        self.plot = self.plots.plot
        self.gallery, self.pages = Gallery(controller.crops), QStackedWidget()
        self.summary = quiet_label("", wrap=True)
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setPlaceholderText("Filter, for example: student_mpjpe_mm > 100 AND hidden > 0.3")
        self.count, self.mistake = quiet_label(""), PlainLabel(wordWrap=True)
        self.mistake.setProperty("problem", True)
        self.all = QToolButton()
        self.all.setText("Show everyone")
        self.pictures = QToolButton()
        self.pictures.setCheckable(True)
        self.pictures.setText("Gallery")
        self.pictures.setToolTip(
            plain_tip(f"Pictures of the first {MOST} people shown instead of their numbers")
        )
        self.export, self.page = QToolButton(), QToolButton()
        self.export.setText("Export…")
        self.export.setToolTip("Write the rows shown as CSV or Parquet")
        self.page.setText("Page…")
        self.page.setToolTip(
            "Write one HTML file about the first people shown: pictures to wipe, meshes to turn"
        )
        self.tag = QToolButton()
        self.tag.setText("Tag…")
        self.tag.setToolTip("Give the people chosen in the table tags, or take them (T)")
        self.tags = TagsPage(self, controller, self.chosen_rows)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._words, self._body = PhotoView(), QWidget()
        self._lay_out()
        self._connect()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        before, now = old.results, new.results
        self._frame = now
        self.bar.apply(before, now)
        self._words.setVisible(now.words is not None)
        self._body.setVisible(now.words is None)
        say(self._words, now.words)
        self.summary.setText("\n".join(now.summary))
        self.summary.setVisible(bool(now.summary))
        self.table.apply(before, now)
        self.pictures.setChecked(now.state.gallery)
        self.pages.setCurrentWidget(self.gallery if now.state.gallery else self.table)
        if now.state.gallery:
            self.gallery.apply(before, now, new.dataset)
        if before.table is not now.table:
            self._list_columns()
        self._show_choices(now)
        self.plots.apply(before, now)
        self.case.apply(old, new)

    def fit(self) -> None:
        """Show the whole plot and photo."""
        self.plot.getPlotItem().autoRange(padding=0.04)
        self.case.view.fit()

    def chosen_rows(self) -> NDArray[np.int32]:
        """The rows of the run that are selected, among the pictures where these are shown."""
        return (self.gallery if self._frame.state.gallery else self.table).chosen_rows()

    # ---- what is shown

    def _list_columns(self) -> None:
        columns = self._frame.table.columns if self._frame.table is not None else ()
        self.plots.list_columns(columns)
        names = "\n".join(column.id for column in columns)
        lines = "\n".join(f"{example}   ({words})" for example, words in HELP)
        self.filter.setToolTip(plain_tip(f"{lines}\n\nColumns:\nrecord\nperson\ntags\n{names}"))

    def _show_choices(self, now: ResultsFrame) -> None:
        self.mistake.setText(now.mistake)
        self.mistake.setVisible(bool(now.mistake))
        self.tag.setEnabled(now.lines is not None and len(now.lines) > 0)
        self.export.setEnabled(now.lines is not None and len(now.lines) > 0)
        self.page.setEnabled(now.lines is not None and len(now.lines) > 0 and now.report is None)
        if not self.filter.hasFocus() and self.filter.text() != now.state.where:
            self.filter.setText(now.state.where)
        shown, total = len(now.lines) if now.lines is not None else 0, len(now.table) if now.table else 0
        words = f"{total:,} people" if shown == total else f"{shown:,} of {total:,} people"
        self.count.setText(words)
        self.all.setVisible(now.state.lasso is not None or bool(now.state.where))

    # ---- what a person does

    def _connect(self) -> None:
        desk = self._controller.results
        self.bar.started.connect(lambda methods, limit, poses: desk.run(methods, limit=limit, poses=poses))
        self.bar.poses_wanted.connect(self._ask_poses)
        self.bar.paused.connect(desk.pause)
        self.bar.stopped.connect(desk.stop)
        self.bar.run_chosen.connect(lambda folder: self._change(run=folder or None, row=None, lasso=None))
        self.bar.file_wanted.connect(self._ask_file)
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._open)
        self.table.sorted.connect(lambda column, down: self._change(sort=column, descending=down))
        self.gallery.chosen.connect(self._choose)
        self.gallery.opened.connect(self._open)
        self.pictures.toggled.connect(lambda on: self._change(gallery=on))
        self.plot.dot_clicked.connect(self._choose)
        self.plot.lassoed.connect(lambda polygon: self._change(lasso=polygon))
        self.plot.limits_changed.connect(lambda x, y: self._change("limits", limits=(x, y)))
        self.plots.chosen.connect(lambda changes: self._change(**changes))
        self.all.clicked.connect(self._show_everyone)
        self.tag.clicked.connect(self.tags.open)
        for view in (self.table, self.gallery):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(lambda _place: self.tags.open())
        self.export.clicked.connect(self._ask_export)
        self.page.clicked.connect(self._ask_page)
        self.filter.textEdited.connect(lambda _text: self._rest.start())
        self.filter.returnPressed.connect(self._use_filter)
        self._rest.timeout.connect(self._use_filter)
        self.case.overlay_chosen.connect(self._show_overlay)
        self.case.opened.connect(lambda: self._open(self._frame.state.row))

    def _use_filter(self) -> None:
        self._rest.stop()
        if self.filter.text() != self._frame.state.where:
            self._change("where", where=self.filter.text())

    def _show_everyone(self) -> None:
        self.filter.clear()
        self._change(lasso=None, where="")

    def _change(self, word: str | None = None, **changes: Any) -> None:
        state = self._controller.state
        results = replace(state.results, **changes)
        self._controller.store.set(replace(state, results=results), merge=word)

    def _choose(self, row: int) -> None:
        """Bring a row's person into view."""
        assert self._frame.table is not None
        record, person = self._frame.table.case(row)
        state = self._controller.state
        if record != state.record and self._controller.position(record) is not None:
            state = state.with_record(record)
        results = replace(state.results, row=row)
        self._controller.store.set(replace(state, person=person, results=results), remember=False)

    def _open(self, row: int | None) -> None:
        if row is not None:
            self._choose(row)
            self._controller.store.set(replace(self._controller.state, workspace="inspect"), remember=False)

    def _show_overlay(self, method: str) -> None:
        state = self._controller.state.with_layer("mesh", visible=True)
        self._controller.store.set(replace(state, overlay=method))

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Predictions", "", "Predictions (*.npz *.pkl *.json);;All files (*)"
        )
        if name:
            self.bar.add_file(name, Path(name).stem)

    def _ask_poses(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "2D poses", "", "2D poses (*.json);;All files (*)")
        self.bar.add_poses(name)

    def _ask_export(self) -> None:
        kinds = "CSV (*.csv);;Parquet (*.parquet)"
        name, _ = QFileDialog.getSaveFileName(self, "Export the rows shown", "people.csv", kinds)
        if name:
            self._controller.say(self.export_to(name))

    def export_to(self, name: str) -> str:
        """Write the rows shown; returns words about it."""
        table, lines = self._frame.table, self._frame.lines
        if table is None or lines is None:
            return "There is nothing to export"
        shown = with_tags(table.frame[lines.rows], self._frame.tags or NO_TAGS)
        try:
            return f"Wrote {write_table(Path(name), shown)} rows to {name}"
        except SefdError as error:
            return str(error)

    def _ask_page(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Write a page", "worst.html", "HTML (*.html)")
        if name and self._frame.lines is not None:
            self._controller.results.write_page(name, [int(row) for row in self._frame.lines.rows[:60]])

    # ---- layout

    def _lay_out(self) -> None:
        left, right = QWidget(), QSplitter(Qt.Orientation.Vertical)
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        line = QHBoxLayout()
        line.addWidget(self.filter, 1)
        for button in (self.all, self.tag, self.pictures, self.export, self.page):
            line.addWidget(button)
        for page in (self.table, self.gallery):
            self.pages.addWidget(page)
        column.addWidget(self.summary)
        column.addLayout(line)
        column.addWidget(self.mistake)
        column.addWidget(self.pages, 1)
        column.addWidget(self.count)
        right.setHandleWidth(1)
        right.setChildrenCollapsible(False)
        right.addWidget(self.plots)
        right.addWidget(self.case)
        right.setSizes([430, 420])
        row = row_of(left, right)
        row.setSizes([720, 640])
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._body, 1)
