"""What only a whole set tells: Human3.6M sequence by sequence, in the words of `sefd-viewer verify`.

One engine (`cameras.sequences`) looks at all frames; every detector here takes its share of what it found,
as a number for each record: each fault is said by one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement

if TYPE_CHECKING:
    from sefd_viewer.cameras.sequences.findings import SequenceFinding, SetVerdict
    from sefd_viewer.checks.inspection import FindBody
    from sefd_viewer.datasets.records import Dataset

Share = Callable[["SequenceFinding"], float | None]


def measure_sets(
    dataset: Dataset, detectors: Sequence[Detector], find_body: FindBody, positions: Sequence[int]
) -> Iterator[tuple[int, Measurement]]:
    """The place of a detector of sets, and what it measured of one of the records at `positions`."""
    from sefd_viewer.cameras.sequences.verdict import has_sequences

    chosen = [(code, one) for code, one in enumerate(detectors) if one.share is not None]
    if not chosen or not has_sequences(dataset):
        return
    pictures = any(one.reads == "picture" for _, one in chosen)
    verdict = _verdict(dataset, find_body, positions, pictures=pictures)
    for code, detector in chosen:
        for measurement in _of_detector(detector, verdict):
            yield code, measurement


def _verdict(
    dataset: Dataset, find_body: FindBody, positions: Sequence[int], *, pictures: bool
) -> SetVerdict:
    from sefd_viewer.cameras.sequences.picture_check import MOMENTS
    from sefd_viewer.cameras.sequences.verdict import check_set

    whole = len(positions) == len(dataset.records)
    return check_set(
        dataset,
        find_body,
        kept=None if whole else frozenset(dataset.keys[place] for place in positions),
        moments=MOMENTS if pictures else 0,
    )


def _of_detector(detector: Detector, verdict: SetVerdict) -> Iterator[Measurement]:
    """Its findings, record by record; what was looked at and is not among them is as it should be."""
    assert detector.share is not None
    found = [(value, one) for one in verdict.findings if (value := detector.share(one)) is not None]
    usual = np.where(np.isfinite(verdict.compared), np.float32(0), np.float32(np.nan))
    if detector is BODY_JOINTS:
        usual = verdict.errors_mm.copy()
        found, said = [], found
        for _, one in said:
            usual[_places(verdict, one)] = np.nan
    for value, one in found:
        places = _places(verdict, one)
        usual[places] = np.nan
        for place in places.tolist():
            yield Measurement(verdict.people[place], value, one.said, place)
    for place in np.flatnonzero(np.isfinite(usual)).tolist():
        yield Measurement(verdict.people[place], float(usual[place]), "", place)


def _places(verdict: SetVerdict, finding: SequenceFinding) -> NDArray[np.int64]:
    """The records where something was found."""
    return np.concatenate([np.zeros(0, np.int64), *map(verdict.positions, finding.parts)])


def _amount(*causes: str, kinds: Sequence[str] = ("bodies", "joints")) -> Share:
    """The error of findings with these causes, about these kinds of things; 1 where none is measured."""

    def share(finding: SequenceFinding) -> float | None:
        if finding.cause not in causes or finding.kind not in kinds:
            return None
        return float(np.clip(finding.before, 1.0, 1e6)) if np.isfinite(finding.before) else 1.0

    return share


_PLACED = ("frame", "orientation", "unit", "pose")

BODY_JOINTS = Detector(
    id="joints_3d",
    title="Body off the measured joints",
    description="How far the worst limb of a body is from the measured joints, where no detector says why.",
    sentence="The body lies {value:.0f} mm from the measured joints.",
    unit="mm",
    threshold=80.0,
    range=(20.0, 500.0),
    share=_amount(*_PLACED, "place", "root joint", "shape", "left and right", "time", "joint"),
    version=2,
)

MISREAD = Detector(
    id="body_frame",
    title="Bodies of another frame, unit or pose",
    description="Error of bodies that are in another frame, turned, in another unit or in another pose.",
    sentence="{detail}.",
    unit="mm",
    threshold=0.5,
    range=(0.1, 500.0),
    share=_amount(*_PLACED),
)

BODY_OFFSET = Detector(
    id="body_offset",
    title="Constant offset of the bodies",
    description="How far bodies are from measured joints by one vector, as a forgotten root joint does it.",
    sentence="{detail}.",
    version=2,
    unit="mm",
    threshold=20.0,
    range=(5.0, 500.0),
    share=_amount("place", "root joint"),
)

LIMB_LENGTHS = Detector(
    id="limb_lengths",
    title="Limbs of another length",
    description="Error of bodies whose limbs are longer or shorter than the measured ones: betas or gender.",
    sentence="{detail}.",
    version=2,
    unit="mm",
    threshold=10.0,
    range=(5.0, 500.0),
    share=_amount("shape"),
)

SIDES = Detector(
    id="sides_3d",
    title="Left and right of the measured joints",
    description="Error of measured joints whose left and right are exchanged over a stretch of frames.",
    sentence="{detail}.",
    version=2,
    unit="mm",
    threshold=50.0,
    range=(20.0, 500.0),
    share=_amount("left and right"),
)

LATE = Detector(
    id="late_bodies",
    title="Bodies of other frames",
    description="Error of bodies that are those of other frames, against the measured joints of all of them.",
    sentence="{detail}.",
    version=2,
    unit="mm",
    threshold=1.0,
    range=(0.5, 500.0),
    share=_amount("time"),
)

LONE_JOINT = Detector(
    id="lone_joint",
    title="One measured joint far off",
    description="Distance of a single measured joint from a body that all others fit.",
    sentence="{detail}.",
    unit="mm",
    threshold=150.0,
    range=(50.0, 1000.0),
    share=_amount("joint"),
)

CAMERA = Detector(
    id="camera_numbers",
    title="Camera that does not see its boxes",
    description="How far boxes or found people are from where the camera sees the measured joints.",
    sentence="{detail}.",
    unit="",
    threshold=0.5,
    range=(0.1, 100.0),
    share=_amount("camera", kinds=("cameras",)),
)

SHOWN = Detector(
    id="sequence_pictures",
    title="Pictures of another frame or camera",
    description="How far people in the pictures are from the measured joints, in percent of their size.",
    sentence="{detail}.",
    version=2,
    unit="%",
    threshold=0.5,
    range=(0.1, 100.0),
    reads="picture",
    share=_amount("time", "picture", kinds=("pictures",)),
)

UNUSABLE = Detector(
    id="not_usable",
    title="What cannot be used",
    description="1 where parameters, joints, their body or pictures are missing or not numbers, else 0.",
    sentence="{detail}.",
    unit="",
    threshold=0.5,
    range=(0.0, 1.0),
    share=_amount("missing", kinds=("not checked", "pictures")),
)

OF_SETS = (BODY_JOINTS, MISREAD, BODY_OFFSET, LIMB_LENGTHS, SIDES, LATE, LONE_JOINT, CAMERA, SHOWN, UNUSABLE)
