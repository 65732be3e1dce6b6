"""Packed maps: one ZIP file that survives being killed, and is verified and audited like files."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pytest

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.factory.archive import MapArchive
from sefd_viewer.factory.auditing import audit_maps
from sefd_viewer.factory.making import make_maps
from sefd_viewer.factory.settings import FactorySettings
from sefd_viewer.factory.verifying import verify_maps
from tests.factory.sets import map_files, opened, write_set

OVERLAP = FactorySettings()
FIRST, SECOND = PurePosixPath("a/one.png"), PurePosixPath("a/zwölf.png")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return opened(write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco"), "muco")


def test_the_pack_holds_the_very_files(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path / "files", OVERLAP)
    report = make_maps(dataset, tmp_path / "pack", OVERLAP, packed=True)
    assert (report.made, report.maps) == (3, 3)
    (archive,) = (tmp_path / "pack").glob("*.zip")
    with zipfile.ZipFile(archive) as pack:
        packed = {name: pack.read(name) for name in pack.namelist()}
    assert packed == {name: path.read_bytes() for name, path in map_files(tmp_path / "files").items()}
    assert not map_files(tmp_path / "pack")


def test_a_pack_is_verified_audited_and_not_made_twice(tmp_path: Path, dataset: Dataset) -> None:
    make_maps(dataset, tmp_path, OVERLAP, packed=True)
    assert verify_maps(dataset, tmp_path, OVERLAP).sound == 3
    assert not audit_maps(dataset, tmp_path, OVERLAP).failed
    again = make_maps(dataset, tmp_path, OVERLAP, packed=True)
    assert (again.kept, again.made) == (3, 0)


@pytest.mark.parametrize("lost", [1, 40, 140])
def test_a_killed_run_keeps_its_whole_maps(tmp_path: Path, dataset: Dataset, lost: int) -> None:
    make_maps(dataset, tmp_path, OVERLAP, packed=True)
    (archive,) = tmp_path.glob("*.zip")
    with zipfile.ZipFile(archive) as pack:
        whole = pack.read(pack.namelist()[0])
        last = pack.infolist()[-1]
    archive.write_bytes(archive.read_bytes()[: last.header_offset + lost])  # no directory, half a map
    assert not verify_maps(dataset, tmp_path, OVERLAP).complete
    again = make_maps(dataset, tmp_path, OVERLAP, packed=True)
    assert (again.kept, again.made) == (2, 1)
    assert verify_maps(dataset, tmp_path, OVERLAP).complete
    with zipfile.ZipFile(archive) as pack:
        assert pack.testzip() is None
        assert pack.read(pack.namelist()[0]) == whole


def test_an_archive_goes_on_after_it_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    with MapArchive(path) as archive:
        archive.add(FIRST, b"first")
    with MapArchive(path) as archive:
        assert FIRST in archive
        assert SECOND not in archive
        archive.add(SECOND, b"second")
        assert archive.read(FIRST) == b"first"
    with zipfile.ZipFile(path) as pack:
        assert {name: pack.read(name) for name in pack.namelist()} == {
            str(FIRST): b"first",
            str(SECOND): b"second",
        }


def test_names_survive_a_repair(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    with MapArchive(path) as archive:
        archive.add(SECOND, b"second")
    with zipfile.ZipFile(path) as pack:
        directory = pack.start_dir
    path.write_bytes(path.read_bytes()[:directory])
    with MapArchive(path) as archive:
        assert archive.read(SECOND) == b"second"
