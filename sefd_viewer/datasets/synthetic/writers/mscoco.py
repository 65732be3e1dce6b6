"""Scenes as MSCOCO with NeuralAnnot's fits."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.writers.coco_people import CocoLayout, write_coco_people
from sefd_viewer.datasets.synthetic.writers.entries import coco_keypoints
from sefd_viewer.datasets.synthetic.writers.plan import Plan

_LAYOUT = CocoLayout(
    "images/train2017",
    lambda number: f"{number:012d}.jpg",
    "annotations/person_keypoints_train2017.json",
    "annotations/MSCOCO_train_SMPL_NeuralAnnot.json",
    lambda person, _scene: coco_keypoints(person),
    masks=True,
)


def write_mscoco(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _LAYOUT)
