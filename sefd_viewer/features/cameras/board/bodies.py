"""The annotated bodies of a moment before each camera, read as the board is told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.body_reading import read_person
from sefd_viewer.cameras.diagnosis.conventions import BodyConvention
from sefd_viewer.errors import BodyError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Person
    from sefd_viewer.features.cameras.board.state import BoardState
    from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoardBody:
    """One person's body before one camera: `vertices_camera` (V, 3) metres, `joints24_camera` (24, 3).

    `camera` is the person's own one, else the view's; `pixels` (V, 2) where it sees the vertices.
    """

    model: BodyModel
    vertices_camera: NDArray[np.float32]
    joints24_camera: NDArray[np.float32]
    camera: PinholeCamera
    pixels: Array

    def joints_camera(self, joint_set: str) -> Array | None:
        """Joints (J, 3) of a set in the camera's frame; None for a set with joints that no body has."""
        try:
            return np.asarray(self.model.joints(self.vertices_camera, self.joints24_camera, joint_set), float)
        except BodyError:
            return None


def body_convention(board: BoardState) -> BodyConvention:
    """How bodies are read; the board's mode holds where the conventions leave theirs alone."""
    chosen = board.conventions.body if board.conventions is not None else BodyConvention()
    return replace(chosen, mode=board.mode) if chosen.mode == BodyConvention().mode else chosen


def read_body(
    person: Person, view: str, camera: PinholeCamera | None, models: Sequence[BodyModel], board: BoardState
) -> BoardBody | None:
    """The person's body before the own camera, else before the view's, which the board's conventions made.

    None without parameters or without any camera.
    """
    axes = board.conventions.of(view) if board.conventions is not None else None
    own = person.camera if person.camera is not None else camera
    read = (
        read_person(person, own, models, body=body_convention(board), axes=axes) if own is not None else None
    )
    if own is None or read is None:
        return None
    output = read.output()
    return BoardBody(read.model, output.vertices, output.joints, own, own.project_camera(output.vertices))
