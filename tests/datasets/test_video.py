"""Videos: every frame by its number, in any order, from any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest

from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import DatasetError, ImageError

FRAMES = 20
STEP = 12


KINDS = [(".mp4", "mpeg4"), (".avi", "mpeg4"), (".mkv", "mpeg4")]
KINDS += [(ending, "mpeg2video") for ending in (".mp4", ".ts", ".mts", ".M2TS")]


@pytest.fixture(params=KINDS)
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Twenty frames of growing brightness, a key frame every eight, some predicted from later ones."""
    ending, codec = request.param
    return written(tmp_path / f"clip{ending}", codec)


def written(path: Path, codec: str = "mpeg4") -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 8
        stream.codec_context.max_b_frames = 2 if path.suffix != ".avi" else 0
        stream.bit_rate = 4_000_000
        for number in range(FRAMES):
            pixels = np.full((48, 64, 3), number * STEP, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def shown(pixels: np.ndarray) -> int:
    return round(float(pixels.mean()) / STEP)


def test_frames_come_in_any_order(video: Path) -> None:
    dataset = open_dataset(video)
    assert len(dataset.records) == FRAMES
    assert dataset.records[3].title == "clip · frame 3"
    order = [0, 1, 2, 19, 9, 10, 3, 18, 19, 0, 7, 8]
    assert [shown(dataset.records[number].load()) for number in order] == order
    assert dataset.records[0].load().shape == (48, 64, 3)


def test_threads_share_a_video(tmp_path: Path) -> None:
    records = open_dataset(written(tmp_path / "clip.mp4")).records
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda record: shown(record.load()), records)) == list(range(FRAMES))


def test_a_video_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(DatasetError, match="cannot be opened"):
        open_dataset(tmp_path / "a.mp4")


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(DatasetError, match="only sound"):
        open_dataset(path)


def test_a_frame_that_is_gone_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "clip.mkv")
    records = open_dataset(path).records
    path.unlink()
    with pytest.raises((ImageError, DatasetError), match=r"clip\.mkv"):
        records[5].load()


def test_a_playlist_that_calls_itself_a_video_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere.ts", "mpeg2video")
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:10,", "elsewhere.ts", "#EXT-X-ENDLIST")
    (tmp_path / "clip.mp4").write_text("\n".join(lines))
    with pytest.raises(DatasetError, match="this video cannot be opened"):
        open_dataset(tmp_path / "clip.mp4")
