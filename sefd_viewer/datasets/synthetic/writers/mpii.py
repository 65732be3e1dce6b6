"""Scenes as MPII with NeuralAnnot's fits."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.writers.coco_people import CocoLayout, write_coco_people
from sefd_viewer.datasets.synthetic.writers.entries import flat_keypoints
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry.joints import MPII16

_LAYOUT = CocoLayout(
    "",
    lambda number: f"images/{number:09d}.jpg",
    "annotations/train.json",
    "annotations/MPII_train_SMPL_NeuralAnnot.json",
    lambda person, scene: flat_keypoints(person, scene, MPII16),
)


def write_mpii(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _LAYOUT)
