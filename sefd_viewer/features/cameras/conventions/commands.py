"""The commands of the tabs beside the camera board."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import Desk, Run

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller

_TABS = (
    ("extrinsics", "Extrinsics: raw, paper, exact", "Ctrl+Shift+E"),
    ("image_plane", "One image plane for several people", "Ctrl+Shift+I"),
    ("conventions", "Conventions and diagnosis", "Ctrl+Shift+D"),
)


def convention_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    tabs = [
        Command(f"tab_{tab}", title, _show_tab(tab), (key,), "A page beside the camera board", has_data)
        for tab, title, key in _TABS
    ]
    return [
        *tabs,
        Command(
            "outlines",
            "Outlines of raw, paper and exact",
            _toggle_outlines,
            ("Ctrl+Shift+L",),
            "Draw the bodies' outlines through every extrinsic mode on the photos",
            has_data,
            lambda c: len(c.state.outlined_modes) == 3,
        ),
        Command(
            "open_calibration",
            "Open another calibration…",
            _open_calibration,
            (),
            "Read the views of this capture with the cameras of another file",
            has_views,
        ),
        Command(
            "own_calibration",
            "Back to the capture's own cameras",
            _own_calibration,
            (),
            "Read the views with their own cameras again",
            lambda c: c.state.board.calibration is not None,
        ),
        Command(
            "conventions_as_stated",
            "Read everything as stated",
            _as_stated,
            (),
            "Forget every chosen convention",
            lambda c: c.state.board.conventions is not None,
        ),
        Command(
            "diagnose",
            "Diagnose cameras and bodies",
            _diagnose,
            (),
            "Search for the conventions that explain the people best",
            has_views,
        ),
        Command(
            "write_corrected",
            "Write corrected files…",
            _write_corrected,
            (),
            "A copy of a Human3.6M set with the findings that you tick and the conventions that you chose",
            lambda c: c.content.dataset is not None and c.content.dataset.format == "human36m",
        ),
    ]


def has_data(controller: Controller) -> bool:
    """A data set is open."""
    return controller.content.dataset is not None and controller.state.record is not None


def has_views(controller: Controller) -> bool:
    """The camera board shows views whose pictures are there."""
    return controller.state.workspace == "cameras" and bool(controller.conventions.views)


def _show_tab(tab: str) -> Run:
    def run(desk: Desk) -> None:
        state = desk.controller.state
        board = replace(state.board, tab=tab)
        desk.controller.store.set(replace(state, workspace="cameras", board=board), remember=False)

    return run


def _toggle_outlines(desk: Desk) -> None:
    from sefd_viewer.features.cameras.extrinsics import MODES

    state = desk.controller.state
    modes = frozenset(() if len(state.outlined_modes) == len(MODES) else MODES)
    desk.controller.store.set(replace(state, outlined_modes=modes))


def _open_calibration(desk: Desk) -> None:
    if path := desk.shell.ask_calibration():
        desk.controller.conventions.open_calibration(path)


def _own_calibration(desk: Desk) -> None:
    from sefd_viewer.features.cameras.conventions.choices import with_calibration

    desk.controller.store.set(with_calibration(desk.controller.state, None))


def _as_stated(desk: Desk) -> None:
    from sefd_viewer.features.cameras.conventions.choices import with_conventions

    desk.controller.store.set(with_conventions(desk.controller.state, None))


def _write_corrected(desk: Desk) -> None:
    desk.controller.conventions.find_corrections(lambda: desk.shell.show_page("corrections"))


def _diagnose(desk: Desk) -> None:
    _show_tab("conventions")(desk)
    desk.controller.conventions.diagnose(desk.controller.content.diagnosis.scope)
