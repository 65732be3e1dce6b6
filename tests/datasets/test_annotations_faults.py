"""Bad annotation files: each fault is named with file, key and record, and the rest loads."""

from __future__ import annotations

import errno
import json
import os
import random
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.body import open_body
from sefd_viewer.datasets import Dataset
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.errors import DatasetError
from tests.datasets.annotation_sets import NAN, picture, told

Change = Callable[[dict[str, Any], dict[str, Any]], None]

ANNOTATIONS = "annotations/person_keypoints_val2017.json"
FITS = "annotations/MSCOCO_val_SMPL_NeuralAnnot.json"


def annotation(key: int, image: int, **more: Any) -> dict[str, Any]:
    keypoints = [20 + key, 10, 2] * 17
    base = {"id": key, "image_id": image, "bbox": [10, 5, 20, 30 + key], "iscrowd": 0, "num_keypoints": 17}
    return base | {"keypoints": keypoints} | more


def fit(**more: Any) -> dict[str, Any]:
    smpl = {"pose": [0.1] * 72, "shape": [0.0] * 10, "trans": [0, 0, 3], "body": open_body().id}
    return {"smpl_param": smpl | more, "cam_param": {"focal": [100, 100], "princpt": [30, 20]}}


def coco_set(root: Path, change: Change = lambda _content, _fits: None) -> Dataset:
    """Two pictures with two people each, spoiled by `change`, written and opened."""
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 60, "height": 40} for i in (1, 2)]
    content = {"images": images, "annotations": [annotation(k, 1 + k // 13) for k in (11, 12, 13, 14)]}
    fits = {str(key): fit() for key in (11, 12, 13, 14)}
    for image in images:
        picture(root / f"val2017/{image['file_name']}")
    change(content, fits)
    (root / "annotations").mkdir(exist_ok=True)
    (root / ANNOTATIONS).write_text(json.dumps(content))
    (root / FITS).write_text(json.dumps(fits))
    return open_dataset(root)


def set_annotation(**values: Any) -> Change:
    return lambda content, _fits: content["annotations"][0].update(values)


def set_fit(**values: Any) -> Change:
    return lambda _content, fits: fits["11"]["smpl_param"].update(values)


def same_person_twice(content: dict[str, Any], _fits: dict[str, Any]) -> None:
    content["annotations"][1].update({**content["annotations"][0], "id": 12})


def people(dataset: Dataset) -> list[str]:
    return [person.key for record in dataset.records for person in record.people]


def test_a_sound_set_has_nothing_to_say(tmp_path: Path) -> None:
    dataset = coco_set(tmp_path)
    assert told(dataset) == ""
    assert people(dataset) == ["11", "12", "13", "14"]


@pytest.mark.parametrize(
    ("change", "reason", "shown"),
    [
        (set_annotation(iscrowd=1), SkipReason.CROWD, False),
        (set_annotation(num_keypoints=0), SkipReason.NO_KEYPOINTS, False),
        (set_annotation(keypoints=[0] * 51, num_keypoints=None), SkipReason.NO_KEYPOINTS, False),
        (set_annotation(bbox=[10, 5, 0, 30]), SkipReason.INVALID_BOX, False),
        (set_annotation(bbox=[10, 5, -4, 30]), SkipReason.INVALID_BOX, False),
        (set_annotation(bbox=[70, 5, 20, 30]), SkipReason.INVALID_BOX, False),
        (set_annotation(bbox=[NAN, 5, 20, 30]), SkipReason.INVALID_BOX, False),
        (set_annotation(bbox="10 5 20 30"), SkipReason.INVALID_BOX, False),
        (lambda _c, fits: fits.pop("11"), SkipReason.NO_SMPL, True),
        (set_fit(pose=[0.0] * 71), SkipReason.BROKEN_SMPL, True),
        (set_fit(trans=[0, 0, NAN]), SkipReason.BROKEN_SMPL, True),
        (set_fit(shape=[1e39] * 10), SkipReason.BROKEN_SMPL, True),
        (lambda _c, fits: fits["11"].update(smpl_param=7), SkipReason.BROKEN_SMPL, True),
        (lambda _c, fits: fits.update({"11": [1, 2]}), SkipReason.BROKEN_SMPL, True),
        (lambda _c, fits: fits["11"].pop("cam_param"), SkipReason.NO_CAMERA, True),
        (lambda _c, fits: fits["11"]["cam_param"].update(focal=[0, 100]), SkipReason.NO_CAMERA, True),
        (same_person_twice, SkipReason.DUPLICATE, False),
    ],
)  # fmt: skip
def test_who_is_skipped_is_listed_with_the_reason(
    tmp_path: Path, change: Change, reason: SkipReason, shown: bool
) -> None:
    dataset = coco_set(tmp_path, change)
    skipped = dataset.records[0].skipped
    assert [(one.reason, one.shown) for one in skipped] == [(reason, shown)]
    assert len(people(dataset)) == (4 if shown else 3)
    person = next((p for p in dataset.records[0].people if p.key == "11"), None)
    if shown:
        assert person is not None
        assert person.smpl is None
        assert person.pose2d is not None
    assert "left out" in str(skipped[0]) or "without a body" in str(skipped[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_annotation(image_id=99), "image_id names an image that is not in the file: annotation 11"),
        (set_annotation(image_id=[1]), "image_id names an image that is not in the file: annotation 11"),
        (set_annotation(id=12), "an annotation id occurs twice; the first counts: annotation 12"),
        (set_annotation(bbox=[1, 2, 3]), f"{ANNOTATIONS}: bbox is not 4 numbers: annotation 11"),
        (set_annotation(bbox=None), f"{ANNOTATIONS}: bbox is missing: annotation 11"),
        (set_annotation(keypoints="no"), f"{ANNOTATIONS}: keypoints is not 17 x 3 numbers: annotation 11"),
        (set_annotation(keypoints=[NAN] * 51), "keypoints holds values that are not finite: annotation 11"),
        (set_fit(pose={}), f"{FITS}: smpl_param.pose is not 72 numbers: annotation 11"),
        (set_fit(trans=None), f"{FITS}: smpl_param.trans is missing: annotation 11"),
        (lambda _c, f: f.update({"77": fit()}), f"{FITS}: an entry belongs to no annotation: entry 77"),
        (lambda c, _f: c["images"][0].pop("file_name"), "an image has no file_name: image 1"),
        (lambda c, _f: c["images"][1].update(id=1), "an image id occurs twice; the first image counts"),
        (lambda c, _f: c["images"][0].update(width=-1), "width and height are not positive: image 1"),
        (lambda c, _f: c["images"][0].update(width="x"), "width and height is not 2 numbers: image 1"),
        (lambda c, _f: c["images"].append(3), "an entry of images holds no named values: images[2]"),
        (lambda c, _f: c["annotations"].append(None), "an entry of annotations holds no named values"),
    ],
)  # fmt: skip
def test_faults_are_named_and_the_rest_loads(tmp_path: Path, change: Change, words: str) -> None:
    dataset = coco_set(tmp_path, change)
    assert words in told(dataset)
    assert {"13", "14"} <= set(people(dataset)) or "image id" in words


def test_many_faults_of_a_kind_are_one_sentence(tmp_path: Path) -> None:
    def change(content: dict[str, Any], _fits: dict[str, Any]) -> None:
        content["annotations"] += [annotation(key, 99) for key in range(100, 130)]

    problems = coco_set(tmp_path, change).problems
    assert len(problems) == 1
    assert problems[0].endswith("annotation 102 names image 99 and 27 more")


def test_a_picture_that_is_not_there_is_a_problem_of_its_record(tmp_path: Path) -> None:
    coco_set(tmp_path)
    (tmp_path / "val2017/1.jpg").unlink()
    first, second = open_dataset(tmp_path).records
    assert first.problems == (f"{tmp_path / 'val2017/1.jpg'}: the picture is not there",)
    assert len(first.people) == 2
    assert not second.problems


def test_nan_in_a_file_is_read_and_said(tmp_path: Path) -> None:
    dataset = coco_set(tmp_path, set_fit(trans=[0, 0, NAN]))
    assert f"{tmp_path / FITS}: this holds NaN" in told(dataset)
    assert people(dataset) == ["11", "12", "13", "14"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there alone")
def test_names_that_are_not_utf8_lead_to_their_pictures(tmp_path: Path) -> None:
    coco_set(tmp_path)
    raw = (tmp_path / ANNOTATIONS).read_bytes().replace(b'"1.jpg"', b'"caf\xe9.jpg"')
    (tmp_path / ANNOTATIONS).write_bytes(raw)
    (tmp_path / "val2017/1.jpg").rename(os.fsdecode(os.fsencode(tmp_path / "val2017") + b"/caf\xe9.jpg"))
    record = open_dataset(tmp_path).records[0]
    assert record.key == "val2017/caf\\xe9.jpg"
    assert record.load().shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "this is empty"),
        (b'{"images": [{"id": 1, "file_na', "this file ends in the middle"),
        (b'{"images" [1]}', "this is not valid JSON"),
        (b"[1, 2]", "this holds no named values"),
        (b'{"images": []}', "this has no list of annotations"),
        (b'{"images": 3, "annotations": []}', "this has no list of images"),
    ],
)
def test_an_unusable_file_says_so_and_other_splits_load(tmp_path: Path, content: bytes, words: str) -> None:
    coco_set(tmp_path)
    train = tmp_path / "annotations/person_keypoints_train2017.json"
    train.write_bytes(content)
    dataset = open_dataset(tmp_path)
    assert len(dataset.records) == 2
    assert f"{train}: {words}" in told(dataset)
    with pytest.raises(DatasetError, match=words):
        open_dataset(train)


def test_fits_that_are_cut_short_leave_people_without_bodies(tmp_path: Path) -> None:
    coco_set(tmp_path)
    raw = (tmp_path / FITS).read_bytes()
    (tmp_path / FITS).write_bytes(raw[: len(raw) // 2])
    dataset = open_dataset(tmp_path)
    assert f"{tmp_path / FITS}: this file ends in the middle" in told(dataset)
    assert people(dataset) == ["11", "12", "13", "14"]
    assert {one.reason for record in dataset.records for one in record.skipped} == {SkipReason.NO_SMPL}


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coco_set(tmp_path)
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == Path(FITS).name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert f"{tmp_path / FITS}: this cannot be read (Permission denied)" in told(open_dataset(tmp_path))


def test_thresholds_leave_out_low_scores_and_bad_fits(tmp_path: Path) -> None:
    def change(content: dict[str, Any], fits: dict[str, Any]) -> None:
        content["annotations"][0]["score"] = 0.2
        fits["12"]["fit_err"] = 7.5

    coco_set(tmp_path, change)
    options = ReadOptions(min_score=0.5, max_fit_error=5.0)
    record = open_dataset(tmp_path, options=options).records[0]
    expected = [(SkipReason.LOW_SCORE, "0.2 < 0.5"), (SkipReason.FIT_ERROR, "7.5 > 5")]
    assert [(one.reason, one.detail) for one in record.skipped] == expected
    assert len(open_dataset(tmp_path).records[0].people) == 2


def test_parameters_without_a_body_belong_to_licensed_smpl_and_it_is_said(tmp_path: Path) -> None:
    dataset = coco_set(tmp_path, lambda _c, fits: fits["11"]["smpl_param"].pop("body"))
    smpl = dataset.records[0].people[0].smpl
    assert smpl is not None
    assert smpl.body_id == "smpl-neutral"
    words = "the body smpl-neutral, which is not here. It is SMPL_NEUTRAL.pkl, from smpl.is.tue.mpg.de"
    assert words in told(dataset)


WEIRD = [None, 3, -1, "x", [], {}, [[1, 2], [3]], NAN, float("inf"), True, 1e39, 10**400, {"a": 1}, -(10**12)]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in nested JSON values: the container and the key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((value, key), *places(inner))]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_stands_in_the_files_only_words_come_of_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def change(content: dict[str, Any], fits: dict[str, Any]) -> None:
        for _ in range(chance.choice((1, 3, 10))):
            container, key = chance.choice(places([content, fits])[2:])
            container[key] = deepcopy(chance.choice(WEIRD))

    for trial in range(25):
        with suppress(DatasetError):
            for record in coco_set(tmp_path / str(trial), change).records:
                assert len(record.people) + sum(not one.shown for one in record.skipped) <= 4


def test_a_folder_called_mpii_is_known_without_fits(tmp_path: Path) -> None:
    folder = tmp_path / "MPII"
    (folder / "annotations").mkdir(parents=True)
    content = {
        "images": [{"id": 1, "file_name": "images/1.jpg", "width": 60, "height": 40}],
        "annotations": [],
    }
    (folder / "annotations/train.json").write_text(json.dumps(content))
    dataset = open_dataset(folder)
    assert dataset.format == "mpii"
    assert "the picture is not there" in told(dataset)


def test_the_format_can_be_named_and_then_must_fit(tmp_path: Path) -> None:
    coco_set(tmp_path)
    assert open_dataset(tmp_path, format="image folder").format == "image folder"
    with pytest.raises(DatasetError, match="there are no muco annotations here"):
        open_dataset(tmp_path, format="muco")
