"""A made-up data set whose annotations are checked, by detectors that measure what the test says."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.checks import Detector, Inspection, Measurement
from sefd_viewer.datasets.records import Dataset, Record
from tests.app.session_fakes import record


def _measure_width(inspection: Inspection) -> list[Measurement]:
    return [
        Measurement(one.key, float(one.bbox_xywh[2]))
        for one in inspection.record.people
        if one.bbox_xywh is not None
    ]


def _measure_picture(inspection: Inspection) -> list[Measurement]:
    return [Measurement(None, float(inspection.picture.mean()))]


WIDE = Detector(
    "wide",
    "Wide box",
    "How wide the box is.",
    "The box is {value:.0f} pixels wide.",
    "px",
    threshold=5.0,
    range=(0.0, 40.0),
    measure=_measure_width,
)
DARK = Detector(
    "dark",
    "Dark picture",
    "How bright the picture is.",
    "The picture's mean is {value:.0f}.",
    "",
    threshold=10.0,
    range=(0.0, 255.0),
    measure=_measure_picture,
    direction="below",
    reads="picture",
)


def reviewed_dataset(root: Path | None, *records: Record) -> Dataset:
    """A data set in a folder of its own."""
    found = records or (record("a", truth=True), record("b"), record("c"))
    return Dataset("made up", root, "test", found)
