"""The person bar and the strip, connected: what is clicked becomes an action."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.person_frames import PERSON_FRAME
from sefd_viewer.app.sequence import track_in_view
from sefd_viewer.features.person import actions
from sefd_viewer.gui.person_bar import PersonBar
from sefd_viewer.gui.strip import Strip
from sefd_viewer.gui.workspaces import Pan, make_view

RunCommand = Callable[[str], None]


class PersonBars:
    """The bar `above` the workspace and the strip `below` it."""

    def __init__(self, controller: Controller, run: RunCommand, pan: Pan) -> None:
        self._controller, self._run = controller, run
        self.above, self.below = PersonBar(), Strip(actions.service_of(controller).pictures)
        self.time = make_view("playback", controller)
        self.below.set_time(self.time)
        self.above.panned.connect(pan)
        self._connect_bar(self.above)
        self._connect_strip(self.below)

    def widgets(self) -> tuple[QWidget, QWidget]:
        """What stands above and below."""
        return self.above, self.below

    def set_height(self, height: int) -> None:
        """Be lower in a low window."""
        for widget in (self.above, self.below):
            widget.set_height(height)

    def take_keyboard(self) -> None:
        """Arrow keys go through the people."""
        self.below.list.setFocus()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        before, now = PERSON_FRAME.of(old), PERSON_FRAME.of(new)
        self.time.apply(old, new)
        self.below.allow_time(allowed=self._has_time())
        if before.bar is not now.bar:
            self.above.apply(before.bar, now.bar)
        if before.strip is not now.strip:
            self.below.apply(before.strip, now.strip)
        if now is not before:
            self._allow_verdicts()

    def _allow_verdicts(self) -> None:
        allowed = self._can("verdict_good")  # as every other verdict
        for button in self.above.decisions.values():
            button.setEnabled(allowed)
        self.above.tag.setEnabled(self._can("tag_people"))

    def _has_time(self) -> bool:
        """Whether the photo in view is a frame of a sequence."""
        return track_in_view(self._controller.state, self._controller.content) is not None

    def _can(self, command: str) -> bool:
        return command in COMMANDS and COMMANDS[command].enabled(self._controller)

    def _connect_bar(self, bar: PersonBar) -> None:
        controller = self._controller
        bar.person_chosen.connect(lambda key: actions.select_in_photo(controller, key))
        bar.record_chosen.connect(lambda key: actions.select_view(controller, key))
        bar.stepped.connect(lambda step: actions.step_photo(controller, step))
        bar.pixel_clicked.connect(lambda x, y: actions.select_at(controller, x, y))
        bar.decided.connect(lambda state: self._run(f"verdict_{state}"))
        bar.tag_wanted.connect(lambda: self._run("tag_people"))
        bar.story_wanted.connect(lambda: self._run("add_case"))
        bar.explain_wanted.connect(lambda: self._run("workspace_explain"))
        bar.followed.connect(self._follow)

    def _connect_strip(self, strip: Strip) -> None:
        controller = self._controller
        strip.chosen.connect(lambda row: actions.select_row(controller, row))
        strip.order_chosen.connect(lambda id: actions.order_by(controller, id))
        strip.filter_changed.connect(lambda words: actions.filter_by(controller, words))
        strip.filter.suggest = lambda words, place: actions.completions(controller, words, place)
        strip.term_toggled.connect(lambda term: actions.toggle_term(controller, term))
        strip.measure_wanted.connect(lambda: actions.measure_everybody(controller))
        strip.timed.connect(lambda timed: actions.show_time(controller, timed))
        strip.folded.connect(lambda folded: actions.fold(controller, folded))

    def _follow(self, lead: str) -> None:
        if lead == "hidden":
            actions.order_by(self._controller, "hidden↓")
        elif self._can(LEADS[lead]):
            self._run(LEADS[lead])


LEADS: dict[str, str] = {
    "values": "workspace_people",
    "difference": "workspace_people",
    "quadrants": "workspace_people",
    "findings": "workspace_people",
    "turned": "stage_turned",
    "joints": "stage_errors",
    "poses": "edit_poses",
}
"""The commands to which the words of the sentence lead; "hidden" orders the strip by what is hidden."""


def make_bars(controller: Controller, run: RunCommand, pan: Pan) -> PersonBars:
    """Bar and strip over the controller; `run` runs a command by its id, `pan` moves the panes."""
    return PersonBars(controller, run, pan)
