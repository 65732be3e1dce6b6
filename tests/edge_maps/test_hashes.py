"""The hashes of maps: in a list that other programs can check, and compared when maps are verified."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path, PurePosixPath

import pytest

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edge_maps.manifest import HashLog, read_hashes
from sefd_viewer.edge_maps.verifying import verify_maps
from tests.edge_maps.sets import map_files, opened, write_set

OVERLAP = FactorySettings()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return opened(write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco"), "muco")


def hash_list(out: Path) -> Path:
    (found,) = out.glob("*.sha256")
    return found


def test_every_map_has_its_hash_and_the_list_has_one_in_the_manifest(
    tmp_path: Path, dataset: Dataset
) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    expected = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}"
        for name, path in map_files(tmp_path).items()
    ]
    assert hash_list(tmp_path).read_text().splitlines() == expected
    (manifest,) = tmp_path.glob("*.manifest.json")
    assert (
        json.loads(manifest.read_text())["hashes"]
        == hashlib.sha256(hash_list(tmp_path).read_bytes()).hexdigest()
    )


def test_a_whole_map_with_other_content_is_told(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    first, second, _ = map_files(tmp_path).values()
    first.write_bytes(second.read_bytes())
    (fault,) = verify_maps(dataset, tmp_path, OVERLAP).faults
    assert "is another map" in fault.reason


def test_a_run_killed_between_map_and_hash_notes_it_later(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP)
    whole = hash_list(tmp_path).read_text()
    hash_list(tmp_path).write_text(whole[: len(whole) // 2])  # ends in the middle of a line
    assert not verify_maps(dataset, tmp_path, OVERLAP).complete
    assert make_maps(dataset, tmp_path, OVERLAP).kept == 3
    assert hash_list(tmp_path).read_text() == whole
    assert verify_maps(dataset, tmp_path, OVERLAP).complete


def test_names_that_are_not_utf8_are_kept_as_they_are(tmp_path: Path) -> None:
    name = PurePosixPath(os.fsdecode(b"p\xe9.png"))
    with HashLog(tmp_path / "list.sha256") as log:
        log.add(name, "0" * 64)
        log.finish()
    assert read_hashes(tmp_path / "list.sha256") == {str(name): "0" * 64}
    assert b"p\xe9.png" in (tmp_path / "list.sha256").read_bytes()
