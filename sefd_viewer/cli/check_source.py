"""What `sefd-viewer check` looks at and with what: words of the command line that any process can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.cli.bodies import find_body, read_options
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.checks import Detector
    from sefd_viewer.datasets.records import Dataset


@dataclass(frozen=True)
class CheckSource:
    """A data set at `root` (None: the sample), body files, and which detectors: those `ids`, or all."""

    root: Path | None
    format: str | None = None
    bodies: tuple[Path, ...] = ()
    ids: tuple[str, ...] = ()
    pictures: bool = True

    def open(self) -> Dataset:
        """Open the data set; raises DatasetError."""
        from sefd_viewer.datasets import open_dataset

        return open_dataset(self.root, format=self.format, options=read_options(self.bodies))

    def open_and_tell(self) -> Dataset:
        """The same with a bar and problems in words: for the process that a person looks at."""
        from sefd_viewer.cli.opening import open_and_tell

        return open_and_tell(self.root, format=self.format, options=read_options(self.bodies))

    def detectors(self) -> tuple[Detector, ...]:
        """The detectors, built-in ones first, then those of plugins; SefdError for an unknown id."""
        from sefd_viewer.checks import detectors_named

        chosen = detectors_named(self.ids, self.known()) if self.ids else self.known()
        return tuple(one for one in chosen if self.pictures or one.reads != "picture")

    def known(self) -> tuple[Detector, ...]:
        """All detectors that there are."""
        from sefd_viewer.app.plugins import review_detectors

        return review_detectors()[0]

    def plugin_problems(self) -> tuple[str, ...]:
        """Which plugins' detectors could not be loaded, in words."""
        from sefd_viewer.app.plugins import review_detectors

        return review_detectors()[1]

    def find_body(self, body_id: str) -> BodyModel:
        """The model of a body's id; raises BodyError."""
        return find_body(self.bodies)(body_id)


def read_thresholds(words: Sequence[str], detectors: Sequence[Detector]) -> dict[str, float]:
    """Thresholds out of `id=value`; raises SefdError for anything else."""
    known = {one.id for one in detectors}
    thresholds: dict[str, float] = {}
    for word in words:
        id, _, value = word.partition("=")
        try:
            thresholds[id] = float(value)
        except ValueError as error:
            remedy = "Write for example reprojection=8"
            raise SefdError(f"{word!r} is not a threshold", remedy=remedy) from error
        if id not in known:
            raise SefdError(f"there is no detector {id}", remedy=f"There are {', '.join(sorted(known))}")
    return thresholds
