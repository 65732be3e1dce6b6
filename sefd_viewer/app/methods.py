"""The methods whose bodies are compared: any number, each with a name and one colour everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Literal

from sefd_viewer.app.slices import Slice
from sefd_viewer.inference.messages import ROLES, Role
from sefd_viewer.resources import resource_path

Method = str
"""What tells methods apart, here, in runs and in filters: a network's role, `TRUTH`, or a file's name."""
MethodKind = Literal["network", "file", "weights", "command", "truth", "plugin", "run"]
"""A method of the kind "run" is known by the numbers of a run alone."""
MEASURED: tuple[MethodKind, ...] = ("network", "file", "weights", "command", "plugin")
"""What a run can measure."""
Color = tuple[int, int, int]

TRUTH = "truth"
BASELINE = "baseline"
STUDENT = "student"
TEACHER: Role = "teacher"
SAME_MM = 0.5
"""A difference below this is none, person by person."""


@dataclass(frozen=True)
class MethodInfo:
    """How a method is called and coloured; `variant` is a second line of its name.

    `source` is its file or its command.
    `said` is what somebody said about the file that it does not say itself, as behind the # of the command
    line: a body, frames+2, in=FOLDER; of weights it is the role that they are for.
    """

    id: Method
    title: str
    color: Color
    kind: MethodKind
    variant: str = ""
    source: str = ""
    said: str = ""

    @property
    def role(self) -> Role | None:
        """The role of a network, of weights the one they are for; None of what is no network of ours."""
        named = {"network": self.id, "weights": self.said}.get(self.kind, "")
        return as_role(named)


BUILT_IN: tuple[MethodInfo, ...] = (
    MethodInfo(BASELINE, "Baseline", (0xE6, 0x9F, 0x00), "network"),
    MethodInfo("student", "Student", (0x56, 0xB4, 0xE9), "network"),
    MethodInfo("teacher", "Teacher", (0x12, 0xA9, 0x7F), "network"),
    MethodInfo(TRUTH, "Truth", (0xC4, 0xC6, 0xCA), "truth"),
)
"""Okabe and Ito's orange, sky blue and bluish green, and grey: distinct for colour-blind people too."""

ESTIMATED: tuple[MethodInfo, ...] = (
    MethodInfo("see", "SEE", (0xBC, 0xA9, 0x4C), "weights", said=STUDENT),
    MethodInfo("sesd", "SESD", (0xE1, 0x82, 0x6E), "weights", said=STUDENT),
)
"""Networks of the overlap edge as another network guesses it; a window begins with them hidden."""

NETWORKS: tuple[MethodInfo, ...] = (*(info for info in BUILT_IN if info.kind == "network"), *ESTIMATED)
"""The methods that run with a weights file of the program's, which another can take the place of."""


def network_words(method: Method) -> str:
    """What a network is called inside a sentence: the teacher, SEE."""
    info = next(info for info in NETWORKS if info.id == method)
    return info.title if info in ESTIMATED else f"the {info.id}"


METHODS: tuple[Method, ...] = tuple(info.id for info in BUILT_IN)
ESTIMATORS: tuple[Method, ...] = tuple(info.id for info in ESTIMATED)
TITLES: dict[Method, str] = {info.id: info.title for info in BUILT_IN}
COLORS: dict[Method, Color] = {info.id: info.color for info in BUILT_IN}

SEES: dict[Method, str] = {
    BASELINE: "Sees the photo and a 2D pose (3DCrowdNet).",
    STUDENT: "Also sees Canny edges of the photo; has learned from the teacher.",
    "teacher": "Sees the edges of the true bodies, hidden parts too; without truth the baseline's.",
    "see": "Sees the overlap edge as SEE guesses it from the photo, and has learned with such edges.",
    "sesd": "SEE's network, shown SEE's edge as SESD completed it where others hide the person.",
}
"""What each network is given."""

OTHER_COLORS: tuple[Color, ...] = (
    (0xCC, 0x79, 0xA7),
    (0x9A, 0x86, 0xEE),
    (0x78, 0xC8, 0xC8),
    (0xE1, 0x82, 0x6E),
    (0xBC, 0xA9, 0x4C),
    (0xA5, 0xC4, 0x65),
    (0xD0, 0x74, 0x2B),
)
"""For methods that were added: told apart from those above and from each other, in this order."""


@dataclass(frozen=True)
class MethodLook:
    """A name and a colour that somebody gave a method; nothing where it has its own."""

    title: str = ""
    color: Color | None = None

    def __post_init__(self) -> None:
        if self.color is not None and not (len(self.color) == 3 and all(0 <= c <= 255 for c in self.color)):
            raise ValueError(f"{self.color} is not a colour")


@dataclass(frozen=True)
class MethodChoice:
    """Which methods there are, in their order; which are not shown; which two are compared first of all.

    All are measured against the `baseline`; `compared` is the method beside it of which sentences, quadrants
    and small pictures speak ("": the student, else the first other one). `looks` are names and colours that
    somebody chose, also of methods that only runs know. Without `numbers` no errors are told; while `blind`
    nothing says which method is which.
    The truth is among them wherever it stands in the order: it is always the last one shown.
    """

    known: tuple[MethodInfo, ...] = BUILT_IN
    hidden: frozenset[Method] = frozenset()
    baseline: Method = BASELINE
    compared: Method = ""
    looks: Mapping[Method, MethodLook] = field(default_factory=dict)
    numbers: bool = True
    blind: bool = False

    def info(self, method: Method) -> MethodInfo:
        """How a method is called and coloured; one that is not known here comes from a run."""
        return self._infos.get(method) or self._looking(
            MethodInfo(method, method, _color_of_name(method), "run")
        )

    @cached_property
    def _infos(self) -> Mapping[Method, MethodInfo]:
        return {info.id: self._looking(info) for info in self.known}

    def _looking(self, info: MethodInfo) -> MethodInfo:
        look = self.looks.get(info.id, MethodLook())
        return replace(info, title=look.title or info.title, color=look.color or info.color)

    def title(self, method: Method) -> str:
        """What a method is called."""
        return self.info(method).title

    def color(self, method: Method) -> Color:
        """A method's colour."""
        return self.info(method).color

    def ordered(self) -> tuple[MethodInfo, ...]:
        """All methods in their order, the truth last."""
        return self._ordered

    @cached_property
    def _ordered(self) -> tuple[MethodInfo, ...]:
        return tuple(sorted(self._infos.values(), key=lambda info: info.kind == "truth"))

    def shown(self) -> tuple[MethodInfo, ...]:
        """The methods that are shown, in their order, the truth last."""
        return self._shown

    @cached_property
    def _shown(self) -> tuple[MethodInfo, ...]:
        return tuple(info for info in self._ordered if info.id not in self.hidden)

    @cached_property
    def networks(self) -> tuple[MethodInfo, ...]:
        """The networks that are shown; while none is, those that the program brings."""
        shown = tuple(info for info in self.shown() if info.role is not None)
        return shown or tuple(info for info in self.ordered() if info.kind == "network")

    @cached_property
    def edge_networks(self) -> tuple[MethodInfo, ...]:
        """Those of them that find their edges in the photo, so that they can be given others."""
        return tuple(one for one in self.networks if one.role == STUDENT and one.id not in ESTIMATORS)

    def sorted(self, methods: Iterable[Method]) -> tuple[Method, ...]:
        """Methods in the order chosen; those that are not known here come last, as they are."""
        places = {info.id: place for place, info in enumerate(self.ordered())}
        return tuple(sorted(methods, key=lambda method: places.get(method, len(places))))

    @cached_property
    def usual_pair(self) -> tuple[Method, Method]:
        """The two of all methods that are compared first, whether they are shown or not."""
        return self.pair(info.id for info in self.known)

    def pair(self, methods: Iterable[Method]) -> tuple[Method, Method]:
        """The two of these that are compared first: the yardstick and the one beside it ("": there is none).

        A yardstick that is not among them gives way to the first one.
        """
        here = [method for method in methods if method != TRUTH]
        baseline = self.baseline if self.baseline in here else next(iter(here), self.baseline)
        others = [method for method in here if method != baseline]
        preferred = [name for name in (self.compared, STUDENT) if name in others]
        return baseline, (preferred or others or [""])[0]

    def toggled(self, method: Method) -> MethodChoice:
        """The choice with one method shown or hidden."""
        return replace(self, hidden=self.hidden ^ {method})

    def added(
        self, title: str, kind: MethodKind, *, variant: str = "", source: str = "", said: str = ""
    ) -> MethodChoice:
        """The choice with one method more, of a colour that none has yet as long as there are such."""
        id = self._name_of(title if kind == "command" else file_title(source or title), source)
        taken = {info.color for info in self.ordered()}
        place = sum(info.id not in METHODS for info in self.known)
        free = (color for color in OTHER_COLORS if color not in taken)
        color = next(free, OTHER_COLORS[place % len(OTHER_COLORS)])
        info = MethodInfo(id, title, color, kind, variant, source, said)
        return replace(self, known=(*(one for one in self.known if one.id != id), info))

    def _name_of(self, stem: str, source: str) -> Method:
        """What a file or command is called in runs and filters; several of the same name are numbered."""
        others = {info.id for info in self.known if info.source != source}
        numbered = (stem if number == 1 else f"{stem} {number}" for number in count(1))
        return next(name for name in numbered if name not in others)

    def changed(
        self, method: Method, *, title: str | None = None, color: Color | None = None
    ) -> MethodChoice:
        """The choice with a method called or coloured otherwise."""
        own = self.looks.get(method, MethodLook())
        own = MethodLook(title or own.title, color or own.color)
        return replace(self, looks={**self.looks, method: own})

    def explained(self, method: Method, said: str) -> MethodChoice:
        """The choice with something said about a method's file that it does not say itself."""
        known = (replace(info, said=said) if info.id == method else info for info in self.known)
        return replace(self, known=tuple(known))

    def commanded(self, method: Method, command: str) -> MethodChoice:
        """The choice with another command of a method."""
        known = (replace(info, source=command) if info.id == method else info for info in self.known)
        return replace(self, known=tuple(known))

    def as_usual(self, method: Method) -> MethodChoice:
        """The choice with a method in its own name and colour again."""
        return replace(self, looks={id: look for id, look in self.looks.items() if id != method})

    def without(self, method: Method) -> MethodChoice:
        """The choice without a method that was added; those that the program brings are hidden instead."""
        if self.stays(method):
            return replace(self, hidden=self.hidden | {method})
        known = tuple(info for info in self.known if info.id != method)
        baseline = BASELINE if self.baseline == method else self.baseline
        compared = "" if self.compared == method else self.compared
        return replace(self, known=known, hidden=self.hidden - {method}, baseline=baseline, compared=compared)

    def disguised(self, names: Mapping[Method, str]) -> MethodChoice:
        """Some methods alone, in this order, under other names and in one grey; no numbers are told."""
        grey = self.info(TRUTH).color
        shown = tuple(
            replace(self.info(id), title=name, color=grey, variant="") for id, name in names.items()
        )
        rest = tuple(info for info in self.known if info.id not in names)
        hidden, baseline = frozenset(info.id for info in rest), next(iter(names))
        return MethodChoice((*shown, *rest), hidden, baseline, numbers=False, blind=True)

    def stays(self, method: Method) -> bool:
        """Whether a method can be hidden but not taken away: the program or a plugin brings it."""
        return method in (*METHODS, *ESTIMATORS) or self.info(method).kind == "plugin"

    def moved(self, method: Method, before: Method | None) -> MethodChoice:
        """The choice with a method in another place: before another one, or last."""
        rest = [info for info in self.known if info.id != method]
        own = next(info for info in self.known if info.id == method)
        place = next((i for i, info in enumerate(rest) if info.id == before), len(rest))
        return replace(self, known=(*rest[:place], own, *rest[place:]))


def weights_file(info: MethodInfo, weights: Mapping[str, str]) -> str:
    """The file of a method of the kind "weights": its own, else one of `weights`, else the shipped one."""
    return info.source or weights.get(info.id) or str(resource_path("weights") / f"{info.id}.safetensors")


def file_title(source: str) -> str:
    """What a file's method is called at first: the name of the file without its ending."""
    return Path(source.removesuffix(".tar")).stem


def _color_of_name(name: str) -> Color:
    """A method that only runs know has the same colour in all of them."""
    return OTHER_COLORS[sum(map(ord, name)) % len(OTHER_COLORS)]


CHOICE: Slice[MethodChoice] = Slice("methods", MethodChoice())
"""Which methods are shown and compared, in every workspace."""


@dataclass(frozen=True)
class MethodHabits:
    """What of the methods is remembered from one start to the next: names, colours, and what holds anywhere.

    `order`, `hidden` and `baseline` are about methods by name; one that is not there keeps its place in them.
    """

    looks: Mapping[Method, MethodLook] = field(default_factory=dict)
    order: tuple[Method, ...] = METHODS
    hidden: frozenset[Method] = frozenset()
    baseline: Method = BASELINE

    def choice(self) -> MethodChoice:
        """The methods as a window begins with them; of a plugin's, those that were never seen are hidden."""
        own = (*ESTIMATED, *plugins_methods())
        order = [*self.order, *METHODS, *(info.id for info in own)]
        known = tuple(sorted((*BUILT_IN, *own), key=lambda info: order.index(info.id)))
        names = {info.id for info in known}
        hidden = (self.hidden & names) | {info.id for info in own if info.id not in self.order}
        baseline = self.baseline if self.baseline in names - {TRUTH} else BASELINE
        return MethodChoice(known, hidden, baseline, looks=dict(self.looks))

    def welcomed(self, before: MethodChoice, now: MethodChoice) -> MethodChoice:
        """The choice `now` with methods that were not there `before` where they were, or the yardstick."""
        came = {info.id for info in now.known} - {info.id for info in before.known}
        for method in [one for one in reversed(self.order) if one in came]:
            behind = self.order[self.order.index(method) + 1 :]
            there = {info.id for info in now.known}
            now = now.moved(method, next((one for one in behind if one in there), None))
        return replace(now, baseline=self.baseline) if self.baseline in came else now

    def after(self, before: MethodChoice, now: MethodChoice) -> MethodHabits:
        """What is remembered once the choice `before` became `now`."""
        order = [info.id for info in now.known]
        absent = [one for one in self.order if one not in order]
        for method in absent:
            place = self.order.index(method)
            order.insert(order.index(self.order[place - 1]) + 1 if place else 0, method)
        waits = now.baseline == before.baseline and self.baseline in absent
        baseline = self.baseline if waits else now.baseline
        return MethodHabits(now.looks, tuple(order), now.hidden | (self.hidden & set(absent)), baseline)


def plugins_methods() -> tuple[MethodInfo, ...]:
    """The methods of plugins; a window begins with them hidden."""
    from sefd_viewer.plugin_code import offered

    return tuple(
        MethodInfo(one.id, one.title, OTHER_COLORS[place % len(OTHER_COLORS)], "plugin")
        for place, one in enumerate(offered("methods"))
    )


PERSON_COLORS: tuple[Color, ...] = (
    (0xF0, 0xE4, 0x42),
    (0xCC, 0x79, 0xA7),
    (0x56, 0xB4, 0xE9),
    (0xD5, 0x5E, 0x00),
    (0x4D, 0xD0, 0xA5),
    (0xB3, 0x9D, 0xFF),
    (0xFF, 0xB7, 0x4D),
    (0xE0, 0xE0, 0xE0),
)
"""Yellow, purple, sky blue, vermilion, mint, violet, amber, white: repeated after eight people."""


def person_color(index: int) -> Color:
    """Return the colour of the person at `index` of a record."""
    return PERSON_COLORS[index % len(PERSON_COLORS)]


STRANGER = "stranger "
"""Begins the keys of predicted people whom nobody annotated."""


def person_title(key: str, index: int) -> str:
    """What the person at `index` of a record is called: by name where the data tell one, else by number."""
    if key.startswith(STRANGER):
        return key.capitalize()
    return f"Person {index + 1}" if any(map(str.isdigit, key)) or not key else key.capitalize()


def title_of(name: str) -> str:
    """What is written for a method of any name: ours are written large, others as they are called."""
    return TITLES.get(name, name)


def as_role(method: Method) -> Role | None:
    """Return the network role behind `method`, None where it is no network of ours."""
    return method if method in ROLES else None
