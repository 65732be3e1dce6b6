from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.recent import SIDE, RecentSet, RecentSets, contents_of, looked_for, state_of
from sefd_viewer.app.settings import SAMPLE
from tests.app.session_fakes import dataset, record


def test_facts_are_kept_from_one_start_to_the_next(tmp_path: Path):
    RecentSets(tmp_path).note(RecentSet("/data/one", "one", "2 photos", "3 methods measured"))
    found = RecentSets(tmp_path).all(["/data/two", "/data/one"], {"/data/one": False})
    assert [one.name for one in found] == ["two", "one"]
    assert (found[1].contents, found[1].state, found[1].there) == ("2 photos", "3 methods measured", False)
    assert found[0].there is None


def test_a_newer_state_replaces_the_old_one_and_the_picture_stays(tmp_path: Path):
    sets = RecentSets(tmp_path)
    sets.note(RecentSet("/a", "a", "2 photos", "1 verdict", "/p.jpg"))
    sets.note(RecentSet("/a", "a"))
    assert sets.all(["/a"]) == (RecentSet("/a", "a", "2 photos", "", "/p.jpg"),)


def test_forgetting_removes_the_picture(tmp_path: Path):
    sets = RecentSets(tmp_path)
    file = Path(sets.picture_of("/a", np.full((200, 300, 3), 90, np.uint8)))
    with Image.open(file) as picture:
        assert picture.size == (SIDE, SIDE)
    sets.note(RecentSet("/a", "a", picture=str(file)))
    sets.forget("/a")
    assert not file.exists()
    assert RecentSets(tmp_path).all(["/a"])[0].picture == ""


def test_a_torn_file_of_facts_is_done_without(tmp_path: Path):
    (tmp_path / "sets.json").write_bytes(b'{"/a": {"name"')
    assert RecentSets(tmp_path).all(["/a"])[0].name == "a"
    (tmp_path / "sets.json").write_text('["no", "mapping"]')
    assert RecentSets(tmp_path).all(["/a"])[0].name == "a"


def test_a_folder_that_cannot_be_written_loses_nothing_else(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    sets = RecentSets(tmp_path / "file" / "recent")
    sets.note(RecentSet("/a", "a", "2 photos"))
    assert sets.all(["/a"])[0].contents == "2 photos"
    assert sets.picture_of("/a", np.zeros((9, 9, 3), np.uint8)) == ""


def test_what_a_set_holds_is_said_in_a_few_words():
    assert contents_of(dataset(record("a", people=0))) == "1 photo"
    views = [record("a"), record("b")]
    views = [replace(one, view=f"cam{place}") for place, one in enumerate(views)]
    assert contents_of(dataset(*views)).startswith("2 cameras, 2 photos")


def test_the_sample_is_always_there_and_a_lost_folder_is_not(tmp_path: Path):
    paths = (SAMPLE, str(tmp_path), str(tmp_path / "lost"))
    assert looked_for(paths) == {SAMPLE: True, str(tmp_path): True, str(tmp_path / "lost"): False}


def test_how_far_one_came_is_said(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # no verdicts of other tests
    controller = make(dataset(record("a", people=0)))
    assert state_of(controller.state, controller.content) == "no truth: only looked at"
    controller = make(dataset(record("a", truth=True)))
    assert state_of(controller.state, controller.content) == ""
    run = Path(__file__).parents[2] / "resources/sample_crowd/run"
    state = PEOPLE.change(controller.state, run=str(run))
    assert state_of(state, controller.content) == "3 methods measured"
