"""2D poses: a detector for people in pictures, and readers for pose files."""

from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.pose2d.files import read_poses
from sefd_viewer.pose2d.pose_file import PoseFile

__all__ = ["PoseFile", "detect_people", "read_poses"]
