"""Figures of what is in view: complete files that tell where they come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import current_thread, main_thread

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect.views import figures
from sefd_viewer.features.inspect.views.figures import export
from tests.app.session_fakes import broken_record, dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
METHODS = {"baseline", "student", "teacher", "truth"}


def exported(opened: OpenWindow, path: Path, qtbot: QtBot) -> str:
    """Export a figure and return the words at the end."""
    with qtbot.waitSignal(export(opened.window, opened.controller, str(path)).ended, timeout=60_000) as ended:
        pass
    return ended.args[0]


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    return open_window(dataset(record("a", truth=True)))


def test_a_picture_tells_its_record_settings_and_weights(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    path = tmp_path / "figure.png"
    assert exported(opened, path, qtbot) == f"Saved {path}"
    with Image.open(path) as picture:
        about, (width, height) = json.loads(picture.text["Description"]), picture.size
    assert about["record"] == "a"
    assert set(about["methods"]) == METHODS
    assert about["methods"]["truth"] == "annotation"
    assert about["edges"]["kernel"] == opened.state.edges.kernel
    pane = opened.state.slices["stage"].pane
    assert width / height == pytest.approx(5 * pane[0] / pane[1], rel=0.1)  # the photo and four methods
    assert [file.name for file in tmp_path.iterdir()] == ["figure.png"]


def test_a_figure_shows_the_stage_as_it_is(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    path = tmp_path / "figure.svg"
    opened.run("stage_turned")
    opened.run("show_teacher")
    exported(opened, path, qtbot)
    text = path.read_text("utf-8")
    for name in ("Photo", "Baseline", "Student", "Truth"):
        assert f">{name}" in text
    assert ">Teacher" not in text
    assert " mm" in text


def test_a_drawing_keeps_words_and_marks_as_vectors(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    path = tmp_path / "figure.svg"
    exported(opened, path, qtbot)
    text = path.read_text("utf-8")
    assert "Baseline" in text
    assert "<polyline" in text  # a limb of a 2D pose
    assert "sefd-viewer" in text[: text.index("<defs")]


def test_a_drawing_looks_like_the_picture(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    for name in ("figure.png", "figure.svg"):
        exported(opened, tmp_path / name, qtbot)
    picture = QImage(str(tmp_path / "figure.png")).convertToFormat(QImage.Format.Format_RGB32)
    drawn = QImage(picture.size(), QImage.Format.Format_RGB32)
    drawn.fill(Qt.GlobalColor.white)
    painter = QPainter(drawn)
    QSvgRenderer(str(tmp_path / "figure.svg")).render(painter)
    painter.end()
    one, other = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (picture, drawn))
    assert abs(one - other).mean() < 1  # of 255: letters are drawn otherwise


def test_the_window_s_thread_writes_no_pictures(
    opened: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    threads, png = [], figures._png
    monkeypatch.setattr(figures, "_png", lambda image: threads.append(current_thread()) or png(image))
    exported(opened, tmp_path / "figure.svg", qtbot)
    assert len(threads) > 5  # the photo, and in each pane photo and bodies
    assert main_thread() not in threads


def test_an_unknown_ending_and_a_folder_that_is_not_there_are_told(
    opened: OpenWindow, tmp_path: Path, qtbot: QtBot
):
    with pytest.raises(SefdError, match="PNG, SVG or MP4"):
        export(opened.window, opened.controller, str(tmp_path / "figure.tiff"))
    assert "cannot be written" in exported(opened, tmp_path / "nowhere" / "figure.png", qtbot)
    assert not list(tmp_path.iterdir())


def test_without_a_photo_there_is_no_figure(open_window: Open, tmp_path: Path):
    opened = open_window(dataset(broken_record("a")))
    with pytest.raises(SefdError, match="no photo"):
        export(opened.window, opened.controller, str(tmp_path / "figure.png"))
