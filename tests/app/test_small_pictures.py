from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.app.people_keys import people_of
from sefd_viewer.app.small_pictures import SmallPictures
from sefd_viewer.datasets.records import Record
from sefd_viewer.features.people.pictures import Tiles
from tests.app.session_fakes import AtOnce, WhenTold, broken_record, dataset, record

WAITING = 60


def pictures(executor: Executor) -> SmallPictures[str]:
    return SmallPictures(executor, lambda call: call(), remembered=600, waiting=WAITING, newest_first=True)


def get(made: SmallPictures[str], item: Record):
    return made.find(item.key, lambda: (item.image_path, lambda: item.load(max_side=32)))


def test_a_picture_is_made_once_and_told_about():
    told: list[str] = []
    made = pictures(AtOnce())
    made.listen(told.append)
    get(made, record("a"))
    found = get(made, record("a"))
    assert told == ["a"]
    assert isinstance(found, np.ndarray)
    assert max(found.shape[:2]) == 32


def test_a_broken_picture_gives_words():
    made = pictures(AtOnce())
    get(made, broken_record("a"))
    found = get(made, broken_record("a"))
    assert isinstance(found, str)
    assert "a.jpg" in found


def test_a_tile_whose_file_was_repaired_is_made_again(tmp_path: Path):
    file, tiles = tmp_path / "a.png", Tiles(AtOnce(), lambda call: call(), pytest.fail)
    item = replace(record("a"), image=None, image_path=file)
    people = people_of(dataset(item))
    found = []
    for shade in (None, 90, 200):
        picture = np.full((40 + (shade or 0), 30, 3), shade or 0, np.uint8)
        file.write_bytes(b"broken" if shade is None else cv2.imencode(".png", picture)[1].tobytes())
        for _ in range(2):
            last = tiles.get(people, dataset(item), 0, 20, whole=False, body=False)
        found.append(last)
    assert isinstance(found[0], str)
    assert [int(one.mean()) for one in found[1:]] == [90, 200]
    assert tiles.get(people, dataset(item), 0, 20, whole=False, body=False) is found[2]  # not made again


def test_those_scrolled_past_are_dropped_and_the_last_comes_first():
    executor, told = WhenTold(), list[str]()
    made = pictures(executor)
    made.listen(told.append)
    for number in range(3 * WAITING):
        get(made, record(f"{number}"))
    executor.run_all()
    assert told[:2] == ["0", f"{3 * WAITING - 1}"]
    assert len(told) <= WAITING + 1
    assert not made.busy


def test_while_they_rest_no_picture_is_begun_and_then_all_are_made():
    told: list[str] = []
    made = pictures(AtOnce())
    made.listen(told.append)
    made.rest(True)
    for name in "ab":
        get(made, record(name))
    assert told == []
    made.rest(False)
    assert sorted(told) == ["a", "b"]


def test_closing_leaves_nothing_waiting():
    executor = WhenTold()
    made = pictures(executor)
    for key in "abc":
        get(made, record(key))
    made.close()
    executor.run_all()
    assert get(made, record("d")) is None
    assert not executor.jobs


def test_after_a_stop_nothing_is_made_until_it_is_seen_again():
    executor, told = WhenTold(), list[str]()
    made = pictures(executor)

    def look_again(key: str) -> None:
        told.append(key)
        for other in "abc":
            get(made, record(other))

    made.listen(look_again)
    look_again("at first")
    made.stop()
    executor.run_all()
    assert told == ["at first"]
    assert not made.busy
    look_again("later")
    executor.run_all()
    assert told == ["at first", "later", "b", "c"]  # a was made, if unheard
