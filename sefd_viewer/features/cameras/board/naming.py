"""What moments and joints are called, for people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sefd_viewer.datasets.records import series_of


def moment_title(moment: str) -> str:
    """A short name for a moment: the number it ends with, else its name."""
    number = re.search(r"(\d+)\D*$", moment)
    return str(int(number.group(1))) if number is not None else moment


def beginnings(moments: Sequence[str]) -> list[int]:
    """The numbers of the moments with which another sequence begins."""
    series = [series_of(moment) for moment in moments]
    return [index for index in range(1, len(series)) if series[index] != series[index - 1]]


def joint_title(name: str) -> str:
    """A joint's name: L_Knee is "Left knee"."""
    side = {"L": "Left ", "R": "Right "}.get(name[0], "") if name[1:2] == "_" else ""
    rest = (name[2:] if side else name).replace("_", " ")
    return side + (rest.lower() if side else rest)
