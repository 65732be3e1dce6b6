"""How a method's file was read: what it is, who was matched how, and what was left aside and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.keys import Key
from sefd_viewer.app.method_commands import CommandRun, run_of
from sefd_viewer.app.method_files import OWN_FORM, read_key
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.slices import Whole
from sefd_viewer.features.inspect.model import STAGE

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.runs.file_predictions import FilePredictions

Section = tuple[str, tuple[str, ...]]
"""A title and lines below it."""
MOST_BODIES, MOST_ASIDE = 400, 500
"""Bodies that are looked at, and rows of what was left aside that are listed."""


@dataclass(frozen=True)
class Aside:
    """A body or a person that found nobody: the photo (`record`, `title`), who, and why."""

    record: str
    title: str
    who: str
    why: str


@dataclass(frozen=True, eq=False)
class Matching(Whole):
    """Who of a file is whom in the set, over the first `photos` photos of which the file has `bodies`.

    `by_name` bodies have the names of annotated people, `by_place` lie over their 2D joints; `of` counts the
    bodies by their kind, `people` are the annotated people of these photos. `near` and `overlap` are how
    close a body had to be (`Nearness`).
    """

    notes: tuple[str, ...] = ()
    photos: int = 0
    bodies: int = 0
    by_name: int = 0
    by_place: int = 0
    people: int = 0
    of: tuple[tuple[str, int], ...] = ()
    aside: tuple[Aside, ...] = ()
    whole: bool = True
    near: float = 0.0
    overlap: float = 0.0


@dataclass(frozen=True)
class MatchingKey(Key[Matching]):
    """Everybody in a file matched with the people of the set, as the panes do it photo by photo."""

    title: ClassVar[str] = "Matching predicted people"
    kept: ClassVar[int] = 8
    read: FilePredictions
    dataset: Dataset

    def work(self) -> Matching:
        """Go through the photos until enough bodies were looked at."""
        from sefd_viewer.evaluation.runs.naming import named_as_annotated, why_alone
        from sefd_viewer.evaluation.runs.photos import Photo

        photos, names, places, people, kinds = 0, 0, 0, 0, Counter[str]()
        aside: list[Aside] = []
        for position, record in enumerate(self.dataset.records):
            if kinds.total() >= MOST_BODIES:
                break
            poses = {person.key: person.pose2d for person in record.people if person.pose2d is not None}
            photo = Photo(position, record, poses=poses)
            found = self.read.of(photo)
            if not found.bodies and not found.refused:
                continue
            named = named_as_annotated(found.bodies, photo, self.read.nearness)
            alone = why_alone(named, photo, self.read.nearness)
            matched = [key for key in named if key in poses]
            photos, people = photos + 1, people + len(poses)
            kinds.update(one.body.id for one in named.values())
            names += sum(key in found.bodies for key in matched)
            places += sum(key not in found.bodies for key in matched)
            aside += [
                Aside(record.key, record.title, *one) for one in _alone(named, alone, found.refused, poses)
            ]
        whole, of = kinds.total() < MOST_BODIES, tuple(kinds.most_common())
        return Matching(
            self.read.notes,
            photos,
            kinds.total(),
            names,
            places,
            people,
            of,
            tuple(aside[:MOST_ASIDE]),
            whole,
            self.read.nearness.near,
            self.read.nearness.overlap,
        )


def _alone(
    named: Collection[str], alone: Mapping[str, str], refused: Mapping[str, str], people: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Who found nobody in a photo, and why."""
    for key, why in refused.items():
        yield f"body {key}", why
    for key, why in alone.items():
        yield f"body {key}", f"{why}: a stranger, who counts in AP alone"
    for key in people:
        if key not in named:
            yield f"person {key}", "the file has no body where this person is"


# ---- what is told


@dataclass(frozen=True, eq=False)
class Reading(Whole):
    """What the page says: sections of a title and lines, what was left aside; `busy` while it is found.

    `run` is how the command of a method stands that has one, `photos` how many the set has. `near` and
    `overlap` are how close a body has to be to be somebody's; None while nobody was matched by that.
    """

    info: MethodInfo
    sections: tuple[Section, ...] = ()
    aside: tuple[Aside, ...] = field(default=())
    busy: bool = False
    run: CommandRun | None = None
    photos: int = 0
    near: float | None = None
    overlap: float | None = None

    @property
    def text(self) -> str:
        """All of it, for the clipboard."""
        parts = [f"{title}\n" + "\n".join(f"  {line}" for line in lines) for title, lines in self.sections]
        rows = [f"  {one.title}: {one.who}: {one.why}" for one in self.aside]
        printed = [] if self.run is None or not self.run.lines else ["\n".join(self.run.lines)]
        return "\n\n".join(
            [self.info.source, *printed, *parts, *(["Left aside\n" + "\n".join(rows)] if rows else [])]
        )


def matching_key(info: MethodInfo, content: Content) -> MatchingKey | None:
    """What matches everybody of a method's file."""
    read = content.computed.value(read_key(info, content))
    return None if read is None or content.dataset is None else MatchingKey(read, content.dataset)


def read_info(state: ViewerState) -> MethodInfo | None:
    """The method of which is told how it was read."""
    wanted = STAGE.of(state).reading
    return next((one for one in CHOICE.of(state).ordered() if one.id == wanted), None)


def reading_of(state: ViewerState, content: Content) -> Reading | None:
    """The page about the method that was chosen; None where none is."""
    info = read_info(state)
    if info is None or content.dataset is None:
        return None
    if info.kind != "command":
        return _read(info, content)
    run, found = run_of(info, content), _read(info, content)
    if run.busy or found is None:
        words = (run.problem,) if run.problem else ("It has not run yet.",)
        sections = () if run.busy else (("What it wrote", words),)
        found = Reading(info, sections)
    elif run.problem:
        found = replace(found, sections=(("It failed", (run.problem,)), *found.sections))
    return replace(found, run=run, photos=len(content.dataset.records))


def _read(info: MethodInfo, content: Content) -> Reading | None:
    """How the file was read that a method is, or that its command wrote; None while there is none."""
    key = read_key(info, content)
    if key is None:
        return None
    read = content.computed.get(key)
    if read is None:
        return Reading(info, (("Reading", (Path(info.source).name,)),), busy=True)
    if read.value is None:
        remedy = "Say below what the file does not say, or see what it is: sefd-viewer what"
        return Reading(info, (("It cannot be used", (read.problem or "", remedy)),))
    matching = matching_key(info, content)
    outcome = None if matching is None else content.computed.get(matching)
    if outcome is None:
        return Reading(
            info, (_what(info, read.value.notes, ()), ("Matching", ("People are matched…",))), busy=True
        )
    if outcome.value is None:
        return Reading(info, (("It cannot be matched", (outcome.problem or "",)),))
    found = outcome.value
    sections = _what(info, found.notes, found.of), _pictures(found), _people(found)
    return Reading(info, sections, found.aside, near=found.near, overlap=found.overlap)


def said_with(said: str, name: str, value: float) -> str:
    """What is said about a file with another `near` or `overlap`."""
    words = [word.strip() for word in said.split(",")]
    kept = [word for word in words if word and not word.startswith(f"{name}=")]
    return ", ".join([*kept, f"{name}={value:g}"])


def _what(info: MethodInfo, notes: tuple[str, ...], of: tuple[tuple[str, int], ...]) -> Section:
    lines = [notes[0] if notes else OWN_FORM, *(f"{count:,} bodies of {kind}" for kind, count in of)]
    if info.said:
        lines.append(f"You said: {info.said}")
    return "What it is", (*lines, *notes[2:])


def _pictures(found: Matching) -> Section:
    lines = [found.notes[1]] if len(found.notes) > 1 else []
    lines.append(f"{found.photos:,} photos of the set have bodies in the file")
    if not found.whole:
        lines.append(f"The first {found.bodies:,} bodies were looked at; the numbers below are of these.")
    return "Which photos", tuple(lines)


def _people(found: Matching) -> Section:
    matched = found.by_name + found.by_place
    lines = [f"{matched:,} of {found.bodies:,} bodies are somebody's, of {found.people:,} with a 2D pose"]
    if found.by_name:
        lines.append(f"{found.by_name:,} have the name of an annotated person")
    if found.by_place:
        lines.append(
            f"{found.by_place:,} lie over somebody's 2D joints: the nearest first, on average no farther than"
            f" {found.near:g} of the box's diagonal (near=…); of bodies without joints the boxes have"
            f" {found.overlap:g} in common (overlap=…)"
        )
    return "Who is whom", tuple(lines)
