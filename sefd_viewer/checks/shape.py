"""Shapes beyond what people have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import Inspection


def measure_shape(inspection: Inspection) -> Iterator[Measurement]:
    """The largest of the ten shape parameters, without its sign."""
    for one in inspection.people:
        if one.parameters is None:
            continue
        betas = one.parameters.betas
        largest = int(np.argmax(np.abs(betas)))
        yield Measurement(one.key, float(abs(betas[largest])), f"beta {largest + 1} is {betas[largest]:.1f}")


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
