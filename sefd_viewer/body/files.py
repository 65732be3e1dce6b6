"""Body files: the shipped open body and licensed SMPL files."""

from __future__ import annotations

from sefd_viewer.body.open_body import open_body

__all__ = ["open_body"]
