"""One moment seen by several cameras: does a person's 2D pose obey the cameras that hold for everybody?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.review.detectors.detector import Detector, Measurement
from sefd_viewer.review.detectors.traces import Trace
from sefd_viewer.review.triangulation import triangulate

_FEWEST_JOINTS = 4
_FAR = 999.0
_LOWER = 25


def measure_views(moment: Sequence[Trace]) -> Iterator[Measurement]:
    """Distance of a person's keypoints from their triangulated points, in percent of the person's size.

    The points are made from all views with the pictures' cameras. Per joint the mean (of squares) over views
    counts, and of those the lower quartile: other cameras move all joints, a bad 2D pose only some.
    """
    for traces in _same_person(moment):
        cameras = [trace.camera for trace in traces if trace.camera is not None]
        if len(cameras) < 2 or len(cameras) < len(traces):
            continue
        observed = np.stack([_placed(trace) for trace in traces])
        found = triangulate(cameras, observed, tolerance_px=np.inf)
        sizes = np.array([trace.size for trace in traces])
        share = _lower_quartile(found.errors_px / sizes[:, None])
        for trace in traces if share is not None else ():
            assert share is not None
            words = f"{share * trace.size:.0f} px"
            yield Measurement(trace.person, min(100 * share, _FAR), words, trace.position)


def _lower_quartile(errors: NDArray[np.float64]) -> float | None:
    """Of the joints' errors over views (V, J), nan where unseen; None with too few joints in two views."""
    joints = errors[:, np.isfinite(errors).sum(axis=0) >= 2]
    if joints.shape[1] < _FEWEST_JOINTS:
        return None
    return float(np.percentile(np.sqrt(np.nanmean(np.square(joints), axis=0)), _LOWER))


def _same_person(moment: Sequence[Trace]) -> list[list[Trace]]:
    """Each person's views: by key, or the only person of every view whatever the key."""
    views: dict[str, list[Trace]] = defaultdict(list)
    people: dict[str, list[Trace]] = defaultdict(list)
    for trace in sorted(moment, key=lambda one: one.position):
        views[trace.view].append(trace)
        people[trace.person].append(trace)
    if all(len(group) == 1 for group in views.values()):
        people = {"": [group[0] for group in views.values()]}
    found = [group for group in people.values() if len({one.view for one in group}) == len(group) > 1]
    return [group for group in found if len({len(one.keypoints) for one in group}) == 1]


def _placed(trace: Trace) -> NDArray[np.float64]:
    points = trace.keypoints[:, :2].astype(np.float64)
    points[trace.keypoints[:, 2] <= 0] = np.nan
    return points


VIEWS = Detector(
    id="views",
    title="Person who obeys other cameras",
    description="How far a person's keypoints in several views are from one point in space each.",
    sentence="Seen by several cameras, this person's keypoints do not meet in space, by {detail} or more "
    "({value:.1f} % of the person's size): somebody else's keypoints, or other cameras.",
    unit="%",
    threshold=1.3,
    range=(0.2, 20.0),
    measure_moment=measure_views,
)
