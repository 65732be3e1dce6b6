"""Renders of a Human3.6M set: bodies lie where arithmetic by hand has them, and nothing is made twice."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.cameras.renders.pictures import RenderSettings
from sefd_viewer.cameras.renders.rendering import RenderReport, Wanted, render_set
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import Selection
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.rotations import ExtrinsicMode
from tests.cameras.human36m_rig import FRAMES, SEQUENCES, SIZE, Rig
from tests.edge_maps.sets import write_set

PICTURES = Wanted(moments=0)
STEM = "s_01_act_02_subact_01_ca_01"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(tmp_path_factory.mktemp("sets") / "h36m", (1,))


def opened(rig: Rig, mode: ExtrinsicMode = "exact") -> Dataset:
    return open_dataset(rig.root, options=ReadOptions(extrinsics=mode, bodies=(str(rig.body),)))


def rendered(
    rig: Rig, out: Path, wanted: Wanted = PICTURES, settings: RenderSettings | None = None, **options: object
) -> RenderReport:
    settings = settings or RenderSettings()
    bodies = (str(rig.body),)
    return render_set(opened(rig, settings.mode), out, settings, wanted, bodies=bodies, **options)  # type: ignore[arg-type]


def painted_box(path: Path) -> NDArray[np.float64]:
    """Left, top, right, bottom of what differs from the grey photo."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, path
    rows, columns = np.nonzero(np.abs(picture.astype(int) - 120) > 20)
    return np.array([columns.min(), rows.min(), columns.max(), rows.max()], float)


def expected_box(rig: Rig, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same for frame 2 of the first sequence in camera 1, its body moved by `offset` (3,) there."""
    camera = rig.load(1, "camera")["1"]
    vertices = rig.vertices(rig.load(1, "smpl_param")["2"]["1"]["2"])
    seen = vertices @ np.array(camera["R"]).T + np.array(camera["t"]) / 1000 + offset
    pixels = seen[:, :2] / seen[:, 2:] * camera["f"] + np.array(camera["c"])
    return np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])


@pytest.mark.parametrize("what", ["mesh", "edge", "both"])
def test_a_body_lies_where_its_vertices_are(rig: Rig, tmp_path: Path, what: str) -> None:
    settings = RenderSettings("exact", what)  # type: ignore[arg-type]
    report = rendered(rig, tmp_path, settings=settings, selection=Selection(limit=3))
    assert (report.made, report.failures) == ({"pictures": 3}, [])
    found = painted_box(tmp_path / f"exact_{what}" / STEM / f"{STEM}_000003.jpg")
    np.testing.assert_allclose(found, expected_box(rig, np.zeros(3)), atol=4)


def test_paper_leaves_out_the_root_joint(rig: Rig, tmp_path: Path) -> None:
    rendered(rig, tmp_path, settings=RenderSettings("paper"), selection=Selection(limit=3))
    R = np.array(rig.load(1, "camera")["1"]["R"])
    joint = np.array([0.0, -0.22, 0.03])
    beside = joint - R @ joint  # T* = R T + t in place of R (T + J0) + t - J0
    assert np.linalg.norm(beside) > 0.2
    found = painted_box(tmp_path / "paper_mesh" / STEM / f"{STEM}_000003.jpg")
    np.testing.assert_allclose(found, expected_box(rig, beside), atol=4)


def test_what_is_there_is_not_made_again(rig: Rig, tmp_path: Path) -> None:
    wanted = Wanted(moments=2, rate=10)
    first = rendered(rig, tmp_path, wanted, selection=Selection(1, 2))
    assert first.made == {"sheets": 1, "pictures": 3 * FRAMES, "films": 3}
    lost = tmp_path / "exact_mesh" / STEM / f"{STEM}_000001.jpg"
    lost.unlink()
    again = rendered(rig, tmp_path, wanted, workers=2)
    assert again.kept == {"sheets": 1, "pictures": 3 * FRAMES - 1, "films": 3}
    assert again.made == {"sheets": 1, "pictures": 3 * FRAMES + 1, "films": 3}
    assert lost.is_file()


def test_a_film_shows_every_frame(rig: Rig, tmp_path: Path) -> None:
    rendered(rig, tmp_path, Wanted(moments=0, rate=10, only=("act_14",)))
    films = sorted((tmp_path / "films").iterdir())
    assert [film.name for film in films] == [
        f"s_01_act_14_subact_02_camera_{camera}_exact_mesh.mp4" for camera in (1, 2, 3)
    ]
    with av.open(str(films[0])) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert film.streams.video[0].average_rate == 10
    assert len(frames) == FRAMES
    assert frames[0].shape == (SIZE[1], SIZE[0], 3)


def test_a_sheet_has_a_line_for_each_camera(rig: Rig, tmp_path: Path) -> None:
    report = rendered(rig, tmp_path, Wanted(pictures=False, moments=2))
    assert report.made == {"sheets": len(SEQUENCES)}
    sheet = cv2.imread(str(tmp_path / "sheets" / "s_01_act_02_subact_01_mesh.jpg"))
    assert sheet is not None
    assert sheet.shape[0] > 3 * 200
    assert sheet.shape[1] > 2 * 4 * 200
    assert not (tmp_path / "exact_mesh").exists()


def test_one_bad_record_does_not_stop_the_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "h36m", (1,))
    folder = rig.root / "images" / STEM
    (folder / f"{STEM}_000001.jpg").unlink()
    (folder / f"{STEM}_000002.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(folder / f"{STEM}_000003.jpg"), np.full((120, 160, 3), 120, np.uint8))
    bodies = rig.load(1, "smpl_param")
    bodies["2"]["1"]["3"]["trans"][0] = "x"
    del bodies["2"]["1"]["4"]
    rig.store(1, "smpl_param", bodies)
    report = rendered(rig, tmp_path / "out", selection=Selection(limit=FRAMES))
    assert report.made == {"pictures": FRAMES - 2}
    assert report.without_bodies == 1
    (failure,) = report.failures
    assert "smpl" in str(failure.failure).lower()
    notes = {one.path.name[-10:]: str(one.note) for one in report.notes}
    assert "does not exist" in notes["000001.jpg"]
    assert "not a picture" in notes["000002.jpg"]
    assert "160 x 120 pixels, the annotation 320 x 240" in notes["000003.jpg"]


def test_who_is_not_in_view_is_counted(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "h36m", (1,))
    cameras = rig.load(1, "camera")
    cameras["1"]["t"][2] -= 20_000  # everybody is behind camera 1
    rig.store(1, "camera", cameras)
    report = rendered(rig, tmp_path / "out", Wanted(moments=0, only=("act_02",)))
    assert report.unseen == FRAMES


def test_renders_of_two_sets_are_not_mixed(rig: Rig, tmp_path: Path) -> None:
    other = Rig(tmp_path / "other", (1,))
    rendered(rig, tmp_path / "out", selection=Selection(limit=1))
    with pytest.raises(SefdError, match="of another set"):
        rendered(other, tmp_path / "out", selection=Selection(limit=1))
    with pytest.raises(SefdError, match="no sequence's name holds act_77"):
        rendered(rig, tmp_path / "out", Wanted(only=("act_77",)))


def test_the_command_says_what_it_made(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["render", rig.root, "--out", tmp_path, "--body", rig.body, "--workers", 1, "--sheets", 0]
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words), "--limit", "2", "--mode", "raw", "--what", "edge"])
    assert not ended.value.code
    assert "pictures: 2 made, 0 kept" in capsys.readouterr().out
    assert len(list((tmp_path / "raw_edge" / STEM).iterdir())) == 2


def test_a_cluster_makes_the_same(rig: Rig, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    wanted = Wanted(moments=1, rate=10, only=("act_02",))
    rendered(rig, tmp_path / "here", wanted)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        report = rendered(rig, tmp_path / "there", wanted, cluster=cluster.scheduler_address)
    assert report.made == {"sheets": 1, "pictures": 3 * FRAMES, "films": 3}
    here, there = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.jpg")}
        for name in ("here", "there")
    )
    assert here == there


def test_single_pictures_make_no_film(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", "mscoco", count=2)
    report = render_set(open_dataset(root), tmp_path / "out", RenderSettings(), Wanted(rate=10))
    assert report.made == {"pictures": 2}
    assert "no frames" in str(report.failures[0].failure)
