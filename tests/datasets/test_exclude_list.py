"""Lists of what to leave out: read back as written, applied lazily, never silently without effect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sefd_viewer.datasets.exclude_list import ExcludeList, exclude_list_text, read_exclude_list, without
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset, Person, Record, SkipReason
from sefd_viewer.errors import DatasetError
from tests.app.lazy_records import long_dataset

ODD = ("two\tcolumns", "# no comment", '"quoted"', "[1]", "a\nb", " blank ", "", os.fsdecode(b"caf\xe9.jpg"))


def test_odd_names_come_back_as_they_were(tmp_path: Path) -> None:
    entries = [*((name, None) for name in ODD), *((name, name) for name in ODD)]
    path = tmp_path / "list.txt"
    path.write_text(exclude_list_text(entries), encoding="utf-8", errors="surrogateescape", newline="")
    assert read_exclude_list(path) == ExcludeList.of(entries)


@pytest.mark.parametrize(
    "text",
    [
        "# bad ones\r\na.jpg\r\n\r\nb.jpg\t2\r\n",
        "\ufeffa.jpg\nb.jpg\t2",
        '["a.jpg", ["b.jpg", "2"]]',
        '[{"record": "a.jpg", "person": null}, {"record": "b.jpg", "person": 2}]',
    ],
)
def test_lists_as_people_write_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8", newline="")
    exclude = read_exclude_list(path)
    assert exclude == ExcludeList(frozenset({"a.jpg"}), {"b.jpg": frozenset({"2"})})
    assert len(exclude) == 2
    assert exclude.leaves_out("a.jpg", "7")
    assert not exclude.leaves_out("b.jpg")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\x89PNG\0\0", "not a text file"),
        ("a\tb\tc", "line 1 has 3 columns"),
        ('ok\n"half', 'line 2: "half is not quoted'),
        ("[1]", "entry 1: 1 names no photo"),
        ('["a",', "not valid JSON"),
        ('{"a": 1}', "not a list"),
        ('[{"record": "a", "state": "good"}]', "an export of verdicts"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list"
    path.write_text(text)
    with pytest.raises(DatasetError, match=said):
        read_exclude_list(path)


def test_long_sets_stay_lazy() -> None:
    dataset, part = long_dataset(1000)
    kept = without(dataset, ExcludeList.of([("scene/000000", None), ("scene/000002", None)]))
    assert isinstance(kept.records, LazySequence)
    assert not part.built
    assert (len(kept.records), kept.first) == (998, 1)
    assert kept.records[1].key == kept.keys[1] == "scene/000003"
    assert kept.position("scene/000999") == 997
    assert part.built == [3]


def test_views_of_a_moment_stay_together_in_a_long_set() -> None:
    dataset, _ = long_dataset(10)
    kept = without(dataset, ExcludeList.of([("scene/000004", None)]))
    assert isinstance(kept.records, LazySequence)
    assert [kept.keys[position] for position in kept.records.siblings(4)] == ["scene/000005"]


def test_people_left_out_are_told_and_moments_stay_together() -> None:
    people = (Person("1"), Person("2"))
    records = [Record(key, key, people=people, moment="m") for key in "abc"]
    kept = without(Dataset("set", None, "test", records), ExcludeList.of([("a", "2"), ("b", None)]))
    first = kept.records[0]
    assert [person.key for person in first.people] == ["1"]
    assert [(one.key, one.reason) for one in first.skipped] == [("2", SkipReason.EXCLUDED)]
    assert [record.key for record in kept.same_moment(first)] == ["a", "c"]


def test_a_list_for_other_data_is_told() -> None:
    dataset, _ = long_dataset(3)
    kept = without(dataset, ExcludeList.of([("elsewhere", None), ("scene/000001", "1")]))
    assert kept.problems == ("1 photo to leave out is not in this set: elsewhere",)
