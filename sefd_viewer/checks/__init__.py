"""Detectors of bad annotations: what they measure, a scan over a set, and findings at any thresholds."""

from sefd_viewer.checks.detector import Detector, Finding, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.checks.measurements import (
    Measurements,
    load_measurements,
    measurements_path,
    save_measurements,
    state_of,
)
from sefd_viewer.checks.scanning import Source, built_in_detectors, detectors_named, scan, scan_in_processes
from sefd_viewer.checks.traces import Trace

__all__ = [
    "Detector",
    "Finding",
    "InspectedPerson",
    "Inspection",
    "Measurement",
    "Measurements",
    "Source",
    "Trace",
    "built_in_detectors",
    "detectors_named",
    "load_measurements",
    "measurements_path",
    "save_measurements",
    "scan",
    "scan_in_processes",
    "state_of",
]
