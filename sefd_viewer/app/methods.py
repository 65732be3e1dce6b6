"""The methods whose bodies are compared: any number, each with a name and one colour everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sefd_viewer.app.slices import Slice
from sefd_viewer.inference.messages import ROLES, Role

Method = str
"""What tells methods apart: a network's role, `TRUTH`, or the id of what a file or plug-in brought."""
MethodKind = Literal["network", "file", "truth", "plugin"]
Color = tuple[int, int, int]

TRUTH = "truth"
BASELINE = "baseline"


@dataclass(frozen=True)
class MethodInfo:
    """How a method is called and coloured; `variant` is a second line of its name, `source` its file."""

    id: Method
    title: str
    color: Color
    kind: MethodKind
    variant: str = ""
    source: str = ""


BUILT_IN: tuple[MethodInfo, ...] = (
    MethodInfo(BASELINE, "Baseline", (0xE6, 0x9F, 0x00), "network"),
    MethodInfo("student", "Student", (0x56, 0xB4, 0xE9), "network"),
    MethodInfo("teacher", "Teacher", (0x12, 0xA9, 0x7F), "network"),
    MethodInfo(TRUTH, "Truth", (0xC4, 0xC6, 0xCA), "truth"),
)
"""Okabe and Ito's orange, sky blue and bluish green, and grey: distinct for colour-blind people too."""

METHODS: tuple[Method, ...] = tuple(info.id for info in BUILT_IN)
TITLES: dict[Method, str] = {info.id: info.title for info in BUILT_IN}
COLORS: dict[Method, Color] = {info.id: info.color for info in BUILT_IN}

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
class MethodChoice:
    """Which methods there are, in their order; which of them are not shown; against which all are measured.

    Without `numbers` no errors are told; while `blind` nothing says which method is which.
    The truth is among them wherever it stands in the order: it is always the last one shown.
    """

    known: tuple[MethodInfo, ...] = BUILT_IN
    hidden: frozenset[Method] = frozenset()
    baseline: Method = BASELINE
    numbers: bool = True
    blind: bool = False

    def info(self, method: Method) -> MethodInfo:
        """What is known of a method; a KeyError where there is none of that id."""
        found = next((info for info in self.known if info.id == method), None)
        if found is None:
            raise KeyError(method)
        return found

    def ordered(self) -> tuple[MethodInfo, ...]:
        """All methods in their order, the truth last."""
        return tuple(sorted(self.known, key=lambda info: info.kind == "truth"))

    def shown(self) -> tuple[MethodInfo, ...]:
        """The methods that are shown, in their order, the truth last."""
        return tuple(info for info in self.ordered() if info.id not in self.hidden)

    def toggled(self, method: Method) -> MethodChoice:
        """The choice with one method shown or hidden."""
        return replace(self, hidden=self.hidden ^ {method})

    def added(self, title: str, kind: MethodKind, *, variant: str = "", source: str = "") -> MethodChoice:
        """The choice with one method more, of a colour that none has yet as long as there are such."""
        id = f"{kind}:{source or title}"
        taken = {info.color for info in self.known}
        place = sum(info.id not in METHODS for info in self.known)
        free = (color for color in OTHER_COLORS if color not in taken)
        color = next(free, OTHER_COLORS[place % len(OTHER_COLORS)])
        info = MethodInfo(id, title, color, kind, variant, source)
        return replace(self, known=(*(one for one in self.known if one.id != id), info))

    def changed(
        self, method: Method, *, title: str | None = None, color: Color | None = None
    ) -> MethodChoice:
        """The choice with a method called or coloured otherwise."""
        own = self.info(method)
        own = replace(own, title=title or own.title, color=color or own.color)
        return replace(self, known=tuple(own if info.id == method else info for info in self.known))

    def without(self, method: Method) -> MethodChoice:
        """The choice without a method that was added; those that the program brings are hidden instead."""
        if method in METHODS:
            return replace(self, hidden=self.hidden | {method})
        known = tuple(info for info in self.known if info.id != method)
        baseline = BASELINE if self.baseline == method else self.baseline
        return MethodChoice(known, self.hidden - {method}, baseline)

    def disguised(self, names: Mapping[Method, str]) -> MethodChoice:
        """Some methods alone, in this order, under other names and in one grey; no numbers are told."""
        grey = self.info(TRUTH).color
        shown = tuple(
            replace(self.info(id), title=name, color=grey, variant="") for id, name in names.items()
        )
        rest = tuple(info for info in self.known if info.id not in names)
        hidden = frozenset(info.id for info in rest)
        return replace(
            self, known=(*shown, *rest), hidden=hidden, baseline=next(iter(names)), numbers=False, blind=True
        )

    def moved(self, method: Method, before: Method | None) -> MethodChoice:
        """The choice with a method in another place: before another one, or last."""
        rest = [info for info in self.known if info.id != method]
        place = next((i for i, info in enumerate(rest) if info.id == before), len(rest))
        return replace(self, known=(*rest[:place], self.info(method), *rest[place:]))


CHOICE: Slice[MethodChoice] = Slice("methods", MethodChoice())
"""Which methods are shown and compared, in every workspace."""

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


def person_title(key: str, index: int) -> str:
    """What the person at `index` of a record is called: by name where the data tell one, else by number."""
    return f"Person {index + 1}" if any(letter.isdigit() for letter in key) or not key else key.capitalize()


def title_of(name: str) -> str:
    """What is written for a method of any name: ours are written large, others as they are called."""
    return TITLES.get(name, name)


def as_role(method: Method) -> Role | None:
    """Return the network role behind `method`, None where it is no network of ours."""
    return next((role for role in ROLES if role == method), None)
