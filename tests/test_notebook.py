"""The notebook runs from its first cell to its last, and says what the window would show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer import api

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebooks" / "what_the_window_shows.ipynb"


@pytest.mark.slow
def test_the_notebook_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NOTEBOOK.parent)
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    said = capsys.readouterr().out
    assert names["name"].lower() in said.lower()  # the diagnosis names the camera that was spoilt
    assert said.count(" mm over ") == 2
    assert "3 photos looked at" in said
    assert "'good')" in said


def test_a_program_shows_its_own_picture_and_poses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window opens a session about them; what it does with one is tested elsewhere."""
    from sefd_viewer.app.sessions import read_session
    from sefd_viewer.pose2d.files import read_poses

    started: list[list[str]] = []
    monkeypatch.setattr(api.subprocess, "Popen", started.append)
    photo = api.sample("crowd").records[0]
    image, people = photo.load(), [person.pose2d for person in photo.people if person.pose2d is not None]
    api.show(image, people=people)
    session = read_session(Path(started[0][-1]), lambda _path: None)
    (picture,) = session.inputs
    assert (api.load_image(picture) == image).all()
    (found,) = read_poses(session.view["poses"]).values()
    for one, other in zip(found, people, strict=True):
        assert np.allclose(one.keypoints, other.keypoints, atol=1e-3)  # files keep a thousandth of a pixel
