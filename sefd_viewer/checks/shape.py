"""Shapes beyond what people have: betas, litres, girths, and what changes from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sefd_viewer.body.solids import RestSize
from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import Inspection
from sefd_viewer.checks.traces import Trace

LEAN, HEAVY = 11.0, 60.0
"""Litres per square metre of height between which people are, from babies to the heaviest."""


def measure_shape(inspection: Inspection) -> Iterator[Measurement]:
    """The largest of the ten shape parameters, without its sign."""
    for one in inspection.people:
        if one.parameters is None:
            continue
        betas = one.parameters.betas
        largest = int(np.argmax(np.abs(betas)))
        yield Measurement(one.key, float(abs(betas[largest])), f"beta {largest + 1} is {betas[largest]:.1f}")


def measure_volume(inspection: Inspection) -> Iterator[Measurement]:
    """The litres of everybody's body."""
    for key, size in _sizes(inspection):
        yield Measurement(key, size.litres, f"{size.height_m:.2f} m")


def measure_waist(inspection: Inspection) -> Iterator[Measurement]:
    """The centimetres around everybody's waist."""
    for key, size in _sizes(inspection):
        if size.waist_cm > 0:
            yield Measurement(key, size.waist_cm, f"{size.height_m:.2f} m")


def measure_build(inspection: Inspection) -> Iterator[Measurement]:
    """How many times leaner or heavier than anybody each person is; below 1 within the range of people."""
    for key, size in _sizes(inspection):
        words = f"{size.litres:.0f} litres at {size.height_m:.2f} m"
        yield Measurement(key, max(LEAN / max(size.build, 1e-6), size.build / HEAVY), words)


def measure_change(track: Sequence[Trace]) -> Iterator[Measurement]:
    """By how many percent each frame's body is larger or smaller than the person's usual one."""
    litres = np.array([trace.litres for trace in track])
    known = np.isfinite(litres) & (litres > 0)
    if not known.any():
        return
    usual = float(np.median(litres[known]))
    for trace, own in zip(track, litres, strict=True):
        if np.isfinite(own) and own > 0:
            words = f"{own:.0f} litres, in most frames {usual:.0f}"
            yield Measurement(trace.person, 100 * abs(own / usual - 1), words, trace.position)


def _sizes(inspection: Inspection) -> Iterator[tuple[str, RestSize]]:
    for one in inspection.people:
        if one.rest_size is not None:
            yield one.key, one.rest_size


SHAPE = Detector(
    id="shape",
    title="Unlikely shape (|beta| > 3)",
    description="The largest shape parameter; it counts standard deviations from the mean body.",
    sentence="{detail}: a shape that hardly anybody has (99.7 % of people are within 3); usually depth or "
    "focal length is wrong and the shape made up for it.",
    unit="σ",
    threshold=3.0,
    range=(1.0, 8.0),
    measure=measure_shape,
    needs_bodies=True,
)

VOLUME = Detector(
    id="volume",
    title="Volume of the body",
    description="The space inside the body in its rest pose; a litre weighs about a kilogram.",
    sentence="The body holds {value:.0f} litres ({detail} tall), more than nearly anybody: a wrong unit, "
    "scale or shape.",
    unit="L",
    threshold=200.0,
    range=(20.0, 400.0),
    measure=measure_volume,
    needs_bodies=True,
)

WAIST = Detector(
    id="waist",
    title="Girth of the waist",
    description="Around the trunk in its rest pose, a third of the way from the pelvis to the neck.",
    sentence="The waist measures {value:.0f} cm ({detail} tall), more than nearly anybody's: a wrong unit, "
    "scale or shape.",
    unit="cm",
    threshold=170.0,
    range=(30.0, 300.0),
    measure=measure_waist,
    needs_bodies=True,
)

BUILD = Detector(
    id="build",
    title="Unlikely build",
    description=f"Litres per height squared, as a part of the nearer end of what people have ({LEAN:.0f} to "
    f"{HEAVY:.0f}).",
    sentence="{detail}: {value:.1f} times beyond the leanest or heaviest people; nobody has this shape.",
    unit="",
    threshold=1.0,
    range=(0.3, 5.0),
    measure=measure_build,
    needs_bodies=True,
)

CHANGE = Detector(
    id="changing_size",
    title="Size changes",
    description="How far the volume of one frame's body is from the median of the person's frames.",
    sentence="The body has {detail} ({value:.0f} % apart): one subject has one shape; here depth, focal "
    "length or somebody else's fit changed it.",
    unit="%",
    threshold=10.0,
    range=(2.0, 100.0),
    measure_track=measure_change,
    needs_bodies=True,
    version=2,
)
