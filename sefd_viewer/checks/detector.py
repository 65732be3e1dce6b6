"""What a detector of bad annotations is, what it measures, and what it finds once a threshold is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sefd_viewer.cameras.sequences.findings import SequenceFinding
    from sefd_viewer.checks.inspection import Inspection
    from sefd_viewer.checks.traces import Trace

Direction = Literal["above", "below"]
Reads = Literal["annotations", "file", "picture"]


@dataclass(frozen=True)
class Measurement:
    """One number about one person (None: about the record), in the detector's unit.

    `detail` are the words that the detector's sentence needs beside the number. `position` says of which
    record the number is where a detector saw several.
    """

    person: str | None
    value: float
    detail: str = ""
    position: int | None = None


@dataclass(frozen=True)
class Finding:
    """A measurement beyond its threshold, in words. (`record`, `person`) are keys of the case."""

    detector: str
    position: int
    record: str
    person: str | None
    value: float
    threshold: float
    sentence: str


@dataclass(frozen=True)
class Detector:
    """Measures one kind of fault; a threshold on the stored values decides later what is a finding.

    `description` says in one sentence what is measured, `sentence` is what a finding says, with {value} and
    {detail}. Values and `threshold` are in `unit`; `range` holds sensible thresholds, and of values that
    none of these makes a finding no words are kept. Values `direction` the
    threshold are findings. `measure` gets one record; or `measure_track`, one person's frames in
    order; or `measure_moment`, everyone in all views of one moment; or `share` says what of a whole set's
    findings is its own (None: nothing). `reads` tells what is opened: nothing but
    annotations, the picture file's header, or the whole picture. `needs_bodies` says that it measures nothing
    where nobody has a body. A new `version` makes stored values void.
    """

    id: str
    title: str
    description: str
    sentence: str
    unit: str
    threshold: float
    range: tuple[float, float]
    measure: Callable[[Inspection], Iterable[Measurement]] | None = None
    measure_track: Callable[[Sequence[Trace]], Iterable[Measurement]] | None = None
    measure_moment: Callable[[Sequence[Trace]], Iterable[Measurement]] | None = None
    share: Callable[[SequenceFinding], float | None] | None = None
    direction: Direction = "above"
    reads: Reads = "annotations"
    version: int = 1
    needs_bodies: bool = False

    @property
    def needs_traces(self) -> bool:
        """Whether it compares records with each other."""
        return self.measure_track is not None or self.measure_moment is not None

    def beyond(self, value: float, threshold: float | None = None) -> bool:
        """Whether the value is a finding at this threshold (None: the default)."""
        limit = self.threshold if threshold is None else threshold
        return value > limit if self.direction == "above" else value < limit

    def could_be_found(self, value: float) -> bool:
        """Whether a threshold within the range makes a finding of the value."""
        return self.beyond(value, self.range[0] if self.direction == "above" else self.range[1])

    def say(self, value: float, detail: str = "") -> str:
        """The finding in words."""
        return self.sentence.format(value=value, detail=detail)
