"""OCHuman: photos of people who hide each other, with 2D joints and masks; nobody published bodies for it.

`ochuman.json` keeps everyone with 19 joints below their picture, boxes as left, top, right, bottom. Files
`ochuman_coco_format_<val or test>_range_<low>_<high>.json` are parts of it in COCO's shape. Pictures are in
`images`. Of the 19 joints the 17 of COCO are read, by which the set is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import PERSON_KEYS, person_rows, picture_part
from sefd_viewer.datasets.annotations.columns import faults_by_row
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.datasets.annotations.rows import PartRows, PersonRows, PoseColumn, boxes
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.errors import DatasetError, shown
from sefd_viewer.geometry.joints import COCO17

WHOLE = "ochuman.json"
"""The file with everyone; where it is, files in COCO's shape repeat what it says."""

KEYPOINT_NAMES = (
    *("right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "head", "neck"),
    *("right_ear", "left_ear", "nose", "right_eye", "left_eye"),
)
"""The joints in the order of the file, where it does not give another one."""

_PREFIX = "ochuman_coco_format_"
_OURS = {"right": "R", "left": "L"}
_SCORES = np.array([0.0, 1.0, 1.0, 0.5])
"""By visibility: missing, visible, hidden by the own body (COCO's shape calls it visible), by others."""


class OchumanReader(AnnotationReader):
    """OCHuman: ochuman.json, or ochuman_coco_format_*.json."""

    name = "ochuman"

    def files(self, path: Path) -> Sequence[Path]:
        """The file with everyone, else those in COCO's shape."""
        return find_files(path, [WHOLE]) or find_files(path, [f"{_PREFIX}*.json"])

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file alone."""
        return (file,)

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a file."""
        if file.name != WHOLE:
            coco = read_coco_file(file, reading, annotation_keys=PERSON_KEYS)
            rows = person_rows(coco, None, COCO17, reading, only_labelled=True)
            prefix = f"{split_of(file, _PREFIX)}/"
        else:
            nested = _Nested()
            coco = read_coco_file(file, reading, annotation_keys=("keypoints",), unfold=nested.unfold)
            rows, prefix = _person_rows(coco, nested.order(file)), ""
        folder, names = find_pictures(file, ["images", ""], coco.image_names, reading.probe)
        return picture_part(coco, folder, reading, rows, names=names, prefix=prefix)


@dataclass
class _Nested:
    """Takes people out of their pictures, and numbers them."""

    people: int = 0
    names: object = field(default=KEYPOINT_NAMES)

    def unfold(self, key: str, value: object) -> Iterator[tuple[str, object]]:
        """COCO's two lists out of a batch of pictures."""
        if key == "keypoint_names":
            self.names = value
        elif key == "images" and not isinstance(value, list):
            yield key, value
        elif key == "images" and isinstance(value, list):
            yield "images", [_image(picture) for picture in value]
            yield "annotations", list(self._people(value))

    def _people(self, pictures: list[object]) -> Iterator[object]:
        for picture in pictures:
            if not isinstance(picture, Mapping):
                continue
            people = picture.get("annotations")
            for person in people if isinstance(people, list) else ():
                self.people += 1
                about = {"id": self.people, "image_id": picture.get("image_id")}
                yield {**person, **about} if isinstance(person, Mapping) else person

    def order(self, file: Path) -> list[int]:
        """Where COCO's joints stand among the file's. Raises DatasetError when one is not there."""
        names = [_our_name(name) for name in self.names] if isinstance(self.names, list | tuple) else []
        missing = [name for name in COCO17.names if name not in names]
        if missing or len(names) != len(KEYPOINT_NAMES):
            raise DatasetError(
                f"its keypoint_names are not the {len(KEYPOINT_NAMES)} joints of OCHuman",
                where=shown(str(file)),
                remedy="Download the file again",
            )
        return [names.index(name) for name in COCO17.names]


def _image(picture: object) -> object:
    return {**picture, "id": picture.get("image_id")} if isinstance(picture, Mapping) else picture


def _our_name(name: object) -> str:
    side, _, joint = str(name).rpartition("_")
    return f"{_OURS[side]}_{joint.capitalize()}" if side in _OURS else str(name).capitalize()


def _person_rows(coco: CocoFile, order: list[int]) -> PersonRows:
    """The people of the file with everyone; `order` (17,) says where COCO's joints stand."""
    corners = boxes(coco.annotations)
    column = coco.annotations.numbers("keypoints", (len(KEYPOINT_NAMES), 3), required=False)
    keypoints = column.values[:, order]
    keypoints[..., 2] = _scores(keypoints[..., 2])
    return PersonRows(
        coco.annotation_ids,
        np.concatenate(
            [corners.values[:, :2], corners.values[:, 2:] - corners.values[:, :2]], axis=1, dtype=np.float32
        ),
        (PoseColumn(COCO17, keypoints.astype(np.float32)),),
        left_out={SkipReason.NO_KEYPOINTS: np.all(keypoints[..., 2] == 0, axis=1)},
        faults=faults_by_row(corners, column),
    )


def _scores(visibility: NDArray[np.floating]) -> NDArray[np.float64]:
    """The score of each joint; one of a visibility that is none of the file's does not count."""
    known = np.isin(visibility, np.arange(len(_SCORES)))
    return np.where(known, _SCORES[np.where(known, visibility, 0).astype(np.intp)], 0.0)
