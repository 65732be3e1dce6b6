"""Commands and plugins as methods: what they answer about pictures and poses is measured like any file."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs import methods
from sefd_viewer.evaluation.runs.external import Commands, found_again, kept
from sefd_viewer.evaluation.runs.methods import Method, parse_method
from sefd_viewer.evaluation.runs.pose_sources import annotated_poses
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.evaluation.runs.summary import summarise
from sefd_viewer.plugin_code import offers

COPYING = """
import json, pathlib, sys
import numpy as np
images, out, poses, truth = map(pathlib.Path, sys.argv[1:5])
known = np.load(truth)
names = sorted(path.name for path in images.iterdir())
entries = json.loads(poses.read_text())
print(f"{len(names)} pictures, {len(entries)} people")
rows = [i for i, place in enumerate(known["place"]) if place < len(names)]
numbers = [pathlib.Path(names[known["place"][i]]).stem for i in rows]
(out / "results").mkdir()
np.savez(out / "results" / "all.npz", records=numbers, people=known["people"][rows],
         vertices=known["vertices"][rows], body_id="open-body-1")
log = truth.with_name("log.txt")
log.write_text(log.read_text() + "ran " if log.exists() else "ran ")
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(3, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    return open_dataset(root, format="muco")


def script(folder: Path, text: str, *more: object, poses: bool = False) -> str:
    (folder / "run.py").write_text(text)
    words = [sys.executable, str(folder / "run.py"), "{images}", "{out}", *(["{poses}"] if poses else [])]
    return " ".join([*words, *map(str, more)])


def commands(dataset: Dataset, folder: Path, positions: list[int], **more: Any) -> Commands:
    return Commands(dataset, positions, folder, annotated_poses, **more)


def test_a_command_is_measured_like_any_method(
    tmp_path: Path, dataset: Dataset, open_body: BodyModel
) -> None:
    """Pictures are numbered for the command; what it says of them comes back to their records."""
    chosen = [0, 2]
    people = [(place, p) for place, k in enumerate(chosen) for p in dataset.records[k].people]
    vertices = np.stack([open_body.forward(p.smpl).vertices for _, p in people if p.smpl is not None])
    truth = tmp_path / "truth.npz"
    np.savez(truth, place=[k for k, _ in people], people=[p.key for _, p in people], vertices=vertices)
    method = parse_method(f"theirs={script(tmp_path, COPYING, truth, poses=True)}")
    lines: list[str] = []
    for _ in range(2):
        ready = commands(dataset, tmp_path / "run", chosen, tell=lines.append).carried_out(method)
    assert lines == ["theirs: 2 pictures, 4 people"], "what is kept is not made again"
    assert (tmp_path / "log.txt").read_text() == "ran "
    plan = RunPlan.of(dataset, [method], settings_of(RunOptions()))
    assert plan.runnable()[0].command == method.command
    store = RunStore(tmp_path / "run", plan)
    for one in (ready, kept(plan.runnable()[0], store.folder)):
        Runner(dataset, [one], RunOptions(device="cpu")).run(store, chosen)
        (summary,) = summarise(store.table())
        assert summary.metrics["mpjpe_mm"].mean == pytest.approx(0, abs=1e-3)
        assert (summary.people, summary.unpredicted) == (4, 0)
    assert {row["position"] for row in store.table().to_dicts()} == set(chosen)


FAILING = "import sys; print('no weights here'); sys.exit(3)"
SILENT = "print('done')"
SLOW = """
import subprocess, sys, time, pathlib
stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", stubborn])
pathlib.Path(sys.argv[3]).write_text(str(child.pid))
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAILING, "command of mine ended with status 3: no weights here"),
        (SILENT, "command of mine wrote no file that is known"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, dataset: Dataset, text: str, words: str) -> None:
    method = Method("mine", command=script(tmp_path, text))
    with pytest.raises(SefdError, match=words) as caught:
        commands(dataset, tmp_path / "run", [0]).carried_out(method)
    assert (tmp_path / "run") in Path(str(caught.value.where)).parents
    assert Path(str(caught.value.where)).is_dir()


def test_a_command_is_ended_with_all_that_it_started(tmp_path: Path, dataset: Dataset) -> None:
    told = tmp_path / "child"
    method = Method("mine", command=script(tmp_path, SLOW, told))
    started = commands(
        dataset, tmp_path / "run", [0], cancelled=lambda: told.exists() and told.read_text() != ""
    )
    with pytest.raises(SefdError, match="was cancelled"):
        started.carried_out(method)
    state = Path(f"/proc/{int(told.read_text())}/stat")
    until = time.monotonic() + 60
    while (alive := state.exists() and state.read_text().split()[2] != "Z") and time.monotonic() < until:
        os.sched_yield()  # it was killed, and dies when it has its turn
    assert not alive, "nothing that it started is left"
    with pytest.raises(SefdError, match="has not run to its end"):
        kept(method, tmp_path / "run")


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path, dataset: Dataset) -> None:
    method = Method("mine", command=script(tmp_path, SLOW, tmp_path / "child"))
    with pytest.raises(SefdError, match="took longer than 0 s"):
        commands(dataset, tmp_path / "run", [0], limit_s=0.0).carried_out(method)


def test_words_of_commands(tmp_path: Path, dataset: Dataset) -> None:
    method = parse_method("mine=python 'a b.py' {images} {out}")
    assert (method.name, method.command, method.is_network) == (
        "mine",
        "python 'a b.py' {images} {out}",
        False,
    )
    assert method.identity() != parse_method("mine=python c.py {images} {out}").identity()
    for words, told in (
        ("mine=python x.py {out}", "asks for no pictures"),
        ("mine=python 'x.py {images} {out}", "cannot be read"),
        ("../mine=python x.py {images} {out}", "cannot name a folder"),
    ):
        with pytest.raises(SefdError, match=told):
            parse_method(words)
    nowhere = Method("mine", command="/nowhere/at-all {images} {out}")
    with pytest.raises(SefdError, match="cannot be started"):
        commands(dataset, tmp_path / "run", [0]).carried_out(nowhere)


def test_nothing_of_a_shell_happens(tmp_path: Path, dataset: Dataset) -> None:
    text = "import json, pathlib, sys; pathlib.Path(sys.argv[3]).write_text(json.dumps(sys.argv[4:]))"
    told = tmp_path / "told.json"
    method = Method("mine", command=script(tmp_path, text, told, "'$HOME'", ";", "touch", tmp_path / "evil"))
    with pytest.raises(SefdError, match="wrote no file"):
        commands(dataset, tmp_path / "run", [0]).carried_out(method)
    assert json.loads(told.read_text()) == ["$HOME", ";", "touch", str(tmp_path / "evil")]
    assert not os.path.exists(tmp_path / "evil")


def test_what_a_command_s_files_do_not_say_stands_behind_it() -> None:
    method = parse_method("mine=python a.py {images} {out} #smpl-male,frames+2")
    assert (method.command, method.body, method.later) == ("python a.py {images} {out}", "smpl-male", 2)
    assert parse_method("mine=run {images} {out} --tag '#1'").command == "run {images} {out} --tag '#1'"


def test_what_a_command_wrote_is_found_again_while_pictures_are_the_same(
    tmp_path: Path, dataset: Dataset
) -> None:
    method = Method("mine", command=script(tmp_path, WRITING))
    commands(dataset, tmp_path / "kept", [1]).carried_out(method)
    commands(dataset, tmp_path / "kept", [0, 2]).carried_out(method)
    found = found_again(method, tmp_path / "kept", dataset)
    assert [one.pictures for one in found] == [(0, 2), (1,)]
    assert not found_again(Method("mine", command="other {images} {out}"), tmp_path / "kept", dataset)
    picture = dataset.image_path(1)
    assert picture is not None
    os.utime(picture, ns=(1, 1))
    assert [one.pictures for one in found_again(method, tmp_path / "kept", dataset)] == [(0, 2)]


WRITING = "import pathlib, sys; (pathlib.Path(sys.argv[2]) / 'some.json').write_text('{}')"


def test_a_run_of_what_a_command_wrote_is_gone_on_with(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "some.npz").write_bytes(b"")
    method = Method("mine", predictions=str(tmp_path / "some.npz"), pictures=(0, 2))
    plan = RunPlan.of(dataset, [method], settings_of(RunOptions()))
    RunStore(tmp_path / "run", plan)
    (again,) = RunStore(tmp_path / "run", plan).plan.runnable()
    assert again.pictures == (0, 2)
    assert list(open_run(tmp_path / "run").plan.runnable()[0].pictures or ()) == [0, 2]


PLUGIN = """[plugin]
title = "Mine"
[[methods]]
id = "true"
method = "code:predict"
"""
PLUGIN_CODE = """from sefd_viewer import api

calls = []

def predict(image, people):
    calls.append(image.shape)
    if len(calls) == 1:
        raise ValueError("not this photo")
    body = api.open_body()
    bodies = {one.key: body.forward(one.smpl).vertices for one in people}
    return {key: api.PredictedBody(key, vertices, body) for key, vertices in bodies.items()}
"""


def test_a_plugin_is_a_method_and_its_faults_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plugins" / "mine"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(PLUGIN)
    (folder / "code.py").write_text(PLUGIN_CODE)
    monkeypatch.setattr(methods, "offered", lambda kind: tuple(offers(kind, [folder.parent])))
    root = tmp_path / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(2, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    dataset = open_dataset(root, format="muco")
    which = [parse_method("theirs=mine.true")]
    options = RunOptions(device="cpu")
    store = RunStore(tmp_path / "run", RunPlan.of(dataset, which, settings_of(options)))
    Runner(dataset, which, options).run(store, range(2))
    table = store.table()
    assert table["method"].unique().to_list() == ["theirs"]
    failed = "the plugin failed: ValueError: not this photo"
    assert [words or "" for words in table["problem"]] == [failed, failed, "", ""]
    assert table["mpvpe_mm"][2:].to_list() == pytest.approx([0, 0], abs=1e-3)
    before = which[0].identity()
    (folder / "code.py").write_text(PLUGIN_CODE + "# changed")
    assert which[0].identity() != before
    with pytest.raises(SefdError, match="no plugin in use has the method gone"):
        Method("x", plugin="gone").identity()
    with pytest.raises(SefdError, match=r"a plugin's method \(mine.true\)"):
        parse_method("mine.tru")
