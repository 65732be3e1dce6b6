"""Which signal of the workspace "Review" asks the desk for what: all in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.state import ViewerState
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.views.review.workspace import ReviewWorkspace


def make_review(controller: Controller) -> ReviewWorkspace:
    """The workspace, connected."""
    view = ReviewWorkspace(controller.review.crops)
    _connect_rows(view, controller)
    _connect_findings(view, controller)
    _connect_case(view, controller)
    return view


def _connect_rows(view: ReviewWorkspace, controller: Controller) -> None:
    desk = controller.review
    view.table.chosen.connect(desk.choices.choose)
    view.table.picked.connect(desk.choices.pick)
    view.wall.picked.connect(desk.choices.pick)
    view.wall.chosen.connect(desk.choices.choose)
    view.table.sorted.connect(desk.choices.sort)
    view.filter.words.connect(desk.choices.set_words)
    view.filter.layout_chosen.connect(lambda layout: desk.choices.arrange(layout=layout))
    view.filter.tile_chosen.connect(lambda side: desk.choices.arrange(tile=side))
    view.filter.whole_chosen.connect(lambda on: desk.choices.arrange(whole=on))
    view.filter.left.connect(view.focus_rows)
    view.filter.export.told.connect(controller.say)
    view.disagreements.chosen.connect(desk.choices.choose_case)
    view.disagreements.closed.connect(desk.verdicts.close_disagreements)


def _connect_findings(view: ReviewWorkspace, controller: Controller) -> None:
    desk, panel = controller.review, view.detectors
    panel.threshold_moved.connect(desk.choices.set_threshold)
    panel.threshold_reset.connect(desk.choices.reset_threshold)
    panel.switched.connect(desk.choices.set_detector)
    panel.findings_wanted.connect(lambda detector: desk.choices.set_words(f"finding:{detector}"))
    scans: dict[str, Callable[[], None]] = {
        "all": desk.scans.start,
        "quick": desk.scans.start_quick,
        "shown": desk.scans.start_shown,
        "picked": desk.scans.start_picked,
        "stop": desk.scans.stop,
    }
    panel.scan_wanted.connect(lambda what: scans[what]())


def _connect_case(view: ReviewWorkspace, controller: Controller) -> None:
    desk, form, photo = controller.review, view.case.form, view.case.photo
    view.case.bar.judged.connect(lambda state: _say_errors(controller, lambda: desk.verdicts.judge(state)))
    form.issues_changed.connect(
        lambda ids: _say_errors(controller, lambda: desk.verdicts.write(issues=tuple(ids)))
    )
    form.note_changed.connect(lambda note: _say_errors(controller, lambda: desk.verdicts.write(note=note)))
    form.reviewer_changed.connect(desk.verdicts.set_reviewer)
    view.case.bar.go_on_changed.connect(lambda on: desk.choices.arrange(go_on=on))
    photo.layer_switched.connect(
        lambda layer, on: desk.choices.arrange(layers=_switched(controller.state, layer, on))
    )
    photo.close_switched.connect(lambda on: desk.choices.arrange(close=on))
    photo.view.person_clicked.connect(desk.choices.choose_person)


def _switched(state: ViewerState, layer: Any, on: bool) -> frozenset[Any]:
    layers = state.review.layers
    return layers | {layer} if on else layers - {layer}


def _say_errors(controller: Controller, do: Callable[[], None]) -> None:
    """Do something; an error with words goes to the status line."""
    try:
        do()
    except SefdError as error:
        controller.say(str(error))
