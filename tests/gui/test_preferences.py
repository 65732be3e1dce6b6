from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.plugins import find_plugins, review_detectors
from sefd_viewer.app.settings import Settings, load_settings, save_settings
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.gui.method_page import MethodLine
from sefd_viewer.gui.preference_pages import KeyEditor, Report
from sefd_viewer.gui.preferences import PAGES, PreferencesCard
from sefd_viewer.gui.theme import DARK, LIGHT, apply_theme, current_colors
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication):
    monkeypatch.setenv("SEFD_VIEWER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SEFD_VIEWER_PLUGINS_OFF", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    apply_theme(qapp, "dark")
    yield
    apply_theme(qapp, "dark")


def opened_page(opened: OpenWindow, page: str = "general") -> PreferencesCard:
    opened.run("preferences")
    card = opened.window.card("preferences")
    assert isinstance(card, PreferencesCard)
    card.open_at(page)
    return card


def button(card: PreferencesCard, name: str) -> QAbstractButton:
    found = [b for b in card.findChildren(QAbstractButton) if name in (b.accessibleName(), b.text())]
    assert len(found) == 1, name
    return found[0]


def test_the_look_changes_at_once_is_kept_and_undone(open_window: Open, qtbot: QtBot, tmp_path: Path):
    opened = open_window(settings=Settings(theme="dark"))
    card = opened_page(opened)
    button(card, "Look: Light").click()
    qtbot.waitUntil(lambda: current_colors() is LIGHT)
    save_settings(tmp_path / "s.toml", opened.controller.settings)
    assert load_settings(tmp_path / "s.toml")[0].theme == "light"
    opened.run("undo")
    assert current_colors() is DARK
    assert opened.controller.settings.theme == "dark"
    assert button(card, "Look: Dark").isChecked()


def test_text_grows_in_the_whole_window(open_window: Open):
    opened = open_window(settings=Settings(theme="dark"))
    before = opened.window.header.height(), opened.window.status.fontMetrics().height()
    opened.controller.change_settings(text=200)
    after = opened.window.header.height(), opened.window.status.fontMetrics().height()
    assert after[1] >= 1.8 * before[1]
    assert after[0] > before[0]


def test_the_page_grows_with_its_text_while_it_is_open(open_window: Open, qtbot: QtBot):
    opened = open_window(settings=Settings(theme="dark"))
    card = opened_page(opened, "keys")
    title = next(one for one in card.findChildren(QLabel) if one.text() == "Preferences")
    usual = title.fontMetrics().height()
    opened.controller.change_settings(text=200)
    letters = card.list.fontMetrics()
    assert title.fontMetrics().height() >= 1.8 * usual
    for row in range(card.list.count()):
        item = card.list.item(row)
        place = card.list.visualItemRect(item)
        assert place.height() > letters.height()
        assert place.width() > letters.horizontalAdvance(item.text())
    edits = [one.edit for one in card.findChildren(KeyEditor)]
    qtbot.waitUntil(lambda: all(one.width() >= one.sizeHint().width() for one in edits))
    for edit in edits:
        assert edit.width() > edit.fontMetrics().horizontalAdvance(edit.keySequence().toString())


def test_another_device_is_asked_at_once_and_undone(open_window: Open, qtbot: QtBot):
    opened = open_window()
    card = opened_page(opened)
    button(card, "Device: CPU").click()
    qtbot.waitUntil(lambda: opened.client.device == "cpu")
    opened.run("undo")
    assert opened.client.device == "auto"


def test_weights_are_named_with_their_hash_and_can_be_set_back(open_window: Open):
    opened = open_window()
    card = opened_page(opened)
    words = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert words.count("shipped, ") == 5
    opened.controller.change_settings(weights={"teacher": "/nowhere/t.pth"})
    words = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert "t.pth\nnot there now" in words
    button(card, "Shipped weights").click()
    assert opened.controller.settings.weights == {}


def test_networks_rest_until_they_are_asked_where_that_was_chosen(open_window: Open):
    opened = open_window(dataset(record("a"), record("b")), Settings(run_at_once=False))
    assert opened.client.predicts == []
    panes = {pane.id: pane for pane in STAGE_FRAME.of(opened.controller.frame).panes}
    words = panes["student"].words
    assert words is not None
    assert "Press R" in f"{words.title} {words.hint}"
    opened.run("run")
    assert len(opened.client.predicts) == 1


def test_caches_tell_their_size_and_are_emptied(open_window: Open, qtbot: QtBot, tmp_path: Path):
    folder = tmp_path / "cache" / "index" / "one"
    folder.mkdir(parents=True)
    (folder / "rows.bin").write_bytes(bytes(3_000_000))
    opened = open_window()
    card = opened_page(opened)
    qtbot.waitUntil(lambda: any("3.0 MB" in b.text() for b in card.findChildren(QAbstractButton)))
    assert any("Indexes of sets 3.0 MB" in label.text() for label in card.findChildren(QLabel))
    button(card, "Empty caches (3.0 MB)").click()
    qtbot.waitUntil(lambda: not folder.exists())
    qtbot.waitUntil(lambda: any(b.text() == "Empty caches" for b in card.findChildren(QAbstractButton)))


def editor_of(card: PreferencesCard, id: str) -> KeyEditor:
    title = f"Key of {COMMANDS[id].title}"
    return next(e for e in card.findChildren(KeyEditor) if e.edit.accessibleName() == title)


def type_key(editor: KeyEditor, key: str) -> None:
    editor.edit.setKeySequence(QKeySequence(key))
    editor.edit.editingFinished.emit()


def test_a_key_is_changed_works_and_is_kept(open_window: Open, qtbot: QtBot, tmp_path: Path):
    opened = open_window()
    card = opened_page(opened, "keys")
    type_key(editor_of(card, "next_record"), "Ctrl+J")
    card.close_card()
    qtbot.keyClick(opened.window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    opened.wait()
    assert opened.state.record == "b"
    save_settings(tmp_path / "s.toml", opened.controller.settings)
    assert load_settings(tmp_path / "s.toml")[0].keys == {"next_record": ("Ctrl+J", "Right")}
    opened.run("undo")  # the step to the next photo
    opened.run("undo")
    assert opened.window.actions_table.actions["next_record"].shortcut() == QKeySequence("D")


def test_a_key_that_is_taken_is_told_and_not_given(open_window: Open):
    opened = open_window()
    editor = editor_of(opened_page(opened, "keys"), "next_record")
    type_key(editor, "Ctrl+O")
    assert "Open photos" in editor.words.text()
    assert opened.controller.settings.keys == {}
    assert editor.edit.keySequence() == QKeySequence("D")


def test_a_plugin_is_switched_off_and_on_at_once(open_window: Open):
    opened = open_window()
    assert opened.controller.content.detectors
    card = opened_page(opened, "plugins")
    boxes = [box for box in card.findChildren(QCheckBox) if box.accessibleName().startswith("Use ")]
    examples = {f"Use {one.title}" for one in find_plugins(also_off=True) if one.begins_off}
    assert {box.accessibleName() for box in boxes if not box.isChecked()} == examples
    boxes = [box for box in boxes if box.isChecked()]
    for box in boxes:
        box.click()
    assert opened.controller.content.detectors == ()
    assert not any(one.id.startswith("far_away.") for one in review_detectors()[0])
    assert find_plugins() == ()
    opened.run("undo")
    assert [box.isChecked() for box in boxes].count(True) == 1


def test_a_setting_is_found_by_words(open_window: Open, qtbot: QtBot):
    opened = open_window()
    card = opened_page(opened)
    qtbot.keyClicks(card.search, "smpl")
    shown = [row for row in card.pages["general"].rows if not row.widget.isHidden()]
    assert len(shown) == 1
    assert not card.list.item(PAGES.index("about")).flags()
    card.search.clear()
    assert all(not row.widget.isHidden() for row in card.pages["general"].rows)


def test_everything_is_set_back_in_one_step(open_window: Open):
    opened = open_window(settings=Settings(theme="light", text=150, photos_kept=20, reviewer="anna"))
    card = opened_page(opened)
    card.back.click()
    settings = opened.controller.settings
    assert (settings.theme, settings.text, settings.photos_kept) == ("system", 100, 6)
    assert settings.reviewer == "anna"
    opened.run("undo")
    assert opened.controller.settings.text == 150


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (640, 360)])
def test_every_page_lies_inside_the_window_and_tab_stays_in_it(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
):
    monkeypatch.setattr(Report, "begin", lambda _self: None)
    opened = open_window()
    opened.window.resize(*size)
    card = opened_page(opened)
    for page in PAGES:
        card.open_at(page)
        assert opened.window.rect().contains(card.geometry())
        assert card.height() <= opened.window.height() - 60
    card.open_at("general")
    for _ in range(8):
        qtbot.keyClick(opened.window.focusWidget(), Qt.Key.Key_Tab)
        assert card.isAncestorOf(opened.window.focusWidget())
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_methods_are_named_ordered_and_chosen_and_all_follows(open_window: Open):
    opened = open_window(dataset(record("a", truth=True)))
    card = opened_page(opened, "methods")
    line = next(one for one in card.findChildren(MethodLine) if one.id == "student")
    line.name.setFocus()
    line.name.setText("Ours")
    line.name.editingFinished.emit()
    line.yardstick.click()
    line.up.click()
    choice = CHOICE.of(opened.state)
    assert [info.title for info in choice.ordered()][:2] == ["Ours", "Baseline"]
    assert choice.baseline == "student"
    opened.wait()
    assert STAGE_FRAME.of(opened.controller.frame).methods[0].title == "Ours"
    kept = opened.controller.settings.methods
    assert (kept.baseline, kept.order[0], kept.looks["student"].title) == ("student", "student", "Ours")
    for _step in range(3):
        opened.run("undo")
    assert CHOICE.of(opened.state).title("student") == "Student"
    begun = CHOICE.of(opened.state).hidden
    line.shown.click()
    assert CHOICE.of(opened.state).hidden == {*begun, "student"}
    button(card, "Set all back").click()
    assert CHOICE.of(opened.state).hidden == begun


def test_the_page_of_keys_has_what_methods_have_as_they_come_and_go(open_window: Open):
    opened = open_window()
    card, store = opened_page(opened, "keys"), opened.controller.store
    named = lambda: {editor.edit.accessibleName() for editor in card.findChildren(KeyEditor)}  # noqa: E731
    assert "Key of Measure against Teacher" in named()
    store.set(CHOICE.put(store.state, CHOICE.of(store.state).added("mine", "file", source="mine.npz")))
    assert "Key of Measure against mine" in named()
