"""MSCOCO's person keypoints with NeuralAnnot's SMPL parameters.

`annotations/person_keypoints_<split>2017.json`, `annotations/MSCOCO_<split>_SMPL_NeuralAnnot.json`, pictures
in `images/<split>2017` (or `<split>2017`). Every person has an own camera.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sefd_viewer.datasets.annotations.coco_people import read_coco_people
from sefd_viewer.datasets.annotations.locating import find_files
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading, split_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.geometry.joints import COCO17

_PREFIX = "person_keypoints_"


@dataclass(frozen=True)
class MscocoReader:
    """MSCOCO: person_keypoints_*.json and NeuralAnnot's fits."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "mscoco"

    def recognises(self, path: Path) -> bool:
        """Whether there are files of person keypoints."""
        return bool(find_files(path, [f"{_PREFIX}*.json"]))

    def open(self, path: Path) -> Dataset:
        """All splits that are there. Raises DatasetError when none can be read."""
        reading = Reading.with_options(self.options)
        files = find_files(path, [f"{_PREFIX}*.json"])
        return reading.dataset(self.name, path, files, lambda file: _split(file, reading))


def _split(file: Path, reading: Reading) -> PicturePart:
    split = split_of(file, _PREFIX)
    fits = file.with_name(f"MSCOCO_{split.rstrip('0123456789')}_SMPL_NeuralAnnot.json")
    folders = [f"images/{split}", split, "images"]
    return read_coco_people(file, fits, folders, COCO17, reading, prefix=f"{split}/", only_labelled=True)
