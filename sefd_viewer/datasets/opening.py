"""The one door to data: open a file, a folder or the shipped sample as a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sefd_viewer.datasets.annotations import ReadOptions, annotation_readers
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.body_sets import BodySetReader
from sefd_viewer.datasets.capture import CaptureReader
from sefd_viewer.datasets.image_folder import ImageFolderReader, ImageReader
from sefd_viewer.datasets.left_aside import is_other_picture, other_annotations
from sefd_viewer.datasets.progress import Progress, Report
from sefd_viewer.datasets.records import Dataset, Reader
from sefd_viewer.datasets.rich import RichReader
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.errors import DatasetError
from sefd_viewer.plain_files import is_there, require_file
from sefd_viewer.plugin_code import Offer, PluginError, offers
from sefd_viewer.resources import resource_path

SAMPLE_FORMAT = "sample"
FIRST_KEY = "cam03/000040.jpg"
"""One person hides another's legs here, and all four views are worth a look."""
CASES = "cases.sefd-show.json"
"""The crowd's cases to present, beside its pictures."""


def open_sample() -> Dataset:
    """The shipped capture, calibrated and grouped by moment, then the photos."""
    capture = CaptureReader().open(resource_path("sample_capture"))
    photos = ImageFolderReader().open(resource_path("sample_photos"))
    records = (*capture.records, *photos.records)
    first = next((i for i, record in enumerate(records) if record.key == FIRST_KEY), 0)
    problems = capture.problems + photos.problems
    return Dataset("Sample", capture.root, SAMPLE_FORMAT, records, problems, first, sources=capture.sources)


def crowd_folder() -> Path:
    """Where the crowd is, in MSCOCO's layout with full truth; raises SefdError when it is missing."""
    return resource_path("sample_crowd")


def is_crowd(dataset: Dataset) -> bool:
    """Whether this data set is the shipped crowd."""
    return dataset.root is not None and dataset.root.resolve() == crowd_folder().resolve()


def stored_run(dataset: Dataset) -> Path | None:
    """The folder of the run that ships with a data set, None for others; what it holds is not changed."""
    if is_crowd(dataset):
        return crowd_folder() / "run"
    return resource_path("sample_run") if dataset.format == SAMPLE_FORMAT else None


@dataclass(frozen=True)
class PluginReader:
    """A reader in a plugin's code, which has a class of readers, or what makes one."""

    offer: Offer

    @property
    def name(self) -> str:
        """What it is called in `format=`."""
        return self.offer.id

    @property
    def title(self) -> str:
        """Which sets it reads, in words."""
        return self.offer.title

    def recognises(self, path: Path) -> bool:
        """Whether the plugin's reader is the right one. Raises PluginError when it fails."""
        return bool(self._call("recognises", path))

    def open(self, path: Path) -> Dataset:
        """What the plugin's reader makes of it. Raises PluginError when it makes nothing of use."""
        dataset = self._call("open", path)
        if not isinstance(dataset, Dataset):
            words = f"{self.offer.target} returned no Dataset of sefd_viewer.api"
            raise PluginError(
                words, where=self.offer.folder, remedy="docs/plugins.md shows a reader that does"
            )
        return dataset

    def _call(self, method: str, path: Path) -> object:
        make: Any = self.offer.load()
        try:
            return getattr(make(), method)(path)
        except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, OSError) as error:
            words = f"{self.offer.target} fails in `{method}` ({type(error).__name__}: {error})"
            raise PluginError(words, where=self.offer.folder, remedy="Fix the plugin") from error


def plugin_readers(folders: Iterable[Path] | None = None) -> tuple[Reader, ...]:
    """The readers of the plugins in use."""
    return tuple(PluginReader(offer) for offer in offers("datasets", folders))


FORMATS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        CaptureReader(),
        *annotation_readers(),
        RichReader(),
        BodySetReader(),
        VideoReader(),
        ImageReader(),
        ImageFolderReader(),
    )
}
"""Every reader of the program's own by its name, in the order in which they are asked about a path."""

_PLAIN = ("coco", "video", "image", "image folder")
"""Formats that take what no other does: plugins are asked before them."""

_BY_CONTENT = ("coco",)
"""Formats that are only guessed from words in files: a folder where none can be read is one of pictures."""

_ACCEPTED = (
    "a picture, a folder of pictures, a video, a capture folder with cameras.json, the root folder of an "
    "annotated data set, or a file of bodies"
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
    if not is_there(path):
        raise DatasetError("there is no such file or folder", where=path, remedy="Check the name")
    try:
        require_file(path)
    except OSError as error:
        raise DatasetError(
            f"this cannot be opened ({error.strerror})", where=path, remedy=_remedy(path)
        ) from error
    reader, problems = _reader(path, format)
    if isinstance(reader, AnnotationReader):
        reader = type(reader)(options or ReadOptions(), Progress(progress, cancelled))
    elif isinstance(reader, BodySetReader | RichReader):
        reader = type(reader)(options or ReadOptions())
    try:
        dataset = reader.open(path)
    except DatasetError as error:
        if format is not None or reader.name not in _BY_CONTENT or not path.is_dir():
            raise
        dataset, problems = ImageFolderReader().open(path), (*problems, str(error))
    else:
        if isinstance(reader, AnnotationReader):
            problems = (*problems, *_not_used(reader, path))
    return replace(dataset, problems=(*dataset.problems, *problems)) if problems else dataset


def _not_used(reader: AnnotationReader, path: Path) -> Iterator[str]:
    """Sentences about annotation files beside those that were read."""
    inputs = {one for file in reader.files(path) for one in reader.inputs(file)}
    missing = sorted(one for one in inputs if not is_there(one))
    return other_annotations(path, inputs, name_needed=reader.name_needed, missing=missing)


def formats() -> dict[str, Reader]:
    """Every reader by its name, plugins' too, in the order in which they are asked."""
    own = [reader for reader in FORMATS.values() if reader.name not in _PLAIN]
    plain = [FORMATS[name] for name in _PLAIN]
    return {reader.name: reader for reader in (*own, *plugin_readers(), *plain)}


def _reader(path: Path, format: str | None) -> tuple[Reader, tuple[str, ...]]:
    """The reader that is named or recognises the path, and what is wrong with plugins that were asked."""
    known = formats()
    if format is None:
        return _recognised(path, known.values())
    if format not in known:
        raise DatasetError(
            f"the format {format} is unknown", where=path, remedy=f"Known are {', '.join(known)}"
        )
    return known[format], ()


def _recognised(path: Path, readers: Iterable[Reader]) -> tuple[Reader, tuple[str, ...]]:
    problems: list[str] = []
    for reader in readers:
        try:
            if reader.recognises(path):
                return reader, tuple(problems)
        except PluginError as error:
            problems.append(str(error))
    raise DatasetError(
        "this is not a photo, video or data set that the program knows", where=path, remedy=_remedy(path)
    )


def _remedy(path: Path) -> str:
    if path.suffix.lower() == ".json":
        return "A file of 2D poses is opened after its pictures, with Open 2D poses"
    if is_other_picture(path):
        return "Save the picture as JPEG or PNG and open that"
    return f"Open {_ACCEPTED}"
