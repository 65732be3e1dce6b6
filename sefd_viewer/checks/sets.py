"""What only a whole set tells: Human3.6M sequence by sequence, in the words of `sefd-viewer verify`.

One engine (`review.sequences`) looks at all frames; every detector here takes its share of what it found,
as a number for each record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

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
    assert detector.share is not None
    values = np.full(len(verdict.people), np.nan, np.float32)
    if detector.id == _JOINTS:
        values[:] = verdict.errors_mm
    else:
        values[np.isfinite(verdict.compared)] = 0
    words: dict[int, str] = {}
    for finding in verdict.findings:
        value = detector.share(finding)
        if value is None:
            continue
        for part in finding.parts:
            places = verdict.positions(part)
            if detector.id != _JOINTS:
                values[places] = np.fmax(values[places], value)
            words.update(dict.fromkeys(places.tolist(), f"{finding.fault}. {finding.remedy}"))
    for place in np.flatnonzero(np.isfinite(values)).tolist():
        yield Measurement(verdict.people[place], float(values[place]), words.get(place, ""), place)


def _amount(*causes: str, kinds: Sequence[str] = ("bodies", "joints")) -> Share:
    """The error of findings with these causes, about these kinds of things; 1 where none is measured."""

    def share(finding: SequenceFinding) -> float | None:
        if finding.cause not in causes or finding.kind not in kinds:
            return None
        return float(np.clip(finding.before, 1.0, 1e6)) if np.isfinite(finding.before) else 1.0

    return share


_JOINTS = "joints_3d"
_BESIDE = (
    "frame", "orientation", "unit", "pose", "place", "root joint", "shape", "left and right", "time",
)  # fmt: skip

BODY_JOINTS = Detector(
    id=_JOINTS,
    title="Body beside the measured joints",
    description="Distance of the body's joints from measured 3D joints: the median of its worst limb.",
    sentence="The body lies {value:.0f} mm from the measured joints. {detail}",
    unit="mm",
    threshold=80.0,
    range=(20.0, 500.0),
    share=_amount(
        "frame", "orientation", "unit", "pose", "place", "root joint", "shape", "left and right", "time"
    ),
)

BODY_OFFSET = Detector(
    id="body_offset",
    title="Constant offset of the bodies",
    description="How far bodies lie beside measured joints by one vector, as a forgotten root joint does it.",
    sentence="{detail} ({value:.0f} mm).",
    unit="mm",
    threshold=20.0,
    range=(5.0, 500.0),
    share=_amount("place", "root joint"),
)

LIMB_LENGTHS = Detector(
    id="limb_lengths",
    title="Limbs of another length",
    description="Error of bodies whose limbs are longer or shorter than the measured ones: betas or gender.",
    sentence="{detail} ({value:.0f} mm).",
    unit="mm",
    threshold=10.0,
    range=(5.0, 500.0),
    share=_amount("shape"),
)

SIDES = Detector(
    id="sides_3d",
    title="Left and right of the measured joints",
    description="Error of measured joints whose left and right are exchanged over a stretch of frames.",
    sentence="{detail} ({value:.0f} mm).",
    unit="mm",
    threshold=50.0,
    range=(20.0, 500.0),
    share=_amount("left and right"),
)

LATE = Detector(
    id="late_bodies",
    title="Bodies of other frames",
    description="Error of bodies that are those of other frames, against the measured joints of all of them.",
    sentence="{detail} ({value:.0f} mm).",
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
    sentence="{detail} ({value:.1f} %).",
    unit="%",
    threshold=0.5,
    range=(0.1, 100.0),
    reads="picture",
    share=_amount("time", "picture", kinds=("pictures",)),
)

UNUSABLE = Detector(
    id="not_usable",
    title="What cannot be used",
    description="1 where parameters, joints, their body or pictures are missing or no numbers, else 0.",
    sentence="{detail}.",
    unit="",
    threshold=0.5,
    range=(0.0, 1.0),
    share=_amount("missing", kinds=("not checked", "pictures")),
)

OF_SETS = (BODY_JOINTS, BODY_OFFSET, LIMB_LENGTHS, SIDES, LATE, LONE_JOINT, CAMERA, SHOWN, UNUSABLE)
