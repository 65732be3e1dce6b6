"""A story: prepared cases in order with words for each, kept as a small JSON file; where one is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.methods import Method, MethodChoice
from sefd_viewer.app.slices import Slice
from sefd_viewer.atomic import write_file
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.evaluation.runs.methods import WantedCase


ENDING = ".sefd-show.json"
FORMAT = "sefd-show-1"


class ShowError(SefdError):
    """A file with a list of cases cannot be read or written."""


@dataclass(frozen=True)
class Case:
    """One slide: the record's key, what it is called, and a note that is shown below it.

    `person` is the key of whom it is about, whose errors it tells; empty for everybody. `after` is compared
    in place of the show's method, where it is named; `view` says in plain values how the stage looks.
    """

    record: str
    title: str = ""
    note: str = ""
    person: str = ""
    after: Method = ""
    view: Mapping[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> tuple[str, str]:
        """The photo and the person, which tell one case from another."""
        return self.record, self.person


@dataclass(frozen=True)
class Show:
    """Cases in order; `before` stands left of the divider and `after` right of it, unless sides are drawn.

    Where they are not said these are the yardstick and the method spoken of, as everywhere (`of`).
    `seed` decides the sides of a blind test: the same list is drawn the same way again.
    """

    title: str = ""
    cases: tuple[Case, ...] = ()
    before: Method = ""
    after: Method = ""
    seed: int = 1

    def of(self, choice: MethodChoice) -> Show:
        """The show with its two methods said, by a choice of methods."""
        first, second = choice.pair(info.id for info in choice.ordered())
        before = self.before or (first if first != self.after else second)
        return replace(self, before=before, after=self.after or (second if second != before else first))

    def at(self, index: int) -> Show:
        """The show with the methods that a case compares."""
        after = self.cases[index].after
        return replace(self, after=after) if after and after != self.before else self

    @property
    def wanted(self) -> tuple[WantedCase, ...]:
        """The cases as a report takes them: its person or everybody, under its title and note."""
        from sefd_viewer.evaluation.runs.methods import WantedCase

        return tuple(
            WantedCase(case.record, case.person or None, case.title, case.note) for case in self.cases
        )

    def with_case(self, case: Case) -> Show:
        """The show with a case at its end; one that is there already gets the new words."""
        if any(known.about == case.about for known in self.cases):
            cases = tuple(case if known.about == case.about else known for known in self.cases)
            return replace(self, cases=cases)
        return replace(self, cases=(*self.cases, case))

    def without(self, index: int) -> Show:
        """The show without the case at `index`."""
        return replace(self, cases=self.cases[:index] + self.cases[index + 1 :])

    def moved(self, index: int, place: int) -> Show:
        """The show with the case at `index` at another place."""
        cases = list(self.cases)
        cases.insert(place, cases.pop(index))
        return replace(self, cases=tuple(cases))

    def with_words(self, index: int, **words: str) -> Show:
        """The show with another title or note for the case at `index`."""
        cases = list(self.cases)
        cases[index] = replace(cases[index], **words)  # type: ignore[arg-type]  # both fields are texts
        return replace(self, cases=tuple(cases))


def write_show(path: Path, show: Show) -> None:
    """Write a show, the whole file or none; SefdError when that cannot be done."""
    content = {"format": FORMAT, **asdict(show)}
    content["cases"] = [{name: one for name, one in case.items() if one} for case in content["cases"]]
    write_file(path, json.dumps(content, indent=2).encode())


def read_show(path: Path) -> Show:
    """Read a show; ShowError for a file that is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(path, f"the file cannot be read ({error})") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _broken(path, f'this is not a list of cases: it does not say "format": "{FORMAT}"')
    return _show(found, path)


def _show(found: dict[str, Any], path: Path) -> Show:
    cases = found.get("cases", [])
    if not isinstance(cases, list) or not all(
        isinstance(case, dict) and case.get("record") for case in cases
    ):
        raise _broken(path, 'every case needs a "record"')
    before, after = found.get("before", ""), found.get("after", "")
    if not isinstance(before, str) or not isinstance(after, str) or (before == after and before):
        raise _broken(path, '"before" and "after" have to be the names of two methods')
    seed = found.get("seed", 1)
    if not isinstance(seed, int):
        raise _broken(path, '"seed" has to be a whole number')
    words = [one.name for one in fields(Case) if one.name != "view"]
    read = tuple(
        Case(**{name: str(case.get(name, "")) for name in words}, view=_view(case.get("view")))
        for case in cases
    )
    return Show(str(found.get("title", "")), read, before, after, seed)


def _view(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, dict) else {}


def _broken(path: Path, what: str) -> ShowError:
    return ShowError(what, where=path, remedy="Make the list again under View > Cases to present")


Choice = Literal["left", "right", "neither"]


@dataclass(frozen=True)
class Vote:
    """One vote: `case` is its number from 0, `time` ISO 8601 in UTC, `seconds` how long it took."""

    case: int
    choice: Choice
    left: Method
    right: Method
    time: str
    seconds: float

    @property
    def preferred(self) -> Method | None:
        """The method that was found better, None for neither."""
        return {"left": self.left, "right": self.right}.get(self.choice)


@dataclass(frozen=True)
class PresentationState:
    """`file` is where the list was opened or saved; `slide` the number of the case in view, None: no slides.

    In a `blind` test methods have no names and no colours until `revealed`; it begins once it was
    `explained`; `votes_file` is where votes go.
    `shown` panes stand beside the photo: the method before, the one after, the truth; `numbers` are told.
    `before` is the state to which the window returns.
    """

    show: Show = field(default_factory=Show)
    file: str | None = None
    slide: int | None = None
    blind: bool = False
    explained: bool = False
    revealed: bool = False
    shown: int = 3
    numbers: bool = True
    votes: tuple[Vote, ...] = ()
    votes_file: str | None = None
    since: float = 0.0
    before: ViewerState | None = None

    @property
    def disguised(self) -> bool:
        """Whether nothing may tell which method is which."""
        return self.slide is not None and self.blind and not self.revealed


PRESENT: Slice[PresentationState] = Slice("presentation", PresentationState())
"""The story that is prepared, and its case in view."""
