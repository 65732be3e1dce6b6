"""MPII with NeuralAnnot's SMPL parameters.

`annotations/train.json` in COCO's shape with 16 joints, `annotations/MPII_<split>_SMPL_NeuralAnnot.json`,
pictures in `images`. Every person has an own camera.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sefd_viewer.datasets.annotations.coco_people import read_coco_people
from sefd_viewer.datasets.annotations.locating import find_files
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.geometry.joints import MPII16

_SPLITS = ("train.json", "val.json", "valid.json", "test.json")
_FITS = "MPII_*_SMPL_NeuralAnnot.json"


@dataclass(frozen=True)
class MpiiReader:
    """MPII: train.json and NeuralAnnot's fits."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "mpii"

    def recognises(self, path: Path) -> bool:
        """Whether there are MPII's fits, or annotations of a split in a folder called MPII."""
        named = any("mpii" in part.lower() for part in path.absolute().parts[-3:])
        splits = find_files(path, _SPLITS)
        return bool(splits) and (named or any(splits[0].parent.glob(_FITS)))

    def open(self, path: Path) -> Dataset:
        """All splits that are there. Raises DatasetError when none can be read."""
        reading = Reading.with_options(self.options)
        files = find_files(path, _SPLITS)
        return reading.dataset(self.name, path, files, lambda file: _split(file, reading))


def _split(file: Path, reading: Reading) -> PicturePart:
    fits = file.with_name(f"MPII_{file.stem}_SMPL_NeuralAnnot.json")
    prefix = f"{file.stem}/"
    return read_coco_people(file, fits, ["", "images"], MPII16, reading, prefix=prefix, only_labelled=False)
