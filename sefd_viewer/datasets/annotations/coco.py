"""Sets of people in COCO's shape: MSCOCO, CrowdPose and MPII as published, and files under any other name."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from sefd_viewer.datasets.annotations.cameras import image_sizes
from sefd_viewer.datasets.annotations.coco_file import read_coco_file
from sefd_viewer.datasets.annotations.coco_people import (
    PERSON_KEYS,
    person_rows,
    picture_part,
    read_coco_people,
)
from sefd_viewer.datasets.annotations.columns import Column, numbers
from sefd_viewer.datasets.annotations.locating import FOLDERS, find_files, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import fits_beside
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.datasets.annotations.rows import PartRows
from sefd_viewer.datasets.images import read_picture_file
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import natural
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import COCO17, CROWDPOSE14, MPII16

Kind = Literal["people", "boxes", "bodies", "list", ""]
"""People with keypoints or boxes alone in COCO's shape, SMPL parameters, a list of people; nothing known."""

_HEAD_BYTES, _TAIL_BYTES = 1 << 20, 1 << 18
_WORDS = (
    "images",
    "file_name",
    "annotations",
    "image_id",
    "keypoints",
    "smpl_param",
    "smplx_param",
    "joints_vis",
)


def kind_of(file: Path) -> Kind:
    """What a JSON file seems to hold; a file that cannot be read holds nothing known.

    Of large files only the ends are looked at: there stand the keys of COCO's lists, or of their entries.
    """
    text = _ends(file)
    has = {word: f'"{word}"'.encode() in text for word in _WORDS}
    if (has["images"] or has["file_name"]) and (has["annotations"] or has["image_id"]):
        return "people" if has["keypoints"] else "boxes"
    return "bodies" if has["smpl_param"] or has["smplx_param"] else "list" if has["joints_vis"] else ""


def _ends(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            size = os.fstat(stream.fileno()).st_size
            stream.seek(max(size - _TAIL_BYTES, len(head)))
            return head + stream.read(_TAIL_BYTES)
    except (OSError, ValueError):
        return b""


_MSCOCO_PREFIX = "person_keypoints_"


class _SplitReader(AnnotationReader):
    """A published set: a file per split, called as `patterns` say, and NeuralAnnot's fits beside it."""

    patterns: ClassVar[Sequence[str]]

    @abstractmethod
    def fits(self, file: Path) -> Path:
        """NeuralAnnot's file for a split."""

    def files(self, path: Path) -> Sequence[Path]:
        """The splits' files."""
        return find_files(path, self.patterns)

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and its fits."""
        return (file, self.fits(file))


class MscocoReader(_SplitReader):
    """MSCOCO's person keypoints with NeuralAnnot's SMPL or SMPL-X parameters.

    `annotations/person_keypoints_<split>2017.json`, `annotations/MSCOCO_<split>_SMPL_NeuralAnnot.json` (or
    `_SMPLX_…`), pictures in `images/<split>2017` (or `<split>2017`). Every person has an own camera.
    """

    name = "mscoco"
    patterns = (f"{_MSCOCO_PREFIX}*.json",)
    name_needed = "person_keypoints_<split>.json"

    def fits(self, file: Path) -> Path:
        """NeuralAnnot's file for a split."""
        split = split_of(file, _MSCOCO_PREFIX).rstrip("0123456789")
        return fits_beside(file.with_name(f"MSCOCO_{split}_SMPL_NeuralAnnot.json"))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        split = split_of(file, _MSCOCO_PREFIX)
        folders = [f"images/{split}", split, "images"]
        return read_coco_people(
            file, self.fits(file), folders, COCO17, reading, prefix=f"{split}/", only_labelled=True
        )


_CROWDPOSE_PREFIX = "crowdpose_"
_SWAPPED = ("train", "test", "trainval")
_LOOKED_AT = 16


class CrowdPoseReader(_SplitReader):
    """CrowdPose with NeuralAnnot's SMPL or SMPL-X parameters.

    `annotations/crowdpose_<split>.json` with 14 joints, `annotations/CrowdPose_<split>_SMPL_NeuralAnnot.json`
    (or `_SMPLX_…`), pictures in `images`. Every person has an own camera. The published train and test files
    have width and height swapped; some copies are mended, so the first pictures decide, where they are there.
    """

    name = "crowdpose"
    patterns = (f"{_CROWDPOSE_PREFIX}*.json",)
    name_needed = "crowdpose_<split>.json"

    def fits(self, file: Path) -> Path:
        """NeuralAnnot's file for a split."""
        return fits_beside(
            file.with_name(f"CrowdPose_{split_of(file, _CROWDPOSE_PREFIX)}_SMPL_NeuralAnnot.json")
        )

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        split = split_of(file, _CROWDPOSE_PREFIX)
        coco = read_coco_file(file, reading, image_keys=("crowdIndex",), annotation_keys=PERSON_KEYS)
        folder, names = find_pictures(file, ["images", ""], coco.image_names, reading.probe)
        rows = person_rows(coco, self.fits(file), CROWDPOSE14, reading, only_labelled=True)
        sizes = image_sizes(coco.images)
        if _is_swapped(folder, names, sizes, split, reading):
            sizes = Column(sizes.values[:, ::-1], sizes.faults)
        cells = [None if cell is None else [cell] for cell in coco.images.cells("crowdIndex")]
        crowding = numbers(cells, "crowdIndex", (1,), required=False)
        prefix = f"{split}/"
        return picture_part(
            coco, folder, reading, rows, names=names, sizes=sizes, crowding=crowding, prefix=prefix
        )


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


_SPLITS = ("train.json", "val.json", "valid.json", "test.json")
_FITS = "MPII_*_SMPL_NeuralAnnot.json"


class MpiiReader(_SplitReader):
    """MPII with NeuralAnnot's SMPL or SMPL-X parameters.

    `annotations/train.json` in COCO's shape with 16 joints, `annotations/MPII_<split>_SMPL_NeuralAnnot.json`
    (or `_SMPLX_…`), pictures in `images`. Every person has an own camera.
    """

    name = "mpii"
    patterns = _SPLITS
    name_needed = " or ".join(_SPLITS)

    def recognises(self, path: Path) -> bool:
        """Whether there are MPII's fits, or annotations of a split in a folder called MPII."""
        named = any("mpii" in part.lower() for part in path.absolute().parts[-3:])
        splits = self.files(path)
        return bool(splits) and (named or any(splits[0].parent.glob(_FITS)))

    def fits(self, file: Path) -> Path:
        """NeuralAnnot's file for a split."""
        return fits_beside(file.with_name(f"MPII_{file.stem}_SMPL_NeuralAnnot.json"))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        prefix = f"{file.stem}/"
        return read_coco_people(
            file, self.fits(file), ["", "images"], MPII16, reading, prefix=prefix, only_labelled=False
        )


_GROUPS = (*((folder,) for folder in FOLDERS), ("train", "valid", "val", "test"), ("annotations/*",))
"""Where such files lie below the root: the first group of folders that has any counts."""

_MOST = 100
"""Files of a folder that are looked into: one per picture is something else."""

_PICTURES = ("", "images", "data")


class CocoReader(AnnotationReader):
    """Files of people in COCO's shape under any name, known by what they hold.

    Programs that label or convert write them as they like: MMPose's `test_coco.json`, Roboflow's
    `train/_annotations.coco.json` among its pictures, a user's `labels.json`. Joints are those that the
    categories name. Bodies are read from `<name>_SMPL_NeuralAnnot.json`, or else from the only file of SMPL
    parameters beside.
    """

    name = "coco"

    def files(self, path: Path) -> Sequence[Path]:
        """The files that hold people with keypoints."""
        if path.is_file():
            return [path] if path.suffix.lower() == ".json" and kind_of(path) == "people" else []
        for folders in _GROUPS:
            found = [file for folder in folders for file in _json_files(path, folder)]
            people = [file for file in found if kind_of(file) == "people"] if len(found) <= _MOST else []
            if people:
                return people
        return []

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file, and its fits where there are any."""
        fits = _fits(file)
        return (file,) if fits is None else (file, fits)

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a file."""
        coco = read_coco_file(file, reading, annotation_keys=PERSON_KEYS)
        label = file.parent.name if file.stem.startswith("_") else file.stem
        folders = [*_PICTURES, label, f"images/{label}", *_other_folders(file)]
        folder, names = find_pictures(file, folders, coco.image_names, reading.probe)
        rows = person_rows(coco, _fits(file), COCO17, reading, only_labelled=True)
        return picture_part(coco, folder, reading, rows, names=names, prefix=f"{label}/")


def _other_folders(file: Path) -> list[str]:
    """Every folder beside or above a file of annotations, and in `images` there: any may hold pictures."""
    root = file.parent.parent if file.parent.name in ("annotations", "json") else file.parent
    found: list[str] = []
    for pattern in ("*/", "images/*/"):
        try:
            found += sorted(one.relative_to(root).as_posix() for one in root.glob(pattern) if one.is_dir())
        except OSError:
            continue
    return [name for name in found if not Path(name).name.startswith(".")][:_MOST]


def _json_files(root: Path, folder: str) -> list[Path]:
    try:
        found = [file for file in root.glob(f"{folder}/*.json" if folder else "*.json") if file.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda file: natural(str(file)))


def _fits(file: Path) -> Path | None:
    """The file of bodies: of the same name, else the only one in the folder."""
    named = fits_beside(file.with_name(f"{file.stem}_SMPL_NeuralAnnot.json"))
    if named.is_file():
        return named
    beside = _json_files(file.parent, "")
    found = [one for one in beside if kind_of(one) == "bodies"] if len(beside) <= _MOST else []
    return found[0] if len(found) == 1 else None
