from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import current_thread, main_thread

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.feature import workspaces
from sefd_viewer.app.methods import CHOICE, COLORS
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.views.pane import StagePane
from sefd_viewer.gui import screenshot
from sefd_viewer.gui.cards import ProblemsPage
from sefd_viewer.gui.palette import Palette
from sefd_viewer.gui.screen_fit import first_size, fit_to_screen, least_size
from sefd_viewer.gui.theme import DARK, LIGHT, apply_theme, current_colors
from sefd_viewer.inference.messages import Failed
from tests.app.session_fakes import broken_record, dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
CLOSING = ("quit",)


def pixels(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    values = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return values[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.mark.parametrize("id", sorted(id for id in COMMANDS if id not in CLOSING))
def test_every_command_works_from_its_action(open_window: Open, id: str, monkeypatch: pytest.MonkeyPatch):
    shell = "sefd_viewer.gui.window_shell.QFileDialog."
    monkeypatch.setattr(shell + "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(shell + "getOpenFileName", lambda *_: ("", ""))
    monkeypatch.setattr(shell + "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(shell + "getExistingDirectory", lambda *_: "")
    opened = open_window(dataset(record("a", truth=True), record("b"), record("c"), first=1))
    opened.run(id)
    assert opened.window.isVisible()
    assert not opened.window.grab().isNull()


def test_quit_closes_the_window_and_tells(open_window: Open, qtbot: QtBot):
    opened = open_window()
    with qtbot.waitSignal(opened.window.closed):
        opened.window.actions_table.actions["quit"].trigger()
    assert opened.controller.settings.geometry


def test_the_three_methods_and_the_photo_are_drawn(open_window: Open):
    opened = open_window()
    central = opened.window.stack.view("inspect")
    assert central is not None
    for method in ("baseline", "student", "teacher"):
        pane = central.panes[method]
        assert pane.isVisible()
        assert not pane.canvas.cover.message
        colours = np.abs(pixels(pane.canvas).astype(int) - COLORS[method]).max(axis=2)
        assert (colours < 60).sum() > 20  # the body in its method's colour
    assert "truth" not in central.panes


def test_ground_truth_has_a_pane_of_its_own(open_window: Open):
    opened = open_window(dataset(record("a", truth=True)))
    central = opened.window.stack.view("inspect")
    assert central.panes["truth"].isVisible()
    assert central.panes["student"].header.mm.text() == "0"  # these networks answer with the truth


@pytest.mark.parametrize(("key", "expected"), [("D", "b"), ("A", "a")])
def test_keys_step_through_the_photos(open_window: Open, qtbot: QtBot, key: str, expected: str):
    opened = open_window()
    qtbot.keyClick(opened.window, getattr(Qt.Key, f"Key_{key}"))
    opened.wait()
    assert opened.state.record == expected


def test_digits_choose_a_view_and_typing_in_the_filter_does_not(open_window: Open, qtbot: QtBot):
    opened = open_window()
    qtbot.keyClick(opened.window, Qt.Key.Key_2)
    turned = opened.window.stack.view("inspect").bar.views.buttons["turned"]
    assert turned.isChecked()
    field = opened.window.bars.of("person").below.filter
    field.setFocus()
    qtbot.keyClicks(field, "1d")
    assert turned.isChecked()
    assert opened.state.record == "a"
    assert field.text() == "1d"


def test_shift_shows_the_photo_alone_while_it_is_held(open_window: Open, qtbot: QtBot):
    opened = open_window()
    qtbot.keyPress(opened.window, Qt.Key.Key_Shift)
    assert opened.state.bare
    qtbot.keyRelease(opened.window, Qt.Key.Key_Shift)
    assert not opened.state.bare
    assert not opened.controller.store.can_undo


def test_a_broken_record_is_a_page_in_the_photo_panel(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(broken_record("a"), record("b")))
    photo = opened.window.stack.view("inspect").photo
    assert "a.jpg: this is not a picture. Take another" in photo.cover.message
    qtbot.keyClick(opened.window, Qt.Key.Key_D)
    opened.wait()
    assert opened.window.stack.view("inspect").photo.cover.message == ""


def test_nobody_is_said_on_the_photo_which_stands_alone(open_window: Open):
    opened = open_window(dataset(record("a", people=0)), None)
    opened.wait()
    central = opened.window.stack.view("inspect")
    assert "Nobody was found" in central.photo.cover.message
    assert [pane.id for pane in central.area.findChildren(StagePane) if pane.isVisible()] == ["photo"]


def test_a_network_that_fails_is_said_where_its_body_would_be(open_window: Open):
    opened = open_window()
    opened.client.failing["teacher"] = Failed(0, "teacher", "the weights are torn", "t.pth", "Get others")
    opened.run("run")
    message = opened.window.stack.view("inspect").panes["teacher"].canvas.cover.message
    assert "t.pth: the weights are torn. Get others" in message
    assert opened.window.stack.view("inspect").panes["baseline"].canvas.cover.message == ""


def test_files_are_opened_when_they_are_dropped(open_window: Open, monkeypatch: pytest.MonkeyPatch):
    opened = open_window()
    asked: list[list[str]] = []
    monkeypatch.setattr(opened.controller, "open", asked.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/pictures/one.jpg"), QUrl("https://example.org/x")])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    opened.window.dropEvent(event)
    assert asked == [["/pictures/one.jpg"]]


def test_a_dropped_json_file_holds_2d_poses(open_window: Open, monkeypatch: pytest.MonkeyPatch):
    opened = open_window()
    asked: list[str] = []
    monkeypatch.setattr(opened.controller, "use_poses", asked.append)
    opened.window.open_dropped(["/p/2d_pose_result.json"])
    assert asked == ["/p/2d_pose_result.json"]


def test_a_click_on_a_person_selects_him(open_window: Open):
    opened = open_window()
    opened.window.stack.view("inspect").person_clicked.emit("2")
    opened.wait()
    assert opened.state.person == "2"
    assert STAGE_FRAME.of(opened.controller.frame).person == "2"


def test_hiding_the_photo_leaves_its_layers(open_window: Open):
    opened = open_window()
    before = pixels(opened.window.stack.view("inspect").photo)
    opened.run("layer_image")
    after = pixels(opened.window.stack.view("inspect").photo)
    assert (before == 220).all(axis=2).any()
    assert not (after == 220).all(axis=2).any()
    assert after.max() > 100


def test_the_palette_finds_and_runs_a_command(open_window: Open, qtbot: QtBot):
    opened = open_window()
    opened.run("palette")
    palette = opened.window.card("palette")
    assert isinstance(palette, Palette)
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "next ph")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    opened.wait()
    assert opened.state.record == "b"
    assert not palette.isVisible()


def test_the_palette_does_not_run_what_cannot_be_done(open_window: Open, qtbot: QtBot):
    opened = open_window()
    opened.run("palette")
    palette = opened.window.card("palette")
    qtbot.keyClicks(palette.field, "previous photo")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_the_palette_finds_a_photo_by_its_name(open_window: Open, qtbot: QtBot):
    opened = open_window(dataset(record("a"), record("b"), record("c")))
    opened.run("palette")
    palette = opened.window.card("palette")
    qtbot.keyClicks(palette.field, "record c")
    palette.list.setCurrentRow(palette.list.count() - 1)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    opened.wait()
    assert opened.state.record == "c"


@pytest.mark.parametrize("width", [1440, 1280, 1100, 800, 640])
def test_the_header_shows_what_fits_and_every_workspace_stays_in_reach(open_window: Open, width: int):
    opened = open_window()
    opened.window.resize(width, 700)
    header = opened.window.header
    assert header.width() == width
    assert header.tabs.isVisible() != header.one_tab.isVisible()
    assert header.search.isVisible() != header.look.isVisible()
    assert header.search.isVisible() or width < 1280
    assert not header.search.isVisible() or width > 640
    shown = [child for child in header.children() if child.isWidgetType() and child.isVisible()]
    assert all(header.rect().contains(child.geometry()) for child in shown)
    assert len(header.one_tab.menu().actions()) == len(workspaces())


def test_tabs_enter_workspaces_by_keyboard(open_window: Open, qtbot: QtBot):
    opened = open_window()
    opened.window.resize(1440, 900)
    tabs = opened.window.header.tabs.findChildren(QToolButton)
    assert [tab.isChecked() for tab in tabs] == [True] + [False] * (len(tabs) - 1)
    tabs[1].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tabs[1], Qt.Key.Key_Space)
    opened.wait()
    assert opened.state.workspace != "inspect"
    assert tabs[1].isChecked()


@pytest.mark.parametrize("page", ["palette", "shortcuts", "preferences"])
def test_a_page_lies_inside_the_window_and_escape_closes_it(open_window: Open, qtbot: QtBot, page: str):
    opened = open_window()
    opened.window.resize(1000, 700)
    opened.run(page)
    card = opened.window.card(page)
    assert opened.window.rect().contains(card.geometry())
    assert abs(card.geometry().center().x() - opened.window.rect().center().x()) <= 1
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_the_problems_of_a_data_set_have_a_page(open_window: Open):
    opened = open_window(replace(dataset(), problems=("a is torn.", "b is empty.")))
    opened.run("problems")
    page = opened.window.card("problems")
    assert isinstance(page, ProblemsPage)
    assert page.text.toPlainText().splitlines() == ["a is torn.", "b is empty."]


def test_colours_change_at_once(open_window: Open, qapp: QApplication):
    apply_theme(qapp, "dark")
    opened = open_window()
    dark = pixels(opened.window.stack.view("inspect").bar).mean()
    opened.run("toggle_theme")
    assert current_colors() is LIGHT
    assert pixels(opened.window.stack.view("inspect").bar).mean() > dark + 80
    opened.run("toggle_theme")
    assert current_colors() is DARK


def test_size_and_panels_are_as_they_were(open_window: Open):
    first = open_window()
    first.window.resize(790, 700)
    first.window.remember()
    second = open_window(None, first.controller.settings)
    second.window.restore(first.controller.settings)
    assert second.window.size() == first.window.size()


def test_recent_files_are_in_the_menu(open_window: Open, tmp_path: Path):
    opened = open_window(None, Settings(recent=(str(tmp_path / "one.jpg"),)))
    menus = [action.menu() for action in opened.window.header.menu_bar.actions()]
    recent = next(a.menu() for menu in menus for a in menu.actions() if a.text() == "Open recent")
    recent.aboutToShow.emit()
    names = [action.text().split("    ")[0] for action in recent.actions()]
    assert names == ["Open the sample capture", "one.jpg"]


def test_menus_and_keys_offer_what_can_be_done_when_they_are_used(open_window: Open, qtbot: QtBot):
    opened = open_window()
    undo, menu = opened.window.actions_table.actions["undo"], opened.window.header.menu_bar
    edit = next(action.menu() for action in menu.actions() if undo in action.menu().actions())
    edit.aboutToShow.emit()
    assert not undo.isEnabled()
    opened.controller.store.set(replace(opened.state, mesh_edge_kind="outline"))
    edit.aboutToShow.emit()
    assert undo.isEnabled()
    opened.controller.store.undo()
    edit.aboutToShow.emit()
    opened.controller.store.redo()
    assert opened.state.mesh_edge_kind == "outline"
    qtbot.keyClick(opened.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.state.mesh_edge_kind != "outline"


def test_a_window_from_a_larger_screen_comes_into_view(open_window: Open):
    opened = open_window()
    opened.window.resize(1440, 1900)
    opened.window.move(500, -300)
    fit_to_screen(opened.window)
    assert opened.window.screen().availableGeometry().contains(opened.window.frameGeometry())


@pytest.mark.parametrize(
    ("room", "first", "least"),
    [
        ((2560, 1440), (1440, 900), (1100, 640)),
        ((1366, 728), (1256, 669), (1100, 640)),
        ((640, 320), (588, 294), (640, 320)),  # 1280 x 720 at 200 %, less the desktop's panel
    ],
)
def test_the_first_size_and_the_least_one_follow_the_room(
    room: tuple[int, int], first: tuple[int, int], least: tuple[int, int]
):
    assert first_size(QSize(*room)) == QSize(*first)
    assert least_size(QSize(*room)) == QSize(*least)


@pytest.mark.parametrize("workspace", [feature.id for feature in workspaces()])
def test_every_workspace_fits_a_small_screen_at_twice_the_size(open_window: Open, workspace: str):
    opened = open_window()
    opened.controller.store.set(replace(opened.controller.state, workspace=workspace))
    opened.window.resize(640, 320)  # 1280 x 720 at 200 %, without frame and panel
    assert (opened.window.width(), opened.window.height()) == (640, 320)
    opened.run("palette")
    assert opened.window.rect().contains(opened.window.card("palette").geometry())


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (2560, 1440)])
def test_the_window_fits_its_size(open_window: Open, size: tuple[int, int]):
    opened = open_window()
    opened.window.resize(*size)
    assert (opened.window.width(), opened.window.height()) == size
    central = opened.window.stack.view("inspect")
    assert all(central.panes[m].width() >= 178 for m in ("photo", "baseline", "student", "teacher"))


def test_the_pointer_on_the_photo_is_known_for_v(open_window: Open):
    opened = open_window()
    opened.window.stack.view("inspect").pointer_moved.emit((3.0, 4.0))
    assert opened.window.stack.pointer == (3.0, 4.0)
    opened.window.stack.view("inspect").pointer_moved.emit(None)
    assert opened.window.stack.pointer is None


def test_saving_a_picture_of_the_window(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    threads, save = [], screenshot.save_image
    monkeypatch.setattr(
        screenshot, "save_image", lambda *what: (threads.append(current_thread()), save(*what))
    )
    file = tmp_path / "window.png"
    dialog = "sefd_viewer.gui.window_shell.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(file), ""))
    opened = open_window()
    opened.run("save_screenshot")
    qtbot.waitUntil(lambda: opened.window.status.words.text() == f"Saved {file}")
    assert file.read_bytes()[:4] == b"\x89PNG"
    assert main_thread() not in threads
    assert list(tmp_path.iterdir()) == [file]


def test_a_picture_that_cannot_be_written_is_said(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    dialog = "sefd_viewer.gui.window_shell.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(tmp_path / "none" / "window.png"), ""))
    opened = open_window()
    opened.run("save_screenshot")
    qtbot.waitUntil(lambda: "cannot be written" in opened.window.status.words.text())


def test_the_shortcut_sheet_fits_into_a_small_window(open_window: Open):
    opened = open_window(dataset(record("a")))
    sheet = opened.window.card("shortcuts")
    assert sheet.minimumSizeHint().width() <= 1180 - 60
    assert sheet.minimumSizeHint().height() <= 760 - 80


def test_the_status_line_says_what_the_mouse_does_until_there_is_news(open_window: Open):
    opened = open_window()
    opened.controller.know(notice=None)
    opened.controller.refresh()
    assert "Drag turns" in opened.window.status.words.text()
    opened.run("stage_turned")
    assert "Alt-drag turns one" in opened.window.status.words.text()
    opened.controller.say("Saved a file")
    assert opened.window.status.words.text() == "Saved a file"


def test_a_methods_commands_come_and_go_with_it_in_palette_menu_and_keys(open_window: Open, qtbot: QtBot):
    opened = open_window()
    controller, table = opened.controller, opened.window.actions_table
    controller.change_settings(keys={"overlay_mine": ("Ctrl+J",)})
    added = CHOICE.of(controller.state).added("mine", "file", source="mine.npz")
    controller.store.set(CHOICE.put(controller.state, added.changed("mine", title="A & B")))
    opened.wait()
    opened.run("palette")
    palette = opened.window.card("palette")
    assert isinstance(palette, Palette)
    palette.field.setText("measure against a &")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert CHOICE.of(controller.state).baseline == "mine"
    qtbot.keyClick(opened.window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert controller.state.overlay == "mine"
    (menu,) = (one for one in opened.window.findChildren(QMenu) if one.title() == "Methods")
    menu.aboutToShow.emit()
    entries = {one.text(): one.menu() for one in menu.actions()}
    assert list(entries) == [info.title.replace("&", "&&") for info in CHOICE.of(controller.state).ordered()]
    next(one for one in entries["A && B"].actions() if one.text().startswith("Show")).trigger()
    assert "mine" in CHOICE.of(controller.state).hidden
    controller.store.set(CHOICE.put(controller.state, CHOICE.of(controller.state).without("mine")))
    opened.wait()
    assert not any(id.endswith("_mine") for id in table.actions)
