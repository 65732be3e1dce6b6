"""Small pictures of people: what they show, and that they are kept on disk."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.app.person_pictures import (
    MARGIN,
    KeptBodies,
    PersonBody,
    PersonPictures,
    picture_of,
)
from sefd_viewer.app.questions import DiskAnswers
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.opening import open_sample
from sefd_viewer.datasets.records import Record
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera

SQUARE = np.array([[-0.5, -0.5, 5], [0.5, -0.5, 5], [0.5, 0.5, 5], [-0.5, 0.5, 5]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], np.int32)
BLUE = (30, 60, 250)


def body() -> PersonBody:
    camera = PinholeCamera(np.array([500.0, 500.0]), np.array([300.0, 200.0]))
    return PersonBody(SQUARE, FACES, camera, BLUE)


@pytest.fixture
def photo(tmp_path: Path) -> Record:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((400, 600, 3), 128, np.uint8))
    return Record("a", "a", image_path=tmp_path / "a.png")


def test_the_body_lies_where_the_camera_sees_it() -> None:
    """A square of 1 m, 5 m away, f = 500: 100 pixels wide about the principal point (300, 200)."""
    image = np.full((400, 600, 3), 128, np.uint8)
    box = (250.0, 150.0, 100.0, 100.0)
    shown = picture_of(image, box, body(), side=124)  # the margin makes the square 124 pixels wide
    blue = (shown[..., 2].astype(int) - shown[..., 0]) > 60
    rows, columns = np.flatnonzero(blue.any(axis=1)), np.flatnonzero(blue.any(axis=0))
    edge = round(100 * MARGIN)
    for found in (rows, columns):
        np.testing.assert_allclose((found[0], found[-1]), (edge, edge + 99), atol=2)
    assert np.array_equal(shown[0, 0], image[0, 0])


def test_without_a_box_the_whole_photo_is_shown() -> None:
    assert picture_of(np.zeros((400, 600, 3), np.uint8), None, None, side=60).shape == (40, 60, 3)


def test_the_body_is_drawn_in_once_it_is_known_and_found_on_disk_at_the_next_start(
    photo: Record, tmp_path: Path
) -> None:
    folder, box = tmp_path / "kept", (250.0, 150.0, 100.0, 100.0)

    def pictures() -> PersonPictures:
        return PersonPictures(executor, lambda call: call(), folder)

    def shown(of: PersonPictures, method: str = "student 1") -> np.ndarray:
        of.get("a", "man", method, lambda: (photo, box))
        executor.submit(lambda: None).result()
        found = of.get("a", "man", method, lambda: (photo, box))
        assert isinstance(found, np.ndarray)
        return found

    with ThreadPoolExecutor(1) as executor:
        first = pictures()
        assert np.ptp(shown(first)) < 8  # grey, as the photo is
        first.learn("a", "man", "student 1", body())
        drawn = shown(first)
        assert np.ptp(drawn) > 100
        assert len(list(folder.glob("*.jpg"))) == 1
        again = shown(pictures())
        assert np.abs(again.astype(int) - drawn).mean() < 3
        assert np.ptp(shown(pictures(), "student 2")) < 8  # other weights: another answer


def test_what_was_kept_first_goes_first(
    photo: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with more pictures than are kept loses the oldest when another is written."""
    monkeypatch.setattr("sefd_viewer.app.person_pictures.MOST_FILES", 3)
    for number in range(5):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(b"x")
        os.utime(file, (number, number))
    with ThreadPoolExecutor(1) as executor:
        pictures = PersonPictures(executor, lambda call: call(), tmp_path)
        pictures.learn("a", "man", "student", body())
        pictures.get("a", "man", "student", lambda: (photo, (250.0, 150.0, 100.0, 100.0)))
        executor.submit(lambda: None).result()
    kept = {file.name for file in tmp_path.glob("*.jpg")}
    assert len(kept) == 3
    assert {"3.jpg", "4.jpg"} < kept


def test_a_picture_that_cannot_be_read_is_words(tmp_path: Path) -> None:
    lost = Record("b", "b", image_path=tmp_path / "none.png")
    with ThreadPoolExecutor(1) as executor:
        pictures = PersonPictures(executor, lambda call: call())
        pictures.get("b", None, None, lambda: (lost, None))
        executor.submit(lambda: None).result()
        assert isinstance(pictures.get("b", None, None, lambda: (lost, None)), str)


def test_bodies_that_the_networks_said_earlier_are_drawn_in(tmp_path: Path) -> None:
    """Answers about the sample ship: nobody has to wait for the networks to see the student's bodies."""
    sample, find_body = open_sample(), lambda _id: open_body()
    record = sample.records[sample.position("cam03/000040.jpg")]
    man = record.person("man")
    assert man.bbox_xywh is not None
    x, y, width, height = (float(value) for value in man.bbox_xywh)
    with ThreadPoolExecutor(1) as executor:
        answers = DiskAnswers(tmp_path / "answers", executor, lambda call: call(), find_body)
        pictures = PersonPictures(executor, lambda call: call())
        plain = picture_of(record.load(), (x, y, width, height), None)
        pictures.kept = KeptBodies(answers, "student", BLUE, find_body, EdgeSettings(), {})
        look = lambda: (record, (x, y, width, height))  # noqa: E731
        pictures.get(record.key, "man", "student", look)
        executor.submit(lambda: None).result()
        drawn = pictures.get(record.key, "man", "student", look)
        assert isinstance(drawn, np.ndarray)
        blue = (drawn[..., 2].astype(int) - drawn[..., 0] > 60) & (
            plain[..., 2].astype(int) - plain[..., 0] < 60
        )
        assert blue.mean() > 0.05


def test_with_other_edges_the_last_picture_stands_until_the_new_one_is_made(
    photo: Record, tmp_path: Path
) -> None:
    executor = ThreadPoolExecutor(1)
    pictures = PersonPictures(executor, lambda call: call(), tmp_path / "kept")
    assert pictures.get("a", "man", "5x5", lambda: (photo, None)) is None
    executor.submit(lambda: None).result()
    first = pictures.get("a", "man", "5x5", lambda: (photo, None))
    assert pictures.get("a", "man", "9x9", lambda: (photo, None)) is first
    assert pictures.get("a", "woman", "9x9", lambda: (photo, None)) is None
    pictures.clear()
    assert pictures.get("a", "man", "7x7", lambda: (photo, None)) is None
    executor.shutdown()
