"""MSCOCO's person keypoints with NeuralAnnot's SMPL or SMPL-X parameters.

`annotations/person_keypoints_<split>2017.json`, `annotations/MSCOCO_<split>_SMPL_NeuralAnnot.json` (or
`_SMPLX_…`), pictures in `images/<split>2017` (or `<split>2017`). Every person has an own camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations.coco_people import read_coco_people
from sefd_viewer.datasets.annotations.locating import find_files
from sefd_viewer.datasets.annotations.neural_annot import fits_beside
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.geometry.joints import COCO17

_PREFIX = "person_keypoints_"


class MscocoReader(AnnotationReader):
    """MSCOCO: person_keypoints_*.json and NeuralAnnot's fits."""

    name = "mscoco"
    name_needed = "person_keypoints_<split>.json"

    def files(self, path: Path) -> Sequence[Path]:
        """The splits' files of person keypoints."""
        return find_files(path, [f"{_PREFIX}*.json"])

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and its fits."""
        return (file, _fits(file))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        split = split_of(file, _PREFIX)
        folders = [f"images/{split}", split, "images"]
        return read_coco_people(
            file, _fits(file), folders, COCO17, reading, prefix=f"{split}/", only_labelled=True
        )


def _fits(file: Path) -> Path:
    split = split_of(file, _PREFIX).rstrip("0123456789")
    return fits_beside(file.with_name(f"MSCOCO_{split}_SMPL_NeuralAnnot.json"))
