"""The commands of the camera board: other moments, what is drawn, what residuals measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.features.cameras.board.actions import with_board
from sefd_viewer.features.cameras.board.effects import (
    copy_residuals,
    has_moments,
    has_residuals,
    in_cameras,
    step_moment,
)

if TYPE_CHECKING:
    from sefd_viewer.app.effects import Ask, Desk, Run

_LAYERS = (
    ("board_mesh", "Bodies on the photos", "show_mesh", "Draw the annotated bodies as each camera sees them"),
    ("board_joints", "Joints on the photos", "show_joints", "Draw 2D joints and where 3D joints are seen"),
    ("board_edges", "Mesh edges on the photos", "show_edges", "Draw the edges of the annotated bodies"),
)


def board_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [
        Command("next_moment", "Next moment", step_moment(1), ("]",), "Of the same view", has_moments),
        Command(
            "previous_moment", "Previous moment", step_moment(-1), ("[",), "Of the same view", has_moments
        ),
        *(
            Command(id, title, _toggle(field), (), tip, in_cameras, _is_on(field))
            for id, title, field, tip in _LAYERS
        ),
        Command(
            "board_body",
            "Residuals against the body",
            _switch("against", "body", "triangulated"),
            (),
            "Measure 2D joints against the annotated body in place of triangulated points",
            in_cameras,
            lambda c: c.state.board.against == "body",
        ),
        Command(
            "board_mm",
            "Residuals in millimetres",
            _switch("unit", "mm", "px"),
            (),
            "Of the viewing rays at the joints, in place of pixels",
            in_cameras,
            lambda c: c.state.board.unit == "mm",
        ),
        Command(
            "measure_moments",
            "Compute the errors of all moments",
            _toggle("measure_moments"),
            (),
            "Fill the timeline in the background",
            in_cameras,
            _is_on("measure_moments"),
        ),
        Command(
            "copy_residuals",
            "Copy the table of residuals",
            copy_residuals,
            (),
            "For a spreadsheet: joints down, cameras across",
            has_residuals,
        ),
        Command(
            "link_views",
            "Zoom all photos together",
            _toggle("linked"),
            (),
            "Every photo shows the same part",
            in_cameras,
            _is_on("linked"),
        ),
    ]


def _toggle(field: str) -> Run:
    def run(desk: Desk) -> None:
        state = desk.controller.state
        desk.controller.store.set(
            with_board(state, **{field: not getattr(state.board, field)}), remember=False
        )

    return run


def _is_on(field: str) -> Ask:
    return lambda controller: bool(getattr(controller.state.board, field))


def _switch(field: str, on: str, off: str) -> Run:
    def run(desk: Desk) -> None:
        state = desk.controller.state
        value = off if getattr(state.board, field) == on else on
        desk.controller.store.set(with_board(state, **{field: value}), remember=False)

    return run
