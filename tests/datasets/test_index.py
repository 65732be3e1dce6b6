"""The index: its records are those of the files, and whatever happens to it or them, it mends itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.datasets import Dataset
from sefd_viewer.datasets.annotations import ReadOptions, annotation_readers, json_files
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.index import cache as cache_module
from sefd_viewer.datasets.index import people_table
from sefd_viewer.datasets.index.cache import IndexCache, clean
from sefd_viewer.datasets.index.people_rows import walked_table
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.progress import CancelledError, Progress
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder

SETTINGS = SceneSettings(size=(96, 80), people=(2, 3))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with a synthetic set of a format, made once."""
    made: dict[str, Path] = {}

    def folder(format: str) -> Path:
        if format not in made:
            made[format] = tmp_path_factory.mktemp("sets") / format
            with new_folder(made[format]) as unfinished:
                WRITERS[format](unfinished, Plan(2, 3, SETTINGS))
        return made[format]

    return folder


@pytest.fixture
def coco(sets: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of the MSCOCO set's annotations, to spoil."""
    for file in (sets("mscoco") / "annotations").iterdir():
        copy = tmp_path / "set" / "annotations" / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return tmp_path / "set"


def opened(path: Path, cache: Path, **more: Any) -> Dataset:
    """The set in `path` through the index in `cache`, however small it is."""
    reader = next(one for one in annotation_readers() if one.recognises(path))
    assert isinstance(reader, AnnotationReader)
    return replace(reader, cache=IndexCache(cache, least_rows=0), **more).open(path)


def values(thing: object) -> Any:
    """Nested values that can be compared."""
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, np.asarray(thing, dtype=np.float64).round(5).tolist().__repr__()
    if is_dataclass(thing) and not isinstance(thing, type):
        return [values(getattr(thing, field.name)) for field in fields(thing)]
    return [values(one) for one in thing] if isinstance(thing, tuple | list) else thing


def entries(cache: Path) -> list[str]:
    return sorted(one.name for one in cache.iterdir())


@pytest.mark.parametrize("format", sorted(WRITERS))
def test_records_out_of_the_index_are_those_of_the_files(
    sets: Callable[[str], Path], tmp_path: Path, format: str
) -> None:
    plain, first = open_dataset(sets(format)), opened(sets(format), tmp_path)
    again = opened(sets(format), tmp_path)
    assert len(entries(tmp_path)) >= 1
    for dataset in (first, again):
        assert dataset.problems == plain.problems
        assert list(dataset.keys) == list(plain.keys)
        assert values(list(dataset.records)) == values(list(plain.records))
        assert [dataset.position(key) for key in plain.keys] == list(range(len(plain.records)))
        assert dataset.find("nothing") is None
        for record in plain.records:
            assert [one.key for one in dataset.same_moment(record)] == [
                one.key for one in plain.same_moment(record)
            ]
        assert people_table(dataset).equals(people_table(plain))
    assert (
        people_table(plain)
        .drop("score", "subject", "action", "fit_error")
        .equals(walked_table(plain).drop("score", "subject", "action", "fit_error"))
    )


@pytest.mark.parametrize("format", sorted(WRITERS))
def test_files_read_in_batches_say_the_same(
    sets: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    plain = open_dataset(sets(format))
    monkeypatch.setattr(json_files, "BIG_BYTES", 0)
    monkeypatch.setattr(json_files, "BATCH_BYTES", 3000)
    batched = open_dataset(sets(format))
    assert batched.problems == plain.problems
    assert values(list(batched.records)) == values(list(plain.records))


def test_a_second_opening_reads_no_annotations(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(coco, tmp_path / "cache")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert len(opened(coco, tmp_path / "cache").records) == 2


def spoil_nothing_but_time(coco: Path) -> None:
    file = next(coco.glob("annotations/MSCOCO*"))
    os.utime(file, ns=(1, 1))


def take_the_fits_away(coco: Path) -> None:
    next(coco.glob("annotations/MSCOCO*")).unlink()


def bring_the_pictures(coco: Path) -> None:
    (coco / "images").mkdir()


@pytest.mark.parametrize("change", [spoil_nothing_but_time, take_the_fits_away, bring_the_pictures])
def test_what_it_depends_on_makes_a_new_index(
    coco: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    opened(coco, tmp_path / "cache")
    before = entries(tmp_path / "cache")
    change(coco)
    dataset = opened(coco, tmp_path / "cache")
    after = entries(tmp_path / "cache")
    assert len(after) == 1
    assert after != before
    fits = any(coco.glob("annotations/MSCOCO*"))
    assert all((person.smpl is not None) == fits for record in dataset.records for person in record.people)


def test_records_of_files_that_change_later_say_so(coco: Path, tmp_path: Path) -> None:
    dataset = opened(coco, tmp_path / "cache")
    file = next(coco.glob("annotations/person*"))
    file.write_bytes(file.read_bytes() + b"\n")
    assert (
        f"{file}: this has changed since it was read. Open the data set again" in dataset.records[0].problems
    )
    assert dataset.records[0].people


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def remove(file: Path) -> None:
    file.unlink()


def scribble(file: Path) -> None:
    file.write_bytes(b"x" * file.stat().st_size)


@pytest.mark.parametrize("fault", [cut, empty, remove, scribble])
@pytest.mark.parametrize("name", ["about.json", "keys.text.npy", "boxes.npy", "people.parquet"])
def test_a_broken_index_is_made_again(
    coco: Path, tmp_path: Path, fault: Callable[[Path], None], name: str
) -> None:
    expected = values(list(opened(coco, tmp_path / "cache").records))
    (entry,) = (tmp_path / "cache").iterdir()
    fault(entry / name)
    dataset = opened(coco, tmp_path / "cache")
    assert values(list(dataset.records)) == expected
    assert people_table(dataset).equals(people_table(open_dataset(coco)))
    (mended,) = (tmp_path / "cache").iterdir()
    assert (mended / name).stat().st_size > 0


def test_another_version_of_the_readers_reads_anew(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(coco, tmp_path / "cache")
    monkeypatch.setattr(cache_module, "VERSION", cache_module.VERSION + 1)
    assert len(opened(coco, tmp_path / "cache").records) == 2
    assert len(entries(tmp_path / "cache")) == 2


def test_choices_of_reading_need_no_other_index(coco: Path, tmp_path: Path) -> None:
    opened(coco, tmp_path / "cache")
    strict = opened(coco, tmp_path / "cache", options=ReadOptions(min_score=2.0))
    assert len(entries(tmp_path / "cache")) == 1
    content = json.loads(next(coco.glob("annotations/person*")).read_text())
    assert all("score" not in entry for entry in content["annotations"])
    assert people_table(strict)["person"].null_count() == 0


def test_a_folder_that_cannot_be_written_is_told_and_the_set_opens(coco: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dataset = opened(coco, tmp_path / "file" / "cache")
    assert len(dataset.records) == 2
    assert "cannot be kept" in dataset.problems[-1]


def open_in_child(path: str, cache: str) -> int:
    return len(opened(Path(path), Path(cache)).records)


@pytest.mark.slow
def test_two_processes_that_build_it_at_once_do_no_harm(coco: Path, tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        counts = list(pool.map(open_in_child, [str(coco)] * 4, [str(tmp_path / "cache")] * 4))
    assert counts == [2] * 4
    assert not [name for name in entries(tmp_path / "cache") if name.startswith("unfinished")]
    assert len(opened(coco, tmp_path / "cache").records) == 2


def test_progress_is_told_and_cancelling_leaves_nothing(coco: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    opened(coco, tmp_path / "cache", progress=Progress(lambda *words: told.append(words)))
    assert told[0][0] == "Reading annotations"
    assert told[-1][1] == told[-1][2] == sum(file.stat().st_size for file in coco.glob("annotations/*"))
    with pytest.raises(CancelledError):
        opened(coco, tmp_path / "other", progress=Progress(cancelled=lambda: len(told) > 0))
    assert not (tmp_path / "other").exists() or not entries(tmp_path / "other")
    answers: Iterator[bool] = iter([False, False, True])
    with pytest.raises(CancelledError):
        open_dataset(coco, cancelled=lambda: next(answers))


def test_indexes_of_vanished_sets_leave_first_when_the_cache_is_full(coco: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    opened(coco, cache)
    (kept,) = entries(cache)
    gone = cache / "gone"
    gone.mkdir()
    (gone / "about.json").write_text(json.dumps({"file": str(tmp_path / "nowhere.json")}))
    (gone / "much.npy").write_bytes(bytes(5000))
    clean(cache, 1 << 30)
    assert len(entries(cache)) == 2
    clean(cache, sum(file.stat().st_size for file in (cache / kept).iterdir()))
    assert entries(cache) == [kept]
    clean(cache, 0)
    assert entries(cache) == []


def test_small_sets_are_read_anew_each_time(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEFD_VIEWER_CACHE", str(tmp_path / "mine"))
    assert len(open_dataset(coco).records) == 2
    assert not (tmp_path / "mine").exists()
    assert cache_module.cache_folder() == tmp_path / "mine" / "index"


def test_an_index_is_made_anew_when_another_file_of_bodies_is_read(coco: Path, tmp_path: Path) -> None:
    annotations = coco / "annotations"
    (annotations / "person_keypoints_train2017.json").rename(annotations / "labels.json")
    fits = annotations / "MSCOCO_train_SMPL_NeuralAnnot.json"
    kept = fits.rename(tmp_path / "fits.json")

    def bodies() -> int:
        dataset = opened(annotations, tmp_path / "cache")
        return sum(one.smpl is not None for record in dataset.records for one in record.people)

    assert bodies() == 0
    kept.rename(fits)
    assert bodies() > 0
