"""A run over a Dask cluster: its workers measure parts of the records, which are stored at home."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from uuid import uuid4

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.exclude_list import ExcludeList, without
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import pose_settings
from sefd_viewer.evaluation.runs.running import TOGETHER, Measured, Runner, RunOptions
from sefd_viewer.evaluation.runs.store import RunPlan
from sefd_viewer.jobs.pool import cluster_results

_REMEDY = "Every worker needs the same files at the same places, and the same sefd-viewer"

_turn = Lock()
"""Networks are not for two threads at once: a worker's threads take turns."""


class Part(NamedTuple):
    """Records to measure, by position and key."""

    positions: tuple[int, ...]
    keys: tuple[str, ...]


class _Kept(NamedTuple):
    """What a worker holds between its parts: the open data set, and the runner with its networks."""

    run: str
    dataset: Dataset
    runner: Runner


_kept: _Kept | None = None


@dataclass(frozen=True)
class ClusterWork:
    """Measures parts of a run; travels to the workers, which open the data set and load networks once.

    The data set is opened from `root` (None is the sample) as `format`, if that is given, without what
    `exclude` lists. `identities` are those of the methods' files at home; `run` tells this run from others.
    """

    root: Path | None
    format: str | None
    exclude: ExcludeList | None
    methods: tuple[Method, ...]
    options: RunOptions
    identities: tuple[str, ...]
    run: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def of(
        cls,
        plan: RunPlan,
        methods: tuple[Method, ...],
        options: RunOptions,
        *,
        root: Path | None,
        format: str | None,
        exclude: ExcludeList | None,
    ) -> ClusterWork:
        """The work of a plan; relative names become absolute, workers may have been started elsewhere."""
        bodies = tuple(str(Path(body).absolute()) for body in options.bodies)
        return cls(
            None if root is None else root.absolute(),
            format,
            exclude,
            methods,
            replace(options, bodies=bodies, poses=pose_settings(options.poses)["poses"]),
            tuple(plan.methods.values()),
        )

    def over_cluster(
        self, address: str, dataset: Dataset, positions: Sequence[int]
    ) -> Generator[Measured, None, None]:
        """The rows of the records at `positions`, from the workers of the scheduler at `address`.

        Parts come as they are done. Raises SefdError when the cluster cannot be used, or its workers die or
        have other files.
        """
        groups = (tuple(positions[start : start + TOGETHER]) for start in range(0, len(positions), TOGETHER))
        parts = (Part(group, tuple(dataset.keys[position] for position in group)) for group in groups)
        yield from cluster_results(address, self, parts)

    def __call__(self, part: Part) -> Measured:
        """Measure a part, on a worker. Raises SefdError where its files are not those of the run."""
        with _turn:
            kept = self._open()
            for position, key in zip(*part, strict=True):
                if position >= len(kept.dataset.keys) or kept.dataset.keys[position] != key:
                    words = f"a worker's data set has no photo {key} in its place"
                    raise SefdError(words, where=self.root, remedy=_REMEDY)
            batches = list(kept.runner.measured(part.positions))
        return Measured(len(part.positions), [row for batch in batches for row in batch.rows])

    def _open(self) -> _Kept:
        global _kept
        if _kept is None or _kept.run != self.run:
            _kept = None  # two runs' networks may not fit at once
            dataset = open_dataset(
                self.root, format=self.format, options=ReadOptions(bodies=self.options.bodies)
            )
            if self.exclude is not None:
                dataset = without(dataset, self.exclude)
            self._check_methods()
            _kept = _Kept(self.run, dataset, Runner(dataset, self.methods, self.options))
        return _kept

    def _check_methods(self) -> None:
        for method, identity in zip(self.methods, self.identities, strict=True):
            try:
                same = method.identity() == identity
            except OSError as error:
                words = f"a worker cannot read the files of {method.name} ({error.strerror})"
                raise SefdError(words, where=error.filename, remedy=_REMEDY) from error
            if not same:
                raise SefdError(f"a worker has other files of {method.name}", remedy=_REMEDY)
