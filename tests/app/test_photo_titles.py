"""What photos and data sets are called: the camera first, never a path."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.app.photo_titles import (
    camera_title,
    dataset_title,
    photo_name,
    photo_title,
    same_moment_name,
    short_title,
)
from sefd_viewer.app.record_search import RecordSearch
from sefd_viewer.datasets.opening import crowd_folder, open_dataset, open_sample
from sefd_viewer.datasets.records import Dataset, Record

HUMAN36M = "s_11_act_02_subact_01_000040"


@pytest.mark.parametrize(
    ("title", "moment", "view", "expected"),
    [
        ("cam03 · frame 40", "000040", "cam03", "Camera 3 · frame 40"),
        (
            "S11 · Directions 1 · camera 2 · frame 40",
            HUMAN36M,
            "camera 2",
            "Camera 2 (55011271) · frame 40 · S11 Directions 1",
        ),
        ("downtown_bar_00 · frame 7", None, None, "Frame 7 · downtown_bar_00"),
        ("clip · frame 0", None, None, "Frame 0 · clip"),
        ("000000000042.jpg", None, None, "Photo 42"),
        ("TS1/img_000123.jpg", None, None, "img_000123 · TS1"),
        ("C:/data/summer 2024/IMG_4711.JPG", None, None, "IMG_4711 · summer 2024"),
        ("walkers.jpg", None, None, "walkers"),
        ("front · frame take_2", "take_2", "front", "Camera front · frame take_2"),
        ("scene 12", None, None, "scene 12"),
        ("54138969 · frame 3", "000003", "54138969", "Camera 2 (54138969) · frame 3"),
    ],
)
def test_a_photo_is_told_by_camera_then_frame_then_sequence(
    title: str, moment: str | None, view: str | None, expected: str
) -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    shown = Record("a/b/000001.jpg", title, image=image, moment=moment, view=view)
    other = Record("other", "1 · frame 3", image=image, moment="000003", view="12345")
    assert photo_title(shown, Dataset("set", None, "made up", (shown, other))) == expected


def test_the_moment_is_what_its_cameras_share() -> None:
    record = Record("k", "S11 · Directions 1 · camera 2 · frame 40", moment=HUMAN36M, view="camera 2")
    name = photo_name(record)
    assert (name.moment_title, name.short) == ("Frame 40 of S11 Directions 1", "cam 2 · 40")
    assert camera_title("cam04") == "Camera 4"
    assert short_title("train2017/000000000045.jpg") == "photo 45"
    assert short_title("cam03/000040.jpg", "cam03", 40) == "cam 3 · 40"


def test_photos_of_other_cameras_are_named_without_being_built() -> None:
    sample = open_sample()
    names = {one.key: photo_name(one, sample.views) for one in sample.records}
    of_moment = sample.photos_of_moment(sample.records[0])
    assert len(of_moment) > 1
    for key, view in of_moment:
        assert same_moment_name(sample.records[0], view, sample.views) == names[key]


@pytest.mark.parametrize("dataset", [open_sample(), open_dataset(crowd_folder())], ids=["sample", "crowd"])
def test_every_photo_that_ships_has_a_name_of_its_own_that_is_no_path(dataset: Dataset) -> None:
    titles = [photo_title(record, dataset) for record in dataset.records]
    assert len(set(titles)) == len(titles)
    assert not any("/" in title or ".jpg" in title for title in titles)
    assert dataset_title(dataset).startswith("Sample c")


def test_photos_are_found_by_what_they_are_called() -> None:
    dataset = open_sample()
    found = RecordSearch(dataset).positions("camera 3 frame 40")
    assert [dataset.records[place].key for place in found] == ["cam03/000040.jpg"]
