"""Videos: one record per frame, decoded when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DatasetError, ImageError, shown

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp"}
    | {".ts", ".mts", ".m2ts"}
)

_CONVERT = "Convert it to MP4 (H.264) and open that"


class VideoReader:
    """A video file, known by its name."""

    name = "video"

    def recognises(self, path: Path) -> bool:
        """Whether the path is a file with a video's ending."""
        return path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES

    def open(self, path: Path) -> Dataset:
        """List the frames without decoding them. Raises DatasetError for a file without any."""
        frames = VideoFrames(path)
        records = [_record(path, frames, number) for number in range(len(frames))]
        return Dataset(shown(path.name), path.parent, self.name, records)


def _record(path: Path, frames: VideoFrames, number: int) -> Record:
    title = f"{shown(path.stem)} · frame {number}"
    return Record(f"{number:06d}", title, read=partial(frames.read, number))


class VideoFrames:
    """Random access to a video's frames; threads may share it. Raises DatasetError for a file without any."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times = _presentation_times(path)
        self._lock = Lock()
        self._container: InputContainer | None = None
        self._coming: Iterator[VideoFrame] = iter(())
        self._next = -1

    def __len__(self) -> int:
        return len(self._times)

    def read(self, number: int) -> NDArray[np.uint8]:
        """Frame `number` (from 0) as (H, W, 3) uint8 RGB, upright. Raises ImageError when it is broken."""
        from av.error import FFmpegError

        with self._lock:
            try:
                return _upright(self._frame(number))
            except (FFmpegError, OSError, StopIteration) as error:
                self.close()
                raise ImageError(
                    f"frame {number} cannot be decoded ({error or 'the file ends before it'})",
                    where=self._path,
                    remedy=_CONVERT,
                ) from error

    def close(self) -> None:
        """Let go of the file; the next `read` opens it again."""
        if self._container is not None:
            self._container.close()
        self._container, self._coming, self._next = None, iter(()), -1

    def _frame(self, number: int) -> VideoFrame:
        """The frame, by decoding on from the last one, or from the key frame before it, or from the start."""
        if number != self._next:
            self._seek(number)
        frame = self._decode_to(number)
        if _time(frame) > self._times[number]:
            self.close()
            self._open()
            frame = self._decode_to(number)
        self._next = number + 1
        return frame

    def _decode_to(self, number: int) -> VideoFrame:
        frame = next(self._coming)
        while _time(frame) < self._times[number]:
            frame = next(self._coming)
        return frame

    def _seek(self, number: int) -> None:
        container = self._open()
        container.seek(self._times[number], stream=container.streams.video[0])
        self._coming = container.decode(video=0)

    def _open(self) -> InputContainer:
        if self._container is None:
            self._container = _open(self._path)
            self._container.streams.video[0].thread_type = "AUTO"
            self._coming = self._container.decode(video=0)
        return self._container


def _open(path: Path) -> InputContainer:
    import av

    try:
        container = av.open(str(path), metadata_errors="replace")
    except UnicodeEncodeError as error:
        raise DatasetError(
            "the name of this video is not UTF-8", where=path, remedy="Give it another name"
        ) from error
    except (av.error.FFmpegError, OSError) as error:
        raise DatasetError(
            f"this video cannot be opened ({error.strerror})", where=path, remedy=_CONVERT
        ) from error
    if not container.streams.video:
        container.close()
        raise DatasetError("this file holds no pictures, only sound", where=path, remedy="Open a video file")
    return container


def _presentation_times(path: Path) -> list[int]:
    """When each frame is shown, in the stream's time units, in order; nothing is decoded."""
    with _open(path) as container:
        packets = (one for one in container.demux(video=0) if one.size and not one.is_discard)
        times = sorted(_time(one) for one in packets)
    if not times:
        raise DatasetError("this video has no frames", where=path, remedy="Copy or download it again")
    return times


def _time(item: Packet | VideoFrame) -> int:
    """When it is shown; formats that do not say so (AVI) give at least the order of decoding."""
    return (item.pts if item.pts is not None else item.dts) or 0


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    """The frame's pixels turned as its display matrix says (degrees counter-clockwise)."""
    turns = round(getattr(frame, "rotation", 0) / 90)  # older PyAV does not tell
    return np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), turns))
