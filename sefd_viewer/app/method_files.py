"""Methods that a file, a command or a plugin brings: bodies matched with the set, or a network's weights."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sefd_viewer.app.cache import FileStamp, file_stamp
from sefd_viewer.app.depth_order import Order
from sefd_viewer.app.errors_in_mm import FloorKey, Measured, floor_key
from sefd_viewer.app.frame import Words
from sefd_viewer.app.in_view import bodies_of, person_in_view, stranger_key
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import look, memo
from sefd_viewer.app.method_commands import command_words, kept_key, written_of
from sefd_viewer.app.method_weights import SURROUNDINGS, weights_key, weights_of, weights_words
from sefd_viewer.app.methods import (
    CHOICE,
    ESTIMATORS,
    SEES,
    TRUTH,
    MethodInfo,
    as_role,
    weights_file,
)
from sefd_viewer.app.stages import BROUGHT_STAGES, StageKey, body_of, in_order

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.methods import Color
    from sefd_viewer.app.person_pictures import PersonBody
    from sefd_viewer.app.scene import FindBody, Image, Scene
    from sefd_viewer.app.stages import PlacedBody, Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.geometry.joints import Pose2D


BROUGHT = ("file", "plugin", "command")
"""Kinds of methods whose bodies are found here."""


@dataclass(frozen=True)
class ReadBodies(Key["FilePredictions"]):
    """All bodies of a file or folder of predictions, matched with the open set.

    What a command wrote is about the records at the positions `pictures`.
    """

    title: ClassVar[str] = "Reading predictions"
    kept: ClassVar[int] = 32
    source: str
    said: str
    stamp: FileStamp
    dataset: Dataset
    find_body: FindBody
    pictures: tuple[int, ...] | None = None

    @property
    def slot(self) -> Hashable:
        """Files side by side."""
        return ReadBodies, self.source

    def work(self) -> FilePredictions:
        """Read; a SefdError says what is wrong with the file, or that it is of other pictures."""
        from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
        from sefd_viewer.evaluation.runs.methods import file_method

        method = file_method(Path(self.source).stem, self.source, self.said)
        return FilePredictions(replace(method, pictures=self.pictures), self.find_body, self.dataset)


@dataclass(frozen=True)
class FileBodies(Key["Stage | None"]):
    """The bodies that a file has for the photo in view, by the people who are in it."""

    title: ClassVar[str] = "Placing predicted bodies"
    together: ClassVar[str] = StageKey.together
    kept: ClassVar[int] = 64
    method: str
    read: FilePredictions
    position: int
    scene: Scene
    order: Order | None = None
    view: str = ""

    @property
    def slot(self) -> Hashable:
        """Methods side by side, and the cameras of a moment."""
        return FileBodies, self.method, self.view

    def work(self) -> Stage | None:
        """Find out who is whom, and place the bodies before the photo's camera."""
        return in_order(bodies_of_photo(self.method, self.read, self.position, self.scene), self.order)


def bodies_of_photo(method: str, read: FilePredictions, position: int, scene: Scene) -> Stage | None:
    """The bodies that a file has for a photo, by the people who are in it; others are strangers."""
    from sefd_viewer.app.stages import placed_stage
    from sefd_viewer.evaluation.runs.photos import Photo

    poses = {person.key: person.pose2d for person in scene.people}
    photo = Photo(position, scene.record, image=scene.image, people=scene.people, poses=poses)
    named = read.named(photo).bodies
    mine = {key: named[key] for key in poses if key in named}
    rest = {stranger_key(key, method): one for key, one in named.items() if key not in poses}
    seen = {key: one for key, one in rest.items() if one.camera is not None}
    return placed_stage(method, scene, {**mine, **seen})


@dataclass(frozen=True)
class PluginBodies(Key["Stage | None"]):
    """The bodies that a plugin's method gives for the photo in view."""

    title: ClassVar[str] = "Asking a plugin for bodies"
    kept: ClassVar[int] = 64
    method: str
    scene: Scene
    order: Order | None = None
    view: str = ""

    @property
    def slot(self) -> Hashable:
        """Methods side by side, and the cameras of a moment."""
        return PluginBodies, self.method, self.view

    def work(self) -> Stage | None:
        """Call it with the photo and who is in it. Raises SefdError where it answers something else."""
        from sefd_viewer.app.stages import placed_stage
        from sefd_viewer.evaluation.runs.methods import plugin_predictor

        found = plugin_predictor(self.method)(self.scene.image, self.scene.people)
        return in_order(placed_stage(self.method, self.scene, found), self.order)


def files_of(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The methods that files or plugins brought and that are shown."""
    return tuple(info for info in CHOICE.of(state).shown() if info.kind in BROUGHT)


def read_key(info: MethodInfo, content: Content, position: int | None = None) -> ReadBodies | None:
    """What reads a method's file, or what its command wrote of a photo: the one in view, or at `position`."""
    find_body, source, pictures = SURROUNDINGS.of(content).find_body, info.source, None
    if content.dataset is None or find_body is None:
        return None
    if info.kind == "command":
        written = written_of(info, content, position_in_view(content) if position is None else position)
        if written is None or written.predictions is None:
            return None
        source, pictures = written.predictions, written.pictures
    stamp = look(content, file_stamp, source)
    return ReadBodies(source, info.said, stamp, content.dataset, find_body, pictures)


def position_in_view(content: Content) -> int | None:
    """Where the photo in view is in the set."""
    scene, dataset = content.scene, content.dataset
    return dataset.find(scene.record.key) if dataset is not None and scene is not None else None


def bodies_key(info: MethodInfo, state: ViewerState, content: Content) -> FileBodies | PluginBodies | None:
    """What places a method's bodies before the photo in view; None until its file is read."""
    return None if content.scene is None else bodies_in(content.scene, info, state, content)


def bodies_in(
    scene: Scene, info: MethodInfo, state: ViewerState, content: Content, view: str = ""
) -> FileBodies | PluginBodies | None:
    """The same before any photo; `view` tells several that are seen at once from each other."""
    if info.kind == "plugin":
        return PluginBodies(info.id, scene, _order(state, scene), view)
    position = None if content.dataset is None else content.dataset.find(scene.record.key)
    read = None if position is None else content.computed.value(read_key(info, content, position))
    if read is None or position is None:
        return None
    return FileBodies(info.id, read, position, scene, _order(state, scene), view)


def _order(state: ViewerState, scene: Scene) -> Order | None:
    """The order in depth that somebody chose for the photo."""
    return state.depth_orders.get(scene.record.key)


@dataclass(frozen=True, eq=False)
class PicturedBodies:
    """Finds the bodies that a file has of everybody in a photo, for small pictures (`FindsBodies`)."""

    method: str
    read: FilePredictions
    dataset: Dataset
    color: Color
    find_body: FindBody
    poses: Mapping[str, Sequence[Pose2D]] | None = None

    def of(self, photo: Record, image: Image) -> Mapping[str, PersonBody]:
        """The bodies by person."""
        from sefd_viewer.app.person_pictures import drawn
        from sefd_viewer.app.scene import load_scene

        position = self.dataset.find(photo.key)
        scene = load_scene(
            0, photo, detect=lambda _image: [], find_body=self.find_body, poses=self.poses, load=lambda: image
        )
        if position is None:
            return {}
        return drawn(bodies_of_photo(self.method, self.read, position, scene), self.color)


def run_method(info: MethodInfo, weights: Mapping[str, str], content: Content) -> Method:
    """What measures a method in a run: a network with the weights in use, or a file as it is read here.

    Of a command it is what it wrote over the most photos; a run never starts one. Raises SefdError where it
    wrote nothing yet, and for a file that is not there.
    """
    from sefd_viewer.errors import SefdError
    from sefd_viewer.evaluation.runs.methods import Method, file_method

    if info.kind == "weights":
        return Method(info.id, role=as_role(info.said), weights=weights_file(info, weights))
    role = as_role(info.id)
    if role is not None:
        return Method(role, role=role, weights=weights.get(role) or None)
    if info.kind == "plugin":
        return Method(info.id, plugin=info.id)
    if info.kind != "command":
        return file_method(info.id, info.source, info.said)
    written = written_of(info, content)
    if written is None or written.predictions is None:
        remedy = "Run it first: a right click on its name in Inspect, “How it was read…”"
        raise SefdError(f"the command of {info.title} has not run yet", remedy=remedy)
    return replace(file_method(info.id, written.predictions, info.said), pictures=written.pictures)


def file_keys(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """Everything that files of predictions need."""
    for info in files_of(state):
        if info.kind == "command":
            yield kept_key(info, content)
        if info.kind != "plugin":
            yield read_key(info, content)
        yield bodies_key(info, state, content)
    for info in weights_of(state):
        yield weights_key(info, state, content)


@memo
def file_stages(state: ViewerState, content: Content) -> dict[str, Stage]:
    """The bodies of the photo in view, by method."""
    found = {info.id: content.computed.value(bodies_key(info, state, content)) for info in files_of(state)}
    for info in weights_of(state):
        found[info.id] = content.computed.value(weights_key(info, state, content))
    return {id: stage for id, stage in found.items() if stage is not None}


def note_stages(state: ViewerState, content: Content) -> Content:
    """The content in which these bodies are among those of all methods."""
    token = None if content.scene is None else content.scene.token
    now = token, file_stages(state, content)
    return content if BROUGHT_STAGES.of(content) == now else BROUGHT_STAGES.put(content, now)


# ---- how far they are off


def measure_of(info: MethodInfo, person: str, state: ViewerState, content: Content) -> Measured | None:
    """What measures a method's body of somebody: against the truth, else against the yardstick's."""
    bodies = bodies_of(person, content)
    own, truth = (bodies.get(method) for method in (info.id, TRUTH))
    against = truth if truth is not None else bodies.get(CHOICE.of(state).baseline)
    if own is None or against is None or own is against:
        return None
    return Measured(info.id, own, against)


def measures(state: ViewerState, content: Content) -> Iterator[Measured | None]:
    """What measures the person in view where no run's measures do: methods that are no network in its role.

    Where there is no truth these are all.
    """
    person = person_in_view(state, content)
    if person is None:
        return
    true = body_of(content.stages.get(TRUTH), person) is not None
    for info in CHOICE.of(state).shown():
        if not true or as_role(info.id) is None:
            yield measure_of(info, person, state, content)


def floors_wanted(person: str, state: ViewerState, content: Content) -> Iterator[FloorKey]:
    """What the different bodies of the methods in view and the yardstick's cost by themselves."""
    choice, bodies = CHOICE.of(state), bodies_of(person, content)
    for info in choice.shown():
        yield from floor_keys(info.id, choice.baseline, bodies)


def floor_keys(method: str, base: str, bodies: Mapping[str, PlacedBody]) -> list[FloorKey]:
    """The floors below which a method does not differ from the yardstick: each body against the true one."""
    own, other, truth = map(bodies.get, (method, base, TRUTH))
    if floor_key(own, other) is None:
        return []
    pairs = ((own, other),) if truth is None else ((own, truth), (other, truth))
    return [key for pair in pairs if (key := floor_key(*pair)) is not None]


def floor_mm(method: str, base: str, bodies: Mapping[str, PlacedBody], content: Content) -> float:
    """Up to what difference a method and the yardstick do not differ, as far as it is known."""
    found = map(content.computed.value, floor_keys(method, base, bodies))
    return max([one for one in found if one is not None and one == one], default=0.0)


def file_words(info: MethodInfo, state: ViewerState, content: Content) -> Words:
    """Why a file or plugin brings no body of the person in view."""
    if info.kind == "weights":
        return weights_words(info, state, content)
    if info.kind == "plugin":
        return _placing_words(info, state, content, "The plugin gave none.")
    if info.kind == "command" and (words := command_words(info, content, position_in_view(content))):
        return words
    key = read_key(info, content)
    read = None if key is None else content.computed.get(key)
    if read is None:
        return Words("Reading", Path(info.source).name, busy=True)
    if read.problem is not None:
        what = "What the command wrote" if info.kind == "command" else "This file"
        return Words(f"{what} cannot be used", read.problem)
    return _placing_words(info, state, content, "The file has nobody where this person is.")


def _placing_words(info: MethodInfo, state: ViewerState, content: Content, nobody: str) -> Words:
    placing = bodies_key(info, state, content)
    placed = None if placing is None else content.computed.get(placing)
    if placed is None:
        return Words("Placing the bodies", busy=True)
    return Words("No body of this person", placed.problem or nobody)


OWN_FORM = "This program's own form: photos and people by name."


def about_method(info: MethodInfo, content: Content) -> tuple[str, ...]:
    """What a method is, and how its file was read, in a few sentences."""
    if info.kind == "weights" and info.id not in ESTIMATORS:
        return Path(info.source).name, f"A {info.said} with weights of your own. {SEES.get(info.said, '')}"
    if info.kind == "plugin":
        return ("Computed by a plugin for the photo in view.",)
    if info.kind not in ("file", "command"):
        return (SEES.get(info.id, "Known by the numbers of a run alone."),)
    name = f"Command: {info.source}" if info.kind == "command" else Path(info.source).name
    key = read_key(info, content)
    read = None if key is None else content.computed.get(key)
    if read is None:
        return (name, "It has not been read yet." if info.kind == "file" else "It has not run yet.")
    if read.value is None:
        return (name, read.problem or "")
    return (name, *(read.value.notes or (OWN_FORM,)))
