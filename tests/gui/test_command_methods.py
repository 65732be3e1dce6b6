"""Commands as methods in the window: added, run, ended, kept, and never run by opening something."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from sefd_viewer.app import sessions
from sefd_viewer.app.method_commands import COMMAND_RUNS, CommandService, share_in
from sefd_viewer.app.method_files import run_method
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.body.files import open_body
from sefd_viewer.evaluation.person_metrics import mesh_metrics
from sefd_viewer.features.explain.model import EXPLAIN, Occluder
from sefd_viewer.features.explain.views.hiding_plot import HidingPlot
from sefd_viewer.features.inspect.frames import STAGE_FRAME, PaneFrame
from sefd_viewer.features.inspect.views.add_method_page import AddMethodPage
from sefd_viewer.features.inspect.views.reading_page import ReadingPage
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]

COMMAND = """
import json, pathlib, sys
import numpy as np
images, poses, out, truth = map(pathlib.Path, sys.argv[1:5])
log = truth.with_name("log.txt")
log.write_text(log.read_text() + "ran " if log.exists() else "ran ")
names = sorted(path.stem for path in images.iterdir())
people = json.loads(poses.read_text())
for k, name in enumerate(names, 1):
    print(f"picture {k}/{len(names)} of {len(people)} people", flush=True)
known = np.load(truth)
np.savez(out / "bodies.npz", records=[one["file_name"] for one in people],
         people=[one["person"] for one in people],
         vertices=np.stack([known["vertices"] for one in people]), body_id=str(known["body_id"]))
"""
ENDLESS = "import time, sys; print('25 %', flush=True); time.sleep(600)"


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    made = open_window(dataset(record("a", truth=True, people=1), record("b", truth=True, people=1)))
    made.wait()
    return made


def page_of(opened: OpenWindow) -> AddMethodPage:
    opened.run("add_method")
    return next(page for page in opened.window.findChildren(AddMethodPage) if page.isVisible())


def reading_of(opened: OpenWindow) -> ReadingPage:
    return next(page for page in opened.window.findChildren(ReadingPage) if page.isVisible())


def pane_of(opened: OpenWindow, id: str) -> PaneFrame:
    return next(pane for pane in STAGE_FRAME.of(opened.controller.frame).panes if pane.id == id)


def added(opened: OpenWindow, folder: Path, text: str = COMMAND) -> str:
    """Add a command as a person does, by the page; the first person's true body moved is what it says."""
    body = opened.controller.content.stages["truth"].bodies[0]
    assert body.model is not None
    larger = (body.vertices_camera - body.pelvis_camera) * 1.1 + body.pelvis_camera
    np.savez(folder / "truth.npz", vertices=larger, body_id=body.model.id)
    (folder / "run.py").write_text(text)
    page = page_of(opened)
    page.name.setText("mine")
    words = [sys.executable, str(folder / "run.py"), "{images}", "{poses}", "{out}"]
    page.command.setPlainText(" ".join([*words, str(folder / "truth.npz")]))
    page.add.click()
    opened.wait()
    return "mine"


def test_a_command_is_run_over_photos_and_its_bodies_stand_in_a_pane(opened: OpenWindow, tmp_path: Path):
    method, log = added(opened, tmp_path), tmp_path / "log.txt"
    words = pane_of(opened, method).words
    assert words is not None
    assert words.title == "The command has not run yet"
    page = reading_of(opened)
    page.command.run.click()
    opened.wait()
    pane = pane_of(opened, method)
    assert pane.drawing is not None
    assert 0 < float(pane.mm) < 200
    assert "picture 1/1 of 1 people" in page.command.output.toPlainText()
    assert "1 have the name of an annotated person" in page.text.text()
    assert log.read_text() == "ran "
    page.close_card()
    opened.run("next_record")
    opened.wait()
    words = pane_of(opened, method).words
    assert words is not None
    assert words.title == "It has not run on this photo"
    opened.run("undo")  # undone is the method itself, and redone without being run
    opened.run("redo")
    assert log.read_text() == "ran "


def test_what_a_command_wrote_is_measured_in_a_run_that_starts_nothing(opened: OpenWindow, tmp_path: Path):
    method = added(opened, tmp_path)
    page = reading_of(opened)
    page.command.scope.setCurrentIndex(page.command.scope.findData("all"))
    page.command.run.click()
    opened.wait()
    info = CHOICE.of(opened.state).info(method)
    measured = run_method(info, {}, opened.controller.content)
    assert measured.command is None
    assert measured.pictures == (0, 1)
    assert measured.predictions is not None
    assert Path(measured.predictions).is_file()


def test_a_session_names_a_command_and_opening_it_runs_none(
    opened: OpenWindow, open_window: Open, tmp_path: Path
):
    """What it wrote about the same photos is read again; whoever never ran it is told so."""
    method, log = added(opened, tmp_path), tmp_path / "log.txt"
    reading_of(opened).command.run.click()
    opened.wait()
    path = tmp_path / "kept.sefd-session.json"
    sessions.write_session(path, sessions.session_of(opened.controller, {}))
    session = sessions.read_session(path, lambda _path: None)
    again = open_window(dataset(record("a", truth=True, people=1), record("b", truth=True, people=1)))
    sessions.open_session(again.controller, session)
    again.wait()
    assert CHOICE.of(again.state).info(method).kind == "command"
    assert pane_of(again, method).drawing is not None
    assert log.read_text() == "ran "
    stranger = json.loads(path.read_text().replace("run.py", "other.py"))
    sessions.open_session(again.controller, sessions.Session((), stranger["view"]))
    again.wait()
    words = pane_of(again, method).words
    assert words is not None
    assert words.title == "The command has not run yet"


def test_a_command_that_runs_is_shown_and_ended_or_reaches_its_limit(
    opened: OpenWindow, qtbot: QtBot, tmp_path: Path
):
    method = added(opened, tmp_path, ENDLESS)
    page = reading_of(opened)
    page.command.run.click()
    qtbot.waitUntil(lambda: page.command.output.toPlainText() == "25 %", timeout=60_000)
    assert page.command.bar.value() == 250
    words = pane_of(opened, method).words
    assert words is not None
    assert words.busy
    page.command.end.click()
    opened.wait()
    assert "was cancelled" in page.text.text()
    assert COMMAND_RUNS.of(opened.controller.content)[method].problem
    opened.controller.service(CommandService).run(method, "photo", limit_s=0.1)
    opened.wait()
    assert "took longer than 0.1 s" in page.text.text()


def test_what_cannot_be_a_command_is_told_on_the_page(opened: OpenWindow):
    page = page_of(opened)
    page.name.setText("mine")
    page.command.setPlainText("python demo.py {out}")
    page.add.click()
    assert page.isVisible()
    assert "asks for no pictures" in page.problem.text()
    page.close_card()


def test_a_folder_of_meshes_is_a_method(opened: OpenWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    body = opened.controller.content.stages["truth"].bodies[0]
    assert body.model is not None
    for name in ("a", "b"):
        mesh = "".join(f"v {x} {y} {z}\n" for x, y, z in body.vertices_camera)
        mesh += "".join(f"f {i + 1} {j + 1} {k + 1}\n" for i, j, k in body.model.faces)
        (tmp_path / f"{name}.obj").write_text(mesh)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: str(tmp_path))
    page_of(opened).folder.click()
    opened.wait()
    assert pane_of(opened, tmp_path.name).drawing is not None


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        (("loading", "12/48 pictures"), 0.25),
        (("Predicting:  40%|####      | 4/10 [00:01<00:02]",), 0.4),
        (("3/4", "75.5 % done", "saving"), 0.755),
        (("epoch 0012", "7/0", "v1.2"), None),
    ],
)
def test_how_far_a_command_says_that_it_is(lines: tuple[str, ...], share: float | None):
    assert share_in(lines) == (None if share is None else pytest.approx(share))


def lab(opened: OpenWindow) -> HidingPlot:
    """The plot of the occlusion lab, half of the person behind an object."""
    state = replace(opened.state, workspace="explain")
    opened.controller.store.set(
        EXPLAIN.change(state, page="occlusion", occluder=Occluder("object", level=0.5))
    )
    opened.wait()
    page = opened.window.stack.view("explain").occlusion
    assert isinstance(page.plot, HidingPlot)
    return page.plot


def test_in_the_occlusion_lab_a_command_answers_at_every_level(opened: OpenWindow, tmp_path: Path):
    added(opened, tmp_path)
    plot = lab(opened)
    assert not (tmp_path / "log.txt").exists()
    assert plot.run.text() == "Run mine"
    plot.run.click()
    opened.wait()
    assert (tmp_path / "log.txt").read_text() == "ran "
    known = np.load(tmp_path / "truth.npz")["vertices"]
    body, truth = open_body(), opened.controller.content.stages["truth"].bodies[0]
    expected = mesh_metrics(known, truth.vertices_camera, body).mpjpe_mm
    shares, errors = plot.lines["mine"].getData()
    np.testing.assert_allclose(shares, [0, 10, 20, 30, 40, 50, 60])
    np.testing.assert_allclose(errors, expected, atol=0.1)
    assert plot.run.text() == "Run again"


def test_a_command_of_the_lab_is_shown_and_ended(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    added(opened, tmp_path, ENDLESS)
    plot = lab(opened)
    plot.run.click()
    qtbot.waitUntil(lambda: plot.progress.value() == 25)
    assert plot.about.text() == "25 %"
    plot.end.click()
    opened.wait()
    assert "was cancelled" in plot.about.text()
    assert plot.end.isHidden()


def test_what_a_failed_command_of_the_lab_was_given_stays_until_the_next_one(
    opened: OpenWindow, tmp_path: Path
):
    added(opened, tmp_path, "raise SystemExit(3)")
    plot, folders = lab(opened), []
    for _ in range(2):
        plot.run.click()
        opened.wait()
        place, _, said = plot.about.text().partition(": ")
        assert "ended with status 3" in said
        folders.append(Path(place))
        assert len(list((folders[-1] / "images").iterdir())) == 7
    assert not folders[0].exists()
    opened.controller.close()
    assert not folders[1].exists()
