"""A made-up data set under review: its table, and detectors that measure what the test says."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sefd_viewer.app.findings import FindingColumns
from sefd_viewer.checks import Detector, Inspection, Measurement
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.features.people.review.query import parse
from sefd_viewer.features.people.review.rows import Order, lines
from sefd_viewer.features.people.review.table import ReviewTable
from sefd_viewer.features.people.review.verdict_columns import VerdictColumns
from tests.app.session_fakes import record


def table() -> ReviewTable:
    """Six people in four records; the third record has nobody."""
    return ReviewTable(
        pl.DataFrame(
            {
                "position": pl.Series([0, 0, 1, 2, 3, 3], dtype=pl.Int32),
                "record": ["walk/1", "walk/1", "walk/2", "sit/1", "sit/2", "sit/2"],
                "person": ["1", "2", "1", None, "1", "2"],
                "view": ["54", "54", "60", "54", "60", "60"],
                "fit_error": pl.Series([12.0, None, 75.5, None, 3.0, 60.0], dtype=pl.Float32),
                "keypoints": pl.Series([17, 3, 12, 0, 17, 9], dtype=pl.UInt8),
                "smpl": [True, False, True, False, True, True],
                "problem": ["", "", "", "nobody here", "", ""],
            }
        )
    )


def shown(
    words: str,
    *,
    sort: str = "row",
    descending: bool = False,
    verdicts: VerdictColumns | None = None,
    findings: FindingColumns | None = None,
) -> list[int]:
    """The rows of `table()` that a filter shows, in order."""
    rows = table()
    found = lines(
        rows,
        verdicts or VerdictColumns.empty(len(rows)),
        findings or FindingColumns.empty(len(rows)),
        Order(parse(words), sort, descending),
    )
    return found.rows.tolist()


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
