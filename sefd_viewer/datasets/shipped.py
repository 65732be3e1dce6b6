"""What ships with the program: the sample, a calibrated capture with photos, and a synthetic crowd."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.capture import CaptureReader
from sefd_viewer.datasets.image_folder import ImageFolderReader
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.resources import resource_path

SAMPLE_FORMAT = "sample"
FIRST_KEY = "cam01/000092.jpg"
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
