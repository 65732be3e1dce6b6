"""See, compare and check 3D human meshes under occlusion (SEFD, ICCV 2023)."""

import os

__version__ = "0.1.0"

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
"""Else ONNX Runtime reports to its maker how it is used; nothing leaves a machine here."""
