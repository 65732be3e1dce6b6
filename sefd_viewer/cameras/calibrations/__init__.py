"""Calibrations of many programs, each read by what its file means and checked by where its cameras look."""

from sefd_viewer.cameras.calibrations.calibration import Calibration, Meaning, StoredCamera
from sefd_viewer.cameras.calibrations.reading import FORMATS, read_calibration

__all__ = ["FORMATS", "Calibration", "Meaning", "StoredCamera", "read_calibration"]
