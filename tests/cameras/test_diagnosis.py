"""Faults put into true cameras one by one: each is found and named, and people are told from cameras."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.conventions import Convention, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose
from sefd_viewer.geometry import PinholeCamera, Pose2D
from tests.cameras.review_rig import SIZE, VIEWS, filmed, rig, walker

Cameras = dict[str, StatedCamera]
MOMENTS = 5


def stated(cameras: Mapping[str, PinholeCamera] | None = None) -> Cameras:
    return {view: StatedCamera.of(camera, SIZE) for view, camera in (cameras or rig()).items()}


def poses(noise: float = 1.0) -> dict[str, list[list[Pose2D]]]:
    return filmed(rig(), [walker(MOMENTS)], noise=noise)


def changed(views: Sequence[str], change: Callable[[StatedCamera], StatedCamera]) -> Cameras:
    return {view: change(one) if view in views else one for view, one in stated().items()}


def words(diagnosis: Diagnosis) -> list[str]:
    return [one.words for one in diagnosis.named]


def test_true_cameras_have_nothing_wrong() -> None:
    found = diagnose(stated(), poses(), size=SIZE)
    assert found.sentences == []
    assert found.before == found.after < 1.5
    assert found.explained


def _inverse(one: StatedCamera) -> StatedCamera:
    return replace(one, R=one.R.T, t=-one.R.T @ one.t)


def _enlarged(one: StatedCamera) -> StatedCamera:
    twice = PinholeCamera(one.focal, one.principal_point).resized(2)
    return replace(one, focal=twice.focal, principal_point=twice.principal_point, size=(1280, 960))


def _mirrored(one: StatedCamera) -> StatedCamera:
    return replace(one, principal_point=np.array([639, 479]) - one.principal_point + [20, 0])


FAULTS: list[tuple[str, Sequence[str], Callable[[StatedCamera], StatedCamera], str]] = [
    ("millimetres", VIEWS, lambda one: replace(one, t=1000 * one.t), "all cameras: t is in millimetres"),
    ("millimetres in one", "c", lambda one: replace(one, t=1000 * one.t), "c: t is in millimetres"),
    ("inverse", VIEWS, _inverse, "all cameras: R and t lead from the camera to the world"),
    ("inverse in one", "b", _inverse, "b: R and t lead from the camera to the world"),
    ("transposed", VIEWS, lambda one: replace(one, R=one.R.T), "all cameras: R is transposed"),
    ("transposed in one", "d", lambda one: replace(one, R=one.R.T), "d: R is transposed"),
    ("place", VIEWS, lambda one: replace(one, t=-one.R.T @ one.t), "all cameras: t is the camera's place"),
    (
        "OpenGL",
        VIEWS,
        lambda one: replace(one, R=np.diag([1, -1, -1]) @ one.R, t=np.diag([1, -1, -1]) @ one.t),
        "all cameras: the camera's axes are OpenGL's",
    ),
    (
        "resolution",
        VIEWS,
        _enlarged,
        "all cameras: the intrinsics are those of the calibration's picture size",
    ),
    (
        "mirrored R in one",
        "c",
        lambda one: replace(one, R=np.diag([-1, 1, 1]) @ one.R),
        "c: the camera is mirrored (the determinant of R is -1): the camera's x axis is reversed in R",
    ),
    (
        "left-handed world in one",
        "a",
        lambda one: replace(one, R=one.R @ np.diag([1, 1, -1])),
        "a: the camera is mirrored (the determinant of R is -1): the world's z axis is reversed in R",
    ),
    (
        "scaled R in one",
        "d",
        lambda one: replace(one, R=2 * one.R),
        "d: R is not a rotation (its rows are 2, 2, 2 long): the nearest rotation is meant",
    ),
    ("resolution of one", "a", _enlarged, "a: the intrinsics are those of the calibration's picture size"),
]


@pytest.mark.parametrize(
    ("views", "fault", "expected"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS]
)
def test_a_fault_is_named(
    views: Sequence[str], fault: Callable[[StatedCamera], StatedCamera], expected: str
) -> None:
    found = diagnose(changed(views, fault), poses(), size=SIZE)
    assert len(found.named) == 1
    assert found.named[0].words.startswith(expected)
    assert found.named[0].confidence == "sure"
    assert found.after < 1.5
    for view, camera in rig().items():
        np.testing.assert_allclose(found.cameras[view].to_dict()["t"], camera.t, atol=1e-6)


def read_otherwise(view: str, **fields: Any) -> dict[str, list[list[Pose2D]]]:
    """2D poses from pictures of `view` that follow another convention than its stated camera."""
    cameras = rig()
    cameras[view] = read_camera(view, Convention(**fields), stated(), SIZE)
    return filmed(cameras, [walker(MOMENTS)], noise=1.0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mirror": "x and y"}, "c: the principal point is mirrored in x and y"),
        ({"turn": 180}, "c: the pictures were turned by 180 degrees"),
        ({"intrinsics_of": "d"}, "c: the intrinsics are those of d"),
    ],
)
def test_pictures_that_follow_another_convention(fields: dict[str, Any], expected: str) -> None:
    found = diagnose(stated(), read_otherwise("c", **fields), size=SIZE)
    assert [line for line in words(found) if line.startswith(expected)]
    assert len(found.named) == 1
    assert found.after < 1.5


def test_pictures_without_distortion() -> None:
    bent = {
        view: replace(camera, distortion=np.array([-0.5, 0.2, 0, 0, 0])) for view, camera in rig().items()
    }
    straight = {view: replace(camera, distortion=np.zeros(5)) for view, camera in rig().items()}
    seen = filmed(straight, [walker(MOMENTS, start=(-1.9, 1.0, -0.6))], noise=0.5)
    found = diagnose(stated(bent), seen, size=SIZE)
    assert words(found) == ["all cameras: the pictures are free of the stated distortion"]


def test_pictures_turned_by_a_quarter() -> None:
    turned = (SIZE[1], SIZE[0])
    cameras = {v: read_camera(v, Convention(turn=90), stated(), turned) for v in VIEWS}
    found = diagnose(stated(), filmed(cameras, [walker(MOMENTS)]), size=turned)
    assert words(found) == ["all cameras: the pictures were turned by 90 degrees after calibration"]


def test_a_shifted_picture() -> None:
    found = diagnose(stated(), read_otherwise("b", shift=(35.0, -18.0)), size=SIZE)
    assert all(line.startswith("b: ") for line in words(found))
    assert found.conventions.of("b").shift == pytest.approx((35, -18), abs=4)


def test_a_late_view() -> None:
    views = filmed(rig(), [walker(8)], noise=1.0)
    views["d"] = [[], [], *views["d"][:-2]]
    found = diagnose(stated(), views, size=SIZE)
    assert words(found) == ["d: the pictures are 2 moments late"]


def test_two_faults_together() -> None:
    wrong = changed(VIEWS, lambda one: _inverse(replace(one, t=1000 * one.t)))
    wrong["a"] = _enlarged(wrong["a"])
    found = diagnose(wrong, poses(), size=SIZE)
    assert {line.split(":")[0] for line in words(found)} == {"all cameras", "a"}
    assert len(found.named) == 3
    assert found.after < 1.5


def test_a_person_who_obeys_other_cameras_is_named_as_a_person() -> None:
    others = {view: camera.shifted(30 * (-1) ** row, 25) for row, (view, camera) in enumerate(rig().items())}
    man = filmed(rig(), [walker(MOMENTS)])
    avatar = filmed(others, [walker(MOMENTS, start=(0.6, -0.5, 0), seed=3)])
    both = {view: [a + b for a, b in zip(man[view], avatar[view], strict=True)] for view in VIEWS}
    found = diagnose(stated(), both, size=SIZE)
    assert not found.named
    assert len(found.misfits) == 1
    assert "does not obey these cameras" in found.misfits[0]


def test_pictures_of_different_sizes() -> None:
    """Camera b films at half the size of the others; one camera is inverted."""
    sizes = dict.fromkeys(VIEWS, SIZE) | {"b": (320, 240)}
    right = rig() | {"b": rig()["b"].resized(0.5)}
    wrong = {view: StatedCamera.of(camera, sizes[view]) for view, camera in right.items()}
    wrong["d"] = _inverse(wrong["d"])
    seen = filmed(right, [walker(MOMENTS)], noise=0.5)
    found = diagnose(wrong, seen, size=sizes)
    assert len(found.named) == 1
    assert found.named[0].words.startswith("d: R and t lead from the camera to the world")


@pytest.mark.parametrize("part", [0.002, 0.01], ids=["little noise", "much noise"])
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_right_cameras_are_never_blamed(part: float, scale: float) -> None:
    """Not with noise of a hundredth of the picture's height, and not in pictures of other sizes."""
    size = (round(640 * scale), round(480 * scale))
    cameras = {view: camera.resized(scale) for view, camera in rig().items()}
    right = {view: StatedCamera.of(camera, size) for view, camera in cameras.items()}
    for seed in range(2):
        seen = filmed(cameras, [walker(MOMENTS, seed=seed)], noise=part * size[1])
        assert diagnose(right, seen, size=size).named == ()


def test_the_search_can_be_stopped() -> None:
    class StoppedError(Exception):
        pass

    trials = iter(range(20))

    def ask() -> None:
        if next(trials, None) is None:
            raise StoppedError

    with pytest.raises(StoppedError):
        diagnose(changed(["c"], _inverse), poses(), size=SIZE, ask=ask)


def test_one_view_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two views"):
        diagnose(stated(), {"a": poses()["a"]}, size=SIZE)
