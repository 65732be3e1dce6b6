"""Verdicts stay: with their history, through crashes, beside other programs, and never at the data's cost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.judgements import (
    Verdict,
    VerdictError,
    VerdictStore,
    changed_parts,
    fingerprint,
    verdict_path,
)
from sefd_viewer.judgements.database import connect
from sefd_viewer.resources import resource_path

GOOD = Verdict("a.jpg", "1", "good", reviewer="ann")
BAD = Verdict("a.jpg", "1", "bad", ("camera", "swap"), "left is right", "bob")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.sqlite"


def record(**changes: object) -> Record:
    """A record with one fully annotated person."""
    rng = np.random.default_rng(1)
    keypoints = rng.uniform(10, 400, (17, 3))
    pose = Pose2D("coco17", keypoints, np.array([5, 6, 70, 80]), 1.0, "annotation")
    body = SmplParameters("b", *(rng.normal(size=n).astype(np.float32) for n in (3, 69, 10, 3)))
    camera = PinholeCamera([1000.5, 1001], [320, 240], t=[0.1, 0.2, 3])
    whole = Record(
        "a.jpg", "a", size=(640, 480), camera=camera, people=(Person("1", pose.bbox_xywh, pose, body),)
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_verdict_is_there_again_after_reopening(path: Path) -> None:
    with VerdictStore(path) as store:
        kept = store.put(BAD)
        store.put(Verdict("a.jpg", None, "unsure"))
    with VerdictStore(path) as store:
        assert store.get("a.jpg", "1") == kept
        assert store.get("a.jpg") is not None
        assert store.get("a.jpg", "2") is None
        assert kept.time.endswith("Z")


def test_nothing_is_written_before_the_first_verdict(path: Path) -> None:
    with VerdictStore(path) as store:
        assert store.all() == ()
    assert not path.exists()


def test_a_changed_or_removed_verdict_stays_in_the_history(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
        store.put(BAD)
        assert [v.state for v in store.all()] == ["bad"]
        store.remove("a.jpg", "1")
        assert store.all() == ()
        assert [v.state for v in store.history("a.jpg", "1")] == ["good", "bad", "unreviewed"]


def test_undo_goes_back_step_by_step_and_redo_forth(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
        store.put_all([BAD, replace(BAD, person="2")])
        assert store.undo() == (("a.jpg", "1"), ("a.jpg", "2"))
        assert [(v.person, v.state) for v in store.all()] == [("1", "good")]
        assert store.undo()
        assert not store.undo()
        assert store.all() == ()
        assert store.redo()
        store.put(replace(GOOD, person="3"))
        assert not store.redo()
        assert [(v.person, v.state) for v in store.all()] == [("1", "good"), ("3", "good")]


def test_undo_leaves_the_verdicts_of_others_alone(path: Path) -> None:
    with VerdictStore(path) as mine, VerdictStore(path) as theirs:
        mine.put(GOOD)
        theirs.put(replace(BAD, person="2"))
        assert mine.undo() == (GOOD.case,)
        assert [v.person for v in mine.all()] == ["2"]


def test_names_that_are_not_utf8_are_kept(path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\t.jpg")
    with VerdictStore(path) as store:
        store.put(Verdict(name, "1", "good"))
        assert store.all()[0].record == name
        assert store.get(name, "1") is not None


def test_a_process_killed_in_the_middle_of_a_write_loses_nothing(path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from sefd_viewer.judgements import Verdict, VerdictStore
store = VerdictStore(Path(sys.argv[1]))
store.put(Verdict("a.jpg", "1", "good"))
store._connection.execute("PRAGMA cache_spill = 1")
store._connection.execute("PRAGMA cache_size = 1")
def rows():
    for n in range(2000):
        yield Verdict("x" * 500, str(n), "bad", time="t")
    os._exit(9)
store._connection.execute("BEGIN IMMEDIATE")
from sefd_viewer.judgements import database as stored
for verdict in rows():
    store._connection.execute(
        f"INSERT INTO log ({stored.COLUMNS}) VALUES (?{', ?' * 7})", stored.values(verdict)
    )
"""
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 9
    assert path.with_name(path.name + "-journal").exists()
    with VerdictStore(path) as store:
        assert [v.state for v in store.all()] == ["good"]


def test_two_programs_that_tag_people_of_one_set_keep_the_tags_of_both(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from sefd_viewer.judgements import VerdictStore
with VerdictStore(Path(sys.argv[1])) as store:
    print(len(store.tags().people), flush=True)  # it has looked
    sys.stdin.readline()
    store.tag([("a.jpg", sys.argv[2])], sys.argv[3])
"""
    words = (("1", "mine"), ("2", "yours"), ("1", "both"))
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), *one],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for one in words
    ]
    assert [one.stdout.readline() for one in programs if one.stdout] == ["0\n"] * 3
    for one in programs:
        one.communicate("now\n")
    assert [one.returncode for one in programs] == [0, 0, 0]
    with VerdictStore(path) as store:
        assert store.tags().people == {("a.jpg", "1"): ("both", "mine"), ("a.jpg", "2"): ("yours",)}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no database at all, but long enough" * 40, "not a file of verdicts"), (None, "another program")],
)
def test_foreign_files_are_named_and_left_alone(path: Path, content: bytes | None, said: str) -> None:
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE theirs (a)")
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(VerdictError, match=said):
        VerdictStore(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_named(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put_all([replace(BAD, person=str(n)) for n in range(500)])
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(VerdictError, match="is damaged"), VerdictStore(path) as store:
        store.all()


def test_a_file_whose_damage_cannot_be_put_into_words_is_named(path: Path) -> None:
    """SQLite quotes the name of what it cannot make, which is no UTF-8 here."""
    with VerdictStore(path) as store:
        store.put(GOOD)
    whole = path.read_bytes()
    path.write_bytes(
        whole.replace(b"tablelog", b"table\xa0og").replace(b"CREATE TABLE log", b"CREATE TABLF log")
    )
    with pytest.raises(VerdictError, match="is damaged"), VerdictStore(path) as store:
        store.all()


def test_a_locked_file_says_so_and_works_once_it_is_free(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(VerdictError, match="in use by another program"):
            store.put(BAD)
        other.execute("ROLLBACK")
        other.close()
        assert store.put(BAD)
        assert len(store.history("a.jpg", "1")) == 2


def test_a_file_replaced_while_it_is_open_is_not_written_into_the_void(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
        path.rename(path.with_name("moved.sqlite"))
        with pytest.raises(VerdictError, match="moved or replaced"):
            store.put(BAD)


def test_a_read_only_file_can_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
    monkeypatch.setattr(os, "access", lambda *_: False)  # rights mean nothing to root
    with VerdictStore(path) as store:
        assert not store.can_write
        assert len(store.all()) == 1
        with pytest.raises(VerdictError, match="cannot be written"):
            store.put(BAD)
        assert store.all() == (store.get("a.jpg", "1"),)


def test_verdicts_lie_beside_the_data_or_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    here = Dataset("set", tmp_path, "image folder", [])
    assert verdict_path(here) == tmp_path / "sefd-verdicts.sqlite"
    videos = {verdict_path(Dataset(name, tmp_path, "video", [])) for name in ("a.mp4", "b.mp4")}
    assert {path.name for path in videos} == {"a.mp4.sefd-verdicts.sqlite", "b.mp4.sefd-verdicts.sqlite"}
    several = Dataset("3 inputs", None, "several inputs", [])
    assert verdict_path(several).is_relative_to(tmp_path / "home")
    shipped = Dataset("sample_capture", resource_path("sample_capture"), "capture", [])
    assert verdict_path(shipped).is_relative_to(tmp_path / "home")
    monkeypatch.setattr(os, "access", lambda *_: False)
    elsewhere = verdict_path(here)
    assert elsewhere.is_relative_to(tmp_path / "home")
    assert elsewhere != verdict_path(Dataset("set", tmp_path / "home", "image folder", []))


def test_verdicts_that_one_may_only_read_are_where_the_own_ones_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    data = tmp_path / "data"
    data.mkdir()
    here = Dataset("set", data, "image folder", [])
    with VerdictStore.beside(here) as theirs:
        theirs.put(GOOD)
    before = (data / "sefd-verdicts.sqlite").read_bytes()
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).startswith(str(data)))
    with VerdictStore.beside(here) as mine:
        assert mine.can_write
        mine.put(BAD)
        assert len(mine.history("a.jpg", "1")) == 2
    assert (data / "sefd-verdicts.sqlite").read_bytes() == before
    with VerdictStore.beside(here) as mine:
        assert [verdict.state for verdict in mine.all()] == ["bad"]


def test_the_same_numbers_have_the_same_fingerprint() -> None:
    one = record()
    person = one.people[0]
    assert person.smpl is not None
    again = replace(person.smpl, betas=np.array([float(f"{b:.7g}") for b in person.smpl.betas]))
    saved = replace(one, people=(replace(person, smpl=again, bbox_xywh=person.bbox_xywh.astype(np.float64)),))  # type: ignore[union-attr]
    assert fingerprint(saved) == fingerprint(one)
    assert fingerprint(saved, "1") == fingerprint(one, "1")
    assert fingerprint(one, "nobody") == ""


def test_a_changed_annotation_is_told_by_its_part(tmp_path: Path) -> None:
    one = record()
    person = one.people[0]
    assert person.smpl is not None
    assert person.pose2d is not None
    (tmp_path / "a.jpg").write_bytes(b"12345")
    turned = replace(person.smpl, global_orient=person.smpl.global_orient + 0.01)
    moved = replace(person.pose2d, keypoints=person.pose2d.keypoints + 0.5)
    changed = {
        "bodies": replace(one, people=(replace(person, smpl=turned),)),
        "2D joints": replace(one, people=(replace(person, pose2d=moved),)),
        "boxes": replace(one, people=(replace(person, bbox_xywh=np.array([5, 6, 71, 80])),)),
        "cameras": replace(one, camera=one.camera.shifted(1, 0)),  # type: ignore[union-attr]
        "picture": replace(one, image_path=tmp_path / "a.jpg"),
    }
    for part, other in changed.items():
        assert changed_parts(fingerprint(one), fingerprint(other)) == (part,)


def test_tags_and_verdicts_are_undone_in_one_order(path: Path) -> None:
    with VerdictStore(path) as store:
        store.tag([("a.jpg", "1"), ("a.jpg", "2")], "leaning")
        store.put(GOOD)
        store.tag([("a.jpg", "1")], "leaning", on=False)
        assert store.tags().people == {("a.jpg", "2"): ("leaning",)}
        assert store.undo() == (("a.jpg", "1"),)
        assert store.tags().of(("a.jpg", "1")) == ("leaning",)
        assert store.get("a.jpg", "1") is not None
        store.undo()
        assert store.get("a.jpg", "1") is None
        store.undo()
        assert store.tags().people == {}
        store.redo()
        assert store.history("a.jpg", "1") == ()
    with VerdictStore(path) as store:
        assert store.tags().known == ("leaning",)


def test_tags_of_two_programs_are_both_kept(path: Path) -> None:
    with VerdictStore(path) as one, VerdictStore(path) as other:
        one.tag([("a.jpg", "1")], "mine")
        other.tag([("a.jpg", "1")], "yours")
        one.undo()
        one.tag([("a.jpg", "1")], "yours")  # borne already: no step
        assert one.undo() == ()
        assert other.tags().of(("a.jpg", "1")) == ("yours",)


def test_older_tags_of_a_run_are_taken_in_once_and_their_file_stays(path: Path, tmp_path: Path) -> None:
    old = '{"format":"sefd-viewer tags 1","people":{"twisted arm":[["a.jpg","1"],["b.jpg",null]]}}'
    (tmp_path / "tags.json").write_text(old, "utf-8")
    with VerdictStore(path) as store:
        assert store.take_in_tags(tmp_path) == 2
        store.tag([("a.jpg", "1")], "twisted arm", on=False)
        assert store.take_in_tags(tmp_path) == 0
        assert store.tags().people == {("b.jpg", None): ("twisted arm",)}
        store.undo()
        assert store.undo() == ()  # what was taken in is no step
        assert store.tags().of(("a.jpg", "1")) == ("twisted arm",)
        assert store.log() == ()
    assert (tmp_path / "tags.json").read_text("utf-8") == old


OLD_FILE = """
CREATE TABLE log (id INTEGER PRIMARY KEY, record NOT NULL, person, state TEXT NOT NULL, issues TEXT NOT NULL,
    note TEXT NOT NULL, reviewer TEXT NOT NULL, time TEXT NOT NULL, fingerprint TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX log_case ON log (record, person, id);
CREATE VIEW current AS SELECT * FROM log WHERE id IN (SELECT max(id) FROM log WHERE NOT undone
    GROUP BY record, person) AND (state <> 'unreviewed' OR note <> '' OR issues <> '[]');
INSERT INTO log VALUES (1, 'a.jpg', '1', 'bad', '["swap"]', 'n', 'ann', '2024-01-01T00:00:00.000Z', '', 0);
PRAGMA application_id = 1397048900;
PRAGMA user_version = 1;
"""


@pytest.mark.parametrize("writable", [True, False])
def test_a_file_of_the_first_version_is_read_and_goes_on(path: Path, writable: bool) -> None:
    made = sqlite3.connect(path)
    made.executescript(OLD_FILE)
    made.close()
    connection = connect(path, writable=writable)
    found = connection.execute("SELECT record, state FROM current").fetchall()
    assert found == [("a.jpg", "bad")]
    assert connection.execute("SELECT * FROM tags").fetchall() == []
    connection.close()
    with VerdictStore(path) as store:
        store.tag([("a.jpg", "1")], "leaning")
        store.put(GOOD)
        assert [verdict.state for verdict in store.history("a.jpg", "1")] == ["bad", "good"]
