from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from sefd_viewer.app.feature import workspaces
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.settings import SAMPLE, Settings
from sefd_viewer.app.start import JOBS
from sefd_viewer.datasets.opening import crowd_folder
from sefd_viewer.errors import DatasetError
from sefd_viewer.features.inspect.views.add_method_page import AddMethodPage
from sefd_viewer.gui.start_page import StartPage
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


@pytest.fixture(autouse=True)
def recent_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "recent"
    monkeypatch.setenv("SEFD_VIEWER_RECENT", str(folder))
    return folder


@pytest.fixture
def start(start_window: Callable[..., OpenWindow]) -> OpenWindow:
    return start_window()


def page_of(opened: OpenWindow) -> StartPage:
    return opened.window.start.page


def words_on(page: StartPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def test_without_anything_open_the_page_says_what_this_is_and_tabs_are_grey(start: OpenWindow):
    page = page_of(start)
    assert page.isVisible()
    words = words_on(page)
    for word in ("Baseline", "Teacher", "Student", "Inspect a failure", "Recent", "This computer"):
        assert word in words
    assert page.recent.item(0).text().startswith("Nothing yet")
    actions = start.window.actions_table.actions
    assert not actions["workspace_inspect"].isEnabled()
    assert not actions["present"].isEnabled()
    assert not start.window.header.present.isEnabled()


def test_predictions_are_added_to_the_photos_that_they_are_about(
    start: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    photos, theirs = tmp_path / "photos", str(tmp_path / "theirs.npz")
    photos.mkdir()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (theirs, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(photos))
    buttons = {one.text(): one for one in page_of(start).findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Add predictions…"], Qt.MouseButton.LeftButton)
    page = next(one for one in start.window.findChildren(AddMethodPage) if one.isVisible())
    assert "asked for next" in page.problem.text()
    qtbot.mouseClick(page.file, Qt.MouseButton.LeftButton)
    start.wait()
    assert start.controller.inputs == (str(photos),)
    assert CHOICE.of(start.state).info("theirs").source == theirs


def test_enter_opens_the_crowd_and_the_page_goes(start: OpenWindow, qtbot: QtBot):
    qtbot.keyClick(page_of(start), Qt.Key.Key_Return)
    start.wait()
    assert not start.window.start.is_shown
    assert start.controller.content.dataset is not None
    assert start.controller.settings.recent == (str(crowd_folder()),)
    start.run("start_page")
    qtbot.mouseClick(page_of(start).sample, Qt.MouseButton.LeftButton)
    start.wait()
    assert start.controller.settings.recent == (SAMPLE, str(crowd_folder()))


@pytest.mark.parametrize("job", JOBS, ids=[job.id for job in JOBS])
def test_a_job_opens_with_its_person_in_its_workspace(start_window: Callable[..., OpenWindow], job):
    found = dataset(record("a"), record(job.record), record("c"))
    opened = start_window(found)
    page_of(opened).jobs[job.id].click()
    opened.wait()
    assert opened.state.workspace == job.workspace
    assert opened.state.record == job.record
    assert opened.state.person == job.person
    assert not opened.window.start.is_shown


def test_what_jobs_select_is_in_the_shipped_sets():
    from sefd_viewer.app.opening import open_inputs

    known = {feature.id for feature in workspaces()}
    for job in JOBS:
        assert job.workspace in known
        found = open_inputs(job.inputs())
        position = found.find(job.record)
        assert position is not None
        assert job.person in [person.key for person in found.records[position].people]
        if job.crowd:
            assert f"{sum(len(one.people) for one in found.records)} people" in job.words


def test_escape_stays_while_nothing_is_open_and_leaves_afterwards(start: OpenWindow, qtbot: QtBot):
    qtbot.keyClick(page_of(start), Qt.Key.Key_Escape)
    assert start.window.start.is_shown
    start.run("open_sample")
    start.run("start_page")
    assert start.window.start.is_shown
    qtbot.keyClick(page_of(start), Qt.Key.Key_Escape)
    assert not start.window.start.is_shown
    assert start.window.stack.isVisible()


def test_what_cannot_be_opened_is_said_on_the_page_with_the_remedy(
    start: OpenWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def fail(_inputs: object, **_options: object) -> None:
        remedy = f"There is no JPEG or PNG in it; did you mean {tmp_path}/images?"
        raise DatasetError("there are no pictures in this folder", where=tmp_path / "labels", remedy=remedy)

    monkeypatch.setattr("sefd_viewer.app.open_files.open_inputs", fail)
    start.controller.open([str(tmp_path / "labels")])
    start.wait()
    page = page_of(start)
    assert page.isVisible()
    assert page.drop.title.text() == "This cannot be opened"
    assert "no JPEG or PNG" in page.drop.words.text()
    asked: list[list[str]] = []
    monkeypatch.setattr(start.controller, "open", asked.append)
    assert page.drop.instead.isVisible()
    page.drop.instead.click()
    assert asked == [[f"{tmp_path}/images"]]


def test_a_path_that_fails_from_the_command_line_brings_the_page(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
):
    def fail(_inputs: object, **_options: object) -> None:
        raise DatasetError("there is no such file or folder", where="/none", remedy="Check the name")

    opened = open_window(before=lambda: monkeypatch.setattr("sefd_viewer.app.open_files.open_inputs", fail))
    assert opened.window.start.is_shown
    assert "/none" in page_of(opened).drop.words.text()


def test_recent_sets_have_picture_contents_and_state(start_window: Callable[..., OpenWindow], tmp_path: Path):
    photo = tmp_path / "set"
    photo.mkdir()
    opened = start_window(dataset(record("a", truth=True), record("b")))
    opened.controller.open([str(photo)])
    opened.wait()
    opened.run("start_page")
    opened.wait()
    one = page_of(opened).view.recent[0]
    assert (one.path, one.name, one.there) == (str(photo), "made up", True)
    assert "2 photos" in one.contents
    assert Path(one.picture).is_file()


def test_what_is_gone_is_said_and_can_be_found_elsewhere(
    start_window: Callable[..., OpenWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    gone, elsewhere = str(tmp_path / "gone"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    opened = start_window(settings=Settings(recent=(gone, str(elsewhere))))
    opened.wait()
    page = page_of(opened)
    assert [one.there for one in page.view.recent] == [False, True]
    asked: list[list[str]] = []
    monkeypatch.setattr(opened.controller, "open", asked.append)
    monkeypatch.setattr(opened.window.shell, "ask_moved", lambda _path: str(elsewhere))
    page.recent.setCurrentRow(0)
    qtbot.keyClick(page.recent, Qt.Key.Key_Return)
    assert asked == [[str(elsewhere)]]
    assert gone not in opened.controller.settings.recent


def test_del_forgets_one_recent_set_and_clear_all(start_window: Callable[..., OpenWindow], qtbot: QtBot):
    opened = start_window(settings=Settings(recent=("/a", "/b", "/c")))
    page = page_of(opened)
    page.recent.setCurrentRow(1)
    qtbot.keyClick(page.recent, Qt.Key.Key_Delete)
    assert opened.controller.settings.recent == ("/a", "/c")
    clear = next(b for b in page.findChildren(QAbstractButton) if b.text() == "Clear")
    clear.click()
    assert opened.controller.settings.recent == ()


def test_tab_stays_on_the_page_and_every_control_has_a_name(start: OpenWindow, qtbot: QtBot):
    page, seen = page_of(start), []
    page.crowd.setFocus()
    for _ in range(30):
        widget = start.window.focusWidget()
        assert page.isAncestorOf(widget)
        seen.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert set(page.jobs.values()) <= set(seen)
    assert page.recent in seen
    assert len(set(seen)) < 30
    assert all(w.accessibleName() or getattr(w, "text", str)() for w in seen)


@pytest.mark.parametrize("size", [(1440, 900), (1366, 768), (1280, 720), (640, 360)])
def test_the_page_fits_and_scrolls_where_it_must(start: OpenWindow, qtbot: QtBot, size: tuple[int, int]):
    start.window.resize(*size)
    page = page_of(start)
    assert page.width() == size[0]
    cards = list(page.jobs.values())
    rows = 1 if size[0] >= 760 else 2
    qtbot.waitUntil(lambda: len({card.y() for card in cards}) == rows)
    labels = [label for card in cards for label in card.findChildren(QLabel)]
    qtbot.waitUntil(lambda: all(one.width() >= one.minimumSizeHint().width() for one in labels))
