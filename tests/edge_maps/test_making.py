"""Making maps: the release's names, the edges themselves, interruption, damage."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import torch

from sefd_viewer.body import open_body
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.records import Record
from sefd_viewer.edge_maps.jobs import FactorySettings, MapLayout, Selection, dilation_settings, plan_job
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.image_plane import to_image_plane
from sefd_viewer.gpu_edges.drawer import TorchDrawer
from sefd_viewer.inference.device import Device
from sefd_viewer.render.zbuffer import project_to_screen
from tests.edge_maps.sets import map_files, opened, read_map, write_set

OVERLAP = FactorySettings()


@pytest.fixture(scope="module")
def mscoco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "MSCOCO", "mscoco")


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("mscoco", "MSCOCO/images/SMPL_overlap_edge/SMPL_overlap_edge_000000000001.png"),
        ("mpii", "MPII/SMPL_overlap_edge/SMPL_overlap_edge_000000001.png"),
        ("muco", "MuCo/SMPL_overlap_edge/augmented_set/SMPL_overlap_edge_000000.png"),
        ("crowdpose", "CrowdPose/SMPL_overlap_edge/SMPL_overlap_edge_100001.png"),
        ("3dpw", "3dpw/SMPL_overlap_edge/synthetic_00/SMPL_overlap_edge_image_00000.png"),
        ("3dpw-sequences", "3dpw/SMPL_overlap_edge/synthetic_00/SMPL_overlap_edge_image_00000.png"),
        (
            "human36m",
            "Human36M/SMPL_edge/s_01_act_02_subact_01_ca_01/SMPL_edge_s_01_act_02_subact_01_ca_01_000001.png",
        ),
    ],
)
def test_maps_lie_where_the_release_has_them(tmp_path: Path, format: str, expected: str) -> None:
    root = write_set(tmp_path / "set", format, count=1)
    report = make_maps(opened(root, format), tmp_path / "out", OVERLAP)
    assert not report.failures
    picture = read_map(map_files(tmp_path / "out")[expected])
    assert picture.shape == (96, 128)
    assert picture.max() > 100


def test_a_map_is_never_outside_its_folder(tmp_path: Path) -> None:
    record = Record("k", "k", image_path=tmp_path / "x" / ".." / ".." / "up" / "a.jpg")
    for format in ("muco", "mscoco", "other"):
        path = MapLayout(format, tmp_path, OVERLAP).path(record)
        assert ".." not in path.parts
        assert not path.is_absolute()


def test_one_camera_gives_the_edges_of_the_mesh_module(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "muco", count=1)
    dataset = opened(root, "muco")
    record = dataset.records[0]
    assert record.camera is not None
    bodies = [open_body().forward(person.smpl) for person in record.people if person.smpl]
    meshes = [body.vertices for body in bodies]
    edges = EdgeSettings(dilation="fixed", kernel=3)
    expected = mesh_edges(meshes, open_body().faces, record.camera, (128, 96), edges)
    for kind in ("overlap", "all", "occluded"):
        make_maps(dataset, tmp_path / kind, FactorySettings(kind, edges))
        (path,) = map_files(tmp_path / kind).values()
        assert np.abs(read_map(path) - 255 * getattr(expected, kind)).max() <= 0.51


@pytest.mark.parametrize("side", [10, 60, 200, 300])
@pytest.mark.parametrize("device", ["cpu", "torch"])
def test_adaptive_goes_by_the_annotated_box_whatever_draws(tmp_path: Path, side: int, device: str) -> None:
    kernel = {10: 1, 60: 3, 200: 5, 300: 7}[side]
    root = write_set(tmp_path / "set", "muco", count=1, people=(1, 1))
    annotations = root / "MuCo-3DHP.json"
    content = json.loads(annotations.read_text())
    content["annotations"][0]["bbox"] = [10, 10, side, side]
    annotations.write_text(json.dumps(content))
    dataset = opened(root, "muco")
    fixed = FactorySettings(edges=dilation_settings(f"fixed:{kernel}"))
    made = []
    for name, settings in (("adaptive", OVERLAP), ("fixed", fixed)):
        drawer = TorchDrawer(settings, Device(torch.device("cpu"), "a test")) if device == "torch" else None
        make_maps(dataset, tmp_path / name, settings, drawer=drawer)
        made.append(read_map(next(iter(map_files(tmp_path / name).values()))))
    np.testing.assert_array_equal(*made)
    manifest = json.loads(next((tmp_path / "adaptive").glob("*.manifest.json")).read_text())
    assert manifest["settings"]["dilation_box"] == "annotated, else projected"
    assert (manifest["counts"]["people"], manifest["counts"]["people_by_annotated_box"]) == (1, 1)


def test_boxes_that_nobody_annotated_do_not_decide(tmp_path: Path) -> None:
    """3DPW's own pickles hold none: the reader's are made from joints, larger than a tight one."""
    dataset = opened(write_set(tmp_path / "set", "3dpw-sequences", count=1, people=(1, 1)), "3dpw-sequences")
    (person,) = dataset.records[0].people
    assert person.bbox_xywh is not None
    job = plan_job(dataset.records[0], MapLayout("3dpw-sequences", tmp_path, OVERLAP))
    assert [one.box for one in job.people] == [None]
    assert make_maps(dataset, tmp_path / "out", OVERLAP).people_by_annotated_box == 0


def test_maps_by_other_boxes_are_not_mixed(tmp_path: Path, mscoco: Path) -> None:
    dataset = opened(mscoco, "mscoco")
    make_maps(dataset, tmp_path, OVERLAP)
    (path,) = tmp_path.glob("*.manifest.json")
    content = json.loads(path.read_text())
    del content["settings"]["dilation_box"]
    path.write_text(json.dumps(content))
    with pytest.raises(SefdError, match="dilation_box: None, not annotated"):
        make_maps(dataset, tmp_path, OVERLAP)


def test_single_makes_a_map_for_each_person(tmp_path: Path, mscoco: Path) -> None:
    dataset = opened(mscoco, "mscoco")
    make_maps(dataset, tmp_path, FactorySettings("single"))
    names = {path.name for path in map_files(tmp_path).values()}
    assert names == {
        f"SMPL_single_edge_{Path(record.title).stem}_{person.key}.png"
        for record in dataset.records
        for person in record.people
    }


def test_in_one_image_plane_everybody_keeps_his_pixels(tmp_path: Path, mscoco: Path) -> None:
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.edge_maps.jobs import CrowdInPlane

    job = plan_job(opened(mscoco, "mscoco").records[0], MapLayout("mscoco", tmp_path, OVERLAP))
    find_body = catalog_at(()).find
    crowd = CrowdInPlane(job, find_body)
    for person, vertices in zip(job.people, crowd.vertices_camera, strict=True):
        own = open_body().forward(person.smpl).vertices
        pixels = project_to_screen(own, person.camera)[:, :2]
        assert np.abs(project_to_screen(vertices, crowd.camera)[:, :2] - pixels).max() < 0.01
        by_equations = to_image_plane(own, person.camera, crowd.camera)
        assert by_equations[:, 2].mean() == pytest.approx(vertices[:, 2].mean(), rel=1e-3)


def test_camera_modes_make_different_maps(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "human36m", count=1)
    pictures = []
    for mode in ("exact", "paper"):
        dataset = opened(root, "human36m", options=ReadOptions(extrinsics=mode))
        make_maps(dataset, tmp_path / mode, replace(OVERLAP, extrinsics=mode))
        pictures.append(read_map(next(iter(map_files(tmp_path / mode).values()))))
    assert (pictures[0] != pictures[1]).mean() > 0.01


def test_jpeg_keeps_the_photo_s_name(tmp_path: Path, mscoco: Path) -> None:
    make_maps(opened(mscoco, "mscoco"), tmp_path, replace(OVERLAP, file_format="jpeg"))
    name = "MSCOCO/images/SMPL_overlap_edge/SMPL_overlap_edge_000000000001.jpg"
    assert map_files(tmp_path)[name].read_bytes().startswith(b"\xff\xd8")


def by_hand(path: Path) -> None:
    path.unlink()


def by_a_power_cut(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("lose", [by_hand, by_a_power_cut])
def test_nothing_is_made_twice_and_a_lost_map_is_made_again(
    tmp_path: Path, mscoco: Path, lose: Callable[[Path], None]
) -> None:
    dataset = opened(mscoco, "mscoco")
    first = make_maps(dataset, tmp_path, OVERLAP)
    files = map_files(tmp_path)
    before = {name: (path.stat().st_ino, path.read_bytes()) for name, path in files.items()}
    lost = next(iter(files))
    lose(files[lost])
    second = make_maps(dataset, tmp_path, OVERLAP)
    assert (first.made, second.made, second.kept) == (3, 1, 2)
    after = {name: (path.stat().st_ino, path.read_bytes()) for name, path in map_files(tmp_path).items()}
    assert after[lost][1] == before[lost][1]
    assert {n: v for n, v in after.items() if n != lost} == {n: v for n, v in before.items() if n != lost}


def test_shards_are_disjoint_and_together_all(tmp_path: Path, mscoco: Path) -> None:
    dataset = opened(mscoco, "mscoco")
    made = [make_maps(dataset, tmp_path, OVERLAP, selection=Selection(i, 2)).made for i in (1, 2)]
    assert made == [2, 1]
    assert len(map_files(tmp_path)) == 3
    assert len(list(tmp_path.glob("*.manifest.json"))) == 2


def test_worker_processes_make_the_same_files(tmp_path: Path, mscoco: Path) -> None:
    dataset = opened(mscoco, "mscoco")
    told: list[tuple[int, int]] = []
    make_maps(dataset, tmp_path / "one", OVERLAP)
    make_maps(dataset, tmp_path / "two", OVERLAP, workers=2, progress=lambda *at: told.append(at))
    one, two = (
        {name: path.read_bytes() for name, path in map_files(tmp_path / word).items()}
        for word in ("one", "two")
    )
    assert one == two
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_damage_is_listed_and_the_rest_is_made(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "mscoco")
    fits = root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json"
    content = json.loads(fits.read_text())
    first, second, _ = opened(root, "mscoco").records
    content[first.people[0].key]["smpl_param"]["pose"] = [0.0] * 5
    fits.write_text(json.dumps(content))
    assert second.image_path is not None
    second.image_path.write_bytes(b"no picture")
    report = make_maps(opened(root, "mscoco"), tmp_path / "out", OVERLAP)
    assert [failure.record for failure in report.failures] == [first.key, second.key]
    assert "SMPL parameters that cannot be used" in report.failures[0].reason
    assert second.image_path.name in report.failures[1].reason
    assert len(map_files(tmp_path / "out")) == 1
    (path,) = (tmp_path / "out").glob("*.manifest.json")
    manifest = json.loads(path.read_text())
    assert manifest["complete"]
    assert manifest["counts"]["failed"] == len(manifest["failures"]) == 2
    assert manifest["bodies"] == [open_body().id]


def test_people_without_a_fit_are_not_drawn_but_counted(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "mscoco", count=2)
    fits = root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json"
    content = json.loads(fits.read_text())
    first, second = opened(root, "mscoco").records
    for person in (first.people[0], *second.people):
        del content[person.key]
    fits.write_text(json.dumps(content))
    report = make_maps(opened(root, "mscoco"), tmp_path / "out", OVERLAP)
    assert (report.made, report.without_bodies, report.failures) == (1, 1, [])
    assert report.people_without_body == 1 + len(second.people)


def test_maps_of_annotations_that_changed_and_of_other_bodies_are_refused(tmp_path: Path) -> None:
    root, out = write_set(tmp_path / "set", "mscoco"), tmp_path / "maps"
    make_maps(opened(root, "mscoco"), out, OVERLAP)
    (manifest,) = out.glob("*.manifest.json")
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"bodies": ["smpl-male-01234567"]}))
    with pytest.raises(SefdError, match="drawn with the body smpl-male-01234567, and it is not here"):
        make_maps(opened(root, "mscoco"), out, OVERLAP)
    manifest.write_text(json.dumps(content))
    assert make_maps(opened(root, "mscoco"), out, OVERLAP).kept == 3
    fits = root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json"
    os.utime(fits, ns=(0, 0))
    with pytest.raises(SefdError, match="the annotations changed since the maps here were made"):
        make_maps(opened(root, "mscoco"), out, OVERLAP)


def test_other_settings_are_refused_in_the_same_folder(tmp_path: Path, mscoco: Path) -> None:
    dataset = opened(mscoco, "mscoco")
    make_maps(dataset, tmp_path, OVERLAP)
    with pytest.raises(SefdError, match="dilation: adaptive, not none"):
        make_maps(dataset, tmp_path, FactorySettings(edges=dilation_settings("none")))
    make_maps(dataset, tmp_path, FactorySettings("all", edges=dilation_settings("none")))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_run_killed_before_a_file_has_its_name_leaves_whole_maps(tmp_path: Path, mscoco: Path) -> None:
    out = tmp_path / "out"
    code = f"""
import os, signal, sys
from sefd_viewer.cli.main import main
calls, replace = [], os.replace
def killing(*names):
    calls.append(names)
    if len(calls) == 3:  # the manifest, a map, and the next
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*names)
os.replace = killing
main(["edges", {str(mscoco)!r}, "--out", {str(out)!r}, "--workers", "1"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (kept,) = map_files(out).values()
    assert read_map(kept).shape == (96, 128)
    assert len(list(out.rglob(".*.part"))) == 1
    report = make_maps(opened(mscoco, "mscoco"), out, OVERLAP)
    assert (report.kept, report.made) == (1, 2)
    assert not list(out.rglob(".*.part"))


@pytest.mark.parametrize("words", ["fixed", "fixed:4", "adaptive:3", "thick", "fixed:17"])
def test_dilations_that_cannot_be(words: str) -> None:
    with pytest.raises(ValueError, match=r"dilation"):
        dilation_settings(words)


def test_paths_are_relative_and_portable() -> None:
    record = Record("a b/c?.jpg", "t", image_path=None)
    path = MapLayout("other", None, FactorySettings("single")).path(record, "p:1")
    assert path == PurePosixPath("other/SMPL_single_edge/SMPL_single_edge_a_b_c__p_1.png")
