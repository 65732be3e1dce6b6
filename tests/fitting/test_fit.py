"""Bodies out of several views: right ones, from bad evidence too, and words where there can be none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.fitting.objective import Weights
from sefd_viewer.fitting.people import FitOptions
from sefd_viewer.fitting.quality import qualities
from sefd_viewer.fitting.refining import Stage
from sefd_viewer.fitting.run import Listener, PoseSource, fit_people
from sefd_viewer.geometry.alignment import align
from sefd_viewer.geometry.joints import Pose2D
from tests.fitting.fit_rig import (
    MOMENTS,
    Actor,
    actor,
    cameras,
    key,
    other_cameras,
    pose2d,
    poses_of,
    write_capture,
)

QUICK = FitOptions(
    outlines=False,
    stages=(
        Stage("place", 15, Weights(reprojection=0, points=1, robust_m=0.5), pose=False),
        Stage("pose", 40, Weights(reprojection=0, points=1, prior=0.3, robust_m=0.3)),
        Stage("detail", 60, Weights(robust_px=12, prior=0.02, betas=0.05)),
    ),
)


def fitted(
    root: Path,
    poses: Mapping[str, Sequence[Pose2D]],
    options: FitOptions = QUICK,
    say: list[str] | None = None,
) -> FittedPeople:
    listener = Listener(say=(say if say is not None else []).append)
    *_, last = fit_people(
        open_dataset(root), open_body(), PoseSource(poses), options=options, listener=listener
    )
    return last


def vertices(person: FittedPerson) -> np.ndarray:
    values = (person.global_orient, person.body_pose, np.tile(person.betas, (len(person.moments), 1)))
    return open_body().forward_batch(*values, person.transl).vertices


def off_mm(person: FittedPerson, truth: Actor) -> float:
    """Median distance of vertices."""
    return 1000 * float(np.median(np.linalg.norm(vertices(person) - truth.bodies().vertices, axis=-1)))


def test_a_known_body_is_found_again_and_obeys_the_given_cameras(tmp_path: Path) -> None:
    given, one = cameras(), actor()
    people = fitted(write_capture(tmp_path, given), poses_of(given, [(one, given)]))
    (person,) = people.people
    assert person.moments == tuple(f"{i:06d}" for i in range(MOMENTS))
    assert not person.cameras
    assert off_mm(person, one) < 25
    assert max(np.median(values) for values in person.residual_px.values()) < 2.5
    (measured,) = qualities(open_dataset(tmp_path), people, open_body())
    assert measured.median_px < 2.5
    assert measured.joints_mm[0] < 15


def test_two_runs_give_the_same_numbers(tmp_path: Path) -> None:
    given = cameras()
    write_capture(tmp_path, given)
    poses = poses_of(given, [(actor(), given)])
    short = replace(QUICK, stages=QUICK.stages[:1])
    first, second = (fitted(tmp_path, poses, short).people[0] for _ in range(2))
    np.testing.assert_array_equal(first.transl, second.transl)


def test_joints_that_a_view_gets_wrong_do_not_bend_the_body(tmp_path: Path) -> None:
    given, one = cameras(), actor()
    poses = poses_of(given, [(one, given)])
    for moment in (1, 3):
        points = poses[key("b", moment)][0].keypoints[:, :2].copy()
        points[[9, 10]] = points[[10, 9]] + 40
        poses[key("b", moment)] = [pose2d(points)]
    (person,) = fitted(write_capture(tmp_path, given), poses).people
    assert off_mm(person, one) < 30


def test_a_person_whom_the_cameras_contradict_gets_own_ones(tmp_path: Path) -> None:
    given, one, two = cameras(), actor(), actor(turn=-1.2, place=(0.5, 0.7, 1.0))
    poses = poses_of(given, [(one, given), (two, other_cameras(given))])
    said: list[str] = []
    options = replace(QUICK, names=("right", "other"))
    people = fitted(write_capture(tmp_path, given), poses, options, said)
    right, other = people.people
    assert (right.key, bool(right.cameras)) == ("right", False)
    assert (other.key, sorted(other.cameras)) == ("other", sorted(given))
    assert any(line.startswith("other does not obey the cameras") for line in said)
    assert max(np.median(values) for values in other.residual_px.values()) < 3
    aligned = align(vertices(other).reshape(-1, 3), two.bodies().vertices.reshape(-1, 3))
    assert 1000 * np.median(np.linalg.norm(aligned - two.bodies().vertices.reshape(-1, 3), axis=-1)) < 30
    assert {found.person for found in people.poses[key("a", 0)]} == {"right", "other"}


def test_outlines_bring_a_shape_that_joints_leave_open(tmp_path: Path) -> None:
    given = cameras()
    one = replace(actor(moments=2), betas=np.array([0, 0, 2.0, 2.0, 0, 0, 0, 0, 0, 0]))
    write_capture(tmp_path, given, [one], moments=2)
    poses = poses_of(given, [(one, given)])
    without = fitted(tmp_path, poses).people[0]
    rounds = tuple(replace(one, steps=15) for one in FitOptions().rounds[2:4])
    with_outlines = fitted(tmp_path, poses, replace(QUICK, outlines=True, rounds=rounds)).people[0]
    assert off_mm(with_outlines, one) < off_mm(without, one)


def test_a_person_in_two_views_is_named_and_left_out(tmp_path: Path) -> None:
    given, one = cameras(), actor()
    poses = poses_of(given, [(one, given)])
    for moment in range(MOMENTS):
        poses[key("c", moment)] = poses[key("d", moment)] = []
    said: list[str] = []
    with pytest.raises(DatasetError, match="nobody was found in enough views"):
        fitted(write_capture(tmp_path, given), poses, QUICK, said)
    assert "1 gets no body: seen by 2 of at least 3 views" in said


def test_pictures_without_poses_say_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there are no 2D poses for these pictures"):
        fitted(write_capture(tmp_path, cameras(), moments=1), {})


def test_one_camera_is_too_few(tmp_path: Path) -> None:
    given = cameras()
    write_capture(tmp_path, {"a": given["a"]}, moments=1)
    with pytest.raises(DatasetError, match="fewer than two views have a usable camera"):
        fitted(tmp_path, {})


def test_a_folder_of_pictures_says_what_would_do(tmp_path: Path) -> None:
    write_capture(tmp_path, cameras(), moments=1)
    with pytest.raises(DatasetError, match="do not come from several cameras"):
        fitted(tmp_path / "a", {})
