"""The distillation gap: how far networks' features are from the teacher's, by layer and over training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.pictures import crop_picture, enlarged, heat_over
from sefd_viewer.networks.cards import card_of

if TYPE_CHECKING:
    from sefd_viewer.features.explain.case import Case
    from sefd_viewer.inference.messages import Inside, Tried

    Image = NDArray[np.uint8]
    Features = NDArray[np.floating]

CHECKPOINT = "checkpoint "
"""Begins the key of a trial with another weights file."""


# ---- how far training was when a weights file was written, without torch

Unit = Literal["step", "epoch", "number"]
_COUNTED = re.compile(r"(step|iter|epoch)[a-z]*[^a-z0-9]*(\d+)")


@dataclass(frozen=True)
class TrainingStage:
    """`number` steps or epochs; a "number" is one of the file's name that does not say what it counts."""

    unit: Unit
    number: int


def training_stage(path: Path) -> TrainingStage | None:
    """The stage of a weights file, None where neither its card nor its name tells it."""
    training = card_of(path).get("training", {})
    step = training.get("step", training.get("steps")) if isinstance(training, dict) else None
    return TrainingStage("step", step) if isinstance(step, int) else _in_name(path.name)


def in_order(stages: Sequence[TrainingStage | None]) -> list[int] | None:
    """The places of files from the earliest to the last; None where their stages cannot be compared."""
    known = [stage for stage in stages if stage is not None]
    numbers = [stage.number for stage in known]
    comparable = len({stage.unit for stage in known}) == 1 and len(set(numbers)) == len(stages)
    return sorted(range(len(stages)), key=lambda place: numbers[place]) if comparable else None


def _in_name(name: str) -> TrainingStage | None:
    stem = re.sub(r"\.(safetensors|pth|tar|pt|ckpt)\b", "", name.lower())
    counted = {word: int(number) for word, number in _COUNTED.findall(stem)}
    if "step" in counted or "iter" in counted:
        return TrainingStage("step", counted.get("step", counted.get("iter", 0)))
    if "epoch" in counted:
        return TrainingStage("epoch", counted["epoch"])
    numbers = re.findall(r"\d+", stem)
    return TrainingStage("number", int(numbers[-1])) if numbers else None


# ---- layer by layer


@dataclass(frozen=True, eq=False)
class LayerGap:
    """One stage of the backbone: `distance` as the loss has it, `share` of the teacher's own strength."""

    layer: int
    picture: Image
    size: int
    channels: int
    distance: float
    share: float


@dataclass(frozen=True, eq=False)
class NetworkGap:
    """One network against the teacher; `problem` says why they cannot be compared.

    `stage` is how far training was, for a checkpoint that says so.
    """

    key: str
    title: str
    weights_hash: str
    layers: tuple[LayerGap, ...] = ()
    problem: str | None = None
    stage: TrainingStage | None = None

    @property
    def is_checkpoint(self) -> bool:
        """Whether it is a further weights file of the student."""
        return self.key.startswith(CHECKPOINT)


def gaps(case: Case, answers: Mapping[str, Tried]) -> tuple[NetworkGap, ...]:
    """The networks, and checkpoints of the student behind the students, against the teacher.

    Maps share a scale. Checkpoints come in the order of training where they tell it.
    """
    teacher = answers["teacher"].inside
    assert teacher is not None
    picture = crop_picture(case.scene.image, answers["teacher"].prediction.crop)
    further = [key for key in answers if key.startswith(CHECKPOINT)]
    stages = {key: training_stage(Path(key.removeprefix(CHECKPOINT))) for key in further}
    order = in_order(list(stages.values()))
    further = [further[place] for place in order] if order is not None else further
    networks = [one for one in case.answers if one.method in answers and one.method != "teacher"]
    students = [one.method for one in networks if one.role == "student"]
    others = [*students, *further, *(one.method for one in networks if one.role != "student")]
    maps = {key: _maps(answers[key].inside, teacher) for key in others}
    scales = [_scale([maps[key][place] for key in others if maps[key]]) for place in range(4)]
    return tuple(
        replace(_gap(key, maps[key], answers[key], teacher, picture, scales), stage=stages.get(key))
        for key in others
    )


def distance_map(student: Features, teacher: Features) -> NDArray[np.float32]:
    """Mean over channels (H,W) of the difference of log-softmaxed features (C,H,W), as distilled by L1."""
    ours, theirs = (log_softmax(np.asarray(values, np.float32)) for values in (student, teacher))
    return np.abs(ours - theirs).mean(axis=0)


def log_softmax(features: Features) -> NDArray[np.float32]:
    """The logarithm of the softmax over the channels (C,H,W)."""
    shifted = features - features.max(axis=0, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True)), np.float32)


def _maps(inside: Inside | None, teacher: Inside) -> list[NDArray[np.float32]]:
    """The maps of all layers, none where a layer has another shape."""
    assert inside is not None
    pairs = list(zip(inside.features, teacher.features, strict=True))
    return [distance_map(*pair) for pair in pairs] if all(a.shape == b.shape for a, b in pairs) else []


def _scale(maps: Sequence[NDArray[np.float32]]) -> float:
    return max((float(np.percentile(one, 99.5)) for one in maps), default=1.0)


def _gap(
    key: str,
    maps: Sequence[NDArray[np.float32]],
    answer: Tried,
    teacher: Inside,
    picture: Image,
    scales: Sequence[float],
) -> NetworkGap:
    inside, weights = answer.inside, answer.prediction.weights_hash
    title = Path(key.removeprefix(CHECKPOINT)).stem if key.startswith(CHECKPOINT) else key
    if not maps or inside is None:
        return NetworkGap(key, title, weights, problem="Its layers have other sizes than the teacher's")
    layers = [
        LayerGap(
            number + 1,
            heat_over(picture, enlarged(values, smooth=False), (0.0, scales[number])),
            values.shape[0],
            len(teacher.features[number]),
            float(values.mean()),
            _share(inside.features[number], teacher.features[number]),
        )
        for number, values in enumerate(maps)
    ]
    return NetworkGap(key, title, weights, tuple(layers))


def _share(student: Features, teacher: Features) -> float:
    """Root mean square of the difference over that of the teacher."""
    ours, theirs = (np.asarray(values, np.float64) for values in (student, teacher))
    strength = float(np.sqrt(np.square(theirs).mean()))
    return float(np.sqrt(np.square(ours - theirs).mean())) / strength if strength > 0 else float("nan")


# ---- over training


@dataclass(frozen=True, eq=False)
class GapCurves:
    """Distances (N, L) of N checkpoints and L layers; `current` (L,) are those of the weights in use.

    `numbers` (N,) count the `unit`; without one they are the order in which the files were given. `marked` is
    the checkpoint that is in use, if it is among them.
    """

    titles: tuple[str, ...]
    numbers: tuple[int, ...]
    unit: Unit | None
    distances: NDArray[np.float64]
    current: NDArray[np.float64]
    marked: int | None = None


def gap_curves(networks: Sequence[NetworkGap]) -> GapCurves | None:
    """The curves of the checkpoints, which are in order; None for fewer than two that can be compared."""
    known = [network for network in networks if network.is_checkpoint and network.layers]
    student = next((network for network in networks if network.key == "student" and network.layers), None)
    if len(known) < 2 or student is None:
        return None
    stages = [network.stage for network in known]
    same = [place for place, network in enumerate(known) if network.weights_hash == student.weights_hash]
    told = [stage for stage in stages if stage is not None] if in_order(stages) is not None else []
    return GapCurves(
        tuple(network.title for network in known),
        tuple(stage.number for stage in told) or tuple(range(1, len(known) + 1)),
        told[0].unit if told else None,
        np.array([distances_of(network) for network in known]),
        np.array(distances_of(student)),
        same[0] if same else None,
    )


def distances_of(network: NetworkGap) -> list[float]:
    """The distance of each layer."""
    return [layer.distance for layer in network.layers]


def gap_table(networks: Sequence[NetworkGap]) -> list[dict[str, Any]]:
    """A row for each layer of each network, unrounded; `unit` is what the number of a checkpoint counts."""
    return [
        {
            "network": network.title,
            "weights": network.weights_hash,
            "unit": network.stage.unit if network.stage is not None else None,
            "number": network.stage.number if network.stage is not None else None,
            "layer": layer.layer,
            "distance": layer.distance,
            "share": layer.share,
        }
        for network in networks
        for layer in network.layers
    ]
