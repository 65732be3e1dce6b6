"""What opens when nothing is named: the shipped four-camera capture and three photos."""

from __future__ import annotations

from sefd_viewer.datasets.capture import CaptureReader
from sefd_viewer.datasets.image_folder import ImageFolderReader
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.resources import resource_path

FORMAT = "sample"
FIRST_KEY = "cam01/000092.jpg"
"""One person hides another's legs here, and all four views are worth a look."""


def open_sample() -> Dataset:
    """The shipped capture, calibrated and grouped by moment, then the photos."""
    capture = CaptureReader().open(resource_path("sample_capture"))
    photos = ImageFolderReader().open(resource_path("sample_photos"))
    records = (*capture.records, *photos.records)
    first = next((i for i, record in enumerate(records) if record.key == FIRST_KEY), 0)
    problems = capture.problems + photos.problems
    return Dataset("Sample", capture.root, FORMAT, records, problems, first, sources=capture.sources)
