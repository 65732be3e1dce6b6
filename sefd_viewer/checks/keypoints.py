"""The body's joints against the annotated 2D keypoints: distance, and COCO's keypoint similarity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.geometry.joints import as_joint_set

BODY_IN_BOX = 0.53
"""The usual share of a person's box that the person's silhouette fills (COCO's areas over its boxes)."""

_SIGMAS = {
    "Nose": 0.026, "Eye": 0.025, "Ear": 0.035, "Shoulder": 0.079, "Elbow": 0.072, "Wrist": 0.062,
    "Hip": 0.107, "Knee": 0.087, "Ankle": 0.089, "Head_top": 0.079, "Neck": 0.079, "Hand": 0.062,
    "Toe": 0.089,
}  # fmt: skip
_OTHER = 0.107


def coco_sigmas(joint_set: str) -> NDArray[np.float64]:
    """Standard deviation (J,) of annotated keypoints over the root of the person's area.

    Joints that COCO lacks take that of a similar one.
    """
    names = [name.removeprefix("L_").removeprefix("R_") for name in as_joint_set(joint_set).names]
    return np.array([_SIGMAS.get(name, _OTHER) for name in names])


_FAR = 999.0
"""Percent; also where the body lies behind the camera."""


def distances_px(one: InspectedPerson) -> NDArray[np.float64] | None:
    """Distance (K,) of the body's joints from the labelled keypoints that it has; inf behind the camera."""
    pose, joints = one.person.pose2d, one.joints_image
    if pose is None or joints is None or one.joints_camera is None:
        return None
    compared = one.labelled & np.isfinite(one.joints_camera).all(axis=1)
    if not compared.any():
        return None
    distances = np.linalg.norm(joints[compared] - pose.keypoints[compared, :2], axis=1)
    return np.nan_to_num(distances, nan=np.inf)


def measure_reprojection(inspection: Inspection) -> Iterator[Measurement]:
    """Mean distance from the keypoints, in percent of the person's size."""
    for one in inspection.with_bodies:
        distances = distances_px(one)
        if distances is None:
            continue
        mean = float(distances.mean())
        if not np.isfinite(mean):
            yield Measurement(one.key, _FAR, "so far that it lies behind the camera")
        else:
            yield Measurement(one.key, min(100 * mean / one.size_px, _FAR), f"{mean:.0f} px")


def measure_oks(inspection: Inspection) -> Iterator[Measurement]:
    """COCO's object keypoint similarity of the body's joints with the labelled keypoints."""
    for one in inspection.with_bodies:
        distances = distances_px(one)
        if distances is None or one.person.pose2d is None or one.joints_camera is None:
            continue
        compared = one.labelled & np.isfinite(one.joints_camera).all(axis=1)
        sigma = coco_sigmas(one.person.pose2d.joint_set)[compared]
        area = max(_area(one), 1.0)
        similarity = np.exp(-(distances**2) / (2 * area * (2 * sigma) ** 2))
        yield Measurement(one.key, float(similarity.mean()), f"{compared.sum()} keypoints")


def _area(one: InspectedPerson) -> float:
    box = one.person.bbox_xywh
    sides = np.full(2, one.size_px) if box is None else np.asarray(box[2:], np.float64)
    return float(BODY_IN_BOX * sides[0] * sides[1])


REPROJECTION = Detector(
    id="reprojection",
    title="Joints off the keypoints",
    description="Mean distance of the body's joints in the picture from the labelled 2D keypoints.",
    sentence="The body's joints miss the annotated keypoints by {detail} ({value:.0f} % of the person's "
    "size); usually the camera or the fit is wrong.",
    unit="%",
    threshold=10.0,
    range=(1.0, 50.0),
    measure=measure_reprojection,
    needs_bodies=True,
)

OKS = Detector(
    id="oks",
    title="Low keypoint similarity (OKS)",
    description="COCO's object keypoint similarity between the body's joints and the labelled 2D keypoints.",
    sentence="The body agrees with the {detail} only to an OKS of {value:.2f}; a good fit is above 0.8.",
    unit="",
    threshold=0.5,
    range=(0.0, 1.0),
    measure=measure_oks,
    needs_bodies=True,
    direction="below",
)
