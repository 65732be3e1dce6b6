"""What a person chose on the camera board: whose body, which joint, and how cameras and bodies are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sefd_viewer.cameras.calibrations.by_view import Calibration
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode

Against = Literal["triangulated", "body"]
"""What residuals measure 2D joints against: points triangulated from them, or the annotated body's joints."""

Unit = Literal["px", "mm"]
"""Residuals in the picture, or of the viewing rays at the joint."""


@dataclass(frozen=True)
class BoardState:
    """Everything a person chose on the camera board.

    `person` is the key of a person of the moment (`BoardPerson.key`: "1" is the one whom most cameras see
    and on whom they agree best), `joint` a joint's name.
    `mode` brings bodies of the world before the cameras (Eq. 5-6) and `conventions` reads cameras and bodies
    otherwise than their files say; None draws them as read. `calibration` is another file's cameras in
    place of the records' own. In sets of several subjects mode and conventions hold for `place`, a subject or
    one of its sequences; `readings` keep those of other places.
    `linked` photos zoom together, `large_view` is the view that fills the board, `tab` the page beside it.
    While `measure_moments` the errors of the other moments are computed in the background.
    """

    person: str | None = None
    joint: str | None = None
    mode: ExtrinsicMode = "exact"
    conventions: Conventions | None = None
    calibration: Calibration | None = None
    show_mesh: bool = True
    show_joints: bool = True
    show_edges: bool = False
    linked: bool = False
    large_view: str | None = None
    against: Against = "triangulated"
    unit: Unit = "px"
    measure_moments: bool = True
    tab: str = "residuals"
    place: str = ""
    readings: tuple[tuple[str, ExtrinsicMode, Conventions | None], ...] = ()

    def at(self, subject: str, sequence: str) -> BoardState:
        """The board at a sequence of a subject: read as was chosen for the sequence, else for the subject."""
        kept = {place: (mode, chosen) for place, mode, chosen in self.readings}
        kept[self.place] = (self.mode, self.conventions)
        place = sequence if sequence in kept else subject
        mode, conventions = kept.pop(place, ("exact", None))
        others = ((where, *one) for where, one in kept.items() if where and one != ("exact", None))
        return replace(self, place=place, mode=mode, conventions=conventions, readings=tuple(others))

    def reading(self, place: str, mode: ExtrinsicMode, conventions: Conventions | None) -> BoardState:
        """The board with another place's mode and conventions chosen."""
        others = tuple(one for one in self.readings if one[0] != place)
        return replace(self, readings=(*others, (place, mode, conventions)))

    @property
    def reads_otherwise(self) -> bool:
        """Whether cameras or bodies are read in another way than their records say."""
        return self.conventions is not None or self.calibration is not None
