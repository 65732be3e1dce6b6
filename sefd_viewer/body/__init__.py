"""Bodies in SMPL's format: parameters, skinning in NumPy, the shipped open body, licensed files."""

from sefd_viewer.body.files import find_bodies, load_body, open_body
from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters

__all__ = ["BodyModel", "BodyOutput", "SmplParameters", "find_bodies", "load_body", "open_body"]
