"""A set of maps drawn in torch: the CPU's maps, damage, a killed run, what fails on the device."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings, Map
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edge_maps.verifying import verify_maps
from sefd_viewer.errors import SefdError
from sefd_viewer.gpu_edges import drawer as drawer_module
from sefd_viewer.gpu_edges.drawer import TorchDrawer
from sefd_viewer.gpu_edges.maps import Crowd, crowd_maps
from sefd_viewer.inference.device import Device
from tests.edge_maps.sets import map_files, opened, read_map, write_set

OVERLAP = FactorySettings()
DEVICE = Device(torch.device("cpu"), "a test")


@pytest.fixture(scope="module")
def mscoco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everyone has a camera of his own."""
    return write_set(tmp_path_factory.mktemp("sets") / "MSCOCO", "mscoco", count=4)


@pytest.fixture
def dataset(mscoco: Path) -> Dataset:
    return opened(mscoco, "mscoco")


def renderers(out: Path) -> list[str]:
    (path,) = out.glob("*.manifest.json")
    names = json.loads(path.read_text())["renderers"]
    assert isinstance(names, list)
    return names


@pytest.mark.parametrize("kind", ["single", "occluded"])
def test_the_set_is_the_cpu_s(tmp_path: Path, dataset: Dataset, kind: str) -> None:
    settings = FactorySettings(kind)  # type: ignore[arg-type]
    told: list[tuple[int, int]] = []
    make_maps(dataset, tmp_path / "cpu", settings)
    drawer = TorchDrawer(settings, DEVICE)
    report = make_maps(
        dataset, tmp_path / "torch", settings, drawer=drawer, workers=2, progress=lambda *at: told.append(at)
    )
    assert (report.made, report.failed, told[-1]) == (4, False, (4, 4))
    cpu, ours = map_files(tmp_path / "cpu"), map_files(tmp_path / "torch")
    assert list(cpu) == list(ours)
    for name, path in ours.items():
        difference = np.abs(read_map(path).astype(int) - read_map(cpu[name]))
        assert (difference <= 1).mean() >= 0.995
    assert verify_maps(dataset, tmp_path / "torch", settings).complete


def test_maps_of_everyone_follow_who_was_painted_in_front(tmp_path: Path, dataset: Dataset) -> None:
    settings = FactorySettings("all")
    drawn = {}
    for place in (0, -1):
        records = [replace(one, painted_in_front=(one.people[place].key,)) for one in dataset.records]
        for name, drawer in (("cpu", None), ("torch", TorchDrawer(settings, DEVICE))):
            out = tmp_path / f"{name}{place}"
            make_maps(replace(dataset, records=records), out, settings, drawer=drawer)
            drawn[name, place] = np.array([read_map(path).astype(int) for path in map_files(out).values()])
        assert (np.abs(drawn["cpu", place] - drawn["torch", place]) <= 1).mean() >= 0.995
    assert (np.abs(drawn["cpu", 0] - drawn["cpu", -1]) > 1).sum() > 20


def test_damage_is_listed_and_the_cpu_may_go_on(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "muco", count=4)
    second = root / "augmented_set" / "000001.jpg"
    whole = second.read_bytes()
    second.write_bytes(b"no picture")
    dataset, out = opened(root, "muco"), tmp_path / "out"
    drawer = TorchDrawer(OVERLAP, DEVICE)
    report = make_maps(dataset, out, OVERLAP, drawer=drawer, packed=True)
    assert [failure.record for failure in report.failures] == [dataset.records[1].key]
    assert (report.made, renderers(out)) == (3, [drawer.name])
    again = make_maps(dataset, out, OVERLAP, packed=True)
    assert (again.made, again.kept, renderers(out)) == (0, 3, [drawer.name])
    second.write_bytes(whole)
    last = make_maps(dataset, out, OVERLAP, packed=True)
    assert (last.made, last.kept, renderers(out)) == (1, 3, ["cpu", drawer.name])
    assert verify_maps(dataset, out, OVERLAP).complete


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_leaves_whole_maps_and_is_resumed(tmp_path: Path, mscoco: Path) -> None:
    out = tmp_path / "out"
    code = f"""
import os, signal
from pathlib import Path
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.gpu_edges.drawer import TorchDrawer
from tests.edge_maps.sets import opened
from tests.gpu_edges.test_drawer import DEVICE, OVERLAP
calls, replace = [], os.replace
def killing(*names):
    calls.append(names)
    if len(calls) == 4:  # the manifest, two maps, and the next
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*names)
os.replace = killing
dataset, out = opened(Path({str(mscoco)!r}), "mscoco"), Path({str(out)!r})
make_maps(dataset, out, OVERLAP, drawer=TorchDrawer(OVERLAP, DEVICE))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [read_map(path).shape for path in map_files(out).values()] == [(96, 128)] * 2
    report = make_maps(opened(mscoco, "mscoco"), out, OVERLAP, drawer=TorchDrawer(OVERLAP, DEVICE))
    assert (report.kept, report.made) == (2, 2)


def test_what_one_record_does_to_the_device_does_not_stop_the_others(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dataset.records[0].people[0].camera

    def limited(crowds: Sequence[Crowd], *rest: object) -> list[tuple[Map, ...]]:
        if first is not None and any((crowd.camera.focal == first.focal).all() for crowd in crowds):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return crowd_maps(crowds, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(drawer_module, "crowd_maps", limited)
    report = make_maps(dataset, tmp_path, OVERLAP, drawer=TorchDrawer(OVERLAP, DEVICE))
    assert report.made == 3
    assert [failure.record for failure in report.failures] == [dataset.records[0].key]
    assert "out of memory" in report.failures[0].reason


def test_a_broken_device_ends_the_run_and_blames_no_record(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[tuple[Map, ...]]:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(drawer_module, "crowd_maps", broken)
    with pytest.raises(SefdError, match=r"the graphics card failed.*goes on where it was"):
        make_maps(dataset, tmp_path, OVERLAP, drawer=TorchDrawer(OVERLAP, DEVICE))
