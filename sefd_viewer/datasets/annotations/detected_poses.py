"""2D poses that a detector found for annotated people: {annotation id: coco_joints}."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations.columns import numbers
from sefd_viewer.datasets.annotations.json_files import read_json_or_note
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.person_rows import PoseColumn
from sefd_viewer.geometry.joints import JointSet


def detected_poses(
    file: Path, annotation_ids: Sequence[str], joint_set: JointSet, source: str, reading: PartReading
) -> PoseColumn | None:
    """The keypoints x y score of `joint_set` for these annotations; None when there is no such file."""
    reading.look_at(file)
    if not file.is_file():
        return None
    content = read_json_or_note(file, reading)
    if content is None:
        return None
    found = [content.get(key) for key in annotation_ids]
    cells = [entry.get("coco_joints") if isinstance(entry, dict) else entry for entry in found]
    column = numbers(cells, "coco_joints", (joint_set.count, 3), required=False)
    for row, fault in column.faults.items():
        reading.problems.add(file, fault, f"annotation {annotation_ids[row]}")
    return PoseColumn(joint_set, column.values.astype(np.float32), source)
