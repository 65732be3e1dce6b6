"""Opening by name: what is recognised, what it becomes, and the words when it is nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.datasets.opening import FORMATS, open_dataset
from sefd_viewer.errors import DatasetError, ImageError
from sefd_viewer.resources import resource_path


def picture(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((20, 30, 3), value, np.uint8)).save(path)
    return path


def test_nothing_named_opens_the_sample_at_a_moment_of_occlusion() -> None:
    sample = open_dataset(None)
    assert len(sample.records) == 4 * 25 + 3
    assert not sample.problems
    first = sample.records[sample.first]
    assert [view.view for view in sample.same_moment(first)] == ["cam01", "cam02", "cam03", "cam04"]
    assert first.title == "cam03 · frame 40"
    assert first.camera is not None
    assert first.load().shape == (960, 544, 3)
    assert len({record.key for record in sample.records}) == len(sample.records)


def test_a_picture(tmp_path: Path) -> None:
    dataset = open_dataset(picture(tmp_path / "a b.png", 9))
    assert (dataset.format, [record.key for record in dataset.records]) == ("image", ["a b.png"])
    assert dataset.records[0].load().max() == 9


def test_a_picture_without_an_ending_is_known_by_its_contents(tmp_path: Path) -> None:
    picture(tmp_path / "a.png").rename(tmp_path / "a")
    assert open_dataset(tmp_path / "a").format == "image"


def test_a_folder_sorts_naturally_and_ignores_the_rest(tmp_path: Path) -> None:
    for name in ("b10.png", "b9.JPG", "B1.png", ".hidden.png", "sub/c.png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("x")
    dataset = open_dataset(tmp_path)
    assert [record.key for record in dataset.records] == ["B1.png", "b9.JPG", "b10.png"]


def test_subfolders_count_when_the_folder_has_no_pictures_itself(tmp_path: Path) -> None:
    for name in ("two/1.png", "one/10.png", "one/2.png"):
        picture(tmp_path / name)
    assert [record.key for record in open_dataset(tmp_path).records] == [
        "one/2.png",
        "one/10.png",
        "two/1.png",
    ]


def test_a_broken_picture_does_not_keep_the_folder_from_opening(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    (tmp_path / "2.png").touch()
    dataset = open_dataset(tmp_path)
    assert len(dataset.records) == 2
    with pytest.raises(ImageError, match="0 bytes"):
        dataset.records[1].load()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_names_that_are_not_utf8_become_words(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/set\xe9"
    os.mkdir(folder)
    Image.new("RGB", (4, 3)).save(tmp_path / "a.jpg")
    os.rename(tmp_path / "a.jpg", folder + b"/p\xe9.jpg")
    dataset = open_dataset(Path(os.fsdecode(folder)))
    assert (dataset.name, dataset.records[0].key) == ("set\\xe9", "p\\xe9.jpg")
    assert dataset.records[0].load().shape == (3, 4, 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have names")
def test_what_never_ends_and_what_cannot_be_named_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    Image.new("RGB", (4, 3)).save(tmp_path / "a.jpg")
    for path, words in [
        (Path("/dev/zero"), "it is a device"),
        (tmp_path / "pipe.jpg", "it is a pipe"),
        (tmp_path / ("x" * 300 + ".jpg"), "no such file"),
    ]:
        with pytest.raises(DatasetError, match=words):
            open_dataset(path)
    good, bad = open_dataset(tmp_path).records
    assert good.load().shape == (3, 4, 3)
    with pytest.raises(ImageError, match="it is a pipe"):
        bad.load()


def test_a_named_format_is_used(tmp_path: Path) -> None:
    capture = resource_path("sample_capture/cam01")
    assert open_dataset(capture, format="image folder").format == "image folder"
    with pytest.raises(DatasetError, match="Known are capture, .*, video, image, image folder"):
        open_dataset(picture(tmp_path / "a.png"), format="nonsense")
    assert {"capture", "video", "image", "image folder"} < set(FORMATS)


def test_beside_a_folder_without_pictures_the_one_with_pictures_is_offered(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "people.csv").write_text("a,b")
    picture(tmp_path / "photos" / "one.jpg")
    with pytest.raises(DatasetError, match=r"did you mean .*photos\?"):
        open_dataset(tmp_path / "labels")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "no such file"),
        ("empty folder", "no pictures in this folder"),
        ("poses.json", "Open 2D poses"),
        ("photo.heic", "JPEG or PNG"),
        ("table.csv", "Open a picture, a folder of pictures, a video"),
    ],
)
def test_what_cannot_be_opened_says_what_can(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    if name == "empty folder":
        path.mkdir()
    elif name != "nothing":
        path.write_text("{}")
    with pytest.raises(DatasetError, match=words) as caught:
        open_dataset(path)
    assert caught.value.remedy


def test_records_and_people_are_found_by_key() -> None:
    sample = open_dataset(None)
    assert sample.records[sample.position("walkers.jpg")].title == "walkers.jpg"
    with pytest.raises(DatasetError, match="no photo 7"):
        sample.position("7")
    with pytest.raises(DatasetError, match="no person 7"):
        sample.records[0].person("7")
