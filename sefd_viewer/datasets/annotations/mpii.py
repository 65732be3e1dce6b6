"""MPII with NeuralAnnot's SMPL or SMPL-X parameters.

`annotations/train.json` in COCO's shape with 16 joints, `annotations/MPII_<split>_SMPL_NeuralAnnot.json`
(or `_SMPLX_…`), pictures in `images`. Every person has an own camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations.coco_people import read_coco_people
from sefd_viewer.datasets.annotations.locating import find_files
from sefd_viewer.datasets.annotations.neural_annot import fits_beside
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.geometry.joints import MPII16

_SPLITS = ("train.json", "val.json", "valid.json", "test.json")
_FITS = "MPII_*_SMPL_NeuralAnnot.json"


class MpiiReader(AnnotationReader):
    """MPII: train.json and NeuralAnnot's fits."""

    name = "mpii"
    name_needed = " or ".join(_SPLITS)

    def recognises(self, path: Path) -> bool:
        """Whether there are MPII's fits, or annotations of a split in a folder called MPII."""
        named = any("mpii" in part.lower() for part in path.absolute().parts[-3:])
        splits = self.files(path)
        return bool(splits) and (named or any(splits[0].parent.glob(_FITS)))

    def files(self, path: Path) -> Sequence[Path]:
        """The splits' files."""
        return find_files(path, _SPLITS)

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and its fits."""
        return (file, _fits(file))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        prefix = f"{file.stem}/"
        return read_coco_people(
            file, _fits(file), ["", "images"], MPII16, reading, prefix=prefix, only_labelled=False
        )


def _fits(file: Path) -> Path:
    return fits_beside(file.with_name(f"MPII_{file.stem}_SMPL_NeuralAnnot.json"))
