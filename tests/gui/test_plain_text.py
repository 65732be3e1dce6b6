"""What strangers call their records, people, methods and tags is shown letter by letter, never as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

import sefd_viewer.gui
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.sentences import Account, Part
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.sentence_view import SentenceView
from tests.app.session_fakes import dataset, record
from tests.app.test_people_compare import write_run
from tests.gui.window_fakes import OpenWindow

NAME = '<h1>big</h1><img src="file:///etc/passwd">'


def test_labels_are_made_of_plain_text_alone():
    folder = Path(next(iter(sefd_viewer.gui.__path__)))
    made = [
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"(?<!class )\bQLabel\(", path.read_text("utf-8"))
    ]
    assert made == ["sentence_view.py"], "make a PlainLabel"


def test_the_sentence_with_its_links_shows_names_letter_by_letter(qtbot: QtBot):
    view = SentenceView()
    qtbot.addWidget(view)
    view.show_account(Account((Part(NAME),)))
    assert "<h1>" not in view.sentence.text()
    assert "&lt;h1&gt;" in view.sentence.text()


def test_a_tip_is_the_words_themselves():
    assert plain_tip("3 < 4\nof a") == '<p style="white-space: pre-wrap">3 &lt; 4\nof a</p>'
    assert plain_tip("4 of a") == "4 of a"


@pytest.mark.parametrize("workspace", ["inspect", "cameras", "people", "edges", "explain"])
def test_no_widget_of_the_window_reads_a_name_as_html(
    open_window: Callable[..., OpenWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: str
):
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("tests.app.test_people_compare.METHODS", (Method(NAME, "student"),))
    found = dataset(record(NAME, truth=True))
    write_run(tmp_path / "runs" / "one", found, {NAME: [40.0, 60.0]})
    window = open_window(found)
    window.run(f"workspace_{workspace}")
    for face in ("compare", "check"):
        chosen = PEOPLE.change(window.state, run=str(tmp_path / "runs" / "one"), face=face)
        window.controller.store.set(chosen)
        window.wait()
    for label in window.window.findChildren(QLabel):
        plain = label.textFormat() == Qt.TextFormat.PlainText
        assert plain or "<h1>" not in label.text(), (type(label), label.text())
    for widget in window.window.findChildren(QWidget):
        assert "<h1>" not in widget.toolTip(), type(widget)
