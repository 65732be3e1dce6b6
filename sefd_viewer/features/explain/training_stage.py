"""How far training was when a weights file was written, without torch: from its card, else from its name."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Unit = Literal["step", "epoch", "number"]
_LONGEST_HEADER = 100_000_000
_COUNTED = re.compile(r"(step|iter|epoch)[a-z]*[^a-z0-9]*(\d+)")


@dataclass(frozen=True)
class TrainingStage:
    """`number` steps or epochs; a "number" is one of the file's name that does not say what it counts."""

    unit: Unit
    number: int


def training_stage(path: Path) -> TrainingStage | None:
    """The stage of a weights file, None where neither its card nor its name tells it."""
    training = _card(path).get("training", {})
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


def _card(path: Path) -> dict[str, Any]:
    """The card in the header of a safetensors file; empty where there is none."""
    if path.suffix != ".safetensors":
        return {}
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        card = json.loads(header["__metadata__"]["card"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, struct.error):
        return {}  # the networks say what is wrong with the file
    return card if isinstance(card, dict) else {}
