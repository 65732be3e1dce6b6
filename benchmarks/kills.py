"""Kills with signal 9 while a file is written: afterwards it is the old one or the new one, every time.

usage: python benchmarks/kills.py [--tries 60] [--seed 1] [--kind NAME]... [--at-calls]

A child writes state 1, 2, 3, ... of a thing with the program's own code and tells each that is done; it is
killed at a random moment, or with --at-calls at each call in turn that brings something onto the disk or
renames it. Another child then reads it as the program does: it must be whole, and what was told last or the
one after it. What it finds is counted from the bytes by other readers too (JSON, SQLite, Polars, Pillow,
PyAV, torch), which know nothing of broken parts that the program would leave out. Then one more write must
work and leave no part file. Last, two processes write into one data set at once: nothing may be lost. Ends
with 1 otherwise. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import av
import lightning
import numpy as np
import polars
import torch
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from sefd_viewer.app.sessions import Session, read_session, write_session
from sefd_viewer.datasets.index import people_table
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.evaluation.case_measures import COLUMNS
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.features.inspect.pose_edits_file import KeptEdits
from sefd_viewer.features.inspect.views.figures import save_figure
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.gui.films import new_film
from sefd_viewer.jobs.background import Task
from sefd_viewer.judgements import Verdict, VerdictStore
from sefd_viewer.pose2d.editing_file import EditedPicture, read_edited_poses
from sefd_viewer.training import loop

__all__ = ["av", "lightning", "polars", "torch"]  # loaded once, before children are forked

MOMENTS_S = (0.0, 0.12)
CALLS = ("fsync", "replace", "rename", "unlink")
MOST_STATES = 400
INDEXED = 2500
"""Pictures with a person each from which a set is worth an index."""
WRITES = 25
"""So many states are written where two processes write at once."""


@dataclass(frozen=True)
class Kind:
    """A thing that is written: `writer(folder)` makes state after state, `read(folder)` tells which it is.

    Where two processes may add to the same thing, `both` counts what they added.
    """

    writer: Callable[[Path, str], Iterator[None]]
    read: Callable[[Path], int]
    both: Callable[[Path], int] | None = None


# ---- what is written


def write_run(folder: Path, who: str) -> Iterator[None]:
    """Parts of a run, a person in each."""
    store = RunStore(folder / "run", RunPlan("set", "coco", "", 9, {"student": "1"}, {}))
    start = store.table().height if who == "a" else 1000
    for number in range(start, start + 100_000):
        row = dict.fromkeys(COLUMNS) | {"position": number, "record": str(number), "person": who}
        store.add([row | {"method": "student", "mpjpe_mm": 50.0}])
        yield


def read_run(folder: Path) -> int:
    """How many people were measured; none is missing."""
    if not (folder / "run").exists():
        return 0
    positions = open_run(folder / "run").table()["position"].to_list()
    assert positions == list(range(len(positions))), positions
    assert json.loads((folder / "run" / "run.json").read_bytes())["records"] == 9
    parts = [polars.read_parquet(part) for part in (folder / "run").glob("part-*.parquet")]
    assert sorted(place for part in parts for place in part["position"]) == positions
    return len(positions)


def write_edits(folder: Path, who: str) -> Iterator[None]:
    """Pictures with an edited pose, one more each time."""
    kept = KeptEdits()
    path = folder / "set.edited-poses.json"
    kept.paths[None] = path
    before = dict(read_edited_poses(path).pictures) if path.exists() else {}
    pictures = {name: picture for name, picture in before.items() if name.startswith(who)}
    kept._saved[None] = dict(pictures)
    joints = np.ones((17, 3), np.float32)
    for number in range(len(pictures) + 1, 100_000):
        person = Pose2D("coco17", joints, np.array([0, 0, 9, 9], np.float32), 1.0, "hand edit")
        pictures[f"{who}{number}.jpg"] = EditedPicture({"1": person}, frozenset({"1"}))
        edits: dict[tuple[str | None, str], EditedPicture] = {
            (None, name): picture for name, picture in pictures.items()
        }
        task = kept.task(None, edits)
        assert task is not None
        kept.write(task)
        kept.written(task)
        yield


def read_edits(folder: Path) -> int:
    """How many pictures were edited."""
    path = folder / "set.edited-poses.json"
    found = read_edited_poses(path) if path.exists() else None
    if found is None:
        return 0
    assert not found.problems, found
    pictures = json.loads(path.read_bytes())["pictures"].values()
    people = [one for picture in pictures for one in picture["people"]]
    assert len(people) == len(found.pictures)
    assert all(np.shape(one["keypoints"]) == (17, 3) for one in people)
    return len(people)


def write_verdicts(folder: Path, who: str) -> Iterator[None]:
    """Verdicts, one more each time."""
    with VerdictStore(folder / "sefd-verdicts.sqlite") as store:
        done = sum(verdict.record.startswith(who) for verdict in store.all())
        for number in range(done + 1, 100_000):
            store.put(Verdict(f"{who}{number}.jpg", "1", "good"))
            yield


def read_verdicts(folder: Path) -> int:
    """How many verdicts there are."""
    path = folder / "sefd-verdicts.sqlite"
    with VerdictStore(path) as store:
        known = {verdict.record for verdict in store.all()}
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = file.execute("SELECT record, person, state FROM log WHERE NOT undone").fetchall()
    assert len(rows) == len(known)
    assert {*rows} == {(record, "1", "good") for record in known}
    return len(rows)


def write_index(folder: Path, _who: str) -> Iterator[None]:
    """The index of annotations that have a picture more each time."""
    number = read_index(folder)
    while True:
        number += 1
        shown = range(INDEXED + number)
        images = [{"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 48} for i in shown]
        people = [
            {"id": i, "image_id": i, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0}
            | {"keypoints": [10, 10, 2] * 17, "num_keypoints": 17}
            for i in shown
        ]
        content = {"images": images, "annotations": people, "categories": [{"id": 1, "name": "person"}]}
        file = folder / "annotations" / "person_keypoints_train2017.json"
        file.parent.mkdir(exist_ok=True)
        part = file.with_suffix(".new")
        part.write_text(json.dumps(content))
        part.rename(file)
        assert read_index(folder) == number
        assert list((folder / "cache" / "index").glob("[!u]*")), "no index was kept"
        yield


def read_index(folder: Path) -> int:
    """How many pictures more than at the beginning the set has, with its index."""
    if not (folder / "annotations").exists():
        return 0
    os.environ["SEFD_VIEWER_CACHE"] = str(folder / "cache")
    dataset = open_dataset(folder)
    said = json.loads((folder / "annotations" / "person_keypoints_train2017.json").read_bytes())
    names = [one["file_name"] for one in said["images"]]
    assert sorted(Path(key).name for key in dataset.keys) == sorted(names), (dataset.keys[:3], names[:3])
    assert len(dataset.keys) == people_table(dataset).height
    return len(dataset.keys) - INDEXED


def write_figure(folder: Path, _who: str) -> Iterator[None]:
    """A figure with a number in its description."""
    image = QImage(640, 360, QImage.Format.Format_RGB888)
    image.fill(0x336699)
    number = read_figure(folder)
    sheet: Any = SimpleNamespace(draw=lambda scene: scene, picture=lambda _scene, _line: image)
    scene: Any = None
    while True:
        number += 1
        about = {"number": number, "methods": {}}
        save_figure(Task(lambda _news: None), sheet, scene, folder / "figure.png", about)
        yield


def read_figure(folder: Path) -> int:
    """The number in a figure that is whole."""
    if not (folder / "figure.png").exists():
        return 0
    with Image.open(folder / "figure.png") as image:
        image.load()
        return int(json.loads(image.info["Description"])["number"])


def write_film(folder: Path, _who: str) -> Iterator[None]:
    """A short film with a number in it."""
    picture = QImage(64, 48, QImage.Format.Format_RGB888)
    picture.fill(0x336699)
    number = read_film(folder)
    while True:
        number += 1
        with new_film(folder / "film.mp4", QSize(64, 48), Fraction(25), {"number": number}) as add:
            for _ in range(8):
                add(picture)
        yield


def read_film(folder: Path) -> int:
    """The number in a film that is whole."""
    if not (folder / "film.mp4").exists():
        return 0
    with av.open(str(folder / "film.mp4")) as film:
        assert len(list(film.decode(video=0))) == 8
        return int(json.loads(film.metadata["comment"])["number"])


def write_checkpoint(folder: Path, _who: str) -> Iterator[None]:
    """A training's last checkpoint."""
    number, keeper = read_checkpoint(folder), loop._WholeFiles()
    while True:
        number += 1
        content = {"global_step": number, "state_dict": {"weight": torch.full((40_000,), float(number))}}
        keeper.save_checkpoint(content, folder / "last.ckpt")
        yield


def read_checkpoint(folder: Path) -> int:
    """The step of a checkpoint that is whole."""
    if not (folder / "last.ckpt").exists():
        return 0
    content = torch.load(folder / "last.ckpt", weights_only=True)
    assert (content["state_dict"]["weight"] == content["global_step"]).all()
    return int(content["global_step"])


def write_sessions(folder: Path, _who: str) -> Iterator[None]:
    """A session."""
    number = read_sessions(folder)
    while True:
        number += 1
        write_session(folder / "a.session.json", Session((), {"number": number}, {"geometry": "x" * 5000}))
        yield


def read_sessions(folder: Path) -> int:
    """The number in a session."""
    path = folder / "a.session.json"
    if not path.exists():
        return 0
    said, found = json.loads(path.read_bytes()), read_session(path, lambda _path: None)
    assert (said["view"], said["layout"]) == (found.view, {"geometry": "x" * 5000})
    return int(said["view"]["number"])


KINDS = {
    "run store": Kind(write_run, read_run, lambda folder: open_run(folder / "run").table().height),
    "pose edits": Kind(write_edits, read_edits, read_edits),
    "verdicts": Kind(write_verdicts, read_verdicts, read_verdicts),
    "index": Kind(write_index, read_index),
    "figure": Kind(write_figure, read_figure),
    "film": Kind(write_film, read_film),
    "checkpoint": Kind(write_checkpoint, read_checkpoint),
    "session": Kind(write_sessions, read_sessions),
}


# ---- children


@contextmanager
def child(work: Callable[[int], None]) -> Iterator[tuple[int, int]]:
    """A forked process that does `work(pipe)`; its id, and the end of the pipe that is read."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            work(writing)
            code = 0
        except BaseException as error:
            print(f"child: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    os.close(writing)
    try:
        yield pid, reading
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)


def killed_at(call: int) -> None:
    """Kill this process at the n-th call that brings something onto the disk or renames it."""
    left = [call]

    def instead(real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*words: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*words, **more)

        return counted

    for name in CALLS:
        setattr(os, name, instead(getattr(os, name)))


def write_until_killed(kind: Kind, folder: Path, *, after_s: float = 0.0, call: int | None = None) -> int:
    """Write until a moment after the first state, or a call; how many states were told as done."""

    def work(pipe: int) -> None:
        states = kind.writer(folder, "a")
        next(states)
        os.write(pipe, b".")
        if call is not None:
            killed_at(call)
        for _ in range(MOST_STATES):  # SQLite's calls are its own
            next(states)
            os.write(pipe, b".")

    with child(work) as (pid, pipe):
        told = os.read(pipe, 1)
        if call is None and told:
            time.sleep(after_s)
            os.kill(pid, signal.SIGKILL)
        while more := os.read(pipe, 4096):
            told += more
    return len(told)


def asked(ask: Callable[[], int]) -> int | None:
    """What a child answers; None where it fails."""

    def answer_into(pipe: int) -> None:
        os.write(pipe, f"{ask()}".encode())

    with child(answer_into) as (_pid, pipe):
        answer = b""
        while more := os.read(pipe, 64):
            answer += more
    return int(answer) if answer else None


def tried(kind: Kind, folder: Path, **moment: Any) -> str:
    """Words about what is wrong after one kill, "" where all is well."""
    before = asked(lambda: kind.read(folder))
    told = write_until_killed(kind, folder, **moment)
    after = asked(lambda: kind.read(folder))
    if before is None or after is None or not told:
        return f"{before} before, {told} told, {after} after"
    if not before + told <= after <= before + told + 1:
        return f"{before} before and {told} told make {after}"
    once = asked(lambda: next(kind.writer(folder, "a")) or 0)
    left = [path.name for path in folder.rglob("*") if path.suffix == ".part"]
    return f"left: {left}" if left or once is None else ""


def two_at_once(kind: Kind, folder: Path) -> str:
    """Words where two processes that write at once lose something."""
    assert kind.both is not None

    def work(who: str) -> Callable[[int], None]:
        def write(pipe: int) -> None:
            states = kind.writer(folder, who)
            for _ in range(WRITES):
                next(states)
            os.write(pipe, b"done")

        return write

    with child(work("a")) as (_one, first), child(work("b")) as (_two, second):
        told = [os.read(first, 9), os.read(second, 9)]
    kept = asked(lambda: kind.both(folder))  # type: ignore[misc]
    return "" if told == [b"done"] * 2 and kept == 2 * WRITES else f"{kept} of {2 * WRITES} are there"


def check(name: str, tries: int, chance: random.Random, *, at_calls: bool) -> bool:
    """Try a kind and print a line about it; whether all is well."""
    kind, wrong = KINDS[name], []
    with tempfile.TemporaryDirectory(prefix="sefd-kills-") as made:
        folder = Path(made) / "one"
        folder.mkdir()
        for number in range(tries):
            moment = {"call": number} if at_calls else {"after_s": chance.uniform(*MOMENTS_S)}
            wrong += [words for words in [tried(kind, folder, **moment)] if words]
        together = "-"
        if kind.both is not None:
            (Path(made) / "two").mkdir()
            together = two_at_once(kind, Path(made) / "two") or "nothing lost"
    print(f"{name}: {tries - len(wrong)} of {tries} kills; two at once: {together}", *wrong[:4], sep="\n    ")
    return not wrong and together in ("-", "nothing lost")


def main() -> None:
    """Try every kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tries", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=[*KINDS])
    parser.add_argument("--at-calls", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    well = [
        check(name, options.tries, chance, at_calls=options.at_calls) for name in options.kind or [*KINDS]
    ]
    raise SystemExit(not all(well))


if __name__ == "__main__":
    main()
