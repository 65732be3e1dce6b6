"""What a person chose on the camera board: whose body, which joint, and how cameras and bodies are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode
    from sefd_viewer.review.conventions import Conventions

Against = Literal["triangulated", "body"]
"""What residuals measure 2D joints against: points triangulated from them, or the annotated body's joints."""


@dataclass(frozen=True)
class BoardState:
    """Everything a person chose on the camera board.

    `person` is the key of a person of the moment (`BoardPerson.key`: "1" is the one on whom the cameras agree
    best), `joint` a joint's name. `mode` brings bodies of the world before the cameras (Eq. 5-6) and
    `conventions` reads cameras and bodies otherwise than their files say; None draws them as read.
    `large_view` is the view that fills the board, `tab` the page on its right side.
    """

    person: str | None = None
    joint: str | None = None
    mode: ExtrinsicMode = "exact"
    conventions: Conventions | None = None
    show_mesh: bool = True
    show_joints: bool = True
    show_edges: bool = False
    large_view: str | None = None
    against: Against = "triangulated"
    tab: str = "residuals"
