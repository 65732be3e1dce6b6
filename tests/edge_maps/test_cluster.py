"""The same work over a Dask cluster with two worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edge_maps.verifying import verify_maps
from sefd_viewer.errors import SefdError
from tests.edge_maps.sets import map_files, opened, write_set

distributed = pytest.importorskip("distributed")

OVERLAP = FactorySettings()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return opened(write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco", count=20), "muco")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def test_the_cluster_makes_the_same_maps(tmp_path: Path, dataset: Dataset, address: str) -> None:
    make_maps(dataset, tmp_path / "here", OVERLAP)
    report = make_maps(dataset, tmp_path / "there", OVERLAP, cluster=address)
    assert (report.made, report.maps, report.complete) == (20, 20, True)
    here, there = map_files(tmp_path / "here"), map_files(tmp_path / "there")
    assert {name: path.read_bytes() for name, path in here.items()} == {
        name: path.read_bytes() for name, path in there.items()
    }
    assert verify_maps(dataset, tmp_path / "there", OVERLAP, cluster=address).complete


def test_packed_maps_come_back_from_the_cluster(tmp_path: Path, dataset: Dataset, address: str) -> None:
    make_maps(dataset, tmp_path, OVERLAP, cluster=address, packed=True)
    assert verify_maps(dataset, tmp_path, OVERLAP).sound == 20


def test_an_address_that_is_none_is_told(tmp_path: Path, dataset: Dataset) -> None:
    with pytest.raises(SefdError, match="no Dask scheduler answers"):
        make_maps(dataset, tmp_path, OVERLAP, cluster="nonsense://nowhere")
