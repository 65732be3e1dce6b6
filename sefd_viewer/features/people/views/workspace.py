"""The workspace "People": one list of everybody, with the faces Compare and Check annotations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.methods import SAME_MM
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_view import judged_of, table_of
from sefd_viewer.app.person_pictures import person_pictures
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.actions import exported
from sefd_viewer.features.people.model import FRAME, PeopleFrame
from sefd_viewer.features.people.service import Walk, service_of
from sefd_viewer.features.people.views.case_panel import CasePanel
from sefd_viewer.features.people.views.compare_table import CompareView
from sefd_viewer.features.people.views.disagreements_panel import DisagreementsPanel
from sefd_viewer.features.people.views.filter_line import NARROW, FilterLine, NobodyMatches
from sefd_viewer.features.people.views.findings_panel import FindingsPanel
from sefd_viewer.features.people.views.head import Head
from sefd_viewer.features.people.views.person_panel import PersonPanel
from sefd_viewer.features.people.views.pictures import Pictures
from sefd_viewer.features.people.views.plot_pane import PlotPane
from sefd_viewer.features.people.views.table import PeopleTableView
from sefd_viewer.features.people.views.tags_page import TagsPage
from sefd_viewer.gui.controls import line
from sefd_viewer.gui.labels import ElidedLabel, grown, plain_tip
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.window_shell import with_ending
from sefd_viewer.judgements import NO_TAGS

FaceView = PeopleTableView | Pictures | PlotPane | CompareView | FindingsPanel | PersonPanel | CasePanel
STACKED = 1200
"""Width (px of usual text) below which the person stands under the people."""
PAGE = 60
_MANY = 20
"""People from whom on a verdict for all of them is asked about once."""


class PeopleWorkspace(SafeOverrides, QWidget):
    """Shows frames; what a person does goes to the service. `command_wanted(id)` is what others do."""

    command_wanted = Signal(str)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._service, self._frame = controller, service_of(controller), PeopleFrame()
        self.head, self.compare, self.filter = Head(), CompareView(), FilterLine()
        self.notes = ElidedLabel()
        self.disagreements = DisagreementsPanel()
        self.findings, self.pictures = (
            FindingsPanel(),
            Pictures(self._service.tiles, person_pictures(controller)),
        )
        self.table, self.plots = PeopleTableView(), PlotPane()
        self.person, self.case = PersonPanel(), CasePanel()
        self.nobody = NobodyMatches()
        self.nobody.filter_wanted.connect(self._service.filter)
        self.tags = TagsPage(self, self._service, self._known_tags, controller.say)
        self._middle, self._right, self._words = QStackedWidget(), QStackedWidget(), PhotoView()
        self._row = QSplitter(Qt.Orientation.Horizontal)
        self._body = QWidget()
        self._shown: dict[QWidget, PeopleFrame] = {}
        self._lay_out()
        self._connect()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        before, now = FRAME.of(old), FRAME.of(new)
        self._frame = now
        self.head.apply(before, now)
        self._words.setVisible(now.words is not None)
        self._body.setVisible(now.words is None)
        say(self._words, now.words)
        compare = now.state.face == "compare"
        if compare:
            self._apply_to(self.compare, now)
        self.compare.setVisible(compare and self.compare.rowCount() > 0)
        self._show_notes(now)
        self.filter.apply(before, now)
        self.disagreements.apply(before, now)
        self.findings.setVisible(not compare)
        if not compare:
            self._apply_to(self.findings, now)
        self._show_middle(now)
        self._right.setCurrentWidget(self.person if compare else self.case)
        self._apply_to(self.person if compare else self.case, now)
        if before.state.face != now.state.face:
            self._spread()

    def fit(self) -> None:
        """Show the whole plot and the person."""
        self.plots.plot.getPlotItem().autoRange(padding=0.06)
        self.case.frame_person()

    def focus_filter(self) -> None:
        """Give the keyboard to the filter."""
        self.filter.field.setFocus()
        self.filter.field.selectAll()

    def open_tags(self) -> None:
        """Ask for tags of the person in view, or of everybody picked, over whatever workspace is in view."""
        self.tags.lie_over(self.window())
        self.tags.open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the plot among the choices, and the person under the list, where there is too little room."""
        super().resizeEvent(event)
        self._spread_or_soon()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_shown"):
            self._spread_or_soon()

    # ---- what is shown

    def _show_middle(self, new: PeopleFrame) -> None:
        wide = self.width() >= grown(self, NARROW)
        nobody = new.lines is not None and not len(new.lines)
        if nobody:
            self.nobody.offer(new.left)
            self._middle.setCurrentWidget(self.nobody)
        elif self._plot_in_middle(new):
            self._middle.setCurrentWidget(self.plots)
        else:
            view = self.table if new.state.middle == "table" else self.pictures
            self._apply_to(view, new)
            self._middle.setCurrentWidget(view)
        if new.state.face == "compare" and (wide or self._middle.currentWidget() is self.plots):
            self._apply_to(self.plots, new)

    def _apply_to(self, view: FaceView, new: PeopleFrame) -> None:
        """Show a frame in a view that may have missed some."""
        view.apply(self._shown.get(view, PeopleFrame()), new)
        self._shown[view] = new

    def _plot_in_middle(self, new: PeopleFrame) -> bool:
        return (
            new.state.face == "compare" and new.state.middle == "plot" and self.width() < grown(self, NARROW)
        )

    def _show_notes(self, new: PeopleFrame) -> None:
        """Who has no truth or was left out, and what makes the joints."""
        table, words = new.compare, []
        if table is not None and new.state.face == "compare":
            if table.no_truth:
                words.append(f"{table.no_truth} people have no truth and enter no mean.")
            if table.left_out:
                words.append(f"{table.left_out} people with a bad or flagged annotation are left out.")
            words += table.notes
        self.notes.setText(" ".join(words))
        self.notes.setToolTip(plain_tip("\n".join(words)))
        self.notes.setVisible(bool(words))

    def _spread_or_soon(self) -> None:
        """Give the parts their room; later where the plot moves.

        A handle goes with it, and while a style changes Qt goes on to tell it: the program would end.
        """
        if self._has_plot_inside() == (self._middle.indexOf(self.plots) >= 0):
            self._spread()
        else:
            QTimer.singleShot(0, self, self._spread)

    def _has_plot_inside(self) -> bool:
        return self.width() < grown(self, NARROW) or self._frame.state.face != "compare"

    def _spread(self) -> None:
        compare, wide = self._frame.state.face == "compare", self.width()
        plot_inside = self._has_plot_inside()
        if plot_inside and self._middle.indexOf(self.plots) < 0:
            self._middle.addWidget(self.plots)
        elif not plot_inside and self._row.indexOf(self.plots) < 0:
            self._row.insertWidget(2, self.plots)
            self.plots.show()
        vertical = wide < grown(self, STACKED)
        self._row.setOrientation(Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal)
        self._middle.setMinimumHeight(grown(self, 150) if vertical else 0)
        if vertical:
            sizes = [150, 300, 300] if not compare else [0, 300, 260]
        elif compare:
            sizes = [0, 650, 380, 410] if not plot_inside else [0, wide - 380, 380]
        else:
            sizes = [260, 540, max(wide - 800, 500)]
        self._row.setSizes(sizes)

    # ---- what a person does

    def _connect(self) -> None:
        service, head = self._service, self.head
        head.face_chosen.connect(lambda face: service.change(face=face))
        head.started.connect(lambda methods, limit, poses: service.measure(methods, limit=limit, poses=poses))
        head.paused.connect(service.runs.pause)
        head.stopped.connect(service.runs.stop)
        head.run_chosen.connect(lambda folder: service.change("run", run=folder or None, limits=None))
        head.without_bad.connect(lambda on: service.change("left out", without_bad=on))
        head.methods_wanted.connect(lambda: self.command_wanted.emit("add_method"))
        head.poses_wanted.connect(self._ask_poses)
        head.page_wanted.connect(self._ask_page)
        head.reviewer_changed.connect(service.verdicts.set_reviewer)
        head.merge_wanted.connect(self._ask_merge)
        head.export_wanted.connect(self._ask_verdicts)
        self._connect_people()
        self._connect_person()
        self._connect_findings()

    def _connect_people(self) -> None:
        service = self._service
        for view in (self.table, self.pictures):
            view.chosen.connect(service.selecting.choose)
            view.picked.connect(service.selecting.pick)
            view.opened.connect(self._open)
        self.table.sorted.connect(service.sort)
        self.plots.chosen.connect(lambda changes: service.change("plot", **changes))
        self.plots.term.connect(service.add_term)
        self.plots.plot.dot_clicked.connect(service.selecting.choose)
        self.compare.baseline_chosen.connect(service.measure_against)
        self.compare.filtered.connect(self._filter_by_sign)
        self.compare.limit_changed.connect(lambda share: service.change("hidden", hidden_from=share))
        self.compare.metrics_changed.connect(lambda metrics: service.change("metrics", metrics=metrics))
        self.compare.told.connect(self._controller.say)
        line = self.filter
        line.words.connect(service.filter)
        line.term.connect(service.add_term)
        line.left.connect(lambda: (self._middle.currentWidget() or self).setFocus())
        line.middle_chosen.connect(lambda middle: service.change(middle=middle))
        line.ordered.connect(service.sort)
        line.tag_wanted.connect(self.open_tags)
        line.verdict_wanted.connect(self._judge_all)
        line.export_wanted.connect(self._ask_export)
        self.disagreements.chosen.connect(service.selecting.choose_case)
        self.disagreements.closed.connect(service.verdicts.close_disagreements)

    def _connect_person(self) -> None:
        service = self._service
        self.person.inspect_wanted.connect(lambda: service.selecting.inspect())
        self.person.reshaped.connect(lambda share: service.change(shape=share))
        self.person.method_stepped.connect(self._step_method)
        self.person.tag_wanted.connect(self.open_tags)
        self.person.tag_taken.connect(
            self._safe(lambda tag: service.verdicts.tag(service.selecting.rows(), tag, on=False))
        )
        self.case.inspect_wanted.connect(lambda: service.selecting.inspect())
        self.case.layer_switched.connect(self._switch_layer)
        self.case.issues_changed.connect(self._safe(lambda issues: service.verdicts.write(issues=issues)))
        self.case.next_wanted.connect(lambda: service.selecting.go(Walk.UNREVIEWED))
        for panel in (self.person, self.case):
            panel.judged.connect(self._safe(service.verdicts.judge))
            panel.note_changed.connect(self._safe(lambda note: service.verdicts.write(note=note)))

    def _connect_findings(self) -> None:
        service, panel = self._service, self.findings
        panel.chosen.connect(self._choose_detector)
        panel.asked.connect(service.ask_detector)
        panel.limit_moved.connect(service.set_threshold)
        panel.limit_reset.connect(lambda detector: service.set_threshold(detector, None))
        panel.scan_wanted.connect(lambda which: getattr(service.scans, which)())

    def _safe(self, action: Callable[..., None]) -> Callable[..., None]:
        """An action whose refusal goes to the status line."""

        def act(*words: object) -> None:
            try:
                action(*words)
            except SefdError as error:
                self._controller.say(str(error))

        return act

    def _choose_detector(self, detector: str) -> None:
        """Show whom a detector found, its gravest first; the same again shows everybody."""
        people = PEOPLE.of(self._controller.state)
        term, before = f"finding = {detector}", f"finding = {people.detector}"
        again = people.detector == detector and people.where == term
        where = "" if again else term if people.where in ("", before) else people.where
        changes = {"detector": "" if again else detector, "where": where, "applied": people.applied + 1}
        found = next((one for one in self._frame.detectors if one.id == detector), None)
        if found is not None and not again:
            changes |= {"order": detector if found.measured else "", "descending": found.above}
        self._service.change("detector", picked=(), **changes)

    def _open(self, row: int) -> None:
        """Enter on somebody: Inspect; with a verdict given while checking, the next one."""
        case = self._frame.case
        if self._frame.state.face == "check" and case is not None and case.state != "unreviewed":
            self._service.selecting.go(Walk.UNREVIEWED)
        else:
            self._service.selecting.inspect(row)

    def _filter_by_sign(self, method: str, sign: int) -> None:
        from sefd_viewer.app.filtering import difference

        table = self._frame.table
        if table is not None and self._frame.compare is not None:
            words = difference(method, self._frame.compare.baseline, table)
            self._service.filter(f"{words} {'>' if sign > 0 else '<'} {sign * SAME_MM:g}")

    def _step_method(self, step: int) -> None:
        """Another method beside the baseline."""
        methods = [one.id for one in self._frame.looks if one.id != self._frame.baseline]
        if methods:
            place = methods.index(self._frame.method) if self._frame.method in methods else 0
            self._service.compare_with(methods[(place + step) % len(methods)])

    def _switch_layer(self, id: str, on: bool) -> None:
        layers = PEOPLE.of(self._controller.state).layers
        self._service.change(layers=layers | {id} if on else layers - {id})

    def _judge_all(self, state: str) -> None:
        lines, picked = self._frame.lines, self._frame.state.picked
        rows = list(picked) if picked else lines.rows.tolist() if lines is not None else []
        if len(rows) >= _MANY and not picked:
            question = f"Call the annotations of {len(rows):,} people {state}? One Ctrl+Z takes it back."
            if QMessageBox.question(self, "Verdict", question) != QMessageBox.StandardButton.Yes:
                return
        self._safe(self._service.verdicts.judge_all)(rows, state)

    def _known_tags(self):  # type: ignore[no-untyped-def]  # (table, tags)
        content = self._controller.content
        return table_of(content), judged_of(content).tags or NO_TAGS

    # ---- files

    def _ask_poses(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "2D poses", "", "2D poses (*.json);;All files (*)")
        self.head.add_poses(name)

    def _ask_merge(self) -> None:
        kinds = "Verdicts (*.sqlite);;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Another reviewer's verdicts", "", kinds)
        if name:
            self._safe(self._service.verdicts.merge)(Path(name))

    def _ask_verdicts(self) -> None:
        kinds = "List of what is bad (*.txt);;Table (*.csv);;JSON (*.json)"
        name, kind = QFileDialog.getSaveFileName(self, "Export verdicts", "exclude.txt", kinds)
        if name:
            self._safe(self._service.verdicts.export)(Path(with_ending(name, kind)))

    def _ask_export(self) -> None:
        kinds = "CSV (*.csv);;Parquet (*.parquet)"
        name, kind = QFileDialog.getSaveFileName(self, "Export the people shown", "people.csv", kinds)
        if name:
            self._controller.say(exported(self._frame, Path(with_ending(name, kind))))

    def _ask_page(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Write a page", "worst.html", "HTML (*.html)")
        if name and self._frame.lines is not None:
            self._service.runs.write_page(name, [int(row) for row in self._frame.lines.rows[:PAGE]])

    # ---- layout

    def _lay_out(self) -> None:
        for page in (self.pictures, self.table, self.nobody):
            self._middle.addWidget(page)
        for panel in (self.person, self.case):
            self._right.addWidget(panel)
        for widget in (self.findings, self._middle, self.plots, self._right):
            self._row.addWidget(widget)
        self._row.setHandleWidth(1)
        self._row.setChildrenCollapsible(False)
        self._middle.setMinimumWidth(220)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        self.notes.setContentsMargins(14, 4, 14, 4)
        for part in (self.compare, self.notes, line(), self.filter, self.disagreements, line()):
            body.addWidget(part)
        body.addWidget(self._row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(line())
        layout.addWidget(self._words, 1)
        layout.addWidget(self._body, 1)
