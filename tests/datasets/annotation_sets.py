"""Small annotated data sets for tests: a picture, and all that reading says about a set."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from sefd_viewer.datasets import Dataset

NAN = float("nan")


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40)).save(path)


def told(dataset: Dataset) -> str:
    """All that is said about the set and its records."""
    of_records = [str(one) for record in dataset.records for one in (*record.problems, *record.skipped)]
    return "\n".join([*dataset.problems, *of_records])
