"""Cameras and the bodies before them: calibrations, extrinsics, and what is wrong with either."""
