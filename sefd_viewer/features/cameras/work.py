"""What workspace Cameras has computed: the moment, its pictures, people and numbers, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.cache import FileStamp
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import apart
from sefd_viewer.app.photos import Photos, ViewPeople, ViewPicture
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.model import CamerasState
from sefd_viewer.features.cameras.moments import Moment, Stretch, moment_of, sequence_around

if TYPE_CHECKING:
    from sefd_viewer.app.depth_order import Order
    from sefd_viewer.app.pose_edits import People
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.cameras.extrinsics import Outline, PersonModes
    from sefd_viewer.features.cameras.scene import BoardScene, Drawn
    from sefd_viewer.features.cameras.timeline import TimelineValues
    from sefd_viewer.geometry.rotations import ExtrinsicMode
    from sefd_viewer.jobs.runner import Outcome
    from sefd_viewer.pose2d.editing_file import EditedPicture

Known = tuple[int, str, FileStamp]
"""What is kept of a record is kept under this (see `known_as`)."""
Size = tuple[int, int]
MOST_KEPT = 24
"""Of what each view has: two moments of the largest capture."""
EDGE_WIDTH = 3
"""Pixels: thin enough to see how bodies lie on the photo."""
PICTURE_MOMENTS = 2
"""Moments whose pictures are remembered: the one in view and the next one, the way a person goes."""


def edges_on_photos(settings: EdgeSettings) -> EdgeSettings:
    """How edges of bodies are drawn on the photos of a moment."""
    return replace(settings, dilation="fixed", kernel=EDGE_WIDTH)


# ---- the moment in view, and the others


@dataclass(frozen=True)
class MomentOf(Key[Moment]):
    """The views of a record's moment; `late` says which are put off in time, and by how many moments."""

    title = "Looking for the other views"
    opened: int
    record: str
    late: tuple[tuple[str, float], ...]
    dataset: Dataset = field(compare=False, repr=False)
    conventions: Conventions | None = field(compare=False, repr=False)

    def work(self) -> Moment:
        """Find the records of the moment."""
        return moment_of(self.dataset, self.record, self.conventions)


@dataclass(frozen=True)
class SequenceOf(Key[Stretch]):
    """One stretch of the data set as one view has it."""

    title = "Looking for the other moments"
    opened: int
    view: str | None
    stretch: int
    dataset: Dataset = field(compare=False, repr=False)
    record: str = field(compare=False, repr=False)

    def work(self) -> Stretch:
        """Find the moments of the stretch."""
        return sequence_around(self.dataset, self.record)


# ---- pictures and people, one slot for each view


@dataclass(frozen=True)
class PictureOf(Key[ViewPicture]):
    """The picture of one view."""

    title = "Loading pictures"
    kept = MOST_KEPT
    known: Known
    view: str
    record: Record = field(compare=False, repr=False)
    photos: Photos = field(compare=False, repr=False)
    views: int = field(compare=False, repr=False)

    def room(self, _value: ViewPicture | None) -> int:
        """Pictures are large: as many as the views of this capture need."""
        return PICTURE_MOMENTS * self.views

    def work(self) -> ViewPicture:
        """Load it."""
        return self.photos.view_picture(self.known[0], self.record)

    @property
    def slot(self) -> Any:
        """One at a time for each view."""
        return type(self), self.view

    @property
    def about(self) -> Hashable:
        """The view: its last picture stays until the next is there."""
        return self.view


@dataclass(frozen=True)
class PeopleOf(Key[ViewPeople]):
    """Who is in one view, from the file `poses` where one is in use."""

    title = "Looking for people"
    kept = 4 * MOST_KEPT
    known: Known
    view: str
    poses: str | None
    record: Record = field(compare=False, repr=False)
    photos: Photos = field(compare=False, repr=False)

    def work(self) -> ViewPeople:
        """Read or detect them."""
        return self.photos.people(self.known[0], self.record, self.poses)

    @property
    def slot(self) -> Any:
        """One at a time for each view."""
        return type(self), self.view


@dataclass(frozen=True)
class ViewKeys:
    """One view of the moment: its record, and the keys of its picture and its people."""

    view: str
    record: Record
    picture: PictureOf
    people: PeopleOf


# ---- everything put together


@dataclass(frozen=True)
class SceneOf(Key["BoardScene"]):
    """All of a moment's numbers, read as was chosen; `people` are the outcomes' values by view."""

    title = "Comparing the views"
    moment: Moment
    people: tuple[tuple[str, ViewPeople], ...]
    edits: tuple[EditedPicture | None, ...]
    read: tuple[Any, ...]
    sizes: tuple[tuple[str, Size], ...]
    board: CamerasState = field(compare=False, repr=False)
    found: Mapping[str, People] = field(compare=False, repr=False)
    known_sizes: Mapping[str, Size] = field(compare=False, repr=False)
    photos: Photos = field(compare=False, repr=False)

    def work(self) -> BoardScene:
        """Match people, pose bodies, measure."""
        from sefd_viewer.features.cameras.scene import board_scene

        return board_scene(self.moment, self.found, self.known_sizes, self.board, self.photos.find_body)


@dataclass(frozen=True)
class DrawnBodies(Key["Drawn"]):
    """The shaded bodies on the photo of one view; `order` is who is nearest, where somebody chose it.

    Those that are `wrong` (not exact) have a colour that says so.
    """

    title = "Projected meshes"
    kept = MOST_KEPT
    scene: BoardScene
    view: str
    size: Size
    names: tuple[str, ...]
    order: Order
    wrong: bool = False

    def work(self) -> Drawn:
        """Draw them."""
        from sefd_viewer.features.cameras.scene import shaded

        return shaded(self.scene, self.view, self.size, names=self.names, order=self.order, wrong=self.wrong)

    @property
    def slot(self) -> Any:
        """One at a time for each view."""
        return type(self), self.view, self.wrong


@dataclass(frozen=True)
class DrawnEdges(Key["Drawn"]):
    """The edges of the bodies on the photo of one view."""

    title = "Mesh edges"
    kept = MOST_KEPT
    scene: BoardScene
    view: str
    size: Size
    settings: EdgeSettings

    def work(self) -> Drawn:
        """Draw them."""
        from sefd_viewer.features.cameras.scene import edges

        return edges(self.scene, self.view, self.size, self.settings)

    @property
    def slot(self) -> Any:
        """One at a time for each view."""
        return type(self), self.view


@dataclass(frozen=True)
class ModesOf(Key["Mapping[str, tuple[PersonModes, ...]]"]):
    """Raw, paper and exact of everybody in every view of a moment, by view."""

    title = "Ways into the camera"
    moment: Moment
    photos: Photos = field(compare=False, repr=False)

    def work(self) -> Mapping[str, tuple[PersonModes, ...]]:
        """Compare the three ways."""
        from sefd_viewer.features.cameras.extrinsics import extrinsic_modes

        return {
            view: extrinsic_modes(record, self.photos.find_body)
            for view, record in self.moment.records.items()
        }


@dataclass(frozen=True)
class OutlinesOf(Key["Mapping[str, tuple[Outline, ...]]"]):
    """Outlines of everybody's body through some modes on every photo of a moment, by record."""

    title = "Outlines"
    moment: Moment
    modes: tuple[ExtrinsicMode, ...]
    photos: Photos = field(compare=False, repr=False)

    def work(self) -> Mapping[str, tuple[Outline, ...]]:
        """Find where the bodies end."""
        from sefd_viewer.features.cameras.extrinsics import moment_outlines

        return moment_outlines(tuple(self.moment.records.values()), self.modes, self.photos.find_body)


# ---- errors over time


@dataclass(frozen=True)
class Topic:
    """What a timeline is about: it begins anew when this changes."""

    sequence: Stretch
    poses: str | None
    read: tuple[Any, ...]
    against: str


@dataclass(frozen=True)
class TimelineOf(Key["TimelineValues"]):
    """Some more of a timeline: `begun` is known so far, `stamps` is what was changed by hand, by moment."""

    title = "Errors over time"
    topic: Topic
    begun: TimelineValues | None
    stamps: tuple[tuple[int, tuple[object, ...]], ...]
    here: int = field(compare=False, repr=False)
    dataset: Dataset = field(compare=False, repr=False)
    opened: int = field(compare=False, repr=False)
    board: CamerasState = field(compare=False, repr=False)
    sizes: Mapping[str, Size] = field(compare=False, repr=False)
    edits: Mapping[str, EditedPicture] = field(compare=False, repr=False)
    photos: Photos = field(compare=False, repr=False)

    @property
    def about(self) -> Hashable:
        """The timeline that it is a part of."""
        return self.topic

    def work(self) -> TimelineValues:
        """All moments at once where the files allow it, else those nearest to the one in view."""
        from sefd_viewer.features.cameras.timeline import TimelineValues, errors_at_once, further

        count = len(self.topic.sequence.keys)
        if self.begun is None and self.topic.poses is None and not self.stamps:
            errors = errors_at_once(self.dataset, self.topic.sequence, self.board, self.photos.find_body)
            if errors is not None:
                return TimelineValues.of_all(errors, count)
        values = self.begun or TimelineValues.empty(count)
        return further(values.outdated(dict(self.stamps)), self.here, self._measure)

    def _measure(self, index: int) -> Mapping[tuple[str, str], float]:
        """Errors (px) of the moment of a number by person's key and view."""
        from sefd_viewer.features.cameras.scene import board_scene
        from sefd_viewer.features.cameras.timeline import moment_errors

        board = self.board
        moment = moment_of(self.dataset, self.topic.sequence.keys[index], board.conventions)
        people = {view: self._people(record) for view, record in moment.records.items()}
        bodies = board.against == "body"
        scene = board_scene(moment, people, self.sizes, board, self.photos.find_body, bodies=bodies)
        return moment_errors(scene, board.against)

    def _people(self, record: Record) -> People:
        """The people of a record; a picture that cannot be read leaves a gap."""
        from sefd_viewer.app.pose_edits import edited_people

        try:
            found = self.photos.people(self.opened, record, self.topic.poses, keep=False).people
        except SefdError:
            found = ()
        return edited_people(found, self.edits.get(record.key), annotated=bool(record.people))


# ---- the next moment, worked out while this one is looked at


@dataclass(frozen=True)
class Ahead(Key["Mapping[Key[Any], Outcome[Any]]"]):
    """Everything about the moment `step` further on, so that a step shows it at once."""

    quiet = True
    brings = True
    kept = 2
    wanted: tuple[Key[Any] | None, ...]
    record: str
    step: int
    keys_of: Callable[[Any, Any], Iterable[Key[Any] | None]] = field(compare=False, repr=False)
    state: Any = field(compare=False, repr=False)
    content: Any = field(compare=False, repr=False)

    @property
    def remembered(self) -> Ahead:
        """Without all that was known when it began."""
        return replace(self, state=None, content=None)

    def work(self) -> Mapping[Key[Any], Outcome[Any]]:
        """Work it out; nothing after the last moment."""
        from sefd_viewer.app.ahead import KnownAhead
        from sefd_viewer.features.cameras.moments import neighbour

        record = neighbour(self.content.dataset, self.record, self.step)
        if record is None:
            return {}
        ahead = KnownAhead(self.content.computed)
        there, content = self.state.with_record(record), replace(self.content, computed=ahead, scene=None)
        with apart():
            while ahead.make(self.keys_of(there, content)):
                pass
        return ahead.made
