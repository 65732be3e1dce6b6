"""Files of people in COCO's shape under any name, known by what they hold.

Programs that label or convert write them as they like: MMPose's `test_coco.json`, Roboflow's
`train/_annotations.coco.json` among its pictures, a user's `labels.json`. Joints are those that the
categories name. Bodies are read from `<name>_SMPL_NeuralAnnot.json`, or else from the only file of SMPL
parameters beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations.coco_file import read_coco_file
from sefd_viewer.datasets.annotations.coco_people import PERSON_KEYS, person_rows, picture_part
from sefd_viewer.datasets.annotations.contents import kind_of
from sefd_viewer.datasets.annotations.locating import FOLDERS, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import fits_beside
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.records import natural
from sefd_viewer.geometry.joints import COCO17

_GROUPS = (*((folder,) for folder in FOLDERS), ("train", "valid", "val", "test"), ("annotations/*",))
"""Where such files lie below the root: the first group of folders that has any counts."""

_MOST = 100
"""Files of a folder that are looked into: one per picture is something else."""

_PICTURES = ("", "images", "data")


class CocoReader(AnnotationReader):
    """COCO's shape under other names."""

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
