"""CrowdPose with NeuralAnnot's SMPL parameters.

`annotations/crowdpose_<split>.json` with 14 joints, `annotations/CrowdPose_<split>_SMPL_NeuralAnnot.json`,
pictures in `images`. Every person has an own camera. The published train and test files have width and
height swapped; some copies are mended, so the first pictures decide, where they are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations.cameras import image_sizes
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import person_rows, picture_part
from sefd_viewer.datasets.annotations.columns import Column
from sefd_viewer.datasets.annotations.locating import find_files, find_folder
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading, split_of
from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import CROWDPOSE14

_PREFIX = "crowdpose_"
_SWAPPED = ("train", "test", "trainval")
_LOOKED_AT = 16


@dataclass(frozen=True)
class CrowdPoseReader:
    """CrowdPose: crowdpose_*.json and NeuralAnnot's fits."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "crowdpose"

    def recognises(self, path: Path) -> bool:
        """Whether there are CrowdPose's files."""
        return bool(find_files(path, [f"{_PREFIX}*.json"]))

    def open(self, path: Path) -> Dataset:
        """All splits that are there. Raises DatasetError when none can be read."""
        reading = Reading.with_options(self.options)
        files = find_files(path, [f"{_PREFIX}*.json"])
        return reading.dataset(self.name, path, files, lambda file: _split(file, reading))


def _split(file: Path, reading: Reading) -> PicturePart:
    split = split_of(file, _PREFIX)
    fits = file.with_name(f"CrowdPose_{split}_SMPL_NeuralAnnot.json")
    coco = read_coco_file(file, reading.problems)
    folder = find_folder(file, ["images", ""], coco.image_names)
    rows = person_rows(coco, fits, CROWDPOSE14, reading, only_labelled=True)
    sizes = image_sizes(coco.images)
    if _is_swapped(coco, folder, sizes, split):
        sizes = Column(sizes.values[:, ::-1], sizes.faults)
    return picture_part(coco, folder, reading, rows, sizes=sizes, prefix=f"{split}/")


def _is_swapped(coco: CocoFile, folder: Path, sizes: Column, split: str) -> bool:
    """Whether the file calls the height width: as the first pictures say, else as the split is known to."""
    for name, stated in list(zip(coco.image_names, sizes.values, strict=True))[:_LOOKED_AT]:
        try:
            actual = image_size(folder / name)
        except ImageError:
            continue
        if actual[0] != actual[1] and set(actual) == set(stated.tolist()):
            return not np.array_equal(actual, stated)
    return split in _SWAPPED
