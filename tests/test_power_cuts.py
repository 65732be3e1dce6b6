"""What people make is on the disk before it takes its name, and that before they are told; by one module."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.depth_order import write_orders
from sefd_viewer.app.sessions import Session, write_session
from sefd_viewer.app.settings import Settings, save_settings
from sefd_viewer.app.story import Case, Show, write_show
from sefd_viewer.atomic import new_folder
from sefd_viewer.csv_cells import write_table
from sefd_viewer.evaluation.case_measures import COLUMNS
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.features.inspect.pose_edits_file import KeptEdits
from sefd_viewer.features.present.model import write_votes
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.judgements import Verdict, VerdictStore
from sefd_viewer.pose2d.editing_file import EditedPicture

PROGRAM = Path(__file__).parents[1] / "sefd_viewer"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is asked of the disk, in order: the word, and which file or folder it is about."""
    done: list[tuple[str, int]] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(handle: int) -> None:
        done.append(("sync", os.fstat(handle).st_ino))
        sync(handle)

    def noted_replace(part: str | Path, path: str | Path) -> None:
        done.append(("name", os.stat(part).st_ino))
        replace(part, path)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    return done


def edit_poses(path: Path) -> None:
    kept = KeptEdits()
    kept.paths[None] = path
    joints = np.ones((17, 3), np.float32)
    pose = Pose2D("coco17", joints, np.array([0, 0, 9, 9], np.float32), 1.0, "hand edit")
    task = kept.task(None, {(None, "a.jpg"): EditedPicture({"1": pose}, frozenset({"1"}))})
    assert task is not None
    kept.write(task)


def run_part(path: Path) -> None:
    store = RunStore(path.parent, RunPlan("set", "coco", "", 9, {"student": "1"}, {}))
    row = dict.fromkeys(COLUMNS) | {"position": 0, "record": "a", "person": "1", "method": "student"}
    store.add([row])


WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "settings": ("settings.toml", lambda path: save_settings(path, Settings())),
    "session": ("a.session.json", lambda path: write_session(path, Session(("a",), {}, {}))),
    "story": ("a.sefd-show.json", lambda path: write_show(path, Show("a", (Case("b"),)))),
    "votes": ("votes.csv", lambda path: write_votes(path, Show("a", (Case("b"),)), ())),
    "depth orders": ("orders.json", lambda path: write_orders(path, {"a": ("1", "2")})),
    "2D poses": ("poses.json", edit_poses),
    "run": ("part-000001.parquet", run_part),
    "table": ("a.csv", lambda path: write_table(path, [{"a": 1}])),
}


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be asked there")
@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_told_as_written_outlasts_a_power_cut(
    tmp_path: Path, calls: list[tuple[str, int]], kind: str
) -> None:
    name, write = WRITERS[kind]
    write(tmp_path / name)
    (made,) = [path for path in tmp_path.iterdir() if path.name.startswith(name[:4])]
    file, folder = made.stat().st_ino, tmp_path.stat().st_ino
    assert calls[-3:] == [("sync", file), ("name", file), ("sync", folder)]


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be asked there")
def test_a_new_folder_is_on_the_disk_with_all_in_it_before_it_takes_its_name(
    tmp_path: Path, calls: list[tuple[str, int]]
) -> None:
    with new_folder(tmp_path / "set") as part:
        (part / "images").mkdir()
        (part / "images" / "a.jpg").write_bytes(b"a")
        (part / "link").symlink_to("/nowhere")
        (part / "all.json").write_bytes(b"{}")
    named = calls.index(("name", (tmp_path / "set").stat().st_ino))
    inside = [tmp_path / "set" / name for name in (".", "images", "images/a.jpg", "all.json")]
    assert {one for word, one in calls[:named] if word == "sync"} == {path.stat().st_ino for path in inside}
    assert calls[named + 1 :] == [("sync", tmp_path.stat().st_ino)]


def test_sqlite_waits_for_the_disk_with_file_and_folder(tmp_path: Path) -> None:
    extra = 3
    with VerdictStore(tmp_path / "verdicts.sqlite") as store:
        store.put(Verdict("a", "1", "good"))
        assert store._connection is not None
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (extra,)
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


CALLS = {"write_bytes", "write_text", "savez", "savez_compressed", "save_file"}
ELSEWHERE = {
    "atomic": "what this is about",
    "edge_maps/manifest": "grows by lines; what is not noted is made again",
    "datasets/index/cache": "a cache: what is not whole is made anew",
    "datasets/index/part_files": "a cache",
    "datasets/synthetic/writers/entries": "into the folder that is given, a new one",
    "datasets/synthetic/writers/threedpw": "into the folder that is given, a new one",
    "body/hdf5_process": "into memory, for the process that asked",
    "body/skel": "for the library that poses it, into a folder that goes",
    "cameras/renders/rendering": "into memory",
    "inference/kept_answers": "into memory",
    "evaluation/runs/external": "into a temporary folder",
    "cli/probes": "into a temporary folder",
}


def test_no_module_writes_a_file_past_the_one_that_takes_care() -> None:
    """Whoever fills a file is given the place by `new_file` or `new_folder`, or says above why not."""
    past = set()
    for path in PROGRAM.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        given = {one.name for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names}
        if any(map(writes, nodes)) and not given & {"new_file", "new_folder"}:
            past.add(path.relative_to(PROGRAM).with_suffix("").as_posix())
    assert past == set(ELSEWHERE)


def writes(node: ast.AST) -> bool:
    """Whether this is a call that fills a file."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    of = getattr(called.value, "id", "") if isinstance(called, ast.Attribute) else ""
    modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    to_write = name == "open" and any(mode[:1] in tuple("wax") and len(mode) < 4 for mode in modes)
    return name in CALLS or (name == "save" and of in ("np", "torch")) or to_write
