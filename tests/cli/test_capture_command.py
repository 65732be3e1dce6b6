"""Videos and a calibration as a capture: cameras by name, and by how many frames the videos begin apart."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.cameras.views.triangulation import shift_between
from sefd_viewer.cli import capture as command
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.geometry.cameras import PinholeCamera
from tests.owners_files import standing

W, H = 160, 120
LATER = 4
"""How many frames the second video began before the first."""


def looking(angle: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """R and t of a camera four metres from the origin, looking at it, y down."""
    place = np.array([4 * np.sin(angle), 0, -4 * np.cos(angle)])
    forward = -place / 4
    R = np.stack([np.cross([0, 1, 0], forward), [0, 1, 0], forward])
    return R, -R @ place


RIG = {"cam1": looking(0.0), "cam2": looking(1.1)}
LENS = np.array([0.05, 0, 0, 0, 0])
K = np.array([[150.0, 0, 80], [0, 150, 60], [0, 0, 1]])


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def walker(frame: int) -> NDArray[np.float64]:
    """Seventeen points of somebody who goes up and down and swings."""
    body = np.random.default_rng(3).uniform([-0.2, -0.7, -0.1], [0.2, 0.7, 0.1], (17, 3))
    return body * [1, 1 + 0.2 * np.sin(0.7 * frame), 1] + [
        0.4 * np.sin(0.31 * frame),
        0.3 * np.cos(0.23 * frame),
        0,
    ]


def seen(camera: str, frame: int) -> list[NDArray[np.float64]]:
    """The 2D pose by OpenCV, half a pixel of noise."""
    R, t = RIG[camera]
    pixels = cv2.projectPoints(walker(frame), cv2.Rodrigues(R)[0], t, K, LENS)[0][:, 0]
    noise = np.random.default_rng(frame + 100).normal(scale=0.5, size=(17, 2))
    return [np.column_stack([pixels + noise, np.ones(17)])]


def camera(name: str) -> PinholeCamera:
    R, t = RIG[name]
    return PinholeCamera(np.full(2, 150.0), np.array([80.0, 60]), R, t, LENS)


def shifted(frames: int = 30) -> dict[str, list[list[NDArray[np.float64]]]]:
    return {
        "cam1": [seen("cam1", k) for k in range(frames)],
        "cam2": [seen("cam2", k - LATER) for k in range(frames)],
    }


def test_the_shift_is_the_one_at_which_people_lie_on_each_other_s_lines() -> None:
    people = shifted()
    found = shift_between(camera("cam1"), camera("cam2"), people["cam1"], people["cam2"], reach=12)
    assert found is not None
    assert (found.frames, found.certain) == (LATER, True)
    assert found.px < 1
    assert found.unshifted_px > 3
    back = shift_between(camera("cam2"), camera("cam1"), people["cam2"], people["cam1"], reach=12)
    assert back is not None
    assert back.frames == -LATER


def test_who_stands_still_tells_no_shift_and_nobody_none() -> None:
    still = {name: [seen(name, 0)] * 30 for name in RIG}
    found = shift_between(camera("cam1"), camera("cam2"), still["cam1"], still["cam2"], reach=12)
    assert found is not None
    assert not found.certain
    assert shift_between(camera("cam1"), camera("cam2"), [[]] * 30, [[]] * 30, reach=12) is None


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Two videos whose frames are grey by the moment that they show."""
    for name, begins in (("cam1", 0), ("cam2", -LATER)):
        with av.open(str(tmp_path / f"{name}.mp4"), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = W, H, "yuv420p"
            for k in range(12):
                image = np.full((H, W, 3), 60 + 10 * (k + begins), np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
    return [tmp_path / "cam1.mp4", tmp_path / "cam2.mp4"]


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    """As Anipose writes it, for pictures twice as large."""
    double = K * [[2], [2], [1]]
    lines = []
    for number, (name, (R, t)) in enumerate(RIG.items()):
        rotation = cv2.Rodrigues(R)[0].ravel().tolist()
        lines += [
            f"[cam_{number}]",
            f'name = "{name}"',
            f"size = [{2 * W}, {2 * H}]",
            f"matrix = {double.tolist()}",
        ]
        lines += [
            f"distortions = {LENS.tolist()}",
            f"rotation = {rotation}",
            f"translation = {(t * 1000).tolist()}",
        ]
    path = tmp_path / "calibration.toml"
    path.write_text("\n".join([*lines, "[metadata]", "adjusted = false"]))
    return path


def test_a_shift_that_is_found_brings_the_same_moments_together(
    tmp_path: Path,
    videos: list[Path],
    calibration: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    people = iter(shifted().values())
    monkeypatch.setattr(command, "_people", lambda _records: next(people))
    words = [str(calibration), *map(str, videos), "--out", str(tmp_path / "out"), "--frames", "30"]
    assert run("capture", *words) == 0
    told = capsys.readouterr().err
    assert f"cam2: shift +{LATER} frames; joints lie" in told
    assert f"cam1: calibrated for {2 * W} x {2 * H}; its camera is resized" in told
    assert json.loads((tmp_path / "out" / "cameras.json").read_text())["shifts"] == {"cam2": LATER}
    dataset = open_dataset(tmp_path / "out")
    assert not [words for words in dataset.problems if "missing" not in words]
    together = [one for one in dataset.records if one.moment == "000003"]
    assert [one.view for one in together] == ["cam1", "cam2"]
    assert [float(one.load().mean()) for one in together] == pytest.approx([90, 90], abs=4)
    for one in together:
        R, t = RIG[one.view or ""]
        known = cv2.projectPoints(walker(3), cv2.Rodrigues(R)[0], t, K, LENS)[0][:, 0]
        assert one.camera is not None
        assert one.camera.project(walker(3)) == pytest.approx(known, abs=0.6)  # halves move by half a pixel


def test_a_stated_shift_needs_no_search_and_unknown_cameras_are_named(
    tmp_path: Path, videos: list[Path], calibration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "capture",
        str(calibration),
        *map(str, videos),
        "--out",
        str(tmp_path / "out"),
        "--no-find-shift",
    ]
    assert run(*words, "--shift", "cam2=2") == 0
    assert json.loads((tmp_path / "out" / "cameras.json").read_text())["shifts"] == {"cam2": 2}
    assert run(*words, "--shift", "side=2") == 2
    other = videos[1].rename(tmp_path / "side9.mp4")
    assert run("capture", str(calibration), str(videos[0]), str(other), "--out", str(tmp_path / "x")) != 0
    assert "there is no camera for side9; it calibrates cam1, cam2" in capsys.readouterr().err


def test_2d_poses_of_a_file_for_each_camera_tell_the_shift(
    tmp_path: Path, videos: list[Path], calibration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MMPose's files of somebody flat who goes about, no detector."""
    flat = np.column_stack([(standing()[:, :2] - [160, 130]) / 100, np.zeros(17)])
    for name, begins in (("cam1", 0), ("cam2", -LATER)):
        R, t = RIG[name]
        frames = []
        for k in range(12):
            place = walker(k + begins)[0] - walker(0)[0]
            pixels = cv2.projectPoints(flat + place, cv2.Rodrigues(R)[0], t, K, LENS)[0][:, 0]
            person = {"keypoints": pixels.tolist(), "keypoint_scores": [0.9] * 17}
            frames.append({"frame_id": k, "instances": [person]})
        (tmp_path / "poses").mkdir(exist_ok=True)
        (tmp_path / "poses" / f"{name}.json").write_text(json.dumps(frames))
    words = [str(calibration), *map(str, videos), "--out", str(tmp_path / "out")]
    assert run("capture", *words, "--poses", str(tmp_path / "poses")) == 0
    assert f"cam2: shift +{LATER} frames" in capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "cameras.json").read_text())["shifts"] == {"cam2": LATER}
