from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer import plugin_code
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.feature import plugin_features
from sefd_viewer.app.layers import plugin_mask
from sefd_viewer.app.plugins import PluginError, find_plugins, plugin_folders
from sefd_viewer.datasets.opening import plugin_readers
from sefd_viewer.plugin_code import ON, offers
from tests.app.session_fakes import picture

MANIFEST = """
[plugin]
title = "Mine"
[[edge_detectors]]
id = "one"
title = "One"
function = "code:detect"
"""


def write(folder: Path, name: str, *, manifest: str = MANIFEST, code: str = "") -> Path:
    plugin = folder / name
    plugin.mkdir(parents=True)
    (plugin / "plugin.toml").write_text(manifest)
    (plugin / "code.py").write_text(code)
    return plugin


def test_the_shipped_example_finds_edges():
    plugins = find_plugins(plugin_folders()[:1])
    sobel = next(plugin for plugin in plugins if plugin.name == "sobel_edges")
    assert sobel.problem is None
    mask = plugin_mask(sobel.detectors[0].load(), picture())
    assert mask.dtype == np.uint8
    assert mask[20, 30] > 0
    assert mask[5, 5] == 0


def test_manifests_are_read_without_running_code(tmp_path: Path):
    write(tmp_path, "loud", code="raise SystemExit('ran')")
    assert find_plugins([tmp_path])[0].title == "Mine"


def test_formats_of_data_sets_are_named_without_running_code(tmp_path: Path):
    reader = '[[datasets]]\nid = "x"\ntitle = "my sets"\nreader = "code:Reader"\n'
    write(tmp_path, "mine", manifest=MANIFEST + reader, code="raise SystemExit('ran')")
    assert [one.title for one in find_plugins([tmp_path])[0].of("datasets")] == ["my sets"]


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        ("no toml", "cannot be read"),
        ("[plugin]", "title"),
        ("plugin = 3", "TypeError"),
        (f"a = {'[' * 3000}{']' * 3000}", "nested too deeply"),
        ("datasets = [3]\n[plugin]\ntitle = 'a'", "TypeError"),
    ],
)
def test_a_broken_manifest_is_shown_and_the_others_work(tmp_path: Path, manifest: str, word: str):
    write(tmp_path, "bad", manifest=manifest)
    write(tmp_path, "good")
    bad, good = find_plugins([tmp_path, tmp_path / "missing"])
    assert bad.problem is not None
    assert word in bad.problem
    assert "plugin.toml" in bad.problem
    assert good.problem is None


@pytest.mark.parametrize("code", ["1 / 0", "x = 1", "import nothing_like_this"])
def test_code_that_fails_is_said_in_words(tmp_path: Path, code: str):
    write(tmp_path, "bad", code=code)
    with pytest.raises(PluginError, match="code:detect cannot be loaded"):
        find_plugins([tmp_path])[0].detectors[0].load()


def test_a_plugin_that_begins_switched_off_is_used_once_it_is_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path, "quiet", manifest=MANIFEST.replace("[[", 'begins = "off"\n[[', 1))
    assert find_plugins([tmp_path]) == ()
    assert find_plugins([tmp_path], also_off=True)[0].begins_off
    monkeypatch.setenv(ON, "quiet")
    assert [one.id for one in offers("edge_detectors", [tmp_path])] == ["quiet.one"]


def test_an_installed_package_offers_what_its_manifest_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, "pack_of_edges", code="def detect(image): return image[..., 0]")
    about = tmp_path / "pack_of_edges-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pack-of-edges\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[sefd_viewer.plugins]\nedges = pack_of_edges\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = next(one for one in find_plugins() if one.name == "pack_of_edges")
    assert "pack_of_edges" not in sys.modules
    assert (found.detectors[0].load()(picture()) == picture()[..., 0]).all()


FEATURE = """
from sefd_viewer import api
FRAME = api.Slice("mine", "nothing")
FEATURE = api.Feature("mine", 1, lambda state: True, wants=lambda state, content: 1 / 0,
                      frame=FRAME, resolve=lambda state, content: 1 / 0)
PANE = api.Feature("no pane", 1, lambda state: True)
"""


def test_what_fails_in_a_workspace_of_a_plugin_shows_nothing_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    tables = '[[features]]\nid = "a"\nfeature = "code:FEATURE"\n[[panes]]\nid = "b"\npane = "code:PANE"\n'
    write(tmp_path, "mine", manifest=MANIFEST + tables, code=FEATURE)
    monkeypatch.setattr(plugin_code, "plugin_folders", lambda: (tmp_path,))
    (feature,), problems = plugin_features.__wrapped__()
    assert tuple(feature.wants(None, None)) == ()
    assert feature.resolve(None, None) == "nothing"
    assert "ZeroDivisionError" in caplog.text
    assert "is not a pane. Make it a Pane of sefd_viewer.api" in problems["mine.b"]


def test_two_plugins_with_the_same_module_name_do_not_meet(tmp_path: Path):
    for name in ("first", "second"):
        write(tmp_path, name, code=f"def detect(image): return '{name}'")
    found = [plugin.detectors[0].load()(picture()) for plugin in find_plugins([tmp_path])]
    assert found == ["first", "second"]


def test_a_plugins_edges_are_a_layer(make: Callable[..., Controller], tmp_path: Path):
    write(
        tmp_path,
        "half",
        code="import numpy as np\ndef detect(i): return np.full(i.shape[:2], 0.5, np.float32)",
    )
    controller = make(detectors=find_plugins([tmp_path])[0].detectors)
    state = controller.state.with_layer("plugin", visible=True)
    controller.store.set(replace(state, plugin_edges="half.one"))
    assert (controller.frame.photo.overlays["plugin"].data == 128).all()


def test_a_plugin_that_fails_leaves_words_in_the_layer_list(make: Callable[..., Controller], tmp_path: Path):
    write(tmp_path, "bad", code="def detect(i): return i")
    controller = make(detectors=find_plugins([tmp_path])[0].detectors)
    state = controller.state.with_layer("plugin", visible=True)
    controller.store.set(replace(state, plugin_edges="bad.one"))
    row = next(row for row in controller.frame.layers.rows if row.key == "plugin")
    assert "returned (72, 96, 3)" in row.note
    assert "plugin" not in controller.frame.photo.overlays


def test_a_broken_manifest_does_not_keep_the_readers_of_others(tmp_path: Path):
    write(tmp_path, "deep", manifest=f"a = {'[' * 3000}{']' * 3000}")
    write(tmp_path, "other", manifest="datasets = [3]")
    reader = '[[datasets]]\nid = "x"\ntitle = "X"\nreader = "code:Reader"'
    write(tmp_path, "with_reader", manifest=reader)
    assert [one.title for one in plugin_readers([tmp_path])] == ["X"]
