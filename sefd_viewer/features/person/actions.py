"""What one does with the person in view: go to the next one, filter and order, measure everybody."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import record_after
from sefd_viewer.app.method_files import PicturedBodies, read_key, run_method
from sefd_viewer.app.method_weights import SURROUNDINGS, Surroundings
from sefd_viewer.app.methods import CHOICE, ESTIMATORS, MEASURED, as_role
from sefd_viewer.app.person_frames import PERSON_FRAME, STRIP
from sefd_viewer.app.person_pictures import KeptBodies, PersonBody, PersonPictures, picture_topic, pictured
from sefd_viewer.app.selection import Selection, SelectionHistory, with_selection
from sefd_viewer.app.sequence import PLAYBACK, track_in_view
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Ask, CommandContext, Run
    from sefd_viewer.app.filtering import Completion
    from sefd_viewer.app.frame import Frame

NEAR = 40.0
"""Pixels of the photo within which a click beside somebody's box still means them."""


class PersonService:
    """The small pictures of people, and the selections one can go back to."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._known: Hashable = None
        self._asked: object = None
        own = controller.surroundings
        self.pictures = PersonPictures(own.pictures or own.executor, own.post, pictures_folder())
        self.history = SelectionHistory(controller.store)
        controller.listen(self._shown)
        self._tell()

    @property
    def busy(self) -> bool:
        """Nobody waits for pictures."""
        return False

    @property
    def settling(self) -> bool:
        """Whether pictures are being made."""
        return self.pictures.busy

    def stop(self) -> None:
        """Pictures that wait are made when they are seen again."""
        self.pictures.stop()

    def forget(self) -> None:
        """Another data set was opened."""
        self.pictures.clear()
        self.history.forget()

    def close(self) -> None:
        """Make no more pictures."""
        self.pictures.close()

    def _shown(self, _old: Frame, _new: Frame) -> None:
        """Take notice of what is known now."""
        self.pictures.rest(PLAYBACK.of(self._controller.state).playing)
        self._tell()
        self._find_kept()
        self._learn()

    def _tell(self) -> None:
        controller = self._controller
        now = SURROUNDINGS.of(controller.content)
        if now.find_body is None or now.weights != controller.settings.weights:
            own = Surroundings(controller.bodies.find, dict(controller.settings.weights))
            controller.know(slices=SURROUNDINGS.put(controller.content, own).slices)

    def _find_kept(self) -> None:
        """Tell the pictures with what the answers on disk have to be asked."""
        controller, state = self._controller, self._controller.state
        own = pictured(state)
        role = None if own is None else as_role(own.id)
        content = controller.content
        read = None if own is None or role is not None else content.computed.value(read_key(own, content))
        asked = (
            own,
            read,
            state.edges,
            state.poses,
            dict(controller.settings.weights),
            controller.bodies.paths,
        )
        if asked == self._asked or content.photos is None:
            return
        self._asked = asked
        self.pictures.kept = None
        poses = None if state.poses is None else content.photos.pose_files().get(state.poses)
        if own is not None and read is not None and content.dataset is not None:
            find_body = controller.bodies.find
            self.pictures.kept = PicturedBodies(own.id, read, content.dataset, own.color, find_body, poses)
        if own is None or role is None or controller.kept_answers is None:
            return
        self.pictures.kept = KeptBodies(
            controller.kept_answers,
            role,
            own.color,
            controller.bodies.find,
            state.edges,
            dict(controller.settings.weights),
            tuple(controller.bodies.paths),
            poses,
        )

    def _learn(self) -> None:
        """Give the pictures the bodies that the networks have just said."""
        content = self._controller.content
        if content.scene is None:
            return
        own = pictured(self._controller.state)
        stage = None if own is None else content.stages.get(own.id)
        if own is None or stage is None or (own, stage.number) == self._known:
            return
        self._known = own, stage.number
        topic = picture_topic(self._controller.state, content)
        for body in stage.bodies:
            drawn = PersonBody(body.vertices_camera, body.faces, stage.camera, own.color)
            self.pictures.learn(content.scene.record.key, body.person, topic, drawn)


def pictures_folder() -> Path:
    """Where small pictures of people are kept."""
    import platformdirs

    return Path(platformdirs.user_cache_path("sefd-viewer")) / "people"


def service_of(controller: Controller) -> PersonService:
    """The service of this feature."""
    return cast("PersonService", controller.services["person"])


# ---- going to people


def select(controller: Controller, selection: Selection) -> None:
    """Bring somebody into view; looking is no step of undo."""
    controller.store.set(with_selection(controller.state, selection), remember=False)


def select_row(controller: Controller, row: int) -> None:
    """Bring a person of the table into view."""
    from sefd_viewer.app.people_view import table_of

    table = table_of(controller.content)
    if table is not None:
        select(controller, table.case(row))


def select_in_photo(controller: Controller, person: str) -> None:
    """Select somebody else in the photo in view."""
    select(controller, (controller.state.record, person))


def select_view(controller: Controller, record: str) -> None:
    """The same person as another camera of the moment sees them."""
    from sefd_viewer.features.person.numbers import person_in_view

    select(controller, (record, person_in_view(controller.state, controller.content)))


def select_at(controller: Controller, x: float, y: float) -> None:
    """Select whose box is at a pixel of the photo, the smallest of several, or near it."""
    boxes = {one.key: one.box for one in PERSON_FRAME.of(controller.frame).bar.people if one.box is not None}
    found = [(_reach(box, x, y), box[2] * box[3], key) for key, box in boxes.items()]
    near = min(found, default=None)
    if near is not None and near[0] <= NEAR:
        select_in_photo(controller, near[2])


def _reach(box: tuple[float, float, float, float], x: float, y: float) -> float:
    """How far a pixel lies outside a box."""
    left, top, width, height = box
    return max(left - x, x - left - width, top - y, y - top - height, 0.0)


def neighbour(controller: Controller, step: int) -> int | None:
    """The row `step` further on in the strip, None at its ends; its first or last where nobody is in it."""
    from sefd_viewer.app.people_view import lines_of, row_in_view

    state, content = controller.state, controller.content
    if content.dataset is None:
        return None
    lines, row = lines_of(state, content), row_in_view(state, content)
    if lines is None or not len(lines):
        return None
    line = lines.line_of(row)
    wanted = line + step if line is not None else 0 if step > 0 else len(lines) - 1
    return int(lines.rows[wanted]) if 0 <= wanted < len(lines) else None


def _step(step: int) -> Run:
    def run(context: CommandContext) -> None:
        row = neighbour(context.controller, step)
        if row is not None:
            select_row(context.controller, row)

    return run


def step_photo(controller: Controller, step: int) -> None:
    """Go to the next photo of the data set, or the one before."""
    if (record := record_after(controller, step)) is not None:
        select(controller, (record.key, None))


# ---- the strip


def order_by(controller: Controller, id: str) -> None:
    """Order the people by a number: its words and an arrow up or down."""
    from sefd_viewer.app.people import PEOPLE

    order, descending = id[:-1], id.endswith("↓")
    controller.store.set(PEOPLE.change(controller.state, order=order, descending=descending))


def filter_by(controller: Controller, words: str) -> None:
    """Show only people for whom this holds."""
    from sefd_viewer.app.people import PEOPLE

    applied = PEOPLE.of(controller.state).applied + 1
    controller.store.set(PEOPLE.change(controller.state, where=words, applied=applied))


def completions(controller: Controller, words: str, place: int) -> Sequence[Completion]:
    """What the word before a place in a filter could become."""
    from sefd_viewer.app.filtering import completions
    from sefd_viewer.app.people_view import table_of

    table = table_of(controller.content)
    return () if table is None else completions(words, place, table)


def toggle_term(controller: Controller, term: str) -> None:
    """Add a term to the filter, or take it out."""
    from sefd_viewer.app.filtering import terms_of, with_term, without_terms
    from sefd_viewer.app.people import PEOPLE
    from sefd_viewer.app.people_view import table_of

    where, table = PEOPLE.of(controller.state).where, table_of(controller.content)
    if table is None:
        return
    try:
        used = [place for place in terms_of(where, table) if where[slice(*place)].strip() == term]
    except SefdError:
        where, used = "", []
    filter_by(controller, without_terms(where, used[0], table) if used else with_term(where, term))


def measure_everybody(controller: Controller) -> None:
    """Start a run of all methods over the data set, with the 2D poses in use."""
    from sefd_viewer.app.host import people_work

    choice, weights = CHOICE.of(controller.state), controller.settings.weights
    methods, left_out = [], []
    for info in choice.ordered():
        if info.kind in MEASURED and (info.id not in ESTIMATORS or info.id not in choice.hidden):
            try:
                methods.append(run_method(info, weights, controller.content))
            except SefdError as error:
                left_out.append(str(error))
    if left_out:
        controller.say(f"Left out: {'; '.join(left_out)}")
    people_work(controller).runs.run(tuple(methods), poses=controller.state.poses or "annotation")


def show_time(controller: Controller, timed: bool) -> None:
    """Show the time of the sequence instead of the people, or the people."""
    controller.store.set(STRIP.change(controller.state, timed=timed, folded=False), remember=False)


def fold(controller: Controller, folded: bool) -> None:
    """Hide the pictures, or show them."""
    controller.store.set(STRIP.change(controller.state, folded=folded), remember=False)


# ---- commands


def person_commands() -> tuple[Command, ...]:
    """Going through people and back to those before."""
    return (
        Command("next_person", "Next person", _step(1), (".",), "In the strip's order", _has_next(1)),
        Command(
            "previous_person",
            "Previous person",
            _step(-1),
            (",",),
            "In the strip's order",
            _has_next(-1),
        ),
        Command(
            "selection_back",
            "Back to who was selected before",
            lambda d: service_of(d.controller).history.go(-1),
            ("Alt+Left",),
            "",
            lambda c: service_of(c).history.can_go(-1),
        ),
        Command(
            "selection_forward",
            "Forward again",
            lambda d: service_of(d.controller).history.go(1),
            ("Alt+Right",),
            "To who was selected after",
            lambda c: service_of(c).history.can_go(1),
        ),
        Command(
            "go_to_photo",
            "Go to photo…",
            lambda d: d.shell.show_page("palette"),
            ("Ctrl+G",),
            "Find a photo by camera, frame or name",
            lambda c: c.content.dataset is not None,
        ),
        Command(
            "strip_folded",
            "Thumbnails",
            lambda d: fold(d.controller, not STRIP.of(d.controller.state).folded),
            (),
            "Show the strip's pictures, or only its line",
            lambda c: c.content.dataset is not None,
            lambda c: not STRIP.of(c.state).folded,
        ),
        Command(
            "strip_time",
            "Time instead of people",
            lambda d: show_time(d.controller, not STRIP.of(d.controller.state).timed),
            (),
            "The strip shows the frames of the sequence",
            lambda c: track_in_view(c.state, c.content) is not None,
            lambda c: STRIP.of(c.state).timed,
        ),
    )


def _has_next(step: int) -> Ask:
    return lambda controller: neighbour(controller, step) is not None
