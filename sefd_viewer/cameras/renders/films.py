"""Films of sequences, one for each camera, out of the pictures that were made."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from sefd_viewer.cameras.renders.painting import Image
from sefd_viewer.cameras.renders.pictures import Rendered
from sefd_viewer.datasets.images import load_image
from sefd_viewer.edge_maps.maker import write_in_folder
from sefd_viewer.errors import SefdError


@dataclass(frozen=True)
class FilmJob:
    """A film at `path` of `pictures` in order, both relative to the output folder."""

    path: PurePosixPath
    pictures: tuple[PurePosixPath, ...]
    rate: float


@dataclass(frozen=True)
class FilmMaker:
    """Writes MP4 (H.264) films below `out`; travels to worker processes."""

    out: Path

    def __call__(self, job: FilmJob) -> Rendered:
        """Write the film of the pictures that are there; a note tells how many are not.

        Raises SefdError where writing fails.
        """
        there = [self.out / picture for picture in job.pictures if (self.out / picture).is_file()]
        if not there:
            return Rendered(job.path.stem, job.path, "none of its pictures is there")
        try:
            film = _film(there, job.rate)
        except SefdError as error:
            return Rendered(job.path.stem, job.path, str(error))
        write_in_folder(self.out / job.path, film)
        missing = len(job.pictures) - len(there)
        note = f"{missing} of {len(job.pictures)} pictures are not there" if missing else None
        return Rendered(job.path.stem, job.path, note=note)


def _film(pictures: Sequence[Path], rate: float) -> bytes:
    """The file of a film; raises ImageError for a picture that cannot be read."""
    import av

    file = io.BytesIO()
    first = load_image(pictures[0])
    size = max(first.shape[1] // 2 * 2, 2), max(first.shape[0] // 2 * 2, 2)
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.thread_count = 1  # other workers fill the other cores
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(_of_size(load_image(picture), size), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return file.getvalue()


def _of_size(picture: Image, size: tuple[int, int]) -> Image:
    """Cut off an odd row and column (H.264 needs even sides); a picture of another size is resized."""
    if abs(picture.shape[1] - size[0]) > 1 or abs(picture.shape[0] - size[1]) > 1:
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    cut = picture[: size[1], : size[0]]
    if cut.shape[:2] != (size[1], size[0]):
        cut = np.asarray(cv2.resize(cut, size), np.uint8)
    return np.ascontiguousarray(cut)
