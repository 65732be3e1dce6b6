"""Lists of records and people to leave out, and data sets without them.

A list is text with a line for each entry, `record` or `record<TAB>person`; empty lines and lines that start
with # do not count, and a key with a tab, a line break or a mark of these at its start is quoted as in JSON.
Or it is JSON: a list of `"record"`, `["record", "person"]` or `{"record": ..., "person": ...}`. Or it is CSV
with columns `record`, perhaps `person`, or `sequence`, perhaps `camera`, `first_frame`, `last_frame`. In
place of a record a sequence may be named: what its moments' names begin with, or its folder of pictures.
"""

from __future__ import annotations

import csv
import io
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sefd_viewer.csv_cells import as_it_was
from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.datasets.records import Dataset, Record, SkippedPerson, SkipReason, series_of
from sefd_viewer.errors import DatasetError
from sefd_viewer.plain_files import read_file

Entry = tuple[str, str | None]
"""The key of a record and of a person in it; None stands for the whole record."""

_LAYOUT = "A line is a photo's key, or the keys of a photo and a person with a tab between"
_MARKS = ('"', "#", "[", "{", " ")
_NAMED = 3


@dataclass(frozen=True)
class Stretch:
    """The frames `first` to `last` of a sequence, before one camera (`view`: its name or number) or all."""

    sequence: str
    view: str | None = None
    first: float = float("-inf")
    last: float = float("inf")

    def covers(self, view: str | None, frame: int | None) -> bool:
        """Whether a frame before a camera is among them."""
        if self.view is not None and view != self.view and not (view or "").endswith(f" {self.view}"):
            return False
        return self.first <= (0 if frame is None else frame) <= self.last


@dataclass(frozen=True)
class ExcludeList:
    """Records to leave out, in other records (by key) people, and stretches of sequences.

    `resolved` turns stretches into the records that they are in a data set.
    """

    records: frozenset[str] = frozenset()
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stretches: tuple[Stretch, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> ExcludeList:
        """The list of these entries."""
        records: set[str] = set()
        people: dict[str, set[str]] = {}
        for record, person in entries:
            if person is None:
                records.add(record)
            else:
                people.setdefault(record, set()).add(person)
        return cls(frozenset(records), {key: frozenset(found) for key, found in people.items()})

    def __len__(self) -> int:
        return len(self.records) + sum(map(len, self.people.values())) + len(self.stretches)

    def leaves_out(self, record: str, person: str | None = None) -> bool:
        """Whether a record, or a person in it, is left out."""
        return record in self.records or (person is not None and person in self.people.get(record, ()))


def read_exclude_list(path: Path) -> ExcludeList:
    """Read a list; raises DatasetError that names the line or the entry which is none."""
    try:
        text = read_file(path).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise DatasetError.unreadable(path, error, "this list") from error
    if "\0" in text:  # in no name of a file
        raise DatasetError("this is not a text file", where=path, remedy=_LAYOUT)
    if text.lstrip().startswith(("[", "{")):
        return ExcludeList.of(_json_entries(text, path))
    if (table := _table(text)) is not None:
        return _of_table(table, path)
    return ExcludeList.of(_text_entries(text, path))


def exclude_list_text(entries: Iterable[Entry]) -> str:
    """The entries as lines of text."""
    lines = ["\t".join(_word(key) for key in entry if key is not None) for entry in entries]
    return "".join(f"{line}\n" for line in lines)


def without(dataset: Dataset, exclude: ExcludeList) -> Dataset:
    """The data set without what is left out; records that are built when looked at stay so.

    People left out are told by their records as skipped. Records of the list that are not here are told by
    the data set's problems, since a list for other data would do nothing without a word.
    """
    exclude = resolved(dataset, exclude)
    kept = [position for position, key in enumerate(dataset.keys) if key not in exclude.records]
    first = sum(position < dataset.first for position in kept)
    problems = (*dataset.problems, *say_unknown(dataset.keys, exclude))
    return replace(
        dataset,
        records=_kept_records(dataset.records, kept, exclude),
        problems=problems,
        first=min(first, max(len(kept) - 1, 0)),
    )


def resolved(dataset: Dataset, exclude: ExcludeList) -> ExcludeList:
    """The list with the records of the data set in place of the sequences that it names."""
    named: dict[str, list[Stretch]] = {}
    for stretch in exclude.stretches:
        named.setdefault(stretch.sequence, []).append(stretch)
    for name in exclude.records - set(dataset.keys):
        named.setdefault(name.rstrip("/"), []).append(Stretch(name))
    if not named:
        return exclude
    found: set[str] = set()
    used: set[str] = set()
    for position, key in enumerate(dataset.keys):
        moment, view = dataset.instant(position)
        names = {key.rpartition("/")[0], series_of(moment) if moment is not None else ""} & named.keys()
        for stretch in (one for name in names for one in named[name]):
            used.add(stretch.sequence)
            if stretch.covers(view, _number(moment)):
                found.add(key)
    left = tuple(stretch for stretch in exclude.stretches if stretch.sequence not in used)
    return replace(exclude, records=(exclude.records - used) | found, stretches=left)


def without_people(record: Record, people: frozenset[str]) -> Record:
    """The record without these people, who are told as skipped."""
    left_out = [person for person in record.people if person.key in people]
    if not left_out:
        return record
    skipped = tuple(SkippedPerson(person.key, SkipReason.EXCLUDED, who=person) for person in left_out)
    kept = tuple(person for person in record.people if person.key not in people)
    return replace(record, people=kept, skipped=(*record.skipped, *skipped))


@dataclass(frozen=True, eq=False)
class _KeptPart:
    """What is left of a lazy sequence: the records at `positions`, without the people left out."""

    records: LazySequence[Record]
    positions: list[int]
    keys: Sequence[str]
    exclude: ExcludeList

    def build(self, position: int) -> Record:
        record = self.records[self.positions[position]]
        return without_people(record, self.exclude.people.get(record.key, frozenset()))

    def find(self, key: str) -> int | None:
        original = self.records.find(key)
        place = len(self.positions) if original is None else bisect_left(self.positions, original)
        return place if self.positions[place : place + 1] == [original] else None

    def siblings(self, position: int) -> Sequence[int]:
        original = self.records.siblings(self.positions[position])
        places = ((bisect_left(self.positions, one), one) for one in original)
        return [place for place, one in places if self.positions[place : place + 1] == [one]]

    def instant(self, position: int) -> Instant:
        return self.records.instant(self.positions[position])

    def image_path(self, position: int) -> Path | None:
        return self.records.image_path(self.positions[position])


def _kept_records(records: Sequence[Record], positions: list[int], exclude: ExcludeList) -> Sequence[Record]:
    if isinstance(records, LazySequence):
        keys = records.keys
        return LazySequence([_KeptPart(records, positions, [keys[i] for i in positions], exclude)])
    kept = (records[position] for position in positions)
    return [without_people(record, exclude.people.get(record.key, frozenset())) for record in kept]


def say_unknown(keys: Iterable[str], exclude: ExcludeList) -> Iterator[str]:
    """A sentence about the records of a list that are not among these keys, if there are any."""
    unknown = sorted({*exclude.records, *exclude.people} - set(keys))
    unknown += sorted({stretch.sequence for stretch in exclude.stretches})
    if unknown:
        some = ", ".join(unknown[:_NAMED]) + (", ..." if len(unknown) > _NAMED else "")
        those = "1 photo to leave out is" if len(unknown) == 1 else f"{len(unknown)} photos to leave out are"
        yield f"{those} not in this set: {some}"


def _number(moment: str | None) -> int | None:
    found = re.search(r"(\d+)\D*$", moment or "")
    return int(found.group(1)) if found is not None else None


def _word(key: str) -> str:
    if not key or key.startswith(_MARKS) or key != key.strip() or any(mark in key for mark in "\t\r\n"):
        return json.dumps(key)
    return key


def _text_entries(text: str, path: Path) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        words = [_unquoted(word, f"{path}, line {number}") for word in line.split("\t")]
        if len(words) > 2:
            raise DatasetError(f"line {number} has {len(words)} columns", where=path, remedy=_LAYOUT)
        yield words[0], words[1] if len(words) == 2 else None


def _unquoted(word: str, where: str) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except (json.JSONDecodeError, RecursionError) as error:
        raise DatasetError(f"{word} is not quoted as in JSON", where=where, remedy=_LAYOUT) from error


def _table(text: str) -> list[dict[str, str]] | None:
    """The rows of a table with a column `record` or `sequence`, None for other text."""
    try:
        heading, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    except csv.Error:
        return None
    if not {"record", "sequence"} & {*heading} or (len(heading) == 1 and not rows):
        return None
    return [dict(zip(heading, map(as_it_was, row), strict=False)) for row in rows if row]


def _of_table(rows: list[dict[str, str]], path: Path) -> ExcludeList:
    entries: list[Entry] = []
    stretches: list[Stretch] = []
    for number, row in enumerate(rows, start=2):
        _refuse_verdicts(row, f"{path}, line {number}")
        if row.get("record"):
            entries.append((row["record"], row.get("person") or None))
        elif row.get("sequence"):
            stretches.append(_stretch(row, f"{path}, line {number}"))
        elif any(filter(None, row.values())):
            raise DatasetError(
                "this names no photo or sequence",
                where=f"{path}, line {number}",
                remedy="Name a photo or a sequence on that line, or delete it",
            )
    return replace(ExcludeList.of(entries), stretches=tuple(stretches))


def _stretch(row: Mapping[str, str], where: str) -> Stretch:
    try:
        first, last = (
            float(row.get(name) or end) for name, end in (("first_frame", "-inf"), ("last_frame", "inf"))
        )
    except ValueError as error:
        raise DatasetError("the frames are not numbers", where=where, remedy=_LAYOUT) from error
    return Stretch(row["sequence"], row.get("camera") or None, first, last)


def _refuse_verdicts(entry: Mapping[str, object], where: str) -> None:
    if "state" in entry:
        raise DatasetError(
            "this is an export of verdicts, not a list of what to leave out",
            where=where,
            remedy="Write one with: sefd-viewer verdicts export --format ids",
        )


def _json_entries(text: str, path: Path) -> Iterator[Entry]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DatasetError(
            f"this is not valid JSON (line {error.lineno}: {error.msg})",
            where=path,
            remedy="Write it again with the program that made it, or mend that line",
        ) from error
    except RecursionError as error:
        raise DatasetError("this is nested too deeply", where=path, remedy=_LAYOUT) from error
    if not isinstance(content, list):
        raise DatasetError("this is not a list of photos and people", where=path, remedy=_LAYOUT)
    for number, entry in enumerate(content, 1):
        yield _json_entry(entry, f"{path}, entry {number}")


def _json_entry(entry: object, where: str) -> Entry:
    if isinstance(entry, Mapping):
        _refuse_verdicts(entry, where)
    pair = (entry.get("record"), entry.get("person")) if isinstance(entry, Mapping) else entry
    record, person = (pair, None) if isinstance(pair, str) else _pair(pair)
    if not isinstance(record, str) or not (person is None or isinstance(person, str | int)):
        raise DatasetError(f"{json.dumps(entry)} names no photo or person", where=where, remedy=_LAYOUT)
    return record, None if person is None else str(person)


def _pair(entry: object) -> tuple[object, object]:
    if isinstance(entry, Sequence) and len(entry) in (1, 2):
        return entry[0], entry[1] if len(entry) == 2 else None
    return None, None
