"""Checking annotations without a screen: verdicts, undo, going through people, scans."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.app import plugins
from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.people import KNOWN, PEOPLE
from sefd_viewer.app.people_view import measurements_of
from sefd_viewer.app.story import PRESENT
from sefd_viewer.datasets.exclude_list import read_exclude_list
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.model import FRAME, PeopleFrame
from sefd_viewer.features.people.service import service_of
from sefd_viewer.judgements import QuickVerdictStore, Verdict, VerdictError, VerdictStore
from tests.app.review_fakes import DARK, WIDE, reviewed_dataset
from tests.app.session_fakes import FakeShell, WhenTold, client_of, record

Make = Callable[..., Controller]
FILE = "sefd-verdicts.sqlite"


@pytest.fixture
def review(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Controller]:
    """Open a data set (people 1 and 2 in each of a, b and c) in the workspace."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(plugins, "review_detectors", lambda: ((WIDE, DARK), ()))
    (tmp_path / "set").mkdir()

    def build(**options: object) -> Controller:
        controller = make(reviewed_dataset(tmp_path / "set"), **options)
        return look(controller)

    return build


def look(controller: Controller) -> Controller:
    """Check the annotations of what is open."""
    state = PEOPLE.change(replace(controller.state, workspace="people"), face="check")
    controller.store.set(state, remember=False)
    return controller


def shown(controller: Controller) -> PeopleFrame:
    return FRAME.of(controller.frame)


def run(controller: Controller, *ids: str) -> None:
    for id in ids:
        assert COMMANDS[id].enabled(controller), id
        COMMANDS[id].run(CommandContext(controller, FakeShell()))


def case(controller: Controller) -> tuple[str, str | None]:
    found = shown(controller).case
    assert found is not None
    return found.key


def rows(controller: Controller) -> list[tuple[str, str | None]]:
    review = shown(controller)
    assert review.lines is not None
    assert review.table is not None
    return [review.table.case(int(row)) for row in review.lines.rows]


def verdicts(folder: Path) -> dict[tuple[str, str | None], str]:
    with VerdictStore(folder / "set" / FILE) as store:
        return {verdict.case: verdict.state for verdict in store.all()}


def test_every_person_is_a_row_and_the_record_in_view_is_the_case(review: Make):
    controller = review()
    assert rows(controller) == [(r, p) for r in "abc" for p in "12"]
    assert case(controller) == ("a", "1")
    assert shown(controller).words is None


def test_the_rows_shown_are_a_table_with_their_verdicts(review: Make):
    controller = review()
    run(controller, "verdict_bad")
    service_of(controller).sort("person", True)
    frame = shown(controller)
    table = frame.table.frame[frame.lines.rows]
    assert list(zip(table["record"], table["person"], strict=True)) == rows(controller)
    bad = table.filter(table["verdict"] == "bad")
    assert bad.select("record", "person").rows() == [("a", "1")]
    assert not bad["verdict_old"].any()


def test_the_networks_are_not_asked_while_one_reviews(review: Make):
    controller = review()
    asked = len(client_of(controller).predicts)
    run(controller, "verdict_good", "verdict_good", "verdict_bad")
    assert len(client_of(controller).predicts) == asked


def test_a_verdict_is_on_disk_at_once_and_the_next_unreviewed_case_comes(review: Make, tmp_path: Path):
    controller = review()
    run(controller, "verdict_bad")
    assert verdicts(tmp_path) == {("a", "1"): "bad"}
    assert case(controller) == ("a", "2")
    run(controller, "verdict_good")
    assert case(controller) == ("b", "1")


def test_undo_takes_a_verdict_back_and_returns_to_its_case(review: Make, tmp_path: Path):
    controller = review()
    run(controller, "verdict_bad", "verdict_good")
    service_of(controller).selecting.choose(5)
    run(controller, "undo")
    assert verdicts(tmp_path) == {("a", "1"): "bad"}
    assert case(controller) == ("a", "2")
    run(controller, "undo")
    assert verdicts(tmp_path) == {}
    run(controller, "redo", "redo")
    assert verdicts(tmp_path) == {("a", "1"): "bad", ("a", "2"): "good"}
    assert dict(shown(controller).counts)["unreviewed"] == 4


def test_a_verdict_after_undo_begins_anew(review: Make, tmp_path: Path):
    controller = review()
    run(controller, "verdict_bad", "undo", "verdict_good")
    assert not COMMANDS["redo"].enabled(controller)
    run(controller, "undo")
    assert verdicts(tmp_path) == {}


def test_choosing_rows_is_no_step_of_undo_but_a_filter_is(review: Make):
    controller = review()
    service_of(controller).selecting.choose(3)
    assert not controller.store.can_undo
    for words in ("b", "b 2"):
        service_of(controller).filter(words)
    assert rows(controller) == [("b", "2")]
    run(controller, "undo")
    assert len(rows(controller)) == 6
    assert not controller.store.can_undo


def test_without_going_on_the_case_stays(review: Make):
    controller = review()
    run(controller, "review_go_on", "verdict_unsure")
    assert case(controller) == ("a", "1")
    assert shown(controller).case is not None
    assert shown(controller).case.state == "unsure"
    run(controller, "verdict_take_back")
    assert shown(controller).case.state == "unreviewed"


def test_issues_and_note_are_kept_before_the_verdict_and_after_it(review: Make, tmp_path: Path):
    controller = review()
    service_of(controller).verdicts.write(issues=("swap",))
    service_of(controller).verdicts.write(note="legs")
    service_of(controller).selecting.choose(4)
    service_of(controller).selecting.choose(0)
    assert verdicts(tmp_path) == {("a", "1"): "unreviewed"}
    assert dict(shown(controller).counts)["unreviewed"] == 6
    run(controller, "review_go_on", "verdict_bad")
    service_of(controller).verdicts.write(issues=("swap", "box"))
    with VerdictStore(tmp_path / "set" / FILE) as store:
        kept = store.get("a", "1")
    assert kept is not None
    assert (kept.state, kept.issues, kept.note) == ("bad", ("swap", "box"), "legs")
    run(controller, "undo")
    assert shown(controller).case is not None
    assert shown(controller).case.issues == ("swap",)


def test_a_disk_that_refuses_is_said_until_it_takes_the_verdict(
    review: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    controller = review()
    whole, full = VerdictStore._append, [True]

    def append(store: VerdictStore, given: Any, *, own: bool = True) -> None:
        if full and not isinstance(store, QuickVerdictStore):
            raise VerdictError("the disk is full", where="here")
        whole(store, given, own=own)

    monkeypatch.setattr(VerdictStore, "_append", append)
    run(controller, "verdict_bad")
    assert "the disk is full" in shown(controller).place_problem
    assert dict(shown(controller).counts)["bad"] == 1
    full.clear()
    run(controller, "verdict_good")
    assert shown(controller).place_problem == ""
    assert verdicts(tmp_path) == {("a", "1"): "bad", ("a", "2"): "good"}


def test_filtering_for_what_is_left_goes_through_it(review: Make):
    controller = review()
    service_of(controller).filter("verdict:unreviewed")
    run(controller, "verdict_good", "verdict_good")
    assert case(controller) == ("b", "1")
    assert len(rows(controller)) == 6  # nobody vanishes under the pointer
    service_of(controller).filter("verdict:unreviewed")
    assert rows(controller) == [("b", "1"), ("b", "2"), ("c", "1"), ("c", "2")]


def test_a_mistake_in_the_filter_leaves_the_rows_alone(review: Make):
    controller = review()
    service_of(controller).filter("b")
    service_of(controller).filter("b fit_error >")
    assert "missing" in shown(controller).mistake
    assert rows(controller) == [("b", "1"), ("b", "2")]


def test_next_and_previous_go_through_the_rows_shown(review: Make):
    controller = review()
    service_of(controller).sort("person", True)
    run(controller, "previous_record")
    assert case(controller) == ("c", "2")
    run(controller, "next_record")
    assert case(controller) == ("a", "1")


def test_the_end_of_the_unreviewed_is_said(review: Make):
    controller = review()
    run(controller, *["verdict_good"] * 6)
    assert controller.frame.status.notice == "Everybody shown has a verdict"


def test_a_scan_finds_and_thresholds_find_again_without_scanning(review: Make):
    controller = review()
    run(controller, "review_scan")
    frame = shown(controller)
    assert frame.scan is None
    wide = frame.detectors[0]
    assert wide.measured == 6
    assert wide.found == frame.flagged == 6
    service_of(controller).set_threshold("wide", 40.0)
    after = shown(controller)
    assert after.flagged == 0
    assert after.case is not None
    assert after.case.findings_note == "No detector found anything here."


def test_a_finding_about_the_picture_is_about_everybody_in_it(review: Make):
    controller = review()
    run(controller, "review_scan")
    service_of(controller).ask_detector("wide", False)
    service_of(controller).set_threshold("dark", 250.0)
    frame = shown(controller)
    assert frame.flagged == 6
    (found,) = frame.case.facts.findings
    assert found.title == "Dark picture"
    assert "mean is" in found.sentence
    assert "flagged below 250" in found.numbers


def test_next_flagged_skips_what_is_judged(review: Make):
    controller = review()
    service_of(controller).filter("b")
    service_of(controller).selecting.choose(2)
    run(controller, "review_scan_shown", "verdict_bad")
    service_of(controller).filter("")
    service_of(controller).selecting.choose(0)
    run(controller, "review_next_flagged")
    assert case(controller) == ("b", "2")


def test_a_scan_can_be_stopped_and_keeps_what_it_has(review: Make, monkeypatch: pytest.MonkeyPatch):
    executor = WhenTold()
    monkeypatch.setattr("sefd_viewer.features.people.scanning.BATCH", 1)
    controller = review(executor=executor)
    executor.run_all()
    run(controller, "review_scan")
    assert controller.busy
    run(controller, "stop")
    executor.run_all()
    assert KNOWN.of(controller.content).scan is None
    assert measurements_of(controller.content).scanned == 0


def test_a_scan_is_there_again_at_the_next_start(review: Make, make: Make, tmp_path: Path):
    run(review(), "review_scan")
    again = make(reviewed_dataset(tmp_path / "set"))
    look(again)
    assert measurements_of(again.content) is not None
    assert shown(again).detectors[0].measured == 6


def test_verdicts_about_another_annotation_are_old(make: Make, review: Make, tmp_path: Path):
    run(review(), "verdict_bad", "verdict_good")
    changed = record("a", truth=True)
    moved = replace(changed.people[0], bbox_xywh=changed.people[0].bbox_xywh + 5)
    changed = replace(changed, people=(moved, changed.people[1]))
    controller = make(reviewed_dataset(tmp_path / "set", changed, record("b"), record("c")))
    look(controller)
    frame = shown(controller)
    assert dict(frame.counts)["old"] == 1
    assert frame.case is not None
    assert frame.case.old
    assert frame.case.facts.changed == "boxes"


def test_verdicts_about_cases_that_are_gone_are_counted(review: Make, tmp_path: Path):
    with VerdictStore(tmp_path / "set" / FILE) as store:
        store.put(Verdict("gone", "1", "bad"))
    controller = review()
    assert "1 verdict" in shown(controller).place_problem


def test_a_broken_verdict_file_leaves_the_rows_and_says_why(review: Make, tmp_path: Path):
    (tmp_path / "set" / FILE).write_bytes(b"this is no data base" * 100)
    controller = review()
    assert len(rows(controller)) == 6
    assert FILE in shown(controller).place_problem
    assert not COMMANDS["verdict_good"].enabled(controller)
    assert (tmp_path / "set" / FILE).read_bytes() == b"this is no data base" * 100


def test_verdicts_are_exported_as_the_ending_says(review: Make, tmp_path: Path):
    controller = review()
    run(controller, "verdict_bad", "verdict_good")
    for ending in ("csv", "json", "txt"):
        shell = FakeShell()
        shell.answers["verdict export"] = str(tmp_path / f"out.{ending}")
        COMMANDS["review_export"].run(CommandContext(controller, shell))
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("a,1,bad")
    assert len(json.loads((tmp_path / "out.json").read_text())) == 2
    left_out = read_exclude_list(tmp_path / "out.txt")
    assert left_out.leaves_out("a", "1")
    assert len(left_out) == 1
    with pytest.raises(SefdError, match="name does not say which format"):
        service_of(controller).verdicts.export(tmp_path / "out.doc")


def test_merging_takes_in_what_is_new_and_lists_where_opinions_differ(review: Make, tmp_path: Path):
    theirs = tmp_path / "jon.sqlite"
    with VerdictStore(theirs) as store:
        store.put(Verdict("a", "1", "good", note="looks fine", reviewer="Jon"))
        store.put(Verdict("b", "2", "unsure", reviewer="Jon"))
        store.put(Verdict("gone", "9", "bad", reviewer="Jon"))
    before = theirs.read_bytes()
    controller = review()
    run(controller, "verdict_bad")
    service_of(controller).verdicts.merge(theirs)
    found = shown(controller).disagreements
    assert found is not None
    assert [(one.record, one.person) for one in found.items] == [("a", "1")]
    assert found.items[0].theirs == "Jon: good (looks fine)"
    assert verdicts(tmp_path)["a", "1"] == "bad"
    assert verdicts(tmp_path)["b", "2"] == "unsure"
    assert theirs.read_bytes() == before
    run(controller, "undo")
    assert ("b", "2") not in verdicts(tmp_path)


def test_merging_ones_own_verdicts_is_refused(review: Make, tmp_path: Path):
    controller = review()
    run(controller, "verdict_bad")
    with pytest.raises(SefdError, match="your own"):
        service_of(controller).verdicts.merge(tmp_path / "set" / FILE)


def test_undo_of_a_verdict_about_an_old_one_marks_it_old_again(make: Make, review: Make, tmp_path: Path):
    run(review(), "verdict_bad")
    changed = record("a", truth=True)
    moved = replace(changed.people[0], bbox_xywh=changed.people[0].bbox_xywh + 5)
    changed = replace(changed, people=(moved, changed.people[1]))
    controller = make(reviewed_dataset(tmp_path / "set", changed, record("b"), record("c")))
    run(look(controller), "verdict_good")
    assert dict(shown(controller).counts)["old"] == 0
    run(controller, "undo")
    assert dict(shown(controller).counts)["old"] == 1


def test_rows_picked_keep_their_own_notes(review: Make, tmp_path: Path):
    controller = review()
    service_of(controller).selecting.choose(1)
    service_of(controller).verdicts.write(note="mine")
    service_of(controller).selecting.pick((0, 1), 0)
    service_of(controller).verdicts.write(issues=("box",))
    service_of(controller).selecting.pick((0, 1), 0)
    run(controller, "verdict_bad")
    with VerdictStore(tmp_path / "set" / FILE) as store:
        kept = {verdict.person: (verdict.state, verdict.issues, verdict.note) for verdict in store.all()}
    assert kept == {"1": ("bad", ("box",), ""), "2": ("bad", ("box",), "mine")}


def test_one_verdict_takes_a_thousand_rows_and_no_more(review: Make, monkeypatch: pytest.MonkeyPatch):
    """More would be a slip of the hand; the words say how many it is, and nothing is kept."""
    controller = review()
    kept: list[int] = []
    judging = service_of(controller).verdicts
    monkeypatch.setattr(judging, "_verdict", lambda _table, row, *_, **_options: row)
    monkeypatch.setattr(judging, "_show", lambda _store: None)
    monkeypatch.setattr(QuickVerdictStore, "put_all", lambda _self, verdicts: kept.append(len(verdicts)))
    judging._keep(range(1000), "good", (), "")
    with pytest.raises(SefdError, match=r"1,001 people are too many for one verdict. Choose at most 1,000"):
        judging._keep(range(1001), "good", (), "")
    assert kept == [1000]


def test_a_scan_with_fewer_detectors_keeps_what_the_others_measured(review: Make):
    controller = review()
    run(controller, "review_scan")
    service_of(controller).ask_detector("dark", False)
    service_of(controller).selecting.pick((4, 5), 4)
    run(controller, "review_scan_picked")
    service_of(controller).ask_detector("dark", True)
    wide, dark = shown(controller).detectors
    assert (wide.measured, dark.measured) == (6, 6)
    assert measurements_of(controller.content).scanned == 3


def test_annotations_alone_are_scanned_without_reading_pictures(review: Make):
    controller = review()
    run(controller, "review_scan_quick")
    wide, dark = shown(controller).detectors
    assert (wide.measured, dark.measured) == (6, 0)


def test_detectors_that_are_all_off_are_said(review: Make):
    controller = review()
    for detector in ("wide", "dark"):
        service_of(controller).ask_detector(detector, False)
    run(controller, "review_scan")
    assert "Every detector is off" in controller.frame.status.notice
    assert measurements_of(controller.content) is None


def test_rows_listed_or_picked_become_cases_to_present(review: Make):
    controller = review()
    service_of(controller).selecting.pick((2, 3, 4), 2)
    run(controller, "add_listed")
    show = PRESENT.of(controller.state).show
    assert [one.record for one in show.cases] == ["b", "b", "c"]  # each person is a case of their own
    assert len({one.about for one in show.cases}) == 3
    service_of(controller).filter("1")
    run(controller, "add_listed")
    assert {one.record for one in PRESENT.of(controller.state).show.cases} == {"a", "b", "c"}
    run(controller, "undo")
    assert PRESENT.of(controller.state).show == show
