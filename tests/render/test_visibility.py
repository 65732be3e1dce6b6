"""What hides a joint: the own body, another person, an object, the image's border."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import SMPL24
from sefd_viewer.render.visibility import Visibility, joint_tolerances, joint_visibility
from sefd_viewer.render.zbuffer import Buffers, render_buffers

CAMERA, SIZE = PinholeCamera(np.array([100.0, 100.0]), np.array([50.0, 40.0])), (100, 80)
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def wall(left: float, right: float, z: float) -> NDArray[np.float32]:
    """A wall facing the camera at depth z, x from left to right (metres), 1 m high."""
    return np.array([[left, -0.5, z], [left, 0.5, z], [right, 0.5, z], [right, -0.5, z]], np.float32)


@pytest.fixture
def two_walls() -> Buffers:
    """Person 0 at 2 m left of the middle and beyond it, person 1 at 1.5 m on the right."""
    return render_buffers([wall(-0.5, 0.5, 2.0), wall(0.1, 0.6, 1.5)], FACES, CAMERA, SIZE)


@pytest.mark.parametrize(
    ("joint", "expected"),
    [
        ((-0.2, 0.0, 2.05), Visibility.VISIBLE),
        ((-0.2, 0.0, 1.9), Visibility.VISIBLE),
        ((-0.2, 0.0, 2.3), Visibility.SELF_OCCLUDED),
        ((0.3, 0.0, 2.05), Visibility.OTHER_PERSON),
        ((0.3, 0.0, 1.2), Visibility.VISIBLE),
        ((-0.9, 0.0, 2.0), Visibility.VISIBLE),
        ((5.0, 0.0, 2.0), Visibility.OUTSIDE),
        ((0.0, 0.0, -1.0), Visibility.OUTSIDE),
    ],
)
def test_each_case(two_walls: Buffers, joint: tuple[float, float, float], expected: Visibility) -> None:
    first, second = joint_visibility([np.array([joint]), np.zeros((0, 3))], two_walls, CAMERA)
    assert Visibility(first[0]) is expected
    assert second.shape == (0,)


def test_an_object_in_front_of_everyone(two_walls: Buffers) -> None:
    things = np.full(two_walls.depth.shape, np.inf, np.float32)
    things[:, :45] = 1.0
    things[:, 45:] = 1.7
    joints = np.array([[-0.2, 0, 2.05], [0.3, 0, 2.05], [-0.2, 0, 0.9]])
    seen = joint_visibility([joints], two_walls, CAMERA, object_depth=things)[0]
    assert seen.tolist() == [Visibility.OBJECT, Visibility.OTHER_PERSON, Visibility.VISIBLE]


def test_tolerance_for_each_joint(two_walls: Buffers) -> None:
    joints = np.array([[-0.2, 0, 2.15], [-0.2, 0, 2.15]])
    seen = joint_visibility([joints], two_walls, CAMERA, tolerance=joint_tolerances(["Pelvis", "L_Wrist"]))[0]
    assert seen.tolist() == [Visibility.VISIBLE, Visibility.SELF_OCCLUDED]


def test_the_hip_joint_may_lie_deep_in_the_body_but_not_beyond_it(two_walls: Buffers) -> None:
    """A trunk is some 20 cm thick: 17 cm behind its skin a joint is in it, 19 cm behind it is hidden."""
    joints = np.array([[-0.2, 0, 2.17], [-0.2, 0, 2.19]])
    seen = joint_visibility([joints], two_walls, CAMERA, tolerance=joint_tolerances(["L_Hip", "L_Hip"]))[0]
    assert seen.tolist() == [Visibility.VISIBLE, Visibility.SELF_OCCLUDED]


@pytest.mark.parametrize(
    ("pixel", "outside"),
    [((-0.4, 40), False), ((-0.6, 40), True), ((99.4, 40), False), ((99.6, 40), True), ((50, 79.6), True)],
)
def test_a_picture_ends_half_a_pixel_beyond_the_centres_of_its_last_pixels(
    two_walls: Buffers, pixel: tuple[float, float], outside: bool
) -> None:
    joint = np.array([[(pixel[0] - 50) / 100, (pixel[1] - 40) / 100, 1.0]])
    seen = joint_visibility([joint], two_walls, CAMERA)[0]
    assert (seen[0] == Visibility.OUTSIDE) == outside


def test_a_standing_body_seen_from_the_front_and_hidden_by_a_wall(
    body_in_view: NDArray[np.float32], open_body
) -> None:
    camera, size = PinholeCamera(np.array([150.0, 150.0]), np.array([63.5, 63.5])), (128, 128)
    joints = open_body.joints(body_in_view, joints_of(open_body, body_in_view), "smpl24")
    tolerance = joint_tolerances(SMPL24.names)
    alone = render_buffers([body_in_view], open_body.faces, camera, size)
    seen = joint_visibility([joints], alone, camera, tolerance=tolerance)[0]
    assert (seen == Visibility.VISIBLE).sum() >= 16
    hidden = render_buffers(
        [body_in_view, wall(-3, 3, 2.0) * [1, 4, 1]], [open_body.faces, FACES], camera, size
    )
    covered = joint_visibility([joints], hidden, camera, tolerance=tolerance)[0]
    assert (covered == Visibility.OTHER_PERSON).all()


def joints_of(open_body, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints (24,3) regressed from posed vertices: close enough to the skeleton's for this purpose."""
    regressor = open_body.J_regressor
    dense = regressor.toarray() if hasattr(regressor, "toarray") else np.asarray(regressor)
    return (dense @ vertices).astype(np.float32)


def test_buffers_of_a_region_count_from_their_corner() -> None:
    part = render_buffers([wall(-0.5, 0.5, 2.0)], FACES, CAMERA, SIZE, region_xyxy=(30, 20, 60, 60))
    joints = np.array([[-0.2, 0, 2.05], [0.4, 0, 2.05]])
    assert joint_visibility([joints], part, CAMERA)[0].tolist() == [Visibility.VISIBLE, Visibility.OUTSIDE]
