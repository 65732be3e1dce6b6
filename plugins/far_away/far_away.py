"""A detector of bad annotations in a plugin: how far from the camera a body stands."""

from __future__ import annotations

from collections.abc import Iterator

from sefd_viewer import api


def measure(inspection: api.Inspection) -> Iterator[api.Measurement]:
    """Metres from the camera to each body's root joint, along the camera's axis."""
    for person in inspection.with_bodies:
        if person.output is not None:
            yield api.Measurement(person.key, float(person.output.joints[0, 2]))


DISTANCE = api.Detector(
    id="distance",
    title="Far from the camera",
    description="Distance of the body from the camera.",
    sentence="The body stands {value:.0f} m from the camera; a unit or a focal length may be wrong.",
    unit="m",
    threshold=60.0,
    range=(5.0, 500.0),
    measure=measure,
)
