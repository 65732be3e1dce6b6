"""What the board's keys do: other moments, and its people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.features.cameras.board.actions import choose_person, with_board, with_record_kept

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Desk, Run


def in_cameras(controller: Controller) -> bool:
    """The camera board is shown."""
    return controller.state.workspace == "cameras"


def has_moments(controller: Controller) -> bool:
    """The camera board is shown, and records lie beside the one in view."""
    return (
        in_cameras(controller)
        and len(controller.content.dataset.keys if controller.content.dataset else ()) > 1
    )


def step_moment(step: int) -> Run:
    """Go to the next or the previous moment as the same camera saw it."""

    def run(desk: Desk) -> None:
        from sefd_viewer.features.cameras.board.moment import neighbour

        controller = desk.controller
        dataset, record = controller.content.dataset, controller.state.record
        if dataset is None or record is None:
            return
        key = neighbour(dataset, record, step)
        if key is None:
            controller.say("There is no later moment" if step > 0 else "There is no earlier moment")
        else:
            controller.store.set(with_record_kept(controller.state, key))

    return run


def board_person(index: int) -> Run:
    """Choose the person at `index` of the moment, or let them go."""

    def run(desk: Desk) -> None:
        board, state = desk.controller.frame.board, desk.controller.state
        if board is not None and index < len(board.people):
            desk.controller.store.set(choose_person(state, board.people[index].key), remember=False)

    return run


def has_board_person(controller: Controller, index: int) -> bool:
    """The moment has a person at `index`."""
    board = controller.frame.board
    return board is not None and index < len(board.people)


def pause_timeline(desk: Desk) -> None:
    """Let the errors of the other moments wait."""
    state = desk.controller.state
    desk.controller.store.set(with_board(state, measure_moments=False), remember=False)


def has_residuals(controller: Controller) -> bool:
    """There is a table of residuals."""
    board = controller.frame.board
    return board is not None and board.residuals.table is not None


def copy_residuals(desk: Desk) -> None:
    """Put the table on the clipboard, columns apart by tabs."""
    board = desk.controller.frame.board
    table = board.residuals.table if board is not None else None
    if board is not None and table is not None:
        rows = ["\t".join((f"joint ({board.residuals.unit})", *table.views))]
        for joint, errors in zip(table.joints, table.errors_px.tolist(), strict=True):
            rows.append("\t".join((joint, *("" if e != e else f"{e:.2f}" for e in errors))))
        desk.shell.copy("\n".join(rows))
        desk.controller.say("The table of residuals is on the clipboard")
