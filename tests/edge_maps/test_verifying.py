"""Verification: what is whole passes, and every fault is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings, dilation_settings
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edge_maps.verifying import verify_maps
from tests.edge_maps.sets import map_files, opened, write_set

OVERLAP = FactorySettings()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return opened(write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco"), "muco")


def test_what_was_made_is_complete(tmp_path: Path, dataset: Dataset) -> None:
    for file_format in ("png", "jpeg"):
        settings = FactorySettings(file_format=file_format)
        make_maps(dataset, tmp_path / file_format, settings)
        report = verify_maps(dataset, tmp_path / file_format, settings)
        assert report.complete
        assert (report.records, report.sound) == (3, 3)


def test_single_maps_are_counted_one_by_one(tmp_path: Path, dataset: Dataset) -> None:
    settings = FactorySettings("single")
    make_maps(dataset, tmp_path, settings)
    assert verify_maps(dataset, tmp_path, settings).sound == sum(len(r.people) for r in dataset.records)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def enlarge(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((96, 130), np.uint8))


def colour(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((96, 128, 3), np.uint8))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (Path.unlink, "is not there"),
        (halve, "is not a whole picture"),
        (enlarge, "has 130 x 96 pixels, the photo 128 x 96"),
        (colour, "is not grey"),
    ],
)
def test_a_harmed_file_is_told(
    tmp_path: Path, dataset: Dataset, harm: Callable[[Path], None], words: str
) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    name, path = list(map_files(tmp_path).items())[1]
    harm(path)
    report = verify_maps(dataset, tmp_path, OVERLAP)
    assert not report.complete
    (fault,) = report.faults
    assert fault.record == dataset.records[1].key
    assert words in fault.reason
    assert name in fault.reason
    assert report.sound == 2


def test_other_settings_are_told(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    report = verify_maps(dataset, tmp_path, FactorySettings(edges=dilation_settings("fixed:5")))
    assert ["dilation: adaptive, not fixed" in problem for problem in report.problems] == [True]


def test_maps_of_unknown_origin_are_not_proven(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    (manifest,) = tmp_path.glob("*.manifest.json")
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "complete": False, "bodies": ["smpl-male-12345678"]}))
    problems = "\n".join(verify_maps(dataset, tmp_path, OVERLAP).problems)
    assert "the run did not come to its end" in problems
    assert "the maps show the bodies smpl-male-12345678, not open-body-1" in problems
    manifest.unlink()
    assert "there is no manifest" in verify_maps(dataset, tmp_path, OVERLAP).problems[0]


def test_a_set_that_has_grown_since_is_told(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    assert verify_maps(dataset, tmp_path, OVERLAP).problems == []
    grown = replace(dataset, records=[*dataset.records, replace(dataset.records[0], key="new")])
    (problem,) = verify_maps(grown, tmp_path, OVERLAP).problems
    assert "the data set had 3 photos, it has 4 now" in problem


def test_records_that_could_not_be_drawn_are_left_out_only_if_listed(tmp_path: Path) -> None:
    root, out = write_set(tmp_path / "set", "muco"), tmp_path / "out"
    broken = root / "augmented_set" / "000001.jpg"
    photo = broken.read_bytes()
    broken.write_bytes(b"no picture")
    dataset = opened(root, "muco")
    make_maps(dataset, out, OVERLAP)
    report = verify_maps(dataset, out, OVERLAP)
    assert report.complete
    assert [one.record for one in report.left_out] == [dataset.records[1].key]
    broken.write_bytes(photo)
    make_maps(dataset, out, OVERLAP)
    assert verify_maps(dataset, out, OVERLAP).sound == 3
    broken.write_bytes(b"no picture")
    assert not verify_maps(dataset, out, OVERLAP).complete
