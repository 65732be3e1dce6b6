"""One moment seen by several cameras: does a person's 2D pose obey the cameras that hold for everybody?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.triangulation import triangulate
from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.traces import Trace
from sefd_viewer.geometry.cameras import PinholeCamera

_FEWEST_JOINTS = 4
_FAR = 999.0


def measure_views(moment: Sequence[Trace]) -> Iterator[Measurement]:
    """How far a person's keypoints as a whole lie beside their triangulated points, in percent of the size.

    The points are made from all views with the pictures' cameras. In each view the median offset over joints
    counts: other cameras move all joints the same way, a bad 2D pose moves each its own way. Of the views the
    mean (of squares) is taken, so every view of the moment has the same number.
    """
    for traces in _same_person(moment):
        cameras = [trace.camera for trace in traces if trace.camera is not None]
        if len(cameras) < 2 or len(cameras) < len(traces):
            continue
        offsets = _offsets(cameras, np.stack([_placed(trace) for trace in traces]))
        sizes = np.array([trace.size for trace in traces])
        known = np.isfinite(offsets)
        if known.sum() < 2:
            continue
        share = float(np.sqrt(np.mean(np.square((offsets / sizes)[known]))))
        for trace in traces:
            words = f"{share * trace.size:.0f} px"
            yield Measurement(trace.person, min(100 * share, _FAR), words, trace.position)


def _offsets(cameras: Sequence[PinholeCamera], observed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length (V,) of the median offset of pixels (V, J, 2) from their points; nan with too few joints."""
    found = triangulate(cameras, observed, tolerance_px=np.inf)
    offsets = np.full(len(cameras), np.nan)
    for view, camera in enumerate(cameras):
        apart = observed[view] - camera.project(found.points_world)
        apart = apart[np.isfinite(apart).all(axis=1)]
        if len(apart) >= _FEWEST_JOINTS:
            offsets[view] = np.linalg.norm(np.median(apart, axis=0))
    return offsets


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
    sentence="Seen by several cameras, this person's keypoints lie {detail} from the points that "
    "they make in space ({value:.1f} % of the person's size): somebody else's keypoints, or other cameras.",
    unit="%",
    threshold=1.6,
    range=(0.2, 20.0),
    measure_moment=measure_views,
)
