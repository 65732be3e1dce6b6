"""Pictures and bodies to find edges in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.resources import resource_path


@pytest.fixture(params=["astronaut", "walkers", "camera"])
def photo(request: pytest.FixtureRequest) -> NDArray[np.uint8]:
    """A shipped photo, RGB, 320 pixels wide."""
    return read_photo(request.param)


@pytest.fixture
def astronaut() -> NDArray[np.uint8]:
    return read_photo("astronaut")


def read_photo(name: str) -> NDArray[np.uint8]:
    picture = cv2.imread(str(resource_path(f"sample_photos/{name}.jpg")))
    height = round(picture.shape[0] * 320 / picture.shape[1])
    small = cv2.resize(picture, (320, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[..., ::-1])


@pytest.fixture
def camera() -> PinholeCamera:
    """Looks along z; meant for a picture of 200 x 160."""
    return PinholeCamera(np.array([190.0, 190.0]), np.array([99.5, 79.5]))


@pytest.fixture
def crowd(open_body, sample_poses: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Three open bodies in real poses, (V,3) camera metres: one behind another, one cut by the border."""
    places = np.float32([[0, 0, 2.6], [0.15, 0, 4.0], [-1.4, 0.2, 2.8]])
    return [body_at(open_body, sample_poses[i], place) for i, place in enumerate(places, start=3)]


def body_at(open_body, pose: NDArray[np.float32], place: NDArray[np.float32]) -> NDArray[np.float32]:
    upright = np.concatenate([[np.pi, 0, 0], pose[3:]]).astype(np.float32)
    zero = np.zeros(10, np.float32)
    output = open_body.forward(SmplParameters.from_pose(open_body.id, upright, zero, zero[:3]))
    return (output.vertices - output.joints[0] + place).astype(np.float32)
