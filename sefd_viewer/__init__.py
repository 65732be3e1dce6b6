"""See, compare and check 3D human meshes under occlusion (SEFD, ICCV 2023)."""

__version__ = "0.1.0"
