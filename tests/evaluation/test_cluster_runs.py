"""The same run over a Dask cluster with two worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.exclude_list import ExcludeList, without
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs import cluster_work
from sefd_viewer.evaluation.runs.cluster_work import ClusterWork
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, go_on, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.jobs.pool import cluster_results

distributed = pytest.importorskip("distributed")

OPTIONS = RunOptions(device="cpu")
BROKEN = 5
"""The position of a record whose picture is gone."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(8, 3, SceneSettings(size=(96, 72), people=(1, 2), things=0)))
    whole = open_dataset(root, format="muco")
    picture = whole.records[BROKEN].image_path
    assert picture is not None
    picture.unlink()
    return without(open_dataset(root, format="muco"), ExcludeList.of([(whole.keys[0], None)]))


@pytest.fixture(scope="module")
def method(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, open_body: BodyModel) -> Method:
    cases = [(r.key, p.key, open_body.forward(p.smpl).vertices) for r in dataset.records for p in r.people]
    records, people, vertices = (np.array(values) for values in zip(*cases, strict=True))
    file = tmp_path_factory.mktemp("predictions") / "off.npz"
    np.savez(file, records=records, people=people, body_id=open_body.id, vertices=vertices * 1.05)
    return Method("off", predictions=str(file))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_work, "TOGETHER", 2)


def store_for(folder: Path, dataset: Dataset, method: Method) -> RunStore:
    return RunStore(folder, RunPlan.of(dataset, [method], settings_of(OPTIONS)))


def work_for(store: RunStore, dataset: Dataset, method: Method) -> ClusterWork:
    whole = open_dataset(dataset.root, format="muco")
    left_out = ExcludeList.of([(whole.keys[0], None)])
    return ClusterWork.of(store.plan, (method,), OPTIONS, root=dataset.root, format="muco", exclude=left_out)


def test_the_cluster_measures_the_same_and_goes_on_where_it_was_stopped(
    tmp_path: Path, dataset: Dataset, method: Method, address: str
) -> None:
    here, there = (store_for(tmp_path / name, dataset, method) for name in ("here", "there"))
    positions = range(len(dataset.records))
    Runner(dataset, [method], OPTIONS).run(here, positions)
    measured = partial(work_for(there, dataset, method).over_cluster, address, dataset)
    steps: list[int] = []
    run = partial(go_on, there, positions, measured, progress=lambda done, _total: steps.append(done))
    run(cancelled=lambda: bool(steps))
    assert 0 < len(there.done()) < len(positions)
    run()
    assert steps[-1] == len(positions)
    assert there.table().equals(here.table())
    assert there.table()["problem"].drop_nulls().len() == 1


def test_a_worker_with_other_files_is_refused_with_words(
    tmp_path: Path, dataset: Dataset, method: Method, address: str
) -> None:
    store = store_for(tmp_path, dataset, method)
    work = work_for(store, dataset, method)
    with pytest.raises(SefdError, match="other files of off.*Every worker"):
        list(replace(work, identities=("file 0",), run="a").over_cluster(address, dataset, [0]))
    with pytest.raises(SefdError, match="no photo .* in its place"):
        list(replace(work, exclude=None, run="b").over_cluster(address, dataset, [0]))
    with pytest.raises(SefdError, match="no Dask scheduler answers"):
        list(work.over_cluster("nonsense://nowhere", dataset, [0]))


def test_a_cluster_with_another_version_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sefd_viewer.__version__", "0.0")
    with pytest.raises(SefdError, match="another sefd-viewer .here 0.0.*Install the same"):
        list(cluster_results(address, str, [1]))
