"""3D scenes of bodies: cameras, meshes and picking in numpy, rendering with VTK in `world_scene`."""

from sefd_viewer.scene.cameras import OrbitPose, SceneCamera, orbit_camera
from sefd_viewer.scene.meshes import BodyMesh

__all__ = ["BodyMesh", "OrbitPose", "SceneCamera", "orbit_camera"]
