"""What a person chose in workspace Cameras: whose body, which joint, how cameras and bodies are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sefd_viewer.app.methods import TRUTH, Method
from sefd_viewer.app.slices import Slice

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.cameras.calibrations.by_view import Calibration
    from sefd_viewer.cameras.diagnosis.conventions import Conventions, Size, Stated
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.geometry.rotations import ExtrinsicMode

Against = Literal["triangulated", "body"]
"""What residuals measure 2D joints against: points triangulated from them, or the annotated body's joints."""

Unit = Literal["px", "mm"]
"""Residuals in the picture, or of the viewing rays at the joint."""

MODES: tuple[ExtrinsicMode, ...] = ("raw", "paper", "exact")
MODE_STEP = "body.mode"
Layout = Literal["all", "one", "wipe"]
LAYOUTS: tuple[tuple[Layout, str], ...] = (("all", "All cameras"), ("one", "One"), ("wipe", "Wipe"))
"""All photos, one alone, or one with a divider between the chosen way and the exact one."""


@dataclass(frozen=True)
class Reading:
    """How a place is read: the extrinsic mode and the conventions that were chosen for it."""

    place: str = ""
    mode: ExtrinsicMode = "exact"
    conventions: Conventions | None = None


@dataclass(frozen=True)
class CamerasState:
    """Everything a person chose.

    `person` is the key of a person of the moment (`BoardPerson.key`: "1" is the one whom most cameras see
    and on whom they agree best), `joint` a joint's name.
    `mode` brings bodies of the world before the cameras (Eq. 5-6) and `conventions` reads cameras and bodies
    otherwise than their files say; None draws them as read. `calibration` is another file's cameras in
    place of the records' own. In sets of several subjects mode and conventions hold for `place`, a subject or
    one of its sequences; `readings` keep those of other places. While a key is held, `peek` shows the exact
    bodies whatever the mode is. `outlined` are the modes whose outlines lie over the photos.
    Bodies and edges are those of `methods`.
    `linked` photos zoom together, `large_view` is the view that is shown alone, `wipe` where the divider on
    it is (a share of the width), `tab` the page beside the photos.
    While `measure_moments` the errors of the other moments are computed in the background; `came_to` is the
    record of the last one that somebody went to for its error.
    """

    fleeting: ClassVar = frozenset({"peek", "came_to"})

    person: str | None = None
    joint: str | None = None
    mode: ExtrinsicMode = "exact"
    conventions: Conventions | None = None
    calibration: Calibration | None = None
    peek: bool = False
    outlined: frozenset[str] = frozenset({"exact"})
    show_mesh: bool = True
    show_joints: bool = True
    show_edges: bool = False
    methods: tuple[Method, ...] = (TRUTH,)
    linked: bool = False
    large_view: str | None = None
    wipe: float | None = None
    against: Against = "triangulated"
    unit: Unit = "px"
    measure_moments: bool = True
    came_to: str | None = None
    tab: str = "residuals"
    place: str = ""
    readings: tuple[Reading, ...] = ()

    def at(self, subject: str, sequence: str) -> CamerasState:
        """The choices at a sequence of a subject: read as was chosen for it, else for the subject."""
        kept = {one.place: one for one in (*self.readings, Reading(self.place, self.mode, self.conventions))}
        place = sequence if sequence in kept else subject
        here = kept.pop(place, Reading())
        others = tuple(one for where, one in kept.items() if where and one != Reading(where))
        return replace(self, place=place, mode=here.mode, conventions=here.conventions, readings=others)

    def reading(self, place: str, mode: ExtrinsicMode, conventions: Conventions | None) -> CamerasState:
        """The choices with another place's mode and conventions."""
        others = tuple(one for one in self.readings if one.place != place)
        return replace(self, readings=(*others, Reading(place, mode, conventions)))

    @property
    def reads_otherwise(self) -> bool:
        """Whether cameras or bodies are read in another way than their records say."""
        return self.conventions is not None or self.calibration is not None

    @property
    def read(self) -> tuple[ExtrinsicMode, Conventions | None, Calibration | None]:
        """How cameras and bodies are read."""
        return self.mode, self.conventions, self.calibration

    @property
    def layout(self) -> Layout:
        """How the photos are laid out."""
        return "all" if self.large_view is None else "one" if self.wipe is None else "wipe"

    @property
    def exact(self) -> CamerasState:
        """The same choices with exact bodies."""
        return replace(self, peek=True).as_seen

    @property
    def as_seen(self) -> CamerasState:
        """The choices as they are drawn: exact while its key is held."""
        if not self.peek or self.mode == "exact":
            return self
        if self.conventions is None:
            return replace(self, mode="exact")
        kept = self.conventions.with_option(MODE_STEP, "exact")
        return replace(self, mode="exact", conventions=kept if kept.differences() else None)


CAMERAS = Slice("cameras", CamerasState())


# ---- choosing


def with_board(state: ViewerState, **changes: Any) -> ViewerState:
    """The state with some of these choices changed."""
    return CAMERAS.change(state, **changes)


def choose_person(state: ViewerState, key: str | None) -> ViewerState:
    """Choose a person of the moment; the one who is chosen already is let go."""
    return with_board(state, person=None if key == CAMERAS.of(state).person else key)


def with_bodies_of(state: ViewerState, method: Method) -> ViewerState:
    """Draw a method's bodies on the photos, too, or no longer; bodies that are chosen are shown."""
    board = CAMERAS.of(state)
    here = method in board.methods and board.show_mesh
    rest = tuple(one for one in board.methods if one != method)
    return with_board(state, methods=rest if here else (*rest, method), show_mesh=board.show_mesh or not here)


def choose_joint(state: ViewerState, joint: str | None, person: str | None = None) -> ViewerState:
    """Choose a joint everywhere, of a person where one is named; the chosen one is let go."""
    chosen = CAMERAS.of(state)
    owner = person if person is not None else chosen.person
    again = joint == chosen.joint and owner == chosen.person
    return with_board(state, joint=None if again else joint, person=owner)


def enlarge(state: ViewerState, view: str, record: str) -> ViewerState:
    """Show a view alone, or all again; its record comes into view elsewhere."""
    if CAMERAS.of(state).large_view == view:
        return with_board(state, large_view=None, wipe=None)
    changed = with_board(state, large_view=view)
    return changed if record == state.record else changed.with_record(record)


def with_layout(state: ViewerState, layout: Layout, view: str | None) -> ViewerState:
    """Lay the photos out otherwise; `view` is the one that stands alone where none does yet."""
    alone = CAMERAS.of(state).large_view or view
    if layout == "all" or alone is None:
        return with_board(state, large_view=None, wipe=None)
    return with_board(state, large_view=alone, wipe=0.5 if layout == "wipe" else None)


def for_dataset(state: ViewerState, dataset: Dataset) -> ViewerState:
    """Another data set was opened: what was chosen for the last one is forgotten.

    Residuals start against bodies where the first record has some and its 2D joints were made with its
    camera: triangulated from those, they are zero whatever is wrong.
    """
    position = None if state.record is None else dataset.find(state.record)
    first = None if position is None else dataset.records[position]
    bodies = first is not None and has_projected_bodies(first)
    in_world = first is not None and has_world_bodies(first)
    tab = CAMERAS.of(state).tab
    return with_board(
        state,
        person=None,
        joint=None,
        came_to=None,
        large_view=None,
        wipe=None,
        conventions=None,
        calibration=None,
        mode="exact",
        place="",
        readings=(),
        against="body" if bodies else "triangulated",
        show_joints=not in_world,
        tab=("extrinsics" if in_world else "residuals") if tab in ("extrinsics", "residuals") else tab,
    )


def settle(state: ViewerState, content: Content) -> ViewerState:
    """Every subject and sequence is read as was chosen for it."""
    chosen = CAMERAS.of(state)
    there = placed(chosen, content.dataset, state.record)
    return state if there is chosen else CAMERAS.put(state, there)


# ---- how cameras and bodies are read


def conventions_of(board: CamerasState) -> Conventions:
    """All conventions in force, the board's extrinsic mode among them."""
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

    chosen = board.conventions if board.conventions is not None else Conventions()
    return chosen.with_option(MODE_STEP, board.mode)


def with_option(state: ViewerState, step: str, value: Any, view: str | None) -> ViewerState:
    """Read one step of the chain otherwise, for one camera or, without `view`, for all."""
    return with_conventions(state, conventions_of(CAMERAS.of(state)).with_option(step, value, view))


def placed(board: CamerasState, dataset: Dataset | None, record: str | None) -> CamerasState:
    """The board at the subject and sequence of a record; the same where it is there, or there are none."""
    sequence = sequence_place(dataset, record)
    subject = sequence.split("/")[0]
    known = {board.place, *(one.place for one in board.readings)}
    wanted = sequence if sequence in known else subject
    return board if not sequence or board.place == wanted else board.at(subject, sequence)


def sequence_place(dataset: Dataset | None, record: str | None) -> str:
    """Subject, action and subaction of a record as one word, "" where the set has none."""
    position = None if dataset is None or record is None else dataset.find(record)
    if dataset is None or position is None or dataset.format != "human36m":
        return ""
    from sefd_viewer.datasets.annotations.human36m import instant_of

    instant = instant_of(dataset.instant(position)[0] or "")
    return "" if instant is None else "/".join(instant[:3])


def has_world_bodies(record: Record) -> bool:
    """Whether anybody of the record has a body in the world of a camera that is known."""
    return any(
        person.smpl_world is not None and (person.camera is not None or record.camera is not None)
        for person in record.people
    )


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

    It holds at a `place`, a subject or a sequence; None: where one is.
    """
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

    plain, board = Conventions(), CAMERAS.of(state)
    chosen = conventions if conventions is not None else plain
    mode: ExtrinsicMode = chosen.body.mode
    kept = None if chosen == plain else chosen
    if place and place != board.place:
        return CAMERAS.put(state, board.reading(place, mode, kept))
    return with_board(state, mode=mode, conventions=kept)


def with_mode(state: ViewerState, mode: ExtrinsicMode) -> ViewerState:
    """Bring the bodies of the world before the cameras in this way."""
    return with_option(state, MODE_STEP, mode, None)


def with_calibration(state: ViewerState, calibration: Calibration | None) -> ViewerState:
    """Use other cameras than the records' own, read as they are stated; None goes back to the records'."""
    return with_board(state, calibration=calibration, conventions=None, mode="exact")


def stated_by(board: CamerasState, records: Mapping[str, Record], sizes: Mapping[str, Size]) -> Stated:
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
