"""Cameras, crops, rotations, extrinsics, one image plane, joint sets and alignment, in NumPy alone."""

from sefd_viewer.geometry.alignment import Similarity, align, procrustes
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import (
    Crop,
    CropConvention,
    bbox_from_points,
    crop_rotation,
    image_camera,
    network_camera,
)
from sefd_viewer.geometry.depth_order import depth_factors
from sefd_viewer.geometry.extrinsics import ExtrinsicMode, smpl_to_camera
from sefd_viewer.geometry.image_plane import (
    body_before_camera,
    body_in_space,
    largest_shift_px,
    to_image_plane,
)
from sefd_viewer.geometry.joints import (
    COCO17,
    COCO19,
    CROWDPOSE14,
    GRAPH15,
    HUMAN36M17,
    JOINT_SETS,
    MPII16,
    MUCO21,
    MUPOTS17,
    OPENPOSE18,
    SMPL24,
    SMPL30,
    JointSet,
    as_joint_set,
    remap,
    with_pelvis_and_neck,
)
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.geometry.rotations import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_rotation_6d,
    rotation_6d_to_matrix,
)

__all__ = [
    "COCO17",
    "COCO19",
    "CROWDPOSE14",
    "GRAPH15",
    "HUMAN36M17",
    "JOINT_SETS",
    "MPII16",
    "MUCO21",
    "MUPOTS17",
    "OPENPOSE18",
    "SMPL24",
    "SMPL30",
    "Crop",
    "CropConvention",
    "ExtrinsicMode",
    "JointSet",
    "PinholeCamera",
    "Pose2D",
    "Similarity",
    "align",
    "as_joint_set",
    "axis_angle_to_matrix",
    "bbox_from_points",
    "body_before_camera",
    "body_in_space",
    "crop_rotation",
    "depth_factors",
    "image_camera",
    "largest_shift_px",
    "matrix_to_axis_angle",
    "matrix_to_rotation_6d",
    "network_camera",
    "procrustes",
    "remap",
    "rotation_6d_to_matrix",
    "smpl_to_camera",
    "to_image_plane",
    "with_pelvis_and_neck",
]
