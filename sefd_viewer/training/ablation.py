"""Ablations: the variants of a family of recipes, trained alike and compared on the same held-out people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.body import BodyModel, open_body
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.intervals import Mean, mean_with_interval
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.training.batches import OrderedBatches
from sefd_viewer.training.crops import CropSet
from sefd_viewer.training.module import Joints30, joint_errors, network_input
from sefd_viewer.training.recipes import TrainingSettings, recipe_names

PREFIX = "ablation-"
TEACHER = "ablation-map-overlap"
"""The recipe whose network teaches the students of a family."""
LEAST_HIDDEN = 0.2
MEASURES = ("mpjpe_mm", "pa_mpjpe_mm")


def families() -> list[str]:
    """The families that ship, by what they vary."""
    names = [
        name.removeprefix(PREFIX).partition("-")[0] for name in recipe_names() if name.startswith(PREFIX)
    ]
    return list(dict.fromkeys(names))


def variants(family: str) -> list[str]:
    """The recipes of a family, the one that others are compared with first; SefdError for none."""
    found = [name for name in recipe_names() if name.startswith(f"{PREFIX}{family}-")]
    if not found:
        raise SefdError(f"there is no family {family!r}", remedy=f"Known are {', '.join(families())}")
    return found


def needs_teacher(settings: TrainingSettings) -> bool:
    """Whether a recipe begins with a teacher: a student that distils, or that others of its family are."""
    return settings.role == "student" and not settings.structural_map


@dataclass(frozen=True, eq=False)
class Errors:
    """Of N held-out people: errors (N,) in mm by name, the hidden share (N,), and the scene (N,) of each."""

    by_name: Mapping[str, NDArray[np.float64]]
    hidden: NDArray[np.float64]
    scene: NDArray[np.int64]


@torch.inference_mode()
def held_out_errors(weights: Path, crops: CropSet, body: BodyModel | None = None) -> Errors:
    """What a network makes of people whom it was not trained on: thirty joints, relative to the pelvis."""
    loaded = load_network(weights)
    network, joints30 = loaded.network, Joints30(body or open_body()).eval()
    found: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for batch in OrderedBatches(crops, 100, network.weighs_joints):
        pictures = network_input(batch, loaded.card.role, empty=loaded.card.map == "empty")
        output = network(pictures, batch["joints_heatmap"], batch["joint_scores"])
        errors = joint_errors(joints30(output.rotations, output.betas), output.cam_transl, batch)
        for name in MEASURES:
            found[name].append(errors[name].double().numpy())
        found["hidden"].append(batch["hidden"].double().numpy())
    joined = {name: np.concatenate(values) for name, values in found.items()}
    scenes = crops.rows(np.arange(len(crops)))["scene"].astype(np.int64)
    return Errors({name: joined[name] for name in MEASURES}, joined["hidden"], scenes)


@dataclass(frozen=True)
class Line:
    """A variant's means, and its differences to the first one: of everybody, and of those who are hidden."""

    name: str
    means: Mapping[str, float]
    difference: Mean | None = None
    of_hidden: Mean | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        differences = {"minus_first": self.difference, "minus_first_hidden": self.of_hidden}
        told = {name: None if mean is None else mean.to_dict() for name, mean in differences.items()}
        return {"name": self.name, **self.means, **told}


def compared(measured: Mapping[str, Errors]) -> list[Line]:
    """A line for each variant; differences are paired, with intervals over scenes.

    Raises SefdError where the variants were measured on different people.
    """
    lines: list[Line] = []
    first = next(iter(measured.values()))
    for name, errors in measured.items():
        if not np.array_equal(errors.scene, first.scene):
            raise SefdError("the variants were measured on different people", remedy="Make their crops again")
        means = {measure: float(values.mean()) for measure, values in errors.by_name.items()}
        if errors is first:
            lines.append(Line(name, means))
            continue
        gaps = errors.by_name[MEASURES[0]] - first.by_name[MEASURES[0]]
        hidden = errors.hidden >= LEAST_HIDDEN
        whole = mean_with_interval(gaps, errors.scene)
        lines.append(Line(name, means, whole, mean_with_interval(gaps[hidden], errors.scene[hidden])))
    return lines


def ordered(names: Sequence[str]) -> list[str]:
    """Recipes of a family with those before that they begin with."""
    return list(dict.fromkeys([TEACHER, *names]))
