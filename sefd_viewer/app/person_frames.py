"""What the person bar and the strip of people show, and what was chosen about the strip: frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sefd_viewer.app.sentences import Account
from sefd_viewer.app.slices import Slice, Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.person_pictures import PersonPictures

    Image = NDArray[np.uint8]

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the photo."""
Decision = Literal["good", "bad", "unsure", "fixed", ""]


@dataclass(frozen=True)
class PersonChip:
    """Somebody in the photo: `box` None where nobody knows where."""

    key: str
    title: str
    box: Box | None = None


@dataclass(frozen=True)
class ViewChip:
    """Another camera of the moment: its record, "3", and its whole name."""

    record: str
    label: str
    title: str


@dataclass(frozen=True, eq=False)
class PersonBarFrame:
    """Who is selected, where, and what happened to them.

    `image` is the whole photo made small, `size` its own width and height, `crop` the part that the panes
    show. `photo` is its title, `place` where it is among the others. `decision` is the verdict about the
    annotation, `tags` what the person was given. `left_out` says of whom is annotated but not shown, or
    shown without a body, and why.
    """

    image: Image | None = None
    size: tuple[int, int] = (0, 0)
    crop: Box | None = None
    people: tuple[PersonChip, ...] = ()
    person: str | None = None
    record: str | None = None
    photo: str = ""
    place: str = ""
    views: tuple[ViewChip, ...] = ()
    account: Account = field(default_factory=Account)
    decision: Decision = ""
    tags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    has_previous: bool = False
    has_next: bool = False

    @property
    def name(self) -> str:
        """What the selected person is called."""
        return next((one.title for one in self.people if one.key == self.person), "")


@dataclass(frozen=True)
class Cell:
    """One person in the strip: error and difference in mm (nan: unknown), where, and the verdict."""

    error_mm: float
    difference_mm: float
    place: str
    about: str = ""
    decision: Decision = ""


class StripPeople(Whole):
    """The people of the data set by row, looked at only where they are seen."""

    def __len__(self) -> int:
        raise NotImplementedError

    def cell(self, row: int) -> Cell:
        """What is written about a row."""
        raise NotImplementedError

    def row(self, record: str, person: str | None) -> int | None:
        """Where a person of a photo is among them."""
        raise NotImplementedError

    def picture(self, row: int, pictures: PersonPictures) -> Image | str | None:
        """A row's small picture, words when there is none, None while it is being made."""
        raise NotImplementedError


@dataclass(frozen=True)
class QuickChip:
    """A term that one click puts into the filter or takes out: its words, for how many it holds, is it on."""

    title: str
    term: str
    count: int
    on: bool = False


@dataclass(frozen=True, eq=False)
class StripFrame:
    """The strip: `rows` (N,) of `people` from left to right, of whom `row` is selected.

    `order` is one of the `orders` (words by id); `scale_mm` is the difference whose bar is full. `mistake`
    says what is wrong with the filter. `measure` are the words of the button that measures everybody, empty
    where that is done; `note` says what the numbers are.
    """

    people: StripPeople | None = None
    rows: Sequence[int] | NDArray[np.int32] = ()
    row: int | None = None
    order: str = ""
    orders: tuple[tuple[str, str], ...] = ()
    filter: str = ""
    mistake: str = ""
    chips: tuple[QuickChip, ...] = ()
    scale_mm: float = 20.0
    measure: str = ""
    note: str = ""
    timed: bool = False
    folded: bool = False
    words: str = ""

    @property
    def line(self) -> int | None:
        """Where the selected person is in the strip, None where they are not shown."""
        import numpy as np

        if self.row is None:
            return None
        found = np.flatnonzero(np.asarray(self.rows) == self.row)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True, eq=False)
class PersonFrame:
    """The bar above the workspace and the strip below it."""

    bar: PersonBarFrame = field(default_factory=PersonBarFrame)
    strip: StripFrame = field(default_factory=StripFrame)


@dataclass(frozen=True)
class StripState:
    """What was chosen about the strip besides order and filter: time instead of people, folded away."""

    timed: bool = False
    folded: bool = False


STRIP: Slice[StripState] = Slice("strip", StripState())
PERSON_FRAME: Slice[PersonFrame] = Slice("person", PersonFrame())


@dataclass(frozen=True)
class OwnSentence:
    """What a view tells of the person instead of the usual sentence; `of` whom, and in which workspace."""

    of: tuple[str, str | None, str | None]
    account: Account


OWN_SENTENCE: Slice[OwnSentence | None] = Slice("told", None)
