"""The sample's own calibration file is wrong in several ways; diagnosis ends at the verified cameras."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import orjson
import pytest

from sefd_viewer.cameras.calibrations.by_view import read_calibration
from sefd_viewer.cameras.diagnosis.conventions import StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose
from sefd_viewer.cameras.views.triangulation import triangulate
from sefd_viewer.geometry import COCO17, PinholeCamera, Pose2D, procrustes
from sefd_viewer.resources import resource_path

SIZE = (544, 960)
MAN = {"cam01": (216, 323), "cam02": (284, 340), "cam03": (315, 394), "cam04": (191, 430)}


@pytest.fixture(scope="module")
def verified() -> dict[str, PinholeCamera]:
    content = orjson.loads(resource_path("sample_capture/cameras.json").read_bytes())
    return {view: PinholeCamera(**values) for view, values in content["cameras"].items()}


@pytest.fixture(scope="module")
def poses() -> dict[str, list[list[Pose2D]]]:
    """What the detector found, by view and moment."""
    stored = orjson.loads(resource_path("sample_capture_poses.json").read_bytes())
    views: dict[str, list[list[Pose2D]]] = {}
    for name, people in stored.items():
        found = [Pose2D(COCO17.name, np.reshape(one, (17, 3)), np.zeros(4), 1.0, "file") for one in people]
        views.setdefault(name.split("/")[0], []).append(found)
    return views


@pytest.fixture(scope="module")
def shipped(poses: dict[str, list[list[Pose2D]]]) -> Diagnosis:
    file = resource_path("sample_capture/Calib.qca.txt")
    return diagnose(read_calibration(str(file), dict.fromkeys(poses, SIZE)).cameras, poses, size=SIZE)


def test_the_shipped_calibration_ends_at_the_verified_cameras(
    shipped: Diagnosis, verified: Mapping[str, PinholeCamera], poses: dict[str, list[list[Pose2D]]]
) -> None:
    """Points of the treadmill's volume, brought from one world into the other by the man in it."""
    views = list(verified)
    pixels = np.stack([_man(poses, view) for view in views])
    ours = triangulate([shipped.cameras[view] for view in views], pixels).points_world
    theirs = triangulate([verified[view] for view in views], pixels).points_world
    known = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
    to_ours = procrustes(theirs[known], ours[known])
    sides = [np.linspace(low, high, 6) for low, high in ((-0.6, 0.6), (-0.6, 0.6), (-1.0, 0.9))]
    volume = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 3) + np.median(theirs[known], axis=0)
    errors = [
        np.linalg.norm(
            shipped.cameras[view].project(to_ours.apply(volume)) - verified[view].project(volume), axis=1
        )
        for view in views
    ]
    assert np.median(errors) < 3
    assert max(np.median(one) for one in errors) < 4
    assert to_ours.scale == pytest.approx(1, abs=0.02)


def test_what_is_wrong_with_it_is_said(shipped: Diagnosis) -> None:
    sentences = "\n".join(shipped.sentences)
    for words in (
        "t is the camera's place",
        "OpenGL",
        "64ths of a pixel",
        "calibration's picture size",
        "t is in millimetres",
    ):
        assert f"{words}" in sentences
    assert [one.confidence for one in shipped.named[:4]] == ["sure"] * 4
    assert [one.words for one in shipped.named[4:6]] == [
        "cam01: the principal point is mirrored in x",
        "cam04: the principal point is mirrored in y",
    ]
    assert shipped.explained
    assert len(shipped.misfits) == 1


@pytest.mark.parametrize("count", [2, 3, 5])
def test_few_moments_blame_nobody_else(
    verified: dict[str, PinholeCamera], poses: dict[str, list[list[Pose2D]]], count: int
) -> None:
    """The bystander, whom two cameras see, is not taken for anybody else."""
    chosen = np.linspace(0, 12, count).round().astype(int)
    few = {view: [moments[i] for i in chosen] for view, moments in poses.items()}
    found = diagnose({v: StatedCamera.of(c, SIZE) for v, c in verified.items()}, few, size=SIZE)
    assert not found.named
    assert len(found.misfits) == 1
    assert "cam01 and cam03" in found.misfits[0]


def test_only_the_avatar_is_blamed_with_the_verified_cameras(
    verified: dict[str, PinholeCamera], poses: dict[str, list[list[Pose2D]]]
) -> None:
    found = diagnose({v: StatedCamera.of(c, SIZE) for v, c in verified.items()}, poses, size=SIZE)
    assert not found.named
    assert len(found.misfits) == 1
    assert "(94, 495) in cam02" in found.misfits[0] or "(384, 602) in cam01" in found.misfits[0]


def _man(poses: dict[str, list[list[Pose2D]]], view: str) -> np.ndarray:
    """The man's pixels (M * 17, 2) in one view: the person nearest to where he was before."""
    place, found = np.array(MAN[view], float), []
    for people in poses[view]:
        nearest = min(people, key=lambda one: np.linalg.norm(one.keypoints[:, :2].mean(axis=0) - place))
        place = nearest.keypoints[:, :2].mean(axis=0)
        found.append(nearest.keypoints[:, :2])
    return np.concatenate(found)
