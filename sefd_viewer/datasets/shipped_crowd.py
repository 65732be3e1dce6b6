"""The shipped crowd: synthetic photos with full truth, in MSCOCO's layout, and what lies beside them."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.resources import resource_path

RUN, CASES = "run", "cases.sefd-show.json"
"""What is stored beside the pictures: a run of the shipped networks, and cases to present."""


def crowd_folder() -> Path:
    """Where the crowd is; raises SefdError when it is missing."""
    return resource_path("sample_crowd")


def is_crowd(dataset: Dataset) -> bool:
    """Whether this data set is the shipped crowd."""
    return dataset.root is not None and dataset.root.resolve() == crowd_folder().resolve()
