from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.app.thumbnails import QUEUE_LIMIT, Thumbnails
from sefd_viewer.features.people.review.crops import CropPictures
from tests.app.session_fakes import AtOnce, WhenTold, broken_record, record


def test_a_picture_is_made_once_and_told_about():
    told: list[str] = []
    thumbnails = Thumbnails(AtOnce(), lambda call: call(), side=32)
    thumbnails.ready = told.append
    item = record("a")
    thumbnails.get(item)
    found = thumbnails.get(item)
    assert told == ["a"]
    assert found is not None
    assert not isinstance(found, str)
    assert max(found.shape[:2]) == 32


def test_a_broken_picture_gives_words():
    thumbnails = Thumbnails(AtOnce(), lambda call: call())
    thumbnails.get(broken_record("a"))
    found = thumbnails.get(broken_record("a"))
    assert isinstance(found, str)
    assert "a.jpg" in found


def test_a_picture_whose_file_changed_is_made_again(tmp_path: Path):
    file, thumbnails = tmp_path / "a.png", Thumbnails(AtOnce(), lambda call: call())
    item = replace(record("a"), image=None, image_path=file)
    for content in (b"broken", cv2.imencode(".png", np.zeros((9, 8, 3), np.uint8))[1].tobytes()):
        file.write_bytes(content)
        thumbnails.get(item)
    found = thumbnails.get(item)
    assert found is not None
    assert not isinstance(found, str)
    assert found.shape == (9, 8, 3)


def test_a_tile_whose_file_was_repaired_is_made_again(tmp_path: Path):
    file, crops = tmp_path / "a.png", CropPictures(AtOnce(), lambda call: call())
    item = replace(record("a"), image=None, image_path=file)
    found = []
    for shade in (None, 90, 200):
        picture = np.full((40 + (shade or 0), 30, 3), shade or 0, np.uint8)
        file.write_bytes(b"broken" if shade is None else cv2.imencode(".png", picture)[1].tobytes())
        crops.get((0, 20), lambda: (item, (5.0, 5.0, 20.0, 20.0)))
        found.append(crops.get((0, 20), lambda: (item, (5.0, 5.0, 20.0, 20.0))))
    assert isinstance(found[0], str)
    assert [int(one.mean()) for one in found[1:]] == [90, 200]
    assert crops.get((0, 20), pytest.fail) is found[2]  # nothing changed: not made again


def test_those_scrolled_past_are_dropped_and_the_last_comes_first():
    executor, told = WhenTold(), list[str]()
    thumbnails = Thumbnails(executor, lambda call: call())
    thumbnails.ready = told.append
    for number in range(3 * QUEUE_LIMIT):
        thumbnails.get(record(f"{number}"))
    executor.run_all()
    assert told[:2] == ["0", f"{3 * QUEUE_LIMIT - 1}"]
    assert len(told) <= QUEUE_LIMIT + 1
    assert not thumbnails.busy


def test_closing_leaves_nothing_waiting():
    executor = WhenTold()
    thumbnails = Thumbnails(executor, lambda call: call())
    for key in "abc":
        thumbnails.get(record(key))
    thumbnails.close()
    executor.run_all()
    assert thumbnails.get(record("d")) is None
    assert not executor.jobs
