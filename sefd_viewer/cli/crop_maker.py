"""The crops that a training needs, made with a bar for each set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from sefd_viewer.datasets.exclude_list import ExcludeList
    from sefd_viewer.datasets.synthetic import SceneSettings
    from sefd_viewer.training.crop_channels import Channels
    from sefd_viewer.training.recipes import TrainingSettings


@dataclass(frozen=True)
class CropMaker:
    """What crops are made of, and where; the lifter lies in `shared` where several folders share it."""

    settings: TrainingSettings
    crops: Path
    channels: Channels
    folders: Mapping[str, Path]
    bodies: tuple[str, ...]
    exclude: ExcludeList | None
    world: SceneSettings
    scenes: int
    seed: int
    shared: Path | None = None

    @property
    def lifter(self) -> Path | None:
        """What lifts 2D poses for a compact network."""
        needed = self.settings.preset != "paper" and self.settings.task == "mesh"
        return (self.shared or self.crops) / "lifter.safetensors" if needed else None

    def make(self) -> dict[str, Path]:
        """Make what is missing; the folders of crops by set."""
        from rich.console import Console
        from rich.progress import Progress

        from sefd_viewer.datasets.synthetic import open_poses
        from sefd_viewer.networks.mesh_network import build_network
        from sefd_viewer.training.recipes import SYNTHETIC

        open_poses(self.world.poses)
        size = build_network(self.settings.preset, self.settings.role).input_size
        found = {}
        with Progress(console=Console(stderr=True)) as progress:
            for name in self.settings.sets:
                found[name] = self.crops if name == SYNTHETIC else self.crops / name
                bar = progress.add_task("Synthetic scenes" if name == SYNTHETIC else name, total=None)
                tell = partial(_advance, progress, bar)
                if name == SYNTHETIC:
                    self._synthetic(size, tell)
                else:
                    self._annotated(name, size, tell)
            if self.lifter is not None and not self.lifter.exists():
                self._lifter(partial(_advance, progress, progress.add_task("Lifting 2D poses", total=None)))
        return found

    def _synthetic(self, size: int, tell: Callable[[int, int], None]) -> None:
        from sefd_viewer.training.crops import make_crops

        make_crops(
            self.crops,
            seed=self.seed,
            scenes=self.scenes,
            settings=self.world,
            size=size,
            channels=self.channels,
            workers=self.settings.workers + 1,
            progress=tell,
        )

    def _annotated(self, name: str, size: int, tell: Callable[[int, int], None]) -> None:
        from sefd_viewer.cli.opening import tell_problems
        from sefd_viewer.datasets.opening import FORMATS
        from sefd_viewer.training.set_crops import SetSource, make_set_crops

        format = name if name in FORMATS else None
        source = SetSource(
            name, self.folders[name], self.settings.sets[name], format, self.bodies, self.exclude
        )
        workers = self.settings.workers + 1
        told = make_set_crops(
            self.crops / name, source, size=size, channels=self.channels, workers=workers, progress=tell
        )
        tell_problems(told)

    def _lifter(self, tell: Callable[[int, int], None]) -> None:
        from sefd_viewer.training.lifting import pretrain

        assert self.lifter is not None
        pretrain(
            self.lifter,
            preset=self.settings.preset,
            settings=self.world,
            seed=self.seed,
            workers=self.settings.workers + 1,
            progress=tell,
        )


def _advance(progress: Progress, bar: TaskID, done: int, total: int) -> None:
    progress.update(bar, completed=done, total=total)
