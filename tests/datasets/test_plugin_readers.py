"""Formats of plugins: found by looking or by name, and their faults in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from sefd_viewer.datasets.opening import formats, open_dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.plugin_code import PluginError

MANIFEST = """
[plugin]
title = "Lists of pictures"
[[datasets]]
id = "list"
title = "pictures named in pictures.txt"
reader = "code:ListReader"
"""
CODE = """
from sefd_viewer.api import Dataset, Record

class ListReader:
    def recognises(self, path):
        return (path / "pictures.txt").is_file()

    def open(self, path):
        names = (path / "pictures.txt").read_text().split()
        records = [Record(name, f"listed {name}", image_path=path / name) for name in names]
        return Dataset(path.name, path, "list", records)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the plugin's reader knows; plugins are in an own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("b.png", "a.png", "unlisted.png"):
        Image.new("RGB", (30, 20)).save(folder / name)
    (folder / "pictures.txt").write_text("b.png a.png")
    return folder


def write_plugin(tmp_path: Path, *, code: str = CODE, manifest: str = MANIFEST) -> Path:
    folder = tmp_path / "home/sefd-viewer/plugins/mine"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(manifest)
    (folder / "code.py").write_text(code)
    return folder


def test_a_plugin_s_format_is_recognised_before_plain_folders(tmp_path: Path, data: Path) -> None:
    assert open_dataset(data).format == "image folder"
    write_plugin(tmp_path)
    dataset = open_dataset(data)
    assert dataset.format == "list"
    assert [record.title for record in dataset.records] == ["listed b.png", "listed a.png"]
    assert dataset.records[0].load().shape == (20, 30, 3)
    assert not dataset.problems


def test_it_can_be_named_and_is_among_the_known(tmp_path: Path, data: Path) -> None:
    write_plugin(tmp_path)
    assert list(formats())[-5:] == ["mine.list", "coco", "video", "image", "image folder"]
    assert len(open_dataset(data, format="mine.list").records) == 2
    with pytest.raises(DatasetError, match=r"Known are .*mine\.list"):
        open_dataset(data, format="nonsense")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", "code:ListReader cannot be loaded"),
        ("class ListReader: pass", "has no attribute 'open'"),
        (CODE.replace("(path / ", "(1 / 0 or path / "), "ZeroDivisionError"),
    ],
)
def test_a_plugin_that_fails_is_told_and_the_others_are_asked(
    tmp_path: Path, data: Path, code: str, words: str
) -> None:
    write_plugin(tmp_path, code=code)
    dataset = open_dataset(data)
    assert dataset.format == "image folder"
    assert len(dataset.problems) == 1
    assert str(tmp_path / "home") in dataset.problems[0]
    with pytest.raises(PluginError, match=words):
        open_dataset(data, format="mine.list")


def test_what_it_returns_must_be_a_data_set(tmp_path: Path, data: Path) -> None:
    write_plugin(tmp_path, code=CODE.replace("return Dataset(", "return tuple("))
    with pytest.raises(PluginError):
        open_dataset(data)


def test_a_broken_manifest_leaves_the_others(tmp_path: Path, data: Path) -> None:
    write_plugin(tmp_path, manifest=MANIFEST.replace("reader =", "raeder ="))
    assert open_dataset(data).format == "image folder"
