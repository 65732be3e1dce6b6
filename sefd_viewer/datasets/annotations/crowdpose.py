"""CrowdPose with NeuralAnnot's SMPL or SMPL-X parameters.

`annotations/crowdpose_<split>.json` with 14 joints, `annotations/CrowdPose_<split>_SMPL_NeuralAnnot.json`
(or `_SMPLX_…`), pictures in `images`. Every person has an own camera. The published train and test files
have width and height swapped; some copies are mended, so the first pictures decide, where they are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations.cameras import image_sizes
from sefd_viewer.datasets.annotations.coco_file import read_coco_file
from sefd_viewer.datasets.annotations.coco_people import PERSON_KEYS, person_rows, picture_part
from sefd_viewer.datasets.annotations.columns import Column, numbers
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import fits_beside
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.datasets.picture_file import read_picture_file
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import CROWDPOSE14

_PREFIX = "crowdpose_"
_SWAPPED = ("train", "test", "trainval")
_LOOKED_AT = 16


class CrowdPoseReader(AnnotationReader):
    """CrowdPose: crowdpose_*.json and NeuralAnnot's fits."""

    name = "crowdpose"
    name_needed = "crowdpose_<split>.json"

    def files(self, path: Path) -> Sequence[Path]:
        """The splits' files."""
        return find_files(path, [f"{_PREFIX}*.json"])

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and its fits."""
        return (file, _fits(file))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        split = split_of(file, _PREFIX)
        coco = read_coco_file(file, reading, image_keys=("crowdIndex",), annotation_keys=PERSON_KEYS)
        folder, names = find_pictures(file, ["images", ""], coco.image_names, reading.probe)
        rows = person_rows(coco, _fits(file), CROWDPOSE14, reading, only_labelled=True)
        sizes = image_sizes(coco.images)
        if _is_swapped(folder, names, sizes, split, reading):
            sizes = Column(sizes.values[:, ::-1], sizes.faults)
        cells = [None if cell is None else [cell] for cell in coco.images.cells("crowdIndex")]
        crowding = numbers(cells, "crowdIndex", (1,), required=False)
        prefix = f"{split}/"
        return picture_part(
            coco, folder, reading, rows, names=names, sizes=sizes, crowding=crowding, prefix=prefix
        )


def _fits(file: Path) -> Path:
    return fits_beside(file.with_name(f"CrowdPose_{split_of(file, _PREFIX)}_SMPL_NeuralAnnot.json"))


def _is_swapped(folder: Path, names: Sequence[str], sizes: Column, split: str, reading: PartReading) -> bool:
    """Whether the file calls the height width: as the first pictures say, else as the split is known to."""
    for name, stated in list(zip(names, sizes.values, strict=True))[:_LOOKED_AT]:
        reading.probe(folder / name)
        try:
            file = read_picture_file(folder / name)
        except ImageError:
            continue
        width, height = file.size
        if not file.turned and width != height and {width, height} == set(stated.tolist()):
            return not np.array_equal((width, height), stated)
    return split in _SWAPPED
