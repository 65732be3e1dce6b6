"""The distillation gap: how far the student's features are from the teacher's, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.session.explain.pictures import crop_picture, enlarged, heat_over

if TYPE_CHECKING:
    from sefd_viewer.inference.messages import Inside, Tried
    from sefd_viewer.session.explain.case import Case

    Image = NDArray[np.uint8]
    Features = NDArray[np.floating]

CHECKPOINT = "checkpoint "
"""Begins the key of a trial with another weights file."""


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
    """One network against the teacher; `problem` says why they cannot be compared."""

    key: str
    title: str
    layers: tuple[LayerGap, ...] = ()
    problem: str | None = None


def gaps(case: Case, answers: Mapping[str, Tried]) -> tuple[NetworkGap, ...]:
    """Student, baseline and further checkpoints of the student against the teacher; maps share a scale."""
    teacher = answers["teacher"].inside
    assert teacher is not None
    picture = crop_picture(case.scene.image, answers["teacher"].prediction.crop)
    others = [key for key in answers if key != "teacher"]
    others.sort(key=lambda key: (key != "student", key == "baseline"))
    maps = {key: _maps(answers[key].inside, teacher) for key in others}
    scales = [_scale([maps[key][place] for key in others if maps[key]]) for place in range(4)]
    return tuple(_gap(key, maps[key], answers[key].inside, teacher, picture, scales) for key in others)


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
    inside: Inside | None,
    teacher: Inside,
    picture: Image,
    scales: Sequence[float],
) -> NetworkGap:
    title = Path(key.removeprefix(CHECKPOINT)).stem if key.startswith(CHECKPOINT) else key.capitalize()
    if not maps or inside is None:
        return NetworkGap(key, title, problem="Its layers have other sizes than the teacher's")
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
    return NetworkGap(key, title, tuple(layers))


def _share(student: Features, teacher: Features) -> float:
    """Root mean square of the difference over that of the teacher."""
    ours, theirs = (np.asarray(values, np.float64) for values in (student, teacher))
    strength = float(np.sqrt(np.square(theirs).mean()))
    return float(np.sqrt(np.square(ours - theirs).mean())) / strength if strength > 0 else float("nan")
