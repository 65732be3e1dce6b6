"""Figures of what is in view: complete files that tell where they come from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from sefd_viewer.app.frame import Frame
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.figures import save_figure
from sefd_viewer.gui.window_shell import WindowShell
from sefd_viewer.scene.cameras import OrbitPose
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

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


def test_photos_side_by_side_stand_above_the_bodies(opened: OpenWindow, tmp_path: Path):
    path = tmp_path / "figure.svg"
    opened.run("photos_side_by_side")
    WindowShell(opened.window).save_figure(str(path))
    text = path.read_text("utf-8")
    for name in ("Photo, student", "Photo, baseline", "Photo, teacher", "Photo, truth"):
        assert f">{name}<" in text
    width, height = (float(value) for value in re.findall(r'(?:width|height)="([\d.]+)mm"', text)[:2])
    assert 1 < width / height < 4 * 96 / 72  # two rows of four


def test_a_drawing_keeps_words_and_marks_as_vectors(opened: OpenWindow, tmp_path: Path):
    path = tmp_path / "figure.svg"
    WindowShell(opened.window).save_figure(str(path))
    text = path.read_text("utf-8")
    assert "Baseline" in text
    assert "<polyline" in text  # a limb of a 2D pose
    assert "sefd-viewer" in text[: text.index("<defs")]


def test_an_unknown_ending_and_a_folder_that_is_not_there_are_told(opened: OpenWindow, tmp_path: Path):
    for name, words in (("figure.tiff", "PNG, SVG or MP4"), ("nowhere/figure.png", "cannot be written")):
        with pytest.raises(SefdError, match=words):
            save_figure(tmp_path / name, opened.controller.frame, OrbitPose(), {})
    assert not list(tmp_path.iterdir())


def test_without_a_photo_there_is_no_figure(tmp_path: Path):
    with pytest.raises(SefdError, match="no photo"):
        save_figure(tmp_path / "figure.png", Frame(), OrbitPose(), {})
