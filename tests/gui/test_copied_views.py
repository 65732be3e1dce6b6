"""What "Copy as command" and "Copy as Python" copy shows what the window shows, to the pixel."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

STATUS_LINE = 30
"""Pixels at the bottom of the window: how long the networks took is told there."""

WINDOW = """
import json, sys
from dataclasses import replace
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from sefd_viewer.app.commands import CommandContext
from sefd_viewer.gui import app, session
from sefd_viewer.gui.screenshot import WhenQuiet, save_picture

folder, copied = Path(sys.argv[1]), {}

class Session(session.WindowSession):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        WhenQuiet(lambda: self.busy, lambda _in_time: self.choose(), limit_s=150, parent=self.window)

    def choose(self):
        store, state = self.controller.store, self.controller.state
        state = replace(state.with_record("cam03/000040.jpg"), person="man", overlay="baseline")
        store.set(state.with_layer("boxes", visible=True))
        self.go(sys.argv[2:])

    def go(self, commands):
        if commands:
            self.window.actions_table.run(commands[0])
        then = (lambda: self.go(commands[1:])) if commands else self.copy
        WhenQuiet(lambda: self.busy, lambda _in_time: then(), limit_s=150, parent=self.window)

    def copy(self):
        self.window.shell.copy = lambda text: copied.setdefault(len(copied), text)
        for id in ("copy_view_command", "copy_python"):
            self.window.actions_table.run(id)
        self.controller.say("")
        save_picture(self.window, folder / "shown.png")
        (folder / "copied.json").write_text(json.dumps([copied[0], copied[1]]))
        QCoreApplication.exit()

session.WindowSession = Session
session.take_screenshot = lambda *_: None
app.run(["sample:"], screenshot=folder / "unused.png", size=(1280, 800))
"""


def picture(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")).astype(int)[:-STATUS_LINE]


@pytest.mark.slow
@pytest.mark.parametrize(
    "commands",
    [
        (),
        ("stage_turned", "stage_errors", "stage_from_above"),
        ("stage_edges", "list_methods"),
        ("workspace_people",),
        ("workspace_people", "people_check"),
        ("workspace_cameras", "tab_conventions"),
        ("edges_detectors",),
        ("explain_occlusion",),
    ],
    ids=lambda commands: "-".join(commands) or "stage",
)
def test_both_show_what_the_window_shows(commands: tuple[str, ...], tmp_path: Path):
    def run(*words: str) -> None:
        own = tmp_path / f"own {len(list(tmp_path.iterdir()))}"  # nobody finds what another one kept
        folders = (
            "SEFD_VIEWER_RECENT",
            "SEFD_VIEWER_CACHE",
            "SEFD_VIEWER_RUNS",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
        )
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "SEFD_VIEWER_SETTINGS": str(own / "s.toml"),
        }
        environment |= {name: str(own / name) for name in folders}
        own.mkdir()
        done = subprocess.run(words, capture_output=True, text=True, timeout=280, env=environment)
        assert done.returncode == 0, done.stderr

    run(sys.executable, "-c", WINDOW, str(tmp_path), *commands)
    command, program = json.loads((tmp_path / "copied.json").read_text())
    shown = picture(tmp_path / "shown.png")
    words = shlex.split(command)[1:]
    run(sys.executable, "-m", "sefd_viewer", *words, "--screenshot", str(tmp_path / "command.png"))
    file = tmp_path / "python.png"
    run(sys.executable, "-c", f"{program}\nfrom PIL import Image\nImage.fromarray(image).save({str(file)!r})")
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 2000
    for name in ("command.png", "python.png"):
        other = picture(tmp_path / name)
        assert other.shape == shown.shape
        assert np.abs(other - shown).mean() < 0.05, name
        assert (np.abs(other - shown).max(axis=2) > 24).mean() < 0.001, name
