"""What is asked of every writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import Scene, SceneSettings

MakeScene = Callable[[int, int, SceneSettings], Scene]
"""A scene by seed, number and settings."""


@dataclass(frozen=True)
class Plan:
    """`count` scenes of `seed` with these settings; `progress` is told how many are done.

    Single pictures may be those of another `make` than the layout's own, of chosen `numbers` in its series,
    and of another JPEG quality.
    """

    count: int
    seed: int
    settings: SceneSettings
    progress: Callable[[int], None] = lambda _done: None
    make: MakeScene | None = None
    numbers: tuple[int, ...] = ()
    quality: int = 95

    def indices(self) -> Iterator[int]:
        """The scenes' numbers, told as done one after the other."""
        for index in range(self.count):
            yield index
            self.progress(index + 1)

    def scene(self, index: int, make: MakeScene) -> Scene:
        """The scene at a place of the plan, by `make` unless the plan has another."""
        number = self.numbers[index] if self.numbers else index
        return (self.make or make)(self.seed, number, self.settings)


Writer = Callable[[Path, Plan], None]
"""Fills an empty folder with the scenes of a plan in one published layout."""
