"""The one door to data: open a file, a folder or the shipped sample as a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sefd_viewer.datasets.annotations import ReadOptions, annotation_readers
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.capture import CaptureReader
from sefd_viewer.datasets.image_folder import ImageFolderReader, ImageReader
from sefd_viewer.datasets.progress import Progress, Report
from sefd_viewer.datasets.reader import Reader
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.shipped_sample import open_sample
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.errors import DatasetError

FORMATS: dict[str, Reader] = {
    reader.name: reader
    for reader in (CaptureReader(), *annotation_readers(), VideoReader(), ImageReader(), ImageFolderReader())
}
"""Every reader by its name, in the order in which they are asked whether they recognise a path."""

_ACCEPTED = (
    "a picture, a folder of pictures, a video, a capture folder with cameras.json, or the root folder of an "
    "annotated data set"
)


def open_dataset(
    path: str | Path | None,
    *,
    format: str | None = None,
    options: ReadOptions | None = None,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Open `path` with the reader that recognises it or that `format` names; None opens the shipped sample.

    `options` hold for annotated data sets. Reading these may take a while the first time: `progress(stage,
    done, total)` is told how far it is, and `cancelled()` asked whether to stop. Raises DatasetError, which
    says what would have worked, and CancelledError.
    """
    if path is None:
        return open_sample()
    path = Path(path)
    if not path.exists():
        raise DatasetError("there is no such file or folder", where=path, remedy="Check the name")
    reader = _reader(path, format)
    if isinstance(reader, AnnotationReader):
        reader = type(reader)(options or ReadOptions(), Progress(progress, cancelled))
    return reader.open(path)


def _reader(path: Path, format: str | None) -> Reader:
    if format is None:
        return _recognised(path)
    if format not in FORMATS:
        raise DatasetError(
            f"the format {format} is unknown", where=path, remedy=f"Known are {', '.join(FORMATS)}"
        )
    return FORMATS[format]


def _recognised(path: Path) -> Reader:
    for reader in FORMATS.values():
        if reader.recognises(path):
            return reader
    raise DatasetError("this is nothing that can be opened", where=path, remedy=_remedy(path))


def _remedy(path: Path) -> str:
    if path.suffix.lower() == ".json":
        return "A file of 2D poses is opened after its pictures, with Open 2D poses"
    if path.suffix.lower() in (".heic", ".heif"):
        return "Save the picture as JPEG or PNG and open that"
    return f"Open {_ACCEPTED}"
