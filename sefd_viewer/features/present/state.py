"""What a person chose about presentations: the list of cases, the slide in view, the votes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.features.present.show import Show

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.present.ballot import Vote


@dataclass(frozen=True)
class PresentationState:
    """`file` is where the list was opened or saved; `slide` the number of the case in view, None: no slides.

    In a `blind` test methods have no names and no colours until `revealed`; `votes_file` is where votes go.
    `shown` panes stand beside the photo: the method before, the one after, the truth; `numbers` are told.
    `before` is the state to which the window returns.
    """

    show: Show = field(default_factory=Show)
    file: str | None = None
    slide: int | None = None
    blind: bool = False
    revealed: bool = False
    shown: int = 3
    numbers: bool = True
    votes: tuple[Vote, ...] = ()
    votes_file: str | None = None
    since: float = 0.0
    before: ViewerState | None = None

    @property
    def disguised(self) -> bool:
        """Whether nothing may tell which method is which."""
        return self.slide is not None and self.blind and not self.revealed
