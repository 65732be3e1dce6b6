"""How cameras and bodies are read, as changes of the state: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.cameras.calibrations.by_view import Calibration
    from sefd_viewer.cameras.diagnosis.conventions import Conventions, Size, Stated
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.features.cameras.board.state import BoardState
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode

MODE_STEP = "body.mode"


def conventions_of(board: BoardState) -> Conventions:
    """All conventions in force, the board's extrinsic mode among them."""
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

    chosen = board.conventions if board.conventions is not None else Conventions()
    return chosen.with_option(MODE_STEP, board.mode)


def with_option(state: ViewerState, step: str, value: Any, view: str | None) -> ViewerState:
    """Read one step of the chain otherwise, for one camera or, without `view`, for all."""
    return with_conventions(state, conventions_of(state.board).with_option(step, value, view))


def placed(board: BoardState, dataset: Dataset | None, record: str | None) -> BoardState:
    """The board at the subject and sequence of a record; the same where it is there, or there are none."""
    sequence = sequence_place(dataset, record)
    subject = sequence.split("/")[0]
    known = {board.place, *(place for place, _, _ in board.readings)}
    wanted = sequence if sequence in known else subject
    return board if not sequence or board.place == wanted else board.at(subject, sequence)


def sequence_place(dataset: Dataset | None, record: str | None) -> str:
    """Subject, action and subaction of a record as one word, "" where the set has none."""
    from sefd_viewer.datasets.annotations.human36m import instant_of

    position = None if dataset is None or record is None else dataset.find(record)
    if dataset is None or position is None or dataset.format != "human36m":
        return ""
    instant = instant_of(dataset.instant(position)[0] or "")
    return "" if instant is None else "/".join(instant[:3])


def has_projected_bodies(record: Record) -> bool:
    """Whether bodies are annotated, and 2D joints that are 3D ones seen by the record's own camera."""
    from sefd_viewer.cameras.diagnosis.record_evidence import is_projected

    camera = record.camera
    return camera is not None and any(
        person.smpl is not None and is_projected(person, person.camera or camera) for person in record.people
    )


def with_conventions(
    state: ViewerState, conventions: Conventions | None, place: str | None = None
) -> ViewerState:
    """Read cameras and bodies this way; None, or nothing but defaults, reads them as they are stated.

    It holds at a `place`, a subject or a sequence; None: where the board is.
    """
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

    plain = Conventions()
    chosen = conventions if conventions is not None else plain
    mode: ExtrinsicMode = chosen.body.mode
    if place and place != state.board.place:
        board = state.board.reading(place, mode, None if chosen == plain else chosen)
        return replace(state, board=board)
    board = replace(state.board, mode=mode, conventions=None if chosen == plain else chosen)
    return replace(state, board=board)


def with_mode(state: ViewerState, mode: ExtrinsicMode) -> ViewerState:
    """Bring the bodies of the world before the cameras in this way."""
    return with_option(state, MODE_STEP, mode, None)


def with_calibration(state: ViewerState, calibration: Calibration | None) -> ViewerState:
    """Use other cameras than the records' own, read as they are stated; None goes back to the records'."""
    board = replace(state.board, calibration=calibration, conventions=None, mode="exact")
    return replace(state, board=board)


def stated_by(board: BoardState, records: Mapping[str, Record], sizes: Mapping[str, Size]) -> Stated:
    """The cameras that are read, by view: the other calibration's, else the records' own."""
    from sefd_viewer.cameras.diagnosis.conventions import StatedCamera

    if board.calibration is not None:
        return {view: one for view, one in board.calibration.cameras.items() if view in records}
    cameras = {view: record.stated_camera or record.camera for view, record in records.items()}
    return {
        view: StatedCamera.of(camera, sizes[view])
        for view, camera in cameras.items()
        if camera is not None and view in sizes
    }
