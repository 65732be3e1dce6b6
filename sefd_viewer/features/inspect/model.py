"""The stage: what a person chose about it, and how panes are framed: pure. What they show is in `frames`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sefd_viewer.app.methods import CHOICE, SAME_MM
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.app.slices import Slice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.methods import Method
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.geometry.turning import Turn

View = Literal["photo", "turned", "edges"]
Mix = Literal["none", "wipe", "onion"]
Tone = Literal["better", "worse", "equal", "none"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the photo, whose pixel centres are at integers."""

EDGES_OF = "edges of "
"""Begins the id of a pane that shows what a method is given."""
PHOTO = "photo"
"""The id of the pane that shows the photo itself; the others are called by their methods."""

VIEWS: dict[View, str] = {"photo": "On the photo", "turned": "Turned", "edges": "Edges"}
SIDES: dict[str, tuple[float, float]] = {
    "side": (90.0, 15.0),
    "front": (0.0, 15.0),
    "above": (0.0, 90.0),
    "behind": (180.0, 15.0),
}
"""Where the bodies can be seen from: the turn from the photo's direction, and how far above the horizon."""

EDGE_ROOM = "edges"
"""The workspace that shows the stage with edges alone, whatever the stage shows in a workspace of its own."""

MARGIN = 0.12
"""Room around the bodies, as a share of each side of their box."""
BEYOND, HARDLY = 0.15, 0.2
"""How much of what the photo cuts off is shown, of what it shows; below which share nothing is cut."""
ZOOMS = (1.0, 32.0)
FARTHEST = 0.25
"""How small the person may become: a quarter of fitting."""


@dataclass(frozen=True)
class Look:
    """From where and how closely the panes look; every pane has the same unless it has one of its own.

    Bodies are seen from a `side`, or by a `turn` that a hand made (then there is no side). `held` is the turn
    whose bodies fit the panes while a hand turns on. `zoom` 1 fits the person, `pan` is in heights of the
    fitted box.
    """

    side: str | None = "side"
    turn: Turn | None = None
    held: Turn | None = None
    zoom: float = 1.0
    pan: tuple[float, float] = (0.0, 0.0)

    def fitted(self) -> Look:
        """The person fits the panes again, from where one looks."""
        return replace(self, held=None, zoom=1.0, pan=(0.0, 0.0))


@dataclass(frozen=True)
class PaneChoice:
    """What one pane shows otherwise than the stage; None where it does as all do."""

    view: View | None = None
    errors: bool | None = None
    look: Look | None = None


@dataclass(frozen=True)
class StageState:
    """What a person chose about the panes.

    `contact` colours bodies by how deep they are in others. `own` are panes that differ, `enlarged` is the
    one that fills the stage. `mix` shows two methods in one pane: the baseline and `mixed`, which a divider
    parts at the share `wipe` of the width, None amid the person. `held` shows the baseline everywhere while
    a key is down, `moving` that a hand turns the bodies, `playing` that frames follow each other: both are
    drawn less finely. `pane` is the size of a pane in logical pixels, `ratio` the screen's. `pointed` is
    the pane under the pointer. `of` is whom `look` is for. `listed` tells whether the list of methods is
    there (None: as soon as there are many), `listing` the method chosen in it, `reading` the method of
    which is told how its file was read. In a `narrow` window the truth has no pane where it is an outline.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset(
        {"held", "moving", "playing", "pane", "ratio", "pointed", "narrow", "reading"}
    )

    view: View = "photo"
    errors: bool = False
    contact: bool = False
    outline: bool = True
    others: bool = True
    scale_mm: float = 300.0
    look: Look = field(default_factory=Look)
    own: Mapping[str, PaneChoice] = field(default_factory=dict)
    enlarged: str | None = None
    mix: Mix = "none"
    mixed: Method | None = None
    wipe: float | None = None
    held: bool = False
    moving: bool = False
    playing: bool = False
    rows: int | None = None
    order: str = "list"
    pane: tuple[int, int] = (280, 440)
    ratio: float = 1.0
    pointed: str | None = None
    of: tuple[str | None, str | None] = (None, None)
    listed: bool | None = None
    listing: Method | None = None
    reading: Method | None = None
    narrow: bool = False

    def view_of(self, pane: str) -> View:
        """What a pane shows; the photo stays as seen unless it was told otherwise."""
        own = self.own.get(pane, PaneChoice()).view
        return own or ("photo" if pane == PHOTO else self.view)

    def errors_of(self, pane: str) -> bool:
        """Whether a pane's body is coloured by its errors."""
        own = self.own.get(pane, PaneChoice()).errors
        return self.errors if own is None else own

    def look_of(self, pane: str) -> Look:
        """From where and how closely a pane looks."""
        return self.own.get(pane, PaneChoice()).look or self.look

    def with_own(self, pane: str, **changes: Any) -> StageState:
        """The state with one pane that differs in this; None: as all do."""
        own = replace(self.own.get(pane, PaneChoice()), **changes)
        rest = {key: value for key, value in self.own.items() if key != pane}
        return replace(self, own=rest if own == PaneChoice() else {**rest, pane: own})

    def together(self) -> StageState:
        """The state in which no pane differs in what it shows; looks of their own stay."""
        kept = {pane: PaneChoice(look=own.look) for pane, own in self.own.items() if own.look is not None}
        return replace(self, own=kept)


STAGE: Slice[StageState] = Slice("stage", StageState())


def stage_of(state: ViewerState, person: str | None) -> StageState:
    """The stage for the person in view: a new one is framed anew, at the same turn."""
    stage, of = STAGE.of(state), (state.record, person)
    if state.workspace == EDGE_ROOM:
        stage = replace(stage.together(), view="edges", mix="none", errors=False)
    if CHOICE.of(state).blind:
        stage = replace(
            stage,
            outline=False,
            errors=False,
            contact=False,
            view="photo" if stage.view == "edges" else stage.view,
        )
    if PLAYBACK.of(state).playing != stage.playing:
        stage = replace(stage, playing=not stage.playing)
    if person is None or of == stage.of:
        return stage
    if stage.playing and person == stage.of[1]:
        return replace(stage, of=of)
    own = {pane: replace(one, look=None) for pane, one in stage.own.items()}
    own = {pane: one for pane, one in own.items() if one != PaneChoice()}
    return replace(stage, of=of, own=own, look=stage.look.fitted(), moving=False)


# ---- framing


def framed(low: NDArray[np.floating], high: NDArray[np.floating]) -> Box:
    """The box (image pixels) around `low` and `high` (2,) with its margin on each side."""
    room = MARGIN * (high - low).clip(1.0)
    left, top, right, bottom = (float(value) for value in (*(low - room), *(high + room)))
    return left, top, right, bottom


def kept_in(box: Box, size: tuple[int, int]) -> Box:
    """The box of somebody whom the photo of (width, height) cuts off: what is seen, and some of what is not.

    So that a person of whom half is outside is not shown small beside a black half; of bodies that are hardly
    in the photo at all nothing is cut.
    """
    low, high = (box[0], box[1]), (box[2], box[3])
    sides = []
    for first, last, end in zip(low, high, size, strict=True):
        inside = min(last, end - 0.5) - max(first, -0.5)
        if inside < HARDLY * (last - first):
            return box
        room = BEYOND * inside
        sides.append((max(first, -0.5 - room), min(last, end - 0.5 + room)))
    (left, right), (top, bottom) = sides
    return left, top, right, bottom


def on_photo(box: Box, pane: tuple[int, int], size: tuple[int, int]) -> Box:
    """The box moved so far that a pane of (width, height) shows it and as little as it can beside the photo.

    Somebody at the photo's edge stands at the pane's edge, rather than beside a black band.
    """
    scale = min(pane[0] / (box[2] - box[0]), pane[1] / (box[3] - box[1]))
    steps = []
    for first, last, room, end in zip(box[:2], box[2:], pane, size, strict=True):
        middle, half, photo = (first + last) / 2, room / scale / 2, (end - 1) / 2
        reach = max(end / 2 - half, 0.0)
        wanted = min(max(middle, photo - reach), photo + reach)
        slack = max(half - (last - first) / 2, 0.0)
        steps.append(min(max(wanted - middle, -slack), slack))
    (x, y), (left, top, right, bottom) = steps, box
    return left + x, top + y, right + x, bottom + y


def visible(box: Box, pane: tuple[int, int], look: Look) -> Box:
    """What a pane of (width, height) shows of the picture: the box as large as fits, zoomed and moved."""
    scale = min(pane[0] / (box[2] - box[0]), pane[1] / (box[3] - box[1])) * look.zoom
    tall = box[3] - box[1]
    middle = (box[0] + box[2]) / 2 + look.pan[0] * tall, (box[1] + box[3]) / 2 + look.pan[1] * tall
    half = pane[0] / scale / 2, pane[1] / scale / 2
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


def zoomed(look: Look, factor: float, box: Box, at: tuple[float, float]) -> Look:
    """The look nearer by `factor`, with the point `at` (image pixels) where it is in the pane."""
    zoom = min(max(look.zoom * factor, FARTHEST), ZOOMS[1])
    tall, kept = box[3] - box[1], look.zoom / zoom
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    pan = tuple(
        (point - centre) / tall * (1 - kept) + moved * kept
        for point, centre, moved in zip(at, middle, look.pan, strict=True)
    )
    return replace(look, zoom=zoom, pan=(pan[0], pan[1]))


def panned(look: Look, dx: float, dy: float, box: Box) -> Look:
    """The look with the picture moved by (dx, dy) image pixels; the person's box stays in reach."""
    tall = box[3] - box[1]
    x, y = (min(max(moved - step / tall, -2.0), 2.0) for moved, step in zip(look.pan, (dx, dy), strict=True))
    return replace(look, pan=(x, y))


# ---- words of a header


def in_mm(value: float) -> str:
    """Whole millimetres; nothing for what is not known."""
    return "" if value != value else f"{value:.0f}"


def difference(value: float, baseline: float, floor: float = 0.0) -> tuple[str, Tone]:
    """A method's error minus the baseline's in whole mm, and whether that is better.

    Below the `floor`, what their different bodies cost by themselves, it is neither.
    """
    apart = value - baseline
    if apart != apart:
        return "", "none"
    if abs(apart) < SAME_MM:
        return "±0", "equal"
    words = f"{apart:+.0f}".replace("-", "−")
    return words, "equal" if abs(apart) < floor else "worse" if apart > 0 else "better"
