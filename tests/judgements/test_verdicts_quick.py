"""Verdicts for a window: nobody waits for the disk, and nothing is lost where it refuses."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sefd_viewer.judgements import QuickVerdictStore, Verdict, VerdictError, VerdictStore

GOOD = Verdict("a.jpg", "1", "good", reviewer="ann")
BAD = replace(GOOD, state="bad")


class Later:
    """Keeps what is to be written until a test says so; `said` are the words about failures."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []
        self.said: list[str] = []

    def run(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "data" / "verdicts.sqlite"


def quick(path: Path) -> tuple[QuickVerdictStore, Later]:
    later, store = Later(), QuickVerdictStore(VerdictStore(path))
    store.write_behind(later.jobs.append, later.said.append)
    return store, later


def on_disk(path: Path) -> list[str]:
    with VerdictStore(path) as store:
        return [verdict.state for verdict in store.log()]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at open files as Linux does")
def test_whoever_only_looks_keeps_no_file_open_and_writes_only_to_the_file_that_was_read(path: Path) -> None:
    with VerdictStore(path) as store:
        store.put(GOOD)
    looking, _ = quick(path)
    assert [verdict.state for verdict in looking.all()] == ["good"]
    assert str(path) not in [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
    path.rename(path.with_name("moved.sqlite"))
    with VerdictStore(path) as other:
        other.put(BAD)
    looking.put(replace(GOOD, note="mine"))
    with pytest.raises(VerdictError, match="moved or replaced"):
        looking.flush()
    assert on_disk(path) == ["bad"]


def test_changes_are_seen_at_once_and_reach_the_disk_in_order(path: Path) -> None:
    store, later = quick(path)
    store.put(GOOD)
    store.put(BAD)
    store.undo()
    assert [verdict.state for verdict in store.all()] == ["good"]
    assert store.busy
    assert not path.exists()
    later.run()
    assert not store.busy
    assert on_disk(path) == ["good"]
    store.redo()
    store.remove("a.jpg", "1")
    store.close()
    assert on_disk(path) == ["good", "bad", "unreviewed"]


def test_it_begins_with_what_is_in_the_file(path: Path) -> None:
    with VerdictStore(path) as store:
        kept = store.put(GOOD)
    store, _ = quick(path)
    assert store.get("a.jpg", "1") == kept
    assert not store.undo()
    store.close()


def test_a_locked_file_is_told_and_written_once_it_is_free(path: Path) -> None:
    store, later = quick(path)
    store.put(GOOD)
    later.run()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store.put(BAD)
    later.run()
    assert "in use by another program" in later.said[0]
    assert not store.busy
    other.execute("ROLLBACK")
    other.close()
    store.put(replace(BAD, person="2"))
    later.run()
    assert on_disk(path) == ["good", "bad", "bad"]
    store.close()


def test_where_the_disk_refuses_to_the_end_all_verdicts_are_saved_elsewhere(
    path: Path, tmp_path: Path
) -> None:
    store, later = quick(path)
    store.put(GOOD)
    later.run()
    path.rename(path.with_name("moved.sqlite"))
    store.put(BAD)
    later.run()
    store.close()
    assert "All verdicts are in" in later.said[-1]
    (rescued,) = (tmp_path / "home").rglob("*rescued*.sqlite")
    assert on_disk(rescued) == ["good", "bad"]


def test_without_write_behind_a_verdict_is_on_the_disk_when_the_call_returns(path: Path) -> None:
    with QuickVerdictStore(VerdictStore(path)) as store:
        store.put(GOOD)
        assert on_disk(path) == ["good"]


def test_two_windows_that_looked_before_either_tagged_keep_the_tags_of_both(path: Path) -> None:
    """Each holds a copy from before; what one takes back is its own, and the next window sees the rest."""
    (one, first), (other, second) = quick(path), quick(path)
    one.tag([("a.jpg", "1"), ("b.jpg", "1")], "mine")
    other.tag([("a.jpg", "2"), ("a.jpg", "1")], "yours")
    other.tag([("a.jpg", "3")], "by mistake")
    other.undo()
    second.run()
    first.run()
    one.close()
    other.close()
    third, _ = quick(path)
    people = {("a.jpg", "1"): ("mine", "yours"), ("a.jpg", "2"): ("yours",), ("b.jpg", "1"): ("mine",)}
    assert third.tags().people == people
    third.close()
