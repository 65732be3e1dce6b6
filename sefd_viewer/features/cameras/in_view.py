"""What is known of the moment in view, and which keys are wanted for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import proxy

from sefd_viewer.app.memo import look, plain
from sefd_viewer.app.method_files import file_keys
from sefd_viewer.app.methods import CHOICE, TRUTH
from sefd_viewer.app.pose_edits import POSE_EDITS, edited_people, edits_of
from sefd_viewer.app.scene import known_as
from sefd_viewer.features.cameras.diagnosis_work import InspectedOf
from sefd_viewer.features.cameras.image_plane import PlaneOf, PlanePicture
from sefd_viewer.features.cameras.methods import OnCameras
from sefd_viewer.features.cameras.model import CAMERAS, MODES, CamerasState, has_world_bodies
from sefd_viewer.features.cameras.moments import LONGEST, Moment, Stretch
from sefd_viewer.features.cameras.work import (
    Ahead,
    DrawnBodies,
    DrawnEdges,
    ModesOf,
    MomentOf,
    OutlinesOf,
    PeopleOf,
    PictureOf,
    SceneOf,
    SequenceOf,
    TimelineOf,
    Topic,
    ViewKeys,
    edges_on_photos,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.pose_edits import People
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.diagnosis_work import Inspected
    from sefd_viewer.features.cameras.extrinsics import Outline, PersonModes
    from sefd_viewer.features.cameras.scene import BoardScene
    from sefd_viewer.features.cameras.timeline import TimelineValues
    from sefd_viewer.pose2d.editing_file import EditedPicture


class InView:
    """Everything about the moment in view, None while it is not known; asked for at most once each."""

    def __init__(self, state: ViewerState, content: Content) -> None:
        self.state, self.content, self.computed = state, content, content.computed
        self.board: CamerasState = CAMERAS.of(state)
        self.seen = self.board.as_seen
        self.on_cameras = OnCameras(self)

    # ---- the moment, and the others

    @cached_property
    def moment_key(self) -> MomentOf | None:
        """Wanted while a record is in view."""
        state, content = self.state, self.content
        if content.dataset is None or content.opening is not None or state.record is None:
            return None
        conventions = self.board.conventions
        own = () if conventions is None else conventions.views
        every = () if conventions is None else (("", conventions.every.later),)
        late = tuple(one for one in (*every, *((view, c.later) for view, c in own)) if one[1])
        return MomentOf(content.opened, state.record, late, content.dataset, conventions)

    @cached_property
    def moment(self) -> Moment | None:
        """The views."""
        return self.computed.value(self.moment_key)

    @cached_property
    def record(self) -> Record | None:
        """The record in view, whether its picture can be read or not."""
        records = self.moment.records.values() if self.moment is not None else ()
        return next((one for one in records if one.key == self.state.record), None)

    @cached_property
    def over_time(self) -> OverTime:
        """The stretch around the moment."""
        return OverTime(self)

    # ---- pictures and people

    @cached_property
    def views(self) -> tuple[ViewKeys, ...]:
        """The moment's views; files are looked at once."""
        photos, opened, poses = self.content.photos, self.content.opened, self.state.poses
        records = self.moment.records if self.moment is not None else {}
        known = {view: look(self.content, known_as, opened, record) for view, record in records.items()}
        return tuple(
            ViewKeys(
                view,
                record,
                PictureOf(known[view], view, record, photos, len(records)),
                PeopleOf(known[view], view, poses, record, photos),
            )
            for view, record in records.items()
        )

    @cached_property
    def _edits(self) -> dict[str, EditedPicture | None]:
        """By view what was changed by hand."""
        return {one.view: edits_of(self.state, one.record.key) for one in self.views}

    @cached_property
    def people(self) -> Mapping[str, People] | None:
        """The people of every view that could be read, None while some are still being looked for."""
        found = {one.view: self.computed.get(one.people) for one in self.views}
        if not found or any(outcome is None for outcome in found.values()):
            return None
        return {
            one.view: edited_people(
                outcome.value.people, self._edits[one.view], annotated=bool(one.record.people)
            )
            for one in self.views
            if (outcome := found[one.view]) is not None and outcome.value is not None
        }

    @cached_property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """(width, height) of the views' pictures; (1, 1) where one cannot be read."""
        sizes = {}
        for one in self.views:
            outcome = self.computed.get(one.picture)
            if one.record.size is not None:
                sizes[one.view] = one.record.size
            elif outcome is not None:
                sizes[one.view] = outcome.value.size if outcome.value is not None else (1, 1)
        return sizes

    # ---- the numbers

    def _scene_key_of(self, board: CamerasState, *, sized: bool) -> SceneOf | None:
        """All people must be known; cameras of other conventions need the pictures' sizes too (`sized`)."""
        moment, people = self.moment, self.people
        if moment is None or people is None or (sized and len(self.sizes) < len(moment.records)):
            return None
        values = ((one.view, self.computed.value(one.people)) for one in self.views)
        return SceneOf(
            moment,
            tuple((view, value) for view, value in values if value is not None),
            tuple(self._edits.values()),
            board.read,
            tuple(self.sizes.items()) if sized else (),
            board,
            people,
            self.sizes,
            self.content.photos,
        )

    @cached_property
    def scene_key(self) -> SceneOf | None:
        """The moment as it is read now."""
        return self._scene_key_of(self.seen, sized=self.seen.reads_otherwise)

    @cached_property
    def scene(self) -> BoardScene | None:
        """The numbers of the moment."""
        return self.computed.value(self.scene_key)

    @cached_property
    def _exact_key(self) -> SceneOf | None:
        """The moment with exact bodies: beside the divider, and soon seen when its key is held."""
        exact = self.board.exact
        if exact.read == self.board.read or self.modes_key is None:
            return None
        return self._scene_key_of(exact, sized=exact.reads_otherwise)

    @cached_property
    def modes_key(self) -> ModesOf | None:
        """Wanted where anybody has a body in the world."""
        moment = self.moment
        if moment is None or not any(map(has_world_bodies, moment.records.values())):
            return None
        return ModesOf(moment, self.content.photos)

    @cached_property
    def modes(self) -> Mapping[str, tuple[PersonModes, ...]]:
        """Raw, paper and exact of everybody, by view."""
        return self.computed.value(self.modes_key) or {}

    @cached_property
    def _outlines_key(self) -> OutlinesOf | None:
        """The outlines that somebody wants to see."""
        wanted = tuple(mode for mode in MODES if mode in self.board.outlined)
        if self.modes_key is None or not wanted:
            return None
        return OutlinesOf(self.modes_key.moment, wanted, self.content.photos)

    @cached_property
    def outlines(self) -> Mapping[str, tuple[Outline, ...]]:
        """The outlines, by record."""
        return self.computed.value(self._outlines_key) or {}

    @cached_property
    def inspected_key(self) -> InspectedOf | None:
        """Wanted while the tab "Conventions" is in view."""
        if self.board.tab != "conventions":
            return None
        plain = self._scene_key_of(replace(self.board, conventions=None, mode="exact"), sized=True)
        return None if plain is None else InspectedOf(plain)

    @cached_property
    def inspected(self) -> Inspected | None:
        """The steps of the chain."""
        return self.computed.value(self.inspected_key)

    # ---- what is drawn

    def drawn_keys(self, one: ViewKeys) -> tuple[DrawnBodies | None, DrawnEdges | None]:
        """The bodies and their edges on the photo of a view, as far as they are shown."""
        return self._drawn_keys(one, self.scene)

    def exact_bodies(self, one: ViewKeys) -> DrawnBodies | None:
        """The exact bodies right of the divider, on the photo that stands alone."""
        if self.board.wipe is None or one.view != self.board.large_view or self.board.peek:
            return None
        return self._drawn_keys(one, self.computed.value(self._exact_key), tinted=False)[0]

    def _drawn_keys(
        self, one: ViewKeys, scene: BoardScene | None, *, tinted: bool = True
    ) -> tuple[DrawnBodies | None, DrawnEdges | None]:
        picture = self.computed.value(one.picture)
        people = scene.people if scene is not None and TRUTH in self.board.methods else ()
        if scene is None or picture is None or not any(one.view in each.bodies for each in people):
            return None, None
        names = tuple(person.key for person in (self.people or {}).get(one.view, ()))
        order = tuple(self.state.depth_orders.get(one.record.key, ()))
        settings = edges_on_photos(self.state.edges)
        wrong = tinted and self.modes_key is not None and self.seen.mode != "exact"
        bodies = DrawnBodies(scene, one.view, picture.size, names, order, wrong)
        edges = DrawnEdges(scene, one.view, picture.size, settings)
        return bodies if self.board.show_mesh else None, edges if self.board.show_edges else None

    # ---- one image plane

    @cached_property
    def plane_stage(self) -> Stage | None:
        """The bodies of the chosen method, while the tab "One image plane" is in view."""
        if self.board.tab != "image_plane" or self.content.scene is None:
            return None
        return self.content.stages.get(self.state.overlay)

    @cached_property
    def plane_key(self) -> PlaneOf | None:
        """The measures of everybody in one image plane."""
        stage, scene = self.plane_stage, self.content.scene
        return None if stage is None or scene is None else PlaneOf(scene.token, stage)

    @cached_property
    def plane_pictures(self) -> tuple[PlanePicture | None, PlanePicture | None]:
        """Everybody in one picture: bodies and edges, as far as they are shown."""
        stage, scene, hidden = self.plane_stage, self.content.scene, self.state.hidden_people
        if stage is None or scene is None or not stage.bodies:
            return None, None
        color = CHOICE.of(self.state).color(stage.method)
        bodies = PlanePicture(scene.token, stage, hidden, None, color, scene)
        edges = PlanePicture(scene.token, stage, hidden, self.state.edges, color, scene)
        return bodies if self.board.show_mesh else None, edges if self.board.show_edges else None

    # ---- all of it

    def of_moment(self) -> Iterator[Key[Any] | None]:
        """What is wanted of the moment in view, None where an input is missing."""
        yield self.moment_key
        for one in self.views:
            yield one.picture
            yield one.people
        yield self.scene_key
        yield self.modes_key
        yield self._exact_key
        yield self._outlines_key
        for one in self.views:
            yield from self.drawn_keys(one)
            yield self.exact_bodies(one)
        yield self.over_time.sequence_key


class OverTime:
    """The stretch of moments around the one in view, and its errors."""

    def __init__(self, found: InView) -> None:
        self._found: InView = proxy(found)  # which holds this: a cycle would wait for the collector
        self._board = found.board
        self._state, self._content = found.state, found.content

    @cached_property
    def sequence_key(self) -> SequenceOf | None:
        """One stretch of the data set as the record's view has it."""
        moment, dataset, record = self._found.moment, self._content.dataset, self._state.record
        if moment is None or dataset is None or record is None:
            return None
        view = next((name for name, one in moment.records.items() if one.key == record), None)
        return SequenceOf(self._content.opened, view, dataset.position(record) // LONGEST, dataset, record)

    @cached_property
    def sequence(self) -> Stretch | None:
        """The moments that the timeline covers."""
        return self._content.computed.value(self.sequence_key)

    @cached_property
    def _topic(self) -> Topic | None:
        """What the timeline is about, None where there is none."""
        sequence = self.sequence
        if sequence is None or len(sequence.keys) < 2 or len(sequence.views) < 2:
            return None
        return Topic(sequence, self._state.poses, self._board.read, self._board.against)

    @cached_property
    def timeline(self) -> TimelineValues | None:
        """What is known so far."""
        newest = self._content.computed.newest(TimelineOf, self._topic) if self._topic is not None else None
        return None if newest is None else newest.value

    @cached_property
    def timeline_key(self) -> TimelineOf | None:
        """The next piece, None when all is known."""
        topic, known, dataset = self._topic, self.timeline, self._content.dataset
        moment = self._found.moment
        if topic is None or dataset is None or moment is None or not self._board.measure_moments:
            return None
        edits = {
            record: one for (poses, record), one in POSE_EDITS.of(self._state).items() if poses == topic.poses
        }
        stamps = self._stamps(topic, edits)
        if known is not None and known.outdated(stamps).done.all():
            return None
        here = topic.sequence.index(moment.key) or 0
        about = (
            here,
            dataset,
            self._content.opened,
            self._board,
            self._found.sizes,
            edits,
            self._content.photos,
        )
        return TimelineOf(topic, known, tuple(stamps.items()), *about)

    def _stamps(self, topic: Topic, edits: Mapping[str, EditedPicture]) -> dict[int, tuple[object, ...]]:
        """What was changed by hand, by the number of the moment."""
        dataset, stamps = self._content.dataset, dict[int, tuple[object, ...]]()
        for record, one in edits.items():
            moment = dataset.instant(dataset.position(record))[0] if dataset is not None else None
            index = topic.sequence.index(moment) if moment is not None else None
            if index is not None:
                stamps[index] = (*stamps.get(index, ()), record, one)
        return stamps


def moment_keys(state: ViewerState, content: Content) -> tuple[Key[Any] | None, ...]:
    """What is wanted of the moment in view, None where an input is missing."""
    return tuple(InView(state, content).of_moment())


def wants(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """Everything that is wanted while the workspace is in view."""
    found = InView(state, content)
    keys = tuple(found.of_moment())
    yield from keys
    yield found.inspected_key
    if found.board.tab == "image_plane":
        yield from file_keys(state, content)
    yield found.plane_key
    yield from found.plane_pictures
    yield from found.on_cameras.keys()
    yield found.over_time.timeline_key
    if found.moment is not None and all(key is None or content.computed.get(key) for key in keys):
        yield _ahead(keys, state, content)


def _ahead(keys: tuple[Key[Any] | None, ...], state: ViewerState, content: Content) -> Ahead:
    """The next moment, the way a person goes: from the record before to this one."""
    newest, record, dataset = content.computed.newest(Ahead), state.record or "", content.dataset
    step = 1
    last: Any = None if newest is None else newest.key
    if last is not None and dataset is not None:
        here, before = dataset.find(record), dataset.find(last.record)
        step = last.step if here is None or before is None or here == before else 1 if here > before else -1
    return Ahead(keys, record, step, moment_keys, plain(state), plain(content))
