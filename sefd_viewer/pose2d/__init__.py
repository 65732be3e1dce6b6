"""2D poses: a detector for people in pictures, and readers for pose files."""

from sefd_viewer.pose2d.detector import detect_people

__all__ = ["detect_people"]
