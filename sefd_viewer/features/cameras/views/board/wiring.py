"""Which signal of the board changes what in the state: all in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sefd_viewer.features.cameras.board.actions import (
    choose_joint,
    choose_person,
    enlarge,
    with_board,
    with_record_kept,
)

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.cameras.views.board.board_view import BoardView
    from sefd_viewer.features.cameras.views.board.residual_tab import ResidualTab


def make_board(controller: Controller) -> BoardView:
    """The widget of workspace Cameras, connected with the state."""
    from sefd_viewer.features.cameras.views.board.board_view import BoardView

    board = BoardView(controller)
    connect_board(board, controller)
    return board


def connect_residuals(tab: ResidualTab, controller: Controller) -> None:
    """The joint, what residuals are measured against, and their unit."""

    def choose(name: str) -> Any:
        return lambda value: controller.store.set(with_board(controller.state, **{name: value}))

    tab.joint_chosen.connect(
        lambda joint: controller.store.set(choose_joint(controller.state, joint), remember=False)
    )
    tab.against_chosen.connect(choose("against"))
    tab.unit_chosen.connect(choose("unit"))
    tab.told.connect(controller.say)


def connect_board(board: BoardView, controller: Controller) -> None:
    """Layers, people, joints, the large view, the page on the right side."""

    def change(**changes: Any) -> None:
        controller.store.set(with_board(controller.state, **changes), remember=False)

    def large(view: str, record: str) -> None:
        controller.store.set(enlarge(controller.state, view, record), remember=False)

    board.layer_toggled.connect(lambda field, on: change(**{field: on}))
    board.person_clicked.connect(
        lambda key: controller.store.set(choose_person(controller.state, key), remember=False)
    )
    board.joint_clicked.connect(
        lambda joint, key: controller.store.set(choose_joint(controller.state, joint, key), remember=False)
    )
    board.nobody_clicked.connect(lambda: change(person=None, joint=None))
    board.enlarge_asked.connect(large)
    board.tab_chosen.connect(lambda tab: change(tab=tab))
    board.measuring_changed.connect(lambda on: change(measure_moments=on))
    board.record_chosen.connect(
        lambda record: controller.store.set(with_record_kept(controller.state, record))
    )
