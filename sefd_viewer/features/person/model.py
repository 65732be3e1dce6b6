"""What the person bar and the strip show, from what is chosen and known: pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, get_args

from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.filtering import difference, terms_of
from sefd_viewer.app.frame import shown
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_commands import kept_key
from sefd_viewer.app.method_files import BROUGHT, file_keys, floors_wanted, measures, read_key
from sefd_viewer.app.methods import CHOICE, person_title
from sefd_viewer.app.people import KNOWN, PEOPLE
from sefd_viewer.app.people_view import (
    difference_of,
    limits_key,
    lines_of,
    mistake_of,
    order_of,
    pair_of,
    people_keys,
    row_in_view,
    table_of,
)
from sefd_viewer.app.person_frames import (
    OWN_SENTENCE,
    STRIP,
    Box,
    Cell,
    Decision,
    PersonBarFrame,
    PersonChip,
    PersonFrame,
    QuickChip,
    StripFrame,
    StripPeople,
    ViewChip,
)
from sefd_viewer.app.person_pictures import picture_topic, pictured
from sefd_viewer.app.photo_titles import photo_title, same_moment_name, short_title
from sefd_viewer.app.sentences import Account, Part, account_of, the
from sefd_viewer.app.sequence import track_key
from sefd_viewer.errors import SefdError
from sefd_viewer.features.person import numbers
from sefd_viewer.features.person.work import InsetKey, SummaryKey

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.people_table import Case, PeopleTable
    from sefd_viewer.app.person_pictures import PersonPictures
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset, Record

MARGIN = 0.12
"""Room around a person where nobody said what the panes show, as a share of the box's longer side."""
WORSE_MM = 0.5
"""The difference from which a method counts as worse in the strip's chip."""
HOURS_FROM = 90
"""Minutes from which a time is told in hours."""
AS_DATA = "position"
"""The order of the data set: the photos' numbers."""


def wants(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """Everything that the bar and the strip need."""
    yield from people_keys(state, content)
    yield track_key(state, content)
    yield numbers.question_key(state, content)
    yield limits_key(state, content)
    yield numbers.hidden_key(state, content)
    yield from file_keys(state, content)
    own = pictured(state)
    if own is not None and own.kind in BROUGHT:
        yield kept_key(own, content) if own.kind == "command" else None
        yield read_key(own, content)
    yield from measures(state, content)
    person = person_in_view(state, content)
    yield from () if person is None else floors_wanted(person, state, content)
    record = _record(state, content)
    yield None if record is None else InsetKey(record)
    yield summary_key(state, content)


def resolve(state: ViewerState, content: Content) -> PersonFrame:
    """The bar and the strip."""
    return PersonFrame(_bar(state, content), _strip(state, content))


# ---- the bar


@memo
def _record(state: ViewerState, content: Content) -> Record | None:
    """The photo in view, loaded or not."""
    if content.scene is not None:
        return content.scene.record
    dataset = content.dataset
    place = dataset.find(state.record) if dataset is not None and state.record is not None else None
    return dataset.records[place] if dataset is not None and place is not None else None


@shown
def _bar(state: ViewerState, content: Content) -> PersonBarFrame:
    record, dataset, scene = _record(state, content), content.dataset, content.scene
    if record is None or dataset is None:
        lost = dataset is not None and content.opening is None and state.record is not None
        words = f"{dataset.name} has no photo {state.record}." if dataset is not None and lost else "Opening…"
        return PersonBarFrame(account=Account((Part(content.problem or words),)))
    person, image = numbers.person_in_view(state, content), content.computed.value(InsetKey(record))
    table, row = table_of(content), row_in_view(state, content)
    position = dataset.find(record.key) or 0
    total = len(dataset.records)
    small = (0, 0) if image is None else (image.shape[1], image.shape[0])
    return PersonBarFrame(
        image=image,
        size=scene.size if scene is not None else record.size or small,
        crop=_crop(state, content, person),
        people=_chips(state, content),
        person=person,
        record=record.key,
        photo=photo_title(record, dataset),
        place=f"photo {position + 1:,} of {total:,}",
        views=_views(state, content),
        account=_account(state, content),
        decision="" if table is None or row is None else _decision(table, row),
        tags=() if table is None or row is None else _words(_text(table, "tags", row)),
        left_out=tuple(str(one)[:1].upper() + str(one)[1:] for one in record.skipped),
        has_previous=position > 0,
        has_next=position + 1 < total,
    )


@shown
def _account(state: ViewerState, content: Content) -> Account:
    """The sentence about the person, or what the view in sight tells instead; where nobody is there, why."""
    told = OWN_SENTENCE.of(content)
    if told is not None and told.of == (state.workspace, state.record, person_in_view(state, content)):
        return told.account
    person, scene = numbers.person_numbers(state, content), content.scene
    if person is None and scene is None:
        return Account((Part(content.problem or "Reading the photo…"),))
    account = account_of(person)
    if person is None and scene is not None and scene.note:
        return replace(account, lines=((Part(scene.note, lead="poses"),),))
    return account


def _chips(state: ViewerState, content: Content) -> tuple[PersonChip, ...]:
    return tuple(
        PersonChip(one.key, person_title(one.key, place), _box(one.box))
        for place, one in enumerate(numbers.people_in_view(state, content))
    )


def _box(values: Iterable[float] | None) -> Box | None:
    if values is None:
        return None
    x, y, width, height = map(float, values)
    return x, y, width, height


def _crop(state: ViewerState, content: Content, person: str | None) -> Box | None:
    """What the panes show of the photo; where nobody tells, the person with some room."""
    if content.visible_part is not None and state.workspace in ("inspect", "edges"):
        left, top, right, bottom = content.visible_part.visible_xyxy
        return left, top, right - left, bottom - top
    found = content.scene.person(person) if content.scene is not None else None
    box = None if found is None else _box(found.pose2d.bbox_xywh)
    if box is None:
        return None
    room = MARGIN * max(box[2:])
    return box[0] - room, box[1] - room, box[2] + 2 * room, box[3] + 2 * room


@memo
def _views(state: ViewerState, content: Content) -> tuple[ViewChip, ...]:
    """The cameras of the moment, the photo's own among them; none where there is but one."""
    record, dataset = _record(state, content), content.dataset
    if record is None or record.moment is None or dataset is None:
        return ()
    names = [
        (key, same_moment_name(record, view, dataset.views)) for key, view in dataset.photos_of_moment(record)
    ]
    chips = tuple(
        ViewChip(key, name.camera or str(place), name.title) for place, (key, name) in enumerate(names, 1)
    )
    return chips if len(chips) > 1 else ()


def _text(table: PeopleTable, column: str, row: int) -> str:
    return str(table.cells(row).get(column) or "")


def _decision(table: PeopleTable, row: int) -> Decision:
    verdict = _text(table, "verdict", row)
    return cast("Decision", verdict) if verdict in get_args(Decision) else ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(", ") if word)


# ---- the strip


@memo
def summary_key(state: ViewerState, content: Content) -> SummaryKey | None:
    """How many people each quick chip holds, and how large differences are."""
    table = table_of(content)
    if table is None:
        return None
    return SummaryKey(table, tuple(quick_terms(state, content).values()), difference_of(state, content))


def quick_terms(state: ViewerState, content: Content) -> dict[str, str]:
    """The terms of the quick chips by their words."""
    people, table, terms = PEOPLE.of(state), table_of(content), {}
    if table is not None and table.column("hidden") is not None:
        terms["hidden"] = f"hidden > {people.hidden_from:g}"
    if apart := difference_of(state, content):
        method = CHOICE.of(state).title(pair_of(state, content)[1])
        terms[f"{method.lower()} worse"] = f"{apart} > {WORSE_MM:g}"
    if table is not None and table.measured:
        terms["findings"] = "finding = any"
    return terms


@shown
def _strip(state: ViewerState, content: Content) -> StripFrame:
    people, chosen, table = PEOPLE.of(state), STRIP.of(state), table_of(content)
    if table is None or content.dataset is None:
        words = "Listing the people…" if content.dataset is not None else ""
        return StripFrame(words=words, folded=chosen.folded, timed=chosen.timed)
    lines, mistake = lines_of(state, content), mistake_of(state, content)
    key = summary_key(state, content)
    summary = None if key is None else content.computed.value(key)
    (baseline, method), choice = pair_of(state, content), CHOICE.of(state)
    pair, titles = (method, baseline), (choice.title(method), choice.title(baseline))
    return StripFrame(
        people=_people(table, content.dataset, pair, titles, picture_topic(state, content)),
        rows=() if lines is None else lines.rows,
        row=row_in_view(state, content),
        order=_order_id(order_of(state, content), descending=people.descending),
        orders=_orders(state, content),
        filter=people.where,
        mistake="" if mistake is None else str(mistake),
        chips=() if summary is None else _quick_chips(state, content, summary.counts),
        scale_mm=20.0 if summary is None else summary.scale_mm,
        measure=_measure(table, content),
        note=_note(table, method, titles, content),
        words="" if lines is None or len(lines) else f"Nobody matches {people.where}",
        timed=chosen.timed,
        folded=chosen.folded,
    )


@about_the_set(4)
def _people(table: PeopleTable, dataset: Dataset, pair: Pair, titles: Pair, topic: Hashable) -> TablePeople:
    """The same people for the same table, so that views need not look at them again."""
    return TablePeople(table, dataset, pair, titles, topic)


Pair = tuple[str, str]
"""A method and the yardstick."""


def _quick_chips(state: ViewerState, content: Content, counts: Sequence[int]) -> tuple[QuickChip, ...]:
    where, terms, table = PEOPLE.of(state).where, quick_terms(state, content), table_of(content)
    assert table is not None
    try:
        used = {where[start:end].strip() for start, end in terms_of(where, table)}
    except SefdError:
        used = set()
    return tuple(
        QuickChip(title, term, count, term in used)
        for (title, term), count in zip(terms.items(), counts, strict=False)
    )


@memo
def _orders(state: ViewerState, content: Content) -> tuple[tuple[str, str], ...]:
    """What the people can be ordered by, as ids and words; the order in use among them."""
    table, baseline, choice, found = table_of(content), pair_of(state, content)[0], CHOICE.of(state), {}
    assert table is not None
    base, methods = choice.title(baseline).lower(), choice.sorted(table.methods)
    for method in methods:
        if method != baseline:
            apart, title = difference(method, baseline, table), choice.title(method)
            found[f"{apart}↓"] = f"{title} worse than {base}, most first"
            found[f"{apart}↑"] = f"{title} better than {base}, most first"
    for method in methods:
        found[f"{table.error(method)}↓"] = f"{choice.title(method)}'s error, largest first"
    for column in table.columns:
        if column.kind == "number" and column.method is None and column.id != AS_DATA:
            found[f"{column.id}↓"] = f"{column.title}, most first"
    found[f"{AS_DATA}↑"] = "As in the data"
    now = _order_id(order_of(state, content), descending=PEOPLE.of(state).descending)
    if now not in found:
        found[now] = f"{now[:-1]}, {'most' if now.endswith('↓') else 'least'} first"
    return tuple(found.items())


def _order_id(order: str, *, descending: bool) -> str:
    """An order and its direction in one word; the data's has its own."""
    return f"{order}{'↓' if descending else '↑'}" if order else f"{AS_DATA}↑"


def _measure(table: PeopleTable, content: Content) -> str:
    """The words of the button that measures everybody; none where that was done or goes on."""
    if table.run is not None or KNOWN.of(content).report is not None or content.dataset is None:
        return ""
    each_ms = sum(content.inference.milliseconds.values())
    minutes = math.ceil(each_ms * len(content.dataset.records) / 60_000)
    long = f"{minutes} min" if minutes < HOURS_FROM else f"{minutes / 60:.0f} h"
    return "Measure all people" + (f" (about {long})" if each_ms else "")


def _note(table: PeopleTable, method: str, titles: Pair, content: Content) -> str:
    report = KNOWN.of(content).report
    if report is not None and report.total:
        return f"measured {report.done:,} of {report.total:,} photos"
    return f"{titles[0].lower()}'s mm, against {titles[1].lower()}" if method in table.methods else ""


MOST_CELLS = 4096
"""Rows that are remembered as they stand in the strip."""


@about_the_set(4)
def _cells(_table: PeopleTable, _pair: Pair, _titles: Pair) -> dict[int, tuple[Cell, Case]]:
    """What was put together of a table's rows: pictures may change without it."""
    return {}


class TablePeople(StripPeople):
    """The people of a table with a method's errors and differences to the yardstick (`pair`), by `titles`."""

    def __init__(
        self, table: PeopleTable, dataset: Dataset, pair: Pair, titles: Pair, topic: Hashable
    ) -> None:
        (method, baseline), self.titles = pair, titles
        self.table, self.dataset = table, dataset
        self._topic = topic
        self._errors = table.numbers(table.error(method)) if method in table.methods else None
        both = {method, baseline} <= set(table.methods) and method != baseline
        self._yardstick = table.numbers(table.error(baseline)) if both else None
        self._cells = _cells(table, pair, titles)

    def __len__(self) -> int:
        return len(self.table)

    def cell(self, row: int) -> Cell:
        """Numbers, place and verdict of a row, put together once."""
        return self._known(row)[0]

    def row(self, record: str, person: str | None) -> int | None:
        """Where a person of a photo is in the table."""
        return self.table.row(record, person)

    def _known(self, row: int) -> tuple[Cell, Case]:
        if row not in self._cells:
            if len(self._cells) >= MOST_CELLS:
                self._cells.clear()
            self._cells[row] = self._cell(row), self.table.case(row)
        return self._cells[row]

    def _cell(self, row: int) -> Cell:
        error = math.nan if self._errors is None else float(self._errors[row])
        apart = math.nan if self._yardstick is None else error - float(self._yardstick[row])
        about = self._about(row, error, apart)
        return Cell(error, apart, self._place(row), about, _decision(self.table, row))

    def picture(self, row: int, pictures: PersonPictures) -> Image | str | None:
        """The person with the method's body."""
        _, (record, person) = self._known(row)
        return pictures.get(record, person, self._topic, lambda: self._look(row))

    def _look(self, row: int) -> tuple[Record, Box | None]:
        return self.dataset.records[int(self.table.positions[row])], self.table.box(row)

    def _place(self, row: int) -> str:
        cells = self.table.cells(row)
        return short_title(cells["record"], cells["camera"], cells["frame"])

    def _about(self, row: int, error: float, apart: float) -> str:
        _, person = self.table.case(row)
        told = [f"{self.table.place(row)} · {person}" if person else self.table.place(row)]
        if not math.isnan(error):
            told.append(f"{self.titles[0]} {error:.1f} mm")
        if not math.isnan(apart):
            told.append(f"{apart:+.1f} mm to {the(self.titles[1])}")
        return "\n".join(told)
