"""What the panes of the stage show, and the bar above them. Frozen values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Slice
from sefd_viewer.features.inspect.model import Box, Look, Mix, Tone, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.frame import Words
    from sefd_viewer.app.methods import Method, MethodInfo
    from sefd_viewer.features.inspect.contact import Skin
    from sefd_viewer.features.inspect.edge_frame import EdgePanelFrame
    from sefd_viewer.features.inspect.reading import Reading
    from sefd_viewer.features.inspect.work import Drawing


@dataclass(frozen=True, eq=False)
class PaneFrame:
    """One pane. `info` is its method, None for the photo.

    `extent` is what it shows of the picture; `drawing` lies over that. `backdrop` is how much of the photo is
    seen. `outline` are closed lines (N,2), `before` those around an older
    answer, `joints` (17,2) the method's joints with `joints_mm` (17,), all in
    pixels of the picture; `skin` tells of the body's surface while contact is looked at. `note` is a
    caption in a corner, `left_out` says who of the annotated people is not shown, and why, `words` why there
    is nothing; `own_camera` tells of a body's camera that is not the photo's. `divided` is where a
    divider stands and `right` what lies right of it.
    """

    id: str
    info: MethodInfo | None = None
    title: str = ""
    quiet: str = ""
    mm: str = ""
    unit: str = "mm"
    change: str = ""
    tone: Tone = "none"
    view: View = "photo"
    errors: bool = False
    differs: bool = False
    unlinked: bool = False
    is_baseline: bool = False
    extent: Box = (0.0, 0.0, 1.0, 1.0)
    box: Box = (0.0, 0.0, 1.0, 1.0)
    look: Look = field(default_factory=Look)
    backdrop: float = 0.0
    drawing: Drawing | None = None
    right: Drawing | None = None
    divided: float | None = None
    outline: tuple[NDArray[np.float32], ...] = ()
    before: tuple[NDArray[np.float32], ...] = ()
    joints: NDArray[np.float64] | None = None
    joints_mm: NDArray[np.float64] | None = None
    skin: Skin | None = None
    note: str = ""
    own_camera: str = ""
    left_out: tuple[str, ...] = ()
    words: Words | None = None
    busy: bool = False
    share: float | None = None

    @property
    def points(self) -> NDArray[np.float64] | None:
        """What can be pointed at, (N,2) pixels of the picture: joints, or skin while contact is looked at."""
        return self.joints if self.skin is None else self.skin.pixels


@dataclass(frozen=True)
class MethodRow:
    """A method in the list: its error on the person in view and the difference to the yardstick's, mm."""

    info: MethodInfo
    mm: str = ""
    change_mm: float = math.nan
    tone: Tone = "none"
    shown: bool = True
    is_baseline: bool = False


@dataclass(frozen=True)
class MethodList:
    """The methods at the left, the best on this person first; bars are full at `scale_mm`.

    `about` says in sentences what the `chosen` one is.
    """

    rows: tuple[MethodRow, ...] = ()
    scale_mm: float = 20.0
    chosen: Method | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class StageFrame:
    """The stage: its panes in order and the bar above them; `muted` is the photo as it is behind bodies.

    `rows` 0 are as many as the shape of the person wants.

    `words` say that nobody is there, and what to do about it.
    """

    panes: tuple[PaneFrame, ...] = ()
    methods: tuple[MethodInfo, ...] = ()
    hidden: frozenset[Method] = frozenset()
    baseline: Method = "baseline"
    view: View = "photo"
    errors: bool = False
    contact: bool = False
    outline: bool = True
    poses: bool = True
    others: bool = True
    side: str | None = "side"
    scale_mm: float = 300.0
    mix: Mix = "none"
    enlarged: str | None = None
    has_truth: bool = False
    rows: int = 0
    order: str = "list"
    muted: NDArray[np.uint8] | None = None
    person: str | None = None
    words: Words | None = None
    edge_panel: EdgePanelFrame | None = None
    list: MethodList | None = None
    reading: Reading | None = None


STAGE_FRAME: Slice[StageFrame] = Slice("stage", StageFrame())
