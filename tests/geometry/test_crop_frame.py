"""The frame of a crop: the camera, turned to look at the crop's middle."""

import numpy as np

from sefd_viewer.geometry import Crop, PinholeCamera, crop_rotation

CAMERA = PinholeCamera([800.0, 820.0], [300.0, 250.0], distortion=[-0.1, 0.05, 0.001, 0.0, 0.0])


def test_the_crop_s_axis_meets_the_middle_of_the_crop():
    crop = Crop.from_bbox([500, 40, 100, 180], (640, 480))
    axis = crop_rotation(crop, CAMERA) @ [0.0, 0.0, 1.0]
    np.testing.assert_allclose(CAMERA.project_camera(axis), [550, 130], atol=1e-3)


def test_it_turns_without_rolling_and_not_at_all_in_the_middle():
    off_centre = crop_rotation(Crop.from_bbox([500, 40, 100, 180], (640, 480)), CAMERA)
    np.testing.assert_allclose(off_centre @ off_centre.T, np.eye(3), atol=1e-12)
    assert abs(off_centre[0, 1] - off_centre[1, 0]) < 1e-12
    centred = crop_rotation(Crop.from_bbox([250, 200, 100, 100], (640, 480)), CAMERA)
    np.testing.assert_allclose(centred, np.eye(3), atol=1e-12)
