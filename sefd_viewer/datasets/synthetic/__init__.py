"""Synthetic crowd scenes of the open body with full ground truth."""

from sefd_viewer.datasets.synthetic.backgrounds import background_photos
from sefd_viewer.datasets.synthetic.poses import (
    Poses,
    captured_poses,
    mirror_pose,
    open_poses,
    random_betas,
    random_pose,
)
from sefd_viewer.datasets.synthetic.scene import (
    Scene,
    ScenePerson,
    SceneSettings,
    generate_scene,
    place_people,
    pose_people,
)

__all__ = [
    "Poses",
    "Scene",
    "ScenePerson",
    "SceneSettings",
    "background_photos",
    "captured_poses",
    "generate_scene",
    "mirror_pose",
    "open_poses",
    "place_people",
    "pose_people",
    "random_betas",
    "random_pose",
]
