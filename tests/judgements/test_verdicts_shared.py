"""Verdicts between people and versions: stale ones, several reviewers, and what other programs read."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.judgements import (
    ExcludeList,
    Verdict,
    VerdictError,
    VerdictStore,
    disagreements,
    exclude_list,
    exported,
    fingerprint,
    merge,
    read_exclude_list,
    selected,
    stale,
)
from tests.app.lazy_records import long_dataset


def person(key: str, x: float = 10) -> Person:
    return Person(key, np.array([x, 10, 40, 80], dtype=np.float32))


def dataset(*records: Record) -> Dataset:
    return Dataset("set", None, "test", records)


def store_of(path: Path, *verdicts: Verdict) -> VerdictStore:
    store = VerdictStore(path)
    store.put_all(verdicts)
    return store


def test_verdicts_about_what_changed_or_went_away_are_stale(tmp_path: Path) -> None:
    one = Record("a", "a", people=(person("1"), person("2"), person("3")))
    judged = [Verdict("a", key, "good", fingerprint=fingerprint(one, key)) for key in "123"]
    unknown = Verdict("a", "2", "bad", time="before fingerprints")
    with store_of(tmp_path / "v", *judged, Verdict("gone", None, "bad"), unknown) as store:
        assert [one.verdict.record for one in stale(store, dataset(one))] == ["gone"]
        changed = replace(one, people=(person("1"), person("2", 11), person("4")))
        reasons = {found.verdict.case: found.reason for found in stale(store, dataset(changed))}
        assert reasons == {
            ("a", "3"): "the person is no longer there",
            ("gone", None): "the photo is no longer there",
        }
        store.put(judged[1])
        found = {found.verdict.case: found for found in stale(store, dataset(changed))}
        assert found["a", "2"].changed == ("boxes",)


def test_only_judged_records_are_built_to_find_stale_ones(tmp_path: Path) -> None:
    long, part = long_dataset(1000)
    with store_of(tmp_path / "v", Verdict("scene/000007", None, "good", fingerprint="1-other")) as store:
        assert len(stale(store, long)) == 1
    assert part.built == [7]


@pytest.fixture
def two(tmp_path: Path) -> tuple[VerdictStore, VerdictStore]:
    """Ann and somebody without a name agree on a, disagree on b; Ann changed her mind about c."""
    ann = store_of(
        tmp_path / "first.sqlite",
        Verdict("a", None, "good", reviewer="ann", time="2026-01-01"),
        Verdict("b", "1", "good", reviewer="ann", time="2026-01-03", note="fine", fingerprint="1-x"),
        Verdict("c", None, "good", reviewer="ann", time="2026-01-01"),
        Verdict("c", None, "bad", reviewer="ann", time="2026-01-04"),
    )
    other = store_of(
        tmp_path / "second.sqlite",
        Verdict("a", None, "good", time="2026-01-02"),
        Verdict("b", "1", "bad", ("swap",), time="2026-01-02", fingerprint="1-y"),
        Verdict("c", None, "bad", time="2026-01-02"),
    )
    return ann, other


def test_reviewers_who_disagree_are_listed(two: tuple[VerdictStore, VerdictStore]) -> None:
    (found,) = disagreements(two)
    assert (found.record, found.person) == ("b", "1")
    assert [(one.reviewer, one.state) for one in found.verdicts] == [("second", "bad"), ("ann", "good")]
    assert not found.same_data


def test_merging_keeps_every_verdict_and_the_latest_holds(
    tmp_path: Path, two: tuple[VerdictStore, VerdictStore]
) -> None:
    before = [store.path.read_bytes() for store in two]
    assert len(merge(two, tmp_path / "both.sqlite")) == 1
    with VerdictStore(tmp_path / "both.sqlite") as both:
        assert {v.record: v.state for v in both.all()} == {"a": "good", "b": "good", "c": "bad"}
        assert len(both.log()) == 7
        assert len(disagreements([both])) == 1
    assert [store.path.read_bytes() for store in two] == before
    with pytest.raises(VerdictError, match="exists already"):
        merge(two, tmp_path / "both.sqlite")


def test_what_was_taken_back_stays_so_after_merging(
    tmp_path: Path, two: tuple[VerdictStore, VerdictStore]
) -> None:
    two[0].remove("b", "1", reviewer="ann")
    assert not merge(two, tmp_path / "both.sqlite")
    with VerdictStore(tmp_path / "both.sqlite") as both:
        assert both.get("b", "1") is None
        assert len(both.history("b", "1")) == 3


def test_a_disagreement_can_become_an_open_question(
    tmp_path: Path, two: tuple[VerdictStore, VerdictStore]
) -> None:
    merge(two, tmp_path / "both.sqlite", on_disagreement="unsure")
    with VerdictStore(tmp_path / "both.sqlite") as both:
        question = both.get("b", "1")
    assert question is not None
    assert (question.state, question.issues) == ("unsure", ("swap",))
    assert question.note == "second: bad; ann: good (fine)"
    assert question.fingerprint == "1-x"  # of the data that was judged last


def test_tags_of_all_files_are_merged(tmp_path: Path, two: tuple[VerdictStore, VerdictStore]) -> None:
    two[0].tag([("a", None), ("b", "1")], "twisted")
    two[1].tag([("b", "1")], "late")
    merge(two, tmp_path / "both.sqlite")
    with VerdictStore(tmp_path / "both.sqlite") as both:
        assert both.tags().of(("a", None)) == ("twisted",)
        assert both.tags().of(("b", "1")) == ("late", "twisted")


def test_reviewers_of_the_same_annotation_are_known_as_such(tmp_path: Path) -> None:
    """Whoever judged without a fingerprint may have seen anything."""
    seen = [
        Verdict("a", None, "good", reviewer="ann", time="1", fingerprint="1-x"),
        Verdict("a", None, "bad", reviewer="bob", time="2", fingerprint="1-x"),
        Verdict("a", None, "unsure", reviewer="cem", time="3"),
    ]
    (found,) = disagreements([store_of(tmp_path / "v.sqlite", *seen)])
    assert found.same_data


def test_exports_hold_everything(tmp_path: Path) -> None:
    verdicts = (
        Verdict("a,b", "1", "bad", ("camera", "swap"), 'a "note"\nof two lines', "ann", "t", "f"),
        Verdict("c\td", None, "good", time="t"),
        Verdict("c", None, "bad", ("box",), time="t"),
    )
    first = next(csv.DictReader(io.StringIO(exported(verdicts, "csv"))))
    assert (first["record"], first["issues"], first["note"]) == ("a,b", "camera swap", verdicts[0].note)
    assert json.loads(exported(verdicts, "json"))[1]["person"] is None
    path = tmp_path / "list.txt"
    path.write_text(exported(selected(verdicts, states=["bad"]), "ids"))
    assert read_exclude_list(path) == exclude_list(verdicts) == ExcludeList.of([("a,b", "1"), ("c", None)])
    assert selected(verdicts, issues=["box", "body"]) == (verdicts[2],)
