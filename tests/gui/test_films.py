"""Films: once around the bodies, and of a sequence, frame after frame, each as a whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PySide6.QtWidgets import QProgressDialog, QPushButton
from pytestqt.qtbot import QtBot

from sefd_viewer.app import open_files
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.features.inspect.views import figures
from sefd_viewer.features.inspect.views.figures import GAP, Sheet, export
from sefd_viewer.features.playback.model import with_playback
from sefd_viewer.features.playback.views.films import film_sequence
from sefd_viewer.gui.films import Saving
from tests.app.session_fakes import SIZE, broken_record, dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    return open_window(sequence())


def sequence(*, broken: int | None = None) -> Dataset:
    """Five frames in which a bright square becomes larger; one may be unreadable."""
    frames = [replace(record(f"{n:03d}", truth=True), image=square(10 + 12 * n)) for n in range(5)]
    if broken is not None:
        frames[broken] = broken_record(f"{broken:03d}")
    return dataset(*frames)


def square(side: int) -> np.ndarray:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[:side, :side] = 255
    return image


def seen(path: Path) -> tuple[list[np.ndarray], dict[str, Any], float]:
    """The pictures (H,W), what is written about the film, and how many come each second."""
    with av.open(str(path)) as film:
        rate = float(film.streams.video[0].average_rate)
        about = json.loads(film.metadata["comment"])
        return [frame.to_ndarray(format="gray").astype(int) for frame in film.decode(video=0)], about, rate


def words_of(saving: Saving, qtbot: QtBot) -> str:
    """The words at the end of a film."""
    with qtbot.waitSignal(saving.ended, timeout=60_000) as ended:
        pass
    return ended.args[0]


def filmed(opened: OpenWindow, path: Path, qtbot: QtBot) -> str:
    """Film the sequence in view and return the words at the end."""
    return words_of(film_sequence(opened.window, opened.controller, str(path)), qtbot)


def button(opened: OpenWindow) -> QPushButton:
    """The one that cancels a film."""
    return opened.window.findChild(QProgressDialog).findChild(QPushButton)


class HeldDrawing:
    """Bodies for films are drawn after `go` alone; `threads` are those in which they were."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go, self.threads = threading.Event(), threading.Event(), set()
        draw = Sheet.draw

        def held(sheet: Sheet, scene: Any) -> Any:
            self.threads.add(threading.current_thread())
            self.begun.set()
            assert self.go.wait(60)
            return draw(sheet, scene)

        monkeypatch.setattr(Sheet, "draw", held)


def test_a_film_goes_once_around_the_bodies(
    opened: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    monkeypatch.setattr(figures, "TURN_S", 1)
    path, another = tmp_path / "film.mp4", tmp_path / "film.mp4.part"
    another.write_text("somebody's own")
    assert words_of(export(opened.window, opened.controller, str(path)), qtbot) == f"Saved {path}"
    pictures, written, _ = seen(path)
    assert written["record"] == "000"
    assert len(pictures) == figures.RATE
    assert abs(pictures[0] - pictures[len(pictures) // 2]).max() > 60
    assert {file.name for file in tmp_path.iterdir()} == {path.name, another.name}
    assert another.read_text() == "somebody's own"


def test_the_window_answers_while_a_film_is_written(
    opened: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    monkeypatch.setattr(figures, "TURN_S", 1)
    held, path = HeldDrawing(monkeypatch), tmp_path / "film.mp4"
    saving = export(opened.window, opened.controller, str(path))
    qtbot.waitUntil(held.begun.is_set, timeout=60_000)
    opened.run("next_frame")  # while a frame is drawn
    assert opened.controller.frame.record == "001"
    assert not path.exists()
    held.go.set()
    assert words_of(saving, qtbot) == f"Saved {path}"
    assert threading.main_thread() not in held.threads
    pictures, written, _ = seen(path)
    assert (len(pictures), written["record"]) == (figures.RATE, "000")


@pytest.mark.parametrize("begin", [export, film_sequence])
def test_a_film_that_is_cancelled_leaves_no_file(
    opened: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, begin: Callable
):
    before, held = opened.state, HeldDrawing(monkeypatch)
    saving = begin(opened.window, opened.controller, str(tmp_path / "film.mp4"))
    qtbot.waitUntil(held.begun.is_set, timeout=60_000)
    assert list(tmp_path.iterdir())  # a part of it
    button(opened).click()
    held.go.set()
    assert "cancelled" in words_of(saving, qtbot)
    assert not list(tmp_path.iterdir())
    assert opened.state == before


def test_a_sequence_is_filmed_frame_by_frame(opened: OpenWindow, tmp_path: Path, qtbot: QtBot):
    opened.controller.store.set(with_playback(opened.state.with_record("002"), rate=5.0))
    opened.wait()
    before, path = opened.state, tmp_path / "film.mp4"
    words = filmed(opened, path, qtbot)
    assert "5 frames, 5 each second" in words
    assert opened.state == before
    pictures, about, rate = seen(path)
    assert rate == 5
    assert about["sequence"] == {"first": "000", "last": "004", "frames": 5, "frames each second": 5.0}
    assert set(about["methods"]) == {"baseline", "student", "teacher", "truth"}
    height, width = pictures[0].shape
    bright = [(picture[60 : height - 60, 20 : width // 5 - 20] > 200).mean() for picture in pictures]
    assert min(np.diff(bright)) > 0.02
    assert bright[0] < 0.45 < 0.7 < bright[-1]
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize(("pane", "columns"), [((280, 440), 5), ((440, 280), 3)])
def test_a_film_has_the_shape_of_a_screen(opened: OpenWindow, pane: tuple[int, int], columns: int):
    opened.controller.store.set(STAGE.change(opened.state, pane=pane))
    sheet = Sheet(opened.controller, height=640, screen=True)
    width, height = sheet.size.toTuple()
    sheet.close()
    panel = (width - GAP) / columns - GAP
    assert panel / pane[0] == pytest.approx(640 / pane[1], abs=0.02)
    assert width <= 3840
    assert 1.4 < width / height < 3.2


def test_a_part_is_filmed_and_broken_frames_are_counted(open_window: Open, tmp_path: Path, qtbot: QtBot):
    opened = open_window(sequence(broken=3))
    opened.controller.store.set(with_playback(opened.state, first="002", last="004"))
    words = filmed(opened, tmp_path / "film.mp4", qtbot)
    assert "1 of them could not be read" in words
    pictures, about, _ = seen(tmp_path / "film.mp4")
    assert len(pictures) == about["sequence"]["frames"] == 3
    assert abs(pictures[1] - pictures[0]).max() > 100  # words instead of the photo


def test_who_steps_elsewhere_while_a_sequence_is_filmed_is_brought_back(
    opened: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    drawing = HeldDrawing(monkeypatch)
    saving = film_sequence(opened.window, opened.controller, str(tmp_path / "film.mp4"))
    qtbot.waitUntil(drawing.begun.is_set, timeout=60_000)
    opened.controller.store.set(opened.state.with_record("004"))
    drawing.go.set()
    assert "5 frames" in words_of(saving, qtbot)


def test_a_film_ends_with_words_when_another_set_is_opened(
    opened: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    drawing = HeldDrawing(monkeypatch)
    saving = film_sequence(opened.window, opened.controller, str(tmp_path / "film.mp4"))
    qtbot.waitUntil(drawing.begun.is_set, timeout=60_000)
    other = dataset(record("other"))
    monkeypatch.setattr(open_files, "open_inputs", lambda _inputs, **_options: other)
    opened.controller.open(["other"])
    qtbot.waitUntil(lambda: opened.controller.content.dataset is other, timeout=60_000)
    drawing.go.set()
    assert "another data set was opened" in words_of(saving, qtbot)
    assert opened.state.record == "other"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("begin", [export, film_sequence])
def test_closing_the_window_ends_a_film(opened: OpenWindow, tmp_path: Path, begin: Callable):
    begin(opened.window, opened.controller, str(tmp_path / "film.mp4"))
    opened.window.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("begin", [export, film_sequence])
def test_a_folder_that_is_not_there_is_told(
    opened: OpenWindow, tmp_path: Path, qtbot: QtBot, begin: Callable
):
    path = tmp_path / "nowhere" / "film.mp4"
    words = words_of(begin(opened.window, opened.controller, str(path)), qtbot)
    assert words.startswith(str(path))
    assert "cannot be written" in words
