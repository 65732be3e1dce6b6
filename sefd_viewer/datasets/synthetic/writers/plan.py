"""What is asked of every writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import SceneSettings


@dataclass(frozen=True)
class Plan:
    """`count` scenes of `seed` with these settings; `progress` is told how many are done."""

    count: int
    seed: int
    settings: SceneSettings
    progress: Callable[[int], None] = lambda _done: None

    def indices(self) -> Iterator[int]:
        """The scenes' numbers, told as done one after the other."""
        for index in range(self.count):
            yield index
            self.progress(index + 1)


Writer = Callable[[Path, Plan], None]
"""Fills an empty folder with the scenes of a plan in one published layout."""
