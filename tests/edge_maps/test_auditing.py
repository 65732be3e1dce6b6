"""The audit: maps as expected agree, and every injected fault is called by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.edge_maps.auditing import Finding, Verdict, agreement, audit_maps, shift_between, shifted
from sefd_viewer.edge_maps.jobs import FactorySettings, Map, MapKind, dilation_settings
from sefd_viewer.edge_maps.making import make_maps
from tests.edge_maps.sets import map_files, opened, read_map, write_set

OVERLAP = FactorySettings()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two or three people in each of three pictures."""
    return opened(write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco"), "muco")


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Four frames of a walking camera."""
    folder = write_set(tmp_path_factory.mktemp("sets") / "3dpw", "3dpw-sequences", count=4)
    return opened(folder, "3dpw-sequences")


def findings_of(dataset: Dataset, out: Path, settings: FactorySettings = OVERLAP) -> list[Finding]:
    return audit_maps(dataset, out, settings).findings


def change(path: Path, how: Callable[[Map], Map]) -> None:
    cv2.imwrite(str(path), how(read_map(path)))


@pytest.mark.parametrize("kind", ["single", "all", "overlap", "occluded"])
def test_what_was_made_agrees(tmp_path: Path, crowd: Dataset, kind: MapKind) -> None:
    settings = FactorySettings(kind)
    make_maps(crowd, tmp_path, settings)
    report = audit_maps(crowd, tmp_path, settings)
    assert set(report.counts) == {Verdict.AGREES}
    assert report.median_agreement == 1


def test_jpeg_agrees_whatever_the_expected_format(tmp_path: Path, crowd: Dataset) -> None:
    for words in ("adaptive", "none"):
        settings = FactorySettings(edges=dilation_settings(words), file_format="jpeg")
        make_maps(crowd, tmp_path / words, settings)
        assert not findings_of(crowd, tmp_path / words, replace(settings, file_format="png"))


@pytest.mark.parametrize("shift", [(3, -2), (-1, 0), (0, 8)])
def test_a_shift_is_measured(tmp_path: Path, crowd: Dataset, shift: tuple[int, int]) -> None:
    make_maps(crowd, tmp_path, OVERLAP)
    path = list(map_files(tmp_path).values())[1]
    change(path, lambda picture: shifted(picture, shift))
    (finding,) = findings_of(crowd, tmp_path)
    assert finding.verdict is Verdict.SHIFTED
    assert f"by {shift[0]:+.1f} pixels in x, {shift[1]:+.1f} in y" in finding.detail


@pytest.mark.parametrize("words", ["none", "fixed:3", "fixed:9"])
def test_another_dilation_is_named(tmp_path: Path, crowd: Dataset, words: str) -> None:
    make_maps(crowd, tmp_path, FactorySettings(edges=dilation_settings(words)))
    expected = FactorySettings(edges=dilation_settings("fixed:5"))
    findings = findings_of(crowd, tmp_path, expected)
    assert [one.verdict for one in findings] == [Verdict.DILATION] * 3
    assert all(words in one.detail for one in findings)


def test_adaptive_by_projected_bodies_is_named(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "muco", count=1)
    annotations = root / "MuCo-3DHP.json"
    content = json.loads(annotations.read_text())
    for person in content["annotations"]:
        person["bbox"] = [0, 0, 300, 300]
    annotations.write_text(json.dumps(content))
    dataset = opened(root, "muco")
    plain = replace(dataset, records=[_without_boxes(record) for record in dataset.records])
    make_maps(plain, tmp_path / "out", OVERLAP)
    (finding,) = findings_of(dataset, tmp_path / "out")
    assert finding.verdict is Verdict.DILATION
    assert "adaptive by the boxes of the projected bodies" in finding.detail


def _without_boxes(record: Record) -> Record:
    return replace(record, people=tuple(replace(one, derived_box=True) for one in record.people))


def test_another_kind_under_the_name_is_recognised(tmp_path: Path, crowd: Dataset) -> None:
    make_maps(crowd, tmp_path / "out", OVERLAP)
    make_maps(crowd, tmp_path / "other", FactorySettings("occluded"))
    targets = map_files(tmp_path / "out").values()
    for target, source in zip(targets, map_files(tmp_path / "other").values(), strict=True):
        target.write_bytes(source.read_bytes())
    findings = findings_of(crowd, tmp_path / "out")
    assert [one.verdict for one in findings] == [Verdict.KIND] * 3
    assert all("occluded" in one.detail for one in findings)


def test_swapped_people_are_told(tmp_path: Path, crowd: Dataset) -> None:
    settings = FactorySettings("single")
    make_maps(crowd, tmp_path, settings)
    one, other = (person.key for person in crowd.records[0].people[:2])
    files = map_files(tmp_path)
    first, second = (
        next(path for name, path in files.items() if name.endswith(f"_000000_{key}.png"))
        for key in (one, other)
    )
    first.write_bytes(second.read_bytes())
    (finding,) = findings_of(crowd, tmp_path, settings)
    assert finding.verdict is Verdict.PERSON
    assert f"it shows person {other} alone" in finding.detail


def test_a_person_left_out_is_told(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = write_set(tmp_path_factory.mktemp("sets") / "set", "muco", count=2, people=(3, 3))
    fits = root / "smpl_param.json"
    whole = fits.read_text()
    key = opened(root, "muco").records[0].people[1].key
    fits.write_text(json.dumps({name: fit for name, fit in json.loads(whole).items() if name != key}))
    make_maps(opened(root, "muco"), tmp_path, OVERLAP)
    fits.write_text(whole)
    (finding,) = findings_of(opened(root, "muco"), tmp_path)
    assert finding.verdict is Verdict.LEFT_OUT
    assert f"without person {key}" in finding.detail


def test_maps_one_frame_late_are_told(tmp_path: Path, sequence: Dataset) -> None:
    make_maps(sequence, tmp_path, OVERLAP)
    files = list(map_files(tmp_path).values())
    pictures = [path.read_bytes() for path in files]
    for path, picture in zip(files[1:], pictures, strict=False):
        path.write_bytes(picture)
    findings = findings_of(sequence, tmp_path)
    assert [one.verdict for one in findings] == [Verdict.FRAME] * 3
    keys = [record.key for record in sequence.records]
    assert [f"the frame before, {key}" in one.detail for key, one in zip(keys, findings, strict=False)] == [
        True
    ] * 3


def test_files_that_are_missing_or_unusable_are_told(tmp_path: Path, crowd: Dataset) -> None:
    make_maps(crowd, tmp_path, OVERLAP)
    first, second, _ = map_files(tmp_path).values()
    first.unlink()
    second.write_bytes(b"no picture")
    findings = findings_of(crowd, tmp_path)
    assert [one.verdict for one in findings] == [Verdict.MISSING, Verdict.UNUSABLE]
    assert findings[1].detail == "this map is not a whole picture"


def test_what_nothing_explains_is_different(tmp_path: Path, crowd: Dataset) -> None:
    make_maps(crowd, tmp_path, OVERLAP)
    change(next(iter(map_files(tmp_path).values())), lambda picture: picture[::-1, ::-1].copy())
    (finding,) = findings_of(crowd, tmp_path)
    assert finding.verdict is Verdict.DIFFERENT
    assert finding.agreement is not None
    assert finding.agreement < 0.5


def test_a_record_that_cannot_be_drawn_does_not_stop_the_audit(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "muco")
    make_maps(opened(root, "muco"), tmp_path / "out", OVERLAP)
    (root / "augmented_set" / "000001.jpg").write_bytes(b"no picture")
    report = audit_maps(opened(root, "muco"), tmp_path / "out", OVERLAP, workers=2)
    assert report.counts == {Verdict.AGREES: 2, Verdict.NOT_DRAWN: 1}
    assert json.loads(json.dumps(report.to_dict()))["counts"] == {"agrees": 2, "cannot be drawn": 1}


def test_agreement_of_empty_and_of_disjoint_maps() -> None:
    empty, full = np.zeros((8, 8), np.uint8), np.full((8, 8), 200, np.uint8)
    assert agreement(empty, empty) == 1
    assert agreement(empty, full) == 0
    assert agreement(full, full) == 1


def test_parts_of_a_pixel_are_measured() -> None:
    rng = np.random.default_rng(1)
    picture = cv2.GaussianBlur((rng.random((64, 80)) > 0.97).astype(np.float32), (9, 9), 2.0)
    still = np.asarray(picture / picture.max() * 255, np.uint8)
    assert shift_between(still, shifted(still, (2.5, -0.5))) == pytest.approx((2.5, -0.5), abs=0.15)
