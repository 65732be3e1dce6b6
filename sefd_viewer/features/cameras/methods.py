"""Bodies of any methods on every camera of a moment, and in the room as the photo in view has them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from weakref import proxy

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.keys import Key
from sefd_viewer.app.layers import body_color
from sefd_viewer.app.memo import look
from sefd_viewer.app.method_files import BROUGHT, bodies_in, file_keys, read_key
from sefd_viewer.app.method_weights import WeightsBody
from sefd_viewer.app.methods import CHOICE, TRUTH, Color, MethodInfo, weights_file
from sefd_viewer.app.photo_titles import camera_title
from sefd_viewer.app.pose_edits import edits_of
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.trials import Answer, Query
from sefd_viewer.features.cameras.frame import MethodFrame, WorldBodyFrame
from sefd_viewer.features.cameras.model import CAMERAS
from sefd_viewer.features.cameras.work import MOST_KEPT, Known, edges_on_photos
from sefd_viewer.inference.messages import PersonInput, Trial

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Computed
    from sefd_viewer.app.photos import ViewPeople, ViewPicture
    from sefd_viewer.app.pose_edits import People
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.cameras.model import CamerasState
    from sefd_viewer.features.cameras.scene import BoardScene, Drawn
    from sefd_viewer.features.cameras.work import ViewKeys
    from sefd_viewer.pose2d.editing_file import EditedPicture

PHOTO_ALONE = "teacher"
"""Its edges are those of a photo's bodies: it answers for the photo in view."""


@dataclass(frozen=True)
class SceneOfView(Key[Scene]):
    """The photo of one view and who is in it, as methods are asked about them."""

    title = "Looking for people"
    kept = MOST_KEPT
    known: Known
    view: str
    picture: ViewPicture
    people: ViewPeople
    edits: EditedPicture | None
    record: Record = field(compare=False, repr=False)
    found: People = field(compare=False, repr=False)

    @property
    def slot(self) -> Hashable:
        """One at a time for each view."""
        return SceneOfView, self.view

    def work(self) -> Scene:
        """Put it together."""
        return Scene(0, self.record, self.picture.image, self.found, edits=self.edits)


@dataclass(frozen=True)
class DrawnStage(Key["Drawn"]):
    """A method's bodies, or with `settings` their edges, on the photo of one view.

    `order` are the keys of the view's people as the moment counts them ("": not seen here).
    """

    title = "Projected meshes"
    kept = 4 * MOST_KEPT
    view: str
    stage: Stage
    size: tuple[int, int]
    color: Color
    order: tuple[str, ...]
    settings: EdgeSettings | None = None

    @property
    def slot(self) -> Hashable:
        """One at a time for each view and method."""
        return DrawnStage, self.view, self.stage.method, self.settings is None

    def work(self) -> Drawn:
        """Draw them."""
        from sefd_viewer.features.cameras.scene import drawn_stage

        return drawn_stage(self.stage, self.size, self.color, self.order, self.settings)


class MomentInView(Protocol):
    """What is known of the moment in view, None while it is not."""

    state: ViewerState
    content: Content
    computed: Computed
    board: CamerasState

    @property
    def views(self) -> tuple[ViewKeys, ...]:
        """The moment's views."""

    @property
    def people(self) -> Mapping[str, People] | None:
        """The people of every view that could be read."""

    @property
    def scene(self) -> BoardScene | None:
        """The numbers of the moment."""


class OnCameras:
    """What the chosen methods have on each camera of the moment."""

    def __init__(self, found: MomentInView) -> None:
        self._found: MomentInView = proxy(found)  # which holds this: a cycle would wait for the collector
        self._content, self._state = found.content, found.state
        self._computed = found.computed

    @cached_property
    def chosen(self) -> tuple[MethodInfo, ...]:
        """The methods whose bodies are drawn besides the true ones."""
        return chosen_on_board(self._state)

    def keys(self) -> Iterator[Key[Any] | None]:
        """Everything that they need."""
        if self.chosen:
            yield from file_keys(self._state, self._content)
        for one in self._found.views if self.chosen else ():
            yield self._scene_key(one)
            for info in self.chosen:
                if info.kind == "command" and self._content.dataset is not None:
                    yield read_key(info, self._content, self._content.dataset.find(one.record.key))
                yield self._stage_key(info, one)
                yield from self.drawn_keys(info, one)

    def queries(self) -> Iterator[Query]:
        """What asks the networks about everybody whom the other cameras see."""
        for one in self._found.views if self._asked else ():
            if (scene := self._scene(one)) is not None:
                yield from (self._query(one, scene, person) for person in scene.people)

    def stage(self, info: MethodInfo, one: ViewKeys) -> Stage | None:
        """A method's bodies before the camera of a view."""
        if self._is_in_view(one):
            return self._content.stages.get(info.id)
        return self._computed.value(self._stage_key(info, one))

    def drawn_keys(self, info: MethodInfo, one: ViewKeys) -> tuple[DrawnStage | None, DrawnStage | None]:
        """The bodies and their edges on the photo of a view, as far as they are shown."""
        found, board = self._found, self._found.board
        stage, picture = self.stage(info, one), self._computed.value(one.picture)
        if stage is None or picture is None or found.scene is None:
            return None, None
        people = (found.people or {}).get(one.view, ())
        places = (person.seen.members.get(one.view) for person in found.scene.people)
        order = tuple("" if place is None else people[place].key for place in places)
        bodies = DrawnStage(one.view, stage, picture.size, info.color, order)
        thin = edges_on_photos(self._state.edges)
        edges = DrawnStage(one.view, stage, picture.size, info.color, order, thin)
        return bodies if board.show_mesh else None, edges if board.show_edges else None

    # ---- what is told

    def offered(self) -> tuple[MethodFrame, ...]:
        """The methods that can be chosen, as they are called and coloured."""
        shown, methods = CHOICE.of(self._state).shown(), self._found.board.methods
        return tuple(MethodFrame(info.id, info.title, info.color, info.id in methods) for info in shown)

    def in_space(self) -> tuple[WorldBodyFrame, ...]:
        """Their bodies in the room: of the photo in view, in the image plane of its camera."""
        scene, one = self._found.scene, self._view
        camera = None if scene is None or one is None else scene.cameras.get(one.view)
        if scene is None or one is None or camera is None:
            return ()
        people = (self._found.people or {}).get(one.view, ())
        names = {
            people[place].key: (index, person.key)
            for index, person in enumerate(scene.people)
            if (place := person.seen.members.get(one.view)) is not None
        }
        return tuple(
            WorldBodyFrame(
                names.get(body.person, (0, body.person))[1],
                camera.to_world(body.vertices_space).astype("float32"),
                body.faces,
                body_color(info.color, names.get(body.person, (0, ""))[0]),
                info.id,
            )
            for info in self.chosen
            for body in getattr(self.stage(info, one), "bodies", ())
        )

    def notes(self) -> tuple[str, ...]:
        """How they are drawn, and who is missing."""
        if not self.chosen or self._view is None:
            return ()
        names = [one.view for one in self._found.views]
        camera = camera_title(self._view.view, names) or "the photo in view"
        told = [f"{info.title}: {words}" for info in self.chosen if (words := self._words(info))]
        return (
            f"Each method's bodies are drawn by its own camera, in space brought to {camera}'s image plane",
            *told,
        )

    def _words(self, info: MethodInfo) -> str:
        """What of a method is not on all photos."""
        views = self._found.views
        there = [one for one in views if self.stage(info, one) is not None]
        if info.role == PHOTO_ALONE and len(there) <= 1:
            return "on the photo in view alone, because its edges are made of that photo's bodies"
        return "" if len(there) == len(views) else f"bodies on {len(there)} of {len(views)} photos"

    # ---- inside

    @cached_property
    def _view(self) -> ViewKeys | None:
        return next((one for one in self._found.views if self._is_in_view(one)), None)

    def _is_in_view(self, one: ViewKeys) -> bool:
        return one.record.key == self._state.record

    def _scene_key(self, one: ViewKeys) -> SceneOfView | None:
        picture, people = self._computed.value(one.picture), self._computed.value(one.people)
        found = (self._found.people or {}).get(one.view)
        if picture is None or people is None or found is None or self._is_in_view(one):
            return None
        edits = edits_of(self._state, one.record.key)
        return SceneOfView(one.people.known, one.view, picture, people, edits, one.record, found)

    def _scene(self, one: ViewKeys) -> Scene | None:
        return self._computed.value(self._scene_key(one))

    def _stage_key(self, info: MethodInfo, one: ViewKeys) -> Key[Any] | None:
        """What places a method's bodies on a photo that is not the one in view."""
        scene = self._scene(one)
        if scene is None:
            return None
        if info.kind in BROUGHT:
            return bodies_in(scene, info, self._state, self._content, one.view)
        if info not in self._asked or info.role is None:
            return None
        queries = [self._query(one, scene, person) for person in scene.people]
        answers = [(query, self._content.trials.answer(query.purpose)) for query in queries]
        known = [answer for query, answer in answers if answer is not None and _same_people(answer, query)]
        tried = tuple(answer.tried[info.id] for answer in known if info.id in answer.tried)
        find_body = self._content.photos.find_body
        return WeightsBody(info.id, info.role, tried, scene, find_body, one.view) if tried else None

    @cached_property
    def _asked(self) -> tuple[MethodInfo, ...]:
        """The networks among them that can be asked about any photo."""
        return tuple(info for info in self.chosen if info.role not in (None, PHOTO_ALONE))

    @cached_property
    def _trials(self) -> tuple[Trial, ...]:
        weights = self._content.asking.weights
        return tuple(
            Trial(info.id, info.role, weights=weights_file(info, weights) if info.kind == "weights" else None)
            for info in self._asked
            if info.role is not None
        )

    def _query(self, one: ViewKeys, scene: Scene, person: PersonInput) -> Query:
        asking, trials = self._content.asking, self._trials
        files = tuple(
            (one.key, one.role, look(self._content, file_stamp, one.weights or "")) for one in trials
        )
        about = one.people.known, scene.edits, person.key
        return Query(
            f"board {one.view} {person.key}",
            (about, files, asking.key),
            lambda number: asking.request(number, scene, person, trials),
        )


def chosen_on_board(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The methods whose bodies are drawn on the photos of Cameras besides the true ones."""
    methods = CAMERAS.of(state).methods
    return tuple(one for one in CHOICE.of(state).shown() if one.id in methods and one.id != TRUTH)


def _same_people(answer: Answer, query: Query) -> bool:
    """Whether an answer is about whom a query asks, perhaps with other weights or edges."""
    return isinstance(answer.key, tuple) and isinstance(query.key, tuple) and answer.key[0] == query.key[0]
