"""Figures of what is in view: complete files that tell where they come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image

from sefd_viewer.errors import SefdError
from sefd_viewer.gui import figures
from sefd_viewer.gui.figures import Figure
from sefd_viewer.gui.window_shell import WindowShell
from sefd_viewer.scene.cameras import OrbitPose
from sefd_viewer.session.frame import Frame
from sefd_viewer.session.provenance import provenance
from tests.gui.window_fakes import OpenWindow
from tests.session.session_fakes import dataset, record

Open = Callable[..., OpenWindow]
METHODS = {"baseline", "student", "teacher", "truth"}


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    return open_window(dataset(record("a", truth=True)))


def test_a_picture_tells_its_record_settings_and_weights(opened: OpenWindow, tmp_path: Path):
    path = tmp_path / "figure.png"
    WindowShell(opened.window).save_figure(str(path))
    with Image.open(path) as picture:
        about, (width, height) = json.loads(picture.text["Description"]), picture.size
    assert about["record"] == "a"
    assert set(about["methods"]) == METHODS
    assert about["methods"]["truth"] == "annotation"
    assert about["edges"]["kernel"] == opened.state.edges.kernel
    assert width > len(METHODS) * height  # the photo and four views beside each other
    assert [file.name for file in tmp_path.iterdir()] == ["figure.png"]


def test_a_drawing_keeps_words_and_marks_as_vectors(opened: OpenWindow, tmp_path: Path):
    path = tmp_path / "figure.svg"
    WindowShell(opened.window).save_figure(str(path))
    text = path.read_text("utf-8")
    assert "Baseline" in text
    assert "<polyline" in text  # a limb of a 2D pose
    assert "sefd-viewer" in text[: text.index("<defs")]


def test_a_film_goes_once_around_the_bodies(
    opened: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(figures, "FILM_S", 1)
    path = tmp_path / "film.mp4"
    figure = Figure(opened.controller.frame, OrbitPose(), provenance(opened.controller), turning=True)
    told: list[float] = []

    def tell(share: float) -> bool:
        told.append(share)
        return True

    assert figure.save(path, tell)
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
        assert json.loads(film.metadata["comment"])["record"] == "a"
    assert len(frames) == len(told) == figures.FILM_RATE
    assert abs(frames[0].astype(int) - frames[len(frames) // 2]).max() > 60


def test_a_film_that_is_cancelled_leaves_no_file(opened: OpenWindow, tmp_path: Path):
    figure = Figure(opened.controller.frame, OrbitPose(), {}, turning=True)
    assert not figure.save(tmp_path / "film.mp4", lambda share: share < 0.02)
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_and_a_folder_that_is_not_there_are_told(opened: OpenWindow, tmp_path: Path):
    figure = Figure(opened.controller.frame, OrbitPose(), {})
    with pytest.raises(SefdError, match="PNG, SVG or MP4"):
        figure.save(tmp_path / "figure.tiff")
    WindowShell(opened.window).save_figure(str(tmp_path / "nowhere" / "figure.png"))
    assert "cannot be written" in opened.controller.content.notice


def test_without_a_photo_there_is_no_figure():
    with pytest.raises(SefdError, match="no photo"):
        Figure(Frame(), OrbitPose(), {})
