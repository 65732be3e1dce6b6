"""Faults that only neighbouring frames show: bodies of another frame, bodies that jump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.traces import Trace

_REACH = 5
"""Frames to either side that are tried."""

_WINDOW = 12
"""Frames to either side over which errors are averaged."""

_LEAST_ERROR = 0.015
"""Share of the person's size that joints must miss before an offset can explain anything."""

_FEWEST = 4


def measure_offset(track: Sequence[Trace]) -> Iterator[Measurement]:
    """How much of the error goes away with the keypoints of a frame near by, in percent, per frame.

    Not of people whose joints were measured in space: in pixels a constant offset passes for another frame.
    """
    if all(trace.in_space for trace in track):
        return
    reach = min(_REACH, len(track) - _FEWEST)
    if reach < 1:
        return
    errors = np.stack([_errors(track, offset) for offset in range(-reach, reach + 1)])
    smooth = np.stack([_smoothed(row) for row in errors])
    for i, trace in enumerate(track):
        now = smooth[reach, i]
        if not np.isfinite(now):
            continue
        best = int(np.argmin(np.nan_to_num(smooth[:, i], nan=np.inf)))
        gain = 0.0 if now < _LEAST_ERROR else 100 * float(1 - smooth[best, i] / now)
        yield Measurement(trace.person, gain, _frames(best - reach), trace.position)


def measure_jump(track: Sequence[Trace]) -> Iterator[Measurement]:
    """How far the body jumps for one frame while the keypoints do not, in percent of the person's size."""
    for before, now, after in zip(track, track[1:], track[2:], strict=False):
        body = _jump(before.joints, now.joints, after.joints)
        seen = _jump(*(_placed(one) for one in (before, now, after)))
        apart = np.linalg.norm(body - seen, axis=1)
        if np.isfinite(apart).sum() >= _FEWEST:
            share = 100 * float(np.nanmean(apart)) / now.size
            yield Measurement(now.person, share, f"{np.nanmean(apart):.0f} px", now.position)


def _errors(track: Sequence[Trace], offset: int) -> NDArray[np.float64]:
    """Each frame's error (T,) against the keypoints `offset` frames later, in sizes; nan: unknown."""
    errors = np.full(len(track), np.nan)
    for i, trace in enumerate(track):
        if 0 <= i + offset < len(track):
            distances = np.linalg.norm(trace.joints - _placed(track[i + offset]), axis=1)
            if np.isfinite(distances).sum() >= _FEWEST:
                errors[i] = np.nanmedian(distances) / trace.size
    return errors


def _smoothed(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the frames around each; nan where fewer than three are known."""
    padded = np.pad(errors, _WINDOW, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _WINDOW + 1)
    enough = np.isfinite(windows).sum(axis=1) >= 3
    smooth = np.full(len(errors), np.nan)
    if enough.any():
        smooth[enough] = np.nanmean(windows[enough], axis=1)
    return smooth


def _placed(trace: Trace) -> NDArray[np.float32]:
    """Keypoints (J, 2), nan where not labelled."""
    points = trace.keypoints[:, :2].copy()
    points[trace.keypoints[:, 2] <= 0] = np.nan
    return points


def _jump(
    before: NDArray[np.float32], now: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.floating]:
    """How far points (J, 2) lie from the middle between their places before and after."""
    return now - (before + after) / 2


def _frames(count: int) -> str:
    if not count:
        return "no other frame"
    words = "frame" if abs(count) == 1 else "frames"
    return f"{abs(count)} {words} {'later' if count > 0 else 'earlier'}"


OFFSET = Detector(
    id="frame_offset",
    title="Body of another frame",
    description="How much of the error goes away with the keypoints of a neighbouring frame.",
    sentence="The body fits the picture {detail}: with those keypoints {value:.0f} % of the error goes "
    "away; bodies and pictures are out of step.",
    unit="%",
    threshold=10.0,
    range=(3.0, 95.0),
    measure_track=measure_offset,
    version=2,
    needs_bodies=True,
)

JUMP = Detector(
    id="jump",
    title="Jump for one frame",
    description="How far the body leaves its path for one frame while the keypoints do not.",
    sentence="The body jumps by {detail} for this one frame ({value:.0f} % of the person's size), "
    "the person in the picture does not.",
    unit="%",
    threshold=10.0,
    range=(1.0, 50.0),
    measure_track=measure_jump,
    needs_bodies=True,
)
