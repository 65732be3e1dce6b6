"""Bodies in SMPL's format: parameters, skinning in NumPy, the shipped open body, licensed files."""

from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters

__all__ = ["BodyModel", "BodyOutput", "SmplParameters", "open_body"]
