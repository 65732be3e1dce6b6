"""What every shipped plugin adds to the real window; `test_plugins.py` runs this with all of them on.

What plugins add is known when the program starts, and a process starts it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication, QLabel, QListWidget

from sefd_viewer.app.commands import plugin_commands
from sefd_viewer.app.feature import plugin_features
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.opening import open_inputs
from sefd_viewer.app.plugins import find_plugins, review_detectors
from sefd_viewer.app.settings import Settings
from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.gui.preference_pages import OFFERS, plugin_words
from sefd_viewer.plugin_code import KINDS
from tests.app.session_fakes import dataset, record
from tests.gui.window_fakes import OpenWindow

Open = Callable[..., OpenWindow]
ALL = tuple(plugin.name for plugin in find_plugins(also_off=True))


@pytest.fixture
def opened(open_window: Open) -> OpenWindow:
    return open_window(dataset(record("a", truth=True)), Settings(plugins_on=ALL))


def test_there_is_a_plugin_for_every_kind_and_all_are_told() -> None:
    plugins = find_plugins()
    assert {offer.kind for plugin in plugins for offer in plugin.offers} == KINDS.keys() == OFFERS.keys()
    assert plugin_features()[1] == plugin_commands()[1] == {}
    for plugin in plugins:
        assert plugin.problem is None
        assert plugin.description in plugin_words(plugin)


def test_a_layer_lies_over_the_photo(opened: OpenWindow) -> None:
    opened.run("layer_blown_out.highlights")
    overlay = opened.controller.frame.photo.overlays["blown_out.highlights"]
    white = (opened.controller.content.scene.image >= 250).all(axis=2)
    np.testing.assert_array_equal(overlay.data > 0, white)


def test_edges_of_a_kind_lie_over_the_photo(opened: OpenWindow) -> None:
    state = opened.state.with_layer("plugin", visible=True)
    opened.controller.store.set(replace(state, plugin_edges="sobel_edges.sobel"))
    opened.wait()
    assert opened.controller.frame.photo.overlays["plugin"].data.any()


def test_a_method_has_a_pane_once_it_is_shown(opened: OpenWindow) -> None:
    id, choice = "upright_bodies.upright", CHOICE.of(opened.state)
    assert id in choice.hidden
    opened.controller.store.set(CHOICE.put(opened.state, choice.toggled(id)))
    opened.wait()
    from sefd_viewer.features.inspect.frames import STAGE_FRAME

    panes = STAGE_FRAME.of(opened.controller.frame).panes
    pane = next(one for one in panes if one.info is not None and one.info.id == id)
    assert pane.words is None
    assert pane.drawing.rgba[..., 3].any()


def test_a_pane_stands_beside_the_workspaces_that_it_names(opened: OpenWindow) -> None:
    label = next(
        one for one in opened.window.findChildren(QLabel) if one.accessibleName() == "Facts of the photo"
    )
    assert label.isVisible()
    assert "96 × 72 px" in label.text()
    opened.run("workspace_people")
    assert not label.isVisible()


def test_a_command_is_found_and_runs(opened: OpenWindow, tmp_path: Path) -> None:
    action = opened.window.actions_table.actions["copy_photo_path"]
    opened.window.actions_table.catch_up()
    assert not action.isEnabled()  # the photo is no file
    Image.new("RGB", (96, 72)).save(tmp_path / "photo.png")
    found = open_inputs([str(tmp_path / "photo.png")])
    scene = opened.controller.content.scene
    opened.controller.know(scene=replace(scene, record=found.records[0]))
    opened.run("copy_photo_path")
    assert QApplication.clipboard().text() == str(tmp_path / "photo.png")


def test_a_workspace_has_a_tab_a_key_and_what_it_computes(opened: OpenWindow) -> None:
    action = opened.window.actions_table.actions["workspace_heights"]
    assert action.shortcut().toString() == "Ctrl+9"
    opened.run("workspace_heights")
    view = opened.window.stack.currentWidget()
    assert isinstance(view, QListWidget)
    assert all("cm" in view.item(row).text() for row in range(view.count()))
    assert view.count() == len(opened.controller.content.scene.people)


def test_a_detector_is_among_those_that_scan(opened: OpenWindow) -> None:
    opened.run("workspace_people")
    assert "far_away.distance" in [one.id for one in review_detectors()[0]]
    opened.run("review_scan")
    from sefd_viewer.app.people import KNOWN

    measured = KNOWN.of(opened.controller.content).measurements
    assert "far_away.distance" in [one.id for one in measured.detectors]


def test_a_reader_opens_its_format(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "b.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\nb.png,somebody waves\n")
    opened = open_window(None, Settings(plugins_on=ALL))
    monkeypatch.undo()
    opened.controller.open([str(tmp_path)])
    opened.wait()
    assert opened.controller.content.dataset.format == "captions"
    assert "somebody waves" in opened.window.windowTitle()


def test_a_body_is_found_by_its_id(opened: OpenWindow) -> None:
    child, grown = opened.controller.bodies.find("open-child"), catalog_at(()).find("open-body")
    assert np.ptp(child.v_template[:, 1]) == pytest.approx(0.68 * np.ptp(grown.v_template[:, 1]), rel=1e-5)
