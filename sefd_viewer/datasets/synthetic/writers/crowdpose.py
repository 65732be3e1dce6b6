"""Scenes as CrowdPose with NeuralAnnot's fits; the training file calls the height width, as the real one."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.writers.coco_people import CocoLayout, write_coco_people
from sefd_viewer.datasets.synthetic.writers.entries import flat_keypoints
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry.joints import CROWDPOSE14

_LAYOUT = CocoLayout(
    "images",
    lambda number: f"{100_000 + number}.jpg",
    "annotations/crowdpose_train.json",
    "annotations/CrowdPose_train_SMPL_NeuralAnnot.json",
    lambda person, scene: flat_keypoints(person, scene, CROWDPOSE14),
    swapped_size=True,
)


def write_crowdpose(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _LAYOUT)
