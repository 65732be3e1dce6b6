"""Packed maps: one ZIP file that survives being killed, and is verified and audited like files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.archive import MapArchive
from sefd_viewer.edge_maps.auditing import audit_maps
from sefd_viewer.edge_maps.jobs import FactorySettings
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edge_maps.verifying import verify_maps
from sefd_viewer.errors import SefdError
from tests.conftest import FullDisk
from tests.edge_maps.sets import map_files, opened, write_set

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


def test_a_run_that_goes_on_can_be_killed_at_any_time(tmp_path: Path) -> None:
    path, killed = tmp_path / "maps.zip", tmp_path / "killed.zip"
    with MapArchive(path) as archive:
        archive.add(FIRST, b"first")
    with MapArchive(path) as archive:
        archive.add(SECOND, b"second")
        content = path.read_bytes()  # as after a kill: the directory is not there yet
    for lost in (0, 1, len(b"second"), 40):
        killed.write_bytes(content[: len(content) - lost])
        with MapArchive(killed) as archive:
            assert archive.read(FIRST) == b"first"
            assert (SECOND in archive) == (not lost)
        with zipfile.ZipFile(killed) as pack:
            assert pack.read(str(FIRST)) == b"first"
            assert pack.testzip() is None


def test_a_directory_that_an_older_version_wrote_over_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    with MapArchive(path) as archive:
        archive.add(FIRST, b"first")
        archive.add(SECOND, b"second")
    with zipfile.ZipFile(path) as pack:
        start = pack.start_dir
    whole = path.read_bytes()
    path.write_bytes(whole[:start] + b"PK\x03\x04" + whole[start + 4 :])
    with MapArchive(path) as archive:
        assert archive.read(SECOND) == b"second"
    with zipfile.ZipFile(path) as pack:
        assert pack.namelist() == [str(FIRST), str(SECOND)]


def strangers_zip(*names: str, how: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as pack:
        for name in names:
            pack.writestr(name, b"holiday" * 99)
    return content.getvalue()


FOREIGN = {
    "words": b"my thesis",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(99),
    "other files": strangers_zip("a/SMPL_one.png", "letter.txt"),
    "other pictures": strangers_zip("holiday.png"),
    "compressed pictures": strangers_zip("a/SMPL_one.png", how=zipfile.ZIP_DEFLATED),
    "a program that unpacks itself": b"#!/bin/sh\n" + strangers_zip("a/SMPL_one.png"),
    "half of other pictures": strangers_zip("holiday.png")[:200],
    "half of compressed pictures": strangers_zip("a/SMPL_one.png", how=zipfile.ZIP_DEFLATED)[:60],
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_somebody_else_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "maps.zip"
    path.write_bytes(content)
    with pytest.raises(SefdError, match=r"maps\.zip: this is in the way: it is not an archive of such maps"):
        MapArchive(path, prefix="SMPL_")
    assert path.read_bytes() == content


def test_nobody_writes_while_another_run_does(tmp_path: Path) -> None:
    with MapArchive(tmp_path / "maps.zip"), pytest.raises(SefdError, match="another run writes into this"):
        MapArchive(tmp_path / "maps.zip")


def test_a_full_disk_leaves_whole_maps(tmp_path: Path, full_disk: FullDisk) -> None:
    path = tmp_path / "maps.zip"
    archive = MapArchive(path)
    archive.add(FIRST, bytes(6000))
    words = r"maps\.zip: cannot be written .*Make room"
    with archive, full_disk(8000), pytest.raises(SefdError, match=words):
        archive.add(SECOND, bytes(6000))
    with zipfile.ZipFile(path) as pack:
        assert pack.namelist() == [str(FIRST)]
    archive = MapArchive(path)
    archive.add(SECOND, bytes(1900))
    with full_disk(8050), pytest.raises(SefdError, match="cannot be written"), archive:
        pass  # the directory does not fit
    with MapArchive(path) as archive:
        assert archive.read(SECOND) == bytes(1900)


def test_names_survive_a_repair(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    with MapArchive(path) as archive:
        archive.add(SECOND, b"second")
    with zipfile.ZipFile(path) as pack:
        directory = pack.start_dir
    path.write_bytes(path.read_bytes()[:directory])
    with MapArchive(path) as archive:
        assert archive.read(SECOND) == b"second"
